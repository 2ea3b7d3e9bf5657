"""What the librarian does at one station reaches the hub, and from there the other stations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from db.corners import Corners
from db.engine import sqlite_url
from db.helping import Helping
from db.identifiers import CardNumber
from db.ids import new_id
from db.models import AuditEntry, Copy, CrateCopy
from db.outcomes import PatronKnown, Refused
from db.patrons import Patrons
from db.pins import PinAnswer, Pins
from db.states import RoleName
from tests.hub_and_stations import RunningHub, Station, differences
from tests.small_school import named, number

PIN = "271828"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    running = RunningHub(sqlite_url(tmp_path / "hub.db"))
    yield running
    running.engine.dispose()


@pytest.fixture
def stations(hub: RunningHub, tmp_path: Path) -> Iterator[tuple[Station, Station]]:
    """Two stations that know a librarian and a class corner."""
    Patrons(hub.school.library).appoint(named("Lan"), RoleName.LIBRARIAN, "QĐ 12")
    Patrons(hub.school.library).appoint(named("Lan"), RoleName.PRINCIPAL, "QĐ 1")
    Corners(hub.school.library).begin("Góc lớp 6A", "6A", named("Lan"), [named("An")])
    both = tuple(Station(tmp_path / f"{n}.db", hub, f"Trạm {n}") for n in (1, 2))
    for one in both:
        one.synchronise()
    yield both[0], both[1]
    for one in both:
        one.close()


def test_pin_opens_every_station(hub: RunningHub, stations: tuple[Station, Station]) -> None:
    """Given a PIN set at one station, when both have met the hub, then it opens the other."""
    first, second = stations
    Pins(first.desk.library).set(named("Lan"), PIN, "test")
    for one in (first, second, first):
        one.synchronise()
    pins = Pins(second.desk.library)
    staff = pins.staff(first.known("Lan").card)

    assert staff is not None
    assert (staff.role, staff.has_pin) == (RoleName.LIBRARIAN, True)
    assert pins.check(named("Lan"), PIN) == PinAnswer(True)
    assert pins.check(named("Lan"), "314159") == PinAnswer(False)
    assert not any(differences(hub.engine, first.engine).values())


def test_crate_of_a_station_reaches_the_hub(
    hub: RunningHub, stations: tuple[Station, Station]
) -> None:
    """Given a crate packed at one station and unpacked at the other, then the hub has each copy."""
    first, second = stations
    books = [number("STK", n) for n in (1, 2, 3)]
    corners = Corners(first.desk.library)
    (corner,) = corners.open()
    crate_id = new_id()
    for book in books:
        corners.send(corner.corner_id, "K7M2-4QXD", [book], corners.due(), "GV0012", crate_id)
    first.synchronise()
    second.synchronise()
    there = Corners(second.desk.library)
    back = there.take_back(crate_id, books[:2], "HS1", named("An"))
    second.synchronise()
    first.synchronise()

    assert [line.accession for line in back.missing] == [books[2]]
    with hub.engine.begin() as connection:
        lines = connection.execute(
            select(Copy.accession, CrateCopy.back_at.is_not(None), CrateCopy.handed_in_by)
            .join(Copy, (Copy.school_id == CrateCopy.school_id) & (Copy.id == CrateCopy.copy_id))
            .order_by(Copy.accession)
        ).all()
    assert [tuple(line) for line in lines] == [
        (books[0], True, named("An")),
        (books[1], True, named("An")),
        (books[2], False, None),
    ]
    assert [one.accession for one in corners.awaited(corner.corner_id)] == [books[2]]
    assert not any(differences(hub.engine, first.engine).values())


def test_new_card_works_everywhere(hub: RunningHub, stations: tuple[Station, Station]) -> None:
    """Given a card replaced at one station, when both have met the hub, then both know it."""
    first, second = stations
    old = first.known("An").card
    assert Helping(first.desk).issue_card(named("An"), CardNumber("HS990012"), "GV0012")
    for one in (first, second, first):
        one.synchronise()

    assert isinstance(second.desk.identify(CardNumber("HS990012")), PatronKnown)
    assert isinstance(second.desk.identify(old), Refused)
    assert isinstance(first.desk.identify(old), Refused)


def test_audit_log_is_the_hubs(hub: RunningHub, stations: tuple[Station, Station]) -> None:
    """Given acts at a station, when it has met the hub, then only the hub keeps who did them."""
    first, _ = stations
    helping = Helping(first.desk)
    helping.person(named("An"), "GV0012", "forgot")
    helping.pause(True, "GV0012")
    first.synchronise()

    entries = select(AuditEntry.author, AuditEntry.act, AuditEntry.detail)
    with hub.engine.begin() as connection:
        kept = connection.execute(entries.order_by(AuditEntry.made_at, AuditEntry.id)).all()
    with first.engine.begin() as connection:
        here = connection.execute(entries).all()
    assert [tuple(one) for one in kept] == [
        ("GV0012", "reader-looked-up", "forgot"),
        ("GV0012", "lending-paused", ""),
    ]
    assert here == []
    assert helping.is_paused()
