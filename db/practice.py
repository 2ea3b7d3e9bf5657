"""A school to practise on: the demo school in memory, gone when it is let go. No file, no hub."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, create_engine, delete, update
from sqlalchemy.pool import StaticPool

from db.demo import fill_demo_school
from db.models import Base, ClosedDay, OpeningSlot, RecallDay, School

SCHOOL_ID = 1


def open_practice_school(now: datetime) -> Engine:
    """Make the school anew; nothing that is done in it can reach any file."""
    engine = create_engine(
        "sqlite://",
        hide_parameters=True,
        poolclass=StaticPool,  # a memory is one connection's own
        connect_args={"check_same_thread": False},
    )
    Base.metadata.create_all(engine)
    fill_demo_school(engine, SCHOOL_ID, now)
    _open_always(engine)
    return engine


def _open_always(engine: Engine) -> None:
    """Practice goes on whatever the day and the hour."""
    with engine.begin() as connection:
        for table in (ClosedDay, OpeningSlot, RecallDay):
            connection.execute(delete(table))
        connection.execute(update(School).values(open_weekdays="0123456"))
