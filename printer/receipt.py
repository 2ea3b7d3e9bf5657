"""What enters this package: slips as plain values. Keeps out loans, crates and screens."""

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
    """A slip for one visit. Slips are left lying in books, so as a rule it names nobody."""

    slip_number: str
    """Random, not guessable; printed in clear and as QR."""
    school: str
    station: str
    printed_at: datetime
    """In the school's own time zone."""
    card_ending: str
    """The last four characters of the card number; empty for a slip without a reader."""
    lent: tuple[ReceiptLine, ...] = ()
    renewed: tuple[ReceiptLine, ...] = ()
    """Copies kept longer, with their new due dates."""
    returned: tuple[ReceiptLine, ...] = ()
    on_loan_count: int = 0
    """How many copies the reader holds after this visit."""
    reader: str = ""
    """The reader's name; empty unless the school wants it printed."""
    homeroom: str = ""
    """The reader's class; empty unless the school wants it printed."""
    is_reprint: bool = False
    """Whether it was on paper before, wholly or perhaps: stamped IN LẠI."""
    is_large: bool = False
    """Whether it is in large letters: due dates, titles and the number only."""


@dataclass(frozen=True, slots=True)
class CrateOut:
    """The manifest that goes with a crate to a class corner."""

    number: str
    """Of the voucher."""
    school: str
    station: str
    printed_at: datetime
    corner: str
    keeper: str
    """The teacher who answers for it."""
    due: date
    copies: tuple[ReceiptLine, ...]
    code: str = ""
    """What its QR says, to bring the crate back with; left empty, the voucher's number."""


@dataclass(frozen=True, slots=True)
class CrateBack:
    """The receipt for a crate that came back, with what did not."""

    number: str
    school: str
    station: str
    printed_at: datetime
    corner: str
    keeper: str
    back: tuple[ReceiptLine, ...]
    missing: tuple[ReceiptLine, ...]
    strange: tuple[ReceiptLine, ...] = ()
    """Copies that were in it and not on its manifest."""


@dataclass(frozen=True, slots=True)
class DaySummary:
    """One day at one station, for the librarian."""

    school: str
    station: str
    printed_at: datetime
    day: date
    visits: int
    lent: int
    renewed: int
    returned: int
    returned_late: int
    on_loan: int
    overdue: int
    slips_unprinted: int
    waiting_events: int
    """Acts the hub has not been told of."""
    notes: tuple[str, ...] = ()
    """What to look at, a sentence each."""


@dataclass(frozen=True, slots=True)
class ProofPage:
    """A page to try a printer with: rulers, every Vietnamese letter, black and fine lines."""

    station: str
    printed_at: datetime
    settings: tuple[str, ...] = ()
    """What it was printed with beside its width, a line each."""


Slip = Receipt | CrateOut | CrateBack | DaySummary | ProofPage


class PrintOutcome(StrEnum):
    """What became of one slip (see printing measurements: a write that returned proves nothing)."""

    DONE = "done"
    """The printer said that it has worked through all of it."""
    UNCONFIRMED = "unconfirmed"
    """Every byte was taken by a printer that never answers."""
    HELD = "held"
    """Nothing was sent; it is tried again."""
    PARTIAL = "partial"
    """Some bytes left and no more were taken; never printed again by itself."""
    UNKNOWN = "unknown"
    """All or some left and nobody knows what is on paper; never printed again by itself."""
    EXPIRED = "expired"
    """Waited too long; its reader has gone."""
    FAILED = "failed"
    """A mistake of ours; nothing was sent."""


class Trouble(StrEnum):
    """What keeps a printer from printing."""

    ABSENT = "absent"
    """Off, unplugged, or not where the settings say."""
    NOT_A_PRINTER = "not-a-printer"
    """Something else stands in its place: a file, a pipe."""
    FORBIDDEN = "forbidden"
    """This account may not use it."""
    PAPER_OUT = "paper-out"
    COVER_OPEN = "cover-open"
    OFFLINE = "offline"
    STUCK = "stuck"
    """Took nothing for longer than any printing lasts."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a printer says of itself."""

    answers: bool = False
    trouble: Trouble | None = None
    paper_low: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one slip, and how the printer is."""

    outcome: PrintOutcome
    trouble: Trouble | None = None
    reason: str = ""
    paper_low: bool = False


@dataclass(frozen=True, slots=True)
class PrintReport:
    """The printer thread's word on one slip."""

    slip_number: str
    outcome: PrintOutcome
    trouble: Trouble | None = None
    """What was in the way; None for what went well, and where nobody knows."""
    reason: str = ""
    """For the log: what the system said."""


@dataclass(frozen=True, slots=True)
class PrinterNews:
    """The printer thread's word on the printer, told whenever it changes."""

    trouble: Trouble | None = None
    """None while it prints, or says nothing of itself."""
    paper_low: bool = False
