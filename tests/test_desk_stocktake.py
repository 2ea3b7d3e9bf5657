"""Counting the stock at the desk: committee, scans, photographs, the end, the minutes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from PIL import Image, ImageOps

from db.models import Account, AuditEntry, Copy, Stocktake, StocktakeSight
from db.states import CopyState, DeskRole
from printer.codes import enlarged, qr
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import named, number


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    client = school.client()
    client.headers["Accept"] = "text/html"
    return client


def begun(school: DeskSchool, desk: DeskClient, **more: Any) -> str:
    """A count that has begun; its page's address."""
    sent(desk, "/kiem-ke/moi", **{**PLAN, **more})
    (row,) = school.rows(Stocktake, closed_at=None)
    return f"/kiem-ke/{row.id}"


PLAN = {
    "name": "Kiểm kê 31/5",
    "kind": "full",
    "shelf": "",
    "chair": "",
    "chair_name": "Thầy Minh",
    "secretary": "",
    "secretary_name": "Cô Lan",
    **{f"member{place}": "" for place in range(1, 5)},
}


def scanned(client: DeskClient, count: str, code: str, way: str = "") -> dict[str, Any]:
    """What the page's script hears of a scan."""
    headers = {"Accept": "application/json"}
    data = {"key": client.key, "code": code, "way": way}
    told: dict[str, Any] = client.post(f"{count}/quet", data=data, headers=headers).json()
    return told


def photograph(text: str) -> bytes:
    """A picture of a label, as a telephone sends it."""
    label = ImageOps.expand(enlarged(qr(text), 6, 6).convert("RGB"), 30, "white")
    picture = Image.new("RGB", (640, 480), "#8a7a66")
    picture.paste(label, (200, 120))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def test_committee_counts_with_several_devices(school: DeskSchool, desk: DeskClient) -> None:
    """S82: given two people scanning, when both see a copy, then it counts once and says so."""
    count = begun(school, desk)
    member = school.client(DeskRole.STOCKTAKER)
    first = scanned(member, count, "stk 1")
    again = scanned(desk, count, number("STK", 1), "camera")

    assert (first["tone"], first["title"], first["seen"]) == ("done", "Bồi dưỡng Toán 6", 1)
    assert first["stock"] == 54
    assert again["tone"] == "again"
    assert "Đã quét rồi lúc 08:40 (Cô Hoa, máy quét)" in again["words"]
    assert (again["seen"], school.count(StocktakeSight)) == (1, 1)


def test_foreign_codes_are_told_apart(school: DeskSchool, desk: DeskClient) -> None:
    """Given a code that is no copy's, when scanned, then it is said what it is, and not counted."""
    count = begun(school, desk)
    for code, said in FOREIGN.items():
        told = scanned(desk, count, code)
        assert told["tone"] == "no", code
        assert said in told["words"]
        assert told["seen"] == 0


FOREIGN = {
    "HS204817": "Đây là thẻ bạn đọc",
    "9786040000002": "mã ISBN của nhà xuất bản",
    "STK.99999": "không có cuốn nào mang số STK.99999",
    "https://vidu.vn/a": "đường dẫn trang web",
    "8934567890120": "mã hàng hóa",
    "SGK.0": "Gần giống số ĐKCB",
}


def test_scan_without_a_script_is_a_page(school: DeskSchool, desk: DeskClient) -> None:
    """Given a browser without scripts, when scanned and taken back, then pages say so."""
    count = begun(school, desk)
    told = sent(desk, f"{count}/quet", 200, code=number("STK", 2))
    assert "Bồi dưỡng Toán 6 STK.00002 Đã ghi." in told
    assert "Đã bỏ STK.00002" in sent(desk, f"{count}/bo", code="STK.00002")
    assert "Không có gì để bỏ" in sent(desk, f"{count}/bo", code="gì đó")
    assert school.count(StocktakeSight) == 0


def test_photograph_is_read_and_forgotten(school: DeskSchool, desk: DeskClient) -> None:
    """Given a telephone's picture, when sent, then its code is told, nothing counted or kept."""
    count = begun(school, desk)
    files = {"picture": ("p.jpg", photograph(number("STK", 3)), "image/jpeg")}
    read = desk.submit(f"{count}/anh", files=files).json()
    broken = {"picture": ("p.jpg", b"\xff\xd8 not a picture", "image/jpeg")}

    assert read == {"code": "STK.00003"}
    assert desk.submit(f"{count}/anh", files=broken).json() == {"code": ""}
    assert desk.submit(f"{count}/anh").json() == {"code": ""}
    assert school.count(StocktakeSight) == 0
    assert "camera=(self)" in desk.get(f"{count}/quet").headers["Permissions-Policy"]
    assert "camera=()" in desk.get(count).headers["Permissions-Policy"]


def test_count_is_closed_by_its_sum(school: DeskSchool, desk: DeskClient) -> None:
    """Given a count, when closed by a wrong sum, then told; by the right one once; twice told."""
    count = begun(school, desk, kho="STN")
    scanned(desk, count, number("STN", 1))
    told = sent(desk, f"{count}/chot", 422, missing="5")
    assert "Bạn ghi 5 cuốn thiếu, danh sách có 3 cuốn" in told
    assert "Đã chốt" in sent(desk, f"{count}/chot", missing="3")
    assert school.copy(number("STN", 2)).state is CopyState.LOST
    again = sent(desk, f"{count}/chot", 422, missing="3")
    assert "Đợt này đã chốt lúc 08:40" in again
    assert scanned(desk, count, number("STN", 2))["tone"] == "no"


def test_causes_are_chosen_and_printed(school: DeskSchool, desk: DeskClient) -> None:
    """Given missing copies, when causes are chosen, then the minutes have them, as PDF and xlsx."""
    count = begun(school, desk, kho="STN")
    chosen = [str(named(number("STN", n))) for n in (2, 3)]
    why = {"cause": "Bạn đọc làm mất, chưa báo", "proposal": "Đề nghị xuất khỏi sổ"}
    assert "Chưa chọn cuốn nào" in sent(desk, f"{count}/nguyen-nhan", 422, **why)
    told = sent(desk, f"{count}/nguyen-nhan", copies=chosen, **why)
    assert "Đã ghi nguyên nhân của 2 cuốn" in told
    assert [row.detail for row in school.rows(AuditEntry, act="count-explained")] == ["2"]
    sent(desk, f"{count}/chot", missing="4")
    with pypdfium2.PdfDocument(desk.get(f"{count}/bien-ban?tai=pdf").content) as paper:
        text = " ".join(page.get_textpage().get_text_bounded() for page in paper)
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{count}/bien-ban?tai=xlsx").content))
    cells = [
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    ]

    assert "Bạn đọc làm mất" in text
    assert "Thầy Minh" in text
    assert cells.count("Đề nghị xuất khỏi sổ") == 2


def test_committee_signs_at_the_desk(school: DeskSchool, desk: DeskClient) -> None:
    """Given a member with an account, when the count is closed, then they sign, others cannot."""
    member = school.client(DeskRole.STOCKTAKER)
    member.headers["Accept"] = "text/html"
    (account,) = [row.name for row in school.rows(Account) if row.roles == "stocktaker"]
    count = begun(school, desk, kho="STN", chair=account, chair_name="", secretary_name="")
    assert "Chưa chốt số liệu" in sent(member, f"{count}/ky", 422)
    sent(desk, f"{count}/chot", missing="4")
    stranger = school.client(DeskRole.STOCKTAKER)
    stranger.headers["Accept"] = "text/html"
    assert "Bạn không có tên trong ban" in sent(stranger, f"{count}/ky", 422)
    assert "Đã ký biên bản" in sent(member, f"{count}/ky")
    late = sent(desk, f"{count}/nguyen-nhan", 422, copies=str(named("STN.00001")), cause="")
    assert "đã ký đủ" in late
    assert "đã ký đủ" in words(desk.page("/kiem-ke"))


def test_nobody_sits_twice(school: DeskSchool, desk: DeskClient) -> None:
    """Given the form of a count, when one name sits twice or another is open, then told."""
    told = sent(desk, "/kiem-ke/moi", 422, **{**PLAN, "secretary_name": "Thầy Minh"})
    assert "Thầy Minh đã có trong ban rồi" in told
    begun(school, desk)
    assert "còn đang kiểm kê cùng phần kho" in sent(desk, "/kiem-ke/moi", 422, **PLAN)


def test_shelf_is_checked_at_the_desk(school: DeskSchool, desk: DeskClient) -> None:
    """S75: given a shelf, when it is scanned, then what is misplaced and missing is listed."""
    for place, shelf in ((1, "A1"), (2, "A1"), (3, "A1"), (4, "B2")):
        school.change(Copy, named(number("STK", place)), shelf=shelf)
    told = sent(desk, "/soat-gia", 200, numbers="STK.00001\nSTK.00002 STK.00004 gì")

    assert "Giá A1 2 đúng chỗ 1 nhầm chỗ 1 vắng" in told
    assert "Không phải số ĐKCB: gì." in told
    assert "STK.00004 Bồi dưỡng Toán 6 B2" in told
    assert "Chưa có số ĐKCB nào" in sent(desk, "/soat-gia", 422, numbers="gì")
