"""One reader's visit, from card to slip. No Kivy, no database, no threads, no clock.

::

    Waiting ──card──▶ Serving ──own card, Done, END card, time──▶ Finished ──time──▶ Waiting
       │ ▲                │ another card: the old visit ends, a new one begins
       └─┘ book: a return └─ nothing done yet: straight back to Waiting

A visit is modeless: what a card or a book means follows from who stands there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from db.outcomes import CheckedOut, OpenLoan, PatronKnown, Refused, Returned
from kiosk.rooms import RoomState


class Paper(StrEnum):
    """How a finished visit stands to its slip of paper; the slip's number is there in any case."""

    NONE = "none"
    """This station prints none."""
    OFFERED = "offered"
    """One is printed when asked for."""
    ASKED = "asked"
    """One is on its way; the printer says how far."""
    ASKED_AGAIN = "asked-again"
    """The same slip once more, and that is enough."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody is known. `notice` answers the last thing held up."""

    notice: Refused | Returned | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """A reader is borrowing and returning, one copy after another."""

    visit_id: UUID
    patron: PatronKnown
    acts: tuple[CheckedOut | Returned, ...] = ()
    """What was done in this visit, oldest first; all of it is on disk."""
    notice: Refused | None = None
    """The answer to the last thing held up, when it was no."""

    @property
    def held(self) -> tuple[OpenLoan, ...]:
        """What the reader holds now, soonest due first."""
        return _held(self.patron, self.acts)


@dataclass(frozen=True, slots=True)
class Finished:
    """The visit is over; says what to remember."""

    visit_id: UUID
    patron: PatronKnown
    acts: tuple[CheckedOut | Returned, ...]
    slip_number: str = ""
    """Empty until the slip is known."""
    paper: Paper = Paper.NONE

    @property
    def lent(self) -> tuple[CheckedOut, ...]:
        """The copies that left and are still out, each once."""
        return tuple(act for act in self._last_acts() if isinstance(act, CheckedOut))

    @property
    def returned(self) -> tuple[Returned, ...]:
        """The copies handed in and not taken again, each once."""
        return tuple(act for act in self._last_acts() if isinstance(act, Returned))

    @property
    def held(self) -> tuple[OpenLoan, ...]:
        """What the reader holds now, soonest due first."""
        return _held(self.patron, self.acts)

    def _last_acts(self) -> Iterable[CheckedOut | Returned]:
        """What became of each copy in the end, in the order of first touch."""
        return {act.accession: act for act in self.acts}.values()


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """We made a mistake; nobody can be served until it is mended."""


Visit = Waiting | Serving | Finished | OutOfOrder | RoomState


def begin(visit_id: UUID, patron: PatronKnown) -> Serving:
    """Open a visit for the reader whose card was shown."""
    return Serving(visit_id, patron)


def advance(visit: Visit, outcome: CheckedOut | Returned | Refused) -> Visit:
    """Move the visit on by what circulation answered about a book or a code."""
    match visit, outcome:
        case Serving(), CheckedOut() | Returned():
            return replace(visit, acts=(*visit.acts, outcome), notice=None)
        case Serving(), Refused():
            return replace(visit, notice=outcome)
        case ((Waiting() | Finished()), (Returned() | Refused())):
            return Waiting(notice=outcome)
    return visit


def finish(visit: Visit) -> Visit:
    """End the visit: with a farewell if anything was done, else straight to waiting."""
    match visit:
        case Serving(acts=(_, *_)):
            return Finished(visit.visit_id, visit.patron, visit.acts)
        case OutOfOrder():
            return visit
    return Waiting()


def _held(patron: PatronKnown, acts: tuple[CheckedOut | Returned, ...]) -> tuple[OpenLoan, ...]:
    held = {loan.accession: loan for loan in patron.loans}
    for act in acts:
        if isinstance(act, CheckedOut):
            held[act.accession] = OpenLoan(act.accession, act.title, act.due)
        else:
            held.pop(act.accession, None)
    return tuple(sorted(held.values(), key=lambda loan: (loan.due, loan.accession)))
