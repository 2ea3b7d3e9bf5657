"""Exchanges catalogue records with other libraries: MARC 21 and CSV, both ways. No database.

A record has what decree 93/2020, article 28, asks of libraries that lend to each other: title,
author, imprint, keywords, accession numbers and shelf marks; and what ours need to be the same
again. MARC is UTF-8 (leader position 09 "a"), fields as libraries use them; what MARC has no
place for goes into field 990, which is left to local use.

Source:
    Decree 93/2020/NĐ-CP, article 28; MARC 21 Format for Bibliographic Data (Library of Congress).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from pymarc import Field, Indicators, MARCReader, Record, Subfield

from db.csv_text import Unreadable, read_table
from db.identifiers import NoIsbn, read_isbn
from db.states import DocumentType, LendingMode
from db.text import TooLong, read_text


class NoRecord(StrEnum):
    """Why something in a file is no record; the value is the key of its sentence."""

    UNREADABLE = "record-unreadable"
    TITLE_MISSING = "record-title-missing"
    TOO_LONG = "record-too-long"
    NOT_MARC = "record-not-marc"
    NO_HEADER = "record-no-header"


@dataclass(frozen=True, slots=True)
class BookRecord:
    """One edition with its copies, as libraries exchange it."""

    title: str
    volume: str = ""
    series: str = ""
    authors: str = ""
    publisher: str = ""
    place: str = ""
    year: int | None = None
    isbn: str | None = None
    price_vnd: int | None = None
    pages: int | None = None
    size: str = ""
    subject: str = ""
    grade: int | None = None
    document_type: DocumentType = DocumentType.BOOK
    class_number: str = ""
    class_19: str = ""
    ddc: str = ""
    link: str = ""
    kho: str = ""
    lending: LendingMode = LendingMode.TAKE_HOME
    keywords: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    """Accession numbers."""
    shelves: tuple[str, ...] = ()
    """Shelf marks of the copies, in their order; empty where none is known."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record of a file that is not taken."""

    number: int
    """Its place in the file, from 1; 0 for the file as a whole."""
    reason: NoRecord


MOST_TEXT = 500
"""Characters of one field; MARC itself allows 9 999 bytes."""

SHORT = {"size": 16, "subject": 48, "class_number": 32, "class_19": 4, "ddc": 16, "kho": 8}
"""Characters of the fields that hold fewer; a longer text of theirs is left out."""

_WHOLE = frozenset({"year", "price_vnd", "pages", "grade"})
_LISTS = frozenset({"keywords", "copies", "shelves"})
_NAMES = tuple(one.name for one in fields(BookRecord))
_HEADERS = {
    "title": "Nhan đề", "volume": "Tập", "series": "Bộ sách", "authors": "Tác giả",
    "publisher": "Nhà xuất bản", "place": "Nơi xuất bản", "year": "Năm xuất bản",
    "isbn": "ISBN", "price_vnd": "Giá tiền", "pages": "Số trang", "size": "Khổ",
    "subject": "Môn học", "grade": "Khối", "document_type": "Loại tài liệu",
    "class_number": "Ký hiệu phân loại", "class_19": "Môn loại", "ddc": "DDC",
    "link": "Liên kết", "kho": "Kho", "lending": "Chế độ mượn", "keywords": "Từ khóa",
    "copies": "Số ĐKCB", "shelves": "Ký hiệu kho giá",
}  # fmt: skip
_BETWEEN = "|"
_LEADER = "00000nam a2200000 a 4500"
_LOCAL = {
    "a": "subject", "b": "grade", "c": "document_type", "d": "class_19", "e": "kho",
    "f": "lending", "g": "class_number",
}  # fmt: skip
"""Subfields of 990."""
_PUNCTUATION = " /:;,.="


def to_marc(records: Iterable[BookRecord]) -> bytes:
    """Write records as MARC 21 in UTF-8 (ISO 2709)."""
    return b"".join(_marc(record).as_marc() for record in records)


def from_marc(data: bytes) -> tuple[tuple[BookRecord, ...], tuple[Rejected, ...]]:
    """Read MARC 21; a record that cannot be read is told by its place."""
    read: list[BookRecord] = []
    wrong: list[Rejected] = []
    if not data[:5].isdigit():
        return (), (Rejected(0, NoRecord.NOT_MARC),)
    reader = MARCReader(io.BytesIO(data), to_unicode=True, force_utf8=False)
    for number, marc in enumerate(reader, start=1):
        told = NoRecord.UNREADABLE if marc is None else _record(_facts(marc))
        if isinstance(told, NoRecord):
            wrong.append(Rejected(number, told))
        else:
            read.append(told)
    return tuple(read), tuple(wrong)


def to_csv(records: Iterable[BookRecord]) -> bytes:
    """Write records as CSV in UTF-8 with the mark that Excel needs."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_HEADERS.values())
    for record in records:
        writer.writerow([guarded(_as_text(getattr(record, name))) for name in _NAMES])
    return target.getvalue().encode("utf-8-sig")


def from_csv(data: bytes) -> tuple[tuple[BookRecord, ...], tuple[Rejected, ...]]:
    """Read what `to_csv` wrote, in any order of columns."""
    table = read_table(data)
    if isinstance(table, Unreadable) or _HEADERS["title"] not in table.rows[0]:
        return (), (Rejected(0, NoRecord.NO_HEADER),)
    places = {name: table.rows[0].index(h) for name, h in _HEADERS.items() if h in table.rows[0]}
    read: list[BookRecord] = []
    wrong: list[Rejected] = []
    for number, row in enumerate(table.rows[1:], start=1):
        said = {name: unguarded(row[i]) for name, i in places.items() if i < len(row)}
        told = _record({n: v.split(_BETWEEN) if n in _LISTS else v for n, v in said.items()})
        if isinstance(told, NoRecord):
            wrong.append(Rejected(number, told))
        else:
            read.append(told)
    return tuple(read), tuple(wrong)


def guarded(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula: an apostrophe goes before it.

    Source:
        OWASP, CSV injection: cells that begin with =, +, -, @, tab or return.
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "'") and text else text


def unguarded(text: str) -> str:
    """Take away what `guarded` put before a text."""
    return text[1:] if text[:1] == "'" else text


def _marc(record: BookRecord) -> Record:
    marc = Record(leader=_LEADER, force_utf8=True)
    if record.isbn:
        marc.add_field(_field("020", "  ", a=record.isbn, c=_as_text(record.price_vnd)))
    elif record.price_vnd is not None:
        marc.add_field(_field("020", "  ", c=_as_text(record.price_vnd)))
    _add(marc, "041", "0 ", a="vie")
    _add(marc, "082", "04", a=record.ddc)
    _add(marc, "100", "1 ", a=record.authors)
    _add(marc, "245", "10", a=record.title, n=record.volume)
    imprint = {"a": record.place, "b": record.publisher, "c": _as_text(record.year)}
    _add(marc, "260", "  ", **imprint)
    _add(marc, "300", "  ", a=_as_text(record.pages), c=record.size)
    _add(marc, "490", "0 ", a=record.series)
    for keyword in record.keywords:
        _add(marc, "653", "  ", a=keyword)
    _add(marc, "856", "40", u=record.link)
    shelves = (*record.shelves, *[""] * (len(record.copies) - len(record.shelves)))
    for accession, shelf in zip(record.copies, shelves, strict=True):
        _add(marc, "852", "  ", j=shelf, p=accession)
    _add(marc, "990", "  ", **{k: _as_text(getattr(record, name)) for k, name in _LOCAL.items()})
    return marc


def _add(marc: Record, tag: str, indicators: str, **subfields: str) -> None:
    """Add a field if it says anything."""
    if any(subfields.values()):
        marc.add_field(_field(tag, indicators, **subfields))


def _field(tag: str, indicators: str, **subfields: str) -> Field:
    told = [Subfield(code, value) for code, value in subfields.items() if value]
    return Field(tag, indicators=Indicators(*indicators), subfields=told)


def _facts(marc: Record) -> dict[str, Any]:
    """The texts of a MARC record by our names; other libraries' punctuation (ISBD) goes."""
    ours = "990" in marc
    copies = marc.get_fields("852")
    said: dict[str, Any] = {
        "isbn": _first(marc, "020", "a").split(" ")[0],
        "price_vnd": _first(marc, "020", "c"),
        "ddc": _first(marc, "082", "a"),
        "authors": _first(marc, "100", "a") or _first(marc, "245", "c"),
        "title": _first(marc, "245", "a"),
        "volume": _first(marc, "245", "n"),
        "place": _first(marc, "260", "a") or _first(marc, "264", "a"),
        "publisher": _first(marc, "260", "b") or _first(marc, "264", "b"),
        "year": _first(marc, "260", "c") or _first(marc, "264", "c"),
        "pages": _first(marc, "300", "a"),
        "size": _first(marc, "300", "c"),
        "series": _first(marc, "490", "a"),
        "keywords": [f.get("a") or "" for f in marc.get_fields("653")],
        "link": _first(marc, "856", "u"),
        "copies": [f.get("p") or "" for f in copies],
        "shelves": [f.get("j") or "" for f in copies],
    }
    said |= {name: _first(marc, "990", code) for code, name in _LOCAL.items()}
    if not ours:
        said = {k: v.rstrip(_PUNCTUATION) if isinstance(v, str) else v for k, v in said.items()}
        if remainder := _first(marc, "245", "b").rstrip(_PUNCTUATION):
            said["title"] = f"{said['title']}: {remainder}"
        for name in _WHOLE & said.keys():
            said[name] = _figure(name, said[name])
    return said


def _figure(name: str, said: str) -> str:
    """The figure meant in the words of another library: "[2001-2003]", "2 tập (300 tr.)"."""
    runs = re.findall("[0-9]+", said)
    if name == "price_vnd":
        return "".join(runs)
    years = [run for run in runs if len(run) == 4]
    return "".join(years[:1] if name == "year" else runs[-1:])


def _first(marc: Record, tag: str, code: str) -> str:
    found = marc.get(tag)
    return (found.get(code) or "") if found else ""


def _record(said: dict[str, Any]) -> BookRecord | NoRecord:
    """Read texts into a record; what is optional and unreadable is left out."""
    kept: dict[str, Any] = {}
    for name, value in said.items():
        texts = [read_text(one, MOST_TEXT) for one in (value if name in _LISTS else [value])]
        if any(isinstance(text, TooLong) for text in texts):
            return NoRecord.TOO_LONG
        kept[name] = tuple(texts) if name in _LISTS else texts[0]
    if not kept.get("title"):
        return NoRecord.TITLE_MISSING
    kept |= {name: "" for name, most in SHORT.items() if len(kept.get(name, "")) > most}
    kept["keywords"] = tuple(filter(None, kept.get("keywords", ())))
    pairs = [*zip_longest(kept.get("copies", ()), kept.get("shelves", ()), fillvalue="")]
    kept["copies"] = tuple(copy for copy, _ in pairs if copy)
    shelves = tuple(shelf for copy, shelf in pairs if copy)
    kept["shelves"] = shelves if any(shelves) else ()
    for name in _WHOLE:
        text = kept.get(name, "")
        kept[name] = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    isbn = read_isbn(kept.get("isbn", ""))
    kept["isbn"] = None if isinstance(isbn, NoIsbn) else isbn
    kept["document_type"] = _word(DocumentType, kept.get("document_type"), DocumentType.BOOK)
    kept["lending"] = _word(LendingMode, kept.get("lending"), LendingMode.TAKE_HOME)
    return BookRecord(**kept)


def _word(words: Any, said: str | None, otherwise: Any) -> Any:
    return words(said) if said in set(words) else otherwise


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return _BETWEEN.join(value)
    return "" if value is None else str(value)
