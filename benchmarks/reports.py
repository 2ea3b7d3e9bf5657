"""Each register and report of one, three and ten years against its bare queries, and its memory.

The bare queries are the statements that the register itself sends, sent again by the driver
alone, all rows fetched. Both take turns. In a file they are timed by the processor, because
whatever else the machine does would count; a server's work is timed by the clock. The memory is
the most that the process held while a register was gone through once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from admin.inspection import write_inspection_file
from benchmarks.bare import Statement, recorded
from benchmarks.decade import NOW, YEARS, Decade
from benchmarks.kept_books import keep_books
from benchmarks.plot import line_plot
from benchmarks.reporting import arguments, medians, report
from db.library import Library
from db.registers.asked import Asked
from db.registers.books import BOOKS, Books
from db.registers.reports import REPORTS, Report, Wanted, report_sheet
from db.registers.sheet import Sheet

AGES = (1, 3, 10)
"""Years that are asked for."""
DRAWN = "R8"
"""Whose growth is drawn: it reads every loan, and every return once more."""

Read = Callable[[date], object]


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=3, loans=300_000, inspections=len(AGES))
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        decade = Decade(
            folder / "library.db", asked.loans, is_station=False, database=asked.database
        )
        library = keep_books(decade)
        now = time.perf_counter if asked.database else time.process_time
        for subject, read in _subjects(library):
            for age in AGES:
                name = f"{subject}_{age}y"
                figures |= _told(_measure(library.engine, name, age, read, asked.rounds, now))
        for age in AGES[: asked.inspections]:
            figures |= _told(_inspection(library, folder / "inspection.zip", age, now))
        library.engine.dispose()
    if asked.svg:
        asked.svg.write_text(_growth(figures), "utf-8")
    report(figures, asked.json)


def _subjects(library: Library) -> Iterator[tuple[str, Read]]:
    books = Books(library)
    for book in BOOKS:
        yield book.code, partial(_go_through, books, book.code)
    for one in REPORTS:
        yield one.code, partial(_report, library, one)
    yield "charts", lambda since: books.pictures(since, NOW.date())


def _told(figures: dict[str, float]) -> dict[str, float]:
    """The same, shown at once: whoever ends a long run has what was measured until then."""
    print(", ".join(f"{name} {value:.1f}" for name, value in figures.items()), file=sys.stderr)
    return figures


def _measure(
    engine: Engine, name: str, age: int, read: Read, rounds: int, now: Callable[[], float]
) -> dict[str, float]:
    since = date(NOW.year - min(age, YEARS), NOW.month, NOW.day)
    with recorded(engine) as statements:
        peak = _peak_mb(partial(read, since))
    act, send = partial(read, since), partial(_send, engine, statements)
    ours, bare = medians(rounds, partial(_timed, act, now), partial(_timed, send, now))
    return {
        f"{name}_ms": ours * 1000,
        f"{name}_ratio_to_bare": ours / bare,
        f"{name}_peak_mb": peak,
    }


def _go_through(books: Books, code: str, since: date) -> int:
    with books.opened(code, since, NOW.date(), author="benchmark") as sheet:
        if not isinstance(sheet, Sheet):
            raise SystemExit(f"{code}: {sheet.sentence}")
        return sum(1 for part in sheet.parts for _ in part.rows)


def _report(library: Library, one: Report, since: date) -> Sheet:
    with library.act() as act:
        where = (act.connection, 1, since, NOW.date(), act.now, act.rules.calendar)
        return report_sheet(act, one, Asked(*where), Wanted())


def _inspection(
    library: Library, file: Path, age: int, now: Callable[[], float]
) -> dict[str, float]:
    """The file of the last library years, with every paper laid out and written."""
    days = (date(2026 - age, 6, 1), date(2026, 5, 31))
    write = partial(write_inspection_file, library, *days, file, "benchmark")
    began = now()
    peak = _peak_mb(write)
    name = f"inspection_{age}y"
    told = {f"{name}_s": now() - began, f"{name}_mb": file.stat().st_size / 1e6}
    return {**told, f"{name}_peak_mb": peak}


def _send(engine: Engine, statements: list[Statement]) -> None:
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        for words, values in statements:
            cursor = driver.cursor()
            for _ in _rows(cursor, words, values):
                pass
            cursor.close()


def _rows(cursor: Any, words: str, values: Any) -> Iterator[Any]:
    cursor.execute(words, values)
    while rows := cursor.fetchmany(2000):
        yield from rows


def _timed(act: Callable[[], object], now: Callable[[], float]) -> float:
    began = now()
    act()
    return now() - began


def _peak_mb(act: Callable[[], object]) -> float:
    """The most of this process's memory that was in use meanwhile (Linux alone tells)."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # forget the peak so far
    act()
    (line,) = (
        one for one in Path("/proc/self/status").read_text("ascii").splitlines()
        if one.startswith("VmHWM")
    )  # fmt: skip
    return int(line.split()[1]) / 1000


def _growth(figures: dict[str, float]) -> str:
    first = figures[f"{DRAWN}_{AGES[0]}y_peak_mb"]
    points = [(float(age), figures[f"{DRAWN}_{age}y_peak_mb"] / first) for age in AGES]
    return line_plot(points, "years asked for", f"Memory of {DRAWN} at its peak")


if __name__ == "__main__":
    main()
