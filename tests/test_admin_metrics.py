"""What Prometheus is told, and whom it is told."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from admin.app import create_app, create_lan_app
from admin.hub import Hub
from admin.kiosks import standings
from db.care import copy_file
from db.ids import new_id
from db.slips import NO_PRINTER
from db.states import ClockQuality
from db.sync.connection import HubConnection
from db.sync.messages import Health, Page
from db.sync.mirror import Place
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


def test_station_without_printer_has_none_to_fail(school: HubSchool) -> None:
    """Given a station that has no printer, when it reports, then no printer is said to be well."""
    kiosk = school.kiosk("Trạm 1")
    said = {"incarnation": str(new_id()), "version": "0.1.0", "printer": NO_PRINTER}
    school.browser(kiosk.token).get("/sync/position", params=said)

    told = _metrics(school)

    assert "printer_ok" not in told
    assert told["paper_low"] == 0


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


def test_hub_put_back_learns_who_saw_newer_rows(school: HubSchool, tmp_path: Path) -> None:
    """Given a hub put back from a copy, when a station asks on, then the hub knows it saw more."""
    kiosk = school.kiosk("Trạm 1")
    school.browser()  # a run of the hub begins
    path = Path(str(school.engine.url.database))
    copy_file(path, tmp_path / "copy.db")
    school.browser()
    page = _page(school, kiosk.token)
    school.engine.dispose()
    restored = HubSchool(tmp_path / "copy.db", fill=lambda _engine: None)

    before = _saw_newer(restored)
    again = _page(restored, kiosk.token, page.timeline, page.cursor)

    assert before is None
    assert again.from_start
    assert _saw_newer(restored) == restored.clock.now()


def test_station_new_or_up_to_date_saw_nothing_newer(school: HubSchool) -> None:
    """Given a hub that was never put back, when a station is filled and asks on, then no word."""
    kiosk = school.kiosk("Trạm 1")
    door = create_app(school.engine, school.clock)
    page = _page(school, kiosk.token, door=door)
    _page(school, kiosk.token, page.timeline, page.cursor, door=door)

    assert _saw_newer(school) is None


def _page(
    school: HubSchool,
    token: str,
    timeline: UUID | None = None,
    cursor: int = 0,
    door: FastAPI | None = None,
) -> Page:
    way = InProcess(door or create_app(school.engine, school.clock))
    station = HubConnection("http://127.0.0.1:8765", token, way)
    page = station.changes(new_id(), Place(timeline, cursor, None))
    station.close()
    return page


def _saw_newer(school: HubSchool) -> datetime | None:
    with school.engine.begin() as connection:
        (row,) = standings(connection, 1, school.clock.now())
    return row.saw_newer_at
