"""SIGKILL at any moment: is every loan that was shown green still there, once, and at the hub?

Real processes throughout: a hub, and a station whose demo film is decoded from pixels.
The station notes each loan the moment its green was drawn; then it is killed, `--kills`
times, at moments spread over start, scanning, lending, printing and reporting.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, select

from admin.kiosks import enrol
from benchmarks.at_work import free_port, wait_for_hub
from benchmarks.reporting import arguments, report
from db.clock import SystemClock
from db.demo import fill_demo_school
from db.engine import open_engine, open_read_only, sqlite_url
from db.models import Loan, OutboxEvent, ReceivedEvent
from db.outbox import prepare_station
from db.sync.connection import HubConnection, push

LONGEST_START_S = 3.0
LONGEST_MORNING_S = 6.0
"""After the first green screen; a short demo morning goes on for about 10 s then."""

PATIENCE_S = 120.0
"""For the first green screen, on the slowest machine."""

FAULTS = ("lost", "doubled", "without_event", "differing_at_hub")
"""Figures that must be zero."""

Row = tuple[object, ...]


def main() -> None:
    """Kill, then count."""
    asked = arguments(__doc__ or "", kills=50, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), asked.kills, asked.seed)
    report(figures, asked.json)
    sys.exit(any(figures[fault] for fault in FAULTS))


def run(folder: Path, kills: int, seed: int) -> dict[str, float | int]:
    """Kill a station `kills` times and compare what was shown, kept and received."""
    moments = random.Random(seed)
    with hub(folder) as url:
        for number in range(kills):
            _live_and_die(folder, url, number, moments)
        _report_what_waits(folder, url)
    station, received = Records.read(folder / "kiosk.db"), Records.read(folder / "hub" / "hub.db")
    shown = _shown(folder / "journal.jsonl")
    made_here = {str(loan[0]) for loan in station.loans if loan[-1] is not None}
    return {
        "kills": kills,
        "shown_green": len(shown),
        "recorded": len(made_here),
        "lost": len(shown - made_here),
        "doubled": len(station.lent_events) - len(set(station.lent_events)),
        "without_event": len(made_here ^ set(station.lent_events)),
        "differing_at_hub": len(set(station.loans) ^ set(received.loans))
        + len(set(station.events) ^ set(received.events)),
    }


@dataclass(frozen=True, slots=True)
class Records:
    """What one database, the station's or the hub's, holds in the end."""

    loans: list[Row]
    events: list[UUID]
    lent_events: list[str]
    """Loan ids of the station's copy-lent events."""

    @staticmethod
    def read(path: Path) -> Records:
        """Read a database of either side."""
        columns = (Loan.id, Loan.copy_id, Loan.patron_id, Loan.lent_at, Loan.due)
        rest = (Loan.returned_at, Loan.visit_id)
        engine: Engine = open_read_only(sqlite_url(path))
        with engine.begin() as connection:
            loans: list[Row] = [tuple(r) for r in connection.execute(select(*columns, *rest))]
            sent = list(connection.execute(select(OutboxEvent.event_id, OutboxEvent.payload)))
            taken = list(connection.execute(select(ReceivedEvent.event_id)))
        engine.dispose()
        lent = [row.payload["loan_id"] for row in sent if row.payload["type"] == "copy-lent"]
        return Records(loans, [row.event_id for row in (*sent, *taken)], lent)


@contextlib.contextmanager
def hub(folder: Path) -> Iterator[str]:
    """Serve a real hub with the demo school and one enrolled kiosk; give its address."""
    data, port = folder / "hub", free_port()
    data.mkdir()
    (folder / "hub.token").write_text(_enrolled(data / "hub.db"), "ascii")
    serving = subprocess.Popen(
        [sys.executable, "-m", "admin", "--data", str(data), "--port", str(port), "serve"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_hub(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.terminate()
        serving.wait(60)


def _enrolled(file: Path) -> str:
    """Begin the demo school in a hub's new file; the token of its one kiosk."""
    engine, now = open_engine(sqlite_url(file)), SystemClock().now()
    fill_demo_school(engine, 1, now)
    with engine.begin() as connection:
        token = enrol(connection, 1, "Trạm 1", now)
    engine.dispose()
    return token


def station_command(folder: Path, url: str, *words: str) -> list[str]:
    """The command line of a station that lives in `folder` and reports to `url`."""
    return [
        *(sys.executable, "-m", "kiosk", "--headless", "--demo-school", "--camera", "demo"),
        *("--data", str(folder), "--journal", str(folder / "journal.jsonl")),
        *("--hub", url, "--token-file", str(folder / "hub.token")),
        *words,
    ]


def _live_and_die(folder: Path, url: str, number: int, moments: random.Random) -> None:
    """Kill a station while it starts, or, two times of three, after its first green screen."""
    words = ("--short", "--seed", str(number), "--printer", f"file:{folder / 'slips'}")
    green = len(_shown(folder / "journal.jsonl"))
    station = subprocess.Popen(
        station_command(folder, url, *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if number % 3:
        _wait_for_green(folder / "journal.jsonl", green, station)
    time.sleep(moments.uniform(0, LONGEST_MORNING_S if number % 3 else LONGEST_START_S))
    station.send_signal(signal.SIGKILL)
    _, errors = station.communicate()
    if station.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the station ended by itself: {errors.decode()}")


def _wait_for_green(journal: Path, before: int, station: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while len(_shown(journal)) == before and station.poll() is None:
        if time.monotonic() > give_up_at:
            raise RuntimeError("no loan was shown green in time")
        time.sleep(0.05)


def _report_what_waits(folder: Path, url: str) -> None:
    engine = open_engine(sqlite_url(folder / "kiosk.db"))
    prepare_station(engine)  # the last one may have been killed before it came to that
    connection = HubConnection(url, (folder / "hub.token").read_text("ascii").strip())
    push(engine, connection)
    connection.close()
    engine.dispose()


def _shown(journal: Path) -> set[str]:
    if not journal.exists():
        return set()
    lines = journal.read_text("utf-8").splitlines()
    return {json.loads(line)["loan_id"] for line in lines if line.endswith("}")}


if __name__ == "__main__":
    main()
