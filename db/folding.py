"""What a fact leaves in the tables. The same here and at the hub, so that they cannot differ.

Loans begin and end elsewhere: at a station in `db.circulation`, by prepared statements, and at
the hub in its ledger, where two stations' loans may contradict each other. Everything else
that happens to loans, copies, holds, sets and crates is folded in here, in the caller's
transaction. Decides nothing and refuses nothing; says only whether everything that the fact
speaks of is known.

A fact entered twice leaves what it left once: rows bear names made of the fact's own. A copy is
what the newest facts say that it is, in whatever order they are entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from db.clock import SCHOOL_ZONE
from db.count_part import CountPart
from db.models import (
    AuditEntry,
    Base,
    Card,
    ConditionNote,
    Copy,
    CopyChange,
    Corner,
    Crate,
    CrateCopy,
    DueChange,
    Edition,
    Hold,
    Loan,
    LossCase,
    Override,
    Patron,
    SetLoan,
    SetPlace,
    SetTemplate,
    StaffPin,
    Stocktake,
    StocktakeSight,
    Wish,
    WishVote,
)
from db.states import CaseKind, HoldEnd, Settlement, WishState
from db.sync.messages import (
    CardIssued,
    CaseOpened,
    CaseSettled,
    ConditionTold,
    CopyChanged,
    CopyLent,
    CopyReturned,
    CrateBack,
    CrateSent,
    DueMoved,
    HoldEnded,
    HoldPlaced,
    LoanUndone,
    PinSet,
    ReturnUndone,
    SetLent,
    ShelfSeen,
    StaffActed,
    TitleWished,
)
from db.text import fold_for_search

OtherFact = (
    LoanUndone
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
    | StaffActed
)
"""Every fact that neither begins nor ends a loan by itself."""


_INSERTS = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}
ABOUT_PLACE = ("crate-sent", "crate-back")
"""Reasons of changes that leave a copy's state as it is."""
_ABOUT_STATE = tuple(word.value for words in (CaseKind, Settlement) for word in words)
"""Reasons of changes that leave it where it is."""


class Fold:
    """Enters facts into one school's tables."""

    def __init__(self, connection: Connection, school_id: int) -> None:
        self._connection = connection
        self._school_id = school_id

    def enter(self, fact: OtherFact) -> bool:
        """Enter a fact; False, and nothing entered, if something it speaks of is unknown."""
        match fact:
            case LoanUndone():
                return self._undo_loan(fact)
            case ReturnUndone():
                return self._undo_return(fact)
            case DueMoved():
                return self._move_due(fact)
            case CaseOpened():
                return self._open_case(fact)
            case CaseSettled():
                return self._settle_case(fact)
            case CopyChanged():
                return self._change_copy(fact)
            case HoldPlaced():
                return self._place_hold(fact)
            case HoldEnded():
                return self._change_hold(fact.hold_id, ended_at=fact.at, ended=fact.how)
            case TitleWished():
                return self._count_wish(fact)
            case SetLent():
                return self._begin_set(fact)
            case CrateSent():
                return self._send_crate(fact)
            case CrateBack():
                return self._take_crate(fact)
            case CardIssued():
                return self._issue_card(fact)
            case PinSet():
                return self._set_pin(fact)
            case ShelfSeen():
                return self._see_on_shelf(fact)
            case StaffActed():
                return self._note_act(fact)

    def go_with_loan(self, fact: CopyLent) -> None:
        """Enter what came with a loan: a hold fulfilled, an override, a place in a set, a note."""
        if fact.hold_id is not None:
            self._change_hold(fact.hold_id, ended_at=fact.lent_at, ended=HoldEnd.COLLECTED)
        if fact.override is not None:
            made = {"loan_id": fact.loan_id, "made_at": fact.lent_at}
            identity = uuid5(fact.loan_id, "override")
            self._insert(Override, id=identity, **made, **fact.override.model_dump())
        if fact.set_loan_id is not None:
            laid = (SetPlace.school_id == self._school_id, SetPlace.copy_id == fact.copy_id)
            self._connection.execute(delete(SetPlace).where(*laid))
        self._note(fact.condition, fact)

    def go_with_return(self, fact: CopyReturned) -> None:
        """Enter what came with a return: the hold it is kept for, the copy's condition."""
        if fact.kept is not None:
            until = fact.kept.keep_until
            ready = {"copy_id": fact.copy_id, "ready_at": fact.returned_at, "keep_until": until}
            self._change_hold(fact.kept.hold_id, **ready)
        self._note(fact.condition, fact)

    def go_with_change(self, fact: LoanUndone | ReturnUndone | DueMoved) -> bool:
        """Enter what came with a change of a loan, but not the change; False if it is unknown."""
        if not self._has(Loan, fact.loan_id):
            return False
        match fact:
            case LoanUndone():
                self._wait_again(fact)
            case ReturnUndone():
                self._release(fact)
            case DueMoved():
                self._keep_due(fact)
        return True

    def _wait_again(self, fact: LoanUndone) -> None:
        if fact.hold_id is not None:
            self._change_hold(fact.hold_id, ended_at=None, ended=None)

    def _release(self, fact: ReturnUndone) -> None:
        if fact.hold_id is not None:
            self._change_hold(fact.hold_id, copy_id=None, ready_at=None, keep_until=None)

    def _undo_loan(self, fact: LoanUndone) -> bool:
        self._wait_again(fact)
        # A loan that ends as it began never was (`Loan.returned_at`).
        return self._change(Loan, fact.loan_id, returned_at=Loan.lent_at)

    def _undo_return(self, fact: ReturnUndone) -> bool:
        self._release(fact)
        return self._change(Loan, fact.loan_id, returned_at=None, handed_in_by=None)

    def _move_due(self, fact: DueMoved) -> bool:
        if not self._change(Loan, fact.loan_id, due=fact.new_due):
            return False
        self._keep_due(fact)
        return True

    def _keep_due(self, fact: DueMoved) -> None:
        days = {"old_due": fact.old_due, "new_due": fact.new_due, "reason": fact.reason}
        change = {"id": fact.change_id, "loan_id": fact.loan_id, "changed_at": fact.at}
        self._insert(DueChange, **change, **days)

    def _open_case(self, fact: CaseOpened) -> bool:
        if not self._has(Copy, fact.copy_id):
            return False
        loan_id = fact.loan_id if self._has(Loan, fact.loan_id) else None
        row = {"id": fact.case_id, "kind": fact.kind, "copy_id": fact.copy_id, "loan_id": loan_id}
        seen = {"damage": fact.damage, "note": fact.note, "search_until": fact.search_until}
        self._insert(LossCase, opened_at=fact.at, **row, **seen)
        opened = uuid5(fact.case_id, "opened")
        self._put(fact, opened, state=fact.state, reason=fact.kind.value)
        return True

    def _settle_case(self, fact: CaseSettled) -> bool:
        known = self._has(Copy, fact.replacement_id)
        row = {"settled_at": fact.at, "settlement": fact.settlement, "settled_by": fact.author}
        replacement = {"replacement_id": fact.replacement_id if known else None}
        if not self._change(LossCase, fact.case_id, **row, **replacement):
            return False
        settled = uuid5(fact.case_id, "settled")
        why = {"reason": fact.settlement.value, "author": fact.author}
        self._put(fact, settled, state=fact.state, **why)
        return True

    def _change_copy(self, fact: CopyChanged) -> bool:
        if not self._has(Copy, fact.copy_id):
            return False
        corner = fact.corner_id if self._has(Corner, fact.corner_id) else None
        why = {"reason": fact.reason, "author": fact.author}
        self._put(fact, fact.change_id, state=fact.state, corner_id=corner, **why)
        return True

    def _place_hold(self, fact: HoldPlaced) -> bool:
        if not (self._has(Edition, fact.edition_id) and self._has(Patron, fact.patron_id)):
            return False
        who = {"edition_id": fact.edition_id, "patron_id": fact.patron_id}
        self._insert(Hold, id=fact.hold_id, placed_at=fact.at, **who)
        return True

    def _count_wish(self, fact: TitleWished) -> bool:
        folded = fold_for_search(fact.title)
        if not folded or not self._has(Patron, fact.patron_id):
            return False
        same = select(Wish.id).where(Wish.school_id == self._school_id, Wish.folded == folded)
        wish_id = self._connection.execute(same).scalar()
        if wish_id is None:
            wish_id, row = fact.wish_id, {"title": fact.title, "folded": folded}
            self._insert(Wish, id=wish_id, state=WishState.NEW, author="", made_at=fact.at, **row)
        self._insert(WishVote, wish_id=wish_id, patron_id=fact.patron_id, made_at=fact.at)
        return True

    def _begin_set(self, fact: SetLent) -> bool:
        if not (self._has(SetTemplate, fact.template_id) and self._has(Patron, fact.patron_id)):
            return False
        whose = {"template_id": fact.template_id, "patron_id": fact.patron_id}
        year = {"school_year": fact.school_year, "lent_at": fact.at}
        self._insert(SetLoan, id=fact.set_loan_id, **whose, **year)
        return True

    def _send_crate(self, fact: CrateSent) -> bool:
        if not self._has(Corner, fact.corner_id):
            return False
        crate = {"number": fact.number, "corner_id": fact.corner_id}
        begun = {"sent_at": fact.at, "due": fact.due, "author": fact.author}
        self._insert(Crate, id=fact.crate_id, **crate, **begun)
        later = update(Crate).where(*self._one(Crate, fact.crate_id), Crate.sent_at > fact.at)
        self._connection.execute(later.values(begun))
        known = self._known_copies(fact.copy_ids)
        for copy_id in known:
            self._insert(CrateCopy, crate_id=fact.crate_id, copy_id=copy_id)
            self._move(copy_id, fact, fact.corner_id)
            self._mark_line(copy_id, fact, None)
        return len(known) == len(fact.copy_ids)

    def _take_crate(self, fact: CrateBack) -> bool:
        giver = fact.handed_in_by if self._has(Patron, fact.handed_in_by) else None
        known = self._known_copies(fact.copy_ids)
        for copy_id in known:
            self._move(copy_id, fact, None)
            self._mark_line(copy_id, fact, giver)
        return len(known) == len(fact.copy_ids)

    def _mark_line(self, copy_id: UUID, fact: CrateSent | CrateBack, giver: UUID | None) -> None:
        """Let a manifest's line be as its copy's newest move in that crate left it.

        A copy taken out of its crate by mistake goes with it after all: whichever of the two
        facts happened last counts, not the one told last.
        """
        newest = self._newest_move(fact.crate_id, copy_id)
        to: dict[str, Any] = {"back_at": None, "handed_in_by": None}
        if newest.reason == "crate-back":
            to = {"back_at": newest.changed_at}
            if newest.id == _move_id(fact.crate_id, copy_id, fact.type, fact.at):
                to["handed_in_by"] = giver
        line = (CrateCopy.school_id == self._school_id, CrateCopy.crate_id == fact.crate_id)
        marked = update(CrateCopy).where(*line, CrateCopy.copy_id == copy_id).values(to)
        self._connection.execute(marked)

    def _newest_move(self, crate_id: UUID, copy_id: UUID) -> Any:
        """The newest of a copy's moves that were in one crate; of two at once, its return."""
        moves = (
            select(CopyChange.id, CopyChange.reason, CopyChange.changed_at)
            .where(
                CopyChange.school_id == self._school_id,
                CopyChange.copy_id == copy_id,
                CopyChange.reason.in_(ABOUT_PLACE),
            )
            .order_by(CopyChange.changed_at.desc(), CopyChange.reason)
        )
        for move in self._connection.execute(moves).all():
            if move.id == _move_id(crate_id, copy_id, move.reason, move.changed_at):
                return move
        raise LookupError(copy_id)

    def _issue_card(self, fact: CardIssued) -> bool:
        if not self._has(Patron, fact.patron_id):
            return False
        card = {"number": fact.card, "patron_id": fact.patron_id, "issued_at": fact.at}
        self._insert(Card, **card)
        own = (Card.school_id == self._school_id, Card.patron_id == fact.patron_id)
        is_theirs = select(Card.number).where(*own, Card.number == fact.card)
        if self._connection.execute(is_theirs).first() is None:
            return False
        self._let_newest_card_count(own)
        return True

    def _let_newest_card_count(self, own: tuple[ColumnElement[bool], ...]) -> None:
        """Of a reader's cards only the one issued last opens a visit, in whatever order told."""
        newest = select(func.max(Card.issued_at)).where(*own).scalar_subquery()
        is_older = or_(Card.issued_at.is_(None), Card.issued_at < newest)
        older = update(Card).where(*own, is_older, ~Card.revoked)
        self._connection.execute(older.values(revoked=True, revoked_at=newest))

    def _set_pin(self, fact: PinSet) -> bool:
        if not self._has(Patron, fact.patron_id):
            return False
        pin = {"pin_hash": fact.pin_hash, "set_at": fact.at, "set_by": fact.author}
        self._insert(StaffPin, patron_id=fact.patron_id, **pin)
        own = (StaffPin.school_id == self._school_id, StaffPin.patron_id == fact.patron_id)
        older = update(StaffPin).where(*own, StaffPin.set_at < fact.at)
        self._connection.execute(older.values(pin))
        return True

    def _see_on_shelf(self, fact: ShelfSeen) -> bool:
        """Let every count that goes on since then have seen the copies that it is of.

        What is told after a count was closed changes nothing in it: its minutes are signed.
        """
        then = (Stocktake.as_of <= fact.at, Stocktake.closed_at.is_(None))
        counts = (
            select(Stocktake.id, Stocktake.kho, Stocktake.shelf)
            .where(Stocktake.school_id == self._school_id, *then)
            .with_for_update(read=True)  # nobody closes one meanwhile
        )
        here = (Copy.school_id == self._school_id, Copy.id.in_(fact.copy_ids))
        copies = self._connection.execute(select(Copy.id, Copy.kho, Copy.shelf).where(*here)).all()
        how = {"seen_at": fact.at, "seen_by": f"{fact.author[:56]}, trạm"}
        for count in self._connection.execute(counts).all():
            part = CountPart.of(count.kho, count.shelf)
            for copy in copies:
                if part.has(copy.kho, copy.shelf):
                    self._insert(StocktakeSight, stocktake_id=count.id, copy_id=copy.id, **how)
        return len(copies) == len(set(fact.copy_ids))

    def _note_act(self, fact: StaffActed) -> bool:
        entry = {"made_at": fact.at, "author": fact.author, "act": fact.act}
        about = {"subject_id": fact.subject_id, "detail": fact.detail}
        self._insert(AuditEntry, id=fact.entry_id, **entry, **about)
        return True

    def _note(self, told: ConditionTold | None, fact: CopyLent | CopyReturned) -> None:
        if told is None:
            return
        about = {"copy_id": fact.copy_id, "loan_id": fact.loan_id, "noted_at": fact.at}
        self._insert(ConditionNote, id=told.note_id, damage=told.damage, note=told.note, **about)

    def _put(
        self, fact: CaseOpened | CaseSettled | CopyChanged, change_id: UUID, **told: Any
    ) -> None:
        """Let a copy be in another state or place, and keep when and why."""
        held = self._held(fact.copy_id)
        change = {"copy_id": fact.copy_id, "changed_at": fact.at}
        self._insert(CopyChange, id=change_id, **{**held, **change, **told})
        self._settle(fact.copy_id, fact.at, told)

    def _move(self, copy_id: UUID, fact: CrateSent | CrateBack, corner_id: UUID | None) -> None:
        identity = _move_id(fact.crate_id, copy_id, fact.type, fact.at)
        change = {"id": identity, "copy_id": copy_id}
        why = {"changed_at": fact.at, "reason": fact.type, "author": fact.author}
        state = self._held(copy_id)["state"]
        self._insert(CopyChange, state=state, corner_id=corner_id, **change, **why)
        self._settle(copy_id, fact.at, {"corner_id": corner_id})

    def _held(self, copy_id: UUID) -> dict[str, Any]:
        asked = select(Copy.state, Copy.corner_id).where(*self._one(Copy, copy_id))
        return dict(self._connection.execute(asked).mappings().one())

    def _settle(self, copy_id: UUID, at: datetime, told: dict[str, Any]) -> None:
        """Let a copy be what a fact says, as far as no newer one speaks of the same."""
        for name, silent in (("state", ABOUT_PLACE), ("corner_id", _ABOUT_STATE)):
            newer = select(CopyChange.id).where(
                CopyChange.school_id == self._school_id,
                CopyChange.copy_id == copy_id,
                CopyChange.changed_at > at,
                CopyChange.reason.not_in(silent),
            )
            if name in told and self._connection.execute(newer).first() is None:
                self._change(Copy, copy_id, **{name: told[name]})

    def _known_copies(self, copy_ids: Sequence[UUID]) -> list[UUID]:
        return [copy_id for copy_id in copy_ids if self._has(Copy, copy_id)]

    def _change_hold(self, hold_id: UUID, **to: Any) -> bool:
        return self._change(Hold, hold_id, **to)

    def _has(self, table: Any, identity: UUID | None) -> bool:
        if identity is None:
            return False
        asked = select(table.id).where(*self._one(table, identity))
        return self._connection.execute(asked).first() is not None

    def _one(self, table: Any, identity: UUID) -> tuple[Any, Any]:
        return table.school_id == self._school_id, table.id == identity

    def _change(self, table: Any, identity: UUID, **to: Any) -> bool:
        changed = update(table).where(*self._one(table, identity)).values(to)
        return self._connection.execute(changed).rowcount > 0

    def _insert(self, table: type[Base], **row: Any) -> None:
        insert: Any = _INSERTS[self._connection.dialect.name]
        fresh = insert(table).values(school_id=self._school_id, **row)
        key = list(table.__table__.primary_key)
        self._connection.execute(fresh.on_conflict_do_nothing(index_elements=key))


def _move_id(crate_id: UUID, copy_id: UUID, reason: str, at: datetime) -> UUID:
    """What names a move, made of all that it is: a copy may go twice in one crate."""
    return uuid5(crate_id, f"{reason} {copy_id} {at.astimezone(SCHOOL_ZONE).isoformat()}")
