"""What the library answers: plain values that cross threads. No database, no wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from db.identifiers import AccessionNumber, CardNumber
from db.states import Damage, LoanKind


class PatronCategory(StrEnum):
    """Đối tượng bạn đọc."""

    STUDENT = "student"
    TEACHER = "teacher"
    STAFF = "staff"


class Refusal(StrEnum):
    """Why the library says no; the value is the key of its sentence (docs/rules.md)."""

    UNKNOWN_CARD = "unknown-card"
    CARD_REVOKED = "card-revoked"
    PATRON_BLOCKED = "patron-blocked"
    UNKNOWN_COPY = "unknown-copy"
    NOT_READY = "not-ready"
    REFERENCE_ONLY = "reference-only"
    TEACHERS_ONLY = "teachers-only"
    TEXTBOOK_SET = "textbook-set"
    ALREADY_YOURS = "already-yours"
    JUST_LENT = "just-lent"
    ON_LOAN = "on-loan"
    HAS_OVERDUE = "has-overdue"
    TOO_MANY_LOANS = "too-many-loans"
    LENDING_PAUSED = "lending-paused"
    CLOSED_NOW = "closed-now"
    NOT_LENT = "not-lent"
    NOT_IN_SUMMER = "not-in-summer"
    LEAVERS_NOT_IN_SUMMER = "leavers-not-in-summer"
    KEPT_FOR_ANOTHER = "kept-for-another"
    HAS_SET = "has-set"
    RENEW_NOT_YOURS = "renew-not-yours"
    RENEW_TOO_EARLY = "renew-too-early"
    RENEW_TOO_OFTEN = "renew-too-often"
    RENEW_OVERDUE = "renew-overdue"
    RENEW_WANTED = "renew-wanted"
    RENEW_AT_DESK = "renew-at-desk"
    RENEW_RECALLED = "renew-recalled"
    UNDO_TOO_LATE = "undo-too-late"
    HOLDS_OFF = "holds-off"
    HOLD_PLACED = "hold-placed"
    HOLD_NOT_NEEDED = "hold-not-needed"
    TOO_MANY_HOLDS = "too-many-holds"
    ISBN_NOT_LABEL = "isbn-not-label"
    MALFORMED_CARD = "malformed-card"
    MALFORMED_LABEL = "malformed-label"
    UNKNOWN_CODE = "unknown-code"
    SLIP_CODE = "slip-code"
    WEB_LINK = "web-link"
    PAYMENT_CODE = "payment-code"
    IDENTITY_CARD = "identity-card"
    MAGAZINE_CODE = "magazine-code"
    GOODS_CODE = "goods-code"
    TWO_CODES = "two-codes"
    CARD_FIRST = "card-first"
    BOOK_FIRST = "book-first"


@dataclass(frozen=True, slots=True)
class ConditionSeen:
    """What somebody says of a copy's condition."""

    damage: Damage | None = None
    """None where nobody judged how bad it is."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class OverrideBy:
    """A librarian's word that a copy goes out although the rules say no."""

    reason: str
    author: str

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.author.strip():
            raise ValueError("an override needs its reason and its author")


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """One copy a patron holds."""

    accession: AccessionNumber
    title: str
    due: date
    kind: LoanKind = LoanKind.TAKE_HOME


@dataclass(frozen=True, slots=True)
class HoldReady:
    """A title that a patron waited for is kept for them at the desk."""

    title: str
    keep_until: date


def given_name(name: str) -> str:
    """The last word of a Vietnamese full name."""
    return name.rsplit(" ", maxsplit=1)[-1]


@dataclass(frozen=True, slots=True)
class PatronKnown:
    """A card was understood: who stands at the kiosk and what they hold, soonest due first."""

    patron_id: UUID
    card: CardNumber
    name: str
    homeroom: str
    """Class as the school writes it ("6A"); empty for staff."""
    category: PatronCategory
    today: date
    loans: tuple[OpenLoan, ...] = ()
    max_loans: int = 0
    """How many they may hold, those counted that have a maximum of their own (a textbook set)."""
    ready: tuple[HoldReady, ...] = ()
    """What waits for them, soonest given up first."""
    no_lending: Refused | None = None
    """Why nothing is lent to anybody just now."""

    @property
    def given_name(self) -> str:
        """The last word of a Vietnamese full name."""
        return given_name(self.name)


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """One copy was lent; the loan is on disk."""

    loan_id: UUID
    accession: AccessionNumber
    title: str
    authors: str
    lent_at: datetime
    due: date
    kind: LoanKind = LoanKind.TAKE_HOME


@dataclass(frozen=True, slots=True)
class Returned:
    """One copy was handed in; on disk. Says nothing of who had it."""

    accession: AccessionNumber
    title: str
    authors: str
    returned_at: datetime
    was_on_loan: bool
    days_overdue: int = 0
    loan_id: UUID | None = None
    was_lost: bool = False
    """Whether it was thought lost, and is found."""
    to_desk: bool = False
    """Whether it belongs in the librarian's hands: found, damaged, or wanted by somebody."""
    is_wanted: bool = False
    """Whether it is put aside for somebody who waits."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """A loan may be kept longer; on disk."""

    loan_id: UUID
    accession: AccessionNumber
    title: str
    due: date


@dataclass(frozen=True, slots=True)
class Renewable:
    """A loan could be kept longer; nothing is written."""

    accession: AccessionNumber
    title: str
    due: date
    """The day it would then be due."""


@dataclass(frozen=True, slots=True)
class DamageNoted:
    """Somebody said that a copy is damaged; on disk."""

    accession: AccessionNumber
    title: str


@dataclass(frozen=True, slots=True)
class Undone:
    """The last act was taken back; on disk."""

    accession: AccessionNumber
    title: str


@dataclass(frozen=True, slots=True)
class LostReported:
    """A copy is being looked for; on disk."""

    case_id: UUID
    accession: AccessionNumber
    title: str
    search_until: date


@dataclass(frozen=True, slots=True)
class HoldMade:
    """A patron waits for a title; on disk."""

    hold_id: UUID
    title: str
    ahead: int
    """How many wait before them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The library says no, and why."""

    reason: Refusal
    code: str = ""
    """The code that was held up, for the "type it again" hint."""
    count: int = 0
    """How many loans stand in the way, where the sentence has a number."""
    title: str = ""
    day: date | None = None
    """From when on it is possible, where the sentence has a day."""


Outcome = PatronKnown | CheckedOut | Returned | Refused
