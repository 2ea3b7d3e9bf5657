"""R10: what is written off: the limits, the list that is published, the minutes.

Limits are those of circular 02/2020/TT-BVHTTDL, as the domain specification has them (2.3 R10).
Keeps out who draws a list up and approves it (`db.weeding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from db.clock import local_day
from db.models import Copy, Voucher, WeedingLine, WeedingList
from db.registers.asked import Asked
from db.registers.sheet import Column, Part, Row, Weight
from db.registers.stock import column_of, items, left_on, stock_rows
from db.states import VoucherKind

LIMIT_PERCENT = 10
"""Of the stock that may be weeded at a time (TT 02/2020)."""
YEARS_BETWEEN = 3
"""Between two weedings of a small stock."""
PUBLISHED_DAYS = 15
"""That the list is public before anything is done with the copies."""
KEPT_YEARS = 5
"""That the file is kept at least."""
TRANSFERRED = "Chuyển kho"
"""Why copies leave a kho that go on in another one."""
NO_WEEDING = (TRANSFERRED, "Mất", "Trao đổi, biếu tặng")
"""Reasons of exit vouchers that are not a weeding of the stock."""


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
                f"{self.copies} bản là {percent_words(self.percent)} vốn tài liệu, "
                f"quá {LIMIT_PERCENT} %: cần ghi số quyết định."
            )
        if self.is_early and self.last_on is not None:
            told.append(
                f"Lần thanh lọc trước là ngày {self.last_on:%d/%m/%Y}, chưa đủ {YEARS_BETWEEN} năm."
            )
        return tuple(told)


def percent_words(percent: float) -> str:
    """A share as people here write it: 4,5 %."""
    return f"{percent:.1f} %".replace(".", ",")


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
    stock = items(asked.connection, asked.school_id, asked.as_of)
    for voucher in exits(asked):
        yield _exit_part(asked, voucher, sum(one.is_there(_day_before(voucher)) for one in stock))


def voucher_part(asked: Asked, voucher_id: UUID) -> Part:
    """The minutes of one exit voucher."""
    which = (Voucher.school_id == asked.school_id, Voucher.id == voucher_id)
    voucher = asked.connection.execute(select(Voucher.__table__).where(*which)).one()
    stock = items(asked.connection, asked.school_id, asked.as_of)
    return _exit_part(asked, voucher, sum(one.is_there(_day_before(voucher)) for one in stock))


def list_part(asked: Asked, weeding_id: UUID) -> Part:
    """A list as it is hung out: each copy, why it is to go, what is to be done with it."""
    which = (WeedingList.school_id == asked.school_id, WeedingList.id == weeding_id)
    row = asked.connection.execute(select(WeedingList.__table__).where(*which)).one()
    told = _lines(asked, WeedingLine.weeding_id == weeding_id)
    copies = _rows(asked, Copy.id.in_(told))
    about = weeding(asked.connection, asked.school_id, len(copies), asked.as_of)
    share = f"{percent_words(about.percent)} của {about.stock} bản"
    rows = [*_copy_rows(copies, told, ""), _total(copies, f"Tổng cộng: {len(copies)} bản")]
    hung = row.published_at and Weeding(0, 0, None, local_day(row.published_at))
    public = f" Công khai {_range_words(hung)}." if hung else " Chưa công khai."
    rows.append(Row((f"Số bản đề nghị là {share} vốn tài liệu.{public}",), Weight.REMARK))
    return Part(row.name, _EXIT_HEAD, rows)


def _exit_part(asked: Asked, voucher: Any, before: int) -> Part:
    left = [one for one in _rows(asked, Copy.exit_id == voucher.id) if left_on(one) is not None]
    day = voucher.dated_on or voucher.entered_on
    about = Weeding(len(left), before, None, day)
    drawn = _list_of(asked, voucher.id)
    told = _lines(asked, WeedingLine.weeding_id == drawn.id) if drawn else {}
    heading = f"Biên bản số {voucher.number or voucher.serial}, ngày {day:%d/%m/%Y}"
    lines = [*_copy_rows(left, told, voucher.reason)]
    lines.append(_total(left, f"Tổng cộng: {len(left)} bản"))
    lines += [Row((words,), Weight.REMARK) for words in _remarks(voucher, about, drawn)]
    return Part(heading, _EXIT_HEAD, lines, f"Lý do: {voucher.reason}", own_page=True)


def _remarks(voucher: Any, about: Weeding, drawn: Any) -> Iterator[str]:
    """What the circular asks for, as far as it asks it of this voucher."""
    if voucher.reason == TRANSFERRED:
        yield "Các bản này chuyển kho, không rời thư viện; số mới ghi ở sổ của kho nhận."
        return
    if voucher.reason in NO_WEEDING:
        return
    over = f", quá mức {LIMIT_PERCENT} % mỗi lần" if about.is_over_limit else ""
    share = f"Số bản xuất là {percent_words(about.percent)} của {about.stock} bản{over}."
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


def _range_words(hung: Weeding) -> str:
    return f"từ {hung.day:%d/%m/%Y} đến {hung.published_until:%d/%m/%Y} ({PUBLISHED_DAYS} ngày)"


def _list_of(asked: Asked, voucher_id: UUID) -> Any:
    which = (WeedingList.school_id == asked.school_id, WeedingList.voucher_id == voucher_id)
    return asked.connection.execute(select(WeedingList.__table__).where(*which)).first()


def _lines(asked: Asked, which: Any) -> dict[UUID, tuple[str, str]]:
    """Why each copy of a list goes, and what is done with it."""
    lines = select(WeedingLine.copy_id, WeedingLine.reason, WeedingLine.handling)
    rows = asked.connection.execute(lines.where(WeedingLine.school_id == asked.school_id, which))
    return {row.copy_id: (row.reason, row.handling) for row in rows}


def _rows(asked: Asked, which: Any) -> list[Any]:
    return list(stock_rows(asked.connection, asked.school_id, asked.as_of, which, titles=True))


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
    for column, together in groupby(copies, key=column_of):
        rows = list(together)
        for row in rows:
            place += 1
            title = f"{row.title}, {row.volume}" if row.volume else row.title
            why = told.get(row.id, (reason, ""))
            yield Row((place, row.accession, title, row.year, row.price or None, *why))
        yield _total(rows, f"Cộng {column}: {len(rows)} bản", Weight.TOTAL)


def _total(rows: list[Any], words: str, weight: Weight = Weight.CLOSING) -> Row:
    return Row((None, "", words, None, sum(row.price for row in rows), "", ""), weight)


def _day_before(voucher: Any) -> date:
    day: date = voucher.entered_on
    return day - timedelta(days=1)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
