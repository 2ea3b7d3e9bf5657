"""Files as schools have them, made for tests: csdl exports, registers, old .xls."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import xlwt
from openpyxl.styles import Font

from db.demo import HOMEROOMS

GIRLS = {6: 70, 7: 64, 8: 56, 9: 47}
"""Of each grade (domain specification 1.1)."""

CSDL_HEADERS = (
    "STT", "Mã định danh Bộ GD&ĐT", "Họ tên", "Ngày sinh", "Giới tính", "Dân tộc",
    "Trạng thái", "SĐT liên hệ", "Nơi sinh", "Hộ khẩu thường trú", "Chỗ ở hiện nay",
    "Quốc tịch", "Tôn giáo", "Số CMND/CCCD", "Ngày cấp", "Nơi cấp", "Họ tên cha",
    "Nghề nghiệp cha", "Họ tên mẹ", "Nghề nghiệp mẹ", "Lớp học", "Khối học",
    "Số định danh cá nhân", "Bệnh về mắt", "Ghi chú",
)  # fmt: skip
"""25 columns of an export from the sector's database (domain specification 3.3)."""

DROPPED = (
    "Mường", "0912345678", "Hòa Bình", "thôn Bờ Suối", "ngõ Hoa Gạo", "Lào", "Công giáo",
    "001212345678", "19/08/2021", "Cục Cảnh sát", "Cha Không Lưu", "thợ điện", "Mẹ Không Lưu",
    "thợ may", "001312000001", "cận thị", "15/03/2014", "ghi chú riêng",
)  # fmt: skip
"""What stands in the columns that are never kept."""

REGISTER_HEADERS = (
    "Ngày vào sổ", "Số ĐKCB", "Tên sách", "Tác giả", "Nơi XB", "Nhà XB", "Năm XB",
    "Giá tiền", "Môn loại", "Số vào sổ tổng quát", "Ngày và số biên bản xuất", "Kiểm kê 2025",
    "Phụ chú",
)  # fmt: skip


def csdl_rows() -> list[list[Any]]:
    """The demo school as the sector's database exports it; every person is invented."""
    chance = random.Random(6)
    rows: list[list[Any]] = [
        ["SỞ GIÁO DỤC VÀ ĐÀO TẠO HÀ NỘI"],
        ["DANH SÁCH HỌC SINH NĂM HỌC 2026-2027"],
        [],
        [f"{header}\n(*)" if header == "Họ tên" else header for header in CSDL_HEADERS],
    ]
    girls = dict(GIRLS)
    for room, pupils in HOMEROOMS.items():
        for _ in range(pupils):
            female = girls[int(room[0])] > 0
            girls[int(room[0])] -= female
            rows.append(_pupil(len(rows) - 3, room, female, chance))
    gone = _pupil(len(rows) - 3, "6A", False, chance)
    gone[6] = "Chuyển trường"
    return [*rows, gone, ["Tổng cộng: 517 học sinh"]]


def workbook(sheets: Mapping[str, Iterable[Sequence[Any]]], font: str = "") -> bytes:
    """An .xlsx of some sheets, in a font if one is given."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if font:
            for cells in sheet.iter_rows():
                for cell in cells:
                    cell.font = Font(name=font)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def old_workbook(name: str, rows: Iterable[Sequence[Any]], font: str) -> bytes:
    """An .xls of one sheet in a font."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    style = xlwt.XFStyle()
    style.font.name = font
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.write(i, j, value, style)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def register_rows(copies: int, kho: str = "STK") -> list[list[Any]]:
    """A register of invented copies, one in ten of a new title."""
    first = date(2015, 9, 5)
    rows: list[list[Any]] = [["SỔ ĐĂNG KÝ CÁ BIỆT"], [], list(REGISTER_HEADERS)]
    for i in range(1, copies + 1):
        title = (i - 1) // 10 + 1
        day = first + timedelta(days=title)
        rows.append(
            [
                f"{day:%d/%m/%Y}", f"{kho}.{i:05d}", f"Bồi dưỡng học sinh giỏi quyển {title}",
                f"Nguyễn Văn Tác Giả {title % 97}", "Hà Nội", "NXB Giáo dục Việt Nam",
                2000 + title % 20, 15000 + title % 50 * 1000, "5", title, None, "C", None,
            ]
        )  # fmt: skip
    return rows


def write(path: Path, data: bytes) -> Path:
    """Write a file and say where it is."""
    path.write_bytes(data)
    return path


def _pupil(number: int, room: str, female: bool, chance: random.Random) -> list[Any]:
    """One row; the ministry's code has lost its zero, as spreadsheets do."""
    family = chance.choice(["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ"])
    middle = chance.choice(["Thị", "Ngọc", "Thu"] if female else ["Văn", "Gia", "Đức"])
    given = chance.choice(["An", "Anh", "Bình", "Châu", "Chi", "Giang", "Hà", "Khánh", "Linh"])
    (
        ethnic, phone, born_in, home, lives, nation, faith, card, issued, office, father, work,
        mother, her_work, national, eyes, born_on, note,
    ) = DROPPED  # fmt: skip
    return [
        number, 123_400_000 + number, f"{family} {middle} {given}", born_on,
        "Nữ" if female else "Nam", ethnic, "Đang học", phone, born_in, home, lives, nation,
        faith, card, issued, office, father, work, mother, her_work, room, int(room[0]), national,
        eyes, note,
    ]  # fmt: skip
