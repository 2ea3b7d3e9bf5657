"""R1 to R5: the general register, the accession registers, textbooks by page and range, the press.

Keeps out how they are laid out, and how copies get their numbers (`db.register`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from db.clock import local_day
from db.models import (
    Edition,
    Kho,
    Periodical,
    PeriodicalIssue,
    SkippedNumber,
    Stocktake,
    Voucher,
)
from db.ordering import sort_key
from db.prepared import Prepared
from db.registers.asked import Asked
from db.registers.counts import CountMinutes, count_minutes, missing_of
from db.registers.sheet import Cell, Column, Part, Row, Sums, Weight, spans
from db.registers.stock import (
    BEFORE,
    PERIODICALS,
    Balance,
    Item,
    came_on,
    columns_of,
    items,
    left_on,
    stock_rows,
    year_balance,
)
from db.states import CopyState, CountKind
from db.weeding_limits import TRANSFERRED

MOST_COUNTS = 5
"""Columns of the yearly count (kiểm kê) that an accession register has room for."""
UNVOUCHED = "(chưa ghi phiếu nhập)"
UNMINUTED = "(chưa có biên bản)"


def general_register(asked: Asked) -> Iterator[Part]:
    """R1 in its three parts: what came, what went, what is there."""
    stock = items(asked.connection, asked.school_id, asked.as_of)
    columns = columns_of(stock)
    vouchers = _vouchers(asked)
    yield Part(
        "Phần I. Nhập",
        (*_ENTRY_HEAD, *_by_type(columns), _REMARKS),
        _entries(asked, stock, columns, vouchers),
    )
    yield Part(
        "Phần II. Xuất",
        (*_EXIT_HEAD, *_by_type(columns), Column("Lý do xuất", 3.2)),
        _exits(asked, stock, columns, vouchers),
        own_page=True,
    )
    yield Part(
        "Phần III. Tổng kết",
        (Column("Nội dung", 6), *_TOTALS, *_by_type(columns)),
        _closing(asked, stock, columns),
        own_page=True,
    )


def accession_registers(asked: Asked) -> Iterator[Part]:
    """R2: one line for each copy of every kho that has no register of its own, kho by kho."""
    counts = _counts(asked)
    columns = (
        *_ACCESSION_HEAD,
        *(Column(f"{one.year % 100:02}", 0.8, "middle", "Kiểm kê") for one in counts),
        Column("Phụ chú", 2.6),
    )
    rows = stock_rows(
        asked.connection,
        asked.school_id,
        asked.as_of,
        Kho.register.not_in(_OWN_REGISTERS),
        (Kho.register != "") | Kho.prefix.not_in(_OWN_REGISTERS),
        titles=True,
    )
    skipped = _skipped(asked)
    for kho, copies in groupby(rows, lambda row: (row.kho, row.kho_name)):
        lines = _accession_lines(asked, copies, counts, skipped.get(kho[0], {}))
        yield Part(f"Kho {kho[0]}: {kho[1]}", columns, lines, own_page=True)


def textbook_registers(asked: Asked, column: str) -> Iterator[Part]:
    """R3 of SGK and R4 of SGV: a page for each title and volume, its copies as ranges."""
    counts = _counts(asked)
    rows = stock_rows(
        asked.connection,
        asked.school_id,
        asked.as_of,
        (Kho.register == column) | ((Kho.register == "") & (Kho.prefix == column)),
        titles=True,
    )
    pages: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        pages[row.title, row.volume].append(row)
    columns = (
        *_RANGE_HEAD,
        *(Column(f"{one.year}", 1.5, "middle", "Kiểm kê") for one in counts),
        Column("Phụ chú", 2.4),
    )
    for title in sorted(pages, key=lambda page: (sort_key(page[0]), sort_key(page[1]))):
        copies = pages[title]
        if any(_asked_for(asked, row) for row in copies):
            signs = {row.class_number for row in copies if row.class_number}
            heading = ", ".join(part for part in title if part)
            lines = _range_lines(asked, copies, counts)
            yield Part(heading, columns, lines, ", ".join(sorted(signs)), own_page=True)


def periodicals(asked: Asked) -> Iterator[Part]:
    """R5: a page for each title and year, its numbers month by month."""
    rows = Prepared(
        select(
            Edition.title,
            PeriodicalIssue.__table__,
            Periodical.frequency,
        )
        .join(Edition, _of(PeriodicalIssue))
        .outerjoin(
            Periodical,
            and_(
                Periodical.school_id == PeriodicalIssue.school_id,
                Periodical.edition_id == PeriodicalIssue.edition_id,
            ),
        )
        .where(
            PeriodicalIssue.school_id == asked.school_id,
            PeriodicalIssue.received_on.between(asked.since, asked.until),
            PeriodicalIssue.entered_at <= asked.as_of,
        )
    ).all(asked.connection)
    place = cache(sort_key)  # a title comes as often as its numbers
    ordered = sorted(rows, key=lambda row: (place(row.title), row.year, place(row.number)))
    for (title, year, often), issues in groupby(
        ordered, key=lambda row: (row.title, row.year, row.frequency or "")
    ):
        beside = f"Kỳ hạn: {often}" if often else ""
        yield Part(f"{title}, năm {year}", _PRESS_HEAD, _press_lines(list(issues)), beside, True)


_OWN_REGISTERS = ("SGK", "SGV", PERIODICALS)
_TOTALS = (
    Column("Tên", 1.1, "number", "Tổng số"),
    Column("Bản", 1.3, "number", "Tổng số"),
    Column("Thành tiền", 2.2, "money", "Tổng số"),
)
_ENTRY_HEAD = (
    Column("Ngày vào sổ", 2.1, "date"),
    Column("Số vào sổ", 1.2, "middle"),
    Column("Nguồn cung cấp", 3.4),
    Column("Số và ngày chứng từ", 2.6),
    *_TOTALS,
)
_EXIT_HEAD = (
    Column("Ngày", 2.1, "date"),
    Column("STT", 1.2, "middle"),
    Column("Số và ngày biên bản xuất", 3.2),
    *_TOTALS,
)
_REMARKS = Column("Phụ chú", 2.0)
_ACCESSION_HEAD = (
    Column("Ngày vào sổ", 2.0, "date"),
    Column("Số ĐKCB", 2.1, "middle"),
    Column("Tên tác giả và tên sách", 6.8),
    Column("Nơi XB", 1.3),
    Column("Nhà XB", 3.3),
    Column("Năm XB", 1.1, "middle"),
    Column("Giá tiền", 1.6, "money"),
    Column("Môn loại", 1.1, "middle"),
    Column("Số vào sổ TQ", 1.2, "middle"),
    Column("Ngày và số biên bản xuất", 2.4),
)
_RANGE_HEAD = (
    Column("Ngày vào sổ", 2.0, "date"),
    Column("Số thứ tự", 2.2, "middle"),
    Column("Số ĐKCB", 3.6),
    Column("Năm XB", 1.2, "middle"),
    Column("Số bản", 1.1, "number"),
    Column("Giá", 1.6, "money"),
    Column("Thành tiền", 2.0, "money"),
    Column("Số vào sổ TQ", 1.2, "middle"),
    Column("Xuất (số biên bản)", 3.4),
)
_PRESS_HEAD = (
    Column("Giá", 1.4, "money"),
    *(Column(str(month), 1.7, "middle", "Tháng (số báo: bản)") for month in range(1, 13)),
    Column("Tổng số", 1.2, "number"),
    Column("Tổng bản", 1.2, "number"),
    Column("Đóng tập", 1.3, "middle"),
    Column("Phụ chú", 2.4),
)


def _by_type(columns: tuple[str, ...]) -> Iterator[Column]:
    for column in columns:
        yield Column("Bản", 1.1, "number", column)
        yield Column("Tiền", 1.8, "money", column)


def _vouchers(asked: Asked) -> dict[UUID, Any]:
    own = Voucher.school_id == asked.school_id
    rows = asked.connection.execute(select(Voucher.__table__).where(own))
    return {row.id: row for row in rows}


def _entries(
    asked: Asked, stock: list[Item], columns: tuple[str, ...], vouchers: dict[UUID, Any]
) -> Iterator[Row]:
    came = [one for one in stock if one.came_on and asked.since <= one.came_on <= asked.until]
    groups = _grouped(came, lambda one: (one.came_on, one.entry_id), vouchers)
    sums = Sums()
    for (day, entry_id), together in groups:
        voucher = vouchers.get(entry_id)
        told: tuple[Cell, ...] = (day, None, UNVOUCHED, "")
        if voucher is not None:
            source = f"{voucher.source}: {voucher.donor}" if voucher.donor else voucher.source
            told = (day, voucher.serial, source, _paper(voucher.number, voucher.dated_on))
        numbers = _numbers(together, columns)
        sums.add(numbers)
        yield Row((*told, *numbers, voucher.note if voucher else ""))
    yield Row(("Cộng", None, "", "", *(sums.of or _none(columns)), ""), Weight.TOTAL)


def _exits(
    asked: Asked, stock: list[Item], columns: tuple[str, ...], vouchers: dict[UUID, Any]
) -> Iterator[Row]:
    left = [one for one in stock if one.left_on and asked.since <= one.left_on <= asked.until]
    groups = _grouped(left, lambda one: (one.left_on, one.exit_id), vouchers)
    sums = Sums()
    for (day, exit_id), together in groups:
        voucher = vouchers.get(exit_id)
        told: tuple[Cell, ...] = (day, None, UNMINUTED)
        if voucher is not None:
            told = (day, voucher.serial, _paper(voucher.number, voucher.dated_on))
        numbers = _numbers(together, columns)
        sums.add(numbers)
        yield Row((*told, *numbers, voucher.reason if voucher else ""))
    yield Row(("Cộng", None, "", *(sums.of or _none(columns)), ""), Weight.TOTAL)


def _closing(asked: Asked, stock: list[Item], columns: tuple[str, ...]) -> Iterator[Row]:
    year = year_balance(stock, columns, asked.since, asked.until)
    titles = {one.edition_id for one in stock if one.is_there(asked.until)}
    yield _balance_row(f"Có đến {asked.since:%d/%m/%Y}", year.opening)
    yield _balance_row("Nhập trong kỳ", year.entered)
    yield _balance_row("Xuất trong kỳ", year.left)
    closing = _balance_row(f"Hiện còn đến {asked.until:%d/%m/%Y}", year.closing, len(titles))
    yield Row(closing.cells, Weight.CLOSING)


def _balance_row(words: str, held: Balance, titles: int | None = None) -> Row:
    by_type = [n for column in held.copies for n in (held.copies[column], held.money[column])]
    return Row((words, titles, held.total_copies, held.total_money, *by_type))


def _grouped(
    some: list[Item], by: Callable[[Item], tuple[Any, Any]], vouchers: dict[UUID, Any]
) -> list[tuple[tuple[date, Any], list[Item]]]:
    """Items that came or went together, in the register's order."""
    groups: dict[tuple[date, Any], list[Item]] = defaultdict(list)
    for item in some:
        groups[by(item)].append(item)

    def place(group: tuple[tuple[date, Any], list[Item]]) -> tuple[date, int]:
        (day, voucher_id), _ = group
        return day, vouchers[voucher_id].serial if voucher_id in vouchers else 0

    return sorted(groups.items(), key=place)


def _numbers(together: list[Item], columns: tuple[str, ...]) -> tuple[int, ...]:
    titles = len({one.edition_id for one in together})
    by_type: list[int] = []
    for column in columns:
        prices = [one.price_vnd for one in together if one.column == column]
        by_type += [len(prices), sum(prices)]
    return (titles, len(together), sum(one.price_vnd for one in together), *by_type)


def _none(columns: tuple[str, ...]) -> tuple[int, ...]:
    return (0,) * (3 + 2 * len(columns))


def _paper(number: str, dated_on: date | None) -> str:
    return ", ".join(part for part in (number, f"{dated_on:%d/%m/%Y}" if dated_on else "") if part)


@dataclass(frozen=True, slots=True)
class _Count:
    """One count of the stock: what it was of, and what it missed."""

    year: int
    as_of: date
    of: CountMinutes
    missing: frozenset[UUID]

    def mark(self, row: Any) -> str:
        """C for what was there, M for what was missing, nothing for what was not counted."""
        came, left = came_on(row), left_on(row)
        if (came or BEFORE) > self.as_of or (left is not None and left <= self.as_of):
            return ""
        if not self.of.covers(row.id, row.kho):
            return ""
        return "M" if row.id in self.missing else "C"


def _counts(asked: Asked) -> list[_Count]:
    """The newest closed counts of a committee, each with what it did not find."""
    closed = (Stocktake.closed_at.is_not(None), Stocktake.closed_at <= asked.as_of)
    newest = asked.connection.execute(
        select(Stocktake.id)
        .where(Stocktake.school_id == asked.school_id, Stocktake.kind == CountKind.FULL, *closed)
        .order_by(Stocktake.as_of.desc())
        .limit(MOST_COUNTS)
    ).all()
    return [_count(asked, one.id) for one in reversed(newest)]


def _count(asked: Asked, stocktake_id: UUID) -> _Count:
    told = count_minutes(asked.connection, asked.school_id, stocktake_id, asked.as_of)
    day = local_day(told.as_of)
    return _Count(day.year, day, told, missing_of(told))


def _skipped(asked: Asked) -> dict[str, dict[int, str]]:
    own = SkippedNumber.school_id == asked.school_id
    skipped: dict[str, dict[int, str]] = defaultdict(dict)
    for row in asked.connection.execute(select(SkippedNumber.__table__).where(own)):
        skipped[row.kho][row.number] = row.reason
    return skipped


def _asked_for(asked: Asked, row: Any) -> bool:
    """Whether a copy came in the range; what was always there is in a range without beginning."""
    return asked.since <= (came_on(row) or BEFORE) <= asked.until


def _accession_lines(
    asked: Asked, copies: Iterable[Any], counts: list[_Count], skipped: dict[int, str]
) -> Iterator[Row]:
    waiting = sorted(skipped)
    lines = there = money = 0
    blank = ("",) * len(counts)
    for row in copies:
        while waiting and waiting[0] < row.number:
            number = waiting.pop(0)
            about = (None, str(number), "", "", "", None, None, "", None, "", *blank)
            yield Row((*about, f"số bỏ: {skipped[number]}".rstrip(": ")))
        came, left = came_on(row), left_on(row)
        if not asked.since <= (came or BEFORE) <= asked.until:
            continue
        lines += 1
        if left is None:
            there += 1
            money += row.price
        marks = [one.mark(row) for one in counts]
        yield Row((*_accession_cells(row, came, left), *marks, _remark(row)))
    words = f"Cộng {lines} dòng, hiện còn {there} bản"
    yield Row((words, "", "", "", "", None, money, "", None, "", *blank, ""), Weight.TOTAL)


def _accession_cells(row: Any, came: date | None, left: date | None) -> tuple[Cell, ...]:
    what = f"{row.authors}. {row.full_title}" if row.authors else row.full_title
    out = "" if left is None else _left_words(row)
    imprint = (row.place, row.publisher, row.year)
    sign = row.class_19 or row.class_number
    return (came, row.accession, what, *imprint, row.price or None, sign,
            row.entry_serial, out)  # fmt: skip


def _left_words(row: Any) -> str:
    day = row.exit_dated_on or left_on(row)
    return _paper(row.exit_number or UNMINUTED, day)


def _remark(row: Any) -> str:
    if left_on(row) is not None and row.exit_reason == TRANSFERRED:
        return "đã chuyển kho"
    if left_on(row) is not None:
        return f"đã thanh lọc: {row.exit_reason}" if row.exit_reason else "đã thanh lọc"
    if row.entry_source == TRANSFERRED:
        return f"số cũ {row.original_number}"
    return {CopyState.LOST: "mất, chưa xuất", CopyState.DAMAGED: "hỏng"}.get(row.state, "")


def _range_lines(asked: Asked, copies: list[Any], counts: list[_Count]) -> Iterator[Row]:
    ordered = sorted(copies, key=lambda row: (came_on(row) or BEFORE, row.year or 0, row.number))
    serials = {row.id: place for place, row in enumerate(ordered, 1)}
    first = True
    number = money = 0
    for (day, year, price, voucher), together in groupby(ordered, key=_range_key):
        rows = list(together)
        if not _asked_for(asked, rows[0]):
            continue
        number += len(rows)
        money += price * len(rows)
        marks = tuple(_marks(one, rows) for one in counts)
        about = (day, spans(serials[row.id] for row in rows), _accession_spans(rows), year)
        amount = (len(rows), price or None, price * len(rows) or None, voucher)
        remark = "bản số 1: lưu" if first and serials[rows[0].id] == 1 else ""
        yield Row((*about, *amount, _range_exits(rows, serials), *marks, remark))
        first = False
    left = sum(left_on(row) is not None for row in copies)
    words = ("Cộng", "", f"hiện còn {len(copies) - left} bản", None, number, None, money, None, "")
    yield Row((*words, *("" for _ in counts), ""), Weight.TOTAL)


def _range_key(row: Any) -> tuple[date | None, int | None, int, int | None]:
    return came_on(row), row.year, row.price, row.entry_serial


def _accession_spans(rows: list[Any]) -> str:
    return f"{rows[0].kho} {spans(row.number for row in rows)}"


def _range_exits(rows: list[Any], serials: dict[UUID, int]) -> str:
    left: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if left_on(row) is not None:
            left[row.exit_number or UNMINUTED].append(serials[row.id])
    return "; ".join(f"{words}: {spans(numbers)}" for words, numbers in left.items())


def _marks(one: _Count, rows: list[Any]) -> str:
    marks = [one.mark(row) for row in rows]
    there, missing = marks.count("C"), marks.count("M")
    told = ((f"C {there}", there), (f"M {missing}", missing))
    return " · ".join(words for words, number in told if number)


def _press_lines(issues: list[Any]) -> Iterator[Row]:
    for price, together in groupby(issues, key=lambda row: row.price_vnd):
        rows = list(together)
        months = [
            "; ".join(f"{row.number}: {row.copies}" for row in rows if row.month == month)
            for month in range(1, 13)
        ]
        bound = sum(row.bound for row in rows)
        notes = "; ".join(row.note for row in rows if row.note)
        copies = sum(row.copies for row in rows)
        yield Row((price, *months, len(rows), copies, f"{bound} số" if bound else "", notes))


def _of(table: Any) -> Any:
    return and_(Edition.school_id == table.school_id, Edition.id == table.edition_id)
