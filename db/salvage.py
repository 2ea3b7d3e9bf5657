"""A station's damaged file: set aside, read as far as it can be, a new one in its place.

The damaged file is kept under another name and never deleted. What the hub does not have yet is
read out of it event by event and waits in the new file, in a stream of its own; the hub knows
each event by name, so that one it has already is a duplicate. Everything else comes from the hub
by the ordinary pull.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine, insert

from db import care
from db.engine import open_engine, sqlite_url
from db.errors import DatabaseDamaged
from db.ids import new_id
from db.models import Boot, OutboxEvent, Station

LOOK_FOR = 1000
"""Numbers tried one by one beyond the last readable event, where the end cannot be seen."""

_EVENT = tuple(column.name for column in OutboxEvent.__table__.columns)
_BOOT = tuple(column.name for column in Boot.__table__.columns)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged file."""

    aside: str
    """Its name from now on."""
    saved: int
    """Events read out of it that the hub is not known to have."""
    lost: tuple[int, ...]
    """Numbers of events that the hub is not known to have and that cannot be read."""
    is_end_known: bool
    """Whether nothing can be missing beyond those: False where the newest could not be read."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What could be read."""

    events: Sequence[dict[str, Any]]
    boots: Sequence[dict[str, Any]]
    acked_seq: int
    lost: tuple[int, ...]
    is_end_known: bool


def open_or_renew(path: Path, now: datetime) -> tuple[Engine, Salvage | None]:
    """Open a station's file; where it is damaged, a new one with what could be saved.

    Raises:
        DatabaseError: It cannot be used for another reason than damage.
        OSError: There is no room for a new one.
    """
    try:
        return open_engine(sqlite_url(path)), None
    except DatabaseDamaged:
        salvage = _renew(path, now)
        _log.error("records.renewed", **asdict(salvage))
        return open_engine(sqlite_url(path)), salvage


def _renew(path: Path, now: datetime) -> Salvage:
    aside = path.with_name(f"{path.stem}-damaged-{now:%Y%m%d-%H%M%S}{path.suffix}")
    for ending in care.BESIDE[:2]:
        _keep(path.with_name(path.name + ending), aside.with_name(aside.name + ending))
    care.flush(path.parent)
    found = _read(aside)
    fresh = path.with_name(f"{path.stem}-fresh{path.suffix}")
    _make(fresh, found)
    # What is beside the damaged file must not be played back into the new one.
    for ending in care.BESIDE[1:]:
        path.with_name(path.name + ending).unlink(missing_ok=True)
    fresh.replace(path)
    care.flush(path.parent)
    unsent = [event for event in found.events if event["seq"] > found.acked_seq]
    return Salvage(aside.name, len(unsent), found.lost, found.is_end_known)


def _keep(file: Path, aside: Path) -> None:
    """Give a file a second name, which needs no room; where that cannot be, copy it."""
    if not file.exists():
        return
    try:
        os.link(file, aside)
    except OSError:
        shutil.copyfile(file, aside)
        care.flush(aside)


def _read(aside: Path) -> _Found:
    try:
        with closing(care.open_to_read(aside)) as connection:
            connection.row_factory = sqlite3.Row
            acked = _acked(connection)
            events, lost, is_end_known = _events(connection)
            boots = list(_readable(connection, "boot", "number", _BOOT))
    except sqlite3.Error:
        return _Found((), (), 0, (), is_end_known=False)
    waiting = tuple(seq for seq in lost if seq > acked)
    return _Found(events, boots, acked, waiting, is_end_known)


def _acked(connection: sqlite3.Connection) -> int:
    """What the hub had; 0 where that cannot be read, for a repeat does no harm."""
    try:
        row = connection.execute("SELECT acked_seq FROM station").fetchone()
    except sqlite3.Error:
        return 0
    return int(row[0]) if row is not None and isinstance(row[0], int) else 0


def _events(
    connection: sqlite3.Connection,
) -> tuple[list[dict[str, Any]], list[int], bool]:
    """Every readable event in order, the numbers of those that are not, and if that is all."""
    found = {row["seq"]: row for row in _readable(connection, "outbox_event", "seq", _EVENT)}
    try:
        newest = connection.execute("SELECT max(seq) FROM outbox_event").fetchone()[0] or 0
        is_end_known = True
    except sqlite3.Error:
        newest, is_end_known = max(found, default=0), False
    whole = {seq: event for seq, event in found.items() if _is_event(event)}
    first = min(found, default=newest + 1)
    lost = [seq for seq in range(first, newest + 1) if seq not in whole]
    return [whole[seq] for seq in sorted(whole)], lost, is_end_known


def _readable(
    connection: sqlite3.Connection, table: str, key: str, wanted: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Rows of a table from both ends, and one by one where a page between cannot be read."""
    there = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
    columns = ", ".join(name for name in wanted if name in there)
    sql = f"SELECT {columns} FROM {table} WHERE {key}"

    def walk(beyond: str, start: int) -> Iterator[dict[str, Any]]:
        order = "ASC" if beyond == ">" else "DESC"
        at: int | None = start
        while at is not None:
            row = _row(connection, f"{sql} {beyond} ? ORDER BY {key} {order} LIMIT 1", at)
            at = None if row is None else row[key]
            if row is not None:
                yield row

    low, high = 0, 2**62
    for row in walk(">", low):
        low = row[key]
        yield row
    for row in walk("<", high):
        if row[key] <= low:
            return
        high = row[key]
        yield row
    yield from _one_by_one(lambda at: _row(connection, f"{sql} = ?", at), low, high)


def _one_by_one(
    read: Callable[[int], dict[str, Any] | None], low: int, high: int
) -> Iterator[dict[str, Any]]:
    """What is between: to the end where that was found, else until nothing has come for long."""
    is_open = high == 2**62
    at = last = low
    while at + 1 < high and not (is_open and at - last > LOOK_FOR):
        at += 1
        if (row := read(at)) is not None:
            last = at
            yield row


def _row(connection: sqlite3.Connection, sql: str, at: int) -> dict[str, Any] | None:
    try:
        row = connection.execute(sql, (at,)).fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    return None if row is None else dict(row)


def _is_event(row: dict[str, Any]) -> bool:
    """Whether it can be sent; what its payload says is proved by its CRC when it is."""
    try:
        UUID(row["event_id"])
        datetime.fromisoformat(row["happened_at"])
        if (boot_id := row.get("boot_id")) is not None:
            UUID(boot_id)
    except (ValueError, TypeError, AttributeError):
        return False
    return isinstance(row["type"], str) and isinstance(row["payload"], str)


def _make(fresh: Path, found: _Found) -> None:
    """Make a new file with the saved events in a stream of its own."""
    for ending in care.BESIDE:
        fresh.with_name(fresh.name + ending).unlink(missing_ok=True)  # of an earlier attempt
    engine = open_engine(sqlite_url(fresh))
    try:
        with engine.begin() as connection:
            connection.execute(insert(Station).values(id=1, incarnation=new_id(), acked_seq=0))
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            _enter(driver, "boot", found.boots)
            numbered = enumerate(found.events, start=1)
            _enter(driver, "outbox_event", [{**event, "seq": seq} for seq, event in numbered])
    finally:
        engine.dispose()
    fresh.with_name(f"{fresh.name}.lock").unlink(missing_ok=True)


def _enter(driver: sqlite3.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    # Straight into the file, word for word: a payload whose bits have changed goes as it is.
    for row in rows:
        columns = ", ".join(row)
        places = ", ".join("?" * len(row))
        driver.execute(
            f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})", tuple(row.values())
        )
