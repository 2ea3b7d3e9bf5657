"""Class corners and crates at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pypdfium2
import pytest

from db.identifiers import AccessionNumber
from db.models import Corner, Crate
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import MORNING, named

DUE = (MORNING.date() + timedelta(days=14)).isoformat()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def corner(school: DeskSchool, desk: DeskClient) -> str:
    """A corner of 6A; its page's address."""
    people = {"teacher": str(named("Lan")), "first": str(named("An")), "second": ""}
    sent(desk, "/goc-lop/moi", homeroom="6A", name="Tủ sách lớp 6A", **people)
    (row,) = school.rows(Corner)
    return f"/goc-lop/{row.id}"


def crate(school: DeskSchool, desk: DeskClient, numbers: str) -> str:
    """A crate that was sent; its page's address."""
    sent(desk, f"{corner(school, desk)}/gui", number="6A-1", due=DUE, numbers=numbers)
    (row,) = school.rows(Crate)
    return f"/thung-sach/{row.id}"


def test_corner_has_its_keepers(school: DeskSchool, desk: DeskClient) -> None:
    """S17: given a class, when its corner is set up, then with a teacher and at most two pupils."""
    same = {"teacher": str(named("Lan")), "first": str(named("An")), "second": str(named("An"))}
    told = sent(desk, "/goc-lop/moi", 422, homeroom="6A", name="Tủ", **same)
    assert "Chọn hai bạn khác nhau." in told
    assert "Chọn hai" not in corner(school, desk)
    told = words(desk.page("/goc-lop"))
    assert "Tủ sách lớp 6A 6A Nguyễn Văn Lan 0" in told
    (row,) = school.rows(Corner)
    assert (row.first_pupil_id, row.second_pupil_id) == (named("An"), None)


def test_crate_goes_and_comes_back(school: DeskSchool, desk: DeskClient) -> None:
    """Given three copies, when sent and scanned back, then what is missing is told."""
    page = crate(school, desk, "STK.00001\nSTK.00002 stk.00003")
    told = words(desk.page(page))
    assert "3/3 cuốn chưa về" in told
    school.desk.check_out(school.known("An"), AccessionNumber("STK.00003"))
    assert "còn 2 cuốn" in sent(desk, page, code="STK.00001")
    assert "không có trong thùng" in sent(desk, page, 422, code="STK.00001")
    assert "không phải số ĐKCB" in sent(desk, page, 422, code="abc")
    told = sent(desk, f"{page}/ca-thung")
    assert "Đã nhận 1 cuốn. Còn 1 cuốn bạn đọc đang mượn." in told
    assert school.copy("STK.00002").corner_id is None


def test_what_cannot_go_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given a copy on loan and wrong numbers, when sent, then each is named; the rest goes."""
    school.desk.check_out(school.known("An"), AccessionNumber("STK.00001"))
    here = corner(school, desk)
    form = {"number": "6A-1", "due": DUE}
    told = sent(desk, f"{here}/gui", 422, **form, numbers="STK.00002 gì đó")
    assert "Không phải số ĐKCB: gì, đó" in told
    told = sent(desk, f"{here}/gui", **form, numbers="STK.00001 STK.00002")
    assert "Đã gửi 1 cuốn. STK.00001 đang có người khác mượn" in told
    assert "Đã có thùng" in sent(desk, f"{here}/gui", 422, **form, numbers="STK.00003")
    past = {**form, "number": "6A-2", "due": "2026-01-01", "numbers": "STK.00003"}
    assert "Chọn một ngày sau hôm nay" in sent(desk, f"{here}/gui", 422, **past)


def test_overdue_crate_is_shown(school: DeskSchool, desk: DeskClient) -> None:
    """S52: given a crate that should be back, when the corners are opened, then it stands out."""
    crate(school, desk, "STK.00001")
    assert "quá hạn" not in words(desk.page("/goc-lop"))
    school.set_clock(MORNING.date() + timedelta(days=15))
    assert "6A-1 quá hạn" in words(school.client().page("/goc-lop"))


def test_corner_closes_only_when_empty(school: DeskSchool, desk: DeskClient) -> None:
    """Given a corner with a book, when closed, then not before the book is back."""
    page = crate(school, desk, "STK.00001")
    (row,) = school.rows(Corner)
    assert "Góc này còn sách" in sent(desk, f"/goc-lop/{row.id}/dong", 422)
    sent(desk, f"{page}/ca-thung")
    assert "Đã đóng góc lớp" in sent(desk, f"/goc-lop/{row.id}/dong")
    assert desk.get(f"/goc-lop/{row.id}").status_code == 404
    assert desk.get(f"/thung-sach/{uuid4()}").status_code == 404


def test_posters_are_handed_out(school: DeskSchool, desk: DeskClient) -> None:
    """Given a corner and a crate, when their signs are asked for, then PDFs that name them."""
    page = crate(school, desk, "STK.00001")
    (row,) = school.rows(Corner)
    for path, said in ((f"/goc-lop/{row.id}/bang", "Tủ sách lớp 6A"), (f"{page}/bang", "6A-1")):
        with pypdfium2.PdfDocument(desk.get(path).content) as document:
            assert said in document[0].get_textpage().get_text_bounded()
