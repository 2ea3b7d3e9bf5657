"""The two uses of the bench: a camera is watched, or photographs are read. Prints the outcome.

Keeps out the command line. Texts are shown to whoever stands at the bench, and never logged.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import cv2

from config.settings import ScannerSettings
from scanner.bench import screen, tables
from scanner.bench.expected import Expected
from scanner.bench.live import Bench, rank_by
from scanner.bench.pictures import Score, read_pictures


def watch_camera(
    settings: ScannerSettings, ours: re.Pattern[str] | None, seconds: float | None, as_json: bool
) -> bool:
    """Show what a camera sees until the time is up, the film is over, or Ctrl-C.

    Returns:
        Whether there was anything to see.

    Raises:
        ScannerError: The camera gave no picture at all.
    """
    out = sys.stderr if as_json else sys.stdout
    surface = screen.Block(out) if out.isatty() else screen.Lines(out)
    bench = Bench(settings, rank_by(ours), surface, seconds)
    try:
        bench.run()
    except KeyboardInterrupt:
        surface.tell("")  # ends the line on which the terminal wrote ^C
    report = bench.report()
    if report is None:
        return False
    lines = ["", *screen.summary(report)]
    _print([json.dumps(screen.figures(report))] if as_json else lines)
    return True


def read_photographs(
    expected: Mapping[Path, tuple[Expected, ...] | None],
    folder: Path,
    settings: ScannerSettings,
    as_json: bool,
) -> None:
    """Read photographs and print how well that went.

    Args:
        expected: The pictures and what they say, None where that is not known.
        folder: Where from their names are shown.
        settings: With the time each may take.
        as_json: Whether to print figures for a program instead.
    """
    cv2.setNumThreads(1)  # this thread's time then is the whole time
    readings = []
    for reading in read_pictures(expected, folder, settings):
        readings.append(reading)
        if reading.cpu_s is None:
            print(f"{reading.name}: cannot be opened as a picture", file=sys.stderr)
        elif reading.expected is None and not as_json:
            print(tables.listing(reading), flush=True)
    score = Score(tuple(readings))
    figures = tables.figures(score, settings.frame_budget_ms)
    lines = ["", *tables.table(score), "", *tables.failures(score)]
    _print([json.dumps(figures)] if as_json else lines)


def _print(lines: list[str]) -> None:
    print("\n".join(lines).rstrip())
