"""How far kiosks' events are safe: in the hub's records, and in a verified backup of them.

A kiosk prunes only what a verified backup holds, so a hub that is put back from its newest one
is told the rest again. Whoever makes backups reads the positions from the backup itself, once it
is verified, and notes them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update

from db.models import EventStream
from db.prepared import Prepared

_HELD = Prepared(
    select(
        EventStream.school_id, EventStream.kiosk_id, EventStream.incarnation, EventStream.acked_seq
    )
)


@dataclass(frozen=True, slots=True)
class StreamHeld:
    """Up to where a database holds one stream."""

    school_id: int
    kiosk_id: UUID
    incarnation: UUID
    acked_seq: int


def streams_held(connection: Connection) -> list[StreamHeld]:
    """Up to where these records, live or a backup, hold each stream."""
    return [StreamHeld(*row) for row in _HELD.all(connection)]


def note_verified_backup(engine: Engine, held: list[StreamHeld]) -> None:
    """Let kiosks know what is safe, by what a verified backup holds."""
    with engine.begin() as connection:
        for one in held:
            stream = update(EventStream).where(
                EventStream.school_id == one.school_id,
                EventStream.kiosk_id == one.kiosk_id,
                EventStream.incarnation == one.incarnation,
                EventStream.safe_seq < one.acked_seq,
            )
            connection.execute(stream.values(safe_seq=one.acked_seq))
