"""One `check_out` against the same inserts by raw sqlite3, at the same durability.

Both write a loan, an outbox event and, once a visit, a slip, in one transaction with WAL
and FULL; ours also identifies nothing less than what the rules need. The two take turns in
one run, so that the machine's drift hits both. A visit is three copies lent; the returns
between are not timed.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from benchmarks.reporting import arguments, medians, report
from db import outbox
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, SettableClock
from db.demo import demo_cast, fill_demo_school
from db.engine import open_engine, sqlite_url
from db.ids import new_id, new_slip_number
from db.outcomes import CheckedOut, PatronKnown

NOW = datetime(2026, 11, 23, 8, 40, tzinfo=SCHOOL_ZONE)


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=300)
    with tempfile.TemporaryDirectory() as folder:
        ours = our_check_out(Path(folder) / "ours.db")
        raw = _raw_check_out(Path(folder) / "raw.db")
        ours_s, raw_s = medians(asked.rounds, ours, raw)
    figures = {
        "ratio_to_raw": ours_s / raw_s,
        "check_out_ms": ours_s * 1000,
        "raw_ms": raw_s * 1000,
    }
    report(figures, asked.json)


def our_check_out(path: Path) -> Callable[[], float]:
    """Give a function that lends one copy and returns its seconds."""
    engine = open_engine(sqlite_url(path))
    fill_demo_school(engine, 1, NOW)
    outbox.prepare_station(engine)
    desk = Circulation(engine, 1, SettableClock(NOW))
    cast = demo_cast(engine, 1, NOW, seed=1)
    patron = desk.identify(cast.free_pupils[0].card)
    assert isinstance(patron, PatronKnown)
    accession = cast.shelved[0].accession

    def once() -> float:
        visit_id = new_id()
        began = time.perf_counter()
        outcome = desk.check_out(patron, accession, visit_id)
        took = time.perf_counter() - began
        assert isinstance(outcome, CheckedOut)
        desk.check_in(accession)
        return took

    return once


def _raw_check_out(path: Path) -> Callable[[], float]:
    engine = open_engine(sqlite_url(path))
    fill_demo_school(engine, 1, NOW)
    engine.dispose()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    copy_id, patron_id = connection.execute(
        "SELECT copy.id, patron.id FROM copy, patron"
        " WHERE copy.id NOT IN (SELECT copy_id FROM loan) LIMIT 1"
    ).fetchone()
    event = json.dumps({"copy_id": copy_id, "patron_id": patron_id, "due": "2026-12-07"})

    def once() -> float:
        loan_id, event_id, visit_id = (new_id().hex for _ in range(3))
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO loan"
            " (school_id, id, copy_id, patron_id, visit_id, lent_at, due, returned_at, disputed)"
            " VALUES (1, ?, ?, ?, ?, ?, ?, NULL, 0)",
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
            "UPDATE loan SET returned_at = lent_at WHERE id = ?", (UUID(loan_id).hex,)
        )
        return took

    return once


if __name__ == "__main__":
    main()
