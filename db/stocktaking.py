"""Counting the stock (kiểm kê): a committee, several devices at once, for days if need be.

Begin, see copy after copy, close; or a check in the middle of the year, which changes nothing.
Lending goes on meanwhile. Keeps out the arithmetic (`db.registers.counts`) and the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, select, update

from db.count_part import CountPart
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library
from db.loan_rows import LoanRows
from db.losses import find_if_lost, open_case
from db.models import Copy, Stocktake, StocktakeCause, StocktakeMember, StocktakeSight
from db.registers.counts import (
    CountMinutes,
    Difference,
    DifferenceKind,
    count_minutes,
)
from db.states import CaseKind, CommitteeRole, CopyState, CountKind


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the committee, and who has it."""

    role: CommitteeRole
    name: str
    account: str = ""
    """By which they sign at the desk; empty for whoever signs on paper."""


@dataclass(frozen=True, slots=True)
class CountPlan:
    """What is to be counted, by whom."""

    name: str
    kind: CountKind = CountKind.FULL
    kho: tuple[str, ...] = ()
    """Prefixes; empty for all."""
    shelf: str = ""
    committee: tuple[Seat, ...] = ()
    author: str = ""


class WhyNot(StrEnum):
    """Why an act on a count is not done."""

    NO_SUCH = "no-such"
    CLOSED = "closed"
    STILL_OPEN = "still-open"
    OVERLAPS = "overlaps"
    """Another count that is open has some of the same copies."""
    WRONG_SUM = "wrong-sum"
    """More or fewer copies are missing than whoever closes it says."""
    NOT_YOURS = "not-yours"
    """They are not in the committee, or have signed."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """An act on a count that is not done, and what there is to say of it."""

    why: WhyNot
    name: str = ""
    """Of the other count."""
    missing: int = 0
    at: datetime | None = None


class Sight(StrEnum):
    """What a scanned copy is to a count."""

    SEEN = "seen"
    AGAIN = "again"
    """Counted already; two devices that see it count it once."""
    LENT = "lent"
    """Counted, though the records have it with a reader."""
    FOUND = "found"
    """Counted, though it was thought lost."""
    DAMAGED = "damaged"
    NOT_READY = "not-ready"
    """Counted, though it has not been on a shelf yet."""
    WITHDRAWN = "withdrawn"
    """Counted as surplus: it was written off."""
    ELSEWHERE = "elsewhere"
    """Of a kho or shelf that is not counted."""
    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Seen:
    """A copy that was held up to a count."""

    sight: Sight
    accession: str
    title: str = ""
    kho: str = ""
    seen_by: str = ""
    """Of a copy that was counted already: by whom or which device."""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a count is, without comparing copy by copy."""

    seen: int
    stock: int
    by_kho: tuple[tuple[str, int, int], ...]
    """Prefix, copies seen, copies in the books."""


class Stocktaking:
    """The counts of one school's stock."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = LoanRows(library.school_id)

    def begin(self, plan: CountPlan) -> UUID | NotDone:
        """Begin a count as of now; one at a time of the same copies."""
        with self._library.act() as act:
            other = _overlapping(act, plan)
            if other is not None:
                return NotDone(WhyNot.OVERLAPS, name=other)
            stocktake_id = new_id()
            what = {"name": plan.name, "kind": plan.kind, "kho": " ".join(plan.kho)}
            row = {"school_id": act.school_id, "id": stocktake_id, "shelf": plan.shelf}
            made = {"as_of": act.now, "begun_by": plan.author, "closed_by": ""}
            act.connection.execute(insert(Stocktake).values(**row, **what, **made))
            _seat(act, stocktake_id, plan.committee)
        return stocktake_id

    def see(self, stocktake_id: UUID, accession: AccessionNumber, seen_by: str) -> Seen:
        """Note that a copy is here, and say what it is."""
        with self._library.act() as act:
            count = _find_open(act, stocktake_id)
            if count is None:
                return Seen(Sight.CLOSED, accession)
            copy = self._rows.copy(act.connection, accession)
            if copy is None:
                return Seen(Sight.UNKNOWN, accession)
            shelf = _shelf(act, copy.id)
            about = (copy.accession, copy.title, copy.kho)
            if not CountPart.of(count.kho, count.shelf).has(copy.kho, shelf):
                return Seen(Sight.ELSEWHERE, *about)
            earlier = _sight_of(act, stocktake_id, copy.id)
            if earlier is not None:
                return Seen(Sight.AGAIN, *about, earlier.seen_by, earlier.seen_at)
            which = {"stocktake_id": stocktake_id, "copy_id": copy.id}
            row = {"school_id": act.school_id, "seen_at": act.now, "seen_by": seen_by, **which}
            act.connection.execute(insert(StocktakeSight).values(row))
            return Seen(_sight(copy), *about, seen_by, act.now)

    def unsee(self, stocktake_id: UUID, accession: AccessionNumber) -> bool:
        """Take back that a copy was seen, of a count that is open; False if it was not."""
        with self._library.act() as act:
            count = _find_open(act, stocktake_id)
            copy = self._rows.copy(act.connection, accession)
            if count is None or copy is None:
                return False
            sight = (StocktakeSight.school_id == act.school_id, StocktakeSight.copy_id == copy.id)
            gone = delete(StocktakeSight).where(*sight, StocktakeSight.stocktake_id == stocktake_id)
            return act.connection.execute(gone).rowcount > 0

    def minutes(self, stocktake_id: UUID) -> CountMinutes:
        """What a count has found so far, or what it found.

        Raises:
            LookupError: There is no such count.
        """
        with self._library.act() as act:
            return count_minutes(act.connection, act.school_id, stocktake_id, act.now)

    def progress(self, stocktake_id: UUID) -> Progress:
        """How far a count is.

        Raises:
            LookupError: There is no such count.
        """
        with self._library.act() as act:
            count = _find(act, stocktake_id)
            if count is None:
                raise LookupError(stocktake_id)
            return _progress(act, count)

    def explain(
        self, stocktake_id: UUID, copies: Iterable[UUID], cause: str, proposal: str
    ) -> NotDone | None:
        """Say why copies are not as the registers say; until everybody has signed."""
        with self._library.act() as act:
            minutes = count_minutes(act.connection, act.school_id, stocktake_id, act.now)
            if minutes.closed_at is not None and minutes.is_signed:
                return NotDone(WhyNot.CLOSED, at=minutes.closed_at)
            known = {one.copy_id for one in minutes.differences}
            for copy_id in known & set(copies):
                _explain(act, stocktake_id, copy_id, cause, proposal)
        return None

    def close(
        self, stocktake_id: UUID, author: str, missing: int | None = None
    ) -> CountMinutes | NotDone:
        """End a count; of the committee's, what is missing is lost and what is here is found.

        Args:
            stocktake_id: Which.
            author: Who closes it.
            missing: How many copies they believe to be missing; None for as many as there are.

        Raises:
            LookupError: There is no such count.
        """
        with self._library.act() as act:
            _hold(act, stocktake_id)
            minutes = count_minutes(act.connection, act.school_id, stocktake_id, act.now)
            if minutes.closed_at is not None:
                return NotDone(WhyNot.CLOSED, at=minutes.closed_at)
            if missing is not None and missing != minutes.total.missing:
                return NotDone(WhyNot.WRONG_SUM, missing=minutes.total.missing)
            if minutes.kind is CountKind.FULL:
                self._settle(act, minutes.differences)
            which = and_(Stocktake.school_id == act.school_id, Stocktake.id == stocktake_id)
            closed = {"closed_at": act.now, "closed_by": author, "minutes": minutes.kept()}
            act.connection.execute(update(Stocktake).where(which).values(closed))
            return count_minutes(act.connection, act.school_id, stocktake_id, act.now)

    def sign(self, stocktake_id: UUID, account: str) -> NotDone | None:
        """Sign the minutes of a count that is closed, as one of its committee."""
        with self._library.act() as act:
            count = _find(act, stocktake_id)
            if count is None:
                return NotDone(WhyNot.NO_SUCH)
            if count.closed_at is None:
                return NotDone(WhyNot.STILL_OPEN)
            seat = (
                StocktakeMember.school_id == act.school_id,
                StocktakeMember.stocktake_id == stocktake_id,
                StocktakeMember.account == account,
                StocktakeMember.signed_at.is_(None),
            )
            signed = update(StocktakeMember).where(*seat).values(signed_at=act.now)
            done = act.connection.execute(signed).rowcount > 0
        return None if done else NotDone(WhyNot.NOT_YOURS)

    def _settle(self, act: Act, differences: Sequence[Difference]) -> None:
        """Let the records say what the committee saw."""
        for one in differences:
            copy = self._rows.copy(act.connection, one.accession)
            if copy is not None and one.kind is DifferenceKind.MISSING:
                open_case(act, copy, CopyState.LOST, kind=CaseKind.LOST)
            if copy is not None and one.kind is DifferenceKind.FOUND:
                find_if_lost(act, copy)


def _seat(act: Act, stocktake_id: UUID, committee: Sequence[Seat]) -> None:
    rows = [
        {"school_id": act.school_id, "stocktake_id": stocktake_id, "place": place,
         "role": one.role, "name": one.name, "account": one.account, "signed_at": None}
        for place, one in enumerate(committee)
    ]  # fmt: skip
    if rows:
        act.connection.execute(insert(StocktakeMember), rows)


def _overlapping(act: Act, plan: CountPlan) -> str | None:
    """The name of an open count that has some of the same copies."""
    is_open = (Stocktake.school_id == act.school_id, Stocktake.closed_at.is_(None))
    for other in act.connection.execute(select(Stocktake.__table__).where(*is_open)):
        if CountPart.of(other.kho, other.shelf).meets(CountPart(plan.kho, plan.shelf)):
            return str(other.name)
    return None


def _find(act: Act, stocktake_id: UUID) -> Any:
    which = (Stocktake.school_id == act.school_id, Stocktake.id == stocktake_id)
    return act.connection.execute(select(Stocktake.__table__).where(*which)).first()


def _find_open(act: Act, stocktake_id: UUID) -> Any:
    """A count that goes on, which nobody closes until the act ends; None if there is none."""
    which = (Stocktake.school_id == act.school_id, Stocktake.id == stocktake_id)
    asked = select(Stocktake.__table__).where(*which, Stocktake.closed_at.is_(None))
    return act.connection.execute(asked.with_for_update(read=True)).first()


def _hold(act: Act, stocktake_id: UUID) -> None:
    """On a server, whoever closes a count waits for those who scan, and for who closes it first."""
    which = (Stocktake.school_id == act.school_id, Stocktake.id == stocktake_id)
    act.connection.execute(select(Stocktake.id).where(*which).with_for_update())


def _shelf(act: Act, copy_id: UUID) -> str:
    which = (Copy.school_id == act.school_id, Copy.id == copy_id)
    return act.connection.execute(select(Copy.shelf).where(*which)).scalar_one()


def _sight_of(act: Act, stocktake_id: UUID, copy_id: UUID) -> Any:
    key = {"stocktake_id": stocktake_id, "copy_id": copy_id, "school_id": act.school_id}
    found = select(StocktakeSight.seen_by, StocktakeSight.seen_at).filter_by(**key)
    return act.connection.execute(found).first()


def _sight(copy: Any) -> Sight:
    match copy.state:
        case CopyState.WITHDRAWN:
            return Sight.WITHDRAWN
        case CopyState.LOST:
            return Sight.FOUND
        case _ if copy.loan_id is not None or copy.state is CopyState.AWAY:
            return Sight.LENT
        case CopyState.DAMAGED:
            return Sight.DAMAGED
        case CopyState.AVAILABLE:
            return Sight.SEEN
    return Sight.NOT_READY


def _progress(act: Act, count: Any) -> Progress:
    """Count in the database: this is asked after every scan."""
    part = [Copy.school_id == act.school_id, Copy.state != CopyState.WITHDRAWN]
    if count.kho:
        part.append(Copy.kho.in_(count.kho.split()))
    if count.shelf:
        part.append(Copy.shelf == count.shelf)
    stock = select(Copy.kho, func.count()).where(*part).group_by(Copy.kho)
    of_copy = and_(Copy.school_id == StocktakeSight.school_id, Copy.id == StocktakeSight.copy_id)
    seen = (
        select(Copy.kho, func.count())
        .join(StocktakeSight, of_copy)
        .where(StocktakeSight.school_id == act.school_id, StocktakeSight.stocktake_id == count.id)
        .group_by(Copy.kho)
    )
    there = {kho: number for kho, number in act.connection.execute(stock)}
    found = {kho: number for kho, number in act.connection.execute(seen)}
    lines = tuple((kho, found.get(kho, 0), there.get(kho, 0)) for kho in sorted({*there, *found}))
    return Progress(sum(found.values()), sum(there.values()), lines)


def _explain(act: Act, stocktake_id: UUID, copy_id: UUID, cause: str, proposal: str) -> None:
    key = {"school_id": act.school_id, "stocktake_id": stocktake_id, "copy_id": copy_id}
    earlier = and_(*(getattr(StocktakeCause, name) == value for name, value in key.items()))
    act.connection.execute(delete(StocktakeCause).where(earlier))
    told = {"cause": cause, "proposal": proposal}
    act.connection.execute(insert(StocktakeCause).values(**key, **told))
