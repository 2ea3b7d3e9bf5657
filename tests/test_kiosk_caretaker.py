"""The station's own copies, and what its screen says of a damaged file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db import care
from db.clock import SCHOOL_ZONE, SettableClock
from db.engine import open_engine, sqlite_url
from db.salvage import Salvage
from kiosk.caretaker import KEPT, Caretaker
from kiosk.events import RecordsState, Shown, Status
from kiosk.station import records_state
from kiosk.widgets.status_line import remarks
from kiosk.wording import Wording
from tests.empty_records import empty_records

MORNING = datetime(2026, 11, 26, 7, 15, tzinfo=SCHOOL_ZONE)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A station's new file."""
    (tmp_path / "kiosk.db").write_bytes(empty_records())
    return tmp_path / "kiosk.db"


def test_copy_a_day_and_at_closing(records: Path) -> None:
    """Given a station that runs for a day, then it copies at once, and when school is over."""
    clock = SettableClock(MORNING)
    caretaker = Caretaker(records, "", clock)
    made = []
    for _ in range(24):
        made.append(caretaker.look())
        clock.advance(timedelta(hours=1))
    names = [copy.name for copy in made if copy is not None]

    assert names == ["kiosk-20261126-071500.db", "kiosk-20261126-171500.db"]
    assert all(care.is_whole(records.parent / "copies" / name) for name in names)


def test_copy_is_made_while_lending(records: Path, tmp_path: Path) -> None:
    """Given an open transaction, when copied, then the copy is whole and without it."""
    engine: Engine = open_engine(sqlite_url(records))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE half (n INTEGER)")
        made = Caretaker(records, "", SettableClock(MORNING)).look()
    engine.dispose()
    assert made is not None

    assert care.is_whole(made)
    with care.open_to_read(made, alone=True) as copy:
        assert copy.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'half'"
        ).fetchone() == (0,)


def test_old_copies_go(records: Path) -> None:
    """Given a station that runs for weeks, then a handful of copies stay, the newest among them."""
    clock = SettableClock(MORNING)
    caretaker = Caretaker(records, "", clock)
    for _ in range(12):
        newest = caretaker.look()
        clock.advance(timedelta(days=1))
    copies = sorted((records.parent / "copies").iterdir())
    assert newest is not None

    assert len(copies) == KEPT
    assert copies[-1] == newest


def test_wrong_clock_does_not_copy_on_and_on(records: Path) -> None:
    """Given a copy of today, when the station starts in 2017, then it copies just once."""
    Caretaker(records, "", SettableClock(MORNING)).look()
    clock = SettableClock(datetime(2017, 1, 1, 7, 0, tzinfo=SCHOOL_ZONE))
    caretaker = Caretaker(records, "", clock)
    made = []
    for _ in range(5):
        made.append(caretaker.look())
        clock.advance(timedelta(minutes=5))

    assert [copy is not None for copy in made] == [True, False, False, False, False]


def test_missing_stick_stops_nothing(records: Path, tmp_path: Path) -> None:
    """Given a stick that is not there, when it is time, then no copy; once it is there, one."""
    stick = tmp_path / "usb"
    caretaker = Caretaker(records, str(stick), SettableClock(MORNING))
    without = caretaker.look()
    stick.mkdir()

    assert without is None
    assert caretaker.look() == stick / "kiosk-20261126-071500.db"


@pytest.mark.parametrize(
    ("salvage", "sentence"),
    [
        (Salvage("a", 3, (), True), "Đã khôi phục đủ"),
        (Salvage("a", 3, (7, 8), True), "mất 2 lượt"),
        (Salvage("a", 0, (), False), "có thể mất lượt"),
    ],
)
def test_screen_says_what_was_lost(salvage: Salvage, sentence: str) -> None:
    """Given a file that was damaged, when the station starts, then the screen says what is lost."""
    lost = len(salvage.lost)
    status = Status(records=records_state(salvage), lost_events=lost)
    (remark,) = remarks(Shown(status=status))

    assert sentence in Wording("vi").say(remark.key, n=remark.n)
    assert records_state(None) is RecordsState.SOUND
