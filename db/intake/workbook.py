"""Reads a school's file into sheets of cells: .xlsx, .xls, .csv. Keeps out what they mean.

What a file is, its first bytes say and not its name: schools rename. Formulas count by the
value that was last worked out; a cell merged downwards says its value in each of its rows.
Limits keep a file of a few kilobytes from filling the memory (docs/import.md).
"""

from __future__ import annotations

import csv
import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import xlrd
from defusedxml.common import DefusedXmlException
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from db import csv_text
from db.legacy_fonts import Change, read_font

Value = str | int | float | datetime | None
"""What one cell says. A true or false is a text."""


class Unusable(StrEnum):
    """Why a file cannot be read; the value is the key of its sentence."""

    MISSING = "missing"
    EMPTY = "empty"
    NOT_A_TABLE = "not-a-table"
    WEB_PAGE = "web-page"
    """A page of HTML that some programs save under the name .xls."""
    PASSWORD = "password"
    BROKEN = "broken"
    TOO_LARGE = "too-large"
    BROKEN_QUOTES = "broken-quotes"
    NO_HEADER = "no-header"
    NO_COLUMN = "no-column"
    NOT_KEPT = "not-kept"
    ENCODING_UNSURE = "encoding-unsure"
    NO_RECORDS = "no-records"


@dataclass(frozen=True, slots=True)
class Line:
    """One row that has something in it."""

    number: int
    """As the program that shows the file counts it, from 1."""
    cells: tuple[Value, ...]
    fonts: tuple[str, ...] = ()
    """Names of old fonts, cell by cell; empty where the file has none."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; rows without anything are left out."""

    name: str
    lines: tuple[Line, ...]
    stopped_after: int | None = None
    """The row after which `MOST_BLANK_ROWS` empty ones followed and reading stopped."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that is not imported at all, and where it fails."""

    reason: Unusable
    sheet: str = ""
    column: str = ""
    encoding: str = ""
    """What its old text is most likely written in, where a person must choose."""
    changes: tuple[Change, ...] = ()
    """The first cells of that column as they would read then."""


MOST_BYTES = 50_000_000
MOST_UNPACKED_BYTES = 400_000_000
"""Of the tables in an .xlsx: the register of 10 000 copies has 8 million."""
MOST_TEXT_BYTES = 60_000_000
"""Of the texts that all sheets share, which are held in memory."""
MOST_ROWS = 200_000
MOST_COLUMNS = 256
MOST_BLANK_ROWS = 10_000
"""Empty rows after which a sheet counts as ended; the import says that it stopped."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_TAIL_BYTES = 4_000_000
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
    AssertionError,
    struct.error,
    zlib.error,
)
"""What openpyxl, xlrd and zipfile raise over a file that was cut off or made by hand."""

Merge = tuple[int, int, int]
"""Column, first and last row of cells merged downwards, counted from 1."""


def read_workbook(path: Path) -> tuple[Sheet, ...] | Refusal:
    """Read every sheet of a file."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError:
        return Refusal(Unusable.MISSING)
    return Refusal(Unusable.TOO_LARGE) if data is None else read_bytes(data, path.stem)


def read_bytes(data: bytes, name: str) -> tuple[Sheet, ...] | Refusal:
    """Read every sheet of a file's bytes.

    Args:
        data: The whole file.
        name: What its one sheet is called where it has no sheets (CSV).
    """
    if not data.strip():
        return Refusal(Unusable.EMPTY)
    if len(data) > MOST_BYTES:
        return Refusal(Unusable.TOO_LARGE)
    if data.startswith(b"PK"):
        return _read_xlsx(data)
    if data.startswith(_OLE):
        return Refusal(Unusable.PASSWORD) if _ENCRYPTED in data else _read_xls(data)
    if data.startswith(b"\x09") and data[1:4] in (
        b"\x00\x04\x00",
        b"\x02\x06\x00",
        b"\x04\x06\x00",
    ):
        return _read_xls(data)
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|meta)", data[:200], re.I):
        return Refusal(Unusable.WEB_PAGE)
    return _read_csv(data, name)


def _read_csv(data: bytes, name: str) -> tuple[Sheet, ...] | Refusal:
    decoded = csv_text.decode(data)
    if isinstance(decoded, csv_text.Unreadable):
        return Refusal(Unusable.NOT_A_TABLE)
    try:
        separator = csv_text.find_separator(decoded.text)
        rows = list(csv_text.rows_of(decoded.text, separator))
    except csv.Error:
        return Refusal(Unusable.BROKEN_QUOTES)
    lines = (Line(number, tuple(row)) for number, row in enumerate(rows, start=1))
    return _checked([_sheet(name, lines)])


def _read_xlsx(data: bytes) -> tuple[Sheet, ...] | Refusal:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                return Refusal(Unusable.NOT_A_TABLE)
            if _unpacks_too_far(archive):
                return Refusal(Unusable.TOO_LARGE)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # styles and dates it cannot read
                return _checked(list(_xlsx_sheets(data, archive)))
    except RuntimeError:
        return Refusal(Unusable.PASSWORD)  # zipfile's word for an encrypted member
    except _BROKEN:
        return Refusal(Unusable.BROKEN)


def _unpacks_too_far(archive: zipfile.ZipFile) -> bool:
    """Whether its tables would fill the memory; zipfile never unpacks more than it declares."""
    tables = [one for one in archive.infolist() if one.filename.endswith((".xml", ".rels"))]
    sheets = sum(one.file_size for one in tables)
    others = sum(one.file_size for one in tables if "/worksheets/" not in one.filename)
    return sheets > MOST_UNPACKED_BYTES or others > MOST_TEXT_BYTES


def _xlsx_sheets(data: bytes, archive: zipfile.ZipFile) -> Iterator[Sheet]:
    book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    with_fonts = any(read_font(font.name or "") for font in book._fonts)  # asked of 130 000 cells
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs declare a million columns
        rows = sheet.iter_rows(values_only=not with_fonts)
        lines = (_xlsx_line(number, row, with_fonts) for number, row in enumerate(rows, start=1))
        merges = _merges(archive, sheet._worksheet_path)
        yield _sheet(sheet.title, _filled(lines, merges))
    book.close()


def _xlsx_line(number: int, row: tuple[Any, ...], with_fonts: bool) -> Line:
    cells = row[:MOST_COLUMNS]
    if not with_fonts:
        return Line(number, tuple(map(_value, cells)))
    values = tuple(_value(cell.value) for cell in cells)
    return Line(number, values, tuple(_font(cell) for cell in cells))


def _font(cell: Any) -> str:
    """The name of a cell's font if it is an old one."""
    if not isinstance(cell.value, str):
        return ""
    name = cell.font.name or ""
    return name if read_font(name) else ""


def _merges(archive: zipfile.ZipFile, path: str) -> tuple[Merge, ...]:
    """Cells merged downwards; a sheet read row by row does not tell, its last part does."""
    tail = b""
    with archive.open(path.removeprefix("/")) as sheet:
        while chunk := sheet.read(1_000_000):
            tail = (tail + chunk)[-_TAIL_BYTES:]
    found = tail.rpartition(b"</sheetData>")[2] if b"</sheetData>" in tail else b""
    return tuple(
        (left, top, bottom)
        for left, top, _, bottom in map(_bounds, _MERGED.findall(found))
        if bottom > top
    )


def _bounds(reference: bytes) -> tuple[int, int, int, int]:
    left, top, right, bottom = map(int, filter(None, range_boundaries(reference.decode())))
    return left, top, right, bottom


def _filled(lines: Iterable[Line], merges: Iterable[Merge]) -> Iterator[Line]:
    """Let each row of cells merged downwards say what the first does."""
    begins: dict[int, list[Merge]] = {}
    for merge in merges:
        begins.setdefault(merge[1], []).append(merge)
    running: dict[int, tuple[int, Value, str]] = {}
    for line in lines:
        running = {column: one for column, one in running.items() if one[0] >= line.number}
        yield _with_merged(line, running) if running else line
        for column, _, last in begins.get(line.number, ()):
            font = _at(line.fonts, column) or ""
            running[column] = (last, _at(line.cells, column), font)


def _with_merged(line: Line, running: dict[int, tuple[int, Value, str]]) -> Line:
    width = max(len(line.cells), *running)
    cells = [*line.cells, *[None] * (width - len(line.cells))]
    fonts = [*line.fonts, *[""] * (width - len(line.fonts))]
    for column, (_, value, font) in running.items():
        cells[column - 1], fonts[column - 1] = value, font
    return Line(line.number, tuple(cells), tuple(fonts) if any(fonts) else ())


def _at(row: tuple[Any, ...], column: int) -> Any:
    return row[column - 1] if column <= len(row) else None


def _read_xls(data: bytes) -> tuple[Sheet, ...] | Refusal:
    log = io.StringIO()
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=log)
        return _checked([_xls_sheet(book, sheet) for sheet in book.sheets()])
    except xlrd.XLRDError as error:
        locked = "encrypted" in str(error).lower()
        return Refusal(Unusable.PASSWORD if locked else Unusable.BROKEN)
    except (*_BROKEN, xlrd.compdoc.CompDocError):
        return Refusal(Unusable.BROKEN)


def _xls_sheet(book: Any, sheet: Any) -> Sheet:
    lines = (_xls_line(book, sheet, row) for row in range(sheet.nrows))
    merges = [
        (left + 1, top + 1, below) for top, below, left, _ in sheet.merged_cells if below - top > 1
    ]
    return _sheet(sheet.name, _filled(lines, merges))


def _xls_line(book: Any, sheet: Any, row: int) -> Line:
    cells = sheet.row(row)[:MOST_COLUMNS]
    fonts = tuple(_xls_font(book, cell) for cell in cells)
    return Line(row + 1, tuple(_xls_value(book, cell) for cell in cells), fonts)


def _xls_font(book: Any, cell: Any) -> str:
    if cell.ctype != xlrd.XL_CELL_TEXT or cell.xf_index is None:
        return ""
    name = book.font_list[book.xf_list[cell.xf_index].font_index].name
    return name if read_font(name) else ""


def _xls_value(book: Any, cell: Any) -> Value:
    match cell.ctype:
        case xlrd.XL_CELL_DATE:
            return _xls_moment(cell.value, book.datemode)
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
        case xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        case xlrd.XL_CELL_TEXT | xlrd.XL_CELL_NUMBER:
            return _value(cell.value)
    return None


def _xls_moment(number: float, datemode: int) -> Value:
    try:
        moment: datetime = xlrd.xldate_as_datetime(number, datemode)
    except (xlrd.XLDateError, OverflowError, ValueError):
        return number
    return moment


def _value(value: Any) -> Value:
    match value:
        case bool():
            return str(value).upper()
        case datetime() | None:
            return value
        case date():
            return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day of a sheet
        case time():
            return value.isoformat("minutes")
        case float() if value.is_integer() and abs(value) < 1e15:
            return int(value)
        case str():
            return value or None
        case int() | float():
            return value
    return str(value)


def _sheet(name: str, lines: Iterable[Line]) -> Sheet:
    kept: list[Line] = []
    blank = 0
    for line in lines:
        if any(cell is not None and cell != "" for cell in line.cells):
            kept.append(line)
            blank = 0
        else:
            blank += 1
        if blank >= MOST_BLANK_ROWS or len(kept) > MOST_ROWS:
            return Sheet(name, tuple(kept), kept[-1].number if kept else 0)
    return Sheet(name, tuple(kept))


def _checked(sheets: list[Sheet]) -> tuple[Sheet, ...] | Refusal:
    rows = sum(len(sheet.lines) for sheet in sheets)
    if rows > MOST_ROWS:
        return Refusal(Unusable.TOO_LARGE)
    return tuple(sheets) if rows else Refusal(Unusable.EMPTY)
