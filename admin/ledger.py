"""Enters facts into the school's loans. Keeps out streams, batches and HTTP.

A fact has happened, so it is never refused (design invariant 4): the book has left the room,
or lies on the returns shelf. Kiosks work offline and arrive in any order, so a fact may
contradict what is written already. It is then entered beside it, and a discrepancy asks the
librarian (sync report, B1):

* the copy is on loan to the same patron: one loan goes on, begun at the earlier moment and due
  on the later day (nobody's slip may promise too much); the other ends when it began;
* the copy is on loan to another patron: what arrived first stays current, the newcomer is disputed;
* a return ends every loan of the copy that began by then, and the one it names in any case: the
  book is here, whichever loan its kiosk knew of;
* a copy being read at a table is nobody's: its loan ends when another begins;
* a return without a loan waits for a loan that left earlier but arrives later, from another
  stream: within one, what arrives later left later, whatever the clock said. A copy handed in
  again and again at one kiosk waits once, as of the last time;
* a due day that was moved at two kiosks is the later one, a recall's excepted;
* a return that was taken back where the copy has gone to another meanwhile is disputed.

What else facts tell, of copies, holds, cases, sets and crates, is folded in as at the kiosk
(`db.folding`); one that speaks of something unknown here is a discrepancy.

Facts are entered one after another, so that a copy may go out, in and out again in one batch.
Statements are built once, for speed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Row, and_, bindparam, insert, or_, select, update

from admin.kiosks import KnownKiosk
from db.folding import Fold, OtherFact
from db.ids import new_id
from db.models import Copy, Discrepancy, Loan, Patron, SetLoan
from db.states import DiscrepancyKind, DueReason, LoanKind, Verdict
from db.sync.messages import CopyLent, CopyReturned, DueMoved, Fact, ReturnUndone

LoanFields = Row[UUID, UUID, datetime, date, datetime | None, LoanKind]
"""A row of `_LOAN` or `_CURRENT_LOAN`."""

ACCESSION_LENGTH = 16
"""Characters a discrepancy keeps of an accession number; ours are shorter."""

_SCHOOL: BindParameter[int] = bindparam("of_school")
_HAS_COPY = (
    select(Copy.id)
    .where(Copy.school_id == _SCHOOL, Copy.id == bindparam("of_copy"))
    .with_for_update()  # on a server, two kiosks' batches take turns at a copy
)
_HAS_PATRON = select(Patron.id).where(Patron.school_id == _SCHOOL, Patron.id == bindparam("who"))
_HAS_SET = select(SetLoan.id).where(SetLoan.school_id == _SCHOOL, SetLoan.id == bindparam("of_set"))
_FIELDS = select(
    Loan.id, Loan.patron_id, Loan.lent_at, Loan.due, Loan.returned_at, Loan.kind
).where(Loan.school_id == _SCHOOL, Loan.copy_id == bindparam("of_copy"))
_LOAN = _FIELDS.where(Loan.id == bindparam("of_loan"))
_CURRENT_LOAN = _FIELDS.where(Loan.returned_at.is_(None), ~Loan.disputed)
_LEND = insert(Loan)
_OF_LOAN = update(Loan).where(Loan.school_id == _SCHOOL, Loan.id == bindparam("of_loan"))
_CLOSE = _OF_LOAN.values(returned_at=bindparam("at"))
_BROUGHT_BY = _OF_LOAN.values(handed_in_by=bindparam("giver"))
_DISPUTE = _OF_LOAN.values(returned_at=None, disputed=True)
_HAND_IN = (
    update(Loan)
    .where(
        Loan.school_id == _SCHOOL,
        Loan.copy_id == bindparam("of_copy"),
        Loan.returned_at.is_(None),
        or_(Loan.id == bindparam("named"), Loan.lent_at <= bindparam("at")),
    )
    .values(returned_at=bindparam("at"))
)
_PROLONG = _OF_LOAN.values(due=bindparam("until"))
_OF_STREAM = and_(
    Discrepancy.kiosk_id == bindparam("by_kiosk"),
    Discrepancy.incarnation == bindparam("in_stream"),
)
_UNMATCHED = and_(
    Discrepancy.school_id == _SCHOOL,
    Discrepancy.accession == bindparam("number"),
    Discrepancy.kind == DiscrepancyKind.RETURN_UNMATCHED,
    Discrepancy.settled_at.is_(None),
)
_UNMATCHED_RETURN = (
    select(Discrepancy.id, Discrepancy.happened_at)
    .where(_UNMATCHED, ~_OF_STREAM, Discrepancy.happened_at >= bindparam("since"))
    .order_by(Discrepancy.happened_at)
    .limit(1)
)
_REFRESH = (
    update(Discrepancy)
    .where(_UNMATCHED, _OF_STREAM)
    .values(event_id=bindparam("of_event"), happened_at=bindparam("at"))
)
_SETTLE = (
    update(Discrepancy)
    .where(Discrepancy.school_id == _SCHOOL, Discrepancy.id == bindparam("of_discrepancy"))
    .values(settled_at=bindparam("at"))
)
_NOTE = insert(Discrepancy)
_TOLD_ANEW = (
    update(Discrepancy)
    .where(
        Discrepancy.school_id == _SCHOOL,
        Discrepancy.kiosk_id == bindparam("by_kiosk"),
        Discrepancy.event_id.in_(bindparam("of_events", expanding=True)),
    )
    .values(incarnation=bindparam("in_stream"))
)


class Ledger:
    """The loans of one school as a kiosk's stream tells of them, in the caller's transaction."""

    def __init__(
        self, connection: Connection, kiosk: KnownKiosk, incarnation: UUID, now: datetime
    ) -> None:
        self._connection = connection
        self._school_id = kiosk.school_id
        self._kiosk_id = kiosk.id
        self._incarnation = incarnation
        self._stream = {"by_kiosk": kiosk.id, "in_stream": incarnation}
        self._fold = Fold(connection, kiosk.school_id)
        self._now = now

    def enter(self, event_id: UUID, fact: Fact) -> Verdict:
        """Enter one fact, and say what it came to."""
        match fact:
            case CopyLent():
                return self._lend(event_id, fact)
            case CopyReturned():
                return self._take_back(event_id, fact)
            case DueMoved():
                return self._move_due(event_id, fact)
            case ReturnUndone():
                return self._undo_return(event_id, fact)
            case _:
                return self._fold_in(event_id, fact)

    def hear_again(self, event_ids: Collection[UUID]) -> None:
        """Know that this stream, too, tells of these events before all that follows in it."""
        self._do(_TOLD_ANEW, **self._stream, of_events=list(event_ids))

    def _lend(self, event_id: UUID, fact: CopyLent) -> Verdict:
        if not (self._first(_HAS_COPY, of_copy=fact.copy_id) and self._has_patron(fact)):
            return self._note_unknown(event_id, fact, fact.lent_at)
        if self._loan(fact.loan_id, fact.copy_id) is not None:
            return Verdict.DUPLICATE
        current = self._end_reading(self._current_loan(fact.copy_id), fact)
        verdict = Verdict.APPLIED
        if (ended_at := self._settle_return(fact)) is not None:
            self._insert(fact, returned_at=ended_at)
        elif current is None:
            self._insert(fact)
        elif current.patron_id == fact.patron_id:
            self._join(current, fact)
        else:
            self._insert(fact, disputed=True)
            self._note(DiscrepancyKind.LENT_TWICE, event_id, fact, fact.lent_at)
            verdict = Verdict.APPLIED_WITH_DISCREPANCY
        self._fold.go_with_loan(fact)
        return verdict

    def _take_back(self, event_id: UUID, fact: CopyReturned) -> Verdict:
        if not self._first(_HAS_COPY, of_copy=fact.copy_id):
            return self._note_unknown(event_id, fact, fact.returned_at)
        self._fold.go_with_return(fact)
        if self._do(_HAND_IN, of_copy=fact.copy_id, named=fact.loan_id, at=fact.returned_at):
            if fact.loan_id is not None and fact.handed_in_by is not None:
                self._do(_BROUGHT_BY, of_loan=fact.loan_id, giver=fact.handed_in_by)
            return Verdict.APPLIED
        if fact.loan_id is None or self._loan(fact.loan_id, fact.copy_id) is None:
            self._await_loan(event_id, fact)
        return Verdict.RECORDED_ONLY

    def _move_due(self, event_id: UUID, fact: DueMoved) -> Verdict:
        loan = self._loan(fact.loan_id, fact.copy_id)
        if loan is not None and fact.reason is not DueReason.RECALLED:
            fact = fact.model_copy(update={"new_due": max(loan.due, fact.new_due)})
        return self._fold_in(event_id, fact)

    def _undo_return(self, event_id: UUID, fact: ReturnUndone) -> Verdict:
        loan, current = self._loan(fact.loan_id, fact.copy_id), self._current_loan(fact.copy_id)
        if loan is None or current is None or current.id == loan.id:
            return self._fold_in(event_id, fact)
        self._do(_DISPUTE, of_loan=loan.id)
        self._note(DiscrepancyKind.LENT_TWICE, event_id, fact, fact.at)
        return Verdict.APPLIED_WITH_DISCREPANCY

    def _fold_in(self, event_id: UUID, fact: OtherFact) -> Verdict:
        if self._fold.enter(fact):
            return Verdict.APPLIED
        return self._note_unknown(event_id, fact, fact.at)

    def _end_reading(self, current: LoanFields | None, fact: CopyLent) -> LoanFields | None:
        if current is None or current.kind is not LoanKind.IN_LIBRARY:
            return current
        self._do(_CLOSE, of_loan=current.id, at=max(current.lent_at, fact.lent_at))
        return None

    def _join(self, current: LoanFields, fact: CopyLent) -> None:
        due = max(current.due, fact.due)
        if current.lent_at <= fact.lent_at:
            self._do(_PROLONG, of_loan=current.id, until=due)
            self._insert(fact, returned_at=fact.lent_at)
        else:
            self._do(_CLOSE, of_loan=current.id, at=current.lent_at)
            self._insert(fact, due=due)

    def _has_patron(self, fact: CopyLent) -> bool:
        return self._first(_HAS_PATRON, who=fact.patron_id) is not None

    def _has_set(self, fact: CopyLent) -> bool:
        if fact.set_loan_id is None:
            return False
        return self._first(_HAS_SET, of_set=fact.set_loan_id) is not None

    def _loan(self, loan_id: UUID, copy_id: UUID) -> LoanFields | None:
        loan: LoanFields | None = self._first(_LOAN, of_loan=loan_id, of_copy=copy_id)
        return loan

    def _current_loan(self, copy_id: UUID) -> LoanFields | None:
        """The copy's open and undisputed loan; there is one at most."""
        loan: LoanFields | None = self._first(_CURRENT_LOAN, of_copy=copy_id)
        return loan

    def _settle_return(self, fact: CopyLent) -> datetime | None:
        """The moment of the first unmatched return that this loan explains, now settled."""
        number = fact.accession[:ACCESSION_LENGTH]
        found = self._first(_UNMATCHED_RETURN, **self._stream, number=number, since=fact.lent_at)
        if found is None:
            return None
        self._do(_SETTLE, of_discrepancy=found.id, at=self._now)
        ended_at: datetime = found.happened_at
        return ended_at

    def _await_loan(self, event_id: UUID, fact: CopyReturned) -> None:
        waiting = {**self._stream, "number": fact.accession[:ACCESSION_LENGTH]}
        if not self._do(_REFRESH, **waiting, of_event=event_id, at=fact.returned_at):
            self._note(DiscrepancyKind.RETURN_UNMATCHED, event_id, fact, fact.returned_at)

    def _note_unknown(self, event_id: UUID, fact: Fact, at: datetime) -> Verdict:
        self._note(DiscrepancyKind.UNKNOWN_TO_HUB, event_id, fact, at)
        return Verdict.RECORDED_ONLY

    def _note(self, kind: DiscrepancyKind, event_id: UUID, fact: Fact, at: datetime) -> None:
        discrepancy = {
            "school_id": self._school_id,
            "id": new_id(),
            "kind": kind,
            "accession": getattr(fact, "accession", "")[:ACCESSION_LENGTH],
            "kiosk_id": self._kiosk_id,
            "incarnation": self._incarnation,
            "event_id": event_id,
            "happened_at": at,
            "settled_at": None,
        }
        self._connection.execute(_NOTE, discrepancy)

    def _insert(self, fact: CopyLent, **told: Any) -> None:
        loan = {
            "school_id": self._school_id,
            "id": fact.loan_id,
            "copy_id": fact.copy_id,
            "patron_id": fact.patron_id,
            "visit_id": fact.visit_id,
            "kind": fact.kind,
            "set_loan_id": fact.set_loan_id if self._has_set(fact) else None,
            "lent_at": fact.lent_at,
            "due": fact.due,
            "returned_at": None,
            "disputed": False,
            "kiosk_id": self._kiosk_id,
        }
        self._connection.execute(_LEND, {**loan, **told})

    def _first(self, statement: Any, **values: Any) -> Any:
        """The first row of a statement about this school; None if there is none."""
        return self._connection.execute(statement, {"of_school": self._school_id, **values}).first()

    def _do(self, statement: Any, **values: Any) -> int:
        """Change what a statement about this school says; return how many rows that were."""
        told = {"of_school": self._school_id, **values}
        return self._connection.execute(statement, told).rowcount
