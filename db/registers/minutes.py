"""R9 and R10: the minutes of a count of the stock, and of what is written off.

A count is reckoned as of its end: what was lent then was there, and what was lost after the
minutes were signed is no matter of theirs. Keeps out who counts and how (`db.register`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from db.clock import SCHOOL_ZONE, local_day
from db.models import Copy, Stocktake, StocktakeSight, Voucher
from db.registers.asked import Asked
from db.registers.sheet import Column, Part, Row, Sums, Weight
from db.registers.stock import column_of, items, left_on, lent_at, stock_rows
from db.states import CopyState, VoucherKind

LIMIT_PERCENT = 10
"""Of the stock that may be weeded at a time (TT 02/2020)."""
YEARS_BETWEEN = 3
"""Between two weedings of a small stock."""
PUBLISHED_DAYS = 15
"""That the list is public before anything is done with the copies."""
KEPT_YEARS = 5
"""That the file is kept at least."""


@dataclass(slots=True)
class Counted:
    """One line of the minutes of a count: the copies of one column."""

    titles: int = 0
    on_books: int = 0
    on_books_vnd: int = 0
    seen: int = 0
    seen_vnd: int = 0
    lent: int = 0
    surplus: int = 0
    missing: int = 0
    damaged: int = 0

    @property
    def balances(self) -> bool:
        """Thực tế + đang mượn + thiếu = theo sổ + thừa."""
        return self.seen + self.lent + self.missing == self.on_books + self.surplus


@dataclass(frozen=True, slots=True)
class Difference:
    """A copy that is not as the registers say."""

    accession: str
    title: str
    what: str


@dataclass(frozen=True, slots=True)
class CountMinutes:
    """What a count found."""

    name: str
    as_of: datetime
    closed_at: datetime | None
    by_column: dict[str, Counted]
    differences: tuple[Difference, ...]
    seen_by: tuple[tuple[str, int], ...]
    """Who or which device saw how many copies."""


@dataclass(frozen=True, slots=True)
class Weeding:
    """What is to be known before copies are written off."""

    copies: int
    stock: int
    last_on: date | None
    day: date

    @property
    def percent(self) -> float:
        """Of the stock."""
        return 100 * self.copies / self.stock if self.stock else 0.0

    @property
    def is_over_limit(self) -> bool:
        """Whether it is more than a tenth, which wants the number of a decision."""
        return self.copies * 100 > self.stock * LIMIT_PERCENT

    @property
    def is_early(self) -> bool:
        """Whether the last weeding was less than three years ago."""
        return self.last_on is not None and self.day < _years_after(self.last_on, YEARS_BETWEEN)

    @property
    def published_until(self) -> date:
        """The first day on which something may be done with the copies."""
        return self.day + timedelta(days=PUBLISHED_DAYS)

    @property
    def kept_until(self) -> date:
        """Until when the file is kept at least."""
        return _years_after(self.day, KEPT_YEARS)

    def warnings(self, decision: str = "") -> tuple[str, ...]:
        """What the school should think about, in sentences."""
        told = []
        if self.is_over_limit and not decision:
            told.append(
                f"{self.copies} bản là {self.percent:.1f} % vốn tài liệu, quá {LIMIT_PERCENT} %: "
                "cần ghi số quyết định."
            )
        if self.is_early and self.last_on is not None:
            told.append(
                f"Lần thanh lọc trước là ngày {self.last_on:%d/%m/%Y}, chưa đủ {YEARS_BETWEEN} năm."
            )
        return tuple(told)


def count_minutes(connection: Connection, school_id: int, stocktake_id: UUID) -> CountMinutes:
    """Compare a count with the registers, as of its end or of now.

    Raises:
        LookupError: There is no such count.
    """
    which = (Stocktake.school_id == school_id, Stocktake.id == stocktake_id)
    count = connection.execute(select(Stocktake.__table__).where(*which)).first()
    if count is None:
        raise LookupError(stocktake_id)
    sights = select(StocktakeSight.copy_id, StocktakeSight.seen_by).where(
        StocktakeSight.school_id == school_id, StocktakeSight.stocktake_id == stocktake_id
    )
    seen = {row.copy_id: row.seen_by for row in connection.execute(sights)}
    by_column: dict[str, Counted] = defaultdict(Counted)
    differences = tuple(_compare(connection, school_id, count, seen, by_column))
    devices = sorted(Counter(seen.values()).items())
    return CountMinutes(
        count.name, count.as_of, count.closed_at, dict(by_column), differences, tuple(devices)
    )


def weeding(connection: Connection, school_id: int, copies: int, as_of: datetime) -> Weeding:
    """What is to be known before so many copies are written off."""
    day = local_day(as_of)
    stock = sum(one.is_there(day) for one in items(connection, school_id, as_of))
    newest = (
        select(Voucher.entered_on)
        .where(
            Voucher.school_id == school_id,
            Voucher.kind == VoucherKind.EXIT,
            Voucher.entered_on < day,
        )
        .order_by(Voucher.entered_on.desc())
        .limit(1)
    )
    return Weeding(copies, stock, connection.execute(newest).scalar(), day)


def stocktakes(asked: Asked) -> Sequence[Any]:
    """The counts begun in the range, oldest first."""
    rows = asked.connection.execute(
        select(Stocktake.__table__)
        .where(Stocktake.school_id == asked.school_id, Stocktake.as_of <= asked.as_of)
        .order_by(Stocktake.as_of)
    )
    return [row for row in rows if asked.since <= local_day(row.as_of) <= asked.until]


def count_sheet(asked: Asked) -> Iterator[Part]:
    """R9: each count of the range, its differences copy by copy."""
    for count in stocktakes(asked):
        minutes = count_minutes(asked.connection, asked.school_id, count.id)
        state = "" if count.closed_at else " (chưa chốt: thiếu là chưa xác minh)"
        cut = f"Chốt số liệu lúc {_moment(minutes.closed_at or asked.as_of)}"
        heading = f"{minutes.name}{state}"
        yield Part(heading, _COUNT_HEAD, list(_count_rows(minutes)), cut, own_page=True)
        devices = [Row((who, number, "")) for who, number in minutes.seen_by]
        yield Part("Phụ lục 1. Thiết bị và người quét", _DEVICE_HEAD, devices)
        rows = [
            Row((place, one.accession, one.title, one.what, "", ""))
            for place, one in enumerate(minutes.differences, 1)
        ] or [Row(("Không có bản nào thiếu, thừa hay hỏng.",), Weight.REMARK)]
        heading = "Phụ lục 2. Các bản thiếu, thừa, hỏng; nguyên nhân và đề nghị"
        yield Part(heading, _DIFFERENCE_HEAD, rows)


def exits(asked: Asked) -> Sequence[Any]:
    """The exit vouchers of the range, oldest first."""
    return asked.connection.execute(
        select(Voucher.__table__)
        .where(
            Voucher.school_id == asked.school_id,
            Voucher.kind == VoucherKind.EXIT,
            Voucher.entered_on.between(asked.since, asked.until),
        )
        .order_by(Voucher.entered_on, Voucher.serial)
    ).all()


def weeding_sheet(asked: Asked) -> Iterator[Part]:
    """R10: each exit voucher of the range with its copies and what the circular asks for."""
    stock = items(asked.connection, asked.school_id, asked.as_of)
    for voucher in exits(asked):
        rows = list(
            stock_rows(
                asked.connection,
                asked.school_id,
                asked.as_of,
                Copy.exit_id == voucher.id,
                titles=True,
            )
        )
        left = [row for row in rows if left_on(row) is not None]
        before = sum(one.is_there(voucher.entered_on - timedelta(days=1)) for one in stock)
        day = voucher.dated_on or voucher.entered_on
        what = Weeding(len(left), before, None, day)
        heading = f"Biên bản số {voucher.number or voucher.serial}, ngày {day:%d/%m/%Y}"
        lines = list(_exit_rows(left, voucher.reason, what))
        yield Part(heading, _EXIT_HEAD, lines, f"Lý do: {voucher.reason}", own_page=True)


_COUNT_HEAD = (
    Column("STT", 0.8, "middle"),
    Column("Loại sách", 3.4),
    Column("Tên", 1.3, "number", "Theo sổ"),
    Column("Bản", 1.4, "number", "Theo sổ"),
    Column("Tiền", 2.4, "money", "Theo sổ"),
    Column("Bản", 1.4, "number", "Thực tế"),
    Column("Tiền", 2.4, "money", "Thực tế"),
    Column("Đang mượn", 1.4, "number"),
    Column("Thừa", 1.2, "number"),
    Column("Thiếu (mất)", 1.3, "number"),
    Column("Hỏng", 1.2, "number"),
    Column("Ghi chú", 2.6),
)
_DEVICE_HEAD = (
    Column("Người, thiết bị", 5.8),
    Column("Số bản quét", 2, "number"),
    Column("Ghi chú", 6),
)
_DIFFERENCE_HEAD = (
    Column("STT", 0.8, "middle"),
    Column("Số ĐKCB", 2, "middle"),
    Column("Tên sách", 7),
    Column("Tình trạng", 3),
    Column("Nguyên nhân", 3.4),
    Column("Đề nghị xử lý", 3.4),
)
_EXIT_HEAD = (
    Column("STT", 0.9, "middle"),
    Column("Số ĐKCB", 2, "middle"),
    Column("Nhan đề", 7.5),
    Column("Năm XB", 1.2, "middle"),
    Column("Giá bìa", 1.8, "money"),
    Column("Tình trạng", 2.6),
    Column("Hình thức xử lý", 3),
)


def _compare(
    connection: Connection,
    school_id: int,
    count: Any,
    seen: dict[UUID, str],
    by_column: dict[str, Counted],
) -> Iterator[Difference]:
    """Count every copy into its column, and give out those that are not as they should be."""
    last = count.closed_at or datetime.max.replace(tzinfo=count.as_of.tzinfo)
    lent = lent_at(connection, school_id, last)
    titles: dict[str, set[UUID]] = defaultdict(set)
    for row in stock_rows(connection, school_id, last, titles=True):
        gone = left_on(row)
        on_books = gone is None or gone > local_day(count.as_of)
        if row.first_at is not None and row.first_at > count.as_of:
            continue  # it came while the count went on, and is in the next
        line = by_column[column_of(row)]
        if on_books:
            titles[column_of(row)].add(row.edition_id)
            line.titles = len(titles[column_of(row)])
        what = _count_copy(line, row, on_books, row.id in seen, row.id in lent)
        if what:
            yield Difference(row.accession, row.title, what)


def _count_copy(line: Counted, row: Any, on_books: bool, is_seen: bool, is_lent: bool) -> str:
    """Enter one copy; what is wrong with it, in words."""
    if on_books:
        line.on_books += 1
        line.on_books_vnd += row.price
    if is_seen:
        line.seen += 1
        line.seen_vnd += row.price
        if not on_books:
            line.surplus += 1
            return "thừa: đã xuất khỏi sổ"
        if row.state == CopyState.DAMAGED:
            line.damaged += 1
            return "hỏng"
        return ""
    if not on_books:
        return ""
    if is_lent:
        line.lent += 1
        return ""
    line.missing += 1
    return "thiếu"


def _count_rows(minutes: CountMinutes) -> Iterator[Row]:
    sums = Sums()
    for place, (column, line) in enumerate(minutes.by_column.items(), 1):
        numbers = (
            line.titles,
            line.on_books,
            line.on_books_vnd,
            line.seen,
            line.seen_vnd,
            line.lent,
            line.surplus,
            line.missing,
            line.damaged,
        )
        sums.add(numbers)
        yield Row((place, column, *numbers, "cân" if line.balances else "KHÔNG CÂN"))
    yield Row((None, "Cộng", *(sums.of or (0,) * 9), ""), Weight.TOTAL)


def _exit_rows(left: list[Any], reason: str, what: Weeding) -> Iterator[Row]:
    place = 0
    for column, together in groupby(left, key=column_of):
        copies = list(together)
        for row in copies:
            place += 1
            title = f"{row.title}, {row.volume}" if row.volume else row.title
            yield Row((place, row.accession, title, row.year, row.price or None, reason, ""))
        money = sum(row.price for row in copies)
        words = f"Cộng {column}: {len(copies)} bản"
        yield Row((None, "", words, None, money, "", ""), Weight.TOTAL)
    money = sum(row.price for row in left)
    yield Row((None, "", f"Tổng cộng: {place} bản", None, money, "", ""), Weight.CLOSING)
    share = f"{what.percent:.1f} % của {what.stock} bản"
    over = f", quá mức {LIMIT_PERCENT} % mỗi lần" if what.is_over_limit else ""
    words = (
        f"Số bản xuất là {share}{over}. Danh mục công khai đến {what.published_until:%d/%m/%Y}; "
        f"hồ sơ lưu ít nhất đến {what.kept_until:%d/%m/%Y}."
    )
    yield Row((words,), Weight.REMARK)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SCHOOL_ZONE):%H:%M ngày %d/%m/%Y}"


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
