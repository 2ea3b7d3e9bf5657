"""The library's team: two of each class, the duty rota, the list on paper (S57)."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.engine import sqlite_url
from db.models import AuditEntry, DutyRota, Patron, TeamMember
from db.privacy import erase, reader_record
from db.states import DeskRole, DutyTurn
from db.team import Member, TeamRefusal, Teams, rota
from tests.demo_school import DemoSchool
from tests.desk_school import DeskSchool, sent, words
from tests.small_school import YEAR, SmallSchool, named

HERE = "/cong-tac-vien"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SmallSchool]:
    school = SmallSchool(sqlite_url(tmp_path / "records.db"), is_station=False)
    yield school
    school.close()


def test_two_of_each_class_are_recorded(school: DeskSchool) -> None:
    """S57: given the classes, when pupils join with a decision, then two of 6A are enough."""
    librarian = school.client()
    sent(librarian, f"{HERE}/quyet-dinh", decision="45/QĐ-THCS", decided_on="15/9/2026")
    for name in ("An", "Bình"):
        sent(librarian, f"{HERE}/them", homeroom="6A", patron=str(named(name)), office="")
    told = sent(
        librarian, f"{HERE}/them", homeroom="", patron=str(named("Lan")), office="Tổ trưởng"
    )

    assert "Quyết định số 45/QĐ-THCS ngày 15/09/2026 · 2 học sinh, 1 giáo viên" in told
    assert "Nguyễn Văn Lan Tổ trưởng" in told
    assert "7B Chưa có ai Thiếu 2" in told
    assert "Bình Bỏ Đủ" in told
    again = librarian.submit(f"{HERE}/them", homeroom="6A", patron=str(named("Chi")))
    assert again.status_code == 422
    assert school.count(TeamMember) == 3
    assert school.rows(AuditEntry)[-1].act == "team-joined"


def test_team_of_a_year_is_its_own(records: SmallSchool) -> None:
    """S57: given a member, when taken in twice, for another year, let go, then a year each."""
    teams, an = Teams(records.library), named("An")

    assert teams.take_in(YEAR.name, an) is None
    assert teams.take_in(YEAR.name, an) is TeamRefusal.ALREADY_IN
    assert teams.take_in("2027-2028", an) is None
    assert teams.take_in(YEAR.name, uuid4()) is TeamRefusal.NOT_HERE
    assert teams.let_go(YEAR.name, an) is None
    assert teams.let_go(YEAR.name, an) is TeamRefusal.NOT_IN
    assert teams.team(YEAR.name).members == ()
    assert [one.homeroom for one in teams.team("2027-2028").members] == ["6A"]


def test_two_of_twelve_classes_are_twenty_four(tmp_path: Path) -> None:
    """S57: given the demo's 12 classes, when two of each join, then the team is of 24 pupils."""
    school = DemoSchool(tmp_path / "demo.db")
    with school.engine.begin() as connection:
        asked = select(Patron.id, Patron.homeroom).where(Patron.homeroom != "").order_by(Patron.id)
        pupils = connection.execute(asked).all()
    teams, rooms = Teams(school.desk.library), {pupil.homeroom for pupil in pupils}
    for room in rooms:
        for pupil in [one for one in pupils if one.homeroom == room][:2]:
            assert teams.take_in(YEAR.name, pupil.id) is None
    team = teams.team(YEAR.name)
    school.engine.dispose()

    assert (len(rooms), len(team.pupils)) == (12, 24)
    assert {len(team.of_class(room)) for room in rooms} == {2}


def test_rota_is_drawn_up_and_printed(school: DeskSchool) -> None:
    """S57: given members, when the rota is drawn up, then every open day has somebody, on paper."""
    librarian = school.client()
    for name, room in (("An", "6A"), ("Bình", "6A"), ("Chi", "7B")):
        sent(librarian, f"{HERE}/them", homeroom=room, patron=str(named(name)), office="")
    assert "chọn ít nhất một buổi" in sent(librarian, f"{HERE}/lich-truc", 422)
    sent(librarian, f"{HERE}/lich-truc", turn="morning-break")
    duties = school.rows(DutyRota)
    assert {duty.weekday for duty in duties} == set(range(6))
    one = duties[0]
    gone = f"{one.weekday} {one.turn} {one.patron_id}"
    assert "Đã bỏ buổi trực." in sent(librarian, f"{HERE}/lich-truc/bo", duty=gone)
    told = {"member": str(named("An")), "weekday": "5", "turn": "noon"}
    assert "Cuối buổi sáng" in sent(librarian, f"{HERE}/lich-truc/them", **told)
    assert school.count(DutyRota) == len(duties)

    pdf = pypdf.PdfReader(io.BytesIO(librarian.get(f"{HERE}?tai=pdf").content))
    paper = pdf.pages[0].extract_text()
    assert "Lịch trực thư viện" in paper
    assert "Nguyễn Văn Chi (7B)" in " ".join(paper.split())


def test_management_sees_and_changes_nothing(school: DeskSchool) -> None:
    """S57: given the principal, when the team is opened, then shown; helpers and teachers not."""
    principal = school.client(DeskRole.PRINCIPAL)

    assert "Mỗi lớp hai bạn" in words(principal.page(HERE))
    assert principal.submit(f"{HERE}/them").status_code == 403
    assert school.client(DeskRole.TEACHER).get(HERE).status_code == 403
    assert school.client(DeskRole.COLLABORATOR).get(HERE).status_code == 403


def test_team_forgets_an_erased_reader(records: SmallSchool) -> None:
    """Given a member on duty, when their data is asked for and erased, then told, and gone."""
    teams = Teams(records.library)
    for name in ("An", "Bình"):
        teams.take_in(YEAR.name, named(name))
    teams.draw_up(YEAR.name, [0], [DutyTurn.NOON])
    with records.engine.begin() as connection:
        told = reader_record(connection, 1, named("An"), records.clock.now(), "hoa")
        erase(connection, 1, named("An"), records.clock.now(), "hoa")

    assert (told["library_team"], told["on_duty"]) == ([YEAR.name], 1)
    assert [row.patron_id for row in records.rows(TeamMember)] == [named("Bình")]
    assert [row.patron_id for row in records.rows(DutyRota)] == [named("Bình")]


members = st.lists(st.sampled_from(["6A", "6B", "7A", "8A", "9B"]), max_size=12).map(
    lambda rooms: [Member(named(f"{n}"), f"Bạn {n}", room, "") for n, room in enumerate(rooms)]
)


@settings(max_examples=60, deadline=None)
@given(members, st.sets(st.integers(0, 5)), st.sets(st.sampled_from(DutyTurn)))
def test_rota_is_fair(team: list[Member], days: set[int], turns: set[DutyTurn]) -> None:
    """Given any team and times, when drawn up, then all serve, all times are kept, and evenly."""
    duties = list(rota(team, sorted(days), sorted(turns)))
    served = Counter(duty.patron_id for duty in duties)
    kept = {(duty.weekday, duty.turn) for duty in duties}

    if not (team and days and turns):
        assert duties == []
        return
    assert served.keys() == {one.patron_id for one in team}
    assert kept == {(day, turn) for day in days for turn in turns}
    assert max(served.values()) - min(served.values()) <= 1
    assert len(set(duties)) == len(duties)
