"""Loans between libraries at the desk: out, in, handover sheet, records, back (S55)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest

from db.intake.records import BookRecord, from_marc, to_marc
from db.models import Partner, PartnerLoan, PartnerLoanLine
from db.states import CopyState, DeskRole
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import MORNING, number

HERE = "/lien-thong"
DUE = (MORNING.date() + timedelta(days=30)).isoformat()
MARC = "application/marc"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    desk = school.client()
    sent(desk, HERE, name="THCS Hoa Sen")
    return desk


def told(school: DeskSchool, **other: str) -> dict[str, str]:
    """The fields of a sheet."""
    (partner,) = school.rows(Partner)
    return {"partner": str(partner.id), "number": "LT-2026-01", "due": DUE, **other}


def sheet(school: DeskSchool) -> str:
    """The address of the only sheet."""
    (loan,) = school.rows(PartnerLoan)
    return f"{HERE}/{loan.id}"


def test_copies_go_out_on_a_sheet_and_come_back(school: DeskSchool, desk: DeskClient) -> None:
    """S55: given copies lent to a partner, when scanned back, then each is on the shelf again."""
    out = f"{HERE}/cho-muon"
    page = sent(desk, out, **told(school, books="STN.00001\nstn 2\nSTN.00002\nSTN.00099"))
    assert "Đã giao 2 cuốn. Không có cuốn nào mang số STN.00099." in page
    assert school.copy("STN.00001").state is CopyState.AWAY
    assert "Còn 2/2" in words(desk.page(HERE))
    assert "còn 1 cuốn" in sent(desk, sheet(school), code="stn 1")
    assert "không có trong biên bản này" in sent(desk, sheet(school), 422, code="STN.00001")
    assert "đã đủ cả biên bản" in sent(desk, f"{sheet(school)}/tat-ca")
    assert school.copy("STN.00002").state is CopyState.AVAILABLE
    assert "Đã đủ" in words(desk.page(HERE))


def test_sheet_is_signed_by_both(school: DeskSchool, desk: DeskClient) -> None:
    """S55: given books that go out or come in, when printed, then who gives, who takes, what."""
    sent(desk, f"{HERE}/cho-muon", **told(school, books="STN.00001"))
    pdf = pypdf.PdfReader(io.BytesIO(desk.get(f"{sheet(school)}?tai=pdf").content))
    paper = " ".join(pdf.pages[0].extract_text().split())

    assert "Bên giao: Trường THCS Hoa Phượng Bên nhận: THCS Hoa Sen" in paper
    assert "STN.00001 Dế Mèn phiêu lưu ký" in paper
    assert "ĐẠI DIỆN BÊN NHẬN" in paper
    assert "Cộng 1 cuốn" in paper


def test_records_go_along(school: DeskSchool, desk: DeskClient) -> None:
    """S55: given two copies of one title out, when its records are handed out, then those two."""
    sent(desk, f"{HERE}/cho-muon", **told(school, books="STN.00001, STN.00002"))
    records, wrong = from_marc(desk.get(f"{sheet(school)}?tai=mrc").content)

    assert wrong == ()
    (record,) = records
    assert record.title == "Dế Mèn phiêu lưu ký"
    assert record.copies == ("STN.00001", "STN.00002")


def test_fifty_records_come_in_identical(school: DeskSchool, desk: DeskClient) -> None:
    """S55: given a partner's file of 50 records, when taken, then 50 lines, in no count of ours."""
    books = {f"TN.{n:05}": f"Sách số {n}" for n in range(50)}
    file = to_marc([BookRecord(title, copies=(copy,)) for copy, title in books.items()])
    _, before = words(desk.page("/so/r1")).split("Phần I.")
    files = {"records": ("ban.mrc", file, MARC)}
    answer = desk.submit(f"{HERE}/muon-ve", files=files, **told(school, books=""))
    assert answer.status_code == 303
    lines = school.rows(PartnerLoanLine)
    assert {line.accession: line.title for line in lines} == books
    assert "Hiện còn đến 31/05/2027" in before
    assert words(desk.page("/so/r1")).endswith(f"Phần I.{before}")
    assert school.count(PartnerLoanLine) == 50
    assert "còn 49 cuốn" in sent(desk, sheet(school), code="TN.00007")


def test_poor_sheet_is_told_and_kept(school: DeskSchool, desk: DeskClient) -> None:
    """Given a sheet with something wrong, when sent, then told, and nothing moves."""
    out, back = f"{HERE}/cho-muon", f"{HERE}/muon-ve"
    assert "Không phải số ĐKCB: Dế" in sent(desk, out, 422, **told(school, books="Dế"))
    page = sent(desk, out, 422, **told(school, books="STN.00099"))
    assert "Không cuốn nào đi được. Không có cuốn nào mang số STN.00099." in page
    assert "sau hôm nay" in sent(desk, out, 422, **told(school, books="STN.00001", due="1/1/2026"))
    assert "dấu chấm phẩy" in sent(desk, back, 422, **told(school, books="TN.1 Sách"))
    assert "ghi hai lần" in sent(desk, back, 422, **told(school, books="T.1; Một\nT.1; Hai"))
    assert "Ghi ít nhất một cuốn" in sent(desk, back, 422, **told(school, books=""))
    files = {"records": ("ban.mrc", b"00026junk", MARC)}
    answer = desk.submit(back, files=files, **told(school, books="T.1; Một"))
    assert "không đọc được" in answer.text
    assert school.count(PartnerLoan) == 0
    sent(desk, back, **told(school, books="T.1; Một"))
    assert "Đã có biên bản số này." in sent(desk, back, 422, **told(school, books="T.2; Hai"))
    assert "Đã có thư viện tên này." in sent(desk, HERE, 422, name="THCS Hoa Sen")


def test_late_sheets_are_shown(school: DeskSchool, desk: DeskClient) -> None:
    """S55: given a sheet past its day, when the page opens, then it says with whom and how many."""
    sent(desk, f"{HERE}/cho-muon", **told(school, books=number("STN", 3)))
    school.clock.advance(timedelta(days=31))
    desk = school.client()  # a session ends long before that

    assert "Quá hạn: LT-2026-01 (THCS Hoa Sen, còn 1 cuốn)" in words(desk.page(HERE))
    assert school.client(DeskRole.TEACHER).get(HERE).status_code == 403


def test_nobody_to_lend_to_is_told(school: DeskSchool) -> None:
    """Given no partner yet, when a form is sent all the same, then a sentence, and no sheet."""
    form = {"partner": "", "number": "LT-1", "due": DUE, "books": "STN.00001"}

    assert "Hãy chọn một mục trong danh sách." in sent(
        school.client(), f"{HERE}/cho-muon", 422, **form
    )
    assert school.count(PartnerLoan) == 0
