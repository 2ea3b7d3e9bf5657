"""Is every loan that was told still there, once, and at the hub: after kills and power cuts?

* A station that lends without end is killed by SIGKILL again and again, and its hub with it, with
  the hub's records in SQLite, in PostgreSQL, and over a way that loses, cuts, doubles and delays
  messages. Everything is a real process.
* A recorded station's disk is built as a power cut may leave it (`crash_images`).
* A real ext4 is cut off under a station (`power_relay`), where root allows.

The last two are made with `synchronous=NORMAL` as well, which the product does not use: a bench
that finds nothing there would find nothing anywhere.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine, func, select

from benchmarks import crash_images, fault_proxy, power_relay
from benchmarks.at_work import HubProcess, Station, forked, free_port, new_hub, new_station
from benchmarks.reporting import arguments, report
from config.settings import HubSettings
from db import outbox
from db.engine import open_engine, open_read_only, sqlite_url
from db.errors import SyncError
from db.models import Loan, OutboxEvent, ReceivedEvent
from db.sync.connection import synchronise
from db.sync.mirror import Mirror
from db.sync.trusted import connect
from tests import postgres

LONGEST_LIFE_S = 1.5
"""A station opens its file, lends, reports and is killed within this time."""
FROM_THE_FIRST_LOAN = 0.8
"""Share of lives that begin to count with the first loan; the others with the start."""
ACTS_RECORDED = 100
"""Loans whose writes are recorded: some 1 400 pages, so the log is checkpointed on the way."""
GIVE_UP_AFTER_S = 60.0
FAULTS = ("lost", "duplicated", "stuck", "images_lacking", "images_damaged", "cut_lacking")
"""Figures that must be zero."""


def main() -> None:
    """Kill, cut, count."""
    asked = arguments(__doc__ or "", kiosk_kills=200, hub_kills=40, images=5_000, cuts=60, seed=1)
    figures: dict[str, float | int] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as closing:
        folder = Path(name)
        programs = postgres.programs()
        server = closing.enter_context(postgres.running(programs)) if programs else None
        urls = {"sqlite": sqlite_url(folder / "hub.db"), "proxy": sqlite_url(folder / "far.db")}
        if server is not None:
            urls["postgresql"] = server.new_database()
        for way, url in urls.items():
            kills = (asked.kiosk_kills, asked.hub_kills)
            found = _killed(folder / way, url, kills, asked.seed, way == "proxy")
            figures |= {f"{way}_{key}": value for key, value in found.items()}
        for key in ("acked", "lost", "duplicated", "stuck"):
            figures[key] = sum(int(figures[f"{way}_{key}"]) for way in urls)
        figures |= _images(folder, asked.images, asked.seed) | _cuts(folder, asked.cuts, asked.seed)
    report(figures, asked.json)
    sys.exit(any(figures.get(fault) for fault in FAULTS))


def _killed(
    folder: Path, url: str, kills: tuple[int, int], seed: int, is_bad_way: bool
) -> dict[str, int]:
    """Let one station and one hub live and die, then compare what they have."""
    folder.mkdir()
    chance = random.Random(seed)
    path, token = folder / "kiosk.db", folder / "hub.token"
    token.write_text(new_hub(url), "ascii")
    new_station(path)
    hub = HubProcess(url)
    port = _bad_way(hub.port, seed) if is_bad_way else hub.port
    settings = HubSettings(url=f"http://127.0.0.1:{port}", token_file=token, every_s=1)
    try:
        hub.wait()
        acked = _live_and_die(path, settings, hub, kills, chance)
        hub.wait()
        stuck = _hand_over(
            path, settings.model_copy(update={"url": f"http://127.0.0.1:{hub.port}"})
        )
    finally:
        hub.end()
    return {"acked": len(acked), "stuck": stuck, **_compared(path, url, acked)}


def _bad_way(hub_port: int, seed: int) -> int:
    port = free_port()
    forked(fault_proxy.run, port, hub_port, seed)
    return port


def _live_and_die(
    path: Path,
    settings: HubSettings,
    hub: HubProcess,
    kills: tuple[int, int],
    chance: random.Random,
) -> set[str]:
    kiosk_kills, hub_kills = kills
    told: set[str] = set()
    hub_dies = set(chance.sample(range(kiosk_kills), hub_kills))
    for number in range(kiosk_kills):
        station = Station(path, settings, number)
        if chance.random() < FROM_THE_FIRST_LOAN:
            station.wait_for_first()
        life = chance.uniform(0, LONGEST_LIFE_S)
        if number in hub_dies:
            before = chance.uniform(0, life)
            time.sleep(before)
            hub.kill()
            life -= before
        time.sleep(life)
        told |= station.kill()
    return told


def _hand_over(path: Path, settings: HubSettings) -> int:
    """Report what waits; how many events are stuck."""
    engine = open_engine(sqlite_url(path))
    hub, mirror, until = connect(settings), Mirror(engine, 1), time.monotonic() + GIVE_UP_AFTER_S
    while time.monotonic() < until:
        try:
            synchronise(engine, hub, mirror)
            break
        except SyncError:
            time.sleep(0.5)
    stuck = outbox.waiting(engine)
    hub.close()
    engine.dispose()
    return stuck


def _compared(path: Path, url: str, acked: set[str]) -> dict[str, int]:
    """What is missing on either side of what was told, and what is there twice."""
    station, hub = open_read_only(sqlite_url(path)), open_read_only(url)
    here, there = _loans(station), _loans(hub)
    with hub.begin() as connection:
        told = connection.execute(select(ReceivedEvent.payload)).scalars().all()
    with station.begin() as connection:
        events = connection.execute(select(func.count(OutboxEvent.seq))).scalar_one()
    lent = [str(one["loan_id"]) for one in told if one["type"] == "copy-lent"]
    station.dispose()
    hub.dispose()
    return {
        "events": events,
        "lost": len(acked - {str(row[0]) for row in here}) + len(acked - set(lent)),
        "duplicated": len(lent) - len(set(lent)) + max(0, len(told) - events),
        "differing": len(here ^ there),
    }


def _loans(engine: Engine) -> set[tuple[object, ...]]:
    columns = (Loan.id, Loan.copy_id, Loan.patron_id, Loan.due, Loan.returned_at)
    with engine.begin() as connection:
        return {tuple(row) for row in connection.execute(select(*columns))}


def _images(folder: Path, images: int, seed: int) -> dict[str, int]:
    if not crash_images.is_possible():
        return {}
    figures: dict[str, int] = {"images": images}
    for flush in ("FULL", "NORMAL"):
        place = folder / f"images-{flush}"
        place.mkdir()
        many = images if flush == "FULL" else images // 10
        found = crash_images.lost_in(place, many, ACTS_RECORDED, flush, seed)
        suffix = "" if flush == "FULL" else "_with_normal"
        figures[f"images_lacking{suffix}"] = found["images_lacking"]
        figures[f"images_damaged{suffix}"] = found["damaged"]
    return figures


def _cuts(folder: Path, cuts: int, seed: int) -> dict[str, int]:
    if not power_relay.is_possible():
        return {}
    figures: dict[str, int] = {"cuts": cuts}
    for flush in ("FULL", "NORMAL"):
        place = folder / f"cuts-{flush}"
        place.mkdir()
        many = cuts if flush == "FULL" else max(1, cuts // 6)
        found = power_relay.lost_in(place, many, flush, seed)
        suffix = "" if flush == "FULL" else "_with_normal"
        figures[f"cut_told{suffix}"] = found["told"]
        figures[f"cut_lacking{suffix}"] = found["lacking"]
    return figures


if __name__ == "__main__":
    main()
