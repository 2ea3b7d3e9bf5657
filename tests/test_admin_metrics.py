"""What Prometheus is told, and whom it is told."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from admin.app import create_app, create_lan_app
from admin.hub import Hub
from db.ids import new_id
from db.states import ClockQuality
from db.sync.connection import HubConnection
from db.sync.messages import Health
from tests.hub_school import HubSchool, InProcess, at, lent


@pytest.fixture
def school(tmp_path: Path) -> HubSchool:
    return HubSchool(tmp_path / "hub.db")


def _metrics(school: HubSchool) -> dict[str, float]:
    text = school.browser().get("/metrics").text
    return {
        sample.name.removeprefix("tram_sach_station_"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_station_tells_how_it_is(school: HubSchool) -> None:
    """Given a station with a paper jam, when it talks to the hub, then Prometheus is told."""
    kiosk = school.kiosk("Trạm 1")
    station = HubConnection(
        "http://127.0.0.1:8765", kiosk.token, InProcess(create_app(school.engine, school.clock))
    )
    health = Health(version="0.1.0", printer="paper-out", paper_low=True, camera="seeing")

    station.position(new_id(), 7, health)
    station.close()

    told = _metrics(school)
    assert told["queue_events"] == 7
    assert (told["printer_ok"], told["paper_low"], told["lag_seconds"]) == (0, 1, 0)
    text = school.browser().get("/metrics").text
    assert 'station="Trạm 1"' in text
    assert 'version="0.1.0"' in text
    assert 'camera="seeing"' in text


def test_station_of_old_version_says_nothing(school: HubSchool) -> None:
    """Given a station that says no version, when it asks, then nothing is made up."""
    kiosk = school.kiosk("Trạm 1")
    school.browser(kiosk.token).get("/sync/position", params={"incarnation": str(new_id())})

    told = _metrics(school)

    assert "printer_ok" not in told
    assert "queue_events" not in told


def test_clock_is_that_of_the_newest_event(school: HubSchool) -> None:
    """Given a station that is not sure of the time, when it reports, then that is told."""
    kiosk = school.kiosk("Trạm 1")
    kiosk.clock = ClockQuality.ESTIMATED
    kiosk.did(lent("loan", "STN.00001", "An", 1))
    school.send(kiosk)

    assert 'clock="estimated"' in school.browser().get("/metrics").text


def test_network_is_told_nothing(school: HubSchool) -> None:
    """Given the door to the school's network, when metrics are asked there, then there are none."""
    app = create_lan_app(Hub(school.engine, school.clock))
    client = httpx.Client(transport=InProcess(app), base_url="https://192.168.1.10:8766")

    assert client.get("/metrics").status_code == 404


def test_lag_grows_while_nothing_is_heard(school: HubSchool) -> None:
    """Given a station heard of an hour ago, when metrics are asked, then its lag is an hour."""
    school.kiosk("Trạm 1")
    school.clock.advance(at(60) - at(0))

    assert _metrics(school)["lag_seconds"] == 3600
