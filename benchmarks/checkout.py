"""One `check_out` against the same inserts by raw sqlite3, and against its own in an old library.

Both write a loan, an outbox event and, once a visit, a slip, in one transaction with WAL
and FULL; ours also reads nothing less than what the rules need. All subjects take turns in
one run, so that the machine's drift hits them alike. Patron and copy are drawn anew every
time; the returns between are not timed.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from benchmarks.decade import Decade
from benchmarks.plot import line_plot
from benchmarks.reporting import arguments, medians, report
from db.ids import new_id, new_slip_number

AGES = (0.0, 0.1, 0.3, 1.0)
"""Shares of `--loans` at which the growth is measured."""


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=300, loans=300_000)
    sizes = [int(asked.loans * age) for age in AGES]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        decades = [Decade(Path(folder) / f"{size}.db", size) for size in sizes]
        for decade in decades:
            closing.callback(decade.engine.dispose)
        raw = raw_check_out(Path(folder) / "raw.db")
        raw_s, *ours_s = medians(asked.rounds, raw, *map(check_out, decades))
    growth = [seconds / ours_s[0] for seconds in ours_s]
    figures = {
        "ratio_to_raw": ours_s[0] / raw_s,
        "growth_at_300k_loans": growth[-1],
        "check_out_ms": ours_s[0] * 1000,
        "check_out_after_ten_years_ms": ours_s[-1] * 1000,
        "raw_ms": raw_s * 1000,
    }
    report(figures, asked.json)
    if asked.svg is not None:
        points = list(zip(sizes, growth, strict=True))
        asked.svg.write_text(line_plot(points, "loans in the file", "time of one check-out"))


def our_check_out(path: Path) -> Callable[[], float]:
    """Give a function that lends one copy in a new library and returns its seconds."""
    return check_out(Decade(path, 0))


def check_out(decade: Decade) -> Callable[[], float]:
    """Give a function that lends one copy and returns its seconds."""

    def once() -> float:
        patron, accession = decade.anyone(), decade.any_copy()
        began = time.perf_counter()
        decade.lend(patron, accession)
        took = time.perf_counter() - began
        decade.desk.check_in(accession)
        return took

    return once


def raw_check_out(path: Path) -> Callable[[], float]:
    """Give a function that writes the same rows by sqlite3 alone and returns its seconds."""
    decade = Decade(path, 0)
    decade.engine.dispose()
    people, chance = [id_.hex for id_, _ in decade.patrons], random.Random(1)
    copies = [id_.hex for id_ in decade.copies]
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")

    def once() -> float:
        copy_id, patron_id = chance.choice(copies), chance.choice(people)
        event = json.dumps({"copy_id": copy_id, "patron_id": patron_id, "due": "2026-12-07"})
        loan_id, event_id, visit_id = (new_id().hex for _ in range(3))
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO loan"
            " (school_id, id, copy_id, patron_id, visit_id, kind, set_loan_id, lent_at, due,"
            " returned_at, handed_in_by, disputed, kiosk_id)"
            " VALUES (1, ?, ?, ?, ?, 'take-home', NULL, ?, ?, NULL, NULL, 0, NULL)",
            (loan_id, copy_id, patron_id, visit_id, "2026-11-23 01:40:00.000000", "2026-12-07"),
        )
        connection.execute(
            "INSERT INTO outbox_event (event_id, type, happened_at, payload) VALUES (?, ?, ?, ?)",
            (event_id, "copy-lent", "2026-11-23 01:40:00.000000", event),
        )
        connection.execute(
            "INSERT INTO receipt_job (visit_id, slip_number, state, started_at, reason)"
            " VALUES (?, ?, ?, ?, ?)",
            (visit_id, new_slip_number(), "collecting", "2026-11-23 01:40:00.000000", ""),
        )
        connection.execute("COMMIT")
        took = time.perf_counter() - began
        connection.execute(
            "UPDATE loan SET returned_at = lent_at WHERE school_id = 1 AND id = ?",
            (UUID(loan_id).hex,),
        )
        return took

    return once


if __name__ == "__main__":
    main()
