"""What a reader does at the station: each act asks the library once and gives the next visit.

Keeps out threads, time and devices, and how a visit begins and ends: those are the clerk's.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from db.identifiers import AccessionNumber, Command
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    OpenLoan,
    Refusal,
    Refused,
    Renewed,
    Returned,
    Undone,
)
from db.states import LoanKind
from kiosk.doors import LendingDesk
from kiosk.events import (
    HoldPressed,
    LoanPressed,
    MoreLoansPressed,
    ReadHerePressed,
    RenewAllPressed,
    RenewPressed,
    ReturnPressed,
    Wear,
)
from kiosk.visit import (
    Act,
    Question,
    RenewedAll,
    Serving,
    Visit,
    advance,
    ask,
    turn,
)

READABLE = frozenset(
    {
        Refusal.REFERENCE_ONLY,
        Refusal.HAS_OVERDUE,
        Refusal.TOO_MANY_LOANS,
        Refusal.NOT_LENT,
        Refusal.NOT_IN_SUMMER,
        Refusal.LEAVERS_NOT_IN_SUMMER,
    }
)
"""Why a copy may not go home, though it may be read here (docs/rules.md 19)."""

RETURNABLE = frozenset(
    {Refusal.ON_LOAN, Refusal.ALREADY_YOURS, Refusal.CLOSED_NOW, Refusal.LENDING_PAUSED}
)
"""Why a copy is not lent, though whoever holds it up may hand it in (docs/rules.md 15 and 30)."""

ReaderTouch = (
    ReturnPressed
    | LoanPressed
    | RenewPressed
    | RenewAllPressed
    | ReadHerePressed
    | MoreLoansPressed
    | HoldPressed
)


@dataclass(frozen=True, slots=True)
class Step:
    """Where an act has led."""

    visit: Visit
    done: tuple[Act | Undone | DamageNoted | HoldMade, ...] = ()
    """What is on disk since."""


class Acts:
    """The acts of readers, on the library's records."""

    def __init__(self, desk: LendingDesk) -> None:
        self._desk = desk

    def hold_up(self, visit: Visit, accession: AccessionNumber, *, paused: bool) -> Step:
        """Answer a copy: at the idle screen it comes back, in a visit it is lent or asked about.

        Args:
            visit: Who stands there.
            accession: The copy's number.
            paused: Whether lending rests at this station.
        """
        if not isinstance(visit, Serving):
            return _step(visit, self._desk.check_in(accession))
        loan = visit.loan(accession)
        if loan is not None:
            return Step(self._ask(visit, loan, in_hand=True))
        if paused:
            return _step(visit, Refused(Refusal.LENDING_PAUSED, accession))
        return _step(visit, self._desk.check_out(visit.patron, accession, visit.visit_id))

    def touch(self, visit: Visit, event: ReaderTouch) -> Step:
        """Answer a touch; one that was meant for a state that has gone by does nothing."""
        if not isinstance(visit, Serving):
            return _step(visit, Refused(Refusal.CARD_FIRST)) if _is_wish(event) else Step(visit)
        match event:
            case MoreLoansPressed():
                return Step(turn(visit))
            case HoldPressed(edition_id):
                return _step(visit, self._desk.place_hold(visit.patron, edition_id))
            case RenewAllPressed():
                return self._renew_all(visit)
            case LoanPressed(accession):
                loan = visit.loan(accession)
                return Step(visit if loan is None else self._ask(visit, loan, in_hand=False))
            case RenewPressed(accession) if visit.loan(accession) is not None:
                return self._renew(visit, accession)
            case ReturnPressed(accession) if accession == returnable(visit):
                return self._check_in(visit, accession)
            case ReadHerePressed(accession) if accession == readable(visit):
                return self._read_here(visit, accession)
        return Step(visit)

    def command(self, visit: Visit, command: Command) -> Step:
        """Answer a command card about a copy: what a touch would do, for those who cannot."""
        if not isinstance(visit, Serving):
            wants = Refusal.BOOK_FIRST if command is Command.RETURN else Refusal.CARD_FIRST
            return _step(visit, Refused(wants))
        if command is Command.RENEW:
            asked = visit.question
            return self._renew(visit, asked.loan.accession) if asked else self._renew_all(visit)
        accession = returnable(visit) if command is Command.RETURN else readable(visit)
        if accession is None:
            return _step(visit, Refused(Refusal.BOOK_FIRST))
        act = self._check_in if command is Command.RETURN else self._read_here
        return act(visit, accession)

    def take_back(self, visit: Visit, act: CheckedOut | Returned) -> Step:
        """Undo what was done last."""
        return _step(visit, self._desk.undo(act))

    def note_wear(self, visit: Visit, copy: Returned, wear: Wear) -> Step:
        """Keep what is said of the copy handed in last."""
        return _step(visit, self._desk.note_damage(copy, wear.value))

    def _ask(self, visit: Serving, loan: OpenLoan, *, in_hand: bool) -> Serving:
        renewal = None
        if loan.kind is not LoanKind.IN_LIBRARY:
            renewal = self._desk.could_renew(visit.patron, loan.accession)
        return ask(visit, Question(loan, renewal, in_hand))

    def _check_in(self, visit: Serving, accession: AccessionNumber) -> Step:
        giver = visit.patron.patron_id
        return _step(visit, self._desk.check_in(accession, visit.visit_id, giver))

    def _read_here(self, visit: Serving, accession: AccessionNumber) -> Step:
        return _step(visit, self._desk.read_here(visit.patron, accession, visit.visit_id))

    def _renew(self, visit: Serving, accession: AccessionNumber) -> Step:
        return _step(visit, self._desk.renew(visit.patron, accession, visit.visit_id))

    def _renew_all(self, visit: Serving) -> Step:
        """Each loan by itself: what cannot be kept longer does not stop the others."""
        answers = [
            self._desk.renew(visit.patron, loan.accession, visit.visit_id)
            for loan in visit.held
            if loan.kind is not LoanKind.IN_LIBRARY
        ]
        renewed = tuple(answer for answer in answers if isinstance(answer, Renewed))
        refused = tuple(answer for answer in answers if isinstance(answer, Refused))
        return Step(advance(visit, RenewedAll(renewed, refused)), renewed)


def returnable(visit: Serving) -> AccessionNumber | None:
    """The copy held up last, if the reader may be asked whether to hand it in."""
    match visit:
        case Serving(question=Question(loan=loan, in_hand=True)):
            return loan.accession
        case Serving(notice=Refused(reason=reason, code=code)) if code and reason in RETURNABLE:
            return AccessionNumber(code)
    return None


def readable(visit: Serving) -> AccessionNumber | None:
    """The copy held up last, if it may be read here though not taken home."""
    match visit.notice:
        case Refused(reason=reason, code=code) if code and reason in READABLE:
            return AccessionNumber(code)
    return None


def undoable(done: Act | Undone | DamageNoted | HoldMade) -> CheckedOut | Returned | None:
    """What may be taken back for some seconds; a copy that nobody had was not returned."""
    match done:
        case CheckedOut() | Returned(loan_id=UUID(), was_lost=False):
            return done
    return None


def _step(visit: Visit, outcome: Act | Undone | DamageNoted | HoldMade | Refused) -> Step:
    if isinstance(outcome, Refused):
        return Step(advance(visit, outcome))
    return Step(advance(visit, outcome), (outcome,))


def _is_wish(event: ReaderTouch) -> bool:
    """Whether a touch makes sense without a visit, and only needs a card."""
    return isinstance(event, HoldPressed)
