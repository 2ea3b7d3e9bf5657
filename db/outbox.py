"""The facts this kiosk owes the hub. Keeps out HTTP, and what the facts are about.

A fact is appended in the transaction that makes it true. It is deleted only when a verified
backup of the hub holds it and a season has passed; whatever the hub answers, nothing else
deletes one.
"""

from __future__ import annotations

import json
import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Text, cast, delete, func, insert, select, update

from db.ids import new_id
from db.models import OutboxEvent, Station
from db.prepared import Prepared
from db.sync import boots
from db.sync.boots import RUNNING, Correction, note_run
from db.sync.messages import BATCH_LIMIT, PROTOCOL, Batch, Fact, StreamPosition, WireEvent

KEPT_DAYS = 90
"""How long an event is kept at least, also where a backup of the hub has it."""

DAMAGED = "damaged"
"""The type under which an event goes whose bytes have changed: the hub sets it aside."""

_EVENT = ("event_id", "type", "happened_at", "payload", "boot_id", "mono_ms", "crc")
_APPEND = Prepared(insert(OutboxEvent), _EVENT)
_STATION = select(Station.incarnation, Station.acked_seq)


def append(connection: Connection, fact: Fact, happened_at: datetime) -> None:
    """Note `fact` for the hub, in the caller's transaction. `seq` follows on without a gap."""
    payload = fact.model_dump(mode="json")
    running = RUNNING.now()
    _APPEND.run(
        connection,
        event_id=new_id(),
        type=fact.type,
        happened_at=happened_at,
        payload=payload,
        boot_id=running.boot_id,
        mono_ms=running.mono_ms,
        crc=_crc(fact.type, payload),
    )


def prepare_station(engine: Engine) -> None:
    """Give a new kiosk database its own stream of events, and note that the machine runs."""
    with engine.begin() as connection:
        note_run(connection, RUNNING.now())
        if connection.execute(_STATION).first() is None:
            connection.execute(insert(Station).values(id=1, incarnation=new_id(), acked_seq=0))


def next_batch(engine: Engine, limit: int = BATCH_LIMIT, after: int | None = None) -> Batch:
    """The oldest events the hub is not known to have, or those after a number; may be empty."""
    columns = [column for column in OutboxEvent.__table__.columns if column.name != "payload"]
    with engine.begin() as connection:
        incarnation, acked = connection.execute(_STATION).one()
        rows = connection.execute(
            select(*columns, cast(OutboxEvent.payload, Text).label("payload"))
            .where(OutboxEvent.seq > (acked if after is None else after))
            .order_by(OutboxEvent.seq)
            .limit(limit)
        )
        correction = Correction(connection)
        events = tuple(_on_the_wire(row, correction) for row in rows)
    return Batch(protocol=PROTOCOL, incarnation=incarnation, events=events)


def _on_the_wire(row: Any, correction: Correction) -> WireEvent:
    time = correction.of(row.boot_id, row.mono_ms)
    kind, payload = _as_written(row)
    return WireEvent(
        seq=row.seq,
        event_id=row.event_id,
        type=kind,
        happened_at=row.happened_at,
        payload=payload,
        corrected_at=time.at,
        spread_s=time.spread_s,
        clock=time.quality,
    )


def _as_written(row: Any) -> tuple[str, dict[str, Any]]:
    """An event's type and payload, or what is left of them."""
    try:
        payload = json.loads(row.payload)
    except ValueError:
        return DAMAGED, {"text": row.payload}
    whole = isinstance(payload, dict) and row.crc in (None, _crc(row.type, payload))
    return (row.type, payload) if whole else (DAMAGED, {"type": row.type, "payload": payload})


def _crc(kind: str, payload: dict[str, Any]) -> int:
    return zlib.crc32(f"{kind} {json.dumps(payload, sort_keys=True)}".encode())


def acknowledge(engine: Engine, acked_seq: int) -> None:
    """Believe the hub that it holds every event up to `acked_seq`, also when that is less."""
    with engine.begin() as connection:
        connection.execute(update(Station).values(acked_seq=acked_seq))


def incarnation(engine: Engine) -> UUID:
    """Which stream this file's events form."""
    with engine.begin() as connection:
        name, _ = connection.execute(_STATION).one()
    return name


def agree(engine: Engine, position: StreamPosition) -> bool:
    """Take the hub's word on what it has; False, and nothing done, if it speaks of another file.

    Also learns the hub's time and prunes what is safe.
    """
    with engine.begin() as connection:
        if position.now is not None:
            boots.meet(connection, position.now, RUNNING.now())
        if not _can_follow(connection, position):
            return False
        mine = update(Station).where(Station.acked_seq != position.acked_seq)
        connection.execute(mine.values(acked_seq=position.acked_seq))
        if position.now is not None and position.safe_seq:
            prune(connection, position.safe_seq, position.now)
    return True


def _can_follow(connection: Connection, position: StreamPosition) -> bool:
    """Whether the events here follow on what the hub has."""
    there = select(OutboxEvent.event_id).where(OutboxEvent.seq == position.acked_seq)
    if connection.execute(there).scalar() != position.event_id:
        return False
    first = connection.execute(select(func.min(OutboxEvent.seq))).scalar()
    return first is None or first <= position.acked_seq + 1


def begin_new_incarnation(engine: Engine) -> None:
    """Start a stream of its own, numbered from one, with everything that is here."""
    with engine.begin() as connection:
        first = connection.execute(select(func.min(OutboxEvent.seq))).scalar() or 1
        if first > 1:
            # By way of negative numbers, for no number may be there twice.
            connection.execute(update(OutboxEvent).values(seq=first - 1 - OutboxEvent.seq))
            connection.execute(update(OutboxEvent).values(seq=-OutboxEvent.seq))
        fresh = {"acked_seq": 0, "safe_seq": 0, "mirror_acked": 0}
        connection.execute(update(Station).values(incarnation=new_id(), **fresh))


def prune(connection: Connection, safe_seq: int, now: datetime, keep_days: int = KEPT_DAYS) -> None:
    """Delete old events that a verified backup of the hub holds, but for the newest it has.

    Args:
        connection: The caller's transaction.
        safe_seq: Up to where the backup holds them.
        now: The hub's time.
        keep_days: Days after which an event may go.
    """
    _, acked = connection.execute(_STATION).one()
    safe = min(safe_seq, acked)
    connection.execute(update(Station).where(Station.safe_seq != safe).values(safe_seq=safe))
    is_old = OutboxEvent.happened_at < now - timedelta(days=keep_days)
    kept = connection.execute(select(func.min(OutboxEvent.seq)).where(~is_old)).scalar()
    last = min(safe, acked - 1, kept - 1 if kept is not None else acked)
    connection.execute(delete(OutboxEvent).where(OutboxEvent.seq <= last))


def waiting(engine: Engine) -> int:
    """How many events the hub does not have yet."""
    with engine.begin() as connection:
        _, acked = connection.execute(_STATION).one()
        counted = select(func.count()).where(OutboxEvent.seq > acked)
        return connection.execute(counted).scalar_one()


def unsent(connection: Connection) -> list[dict[str, Any]]:
    """The payloads of the events the hub does not have yet, in order."""
    _, acked = connection.execute(_STATION).one()
    mine = select(OutboxEvent.payload).where(OutboxEvent.seq > acked).order_by(OutboxEvent.seq)
    return list(connection.execute(mine).scalars())
