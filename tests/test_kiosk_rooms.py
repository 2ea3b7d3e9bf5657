"""Rooms beside the visit: how the clerk hands over to one and takes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from config.settings import PrinterSettings, VisitSettings
from db.identifiers import Code, CrateCode, crate_text
from kiosk.clerk import Clerk
from kiosk.events import DonePressed, KioskEvent, ReturnPressed, Shown
from kiosk.receipts import SlipDesk
from kiosk.rooms import GivesWay, RoomEvent, RoomState
from kiosk.visit import Finished, OutOfOrder, Serving, Visit, Waiting
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool


@dataclass(frozen=True, slots=True)
class Counted(RoomState):
    """How many labels were held up in the room."""

    labels: int = 0


@dataclass(frozen=True, slots=True)
class LeavePressed(RoomEvent):
    """The room is left."""


@dataclass
class CountingRoom:
    """A room in which labels are counted."""

    key: str
    handled: list[KioskEvent | None] = field(default_factory=list)

    def open(self, code: Code) -> Counted | None:
        return Counted() if code == CrateCode(self.key) else None

    def is_open(self, visit: Visit) -> bool:
        return isinstance(visit, Counted)

    def handle(self, state: Visit, event: KioskEvent | None) -> Visit:
        self.handled.append(event)
        assert isinstance(state, Counted)
        match event:
            case Scan(text="fault"):
                raise RuntimeError("a mistake of ours")
            case Scan(text=text) if text.startswith("HS"):
                return GivesWay()
            case Scan():
                return replace(state, labels=state.labels + 1)
            case LeavePressed() | None:
                return Waiting()
        return state

    def patience_s(self, state: Visit) -> float:
        return 60.0


@dataclass
class Station:
    """A station with one room."""

    school: DemoSchool
    now: float = 100.0
    shown: list[Shown] = field(default_factory=list)
    worn_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cast = self.school.cast()
        self.room = CountingRoom("A-1")
        slips = SlipDesk(
            self.school.engine, self.school.clock, "Trường", "Trạm 1", PrinterSettings()
        )
        self.clerk = Clerk(
            self.school.sure,
            slips,
            VisitSettings(),
            self.shown.append,
            now=lambda: self.now,
            rooms=(self.room,),
            worn_out=lambda: self.worn_out.append("worn out"),
        )

    def enter(self) -> Visit:
        return self.scan(crate_text(self.room.key))

    def scan(self, text: str) -> Visit:
        self.clerk.handle_safely(Scan(text, Symbology.QR, self.now))
        return self.clerk.visit

    def tell(self, event: KioskEvent | None) -> Visit:
        self.clerk.handle_safely(event)
        return self.clerk.visit


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield Station(school)
    school.engine.dispose()


def test_key_opens_its_room(station: Station) -> None:
    """Given nobody is known, when a room's key is scanned, then its state is shown, and lasts."""
    assert station.enter() == Counted()
    assert (station.shown[-1].ends_at, station.shown[-1].patience_s) == (160.0, 60.0)


def test_open_room_answers_everything(station: Station) -> None:
    """Given a room is open, when a label is scanned or a stale button heard, then it answers."""
    station.enter()
    book = station.cast.shelved[1].accession

    assert station.scan(book) == Counted(1)
    assert station.tell(ReturnPressed(book)) == Counted(1)
    assert station.tell(DonePressed()) == Counted(1)
    assert len(station.room.handled) == 3


def test_room_ends_the_visit_before_it(station: Station) -> None:
    """Given a pupil has borrowed, when a room is opened, then the visit is closed with its slip."""
    station.scan(station.cast.free_pupils[0].card)
    station.scan(station.cast.shelved[1].accession)
    station.enter()

    with station.school.engine.begin() as connection:
        states = connection.exec_driver_sql("SELECT state FROM receipt_job").scalars().all()
    assert states == ["unwanted"]
    assert isinstance(station.clerk.visit, Counted)


def test_room_is_left_by_touch_and_time(station: Station) -> None:
    """Given a room is open, when it is left or its time is over, then the station waits again."""
    for event in (LeavePressed(), None):
        station.enter()
        assert station.tell(event) == Waiting()
        assert station.shown[-1].ends_at is None


def test_what_changes_nothing_gives_no_time(station: Station) -> None:
    """Given a room is open, when touches change nothing, then its time is over as before."""
    station.enter()
    station.now += 50
    station.tell(DonePressed())
    assert station.shown[-1].ends_at == 160.0

    station.scan(station.cast.shelved[1].accession)
    assert station.shown[-1].ends_at == 210.0


def test_room_gives_way_to_a_card(station: Station) -> None:
    """Given a room gives way to a card, then the visit is next on the screen, nothing between."""
    station.enter()
    pupil = station.cast.free_pupils[0]
    before = len(station.shown)
    visit = station.scan(pupil.card)

    assert isinstance(visit, Serving)
    assert visit.patron.patron_id == pupil.id
    assert {shown.visit for shown in station.shown[before:]} == {visit}


def test_stale_touch_of_a_room_is_nothing(station: Station) -> None:
    """Given a visit is over, when a room's touch comes late, then nothing happens."""
    assert station.tell(LeavePressed()) == Waiting()
    assert station.room.handled == []


def test_fault_in_a_room_is_shown(station: Station) -> None:
    """Given a room makes a mistake, then the station breaks and recovers."""
    station.enter()

    assert station.scan("fault") == OutOfOrder()
    assert station.tell(None) == Waiting()
    assert not isinstance(station.clerk.visit, Finished)


def test_room_that_was_left_well_ends_a_row_of_faults(station: Station) -> None:
    """Given two mistakes, a room that is left well, and two more, then nothing starts anew."""
    for _ in range(2):
        for _ in range(2):
            station.enter()
            station.scan("fault")
            station.tell(None)
        station.enter()
        station.tell(LeavePressed())

    assert station.worn_out == []
