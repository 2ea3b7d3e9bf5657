"""How soon the librarian's PC knows of a loan: from its commit at a station to a row at the hub.

A hub that serves TLS on a socket of this machine, and stations that are paired with it, each a
process of its own whose sync thread is woken by each act. Somebody else reads the hub's file all
the while, as its pages do. The peer is one question at the same door over a connection of its own:
what nobody could do with less.
"""

from __future__ import annotations

import logging
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from uuid import UUID

import structlog

from admin import enrolment
from admin.app import create_app
from admin.lan import open_door
from admin.listening import listen
from admin.trust import open_trust
from benchmarks.at_work import fill, forked, lend_without_end
from benchmarks.reporting import arguments, percentile, report
from db.clock import SystemClock
from db.engine import open_engine, sqlite_url
from db.sync.pairing import Invitation
from tests.hub_on_lan import HERE, PairedStation

PAUSE_S = 0.4
"""Between two acts of a station: five times as fast as a queue of pupils goes."""
LOOK_EVERY_S = 0.005
PATIENCE_S = 60.0
"""Without any loan to be seen: then something is broken."""


def main() -> None:
    """Lend, look, print."""
    asked = arguments(__doc__ or "", loans=300, stations=3, questions=50)
    with tempfile.TemporaryDirectory() as name:
        figures = run(Path(name), asked.loans, asked.stations, asked.questions)
    report(figures, asked.json)


def run(folder: Path, loans: int, stations: int, questions: int) -> dict[str, float | int]:
    """Let so many loans be told by so many stations, and time each."""
    with _hub(folder, stations + 1) as (first, *invitations):
        asking_s = _time_of_a_question(folder / "asking", first, questions)
        with _lending(folder, invitations) as telling:
            took_s = _watch(folder / "hub.db", telling, loans)
    median = statistics.median(took_s)
    return {
        "visible_p99_s": percentile(took_s, 0.99),
        "visible_most_s": max(took_s),
        "visible_s": median,
        "question_s": asking_s,
        "ratio_to_question": median / asking_s,
        "loans": len(took_s),
    }


@contextmanager
def _hub(folder: Path, invited: int) -> Iterator[Sequence[Invitation]]:
    here, there = multiprocessing.Pipe()
    serving = forked(_serve, folder, invited, there)
    try:
        yield here.recv()
    finally:
        serving.kill()
        serving.join()


def _serve(folder: Path, invited: int, told: Connection) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    clock = SystemClock()
    engine = open_engine(sqlite_url(folder / "hub.db"))
    fill(engine)
    trust = open_trust(folder, clock.now(), [HERE])
    hub = create_app(engine, clock, trust=trust).state.hub
    with listen(HERE, 0) as listening, open_door(hub, trust, folder, listening):
        url = f"https://{HERE}:{listening.getsockname()[1]}"
        with engine.begin() as connection:
            names = [f"Trạm {number}" for number in range(invited)]
            codes = [enrolment.invite(connection, 1, name, clock.now()) for name in names]
        told.send([Invitation(code, url, trust.fingerprint) for code in codes])
        told.recv()  # nothing comes: it serves until it is killed


def _time_of_a_question(folder: Path, invitation: Invitation, times: int) -> float:
    station = _paired(folder, invitation)
    took_s = []
    for _ in range(times):
        began = time.monotonic()
        with station.connected() as hub:
            hub.token_age_days()
        took_s.append(time.monotonic() - began)
    station.close()
    return statistics.median(took_s)


def _paired(folder: Path, invitation: Invitation) -> PairedStation:
    station = PairedStation(folder)
    station.pair(invitation, invitation.url)
    station.synchronise()
    return station


@contextmanager
def _lending(folder: Path, invitations: Sequence[Invitation]) -> Iterator[list[Connection]]:
    pipes = [multiprocessing.Pipe(duplex=False) for _ in invitations]
    processes = [
        forked(_lend, folder / f"station-{seed}", invitation, seed, telling)
        for seed, (invitation, (_, telling)) in enumerate(zip(invitations, pipes, strict=True))
    ]
    try:
        yield [reading for reading, _ in pipes]
    finally:
        for process in processes:
            process.kill()
            process.join()


def _lend(folder: Path, invitation: Invitation, seed: int, telling: Connection) -> None:
    station = _paired(folder, invitation)
    station.close()

    def tell(loan_id: str) -> None:
        telling.send((loan_id, time.monotonic()))

    lend_without_end(station.file, tell, station.settings, seed, "FULL", PAUSE_S)


def _watch(file: Path, telling: list[Connection], loans: int) -> list[float]:
    """Seconds from commit to row of the first so many loans; a loan seen first took none."""
    told: dict[str, float] = {}
    seen: dict[str, float] = {}
    look = _reader(file)
    changed_at = time.monotonic()
    while len(told.keys() & seen.keys()) < loans:
        for pipe in wait(telling, LOOK_EVERY_S):
            assert isinstance(pipe, Connection)
            loan_id, at = pipe.recv()
            told[UUID(loan_id).hex] = at
        if new := look():
            changed_at = time.monotonic()
            seen |= dict.fromkeys(new, changed_at)
        if time.monotonic() - changed_at > PATIENCE_S:
            raise RuntimeError("no loan comes to the hub")
    return [max(0.0, seen[one] - told[one]) for one in told.keys() & seen.keys()]


def _reader(file: Path) -> Callable[[], list[str]]:
    """Gives the loans that are there and were not when it was asked before."""
    asking = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    at = 0

    def look() -> list[str]:
        nonlocal at
        rows = asking.execute("SELECT rowid, id FROM loan WHERE rowid > ?", (at,)).fetchall()
        at = max((row[0] for row in rows), default=at)
        return [row[1] for row in rows]

    return look


if __name__ == "__main__":
    main()
