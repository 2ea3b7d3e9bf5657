"""R9: the minutes of a count of the stock, as they are signed.

Keeps out how the figures are found (`db.registers.counts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from db.clock import SCHOOL_ZONE, local_day
from db.models import Stocktake
from db.registers.asked import Asked
from db.registers.counts import Counted, CountMinutes, count_minutes
from db.registers.sheet import Column, Part, Row, Sums, Weight
from db.states import CommitteeRole, CountKind

ROLE_WORDS = {
    CommitteeRole.CHAIR: "Trưởng ban",
    CommitteeRole.SECRETARY: "Thư ký",
    CommitteeRole.MEMBER: "Ủy viên",
}
COMMITTEE = "Ban kiểm kê: Trưởng ban …………………   Ủy viên …………………   Thư ký …………………"
"""What is filled in by hand where nobody was named."""


def stocktakes(asked: Asked) -> Sequence[Any]:
    """The counts begun in the range, oldest first."""
    rows = asked.connection.execute(
        select(Stocktake.id, Stocktake.as_of)
        .where(Stocktake.school_id == asked.school_id, Stocktake.as_of <= asked.as_of)
        .order_by(Stocktake.as_of)
    )
    return [row for row in rows if asked.since <= local_day(row.as_of) <= asked.until]


def count_sheet(asked: Asked) -> Iterator[Part]:
    """R9: each count of the range, its differences copy by copy."""
    for count in stocktakes(asked):
        minutes = count_minutes(asked.connection, asked.school_id, count.id, asked.as_of)
        yield from minutes_parts(minutes, asked.as_of)


def minutes_parts(minutes: CountMinutes, now: datetime) -> Iterator[Part]:
    """The minutes of one count."""
    cut = f"Chốt số liệu lúc {moment_words(minutes.closed_at or now)}"
    yield Part(_heading(minutes), _COUNT_HEAD, list(_count_rows(minutes)), cut, own_page=True)
    proof = [Row((*_proof(column, line),)) for column, line in minutes.by_column.items()]
    total = Row(_proof("Cộng", minutes.total), Weight.TOTAL)
    yield Part("Cân đối số bản", _PROOF_HEAD, [*proof, total, Row((_PROOF,), Weight.REMARK)])
    if minutes.members:
        yield Part("Ban kiểm kê", _MEMBER_HEAD, list(_member_rows(minutes)))
    devices = [Row((who or "không ghi", number, "")) for who, number in minutes.seen_by]
    if minutes.total.in_hand:
        words = "Trả hoặc nhập trong lúc kiểm kê, không phải quét"
        devices.append(Row((words, minutes.total.in_hand, "")))
    yield Part("Phụ lục 1. Người và máy quét", _DEVICE_HEAD, devices)
    rows = [
        Row((place, one.accession, one.title, one.words, one.cause, one.proposal))
        for place, one in enumerate(minutes.differences, 1)
    ] or [Row(("Không có bản nào thiếu, thừa hay hỏng.",), Weight.REMARK)]
    heading = "Phụ lục 2. Các bản thiếu, thừa, hỏng; nguyên nhân và đề nghị"
    yield Part(heading, _DIFFERENCE_HEAD, rows)


def part_words(minutes: CountMinutes) -> str:
    """Which part of the stock is counted."""
    words = f"kho {', '.join(minutes.kho)}" if minutes.kho else "toàn bộ kho"
    return f"{words}, giá {minutes.shelf}" if minutes.shelf else words


def moment_words(at: datetime) -> str:
    """A moment as minutes have it: 16:00 ngày 31/05/2027."""
    return f"{at.astimezone(SCHOOL_ZONE):%H:%M ngày %d/%m/%Y}"


def _heading(minutes: CountMinutes) -> str:
    told = [minutes.name]
    if minutes.kho or minutes.shelf:
        told.append(part_words(minutes))
    if minutes.kind is CountKind.QUICK:
        told.append("kiểm tra nhanh, không ghi mất")
    if minutes.closed_at is None:
        told.append("chưa chốt: thiếu là chưa xác minh")
    elif minutes.members and not minutes.is_signed:
        told.append("chưa ký đủ: thiếu là chưa xác minh")
    name, *rest = told
    return f"{name} ({'; '.join(rest)})" if rest else name


_PROOF = (
    "Có đến ngày mở + nhập − xuất = theo sổ; "
    "thực tế + đang mượn + thiếu = theo sổ + thừa. Thực tế gồm cả bản hỏng."
)
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
_PROOF_HEAD = (
    Column("Loại sách", 3.4),
    Column("Có đến ngày mở", 1.8, "number", "Theo sổ"),
    Column("Nhập", 1.4, "number", "Theo sổ"),
    Column("Xuất", 1.4, "number", "Theo sổ"),
    Column("Còn theo sổ", 1.8, "number", "Theo sổ"),
    Column("Thực tế", 1.6, "number", "Kiểm kê"),
    Column("Đang mượn", 1.6, "number", "Kiểm kê"),
    Column("Thiếu", 1.4, "number", "Kiểm kê"),
    Column("Thừa", 1.4, "number", "Kiểm kê"),
    Column("Kết quả", 2, "middle"),
)
_MEMBER_HEAD = (
    Column("Vai trò", 3),
    Column("Họ và tên", 6),
    Column("Ký tại bàn thủ thư lúc", 5),
)
_DEVICE_HEAD = (
    Column("Người, máy", 5.8),
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


def _count_rows(minutes: CountMinutes) -> Iterator[Row]:
    sums = Sums()
    for place, (column, line) in enumerate(minutes.by_column.items(), 1):
        numbers = _numbers(line)
        sums.add(numbers)
        yield Row((place, column, *numbers, "cân" if line.balances else "KHÔNG CÂN"))
    yield Row((None, "Cộng", *(sums.of or (0,) * 9), ""), Weight.TOTAL)


def _numbers(line: Counted) -> tuple[int, ...]:
    books = (line.titles, line.on_books, line.on_books_vnd, line.seen, line.seen_vnd)
    return (*books, line.lent, line.surplus, line.missing, line.damaged)


def _proof(column: str, line: Counted) -> tuple[str | int, ...]:
    books = (line.opening, line.came, line.left, line.on_books)
    found = (line.seen, line.lent, line.missing, line.surplus)
    return (column, *books, *found, "cân" if line.balances else "KHÔNG CÂN")


def _member_rows(minutes: CountMinutes) -> Iterator[Row]:
    for one in minutes.members:
        signed = moment_words(one.signed_at) if one.signed_at else ""
        yield Row((ROLE_WORDS[one.role], one.name, signed))
