"""Takes a kiosk's events, each once and in order. Keeps out HTTP, and what a fact does to loans.

One batch is one transaction: the answer is given after its commit, so a batch whose answer was
lost may simply come again. Order and completeness come from `seq` within a kiosk database (an
incarnation), identity from `event_id`, neither from a clock.
No content stops the queue: what cannot be entered is kept word for word and set aside.
A batch is taken as a whole, and only if the records refuse it, event by event under savepoints.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    Connection,
    Engine,
    String,
    bindparam,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import DataError, IntegrityError

from admin import feed, timing
from admin.kiosks import KnownKiosk
from admin.ledger import Entry, Ledger
from admin.spoken_of import rows_spoken_of
from db.ids import new_id
from db.models import EventStream, Kiosk, Loan, ReceivedEvent
from db.prepared import Prepared, PreparedAbout, identity_of
from db.states import Verdict
from db.sync.messages import (
    PROTOCOL,
    Batch,
    BatchOutOfOrder,
    BatchTaken,
    Fact,
    StreamForked,
    StreamPosition,
    WireEvent,
)
from db.sync.told import KEPT_DAYS

YEARS = range(1970, 3000)
"""Years a kiosk's clock can tell; all of them exist in every time zone."""

LATELY = timedelta(days=KEPT_DAYS)

_REFUSED = (IntegrityError, DataError)
"""How the records refuse a value. A full disk or a lock is no event's fault, and not among them."""

_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
_KEEP = Prepared(insert(ReceivedEvent), [column.name for column in ReceivedEvent.__table__.columns])
_THIS_STREAM = (
    EventStream.school_id == bindparam("school_id"),
    EventStream.kiosk_id == bindparam("kiosk_id"),
    EventStream.incarnation == bindparam("incarnation"),
)
_MARK = select(
    EventStream.acked_seq, EventStream.last_event_id, EventStream.safe_seq, EventStream.latest_at
).where(*_THIS_STREAM)
_POSITION = Prepared(_MARK)
_LOCK = Prepared(_MARK.with_for_update())
_BEGIN = Prepared(insert(EventStream), ("school_id", "kiosk_id", "incarnation"))
_AT_NOTHING = {"acked_seq": 0, "safe_seq": 0}
_MOVE = Prepared(
    update(EventStream)
    .where(*_THIS_STREAM)
    .values(
        acked_seq=bindparam("last_seq"),
        last_event_id=bindparam("last_id"),
        latest_at=bindparam("floor"),
    )
)
_HAD = PreparedAbout(
    lambda is_named: select(ReceivedEvent.event_id, ReceivedEvent.sorted_at).where(
        ReceivedEvent.school_id == bindparam("of_school"), is_named(ReceivedEvent.event_id)
    )
)
_LOANS_TOLD = PreparedAbout(
    lambda is_named: select(type_coerce(Loan.id, String).label("id")).where(
        Loan.school_id == bindparam("of_school"),
        is_named(Loan.copy_id),
        or_(Loan.returned_at.is_(None), Loan.returned_at > bindparam("since")),
    )
)
_NOTE_CLOCK = Prepared(
    update(Kiosk)
    .where(Kiosk.school_id == bindparam("of_school"), Kiosk.id == bindparam("of_kiosk"))
    .values(clock=bindparam("told"))
)
_log = structlog.get_logger()


def take(
    engine: Engine, kiosk: KnownKiosk, batch: Batch, now: datetime
) -> BatchTaken | BatchOutOfOrder | StreamForked:
    """Take a run of events, each `seq` following the last; what the hub has is passed over."""
    try:
        with engine.begin() as connection:
            return _Stream(connection, kiosk, batch.incarnation, now).take(batch.events)
    except _REFUSED:
        # The records refused something in it, so that nothing was kept: find out which event.
        with engine.begin() as connection:
            stream = _Stream(connection, kiosk, batch.incarnation, now, one_by_one=True)
            return stream.take(batch.events)


DESK = UUID(int=0)
"""Kiosk and incarnation under which the librarian's own facts are kept."""


def take_from_desk(
    connection: Connection, school_id: int, facts: Sequence[Fact], now: datetime
) -> None:
    """Enter what the librarian says, as one more stream of events."""
    desk = KnownKiosk(school_id, DESK)
    first = acked(connection, desk, DESK) + 1
    events = tuple(
        WireEvent(
            seq=seq,
            event_id=new_id(),
            type=fact.type,
            happened_at=fact.at,
            payload=fact.model_dump(mode="json"),
        )
        for seq, fact in enumerate(facts, start=first)
    )
    _Stream(connection, desk, DESK, now).take(events)


def position(engine: Engine, kiosk: KnownKiosk, incarnation: UUID, now: datetime) -> StreamPosition:
    """Say how far the hub has a stream; 0 and no event for one it has never heard of."""
    with engine.begin() as connection:
        row = _POSITION.first(connection, **_key(kiosk, incarnation))
    told = {} if row is None else {"event_id": row.last_event_id, "safe_seq": row.safe_seq}
    acked_seq = 0 if row is None else row.acked_seq
    return StreamPosition(acked_seq=acked_seq, now=now, newest_protocol=PROTOCOL, **told)


def acked(connection: Connection, kiosk: KnownKiosk, incarnation: UUID) -> int:
    """Up to where a stream's events are in the records as this connection sees them."""
    row = _POSITION.first(connection, **_key(kiosk, incarnation))
    return 0 if row is None else row.acked_seq


def _key(kiosk: KnownKiosk, incarnation: UUID) -> dict[str, Any]:
    return {"school_id": kiosk.school_id, "kiosk_id": kiosk.id, "incarnation": incarnation}


def is_tellable(moment: datetime) -> bool:
    """Whether a clock of ours can have told `moment`."""
    return moment.year in YEARS


class _Stream:
    """The events of one kiosk database, inside one transaction."""

    def __init__(
        self,
        connection: Connection,
        kiosk: KnownKiosk,
        incarnation: UUID,
        now: datetime,
        one_by_one: bool = False,
    ) -> None:
        """With `one_by_one`, an event that the records refuse is set aside, and the rest pass."""
        self._connection = connection
        self._key = _key(kiosk, incarnation)
        self._ledger = Ledger(connection, kiosk.school_id, kiosk.id, incarnation, now)
        self._now = now
        self._one_by_one = one_by_one
        self._floor: datetime | None = None
        """The latest moment this stream told of."""
        self._safe_seq = 0

    def take(self, events: tuple[WireEvent, ...]) -> BatchTaken | BatchOutOfOrder | StreamForked:
        acked = self._lock()
        if events and events[0].seq > acked + 1:
            return BatchOutOfOrder(expected_seq=acked + 1)
        repeated = tuple(event for event in events if event.seq <= acked)
        if (forked := self._fork_among(repeated)) is not None:
            return forked
        verdicts = [Verdict.DUPLICATE] * len(repeated)
        if fresh := events[len(repeated) :]:
            runs = [(event,) for event in fresh] if self._one_by_one else [fresh]
            verdicts += [verdict for run in runs for verdict in self._receive(run)]
            acked = self._move_to(fresh[-1])
        told = zip(events, verdicts, strict=True)
        each = [{"seq": event.seq, "verdict": verdict} for event, verdict in told]
        taken = {"acked_seq": acked, "verdicts": each, "safe_seq": self._safe_seq}
        return BatchTaken.model_validate(taken)

    def _lock(self) -> int:
        """Hold this stream until the transaction ends, and say how far it has come."""
        row = _LOCK.first(self._connection, **self._key)
        if row is None:
            _BEGIN.run(self._connection, **self._key, **_AT_NOTHING)
            return 0
        self._floor, self._safe_seq = row.latest_at, row.safe_seq
        return int(row.acked_seq)

    def _move_to(self, last: WireEvent) -> int:
        mark = {"last_seq": last.seq, "last_id": last.event_id, "floor": self._floor}
        _MOVE.run(self._connection, **self._key, **mark)
        whose = {"of_school": self._key["school_id"], "of_kiosk": self._key["kiosk_id"]}
        _NOTE_CLOCK.run(self._connection, **whose, told=last.clock)
        return last.seq

    def _fork_among(self, repeated: Sequence[WireEvent]) -> StreamForked | None:
        if not repeated:
            return None
        numbers = [event.seq for event in repeated]
        known = select(ReceivedEvent.seq, ReceivedEvent.event_id).filter_by(**self._key)
        rows = self._connection.execute(known.where(ReceivedEvent.seq.in_(numbers)))
        held = {row.seq: row.event_id for row in rows}
        # A number without a row was a repeat of another stream's event.
        forked = (e for e in repeated if held.get(e.seq, e.event_id) != e.event_id)
        return next((StreamForked(forked_seq=event.seq) for event in forked), None)

    def _receive(self, fresh: Sequence[WireEvent]) -> list[Verdict]:
        """Enter events in their order, and keep each as it came."""
        known = self._known_among(fresh)
        rows: dict[int, dict[str, Any]] = {}
        entries: list[Entry] = []
        for event in self._new_among(fresh, known):
            entry = self._placed(event)
            rows[event.seq] = self._row(event, entry)
            if entry is not None:
                entries.append(entry)
        for seq, verdict in self._enter(entries).items():
            rows[seq]["verdict"] = verdict
        same = {**self._key, "received_at": self._now}
        _KEEP.run_each(self._connection, list(rows.values()), **same)
        self._tell_anew(fresh)
        return [rows[e.seq]["verdict"] if e.seq in rows else Verdict.DUPLICATE for e in fresh]

    def _new_among(
        self, fresh: Sequence[WireEvent], known: dict[UUID, datetime | None]
    ) -> Iterator[WireEvent]:
        """The events that did not come before, here or elsewhere; others are duplicates."""
        here: set[UUID] = set()
        for event in fresh:
            if known and event.event_id in known:
                self._keep_after(known[event.event_id])
            elif event.event_id not in here:
                here.add(event.event_id)
                yield event

    def _placed(self, event: WireEvent) -> Entry | None:
        """What an event tells and when; None for one that nobody here can read."""
        fact = _fact_of(event)
        if fact is None:
            return None
        placed = timing.place(event, fact, self._floor, self._now)
        self._keep_after(placed.sorted_at)
        moved = timing.as_it_happened(fact, placed.shift_s)
        return Entry(event.event_id, event.seq, moved, placed)

    def _keep_after(self, moment: datetime | None) -> None:
        """What follows in this stream happened after `moment`, whatever its clock says."""
        if moment is not None and (self._floor is None or moment > self._floor):
            self._floor = moment

    def _enter(self, entries: Sequence[Entry]) -> dict[int, Verdict]:
        if not self._one_by_one:
            return self._ledger.enter(entries)
        try:
            with self._connection.begin_nested():
                return self._ledger.enter(entries)
        except _REFUSED as error:
            names = [str(entry.event_id) for entry in entries]
            _log.warning("event.set_aside", ids=names, reason=type(error).__name__)
            return {}

    def _tell_anew(self, events: Sequence[WireEvent]) -> None:
        """Have kiosks told of everything that these events speak of, and of the copies' loans."""
        rows = {row for e in events for row in rows_spoken_of(e.type, e.payload)}
        copies = [identity_of(key) for kind, key in rows if kind == "copy"]
        school_id: int = self._key["school_id"]
        asked = {"of_school": school_id, "since": self._now - LATELY}
        loans = _LOANS_TOLD.all(self._connection, copies, **asked)
        rows |= {("loan", str(row.id).replace("-", "")) for row in loans}
        feed.touch(self._connection, school_id, rows)

    def _known_among(self, fresh: Sequence[WireEvent]) -> dict[UUID, datetime | None]:
        """The events that came before in whatever stream, and where they were sorted."""
        told = [event.event_id for event in fresh]
        rows = _HAD.all(self._connection, told, of_school=self._key["school_id"])
        return {row.event_id: row.sorted_at for row in rows}

    def _row(self, event: WireEvent, entry: Entry | None) -> dict[str, Any]:
        row: dict[str, Any] = {
            "seq": event.seq,
            "event_id": event.event_id,
            "type": event.type,
            "happened_at": event.happened_at,
            "payload": event.payload,
            "verdict": Verdict.QUARANTINED,
        }
        if entry is None:
            return {**row, "copy_id": None, "sorted_at": None, "spread_s": 0, "shift_s": 0}
        row["copy_id"] = getattr(entry.fact, "copy_id", None)
        row["sorted_at"] = entry.placed.sorted_at
        row["spread_s"] = entry.placed.spread_s
        row["shift_s"] = entry.placed.shift_s
        return row


def _fact_of(event: WireEvent) -> Fact | None:
    """The fact an event tells; None for one of a later version, or malformed."""
    try:
        fact = _FACT.validate_python({**event.payload, "type": event.type})
    except ValidationError:
        return None
    return fact if is_tellable(fact.at) else None
