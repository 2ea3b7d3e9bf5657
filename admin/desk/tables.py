"""Tables that sort, filter, page and leave as a file: one helper for every page. No HTML.

A page says what its columns are and gives its rows; what the address asks for (`sap`, `trang`,
`tai`) is done here, and `tables.html` draws the result. Rows of some thousands are put in order
here, in Vietnamese; a table that outgrows this hands over one page of rows and the `total`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from db.clock import SCHOOL_ZONE
from db.intake.records import guarded
from db.ordering import sort_key

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Tag:
    """A state in words with a tone: "done", "look", "late" or "plain"."""

    words: str
    tone: str = "plain"

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called, what it shows of a row, how it is put in order."""

    key: str
    label: str
    value: Callable[[Any], Any]
    order: Callable[[Any], Any] | None = None
    """By what rows are put in order; None for by what is shown."""
    link: Callable[[Any], str] | None = None
    sorts: bool = True
    kind: str = ""
    """"number" is set right and with dots; "strong" is the row's own name."""
    narrow: bool = True
    """Whether it is shown on a telephone too."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: a list to choose from."""

    key: str
    label: str
    options: Sequence[tuple[str, str]]
    """Value and words; the empty value, for all, is put before them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A page of rows as it is drawn."""

    columns: tuple[Column, ...]
    rows: Sequence[Any]
    total: int
    asked: Mapping[str, str]
    """What the address asked for."""
    filters: tuple[Choice, ...] = ()
    search: str = ""
    """What the search box is called; empty for none."""
    page: int = 1
    on_a_page: int = ON_A_PAGE
    sorted_by: str = ""
    downwards: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.on_a_page))

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return (self.page - 1) * self.on_a_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return min(self.page * self.on_a_page, self.total)

    def address(self, **other: object) -> str:
        """This table's address with something changed; an empty value leaves it out."""
        asked = {**self.asked, **{key: str(value) for key, value in other.items()}}
        return "?" + urlencode({key: value for key, value in asked.items() if value})

    def order_address(self, column: Column) -> str:
        """The address that sorts by a column, or turns its order round."""
        turned = self.sorted_by == column.key and not self.downwards
        return self.address(sap=("-" if turned else "") + column.key, trang="")

    def shown(self, column: Column, row: Any) -> str:
        """What stands in a cell."""
        return shown(column.value(row), column.kind)


def table(
    asked: Mapping[str, str],
    columns: Sequence[Column],
    rows: Sequence[Any],
    *,
    filters: Sequence[Choice] = (),
    search: str = "",
    sorted_by: str = "",
    total: int | None = None,
) -> Table:
    """Put rows in the order asked for and cut out the page asked for.

    Args:
        asked: The address's questions.
        columns: From left to right.
        rows: All of them, or one page where `total` is given.
        filters: The lists to choose from; the page itself has left out what they leave out.
        search: What the search box is called; empty for none.
        sorted_by: The order at first, such as "-due".
        total: How many rows there are, where `rows` is one page of them in order.
    """
    order = asked.get("sap") or sorted_by
    by = next((one for one in columns if one.key == order.lstrip("-") and one.sorts), None)
    downwards = order.startswith("-")
    count = len(rows) if total is None else total
    page = page_asked(asked, count)
    if total is None:
        if by is not None:
            rows = sorted(rows, key=_order(by), reverse=downwards)
        if not asked.get("tai"):
            rows = rows[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    kept = {key: value for key, value in asked.items() if key != "tai"}
    return Table(
        tuple(columns),
        rows,
        count,
        kept,
        tuple(filters),
        search,
        page,
        sorted_by="" if by is None else by.key,
        downwards=downwards,
    )


def page_asked(asked: Mapping[str, str], total: int) -> int:
    """The page that is asked for, or the nearest there is."""
    text = asked.get("trang", "")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return min(max(1, page), max(1, -(-total // ON_A_PAGE)))


def shown(value: Any, kind: str = "") -> str:
    """A value as people read it."""
    match value:
        case None | "":
            return "–"
        case bool():
            return "có" if value else "không"
        case datetime():
            return f"{value.astimezone(SCHOOL_ZONE):%H:%M %d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case int() if kind == "number":
            return f"{value:,}".replace(",", ".")
        case _:
            return str(value)


def as_xlsx(whole: Table) -> bytes:
    """All rows as a workbook, with the same columns."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Danh sách")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(whole.columns):
        widest = max([len(column.label), *(len(whole.shown(column, r)) for r in whole.rows[:200])])
        sheet.column_dimensions[chr(ord("A") + number % 26)].width = min(60, widest + 3)
    heads = [WriteOnlyCell(sheet, column.label) for column in whole.columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in whole.rows:
        sheet.append([_cell(column.value(row)) for column in whole.columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(whole: Table) -> bytes:
    """All rows as text that Excel opens with its accents."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.label for column in whole.columns])
    for row in whole.rows:
        writer.writerow([guarded(whole.shown(column, row)) for column in whole.columns])
    return out.getvalue().encode("utf-8-sig")


def _order(column: Column) -> Callable[[Any], tuple[bool, Any]]:
    by = column.order or (lambda row: _in_words(column.value(row)))

    def key(row: Any) -> tuple[bool, Any]:
        value = by(row)
        return (False, 0) if value is None else (True, value)  # what is unknown stands together

    return key


def _in_words(value: Any) -> Any:
    return sort_key(str(value)) if isinstance(value, str | Tag) else value


def _cell(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(SCHOOL_ZONE).replace(tzinfo=None)
        case bool() | Tag():
            return shown(value)
        case None | int() | float() | date():
            return value
        case _:
            return guarded(str(value))
