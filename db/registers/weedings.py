"""R10: what is written off: the list that is published, the minutes.

Keeps out the limits (`db.weeding_limits`), and who draws a list up and approves it (`db.weeding`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from db.clock import local_day
from db.models import Copy, Voucher, WeedingLine, WeedingList
from db.registers.asked import Asked
from db.registers.sheet import Column, Part, Row, Weight, number_words, percent_words
from db.registers.stock import BEFORE, column_of, items, left_on, stock_rows
from db.states import VoucherKind
from db.weeding_limits import (
    LIMIT_PERCENT,
    NO_WEEDING,
    PUBLISHED_DAYS,
    TRANSFERRED,
    Weeding,
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
            Voucher.reason.not_in(NO_WEEDING),
        )
        .order_by(Voucher.entered_on.desc())
        .limit(1)
    )
    return Weeding(copies, stock, connection.execute(newest).scalar(), day)


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
    vouchers = exits(asked)
    if not vouchers:
        return
    about = _About(asked, [voucher.id for voucher in vouchers])
    yield from (about.part(voucher) for voucher in vouchers)


def voucher_part(asked: Asked, voucher_id: UUID) -> Part:
    """The minutes of one exit voucher."""
    which = (Voucher.school_id == asked.school_id, Voucher.id == voucher_id)
    voucher = asked.connection.execute(select(Voucher.__table__).where(*which)).one()
    return _About(asked, [voucher_id]).part(voucher)


def list_part(asked: Asked, weeding_id: UUID) -> Part:
    """A list as it is hung out: each copy, why it is to go, what is to be done with it."""
    which = (WeedingList.school_id == asked.school_id, WeedingList.id == weeding_id)
    row = asked.connection.execute(select(WeedingList.__table__).where(*which)).one()
    told = _lines(asked, [weeding_id])[weeding_id]
    copies = list(_rows(asked, Copy.id.in_(told)))
    about = weeding(asked.connection, asked.school_id, len(copies), asked.as_of)
    rows = [*_copy_rows(copies, told, ""), _total(copies, f"Tổng cộng: {len(copies)} bản")]
    hung = row.published_at and Weeding(0, 0, None, local_day(row.published_at))
    public = f" Công khai {_range_words(hung)}." if hung else " Chưa công khai."
    rows.append(Row((f"Số bản đề nghị là {_share(about)} vốn tài liệu.{public}",), Weight.REMARK))
    return Part(row.name, _EXIT_HEAD, rows)


class _About:
    """What is known of some exit vouchers, read once for all of them."""

    def __init__(self, asked: Asked, vouchers: list[UUID]) -> None:
        self._copies: dict[UUID, list[Any]] = defaultdict(list)
        for row in _rows(asked, Copy.exit_id.in_(vouchers)):
            if left_on(row) is not None:
                self._copies[row.exit_id].append(row)
        which = (WeedingList.school_id == asked.school_id, WeedingList.voucher_id.in_(vouchers))
        drawn = asked.connection.execute(select(WeedingList.__table__).where(*which))
        self._drawn = {row.voucher_id: row for row in drawn}
        self._lines = _lines(asked, [row.id for row in self._drawn.values()])
        stock = items(asked.connection, asked.school_id, asked.as_of)
        self._came = sorted(one.came_on or BEFORE for one in stock)
        self._left = sorted(one.left_on for one in stock if one.left_on is not None)

    def part(self, voucher: Any) -> Part:
        """The minutes of one of them."""
        left, drawn = self._copies[voucher.id], self._drawn.get(voucher.id)
        day = voucher.dated_on or voucher.entered_on
        about = Weeding(len(left), self._stock_before(voucher.entered_on), None, day)
        told = self._lines[drawn.id] if drawn else {}
        heading = f"Biên bản số {voucher.number or voucher.serial}, ngày {day:%d/%m/%Y}"
        lines = [*_copy_rows(left, told, voucher.reason)]
        lines.append(_total(left, f"Tổng cộng: {len(left)} bản"))
        lines += [Row((words,), Weight.REMARK) for words in _remarks(voucher, about, drawn)]
        return Part(heading, _EXIT_HEAD, lines, f"Lý do: {voucher.reason}", own_page=True)

    def _stock_before(self, day: date) -> int:
        """Copies in the books at the end of the day before."""
        eve = day - timedelta(days=1)
        return bisect_right(self._came, eve) - bisect_right(self._left, eve)


def _remarks(voucher: Any, about: Weeding, drawn: Any) -> Iterator[str]:
    """What the circular asks for, as far as it asks it of this voucher."""
    if voucher.reason == TRANSFERRED:
        yield "Các bản này chuyển kho, không rời thư viện; số mới ghi ở sổ của kho nhận."
        return
    if voucher.reason in NO_WEEDING:
        return
    over = f", quá mức {LIMIT_PERCENT} % mỗi lần" if about.is_over_limit else ""
    share = f"Số bản xuất là {_share(about)}{over}."
    if drawn is None:
        yield (
            f"{share} Danh mục công khai đến {about.published_until:%d/%m/%Y}; "
            f"hồ sơ lưu ít nhất đến {about.kept_until:%d/%m/%Y}."
        )
        return
    yield f"{share} Hồ sơ lưu ít nhất đến {about.kept_until:%d/%m/%Y}."
    hung = Weeding(0, 0, None, local_day(drawn.published_at))
    number = f" theo quyết định số {drawn.decision}" if drawn.decision else ""
    when = f" ngày {drawn.decided_on:%d/%m/%Y}" if drawn.decided_on else ""
    approved = f"{drawn.approved_by} duyệt ngày {local_day(drawn.approved_at):%d/%m/%Y}"
    yield f"Danh mục công khai {_range_words(hung)}; {approved}{number}{when}."


def _share(about: Weeding) -> str:
    return f"{percent_words(about.percent)} % của {number_words(about.stock)} bản"


def _range_words(hung: Weeding) -> str:
    return f"từ {hung.day:%d/%m/%Y} đến {hung.published_until:%d/%m/%Y} ({PUBLISHED_DAYS} ngày)"


def _lines(asked: Asked, lists: list[UUID]) -> dict[UUID, dict[UUID, tuple[str, str]]]:
    """Why each copy of some lists goes, and what is done with it."""
    asked_of = select(
        WeedingLine.weeding_id, WeedingLine.copy_id, WeedingLine.reason, WeedingLine.handling
    ).where(WeedingLine.school_id == asked.school_id, WeedingLine.weeding_id.in_(lists))
    lines: dict[UUID, dict[UUID, tuple[str, str]]] = defaultdict(dict)
    for weeding_id, copy_id, reason, handling in asked.connection.execute(asked_of):
        lines[weeding_id][copy_id] = (reason, handling)
    return lines


def _rows(asked: Asked, which: Any) -> Iterator[Any]:
    return stock_rows(asked.connection, asked.school_id, asked.as_of, which, titles=True)


_EXIT_HEAD = (
    Column("STT", 0.9, "middle"),
    Column("Số ĐKCB", 2, "middle"),
    Column("Nhan đề", 7.5),
    Column("Năm XB", 1.2, "middle"),
    Column("Giá bìa", 1.8, "money"),
    Column("Tình trạng", 2.6),
    Column("Hình thức xử lý", 3),
)


def _copy_rows(copies: list[Any], told: dict[UUID, tuple[str, str]], reason: str) -> Iterator[Row]:
    place = 0
    for column, together in groupby(copies, key=lambda row: column_of(row.kho, row.register)):
        rows = list(together)
        for row in rows:
            place += 1
            why = told.get(row.id, (reason, ""))
            yield Row((place, row.accession, row.full_title, row.year, row.price or None, *why))
        yield _total(rows, f"Cộng {column}: {len(rows)} bản", Weight.TOTAL)


def _total(rows: list[Any], words: str, weight: Weight = Weight.CLOSING) -> Row:
    return Row((None, "", words, None, sum(row.price for row in rows), "", ""), weight)
