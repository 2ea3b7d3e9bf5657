"""What the desk prints for a class, and recalls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest

from db.identifiers import AccessionNumber
from db.models import DueChange
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import MORNING

TODAY = MORNING.date()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    school.desk.check_out(school.known("An"), AccessionNumber("STK.00001"))
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def printed(desk: DeskClient, path: str) -> str:
    answer = desk.get(path)
    assert answer.headers["Content-Type"] == "application/pdf", words(answer.text)
    with pypdfium2.PdfDocument(answer.content) as document:
        assert len(document) == 1
        text: str = document[0].get_textpage().get_text_bounded()
    return text


def test_class_is_reminded_without_titles(school: DeskSchool) -> None:
    """Given an overdue book, when its class's sheet is printed, then name and number, no title."""
    school.set_clock(TODAY + timedelta(days=20))
    told = printed(school.client(), "/nhac-tra/phieu-nhac?lop=6A")

    assert "Nguyễn Văn An" in told
    assert "Bình" not in told
    assert "Toán" not in told


def test_classes_are_listed_with_what_they_owe(school: DeskSchool, desk: DeskClient) -> None:
    """Given one book out in 6A, when the classes are listed, then it counts, and as CSV too."""
    assert "6A 1 1 0 In 6A" in words(desk.page("/nhac-tra"))
    assert "6A,1,1,0" in desk.get("/nhac-tra?tai=csv").content.decode("utf-8-sig")


def test_slips_are_for_whoever_owes_nothing(school: DeskSchool, desk: DeskClient) -> None:
    """Given two pupils and one book, when slips are printed, then one; the other is listed."""
    told = printed(desk, "/nhac-tra/phieu-tra-du?lop=6A")
    assert "Nguyễn Văn Bình" in told
    assert "Nguyễn Văn An" not in told
    assert "Nguyễn Văn An 1 cuốn" in words(desk.page("/nhac-tra/phieu-tra-du?lop=6A&xem=1"))
    assert "Lớp này chưa có ai" in words(desk.page("/nhac-tra/phieu-tra-du?lop=8Z"))


def test_recall_is_previewed_then_done(school: DeskSchool, desk: DeskClient) -> None:
    """S65: given a loan that runs on, when recalled, then first a count, then the new day."""
    until = TODAY + timedelta(days=3)
    form = {"until": until.isoformat(), "kho": "STK", "category": "student"}
    told = sent(desk, "/thu-hoi", 200, step="xem", **form)
    assert "1 lượt mượn sẽ đổi hạn trả" in told
    assert school.count(DueChange) == 0
    told = sent(desk, "/thu-hoi", step="ghi", **form)

    assert "Đã thu hồi 1 lượt mượn" in told
    assert school.loan_of("STK.00001").due == until
    assert "Không có lượt mượn nào" in sent(desk, "/thu-hoi", 200, **{**form, "kho": "BC"})


@pytest.mark.parametrize("until", ["", "2026-02-30", str(date(2020, 1, 1)), str(date(2030, 1, 1))])
def test_impossible_recall_day_is_refused(school: DeskSchool, desk: DeskClient, until: str) -> None:
    """Given a day that cannot be, when recalled, then the field says so and nothing moves."""
    answer = desk.submit("/thu-hoi", until=until, kho="", category="", step="ghi")

    assert answer.status_code == 422
    assert 'id="until-wrong"' in answer.text
    assert school.count(DueChange) == 0
