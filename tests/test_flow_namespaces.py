"""Three stations and a hub on a network of their own, whose cables are pulled and lose packets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from db import outbox
from db.errors import HubUnreachable, SyncError
from db.models import ReceivedEvent
from db.outcomes import CheckedOut, PatronKnown
from db.sync.credentials import HubKnown, read_hub
from db.sync.finding import find
from db.sync.trusted import look_elsewhere
from tests.hub_and_stations import differences
from tests.hub_on_lan import HubOnLan, PairedStation
from tests.network_spaces import Place, network, why_not
from tests.small_school import card_of, number

HUB, STATIONS = "10.77.0.1", ("10.77.0.11", "10.77.0.12", "10.77.0.13")
ELSEWHERE = "10.77.0.99"
PATIENCE_S = 120.0
"""A third of the packets lost makes TCP wait for seconds, again and again."""


class AtPlace(NamedTuple):
    """A station and the machine it runs on."""

    station: PairedStation
    place: Place

    def synchronise(self) -> None:
        self.place.do(self.station.synchronise)

    def lend(self, pupil: str, position: int) -> None:
        patron = self.station.desk.identify(card_of(pupil))
        assert isinstance(patron, PatronKnown)
        outcome = self.station.desk.check_out(patron, number("STN", position))
        assert isinstance(outcome, CheckedOut)


class Lan(NamedTuple):
    """The hub, its machine, and three stations."""

    hub: HubOnLan
    place: Place
    stations: list[AtPlace]

    def synchronise(self) -> None:
        """Everybody, twice: what the last one told is news to the first."""
        for _ in range(2):
            for one in self.stations:
                one.synchronise()

    def kept(self) -> int:
        with self.hub.engine.begin() as connection:
            return connection.execute(select(func.count(ReceivedEvent.seq))).scalar_one()

    def differing(self) -> list[object]:
        found = [differences(self.hub.engine, one.station.engine) for one in self.stations]
        return [one for one in found if one]


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as closing:
        at_hub, *places = closing.enter_context(network(HUB, *STATIONS))
        hub = HubOnLan(tmp_path / "hub")
        closing.callback(hub.close)
        stations = []
        for place in places:
            station = PairedStation(tmp_path / place.address)
            closing.callback(station.close)
            stations.append(AtPlace(station, place))
        yield Lan(hub, at_hub, stations)


def _pair(lan: Lan, url: str) -> None:
    for one in lan.stations:
        invitation = lan.hub.invitation(url, one.place.address)
        known = one.place.do(lambda one=one, said=invitation: one.station.pair(said, url))  # type: ignore[misc]
        assert isinstance(known, HubKnown)
        one.synchronise()


def _serve(lan: Lan, closing: ExitStack) -> str:
    """Open the hub's door at its machine; close it there too."""
    door = lan.hub.open(lan.place.address)
    url = lan.place.do(door.__enter__)
    closing.callback(lan.place.do, lambda: door.__exit__(None, None, None))
    return url


def test_pulled_cable_loses_nothing(lan: Lan) -> None:
    """Given a station whose cable is pulled, when it lends and is plugged in, then all agree."""
    cut, *others = lan.stations
    with ExitStack() as closing:
        _pair(lan, _serve(lan, closing))
        with cut.place.unplugged():
            cut.lend("An", 1)
            with pytest.raises(HubUnreachable):
                cut.synchronise()
            for one, pupil in zip(others, ("Bình", "Chi"), strict=True):
                one.lend(pupil, 1 + STATIONS.index(one.place.address))
                one.synchronise()
            waiting = outbox.waiting(cut.station.engine)
        lan.synchronise()

    assert waiting == 1
    assert lan.kept() == 3
    assert not lan.differing()


def test_third_of_packets_lost_delays_only(lan: Lan) -> None:
    """Given 30 of 100 packets lost on their way, when stations lend, then each event comes once."""
    with ExitStack() as closing:
        _pair(lan, _serve(lan, closing))
        with ExitStack() as losing:
            for one in lan.stations:
                losing.enter_context(one.place.losing(30))
            for position, one in enumerate(lan.stations, start=1):
                one.lend(("An", "Bình", "Chi")[position - 1], position)
                _until_told(one)
        arrived = lan.kept()
        lan.synchronise()

    assert (arrived, lan.kept()) == (3, 3)
    assert not lan.differing()


def _until_told(one: AtPlace) -> None:
    until = time.monotonic() + PATIENCE_S
    while outbox.waiting(one.station.engine) and time.monotonic() < until:
        with suppress(SyncError):
            one.synchronise()


def test_hub_at_another_address_is_found(lan: Lan) -> None:
    """Given a hub whose router gave it another address, when it calls out, then all find it."""
    with ExitStack() as closing:
        _pair(lan, _serve(lan, closing))
    lan.place.move_to(ELSEWHERE)
    for position, one in enumerate(lan.stations, start=1):
        one.lend(("An", "Bình", "Chi")[position - 1], position)
    with ExitStack() as closing:
        url = _serve(lan, closing)
        found = [
            one.place.do(
                lambda one=one: look_elsewhere(  # type: ignore[misc]
                    one.station.settings, lambda ca: find(ca, within_s=20)
                )
            )
            for one in lan.stations
        ]
        lan.synchronise()
    known = [read_hub(one.station.settings.trust_file) for one in lan.stations]

    assert found == [True] * 3
    assert [url] * 3 == [one.url for one in known if one is not None]
    assert lan.kept() == 3
    assert not lan.differing()
