"""Plans the import of an accession register: rows and the stock in, a plan out. No database.

One row is one copy, or a run of copies where the register of textbooks writes "1-10". A copy
that is known by its number takes what the file says more or otherwise; an edition is the same
when everything the row says of it agrees (domain specification 2.3 R2, R3 and 2.4).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from db.accession import (
    NoNumber,
    Register,
    RegisterNumber,
    RegisterReport,
    parse_accession,
    report_registers,
)
from db.identifiers import NoIsbn, read_isbn
from db.ids import new_id
from db.intake.columns import Place, Row, Rows, is_error
from db.intake.remarks import SHOWN, Counts, Faulty, Level, Reason, Remark, about, count
from db.text import TooLong, fold, read_text

FIRST_YEAR = 1900
FIRST_DAY = date(1950, 1, 1)
"""No school's register is older; spreadsheets make 1900 of an empty cell."""
MOST_PRICE_VND = 100_000_000
MOST_PAGES = 20_000
MOST_OF_A_RUN = 1000
"""Copies that one row may stand for."""
ORIGINAL_LENGTH = 48

CLASSES_19 = frozenset(
    {"0", "1", "2", "3K", "3", "4", "5", "5A", "6", "61", "63", "7", "7A", "8", "K", "V", "Đ"}
    | {"9", "91"}
)
"""Codes of môn loại (domain specification 2.6)."""

_LENGTHS = {
    "title": 300, "volume": 60, "series": 200, "authors": 300, "publisher": 120, "place": 60,
    "size": 16, "subject": 48, "class_number": 32, "ddc": 16, "shelf": 16, "row": 16, "exit": 64,
}  # fmt: skip
_RUN = re.compile(r"(?P<prefix>\D*?)(?P<first>[0-9]{1,6})\s*[-–]\s*(?P<last>[0-9]{1,6})")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of a sheet has no zone
_DAY = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2}|[IVX]{1,4})[/.\-]([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
"""Months, as registers on paper write them: 26.XI.2007 (domain specification 2.3)."""
_YEAR = re.compile(r"(?:năm )?([0-9]{4})\.?")
_PRICE = re.compile(
    r"([0-9]{1,3}(?:[.,\s][0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?\s*(?:đ|đồng|vnđ|vnd|d)?\.?"
)
_TOTALS = frozenset({"", "tổng", "cộng", "tổng cộng", "tổng số", "cộng tổng"})
_NO_NUMBERS = {
    NoNumber.EMPTY: Reason.NUMBER_MISSING,
    NoNumber.KHO_MISSING: Reason.KHO_MISSING,
    NoNumber.KHO_UNKNOWN: Reason.KHO_UNKNOWN,
    NoNumber.ZERO: Reason.NUMBER_ZERO,
    NoNumber.TOO_LARGE: Reason.NUMBER_TOO_LARGE,
    NoNumber.UNREADABLE: Reason.NUMBER_UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """What a row says of an edition; what it does not say is empty."""

    title: str
    volume: str = ""
    series: str = ""
    authors: str = ""
    publisher: str = ""
    place: str = ""
    year: int | None = None
    isbn: str | None = None
    pages: int | None = None
    size: str = ""
    subject: str = ""
    grade: int | None = None
    class_number: str = ""
    class_19: str = ""
    ddc: str = ""
    kho: str = ""
    price_vnd: int | None = None
    """Of the first row of it; a copy has its own."""


@dataclass(frozen=True, slots=True)
class KnownEdition:
    """An edition of the records, or one that the plan makes."""

    id: UUID
    facts: EditionFacts


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a row says of its copy."""

    price_vnd: int | None = None
    shelf: str = ""
    row: str = ""
    entry: int | None = None
    """Số vào sổ tổng quát."""
    entered_on: date | None = None
    exit: str = ""
    """What the register says of its going out; empty for a copy that is there."""


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """A copy of the records."""

    id: UUID
    edition_id: UUID
    price_vnd: int | None = None
    shelf: str = ""
    row: str = ""
    entry: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Stock:
    """What the library has, as far as an import needs it."""

    registers: tuple[Register, ...]
    editions: tuple[KnownEdition, ...]
    copies: Mapping[str, KnownCopy]
    """By accession number."""
    serials: Mapping[str, frozenset[int]]
    """Numbers that copies have, or that were said to be left out (số bỏ), by kho."""


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A copy to enter."""

    number: RegisterNumber
    edition_id: UUID
    facts: CopyFacts


@dataclass(frozen=True, slots=True)
class CopyUpdate:
    """A copy that the file describes otherwise."""

    id: UUID
    edition_id: UUID
    price_vnd: int | None
    shelf: str
    row: str
    entry: int | None
    entered_on: date | None


@dataclass(frozen=True, slots=True)
class RegisterPlan:
    """What an import of a register would do."""

    editions: tuple[KnownEdition, ...]
    """New ones."""
    new: tuple[NewCopy, ...]
    changed: tuple[CopyUpdate, ...]
    counts: Counts
    """Rows, not copies."""
    remarks: tuple[Remark, ...]
    registers: tuple[RegisterReport, ...]
    """What is missing in the numbers of the file."""
    rows: Rows


@dataclass(slots=True)
class _Draft:
    """A plan in the making."""

    by_title: dict[str, list[KnownEdition]]
    by_id: dict[UUID, KnownEdition]
    editions: list[KnownEdition] = field(default_factory=list)
    new: list[NewCopy] = field(default_factory=list)
    changed: list[CopyUpdate] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    numbers: list[RegisterNumber] = field(default_factory=list)
    met: dict[str, tuple[Place, str]] = field(default_factory=dict)
    rows_new: int = 0
    rows_changed: int = 0
    rows_same: int = 0


_EDITION_FIELDS = tuple(one.name for one in fields(EditionFacts) if one.name != "price_vnd")


def plan_copies(rows: Rows, stock: Stock, today: date, kho: str = "") -> RegisterPlan:
    """Plan the import of a register.

    Args:
        rows: The file.
        stock: What the library has.
        today: No date or year of the file may be later.
        kho: The register that bare numbers belong to, where neither column nor sheet says.
    """
    draft = _Draft(defaultdict(list), {})
    for edition in stock.editions:
        _remember(edition, draft)
    for row in rows.rows:
        try:
            _plan_row(row, stock, today, kho, draft)
        except Faulty as fault:
            draft.remarks.append(fault.remark)
    remarks = tuple(draft.remarks)
    return RegisterPlan(
        tuple(draft.editions),
        tuple(draft.new),
        tuple(draft.changed),
        count(draft.rows_new, draft.rows_changed, draft.rows_same, remarks),
        remarks,
        report_registers(draft.numbers, stock.serials),
        rows,
    )


def _plan_row(row: Row, stock: Stock, today: date, kho: str, draft: _Draft) -> None:
    filled = [name for name in row.values if row.text(name)]
    if row.first and not _is_copy(row):
        draft.remarks.append(about(Level.SKIPPED, Reason.TOTAL_ROW, row))
        return
    if len(filled) < 2 and "accession" not in filled:
        draft.remarks.append(about(Level.SKIPPED, Reason.NO_RECORD, row))
        return
    if wrong := next((name for name in filled if is_error(row.values[name])), None):
        raise Faulty(Reason.FORMULA_ERROR, row, wrong)
    numbers = _numbers(row, stock.registers, kho)
    draft.numbers.extend(numbers)  # a row to mend leaves no gap
    facts = _edition_facts(row, numbers[0].kho, today)
    copy = _copy_facts(row, today)
    facts = replace(facts, price_vnd=copy.price_vnd)
    _check_doubles(row, numbers, facts.title, draft)
    outcomes = {_plan_copy(row, number, facts, copy, stock, draft) for number in numbers}
    if "new" in outcomes:
        draft.rows_new += 1
    elif "changed" in outcomes:
        draft.rows_changed += 1
    else:
        draft.rows_same += 1


def _is_copy(row: Row) -> bool:
    """Whether a row that begins as totals do is a copy: "Tổng tập văn học" is a title."""
    said = row.text("accession").casefold()
    title = (row.text("title") or row.text("both")).casefold().strip(" :.")
    return title not in _TOTALS and said != "" and not said.startswith(row.first)


def _numbers(row: Row, registers: tuple[Register, ...], kho: str) -> tuple[RegisterNumber, ...]:
    """The accession numbers of a row: one, or a run such as "1-10"."""
    said = row.text("accession")
    if re.fullmatch(r"[0-9.,]+E\+?[0-9]+", said, re.IGNORECASE):
        raise Faulty(Reason.CODE_ROUNDED, row, "accession")
    known = {name: register.kho for register in registers for name in register.names}
    column = known.get(row.text("kho").upper(), "")
    sheet = known.get(row.place.sheet.strip().upper(), "")
    where = column or sheet or kho or None
    run = _RUN.fullmatch(said)
    if run and not _is_year(run["last"]) and int(run["first"]) < int(run["last"]):
        length = int(run["last"]) - int(run["first"]) + 1
        if length > MOST_OF_A_RUN:
            raise Faulty(Reason.NUMBER_UNREADABLE, row, "accession")
        written = [f"{run['prefix']}{int(run['first']) + i}" for i in range(length)]
    else:
        written = [said]
    return tuple(_number(row, text, said, where, registers) for text in written)


def _number(
    row: Row, text: str, said: str, kho: str | None, registers: tuple[Register, ...]
) -> RegisterNumber:
    read = parse_accession(text, kho, registers)
    if isinstance(read, NoNumber):
        raise Faulty(_NO_NUMBERS[read], row, "accession")
    return replace(read, as_written=said[:ORIGINAL_LENGTH])


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and 1950 <= int(digits) <= 2100


def _check_doubles(
    row: Row, numbers: tuple[RegisterNumber, ...], title: str, draft: _Draft
) -> None:
    for number in numbers:
        if met := draft.met.get(number.accession):
            same = met[1].casefold() == title.casefold()
            reason = Reason.DUPLICATE if same else Reason.DUPLICATE_DIFFERS
            raise Faulty(reason, row, "accession", met[0])
    draft.met.update((number.accession, (row.place, title)) for number in numbers)


def _plan_copy(
    row: Row,
    number: RegisterNumber,
    facts: EditionFacts,
    copy: CopyFacts,
    stock: Stock,
    draft: _Draft,
) -> str:
    known = stock.copies.get(number.accession)
    if known is None:
        draft.new.append(NewCopy(number, _edition(facts, draft).id, copy))
        return "new"
    if copy.exit and not known.withdrawn:
        draft.remarks.append(about(Level.NOTE, Reason.EXIT_NOT_KNOWN, row, "exit"))
    edition = draft.by_id[known.edition_id]
    _note_other_title(row, edition.facts.title, facts.title, draft)
    update = CopyUpdate(
        known.id,
        known.edition_id if _agrees(edition.facts, facts) else _edition(facts, draft).id,
        known.price_vnd if copy.price_vnd is None else copy.price_vnd,
        copy.shelf or known.shelf,
        copy.row or known.row,
        known.entry if copy.entry is None else copy.entry,
        copy.entered_on,
    )
    before = (known.edition_id, known.price_vnd, known.shelf, known.row, known.entry)
    if (update.edition_id, update.price_vnd, update.shelf, update.row, update.entry) == before:
        return "same"
    draft.changed.append(update)
    return "changed"


def _note_other_title(row: Row, known: str, said: str, draft: _Draft) -> None:
    """Say, once a row, that a number of the library becomes another title."""
    if known.casefold() == said.casefold():
        return
    about_title = about(Level.NOTE, Reason.TITLE_CHANGED, row, _title_column(row))
    note = replace(about_title, before=known[:SHOWN])
    if note not in draft.remarks[-1:]:
        draft.remarks.append(note)


def _title_column(row: Row) -> str:
    return "title" if "title" in row.headers else "both"


def _edition(facts: EditionFacts, draft: _Draft) -> KnownEdition:
    """The first edition that agrees with all a row says, or a new one."""
    for edition in draft.by_title[facts.title.casefold()]:
        if _agrees(edition.facts, facts):
            return edition
    edition = KnownEdition(new_id(), facts)
    draft.editions.append(edition)
    _remember(edition, draft)
    return edition


def _remember(edition: KnownEdition, draft: _Draft) -> None:
    draft.by_title[edition.facts.title.casefold()].append(edition)
    draft.by_id[edition.id] = edition


def _agrees(known: EditionFacts, said: EditionFacts) -> bool:
    """Whether everything that is said is so; what is left out speaks against nothing."""
    for name in _EDITION_FIELDS:
        ours, theirs = getattr(known, name), getattr(said, name)
        if theirs in ("", None) or ours == theirs:
            continue
        if not (isinstance(theirs, str) and str(ours).casefold() == theirs.casefold()):
            return False
    return True


def _edition_facts(row: Row, kho: str, today: date) -> EditionFacts:
    title, authors = _title_and_authors(row)
    class_number, class_19 = _classes(row)
    isbn = read_isbn(row.text("isbn")) if row.text("isbn") else None
    if isinstance(isbn, NoIsbn):
        raise Faulty(Reason.ISBN_UNREADABLE, row, "isbn")
    return EditionFacts(
        title=title,
        volume=_text(row, "volume"),
        series=_text(row, "series"),
        authors=authors,
        publisher=_text(row, "publisher"),
        place=_text(row, "place"),
        year=_year(row, today),
        isbn=isbn,
        pages=_pages(row),
        size=_text(row, "size"),
        subject=_text(row, "subject"),
        grade=_grade(row),
        class_number=class_number,
        class_19=class_19,
        ddc=_text(row, "ddc"),
        kho=kho,
    )


def _copy_facts(row: Row, today: date) -> CopyFacts:
    return CopyFacts(
        price_vnd=_price(row),
        shelf=_text(row, "shelf"),
        row=_text(row, "row"),
        entry=_entry(row),
        entered_on=_day(row, today),
        exit=_text(row, "exit"),
    )


def _text(row: Row, which: str) -> str:
    text = read_text(row.text(which), _LENGTHS[which])
    if isinstance(text, TooLong):
        raise Faulty(Reason.TOO_LONG, row, which)
    return text


def _title_and_authors(row: Row) -> tuple[str, str]:
    """Title and authors; one column for both has them as a catalogue card, "title / authors"."""
    title, authors = _text(row, "title"), _text(row, "authors")
    if not title and (both := row.text("both")):
        parts = [part.strip() for part in both.split(" / ", 1)]
        texts = [read_text(part, _LENGTHS["title"]) for part in parts]
        if any(isinstance(text, TooLong) for text in texts):
            raise Faulty(Reason.TOO_LONG, row, "both")
        title, authors = parts[0], parts[1] if len(parts) > 1 else authors
    if not title:
        raise Faulty(Reason.TITLE_MISSING, row, _title_column(row))
    return title, authors


def _classes(row: Row) -> tuple[str, str]:
    """Class number and môn loại; one column may hold either."""
    said = row.text("class_19")
    number = _text(row, "class_number")
    if said.upper() in CLASSES_19:
        return number, said.upper()
    kept = read_text(said, _LENGTHS["class_number"])
    if isinstance(kept, TooLong):
        raise Faulty(Reason.TOO_LONG, row, "class_19")
    return number or kept, ""


def _year(row: Row, today: date) -> int | None:
    value = row.values.get("year")
    said = str(value.year) if isinstance(value, datetime) else row.text("year")
    if not said or fold(said) in ("k.d", "kd", "khong ro", "?", "-"):
        return None
    found = _YEAR.fullmatch(said.casefold())
    if not found or not FIRST_YEAR <= int(found[1]) <= today.year + 1:
        raise Faulty(Reason.YEAR_UNREADABLE, row, "year")
    return int(found[1])


def _price(row: Row) -> int | None:
    """A price in đồng: 25000, "25.000đ", "25,000 đồng"."""
    said = row.text("price").casefold()
    if not said or said in ("-", "?"):
        return None
    found = _PRICE.fullmatch(said)
    price = int(re.sub(r"\D", "", found[1])) if found else MOST_PRICE_VND + 1
    if price > MOST_PRICE_VND:
        raise Faulty(Reason.PRICE_UNREADABLE, row, "price")
    return price


def _pages(row: Row) -> int | None:
    said = row.text("pages")
    digits = re.sub(r"\s*(?:tr|trang|tr\.|p)\.?$", "", said.casefold())
    if not said:
        return None
    if not (digits.isascii() and digits.isdecimal() and 0 < int(digits) <= MOST_PAGES):
        raise Faulty(Reason.PAGES_UNREADABLE, row, "pages")
    return int(digits)


def _grade(row: Row) -> int | None:
    """A grade from 1 to 12; other words of this column mean books for everyone."""
    digits = "".join(sign for sign in row.text("grade") if sign.isascii() and sign.isdigit())
    return int(digits) if digits and 1 <= int(digits) <= 12 else None


def _entry(row: Row) -> int | None:
    said = row.text("entry")
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and 0 < int(said) < 1_000_000):
        raise Faulty(Reason.ENTRY_UNREADABLE, row, "entry")
    return int(said)


def _day(row: Row, today: date) -> date | None:
    """A day as a date, a spreadsheet's serial, or text: 26/11/2007, 26.XI.2007, 2007-11-26."""
    value = row.values.get("entered_on")
    if not row.text("entered_on"):
        return None
    day = value.date() if isinstance(value, datetime) else _read_day(row.text("entered_on"))
    if day is None or not FIRST_DAY <= day <= today:
        raise Faulty(Reason.DATE_UNREADABLE, row, "entered_on")
    return day


def _read_day(said: str) -> date | None:
    if said.isascii() and said.isdecimal() and len(said) == 5:
        return (_EXCEL_EPOCH + timedelta(days=int(said))).date()
    word = said.split(" ")[0].upper()
    iso, found = _ISO_DAY.fullmatch(word), _DAY.fullmatch(word)
    parts = iso.group(1, 2, 3) if iso else found.group(3, 2, 1) if found else ()
    try:
        year, month, day = parts
        return date(int(year), _month(month), int(day))
    except ValueError:
        return None


def _month(said: str) -> int:
    return int(said) if said.isdecimal() else _ROMAN.index(said) + 1
