"""emupos, an independent ESC/POS interpreter, in an environment of its own (Python 3.13)."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / ".venv-emupos" / "bin" / "emupos"
"""Made by scripts/emupos."""
WIDTHS = (384, 512, 576)

_PROFILE = """\
type: printer
name: test printer
dpi: 203
width_dots: {width}
font_a: {{ width: 12, height: 24 }}
font_b: {{ width: 9, height: 17 }}
code_pages: {{ 0: PC437 }}
default_code_page: 0
drawer_sensor_open_level: high
serial: {{ baud: 115200, data_bits: 8, parity: none, stop_bits: 1 }}
"""
_DEVICE = """\
  - id: w{width}
    type: printer
    profile: ./w{width}.yaml
    receipts_dir: ./receipts
    connections:
      - tcp: {{ port: {port} }}
      - serial: {{ pty: true, link: {link} }}
"""


@dataclass(frozen=True, slots=True)
class Emupos:
    """A running emupos with a printer of each width, on the network and on a terminal."""

    api: str
    ports: dict[int, int]
    terminals: dict[int, Path]

    def count(self, width: int) -> int:
        """How many receipts a printer has completed."""
        return len(json.loads(self._get(f"w{width}/receipts")))

    def newest(self, width: int, after: int) -> Image.Image:
        """The receipt that comes after the first `after`, waited for 5 s."""
        until = time.monotonic() + 5
        while self.count(width) <= after and time.monotonic() < until:
            time.sleep(0.02)
        return Image.open(BytesIO(self._get(f"w{width}/receipts/latest/image")))

    def set_fault(self, width: int, fault: str, *, active: bool) -> None:
        """Let the paper run out, or put some in."""
        method = "PUT" if active else "DELETE"
        url = f"{self.api}/devices/w{width}/faults/{fault}"
        urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5).close()

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.api}/devices/{path}", timeout=5) as answer:
            data: bytes = answer.read()
            return data


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Emupos]:
    """Run emupos in `folder`."""
    api_port, *printer_ports = _free_ports(1 + len(WIDTHS))
    ports = dict(zip(WIDTHS, printer_ports, strict=True))
    links = {width: f"{folder.name}-w{width}" for width in WIDTHS}
    lines = ["schema: 1", f"api: {{ host: 127.0.0.1, port: {api_port} }}", "devices:"]
    for width in WIDTHS:
        (folder / f"w{width}.yaml").write_text(_PROFILE.format(width=width))
        device = _DEVICE.format(width=width, port=ports[width], link=links[width])
        lines.append(device.rstrip())
    (folder / "emupos.yaml").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        [str(PROGRAM), "run"],
        cwd=folder,
        env={"TMPDIR": str(folder), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
    )
    api = f"http://127.0.0.1:{api_port}/api/v1"
    try:
        _wait_for(api, process)
        terminals = {width: folder / "emupos" / link for width, link in links.items()}
        yield Emupos(api, ports, terminals)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(api: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{api}/devices", timeout=1).close()
            return
        time.sleep(0.1)
    raise AssertionError("emupos did not start within 30 s")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [server.getsockname()[1] for server in servers]
