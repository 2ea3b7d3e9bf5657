"""What the desk shows of one day: figures, loans, kiosks, things to look at. No HTML, no HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Label,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from db import safety, year_plan
from db.clock import SCHOOL_ZONE, local_day
from db.models import (
    NEVER_UNDONE,
    Activity,
    ConditionNote,
    Copy,
    Crate,
    CrateCopy,
    Discrepancy,
    Edition,
    EventStream,
    Hold,
    Kiosk,
    LessonRequest,
    Loan,
    LossCase,
    Patron,
    PlanTask,
    ReceivedEvent,
    Wish,
    YearPlan,
    full_title,
)
from db.outcomes import PatronCategory, given_name
from db.prepared import Prepared, PreparedAbout
from db.rulebook import read_choices
from db.states import ClockQuality, DiscrepancyKind, Verdict, WishState

UNMATCHED_WAIT = timedelta(hours=72)
"""A return whose loan may still arrive from another kiosk is not the librarian's yet (B1)."""

SHOWN_LOANS = 40
"""Of the day's loans; on a day when every class comes, five hundred would be nobody's to read."""

SILENT_AFTER = timedelta(minutes=5)
"""A kiosk reports every minute; after this long without a word it is worth a look."""


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One loan, with the words a librarian knows it by."""

    loan_id: UUID
    copy_id: UUID
    patron_id: UUID
    accession: str
    title: str
    name: str
    homeroom: str
    category: PatronCategory
    lent_at: datetime
    due: date
    returned_at: datetime | None
    disputed: bool
    kiosk: str
    """Empty for a loan that no kiosk reported."""

    @property
    def given_name(self) -> str:
        """The last word of a Vietnamese full name."""
        return given_name(self.name)


@dataclass(frozen=True, slots=True)
class KioskRow:
    """One kiosk."""

    id: UUID
    name: str
    enrolled_at: datetime
    revoked_at: datetime | None
    last_contact_at: datetime | None
    events: int
    """How many it has told of, repeats among them."""
    set_aside: int
    """Events this version of the hub could not understand."""
    waiting: int | None
    """Events it had yet to send; None where it has not said."""
    clock: ClockQuality | None
    version: str
    """Of its program; empty until it has said so."""
    printer_trouble: str | None
    """Empty for a printer that prints, `none` without one; None until it has said so."""
    paper_low: bool
    camera: str
    """`seeing`, `lost`, `none`; empty until it has said so."""
    saw_newer_at: datetime | None
    """When it turned out to have seen rows newer than these records; None if it never did."""
    silent: bool = field(kw_only=True)


class Thing(StrEnum):
    """What may wait for the librarian; the value is its icon's and its wording's key."""

    CRATES_LATE = "crates-late"
    CRATES_OUT = "crates-out"
    HOLDS_READY = "holds-ready"
    CONDITION_NOTES = "condition-notes"
    CASES = "cases"
    LESSONS = "lessons"
    WISHES = "wishes"
    PLAN_TASKS = "plan-tasks"
    PLANS_SENT = "plans-sent"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of a thing wait."""

    thing: Thing
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of the day."""

    lent: int
    returned: int
    open: int
    overdue: int
    to_review: int


@dataclass(frozen=True, slots=True)
class Entering:
    """How far the registers on paper have been entered (S30)."""

    entered: int
    on_paper: int


@dataclass(frozen=True, slots=True)
class Begun:
    """What a new library has already."""

    readers: bool
    copies: bool
    kiosks: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """One day at the library."""

    now: datetime
    figures: Figures
    loans: tuple[LoanRow, ...]
    """The day's newest loans, the last one first."""
    kiosks: tuple[KioskRow, ...]
    things: tuple[Waiting, ...]
    """What waits for the librarian, and how much of it."""
    entering: Entering | None
    """None without registers on paper, or once they are entered."""
    begun: Begun


def overview(connection: Connection, school_id: int, now: datetime) -> Overview:
    """Gather the day of `now`."""
    return Overview(
        now=now.astimezone(SCHOOL_ZONE),
        figures=_figures(connection, school_id, now),
        loans=_newest_loans(connection, school_id, local_day(now)),
        kiosks=tuple(one for one in kiosks(connection, school_id, now) if not one.revoked_at),
        things=tuple(_waiting(connection, school_id, local_day(now))),
        entering=_entering(connection, school_id),
        begun=Begun(*map(bool, _BEGUN.all(connection, of_school=school_id)[0])),
    )


def loans(connection: Connection, school_id: int, day: date | None = None) -> tuple[LoanRow, ...]:
    """The loans of one day, or all of them; newest first."""
    if day is None:
        rows = _LOANS.all(connection, of_school=school_id)
    else:
        rows = _LOANS_OF_DAY.all(connection, of_school=school_id, **_hours(day))
    return tuple(LoanRow(*row) for row in rows)


def _newest_loans(connection: Connection, school_id: int, day: date) -> tuple[LoanRow, ...]:
    rows = _NEWEST_OF_DAY.all(connection, of_school=school_id, **_hours(day))
    return tuple(LoanRow(*row) for row in rows)


def loans_named(
    connection: Connection, school_id: int, loan_ids: Collection[UUID]
) -> tuple[LoanRow, ...]:
    """These loans, also where they ended as they began."""
    rows = _LOANS_NAMED.all(connection, loan_ids, of_school=school_id)
    return tuple(LoanRow(*row) for row in rows)


def kiosks(connection: Connection, school_id: int, now: datetime) -> Iterator[KioskRow]:
    """Every kiosk by name, also those that were revoked."""
    for row in _KIOSKS.all(connection, of_school=school_id):
        heard_at = row.last_contact_at
        yield KioskRow(*row, silent=heard_at is not None and now - heard_at > SILENT_AFTER)


def _figures(connection: Connection, school_id: int, now: datetime) -> Figures:
    today = local_day(now)
    asked = {**_hours(today), "today": today, **review_values(school_id, now)}
    return Figures(*_FIGURES.all(connection, **asked)[0])


def _entering(connection: Connection, school_id: int) -> Entering | None:
    on_paper = read_choices(connection, school_id).books_on_paper
    if not on_paper:
        return None
    counted = select(func.count()).select_from(Copy).where(Copy.school_id == school_id)
    entered = connection.execute(counted).scalar_one()
    return Entering(entered, on_paper) if entered < on_paper else None


def _waiting(connection: Connection, school_id: int, today: date) -> Iterator[Waiting]:
    """Those of the things that wait of which there are any."""
    for thing, number in zip(Thing, _counts(school_id, today).all(connection)[0], strict=True):
        if number:
            yield Waiting(thing, number)


@lru_cache(2)
def _counts(school_id: int, today: date) -> Prepared:
    """How many of each thing wait on a day; the words of a statement are dear, a day is long."""
    out = select(CrateCopy.crate_id).where(
        CrateCopy.school_id == school_id, CrateCopy.back_at.is_(None)
    )
    crates = (Crate.school_id == school_id, Crate.id.in_(out))
    open_case = (LossCase.school_id == school_id, LossCase.settled_at.is_(None))
    counted = {
        Thing.CRATES_LATE: (Crate, (*crates, Crate.due < today)),
        Thing.CRATES_OUT: (Crate, (*crates, Crate.due >= today)),
        Thing.HOLDS_READY: (
            Hold,
            (Hold.school_id == school_id, Hold.ended_at.is_(None), Hold.copy_id.is_not(None)),
        ),
        Thing.CONDITION_NOTES: (
            ConditionNote,
            (ConditionNote.school_id == school_id, ConditionNote.seen_at.is_(None)),
        ),
        Thing.CASES: (LossCase, (*open_case, LossCase.search_until < today)),
        Thing.LESSONS: (
            LessonRequest,
            (LessonRequest.school_id == school_id, LessonRequest.answered_at.is_(None)),
        ),
        Thing.WISHES: (Wish, (Wish.school_id == school_id, Wish.state == WishState.NEW)),
        Thing.PLAN_TASKS: (PlanTask, year_plan.waiting(school_id, today)),
        Thing.PLANS_SENT: (YearPlan, year_plan.sent(school_id)),
        Thing.SAFETY: (Activity, safety.unlooked(school_id, today)),
    }
    counts = (_count(counted[thing][0], thing.name, *counted[thing][1]) for thing in Thing)
    return Prepared(select(*counts))


def _count(table: Any, name: str, *which: ColumnElement[bool]) -> Label[int]:
    return select(func.count()).select_from(table).where(*which).scalar_subquery().label(name)


def _hours(day: date) -> dict[str, datetime]:
    """From when to when a day is at the school."""
    begins = datetime.combine(day, time.min, SCHOOL_ZONE)
    return {"begins": begins, "ends": begins + timedelta(days=1)}


def _on_day(column: Any) -> tuple[ColumnElement[bool], ...]:
    return column >= bindparam("begins"), column < bindparam("ends")


def _loans_that(*are: ColumnElement[bool]) -> Any:
    """Loans as the columns of a `LoanRow`, newest first."""
    return (
        select(
            Loan.id,
            Loan.copy_id,
            Loan.patron_id,
            Copy.accession,
            full_title(),
            Patron.name,
            Patron.homeroom,
            Patron.category,
            Loan.lent_at,
            Loan.due,
            Loan.returned_at,
            Loan.disputed,
            func.coalesce(Kiosk.name, "").label("kiosk"),
        )
        .join(Copy, (Copy.school_id == Loan.school_id) & (Copy.id == Loan.copy_id))
        .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
        .join(Patron, (Patron.school_id == Loan.school_id) & (Patron.id == Loan.patron_id))
        .outerjoin(Kiosk, (Kiosk.school_id == Loan.school_id) & (Kiosk.id == Loan.kiosk_id))
        .where(Loan.school_id == _SCHOOL, *are)
        .order_by(Loan.lent_at.desc(), Loan.id)
    )


def review_values(school_id: int, now: datetime) -> dict[str, Any]:
    """What a prepared statement with `TO_REVIEW` in it has to be told."""
    return {"of_school": school_id, "unmatched_since": now - UNMATCHED_WAIT}


_SCHOOL: Final[BindParameter[int]] = bindparam("of_school")
TO_REVIEW: Final = (
    Discrepancy.school_id == _SCHOOL,
    Discrepancy.settled_at.is_(None),
    or_(
        Discrepancy.kind != DiscrepancyKind.RETURN_UNMATCHED,
        Discrepancy.happened_at < bindparam("unmatched_since"),
    ),
)
"""What a discrepancy must be for the librarian to see it."""

_LOANS = Prepared(_loans_that(NEVER_UNDONE))
_LOANS_OF_DAY = Prepared(_loans_that(NEVER_UNDONE, *_on_day(Loan.lent_at)))
_NEWEST_OF_DAY = Prepared(_loans_that(NEVER_UNDONE, *_on_day(Loan.lent_at)).limit(SHOWN_LOANS))
_LOANS_NAMED = PreparedAbout(lambda is_named: _loans_that(is_named(Loan.id)))

_OF_SCHOOL: Final = (Loan.school_id == _SCHOOL, NEVER_UNDONE)
_OPEN: Final = (*_OF_SCHOOL, Loan.returned_at.is_(None), ~Loan.disputed)
_FIGURES = Prepared(
    select(
        _count(Loan, "lent", *_OF_SCHOOL, *_on_day(Loan.lent_at)),
        _count(Loan, "returned", *_OF_SCHOOL, *_on_day(Loan.returned_at)),
        _count(Loan, "open", *_OPEN),
        _count(Loan, "overdue", *_OPEN, Loan.due < bindparam("today")),
        _count(Discrepancy, "to_review", *TO_REVIEW),
    )
)

_BEGUN = Prepared(
    select(
        exists().where(Patron.school_id == _SCHOOL, Patron.name != "").label("readers"),
        exists().where(Copy.school_id == _SCHOOL).label("copies"),
        exists().where(Kiosk.school_id == _SCHOOL).label("kiosks"),
    )
)

_TOLD = select(func.coalesce(func.sum(EventStream.acked_seq), 0)).where(
    EventStream.school_id == Kiosk.school_id, EventStream.kiosk_id == Kiosk.id
)
_SET_ASIDE: ColumnElement[Any] = literal_column(f"'{Verdict.QUARANTINED}'")
"""As a word of the statement: for a value that is told later SQLite leaves out the index."""
_KIOSKS = Prepared(
    select(
        Kiosk.id,
        Kiosk.name,
        Kiosk.enrolled_at,
        Kiosk.revoked_at,
        Kiosk.last_contact_at,
        _TOLD.scalar_subquery().label("events"),
        _count(
            ReceivedEvent,
            "set_aside",
            ReceivedEvent.school_id == Kiosk.school_id,
            ReceivedEvent.kiosk_id == Kiosk.id,
            ReceivedEvent.verdict == _SET_ASIDE,
        ),
        Kiosk.waiting,
        Kiosk.clock,
        Kiosk.version,
        Kiosk.printer_trouble,
        Kiosk.paper_low,
        Kiosk.camera,
        Kiosk.saw_newer_at,
    )
    .where(Kiosk.school_id == _SCHOOL)
    .order_by(Kiosk.name)
)
"""Told by where streams stand: to count what ten years of kiosks told takes seconds."""
