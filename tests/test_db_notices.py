"""The notice board: house rules, hours, new titles, themes; at a hub and at its station."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from db import rulebook
from db.calendar import Slot
from db.defaults import HOUSE_RULES
from db.engine import sqlite_url
from db.library import Library
from db.models import Copy, Edition, EditionTag
from db.notice_board import NoticeBoard
from db.notices import MOST_HOUSE_RULES, Board, Theme, TooMany, usual_themes
from db.register import Intake, Register
from db.states import CopyState, DocumentType, SlotUse
from db.text import TooLong
from tests.hub_and_stations import RunningHub, Station
from tests.postgres import PostgresServer
from tests.small_school import MORNING, YEAR, named, number

MEN = "Dế Mèn phiêu lưu ký"
TODAY = MORNING.date()


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


def board(hub: RunningHub) -> NoticeBoard:
    return NoticeBoard(hub.school.library)


def shown(library: Library) -> Board:
    found = NoticeBoard(library).board()
    assert found is not None
    return found


def came(hub: RunningHub, title: str, days_ago: int) -> None:
    hub.school.change(Edition, named(title), entered_at=MORNING - timedelta(days=days_ago))


def test_edited_rules_are_at_the_station(hub: RunningHub, station: Station) -> None:
    """S12: Given rules edited at the desk, when the station hears, then it shows them at once."""
    nothing = NoticeBoard(station.desk.library).board()
    station.synchronise()
    before = shown(station.desk.library).house_rules
    kept = board(hub).set_house_rules(["  Giữ  sách sạch. ", "", "Trả đúng hạn."])
    board(hub).set_messages(["Thứ sáu thư viện nghỉ lúc 15 giờ."])
    station.synchronise()
    after = shown(station.desk.library)

    assert nothing is None
    assert before == HOUSE_RULES
    assert kept == after.house_rules == ("Giữ sách sạch.", "Trả đúng hạn.")
    assert after.messages == ("Thứ sáu thư viện nghỉ lúc 15 giờ.",)


def test_no_more_than_eight_points(hub: RunningHub) -> None:
    """Given too many points or one too long, then it says so and the rules stay as they are."""
    nine = board(hub).set_house_rules(["Giữ sách sạch."] * 9)
    long = board(hub).set_house_rules(["a" * 121])

    assert (nine, long) == (TooMany(9, MOST_HOUSE_RULES), TooLong(121, 120))
    assert shown(hub.school.library).house_rules == HOUSE_RULES
    assert len(HOUSE_RULES) <= MOST_HOUSE_RULES


def test_title_received_today_is_new_today(hub: RunningHub, station: Station) -> None:
    """S16: Given a title received today, then the station shows it today and for sixty days."""
    came(hub, MEN, 61)
    came(hub, "Bồi dưỡng Toán 6", 60)
    new = {"id": named("mới"), "title": "Tâm hồn cao thượng", "kho": "STN", "entered_at": MORNING}
    with hub.engine.begin() as connection:
        connection.execute(insert(Edition).values(school_id=1, **new))
    before = [title.title for title in shown(hub.school.library).new_titles]
    Register(hub.school.library).take_in(Intake(named("mới"), "STN", 2))
    station.synchronise()
    after = shown(station.desk.library).new_titles

    assert before == ["Bồi dưỡng Toán 6"]
    assert [title.title for title in after] == ["Tâm hồn cao thượng", "Bồi dưỡng Toán 6"]
    assert [(title.since, title.is_ready) for title in after] == [
        (TODAY, False), (TODAY - timedelta(days=60), True),
    ]  # fmt: skip


def test_new_titles_are_for_readers(hub: RunningHub) -> None:
    """Given new textbooks and a title that is gone, then neither is shown; a link is."""
    for name in (MEN, "Toán 6", "Toán 6, sách giáo viên"):
        came(hub, name, 1)
    with hub.engine.begin() as connection:
        connection.execute(update(Copy).where(Copy.kho == "STN").values(state=CopyState.WITHDRAWN))
        link = {"document_type": DocumentType.E_RESOURCE, "entered_at": MORNING}
        connection.execute(
            insert(Edition).values(school_id=1, id=named("bài"), title="Bài giảng số", **link)
        )
    (title,) = shown(hub.school.library).new_titles

    assert (title.title, title.kho, title.is_ready) == ("Bài giảng số", "", True)


def test_lent_title_is_shown_as_lent(hub: RunningHub) -> None:
    """Given a new title whose copies are all lent, then it is shown, and not as ready."""
    came(hub, MEN, 1)
    hub.school.change(Copy, named(number("STN", 1)), shelf="G2")
    before = shown(hub.school.library).new_titles
    for position, name in enumerate(("An", "Bình", "Chi", "Dũng"), start=1):
        hub.school.desk.check_out(hub.school.known(name), number("STN", position))
    after = shown(hub.school.library).new_titles

    assert [(title.shelf, title.is_ready) for title in (*before, *after)] == [
        ("G2", True), ("G2", False),
    ]  # fmt: skip


def test_theme_comes_and_goes_by_itself(hub: RunningHub, station: Station) -> None:
    """S63: Given a theme with days, then its titles are shown on these days and no others."""
    with hub.engine.begin() as connection:
        tag = {"tag": "Tủ sách Bác Hồ", "edition_id": named(MEN)}
        connection.execute(insert(EditionTag).values(school_id=1, **tag))
    theme = Theme("Tủ sách Bác Hồ", TODAY + timedelta(days=1), TODAY + timedelta(days=3))
    board(hub).show_theme(theme)
    station.synchronise()
    seen = []
    for _ in range(5):
        shelves = shown(station.desk.library).themes
        seen.append([(one.theme, [title.title for title in one.titles]) for one in shelves])
        station.clock.advance(timedelta(days=1))

    there = [(theme, [MEN])]
    assert seen == [[], there, there, there, []]


def test_theme_is_moved_and_dropped(hub: RunningHub, station: Station) -> None:
    """Given a theme at the station, when it is corrected and dropped, then there too."""
    at_station = NoticeBoard(station.desk.library)
    board(hub).show_theme(Theme("Sách mới", TODAY, TODAY))
    longer = Theme("Sách mới", TODAY, TODAY + timedelta(days=7))
    board(hub).show_theme(longer)
    station.synchronise()
    corrected = at_station.themes()
    board(hub).drop_theme(longer)
    station.synchronise()

    assert (corrected, at_station.themes()) == ((longer,), ())
    with pytest.raises(ValueError, match="ends before"):
        Theme("Sách mới", TODAY, TODAY - timedelta(days=1))


def test_usual_themes_are_entered_once(hub: RunningHub) -> None:
    """Given the usual themes of a year, one moved, when entered again, then it stays moved."""
    board(hub).begin_themes(YEAR)
    first = board(hub).themes()
    (teachers,) = (one for one in first if "20/11" in one.name)
    board(hub).drop_theme(teachers)
    moved = Theme(teachers.name, date(2026, 11, 9), teachers.ends_on)
    board(hub).show_theme(moved)
    board(hub).begin_themes(YEAR)

    assert sorted(first, key=str) == sorted(usual_themes(YEAR), key=str)
    assert set(board(hub).themes()) == {*first} - {teachers} | {moved}
    assert all(date(2026, 8, 25) <= theme.begins_on < date(2027, 6, 1) for theme in first)


def test_opening_says_when_and_why(hub: RunningHub) -> None:
    """S15: Given lending and reading times, then the board says what runs and what comes next."""
    tuesday = TODAY.weekday()
    slots = [
        Slot(tuesday, time(8, 35), time(8, 55), SlotUse.LENDING),
        Slot(tuesday, time(8, 35), time(10, 30), SlotUse.READING),
        Slot(tuesday, time(14), time(15), SlotUse.LENDING, "6A"),
    ]
    with hub.engine.begin() as connection:
        rulebook.set_slots(connection, 1, slots)
    now = board(hub).opening()
    hub.school.set_clock(TODAY, 9, 30)
    reading = board(hub).opening()
    hub.school.set_clock(TODAY, 12)
    noon = board(hub).opening()

    next_week = datetime.combine(TODAY + timedelta(days=7), time(8, 35), MORNING.tzinfo)
    assert now.today == tuple(slots)
    assert (now.is_open, now.is_lending, now.until) == (True, True, time(10, 30))
    assert (reading.is_open, reading.is_lending, reading.until) == (True, False, time(10, 30))
    assert (noon.is_open, noon.until, noon.lends_again) == (False, None, next_week)


def test_holiday_has_its_name(hub: RunningHub, station: Station) -> None:
    """Given a public holiday, then the station says which, and when lending begins again."""
    station.synchronise()
    station.clock.advance(datetime(2026, 11, 24, 9, tzinfo=MORNING.tzinfo) - station.clock.now())
    closed = NoticeBoard(station.desk.library).opening()

    assert (closed.is_open, closed.is_lending, closed.today) == (False, False, ())
    assert closed.closed_for == "Ngày Văn hóa Việt Nam"
    assert closed.lends_again is not None
    assert closed.lends_again.date() == date(2026, 11, 25)
