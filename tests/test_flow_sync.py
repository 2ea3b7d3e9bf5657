"""Stations and hub over real HTTP: apart for a day, together again, and nothing twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks import kill
from config.settings import HubSettings
from db import outbox
from db.engine import open_read_only, sqlite_url
from db.errors import HubRefused, HubUnreachable
from db.ids import new_id
from db.models import Discrepancy, EventStream, Loan, ReceivedEvent
from db.outcomes import CheckedOut
from db.sync.client import SyncThread
from db.sync.connection import HubConnection, push
from db.sync.report import HubState, SyncReport
from tests.demo_school import DemoSchool


def _lend(school: DemoSchool, pupil: int, *copies: int) -> None:
    cast = school.cast()
    patron = school.known(cast.free_pupils[pupil].card)
    for copy in copies:
        outcome = school.desk.check_out(patron, cast.shelved[copy].accession, new_id())
        assert isinstance(outcome, CheckedOut)


def _count(database: Path, table: type[Loan | ReceivedEvent | EventStream | Discrepancy]) -> int:
    engine = open_read_only(sqlite_url(database))
    with engine.begin() as connection:
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    engine.dispose()
    return count


def _keep_copy(database: Path, copy: Path) -> None:
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("VACUUM INTO ?", (str(copy),))


def _enrol_another(folder: Path, name: str) -> HubSettings:
    file = folder / f"{name}.token"
    words = ["--data", str(folder / "hub"), "enrol", name, "--token-file", str(file)]
    subprocess.run([sys.executable, "-m", "admin", *words], check=True)
    return HubSettings(url="http://127.0.0.1:1", token_file=file)


def _connect(url: str, token_file: Path) -> HubConnection:
    return HubConnection(url, token_file.read_text("ascii").strip())


def _until(condition: Callable[[], bool]) -> None:
    """Wait; the pause after a hub that was away long is many seconds by itself."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("did not come about within 60 s")


def test_two_stations_apart_sync_each_event_once(tmp_path: Path) -> None:
    """Given two stations' offline mornings, when each is sent twice, then each event is once."""
    schools = [DemoSchool(tmp_path / f"kiosk-{n}.db") for n in (1, 2)]
    _lend(schools[0], 0, 0, 1)
    _lend(schools[1], 1, 1, 2)  # copy 1 is lent at both: nobody could know
    second = _enrol_another(tmp_path, "Trạm 2").token_file
    with kill.hub(tmp_path) as url:
        before = _count(tmp_path / "hub" / "hub.db", Loan)
        for _ in range(2):
            for school, token in zip(schools, (tmp_path / "hub.token", second), strict=True):
                outbox.acknowledge(school.engine, 0)  # as if every answer had been lost
                hub = _connect(url, token)
                push(school.engine, hub)
                hub.close()
    waiting = [outbox.waiting(school.engine) for school in schools]
    for school in schools:
        school.engine.dispose()
    hub_db = tmp_path / "hub" / "hub.db"

    assert waiting == [0, 0]
    assert _count(hub_db, ReceivedEvent) == 4
    assert _count(hub_db, Loan) - before == 4
    assert _count(hub_db, Discrepancy) == 1


def test_lending_goes_on_without_hub_and_catches_up(tmp_path: Path) -> None:
    """Given the hub away, when books are lent and it returns, then it has them all, unasked."""
    school = DemoSchool(tmp_path / "kiosk.db")
    told: list[SyncReport] = []
    away = _enrol_another(tmp_path, "Trạm 2")
    thread = SyncThread(school.engine, away, told.append)
    body = threading.Thread(target=thread.run)
    body.start()
    _lend(school, 0, 0, 1)
    thread.nudge()
    _until(lambda: bool(told) and told[-1] == SyncReport(HubState.AWAY, 2))
    with kill.hub(tmp_path) as url:
        thread._settings = HubSettings(url=url, token_file=away.token_file)
        _until(lambda: told[-1].hub is HubState.REACHED and told[-1].waiting == 0)
        _lend(school, 1, 3)
        thread.nudge()
        _until(lambda: outbox.waiting(school.engine) == 0)
        thread.stop()
        body.join(10)
    school.engine.dispose()

    assert not body.is_alive()
    assert _count(tmp_path / "hub" / "hub.db", ReceivedEvent) == 3


@pytest.mark.parametrize("later", [1, 4], ids=["behind the hub", "past the hub"])
def test_restored_kiosk_file_is_heard_again(tmp_path: Path, later: int) -> None:
    """Given an old copy of a station's file put back, then its new loans reach the hub."""
    school = DemoSchool(tmp_path / "kiosk.db")
    with kill.hub(tmp_path) as url:
        hub = _connect(url, tmp_path / "hub.token")
        _lend(school, 0, 0)
        _keep_copy(tmp_path / "kiosk.db", tmp_path / "backup.db")
        _lend(school, 0, 1, 2)
        push(school.engine, hub)
        school.engine.dispose()
        restored = DemoSchool(tmp_path / "backup.db")
        for number in range(later):
            _lend(restored, number + 1, number + 3)
        push(restored.engine, hub)
        hub.close()
        waiting = outbox.waiting(restored.engine)
        restored.engine.dispose()

    assert waiting == 0
    assert _count(tmp_path / "hub" / "hub.db", ReceivedEvent) == 3 + later


def test_restored_kiosk_file_begins_one_stream(tmp_path: Path) -> None:
    """Given an old copy of a station's file put back, when pushed ever again, then one stream."""
    school = DemoSchool(tmp_path / "kiosk.db")
    with kill.hub(tmp_path) as url:
        hub = _connect(url, tmp_path / "hub.token")
        _lend(school, 0, 0)
        _keep_copy(tmp_path / "kiosk.db", tmp_path / "backup.db")
        _lend(school, 0, 1, 2)
        push(school.engine, hub)
        school.engine.dispose()
        restored = DemoSchool(tmp_path / "backup.db")
        streams = set()
        for copies in ((), (), (3, 4), ()):
            _lend(restored, 1, *copies)
            push(restored.engine, hub)
            streams.add(outbox.incarnation(restored.engine))
        hub.close()
        restored.engine.dispose()

    assert len(streams) == 1
    assert _count(tmp_path / "hub" / "hub.db", EventStream) == 2
    assert _count(tmp_path / "hub" / "hub.db", ReceivedEvent) == 5


def test_wrong_token_and_no_hub_are_different_faults(tmp_path: Path) -> None:
    """Given a token nobody knows, then refused; given nobody there, then unreachable."""
    school = DemoSchool(tmp_path / "kiosk.db")
    _lend(school, 0, 0)
    with kill.hub(tmp_path) as url:
        stranger = HubConnection(url, "nobody-knows-it")
        with pytest.raises(HubRefused):
            push(school.engine, stranger)
        stranger.close()
    alone = HubConnection(url, "nobody-knows-it")
    with pytest.raises(HubUnreachable):
        push(school.engine, alone)
    alone.close()
    waiting = outbox.waiting(school.engine)
    school.engine.dispose()

    assert waiting == 1
