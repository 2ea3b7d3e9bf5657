"""A teacher at the desk: what they have, books for a lesson, who of their class is late (S39)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from db.ids import new_id
from db.models import Account, AuditEntry, LessonRequest
from db.privacy import erase
from db.states import DeskRole
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import named, number

ASKED = {"needed_on": "16/11/2026", "lesson": "Ngữ văn 6A, tiết 3", "wanted": "Dế Mèn, 4 bản"}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


def test_teacher_sees_own_loans_only(school: DeskSchool) -> None:
    """Given a teacher's and a pupil's loan, when her page opens, then hers alone is there."""
    school.desk.check_out(school.known("Lan"), number("SGV"), new_id())
    school.desk.check_out(school.known("An"), number("STN"), new_id())
    teacher = _teacher(school)

    page = words(teacher.page("/cua-toi"))
    assert "SGV.00001" in page
    assert "STN.00001" not in page
    assert "Nguyễn Văn An" not in page
    assert teacher.get("/").headers["Location"] == "/cua-toi"
    assert "chưa gắn với thẻ" in school.client(DeskRole.TEACHER).get("/cua-toi").text


def test_request_for_a_lesson_reaches_the_desk(school: DeskSchool) -> None:
    """Given a teacher's request, when answered at the desk, then she reads it; day and all kept."""
    teacher, librarian = _teacher(school), school.client()
    assert "Đã gửi thủ thư." in sent(teacher, "/cua-toi", **ASKED)
    assert "yêu cầu sách cho tiết dạy" in words(librarian.page("/"))
    told = words(librarian.page("/tiet-day"))
    assert "Thứ Hai, 16/11: Ngữ văn 6A, tiết 3" in told
    assert "Nguyễn Văn Lan" in told
    (row,) = school.rows(LessonRequest)
    sent(librarian, f"/tiet-day/{row.id}", answer="Để ở giá 3")

    assert "Để ở giá 3" in words(teacher.page("/cua-toi"))
    assert "đã được trả lời" in sent(teacher, f"/cua-toi/{row.id}/rut")
    assert school.count(LessonRequest) == 1
    acts = [entry.act for entry in school.rows(AuditEntry)]
    assert acts[-2:] == ["lesson-requested", "lesson-answered"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"needed_on": "01/11/2026"}, "Chọn từ hôm nay"),
        ({"needed_on": "mai"}, "Ngày chưa đúng"),
        ({"wanted": ""}, "Chưa điền ô này."),
        ({"lesson": "x" * 101}, "Dài quá"),
    ],
)
def test_poor_request_is_told_and_kept(
    school: DeskSchool, change: dict[str, str], sentence: str
) -> None:
    """Given a request with something wrong, when sent, then told, and what was typed stays."""
    answer = _teacher(school).submit("/cua-toi", **{**ASKED, **change})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert [typed for typed in {**ASKED, **change}.values() if typed not in answer.text] == []
    assert school.count(LessonRequest) == 0


def test_request_of_another_is_nobodys_to_withdraw(school: DeskSchool) -> None:
    """Given two teachers, when one withdraws the other's request, then it stays; her own goes."""
    lan, minh = _teacher(school), _teacher(school, "Minh")
    sent(lan, "/cua-toi", **ASKED)
    (row,) = school.rows(LessonRequest)
    sent(minh, f"/cua-toi/{row.id}/rut")
    assert school.count(LessonRequest) == 1
    sent(lan, f"/cua-toi/{row.id}/rut")

    assert school.count(LessonRequest) == 0


def test_form_teacher_sees_who_of_her_class_is_late(school: DeskSchool) -> None:
    """Given late pupils of two classes, when their form teachers look, then own class, no title."""
    for name, copy in (("An", 1), ("Chi", 2)):
        school.desk.check_out(school.known(name), number("STN", copy), new_id())
    sent(school.client(), "/ban-doc/chu-nhiem", **_form_teachers("6A", named("Lan")))
    school.set_clock(date(2026, 12, 20))
    page = words(_teacher(school).page("/cua-toi"))

    assert "Quá hạn ở lớp 6A" in page
    assert "Nguyễn Văn An 6A 1" in page
    assert "Chi" not in page
    assert "Dế Mèn" not in page
    assert "Quá hạn ở lớp" not in words(_teacher(school, "Minh").page("/cua-toi"))


def test_requests_go_with_their_teacher(school: DeskSchool) -> None:
    """Given a teacher with a request, when erased, then nothing of it is left."""
    sent(_teacher(school), "/cua-toi", **ASKED)
    with school.engine.begin() as connection:
        erase(connection, 1, named("Lan"), school.clock.now(), "test")

    assert school.count(LessonRequest) == 0


def _form_teachers(room: str, teacher: UUID) -> dict[str, str]:
    return {f"lop-{one}": str(teacher) if one == room else "" for one in ("6A", "7B", "9A")}


def _teacher(school: DeskSchool, name: str = "Lan") -> DeskClient:
    client = school.client(DeskRole.TEACHER)
    mine = max(school.rows(Account), key=lambda row: row.id)
    with school.engine.begin() as connection:
        whose = update(Account).where(Account.id == mine.id)
        connection.execute(whose.values(patron_id=named(name)))
    return client
