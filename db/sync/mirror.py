"""Keeps a station's file as the hub's records are. Keeps out HTTP, and what the rows mean.

A page is one transaction: its rows, the station's own acts laid over them (`db.sync.overlay`),
and where the station now stands. Rows replace what is there, whatever key they collide in: where
the hub says otherwise than this file, the truth about the displaced row comes in a later page.

While pages come in, a copy may be here before its edition, so foreign keys rest; what readers at
the station ask joins both, so a copy without one is not known yet. A station is always SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from db.models import Base, School, Station, UtcDateTime
from db.prepared import Prepared
from db.sync import overlay
from db.sync.messages import Page, Rows, Scalar
from db.sync.told import BY_NAME, SEPARATOR, TOLD, ToldTable

_PLACE = Prepared(select(Station.timeline, Station.cursor, Station.pulled_at))
_STAND = Prepared(
    update(Station).values(
        mirror_acked=bindparam("acked"),
        timeline=bindparam("timeline"),
        cursor=bindparam("cursor"),
        pulled_at=func.coalesce(bindparam("now", type_=UtcDateTime()), Station.pulled_at),
    )
)
_RULES_VERSION = Prepared(select(School.rules_version).where(School.id == bindparam("school")))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station stands in the hub's changes."""

    timeline: UUID | None
    cursor: int
    as_of: datetime | None
    """The hub's time when it was last told everything."""


def place(engine: Engine) -> Place:
    """Up to where this file is as the hub's records are."""
    with engine.begin() as connection:
        return place_in(connection)


def place_in(connection: Connection) -> Place:
    """The same, in the caller's transaction."""
    row = _PLACE.first(connection)
    assert row is not None, "prepare_station comes first"
    return Place(row.timeline, row.cursor, row.pulled_at)


class Mirror:
    """Takes pages, the first of a full pull to its last in one life of this object.

    A full pull that breaks off begins anew: it takes less than a minute and loses nothing, for
    the rows that are here stay until the last page says that they are no more.
    """

    def __init__(self, engine: Engine, school_id: int) -> None:
        self._engine = engine
        self._school_id = school_id
        self._seen: dict[str, set[str]] | None = None
        """The keys told since a full pull began; None outside one."""

    def take(self, page: Page) -> None:
        """Apply one page, all of it or nothing."""
        if page.from_start:
            self._seen = {told.name: set() for told in TOLD}
        with _foreign_keys_at_rest(self._engine) as connection, connection.begin():
            version = _rules_version(connection, self._school_id)
            changed = [self._write(connection, rows) for rows in page.tables]
            if self._seen is not None and page.complete:
                changed.append(self._sweep(connection))
            if any(rows.gone for rows in page.tables) or (page.complete and self._seen is not None):
                _drop_orphans(connection)
            if any(changed) or page.from_start:
                _move_rules(connection, self._school_id, version)
            overlay.lay_own_acts(connection, self._school_id, page.acked_seq)
            self._stand_at(connection, page)
        if page.complete:
            self._seen = None

    def _write(self, connection: Connection, rows: Rows) -> bool:
        """Write one table's rows; whether they are rules."""
        told = BY_NAME.get(rows.kind)
        if told is None:
            return False  # of a later version: this one would not know what to do with it
        columns = {name: told_of for name, told_of in rows.columns.items() if name in told.columns}
        lines = list(zip(*columns.values(), strict=True))
        if lines:
            sql = insert_sql(told, tuple(columns))
            connection.exec_driver_sql(sql, [self._whole(told, line) for line in lines])
        if rows.gone:
            sql = _delete_sql(told)
            keys = [(self._school_id, *key) for key in rows.gone]
            connection.exec_driver_sql(sql, keys)
        self._note(told, columns)
        return told.is_rule

    def _whole(self, told: ToldTable, line: Sequence[Scalar]) -> tuple[Scalar, ...]:
        return (self._school_id, *line)

    def _note(self, told: ToldTable, columns: dict[str, list[Scalar]]) -> None:
        if self._seen is not None:
            keys = zip(*(columns[name] for name in told.key), strict=True)
            self._seen[told.name].update(SEPARATOR.join(map(str, key)) for key in keys)

    def _sweep(self, connection: Connection) -> bool:
        """Delete what the full pull did not tell."""
        assert self._seen is not None
        swept_rules = False
        for told in reversed(TOLD):
            if not told.key:
                continue
            here = set(_keys(connection, told, self._school_id))
            stray = [
                key for key in here if SEPARATOR.join(map(str, key)) not in self._seen[told.name]
            ]
            if stray:
                rows = [(self._school_id, *key) for key in stray]
                connection.exec_driver_sql(_delete_sql(told), rows)
                swept_rules |= told.is_rule
        return swept_rules

    def _stand_at(self, connection: Connection, page: Page) -> None:
        """Note where the station stands; inside a full pull it still stands nowhere."""
        is_somewhere = self._seen is None or page.complete
        _STAND.run(
            connection,
            acked=page.acked_seq,
            timeline=page.timeline if is_somewhere else None,
            cursor=page.cursor if is_somewhere else 0,
            now=page.now if page.complete else None,
        )


@contextmanager
def _foreign_keys_at_rest(engine: Engine) -> Iterator[Connection]:
    """A connection of its own accord: the pragma does nothing inside a transaction."""
    with engine.connect() as connection:
        driver = connection.connection.cursor()
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _rules_version(connection: Connection, school_id: int) -> int:
    row = _RULES_VERSION.first(connection, school=school_id)
    return 0 if row is None else row.rules_version


def _move_rules(connection: Connection, school_id: int, version: int) -> None:
    """Have the rules read anew: the hub's own count says nothing of what has arrived here."""
    moved = update(School).where(School.id == school_id).values(rules_version=version + 1)
    connection.execute(moved)


def _keys(connection: Connection, told: ToldTable, school_id: int) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(f'"{name}"' for name in told.key)
    sql = f"SELECT {names} FROM {told.name} WHERE {told.school_column} = ?"
    for row in connection.exec_driver_sql(sql, (school_id,)):
        yield tuple(row)


def _drop_orphans(connection: Connection) -> None:
    """Delete the station's own notes about what is not here any more; the hub has them all."""
    while orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        for table, rowid, *_ in orphans:
            assert table in Base.metadata.tables
            connection.exec_driver_sql(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))


@cache
def insert_sql(told: ToldTable, columns: tuple[str, ...]) -> str:
    """SQL that writes rows, with the models' defaults in the columns that are not told."""
    own = {
        column.name: _default_sql(column)
        for column in told.table.columns
        if column.name not in (*columns, told.school_column) and not _may_be_missing(column)
    }
    names = ", ".join(f'"{name}"' for name in (told.school_column, *columns, *own))
    values = ", ".join([*("?" for _ in (told.school_column, *columns)), *own.values()])
    return f"INSERT OR REPLACE INTO {told.name} ({names}) VALUES ({values})"


def _may_be_missing(column: Any) -> bool:
    return column.nullable and column.default is None


def _default_sql(column: Any) -> str:
    default = column.default
    value = default.arg if default is not None and default.is_scalar else None
    match value:
        case bool() | int():
            return str(int(value))
        case None:
            return "NULL" if column.nullable else "''"
    return f"'{value}'"


@cache
def _delete_sql(told: ToldTable) -> str:
    where = " AND ".join(f'"{name}" = ?' for name in told.key)
    return f"DELETE FROM {told.name} WHERE {told.school_column} = ? AND {where}"
