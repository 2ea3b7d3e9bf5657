"""What a city's schools cost one PostgreSQL, as they grow from one to seven hundred.

Each school has two stations. An event comes as a batch of its own, as it does while the network
is there; to each come three polls by stations of any school, which fetch a page where there is
news: the mix of the peak, 47 events and 140 polls a second. What is reported is processor time,
ours and the server's together, and how many such events a second one process got through.
The server flushes nothing (`fsync=off`), so its disk is left out, but not what it would write.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, select, text

from admin import feed, ingest
from admin.kiosks import KnownKiosk, enrol, recognise
from benchmarks.reporting import arguments, percentile, report
from db import rulebook
from db.clock import SCHOOL_ZONE
from db.engine import open_engine
from db.ids import new_id
from db.models import ChangeCounter, Copy, Edition, Patron, School, Timeline
from db.outcomes import PatronCategory
from db.sync.messages import PROTOCOL, Batch, CopyLent, CopyReturned, Fact, WireEvent
from tests import postgres

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SCHOOL_ZONE)
SIZES = (1, 10, 100, 700)
"""How many schools there are when it is measured."""
PEAK_EVENTS, PEAK_POLLS = 47, 140
"""Of 700 schools, in a second: 600 events a day each, a fifth of them in one half hour; two
stations each that ask every ten seconds."""
POLLS_PER_EVENT = 3
KIOSKS = 2
PATRONS = 30


def main() -> None:
    """Grow, measure, print."""
    asked = arguments(__doc__ or "", events=150, copies=100, schools=SIZES[-1])
    programs = postgres.programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed")
    with postgres.running(programs) as server:
        figures = run(server.new_database(), asked.events, asked.copies, asked.schools)
    report(figures, asked.json)


def run(url: str, events: int, copies: int, most: int) -> dict[str, float | int]:
    """Measure with each number of schools up to `most`."""
    engine = open_engine(url)
    feed.begin(engine, NOW)
    figures: dict[str, float | int] = {}
    stations: list[_Station] = []
    sizes = [size for size in SIZES if size <= most]
    for size in sizes:
        for school_id in range(len(stations) // KIOSKS + 1, size + 1):
            stations += _new_school(engine, school_id, copies)
        _stand(engine, stations)
        found = _measure(engine, stations, events)
        figures |= {f"{name}_{size}": value for name, value in found.items()}
    first, last = (f"peak_core_share_{size}" for size in (sizes[0], sizes[-1]))
    figures["growth"] = figures[last] / figures[first]
    with engine.begin() as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        figures["connections"] = connection.execute(text(asked)).scalar_one()
    engine.dispose()
    return figures


@dataclass
class _Station:
    """One station of one school, and where it stands."""

    known: KnownKiosk
    token: str
    copies: Sequence[UUID]
    patrons: Sequence[UUID]
    out: dict[UUID, UUID]
    """Loans by copy; the school's stations share it."""
    incarnation: UUID
    seq: int = 0
    timeline: UUID | None = None
    cursor: int = 0

    def next_batch(self, chance: random.Random, at: datetime) -> Batch:
        """One act: a loan, or the return of what is out."""
        fact = self._fact(chance, at)
        self.seq += 1
        event = WireEvent(
            seq=self.seq,
            event_id=new_id(),
            type=fact.type,
            happened_at=at,
            payload=fact.model_dump(mode="json"),
        )
        return Batch(protocol=PROTOCOL, incarnation=self.incarnation, events=(event,))

    def _fact(self, chance: random.Random, at: datetime) -> Fact:
        copy_id = chance.choice(self.copies)
        of_copy: dict[str, Any] = {"copy_id": copy_id, "accession": "STK.00001"}
        if copy_id in self.out:
            return CopyReturned(loan_id=self.out.pop(copy_id), returned_at=at, **of_copy)
        self.out[copy_id] = new_id()
        return CopyLent(
            loan_id=self.out[copy_id],
            patron_id=chance.choice(self.patrons),
            card="HS200001",
            lent_at=at,
            due=(at + timedelta(days=14)).date(),
            visit_id=new_id(),
            **of_copy,
        )


def _new_school(engine: Engine, school_id: int, copies: int) -> list[_Station]:
    of_school = {"school_id": school_id}
    people = [new_id() for _ in range(PATRONS)]
    edition, books = new_id(), [new_id() for _ in range(copies)]
    person = {"name": "Nguyễn Văn An", "category": PatronCategory.STUDENT, **of_school}
    title = {"id": edition, "title": "Dế Mèn phiêu lưu ký", "kho": "STK", **of_school}
    with engine.begin() as connection:
        connection.execute(insert(School).values(id=school_id, name=f"Trường {school_id}"))
        rulebook.begin_rules(connection, school_id)
        connection.execute(insert(Patron), [{"id": one, **person} for one in people])
        connection.execute(insert(Edition).values(title))
        rows = [_copy(number, one) for number, one in enumerate(books, start=1)]
        connection.execute(
            insert(Copy), [{**row, "edition_id": edition, **of_school} for row in rows]
        )
        tokens = [enrol(connection, school_id, f"Trạm {n}", NOW) for n in range(KIOSKS)]
        known = [recognise(connection, token, NOW) for token in tokens]
    feed.number_marks(engine, school_id, NOW)
    out: dict[UUID, UUID] = {}
    return [
        _Station(kiosk, token, books, people, out, new_id())
        for kiosk, token in zip(known, tokens, strict=True)
        if kiosk is not None
    ]


def _copy(number: int, identity: UUID) -> dict[str, Any]:
    return {"id": identity, "accession": f"STK.{number:05d}", "kho": "STK", "number": number}


def _stand(engine: Engine, stations: Iterable[_Station]) -> None:
    """Let every station have been told everything."""
    with engine.begin() as connection:
        counters = select(ChangeCounter.school_id, ChangeCounter.last)
        last = {row.school_id: row.last for row in connection.execute(counters)}
        timelines = select(Timeline.school_id, Timeline.nonce).order_by(Timeline.number)
        newest = {row.school_id: row.nonce for row in connection.execute(timelines)}
        connection.execute(text("ANALYZE"))
    for one in stations:
        one.timeline, one.cursor = newest[one.known.school_id], last[one.known.school_id]


def _measure(engine: Engine, stations: Sequence[_Station], events: int) -> dict[str, float | int]:
    chance, at = random.Random(1), NOW
    _event(engine, chance.choice(stations), chance, at)  # statements are compiled at first use
    _poll(engine, chance.choice(stations), at)
    wal = _written(engine)
    event_s, poll_s, event_cpu_s, poll_cpu_s = [], [], 0.0, 0.0
    began = time.perf_counter()
    for _ in range(events):
        at += timedelta(seconds=20)
        cpu, start = _processor_s(engine), time.perf_counter()
        _event(engine, chance.choice(stations), chance, at)
        event_s.append(time.perf_counter() - start)
        between = _processor_s(engine)
        for _ in range(POLLS_PER_EVENT):
            start = time.perf_counter()
            _poll(engine, chance.choice(stations), at)
            poll_s.append(time.perf_counter() - start)
        event_cpu_s += between - cpu
        poll_cpu_s += _processor_s(engine) - between
    took_s = time.perf_counter() - began
    event_ms = 1000 * event_cpu_s / events
    poll_ms = 1000 * poll_cpu_s / (POLLS_PER_EVENT * events)
    return {
        "event_cpu_ms": event_ms,
        "poll_cpu_ms": poll_ms,
        "event_p99_ms": 1000 * percentile(event_s, 0.99),
        "poll_p99_ms": 1000 * percentile(poll_s, 0.99),
        "wal_bytes_per_event": (_written(engine) - wal) // events,
        "events_per_s": events / took_s,
        "peak_core_share": (PEAK_EVENTS * event_ms + PEAK_POLLS * poll_ms) / 1000,
    }


def _event(engine: Engine, station: _Station, chance: random.Random, at: datetime) -> None:
    with engine.begin() as connection:
        assert recognise(connection, station.token, at) == station.known
    ingest.take(engine, station.known, station.next_batch(chance, at), at)


def _poll(engine: Engine, station: _Station, at: datetime) -> None:
    school_id = station.known.school_id
    with engine.begin() as connection:
        assert recognise(connection, station.token, at) == station.known
        is_news = feed.is_news(connection, school_id, station.timeline, station.cursor)
    if is_news:
        page = feed.page(
            engine, school_id, station.timeline, station.cursor, at, lambda _connection: 0
        )
        station.timeline, station.cursor = page.timeline, page.cursor


def _written(engine: Engine) -> int:
    """Bytes of the server's log."""
    with engine.begin() as connection:
        return int(
            connection.execute(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one()
        )


def _processor_s(engine: Engine) -> float:
    """Processor time of this process and of the server's that works for it."""
    used = time.process_time()
    for pid in _backends(engine):
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _backends(engine: Engine) -> set[int]:
    found = _BACKENDS.get(engine)
    if found is None:
        with engine.begin() as connection:
            found = {int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())}
        _BACKENDS[engine] = found
    return found


_BACKENDS: dict[Engine, set[int]] = {}
"""One thread asks, so the pool has one connection, and that one process."""


if __name__ == "__main__":
    main()
