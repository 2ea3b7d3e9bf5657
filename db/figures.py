"""What the library counts: pupils, stock, vouchers, losses, and the pages of the loan books.

Figures are read from the records as they stand, nothing is stored. Keeps out how they are laid
out and printed. A page of readers' loans is noted in the audit log, as every look at them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select

from db.clock import SCHOOL_ZONE, local_day
from db.library import Act, Library
from db.models import (
    Copy,
    Edition,
    Enrolment,
    Kho,
    Loan,
    LossCase,
    Patron,
    PatronDetail,
    Voucher,
    full_title,
)
from db.ordering import name_sort_key
from db.outcomes import PatronCategory
from db.patrons import audit
from db.states import (
    CaseKind,
    CopyState,
    DocumentType,
    LoanKind,
    PatronStatus,
    Settlement,
    VoucherKind,
)

NOT_PAPER = (DocumentType.DISC, DocumentType.E_RESOURCE)
"""What the law's copies per pupil leave out (domain specification 2.2)."""
OUT_OF_STOCK = (CopyState.LOST, CopyState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class GradeCount:
    """The pupils of a grade."""

    grade: int
    homerooms: int
    pupils: int
    girls: int
    """Of those whose sex is in the records."""


@dataclass(frozen=True, slots=True)
class StockNorm:
    """Copies for each pupil against what the law and the school itself want (S47)."""

    copies: int
    pupils: int
    legal: int
    own: int
    """0 where the school has set no target."""

    @property
    def per_pupil(self) -> float:
        """Copies for each pupil; 0 of a school without pupils."""
        return self.copies / self.pupils if self.pupils else 0.0

    @property
    def meets_law(self) -> bool:
        """Whether it is enough for level 1."""
        return self.copies >= self.legal * self.pupils

    @property
    def meets_own(self) -> bool | None:
        """Whether the school's own target is met; None where it has none."""
        return self.copies >= self.own * self.pupils if self.own else None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of the general register, part I: what came in on one voucher."""

    serial: int
    entered_on: date
    source: str
    donor: str
    number: str
    titles: int
    copies: int
    value_vnd: int
    """Of the copies whose price is known, in đồng."""
    by_register: tuple[tuple[str, int], ...]
    """Copies in each column of the register."""


@dataclass(frozen=True, slots=True)
class LossCount:
    """What was lost and damaged in a time, and what became of it (S56)."""

    lost: int
    damaged: int
    found: int
    made_good: int
    """Đã đền: replaced or compensated."""
    waived: int
    still_open: int


@dataclass(frozen=True, slots=True)
class LoanLine:
    """A line of a loan book (R6 of a teacher, R7 of a class)."""

    name: str
    """Empty where the reader is forgotten (docs/privacy.md)."""
    homeroom: str
    lent_on: date
    accession: str
    title: str
    due: date
    returned_on: date | None


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a reader has to bring back, without titles (domain specification 5.3.6)."""

    homeroom: str
    name: str
    copies: int
    due: date
    """Of the first of them."""


class Figures:
    """The counts of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def pupils(self) -> tuple[GradeCount, ...]:
        """Active pupils and classes, grade by grade (S01, S02)."""
        of_pupil = and_(
            PatronDetail.school_id == Patron.school_id, PatronDetail.patron_id == Patron.id
        )
        with self._library.act() as act:
            rows = act.connection.execute(
                select(
                    Patron.grade,
                    func.count(func.distinct(Patron.homeroom)),
                    func.count(Patron.id),
                    func.sum(case((PatronDetail.female.is_(True), 1), else_=0)),
                )
                .outerjoin(PatronDetail, of_pupil)
                .where(*_active(act, PatronCategory.STUDENT), Patron.grade.is_not(None))
                .group_by(Patron.grade)
                .order_by(Patron.grade)
            )
            return tuple(GradeCount(row[0] or 0, *row[1:]) for row in rows)

    def stock_norm(self) -> StockNorm:
        """Paper copies in stock for each pupil, beside what is asked for."""
        with self._library.act() as act:
            paper = [Edition.document_type.not_in(NOT_PAPER), *_in_stock(act)]
            copies = act.connection.execute(
                select(func.count(Copy.id)).join(Edition, _OF_EDITION).where(*paper)
            ).scalar_one()
            pupils = select(func.count(Patron.id)).where(*_active(act, PatronCategory.STUDENT))
            choices = act.rules.choices
            how_many = act.connection.execute(pupils).scalar_one()
        return StockNorm(copies, how_many, choices.copies_per_pupil, choices.own_copies_per_pupil)

    def stock_by_type(self) -> dict[DocumentType, int]:
        """Copies in stock by what they are; e-resources count as records, having none (S46)."""
        with self._library.act() as act:
            kinds = Edition.document_type
            copies = select(kinds, func.count(Copy.id)).join(Edition, _OF_EDITION)
            counted = copies.where(*_in_stock(act)).group_by(kinds)
            return {kind: number for kind, number in act.connection.execute(counted)}

    def subjects_without(self, kho: str) -> tuple[str, ...]:
        """Subjects that teachers teach and a kho has no copy for (S10)."""
        with self._library.act() as act:
            teachers = select(PatronDetail.subject).join(
                Patron,
                and_(
                    Patron.school_id == PatronDetail.school_id, Patron.id == PatronDetail.patron_id
                ),
            )
            taught = teachers.where(
                *_active(act, PatronCategory.TEACHER), PatronDetail.subject != ""
            )
            there = select(Edition.subject).join(Copy, _OF_EDITION)
            there = there.where(*_in_stock(act), Copy.kho == kho)
            without = set(act.connection.scalars(taught)) - set(act.connection.scalars(there))
        return tuple(sorted(without))

    def entries(self, since: date, until: date) -> tuple[EntryLine, ...]:
        """The vouchers of a time that brought copies in, one line each (R1, part I)."""
        with self._library.act() as act:
            vouchers = act.connection.execute(
                select(Voucher.__table__)
                .where(
                    Voucher.school_id == act.school_id,
                    Voucher.kind == VoucherKind.ENTRY,
                    Voucher.entered_on.between(since, until),
                )
                .order_by(Voucher.serial)
            ).all()
            return tuple(_entry_line(act, voucher) for voucher in vouchers)

    def losses(self, since: date, until: date) -> LossCount:
        """Cases opened in a time, and how each stands now."""
        with self._library.act() as act:
            cases = act.connection.execute(
                select(LossCase.kind, LossCase.settlement).where(
                    LossCase.school_id == act.school_id, *_within(LossCase.opened_at, since, until)
                )
            ).all()
        ends = [row.settlement for row in cases]
        kinds = [row.kind for row in cases]
        return LossCount(
            lost=kinds.count(CaseKind.LOST),
            damaged=kinds.count(CaseKind.DAMAGED),
            found=ends.count(Settlement.FOUND),
            made_good=ends.count(Settlement.REPLACED) + ends.count(Settlement.COMPENSATED),
            waived=ends.count(Settlement.WAIVED),
            still_open=ends.count(None),
        )

    def reminders(self, until: date, homeroom: str | None = None) -> tuple[Reminder, ...]:
        """Who has something due by a day, class by class as a class list is read (S65)."""
        with self._library.act() as act:
            due = [Loan.school_id == act.school_id, *_NOT_BACK, Loan.due <= until]
            if homeroom is not None:
                due.append(Patron.homeroom == homeroom)
            rows = act.connection.execute(
                select(Patron.homeroom, Patron.name, func.count(Loan.id), func.min(Loan.due))
                .join(Loan, _OF_READER)
                .where(*due)
                .group_by(Patron.id, Patron.homeroom, Patron.name)
            ).all()
        ordered = sorted(rows, key=lambda row: (row.homeroom, name_sort_key(row.name)))
        return tuple(Reminder(*row) for row in ordered)

    def page_of_patron(
        self, patron_id: UUID, since: date, until: date, author: str
    ) -> tuple[LoanLine, ...]:
        """A teacher's page of the loan book (R6)."""
        with self._library.act() as act:
            audit(act, author, "view-loans", patron_id)
            return tuple(_lines(act, Loan.patron_id == patron_id, since, until))

    def page_of_homeroom(
        self, homeroom: str, since: date, until: date, author: str
    ) -> tuple[LoanLine, ...]:
        """A class's pages of the loan book (R7), by the class of the day of each loan."""
        with self._library.act() as act:
            audit(act, author, "view-loans", detail=homeroom)
            times = _times_in(act, homeroom)
            whose = Loan.patron_id.in_(times) | (Patron.homeroom == homeroom)
            return tuple(
                line
                for reader, line in _loans(act, whose, since, until)
                if _was_in(times.get(reader), line.lent_on)
            )


_OF_EDITION = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
_OF_READER = and_(Loan.school_id == Patron.school_id, Loan.patron_id == Patron.id)
_OF_COPY = and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id)
_NOT_BACK = (Loan.returned_at.is_(None), ~Loan.disputed, Loan.kind != LoanKind.IN_LIBRARY)

_Times = list[tuple[date, date | None]]


def _active(act: Act, category: PatronCategory) -> tuple[Any, ...]:
    own = (Patron.school_id == act.school_id, Patron.category == category)
    return *own, Patron.status == PatronStatus.ACTIVE


def _in_stock(act: Act) -> tuple[Any, ...]:
    return Copy.school_id == act.school_id, Copy.state.not_in(OUT_OF_STOCK)


def _within(column: Any, since: date, until: date) -> tuple[Any, ...]:
    return column >= _midnight(since), column < _midnight(until + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SCHOOL_ZONE)


def _entry_line(act: Act, voucher: Any) -> EntryLine:
    column = case((Kho.register == "", Kho.prefix), else_=Kho.register)
    rows = act.connection.execute(
        select(column, Copy.edition_id, Copy.price_vnd)
        .join(Kho, and_(Kho.school_id == Copy.school_id, Kho.prefix == Copy.kho))
        .where(Copy.school_id == act.school_id, Copy.entry_id == voucher.id)
        .order_by(Kho.position)
    ).all()
    columns = dict.fromkeys(row[0] for row in rows)
    return EntryLine(
        voucher.serial,
        voucher.entered_on,
        voucher.source,
        voucher.donor,
        voucher.number,
        titles=len({row.edition_id for row in rows}),
        copies=len(rows),
        value_vnd=sum(row.price_vnd or 0 for row in rows),
        by_register=tuple((name, sum(row[0] == name for row in rows)) for name in columns),
    )


def _lines(act: Act, whose: Any, since: date, until: date) -> Iterable[LoanLine]:
    return (line for _, line in _loans(act, whose, since, until))


def _loans(act: Act, whose: Any, since: date, until: date) -> Iterator[tuple[UUID, LoanLine]]:
    """Loans to take home of a time, oldest first; what was undone at once never was one."""
    rows = act.connection.execute(
        select(
            Patron.id,
            Patron.name,
            Patron.homeroom,
            Loan.lent_at,
            Copy.accession,
            full_title(),
            Loan.due,
            Loan.returned_at,
        )
        .join(Loan, _OF_READER)
        .join(Copy, _OF_COPY)
        .join(Edition, _OF_EDITION)
        .where(
            Loan.school_id == act.school_id,
            whose,
            Loan.kind != LoanKind.IN_LIBRARY,
            Loan.returned_at.is_(None) | (Loan.returned_at != Loan.lent_at),
            *_within(Loan.lent_at, since, until),
        )
        .order_by(Loan.lent_at, Copy.accession)
    )
    for row in rows:
        back = local_day(row.returned_at) if row.returned_at else None
        about = {"name": row.name, "homeroom": row.homeroom, "lent_on": local_day(row.lent_at)}
        what = {"accession": row.accession, "title": row.title, "due": row.due}
        yield row.id, LoanLine(**about, **what, returned_on=back)


def _times_in(act: Act, homeroom: str) -> dict[UUID, _Times]:
    """When each pupil was in a class."""
    asked = select(Enrolment.patron_id, Enrolment.since, Enrolment.until)
    own = (Enrolment.school_id == act.school_id, Enrolment.homeroom == homeroom)
    times: dict[UUID, _Times] = {}
    for row in act.connection.execute(asked.where(*own)):
        times.setdefault(row.patron_id, []).append((row.since, row.until))
    return times


def _was_in(times: _Times | None, day: date) -> bool:
    """Whether it was then; whoever has no enrolment is where their row says."""
    if times is None:
        return True
    return any(since <= day and (until is None or day < until) for since, until in times)
