"""Practice for grade 6 (S73): the real clerk, and not a letter of it in the station's records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from config.settings import PrinterSettings, VisitSettings
from db.clock import SettableClock
from db.outcomes import CheckedOut
from kiosk.browsing import (
    BackPressed,
    Door,
    DoorPressed,
    KeyPressed,
    LookAgain,
    PracticePage,
)
from kiosk.clerk import Clerk
from kiosk.events import CameraState, DonePressed, KioskEvent, PracticeReady, ScreenFault, Shown
from kiosk.practice import PRACTICE_S, Practice, Practices, PracticeSchool, make_school
from kiosk.receipts import SlipDesk
from kiosk.visit import Finished, Serving, Waiting
from scanner.scan import CameraLost, Scan, Symbology
from tests.demo_records import MORNING
from tests.demo_school import DemoSchool, copy_of_demo_school


@cache
def practice_school() -> PracticeSchool:
    """The school of the tests' day; making it takes a second."""
    return make_school(SettableClock(MORNING))


@dataclass
class Station:
    """A clerk whose practice can be begun, without threads."""

    school: DemoSchool
    now: float = 100.0
    shown: list[Shown] = field(default_factory=list)
    nudges: list[bool] = field(default_factory=list)
    practices: list[Practice] = field(default_factory=list)
    tasks: list[Callable[[], None]] = field(default_factory=list)
    """What runs beside the clerk, once the test lets it."""

    def __post_init__(self) -> None:
        school = self.school
        slips = SlipDesk(school.engine, school.clock, "Trường", "Trạm 1", PrinterSettings())
        self.clerk = Clerk(
            school.sure, slips, VisitSettings(), self.shown.append,
            lambda: self.nudges.append(True), now=lambda: self.now, rehearse=self.rehearse,
        )  # fmt: skip

    def rehearse(self) -> Practice:
        practice = Practice(
            practice_school(),
            self.school.clock,
            VisitSettings(),
            self.school.desk.read_code,
            lambda: self.now,
        )
        self.practices.append(practice)
        return practice

    def tell(self, *events: KioskEvent | None) -> Shown:
        for event in events:
            self.clerk.handle(event)
        return self.shown[-1]

    def scan(self, text: str) -> Shown:
        return self.tell(Scan(text, Symbology.QR, self.now))

    def waits_for_its_school(self) -> None:
        """Let practices begin as at a station, with a thread that the test runs."""
        school = self.school
        practices = Practices(
            school.clock, VisitSettings(), school.desk.read_code, self.tasks.append,
            lambda ready: self.clerk.handle(ready),
        )  # fmt: skip
        self.clerk._rehearse = practices.begin

    def tables(self) -> list[str]:
        """The station's whole database as text."""
        with self.school.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            return [line for line in driver.iterdump() if "_fts" not in line]


@pytest.fixture
def station(tmp_path: Path, demo_template: Path) -> Iterator[Station]:
    """A station over the demo school, on which practice has begun."""
    school = copy_of_demo_school(tmp_path / "kiosk.db", demo_template)
    station = Station(school)
    station.tell(DoorPressed(Door.PRACTICE))
    yield station
    school.engine.dispose()


def test_practice_writes_nothing(station: Station) -> None:
    """Given practice (S73), when books are borrowed and returned, then no table changes."""
    cast = station.school.cast()
    before = station.tables()

    seen = [station.scan(cast.free_pupils[0].card)]
    seen += [station.scan(copy.accession) for copy in cast.shelved[:2]]
    seen.append(station.tell(DonePressed()))
    seen.append(station.scan(cast.shelved[0].accession))

    assert station.tables() == before
    assert all(shown.is_practice for shown in seen)
    lent = seen[2].visit
    assert isinstance(lent, Serving)
    assert [type(act) for act in lent.acts] == [CheckedOut, CheckedOut]
    assert isinstance(seen[3].visit, Finished)
    assert station.nudges == []
    assert {shown.status.waiting_events for shown in seen} == {0}


def test_practice_names_no_reader(station: Station) -> None:
    """Given practice, when a real card is shown, then it stands for an invented pupil."""
    pupil = station.school.cast().teachers[0]

    visit = station.scan(pupil.card).visit

    assert isinstance(visit, Serving)
    assert visit.patron.homeroom.startswith("6")
    assert pupil.card != visit.patron.card
    assert pupil.name != visit.patron.name


def test_practice_answers_unknown_codes(station: Station) -> None:
    """Given practice, when a shop's code is held up, then it is answered as it would be."""
    visit = station.scan("9786040000002").visit

    assert isinstance(visit, Waiting)
    assert visit.notice is not None


def test_practice_ends_after_a_minute(station: Station) -> None:
    """Given a visit in practice, when the minute is over, then the idle screen is the real one."""
    cast = station.school.cast()
    begun = station.shown[-1]
    station.now += PRACTICE_S - 1
    station.scan(cast.free_pupils[0].card)
    station.now += 1

    shown = station.tell(None)

    assert begun.ends_at == 100.0 + PRACTICE_S
    assert (shown.visit, shown.is_practice) == (Waiting(), False)
    assert isinstance(station.scan(cast.free_pupils[0].card).visit, Serving)


def test_practice_ends_with_its_farewell(station: Station) -> None:
    """Given a practised visit is over, when its farewell has been seen, then practice is over."""
    cast = station.school.cast()
    station.scan(cast.free_pupils[0].card)
    station.scan(cast.shelved[0].accession)
    station.tell(DonePressed())
    station.now += VisitSettings().farewell_s

    shown = station.tell(None)

    assert (shown.visit, shown.is_practice) == (Waiting(), False)


def test_practice_is_left_by_touch(station: Station) -> None:
    """Given practice, when it is left, then nothing of it is shown any more."""
    station.scan(station.school.cast().free_pupils[0].card)

    shown = station.tell(BackPressed())

    assert (shown.visit, shown.is_practice) == (Waiting(), False)


def test_practice_hears_of_devices(station: Station) -> None:
    """Given practice, when the camera is lost, then the real status says so and practice stays."""
    shown = station.tell(CameraLost("0", "pulled"), LookAgain(), KeyPressed("a"))

    assert shown.status.camera is CameraState.LOST
    assert shown.is_practice


def test_practice_waits_for_the_visit(station: Station) -> None:
    """Given somebody is served, when practice is asked for, then their visit goes on."""
    station.tell(BackPressed())
    visit = station.scan(station.school.cast().free_pupils[0].card).visit

    shown = station.tell(DoorPressed(Door.PRACTICE))

    assert (shown.visit, shown.is_practice) == (visit, False)


@pytest.mark.parametrize("last", [BackPressed(), ScreenFault(), None])
def test_practice_lets_its_school_go(station: Station, last: KioskEvent | None) -> None:
    """Given practice, when a touch, a fault or the time ends it, then its records are let go."""
    (practice,) = station.practices
    memory = practice._engine.raw_connection().driver_connection
    assert isinstance(memory, sqlite3.Connection)
    station.now += PRACTICE_S

    station.tell(last)

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        memory.execute("SELECT 1")


def test_practice_is_made_beside_the_clerk(station: Station) -> None:
    """Given no school to practise in, when it is made elsewhere, then the clerk answers meanwhile.

    Whoever shows a card in the meantime is served; a second practice of the day begins at once.
    """
    station.tell(BackPressed())
    station.waits_for_its_school()
    waits = station.tell(DoorPressed(Door.PRACTICE), DoorPressed(Door.PRACTICE))
    assert (waits.page, waits.is_practice, len(station.tasks)) == (PracticePage(), False, 1)
    served = station.scan(station.school.cast().free_pupils[0].card)
    station.tasks.pop()()
    assert isinstance(served.visit, Serving)
    assert not station.shown[-1].is_practice
    station.tell(DonePressed())

    again = station.tell(None, DoorPressed(Door.PRACTICE))

    assert (again.page, again.is_practice, station.tasks) == (None, True, [])


def test_practice_begins_when_it_is_ready(station: Station) -> None:
    """Given a pupil who waits for practice, when its school is made, then practice begins."""
    station.tell(BackPressed())
    station.waits_for_its_school()
    station.tell(DoorPressed(Door.PRACTICE))

    station.tasks.pop()()

    assert station.shown[-1].is_practice
    assert not station.tell(BackPressed(), PracticeReady()).is_practice
