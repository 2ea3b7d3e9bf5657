"""Reports of a range: who read how much, when it is busy, and what to keep, mend and buy.

Classes are compared by figures alone; no reader is named but who gave books. Loans are read one
after another. A figure of a range is the sum of its months: every loan and every visit lies in one
day. Whoever asks for the moment of a report's stamp gets its figures again; what has no moment of
its own (titles, prices, wishes, who teaches what) is as it is now, and `Report.undated` says so.
Keeps out how reports are laid out.

Source:
    Domain specification S32, S35, S40, S49, S77, S80; "lượt bạn đọc" as in R8 (2.3).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from db.calendar import WEEKDAYS
from db.clock import local_day
from db.defaults import CLASSES_19
from db.library import Act
from db.models import (
    NEVER_UNDONE,
    ConditionNote,
    Copy,
    Edition,
    Enrolment,
    Loan,
    Wish,
    WishVote,
)
from db.ordering import sort_key
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.registers.asked import Asked
from db.registers.books import range_words
from db.registers.donations import thanks_report
from db.registers.heading import headed
from db.registers.joins import OF_COPY, OF_EDITION
from db.registers.lending import UNCLASSIFIED, Classes, head_counts, main_class
from db.registers.moments import NOON, Moment, in_range, moments
from db.registers.pictures import STAFF
from db.registers.sheet import Cell, Column, Part, Row, Sheet, Weight
from db.registers.stock import (
    IN_STOCK,
    changed_copies,
    changed_since,
    column_of,
    in_stock,
)
from db.registers.subjects import links_report, subjects_report
from db.states import CopyState, DocumentType, LoanKind, WishState

MOST_TITLES: Final = 100
"""Of a list of titles; whoever wants more narrows it by grade."""
BUSY_LOANS_PER_COPY: Final = 4
"""A title lent so often for each of its copies in the range is worth another."""
YEARS_UNREAD: Final = 2
"""How long a title was not lent before it is listed, where nobody says otherwise."""
COUNTED: Final = "Đếm tay"
"""In the place of a class, for readers whom somebody counted."""
_GRADE = re.compile(r"[0-9]{1,2}")


@dataclass(slots=True)
class Count:
    """How many came, and how many books went."""

    readers: int = 0
    """Lượt bạn đọc: a reader in one half of a day."""
    home: int = 0
    here: int = 0

    @property
    def books(self) -> int:
        """Lượt sách, to take home and in the library."""
        return self.home + self.here

    def lend(self, kind: LoanKind, books: int) -> None:
        """Count books that were lent in one way."""
        if kind is LoanKind.IN_LIBRARY:
            self.here += books
        else:
            self.home += books

    def add(self, other: Count) -> None:
        """Add another's numbers."""
        self.readers += other.readers
        self.home += other.home
        self.here += other.here


@dataclass(slots=True)
class Circulation:
    """A range's visits and loans, each counted in every way they are reported."""

    days: dict[date, Count] = field(default_factory=lambda: defaultdict(Count))
    months: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    rooms: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    grades: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    stocks: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    """By the column of the general register."""
    classes: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    """By môn loại."""
    hours: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Books by weekday and hour."""

    def between(self, first: date, last: date) -> Count:
        """Some days of the range together."""
        total = Count()
        for day, count in self.days.items():
            if first <= day <= last:
                total.add(count)
        return total


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows a list of titles, and what need not be counted again."""

    grade: int | None = None
    years: int = YEARS_UNREAD
    counted: Circulation | None = None
    """Of the same range and moment, where that was counted for another report."""


@dataclass(frozen=True, slots=True)
class Report:
    """One of the reports."""

    code: str
    title: str
    parts: Callable[[Asked, Wanted], Iterator[Part]]
    about: str
    by_grade: bool = False
    """Whether it can be narrowed to a grade's titles."""
    undated: str = ""
    """What in it is as it is now, whatever moment is asked for; empty for nothing."""


def circulation(asked: Asked) -> Circulation:
    """Count the visits and loans of a range."""
    told, of_day = Circulation(), Classes(asked)
    issued: Counter[_What] = Counter()
    for day, together in groupby(moments(asked), key=itemgetter(0)):
        rooms = _rooms_of_day(day, together, of_day, issued, told.hours)
        for room, count in rooms.items():
            _enter(told, day, room, count)
    for (kho, register, class_19, sign, kind), number in issued.items():
        for place in (
            told.stocks[column_of(kho, register)],
            told.classes[main_class(class_19, sign)],
        ):
            place.lend(kind, number)
    for day, counts in head_counts(asked).items():
        for row in counts:
            room = COUNTED if row.category is PatronCategory.STUDENT else STAFF
            _enter(told, day, room, Count(row.readers))
    return told


def circulation_report(asked: Asked, wanted: Wanted) -> Iterator[Part]:
    """Visits and loans by month, class, grade, kho and môn loại."""
    told = wanted.counted or circulation(asked)
    pupils = _pupils(asked)
    yield Part("Theo tháng", _head("Tháng"), list(_rows(told.months, _by_month)))
    yield Part("Theo lớp", _room_head(), list(_room_rows(told.rooms, pupils)))
    yield Part("Theo khối", _head("Khối"), list(_rows(told.grades, sort_key)))
    columns = _books_head("Kho sách")
    yield Part("Theo kho", columns, list(_book_rows(told.stocks, {})))
    columns = _books_head("Môn loại")
    yield Part("Theo môn loại", columns, list(_book_rows(told.classes, CLASSES_19)))


def busy_report(asked: Asked, wanted: Wanted) -> Iterator[Part]:
    """Books by weekday and hour: when somebody has to be there."""
    hours = (wanted.counted or circulation(asked)).hours
    shown = sorted({hour for _, hour in hours})
    columns = (Column("Thứ", 3), *(Column(f"{hour} giờ", 1.6, "number") for hour in shown))
    rows = [
        Row((words, *(hours[day, hour] for hour in shown), _sum(hours, day)))
        for day, words in enumerate(WEEKDAYS)
        if _sum(hours, day)
    ]
    sums = (sum(hours[day, hour] for day in range(7)) for hour in shown)
    total = Row(("Cộng", *sums, sum(hours.values())), Weight.TOTAL)
    yield Part("Lượt sách theo thứ và giờ", (*columns, Column("Cộng", 2, "number")), [*rows, total])


def favourites_report(asked: Asked, wanted: Wanted) -> Iterator[Part]:
    """The titles that were lent most often."""
    most = islice(_lent_titles(asked, wanted), MOST_TITLES)
    rows = [
        Row((place, _title(row), row.authors, row.grade, copies, lent))
        for place, (row, copies, lent) in enumerate(most, start=1)
    ]
    yield Part("", (*_TITLE_HEAD, Column("Lượt mượn", 1.6, "number")), rows)


def unread_report(asked: Asked, wanted: Wanted) -> Iterator[Part]:
    """The titles in stock that nobody borrowed for some years."""
    since = local_day(asked.as_of) - timedelta(days=365 * wanted.years)
    moment = replace(asked, since=since).begins
    read = (
        select(Copy.edition_id)
        .join(Loan, OF_COPY)
        .where(
            Loan.school_id == asked.school_id,
            Loan.lent_at >= moment,
            Loan.lent_at <= asked.as_of,
            NEVER_UNDONE,
        )
    )
    was_here = or_(Edition.entered_at.is_(None), Edition.entered_at < moment)
    query = (
        select(*_TITLE)
        .where(Edition.school_id == asked.school_id, was_here, Edition.id.not_in(read))
        .where(Edition.document_type.not_in(_PRESS), *_of_grade(wanted))
        .order_by(Edition.title, Edition.id)
    )
    there = ((row, copies) for row, copies in _with_copies(asked, query) if copies)
    rows = [
        Row((place, _title(row), row.authors, row.grade, copies))
        for place, (row, copies) in enumerate(there, start=1)
    ]
    yield Part(f"Không ai mượn từ {since:%d/%m/%Y}", _TITLE_HEAD, rows)


def worn_report(asked: Asked, wanted: Wanted) -> Iterator[Part]:
    """Copies that are damaged, and those that readers said something of in the range."""
    of_note = and_(
        ConditionNote.school_id == Copy.school_id,
        ConditionNote.copy_id == Copy.id,
        ConditionNote.noted_at >= asked.begins,
        ConditionNote.noted_at < asked.ends,
        ConditionNote.noted_at <= asked.as_of,
    )
    noted = func.count(ConditionNote.id)
    said = func.max(ConditionNote.note)
    of_copy = (Copy.id, Copy.accession, Copy.state, Copy.shelf)
    changed = Copy.id.in_(changed_copies(asked.school_id, asked.as_of))
    query = (
        select(*of_copy, *_TITLE[1:], noted.label("noted"), said)
        .join(Edition, OF_EDITION)
        .outerjoin(ConditionNote, of_note)
        .where(Copy.school_id == asked.school_id, *_of_grade(wanted))
        .group_by(*of_copy, *_TITLE[1:])
        .having(or_(Copy.state == CopyState.DAMAGED, noted > 0, changed))
        .order_by(Copy.accession)
    )
    rows = [
        (row.accession, _title(row), row.shelf, _worn(state), row.noted, row[-1] or "")
        for row, state in _as_they_were(asked, query)
        if state in IN_STOCK and (state is CopyState.DAMAGED or row.noted)
    ]
    yield Part("", _WORN_HEAD, [Row((place, *row)) for place, row in enumerate(rows, start=1)])


def purchase_report(asked: Asked, wanted: Wanted) -> Iterator[Part]:
    """What to buy: titles that are always out, and what readers wish for."""
    short = (one for one in _lent_titles(asked, wanted, Edition.document_type.not_in(_PRESS))
             if _more(one[2], one[1]))  # fmt: skip
    rows: list[Row] = []
    total = 0
    for place, (row, copies, lent) in enumerate(islice(short, MOST_TITLES), start=1):
        more = _more(lent, copies)
        money = None if row.price_vnd is None else row.price_vnd * more
        total += money or 0
        told = (place, _title(row), row.authors, row.grade, copies, lent, more)
        rows.append(Row((*told, row.price_vnd, money)))
    blank: tuple[Cell, ...] = (None,) * 6
    rows.append(Row(("", "Cộng những cuốn đã biết giá", *blank, total), Weight.TOTAL))
    yield Part("Sách mượn nhiều mà ít bản", _PURCHASE_HEAD, rows)
    if wanted.grade is None:
        wishes = list(_wishes(asked))
        yield Part("Bạn đọc đề nghị mua", _WISH_HEAD, wishes, "danh sách hiện nay")


REPORTS: Final = (
    Report("luu-thong", "Báo cáo bạn đọc và lưu thông", circulation_report,
           "Lượt bạn đọc, lượt sách theo tháng, lớp, khối, kho, môn loại; mượn về và đọc tại chỗ"),
    Report("gio-dong", "Giờ đông bạn đọc", busy_report,
           "Lượt sách theo thứ và giờ, để xếp lịch trực và lịch mở cửa"),
    Report("muon-nhieu", "Sách được mượn nhiều nhất", favourites_report,
           f"{MOST_TITLES} nhan đề đứng đầu trong kỳ", by_grade=True),
    Report("khong-muon", "Sách không ai mượn", unread_report,
           "Nhan đề còn trong kho mà nhiều năm không có lượt mượn", by_grade=True),
    Report("cu-nat", "Sách cũ nát, cần sửa", worn_report,
           "Cuốn đang hỏng, hoặc được bạn đọc báo rách, bẩn", by_grade=True,
           undated="giá để sách"),
    Report("de-nghi-mua", "Đề nghị mua bổ sung", purchase_report,
           "Sách mượn nhiều mà ít bản, kèm giá; đề nghị của bạn đọc", by_grade=True,
           undated="đơn giá và đề nghị của bạn đọc"),
    Report("bo-mon", "Sách theo bộ môn", subjects_report,
           "Sách giáo khoa, sách giáo viên của từng môn; môn chưa có sách giáo viên",
           undated="số giáo viên từng môn"),
    Report("hoc-lieu-so", "Học liệu điện tử", links_report,
           "Địa chỉ bài giảng, trang học liệu đã ghi và ngày xem lại gần nhất",
           undated="địa chỉ và ngày xem lại"),
    Report("tang-sach", "Danh sách cảm ơn tặng sách", thanks_report,
           "Lớp, người đã tặng sách cho thư viện trong kỳ và số cuốn"),
)  # fmt: skip
BY_CODE: Final = {report.code: report for report in REPORTS}


def report_sheet(act: Act, report: Report, asked: Asked, wanted: Wanted) -> Sheet:
    """A report of a range, to be printed and signed."""
    grade = f", khối {wanted.grade}" if wanted.grade and report.by_grade else ""
    return headed(
        act,
        "BC",
        report.title,
        f"{range_words(asked.since, asked.until)}{grade}",
        list(report.parts(asked, wanted)),
        ("Nhân viên thư viện", "Hiệu trưởng"),
        foot=(undated_words(report.undated),) if report.undated else (),
        as_of=asked.as_of,
        until=asked.until,
    )


def undated_words(what: str) -> str:
    """What of a paper is not as of its stamp, in a sentence."""
    return f"Lấy lại theo thời điểm in thì số liệu như cũ; riêng {what} là hiện nay."


_What = tuple[str, str, str, str, LoanKind]
"""Of an issue: kho and its register, class and class number, how it was lent."""


def _rooms_of_day(
    day: date,
    together: Iterator[Moment],
    of_day: Classes,
    issued: Counter[_What],
    hours: Counter[tuple[int, int]],
) -> dict[str, Count]:
    """Count a day's visits and loans by class; every loan also by what and when it was."""
    rooms: dict[str, Count] = defaultdict(Count)
    seen: set[tuple[bool, UUID]] = set()
    weekday = day.weekday()
    for _, hour, reader, category, homeroom, kho, register, class_19, sign, kind in together:
        is_pupil = category is PatronCategory.STUDENT
        count = rooms[of_day.of(reader, day, homeroom) or "?" if is_pupil else STAFF]
        session = (hour < NOON, reader)
        if session not in seen:
            seen.add(session)
            count.readers += 1
        if kind is not None:
            count.lend(kind, 1)
            issued[kho, register, class_19, sign, kind] += 1
            hours[weekday, hour] += 1
    return rooms


def _enter(told: Circulation, day: date, room: str, count: Count) -> None:
    """Enter a day's count of a class wherever it counts."""
    grade = told.grades[_grade(room)]
    for place in (told.days[day], told.months[f"{day:%m/%Y}"], told.rooms[room], grade):
        place.add(count)


def _grade(room: str) -> str:
    if room in (COUNTED, STAFF):
        return room
    found = _GRADE.match(room)
    return f"Khối {found[0]}" if found else "?"


def _pupils(asked: Asked) -> Counter[str]:
    """How many pupils each class had in the range."""
    until = or_(Enrolment.until.is_(None), Enrolment.until > asked.since)
    was_in = (Enrolment.school_id == asked.school_id, Enrolment.since <= asked.until, until)
    counted = func.count(func.distinct(Enrolment.patron_id))
    rows = select(Enrolment.homeroom, counted).where(*was_in).group_by(Enrolment.homeroom)
    return Counter({room: count for room, count in asked.connection.execute(rows)})


def _lent_titles(asked: Asked, wanted: Wanted, *more: Any) -> Iterator[tuple[Any, int, int]]:
    """Titles that were lent with their copies and loans, the most lent first.

    Loans are counted one after another: grouped by the database, ten years of them are sorted
    in its memory.
    """
    loans = Prepared(select(Copy.edition_id).join(Loan, OF_COPY).where(*in_range(asked)))
    lent = Counter(row.edition_id for row in loans.each(asked.connection))
    query = select(*_TITLE).where(Edition.school_id == asked.school_id, *_of_grade(wanted), *more)
    ordered = query.order_by(Edition.title, Edition.id)
    titles = [one for one in _with_copies(asked, ordered) if lent[one[0].id]]
    for row, copies in sorted(titles, key=lambda one: -lent[one[0].id]):
        yield row, copies, lent[row.id]


def _with_copies(asked: Asked, titles: Any) -> Iterator[tuple[Any, int]]:
    """Each title with the copies there were of it at the moment."""
    copies = in_stock(asked.connection, asked.school_id, asked.as_of, Edition.id)
    for row in asked.connection.execute(titles):
        yield row, copies[row.id,]


def _as_they_were(asked: Asked, copies: Any) -> Iterator[tuple[Any, CopyState | None]]:
    """Each copy with its state at the moment; None where it was not there yet."""
    then = changed_since(asked.connection, asked.school_id, asked.as_of)
    for row in asked.connection.execute(copies):
        yield row, then.get(row.id, row.state)


def _title(row: Any) -> str:
    """A title with its volume, as people say it: "Toán 6, tập một"."""
    return f"{row.title}, {row.volume}" if row.volume else str(row.title)


def _of_grade(wanted: Wanted) -> tuple[Any, ...]:
    return () if wanted.grade is None else (Edition.grade == wanted.grade,)


def _more(lent: int, copies: int) -> int:
    """How many more copies a title is worth, so that each is lent no more than is usual."""
    return max(0, -(-lent // BUSY_LOANS_PER_COPY) - copies)


def _worn(state: CopyState) -> str:
    return "Hỏng" if state is CopyState.DAMAGED else "Bạn đọc báo"


def _wishes(asked: Asked) -> Iterator[Row]:
    """What is on the list of purchases, the most wanted first."""
    votes = func.count(WishVote.patron_id)
    of_wish = and_(WishVote.school_id == Wish.school_id, WishVote.wish_id == Wish.id)
    # When a wish was put on the list is not kept.
    listed = (Wish.school_id == asked.school_id, Wish.state == WishState.LISTED)
    query = select(Wish.id, Wish.title, votes.label("votes")).outerjoin(WishVote, of_wish)
    ordered = query.where(*listed).group_by(Wish.id, Wish.title).order_by(votes.desc(), Wish.title)
    for place, row in enumerate(asked.connection.execute(ordered), start=1):
        yield Row((place, row.title, row.votes))


def _sum(hours: Mapping[tuple[int, int], int], day: int) -> int:
    return sum(count for (weekday, _), count in hours.items() if weekday == day)


def _by_month(words: str) -> tuple[str, ...]:
    return tuple(reversed(words.split("/")))


def _last(words: str) -> int:
    """Whoever was counted by hand and the staff come after the classes."""
    return {COUNTED: 1, STAFF: 2}.get(words, 0)


def _head(first: str) -> tuple[Column, ...]:
    return (
        Column(first, 5),
        Column("Lượt bạn đọc", 3, "number"),
        Column("Mượn về", 3, "number", "Lượt sách"),
        Column("Đọc tại chỗ", 3, "number", "Lượt sách"),
        Column("Cộng", 3, "number", "Lượt sách"),
    )


def _rows(counts: Mapping[str, Count], order: Callable[[str], Any]) -> Iterator[Row]:
    for words in sorted(counts, key=lambda one: (_last(one), order(one))):
        yield Row((words, *_numbers(counts[words])))
    yield Row(("Cộng", *_totals(counts)), Weight.TOTAL)


def _room_head() -> tuple[Column, ...]:
    more = (Column("Học sinh", 3, "number"), Column("Lượt sách mỗi em", 3, "number"))
    return (*_head("Lớp"), *more)


def _room_rows(counts: Mapping[str, Count], pupils: Mapping[str, int]) -> Iterator[Row]:
    rooms = {*counts, *pupils}
    for room in sorted(rooms, key=lambda one: (_last(one), sort_key(one))):
        count, there = counts.get(room, Count()), pupils.get(room, 0)
        each = f"{count.books / there:.1f}".replace(".", ",") if there else ""
        yield Row((room, *_numbers(count), there or None, each))
    yield Row(("Cộng", *_totals(counts), sum(pupils.values()), ""), Weight.TOTAL)


def _books_head(first: str) -> tuple[Column, ...]:
    return tuple(column for column in _head(first) if column.label != "Lượt bạn đọc")


def _book_rows(counts: Mapping[str, Count], names: Mapping[str, str]) -> Iterator[Row]:
    for code in sorted(counts, key=lambda one: (one == "", -counts[one].books, one)):
        words = f"{code} {names[code]}" if code in names else code or UNCLASSIFIED
        yield Row((words, *_numbers(counts[code])[1:]))
    yield Row(("Cộng", *_totals(counts)[1:]), Weight.TOTAL)


def _numbers(count: Count) -> tuple[int, ...]:
    return count.readers, count.home, count.here, count.books


def _totals(counts: Mapping[str, Count]) -> tuple[int, ...]:
    total = Count()
    for count in counts.values():
        total.add(count)
    return _numbers(total)


_PRESS: Final = (DocumentType.NEWSPAPER, DocumentType.MAGAZINE, DocumentType.E_RESOURCE)
_TITLE: Final = (
    Edition.id,
    Edition.title,
    Edition.volume,
    Edition.authors,
    Edition.grade,
    Edition.price_vnd,
)
_TITLE_HEAD: Final = (
    Column("TT", 1, "middle"),
    Column("Nhan đề", 9),
    Column("Tác giả", 5),
    Column("Khối", 1.2, "middle"),
    Column("Số bản", 1.4, "number"),
)
_WORN_HEAD: Final = (
    Column("TT", 1, "middle"),
    Column("Số ĐKCB", 2.6),
    Column("Nhan đề", 9),
    Column("Giá", 2),
    Column("Tình trạng", 2.6),
    Column("Số lần báo", 1.6, "number"),
    Column("Điều đã báo", 5),
)
_PURCHASE_HEAD: Final = (
    *_TITLE_HEAD,
    Column("Lượt mượn", 1.6, "number"),
    Column("Nên mua thêm", 1.8, "number"),
    Column("Đơn giá", 2.2, "money"),
    Column("Thành tiền", 2.4, "money"),
)
_WISH_HEAD: Final = (
    Column("TT", 1, "middle"),
    Column("Nhan đề", 12),
    Column("Số bạn đọc đề nghị", 3, "number"),
)
