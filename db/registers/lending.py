"""R6 to R8: the loan books of teachers and of pupils, and the library's diary day by day.

Loans are read one after another and never all held. Keeps out who may look at them.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, func, literal, select

from db.clock import local_day
from db.defaults import CLASSES_19
from db.models import (
    Copy,
    DueChange,
    Edition,
    Enrolment,
    HeadCount,
    Kho,
    Loan,
    Patron,
    SetLoan,
    SetTemplate,
    full_title,
)
from db.ordering import name_sort_key
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.registers.asked import Asked
from db.registers.joins import OF_COPY, OF_EDITION, OF_READER, OF_SET
from db.registers.moments import NOON, in_range, moments
from db.registers.sheet import Cell, Column, Part, Row, Weight
from db.registers.stock import TYPES, column_of
from db.states import LoanKind

FORGOTTEN = "(đã xoá)"
"""In the place of a reader who is no longer in the records (docs/privacy.md)."""
PRESS = "Báo, tạp chí"
OTHERS = "Khác"
UNCLASSIFIED = "chưa phân loại"


def teachers_book(asked: Asked) -> Iterator[Part]:
    """R6: a page for each teacher or other member of staff."""
    loans = Prepared(_loans(asked, Loan.patron_id == bindparam("reader")))
    dues = earlier_dues(asked)
    for reader_id, name in sorted(_staff(asked), key=lambda one: name_sort_key(one[1])):
        rows = loans.each(asked.connection, reader=reader_id)
        lines = _staff_lines(asked, rows, dues)
        yield Part(name or FORGOTTEN, _STAFF_HEAD, lines, own_page=True)


def pupils_book(asked: Asked) -> Iterator[Part]:
    """R7, day after day, of a class or of all; a textbook set is one line, with an annex."""
    yield Part(f"Lớp {asked.homeroom}" if asked.homeroom else "", _PUPIL_HEAD, _pupil_lines(asked))
    if _has_sets(asked):
        columns = (
            Column("Họ và tên", 4),
            Column("Lớp", 1, "middle"),
            Column("Bộ sách", 4),
            Column("Số ĐKCB của từng cuốn", 12),
        )
        heading = "Phụ lục. Số ĐKCB của các bộ sách giáo khoa cho mượn"
        yield Part(heading, columns, _set_annex(asked), own_page=True)


def diary(asked: Asked) -> Iterator[Part]:
    """R8: a line for each day, a page for each month, and the months together at the end."""
    columns = _kinds(asked)
    head = _diary_head(columns)
    year = _Day()
    months: list[tuple[str, _Day]] = []
    for month, days in groupby(_days(asked), key=lambda one: (one[0].year, one[0].month)):
        total = _Day()
        words = f"Tháng {month[1]}/{month[0]}"
        lines = list(_month_lines(days, columns, total))
        yield Part(words, head, lines, own_page=True)
        months.append((words, total))
        year.add(total)
    rows = [Row((words, *_numbers(total, columns), "")) for words, total in months]
    rows.append(Row(("Cộng", *_numbers(year, columns), ""), Weight.TOTAL))
    first = (Column("Tháng", 3, "text"), *head[1:])
    yield Part("Tổng hợp theo tháng", first, rows, own_page=True)
    yield Part("Lượt sách theo môn loại", *_by_class(months, year), own_page=True)


@lru_cache(4096)
def main_class(class_19: str, class_number: str) -> str:
    """The class of the school table that a title counts in; empty for "chưa phân loại".

    A title without one of the 19 codes counts by what its class number begins with: 51(075) in 5.
    """
    if class_19 in CLASSES_19:
        return class_19
    begun = [code for code in CLASSES_19 if class_number.startswith(code)]
    return max(begun, key=len, default="")


def has_loans(asked: Asked, *, pupils_only: bool = False) -> bool:
    """Whether anything was lent in the range; also whether anybody was counted, unless pupils."""
    found = select(literal(1)).select_from(Loan).join(Patron, OF_READER).where(*in_range(asked))
    if pupils_only:
        found = found.where(
            Patron.category == PatronCategory.STUDENT, Loan.kind != LoanKind.IN_LIBRARY
        )
    if asked.connection.execute(found.limit(1)).first() is not None:
        return True
    return not pupils_only and bool(head_counts(asked))


@dataclass(slots=True)
class _Day:
    """What happened on a day, or in a month."""

    pupils: int = 0
    staff: int = 0
    lent: Counter[str] = field(default_factory=Counter)
    """By column."""
    classes: Counter[str] = field(default_factory=Counter)
    home: int = 0
    here: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: _Day) -> None:
        """Add another's numbers."""
        self.pupils += other.pupils
        self.staff += other.staff
        self.lent.update(other.lent)
        self.classes.update(other.classes)
        self.home += other.home
        self.here += other.here


_STAFF_HEAD = (
    Column("STT", 0.9, "middle"),
    Column("Ngày mượn", 2, "date"),
    Column("Tên sách", 7),
    Column("Số ĐKCB", 2.2, "middle"),
    Column("Số bản", 1, "number"),
    Column("Hạn trả", 2, "date"),
    Column("Ký mượn", 2),
    Column("Ngày trả", 2, "date"),
    Column("Ký trả (thủ thư)", 2),
    Column("Tình trạng, ghi chú", 3),
)
_PUPIL_HEAD = (
    Column("STT", 1.1, "middle"),
    Column("Ngày mượn", 2, "date"),
    Column("Họ và tên", 4.4),
    Column("Lớp", 1.1, "middle"),
    Column("Số ĐKCB", 2.3, "middle"),
    Column("Tên sách", 6.4),
    Column("Hạn trả", 2, "date"),
    Column("Ký nhận", 2),
    Column("Ngày trả", 2, "date"),
    Column("Ghi chú", 2.4),
)


def _loans(asked: Asked, *more: Any) -> Any:
    """Loans to take home of a range, oldest first."""
    return (
        select(
            Loan.id,
            Loan.patron_id,
            Patron.name,
            Patron.homeroom,
            Loan.lent_at,
            Copy.accession,
            full_title(),
            Loan.due,
            Loan.returned_at,
        )
        .join(Patron, OF_READER)
        .join(Copy, OF_COPY)
        .join(Edition, OF_EDITION)
        .where(*in_range(asked), Loan.kind != LoanKind.IN_LIBRARY, *more)
        .order_by(Loan.lent_at, Loan.id)
    )


def _staff(asked: Asked) -> list[Any]:
    """Who of the staff borrowed anything to take home in the range, and their name."""
    borrowed = (
        select(literal(1))
        .select_from(Loan)
        .where(OF_READER, *in_range(asked), Loan.kind != LoanKind.IN_LIBRARY)
        .correlate(Patron)
    )
    staff = (Patron.school_id == asked.school_id, Patron.category != PatronCategory.STUDENT)
    readers = select(Patron.id, Patron.name).where(*staff, borrowed.exists())
    return list(asked.connection.execute(readers))


def earlier_dues(asked: Asked) -> dict[UUID, date]:
    """What loans were due on at the moment asked about, where that has changed since."""
    later = (DueChange.school_id == asked.school_id, DueChange.changed_at > asked.as_of)
    changes = select(DueChange.loan_id, DueChange.old_due).where(*later)
    dues: dict[UUID, date] = {}
    for row in asked.connection.execute(changes.order_by(DueChange.changed_at)):
        dues.setdefault(row.loan_id, row.old_due)
    return dues


def _earlier_set_dues(asked: Asked) -> dict[UUID, date]:
    """What sets were due on at the moment asked about, if any loan's day has moved since."""
    dues = earlier_dues(asked)
    if not dues:
        return {}
    last: dict[UUID, date] = {}
    loans = select(SetLoan.id, Loan.id.label("loan_id"), Loan.due).join(Loan, OF_SET)
    for row in asked.connection.execute(loans.where(SetLoan.school_id == asked.school_id)):
        last[row.id] = max(dues.get(row.loan_id, row.due), last.get(row.id, date.min))
    return last


def _back_on(asked: Asked, returned_at: datetime | None) -> date | None:
    if returned_at is None or returned_at > asked.as_of:
        return None
    return local_day(returned_at)


def _late_words(due: date, back: date | None, today: date) -> str:
    day = back or today
    if day <= due:
        return ""
    return f"trả muộn {(day - due).days} ngày" if back else f"quá hạn {(day - due).days} ngày"


def _staff_lines(asked: Asked, loans: Iterator[Any], dues: dict[UUID, date]) -> Iterator[Row]:
    today = local_day(asked.as_of)
    lent = out = 0
    for row in loans:
        lent += 1
        due = dues.get(row.id, row.due)
        back = _back_on(asked, row.returned_at)
        out += back is None
        told = (lent, local_day(row.lent_at), row.title, row.accession, 1, due, "")
        yield Row((*told, back, "", _late_words(due, back, today)))
    words = (None, None, f"Cộng: mượn {lent}, chưa trả {out}", "", lent)
    yield Row((*words, None, "", None, "", ""), Weight.TOTAL)


def _pupil_lines(asked: Asked) -> Iterator[Row]:
    classes = Classes(asked)
    single = _single_lines(asked, classes)
    sets = _set_lines(asked, classes)
    place = copies = 0
    for _, count, cells in heapq.merge(single, sets, key=lambda line: line[0]):
        place += 1
        copies += count
        yield Row((place, *cells))
    words = (None, None, f"Cộng: {place} dòng, {copies} bản", "", "", "")
    yield Row((*words, None, "", None, ""), Weight.TOTAL)


_Line = tuple[datetime, int, tuple[Cell, ...]]


def _single_lines(asked: Asked, classes: Classes) -> Iterator[_Line]:
    dues = earlier_dues(asked)
    pupil = Patron.category == PatronCategory.STUDENT
    today = local_day(asked.as_of)
    rows = Prepared(_loans(asked, pupil, Loan.set_loan_id.is_(None))).each(asked.connection)
    for loan_id, patron_id, name, now_in, lent_at, accession, title, until, returned_at in rows:
        day = local_day(lent_at)
        homeroom = classes.of(patron_id, day, now_in)
        if asked.homeroom and homeroom != asked.homeroom:
            continue
        due = dues.get(loan_id, until)
        back = _back_on(asked, returned_at)
        who = (day, name or FORGOTTEN, homeroom, accession, title, due)
        yield lent_at, 1, (*who, "", back, _late_words(due, back, today))


def _set_lines(asked: Asked, classes: Classes) -> Iterator[_Line]:
    dues, today = _earlier_set_dues(asked), local_day(asked.as_of)
    for row in asked.connection.execute(_sets(asked)):
        day = local_day(row.lent_at)
        homeroom = classes.of(row.patron_id, day, row.homeroom)
        if asked.homeroom and homeroom != asked.homeroom:
            continue
        back = None if row.out else _back_on(asked, row.last_back)
        who = (
            day,
            row.name or FORGOTTEN,
            homeroom,
            "phụ lục",
            f"{row.set_name} ({row.copies} bản)",
        )
        out = f"còn {row.out} bản" if row.out else ""
        due = dues.get(row.id, row.due)
        words = _late_words(due, back, today) or (out if row.out != row.copies else "")
        yield row.lent_at, row.copies, (*who, due, "", back, words)


def _sets(asked: Asked) -> Any:
    is_out = Loan.returned_at.is_(None) | (Loan.returned_at > asked.as_of)
    return (
        select(
            SetLoan.id,
            SetLoan.patron_id,
            SetLoan.lent_at,
            Patron.name,
            Patron.homeroom,
            SetTemplate.name.label("set_name"),
            func.count(Loan.id).label("copies"),
            func.sum(case((is_out, 1), else_=0)).label("out"),
            func.max(Loan.returned_at).label("last_back"),
            func.max(Loan.due).label("due"),
        )
        .join(Loan, OF_SET)
        .join(Patron, OF_READER)
        .join(SetTemplate, _OF_TEMPLATE)
        .where(*in_range(asked), Patron.category == PatronCategory.STUDENT)
        .group_by(
            SetLoan.id,
            SetLoan.patron_id,
            SetLoan.lent_at,
            Patron.name,
            Patron.homeroom,
            SetTemplate.name,
        )
        .order_by(SetLoan.lent_at, SetLoan.id)
    )


_OF_TEMPLATE = and_(
    SetTemplate.school_id == SetLoan.school_id, SetTemplate.id == SetLoan.template_id
)


def _has_sets(asked: Asked) -> bool:
    found = (
        select(literal(1)).select_from(Loan).where(*in_range(asked), Loan.set_loan_id.is_not(None))
    )
    return asked.connection.execute(found.limit(1)).first() is not None


def _set_annex(asked: Asked) -> Iterator[Row]:
    classes = Classes(asked)
    rows = Prepared(
        select(
            SetLoan.id,
            SetLoan.patron_id,
            SetLoan.lent_at,
            Patron.name,
            Patron.homeroom,
            SetTemplate.name.label("set_name"),
            Copy.accession,
        )
        .join(Loan, OF_SET)
        .join(Patron, OF_READER)
        .join(SetTemplate, _OF_TEMPLATE)
        .join(Copy, OF_COPY)
        .where(*in_range(asked), Patron.category == PatronCategory.STUDENT)
        .order_by(SetLoan.lent_at, SetLoan.id, Copy.accession)
    ).each(asked.connection)
    for _, together in groupby(rows, key=itemgetter(0)):
        copies = list(together)
        first = copies[0]
        homeroom = classes.of(first.patron_id, local_day(first.lent_at), first.homeroom)
        if not asked.homeroom or homeroom == asked.homeroom:
            numbers = ", ".join(row.accession for row in copies)
            yield Row((first.name or FORGOTTEN, homeroom, first.set_name, numbers))


class Classes:
    """Which class a pupil was in on a day of the range."""

    def __init__(self, asked: Asked) -> None:
        self._times: dict[UUID, list[tuple[str, date, date | None]]] = defaultdict(list)
        rows = asked.connection.execute(
            select(Enrolment.patron_id, Enrolment.homeroom, Enrolment.since, Enrolment.until).where(
                Enrolment.school_id == asked.school_id,
                Enrolment.since <= asked.until,
                Enrolment.until.is_(None) | (Enrolment.until > asked.since),
            )
        )
        for patron_id, homeroom, since, until in rows:
            self._times[patron_id].append((homeroom, since, until))

    def of(self, patron_id: UUID, day: date, now_in: str) -> str:
        """The class of that day; whoever has no enrolment then is where their row says."""
        for homeroom, since, until in self._times.get(patron_id, ()):
            if since <= day and (until is None or day < until):
                return homeroom
        return now_in


def _kinds(asked: Asked) -> tuple[str, ...]:
    """The columns of the diary: the customary ones, the press, and "others" if there are any."""
    of_school = select(Kho.prefix, Kho.register).where(Kho.school_id == asked.school_id)
    rows = asked.connection.execute(of_school)
    known = {_kind(kho, register) for kho, register in rows}
    return (*TYPES, PRESS, *([OTHERS] if OTHERS in known else []))


@lru_cache(1024)
def _kind(kho: str, register: str) -> str:
    """The diary's column of a kho."""
    column = column_of(kho, register)
    if column in TYPES:
        return column
    return PRESS if column == "BC" else OTHERS


def _diary_head(columns: tuple[str, ...]) -> tuple[Column, ...]:
    return (
        Column("Ngày", 2, "date"),
        Column("HS", 1.1, "number", "Lượt bạn đọc"),
        Column("GV, NV", 1.1, "number", "Lượt bạn đọc"),
        Column("Tổng", 1.2, "number", "Lượt bạn đọc"),
        *(Column(column, 1.3, "number", "Lượt sách luân chuyển") for column in columns),
        Column("Tổng", 1.2, "number", "Lượt sách luân chuyển"),
        Column("Mượn về", 1.2, "number", "Hình thức"),
        Column("Đọc tại chỗ", 1.2, "number", "Hình thức"),
        Column("Ghi chú", 5),
    )


def _numbers(day: _Day, columns: tuple[str, ...]) -> tuple[int, ...]:
    readers = (day.pupils, day.staff, day.pupils + day.staff)
    return (*readers, *(day.lent[c] for c in columns), day.lent.total(), day.home, day.here)


def _month_lines(
    days: Iterator[tuple[date, _Day]], columns: tuple[str, ...], total: _Day
) -> Iterator[Row]:
    for day, happened in days:
        total.add(happened)
        yield Row((day, *_numbers(happened, columns), "; ".join(happened.notes)))
    yield Row(("Cộng tháng", *_numbers(total, columns), ""), Weight.TOTAL)


def _by_class(months: list[tuple[str, _Day]], year: _Day) -> tuple[tuple[Column, ...], list[Row]]:
    """Issues by the 19 classes of the school table, month by month."""
    codes = [*CLASSES_19, ""]
    columns = (
        Column("Tháng", 3),
        *(Column(code or UNCLASSIFIED, 1 if code else 1.6, "number", "Môn loại") for code in codes),
        Column("Tổng", 1.3, "number"),
    )
    rows = [Row((words, *(m.classes[c] for c in codes), m.classes.total())) for words, m in months]
    total = Row(("Cộng", *(year.classes[c] for c in codes), year.classes.total()), Weight.TOTAL)
    return columns, [*rows, total]


def _days(asked: Asked) -> Iterator[tuple[date, _Day]]:
    """Every day of the range that the library was open or used, with what happened."""
    busy, counted = _busy_days(asked), head_counts(asked)
    ahead = next(busy, None)
    day, last = asked.since, min(asked.until, local_day(asked.as_of))
    while day <= last:
        happened = _Day()
        is_busy = ahead is not None and ahead[0] == day
        if ahead is not None and is_busy:
            happened, ahead = ahead[1], next(busy, None)
        _count_in(happened, counted.get(day, []))
        if is_busy or day in counted or asked.calendar.is_open(day):
            yield day, happened
        day += timedelta(days=1)


def _count_in(happened: _Day, counts: list[Any]) -> None:
    """Add the readers whom somebody counted."""
    for row in counts:
        if row.category is PatronCategory.STUDENT:
            happened.pupils += row.readers
        else:
            happened.staff += row.readers
        happened.notes.append(row.note or f"đếm tay {row.readers} lượt")


def _busy_days(asked: Asked) -> Iterator[tuple[date, _Day]]:
    for day, events in groupby(moments(asked), key=itemgetter(0)):
        happened = _Day()
        sessions = set()
        for _, hour, patron_id, category, _, kho, register, class_19, sign, kind in events:
            sessions.add((hour < NOON, patron_id, category))
            if kind is None:
                continue
            happened.lent[_kind(kho, register)] += 1
            happened.classes[main_class(class_19, sign)] += 1
            if kind is LoanKind.IN_LIBRARY:
                happened.here += 1
            else:
                happened.home += 1
        pupils = sum(category is PatronCategory.STUDENT for _, _, category in sessions)
        happened.pupils, happened.staff = pupils, len(sessions) - pupils
        yield day, happened


def head_counts(asked: Asked) -> dict[date, list[Any]]:
    """Who was counted by hand in the range, as known at the moment, day by day."""
    rows = asked.connection.execute(
        select(HeadCount.__table__)
        .where(
            HeadCount.school_id == asked.school_id,
            HeadCount.day.between(asked.since, asked.until),
            HeadCount.made_at <= asked.as_of,
            HeadCount.ended_at.is_(None) | (HeadCount.ended_at > asked.as_of),
        )
        .order_by(HeadCount.day, HeadCount.made_at)
    )
    counts: dict[date, list[Any]] = defaultdict(list)
    for row in rows:
        counts[row.day].append(row)
    return counts
