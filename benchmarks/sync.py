"""What sync costs: a loan, taking events in, and filling a station from nothing.

Each is measured against the bare writes by the database's own driver, in turns in one run: a loan
against raw sqlite3; a batch of 1 000 events (seven loans to three returns) against inserting the
same events and loans, ending the same loans and marking the same rows for stations, in one
transaction as ours (both sides' rows are compared at the end); a full pull against writing the same
rows into a station's tables. The bare writes read, decide and check nothing.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import UUID, uuid5

import zstandard
from sqlalchemy import Engine, insert, select

from admin import feed, ingest
from admin.feed_triggers import mark_everything
from admin.hub import collect_seldom
from admin.kiosks import KnownKiosk, enrol, recognise
from admin.sync_endpoint import packed_for, read_batch
from benchmarks import crash_images
from benchmarks.checkout import our_check_out, raw_check_out
from benchmarks.crash_images import Call
from benchmarks.reporting import arguments, medians, report
from db import outbox
from db.catalogue_index import index_stale
from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.ids import new_id
from db.models import Copy, Edition, Kho, Patron, ReceivedEvent, School
from db.outcomes import PatronCategory
from db.sync.messages import PROTOCOL, Batch, CopyLent, CopyReturned, Fact, Page, Rows, WireEvent
from db.sync.mirror import Mirror, Place, insert_sql
from db.sync.told import BY_NAME
from tests import postgres

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SCHOOL_ZONE)
PATRONS = 1_000
BATCH = 1_000
FLUSH_US = 10_000
WAL_FRAME_HEADER = 24
"""Bytes (sqlite.org/fileformat2.html, 4.1)."""
_TITLE_WORDS = [
    "đất",
    "rừng",
    "phương",
    "nam",
    "dế",
    "mèn",
    "phiêu",
    "lưu",
    "ký",
    "toán",
    "ngữ",
    "văn",
    "tập",
    "một",
    "hai",
    "trăng",
    "lên",
]


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=100, batches=7, copies=100_000)
    figures: dict[str, float | int] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as closing:
        folder = Path(name)
        raw_s, ours_s = medians(
            asked.rounds, raw_check_out(folder / "raw.db"), our_check_out(folder / "ours.db")
        )
        figures["loan_ratio"] = ours_s / raw_s
        if crash_images.is_possible():
            figures |= _device_cost(folder / "device", asked.rounds)
            figures["loan_ratio_10ms_flush"] = _ratio_on_slow_disk(folder / "slow", asked.rounds)
        collect_seldom()  # as a hub does that serves
        figures |= _ingest("sqlite", asked.batches, [sqlite_url(folder / f"{n}.db") for n in "ab"])
        server = closing.enter_context(_server())
        if server is not None:
            figures |= _ingest("postgresql", asked.batches, [server.new_database() for _ in "ab"])
        figures |= _full_pull(folder, asked.copies)
    report(figures, asked.json)


def _device_cost(folder: Path, loans: int) -> dict[str, float | int]:
    """What loans among returns ask of the disk, each with the checkpoint that came before it."""
    folder.mkdir()
    _, calls = crash_images.record(folder, loans, "FULL")
    ends = [place for place, call in enumerate(calls) if _ends_transaction(call)]
    flushes, written = [], []
    for before, end, following in zip(ends, ends[1:], ends[2:], strict=False):
        if any(call.kind == "told" for call in calls[end:following]):
            own = calls[before + 3 : end + 3]  # after an end: its page, and the flush of both
            flushes.append(sum(call.kind == "flush" for call in own))
            written.append(sum(len(call.content) for call in own if call.kind == "write"))
    return {"loan_flushes": mean(flushes), "loan_device_kb": mean(written) / 1000}


def _ends_transaction(call: Call) -> bool:
    """Whether it writes the header of a log's frame that says how long the file is from then on."""
    is_header = call.name.endswith("-wal") and len(call.content) == WAL_FRAME_HEADER
    return is_header and any(call.content[4:8])


def _ratio_on_slow_disk(folder: Path, rounds: int) -> float:
    """`loan_ratio` where each flush takes 10 ms longer, as on a memory card."""
    folder.mkdir()
    flushes = "fdatasync,fsync"
    slowly = ["-e", f"trace={flushes}", "-e", f"inject={flushes}:delay_enter={FLUSH_US}"]
    tracing = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", *slowly]
    lending = f"from benchmarks.sync import print_loan_ratio as go; go({str(folder)!r}, {rounds})"
    told = subprocess.run(
        [*tracing, sys.executable, "-c", lending], check=True, capture_output=True, text=True
    )
    return float(told.stdout)


def print_loan_ratio(folder: str, rounds: int) -> None:
    """For a process of its own, whose flushes somebody makes slow."""
    raw, ours = Path(folder) / "raw.db", Path(folder) / "ours.db"
    raw_s, ours_s = medians(rounds, raw_check_out(raw), our_check_out(ours))
    print(ours_s / raw_s)


@contextmanager
def _server() -> Iterator[postgres.PostgresServer | None]:
    programs = postgres.programs()
    if programs is None:
        yield None
        return
    with postgres.running(programs) as server:
        yield server


def _ingest(name: str, batches: int, urls: list[str]) -> dict[str, float | int]:
    """Take batches in, against the bare writes, each in a database of its own."""
    hub, bare = (open_engine(url) for url in urls)
    for engine in (hub, bare):
        _fill(engine, editions=700, copies=2 * BATCH)
    feed.begin(hub, NOW)
    with hub.begin() as connection:
        known = recognise(connection, enrol(connection, 1, "Trạm 1", NOW), NOW)
    with bare.begin() as connection:
        mark_everything(connection)
    assert known is not None
    told = _Telling()
    kiosk = known.id
    ours_s, bare_s = medians(
        batches, _our_ingest(hub, known, told), _bare_ingest(bare, kiosk, told)
    )
    assert _rows_kept(hub) == _rows_kept(bare), "the bare writes are of other rows"
    for engine in (hub, bare):
        engine.dispose()
    return {
        f"ingest_ratio_{name}": ours_s / bare_s,
        f"ingest_{name}_events_per_s": BATCH / ours_s,
    }


class _Telling:
    """What one station goes on telling."""

    def __init__(self) -> None:
        self.incarnation = new_id()
        self._chance = random.Random(1)
        self._out: dict[int, UUID] = {}
        self._seq = 0
        self._at = NOW - timedelta(days=300)
        self.last = Batch(incarnation=self.incarnation, events=())

    def batch(self) -> Batch:
        """The next batch."""
        events = [self._event(self._fact()) for _ in range(BATCH)]
        return Batch(protocol=PROTOCOL, incarnation=self.incarnation, events=tuple(events))

    def _fact(self) -> Fact:
        self._at += timedelta(seconds=20)
        if len(self._out) > BATCH or (self._out and self._chance.random() < 0.3):
            number = self._chance.choice(list(self._out))
            loan_id = self._out.pop(number)
            return CopyReturned(
                loan_id=loan_id,
                copy_id=_copy_id(number),
                accession=f"STN.{number:06d}",
                returned_at=self._at,
            )
        number = self._chance.choice([n for n in range(2 * BATCH) if n not in self._out])
        self._out[number] = new_id()
        return CopyLent(
            loan_id=self._out[number],
            copy_id=_copy_id(number),
            accession=f"STN.{number:06d}",
            patron_id=_id("patron", self._chance.randrange(PATRONS)),
            card="HS204817",
            lent_at=self._at,
            due=date(2026, 12, 7),
            visit_id=new_id(),
        )

    def _event(self, fact: Fact) -> WireEvent:
        self._seq += 1
        payload = fact.model_dump(mode="json")
        told = (self._seq, new_id(), fact.type, self._at, payload)
        names = ("seq", "event_id", "type", "happened_at", "payload")
        return WireEvent.model_validate(dict(zip(names, told, strict=True)))


def _our_ingest(hub: Engine, kiosk: KnownKiosk, told: _Telling) -> Callable[[], float]:
    def once() -> float:
        feed.number_marks(hub, 1, NOW)  # as stations do that ask each minute
        told.last = told.batch()
        message = told.last.model_dump_json().encode()
        began = time.perf_counter()
        ingest.take(hub, kiosk, read_batch(message), NOW)
        return time.perf_counter() - began

    return once


def _bare_ingest(bare: Engine, kiosk: UUID, told: _Telling) -> Callable[[], float]:
    write = _bare_sqlite if bare.dialect.name == "sqlite" else _bare_postgresql

    def once() -> float:
        feed.number_marks(bare, 1, NOW)
        events = told.last.events
        with bare.connect() as connection:
            raw = connection.connection.driver_connection
            began = time.perf_counter()
            write(raw, kiosk, told.incarnation, events)
            return time.perf_counter() - began

    return once


_EVENT = (
    "school_id, kiosk_id, incarnation, seq, event_id, type, happened_at, payload, received_at,"
    " verdict, copy_id, sorted_at"
)
_LOAN = (
    "school_id, id, copy_id, patron_id, visit_id, kind, lent_at, due, disputed, kiosk_id,"
    " returned_at"
)
_MARK = " ON CONFLICT (school_id, kind, row_key) DO UPDATE SET change_seq = NULL"


def _bare_sqlite(raw: Any, kiosk: UUID, incarnation: UUID, events: Sequence[WireEvent]) -> None:
    kept, lent, back = _rows(kiosk, incarnation, events, lambda one: one.hex, _sqlite_time)
    raw.execute("BEGIN IMMEDIATE")
    raw.executemany(
        f"INSERT INTO received_event ({_EVENT}, spread_s, shift_s) VALUES ({_marks(12)}, 0, 0)",
        kept,
    )
    raw.executemany("UPDATE loan SET returned_at = ? WHERE school_id = 1 AND id = ?", back)
    raw.executemany(f"INSERT INTO loan ({_LOAN}) VALUES ({_marks(11)})", lent)
    raw.executemany(
        f"INSERT INTO change (school_id, kind, row_key) VALUES (1, ?, ?){_MARK}", _told_of(events)
    )
    raw.execute("COMMIT")


def _marks(values: int) -> str:
    return ", ".join("?" * values)


def _bare_postgresql(raw: Any, kiosk: UUID, incarnation: UUID, events: Sequence[WireEvent]) -> None:
    kept, lent, back = _rows(kiosk, incarnation, events, lambda one: one, lambda moment: moment)
    with raw.cursor() as cursor:
        with cursor.copy(f"COPY received_event ({_EVENT}) FROM STDIN") as copying:
            for row in kept:
                copying.write_row(row)
        cursor.executemany("UPDATE loan SET returned_at = %s WHERE school_id = 1 AND id = %s", back)
        with cursor.copy(f"COPY loan ({_LOAN}) FROM STDIN") as copying:
            for row in lent:
                copying.write_row(row)
        kinds, keys = zip(*_told_of(events), strict=True)
        cursor.execute(
            "INSERT INTO change (school_id, kind, row_key) SELECT 1, kind, key FROM"
            f" unnest(%s::text[], %s::text[]) AS mark (kind, key){_MARK}",
            (list(kinds), list(keys)),
        )
    raw.commit()


def _told_of(events: Sequence[WireEvent]) -> list[tuple[str, str]]:
    """The loans and copies that stations are to be told of."""
    named = {
        (kind, one.payload[f"{kind}_id"].replace("-", ""))
        for one in events
        for kind in ("loan", "copy")
    }
    return sorted(named)


def _rows_kept(engine: Engine) -> list[list[Any]]:
    """What a batch leaves, but for the number of each mark and how a payload is spaced."""
    asked = (
        "SELECT seq, event_id, type, happened_at, received_at, verdict, copy_id, sorted_at"
        " FROM received_event ORDER BY seq",
        f"SELECT {_LOAN} FROM loan ORDER BY id",
        "SELECT kind, row_key FROM change WHERE kind IN ('loan', 'copy') ORDER BY kind, row_key",
        "SELECT count(*) FROM change WHERE change_seq IS NULL",
    )
    with engine.connect() as connection:
        rows = [[tuple(row) for row in connection.exec_driver_sql(sql)] for sql in asked]
        payloads = connection.execute(select(ReceivedEvent.payload).order_by(ReceivedEvent.seq))
        return [*rows, list(payloads.scalars())]


def _rows(
    kiosk: UUID, incarnation: UUID, events: Sequence[WireEvent], name: Any, moment: Any
) -> tuple[list[Any], list[Any], list[Any]]:
    """Events, loans as they end within the batch, and the ends of earlier ones."""
    kept: list[Any] = []
    lent: dict[str, list[Any]] = {}
    back: list[Any] = []
    of_stream, received = (1, name(kiosk), name(incarnation)), moment(NOW)
    for one in events:
        told, at = one.payload, moment(one.happened_at)
        happened = (one.seq, name(one.event_id), one.type, at)
        copy = name(UUID(told["copy_id"]))
        kept.append((*of_stream, *happened, json.dumps(told), received, "applied", copy, at))
        if one.type == "copy-lent":
            who = [name(UUID(told[key])) for key in ("loan_id", "copy_id", "patron_id", "visit_id")]
            how = ("take-home", at, told["due"], False, name(kiosk), None)
            lent[told["loan_id"]] = [1, *who, *how]
        elif told["loan_id"] in lent:
            lent[told["loan_id"]][-1] = at
        else:
            back.append((at, name(UUID(told["loan_id"]))))
    return kept, list(lent.values()), back


def _sqlite_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _full_pull(folder: Path, copies: int) -> dict[str, float | int]:
    """Fill a station from nothing, against writing the same rows into another's tables."""
    hub = open_engine(sqlite_url(folder / "pull-hub.db"))
    _fill(hub, editions=copies // 3, copies=copies)
    feed.begin(hub, NOW)
    feed.number_marks(hub, 1, NOW)
    station, bare = (open_engine(sqlite_url(folder / f"pull-{n}.db")) for n in ("ours", "bare"))
    outbox.prepare_station(station)
    mirror, stands, wire = Mirror(station, 1), Place(None, 0, None), 0
    pages: list[Page] = []
    ours_s = 0.0
    while not pages or not pages[-1].complete:
        began = time.perf_counter()
        page = feed.page(hub, 1, stands.timeline, stands.cursor, NOW, lambda _connection: 0)
        packed, way = packed_for("zstd", page.model_dump_json().encode())
        message = zstandard.decompress(packed) if way else packed  # a small one goes as it is
        pages.append(Page.model_validate_json(message))
        mirror.take(pages[-1])
        ours_s += time.perf_counter() - began
        wire += len(packed)
        stands = Place(page.timeline, page.cursor, None)
    bare_s = _bare_pull(bare, pages)
    for engine in (hub, station, bare):
        engine.dispose()
    told = sum(len(next(iter(rows.columns.values()))) for page in pages for rows in page.tables)
    return {
        "full_pull_ratio": ours_s / bare_s,
        "full_pull_s": ours_s,
        "full_pull_rows": told,
        "full_pull_bytes_per_row": wire / told,
    }


def _bare_pull(bare: Engine, pages: Sequence[Page]) -> float:
    """Write the rows of each page in one transaction, and nothing else."""
    with bare.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        lines = [[_bare_lines(rows) for rows in page.tables] for page in pages]
        began = time.perf_counter()
        for page in lines:
            raw.execute("BEGIN IMMEDIATE")
            for sql, rows in page:
                raw.executemany(sql, rows)
            raw.execute("COMMIT")
        index_stale(connection)
        return time.perf_counter() - began


def _bare_lines(rows: Rows) -> tuple[str, list[tuple[Any, ...]]]:
    told = BY_NAME[rows.kind]
    sql = insert_sql(told, tuple(rows.columns))
    return sql, [(1, *line) for line in zip(*rows.columns.values(), strict=True)]


def _fill(engine: Engine, editions: int, copies: int) -> None:
    """A school with so many books, entered as an import enters them."""
    chance = random.Random(1)
    titles = [" ".join(chance.sample(_TITLE_WORDS, 4)) for _ in range(editions)]
    edition_ids = [new_id() for _ in range(editions)]
    person = {"school_id": 1, "name": "Nguyễn Văn An", "category": PatronCategory.STUDENT}
    with engine.begin() as connection:
        connection.execute(insert(School).values(id=1, name="Trường THCS Hoa Phượng"))
        connection.execute(insert(Kho).values(school_id=1, prefix="STN", name="Thiếu nhi", width=6))
        people = [{**person, "id": _id("patron", number)} for number in range(PATRONS)]
        connection.execute(insert(Patron), people)
        books = zip(edition_ids, titles, strict=True)
        rows = [{"school_id": 1, "id": one, "title": title, "kho": "STN"} for one, title in books]
        connection.execute(insert(Edition), rows)
        connection.execute(insert(Copy), [_copy(n, edition_ids) for n in range(copies)])
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _copy(number: int, edition_ids: Sequence[UUID]) -> dict[str, Any]:
    copy = {"id": _copy_id(number), "accession": f"STN.{number:06d}", "kho": "STN"}
    edition_id = edition_ids[number * len(edition_ids) // max(number + 1, 3 * len(edition_ids))]
    return {"school_id": 1, "number": number, "edition_id": edition_id, **copy}


def _id(kind: str, number: int) -> UUID:
    return uuid5(UUID(int=7), f"{kind} {number}")


def _copy_id(number: int) -> UUID:
    while len(_COPY_IDS) <= number:
        _COPY_IDS.append(new_id())
    return _COPY_IDS[number]


_COPY_IDS: list[UUID] = []
"""Made one after another, as an import makes them."""


if __name__ == "__main__":
    main()
