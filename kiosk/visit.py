"""One reader's visit, from card to slip. No Kivy, no database, no threads, no clock.

::

    Waiting ──card──▶ Serving ──own card, Done, END card, time──▶ Finished ──time──▶ Waiting
       │ ▲                │ another card: the old visit ends, a new one begins      │
       └─┘ book: a return └─ nothing done yet: straight back to Waiting             │
                          ▲                                                         │
                          └────────────── own card again within a minute ───────────┘

A visit is modeless: what a card or a book means follows from who stands there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from db.identifiers import AccessionNumber
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    OpenLoan,
    PatronKnown,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from db.states import LoanKind
from kiosk.rooms import RoomState

Act = CheckedOut | Returned | Renewed
"""What is done in a visit and stays in its list."""


class Paper(StrEnum):
    """How a finished visit stands to its slip of paper; the slip's number is there in any case."""

    NONE = "none"
    """This station prints none, or there is nothing to print."""
    OFFERED = "offered"
    """One is printed when asked for."""
    ASKED = "asked"
    """One is on its way; the printer says how far."""
    ASKED_AGAIN = "asked-again"
    """The same slip once more, and that is enough."""


@dataclass(frozen=True, slots=True)
class RenewedAll:
    """What became of keeping everything longer."""

    renewed: tuple[Renewed, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class HelpCalled:
    """The librarian is asked to come."""


Notice = Refused | Undone | HoldMade | DamageNoted | RenewedAll | HelpCalled
"""An answer that is no entry in the visit's list."""


@dataclass(frozen=True, slots=True)
class Question:
    """A copy the reader has already, and what may be done with it."""

    loan: OpenLoan
    renewal: Renewable | Refused | None
    """Whether it could be kept longer; None for one that is read in the library."""
    in_hand: bool = True
    """Whether the copy itself was held up; one touched in the list may be at home."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody is known. `notice` answers the last thing held up."""

    notice: Notice | Returned | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """A reader is borrowing and returning, one copy after another."""

    visit_id: UUID
    patron: PatronKnown
    acts: tuple[Act, ...] = ()
    """What was done in this visit, oldest first; all of it is on disk."""
    notice: Notice | None = None
    """The answer to the last thing held up or touched, when it is no act."""
    question: Question | None = None
    """What the reader is asked about a copy they have already."""
    has_undone: bool = False
    """Whether an act was taken back: then there is a slip, though perhaps nothing on it."""
    is_resumed: bool = False
    """Whether the reader had just been here."""
    turned: int = 0
    """How often the list of loans was turned to its next page."""

    @property
    def held(self) -> tuple[OpenLoan, ...]:
        """What the reader holds now, soonest due first."""
        return _held(self.patron, self.acts)

    @property
    def taken_home(self) -> int:
        """How many of these count towards the most they may have."""
        return sum(loan.kind is not LoanKind.IN_LIBRARY for loan in self.held)

    def loan(self, accession: AccessionNumber) -> OpenLoan | None:
        """The reader's own loan of a copy."""
        return next((loan for loan in self.held if loan.accession == accession), None)

    def brought_for_another(self, returned: Returned) -> bool:
        """Whether a copy handed in during this visit was on loan to somebody else."""
        before = self.acts[: self.acts.index(returned)] if returned in self.acts else self.acts
        own = {loan.accession for loan in _held(self.patron, before)}
        return returned.was_on_loan and returned.accession not in own


@dataclass(frozen=True, slots=True)
class Finished:
    """The visit is over; says what to remember."""

    visit_id: UUID
    patron: PatronKnown
    acts: tuple[Act, ...]
    slip_number: str = ""
    """Empty until the slip is known."""
    paper: Paper = Paper.NONE

    @property
    def taken(self) -> tuple[CheckedOut, ...]:
        """The copies given out and not handed in again, each once, to take home or to read here."""
        return tuple(act for act in self._last_acts() if isinstance(act, CheckedOut))

    @property
    def lent(self) -> tuple[CheckedOut, ...]:
        """The copies that leave the library, each once."""
        return tuple(act for act in self.taken if act.kind is not LoanKind.IN_LIBRARY)

    @property
    def reading(self) -> tuple[CheckedOut, ...]:
        """The copies that are read here, each once."""
        return tuple(act for act in self.taken if act.kind is LoanKind.IN_LIBRARY)

    @property
    def renewed(self) -> tuple[Renewed, ...]:
        """The copies kept longer, each once, with their newest due day."""
        return tuple(act for act in self._last_acts() if isinstance(act, Renewed))

    @property
    def returned(self) -> tuple[Returned, ...]:
        """The copies handed in and not taken again, each once."""
        return tuple(act for act in self._last_acts() if isinstance(act, Returned))

    @property
    def held(self) -> tuple[OpenLoan, ...]:
        """What the reader holds now, soonest due first."""
        return _held(self.patron, self.acts)

    def _last_acts(self) -> tuple[Act, ...]:
        """What became of each copy in the end, in the order of first touch."""
        last: dict[AccessionNumber, Act] = {}
        for act in self.acts:
            match act, last.get(act.accession):
                case Renewed(due=due), CheckedOut() as lent:
                    last[act.accession] = replace(lent, due=due)
                case _:
                    last[act.accession] = act
        return tuple(last.values())


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """We made a mistake; nobody can be served until it is mended."""


Visit = Waiting | Serving | Finished | OutOfOrder | RoomState


def begin(visit_id: UUID, patron: PatronKnown, *, resumed: bool = False) -> Serving:
    """Open a visit for the reader whose card was shown."""
    return Serving(visit_id, patron, is_resumed=resumed)


def advance(visit: Visit, outcome: Act | Notice) -> Visit:
    """Move the visit on by what the library answered."""
    match visit, outcome:
        case Serving(), CheckedOut() | Returned() | Renewed():
            acts = (*visit.acts, outcome)
            return replace(visit, acts=acts, notice=None, question=None, turned=0)
        case Serving(), Undone():
            acts = visit.acts[:-1]
            return replace(visit, acts=acts, notice=outcome, question=None, has_undone=True)
        case Serving(), RenewedAll():
            acts = (*visit.acts, *outcome.renewed)
            return replace(visit, acts=acts, notice=outcome, question=None, turned=0)
        case Serving(), Refused() | HoldMade() | DamageNoted() | HelpCalled():
            return replace(visit, notice=outcome, question=None)
        case (
            (Waiting() | Finished()),
            (Returned() | Refused() | Undone() | DamageNoted() | HelpCalled()),
        ):
            return Waiting(notice=outcome)
    return visit


def ask(visit: Serving, question: Question) -> Serving:
    """Ask the reader what is to be done with a copy they have already."""
    return replace(visit, question=question, notice=None)


def turn(visit: Serving) -> Serving:
    """Show the next page of the reader's loans."""
    return replace(visit, turned=visit.turned + 1)


def finish(visit: Visit) -> Visit:
    """End the visit: with a farewell if anything was done, else straight to waiting."""
    match visit:
        case Serving(acts=(_, *_)):
            return Finished(visit.visit_id, visit.patron, visit.acts)
        case OutOfOrder():
            return visit
    return Waiting()


def last_returned(visit: Visit) -> Returned | None:
    """The copy handed in last, if that is what the screen shows."""
    match visit:
        case Waiting(notice=Returned() as last):
            return last
        case Serving(acts=(*_, Returned() as last), notice=None, question=None):
            return last
    return None


def _held(patron: PatronKnown, acts: tuple[Act, ...]) -> tuple[OpenLoan, ...]:
    held = {loan.accession: loan for loan in patron.loans}
    for act in acts:
        match act:
            case CheckedOut():
                held[act.accession] = OpenLoan(act.accession, act.title, act.due, act.kind)
            case Renewed() if act.accession in held:
                held[act.accession] = replace(held[act.accession], due=act.due)
            case Returned():
                held.pop(act.accession, None)
    return tuple(sorted(held.values(), key=lambda loan: (loan.due, loan.accession)))
