"""Desk users and kiosks at one hub at once, after ten years of loans.

The hub is a process of its own, as `python -m admin` starts it, and serves by HTTP on this
machine. Each desk user looks at the day, calls a reader up, lends them a book, takes it back and
opens their page; each kiosk sends one loan or return at a time and asks how far the hub is. Desk
users rest four seconds and kiosks five from one answer to the next act.

Right after each page the same desk user asks a second process for it: the same server, on the same
file by the database's own driver, which runs the statements of that page and nothing else
(`benchmarks.bare_pages`) and hands over their rows as they come. So `ratio_to_bare_queries`
compares pages and queries that many ask for in the same minutes over one kind of connection: what
somebody would wait who had a program to ask the same questions by, and no page. The pages have the
worse of it, for they stand in line behind loans and kiosks' events, which nobody sends to the bare
server.

On a machine that others use too, whoever needs more turns waits more often than in proportion.
`cpu_ratio_to_bare_queries` bears that: the processor time that either server took for the same
pages, asked by one user alone. `ratio_to_driver` leaves server and network out of the queries: that
user, against the driver in this process. `growth_at_ten_years` compares pages with those of a hub
in its first weeks.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine, insert, select

from admin.app import create_app
from admin.desk import sessions
from admin.kiosks import enrol
from benchmarks.bare import recorded
from benchmarks.decade import Decade
from benchmarks.reporting import arguments, medians, percentile, report
from db.clock import SystemClock
from db.ids import new_id
from db.models import Account, Copy, EventStream, ReceivedEvent
from db.models import Kiosk as KnownKiosk
from db.states import DeskRole, Verdict
from db.sync.messages import PROTOCOL, Batch, CopyLent, CopyReturned, Fact, WireEvent
from tests.hub_school import InProcess

DESK_REST_S = 4.0
"""From a desk user's page to their next act."""
KIOSK_REST_S = 5.0
"""From a kiosk's event to the next."""
TIMEOUT_S = 30.0
YOUNG_LOANS = 1_000
"""Of a hub in its first weeks, which pages after ten years are compared with."""
EVENTS_AT_ONCE = 20_000
FIRST_OF_KIOSKS = 5_000
"""Copies from here on are lent by kiosks, those before at the desk: nobody gets in the way."""


@dataclass
class Tally:
    """What came of the requests."""

    took_s: list[float] = field(default_factory=list)
    pages_s: dict[str, list[float]] = field(default_factory=dict)
    """Of the pages that are also asked of the bare driver."""
    wrong: list[str] = field(default_factory=list)

    def ask(self, client: httpx.Client, method: str, path: str, **told: Any) -> httpx.Response:
        """Send one request, and note how long it took and whether it was answered as it should."""
        began = time.perf_counter()
        try:
            answer = client.request(method, path, **told)
        except httpx.HTTPError as error:
            self.wrong.append(f"{method} {path}: {type(error).__name__}")
            return httpx.Response(599)
        self.took_s.append(time.perf_counter() - began)
        if method == "GET":
            self.pages_s.setdefault(_kind(path), []).append(self.took_s[-1])
        if answer.status_code not in (200, 303):
            self.wrong.append(f"{method} {path}: {answer.status_code}")
        return answer


def _kind(path: str) -> str:
    """Which page an address is of, whoever it names."""
    return "/".join(path.partition("?")[0].split("/")[:2])


@dataclass(frozen=True, slots=True)
class Aside:
    """The bare server, which is asked for the statements of some pages."""

    url: str
    kinds: Collection[str]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Seat:
    """One desk user's session, reader and book."""

    token: str
    card: str
    reader: UUID
    label: str
    aside: Aside | None = None

    def work(self, url: str, turns: int, tally: Tally, is_over: Callable[[], bool]) -> None:
        """Do the same few things again and again."""
        assert self.aside is not None
        cookies = {"tram-sach": self.token}
        with (
            httpx.Client(base_url=url, cookies=cookies, timeout=TIMEOUT_S, trust_env=False) as desk,
            httpx.Client(base_url=self.aside.url, timeout=TIMEOUT_S, trust_env=False) as bare,
        ):
            for method, path, typed in [step for _ in range(turns) for step in self._turn()]:
                if is_over():
                    return
                answer = tally.ask(desk, method, path, data=typed)
                if answer.status_code == 303:
                    path = answer.headers["Location"]
                    tally.ask(desk, "GET", path)
                if _kind(path) in self.aside.kinds and (
                    method == "GET" or answer.status_code == 303
                ):
                    self.aside.tally.ask(bare, "GET", _kind(path))
                time.sleep(DESK_REST_S)

    def _turn(self) -> Iterator[tuple[str, str, dict[str, str] | None]]:
        key = sessions.form_key(self.token)
        yield "GET", "/", None
        yield "POST", "/muon-tra", {"key": key, "code": self.card}
        yield "POST", "/muon-tra", {"key": key, "code": self.label, "reader": str(self.reader)}
        yield "POST", "/muon-tra", {"key": key, "code": self.label, "mode": "tra"}
        yield "GET", f"/ban-doc/{self.reader}", None


@dataclass(frozen=True, slots=True)
class Kiosk:
    """One kiosk with a reader and a book of its own."""

    token: str
    reader: UUID
    copy_id: UUID
    label: str
    incarnation: UUID = field(default_factory=new_id)

    def work(self, url: str, turns: int, tally: Tally, is_over: Callable[[], bool]) -> None:
        """Tell of loans and returns, one at a time."""
        headers = {"Authorization": f"Bearer {self.token}"}
        place = f"/sync/position?incarnation={self.incarnation}&protocol={PROTOCOL}&waiting=0"
        with httpx.Client(
            base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=False
        ) as client:
            for seq, fact in enumerate(self._facts(turns), start=1):
                if is_over():
                    return
                tally.ask(client, "GET", place)
                body = self._batch(seq, fact).model_dump_json()
                answer = tally.ask(client, "POST", "/sync/events", content=body)
                if answer.status_code == 200 and answer.json()["acked_seq"] != seq:
                    tally.wrong.append("an event was not taken")
                time.sleep(KIOSK_REST_S)

    def _facts(self, turns: int) -> Iterator[Fact]:
        of_copy: dict[str, Any] = {"copy_id": self.copy_id, "accession": self.label}
        for _ in range(turns):
            now, loan_id = SystemClock().now(), new_id()
            yield CopyLent(
                loan_id=loan_id,
                patron_id=self.reader,
                card="HS100000",
                lent_at=now,
                due=(now + timedelta(days=14)).date(),
                visit_id=new_id(),
                **of_copy,
            )
            yield CopyReturned(loan_id=loan_id, returned_at=SystemClock().now(), **of_copy)

    def _batch(self, seq: int, fact: Fact) -> Batch:
        told = WireEvent(
            seq=seq,
            event_id=new_id(),
            type=fact.type,
            happened_at=SystemClock().now(),
            payload=fact.model_dump(mode="json"),
        )
        return Batch(protocol=PROTOCOL, incarnation=self.incarnation, events=(told,))


Worker = Seat | Kiosk


def main() -> None:
    """Measure and print."""
    asked = arguments(
        __doc__ or "",
        loans=300_000,
        users=30,
        kiosks=8,
        phases=3,
        turns=2,
        most_seconds=120,
        rounds=40,
    )
    with tempfile.TemporaryDirectory() as folder:
        report(run(Path(folder), asked), asked.json)


def run(folder: Path, asked: Any) -> dict[str, float | int]:
    """Fill a hub, let everybody work at once, then one alone."""
    now = SystemClock().now()
    young = _young(folder / "young", now)
    decade = Decade(folder / "hub.db", asked.loans, is_station=False)
    seats = [_seat(decade, number, now) for number in range(asked.users)]
    kiosks = [_kiosk(decade, number, now) for number in range(asked.kiosks)]
    _tell_of_ten_years(decade.engine, 2 * asked.loans, now)
    pages = _pages_of(seats[0])
    bare = _statements(decade.engine, seats[0].token, pages)
    decade.engine.dispose()
    ours, theirs = Tally(), Tally()
    with (
        _serving(folder) as hub,
        _serving(folder / "young") as young_hub,
        _serving_bare(folder, bare) as bare_server,
    ):
        old_pages = Pages(hub.url, seats[0].token, pages)
        bare_pages = Pages(bare_server.url, "", list(bare))
        for either in (old_pages, bare_pages):  # neither has only just been started
            either.opened()
        took_s = 0.0
        aside = Aside(bare_server.url, list(bare), theirs)
        for _ in range(asked.phases):
            began = time.monotonic()
            workers = [replace(one, aside=aside) for one in seats]
            stations = [replace(one, incarnation=new_id()) for one in kiosks]
            _all_at_once([*workers, *stations], hub.url, asked, ours)
            took_s += time.monotonic() - began
        young_pages = Pages(young_hub.url, young.token, _pages_of(young))
        before = hub.processor_s(), bare_server.processor_s()
        alone_s, driver_s, young_s, bare_alone_s = _alone(
            folder / "hub.db",
            (old_pages, young_pages, bare_pages),
            [*chain(*bare.values())],
            asked.rounds,
        )
        page_cpu_s = hub.processor_s() - before[0]
        bare_cpu_s = bare_server.processor_s() - before[1]
    for sentence in sorted({*ours.wrong, *theirs.wrong}):
        print(sentence, file=sys.stderr)
    page_s, bare_s = (
        [statistics.median(one.pages_s[kind]) for kind in bare] for one in (ours, theirs)
    )
    return {
        "errors": len(ours.wrong) + len(theirs.wrong),
        "p95_ms": 1000 * percentile(ours.took_s, 0.95),
        "ratio_to_bare_queries": sum(page_s) / sum(bare_s),
        "growth_at_ten_years": alone_s / young_s,
        "median_ms": 1000 * statistics.median(ours.took_s),
        "worst_ms": 1000 * max(ours.took_s),
        "page_median_ms": 1000 * sum(page_s) / len(bare),
        "bare_median_ms": 1000 * sum(bare_s) / len(bare),
        "bare_p95_ms": 1000 * percentile(theirs.took_s, 0.95),
        "requests": len(ours.took_s),
        "requests_per_s": len(ours.took_s) / took_s,
        "cpu_ratio_to_bare_queries": page_cpu_s / bare_cpu_s,
        "page_cpu_ms": 1000 * page_cpu_s / len(pages) / asked.rounds,
        "bare_cpu_ms": 1000 * bare_cpu_s / len(pages) / asked.rounds,
        "page_alone_ms": 1000 * alone_s / len(pages),
        "bare_alone_ms": 1000 * bare_alone_s / len(pages),
        "driver_alone_ms": 1000 * driver_s / len(pages),
        "ratio_to_driver": alone_s / driver_s,
        "loans": asked.loans,
        "users": asked.users,
        "kiosks": asked.kiosks,
    }


def _young(folder: Path, now: datetime) -> Seat:
    """A librarian of a hub in its first weeks."""
    folder.mkdir()
    decade = Decade(folder / "hub.db", YOUNG_LOANS, is_station=False)
    seat = _seat(decade, 0, now)
    decade.engine.dispose()
    return seat


def _pages_of(seat: Seat) -> list[str]:
    return ["/", f"/muon-tra?ban-doc={seat.reader}", f"/ban-doc/{seat.reader}"]


def _seat(decade: Decade, number: int, now: datetime) -> Seat:
    account_id, (reader, card) = new_id(), decade.patrons[number]
    row = {"id": account_id, "name": f"thu{number}", "shown_name": "Cô Hoa", "password": "-"}
    with decade.engine.begin() as connection:
        told = {"roles": DeskRole.LIBRARIAN.value, "made_at": now, "password_is_first": False}
        connection.execute(insert(Account).values(school_id=1, **row, **told))
        token = sessions.begin(connection, 1, account_id, now)
    return Seat(token, card, reader, f"STK.{number + 1:05d}")


def _kiosk(decade: Decade, number: int, now: datetime) -> Kiosk:
    place = FIRST_OF_KIOSKS + number
    with decade.engine.begin() as connection:
        token = enrol(connection, 1, f"Trạm {number + 1}", now)
    reader, _ = decade.patrons[-1 - number]
    return Kiosk(token, reader, decade.copies[place], f"STK.{place + 1:05d}")


def _tell_of_ten_years(engine: Engine, events: int, now: datetime) -> None:
    """What kiosks told of all those loans, which a hub keeps word for word."""
    with engine.begin() as connection:
        kiosks = list(connection.execute(select(KnownKiosk.id)).scalars())
        streams = [
            {"school_id": 1, "kiosk_id": one, "incarnation": new_id(), "acked_seq": 0}
            for one in kiosks
        ]
        copies = list(connection.execute(select(Copy.id)).scalars())
        for first in range(0, events, EVENTS_AT_ONCE):
            numbers = range(first, min(events, first + EVENTS_AT_ONCE))
            rows = [
                _event(streams[n % len(streams)], copies[n % len(copies)], now) for n in numbers
            ]
            connection.execute(insert(ReceivedEvent), rows)
        connection.execute(insert(EventStream), streams)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _event(stream: dict[str, Any], copy_id: UUID, now: datetime) -> dict[str, Any]:
    stream["acked_seq"] += 1
    about = {"loan_id": str(new_id()), "copy_id": str(copy_id), "accession": "STK.00001"}
    who = {"patron_id": str(new_id()), "card": "HS100000", "visit_id": str(new_id())}
    when = {"lent_at": now.isoformat(), "due": str(now.date())}
    return {
        **{key: stream[key] for key in ("school_id", "kiosk_id", "incarnation")},
        "seq": stream["acked_seq"],
        "event_id": new_id(),
        "type": "copy-lent",
        "happened_at": now,
        "payload": {**about, **who, **when},
        "received_at": now,
        "verdict": Verdict.APPLIED,
        "copy_id": copy_id,
        "sorted_at": now,
    }


def _statements(engine: Engine, token: str, pages: Sequence[str]) -> dict[str, list[str]]:
    """What each of some pages reads, as the driver is told."""
    app = create_app(engine, SystemClock())
    cookies = {"tram-sach": token}
    read: dict[str, list[str]] = {}
    with httpx.Client(
        transport=InProcess(app), base_url="http://127.0.0.1:8765", cookies=cookies
    ) as client:
        for page in pages:
            with recorded(engine) as statements:
                client.get(page).raise_for_status()
            read[_kind(page)] = [words for words, _ in statements]  # SQLite: values in them
    return read


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is a process of its own."""

    url: str
    pid: int

    def processor_s(self) -> float:
        """The processor time it took since it began, to a hundredth of a second (Linux)."""
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = stat.rpartition(")")[2].split()  # behind the name: state is the third field
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _serving_bare(folder: Path, statements: dict[str, list[str]]) -> Iterator[Server]:
    told = folder / "statements.json"
    told.write_text(json.dumps(statements), encoding="utf-8")
    with _started("benchmarks.bare_pages", str(folder / "hub.db"), str(told)) as server:
        yield server


@contextmanager
def _serving(folder: Path) -> Iterator[Server]:
    with _started("admin", "--data", str(folder), "--port", "0") as server:
        yield server


@contextmanager
def _started(*module: str) -> Iterator[Server]:
    """A server, as soon as it says where it is."""
    command = [sys.executable, "-m", *module]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert server.stdout is not None
    try:
        said = server.stdout.readline().split()
        url = next(word for word in said if word.startswith("http")).rstrip("/")
        yield Server(url, server.pid)
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def _all_at_once(workers: Sequence[Worker], url: str, asked: Any, tally: Tally) -> None:
    until = time.monotonic() + asked.most_seconds
    threads = [
        threading.Thread(
            target=worker.work, args=(url, asked.turns, tally, lambda: time.monotonic() > until)
        )
        for worker in workers
    ]
    for thread in threads:
        thread.start()
        time.sleep(DESK_REST_S / len(threads))  # people do not begin on a signal
    for thread in threads:
        thread.join()


@dataclass(frozen=True, slots=True)
class Pages:
    """Some pages of one hub, opened by one user alone."""

    url: str
    token: str
    paths: Sequence[str]

    def opened(self) -> float:
        """Open them one after another; the seconds it took."""
        cookies = {"tram-sach": self.token}
        with httpx.Client(
            base_url=self.url, cookies=cookies, timeout=TIMEOUT_S, trust_env=False
        ) as client:
            client.head("/")  # the connection stands
            began = time.perf_counter()
            for path in self.paths:
                client.get(path).raise_for_status()
            return time.perf_counter() - began


def _alone(
    file: Path, pages: tuple[Pages, Pages, Pages], statements: Sequence[str], rounds: int
) -> tuple[float, ...]:
    """In turns: old pages, their statements by the driver, a new hub's pages, bare pages."""
    old, young, bare_pages = pages
    bare = sqlite3.connect(f"file:{file}?mode=ro", uri=True)

    def theirs() -> float:
        began = time.perf_counter()
        for statement in statements:
            bare.execute(statement).fetchall()
        return time.perf_counter() - began

    try:
        return medians(rounds, old.opened, theirs, young.opened, bare_pages.opened)
    finally:
        bare.close()


if __name__ == "__main__":
    main()
