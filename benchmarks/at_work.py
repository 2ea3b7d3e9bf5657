"""A school, a station that lends without end, and its hub, as processes that may be killed.

The processes are forked from one that has everything loaded and no thread of its own: two hundred
lives cost two hundred forks and not two hundred starts of Python. A fork dies of SIGKILL as
anything does.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import structlog
import uvicorn
from sqlalchemy import Engine, insert

from admin.app import create_app
from admin.kiosks import enrol
from config.settings import HubSettings
from db import outbox, rulebook
from db.circulation import Circulation
from db.clock import SystemClock
from db.engine import open_engine, sqlite_url
from db.identifiers import AccessionNumber, CardNumber
from db.models import Card, Copy, Edition, Patron, School
from db.outcomes import CheckedOut, PatronCategory, PatronKnown
from db.sync.client import SyncThread

PATRONS, COPIES = 60, 300
PAUSE_S = 0.01
"""Between two acts: a queue of people, not a flood."""
START_WITHIN_S = 90.0

_FORK: Any = multiprocessing.get_context("fork")
_NAMES = UUID("00000000-0000-4000-8000-000000000002")


def fill(engine: Engine) -> None:
    """Enter the school; the same rows with the same names in every database."""
    of_school = {"school_id": 1}
    person = {"name": "Nguyễn Văn An", "category": PatronCategory.STUDENT, **of_school}
    title = {"id": _named("edition"), "title": "Dế Mèn phiêu lưu ký", "kho": "STK", **of_school}
    with engine.begin() as connection:
        connection.execute(insert(School).values(id=1, name="Hoa Phượng", open_weekdays="0123456"))
        rulebook.begin_rules(connection, 1)
        people = [{"id": _named(f"patron {n}"), **person} for n in range(PATRONS)]
        connection.execute(insert(Patron), people)
        cards = [{"number": _card(n), "patron_id": _named(f"patron {n}")} for n in range(PATRONS)]
        connection.execute(insert(Card), [{**card, **of_school} for card in cards])
        connection.execute(insert(Edition).values(title))
        connection.execute(insert(Copy), [_copy(number) for number in range(1, COPIES + 1)])


def _copy(number: int) -> dict[str, Any]:
    accession = f"STK.{number:05d}"
    copy = {"id": _named(accession), "accession": accession, "kho": "STK", "number": number}
    return {"school_id": 1, "edition_id": _named("edition"), **copy}


def _card(number: int) -> CardNumber:
    return CardNumber(f"HS{200_000 + number}")


def _named(name: str) -> UUID:
    return uuid5(_NAMES, name)


def new_station(path: Path) -> None:
    """Make a station's file that has the school's records."""
    engine = open_engine(sqlite_url(path))
    fill(engine)
    outbox.prepare_station(engine)
    engine.dispose()


def lend_without_end(
    path: Path,
    tell: Callable[[str], object],
    hub: HubSettings | None,
    seed: int,
    flush: str,
    pause_s: float = PAUSE_S,
) -> None:
    """Lend and take back at random; tell each loan when the pupil would see it in green.

    Args:
        path: The station's file.
        tell: Is given a loan's name, after its commit.
        hub: Whom to report to, if to anybody.
        seed: Who comes with what.
        flush: SQLite's `synchronous`: FULL is the product's, NORMAL shows what that is for.
        pause_s: Between two acts, where there is a hub.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    engine = open_engine(sqlite_url(path))
    with closing(engine.raw_connection()) as raw:
        raw.cursor().execute(f"PRAGMA synchronous={flush}")
    outbox.prepare_station(engine)
    desk, chance = Circulation(engine, 1, SystemClock()), random.Random(seed)
    sync = SyncThread(engine, hub, lambda _report: None) if hub is not None else None
    if sync is not None:
        threading.Thread(target=sync.run, name="sync", daemon=True).start()
    while True:
        patron = desk.identify(_card(chance.randrange(PATRONS)))
        accession = AccessionNumber(f"STK.{chance.randint(1, COPIES):05d}")
        assert isinstance(patron, PatronKnown)
        outcome = desk.check_out(patron, accession)
        if isinstance(outcome, CheckedOut):
            tell(str(outcome.loan_id))
        else:
            desk.check_in(accession)
        if sync is not None:
            sync.nudge()
        time.sleep(pause_s if hub is not None else 0)


class Station:
    """A station's process, and what it has told."""

    def __init__(self, path: Path, hub: HubSettings, seed: int) -> None:
        self._told, writing = os.pipe()

        def tell(loan_id: str) -> None:
            os.write(writing, f"{loan_id}\n".encode())  # short enough to be written whole

        self._process = forked(lend_without_end, path, tell, hub, seed, "FULL")
        os.close(writing)

    def wait_for_first(self) -> None:
        """Wait until it has told of a loan; a slow machine may kill it before, which is well."""
        select.select([self._told], [], [], START_WITHIN_S)

    def kill(self) -> set[str]:
        """End it where it stands; what it had told by then.

        Raises:
            RuntimeError: It had ended by itself.
        """
        self._process.kill()
        self._process.join()
        if self._process.exitcode != -signal.SIGKILL:
            raise RuntimeError("the station ended by itself")
        with os.fdopen(self._told, "rb") as told:
            return {line.decode() for line in told.read().split(b"\n") if len(line) == 36}


class HubProcess:
    """A hub that serves one database at one port, and comes back at once when it is killed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.port = free_port()
        self._begin()

    def _begin(self) -> None:
        self._process = forked(_serve, self._url, self.port)

    def kill(self) -> None:
        """SIGKILL, and another run."""
        self._process.kill()
        self._process.join()
        self._begin()

    def end(self) -> None:
        """SIGKILL for good."""
        self._process.kill()
        self._process.join()

    def wait(self) -> None:
        """Wait until it answers."""
        wait_for_hub(self.port)


def new_hub(url: str) -> str:
    """Fill a hub's database, and give the token of its one station."""
    engine = open_engine(url)
    fill(engine)
    with engine.begin() as connection:
        token = enrol(connection, 1, "Trạm 1", SystemClock().now())
    engine.dispose()
    return token


def _serve(url: str, port: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    app = create_app(open_engine(url), SystemClock())
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


def wait_for_hub(port: int) -> None:
    """Wait until a hub of this machine answers.

    Raises:
        RuntimeError: It does not.
    """
    until = time.monotonic() + START_WITHIN_S
    with httpx.Client(trust_env=False) as asking:  # made anew each time it would be in the way
        while time.monotonic() < until:
            try:
                asking.get(f"http://127.0.0.1:{port}/health")
                return
            except httpx.HTTPError:
                time.sleep(0.05)
    raise RuntimeError("the hub does not answer")


def forked(work: Callable[..., None], *told: Any) -> Any:
    """A process that does `work`, and ends with this one at the latest."""
    process = _FORK.Process(target=work, args=told, daemon=True)
    process.start()
    return process


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Lend from the command line: PATH FILE-FOR-WHAT-WAS-TOLD ACTS SYNCHRONOUS, then SIGKILL."""
    path, green, acts, flush = sys.argv[1:]
    told = os.open(green, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    left = [int(acts)]

    def tell(loan_id: str) -> None:
        os.write(told, f"{loan_id}\n".encode())
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    lend_without_end(Path(path), tell, None, 1, flush)


if __name__ == "__main__":
    main()
