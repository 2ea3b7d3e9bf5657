"""Holds (đặt mượn): who waits for a title, and which copy is kept for them.

A school that does not allow them has none. A hold that is ready and not collected in time
counts for nothing from the next day on; `Holds.expire` then writes that down, and the copy
is kept for whoever comes next when it passes the desk again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from db.catalogue_reader import OPEN_LOAN
from db.ids import new_id
from db.library import Act, Library, tried_again
from db.models import Copy, Edition, Hold, Loan, full_title
from db.outcomes import HoldMade, HoldReady, PatronKnown, Refused
from db.prepared import Fields
from db.rules import HoldFacts, why_not_hold
from db.states import CopyState, HoldEnd, LendingMode
from db.sync.messages import HoldEnded, HoldKept, HoldPlaced


class Holds:
    """The waiting lists of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @tried_again
    def place(self, patron: PatronKnown, edition_id: UUID) -> HoldMade | Refused:
        """Let a patron wait for a title."""
        with self._library.act() as act:
            named = select(full_title()).where(*_edition(act, edition_id))
            title = act.connection.execute(named).scalar_one()
            choices = act.rules.choices
            facts = _facts(act, patron.patron_id, edition_id)
            refusal = why_not_hold(facts, choices.holds_allowed, choices.max_holds)
            if refusal is not None:
                return Refused(refusal, count=choices.max_holds, title=title)
            return _place(act, patron.patron_id, edition_id, title)

    def cancel(self, hold_id: UUID) -> bool:
        """Let a patron wait no longer; False if they did not."""
        with self._library.act() as act:
            own = Hold.id == hold_id
            waits = select(Hold.id).where(Hold.school_id == act.school_id, own, _NOT_ENDED)
            waiting = act.connection.execute(waits).first() is not None
            if waiting:
                act.record(HoldEnded(hold_id=hold_id, how=HoldEnd.CANCELLED, at=act.now))
        return waiting

    def expire(self) -> int:
        """End the holds that were ready and not collected in time, and say how many."""
        with self._library.act() as act:
            uncollected = select(Hold.id).where(
                Hold.school_id == act.school_id, _NOT_ENDED, Hold.keep_until < act.today
            )
            late = act.connection.execute(uncollected).scalars().all()
            for hold_id in late:
                act.record(HoldEnded(hold_id=hold_id, how=HoldEnd.EXPIRED, at=act.now))
        return len(late)


def ready_for(act: Act, patron_id: UUID) -> tuple[HoldReady, ...]:
    """What is kept for a patron, soonest given up first; nothing where there are no holds."""
    if not act.rules.choices.holds_allowed:
        return ()
    own = (Hold.school_id == act.school_id, Hold.patron_id == patron_id, _NOT_ENDED)
    kept = (
        select(full_title(), Hold.keep_until)
        .join(Edition, and_(Edition.school_id == Hold.school_id, Edition.id == Hold.edition_id))
        .where(*own, Hold.copy_id.is_not(None), Hold.keep_until >= act.today)
        .order_by(Hold.keep_until, Hold.placed_at)
    )
    return tuple(HoldReady(title, until) for title, until in act.connection.execute(kept) if until)


def fulfilled_by(act: Act, copy: Fields, patron_id: UUID) -> UUID | None:
    """The hold that this loan fulfils."""
    hold_id: UUID | None = copy.hold_id if copy.held_for == patron_id else None
    if hold_id is None and act.rules.choices.holds_allowed:
        waiting = _waiting_for(act, copy.edition_id)
        own = select(Hold.id).where(*waiting, Hold.patron_id == patron_id)
        hold_id = act.connection.execute(own).scalar()
    return hold_id


def collected_by(act: Act, copy: Fields, lent_at: datetime) -> UUID | None:
    """The hold that a loan fulfilled, which is now taken back."""
    return act.connection.execute(
        select(Hold.id).where(
            Hold.school_id == act.school_id,
            Hold.edition_id == copy.edition_id,
            Hold.patron_id == copy.patron_id,
            Hold.ended_at == lent_at,
        )
    ).scalar()


def keep_for_next(act: Act, copy: Fields) -> HoldKept | None:
    """Whom a copy is put aside for: who has waited longest, where the school allows holds."""
    if not act.rules.choices.holds_allowed or not _can_be_kept(act, copy):
        return None
    waiting = _waiting_for(act, copy.edition_id)
    longest = select(Hold.id).where(*waiting).order_by(Hold.placed_at, Hold.id).limit(1)
    hold_id = act.connection.execute(longest).scalar()
    if hold_id is None:
        return None
    until = act.rules.calendar.open_day_after(act.today, act.rules.choices.hold_days)
    return HoldKept(hold_id=hold_id, keep_until=until)


def is_wanted(act: Act, edition_id: UUID) -> bool:
    """Whether somebody waits for a copy of an edition."""
    waiting = select(Hold.id).where(*_waiting_for(act, edition_id))
    return act.connection.execute(waiting).first() is not None


_NOT_ENDED = Hold.ended_at.is_(None)
_KEPT = exists().where(Hold.school_id == Copy.school_id, Hold.copy_id == Copy.id, _NOT_ENDED)


def _place(act: Act, patron_id: UUID, edition_id: UUID, title: str) -> HoldMade:
    waiting = select(func.count()).where(*_waiting_for(act, edition_id))
    ahead = act.connection.execute(waiting).scalar_one()
    hold_id = new_id()
    act.record(HoldPlaced(hold_id=hold_id, edition_id=edition_id, patron_id=patron_id, at=act.now))
    return HoldMade(hold_id, title, ahead)


def _can_be_kept(act: Act, copy: Fields) -> bool:
    usable = copy.state in (CopyState.AVAILABLE, CopyState.LOST)  # a lost one is found just now
    kept_already = copy.hold_id is not None and copy.keep_until >= act.today
    return usable and not copy.in_library_only and not kept_already


def _edition(act: Act, edition_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Edition.school_id == act.school_id, Edition.id == edition_id


def _waiting_for(act: Act, edition_id: UUID) -> tuple[ColumnElement[bool], ...]:
    own = (Hold.school_id == act.school_id, Hold.edition_id == edition_id)
    return *own, _NOT_ENDED, Hold.copy_id.is_(None)


def _facts(act: Act, patron_id: UUID, edition_id: UUID) -> HoldFacts:
    own = (Hold.school_id == act.school_id, Hold.patron_id == patron_id, _NOT_ENDED)
    holds = act.connection.execute(select(Hold.edition_id).where(*own)).scalars().all()
    copies = act.connection.execute(
        select(exists().where(OPEN_LOAN).label("on_loan"), _KEPT.label("kept"))
        .join_from(
            Copy, Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
        )
        .where(
            *_edition(act, edition_id),
            Copy.state == CopyState.AVAILABLE,
            ~Copy.in_library_only,
            Edition.lending == LendingMode.TAKE_HOME,
        )
    ).all()
    return HoldFacts(
        holds=len(holds),
        has_hold=edition_id in holds,
        has_copy=_has_copy(act, patron_id, edition_id),
        on_shelf=any(not copy.on_loan and not copy.kept for copy in copies),
        can_wait_for=bool(copies),
    )


def _has_copy(act: Act, patron_id: UUID, edition_id: UUID) -> bool:
    held = (
        select(Loan.id)
        .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
        .where(
            Loan.school_id == act.school_id,
            Loan.patron_id == patron_id,
            Loan.returned_at.is_(None),
            Copy.edition_id == edition_id,
        )
    )
    return act.connection.execute(held).first() is not None
