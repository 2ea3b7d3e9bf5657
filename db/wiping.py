"""How a station forgets people when the hub has ended its trust. Keeps out who decides that.

Nothing is listed that goes, only what stays: the school's rules, and the events that the hub may
not have yet. Those name nobody; of people they hold identities and card numbers, which mean
nothing without the hub's records.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, delete, select, update

from db.models import Base, Boot, OutboxEvent, School, Station
from db.sync.told import TOLD

KEPT = frozenset(
    {Boot.__tablename__, OutboxEvent.__tablename__, School.__tablename__, Station.__tablename__}
    | {told.name for told in TOLD if told.is_rule}
)
"""Tables that a revoked station keeps."""


def is_wiped(engine: Engine) -> bool:
    """Whether the hub has revoked this station since it was last filled."""
    with engine.begin() as connection:
        return bool(connection.execute(select(Station.wiped)).scalar())


def wipe(engine: Engine) -> None:
    """Forget everything but rules and events, also from the pages of the file. May be repeated."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in KEPT:
                connection.execute(delete(table))
        nowhere = {"timeline": None, "cursor": 0, "mirror_acked": 0, "pulled_at": None}
        connection.execute(update(Station).values({**nowhere, "wiped": True}))
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        # What was deleted is still in free pages and in the log until the file is made anew.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def wipe_copies(records: Path) -> None:
    """Delete the copies beside the records: those of each day, and from before migrations.

    A damaged file that was set aside stays: what it may hold that the hub lacks is nowhere else.
    """
    beside = records.parent
    for copy in (*beside.glob("copies/kiosk-*.db"), *beside.glob("kiosk-before-*.db")):
        copy.unlink(missing_ok=True)


def note_filled(engine: Engine) -> None:
    """The station is trusted and filled again."""
    with engine.begin() as connection:
        connection.execute(update(Station).where(Station.wiped).values(wiped=False))
