"""Copies lost and damaged (báo mất, hỏng, đền): a case from its report to its settlement.

A case is settled in kind or in words; there is no amount of money anywhere. While a lost copy
is looked for its loan stays open and is due when the search ends; the loan ends with the case.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update

from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library, tried_again
from db.loan_rows import LoanRows
from db.models import ConditionNote, Copy, Edition, LossCase
from db.outcomes import ConditionSeen, LostReported, Refusal, Refused
from db.prepared import Fields
from db.register import Intake, VoucherEntry, enter_voucher, take_in
from db.rules import search_until
from db.states import CaseKind, CopyState, DueReason, Settlement, VoucherKind
from db.sync.messages import CaseOpened, CaseSettled, CopyChanged, CopyReturned, DueMoved


class Losses:
    """The lost and damaged copies of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = LoanRows(library.school_id)

    @tried_again
    def report_lost(self, accession: AccessionNumber, note: str = "") -> LostReported | Refused:
        """Note that a copy cannot be found; whoever has it on loan may look for it for a while."""
        with self._library.act() as act:
            copy = self._rows.copy(act.connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            if copy.state not in (CopyState.AVAILABLE, CopyState.DAMAGED):
                return Refused(Refusal.NOT_READY, accession, title=copy.title)
            due = copy.due or act.today
            until = search_until(due, act.rules.calendar, act.today, act.rules.choices.search_days)
            case_id = open_case(
                act, copy, CopyState.LOST, kind=CaseKind.LOST, search_until=until, note=note
            )
            if copy.loan_id is not None and until > copy.due:
                move_due(act, copy, until, DueReason.SEARCHED)
        return LostReported(case_id, accession, copy.title, until)

    @tried_again
    def report_damaged(
        self, accession: AccessionNumber, seen: ConditionSeen, usable: bool = True
    ) -> UUID | Refused:
        """Open a case for a copy that was damaged; one that is not usable is no longer lent."""
        with self._library.act() as act:
            copy = self._rows.copy(act.connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            state = copy.state if usable else CopyState.DAMAGED
            case = {"kind": CaseKind.DAMAGED, "damage": seen.damage, "note": seen.note}
            return open_case(act, copy, state, **case)

    def settle(
        self,
        case_id: UUID,
        settlement: Settlement,
        author: str,
        replacement_id: UUID | None = None,
    ) -> bool:
        """End a case: replaced by a copy with a number of its own, compensated, or waived.

        Returns:
            False if it was settled already.
        """
        with self._library.act() as act:
            return self.settle_in(act, case_id, settlement, author, replacement_id)

    def settle_in(
        self,
        act: Act,
        case_id: UUID,
        settlement: Settlement,
        author: str,
        replacement_id: UUID | None = None,
    ) -> bool:
        """End a case in a transaction that has begun; False if it was settled already."""
        case = act.connection.execute(_case(act, case_id)).first()
        if case is None:
            return False
        settle(act, case, case.state, settlement, author, replacement_id)
        if case.kind is CaseKind.LOST:
            self._end_loan(act, case)
        return True

    def replace_in(
        self, act: Act, case_id: UUID, author: str, source: str
    ) -> AccessionNumber | None:
        """End a case by a new copy of the same title, which gets a voucher and its own number.

        Returns:
            The number; None if the case was settled already.
        """
        case = act.connection.execute(_case(act, case_id)).first()
        if case is None:
            return None
        note = f"Đền cuốn {case.accession}"
        voucher = enter_voucher(act, VoucherEntry(VoucherKind.ENTRY, source=source, note=note))
        intake = Intake(case.edition_id, case.kho, 1, voucher, case.price_vnd)
        ((number, copy_id),) = take_in(act, intake)
        self.settle_in(act, case_id, Settlement.REPLACED, author, copy_id)
        return number

    def repaired(self, accession: AccessionNumber, author: str) -> Refused | None:
        """Let a copy that was damaged be lent again; None when it is done."""
        with self._library.act() as act:
            copy = self._rows.copy(act.connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            if copy.state is not CopyState.DAMAGED:
                return Refused(Refusal.NOT_READY, accession, title=copy.title)
            told = {"state": CopyState.AVAILABLE, "corner_id": copy.corner_id, "author": author}
            about = {"copy_id": copy.id, "accession": copy.accession, "at": act.now}
            act.record(CopyChanged(change_id=new_id(), reason="repaired", **told, **about))
        return None

    def note_seen(self, note_id: UUID) -> bool:
        """The librarian has looked at what somebody said of a copy; False if it is none."""
        with self._library.act() as act:
            which = and_(ConditionNote.school_id == act.school_id, ConditionNote.id == note_id)
            seen = update(ConditionNote).where(which, ConditionNote.seen_at.is_(None))
            done = act.connection.execute(seen.values(seen_at=act.now))
        return done.rowcount > 0

    def _end_loan(self, act: Act, case: Any) -> None:
        copy = self._rows.copy(act.connection, case.accession)
        if copy is None or copy.loan_id is None or copy.loan_id != case.loan_id:
            return
        self._rows.close(act.connection, copy.loan_id, act.now)
        act.tell(
            CopyReturned(
                loan_id=copy.loan_id,
                copy_id=copy.id,
                accession=copy.accession,
                returned_at=act.now,
                settled=True,
            )
        )


def find_if_lost(act: Act, copy: Fields) -> bool:
    """A copy that was thought lost is here: it may be lent again, and its case ends."""
    if copy.state is not CopyState.LOST:
        return False
    case = act.connection.execute(_case_of_copy(act, copy.id)).first()
    if case is not None:
        settle(act, case, CopyState.AVAILABLE, Settlement.FOUND)
    else:
        found = {"state": CopyState.AVAILABLE, "corner_id": copy.corner_id, "reason": "found"}
        about = {"copy_id": copy.id, "accession": copy.accession, "at": act.now}
        act.record(CopyChanged(change_id=new_id(), **found, **about))
    return True


def settle(
    act: Act,
    case: Any,
    state: CopyState,
    settlement: Settlement,
    author: str = "",
    replacement_id: UUID | None = None,
) -> None:
    """Write down how a case ended."""
    fact = CaseSettled(
        case_id=case.id,
        settlement=settlement,
        author=author,
        replacement_id=replacement_id,
        state=state,
        copy_id=case.copy_id,
        accession=case.accession,
        at=act.now,
    )
    act.record(fact)


def move_due(act: Act, copy: Fields, due: date, reason: DueReason) -> None:
    """Let a copy's open loan be due on another day, and keep the old one."""
    days = {"old_due": copy.due, "new_due": due}
    about = {"loan_id": copy.loan_id, "copy_id": copy.id, "accession": copy.accession}
    act.record(DueMoved(change_id=new_id(), reason=reason, at=act.now, **days, **about))


def open_case(act: Act, copy: Fields, state: CopyState, **case: Any) -> UUID:
    """Write down that a copy is lost or damaged, and what it is from now on."""
    case_id = new_id()
    about = {"copy_id": copy.id, "accession": copy.accession, "loan_id": copy.loan_id}
    act.record(CaseOpened(case_id=case_id, state=state, at=act.now, **about, **case))
    return case_id


_CASES = (
    select(
        LossCase.id,
        LossCase.kind,
        LossCase.copy_id,
        LossCase.loan_id,
        Copy.accession,
        Copy.state,
        Copy.kho,
        Copy.edition_id,
        func.coalesce(Copy.price_vnd, Edition.price_vnd).label("price_vnd"),
    )
    .join(Copy, and_(Copy.school_id == LossCase.school_id, Copy.id == LossCase.copy_id))
    .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
    .with_for_update(of=LossCase)  # on a server, two who settle take turns
)


def _case(act: Act, case_id: UUID) -> Any:
    own = (LossCase.school_id == act.school_id, LossCase.id == case_id)
    return _CASES.where(*own, LossCase.settled_at.is_(None))


def _case_of_copy(act: Act, copy_id: UUID) -> Any:
    own = (LossCase.school_id == act.school_id, LossCase.copy_id == copy_id)
    lost = LossCase.kind == CaseKind.LOST
    return _CASES.where(*own, lost, LossCase.settled_at.is_(None))
