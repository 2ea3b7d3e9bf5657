"""Cold start to the first frame and to a live camera, against a bare window of the same providers.

All are processes of their own, timed from the outside until they end themselves: the bare window
and the station's first picture right after they are on the (off-screen) window, and the station
once more when the camera's picture is, with a database of the demo school opened and checked.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.reporting import arguments, report

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

_FIRST = """
import os, sys
from kiosk.__main__ import main
main(sys.argv[1:], lambda shown: os._exit(0))
"""

_READY = """
import os, sys, time
from kiosk.__main__ import main

pauses = [time.monotonic()]

def drawn(shown):
    if shown is None:
        from kivy.clock import Clock
        Clock.schedule_interval(lambda _dt: pauses.append(time.monotonic()), 0)
    elif shown.status.camera.value == "seeing":
        print(max(b - a for a, b in zip(pauses[1:], pauses[2:])), flush=True)
        os._exit(0)

main(sys.argv[1:], drawn)
"""


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=7)
    with tempfile.TemporaryDirectory() as folder:
        words = ["--headless", "--demo-school", "--data", folder, "--camera", "demo"]
        subjects = [_run(_BARE), _run(_FIRST, *words), _run(_READY, *words)]
        for start in reversed(subjects):
            start()  # fills the database, and the page cache for all
        taken = [[start() for start in subjects] for _ in range(asked.rounds)]
    bare, first, ready = (
        [statistics.median(values) for values in zip(*rounds, strict=True)]
        for rounds in zip(*taken, strict=True)
    )
    figures = {
        "ratio_to_bare_window": first[0] / bare[0],
        "cpu_ratio_to_bare_window": first[1] / bare[1],
        "first_frame_s": first[0],
        "bare_s": bare[0],
        "ready_s": ready[0],
        "ready_cpu_s": ready[1],
        "longest_pause_s": ready[2],
    }
    report(figures, asked.json)


def _run(program: str, *words: str) -> Callable[[], tuple[float, float, float]]:
    """Start a program; its seconds, those of the processor, and what it says of itself."""

    def once() -> tuple[float, float, float]:
        spent, began = _children_s(), time.perf_counter()
        ended = subprocess.run(
            [sys.executable, "-c", program, *words],
            check=True,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONPATH": "."},
            capture_output=True,
        )
        took_s = time.perf_counter() - began
        return took_s, _children_s() - spent, float(ended.stdout or 0)

    return once


def _children_s() -> float:
    """Processor seconds of the processes that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


if __name__ == "__main__":
    main()
