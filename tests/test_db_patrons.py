"""People over the years: cards, priority, roles, promotion (domain specification 2.5, 3, 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from db import rulebook
from db.clock import SCHOOL_ZONE, SettableClock
from db.demo import fill_demo_school
from db.engine import open_engine, sqlite_url
from db.identifiers import CardNumber
from db.library import Library
from db.models import (
    HUB_ONLY,
    AuditEntry,
    Base,
    Card,
    Enrolment,
    Homeroom,
    Patron,
    PriorityFlag,
)
from db.outcomes import PatronKnown, Refusal, Refused, Returned
from db.patrons import Elsewhere, HomeroomCode, Patrons, code_digest, read_homeroom
from db.states import EnrolmentEnd, PatronStatus, RoleName
from db.sync.told import BY_NAME
from tests.small_school import NEXT_YEAR, SmallSchool, card_of, named, number


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


@pytest.fixture
def patrons(school: SmallSchool) -> Patrons:
    return Patrons(school.library)


def test_new_card_revokes_the_old(school: SmallSchool, patrons: Patrons) -> None:
    """Given a lost card, when another is given, then the old one says so and nobody forgets it."""
    patrons.issue_card(named("An"), CardNumber("HS777777"), "thủ thư")
    old = school.desk.identify(card_of("An"))
    new = school.desk.identify(CardNumber("HS777777"))

    assert old == Refused(Refusal.CARD_REVOKED, card_of("An"))
    assert isinstance(new, PatronKnown)
    assert school.desk.look_up(named("An")).card == "HS777777"
    assert len(school.rows(Card, patron_id=named("An"))) == 2


def test_lost_card_is_revoked_once(school: SmallSchool, patrons: Patrons) -> None:
    """Given a card, when revoked twice, then the second time is no news, and one is logged."""
    assert patrons.revoke_card(card_of("An"), "thủ thư")
    assert not patrons.revoke_card(card_of("An"), "thủ thư")
    assert school.desk.look_up(named("An")).card == ""
    assert [entry.act for entry in school.rows(AuditEntry)] == ["card-revoked"]


def test_priority_is_hidden_and_logged(school: SmallSchool, patrons: Patrons) -> None:
    """Given the priority flag, when set and cleared, then both are kept, at the hub only (S03)."""
    patrons.set_priority(named("An"), "thủ thư")
    patrons.set_priority(named("An"), "thủ thư")
    was = patrons.has_priority(named("An"))
    patrons.clear_priority(named("An"), "hiệu trưởng")
    (flag,) = school.rows(PriorityFlag)

    assert was
    assert not patrons.has_priority(named("An"))
    assert (flag.set_by, flag.cleared_by) == ("thủ thư", "hiệu trưởng")
    assert PriorityFlag.__tablename__ in HUB_ONLY
    assert [entry.act for entry in school.rows(AuditEntry)] == ["priority-set", "priority-cleared"]


def test_kiosk_tables_hold_no_category_of_hardship() -> None:
    """Given all tables, then none has ethnicity, poverty, birth or an identity number (S03)."""
    words = ("ethnic", "poor", "poverty", "birth", "address", "phone", "parent", "national")
    columns = {f"{t.name}.{c.name}" for t in Base.metadata.sorted_tables for c in t.columns}

    assert not [name for name in columns if any(word in name for word in words)]


def test_what_is_the_hubs_is_told_to_no_kiosk() -> None:
    """Given all tables, then those of the hub say so, are listed, and none of them is told."""
    tables = [mapper.class_ for mapper in Base.registry.mappers]
    of_hub = {one.__tablename__ for one in tables if "hub only)" in (one.__doc__ or "")}

    assert of_hub == HUB_ONLY
    assert not of_hub & BY_NAME.keys()


def test_roles_hold_for_their_time(school: SmallSchool, patrons: Patrons) -> None:
    """Given a collaborator until May, when June comes, then they are none any more (S57)."""
    until = date(2027, 5, 31)
    patrons.appoint(named("An"), RoleName.COLLABORATOR, "QĐ 12, 15/9/2026", until)
    now = patrons.roles(named("An"))
    school.set_clock(date(2027, 6, 1))

    assert now == {RoleName.COLLABORATOR}
    assert patrons.roles(named("An")) == frozenset()


def test_leavers_debts_come_first(school: SmallSchool, patrons: Patrons) -> None:
    """Given a grade-9 pupil with a book, when promotion is planned, then that is listed first."""
    school.desk.check_out(school.known("Dũng"), number("STK"))
    plan = patrons.owed_by_leavers()

    assert [(owed.accession, owed.homeroom) for owed in plan.owed] == [(number("STK"), "9A")]
    assert (plan.promoted, plan.repeating, plan.left) == (3, 0, 1)
    assert school.known("Dũng").homeroom == "9A"


def test_leaver_can_only_bring_back(school: SmallSchool, patrons: Patrons) -> None:
    """Given a pupil who left with a book, then their card is revoked and the book comes back."""
    school.desk.check_out(school.known("Dũng"), number("STK"))
    patrons.promote(NEXT_YEAR, "thủ thư")
    card = school.desk.identify(card_of("Dũng"))
    back = school.desk.check_in(number("STK"))

    assert card == Refused(Refusal.CARD_REVOKED, card_of("Dũng"))
    assert isinstance(back, Returned)
    assert back.was_on_loan


def test_exceptions_to_promotion(school: SmallSchool, patrons: Patrons) -> None:
    """Given one who repeats, one who moves and one who goes, then each is there; twice is once."""
    exceptions = {
        named("An"): Elsewhere("6A"),
        named("Bình"): Elsewhere("7C"),
        named("Chi"): Elsewhere(None),
    }
    told = patrons.promote(NEXT_YEAR, "thủ thư", exceptions)
    again = patrons.promote(NEXT_YEAR, "thủ thư")
    people = {row.id: row for row in school.rows(Patron)}
    ends = {row.patron_id: row.ended for row in school.rows(Enrolment) if row.ended}

    assert (told.promoted, told.repeating, told.left) == (1, 1, 2)
    assert (again.promoted, again.repeating, again.left) == (0, 0, 0)
    assert [people[named(who)].homeroom for who in ("An", "Bình")] == ["6A", "7C"]
    assert people[named("Chi")].status is PatronStatus.LEFT
    assert ends == {
        named("An"): EnrolmentEnd.REPEATED,
        named("Bình"): EnrolmentEnd.MOVED,
        named("Chi"): EnrolmentEnd.TRANSFERRED,
        named("Dũng"): EnrolmentEnd.GRADUATED,
    }
    assert {row.name for row in school.rows(Homeroom, school_year=NEXT_YEAR.name)} == {"6A", "7C"}


def test_demo_school_moves_up_a_grade(tmp_path: Path) -> None:
    """Given the demo school, when promoted, then 0, 157, 139 and 120 pupils, and 100 leavers."""
    engine = open_engine(sqlite_url(tmp_path / "demo.db"))
    now = datetime(2027, 6, 1, 8, 0, tzinfo=SCHOOL_ZONE)
    fill_demo_school(engine, 1, now)
    with engine.begin() as connection:
        rulebook.set_school_year(connection, 1, NEXT_YEAR)
    told = Patrons(Library(engine, 1, SettableClock(now))).promote(NEXT_YEAR, "thủ thư")
    active = select(Patron.grade, func.count()).where(
        Patron.status == PatronStatus.ACTIVE, Patron.grade.is_not(None)
    )
    with engine.begin() as connection:
        grades = Counter(dict(connection.execute(active.group_by(Patron.grade)).all()))
        rooms = connection.execute(
            select(func.count()).select_from(Homeroom).where(Homeroom.school_year == NEXT_YEAR.name)
        ).scalar_one()
    engine.dispose()

    assert [grades[grade] for grade in (6, 7, 8, 9)] == [0, 157, 139, 120]
    assert (told.left, rooms) == (100, 10)
    assert told.owed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6A", HomeroomCode(6, "A")),
        ("6A1", HomeroomCode(6, "A1")),
        ("6/1", HomeroomCode(6, "1")),
        ("7.12", HomeroomCode(7, "12")),
        ("Lớp 6A", HomeroomCode(6, "A")),
        ("6 a", HomeroomCode(6, "A")),
        ("9Đ", HomeroomCode(9, "Đ")),
        ("5A", None),
        ("10A", None),
        ("", None),
    ],
)
def test_class_codes(text: str, code: HomeroomCode | None) -> None:
    """Given a class as schools write it, then grade and section are understood, or it is none."""
    assert read_homeroom(text) == code


@given(st.text(max_size=12))
def test_class_codes_never_raise(text: str) -> None:
    """Given anything typed, then a class code is read or not, without a fault."""
    found = read_homeroom(text)

    assert found is None or found.grade in range(6, 10)


def test_codes_are_kept_as_keyed_hashes() -> None:
    """Given a ministry code, then its hash depends on the school's key and tells nothing."""
    one, other = code_digest(b"key", "0123456789"), code_digest(b"another", "0123456789")

    assert one == code_digest(b"key", "0123456789")
    assert one != other
    assert b"0123456789" not in one
