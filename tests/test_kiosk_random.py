"""Whatever happens: nothing breaks, nobody sees another reader's name, nothing is left behind."""

from __future__ import annotations

import json
from pathlib import Path

from tests.demo_school import copy_of_demo_school
from tests.random_visits import RandomStation, widget_count
from tests.screen_driver import ScreenDriver

EVENTS = 60
"""Twenty thousand are in `benchmarks.soak`; so many fit a test."""


def test_nothing_breaks_and_nobody_is_named(
    screen: ScreenDriver, tmp_path: Path, demo_template: Path
) -> None:
    """Given chance cards, labels, touches and faults, when each is done, then only its reader
    is named on any widget, and no widget of what has gone is left.
    """
    screen.resize(800, 480)
    school = copy_of_demo_school(tmp_path / "kiosk.db", demo_template)
    station = RandomStation(school, screen, seed=7)
    seen: set[str] = set()

    for n in range(EVENTS):
        station.step()
        assert station.strangers() == [], n
        seen.add(type(station.shown.page or station.shown.visit).__name__)
    alive = widget_count()
    school.engine.dispose()

    assert len(seen) >= 4, json.dumps(sorted(seen))
    assert station.visits
    assert alive < 2 * len(screen.widgets()) + 400
