"""The tables, one schema for kiosk and hub, SQLite and PostgreSQL.

Every table's key begins with the school, so that one hub can serve a district.
Nothing here decides anything: rules are in `rules.py`, acts in `circulation.py`.
What is a fact and what is derived from facts: decision 0007.

In this order: the school and its calendar, its policies, people, editions and copies,
loans and what belongs to them, corners, registers, and last what kiosk and hub know of
each other.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Label,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    Uuid,
    case,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

from db.outcomes import PatronCategory
from db.states import (
    ActivityKind,
    Asker,
    AssetKind,
    CaseKind,
    ClockQuality,
    ClosedKind,
    CommitteeRole,
    CopyState,
    CountKind,
    Damage,
    DataWish,
    Direction,
    DiscrepancyKind,
    DocumentType,
    DueReason,
    DutyTurn,
    EnrolmentEnd,
    HoldEnd,
    LendingMode,
    LoanKind,
    LoanTerm,
    Outcome,
    PatronStatus,
    PlanStepKind,
    ReceiptState,
    RemarkPart,
    RoleName,
    SafetyPoint,
    Season,
    Settlement,
    SlotUse,
    Verdict,
    VoucherKind,
    WishState,
)


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


_WORDS = (
    Asker,
    ActivityKind,
    AssetKind,
    CaseKind,
    ClockQuality,
    ClosedKind,
    CommitteeRole,
    CopyState,
    CountKind,
    Damage,
    DataWish,
    Direction,
    DiscrepancyKind,
    DocumentType,
    DueReason,
    DutyTurn,
    EnrolmentEnd,
    HoldEnd,
    LendingMode,
    LoanKind,
    LoanTerm,
    Outcome,
    PatronCategory,
    PatronStatus,
    PlanStepKind,
    ReceiptState,
    RemarkPart,
    RoleName,
    SafetyPoint,
    Season,
    Settlement,
    SlotUse,
    Verdict,
    VoucherKind,
    WishState,
)


class Base(MappedAsDataclass, DeclarativeBase):
    """The schema's root."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        UUID: Uuid(),
        bytes: LargeBinary,
        dict[str, Any]: JSON,
        **{words: Words(words) for words in _WORDS},
    }


class School(Base, kw_only=True):
    """The school, and the few facts of it that rules and slips need."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    open_weekdays: Mapped[str] = mapped_column(default="012345")
    """Days the library opens, Monday = 0."""
    rules_version: Mapped[int] = mapped_column(default=1)
    """Raised with every change to calendar, policies, kho or settings; who keeps them in memory
    reads them anew then (`db.rulebook`)."""


class Setting(Base, kw_only=True):
    """One of the school's own choices that differs from its default (`db.rulebook`)."""

    __tablename__ = "setting"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    value: Mapped[str]
    """As JSON."""


class SchoolYear(Base, kw_only=True):
    """A school year (năm học) with its two semesters."""

    __tablename__ = "school_year"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(9), primary_key=True)
    """Such as "2026-2027"."""
    begins_on: Mapped[date]
    """Tựu trường; summer loans are due back by then."""
    opened_on: Mapped[date]
    """Khai giảng."""
    first_semester_ends_on: Mapped[date]
    second_semester_begins_on: Mapped[date]
    ends_on: Mapped[date]


class ClosedDay(Base, kw_only=True):
    """A day without lending: holiday, Tết leave, the school's own."""

    __tablename__ = "closed_day"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[ClosedKind] = mapped_column(default=ClosedKind.OWN)


class OpenDay(Base, kw_only=True):
    """A day on which the library opens although it would be closed (học bù, làm bù)."""

    __tablename__ = "open_day"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]


class OpeningSlot(Base, kw_only=True):
    """A time of the week at which the library lends or lets read."""

    __tablename__ = "opening_slot"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    """Monday = 0."""
    begins: Mapped[time] = mapped_column(primary_key=True)
    use: Mapped[SlotUse] = mapped_column(primary_key=True)
    homeroom: Mapped[str] = mapped_column(String(16), primary_key=True, default="")
    """Whose slot it is; empty for everyone's."""
    ends: Mapped[time]


class BellTime(Base, kw_only=True):
    """A lesson or break of the school day."""

    __tablename__ = "bell_time"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    begins: Mapped[time] = mapped_column(primary_key=True)
    ends: Mapped[time]
    lesson: Mapped[int | None] = mapped_column(default=None)
    """Its number; None for a break."""


class RecallDay(Base, kw_only=True):
    """A day by which every loan of a category must be back."""

    __tablename__ = "recall_day"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[PatronCategory] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class Kho(Base, kw_only=True):
    """A register of copies with its own prefix and run of numbers (kho)."""

    __tablename__ = "kho"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str]
    width: Mapped[int] = mapped_column(default=5)
    """Digits of a number, 4 to 6."""
    lending: Mapped[LendingMode] = mapped_column(default=LendingMode.TAKE_HOME)
    """What a new edition of this kho begins with."""
    register: Mapped[str] = mapped_column(String(8), default="")
    """The column of the general register and statistics it counts in; empty for its prefix."""
    position: Mapped[int] = mapped_column(default=0)


class Policy(Base, kw_only=True):
    """The loan limits of one patron category and kho, from a day on, in term or in summer.

    The newest row that has begun holds. The row of kho "" is for every kho without its own.
    """

    __tablename__ = "policy"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[PatronCategory] = mapped_column(primary_key=True)
    kho: Mapped[str] = mapped_column(String(8), primary_key=True, default="")
    season: Mapped[Season] = mapped_column(primary_key=True, default=Season.TERM)
    valid_from: Mapped[date] = mapped_column(primary_key=True, default=date(2000, 1, 1))
    counts_with: Mapped[str] = mapped_column(String(16), default="reading")
    """Loans of every kho with the same word count towards one maximum."""
    max_loans: Mapped[int]
    term: Mapped[LoanTerm] = mapped_column(default=LoanTerm.DAYS)
    loan_days: Mapped[int]
    """Days; with another term than days, what holds where that day is not set."""
    max_renewals: Mapped[int] = mapped_column(default=0)
    renewal_days: Mapped[int] = mapped_column(default=0)
    renewal_window_days: Mapped[int | None] = mapped_column(default=None)
    """Days before the due day from which renewing is possible; None for always."""
    renewal_at_desk: Mapped[bool] = mapped_column(default=False)
    """Whether the copy must be seen by the librarian first."""
    blocked_by_overdue: Mapped[bool]
    """Whether an overdue loan of this kho stops further lending."""
    for_leavers: Mapped[bool] = mapped_column(default=True)
    """Whether pupils of the last grade borrow under it."""


class Homeroom(Base, kw_only=True):
    """A class of one school year (lớp)."""

    __tablename__ = "homeroom"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "school_year"], ["school_year.school_id", "school_year.name"]
        ),
        ForeignKeyConstraint(["school_id", "teacher_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    """As the school writes it, such as "6A"."""
    grade: Mapped[int]
    teacher_id: Mapped[UUID | None] = mapped_column(default=None)
    """The form teacher (giáo viên chủ nhiệm)."""


class Patron(Base, kw_only=True):
    """A person who may borrow; only what lending needs is kept (domain specification 6).

    Homeroom, grade and school year are those of the open `Enrolment`, kept here for the kiosk.
    """

    __tablename__ = "patron"
    __table_args__ = (Index("patrons_of_homeroom", "school_id", "homeroom"),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    category: Mapped[PatronCategory]
    homeroom: Mapped[str] = mapped_column(String(16), default="")
    grade: Mapped[int | None] = mapped_column(default=None)
    school_year: Mapped[str] = mapped_column(String(9), default="")
    status: Mapped[PatronStatus] = mapped_column(default=PatronStatus.ACTIVE)
    left_on: Mapped[date | None] = mapped_column(default=None)
    blocked: Mapped[bool] = mapped_column(default=False)


class Card(Base, kw_only=True):
    """A card a patron has or had; a revoked one still answers that it is revoked."""

    __tablename__ = "card"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("cards_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    patron_id: Mapped[UUID]
    issued_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked: Mapped[bool] = mapped_column(default=False)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class Enrolment(Base, kw_only=True):
    """A pupil's time in one homeroom; the open one is where they are now (hub only)."""

    __tablename__ = "enrolment"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(
            ["school_id", "school_year", "homeroom"],
            ["homeroom.school_id", "homeroom.school_year", "homeroom.name"],
        ),
        Index("enrolments_of_homeroom", "school_id", "school_year", "homeroom"),
        Index(
            "one_open_enrolment",
            "school_id",
            "patron_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID]
    school_year: Mapped[str] = mapped_column(String(9))
    homeroom: Mapped[str] = mapped_column(String(16))
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(default=None)
    ended: Mapped[EnrolmentEnd | None] = mapped_column(default=None)


class Role(Base, kw_only=True):
    """What somebody does for the library over a time, by the principal's decision."""

    __tablename__ = "role"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[RoleName] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None] = mapped_column(default=None)
    decision: Mapped[str] = mapped_column(default="")
    """Number and date of the decision."""


class StaffPin(Base, kw_only=True):
    """What opens the librarian's mode at a station, beside the card: the PIN's argon2 hash."""

    __tablename__ = "staff_pin"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(64), default="")


class PinTry(Base, kw_only=True):
    """How often a PIN was typed wrong at this station since it was right; for itself alone."""

    __tablename__ = "pin_try"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrong: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(default=None)


class PatronCode(Base, kw_only=True):
    """A school's or ministry's code of a patron, only as a keyed hash (hub only)."""

    __tablename__ = "patron_code"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("codes_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """"moet" (mã định danh Bộ GD&ĐT), "local" (mã học sinh), "staff" (mã cán bộ)."""
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    """HMAC-SHA256 of the code (`db.patrons.code_digest`)."""
    patron_id: Mapped[UUID]


class PatronDetail(Base, kw_only=True):
    """What reports want of a patron and the kiosk never receives (hub only); all of it optional."""

    __tablename__ = "patron_detail"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    female: Mapped[bool | None] = mapped_column(default=None)
    position: Mapped[str] = mapped_column(default="")
    """Of staff: vị trí việc làm."""
    subject: Mapped[str] = mapped_column(String(48), default="")
    """Of teachers: tổ, bộ môn."""


class PriorityFlag(Base, kw_only=True):
    """That a pupil is served first with textbooks (ưu tiên SGK), and who said so (hub only).

    Why is nowhere written down (domain specification S03).
    """

    __tablename__ = "priority_flag"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    set_at: Mapped[datetime] = mapped_column(primary_key=True)
    set_by: Mapped[str] = mapped_column(String(64))
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)
    cleared_by: Mapped[str] = mapped_column(String(64), default="")


class Edition(Base, kw_only=True):
    """A published book: what all its copies share (ấn bản)."""

    __tablename__ = "edition"
    __table_args__ = (
        Index("editions_by_isbn", "school_id", "isbn"),
        Index("editions_by_entry", "school_id", "entered_at"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    volume: Mapped[str] = mapped_column(default="")
    """Tập, such as "tập một"."""
    series: Mapped[str] = mapped_column(default="")
    """Bộ sách, such as "Kết nối tri thức với cuộc sống"."""
    authors: Mapped[str] = mapped_column(default="")
    publisher: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None] = mapped_column(default=None)
    isbn: Mapped[str | None] = mapped_column(String(13), default=None)
    price_vnd: Mapped[int | None] = mapped_column(default=None)
    """Cover price in đồng; None where unknown."""
    pages: Mapped[int | None] = mapped_column(default=None)
    size: Mapped[str] = mapped_column(String(16), default="")
    """Khổ, such as "24 cm"."""
    subject: Mapped[str] = mapped_column(String(48), default="")
    """Môn học."""
    grade: Mapped[int | None] = mapped_column(default=None)
    document_type: Mapped[DocumentType] = mapped_column(default=DocumentType.BOOK)
    class_number: Mapped[str] = mapped_column(String(32), default="")
    """As written on the spine, such as "51(075)"."""
    class_19: Mapped[str] = mapped_column(String(4), default="")
    """Môn loại: one of the 19 codes; empty for "chưa phân loại"."""
    ddc: Mapped[str] = mapped_column(String(16), default="")
    link: Mapped[str] = mapped_column(default="")
    """Address of an e-resource, which has no copies."""
    link_checked_on: Mapped[date | None] = mapped_column(default=None)
    kho: Mapped[str] = mapped_column(String(8), default="")
    """Where its copies are entered by default; empty for e-resources."""
    lending: Mapped[LendingMode] = mapped_column(default=LendingMode.TAKE_HOME)
    entered_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it came to the library; of an imported one the day its register gives, if any."""


class EditionTag(Base, kw_only=True):
    """A themed shelf that an edition belongs to (tủ sách), such as "Tủ sách Bác Hồ"."""

    __tablename__ = "edition_tag"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        Index("tags_of_edition", "school_id", "edition_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(primary_key=True)


class Theme(Base, kw_only=True):
    """When the titles that bear a tag are shown as a themed shelf (`db.notices`)."""

    __tablename__ = "theme"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    begins_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date]


class CatalogueEntry(Base, kw_only=True):
    """The words by which an edition is found, folded from it and its tags (decision 0008).

    Nobody but `db.catalogue_index` writes it.
    """

    __tablename__ = "catalogue_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "edition_id"],
            ["edition.school_id", "edition.id"],
            ondelete="CASCADE",
        ),
        Index("one_entry_per_edition", "school_id", "edition_id", unique=True),
        Index(
            "stale_entries",
            "id",
            sqlite_where=text("stale"),
            postgresql_where=text("stale"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    """The rowid of `catalogue_fts`, which SQLite would renumber if it were not a column."""
    school_id: Mapped[int]
    edition_id: Mapped[UUID]
    stale: Mapped[bool] = mapped_column(default=True)
    """Whether the edition was written since; never so once that transaction has committed."""
    title_length: Mapped[int] = mapped_column(default=0)
    """Words."""
    place: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"))
    head: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(default="")
    spelt: Mapped[str] = mapped_column(default="")
    vector: Mapped[str | None] = mapped_column(
        TSVECTOR().with_variant(Text(), "sqlite"), default=None
    )
    """The same words for PostgreSQL; SQLite has them in `catalogue_fts`."""


class Voucher(Base, kw_only=True):
    """A line of the general register: copies that came in or went out together (hub only)."""

    __tablename__ = "voucher"
    __table_args__ = (
        Index("one_voucher_per_serial", "school_id", "kind", "serial", unique=True),
        ForeignKeyConstraint(["school_id", "donor_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[VoucherKind]
    serial: Mapped[int]
    """Số vào sổ tổng quát: runs on for ever, never restarted."""
    entered_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(64), default="")
    """Of an entry: who gave or paid, one of the setting `voucher_sources`."""
    reason: Mapped[str] = mapped_column(String(64), default="")
    """Of an exit: why, one of the setting `exit_reasons`."""
    number: Mapped[str] = mapped_column(String(64), default="")
    """Số chứng từ, or số biên bản of an exit."""
    dated_on: Mapped[date | None] = mapped_column(default=None)
    donor: Mapped[str] = mapped_column(default="")
    """A class or free text."""
    donor_id: Mapped[UUID | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")
    stated_copies: Mapped[int | None] = mapped_column(default=None)
    """How many copies the paper says; None where it says nothing."""
    stated_vnd: Mapped[int | None] = mapped_column(default=None)
    """Its sum in đồng."""


class Copy(Base, kw_only=True):
    """One physical book with its own accession number (số ĐKCB), never reused.

    State, place and vouchers are what the newest `CopyChange` left; kept here for the kiosk.
    """

    __tablename__ = "copy"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        ForeignKeyConstraint(["school_id", "kho"], ["kho.school_id", "kho.prefix"]),
        ForeignKeyConstraint(["school_id", "corner_id"], ["corner.school_id", "corner.id"]),
        ForeignKeyConstraint(["school_id", "entry_id"], ["voucher.school_id", "voucher.id"]),
        ForeignKeyConstraint(["school_id", "exit_id"], ["voucher.school_id", "voucher.id"]),
        Index("one_copy_per_accession", "school_id", "accession", unique=True),
        Index("one_copy_per_number", "school_id", "kho", "number", unique=True),
        Index("copies_of_edition", "school_id", "edition_id"),
        Index("copies_of_corner", "school_id", "corner_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    accession: Mapped[str] = mapped_column(String(16))
    kho: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    edition_id: Mapped[UUID]
    state: Mapped[CopyState] = mapped_column(default=CopyState.AVAILABLE)
    in_library_only: Mapped[bool] = mapped_column(default=False)
    """Tại chỗ: this copy stays, whatever its edition says."""
    shelf: Mapped[str] = mapped_column(String(16), default="")
    """Giá."""
    row: Mapped[str] = mapped_column(String(16), default="")
    """Ngăn."""
    corner_id: Mapped[UUID | None] = mapped_column(default=None)
    """The class corner it stands in; None in the library."""
    price_vnd: Mapped[int | None] = mapped_column(default=None)
    """Price at entry in đồng; None where unknown."""
    entry_id: Mapped[UUID | None] = mapped_column(default=None)
    exit_id: Mapped[UUID | None] = mapped_column(default=None)
    original_number: Mapped[str] = mapped_column(String(48), default="")
    """As an imported register wrote it."""


class CopyChange(Base, kw_only=True):
    """That a copy's state or place changed; never altered afterwards."""

    __tablename__ = "copy_change"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("changes_of_copy", "school_id", "copy_id", "changed_at"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID]
    changed_at: Mapped[datetime]
    state: Mapped[CopyState]
    """What it is from then on."""
    corner_id: Mapped[UUID | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(String(100), default="")
    author: Mapped[str] = mapped_column(String(64), default="")


class SkippedNumber(Base, kw_only=True):
    """An accession number that no copy will ever bear (số bỏ; hub only)."""

    __tablename__ = "skipped_number"
    __table_args__ = (ForeignKeyConstraint(["school_id", "kho"], ["kho.school_id", "kho.prefix"]),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    kho: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(100), default="")


class Loan(Base, kw_only=True):
    """One copy lent to one patron; its id is made where the book left, and is the hub's too."""

    __tablename__ = "loan"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(["school_id", "set_loan_id"], ["set_loan.school_id", "set_loan.id"]),
        Index(
            "one_open_loan_per_copy",
            "school_id",
            "copy_id",
            unique=True,
            sqlite_where=text("returned_at IS NULL AND NOT disputed"),
            postgresql_where=text("returned_at IS NULL AND NOT disputed"),
        ),
        Index("loans_of_patron", "school_id", "patron_id", "returned_at"),
        Index("loans_of_copy", "school_id", "copy_id", "returned_at"),
        Index("loans_by_beginning", "school_id", "lent_at"),
        Index("loans_by_end", "school_id", "returned_at"),
        Index(
            "loans_of_set",
            "school_id",
            "set_loan_id",
            sqlite_where=text("set_loan_id IS NOT NULL"),
            postgresql_where=text("set_loan_id IS NOT NULL"),
        ),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID]
    patron_id: Mapped[UUID]
    visit_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[LoanKind] = mapped_column(default=LoanKind.TAKE_HOME)
    set_loan_id: Mapped[UUID | None] = mapped_column(default=None)
    lent_at: Mapped[datetime]
    due: Mapped[date]
    """As it is now; the days it was due on before are `DueChange` rows."""
    returned_at: Mapped[datetime | None] = mapped_column(default=None)
    """A loan that ended as it began never was: undone, or another of the same patron stands."""
    handed_in_by: Mapped[UUID | None] = mapped_column(default=None)
    """Who brought it back, where that was known and somebody else (trả hộ)."""
    disputed: Mapped[bool] = mapped_column(default=False)
    """Set at the hub when two kiosks lent the same copy while apart."""
    kiosk_id: Mapped[UUID | None] = mapped_column(default=None)
    """Which kiosk told the hub of it; a kiosk leaves its own loans without."""


FOR_REPORTS = ("loans_by_beginning", "loans_by_end")
"""Indexes of years of loans. A station has ninety days of them and goes without (`db.outbox`)."""

NEVER_UNDONE = Loan.returned_at.is_(None) | (Loan.returned_at != Loan.lent_at)
"""Leaves out loans that ended as they began, which never were."""


class DueChange(Base, kw_only=True):
    """That a loan is due on another day; a renewal is one of them."""

    __tablename__ = "due_change"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "loan_id"], ["loan.school_id", "loan.id"]),
        Index("due_changes_of_loan", "school_id", "loan_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    changed_at: Mapped[datetime]
    old_due: Mapped[date]
    new_due: Mapped[date]
    reason: Mapped[DueReason]


class Override(Base, kw_only=True):
    """That a librarian let through what the rules refused, and why."""

    __tablename__ = "override"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "loan_id"], ["loan.school_id", "loan.id"]),
        Index("overrides_of_loan", "school_id", "loan_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    loan_id: Mapped[UUID]
    made_at: Mapped[datetime]
    refusal: Mapped[str] = mapped_column(String(32))
    """What was refused first (docs/rules.md)."""
    reason: Mapped[str] = mapped_column(String(100))
    author: Mapped[str] = mapped_column(String(64))


class ConditionNote(Base, kw_only=True):
    """What somebody saw of a copy's condition, for the librarian to look at."""

    __tablename__ = "condition_note"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("notes_of_copy", "school_id", "copy_id", "noted_at"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID]
    loan_id: Mapped[UUID | None] = mapped_column(default=None)
    noted_at: Mapped[datetime]
    damage: Mapped[Damage | None] = mapped_column(default=None)
    """None where nobody judged how bad it is."""
    note: Mapped[str] = mapped_column(String(100), default="")
    """Such as "rách bìa" or "mối mọt"."""
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the librarian had looked."""


class LossCase(Base, kw_only=True):
    """A copy lost or damaged while on loan, until it is found, replaced or let be."""

    __tablename__ = "loss_case"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        ForeignKeyConstraint(["school_id", "loan_id"], ["loan.school_id", "loan.id"]),
        ForeignKeyConstraint(["school_id", "replacement_id"], ["copy.school_id", "copy.id"]),
        Index("cases_of_copy", "school_id", "copy_id", "settled_at"),
        Index("cases_of_loan", "school_id", "loan_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[CaseKind]
    copy_id: Mapped[UUID]
    loan_id: Mapped[UUID | None] = mapped_column(default=None)
    """Whose loan it was lost on; None for a copy missing from its shelf."""
    opened_at: Mapped[datetime]
    damage: Mapped[Damage | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(String(100), default="")
    search_until: Mapped[date | None] = mapped_column(default=None)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    settlement: Mapped[Settlement | None] = mapped_column(default=None)
    settled_by: Mapped[str] = mapped_column(String(64), default="")
    replacement_id: Mapped[UUID | None] = mapped_column(default=None)
    """The copy given in its place, which has a number of its own."""


class Hold(Base, kw_only=True):
    """A patron waits for a copy of an edition (đặt mượn)."""

    __tablename__ = "hold"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("holds_of_edition", "school_id", "edition_id", "ended_at", "placed_at"),
        Index("holds_of_patron", "school_id", "patron_id", "ended_at"),
        Index("holds_of_copy", "school_id", "copy_id", "ended_at"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID]
    patron_id: Mapped[UUID]
    placed_at: Mapped[datetime]
    copy_id: Mapped[UUID | None] = mapped_column(default=None)
    """The copy put aside for it; None while it waits."""
    ready_at: Mapped[datetime | None] = mapped_column(default=None)
    keep_until: Mapped[date | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended: Mapped[HoldEnd | None] = mapped_column(default=None)


class SetTemplate(Base, kw_only=True):
    """The titles that make up a textbook set (bộ sách giáo khoa) of a grade."""

    __tablename__ = "set_template"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    grade: Mapped[int]
    in_use: Mapped[bool] = mapped_column(default=True)
    """Đang dùng: whether new set loans are made from it."""


class SetTitle(Base, kw_only=True):
    """One title of a textbook set."""

    __tablename__ = "set_title"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "template_id"], ["set_template.school_id", "set_template.id"]
        ),
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class SetPlace(Base, kw_only=True):
    """A copy laid ready for a pupil's textbook set before it is handed out."""

    __tablename__ = "set_place"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("places_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID]


class SetLoan(Base, kw_only=True):
    """A textbook set lent to one patron; its copies are loans of their own."""

    __tablename__ = "set_loan"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "template_id"], ["set_template.school_id", "set_template.id"]
        ),
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("set_loans_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    template_id: Mapped[UUID]
    patron_id: Mapped[UUID]
    lent_at: Mapped[datetime]
    school_year: Mapped[str] = mapped_column(String(9), default="")


class MissingTextbook(Base, kw_only=True):
    """That a pupil lacks a textbook of their grade this semester (kiểm tra đủ SGK; hub only)."""

    __tablename__ = "missing_textbook"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
        Index("missing_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    semester: Mapped[int] = mapped_column(primary_key=True)
    """1 or 2."""
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(primary_key=True)
    noted_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64), default="")
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    """When they had it after all."""


class Corner(Base, kw_only=True):
    """A class's own shelf (góc thư viện lớp): a place, with people who answer for it."""

    __tablename__ = "corner"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "teacher_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(["school_id", "first_pupil_id"], ["patron.school_id", "patron.id"]),
        ForeignKeyConstraint(["school_id", "second_pupil_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    homeroom: Mapped[str] = mapped_column(String(16), default="")
    teacher_id: Mapped[UUID | None] = mapped_column(default=None)
    """None once that teacher is erased."""
    first_pupil_id: Mapped[UUID | None] = mapped_column(default=None)
    second_pupil_id: Mapped[UUID | None] = mapped_column(default=None)
    closed_on: Mapped[date | None] = mapped_column(default=None)


class Crate(Base, kw_only=True):
    """Copies sent to a corner together, on one voucher."""

    __tablename__ = "crate"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "corner_id"], ["corner.school_id", "corner.id"]),
        Index("one_crate_per_number", "school_id", "number", unique=True),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    """What its voucher is called."""
    corner_id: Mapped[UUID]
    sent_at: Mapped[datetime]
    due: Mapped[date]
    author: Mapped[str] = mapped_column(String(64), default="")


class CrateCopy(Base, kw_only=True):
    """A line of a crate's manifest."""

    __tablename__ = "crate_copy"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "crate_id"], ["crate.school_id", "crate.id"]),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("crates_of_copy", "school_id", "copy_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    crate_id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID] = mapped_column(primary_key=True)
    back_at: Mapped[datetime | None] = mapped_column(default=None)
    handed_in_by: Mapped[UUID | None] = mapped_column(default=None)
    """Who brought it back, where that was seen."""


class Partner(Base, kw_only=True):
    """Another library that lends to this one and borrows from it (liên thư viện; hub only)."""

    __tablename__ = "partner"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class PartnerLoan(Base, kw_only=True):
    """Books that went between libraries on one handover sheet (biên bản giao nhận; hub only)."""

    __tablename__ = "partner_loan"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "partner_id"], ["partner.school_id", "partner.id"]),
        Index("one_handover_per_number", "school_id", "number", unique=True),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    """What the sheet is called."""
    partner_id: Mapped[UUID]
    direction: Mapped[Direction]
    made_at: Mapped[datetime]
    due: Mapped[date]
    author: Mapped[str] = mapped_column(String(64), default="")


class PartnerLoanLine(Base, kw_only=True):
    """One book of a handover sheet (hub only)."""

    __tablename__ = "partner_loan_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "partner_loan_id"], ["partner_loan.school_id", "partner_loan.id"]
        ),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("partner_loans_of_copy", "school_id", "copy_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    partner_loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    accession: Mapped[str] = mapped_column(String(48))
    """Its number in the library that owns it."""
    title: Mapped[str]
    copy_id: Mapped[UUID | None] = mapped_column(default=None)
    """Of a book of ours."""
    back_at: Mapped[datetime | None] = mapped_column(default=None)


class Wish(Base, kw_only=True):
    """A title that readers would like the library to buy (đề nghị mua sách)."""

    __tablename__ = "wish"
    __table_args__ = (Index("one_wish_per_title", "school_id", "folded", unique=True),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    folded: Mapped[str] = mapped_column(String(200))
    """By which the same title is known again, however it is written."""
    made_at: Mapped[datetime]
    state: Mapped[WishState] = mapped_column(default=WishState.NEW)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    author: Mapped[str] = mapped_column(String(64), default="")
    """Who decided; who wished is a `WishVote`."""


class WishVote(Base, kw_only=True):
    """That a reader wishes for a title too; each counts once."""

    __tablename__ = "wish_vote"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "wish_id"], ["wish.school_id", "wish.id"]),
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("votes_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[UUID] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]


class LessonRequest(Base, kw_only=True):
    """Books that a teacher needs for a lesson, by a day (hub only)."""

    __tablename__ = "lesson_request"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("lesson_requests_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID]
    """The teacher."""
    made_at: Mapped[datetime]
    needed_on: Mapped[date]
    lesson: Mapped[str] = mapped_column(String(100))
    """What for, such as "Ngữ văn 6A, tiết 3"."""
    wanted: Mapped[str] = mapped_column(String(500))
    """The books, in the teacher's words."""
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    answer: Mapped[str] = mapped_column(String(100), default="")


class Stocktake(Base, kw_only=True):
    """A count of the stock (kiểm kê) from a moment until it is closed."""

    __tablename__ = "stocktake"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    as_of: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    kind: Mapped[CountKind] = mapped_column(default=CountKind.FULL)
    kho: Mapped[str] = mapped_column(String(64), default="")
    """Prefixes of the kho that are counted, spaces between; empty for all."""
    shelf: Mapped[str] = mapped_column(String(16), default="")
    """The one shelf that is counted; empty for all."""
    begun_by: Mapped[str] = mapped_column(String(64), default="")
    closed_by: Mapped[str] = mapped_column(String(64), default="")
    minutes: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """What the minutes said when it was closed (`db.registers.minutes`): signed, so kept."""


class StocktakeMember(Base, kw_only=True):
    """Somebody of the committee that counts, and when they signed the minutes (hub only)."""

    __tablename__ = "stocktake_member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "stocktake_id"], ["stocktake.school_id", "stocktake.id"]
        ),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    """In the order of the minutes."""
    role: Mapped[CommitteeRole]
    name: Mapped[str] = mapped_column(String(80))
    account: Mapped[str] = mapped_column(String(64), default="")
    """By which they sign at the desk; empty for whoever signs on paper."""
    signed_at: Mapped[datetime | None] = mapped_column(default=None)


class StocktakeSight(Base, kw_only=True):
    """That a copy was seen in a count; two devices that see it count it once."""

    __tablename__ = "stocktake_sight"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "stocktake_id"], ["stocktake.school_id", "stocktake.id"]
        ),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    seen_by: Mapped[str] = mapped_column(String(64), default="")


class StocktakeCause(Base, kw_only=True):
    """Why a copy is not as the registers say, and what the committee proposes (hub only)."""

    __tablename__ = "stocktake_cause"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "stocktake_id"], ["stocktake.school_id", "stocktake.id"]
        ),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(String(64), default="")
    proposal: Mapped[str] = mapped_column(String(64), default="")


class WeedingList(Base, kw_only=True):
    """Copies that are to be written off (danh mục thanh lọc), and how far that is (hub only)."""

    __tablename__ = "weeding_list"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "voucher_id"], ["voucher.school_id", "voucher.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str] = mapped_column(String(64), default="")
    published_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_by: Mapped[str] = mapped_column(String(80), default="")
    decision: Mapped[str] = mapped_column(String(64), default="")
    """Number of the head's decision; wanted where it is more than a tenth of the stock."""
    decided_on: Mapped[date | None] = mapped_column(default=None)
    dropped_at: Mapped[datetime | None] = mapped_column(default=None)
    dropped_why: Mapped[str] = mapped_column(String(100), default="")
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    voucher_id: Mapped[UUID | None] = mapped_column(default=None)
    """The exit voucher that its copies left on."""


class WeedingLine(Base, kw_only=True):
    """One copy of a weeding list: why it is to go, and what is to be done with it (hub only)."""

    __tablename__ = "weeding_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "weeding_id"], ["weeding_list.school_id", "weeding_list.id"]
        ),
        ForeignKeyConstraint(["school_id", "copy_id"], ["copy.school_id", "copy.id"]),
        Index("weedings_of_copy", "school_id", "copy_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    weeding_id: Mapped[UUID] = mapped_column(primary_key=True)
    copy_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(64))
    handling: Mapped[str] = mapped_column(String(64))


class Periodical(Base, kw_only=True):
    """What is said of a newspaper or magazine as a whole (báo, tạp chí; hub only)."""

    __tablename__ = "periodical"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(primary_key=True)
    frequency: Mapped[str] = mapped_column(String(32), default="")
    """Kỳ hạn, such as "hằng tuần"."""


class PeriodicalIssue(Base, kw_only=True):
    """One number of a periodical that came (R5; hub only)."""

    __tablename__ = "periodical_issue"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "edition_id"], ["edition.school_id", "edition.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    """As it stands on the cover, such as "12" or "585+586"."""
    month: Mapped[int]
    copies: Mapped[int]
    price_vnd: Mapped[int | None] = mapped_column(default=None)
    received_on: Mapped[date]
    entered_at: Mapped[datetime]
    bound: Mapped[bool] = mapped_column(default=False)
    """Đóng tập: whether it is bound with the others of its year."""
    note: Mapped[str] = mapped_column(String(100), default="")


class HeadCount(Base, kw_only=True):
    """Readers whom somebody counted, such as a class in the reading room (R8; hub only)."""

    __tablename__ = "head_count"
    __table_args__ = (Index("head_counts_by_day", "school_id", "day"),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    category: Mapped[PatronCategory]
    readers: Mapped[int]
    note: Mapped[str] = mapped_column(String(100), default="")
    """What they came for, such as "Tiết đọc 6A"; no names."""
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was found wrong; it counts as of moments before that alone."""


class YearPlan(Base, kw_only=True):
    """The library's plan of one school year (kế hoạch công tác thư viện; hub only)."""

    __tablename__ = "year_plan"
    __table_args__ = (Index("one_plan_per_year", "school_id", "school_year", unique=True),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9))
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))


class PlanStep(Base, kw_only=True):
    """That a plan was sent, approved, returned or opened again; never changed (hub only)."""

    __tablename__ = "plan_step"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "plan_id"], ["year_plan.school_id", "year_plan.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PlanStepKind]
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(32), default="")
    """As whom it was done, such as "Hiệu trưởng"."""
    note: Mapped[str] = mapped_column(String(200), default="")


class PlanTask(Base, kw_only=True):
    """One task of a plan, as it is now and as it was approved; never deleted (hub only)."""

    __tablename__ = "plan_task"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "plan_id"], ["year_plan.school_id", "year_plan.id"]),
        Index("plan_tasks_of_plan", "school_id", "plan_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    begins_on: Mapped[date]
    due_on: Mapped[date]
    what: Mapped[str] = mapped_column(String(300))
    how: Mapped[str] = mapped_column(String(400), default="")
    who: Mapped[str] = mapped_column(String(120), default="")
    """Offices, such as "Nhân viên thư viện, GVCN"; no names."""
    dropped: Mapped[bool] = mapped_column(default=False)
    approved: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """Its words when the plan was approved last; None for a task that came later."""
    done_on: Mapped[date | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(String(200), default="")
    """What came of it."""


class LibraryTeam(Base, kw_only=True):
    """The decision that set up a year's collaborators (tổ cộng tác viên; hub only)."""

    __tablename__ = "library_team"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    decision: Mapped[str] = mapped_column(String(64), default="")
    decided_on: Mapped[date | None] = mapped_column(default=None)


class TeamMember(Base, kw_only=True):
    """Somebody in a year's team; goes with its reader (hub only)."""

    __tablename__ = "team_member"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("teams_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    homeroom: Mapped[str] = mapped_column(String(16), default="")
    """The class they stand for; empty for staff."""
    office: Mapped[str] = mapped_column(String(48), default="")
    """Such as "Tổ trưởng"."""


class DutyRota(Base, kw_only=True):
    """Who of a team is on duty on which weekday (lịch trực; hub only)."""

    __tablename__ = "duty_rota"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("duties_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    patron_id: Mapped[UUID] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    """From Monday = 0."""
    turn: Mapped[DutyTurn] = mapped_column(primary_key=True)


class Activity(Base, kw_only=True):
    """A reading lesson, a talk, a reading day: what the library held (hub only).

    Who corrects one ends its row and writes another with the same `entry_id`.
    """

    __tablename__ = "activity"
    __table_args__ = (
        Index("activities_by_day", "school_id", "day"),
        Index("activities_by_entry", "school_id", "entry_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Also of the `HeadCount` of those who came to the library for it."""
    entry_id: Mapped[UUID]
    """Which activity it is, however often it is corrected."""
    day: Mapped[date]
    kind: Mapped[ActivityKind]
    what: Mapped[str] = mapped_column(String(200))
    led_by: Mapped[str] = mapped_column(String(100), default="")
    """Who held it: a teacher, the team; no pupil's name."""
    lesson: Mapped[int | None] = mapped_column(default=None)
    """Tiết, of a lesson."""
    readers: Mapped[int] = mapped_column(default=0)
    """How many took part."""
    books: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was corrected or struck out; it counts as of moments before that alone."""


class ActivityClass(Base, kw_only=True):
    """A class that took part; an activity without one was the whole school's (hub only)."""

    __tablename__ = "activity_class"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "activity_id"], ["activity.school_id", "activity.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    homeroom: Mapped[str] = mapped_column(String(16), primary_key=True)


class SafetyLook(Base, kw_only=True):
    """What somebody found at one point of the safety list before an activity (S41; hub only).

    The newest look at a point says how it is.
    """

    __tablename__ = "safety_look"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of the `Activity`."""
    point: Mapped[SafetyPoint] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(primary_key=True)
    passed: Mapped[bool | None] = mapped_column(default=None)
    """None where the tick was taken back."""
    note: Mapped[str] = mapped_column(String(120), default="")
    author: Mapped[str] = mapped_column(String(64))


class Meeting(Base, kw_only=True):
    """The minutes of a meeting of the library's people (hub only)."""

    __tablename__ = "meeting"
    __table_args__ = (Index("meetings_by_day", "school_id", "day"),)

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    what: Mapped[str] = mapped_column(String(160))
    place: Mapped[str] = mapped_column(String(80), default="")
    chair: Mapped[str] = mapped_column(String(80), default="")
    secretary: Mapped[str] = mapped_column(String(80), default="")
    present: Mapped[str] = mapped_column(String(200), default="")
    """Who was there, and how many were missing."""
    discussed: Mapped[str] = mapped_column(Text, default="")
    decided: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))


class Asset(Base, kw_only=True):
    """A kind of equipment or furniture of the library (tài sản; hub only)."""

    __tablename__ = "asset"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[AssetKind]
    unit: Mapped[str] = mapped_column(String(16), default="cái")
    place: Mapped[str] = mapped_column(String(80), default="")
    since_year: Mapped[int | None] = mapped_column(default=None)
    """Since when it is in use."""
    price_vnd: Mapped[int | None] = mapped_column(default=None)
    """Of one, in đồng."""
    note: Mapped[str] = mapped_column(String(200), default="")


class AssetCount(Base, kw_only=True):
    """How many of an asset there were when somebody looked; the last says how it is (hub only)."""

    __tablename__ = "asset_count"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "asset_id"], ["asset.school_id", "asset.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(primary_key=True)
    day: Mapped[date]
    good: Mapped[int]
    worn: Mapped[int]
    """Usable, but to be repaired."""
    broken: Mapped[int]
    author: Mapped[str] = mapped_column(String(64))


class YearRemark(Base, kw_only=True):
    """What the librarian says of a school year in words, beside its figures (hub only)."""

    __tablename__ = "year_remark"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    school_year: Mapped[str] = mapped_column(String(9), primary_key=True)
    part: Mapped[RemarkPart] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base, kw_only=True):
    """Who did or looked at what (nhật ký thao tác); deleted only by age (hub only)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_by_time", "school_id", "made_at"),
        Index("audit_of_subject", "school_id", "subject_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(48))
    subject_id: Mapped[UUID | None] = mapped_column(default=None)
    """The patron, copy or loan it was about; names stay out."""
    detail: Mapped[str] = mapped_column(String(200), default="")


class DataRequest(Base, kw_only=True):
    """That somebody asked something about a reader's data, and what came of it (hub only).

    The reader's row stays when they are erased, so this does too, without a name.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
        Index("data_requests_of_patron", "school_id", "patron_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    patron_id: Mapped[UUID]
    asked_on: Mapped[date]
    asked_by: Mapped[Asker]
    wish: Mapped[DataWish]
    paper: Mapped[str] = mapped_column(String(64), default="")
    """The number of the letter, where there is one; what it says stays on paper."""
    answer_by: Mapped[date]
    """Two working days after it was asked (Decree 356)."""
    done_by: Mapped[date]
    entered_by: Mapped[str] = mapped_column(String(64))
    answered_on: Mapped[date | None] = mapped_column(default=None)
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    answer: Mapped[str] = mapped_column(String(200), default="")
    done_on: Mapped[date | None] = mapped_column(default=None)


class OutboxEvent(Base, kw_only=True):
    """A fact this kiosk must tell the hub. `seq` is its order, `event_id` its name for ever."""

    __tablename__ = "outbox_event"

    seq: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(32))
    happened_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    boot_id: Mapped[UUID | None] = mapped_column(default=None)
    """Since when the machine has been running; with `mono_ms` a time that nobody can set."""
    mono_ms: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Milliseconds of the clock that runs since that boot."""
    crc: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """CRC-32 of what was written: single flipped bits pass SQLite's own check (docs/sync.md)."""


class Boot(Base, kw_only=True):
    """A run of the station's machine, and what the hub's clock said of it (station only)."""

    __tablename__ = "boot"

    number: Mapped[int] = mapped_column(primary_key=True)
    """Counts upwards, so that boots have an order whatever the clock said."""
    boot_id: Mapped[UUID] = mapped_column(unique=True)
    met_at: Mapped[datetime | None] = mapped_column(default=None)
    """The hub's time at the newest contact; None for a run that never met it."""
    met_mono_ms: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """This machine's running clock at that moment."""
    first_met_at: Mapped[datetime | None] = mapped_column(default=None)
    """The hub's time at the first contact: what happened in earlier runs was before it."""


class Station(Base, kw_only=True):
    """What a kiosk knows of itself (one row): its stream of events, and how far it is mirrored."""

    __tablename__ = "station"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    incarnation: Mapped[UUID]
    """Made with the file; a restored or copied file must not continue another's numbers."""
    acked_seq: Mapped[int] = mapped_column(default=0)
    """The hub holds every event up to here."""
    safe_seq: Mapped[int] = mapped_column(default=0)
    """A verified backup of the hub holds every event up to here; only these may be pruned."""
    timeline: Mapped[UUID | None] = mapped_column(default=None)
    """Which history of the hub `cursor` counts in; None until a first full pull is complete."""
    cursor: Mapped[int] = mapped_column(default=0)
    """The hub's changes up to here are in this file."""
    mirror_acked: Mapped[int] = mapped_column(default=0)
    """What the hub told last contains this station's events up to here."""
    pulled_at: Mapped[datetime | None] = mapped_column(default=None)
    """As of when this file has the hub's records, by the hub's clock."""
    printer_trouble: Mapped[str] = mapped_column(String(32), default="")
    """What keeps the printer from printing; empty while nothing is known to."""
    paper_low: Mapped[bool] = mapped_column(default=False)
    wiped: Mapped[bool] = mapped_column(default=False)
    """Whether the hub has revoked this station, and it forgot what it knew of people."""
    lending_paused: Mapped[bool] = mapped_column(default=False)
    """Whether the librarian has it take books back only."""


class ReceiptJob(Base, kw_only=True):
    """A visit's slip, written in the same transaction as the visit's first loan or return."""

    __tablename__ = "receipt_job"
    __table_args__ = (
        Index(
            "kept_slips",
            "started_at",
            sqlite_where=text("contents IS NOT NULL"),
            postgresql_where=text("contents IS NOT NULL"),
        ),
    )

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    slip_number: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[ReceiptState] = mapped_column(default=ReceiptState.COLLECTING)
    started_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    contents: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """What it says, so that it can be printed again; forgotten after a day (`db.slips`)."""
    reprints: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was asked for after some of it may have been on paper."""


class Kiosk(Base, kw_only=True):
    """A kiosk the hub knows (hub only)."""

    __tablename__ = "kiosk"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    enrolled_at: Mapped[datetime]
    last_contact_at: Mapped[datetime | None] = mapped_column(default=None)
    waiting: Mapped[int | None] = mapped_column(default=None)
    """Events it had yet to send, as it said when it last asked how far the hub is."""
    protocol: Mapped[int | None] = mapped_column(default=None)
    """Version of the messages it speaks."""
    clock: Mapped[ClockQuality | None] = mapped_column(default=None)
    """How well it knew the time of its newest event."""
    next_token_sha256: Mapped[bytes | None] = mapped_column(unique=True, default=None)
    """The token it will show next; until it does, the one before opens the door too."""
    token_since: Mapped[datetime | None] = mapped_column(default=None)
    """Since when its token is valid; None: since it was enrolled."""
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[str] = mapped_column(String(32), default="")
    """Of its program, as it says itself; empty until it has."""
    printer_trouble: Mapped[str | None] = mapped_column(String(32), default=None)
    """What keeps its printer from printing; empty for nothing, None until it has said so."""
    paper_low: Mapped[bool] = mapped_column(default=False)
    camera: Mapped[str] = mapped_column(String(32), default="")
    """What its camera does: `seeing`, `lost`, `none`; empty until it has said so."""
    saw_newer_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it came with a place in a history that is not here: this hub was put back from a
    backup, and what the librarian changed after it was seen by the kiosk and is gone."""


class RevokedToken(Base, kw_only=True):
    """A token that opens nothing any more, and whoever shows it is told to forget (hub only)."""

    __tablename__ = "revoked_token"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    kiosk_id: Mapped[UUID]
    revoked_at: Mapped[datetime]


class PairingCode(Base, kw_only=True):
    """A code by which a kiosk and the hub meet once (hub only)."""

    __tablename__ = "pairing_code"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kiosk_name: Mapped[str]
    key: Mapped[bytes]
    """What both sides derive from the code (`db.sync.pairing`)."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    """Wrong proofs that came while it was open."""
    used_by_sha256: Mapped[bytes | None] = mapped_column(default=None)
    """The token that it brought to the hub; None as long as it was not used."""


class EventStream(Base, kw_only=True):
    """How far the hub has one kiosk database's events (hub only)."""

    __tablename__ = "event_stream"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    kiosk_id: Mapped[UUID] = mapped_column(primary_key=True)
    incarnation: Mapped[UUID] = mapped_column(primary_key=True)
    acked_seq: Mapped[int] = mapped_column(default=0)
    last_event_id: Mapped[UUID | None] = mapped_column(default=None)
    """The event numbered `acked_seq`, also where it was a repeat of another stream's."""
    latest_at: Mapped[datetime | None] = mapped_column(default=None)
    """The latest moment it told of; what follows in the stream is not sorted before it."""
    safe_seq: Mapped[int] = mapped_column(default=0)
    """The newest verified backup holds every event up to here."""


class ReceivedEvent(Base, kw_only=True):
    """An event as it arrived, word for word, and what the hub made of it (hub only)."""

    __tablename__ = "received_event"
    __table_args__ = (
        Index("event_once", "school_id", "event_id", unique=True),
        Index("events_of_copy", "school_id", "copy_id", "sorted_at"),
        Index(
            "events_set_aside",
            "school_id",
            "kiosk_id",
            sqlite_where=text("verdict = 'quarantined'"),
            postgresql_where=text("verdict = 'quarantined'"),
        ),
    )

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
    copy_id: Mapped[UUID | None] = mapped_column(default=None)
    """The copy it is about, whose story is told anew when something arrives late."""
    sorted_at: Mapped[datetime | None] = mapped_column(default=None)
    """Where it stands among what other kiosks told: its corrected time, never before what the
    same stream told earlier, never after its arrival."""
    spread_s: Mapped[int] = mapped_column(default=0)
    """By how many seconds that time may be wrong either way."""
    shift_s: Mapped[int] = mapped_column(BigInteger, default=0)
    """Seconds by which its kiosk's clock was behind, where that was too much to let pass."""


class Discrepancy(Base, kw_only=True):
    """Two facts that do not fit, waiting for the librarian (hub only)."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        Index("discrepancies_of_copy", "school_id", "accession", "settled_at"),
        Index("discrepancies_by_copy", "school_id", "copy_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made of kind and event, so that telling a story anew does not ask twice."""
    kind: Mapped[DiscrepancyKind]
    accession: Mapped[str] = mapped_column(String(16))
    kiosk_id: Mapped[UUID]
    incarnation: Mapped[UUID]
    """With `kiosk_id` the stream that told of it last; what follows there happened after it."""
    event_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
    copy_id: Mapped[UUID | None] = mapped_column(default=None)
    loan_id: Mapped[UUID | None] = mapped_column(default=None)
    """The loan that the event told of."""
    other_loan_id: Mapped[UUID | None] = mapped_column(default=None)
    """The loan that it contradicts."""
    outcome: Mapped[Outcome | None] = mapped_column(default=None)
    """What the librarian chose; None where it settled itself."""
    settled_by: Mapped[str] = mapped_column(String(64), default="")


class Change(Base, kw_only=True):
    """That a row told to kiosks was entered, changed or deleted; one mark per row (hub only).

    Triggers of the database write it (`admin.feed`), whoever changes the row.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("changes_in_order", "school_id", "change_seq"),
        {"sqlite_with_rowid": False},
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    """The table."""
    row_key: Mapped[str] = mapped_column(primary_key=True)
    change_seq: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Its place in the feed; None until the next reader numbers it."""


class ChangeCounter(Base, kw_only=True):
    """The last number given in a school's feed; whoever numbers holds this row (hub only)."""

    __tablename__ = "change_counter"

    school_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger, default=0)


class Timeline(Base, kw_only=True):
    """A run of the hub, by which a history that was put back is told from its own (hub only)."""

    __tablename__ = "timeline"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[UUID]
    from_seq: Mapped[int] = mapped_column(BigInteger)
    """The last number given before it began."""
    begun_at: Mapped[datetime]


class Account(Base, kw_only=True):
    """Somebody who may sign in at the desk (hub only)."""

    __tablename__ = "account"
    __table_args__ = (
        Index("one_account_per_name", "school_id", "name", unique=True),
        ForeignKeyConstraint(["school_id", "patron_id"], ["patron.school_id", "patron.id"]),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    """What is typed to sign in, folded."""
    shown_name: Mapped[str] = mapped_column(String(64))
    roles: Mapped[str] = mapped_column(String(100))
    """`DeskRole` words, with blanks between them."""
    password: Mapped[str] = mapped_column(String(200))
    """Argon2id, with its salt and costs."""
    patron_id: Mapped[UUID | None] = mapped_column(default=None)
    """The teacher whose own loans and class these are; None where that does not matter."""
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """Since when it opens nothing any more; the audit log still names it."""
    password_is_first: Mapped[bool] = mapped_column(default=False)
    """Whether somebody else chose the password, so that it has to be changed."""


class DeskSession(Base, kw_only=True):
    """That a browser is signed in (hub only)."""

    __tablename__ = "desk_session"
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "account_id"], ["account.school_id", "account.id"]),
        Index("sessions_of_account", "school_id", "account_id"),
    )

    school_id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    said: Mapped[str] = mapped_column(String(300), default="")
    """What the next page begins with, such as "Đã lưu"."""


class SignInTry(Base, kw_only=True):
    """How often somebody failed to sign in, and until when they have to wait (hub only)."""

    __tablename__ = "sign_in_try"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(120), primary_key=True)
    """An address, or an address and a name."""
    failures: Mapped[int]
    failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None] = mapped_column(default=None)


class SettingChange(Base, kw_only=True):
    """That something the school laid down was changed at the desk (hub only)."""

    __tablename__ = "setting_change"

    school_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(64))
    area: Mapped[str] = mapped_column(String(32))
    """Which of the settings (`admin.setting_changes`)."""
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    undone: Mapped[bool] = mapped_column(default=False)


def full_title() -> Label[str]:
    """An edition's title with its volume, as people say it: "Toán 6, tập một"."""
    with_volume = Edition.title + ", " + Edition.volume
    return case((Edition.volume == "", Edition.title), else_=with_volume).label("title")


HUB_ONLY = frozenset(
    {"patron_code", "patron_detail", "priority_flag", "audit_entry", "kiosk", "event_stream"}
    | {"received_event", "discrepancy", "change", "change_counter", "timeline"}
    | {"revoked_token", "pairing_code"}
    | {"account", "desk_session", "sign_in_try", "setting_change"}
    | {"missing_textbook", "partner", "partner_loan", "partner_loan_line"}
    | {"periodical", "periodical_issue", "head_count", "lesson_request"}
    | {"data_request", "enrolment", "voucher", "skipped_number"}
    | {"stocktake_member", "stocktake_cause", "weeding_list", "weeding_line"}
    | {"year_plan", "plan_step", "plan_task", "library_team", "team_member", "duty_rota"}
    | {"activity", "activity_class", "safety_look", "meeting"}
    | {"asset", "asset_count", "year_remark"}
)
"""Tables that a kiosk never receives."""
