"""Stations filled from the hub and kept current, on both kinds of hub, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from db import outbox, rulebook
from db.engine import sqlite_url
from db.folding import Fold
from db.ids import new_id
from db.models import ClosedDay, Copy, Loan, LossCase, Patron, PatronDetail, School
from db.outcomes import CheckedOut, Refusal, Refused
from db.states import CaseKind, CopyState, PatronStatus, WishState
from db.sync.messages import TitleWished
from db.sync.mirror import place
from db.wishes import Wishes
from tests.hub_and_stations import RunningHub, Station, differences, rows_told
from tests.postgres import PostgresServer
from tests.small_school import MORNING, STUDENT, card_of, named, number


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningHub]:
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "hub.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_records()
    made = RunningHub(url)
    yield made
    made.school.close()


@pytest.fixture
def station(hub: RunningHub, tmp_path: Path) -> Iterator[Station]:
    made = Station(tmp_path / "kiosk.db", hub, "Trạm 1")
    yield made
    made.close()


def test_empty_station_is_filled(hub: RunningHub, station: Station) -> None:
    """Given an empty station, when it meets the hub, then it lends by the hub's records."""
    station.synchronise()
    lent = station.desk.check_out(station.known("An"), number("STK"), new_id())

    assert differences(hub.engine, station.engine) == {"loan": _loans(station)}
    assert isinstance(lent, CheckedOut)
    station.synchronise()
    assert differences(hub.engine, station.engine) == {}
    assert [row.id for row in hub.school.rows(Loan)] == [lent.loan_id]


def test_edits_at_the_hub_reach_the_station(hub: RunningHub, station: Station) -> None:
    """Given a filled station, when anything is edited at the hub, then only that is told."""
    station.synchronise()
    with hub.engine.begin() as connection:
        lost = update(Copy).where(Copy.accession == number("STK"))
        connection.execute(lost.values(state=CopyState.LOST))
        connection.execute(delete(ClosedDay).where(ClosedDay.day == date(2027, 1, 1)))
    before = place(station.engine).cursor
    station.synchronise()

    assert differences(hub.engine, station.engine) == {}
    assert place(station.engine).cursor == before + 2


def test_new_rules_hold_at_once(hub: RunningHub, station: Station) -> None:
    """Given a station with rules in memory, when the hub pauses lending, then it pauses too."""
    station.synchronise()
    station.desk.check_out(station.known("An"), number("STK"))
    with hub.engine.begin() as connection:
        rulebook.choose(connection, 1, lending_paused=True)
    station.synchronise()
    refused = station.desk.check_out(station.known("An"), number("STK", 2))

    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.LENDING_PAUSED


def test_name_of_who_left_goes(hub: RunningHub, station: Station) -> None:
    """Given a pupil who leaves, when the station hears, then it has no name, and says no."""
    station.synchronise()
    hub.school.change(Patron, named("An"), status=PatronStatus.LEFT)
    station.synchronise()
    with station.engine.begin() as connection:
        left = select(Patron.name, Patron.homeroom).where(Patron.id == named("An"))
        kept = connection.execute(left).one()
    refused = station.desk.identify(card_of("An"))

    assert tuple(kept) == ("", "")
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.CARD_REVOKED


def test_what_a_station_must_not_know_stays(hub: RunningHub, station: Station) -> None:
    """Given a pupil's details at the hub, when the station is filled, then it has none of them."""
    detail = {"school_id": 1, "patron_id": named("An"), "female": True}
    case = {"id": new_id(), "kind": CaseKind.LOST, "opened_at": MORNING, "note": "nhà An bị lụt"}
    with hub.engine.begin() as connection:
        copy_id = connection.execute(select(Copy.id).limit(1)).scalar_one()
        connection.execute(insert(LossCase), [{"school_id": 1, "copy_id": copy_id, **case}])
        connection.execute(insert(PatronDetail), [detail])
        connection.execute(update(Copy).values(price_vnd=15_000))
    station.synchronise()
    with station.engine.begin() as connection:
        prices = connection.execute(select(Copy.price_vnd).distinct()).scalars().all()
        details = connection.execute(select(PatronDetail.patron_id)).all()
        notes = connection.execute(select(LossCase.note)).scalars().all()

    assert (prices, details, notes) == ([None], [], [""])


def test_full_pull_in_small_pages_sweeps(
    hub: RunningHub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a station full of strays, when pulled in pages of seven, then it is as the hub is."""
    monkeypatch.setattr("admin.feed.page.__defaults__", (7,))
    stray = {"school_id": 1, "id": new_id(), "name": "Không ai cả", "category": STUDENT}
    with station.engine.begin() as connection:
        connection.execute(insert(School), [{"id": 1, "name": "", "open_weekdays": ""}])
        connection.execute(insert(Patron), [stray])
    station.synchronise()

    assert differences(hub.engine, station.engine) == {}


def test_own_acts_hold_over_an_older_word(hub: RunningHub, station: Station) -> None:
    """Given a loan the hub cannot know yet, when its copy is told anew, then it is still lent."""
    station.synchronise()
    lent = station.desk.check_out(station.known("An"), number("STK"))
    assert isinstance(lent, CheckedOut)
    hub.school.change(Copy, named(number("STK")), shelf="G3")
    hub_connection = station.connect()
    station.mirror.take(
        hub_connection.changes(new_id(), place(station.engine))  # what a page before the push says
    )
    hub_connection.close()
    refused = station.desk.check_out(station.known("Bình"), number("STK"))

    assert isinstance(refused, Refused)
    station.synchronise()
    assert differences(hub.engine, station.engine) == {}


@pytest.mark.parametrize("payload", ['{"type": "copy-lent"}', "{not json"])
def test_damaged_event_does_not_stop_a_page(
    hub: RunningHub, station: Station, payload: str
) -> None:
    """Given an unsent event whose bytes have changed, when a page is taken, then it is taken."""
    station.synchronise()
    assert isinstance(station.desk.check_out(station.known("An"), number("STK")), CheckedOut)
    with station.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox_event SET payload = ?", (payload,))
    hub.school.change(Copy, named(number("STK")), shelf="G3")
    hub_connection = station.connect()
    station.mirror.take(hub_connection.changes(new_id(), place(station.engine)))
    hub_connection.close()
    with station.engine.begin() as connection:
        shelves = connection.execute(select(Copy.shelf).where(Copy.accession == number("STK")))
        assert shelves.scalar_one() == "G3"


def test_restarted_hub_goes_on(hub: RunningHub, station: Station) -> None:
    """Given a hub that restarts, when the station asks again, then only what is new is told."""
    station.synchronise()
    before = place(station.engine)
    hub.restart()
    hub.school.change(Patron, named("An"), blocked=True)
    station.synchronise()
    after = place(station.engine)

    assert after.timeline != before.timeline
    assert after.cursor == before.cursor + 1
    assert differences(hub.engine, station.engine) == {}


def test_wish_at_the_station_is_moderated_at_the_hub(
    hub: RunningHub, station: Station, tmp_path: Path
) -> None:
    """S80: Given one title wished for at two stations apart, then the hub counts both readers."""
    other = Station(tmp_path / "other.db", hub, "Trạm 2")
    station.synchronise()
    other.synchronise()
    for one, name, title in (
        (station, "An", "Đất rừng phương Nam"),
        (other, "Chi", "dat rung phuong nam"),
        (other, "An", "ĐẤT RỪNG PHƯƠNG NAM"),
    ):
        Wishes(one.desk.library).make(named(name), title)
    station.synchronise()
    other.synchronise()
    desk = Wishes(hub.school.library)
    (wish,) = desk.listed()
    unseen = [Wishes(one.desk.library).listed() for one in (station, other)]
    desk.decide(wish.wish_id, WishState.LISTED, "thủ thư", "Đất rừng phương Nam, Đoàn Giỏi")
    station.synchronise()
    other.synchronise()
    seen = [Wishes(one.desk.library).listed(WishState.LISTED) for one in (station, other)]
    apart = [differences(hub.engine, one.engine) for one in (station, other)]
    other.close()

    assert (wish.title, wish.state, wish.votes) == ("Đất rừng phương Nam", WishState.NEW, 2)
    assert unseen == [(), ()]
    assert [[line.title for line in lines] for lines in seen] == [
        ["Đất rừng phương Nam, Đoàn Giỏi"]
    ] * 2
    assert apart == [{}, {}]


def test_repeated_wish_counts_once(hub: RunningHub, station: Station) -> None:
    """Given a wish whose event the hub takes twice, or made twice, then it has one vote."""
    station.synchronise()
    for _ in range(2):
        Wishes(station.desk.library).make(named("An"), "Tắt đèn")
    (event,) = outbox.next_batch(station.engine).events
    station.synchronise()
    fact = TitleWished.model_validate(event.payload)
    with hub.engine.begin() as connection:
        again = [Fold(connection, 1).enter(fact) for _ in range(2)]
        stranger = Fold(connection, 1).enter(fact.model_copy(update={"patron_id": new_id()}))
    (wish,) = Wishes(hub.school.library).listed()

    assert (again, stranger) == ([True, True], False)
    assert wish.votes == 1


def _loans(station: Station) -> set[tuple[object, ...]]:
    with station.engine.begin() as connection:
        return rows_told(connection, "loan")
