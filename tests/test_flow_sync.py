"""Stations and hub over real HTTP: apart for a day, together again, and nothing twice."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin.app import create_app
from config.settings import HubSettings
from db import outbox
from db.catalogue import Catalogue
from db.engine import open_read_only, sqlite_url
from db.errors import HubRefused, HubUnreachable
from db.ids import new_id
from db.models import Discrepancy, EventStream, Loan, ReceivedEvent
from db.outcomes import CheckedOut, Returned
from db.sync.client import SyncThread
from db.sync.connection import HubConnection, push
from db.sync.report import HubState, SyncReport
from db.text import fold
from tests.demo_school import DemoSchool
from tests.hub_school import demo_hub
from tests.served import served


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


class Hub:
    """The demo school's hub, and stations enrolled at it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "hub.db"
        self._school = demo_hub(self.file)

    def enrol(self, name: str) -> str:
        """The token of another station."""
        return self._school.kiosk(name).token

    @contextmanager
    def serving(self) -> Iterator[str]:
        """On a real socket; the address."""
        with served(create_app(self._school.engine, self._school.clock)) as url:
            yield url

    def close(self) -> None:
        """Let its file go."""
        self._school.engine.dispose()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.close()


def _until(condition: Callable[[], bool]) -> None:
    """Wait; the pause after a hub that was away long is many seconds by itself."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("did not come about within 60 s")


def test_two_stations_apart_sync_each_event_once(tmp_path: Path, hub: Hub) -> None:
    """Given two stations' offline mornings, when each is sent twice, then each event is once."""
    schools = [DemoSchool(tmp_path / f"kiosk-{n}.db") for n in (1, 2)]
    _lend(schools[0], 0, 0, 1)
    _lend(schools[1], 1, 1, 2)  # copy 1 is lent at both: nobody could know
    tokens = [hub.enrol(f"Trạm {n}") for n in (1, 2)]
    before = _count(hub.file, Loan)
    with hub.serving() as url:
        for school, token in zip(schools * 2, tokens * 2, strict=True):
            outbox.acknowledge(school.engine, 0)  # as if every answer had been lost
            way = HubConnection(url, token)
            push(school.engine, way)
            way.close()
    waiting = [outbox.waiting(school.engine) for school in schools]
    for school in schools:
        school.engine.dispose()

    assert waiting == [0, 0]
    assert _count(hub.file, ReceivedEvent) == 4
    assert _count(hub.file, Loan) - before == 4
    assert _count(hub.file, Discrepancy) == 1


def test_lending_goes_on_without_hub_and_catches_up(tmp_path: Path, hub: Hub) -> None:
    """S06: given the hub away, when lent, returned and looked up, then all works and arrives."""
    school = DemoSchool(tmp_path / "kiosk.db")
    told: list[SyncReport] = []
    token_file = tmp_path / "hub.token"
    token_file.write_text(hub.enrol("Trạm 2"), "ascii")
    away = HubSettings(url="http://127.0.0.1:1", token_file=token_file)
    thread = SyncThread(school.engine, away, told.append)
    body = threading.Thread(target=thread.run)
    body.start()
    _lend(school, 0, 0, 1)
    thread.nudge()
    _until(lambda: bool(told) and told[-1] == SyncReport(HubState.AWAY, 2))
    lent = school.cast().shelved[0]
    found = Catalogue(school.engine, 1).find(fold(lent.title)).hits[0].title
    returned = school.desk.check_in(lent.accession)
    with hub.serving() as url:
        thread._settings = HubSettings(url=url, token_file=token_file)
        _until(lambda: told[-1].hub is HubState.REACHED and told[-1].waiting == 0)
        _lend(school, 1, 3)
        thread.nudge()
        _until(lambda: outbox.waiting(school.engine) == 0)
        thread.stop()
        body.join(10)
    school.engine.dispose()

    assert not body.is_alive()
    assert (found, isinstance(returned, Returned)) == (lent.title, True)
    assert _count(hub.file, ReceivedEvent) == 4


@pytest.mark.parametrize("later", [1, 4], ids=["behind the hub", "past the hub"])
def test_restored_kiosk_file_is_heard_again(tmp_path: Path, hub: Hub, later: int) -> None:
    """Given an old copy of a station's file put back, then its new loans reach the hub."""
    school = DemoSchool(tmp_path / "kiosk.db")
    with hub.serving() as url:
        way = HubConnection(url, hub.enrol("Trạm 1"))
        _lend(school, 0, 0)
        _keep_copy(tmp_path / "kiosk.db", tmp_path / "backup.db")
        _lend(school, 0, 1, 2)
        push(school.engine, way)
        school.engine.dispose()
        restored = DemoSchool(tmp_path / "backup.db")
        for number in range(later):
            _lend(restored, number + 1, number + 3)
        push(restored.engine, way)
        way.close()
        waiting = outbox.waiting(restored.engine)
        restored.engine.dispose()

    assert waiting == 0
    assert _count(hub.file, ReceivedEvent) == 3 + later


def test_restored_kiosk_file_begins_one_stream(tmp_path: Path, hub: Hub) -> None:
    """Given an old copy of a station's file put back, when pushed ever again, then one stream."""
    school = DemoSchool(tmp_path / "kiosk.db")
    with hub.serving() as url:
        way = HubConnection(url, hub.enrol("Trạm 1"))
        _lend(school, 0, 0)
        _keep_copy(tmp_path / "kiosk.db", tmp_path / "backup.db")
        _lend(school, 0, 1, 2)
        push(school.engine, way)
        school.engine.dispose()
        restored = DemoSchool(tmp_path / "backup.db")
        streams = set()
        for copies in ((), (), (3, 4), ()):
            _lend(restored, 1, *copies)
            push(restored.engine, way)
            streams.add(outbox.incarnation(restored.engine))
        way.close()
        restored.engine.dispose()

    assert len(streams) == 1
    assert _count(hub.file, EventStream) == 2
    assert _count(hub.file, ReceivedEvent) == 5


def test_wrong_token_and_no_hub_are_different_faults(tmp_path: Path, hub: Hub) -> None:
    """Given a token nobody knows, then refused; given nobody there, then unreachable."""
    school = DemoSchool(tmp_path / "kiosk.db")
    _lend(school, 0, 0)
    with hub.serving() as url:
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
