"""The facts this kiosk owes the hub. Keeps out HTTP, and what the facts are about.

A fact is appended in the transaction that makes it true. Nothing here deletes: an event
stays until the hub is known to keep it in a verified backup (a later capability).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, func, insert, select, update

from db.ids import new_id
from db.models import OutboxEvent, Station
from db.prepared import Prepared
from db.sync.messages import BATCH_LIMIT, Batch, Fact, WireEvent

_APPEND = Prepared(insert(OutboxEvent), ("event_id", "type", "happened_at", "payload"))
_STATION = select(Station.incarnation, Station.acked_seq)


def append(connection: Connection, fact: Fact, happened_at: datetime) -> None:
    """Note `fact` for the hub, in the caller's transaction. `seq` follows on without a gap."""
    _APPEND.run(
        connection,
        event_id=new_id(),
        type=fact.type,
        happened_at=happened_at,
        payload=fact.model_dump(mode="json"),
    )


def prepare_station(engine: Engine) -> None:
    """Give a new kiosk database its own stream of events."""
    with engine.begin() as connection:
        if connection.execute(_STATION).first() is None:
            connection.execute(insert(Station).values(id=1, incarnation=new_id(), acked_seq=0))


def next_batch(engine: Engine, limit: int = BATCH_LIMIT) -> Batch:
    """The oldest events the hub is not known to have; empty when it has them all."""
    with engine.begin() as connection:
        incarnation, acked = connection.execute(_STATION).one()
        rows = connection.execute(
            select(OutboxEvent.__table__)
            .where(OutboxEvent.seq > acked)
            .order_by(OutboxEvent.seq)
            .limit(limit)
        )
        events = tuple(WireEvent.model_validate(row, from_attributes=True) for row in rows)
    return Batch(incarnation=incarnation, events=events)


def acknowledge(engine: Engine, acked_seq: int) -> None:
    """Believe the hub that it holds every event up to `acked_seq`, also when that is less."""
    with engine.begin() as connection:
        connection.execute(update(Station).values(acked_seq=acked_seq))


def incarnation(engine: Engine) -> UUID:
    """Which stream this file's events form."""
    with engine.begin() as connection:
        name, _ = connection.execute(_STATION).one()
    return name


def event_at(engine: Engine, seq: int) -> UUID | None:
    """The event with that number; None when there is none."""
    with engine.begin() as connection:
        numbered = select(OutboxEvent.event_id).where(OutboxEvent.seq == seq)
        return connection.execute(numbered).scalar()


def begin_new_incarnation(engine: Engine) -> None:
    """Start a stream of its own for a database file that was restored or copied."""
    with engine.begin() as connection:
        connection.execute(update(Station).values(incarnation=new_id(), acked_seq=0))


def waiting(engine: Engine) -> int:
    """How many events the hub does not have yet."""
    with engine.begin() as connection:
        _, acked = connection.execute(_STATION).one()
        counted = select(func.count()).where(OutboxEvent.seq > acked)
        return connection.execute(counted).scalar_one()
