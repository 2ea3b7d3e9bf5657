"""A hub and stations that begin empty, talking over the real application, without a socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, Engine, text

from admin.app import create_app
from admin.feed import as_kept, rows_with_keys
from admin.kiosks import enrol
from db import outbox
from db.circulation import Circulation
from db.clock import SettableClock
from db.engine import open_engine, sqlite_url
from db.outcomes import PatronKnown
from db.sync.connection import HubConnection, synchronise
from db.sync.mirror import Mirror
from db.sync.told import TOLD
from tests.empty_records import empty_records
from tests.hub_school import InProcess
from tests.small_school import MORNING, SmallSchool, card_of


class RunningHub:
    """A small school's hub, as a process runs it; `restart` is the next process."""

    def __init__(self, url: str) -> None:
        self.school = SmallSchool(url)
        self.restart()

    @property
    def engine(self) -> Engine:
        return self.school.engine

    def restart(self) -> None:
        """Begin another run of the hub on the same records."""
        self.app = create_app(self.engine, self.school.clock)

    def enrol(self, name: str) -> str:
        with self.engine.begin() as connection:
            return enrol(connection, 1, name, self.school.clock.now())


class Station:
    """A station with an empty file, enrolled at a hub."""

    def __init__(self, path: Path, hub: RunningHub, name: str) -> None:
        self.hub = hub
        self.token = hub.enrol(name)
        self.clock = SettableClock(MORNING)
        path.write_bytes(empty_records())
        self.engine = open_engine(sqlite_url(path))
        outbox.prepare_station(self.engine)
        self.desk = Circulation(self.engine, 1, self.clock)
        self.mirror = Mirror(self.engine, 1)

    def connect(self, transport: httpx.BaseTransport | None = None) -> HubConnection:
        return HubConnection("http://hub", self.token, transport or InProcess(self.hub.app))

    def synchronise(self) -> None:
        """Push and pull once."""
        hub = self.connect()
        synchronise(self.engine, hub, self.mirror)
        hub.close()

    def known(self, name: str) -> PatronKnown:
        patron = self.desk.identify(card_of(name))
        assert isinstance(patron, PatronKnown), patron
        return patron

    def close(self) -> None:
        self.engine.dispose()


def differences(hub: Engine, station: Engine) -> dict[str, set[tuple[Any, ...]]]:
    """The rows of each table that hub and station do not have alike; empty if all agree."""
    with hub.begin() as theirs, station.begin() as ours:
        found = {
            told.name: rows_told(theirs, told.name) ^ rows_told(ours, told.name) for told in TOLD
        }
    return {name: rows for name, rows in found.items() if rows}


def rows_told(connection: Connection, table: str) -> set[tuple[Any, ...]]:
    told = next(one for one in TOLD if one.name == table)
    sql = f"SELECT {', '.join(told.key) or 'id'} FROM {table}"
    keys = [list(row) for row in connection.execute(text(sql))]
    as_text = [_key_text(told, row, connection) for row in keys] if told.key else [""]
    rows = rows_with_keys(connection, told, 1, as_text, MORNING)
    return {tuple(row[name] for name in told.columns) for row in rows}


def _key_text(told: Any, row: list[Any], connection: Connection) -> str:
    kept = row if connection.dialect.name == "sqlite" else [as_kept(value) for value in row]
    return str(told.row_key(dict(zip(told.key, kept, strict=True))))
