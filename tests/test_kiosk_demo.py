"""The demo's director: mornings that never run out of people or books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.demo import DemoCast, demo_cast
from db.ids import new_id
from db.outcomes import Refusal, Refused
from kiosk.demo import Director
from kiosk.events import Shown
from kiosk.visit import Waiting
from scanner.simulated import Showing
from tests.demo_records import MORNING
from tests.demo_school import DemoSchool


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DemoSchool]:
    made = DemoSchool(tmp_path / "kiosk.db")
    yield made
    made.engine.dispose()


def _director(school: DemoSchool) -> Director:
    def casting(seed: int) -> DemoCast:
        return demo_cast(school.engine, 1, MORNING, seed)

    return Director(casting, "Trường", seed=1)


def test_unanswered_things_are_shown_again(school: DemoSchool) -> None:
    """Given a screen that never answers, when a morning is played, then it ends all the same."""
    scenes = list(_director(school).morning())

    assert sum(isinstance(scene, Showing) for scene in scenes) >= 3 * 15


def test_answered_things_are_shown_once(school: DemoSchool) -> None:
    """Given a screen that answers everything, then nothing is held up a second time."""
    director = _director(school)
    held_up = []
    for number, scene in enumerate(director.morning()):
        if isinstance(scene, Showing):
            held_up.append(scene.picture)
            director.watch(Shown(Waiting(Refused(Refusal.UNKNOWN_CODE, str(number)))))

    assert len(held_up) == len(set(map(id, held_up)))


def test_empty_shelf_brings_a_morning_of_returns(school: DemoSchool) -> None:
    """Given nearly every book lent, when mornings go on, then books are handed in."""
    cast = school.cast()
    for pupil in cast.free_pupils[:60]:
        patron = school.known(pupil.card)
        for copy in school.cast().shelved[:3]:
            school.desk.check_out(patron, copy.accession, new_id())
    left = {copy.title for copy in school.cast().shelved}
    mornings = _director(school).mornings()
    first = next(mornings)

    assert len(left) < 12
    assert isinstance(first, Showing)


def test_no_late_pupils_is_no_fault(school: DemoSchool) -> None:
    """Given nobody overdue and nothing lent, when a morning is played, then it plays."""
    cast = school.cast()
    for copy in [*cast.lent, *(held for pupil in cast.late_pupils for held in pupil.holds)]:
        school.desk.check_in(copy.accession)

    assert school.cast().late_pupils == ()
    assert any(isinstance(scene, Showing) for scene in _director(school).morning())
