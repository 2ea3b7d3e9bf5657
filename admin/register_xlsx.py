"""A register as an Excel workbook: the same columns as on paper. No database.

Parts with the same columns stand on one worksheet, below each other; rows go to the file as
they come, so that ten years of loans need no more memory than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from db.registers.books import stamp_words
from db.registers.sheet import Cell, Column, Kind, Part, Row, Sheet, Weight, day_words

NO_NAME_SIGNS = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
LONGEST_NAME = 31
"""Characters of a worksheet's name."""
A4: Final = 9
"""As Excel numbers papers."""
WIDTH: Final = 5.2
"""Characters for each share of a column's width."""

_HAIR = Side(style="thin", color="FF8A9399")
_LINES = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
_HEAD = PatternFill("solid", fgColor="FFE8ECEF")
_FORMATS: dict[Kind, str] = {"number": "#,##0", "money": "#,##0", "date": "dd/mm/yyyy"}
_ALIGNED: dict[Kind, Alignment] = {
    "text": Alignment(wrap_text=True, vertical="top"),
    "middle": Alignment(horizontal="center", vertical="top"),
    "date": Alignment(horizontal="center", vertical="top"),
    "number": Alignment(horizontal="right", vertical="top"),
    "money": Alignment(horizontal="right", vertical="top"),
}
_FONTS = {
    Weight.PLAIN: None,
    Weight.TOTAL: Font(bold=True),
    Weight.CLOSING: Font(bold=True, color="FFB3261E"),
    Weight.REMARK: Font(italic=True),
}


def write_xlsx(sheet: Sheet, file: Path) -> int:
    """Write a register; how many rows it has.

    Raises:
        OSError: The file cannot be written.
    """
    book = Workbook(write_only=True)
    written = 0
    page: _Page | None = None
    for part in sheet.parts:
        if page is None or page.columns != part.columns:
            page = _Page(book, sheet, part, book.sheetnames)
        written += page.write(part)
    if page is not None:
        page.end(sheet)
    book.save(file)
    return written


class _Page:
    """One worksheet."""

    def __init__(self, book: Workbook, sheet: Sheet, part: Part, taken: Iterable[str]) -> None:
        self.columns = part.columns
        self._roman = sheet.roman_months
        name = _name(part.heading or sheet.title, taken)
        self._sheet: Any = book.create_sheet(name)
        self._row = 0
        self._styles: dict[tuple[Kind, Weight, bool], Any] = {}
        """Cells of each look: to find a look's number takes ten times as long as to copy it."""
        self._set_up(sheet)
        for line in (sheet.superior, sheet.school):
            if line:
                self._say(line, Font(bold=line == sheet.school))
        self._say(sheet.title.upper(), Font(bold=True, size=14))
        self._say(f"{sheet.range_words}. Số liệu lúc {stamp_words(sheet.stamped_at)}")
        for line in sheet.head:
            self._say(line)
        self._say("")
        self._head()

    def write(self, part: Part) -> int:
        """Add a part's rows below what is there."""
        if part.heading:
            words = f"{part.heading}   {part.beside}" if part.beside else part.heading
            self._say(words, Font(bold=True))
        rows = 0
        for row in part.rows:
            self._add(self._cells(row))
            rows += 1
        return rows

    def end(self, sheet: Sheet) -> None:
        """Add the last lines and the places to sign."""
        for line in sheet.foot:
            self._say(line)
        self._say("")
        self._say("        ".join(sheet.signers), Font(bold=True))

    def _set_up(self, sheet: Sheet) -> None:
        page = self._sheet
        page.page_setup.orientation = "landscape"
        page.page_setup.paperSize = A4
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.page_setup.fitToHeight = 0
        page.oddFooter.right.text = "Trang &P/&N"
        page.oddFooter.left.text = f"{sheet.code}, {stamp_words(sheet.stamped_at)}"
        first = 4 + len(sheet.head) + bool(sheet.superior)
        last = first + 1 + any(column.group for column in self.columns)
        page.print_title_rows = f"{first + 1}:{last}"
        page.freeze_panes = f"A{last + 1}"
        for place, column in enumerate(self.columns, 1):
            wide = max(6.0, column.width * WIDTH)
            page.column_dimensions[get_column_letter(place)].width = wide

    def _head(self) -> None:
        if any(column.group for column in self.columns):
            self._add([self._headed(c.group or c.label) for c in self.columns])
            for first, last in _groups(self.columns):
                if last > first:
                    self._merge(self._row, first, self._row, last)
            for place, column in enumerate(self.columns, 1):
                if not column.group:
                    self._merge(self._row, place, self._row + 1, place)
        self._add([self._headed(column.label) for column in self.columns])

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        start, end = get_column_letter(left), get_column_letter(right)
        self._sheet.merged_cells.add(f"{start}{top}:{end}{bottom}")

    def _headed(self, words: str) -> Any:
        cell = WriteOnlyCell(self._sheet, words)
        cell.font, cell.fill, cell.border = Font(bold=True), _HEAD, _LINES
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        return cell

    def _say(self, words: str, font: Font | None = None) -> None:
        cell = WriteOnlyCell(self._sheet, words)
        cell.font = font or Font()
        self._add([cell])

    def _add(self, cells: Iterable[Any]) -> None:
        self._sheet.append(list(cells))
        self._row += 1

    def _cells(self, row: Row) -> Iterator[Any]:
        for value, column in zip(row.cells, self.columns, strict=False):
            cell: Any = WriteOnlyCell(self._sheet, _value(value, self._roman))
            is_words = isinstance(value, str)
            look = (column.kind, row.weight, is_words)
            if look not in self._styles:
                self._styles[look] = self._styled(*look)
            cell._style = self._styles[look]._style
            if is_words:
                cell.data_type = "s"  # a title that begins with "=" is no formula
            yield cell

    def _styled(self, kind: Kind, weight: Weight, is_words: bool) -> Any:
        cell, font = WriteOnlyCell(self._sheet), _FONTS[weight]
        cell.border, cell.alignment = _LINES, _ALIGNED[kind]
        if kind in _FORMATS and not is_words:
            cell.number_format = _FORMATS[kind]
        if font is not None:
            cell.font = font
        return cell


def _value(value: Cell, roman: bool) -> Any:
    return day_words(value, roman) if roman and isinstance(value, date) else value


def _groups(columns: tuple[Column, ...]) -> Iterator[tuple[int, int]]:
    """First and last place of the columns that share a heading, counted from 1."""
    starts = [
        place
        for place, column in enumerate(columns)
        if not (place and column.group and columns[place - 1].group == column.group)
    ]
    for start, after in pairwise([*starts, len(columns)]):
        yield start + 1, after


def _name(words: str, taken: Iterable[str]) -> str:
    name = " ".join(words.translate(NO_NAME_SIGNS).split())[:LONGEST_NAME]
    known = {one.casefold() for one in taken}
    place = 2
    free = name
    while free.casefold() in known:
        free = f"{name[: LONGEST_NAME - 4]} {place}"
        place += 1
    return free
