"""Each register of one, three and ten years against its bare queries, and what memory it takes.

The bare queries are the statements that the register itself sends, sent again by the driver
alone, all rows fetched. Both take turns; the memory is the most that Python held (tracemalloc)
while a register was gone through, measured apart from the time.
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks.bare import Statement, recorded
from benchmarks.decade import NOW, YEARS, Decade
from benchmarks.reporting import arguments, medians, report
from db.clock import SettableClock
from db.library import Library
from db.registers.books import Books
from db.registers.sheet import Sheet

AGES = (1, 3, 10)
"""Years of loans."""
CODES = ("R1", "R2", "R7", "R8")
"""Those that grow with copies and loans in the benchmark's library."""


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=3, loans=300_000)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        engine = Decade(Path(folder) / "library.db", asked.loans).engine
        for age in AGES:
            _measure(engine, age, asked.rounds, figures)
        engine.dispose()
    report(figures, asked.json)


def _measure(engine: Engine, age: int, rounds: int, figures: dict[str, float]) -> None:
    books = Books(Library(engine, 1, SettableClock(NOW)))
    since = date(NOW.year - min(age, YEARS), NOW.month, NOW.day)
    for code in CODES:
        read = partial(_go_through, books, code, None if code == "R2" else since)
        with recorded(engine) as statements:
            read()
        send = partial(_send, engine, statements)
        ours, bare = medians(rounds, partial(_timed, read), partial(_timed, send))
        figures[f"{code}_{age}y_ms"] = ours * 1000
        figures[f"{code}_{age}y_ratio_to_bare"] = ours / bare
        figures[f"{code}_{age}y_peak_mb"] = _peak_mb(read)


def _go_through(books: Books, code: str, since: date | None) -> int:
    with books.opened(code, since, NOW.date(), author="benchmark") as sheet:
        if not isinstance(sheet, Sheet):
            raise SystemExit(f"{code}: {sheet.sentence}")
        return sum(1 for part in sheet.parts for _ in part.rows)


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


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _peak_mb(act: Callable[[], object]) -> float:
    tracemalloc.start()
    act()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    main()
