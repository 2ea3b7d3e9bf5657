"""What breaks in a school's cupboard, each with what the line at the screen's edge says of it.

A full disk and a failed flush are in `test_db_sure_desk`, flipped bits in `test_db_care`; here is
what happens between a station and its hub, over real TLS.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin import backups, kiosks
from admin.app import create_app
from db.circulation import Circulation
from db.clock import SettableClock, local_day
from db.engine import open_engine, sqlite_url
from db.models import EventStream, Loan, ReceivedEvent
from db.outcomes import CheckedOut, PatronKnown
from db.sync.client import SyncThread
from db.sync.connection import synchronise
from db.sync.credentials import HubKnown
from db.sync.report import SyncReport
from kiosk.events import Shown, Status, noted
from kiosk.widgets.status_line import remarks
from kiosk.wording import Wording
from tests.hub_and_stations import differences
from tests.hub_on_lan import HubOnLan, PairedStation
from tests.small_school import MORNING, card_of, number

OFFLINE = "Vẫn mượn trả được – dữ liệu lúc 08:40 10/11"
WAITING = "1 lượt chờ gửi"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubOnLan]:
    made = HubOnLan(tmp_path / "hub")
    yield made
    made.close()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[PairedStation]:
    made = PairedStation(tmp_path / "station")
    yield made
    made.close()


def _pair(hub: HubOnLan, station: PairedStation, url: str, name: str = "Trạm 1") -> None:
    assert isinstance(station.pair(hub.invitation(url, name), url), HubKnown)
    station.synchronise()


def _line(station: PairedStation) -> list[str]:
    """What the screen says after one try to reach the hub."""
    told: list[SyncReport] = []
    thread = SyncThread(station.engine, station.settings, told.append)
    thread._talk(lambda hub: synchronise(station.engine, hub, station.mirror))
    shown = Shown(status=noted(Status(has_hub=True), told[-1]))
    wording = Wording("vi")
    return [wording.say(one.key, n=one.n, when=one.when) for one in remarks(shown)]


def _lend(desk: Circulation, pupil: str, position: int = 1) -> CheckedOut:
    patron = desk.identify(card_of(pupil))
    assert isinstance(patron, PatronKnown)
    outcome = desk.check_out(patron, number("STN", position))
    assert isinstance(outcome, CheckedOut), outcome
    return outcome


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _count(hub: HubOnLan, table: type[EventStream | ReceivedEvent]) -> int:
    with hub.engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("year", [2017, 2045])
def test_clock_far_off_costs_no_day(hub: HubOnLan, station: PairedStation, year: int) -> None:
    """Given a station that came up in another year, when it lends, then the hub knows the day.

    The due day is not before the one that the station told.
    """
    with hub.open() as url:
        _pair(hub, station, url)
    clock = SettableClock(datetime(year, 6, 1, 8, 0, tzinfo=UTC))
    lent = _lend(Circulation(station.engine, 1, clock), "An")
    without = _line(station)
    with hub.open(port=_port(url)):
        within = _line(station)
    with hub.engine.begin() as connection:
        loan = connection.execute(select(Loan.lent_at, Loan.due)).one()

    assert (without, within) == ([OFFLINE, WAITING], [])
    assert local_day(loan.lent_at) == MORNING.date()
    assert loan.due >= lent.due


def test_hub_from_last_week_is_told_again(
    hub: HubOnLan, station: PairedStation, tmp_path: Path
) -> None:
    """Given a loan the hub had, when it is put back from before, then it has it again, unasked."""
    with hub.open() as url:
        _pair(hub, station, url)
        made = backups.make(str(hub.engine.url), tmp_path / "backups", MORNING)
        _lend(station.desk, "An")
        station.synchronise()
    hub.engine.dispose()
    backups.restore(str(hub.engine.url), made.file, MORNING)
    hub.engine = open_engine(str(hub.engine.url))
    hub.hub = create_app(hub.engine, hub.clock, trust=hub.trust).state.hub
    without = _line(station)
    with hub.open(port=_port(url)):
        within = [_line(station) for _ in range(2)]
    kept = _count(hub, ReceivedEvent)

    assert (without, within) == ([OFFLINE], [[], []])
    assert kept == 1
    assert not differences(hub.engine, station.engine)


def test_cloned_card_becomes_a_stream_of_its_own(
    hub: HubOnLan, station: PairedStation, tmp_path: Path
) -> None:
    """Given a copied memory card in a second machine, when both lend, then both are heard."""
    with hub.open() as url:
        _pair(hub, station, url)
        station.engine.dispose()
        shutil.copytree(station.file.parent, tmp_path / "clone")
        station.engine = open_engine(sqlite_url(station.file))
        clone = PairedStation(tmp_path / "clone", is_new=False)
        said = []
        for one, pupil, position in ((station, "An", 1), (clone, "Bình", 2), (station, "Chi", 3)):
            _lend(Circulation(one.engine, 1, SettableClock(MORNING)), pupil, position)
            said.append(_line(one))
        clone.synchronise()
        agree = [differences(hub.engine, one.engine) for one in (station, clone)]
    clone.close()

    assert said == [[], [], []]
    assert agree == [{}, {}]
    assert (_count(hub, ReceivedEvent), _count(hub, EventStream)) == (3, 2)


def test_replaced_station_rests_and_the_new_one_lends(
    hub: HubOnLan, station: PairedStation, tmp_path: Path
) -> None:
    """Given a station replaced under its name, when both come, then one forgets, one lends."""
    replacement = PairedStation(tmp_path / "replacement")
    with hub.open() as url:
        _pair(hub, station, url)
        with hub.engine.begin() as connection:
            kiosks.revoke(connection, 1, "Trạm 1", hub.clock.now())
        _pair(hub, replacement, url)
        _lend(replacement.desk, "An")
        said = [_line(station), _line(replacement)]
    replacement.close()

    assert said == [["Máy ngừng dùng, đã xóa dữ liệu – cần ghép lại"], []]
    assert _count(hub, ReceivedEvent) == 1
