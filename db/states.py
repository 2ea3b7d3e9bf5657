"""The words for how things stand. No database, no rules."""

from __future__ import annotations

from enum import StrEnum


class CopyState(StrEnum):
    """Where a copy stands in its life; "on loan" is not among them: an open loan says that.

    The first five are the steps of processing (domain specification S31): nhập, đóng dấu,
    phân loại, cấp số ĐKCB, dán nhãn; then lên giá.
    """

    RECEIVED = "received"
    STAMPED = "stamped"
    CLASSIFIED = "classified"
    NUMBERED = "numbered"
    LABELLED = "labelled"
    AVAILABLE = "available"
    LOST = "lost"
    DAMAGED = "damaged"
    AWAY = "away"
    """With a partner library (`db.partners`)."""
    WITHDRAWN = "withdrawn"


PROCESS_STEPS = (
    CopyState.RECEIVED,
    CopyState.STAMPED,
    CopyState.CLASSIFIED,
    CopyState.NUMBERED,
    CopyState.LABELLED,
    CopyState.AVAILABLE,
)
"""What is done to a new copy, in its order; only the last is lent."""


class CountKind(StrEnum):
    """What a count of the stock is for (domain specification S79, S82)."""

    FULL = "full"
    """By the committee: what is missing when it is closed is lost from then on."""
    QUICK = "quick"
    """A check in the middle of the year, which changes nothing."""


class CommitteeRole(StrEnum):
    """As what somebody sits in the committee that counts the stock."""

    CHAIR = "chair"
    SECRETARY = "secretary"
    MEMBER = "member"


class LendingMode(StrEnum):
    """Who may take a copy home (chế độ mượn of the catalogue)."""

    TAKE_HOME = "take-home"
    REFERENCE = "reference"
    TEACHERS = "teachers"
    TEXTBOOK_SET = "textbook-set"


class DocumentType(StrEnum):
    """What an edition is (domain specification S46)."""

    BOOK = "book"
    NEWSPAPER = "newspaper"
    MAGAZINE = "magazine"
    MAP = "map"
    PICTURE = "picture"
    DISC = "disc"
    E_RESOURCE = "e-resource"


class LoanKind(StrEnum):
    """How a copy was lent."""

    TAKE_HOME = "take-home"
    IN_LIBRARY = "in-library"
    SET = "set"


class LoanTerm(StrEnum):
    """Until when a loan runs: a number of days, or a day of the school year."""

    DAYS = "days"
    SEMESTER_END = "semester-end"
    YEAR_END = "year-end"
    RECALL = "recall"
    BACK_TO_SCHOOL = "back-to-school"


class Season(StrEnum):
    """Which of its policies a library applies."""

    TERM = "term"
    SUMMER = "summer"


class DueReason(StrEnum):
    """Why a loan is due on another day than before."""

    RENEWED = "renewed"
    RECALLED = "recalled"
    SEARCHED = "searched"
    JOINED = "joined"


class Damage(StrEnum):
    """How bad a copy is: nhẹ, vừa, nặng."""

    SLIGHT = "slight"
    MEDIUM = "medium"
    SEVERE = "severe"


class CaseKind(StrEnum):
    """What a compensation case is about."""

    LOST = "lost"
    DAMAGED = "damaged"


class Settlement(StrEnum):
    """How a compensation case ended; in kind or in words, never with an amount."""

    FOUND = "found"
    REPLACED = "replaced"
    COMPENSATED = "compensated"
    WAIVED = "waived"


class Direction(StrEnum):
    """Which way books went between two libraries."""

    OUT = "out"
    """Ours, lent to a partner."""
    IN = "in"
    """A partner's, lent to us."""


class Asker(StrEnum):
    """Who asked something about a reader's data (domain specification 6)."""

    PARENT = "parent"
    """Or who stands in a parent's place: they exercise a child's rights (Law 91/2025, art. 24)."""
    PUPIL = "pupil"
    STAFF = "staff"
    """Of the staff, about themselves."""
    UNKNOWN = "unknown"
    """Done at the desk without a request that was entered first."""


class DataWish(StrEnum):
    """What was asked about a reader's data."""

    COPY = "copy"
    """To see it, or have it."""
    CORRECT = "correct"
    STOP = "stop"
    """Consent is withdrawn, or something is to be kept no longer."""
    ERASE = "erase"


class WishState(StrEnum):
    """What became of a wish for a book."""

    NEW = "new"
    """Not looked at; nobody but the librarian sees it."""
    LISTED = "listed"
    """On the list of purchases, where others may join it."""
    DECLINED = "declined"
    BOUGHT = "bought"


class HoldEnd(StrEnum):
    """How a hold ended."""

    COLLECTED = "collected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class PatronStatus(StrEnum):
    """Whether a patron belongs to the school now."""

    ACTIVE = "active"
    LEFT = "left"


class RoleName(StrEnum):
    """What else somebody does for the library (domain specification 1.4)."""

    COLLABORATOR = "collaborator"
    LIBRARIAN = "librarian"
    HEAD = "head"
    PRINCIPAL = "principal"
    STOCKTAKER = "stocktaker"
    ADMINISTRATOR = "administrator"


class DeskRole(StrEnum):
    """As whom somebody works at the desk (domain specification 1.4)."""

    LIBRARIAN = "librarian"
    COLLABORATOR = "collaborator"
    TEACHER = "teacher"
    IN_CHARGE = "in-charge"
    """Phụ trách thư viện: a member of the school's management."""
    PRINCIPAL = "principal"
    STOCKTAKER = "stocktaker"
    ADMINISTRATOR = "administrator"


class EnrolmentEnd(StrEnum):
    """Why a pupil is no longer in a homeroom."""

    PROMOTED = "promoted"
    REPEATED = "repeated"
    MOVED = "moved"
    TRANSFERRED = "transferred"
    GRADUATED = "graduated"


class ClosedKind(StrEnum):
    """Why the library is closed on a day."""

    HOLIDAY = "holiday"
    TET = "tet"
    SUBSTITUTE = "substitute"
    OWN = "own"


class SlotUse(StrEnum):
    """What an opening slot is for."""

    LENDING = "lending"
    READING = "reading"


class VoucherKind(StrEnum):
    """Whether a voucher brought copies in or took them out."""

    ENTRY = "entry"
    EXIT = "exit"


class ReceiptState(StrEnum):
    """How far a visit's slip has come (docs/printing.md has what each means)."""

    COLLECTING = "collecting"
    QUEUED = "queued"
    SENDING = "sending"
    HELD = "held"
    DONE = "done"
    UNCONFIRMED = "unconfirmed"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    FAILED = "failed"
    UNWANTED = "unwanted"


class Verdict(StrEnum):
    """What the hub made of one event; never a refusal (design invariant 4)."""

    APPLIED = "applied"
    APPLIED_WITH_DISCREPANCY = "applied-with-discrepancy"
    RECORDED_ONLY = "recorded-only"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class DiscrepancyKind(StrEnum):
    """What does not fit together, for the librarian to settle in words."""

    LENT_TWICE = "lent-twice"
    RETURN_UNMATCHED = "return-unmatched"
    UNKNOWN_TO_HUB = "unknown-to-hub"


class Outcome(StrEnum):
    """What a librarian makes of a discrepancy, in one tap."""

    NEW_HOLDER = "new-holder"
    OLD_HOLDER = "old-holder"
    ON_SHELF = "on-shelf"
    SEEN = "seen"


class ClockQuality(StrEnum):
    """How well a station knew the time of an event."""

    SYNCED = "synced"
    """Its machine met the hub since it was switched on."""
    ESTIMATED = "estimated"
    """It did not, but an earlier and a later run did: the event lies between them."""
    UNKNOWN = "unknown"
    """Nothing but the machine's own clock says so."""


class PlanStepKind(StrEnum):
    """What was done with a year's plan; the last of them says how it stands."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    REOPENED = "reopened"


class ActivityKind(StrEnum):
    """What the library held, by the five groups of circular 16/2022 (`db.activities`)."""

    READING_LESSON = "reading-lesson"
    SUBJECT_LESSON = "subject-lesson"
    BOOK_TALK = "book-talk"
    STORYTELLING = "storytelling"
    DISPLAY = "display"
    READING_DAY = "reading-day"
    CONTEST = "contest"
    GUIDANCE = "guidance"
    TEACHER_SUPPORT = "teacher-support"
    EXCHANGE = "exchange"
    TRAINING = "training"
    """Of the library's own people (S36)."""


class SafetyPoint(StrEnum):
    """What is looked at before pupils come to an activity (`db.safety`)."""

    EXITS = "exits"
    EXTINGUISHERS = "extinguishers"
    WIRING = "wiring"
    FLAMES = "flames"
    SHELVES = "shelves"
    SEATS = "seats"
    LEADER = "leader"


class DutyTurn(StrEnum):
    """When of a day collaborators are on duty (lịch trực)."""

    BEFORE = "before"
    MORNING_BREAK = "morning-break"
    NOON = "noon"
    AFTERNOON_BREAK = "afternoon-break"


class AssetKind(StrEnum):
    """What a piece of equipment is for (S34)."""

    FURNITURE = "furniture"
    MACHINE = "machine"
    LIBRARY_TOOL = "library-tool"
    SAFETY = "safety"
    OTHER = "other"


class RemarkPart(StrEnum):
    """What somebody has to say themselves at the end of a year."""

    ACHIEVED = "achieved"
    LACKING = "lacking"
    AHEAD = "ahead"
