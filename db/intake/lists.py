"""Writes lists of the library as .xlsx and .csv. Keeps out how records are exchanged.

A text that a spreadsheet would take for a formula has an apostrophe before it; CSV has the
mark by which Excel knows UTF-8. Nothing that the desk keeps from classes and the kiosk, such
as the priority flag, is in any list (domain specification S03).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from sqlalchemy import Connection, select

from db.clock import SCHOOL_ZONE
from db.intake.records import guarded
from db.models import Card, Copy, Edition, Loan, Patron, full_title
from db.ordering import name_sort_key
from db.outcomes import PatronCategory
from db.states import CopyState, PatronStatus


class ListKind(StrEnum):
    """What is listed."""

    EDITIONS = "editions"
    COPIES = "copies"
    PATRONS = "patrons"
    LOANS = "loans"


@dataclass(frozen=True, slots=True)
class Listing:
    """A table ready to be written."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


CATEGORIES = {
    PatronCategory.STUDENT: "Học sinh",
    PatronCategory.TEACHER: "Giáo viên",
    PatronCategory.STAFF: "Nhân viên",
}

_STATES = {
    PatronStatus.ACTIVE: "Đang ở trường",
    PatronStatus.LEFT: "Đã rời trường",
    CopyState.RECEIVED: "Mới nhập",
    CopyState.STAMPED: "Đã đóng dấu",
    CopyState.CLASSIFIED: "Đã phân loại",
    CopyState.NUMBERED: "Đã cấp số",
    CopyState.LABELLED: "Đã dán nhãn",
    CopyState.AVAILABLE: "Đang dùng",
    CopyState.LOST: "Mất",
    CopyState.DAMAGED: "Hỏng",
    CopyState.AWAY: "Cho thư viện bạn mượn",
    CopyState.WITHDRAWN: "Đã thanh lý",
}


def read_list(connection: Connection, school_id: int, kind: ListKind) -> Listing:
    """Read a list in the order the library shows it."""
    return _LISTS[kind](connection, school_id)


def as_xlsx(listing: Listing) -> bytes:
    """Write a list as a workbook of one sheet, its header in bold and always in sight."""
    book = openpyxl.Workbook(write_only=True)
    sheet: Any = book.create_sheet(listing.name)
    sheet.freeze_panes = "A2"
    titles = [WriteOnlyCell(sheet, value=header) for header in listing.headers]
    for title in titles:
        title.font = Font(bold=True)
    sheet.append(titles)
    for row in listing.rows:
        sheet.append([_cell(value) for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def as_csv(listing: Listing) -> bytes:
    """Write a list as CSV in UTF-8 with the mark that Excel needs."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(listing.headers)
    writer.writerows([_said(value) for value in row] for row in listing.rows)
    return target.getvalue().encode("utf-8-sig")


def _editions(connection: Connection, school_id: int) -> Listing:
    columns = {
        "Nhan đề": Edition.title, "Tập": Edition.volume, "Bộ sách": Edition.series,
        "Tác giả": Edition.authors, "Nhà xuất bản": Edition.publisher,
        "Nơi xuất bản": Edition.place, "Năm xuất bản": Edition.year, "ISBN": Edition.isbn,
        "Giá tiền": Edition.price_vnd, "Môn học": Edition.subject, "Khối": Edition.grade,
        "Ký hiệu phân loại": Edition.class_number, "Môn loại": Edition.class_19,
        "DDC": Edition.ddc, "Kho": Edition.kho,
    }  # fmt: skip
    asked = select(*columns.values()).where(Edition.school_id == school_id)
    rows = connection.execute(asked.order_by(Edition.kho, Edition.title, Edition.volume))
    return Listing("Ấn bản", tuple(columns), _tuples(rows))


def _copies(connection: Connection, school_id: int) -> Listing:
    columns = {
        "Số ĐKCB": Copy.accession, "Nhan đề": full_title(), "Tác giả": Edition.authors,
        "Giá tiền": Copy.price_vnd, "Kệ": Copy.shelf, "Ngăn": Copy.row, "Tình trạng": Copy.state,
        "Số trong sổ cũ": Copy.original_number,
    }  # fmt: skip
    edition = (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id)
    asked = select(*columns.values()).select_from(Copy).join(Edition, edition)
    rows = connection.execute(
        asked.where(Copy.school_id == school_id).order_by(Copy.kho, Copy.number)
    )
    return Listing("Bản sách", tuple(columns), _tuples(rows))


def _patrons(connection: Connection, school_id: int) -> Listing:
    card = (Card.school_id == Patron.school_id) & (Card.patron_id == Patron.id) & ~Card.revoked
    asked = (
        select(
            Card.number, Patron.name, Patron.category, Patron.homeroom, Patron.school_year,
            Patron.status,
        )
        .select_from(Patron)
        .outerjoin(Card, card)
        .where(Patron.school_id == school_id, Patron.name != "")
    )  # fmt: skip
    rows = sorted(
        connection.execute(asked), key=lambda row: (row.homeroom, name_sort_key(row.name))
    )
    headers = ("Số thẻ", "Họ và tên", "Đối tượng", "Lớp", "Năm học", "Trạng thái")
    return Listing("Bạn đọc", headers, _tuples(rows))


def _loans(connection: Connection, school_id: int) -> Listing:
    columns = {
        "Ngày mượn": Loan.lent_at, "Họ và tên": Patron.name, "Lớp": Patron.homeroom,
        "Số ĐKCB": Copy.accession, "Nhan đề": full_title(), "Hạn trả": Loan.due,
        "Ngày trả": Loan.returned_at,
    }  # fmt: skip
    asked = (
        select(*columns.values())
        .select_from(Loan)
        .join(Copy, (Copy.school_id == Loan.school_id) & (Copy.id == Loan.copy_id))
        .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
        .join(Patron, (Patron.school_id == Loan.school_id) & (Patron.id == Loan.patron_id))
        .where(Loan.school_id == school_id)
        .order_by(Loan.lent_at, Loan.id)
    )
    return Listing("Lượt mượn", tuple(columns), _tuples(connection.execute(asked)))


_LISTS = {
    ListKind.EDITIONS: _editions,
    ListKind.COPIES: _copies,
    ListKind.PATRONS: _patrons,
    ListKind.LOANS: _loans,
}


def _tuples(rows: Iterable[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _cell(value: Any) -> Any:
    """A value for a workbook: numbers and days stay such."""
    match value:
        case datetime():
            return value.astimezone(SCHOOL_ZONE).replace(tzinfo=None)  # Excel knows no zones
        case int() | date() | None:
            return value
    return _said(value)


def _said(value: Any) -> str:
    match value:
        case None:
            return ""
        case PatronCategory():
            return CATEGORIES[value]
        case PatronStatus() | CopyState():
            return _STATES[value]
        case datetime():
            return f"{value.astimezone(SCHOOL_ZONE):%d/%m/%Y %H:%M}"
        case date():
            return f"{value:%d/%m/%Y}"
    return guarded(str(value))
