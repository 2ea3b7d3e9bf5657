"""What the desk shows of one day: figures, loans, kiosks, things to look at. No HTML, no HTTP."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, or_, select

from admin.school import school_name
from db import safety, year_plan
from db.clock import SCHOOL_ZONE, local_day
from db.models import (
    Activity,
    ConditionNote,
    Copy,
    Crate,
    CrateCopy,
    Discrepancy,
    Edition,
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
from db.rulebook import read_choices
from db.states import ClockQuality, DiscrepancyKind, Verdict, WishState

UNMATCHED_WAIT = timedelta(hours=72)
"""A return whose loan may still arrive from another kiosk is not the librarian's yet (B1)."""

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
    WISHES = "wishes"
    LESSONS = "lessons"
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
class Overview:
    """One day at the library."""

    school: str
    """Empty until the school has a name."""
    now: datetime
    figures: Figures
    loans: tuple[LoanRow, ...]
    """The day's loans, newest first."""
    kiosks: tuple[KioskRow, ...]
    things: tuple[Waiting, ...]
    """What waits for the librarian, and how much of it."""
    entering: Entering | None
    """None without registers on paper, or once they are entered."""


def overview(connection: Connection, school_id: int, now: datetime) -> Overview:
    """Gather the day of `now`."""
    return Overview(
        school=school_name(connection, school_id),
        now=now.astimezone(SCHOOL_ZONE),
        figures=_figures(connection, school_id, now),
        loans=loans(connection, school_id, local_day(now)),
        kiosks=tuple(one for one in kiosks(connection, school_id, now) if not one.revoked_at),
        things=tuple(_waiting(connection, school_id, local_day(now))),
        entering=_entering(connection, school_id),
    )


def loans(connection: Connection, school_id: int, day: date | None = None) -> tuple[LoanRow, ...]:
    """The loans of one day, or all of them; newest first."""
    shown = (_real(), *_on_day(Loan.lent_at, day))
    return _loan_rows(connection, school_id, *shown)


def loans_named(
    connection: Connection, school_id: int, loan_ids: Collection[UUID]
) -> tuple[LoanRow, ...]:
    """These loans, also where they ended as they began."""
    return _loan_rows(connection, school_id, Loan.id.in_(loan_ids))


def _loan_rows(
    connection: Connection, school_id: int, *where: ColumnElement[bool]
) -> tuple[LoanRow, ...]:
    rows = connection.execute(
        select(
            Loan.id.label("loan_id"),
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
        .where(Loan.school_id == school_id, *where)
        .order_by(Loan.lent_at.desc(), Loan.id)
    )
    return tuple(LoanRow(**row._asdict()) for row in rows)


def _real() -> ColumnElement[bool]:
    """Leaves out loans that ended as they began: another of the same patron stands for them."""
    return or_(Loan.returned_at.is_(None), Loan.returned_at != Loan.lent_at)


def _on_day(column: Any, day: date | None) -> tuple[ColumnElement[bool], ...]:
    if day is None:
        return ()
    start = datetime.combine(day, time.min, SCHOOL_ZONE)
    return column >= start, column < start + timedelta(days=1)


def _figures(connection: Connection, school_id: int, now: datetime) -> Figures:
    today = local_day(now)
    is_open = (Loan.returned_at.is_(None), ~Loan.disputed)

    def count(*where: ColumnElement[bool]) -> ScalarSelect[int]:
        counted = select(func.count()).where(Loan.school_id == school_id, _real(), *where)
        return counted.scalar_subquery()

    row = connection.execute(
        select(
            count(*_on_day(Loan.lent_at, today)),
            count(*_on_day(Loan.returned_at, today)),
            count(*is_open),
            count(*is_open, Loan.due < today),
            select(func.count()).where(*to_review(school_id, now)).scalar_subquery(),
        )
    ).one()
    return Figures(*row)


def _entering(connection: Connection, school_id: int) -> Entering | None:
    on_paper = read_choices(connection, school_id).books_on_paper
    if not on_paper:
        return None
    counted = select(func.count()).select_from(Copy).where(Copy.school_id == school_id)
    entered = connection.execute(counted).scalar_one()
    return Entering(entered, on_paper) if entered < on_paper else None


def kiosks(connection: Connection, school_id: int, now: datetime) -> Iterator[KioskRow]:
    """Every kiosk by name, also those that were revoked."""
    events = func.count(ReceivedEvent.seq)
    rows = connection.execute(
        select(
            Kiosk.id,
            Kiosk.name,
            Kiosk.enrolled_at,
            Kiosk.revoked_at,
            Kiosk.last_contact_at,
            events,
            events.filter(ReceivedEvent.verdict == Verdict.QUARANTINED),
            Kiosk.waiting,
            Kiosk.clock,
            Kiosk.version,
            Kiosk.printer_trouble,
            Kiosk.paper_low,
            Kiosk.camera,
            Kiosk.saw_newer_at,
        )
        .outerjoin(
            ReceivedEvent,
            (ReceivedEvent.school_id == Kiosk.school_id) & (ReceivedEvent.kiosk_id == Kiosk.id),
        )
        .where(Kiosk.school_id == school_id)
        .group_by(*Kiosk.__table__.primary_key, *_KIOSK_COLUMNS)
        .order_by(Kiosk.name)
    )
    for row in rows:
        heard_at = row.last_contact_at
        told: Sequence[Any] = row
        yield KioskRow(*told, silent=heard_at is not None and now - heard_at > SILENT_AFTER)


def _waiting(connection: Connection, school_id: int, today: date) -> Iterator[Waiting]:
    """Those of the things that wait of which there are any."""
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
    counts = (
        select(func.count()).select_from(table).where(*which).scalar_subquery()
        for table, which in counted.values()
    )
    for thing, number in zip(counted, connection.execute(select(*counts)).one(), strict=True):
        if number:
            yield Waiting(thing, number)


_KIOSK_COLUMNS = (
    Kiosk.name,
    Kiosk.enrolled_at,
    Kiosk.revoked_at,
    Kiosk.last_contact_at,
    Kiosk.waiting,
    Kiosk.clock,
    Kiosk.version,
    Kiosk.printer_trouble,
    Kiosk.paper_low,
    Kiosk.camera,
    Kiosk.saw_newer_at,
)


def to_review(school_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a discrepancy must be for the librarian to see it."""
    waiting = Discrepancy.kind == DiscrepancyKind.RETURN_UNMATCHED
    return (
        Discrepancy.school_id == school_id,
        Discrepancy.settled_at.is_(None),
        or_(~waiting, Discrepancy.happened_at < now - UNMATCHED_WAIT),
    )
