"""What a register says, as a value: head, columns, rows, totals, signatures. No database, no PDF.

Whoever lays one out knows nothing else. Rows may be read from the records while they are laid
out, so that ten years of loans need no more room than one: a sheet is gone through once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Literal

Cell = str | int | date | None
Kind = Literal["text", "number", "money", "date", "middle"]
"""How the cells of a column stand: money is in đồng, with dots."""


class Weight(StrEnum):
    """How much a row matters to the eye."""

    PLAIN = "plain"
    TOTAL = "total"
    CLOSING = "closing"
    """What is there at the end, which registers customarily have in red."""
    REMARK = "remark"
    """A sentence across all columns; its first cell."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a register."""

    label: str
    width: float
    """Its share of the page's width, beside the others'."""
    kind: Kind = "text"
    group: str = ""
    """The heading it shares with the columns beside it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a register."""

    cells: tuple[Cell, ...]
    weight: Weight = Weight.PLAIN


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a register, with columns of its own."""

    heading: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    beside: str = ""
    """What stands at the right of the heading, such as a class number."""
    own_page: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One register of a range of dates, as it is laid out on screen and paper."""

    code: str
    """Such as "R1"."""
    title: str
    range_words: str
    school: str
    stamped_at: datetime
    """As of when the figures are: whoever asks for the same moment gets the same figures."""
    parts: Iterable[Part]
    superior: str = ""
    """The body above the school, on the first line of its papers; empty for none."""
    head: tuple[str, ...] = ()
    """Lines before the first part."""
    foot: tuple[str, ...] = ()
    """Lines after the last part."""
    signers: tuple[str, ...] = ("Người lập sổ", "Hiệu trưởng")
    is_provisional: bool = False
    """Whether the range has not ended yet."""
    roman_months: bool = False
    """Whether months are written as 26.XI.2007."""

    def gathered(self) -> Sheet:
        """The same with all rows read, so that the records are free while it is laid out."""
        return replace(self, parts=[replace(p, rows=list(p.rows)) for p in self.parts])

    def limited(self, parts: int, rows: int) -> Sheet:
        """The beginning of it, read: so many parts, and so many rows of each, for a screen."""
        first = [replace(p, rows=list(_first(p.rows, rows))) for p in islice(self.parts, parts)]
        return replace(self, parts=first)


@dataclass(frozen=True, slots=True)
class NothingThere:
    """There is no line to show, and why, in a sentence."""

    sentence: str


@dataclass(slots=True)
class Sums:
    """Totals that grow while rows go by."""

    of: list[int] = field(default_factory=list)

    def add(self, cells: Iterable[int]) -> None:
        """Add a row's numbers."""
        numbers = list(cells)
        if not self.of:
            self.of = [0] * len(numbers)
        self.of = [total + number for total, number in zip(self.of, numbers, strict=True)]


ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def day_words(day: date, roman: bool = False) -> str:
    """A day as registers write it: 26/11/2007, or 26.XI.2007."""
    if roman:
        return f"{day.day:02}.{ROMAN[day.month - 1]}.{day.year}"
    return f"{day:%d/%m/%Y}"


def number_words(number: int) -> str:
    """A number as registers write it, thousands apart by dots."""
    return f"{number:,}".replace(",", ".")


def percent_words(percent: float) -> str:
    """A share as people here write it, without its sign: 97,5."""
    return f"{percent:.1f}".replace(".", ",")


def cell_words(cell: Cell, kind: Kind = "text", roman: bool = False) -> str:
    """What stands in a cell; nothing for what is not known, a dash for none."""
    match cell:
        case None:
            return ""
        case 0 if kind in ("number", "money"):
            return "–"
        case date():
            return day_words(cell, roman)
        case int() if kind in ("number", "money"):
            return number_words(cell)
        case _:
            return str(cell)


def spans(numbers: Iterable[int]) -> str:
    """Numbers as ranges: 1–10, 12, 14–15."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][-1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def _first(rows: Iterable[Row], most: int) -> Iterable[Row]:
    for place, row in enumerate(rows):
        if place == most:
            words = "Còn nữa: hãy tải tệp Excel hoặc PDF để xem hết."
            yield Row((words,), Weight.REMARK)
            break
        yield row
    if isinstance(rows, Generator):
        rows.close()  # while its connection is still this sheet's
