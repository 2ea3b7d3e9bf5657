"""The night's copy of a station's records, handed over a real connection and used again."""

from __future__ import annotations

import argparse
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import func, select

from admin import kiosk_copies, kiosks
from admin.keeping import unpack_kiosk_copy
from admin.kiosk_copies import KEPT, KioskCopies, KioskCopy
from db import outbox
from db.errors import HubRefused
from db.models import Kiosk, ReceivedEvent
from db.sync.client import SyncThread
from db.sync.copying import hand_copy
from db.sync.report import SyncReport
from tests.hub_on_lan import HubOnLan, PairedStation
from tests.small_school import number


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubOnLan]:
    opened = HubOnLan(tmp_path / "hub")
    yield opened
    opened.close()


@pytest.fixture
def station(tmp_path: Path, hub: HubOnLan) -> Iterator[PairedStation]:
    """A station that is paired and filled, while its hub serves."""
    paired = PairedStation(tmp_path / "station")
    with hub.open() as url:
        paired.pair(hub.invitation(url), url)
        paired.synchronise()
        yield paired
    paired.close()


def test_copy_of_the_night_restores_a_station(
    hub: HubOnLan, station: PairedStation, tmp_path: Path
) -> None:
    """Given nights, then one copy of each is kept, the newest; a station made of it goes on.

    What it did before is at the hub once, and so is what it does next.
    """
    station.desk.check_in(number("STN"))
    handed = []
    for _ in range(3 * (KEPT + 1)):
        handed.append(_hand(station))
        hub.clock.advance(timedelta(hours=8))
    kept = _copies(hub)
    new_card = tmp_path / "new" / "kiosk.db"
    new_card.parent.mkdir()
    unpack_kiosk_copy(
        argparse.Namespace(name="Trạm 1", to=new_card, data=hub.folder, database=None)
    )

    assert sum(handed) == KEPT + 1 + 1  # the first comes at once
    assert len(kept) == KEPT
    assert all(a.made_at - b.made_at == timedelta(days=1) for a, b in pairwise(kept))
    restored = PairedStation(new_card.parent, is_new=False)
    restored.settings = station.settings
    restored.desk.check_in(number("STN"))
    restored.synchronise()
    waiting = outbox.waiting(restored.engine)
    restored.close()
    with hub.engine.begin() as connection:
        received = connection.execute(select(func.count()).select_from(ReceivedEvent)).scalar()
    assert (waiting, received) == (0, 2)


def test_only_whole_copies_are_kept(
    hub: HubOnLan, station: PairedStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given half a copy, another's records, no packing, too much, then refused and none is kept."""
    whole = station.file.read_bytes()
    packed = zstandard.compress(whole)
    others = {
        "half": packed[: len(packed) // 2],
        "damaged": zstandard.compress(whole[:8192] + bytes(4096) + whole[12288:]),
        "not packed": whole,
        "another's": zstandard.compress(_other_records(tmp_path)),
        "empty": b"",
    }
    refused = [_is_refused(station, tmp_path, sent) for sent in others.values()]
    monkeypatch.setattr(kiosk_copies, "UNPACKED_LIMIT_BYTES", len(whole) - 1)
    refused.append(_is_refused(station, tmp_path, packed))

    assert refused == [True] * 6
    assert list((hub.folder / "kiosk-copies").rglob("*.*")) == []


def test_revoked_stations_copies_are_dropped(hub: HubOnLan, station: PairedStation) -> None:
    """Given a copy brought by the sync thread, when the station is revoked, then it is gone."""
    told: list[SyncReport] = []
    thread = SyncThread(station.engine, station.settings, told.append)
    thread._synchronise(lambda: False)
    there = len(_copies(hub))
    with hub.engine.begin() as connection:
        kiosks.revoke(connection, 1, "Trạm 1", hub.clock.now())
        kiosk_copies.drop_of_revoked(connection, 1, hub.folder)

    assert there == 1
    assert _copies(hub) == []
    assert list(station.file.parent.glob("copy-for-hub*")) == []


def test_station_ends_while_its_copy_is_on_its_way(
    hub: HubOnLan, station: PairedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a hub that reads a copy for long, when told to stop, then the last act is reported."""
    began, goes_on = threading.Event(), threading.Event()

    def keep(_copies: KioskCopies, _part: Path, _now: datetime) -> None:
        began.set()
        goes_on.wait(60)

    monkeypatch.setattr(KioskCopies, "keep", keep)
    thread = SyncThread(station.engine, station.settings, lambda _report: None)
    running = threading.Thread(target=thread.run, daemon=True)
    running.start()
    assert began.wait(30)
    station.desk.check_in(number("STN"))

    thread.stop()
    running.join(30)
    has_ended = not running.is_alive()
    goes_on.set()

    assert has_ended
    assert outbox.waiting(station.engine) == 0
    assert list(station.file.parent.glob("copy-for-hub*")) == []


def _hand(station: PairedStation) -> bool:
    with station.connected() as hub:
        return hand_copy(hub, station.file)


def _is_refused(station: PairedStation, folder: Path, sent: bytes) -> bool:
    file = folder / "sent"
    file.write_bytes(sent)
    with station.connected() as hub:
        try:
            hub.hand_copy(file)
        except HubRefused:
            return True
    return False


def _other_records(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "other.db")) as connection:
        connection.execute("CREATE TABLE something (n INTEGER)")
    return (folder / "other.db").read_bytes()


def _copies(hub: HubOnLan) -> list[KioskCopy]:
    with hub.engine.begin() as connection:
        kiosk_id = connection.execute(select(Kiosk.id)).scalar_one()
    return KioskCopies(hub.folder, kiosk_id).all()
