"""The words on the wire between kiosk and hub. Keeps out databases and HTTP.

A batch is a run of one kiosk database's events without a gap. Facts are complete:
the hub needs nothing but the event to record it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from db.states import (
    CaseKind,
    ClockQuality,
    CopyState,
    Damage,
    DueReason,
    HoldEnd,
    LoanKind,
    Settlement,
    Verdict,
)

PROTOCOL = 2
"""Version of these messages. 1: events only, their times as the station's own clock had them."""

OLDEST_PROTOCOL = max(1, PROTOCOL - 2)
"""The hub is updated first: it speaks its own version and the two before."""

BATCH_LIMIT = 1000
"""Events in one message."""


PAGE_LIMIT = 5000
"""Rows in one page: a transaction of a tenth of a second at a station."""

Scalar = str | int | float | None
"""A value as SQLite keeps it."""


class Message(BaseModel):
    """Parsed at the door; unknown fields of later versions are kept out of the way."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OverrideTold(Message):
    """A librarian let through what the rules refused."""

    refusal: str
    reason: str
    author: str


class ConditionTold(Message):
    """What somebody saw of a copy's condition."""

    note_id: UUID
    damage: Damage | None = None
    note: str = ""


class HoldKept(Message):
    """A copy handed in was put aside for whoever waits for it."""

    hold_id: UUID
    keep_until: date


class CopyLent(Message):
    """A copy left with a patron, for home or for a table in the library."""

    type: Literal["copy-lent"] = "copy-lent"
    loan_id: UUID
    copy_id: UUID
    accession: str
    patron_id: UUID
    card: str
    lent_at: AwareDatetime
    due: date
    visit_id: UUID | None
    kind: LoanKind = LoanKind.TAKE_HOME
    set_loan_id: UUID | None = None
    hold_id: UUID | None = None
    """The hold that it fulfils."""
    override: OverrideTold | None = None
    condition: ConditionTold | None = None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.lent_at


class CopyReturned(Message):
    """A copy was handed in; `loan_id` is missing when the kiosk knew of no loan."""

    type: Literal["copy-returned"] = "copy-returned"
    loan_id: UUID | None
    copy_id: UUID
    accession: str
    returned_at: AwareDatetime
    handed_in_by: UUID | None = None
    """Who brought it, where that was somebody else than the borrower (trả hộ)."""
    kept: HoldKept | None = None
    found: bool = False
    """Whether it was thought lost; then nobody wonders whose loan it was."""
    settled: bool = False
    """Whether nothing was handed in: the loan ended because its lost copy was settled for."""
    condition: ConditionTold | None = None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.returned_at


class CopyFact(Message):
    """What the facts below have in common."""

    copy_id: UUID
    accession: str
    at: AwareDatetime


class LoanUndone(CopyFact):
    """A loan was taken back at once: it never was."""

    type: Literal["loan-undone"] = "loan-undone"
    loan_id: UUID
    hold_id: UUID | None = None
    """The hold that waits again."""


class ReturnUndone(CopyFact):
    """A return was taken back at once: the loan goes on."""

    type: Literal["return-undone"] = "return-undone"
    loan_id: UUID
    hold_id: UUID | None = None
    """The hold that waits again."""


class DueMoved(CopyFact):
    """A loan is due on another day: renewed, recalled, or the copy is being looked for."""

    type: Literal["due-moved"] = "due-moved"
    change_id: UUID
    loan_id: UUID
    old_due: date
    new_due: date
    reason: DueReason


class CaseOpened(CopyFact):
    """A copy is lost or damaged."""

    type: Literal["case-opened"] = "case-opened"
    case_id: UUID
    kind: CaseKind
    loan_id: UUID | None = None
    damage: Damage | None = None
    note: str = ""
    search_until: date | None = None
    state: CopyState
    """What the copy is from then on."""


class CaseSettled(CopyFact):
    """A lost or damaged copy was found, replaced, or let be."""

    type: Literal["case-settled"] = "case-settled"
    case_id: UUID
    settlement: Settlement
    author: str = ""
    replacement_id: UUID | None = None
    state: CopyState
    """What the copy is from then on."""


class CopyChanged(CopyFact):
    """A copy's state or place is another."""

    type: Literal["copy-changed"] = "copy-changed"
    change_id: UUID
    state: CopyState
    corner_id: UUID | None = None
    reason: str = ""
    author: str = ""


class HoldPlaced(Message):
    """A patron waits for a copy of an edition."""

    type: Literal["hold-placed"] = "hold-placed"
    hold_id: UUID
    edition_id: UUID
    patron_id: UUID
    at: AwareDatetime


class HoldEnded(Message):
    """A patron waits no longer."""

    type: Literal["hold-ended"] = "hold-ended"
    hold_id: UUID
    how: HoldEnd
    at: AwareDatetime


class TitleWished(Message):
    """A reader would like the library to buy a title."""

    type: Literal["title-wished"] = "title-wished"
    wish_id: UUID
    """Made of the title, so that stations which do not know of each other give it one name."""
    title: str = Field(min_length=1, max_length=100)
    patron_id: UUID
    at: AwareDatetime


class SetLent(Message):
    """A textbook set was begun for a patron; its copies follow as facts of their own."""

    type: Literal["set-lent"] = "set-lent"
    set_loan_id: UUID
    template_id: UUID
    patron_id: UUID
    school_year: str
    at: AwareDatetime


class CrateSent(Message):
    """Copies went to a class corner together."""

    type: Literal["crate-sent"] = "crate-sent"
    crate_id: UUID
    number: str
    corner_id: UUID
    copy_ids: tuple[UUID, ...]
    due: date
    author: str = ""
    at: AwareDatetime


class CrateBack(Message):
    """Copies of a crate came back from their corner, all of them or some."""

    type: Literal["crate-back"] = "crate-back"
    crate_id: UUID
    copy_ids: tuple[UUID, ...]
    author: str = ""
    handed_in_by: UUID | None = None
    """Who brought them, where that was seen."""
    at: AwareDatetime


class CardIssued(Message):
    """A reader has a new card; those they had count no longer."""

    type: Literal["card-issued"] = "card-issued"
    patron_id: UUID
    card: str
    author: str = ""
    at: AwareDatetime


class PinSet(Message):
    """Somebody of the library has another PIN; only its hash is anywhere."""

    type: Literal["pin-set"] = "pin-set"
    patron_id: UUID
    pin_hash: str
    author: str = ""
    at: AwareDatetime


class ShelfSeen(Message):
    """The librarian held copies up at a station: a count that goes on has seen them."""

    type: Literal["shelf-seen"] = "shelf-seen"
    copy_ids: tuple[UUID, ...]
    author: str
    at: AwareDatetime


class StaffActed(Message):
    """The librarian did or looked at something at a station; names stay out."""

    type: Literal["staff-acted"] = "staff-acted"
    entry_id: UUID
    author: str
    act: str
    subject_id: UUID | None = None
    detail: str = ""
    at: AwareDatetime


Fact = Annotated[
    CopyLent
    | CopyReturned
    | LoanUndone
    | ReturnUndone
    | DueMoved
    | CaseOpened
    | CaseSettled
    | CopyChanged
    | HoldPlaced
    | HoldEnded
    | TitleWished
    | SetLent
    | CrateSent
    | CrateBack
    | CardIssued
    | PinSet
    | ShelfSeen
    | StaffActed,
    Field(discriminator="type"),
]
"""Every kind of fact this version can apply; others are recorded and set aside."""


class WireEvent(Message):
    """One outbox event; `payload` stays raw so that a fact of a later version is not lost."""

    seq: int = Field(ge=1)
    event_id: UUID
    type: str = Field(max_length=32)
    happened_at: AwareDatetime
    payload: dict[str, Any]
    corrected_at: AwareDatetime | None = None
    """When it happened by the hub's clock, where the station could tell (since version 2)."""
    spread_s: int = Field(default=0, ge=0, le=10**9)
    """By how many seconds that may be wrong either way."""
    clock: ClockQuality | None = None


class Batch(Message):
    """A run of events, in order and without a gap."""

    protocol: int = 1
    incarnation: UUID
    events: tuple[WireEvent, ...] = Field(max_length=BATCH_LIMIT)


class EventVerdict(Message):
    """What became of one event."""

    seq: int
    verdict: Verdict


class BatchTaken(Message):
    """The hub's answer, given only after its commit."""

    acked_seq: int
    """The hub holds every event of this stream up to here."""
    verdicts: tuple[EventVerdict, ...] = ()
    safe_seq: int = 0
    """The hub's newest verified backup holds every event up to here."""


class Health(Message):
    """What a station says of itself when it asks how far the hub is."""

    version: str = ""
    """Of its program."""
    printer: str = ""
    """What keeps its printer from printing; empty while nothing is known to; `none` without one."""
    paper_low: bool = False
    camera: str = ""
    """`seeing`, `lost` or `none`."""


class StreamPosition(Message):
    """How far the hub has one kiosk database's events; 0 for one it never met."""

    acked_seq: int
    event_id: UUID | None = None
    """The event it has there; another one at the kiosk means that the two have parted."""
    safe_seq: int = 0
    now: AwareDatetime | None = None
    """The hub's clock; None from a hub of version 1."""
    newest_protocol: int = 1
    """The latest version the hub speaks."""


class StreamForked(Message):
    """A number of the batch is known as another event: the station's file is a copy."""

    forked_seq: int


class WrongVersion(Message):
    """The hub does not speak the station's version of the messages."""

    oldest: int
    newest: int


class Rows(Message):
    """Rows of one table, column by column: most columns say the same again and again."""

    kind: str
    columns: dict[str, list[Scalar]]
    gone: list[list[Scalar]] = []
    """Keys of rows that are not told, or no longer."""


class Page(Message):
    """A stretch of the hub's changes, read in one snapshot."""

    school_id: int
    timeline: UUID
    """The hub's present history; the cursor counts in it from now on."""
    from_start: bool
    """Whether this page follows on nothing: the cursor asked with was not of this history."""
    cursor: int
    """What is told up to here, with what came before."""
    complete: bool
    """Whether nothing more was there to tell."""
    acked_seq: int
    """The asking station's events up to here are in what is told."""
    now: AwareDatetime
    tables: list[Rows]


class BatchOutOfOrder(Message):
    """The batch does not follow on; send again from `expected_seq`."""

    expected_seq: int
