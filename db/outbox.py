"""The facts this kiosk owes the hub. Keeps out HTTP, and what the facts are about.

A fact is appended in the transaction that makes it true. It is deleted only when a verified
backup of the hub holds it and a season has passed; whatever the hub answers, nothing else
deletes one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Engine,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from db.ids import new_id
from db.models import FOR_REPORTS, OutboxEvent, Station
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
_STATION = Prepared(select(Station.incarnation, Station.acked_seq))
_WAITING = Prepared(
    select(func.count().label("events")).where(OutboxEvent.seq > bindparam("after"))
)
_NEXT = Prepared(
    select(
        *(column for column in OutboxEvent.__table__.columns if column.name != "payload"),
        cast(OutboxEvent.payload, Text).label("payload"),
    )
    .where(OutboxEvent.seq > bindparam("after"))
    .order_by(OutboxEvent.seq)
    .limit(bindparam("most"))
)
_WRITTEN = Prepared(
    select(OutboxEvent.type, OutboxEvent.crc, cast(OutboxEvent.payload, Text).label("payload"))
    .where(OutboxEvent.seq > bindparam("after"))
    .order_by(OutboxEvent.seq)
)
_AT = Prepared(select(OutboxEvent.event_id).where(OutboxEvent.seq == bindparam("seq")))
_FIRST = Prepared(select(func.min(OutboxEvent.seq).label("seq")))
_BELIEVE = Prepared(
    update(Station)
    .where(Station.acked_seq != bindparam("acked"))
    .values(acked_seq=bindparam("acked"))
)
_SAFE = Prepared(
    update(Station).where(Station.safe_seq != bindparam("safe")).values(safe_seq=bindparam("safe"))
)
_FIRST_KEPT = Prepared(
    select(func.min(OutboxEvent.seq).label("seq")).where(
        OutboxEvent.happened_at >= bindparam("since")
    )
)
_DELETE = Prepared(delete(OutboxEvent).where(OutboxEvent.seq <= bindparam("last")))


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
    """Give a new kiosk database its own stream of events, and note that the machine runs.

    Each index costs a loan a page of 4 kB (docs/measurements/sync.md), so those go that only
    reports need.
    """
    with engine.begin() as connection:
        note_run(connection, RUNNING.now())
        for index in FOR_REPORTS:
            connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
        if _STATION.first(connection) is None:
            connection.execute(insert(Station).values(id=1, incarnation=new_id(), acked_seq=0))


def next_batch(engine: Engine, limit: int = BATCH_LIMIT, after: int | None = None) -> Batch:
    """The oldest events the hub is not known to have, or those after a number; may be empty."""
    with engine.begin() as connection:
        incarnation, acked = _here(connection)
        rows = _NEXT.all(connection, after=acked if after is None else after, most=limit)
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
        _BELIEVE.run(connection, acked=acked_seq)


def incarnation(engine: Engine) -> UUID:
    """Which stream this file's events form."""
    with engine.begin() as connection:
        return incarnation_in(connection)


def incarnation_in(connection: Connection) -> UUID:
    """The same, in the caller's transaction."""
    name, _ = _here(connection)
    return name


def _here(connection: Connection) -> tuple[UUID, int]:
    """Which stream this file's events form, and up to where the hub has it."""
    row = _STATION.first(connection)
    assert row is not None, "prepare_station comes first"
    return row.incarnation, row.acked_seq


def agree(engine: Engine, position: StreamPosition) -> bool:
    """Take the hub's word on what it has; False, and nothing done, if it speaks of another file.

    Also learns the hub's time and prunes what is safe.
    """
    with engine.begin() as connection:
        if position.now is not None:
            boots.meet(connection, position.now, RUNNING.now())
        if not _can_follow(connection, position):
            return False
        _BELIEVE.run(connection, acked=position.acked_seq)
        if position.now is not None and position.safe_seq:
            prune(connection, position.safe_seq, position.now)
    return True


def _can_follow(connection: Connection, position: StreamPosition) -> bool:
    """Whether the events here follow on what the hub has."""
    there = _AT.first(connection, seq=position.acked_seq)
    if (None if there is None else there.event_id) != position.event_id:
        return False
    first = _first(connection)
    return first is None or first <= position.acked_seq + 1


def _first(connection: Connection) -> int | None:
    row = _FIRST.first(connection)
    return None if row is None else row.seq


def begin_new_incarnation(engine: Engine) -> None:
    """Start a stream of its own, numbered from one, with everything that is here."""
    with engine.begin() as connection:
        first = _first(connection) or 1
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
    _, acked = _here(connection)
    safe = min(safe_seq, acked)
    _SAFE.run(connection, safe=safe)
    kept = _FIRST_KEPT.first(connection, since=now - timedelta(days=keep_days))
    last = min(safe, acked - 1, acked if kept is None or kept.seq is None else kept.seq - 1)
    _DELETE.run(connection, last=last)


def waiting(engine: Engine) -> int:
    """How many events the hub does not have yet."""
    with engine.begin() as connection:
        return waiting_in(connection)


def waiting_in(connection: Connection) -> int:
    """The same, in the caller's transaction."""
    _, acked = _here(connection)
    counted = _WAITING.first(connection, after=acked)
    return 0 if counted is None else counted.events


def whole_payloads(connection: Connection, after: int) -> Iterator[dict[str, Any]]:
    """What the events after a number say, in order; but not those whose bytes have changed."""
    for row in _WRITTEN.all(connection, after=after):
        kind, payload = _as_written(row)
        if kind != DAMAGED:
            yield payload
