"""PINs of the library's staff: few digits, few tries, and a wait that grows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from db.engine import open_engine, sqlite_url
from db.models import OutboxEvent
from db.patrons import Patrons
from db.pins import FREE_TRIES, LONGEST_WAIT, PinAnswer, Pins, is_good
from db.states import RoleName
from tests.demo_school import DemoSchool

PIN = "271828"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DemoSchool]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield school
    school.engine.dispose()


def _told(school: DemoSchool) -> list[tuple[str, str]]:
    with school.engine.begin() as connection:
        rows = connection.execute(select(OutboxEvent).order_by(OutboxEvent.seq)).mappings().all()
    return [(row["type"], row["payload"].get("act", "")) for row in rows]


def _wait(school: DemoSchool, pins: Pins, patron_id: UUID) -> None:
    until = pins.locked_until(patron_id)
    assert until is not None
    school.clock.advance(until - school.clock.now())


def test_role_and_pin_make_staff(school: DemoSchool) -> None:
    """Given two roles of a teacher, when her card is shown, then the higher of them counts."""
    library, teacher = school.desk.library, school.cast().teachers[0]
    patrons, pins = Patrons(library), Pins(library)

    assert pins.staff(teacher.card) is None
    patrons.appoint(teacher.id, RoleName.COLLABORATOR, "QĐ 12")
    patrons.appoint(teacher.id, RoleName.LIBRARIAN, "QĐ 13")
    known = pins.staff(teacher.card)
    assert known is not None
    assert (known.role, known.has_pin) == (RoleName.LIBRARIAN, False)
    assert pins.set(teacher.id, PIN, "test")
    known = pins.staff(teacher.card)
    assert known is not None
    assert known.has_pin


def test_role_that_is_over_opens_nothing(school: DemoSchool) -> None:
    """Given a role that ended yesterday, when the card is shown, then it is a reader's card."""
    teacher = school.cast().teachers[0]
    yesterday = date(2026, 11, 9)
    Patrons(school.desk.library).appoint(teacher.id, RoleName.LIBRARIAN, "QĐ 12", yesterday)

    assert Pins(school.desk.library).staff(teacher.card) is None


def test_wait_grows_and_survives(school: DemoSchool, tmp_path: Path) -> None:
    """Given five wrong PINs, when the station starts anew, then the right one waits, and longer."""
    teacher, pins = school.cast().teachers[0], Pins(school.desk.library)
    pins.set(teacher.id, PIN, "test")
    answers = [pins.check(teacher.id, "111222") for _ in range(FREE_TRIES + 1)]
    school.engine.dispose()
    school.engine = open_engine(sqlite_url(tmp_path / "kiosk.db"))
    school.desk.library.engine = school.engine

    began = school.clock.now()
    assert [a.locked_until for a in answers[:-1]] == [None] * FREE_TRIES
    assert pins.check(teacher.id, PIN) == PinAnswer(False, began + timedelta(seconds=30))
    waits = []
    for _ in range(10):
        _wait(school, pins, teacher.id)
        until = pins.check(teacher.id, "111222").locked_until
        assert until is not None
        waits.append(until - school.clock.now())
    assert waits[:3] == [timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=240)]
    assert waits[-1] == LONGEST_WAIT
    _wait(school, pins, teacher.id)
    assert pins.check(teacher.id, PIN) == PinAnswer(True)
    assert pins.check(teacher.id, "111222") == PinAnswer(False)


def test_clock_put_back_locks_no_longer(school: DemoSchool) -> None:
    """Given a wait, when the clock is put back by a year, then the wait is an hour at most."""
    teacher, pins = school.cast().teachers[0], Pins(school.desk.library)
    pins.set(teacher.id, PIN, "test")
    for _ in range(FREE_TRIES + 1):
        pins.check(teacher.id, "111222")
    school.clock.advance(-timedelta(days=365))
    past = school.clock.now()

    assert pins.locked_until(teacher.id) == past + LONGEST_WAIT


def test_every_try_is_told_without_the_pin(school: DemoSchool) -> None:
    """Given a wrong and a right PIN, when the hub is told, then it hears of both and of no PIN."""
    teacher, pins = school.cast().teachers[0], Pins(school.desk.library)
    pins.set(teacher.id, PIN, "test")
    pins.check(teacher.id, "111222")
    pins.check(teacher.id, PIN)

    assert _told(school) == [
        ("pin-set", ""),
        ("staff-acted", "station-pin-wrong"),
        ("staff-acted", "station-opened"),
    ]
    with school.engine.begin() as connection:
        payloads = str(connection.execute(select(OutboxEvent.payload)).scalars().all())
    assert PIN not in payloads
    assert teacher.name not in payloads


@pytest.mark.parametrize("pin", ["12345", "123456", "987654", "000000", "123456789", "12345a", ""])
def test_guessed_pins_are_refused(pin: str) -> None:
    """Given a PIN that is short, long, a run or one digit, when it is chosen, then it is not."""
    assert not is_good(pin)
    assert is_good(PIN)
