"""What enters this package: a slip's contents as plain values. Keeps out loans and screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One copy on a slip."""

    title: str
    accession: str
    due: date | None
    """The day it must be back; None for a copy that was handed in."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A slip for one visit. Holds no name and no class: slips are left lying in books."""

    slip_number: str
    """Random, not guessable; printed in clear and as QR."""
    school: str
    station: str
    printed_at: datetime
    """In the school's own time zone."""
    card_ending: str
    """The last four characters of the card number; empty for a slip without a reader."""
    lent: tuple[ReceiptLine, ...] = ()
    returned: tuple[ReceiptLine, ...] = ()
    on_loan_count: int = 0
    """How many copies the reader holds after this visit."""


class PrintOutcome(StrEnum):
    """What became of one slip (see printing measurements: a write that returned proves nothing)."""

    DONE = "done"
    """Every byte was taken."""
    FAILED = "failed"
    """Nothing was sent; it may be tried again."""
    PARTIAL = "partial"
    """Some bytes left; never printed again by itself."""
    EXPIRED = "expired"
    """Waited too long; its reader has gone."""


@dataclass(frozen=True, slots=True)
class PrintReport:
    """The printer thread's word on one slip."""

    slip_number: str
    outcome: PrintOutcome
    reason: str = ""
