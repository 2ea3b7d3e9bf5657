"""Weeding (thanh lọc): a list is drawn up, hung out, approved by the head, and carried out.

The steps follow circular 02/2020/TT-BVHTTDL (domain specification 2.3 R10): nothing is approved
before the list was public for fifteen days, nothing leaves before it is approved. Keeps out the
paper (`db.registers.weedings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, func, insert, or_, select, update

from db.catalogue_reader import OPEN_LOAN
from db.clock import SCHOOL_ZONE, local_day
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library
from db.loan_rows import LoanRows
from db.models import (
    ConditionNote,
    Copy,
    Edition,
    Loan,
    LossCase,
    WeedingLine,
    WeedingList,
    full_title,
)
from db.outcomes import Refused
from db.register import VoucherEntry, enter_voucher, may_go, take_out
from db.registers.weedings import weeding
from db.states import CopyState, Damage, VoucherKind
from db.weeding_limits import PUBLISHED_DAYS, Weeding

MOST_LINES = 500
"""Copies of one list; a tenth of five thousand."""


class Ground(StrEnum):
    """By what copies are looked for that might go."""

    WORN = "worn"
    """Damaged, or readers said so badly of them."""
    LOST = "lost"
    OLD = "old"
    """Published before a year."""
    UNUSED = "unused"
    """Never borrowed since a year."""
    SUPERSEDED = "superseded"
    """Textbooks of a series that is no longer taught."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which copies might go."""

    ground: Ground
    kho: str = ""
    """A prefix; empty for all."""
    year: int = 0
    """Before which they were published, or since which nobody borrowed them."""
    series: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A copy that might go."""

    copy_id: UUID
    accession: str
    title: str
    year: int | None
    state: CopyState
    loans: int
    last_lent_at: datetime | None
    others: int
    """Other copies of its title that stay in the stock."""


class Step(StrEnum):
    """How far a list is."""

    DRAWN = "drawn"
    PUBLISHED = "published"
    APPROVED = "approved"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Line:
    """One copy of a list."""

    copy_id: UUID
    accession: str
    title: str
    year: int | None
    state: CopyState
    on_loan: bool
    reason: str
    handling: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A list, and what is to be known of it."""

    id: UUID
    name: str
    step: Step
    drawn_at: datetime
    published_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    decision: str
    dropped_why: str
    done_at: datetime | None
    voucher_id: UUID | None
    copies: int

    @property
    def public_until(self) -> date | None:
        """From which day on it may be approved; None while it is not hung out."""
        if self.published_at is None:
            return None
        return local_day(self.published_at) + timedelta(days=PUBLISHED_DAYS)


class WhyNotYet(StrEnum):
    """Why an act on a list is not done."""

    WRONG_STEP = "wrong-step"
    EMPTY = "empty"
    TOO_EARLY = "too-early"
    """The fifteen days are not over."""
    WANTS_DECISION = "wants-decision"
    """More than a tenth of the stock."""
    NONE_CAN_GO = "none-can-go"
    """Every copy is on loan, or has left already."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """An act on a list that is not done."""

    why: WhyNotYet
    until: date | None = None
    refused: tuple[Refused, ...] = ()
    """Why each copy stays, where none can go."""


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """A list whose copies have left."""

    voucher_id: UUID
    left: int
    refused: tuple[Refused, ...]


class WeedingLists:
    """The lists of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = LoanRows(library.school_id)

    def candidates(self, wanted: Wanted) -> tuple[Candidate, ...]:
        """What might go on a ground, the worst first; not what another list has already."""
        with self._library.act() as act:
            return tuple(
                Candidate(*row) for row in act.connection.execute(_candidates(act, wanted))
            )

    def series(self) -> tuple[str, ...]:
        """The series of textbooks that have copies in the stock."""
        with self._library.act() as act:
            asked = (
                select(Edition.series)
                .join(Copy, _OF_EDITION)
                .where(
                    Edition.school_id == act.school_id,
                    Edition.series != "",
                    Copy.state != CopyState.WITHDRAWN,
                )
                .distinct()
                .order_by(Edition.series)
            )
            return tuple(act.connection.execute(asked).scalars())

    def draw_up(
        self, name: str, copies: Sequence[UUID], reason: str, handling: str, author: str
    ) -> UUID:
        """Draw a list up; it can still be added to and taken from until it is hung out."""
        with self._library.act() as act:
            weeding_id = new_id()
            row = {"school_id": act.school_id, "id": weeding_id, "name": name}
            made = {"drawn_at": act.now, "drawn_by": author, "approved_by": "", "decision": ""}
            act.connection.execute(insert(WeedingList).values(**row, **made, dropped_why=""))
            _add(act, weeding_id, copies, reason, handling)
        return weeding_id

    def add(
        self, weeding_id: UUID, copies: Sequence[UUID], reason: str, handling: str
    ) -> NotYet | None:
        """Put more copies on a list that is not public."""
        with self._library.act() as act:
            if _step(act, weeding_id) is not Step.DRAWN:
                return NotYet(WhyNotYet.WRONG_STEP)
            _add(act, weeding_id, copies, reason, handling)
        return None

    def take_off(self, weeding_id: UUID, copies: Sequence[UUID]) -> NotYet | None:
        """Take copies off a list that is not approved: somebody wants to keep them."""
        with self._library.act() as act:
            if _step(act, weeding_id) not in (Step.DRAWN, Step.PUBLISHED):
                return NotYet(WhyNotYet.WRONG_STEP)
            line = (WeedingLine.school_id == act.school_id, WeedingLine.copy_id.in_(copies))
            gone = delete(WeedingLine).where(*line, WeedingLine.weeding_id == weeding_id)
            act.connection.execute(gone)
        return None

    def publish(self, weeding_id: UUID) -> NotYet | None:
        """Hang a list out; the fifteen days begin."""
        with self._library.act() as act:
            if _step(act, weeding_id) is not Step.DRAWN:
                return NotYet(WhyNotYet.WRONG_STEP)
            if not _copies(act, weeding_id):
                return NotYet(WhyNotYet.EMPTY)
            _set(act, weeding_id, published_at=act.now)
        return None

    def approve(
        self, weeding_id: UUID, by: str, decision: str = "", decided_on: date | None = None
    ) -> NotYet | None:
        """Let a list be carried out, as the head of the school."""
        with self._library.act() as act:
            row = _find(act, weeding_id)
            if row is None or _step_of(row) is not Step.PUBLISHED:
                return NotYet(WhyNotYet.WRONG_STEP)
            until = local_day(row.published_at) + timedelta(days=PUBLISHED_DAYS)
            if act.today < until:
                return NotYet(WhyNotYet.TOO_EARLY, until)
            copies = _copies(act, weeding_id)
            if not copies:
                return NotYet(WhyNotYet.EMPTY)
            about = weeding(act.connection, act.school_id, copies, act.now)
            if about.is_over_limit and not decision:
                return NotYet(WhyNotYet.WANTS_DECISION)
            told = {"decision": decision, "decided_on": decided_on}
            _set(act, weeding_id, approved_at=act.now, approved_by=by, **told)
        return None

    def drop(self, weeding_id: UUID, why: str) -> NotYet | None:
        """Give a list up that was not carried out; its copies stay."""
        with self._library.act() as act:
            if _step(act, weeding_id) in (None, Step.DONE, Step.DROPPED):
                return NotYet(WhyNotYet.WRONG_STEP)
            _set(act, weeding_id, dropped_at=act.now, dropped_why=why)
        return None

    def carry_out(
        self, weeding_id: UUID, reason: str, number: str, dated_on: date | None, author: str
    ) -> CarriedOut | NotYet:
        """Write the copies of an approved list off, on one voucher; those on loan stay."""
        with self._library.act() as act:
            row = _find(act, weeding_id)
            if row is None or _step_of(row) is not Step.APPROVED:
                return NotYet(WhyNotYet.WRONG_STEP)
            wanted = [AccessionNumber(one.accession) for one in _lines(act, weeding_id)]
            told = [(one, may_go(act, self._rows, one)) for one in wanted]
            refused = tuple(found for _, found in told if isinstance(found, Refused))
            going = [one for one, found in told if not isinstance(found, Refused)]
            if not going:
                return NotYet(WhyNotYet.NONE_CAN_GO, refused=refused)
            note = f"Quyết định {row.decision}" if row.decision else ""
            entry = VoucherEntry(
                VoucherKind.EXIT, reason=reason, number=number, dated_on=dated_on, note=note
            )
            voucher_id = enter_voucher(act, entry)
            for one in going:
                take_out(act, self._rows, one, voucher_id, author)
            _set(act, weeding_id, done_at=act.now, voucher_id=voucher_id)
        return CarriedOut(voucher_id, len(going), refused)

    def lists(self) -> tuple[Drawn, ...]:
        """Every list, the newest first."""
        with self._library.act() as act:
            asked = _lists(act).order_by(WeedingList.drawn_at.desc())
            return tuple(_drawn(row) for row in act.connection.execute(asked))

    def list_of(self, weeding_id: UUID) -> tuple[Drawn, tuple[Line, ...], Weeding] | None:
        """One list, its copies, and how it stands against the limits."""
        with self._library.act() as act:
            asked = _lists(act).where(WeedingList.id == weeding_id)
            row = act.connection.execute(asked).first()
            if row is None:
                return None
            lines = tuple(_lines(act, weeding_id))
            about = weeding(act.connection, act.school_id, len(lines), act.now)
            return _drawn(row), lines, about


_OF_EDITION = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
_OF_LOAN = and_(Loan.school_id == Copy.school_id, Loan.copy_id == Copy.id, ~Loan.disputed)
_IS_LINE = and_(Copy.school_id == WeedingLine.school_id, Copy.id == WeedingLine.copy_id)


def _candidates(act: Act, wanted: Wanted) -> Select[Any]:
    last = func.max(Loan.lent_at)
    listed = (
        select(WeedingLine.copy_id)
        .join(
            WeedingList,
            and_(
                WeedingList.school_id == WeedingLine.school_id,
                WeedingList.id == WeedingLine.weeding_id,
            ),
        )
        .where(WeedingLine.school_id == act.school_id, WeedingList.dropped_at.is_(None))
        .where(WeedingList.done_at.is_(None))
    )
    is_lent = select(Loan.id).where(OPEN_LOAN).correlate(Copy).exists()
    where = [
        Copy.school_id == act.school_id,
        Copy.state.not_in((CopyState.WITHDRAWN, CopyState.AWAY)),
        Copy.id.not_in(listed),
        ~is_lent,
    ]
    if wanted.kho:
        where.append(Copy.kho == wanted.kho)
    asked = (
        select(
            Copy.id,
            Copy.accession,
            full_title(),
            Edition.year,
            Copy.state,
            func.count(Loan.id),
            last,
            _others(),
        )
        .join(Edition, _OF_EDITION)
        .outerjoin(Loan, _OF_LOAN)
        .where(*where, *_on_ground(act, wanted))
        .group_by(Copy.school_id, Copy.id, Edition.school_id, Edition.id)
        .order_by(Edition.year.is_(None), Edition.year, Edition.title, Copy.accession)
        .limit(MOST_LINES)
    )
    if wanted.ground is Ground.UNUSED:
        midnight = datetime.combine(date(wanted.year, 1, 1), time(), SCHOOL_ZONE)
        return asked.having(or_(last.is_(None), last < midnight))
    return asked


def _others() -> Any:
    """How many more copies of the title are in the stock."""
    other = Copy.__table__.alias("other")
    return (
        select(func.count())
        .where(
            other.c.school_id == Copy.school_id,
            other.c.edition_id == Edition.id,
            other.c.id != Copy.id,
            other.c.state.not_in((CopyState.WITHDRAWN, CopyState.LOST)),
        )
        .correlate(Copy, Edition)
        .scalar_subquery()
    )


def _on_ground(act: Act, wanted: Wanted) -> Sequence[Any]:
    match wanted.ground:
        case Ground.WORN:
            return (or_(Copy.state == CopyState.DAMAGED, *_said_worn(act)),)
        case Ground.LOST:
            return (Copy.state == CopyState.LOST,)
        case Ground.OLD:
            return (Edition.year < wanted.year,)
        case Ground.UNUSED:
            return (Copy.state == CopyState.AVAILABLE,)
        case Ground.SUPERSEDED:
            return (Edition.series == wanted.series, Copy.state != CopyState.LOST)


def _said_worn(act: Act) -> tuple[Any, Any]:
    """That readers or the librarian called a copy's damage severe."""
    noted = exists().where(
        ConditionNote.school_id == act.school_id,
        ConditionNote.copy_id == Copy.id,
        ConditionNote.damage == Damage.SEVERE,
    )
    reported = exists().where(
        LossCase.school_id == act.school_id,
        LossCase.copy_id == Copy.id,
        LossCase.damage == Damage.SEVERE,
        LossCase.settled_at.is_(None),
    )
    return noted, reported


def _lists(act: Act) -> Select[Any]:
    copies = (
        select(func.count())
        .where(
            WeedingLine.school_id == WeedingList.school_id, WeedingLine.weeding_id == WeedingList.id
        )
        .scalar_subquery()
    )
    own = WeedingList.school_id == act.school_id
    return select(WeedingList.__table__, copies.label("copies")).where(own)


def _drawn(row: Any) -> Drawn:
    return Drawn(
        row.id,
        row.name,
        _step_of(row),
        row.drawn_at,
        row.published_at,
        row.approved_at,
        row.approved_by,
        row.decision,
        row.dropped_why,
        row.done_at,
        row.voucher_id,
        row.copies,
    )


def _step(act: Act, weeding_id: UUID) -> Step | None:
    """How far a list is; None if there is none."""
    row = _find(act, weeding_id)
    return None if row is None else _step_of(row)


def _step_of(row: Any) -> Step:
    if row.dropped_at is not None:
        return Step.DROPPED
    if row.done_at is not None:
        return Step.DONE
    if row.approved_at is not None:
        return Step.APPROVED
    return Step.DRAWN if row.published_at is None else Step.PUBLISHED


def _find(act: Act, weeding_id: UUID) -> Any:
    """A list, held until the act ends: on a server, two who take a step take turns."""
    asked = _lists(act).where(WeedingList.id == weeding_id)
    return act.connection.execute(asked.with_for_update(of=WeedingList)).first()


def _set(act: Act, weeding_id: UUID, **to: Any) -> None:
    which = (WeedingList.school_id == act.school_id, WeedingList.id == weeding_id)
    act.connection.execute(update(WeedingList).where(*which).values(to))


def _add(act: Act, weeding_id: UUID, copies: Sequence[UUID], reason: str, handling: str) -> None:
    own = (WeedingLine.school_id == act.school_id, WeedingLine.weeding_id == weeding_id)
    there = set(act.connection.execute(select(WeedingLine.copy_id).where(*own)).scalars())
    line = {"school_id": act.school_id, "weeding_id": weeding_id}
    why = {"reason": reason, "handling": handling}
    rows = [{**line, "copy_id": one, **why} for one in dict.fromkeys(copies) if one not in there]
    if rows:
        act.connection.execute(insert(WeedingLine), rows)


def _copies(act: Act, weeding_id: UUID) -> int:
    own = (WeedingLine.school_id == act.school_id, WeedingLine.weeding_id == weeding_id)
    return act.connection.execute(select(func.count()).where(*own)).scalar_one()


def _lines(act: Act, weeding_id: UUID) -> list[Line]:
    asked = (
        select(
            Copy.id,
            Copy.accession,
            full_title(),
            Edition.year,
            Copy.state,
            exists().where(OPEN_LOAN),
            WeedingLine.reason,
            WeedingLine.handling,
        )
        .join(WeedingLine, _IS_LINE)
        .join(Edition, _OF_EDITION)
        .where(Copy.school_id == act.school_id, WeedingLine.weeding_id == weeding_id)
        .order_by(Copy.kho, Copy.number)
    )
    return [Line(*row) for row in act.connection.execute(asked)]
