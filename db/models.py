"""The tables, one schema for kiosk and hub, SQLite and PostgreSQL.

Every table's key begins with the school, so that one hub can serve a district.
Nothing here decides anything: rules are in `rules.py`, acts in `circulation.py`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    TypeDecorator,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from db.outcomes import PatronCategory
from db.states import CopyState, DiscrepancyKind, LendingMode, ReceiptState, Verdict


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone, and turn the rest to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite drops."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Words(TypeDecorator[StrEnum]):
    """A `StrEnum` kept as its value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Keep the word."""
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Give the enum back."""
        return None if value is None else self.words(value)


class Base(MappedAsDataclass, DeclarativeBase):
    """The schema's root."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        UUID: Uuid(),
        bytes: LargeBinary,
        dict[str, Any]: JSON,
        PatronCategory: Words(PatronCategory),
        CopyState: Words(CopyState),
        LendingMode: Words(LendingMode),
        ReceiptState: Words(ReceiptState),
        Verdict: Words(Verdict),
        DiscrepancyKind: Words(DiscrepancyKind),
    }


class School(Base, kw_only=True):
    """The school, and the few facts of it that rules and slips need."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    open_weekdays: Mapped[str] = mapped_column(default="012345")
    """Days the library opens, Monday = 0."""
    recall_on: Mapped[date | None] = mapped_column(default=None)
    """The year's recall day: no loan is due later."""


class ClosedDay(Base, kw_only=True):
    """A day without lending: holiday, Tết leave, the school's own."""

    __tablename__ = "closed_day"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]


class Policy(Base, kw_only=True):
    """The loan limits of one patron category."""

    __tablename__ = "policy"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[PatronCategory] = mapped_column(primary_key=True)
    max_loans: Mapped[int]
    loan_days: Mapped[int]
    blocked_by_overdue: Mapped[bool]


class Patron(Base, kw_only=True):
    """A person who may borrow; only what lending needs is kept (domain specification 6)."""

    __tablename__ = "patron"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    category: Mapped[PatronCategory]
    homeroom: Mapped[str] = mapped_column(String(16), default="")
    blocked: Mapped[bool] = mapped_column(default=False)


class Card(Base, kw_only=True):
    """A card a patron has or had; a revoked one still answers that it is revoked."""

    __tablename__ = "card"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(index=True)
    revoked: Mapped[bool] = mapped_column(default=False)


class Edition(Base, kw_only=True):
    """A published book: what all its copies share (ấn bản)."""

    __tablename__ = "edition"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    authors: Mapped[str] = mapped_column(default="")
    publisher: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None] = mapped_column(default=None)
    isbn: Mapped[str | None] = mapped_column(String(13), default=None)
    class_number: Mapped[str] = mapped_column(String(32), default="")
    lending: Mapped[LendingMode] = mapped_column(default=LendingMode.TAKE_HOME)


class Copy(Base, kw_only=True):
    """One physical book with its own accession number (số ĐKCB), never reused."""

    __tablename__ = "copy"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        Index("one_copy_per_accession", "school_id", "accession", unique=True),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    accession: Mapped[str] = mapped_column(String(16))
    edition_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[CopyState] = mapped_column(default=CopyState.AVAILABLE)


class Loan(Base, kw_only=True):
    """One copy lent to one patron; its id is made where the book left, and is the hub's too."""

    __tablename__ = "loan"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index(
            "one_open_loan_per_copy",
            "school_id",
            "copy_id",
            unique=True,
            sqlite_where=text("returned_at IS NULL AND NOT disputed"),
            postgresql_where=text("returned_at IS NULL AND NOT disputed"),
        ),
        Index("loans_of_patron", "school_id", "patron_id", "returned_at"),
        Index("loans_of_visit", "school_id", "visit_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID]
    patron_id: Mapped[UUID]
    visit_id: Mapped[UUID | None] = mapped_column(default=None)
    lent_at: Mapped[datetime]
    due: Mapped[date]
    returned_at: Mapped[datetime | None] = mapped_column(default=None)
    disputed: Mapped[bool] = mapped_column(default=False)
    """Set at the hub when two kiosks lent the same copy while apart."""
    kiosk_id: Mapped[UUID | None] = mapped_column(default=None)
    """Which kiosk told the hub of it; a kiosk leaves its own loans without."""


class OutboxEvent(Base, kw_only=True):
    """A fact this kiosk must tell the hub. `seq` is its order, `event_id` its name for ever."""

    __tablename__ = "outbox_event"

    seq: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(String(32))
    happened_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]


class Station(Base, kw_only=True):
    """What a kiosk knows of itself (one row): its stream of events, how far the hub has it."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    incarnation: Mapped[UUID]
    """Made with the file; a restored or copied file must not continue another's numbers."""
    acked_seq: Mapped[int] = mapped_column(default=0)
    """The hub holds every event up to here."""


class ReceiptJob(Base, kw_only=True):
    """A visit's slip, written in the same transaction as the visit's first loan or return."""

    __tablename__ = "receipt_job"

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    slip_number: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[ReceiptState] = mapped_column(default=ReceiptState.COLLECTING)
    started_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")


class Kiosk(Base, kw_only=True):
    """A kiosk the hub knows (hub only)."""

    __tablename__ = "kiosk"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    enrolled_at: Mapped[datetime]
    last_contact_at: Mapped[datetime | None] = mapped_column(default=None)


class EventStream(Base, kw_only=True):
    """How far the hub has one kiosk database's events (hub only)."""

    __tablename__ = "event_stream"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    kiosk_id: Mapped[UUID] = mapped_column(primary_key=True)
    incarnation: Mapped[UUID] = mapped_column(primary_key=True)
    acked_seq: Mapped[int] = mapped_column(default=0)
    last_event_id: Mapped[UUID | None] = mapped_column(default=None)
    """The event numbered `acked_seq`, also where it was a repeat of another stream's."""


class ReceivedEvent(Base, kw_only=True):
    """An event as it arrived, word for word, and what the hub made of it (hub only)."""

    __tablename__ = "received_event"
    __table_args__ = (Index("event_once", "school_id", "event_id", unique=True),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    kiosk_id: Mapped[UUID] = mapped_column(primary_key=True)
    incarnation: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    type: Mapped[str]
    happened_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    verdict: Mapped[Verdict]


class Discrepancy(Base, kw_only=True):
    """Two facts that do not fit, waiting for the librarian (hub only)."""

    __tablename__ = "discrepancy"
    __table_args__ = (Index("discrepancies_of_copy", "school_id", "accession", "settled_at"),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[DiscrepancyKind]
    accession: Mapped[str] = mapped_column(String(16))
    kiosk_id: Mapped[UUID]
    incarnation: Mapped[UUID]
    """With `kiosk_id` the stream that told of it last; what follows there happened after it."""
    event_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
