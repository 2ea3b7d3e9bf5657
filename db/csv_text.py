"""Reads the bytes of a CSV file, whoever wrote it. No files, no meaning of columns.

The cells come out as the file has them: `db.legacy_fonts` looks at them first, then
`db.text.clean`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice


class Unreadable(StrEnum):
    """Why bytes are no table."""

    EMPTY = "empty"
    """Not one row."""
    NOT_TEXT = "not-text"
    """Perhaps a workbook that was only given the ending .csv."""
    BROKEN_QUOTES = "broken-quotes"
    """A quotation mark is never closed, or text follows where one closes."""


class TextCode(StrEnum):
    """What bytes a text was written in, by Python's name."""

    UTF_8_SIG = "utf-8-sig"
    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    CP1258 = "cp1258"


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text, and how it was written."""

    text: str
    code: TextCode


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and how it was written."""

    rows: tuple[tuple[str, ...], ...]
    code: TextCode
    separator: str


SEPARATORS = "\t;,"
"""Excel writes the tab for "Unicode text", the semicolon where the comma is decimal, as in
Vietnamese Windows (domain specification 7.2)."""

_MARKS = {
    b"\xef\xbb\xbf": TextCode.UTF_8_SIG,
    b"\xff\xfe": TextCode.UTF_16,
    b"\xfe\xff": TextCode.UTF_16,
}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""No text has them; 1A is how old DOS programs end a file."""

_SAMPLE_ROWS = 50


def read_table(data: bytes) -> Table | Unreadable:
    """Read the rows of a CSV file; lines without anything are left out."""
    decoded = decode(data)
    if isinstance(decoded, Unreadable):
        return decoded
    try:
        separator = find_separator(decoded.text)
        rows = tuple(tuple(row) for row in rows_of(decoded.text, separator) if row)
    except csv.Error:
        return Unreadable.BROKEN_QUOTES
    return Table(rows, decoded.code, separator) if rows else Unreadable.EMPTY


def decode(data: bytes) -> DecodedText | Unreadable:
    """Tell how `data` is written, by its first bytes or by what it cannot be."""
    for code in _candidates(data):
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text):
            return DecodedText(text, code)
    return Unreadable.NOT_TEXT


def rows_of(text: str, separator: str) -> Iterator[list[str]]:
    """The rows of a text, those without anything too.

    Raises:
        csv.Error: Quotation marks are not as they must be: the next cells would be lost in one.
    """
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def find_separator(text: str) -> str:
    """The separator that cuts most of the first rows alike; a comma where none does.

    Raises:
        csv.Error: A quotation mark is not closed for a hundred thousand characters.
    """
    return max(reversed(SEPARATORS), key=lambda separator: _agreement(text, separator))


def _candidates(data: bytes) -> tuple[TextCode, ...]:
    """What `data` may be written in. Code page 1258 is last: it takes nearly any bytes."""
    for mark, code in _MARKS.items():
        if data.startswith(mark):
            return (code,)
    if b"\0" in data:
        little = data[1::2].count(0) >= data[::2].count(0)
        return (TextCode.UTF_16_LE if little else TextCode.UTF_16_BE,)
    return TextCode.UTF_8, TextCode.CP1258


def _agreement(text: str, separator: str) -> tuple[int, int]:
    """How many of the first rows have the commonest number of cells above one, and what it is."""
    lenient = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = islice(lenient, _SAMPLE_ROWS)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(((times, width) for width, times in widths.items()), default=(0, 0))
