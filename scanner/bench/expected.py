"""What pictures should say, as a list in a CSV file tells it. Keeps out reading the pictures.

The columns are ``file,format,text``; a file with several codes has several rows, and an empty
text says that nothing should be read in it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from scanner.errors import WrongList
from scanner.scan import Symbology

COLUMNS = ("file", "format", "text")
SEPARATORS = ",;\t"
"""Spreadsheets write a semicolon where the comma stands in decimal numbers, as in Vietnam."""
UPC_A_DIGITS = 12
"""An EAN-13 whose first digit is 0 is printed without it (GS1 General Specifications, 5.2)."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """A code that a picture holds."""

    text: str
    """In NFC; an EAN-13 has all its thirteen digits."""
    symbology: Symbology


Expectations = dict[Path, tuple[Expected, ...]]
"""The codes in each picture; an empty tuple where nothing should be read."""


def read_expected(path: Path, folder: Path) -> Expectations:
    """Read the list at `path`, whose files are named from `folder` on.

    Raises:
        WrongList: It cannot be read, or holds mistakes (all of them, each with its row).
    """
    expected: Expectations = {}
    mistakes = []
    for number, row in _rows(path):
        try:
            _add(expected, _picture(row, folder), _codes(row))
        except ValueError as error:
            mistakes.append(f"{path.name}, row {number}: {error}")
    if mistakes or not expected:
        raise WrongList(tuple(mistakes) or (f"{path.name}: it has no rows",))
    return expected


def nfc(text: str) -> str:
    """The one way to write a text, in which two that look the same are the same."""
    return unicodedata.normalize("NFC", text)


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield each row with the number of its line in the file; the header is row 1.

    A row without as many fields as the header comes empty.
    """
    text = _text(path)
    rows = csv.reader(StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if missing := [name for name in COLUMNS if name not in names]:
            raise WrongList((f"{path.name}, row 1: no column {', '.join(missing)}",))
        for fields in rows:
            if any(fields):
                fits = len(fields) == len(names)
                yield rows.line_num, dict(zip(names, fields, strict=True)) if fits else {}
    except csv.Error as error:
        raise WrongList((f"{path.name}, row {rows.line_num}: {error}",)) from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise WrongList((f"{path}: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise WrongList((f"{path.name}: not UTF-8; save it as CSV UTF-8",)) from error


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _add(expected: Expectations, picture: Path, codes: tuple[Expected, ...]) -> None:
    before = expected.get(picture, ())
    if picture in expected and bool(before) != bool(codes):
        raise ValueError(f"{picture.name} is to hold a code in one row and nothing in another")
    expected[picture] = (*before, *codes)


def _picture(row: Row, folder: Path) -> Path:
    """The row's file; like all that reads a row, raises ValueError with a sentence."""
    if not row:
        raise ValueError("it has more or fewer fields than row 1")
    name = row["file"].strip().replace("\\", "/")
    if not name or not (folder / name).is_file():
        raise ValueError(f"there is no file {name}" if name else "no file is named")
    return folder / name


def _codes(row: Row) -> tuple[Expected, ...]:
    """The row's code, if it tells of one."""
    if not row["text"]:
        return ()
    symbology = _symbology(row["format"])
    text = nfc(row["text"])
    if symbology is Symbology.EAN_13 and len(text) == UPC_A_DIGITS:
        text = f"0{text}"
    return (Expected(text, symbology),)


def _symbology(name: str) -> Symbology:
    symbology = _BY_NAME.get(_bare(name))
    if symbology is None:
        raise ValueError(f'the format "{name.strip()}" is none of {", ".join(Symbology)}')
    return symbology


def _bare(name: str) -> str:
    """A format's name as it is without its case, hyphens and blanks."""
    return re.sub(r"[\W_]", "", name.lower())


_BY_NAME = {
    **{_bare(symbology): symbology for symbology in Symbology},
    "qrcode": Symbology.QR,
    "upca": Symbology.EAN_13,
}
