"""What the columns of a school's file mean, and its rows by field. No database, no files.

The header row is the first of fifteen with three known names; names are compared without
accents, case, line breaks and "(*)", also in the old fonts. Of a row only the fields that the
records keep go on from here: everything else in the file, such as origin, address, parents
and national numbers, is left behind (domain specification 3.3 and 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from db.intake.workbook import Line, Refusal, Sheet, Unusable, Value
from db.legacy_fonts import FEWEST_WORDS, Cell, Change, Encoding, Finding, convert, examine
from db.text import clean, fold

Headers = Mapping[str, tuple[str, ...]]
"""The names a column may have, by field."""

PUPILS: Headers = {
    "code": (
        "Mã định danh Bộ GD&ĐT", "Mã định danh Bộ GDĐT", "Mã định danh Bộ GD ĐT",
        "Mã định danh Bộ GD&ĐT (trên CSDL ngành)", "Mã định danh", "Mã học sinh", "Mã HS",
        "Mã MOET",
    ),
    "name": ("Họ và tên", "Họ tên", "Họ tên học sinh", "Họ và tên học sinh"),
    "family": (
        "Họ và đệm", "Họ đệm", "Họ và tên đệm", "Họ và chữ đệm", "Họ, chữ đệm", "Họ, tên đệm", "Họ",
    ),
    "given": ("Tên", "Tên học sinh"),
    "homeroom": ("Lớp", "Lớp học", "Tên lớp", "Mã lớp"),
    "grade": ("Khối", "Khối học"),
    "status": ("Trạng thái", "Trạng thái học sinh"),
    "sex": ("Giới tính", "Nữ"),
    "card": ("Mã thẻ", "Số thẻ", "Số thẻ thư viện"),
}  # fmt: skip
STAFF: Headers = {
    "code": (
        "Mã định danh Bộ GD&ĐT", "Mã định danh Bộ GDĐT", "Mã định danh", "Mã CBGVNV",
        "Mã cán bộ", "Mã giáo viên", "Mã GV", "Mã nhân viên",
    ),
    "name": ("Họ tên", "Họ và tên", "Họ tên giáo viên", "Họ và tên giáo viên"),
    "family": PUPILS["family"],
    "given": PUPILS["given"],
    "status": ("Trạng thái", "Trạng thái cán bộ"),
    "sex": ("Giới tính", "Nữ"),
    "position": ("Vị trí việc làm", "Chức vụ", "Chức danh", "Nhiệm vụ"),
    "subject": ("Môn dạy", "Bộ môn", "Tổ bộ môn", "Tổ", "Tổ chuyên môn", "Môn", "Chuyên môn"),
    "card": PUPILS["card"],
}  # fmt: skip
COPIES: Headers = {
    "accession": (
        "Số ĐKCB", "ĐKCB", "Số đăng ký cá biệt", "Số đăng kí cá biệt", "Đăng ký cá biệt",
        "Mã ĐKCB", "Mã sách", "Số vào sổ cá biệt",
    ),
    "kho": ("Kho", "Mã kho", "Loại sách", "Kho sách"),
    "title": ("Tên sách", "Nhan đề", "Tên tài liệu", "Tên ấn phẩm", "Tựa sách"),
    "both": ("Tên tác giả và tên sách", "Tác giả và tên sách", "Tên sách và tác giả"),
    "volume": ("Tập",),
    "series": ("Bộ sách", "Tùng thư"),
    "authors": ("Tác giả", "Tên tác giả"),
    "publisher": ("Nhà XB", "Nhà xuất bản", "NXB"),
    "place": ("Nơi XB", "Nơi xuất bản"),
    "year": ("Năm XB", "Năm xuất bản"),
    "isbn": ("ISBN", "Chỉ số ISBN"),
    "price": ("Giá tiền", "Đơn giá", "Giá bìa", "Giá", "Giá sách"),
    "pages": ("Số trang",),
    "size": ("Khổ", "Khổ sách", "Khổ cỡ"),
    "subject": ("Môn", "Môn học"),
    "grade": ("Khối", "Lớp"),
    "class_19": ("Môn loại",),
    "class_number": ("Ký hiệu phân loại", "Kí hiệu phân loại", "KHPL", "Phân loại"),
    "ddc": ("DDC", "Chỉ số DDC"),
    "shelf": ("Kệ", "Giá kệ", "Kệ sách", "Giá để sách", "Vị trí"),
    "row": ("Ngăn",),
    "entered_on": ("Ngày vào sổ", "Ngày nhập", "Ngày tháng vào sổ"),
    "entry": ("Số vào sổ tổng quát", "Số TQ", "Số vào sổ TQ", "Số ĐKTQ", "Số sổ tổng quát"),
    "exit": ("Ngày và số biên bản xuất", "Số biên bản xuất", "Biên bản xuất", "Xuất"),
}  # fmt: skip

LEFT_BEHIND = (
    "STT", "TT", "Số TT", "Ghi chú", "Phụ chú", "Kiểm kê", "Tên trường", "Ngày sinh",
    "Ngày tháng năm sinh",
    "Giới tính",
    "Nữ",
)  # fmt: skip
"""Names that are known, so that a header row is found by them, and not kept."""
FORBIDDEN = (
    "dan toc", "ton giao", "quoc tich", "noi sinh", "ho khau", "cho o", "sdt", "dien thoai",
    "cmnd", "cccd", "can cuoc", "ngay cap", "noi cap", "ho ten cha", "ho ten me", "ho va ten cha",
    "ho va ten me", "ho ten bo", "ho va ten bo", "nguoi giam ho", "nghe nghiep",
    "dinh danh ca nhan", "ddcn", "benh", "thuong tru", "tam tru", "dia chi", "que quan", "email",
    "khuyet tat", "ho ngheo", "can ngheo", "hoan canh", "chinh sach", "ngay sinh",
    "ngay thang nam sinh",
)  # fmt: skip
"""Words of headers whose columns are never kept, whatever a caller asks for."""

HEADER_ROWS = 15
FEWEST_HEADERS = 3
_TEXTS = frozenset(
    {"name", "family", "given", "status", "position", "subject", "title", "both", "volume"}
    | {"series", "authors", "publisher", "place", "exit", "sex", "shelf", "row"}
)
"""Fields whose text may be in an old font."""
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever imports says about the file, where it does not speak for itself."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """The header of a field's column, by field."""
    header_row: int | None = None
    encoding: Encoding | None = None
    """What old text is written in; None lets the file be recognised."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands."""

    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by field; nothing of other columns is in it."""

    place: Place
    values: Mapping[str, Value]
    headers: Mapping[str, str]
    """What the columns are called in the file."""
    first: str = ""
    """What its first cell that is not empty says, if that is at most a word like "Tổng"."""

    def text(self, name: str) -> str:
        """What a field says, as clean text; numbers without a decimal point they do not need."""
        return as_text(self.values.get(name))


@dataclass(frozen=True, slots=True)
class Converted:
    """A column that is in an old font, with its first cells before and after."""

    header: str
    encoding: Encoding
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a whole file, and how they were read."""

    rows: tuple[Row, ...]
    columns: Mapping[str, str]
    """Header of each field that was found."""
    ignored: tuple[str, ...]
    """Headers of the columns that are left behind."""
    converted: tuple[Converted, ...] = ()
    unsure: tuple[Converted, ...] = ()
    """Columns with a word or two that may be of an old font; they stay as they are."""
    unread: tuple[str, ...] = ()
    """Sheets without a header row."""
    stopped: tuple[Place, ...] = ()
    """Where reading stopped before thousands of empty rows."""


@dataclass(frozen=True, slots=True)
class _Header:
    sheet: Sheet
    line: int
    """Its place among the sheet's lines."""
    columns: Mapping[int, str]
    """Field of each column that is kept, by its place."""
    names: Mapping[int, str]
    ignored: tuple[str, ...]


def as_text(value: Value) -> str:
    """A cell as clean text: a number as people write it, a date as dd/mm/yyyy."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}"
    return clean(str(value))


def read_rows(
    sheets: Iterable[Sheet], headers: Headers, needed: Iterable[str], asked: Asked
) -> Rows | Refusal:
    """Find the header of each sheet and read the rows below it.

    Args:
        sheets: The file.
        headers: What columns may be called, by field.
        needed: Fields without which there is nothing to import; "a|b" for either.
        asked: What the caller lays down.
    """
    sheets = tuple(sheets)
    for wanted in asked.columns.values():
        if is_forbidden(wanted):
            return Refusal(Unusable.NOT_KEPT, column=wanted)
    found = {sheet.name: _find_header(sheet, headers, asked) for sheet in sheets if sheet.lines}
    known = [header for header in found.values() if header]
    if not known:
        return Refusal(Unusable.NO_HEADER, sheets[0].name)
    for header in known:
        if missing := _missing(header, needed, headers):
            return Refusal(Unusable.NO_COLUMN, header.sheet.name, missing)
    findings = _examine(known, asked)
    if isinstance(findings, Refusal):
        return findings
    return _assemble(sheets, known, findings)


def is_forbidden(header: str) -> bool:
    """Whether a column of this name may never be kept."""
    return any(word in name for name in _readings(header) for word in FORBIDDEN)


def _assemble(
    sheets: tuple[Sheet, ...], known: list[_Header], findings: Mapping[str, Finding]
) -> Rows:
    first_names = {f: h.names[i] for h in reversed(known) for i, f in h.columns.items()}
    told = [
        (Converted(first_names[name], one.encoding, one.changes(_cells(known, name))), one.sure)
        for name, one in findings.items()
        if one.encoding is not Encoding.UNICODE
    ]
    with_header = {header.sheet.name for header in known}
    ends = [(s.name, s.stopped_after) for s in sheets if s.stopped_after is not None]
    return Rows(
        rows=tuple(row for header in known for row in _rows(header, findings)),
        columns=first_names,
        ignored=tuple(dict.fromkeys(name for header in known for name in header.ignored)),
        converted=tuple(one for one, sure in told if sure),
        unsure=tuple(one for one, sure in told if not sure),
        unread=tuple(s.name for s in sheets if s.lines and s.name not in with_header),
        stopped=tuple(Place(name, row) for name, row in ends),
    )


def _find_header(sheet: Sheet, headers: Headers, asked: Asked) -> _Header | None:
    names = _by_name(tuple((name, spelt) for name, spelt in headers.items()))
    for place, line in enumerate(sheet.lines):
        if line.number > HEADER_ROWS and asked.header_row is None:
            return None
        if asked.header_row not in (None, line.number):
            continue
        known = sum(1 for cell in line.cells if _is_known(cell, names))
        if known >= FEWEST_HEADERS or asked.header_row == line.number:
            return _header(sheet, place, line, names, asked)
    return None


def _header(
    sheet: Sheet, place: int, line: Line, names: Mapping[str, str], asked: Asked
) -> _Header:
    """Say which column is which field; what the caller laid down goes first."""
    spelt = {i: _shown(cell) for i, cell in enumerate(line.cells) if as_text(cell)}
    wanted = {fold(header): name for name, header in asked.columns.items()}
    columns: dict[int, str] = {}
    for mapping in (wanted, names):
        for i, cell in enumerate(line.cells):
            found = next((mapping[n] for n in _readings(cell) if n in mapping), None)
            taken = found in columns.values() or (mapping is names and found in asked.columns)
            if found and i not in columns and not taken:
                columns[i] = found
    if (second := _second_of_name(sheet, place, columns, spelt)) is not None:
        columns[second], spelt[second] = "given", spelt[second - 1]
    ignored = tuple(name for i, name in spelt.items() if i not in columns)
    return _Header(sheet, place, columns, spelt, ignored)


def _second_of_name(
    sheet: Sheet, place: int, columns: Mapping[int, str], spelt: Mapping[int, str]
) -> int | None:
    """The column of last words that stands without a name beside that of names.

    Class lists are set so: "Họ và tên" stretches over two columns, "Nguyễn Văn" and "An".
    """
    beside = next((i + 1 for i, name in columns.items() if name == "name"), None)
    if beside is None or beside in spelt or "given" in columns.values():
        return None
    below = [line.cells[beside - 1 : beside + 1] for line in sheet.lines[place + 1 :]]
    said = [as_text(pair[1]) for pair in below if len(pair) == 2 and as_text(pair[0])]
    words = [text for text in said if text]
    are_names = all(len(text.split()) <= 2 and not re.search("[0-9]", text) for text in words)
    return beside if are_names and 2 * len(words) > len(said) else None


def _missing(header: _Header, needed: Iterable[str], headers: Headers) -> str:
    """The customary name of a column that is needed and not there; empty if all are."""
    have = set(header.columns.values())
    for wanted in needed:
        options = wanted.split("|")
        if not any(set(option.split("+")) <= have for option in options):
            return headers[options[0].split("+")[0]][0]
    return ""


def _is_known(cell: Value, names: Mapping[str, str]) -> bool:
    readings = _readings(cell)
    return any(n in names or n in _plain_names() for n in readings) or (
        bool(readings) and len(readings[0]) < 60 and is_forbidden(as_text(cell))
    )


@cache
def _plain_names() -> frozenset[str]:
    return frozenset(fold(name) for name in LEFT_BEHIND)


@cache
def _by_name(headers: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return {fold(name): which for which, names in headers for name in names}


def _readings(cell: Value) -> tuple[str, ...]:
    """What a header may say: as it is, without its brackets, and as text of the old fonts."""
    if not isinstance(cell, str) or len(cell) > 200:
        return ()
    spelt = [cell, *(convert(cell, old) for old in (Encoding.TCVN3, Encoding.VNI))]
    folded = [re.sub(r"\s*(?:\(\*\)|[*:])\s*", " ", fold(text)).strip() for text in spelt]
    bare = [re.sub(r"\s*\([^)]*\)\s*", " ", text).strip() for text in folded]
    return tuple(name for name in dict.fromkeys([*folded, *bare]) if name)


def _shown(cell: Value) -> str:
    return as_text(cell)[:60]


def _cells(known: Iterable[_Header], name: str) -> list[Cell]:
    """The texts of one field's column on every sheet."""
    return [
        Cell(value, line.fonts[i] if i < len(line.fonts) else "")
        for header in known
        for i, which in header.columns.items()
        if which == name
        for line in header.sheet.lines[header.line + 1 :]
        if i < len(line.cells) and isinstance(value := line.cells[i], str)
    ]


def _examine(known: list[_Header], asked: Asked) -> dict[str, Finding] | Refusal:
    """What each column of text is written in; a file that leaves real doubt is refused."""
    present = {name for header in known for name in header.columns.values()} & _TEXTS
    findings: dict[str, Finding] = {}
    for name in sorted(present):
        cells = _cells(known, name)
        finding = examine(cells)
        if asked.encoding is not None:
            finding = replace(finding, encoding=asked.encoding, sure=True, mixed=True)
        old = finding.encoding is not Encoding.UNICODE
        if old and not finding.sure and finding.words >= FEWEST_WORDS:
            header = next(h for h in known if name in h.columns.values())
            column = next(h for i, h in header.names.items() if header.columns.get(i) == name)
            where = (header.sheet.name, column)
            shown = (finding.encoding.value, finding.changes(cells))
            return Refusal(Unusable.ENCODING_UNSURE, *where, *shown)
        findings[name] = finding
    return findings


def _rows(header: _Header, findings: Mapping[str, Finding]) -> Iterator[Row]:
    """The rows below a header, without those that say the header again."""
    names = {which: header.names[i] for i, which in header.columns.items()}
    title = header.sheet.lines[header.line]
    for line in header.sheet.lines[header.line + 1 :]:
        if _repeats(line, title, header.columns):
            continue
        values = {
            which: _read(line, i, findings.get(which))
            for i, which in header.columns.items()
            if i < len(line.cells)
        }
        first = next((as_text(cell) for cell in line.cells if as_text(cell)), "")
        yield Row(Place(header.sheet.name, line.number), values, names, _total_word(first))


def _repeats(line: Line, title: Line, columns: Mapping[int, str]) -> bool:
    """Whether a line is the header once more, as on each printed page."""
    here = [line.cells[i] for i in columns if i < len(line.cells) and line.cells[i]]
    there = {title.cells[i] for i in columns}
    return bool(here) and all(cell in there for cell in here)


def _read(line: Line, i: int, finding: Finding | None) -> Value:
    value = line.cells[i]
    if not isinstance(value, str) or finding is None or not finding.sure or value.isascii():
        return value
    return finding.convert(Cell(value, line.fonts[i] if i < len(line.fonts) else ""))


def _total_word(first: str) -> str:
    """The word that marks a line of totals; a pupil may be called Tống, not Tổng."""
    word = first.casefold().split(" ")[0].rstrip(":") if first else ""
    return word if word in ("tổng", "cộng") else ""


def is_error(value: Value) -> bool:
    """Whether a cell holds a formula's error, such as #N/A."""
    return isinstance(value, str) and value.strip() in _ERRORS
