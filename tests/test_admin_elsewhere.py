"""The hub where there is no POSIX: what it needs of a machine that it may not find on Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_WITHOUT_POSIX = """
import sys, warnings

class Hidden:
    NAMES = {"fcntl", "grp", "pwd", "pty", "resource", "spwd", "syslog", "termios", "tty"}

    def find_spec(self, name, path=None, target=None):
        if name in self.NAMES:
            raise ModuleNotFoundError(name, name=name)

for name in Hidden.NAMES:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Hidden())
warnings.simplefilter("ignore")  # of a lock that is softer without fcntl

import os, signal
for name in ("fork", "getuid", "geteuid", "getgid", "chown", "mkfifo", "openpty", "kill"):
    delattr(os, name)
for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGALRM", "SIGCHLD"):
    delattr(signal, name)

from pathlib import Path
from admin import __main__, keeping
from admin.app import create_app
from db.clock import SystemClock
from db.engine import open_engine, sqlite_url
from tests.hub_school import DeskClient

folder = Path(sys.argv[1])
engine = open_engine(sqlite_url(folder / "hub.db"))
client = DeskClient(create_app(engine, SystemClock(), data=folder))
print(client.get("/bat-dau").status_code)
engine.dispose()
__main__.main(["--data", sys.argv[1], "backup", "--to", str(folder / "copies")])
"""


def test_hub_runs_without_posix(tmp_path: Path) -> None:
    """Given no module and call that POSIX alone has, when a hub opens and backs up, then it does.

    Windows itself has not been tried; this is what can be known without one.
    """
    command = [sys.executable, "-c", _WITHOUT_POSIX, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("200\n")
    assert len(list((tmp_path / "copies").iterdir())) == 2
