"""What the library answers: plain values that cross threads. No database, no wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from db.identifiers import AccessionNumber, CardNumber


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
    ISBN_NOT_LABEL = "isbn-not-label"
    MALFORMED_CARD = "malformed-card"
    MALFORMED_LABEL = "malformed-label"
    UNKNOWN_CODE = "unknown-code"
    TWO_CODES = "two-codes"


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """One copy a patron holds."""

    accession: AccessionNumber
    title: str
    due: date


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

    @property
    def given_name(self) -> str:
        """The last word of a Vietnamese full name."""
        return self.name.rsplit(" ", maxsplit=1)[-1]


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """One copy was lent; the loan is on disk."""

    loan_id: UUID
    accession: AccessionNumber
    title: str
    authors: str
    lent_at: datetime
    due: date


@dataclass(frozen=True, slots=True)
class Returned:
    """One copy was handed in; on disk. Says nothing of who had it."""

    accession: AccessionNumber
    title: str
    authors: str
    returned_at: datetime
    was_on_loan: bool
    days_overdue: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The library says no, and why."""

    reason: Refusal
    code: str = ""
    """The code that was held up, for the "type it again" hint."""
    count: int = 0
    """How many loans stand in the way, where the sentence has a number."""
    title: str = ""


Outcome = PatronKnown | CheckedOut | Returned | Refused
