"""A school to practise on: the demo school in memory, gone when it is let go. No file, no hub."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from sqlalchemy import Engine, create_engine, delete, update
from sqlalchemy.pool import StaticPool

from db.demo import DemoCast, demo_cast, fill_demo_school
from db.models import Base, ClosedDay, OpeningSlot, RecallDay, School

SCHOOL_ID = 1


def make_practice_school(now: datetime) -> tuple[bytes, DemoCast]:
    """Fill the school, as a file's bytes, and say who is in it; takes a second or more."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    engine = _engine(memory)
    Base.metadata.create_all(engine)
    fill_demo_school(engine, SCHOOL_ID, now)
    _open_always(engine)
    cast = demo_cast(engine, SCHOOL_ID, now, seed=6)
    contents = memory.serialize()
    engine.dispose()
    return contents, cast


def open_practice_school(contents: bytes) -> Engine:
    """Open the school anew, in milliseconds; nothing that is done in it can reach any file."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    memory.deserialize(contents)
    return _engine(memory)


def _engine(memory: sqlite3.Connection) -> Engine:
    return create_engine(
        "sqlite://",
        hide_parameters=True,
        poolclass=StaticPool,  # a memory is one connection's own
        creator=lambda: memory,
    )


def _open_always(engine: Engine) -> None:
    """Practice goes on whatever the day and the hour."""
    with engine.begin() as connection:
        for table in (ClosedDay, OpeningSlot, RecallDay):
            connection.execute(delete(table))
        connection.execute(update(School).values(open_weekdays="0123456"))
