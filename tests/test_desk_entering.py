"""Numbers of periodicals and readers counted by hand, at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.models import Edition, HeadCount, PeriodicalIssue
from db.states import DocumentType
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import MORNING

HERE = "/ghi-so"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    magazine = school.copy("STK.00001").edition_id
    school.change(Edition, magazine, document_type=DocumentType.MAGAZINE)
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def numbered(school: DeskSchool, **other: str) -> dict[str, str]:
    """A number of the one magazine there is."""
    (magazine,) = (
        row.id for row in school.rows(Edition) if row.document_type is DocumentType.MAGAZINE
    )
    told = {"edition": str(magazine), "number": "601", "month": "11", "year": "2026"}
    return {**told, "copies": "3", **other}


def test_three_numbers_stand_in_the_register(school: DeskSchool, desk: DeskClient) -> None:
    """S09: given a title, when three numbers are entered and one again, then R5 has three."""
    for number in ("601", "602", "603"):
        said = sent(desk, f"{HERE}/bao", **numbered(school, number=number))
    sent(desk, f"{HERE}/bao", **numbered(school, copies="5"))
    register = words(desk.page("/so/r5"))

    assert "số 603." in said
    assert school.count(PeriodicalIssue) == 3
    assert all(f"{number}: " in register for number in ("602", "603"))
    assert "601: 5" in register


def test_counted_class_is_in_the_diary(school: DeskSchool, desk: DeskClient) -> None:
    """S29: given a class of 39 counted by hand, when entered, then R8 has them and says why."""
    count = {
        "day": f"{MORNING:%d/%m/%Y}",
        "category": "student",
        "readers": "39",
        "note": "Tiết đọc 6A",
    }
    said = sent(desk, f"{HERE}/luot-doc", **count)

    assert f"Đã ghi 39 lượt bạn đọc ngày {MORNING:%d/%m/%Y}." in said
    assert school.count(HeadCount) == 1
    assert "Tiết đọc 6A" in words(desk.page("/so/r8"))


def test_class_counted_twice_is_asked_about(school: DeskSchool, desk: DeskClient) -> None:
    """Given a class counted here, when its lesson or it again is entered, then it is asked."""
    day = f"{MORNING:%d/%m/%Y}"
    count = {"day": day, "category": "student", "readers": "39", "note": "Tiết đọc 6A"}
    lesson = {"day": day, "kind": "reading-lesson", "what": "Đọc truyện", "homeroom": "6A",
              "readers": "39", "led_by": "Cô Lan", "in_library": "1"}  # fmt: skip
    sent(desk, f"{HERE}/luot-doc", **count)
    again = sent(desk, f"{HERE}/luot-doc", 422, **count)
    asked = sent(desk, "/hoat-dong/moi", 422, **lesson)
    (counted,) = school.rows(HeadCount)
    struck = sent(desk, f"{HERE}/luot-doc/{counted.id}/bo")
    sent(desk, "/hoat-dong/moi", **lesson)
    others = sent(desk, f"{HERE}/luot-doc", **count, others="1")
    standing = [row for row in school.rows(HeadCount) if row.ended_at is None]

    for said in (again, asked):
        assert f"Ngày {day} đã ghi: Tiết đọc 6A 39 lượt." in said
    assert "Đã bỏ lượt đếm này" in struck
    assert "Sửa ở hoạt động" in others
    assert [row.readers for row in standing] == [39, 39]


@pytest.mark.parametrize(
    ("path", "wrong", "said"),
    [
        ("bao", {"number": ""}, "Chưa điền ô này."),
        ("bao", {"month": "13"}, "Cần một số từ 1 đến 12."),
        ("bao", {"copies": "nhiều"}, "Cần một số từ 1 đến 500."),
        ("bao", {"edition": "x"}, "Hãy chọn một mục trong danh sách."),
        ("luot-doc", {"day": "1/1/2099"}, "Ngày này chưa tới."),
        ("luot-doc", {"readers": "0"}, "Cần một số từ 1 đến 2000."),
    ],
)
def test_wrong_field_is_named(
    school: DeskSchool, desk: DeskClient, path: str, wrong: dict[str, str], said: str
) -> None:
    """Given a form with one wrong field, when sent, then a sentence stands there, nothing else."""
    count = {"day": f"{MORNING:%d/%m/%Y}", "category": "student", "readers": "39"}
    right = numbered(school) if path == "bao" else count

    assert said in sent(desk, f"{HERE}/{path}", 422, **{**right, **wrong})
    assert school.count(PeriodicalIssue) == school.count(HeadCount) == 0
