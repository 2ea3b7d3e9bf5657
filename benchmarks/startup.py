"""Cold start to the first frame, against a bare Kivy window with the same providers.

Both are processes of their own, timed from the outside until they end themselves right
after their first frame is on the (off-screen) window. The station's includes opening and
checking a database with the demo school; it is filled before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.reporting import arguments, medians, report

_BARE = """
import os
from config.settings import ScreenSettings
from kiosk.window import prepare_window
prepare_window(ScreenSettings(), headless=True)
from kivy.base import runTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.label import Label
Window.bind(on_flip=lambda *_: Clock.schedule_once(lambda _dt: os._exit(0)))
runTouchApp(Label(text="Trạm Sách"))
"""

_OURS = """
import os, sys
from kiosk.options import read_options
from kiosk.window import prepare_window
from db.clock import SystemClock
options = read_options(sys.argv[1:])
prepare_window(options.settings.screen, options.headless)
from kiosk.station import Station
station = Station(options, SystemClock())
station.on_drawn(lambda shown: os._exit(0))
station.run()
"""


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=7)
    with tempfile.TemporaryDirectory() as folder:
        words = ["--headless", "--demo-school", "--data", folder, "--camera", "demo"]
        ours, bare = _run(_OURS, *words), _run(_BARE)
        ours(), bare()  # fills the database, and the page cache for both
        ours_s, bare_s = medians(asked.rounds, ours, bare)
    figures = {"ratio_to_bare_window": ours_s / bare_s, "startup_s": ours_s, "bare_s": bare_s}
    report(figures, asked.json)


def _run(program: str, *words: str) -> Callable[[], float]:
    def once() -> float:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", program, *words],
            check=True,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONPATH": "."},
            capture_output=True,
        )
        return time.perf_counter() - began

    return once


if __name__ == "__main__":
    main()
