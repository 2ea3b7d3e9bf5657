"""A long time at the station: chance events on the real clerk and screen, and what memory grows.

20 000 things happen: cards and labels held up, everything touched that can be, late touches,
faults. Then 1 000 plain visits, and memory after them is compared with that after ten. How far
it has come is told beside the log now and then, so that a run that is cut short tells as much.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from pathlib import Path

import structlog

from benchmarks.reporting import arguments, report
from kiosk.events import DonePressed
from kiosk.window import HEADLESS_ENVIRONMENT
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool
from tests.random_visits import RandomStation, memory_kb, widget_count
from tests.screen_driver import ScreenDriver, open_driver

WARM_VISITS = 10
TOLD_EVERY = 500
"""Events after which it is told how far it has come."""
VISITS_TOLD_EVERY = 100


def chance_events(station: RandomStation, count: int) -> int:
    """Let `count` things happen; how often a stranger was named on the screen."""
    named = 0
    for done in range(1, count + 1):
        station.step()
        named += len(station.strangers())
        if done % TOLD_EVERY == 0:
            told(events=done, visits=station.visits, strangers=named)
    return named


def plain_visits(station: RandomStation, driver: ScreenDriver, count: int) -> None:
    """Borrow a book and bring it back, `count` times."""
    cast = station.school.cast()
    pupil, copy = cast.free_pupils[20].card, cast.shelved[30].accession
    for done in range(1, count + 1):
        for text in (pupil, copy):
            station.clerk.handle(Scan(text, Symbology.QR, driver.monotonic_s))
            driver.frames(2)
        station.clerk.handle(DonePressed())
        driver.frames(2)
        driver.monotonic_s += 120
        station.clerk.handle(None)
        station.clerk.handle(Scan(copy, Symbology.QR, driver.monotonic_s))
        driver.frames(2)
        driver.monotonic_s += 120
        station.clerk.handle(None)
        driver.frames(2)
        if done % VISITS_TOLD_EVERY == 0:
            told(plain_visits=done)


def told(**so_far: int) -> None:
    """Say how far it has come, what memory is held and what processor time it took."""
    so_far |= {"memory_kb": memory_kb(), "cpu_s": round(time.process_time())}
    print(*(f"{name}={value}" for name, value in so_far.items()), file=sys.stderr, flush=True)


def main() -> None:
    """Let it all happen and print the figures."""
    asked = arguments(__doc__ or "", events=20_000, visits=1_000, seed=1)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    os.environ.update(HEADLESS_ENVIRONMENT)
    driver = open_driver("vi")
    driver.resize(800, 480)
    with tempfile.TemporaryDirectory() as folder:
        school = DemoSchool(Path(folder) / "kiosk.db")
        station = RandomStation(school, driver, asked.seed)
        gc.freeze()  # as the station does when it stands
        named = chance_events(station, asked.events)
        happened = station.visits
        driver.monotonic_s += 600
        station.clerk.handle(None)
        plain_visits(station, driver, WARM_VISITS)
        before_kb, widgets_before = memory_kb(), widget_count()
        plain_visits(station, driver, asked.visits - WARM_VISITS)
        after_kb, widgets_after = memory_kb(), widget_count()
        school.engine.dispose()
    driver.close()
    figures: dict[str, float | int] = {
        "events": asked.events,
        "crashes": 0,  # one would have ended the run
        "visits_among_them": happened,
        "strangers_named": named,
        "memory_growth": after_kb / before_kb,
        "memory_mb": after_kb / 1024,
        "widgets_before": widgets_before,
        "widgets_after": widgets_after,
    }
    report(figures, asked.json)


if __name__ == "__main__":
    main()
