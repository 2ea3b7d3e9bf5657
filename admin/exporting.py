"""The command that writes a register or report as Excel or PDF. Keeps out what they say.

A range without data, a register that is not there and a file that cannot be written end in one
sentence and exit status 2; nothing is left half written.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from admin.commands import _opened, _stop
from admin.hub import FIRST_SCHOOL
from admin.inspection import write_inspection_file
from admin.register_pdf import write_pdf
from admin.register_xlsx import write_xlsx
from db.calendar import library_year
from db.clock import SystemClock, local_day
from db.library import Library
from db.registers.asked import Asked, stamp
from db.registers.books import BOOKS, BY_CODE, Books, read_stamp
from db.registers.reports import REPORTS, YEARS_UNREAD, Wanted
from db.registers.sheet import NothingThere, Sheet
from db.registers.year_file import CODES, YEAR_PAPERS, paper

AUTHOR: Final = "command line"


def add_commands(choices: Any) -> list[ArgumentParser]:
    """Add the command; it takes the common options too."""
    told = {**{one.code: one.title for one in (*BOOKS, *REPORTS)}, **YEAR_PAPERS}
    known = ", ".join(f"{code} {title}" for code, title in told.items())
    export = choices.add_parser(
        "export",
        help="write a register or report as Excel or PDF",
        description=f"There are {known}.",
    )
    export.add_argument("code", metavar="CODE", type=_code, help="R1 to R10, luu-thong, HD, TK, …")
    days = "such as 2025-06-01; without it the library year's"
    export.add_argument("--from", dest="since", metavar="DAY", type=_day, help=f"first, {days}")
    export.add_argument("--to", dest="until", metavar="DAY", type=_day, help=f"last, {days}")
    export.add_argument(
        "--as-of",
        metavar="STAMP",
        type=_stamp,
        help="as printed: 31/05/2026 16:00:00, or 2026-05-31T16:00",
    )
    export.add_argument(
        "--class", dest="homeroom", metavar="CLASS", default="", help="R7: one class"
    )
    grade = "of reports by grade: this one alone"
    export.add_argument("--grade", metavar="N", type=int, choices=range(1, 13), help=grade)
    years = f"khong-muon: how long nobody borrowed it ({YEARS_UNREAD})"
    export.add_argument(
        "--years", metavar="N", type=int, choices=range(1, 11), default=YEARS_UNREAD, help=years
    )
    export.add_argument("--format", choices=("xlsx", "pdf"), help="without it as FILE is called")
    export.add_argument("--out", metavar="FILE", type=Path, required=True)
    export.set_defaults(run=write_register)
    inspection = choices.add_parser(
        "inspection", help="write every register of a library year and the self-check as one ZIP"
    )
    inspection.add_argument("--year", metavar="YYYY", type=_year, help="in which it begins")
    inspection.add_argument("--out", metavar="FILE", type=Path, default=Path("ho-so-thu-vien.zip"))
    inspection.set_defaults(run=write_inspection)
    return [export, inspection]


def write_inspection(options: Namespace) -> None:
    """Write the file for an inspection."""
    clock = SystemClock()
    since, until = library_year(options.year or local_day(clock.now()))
    beside = options.out.with_name(f"{options.out.name}.part")
    with _opened(options) as engine:
        library = Library(engine, FIRST_SCHOOL, clock)
        try:
            lines = write_inspection_file(library, since, until, beside, AUTHOR)
            beside.replace(options.out)
        except OSError as error:
            beside.unlink(missing_ok=True)
            _stop(f"{options.out} cannot be written: {error.strerror}.")
    print("\n".join(lines))


def write_register(options: Namespace) -> None:
    """Write a register or report to a file; its hub may not run meanwhile (SQLite)."""
    form = options.format or options.out.suffix.removeprefix(".").lower()
    if form not in ("xlsx", "pdf"):
        _stop("hãy chọn --format xlsx hoặc --format pdf (choose a format).")
    with _opened(options) as engine:
        library = Library(engine, FIRST_SCHOOL, SystemClock())
        with _answer(library, options) as answer:
            if isinstance(answer, NothingThere):
                _stop(f"{answer.sentence} Chưa ghi tệp nào (nothing is written).")
            told = _write(answer, form, options.out)
    if answer.is_provisional:
        print("Kỳ này chưa kết thúc: số liệu là tạm tính (the range has not ended).")
    print(f"{options.out}: {answer.title}, {told}")


@contextmanager
def _answer(library: Library, options: Namespace) -> Iterator[Sheet | NothingThere]:
    """What is asked for, to be gone through while it is open."""
    if options.code in BY_CODE:
        told = {"as_of": options.as_of, "homeroom": options.homeroom, "author": AUTHOR}
        opened = Books(library).opened(options.code, options.since, options.until, **told)
        with opened as answer:
            yield answer
        return
    with library.act() as act:
        as_of = stamp(options.as_of, act.now)
        begins, ends = library_year(local_day(as_of))
        days = (options.since or begins, options.until or ends)
        asked = Asked(act.connection, act.school_id, *days, as_of, act.rules.calendar)
        yield paper(act, options.code, asked, Wanted(options.grade, options.years))


def _write(sheet: Sheet, form: str, file: Path) -> str:
    beside = file.with_name(f"{file.name}.part")
    try:
        if form == "xlsx":
            told = f"{write_xlsx(sheet, beside)} dòng (rows)"
        else:
            pdf, pages = write_pdf(sheet)
            beside.write_bytes(pdf)
            told = f"{pages} trang (pages)"
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        _stop(f"{file} cannot be written: {error.strerror}.")
    return told


def _code(text: str) -> str:
    for code in (text.strip().upper(), text.strip().lower()):
        if code in BY_CODE or code in CODES:
            return code
    known = f"R1 … R{len(BOOKS)}, {', '.join(CODES)}"
    raise ArgumentTypeError(f"không có sổ {text} (no such register): {known}")


def _year(text: str) -> date:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise ArgumentTypeError("give the year in which the library year begins, such as 2025")
    return date(int(text), 6, 1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no day: write 2025-06-01") from None


def _stamp(text: str) -> datetime:
    try:
        return read_stamp(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text} is no stamp: write 31/05/2026 16:00:00 or 2026-05-31T16:00"
        ) from None
