"""Looking after a SQLite file: copies, and what is saved of a damaged one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from db import care, outbox
from db import salvage as salvaging
from db.engine import MIGRATIONS, NEWEST, open_engine, sqlite_url
from db.sync.mirror import Mirror
from tests.hub_and_stations import RunningHub, Station, differences
from tests.small_school import MORNING, SmallSchool, number

PAGE = 4096


def test_migration_keeps_the_file_as_it_was(tmp_path: Path) -> None:
    """Given a file of an earlier version, when opened, then a whole copy of it is beside it."""
    path = tmp_path / "kiosk.db"
    _make_version(path, "0004")
    open_engine(sqlite_url(path)).dispose()
    kept = tmp_path / f"kiosk-before-{NEWEST}-from-0004.db"
    with closing(sqlite3.connect(kept)) as connection:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()

    assert version == ("0004",)
    assert care.is_whole(kept)


def _make_version(path: Path, revision: str) -> None:
    engine = create_engine(sqlite_url(path))
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    engine.dispose()


def _damaged_station(tmp_path: Path, events: int, first_damaged: int | None) -> Path:
    """A station's file with waiting events; from a page of the events on, bytes are zeroed."""
    path = tmp_path / "kiosk.db"
    school = SmallSchool(sqlite_url(path))
    for turn in range(events // 2):
        school.desk.check_out(school.known("An"), number("STK"))
        school.clock.advance(timedelta(minutes=1))
        school.desk.check_in(number("STK"))
        school.clock.advance(timedelta(minutes=turn))
    outbox.acknowledge(school.engine, 4)
    school.engine.dispose()
    raw = bytearray(path.read_bytes())
    page = _event_pages(path)[first_damaged] if first_damaged is not None else 1
    raw[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    path.write_bytes(raw)
    return path


def _event_pages(path: Path) -> list[int]:
    """The leaf pages of the outbox, in order of their events."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'outbox_event'"
        ).fetchone()
    raw = path.read_bytes()
    page = raw[(root - 1) * PAGE : root * PAGE]
    assert page[0] == 5, "an inner page of a table"
    cells = int.from_bytes(page[3:5], "big")
    places = [int.from_bytes(page[12 + 2 * i : 14 + 2 * i], "big") for i in range(cells)]
    children = [int.from_bytes(page[at : at + 4], "big") for at in places]
    return [*children, int.from_bytes(page[8:12], "big")]


def test_middle_of_the_outbox_is_lost_exactly(tmp_path: Path) -> None:
    """Given a page of events that cannot be read, when opened, then those before and after wait.

    The file is set aside as it was, and the numbers of what is lost are told.
    """
    path = _damaged_station(tmp_path, 60, first_damaged=2)
    damaged = path.read_bytes()
    engine, salvage = salvaging.open_or_renew(path, MORNING)
    batch = outbox.next_batch(engine)
    engine.dispose()
    assert salvage is not None

    assert salvage.is_end_known
    assert salvage.lost == tuple(range(min(salvage.lost), max(salvage.lost) + 1))
    assert 1 < len(salvage.lost) < 30
    assert salvage.saved + len(salvage.lost) == 56
    assert [event.seq for event in batch.events] == list(range(1, salvage.saved + 5))
    assert (tmp_path / salvage.aside).read_bytes() == damaged


def test_unreadable_file_is_renewed_empty(tmp_path: Path) -> None:
    """Given a file whose first page is gone, when opened, then a new one, and no false comfort."""
    path = _damaged_station(tmp_path, 6, first_damaged=None)
    engine, salvage = salvaging.open_or_renew(path, MORNING)
    waiting = outbox.waiting(engine)
    engine.dispose()
    assert salvage is not None

    assert (salvage.saved, salvage.lost, salvage.is_end_known) == (0, (), False)
    assert (tmp_path / salvage.aside).exists()
    assert waiting == 0


def test_newest_events_unreadable_is_said(tmp_path: Path) -> None:
    """Given a file cut short, when opened, then the end is not claimed to be known."""
    path = _damaged_station(tmp_path, 60, first_damaged=-1)
    engine, salvage = salvaging.open_or_renew(path, MORNING)
    engine.dispose()
    assert salvage is not None

    assert not salvage.is_end_known
    assert 0 < salvage.saved < 56


def test_flipped_bits_are_noticed_at_boot(tmp_path: Path) -> None:
    """Given one flipped bit in every page but the first, when opened, then it is set aside."""
    path = tmp_path / "kiosk.db"
    SmallSchool(sqlite_url(path)).engine.dispose()
    raw = bytearray(path.read_bytes())
    for place in range(PAGE, len(raw), PAGE):
        raw[place + 5] ^= 0x08
    path.write_bytes(raw)
    engine, salvage = salvaging.open_or_renew(path, MORNING)
    engine.dispose()

    assert salvage is not None


def test_whole_file_is_left_alone(tmp_path: Path) -> None:
    """Given a whole file, when opened, then nothing is set aside and its events still wait."""
    path = tmp_path / "kiosk.db"
    school = SmallSchool(sqlite_url(path))
    school.desk.check_out(school.known("An"), number("STK"))
    school.engine.dispose()
    engine, salvage = salvaging.open_or_renew(path, MORNING)
    waiting = outbox.waiting(engine)
    engine.dispose()

    assert (salvage, waiting) == (None, 1)
    assert not list(tmp_path.glob("*damaged*"))


def test_renewed_station_is_filled_by_its_hub(tmp_path: Path) -> None:
    """Given a station whose file is damaged, when renewed and synchronised, then both agree.

    A loan it had not sent arrives once; one it had sent is a duplicate.
    """
    hub = RunningHub(sqlite_url(tmp_path / "hub.db"))
    path = tmp_path / "kiosk.db"
    station = Station(path, hub, "Trạm 1")
    station.synchronise()
    station.desk.check_out(station.known("An"), number("STK"))
    station.synchronise()
    station.desk.check_out(station.known("Bình"), number("STN"))
    station.close()
    _zero_a_page_of(path, "patron")
    station.engine, salvage = salvaging.open_or_renew(path, MORNING)
    station.mirror = Mirror(station.engine, 1)
    station.synchronise()
    with hub.engine.begin() as connection:
        loans = connection.execute(text("SELECT count(*) FROM loan")).scalar_one()
    unlike = differences(hub.engine, station.engine)
    station.close()
    hub.engine.dispose()
    assert salvage is not None

    assert (salvage.saved, salvage.lost, salvage.is_end_known) == (1, (), True)
    assert (loans, unlike) == (2, {})


def _zero_a_page_of(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(asked, (table,)).fetchone()
    raw = bytearray(path.read_bytes())
    raw[(page - 1) * PAGE : page * PAGE] = bytes(PAGE)
    path.write_bytes(raw)
