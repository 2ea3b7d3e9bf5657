"""The school's registers at the desk: which there are, a range of days, on screen, as files.

Registers that say who has read what (R6, R7) are the librarian's alone. Keeps out what
registers say and how they are laid out.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_day
from admin.desk.frame import Pages, Place, Section
from admin.desk.job_pages import carry_out
from admin.desk.jobs import Progress
from admin.desk.periods import STAMP, periods, stamp_asked
from admin.desk.rights import Right
from admin.inspection import write_inspection_file
from admin.rows_put_by import rows_put_by
from db import rulebook
from db.calendar import library_year
from db.library import Library
from db.registers.books import BOOKS, BY_CODE, Book, Books, stamp_words
from db.registers.sheet import NothingThere, Part, Sheet, cell_words
from db.registers.standards import NUMBERS, TICKS, self_check

ZIP: Final = "application/zip"
PARTS_SHOWN: Final = 6
ROWS_SHOWN: Final = 40
YEARS: Final = 6
"""Of which a file for an inspection can be made: this one and the five before."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part as the template draws it."""

    part: Part
    rows: list[tuple[str, list[tuple[str, str]]]]
    """Weight, and each cell's words and kind."""
    groups: list[tuple[str, int]]
    """Headings over columns and how many each is over; an empty one is a column's own."""


@router.get("/so")
def books(desk: Annotated[Desk, allowed(Right.SEE_REPORTS)]) -> Response:
    """Show which registers there are."""
    return _books(desk)


def _books(desk: Desk, status_code: int = 200) -> Response:
    since, until = library_year(desk.today)
    told = {"books": BOOKS, "since": since, "until": until, "path_of": path_of}
    return desk.show("registers.html", status_code, **told, years=_years(desk))


def _years(desk: Desk) -> list[tuple[str, str]]:
    """The library years an inspection may ask for, the present one first."""
    newest = library_year(desk.today)[0].year
    return [(f"{year}", f"{year}–{year + 1}") for year in range(newest, newest - YEARS, -1)]


@router.get("/so/tu-kiem-tra")
def self_check_page(desk: Annotated[Desk, allowed(Right.SEE_REPORTS)]) -> Response:
    """Show the self-check against circular 16/2022, or hand it out as a file."""
    with desk.library.act() as act:
        sheet = self_check(act)
    form = desk.asked.get("tai", "")
    if form in papers.FORMS:
        return _file(desk, sheet, form)
    return desk.show("selfcheck.html", **_self_check(desk, sheet))


@router.post("/so/tu-kiem-tra")
def enter_self_check(desk: Annotated[Desk, allowed(Right.EDIT_SETTINGS)]) -> Response:
    """Keep what somebody measured and looked at."""
    entered = {key: desk.form.text(key, wanted=False, most=200) for key in (*NUMBERS, *TICKS)}
    for key in NUMBERS:
        entered[key] = entered[key].replace(",", ".")
        if not _is_amount(entered[key]):
            desk.form.refuse(key, "Hãy ghi một số, ví dụ 85.")
    with desk.library.act() as act:
        sheet = self_check(act)
    if desk.form.wrong:
        return desk.show_again("selfcheck.html", **_self_check(desk, sheet))
    kept = {key: words for key, words in entered.items() if words}
    with desk.records() as connection:
        rulebook.choose(connection, desk.school_id, standards=kept)
        desk.note(connection, "self-check-entered")
    return desk.go("/so/tu-kiem-tra", "Đã lưu.")


@router.post("/so/ho-so")
def make_inspection_file(desk: Annotated[Desk, allowed(Right.SEE_HISTORY)]) -> Response:
    """Have every register of a library year and the self-check made as one ZIP."""
    first = int(desk.form.one_of("year", [word for word, _ in _years(desk)]) or 0)
    if desk.form.wrong:
        return _books(desk, 422)
    return carry_out(
        desk,
        f"Hồ sơ thư viện {first}–{first + 1}",
        partial(_inspection_file, desk.library, first, desk.author),
        partial(_hand_out_inspection, first),
        is_long=True,
        hands_out=True,
    )


def _inspection_file(library: Library, first: int, author: str, progress: Progress) -> bytes:
    days = library_year(date(first, 6, 1))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.zip"
        write_inspection_file(library, *days, file, author, progress.tell)
        return file.read_bytes()


def _hand_out_inspection(first: int, desk: Desk, made: bytes) -> Response:
    return desk.hand_out(made, f"Hồ sơ thư viện {first}-{first + 1}.zip", ZIP)


@router.get("/so/{code}")
def book(code: str, desk: Annotated[Desk, allowed(Right.SEE_REPORTS)]) -> Response:
    """Show a register of the stock or of figures, or hand it out as a file."""
    return _book(desk, code, names_readers=False)


@router.get("/so/muon/{code}")
def loan_book(code: str, desk: Annotated[Desk, allowed(Right.SEE_HISTORY)]) -> Response:
    """Show a loan book, or hand it out as a file."""
    return _book(desk, code, names_readers=True)


PAGES = Pages(
    Section.REPORTS,
    router,
    (
        Place("/so", "Các sổ", Right.SEE_REPORTS),
        Place("/so/tu-kiem-tra", "Tự kiểm tra", Right.SEE_REPORTS),
    ),
)


def path_of(book: Book) -> str:
    """Where a register is."""
    return f"/so/muon/{book.code.lower()}" if book.names_readers else f"/so/{book.code.lower()}"


def _self_check(desk: Desk, sheet: Sheet) -> dict[str, Any]:
    with desk.library.act() as act:
        entered = act.rules.choices.standards
    parts = [shown_part(part, sheet) for part in sheet.parts]
    return {"sheet": sheet, "parts": parts, "entered": entered, "ticks": TICKS}


def _is_amount(text: str) -> bool:
    whole, _, part = text.partition(".")
    return not text or (len(text) < 10 and whole.isdecimal() and (not part or part.isdecimal()))


def _book(desk: Desk, code: str, *, names_readers: bool) -> Response:
    book = BY_CODE.get(code.upper())
    if book is None or book.names_readers is not names_readers:
        raise HTTPException(404, "There is no such register.")
    form = desk.asked.get("tai", "")
    with tempfile.TemporaryDirectory() as folder:
        answer = _opened(desk, book, Path(folder) if form in papers.FORMS else None)
        if isinstance(answer, Sheet) and form in papers.FORMS:
            return _file(desk, answer, form)
    since, until = _days(desk, book)
    as_of, unread = stamp_asked(desk)
    with desk.library.act() as act:
        ranges = periods(act.rules.calendar, desk.today)
    return desk.show(
        "register.html",
        book=book,
        sheet=answer if isinstance(answer, Sheet) else None,
        nothing=answer.sentence if isinstance(answer, NothingThere) else "",
        parts=[shown_part(part, answer) for part in answer.parts]
        if isinstance(answer, Sheet)
        else [],
        periods=ranges,
        since=since,
        until=until,
        homeroom=desk.asked.get("lop", ""),
        path=path_of(book),
        stamped_words=stamp_words(as_of),
        stamp=desk.asked.get(STAMP, ""),
        unread=unread,
    )


def _opened(desk: Desk, book: Book, folder: Path | None) -> Sheet | NothingThere:
    """A register: the whole with its rows in a folder, or its beginning for the screen."""
    since, until = _days(desk, book)
    homeroom = desk.asked.get("lop", "").strip()
    as_of, _ = stamp_asked(desk)
    opened = Books(desk.library).opened(
        book.code, since, until, as_of=as_of, homeroom=homeroom, author=desk.author
    )
    with opened as answer:
        if isinstance(answer, NothingThere):
            return answer
        return rows_put_by(answer, folder) if folder else answer.limited(PARTS_SHOWN, ROWS_SHOWN)


def _days(desk: Desk, book: Book) -> tuple[date | None, date]:
    """The range asked for; a register looked at as a whole has no first day."""
    begins, ends = library_year(desk.today)
    since = read_day(desk.asked.get("tu", "").strip())
    until = read_day(desk.asked.get("den", "").strip())
    return since or (None if book.whole else begins), until or ends


def _file(desk: Desk, sheet: Sheet, form: str) -> Response:
    return papers.hand_out_sheet(desk, sheet, form, f"{sheet.code} {sheet.title}")


def shown_part(part: Part, sheet: Sheet) -> ShownPart:
    """A part with its cells in words."""
    rows: list[tuple[str, list[tuple[str, str]]]] = []
    for row in part.rows:
        cells: list[tuple[str, str]] = [
            (cell_words(cell, column.kind, sheet.roman_months), column.kind)
            for cell, column in zip(row.cells, part.columns, strict=False)
        ]
        rows.append((row.weight.value, cells))
    groups: list[tuple[str, int]] = []
    for column in part.columns:
        if column.group and groups and groups[-1][0] == column.group:
            groups[-1] = (column.group, groups[-1][1] + 1)
        else:
            groups.append((column.group, 1))
    return ShownPart(part, rows, groups)
