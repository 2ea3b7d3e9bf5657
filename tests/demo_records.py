"""The demo school's records, which take a second to make: made once for a moment, copied."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from db.clock import SCHOOL_ZONE
from db.demo import fill_demo_school
from db.engine import open_engine, sqlite_url
from tests.empty_records import empty_records

MORNING = datetime(2026, 11, 10, 8, 40, tzinfo=SCHOOL_ZONE)


@cache
def demo_records(now: datetime) -> bytes:
    """The content of a file in which the demo school was begun at `now`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "demo.db"
        file.write_bytes(empty_records())
        engine = open_engine(sqlite_url(file))
        fill_demo_school(engine, 1, now)
        engine.dispose()
        return contents(file)


def begin_demo(engine: Engine) -> None:
    """Begin the demo school on a Tuesday morning, in whatever database."""
    fill_demo_school(engine, 1, MORNING)


def contents(file: Path) -> bytes:
    """All that is in a database's file, also what still waits beside it."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.serialize()
