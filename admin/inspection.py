"""The file for an inspection (S69): every register of a year, the self-check, the plan, reports.

One ZIP, each paper as PDF and Excel. What has no line in the year is listed with the reason.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from admin.register_pdf import write_pdf
from admin.register_xlsx import write_xlsx
from admin.rows_put_by import rows_put_by
from db.library import Library
from db.registers.asked import stamp
from db.registers.books import BOOKS, Book, Books, range_words, stamp_words
from db.registers.sheet import NothingThere, Sheet
from db.registers.standards import self_check
from db.registers.year_file import year_file

CONTENTS = "Mục lục.txt"
STEPS = len(BOOKS) + 1
"""Each register, and all that is made of the year."""

Tell = Callable[[str, int, int], None]
"""Is told what is being written now, how many of how many steps are done."""


def write_inspection_file(
    library: Library,
    since: date,
    until: date,
    file: Path,
    author: str,
    tell: Tell = lambda _words, _done, _steps: None,
) -> tuple[str, ...]:
    """Write the ZIP; the lines of its list of contents.

    Raises:
        OSError: It cannot be written.
    """
    as_of = stamp(None, library.now())
    lines = [
        f"HỒ SƠ THƯ VIỆN. {range_words(since, until)}. Số liệu lúc {stamp_words(as_of)}",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file, "w") as archive:
        for name, answer in _papers(library, since, until, as_of, author, Path(folder), tell):
            if isinstance(answer, NothingThere):
                lines.append(f"{name}: {answer.sentence}")
                continue
            lines.append(_add(archive, Path(folder), name, answer))
        archive.writestr(CONTENTS, "\n".join(lines) + "\n", zipfile.ZIP_DEFLATED)
    return tuple(lines)


def _papers(
    library: Library,
    since: date,
    until: date,
    as_of: datetime,
    author: str,
    folder: Path,
    tell: Tell,
) -> Iterator[tuple[str, Sheet | NothingThere]]:
    books = Books(library)
    for number, book in enumerate(BOOKS):
        tell(book.title, number, STEPS)
        first = None if book.whole else since
        with books.opened(book.code, first, until, as_of=as_of, author=author) as answer:
            kept = answer if isinstance(answer, NothingThere) else rows_put_by(answer, folder)
        yield _name(book), kept
    tell("Kế hoạch, hoạt động và báo cáo của năm", STEPS - 1, STEPS)
    with library.act() as act:  # while papers are made, others write
        check, year = self_check(act).gathered(), list(year_file(act, since, until, as_of))
    yield "Biên bản tự kiểm tra", check
    for sheet in year:
        yield sheet.title, sheet


def _name(book: Book) -> str:
    return f"{int(book.code[1:]):02} {book.title}"


def _add(archive: zipfile.ZipFile, folder: Path, name: str, sheet: Sheet) -> str:
    pdf, pages = write_pdf(sheet)
    archive.writestr(f"{name}.pdf", pdf)
    rows = write_xlsx(sheet, folder / "paper.xlsx")
    archive.write(folder / "paper.xlsx", f"{name}.xlsx")
    return f"{name}: {pages} trang PDF, {rows} dòng Excel"
