"""Sheets of labels and cards, asked for at the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from db.models import Copy, Voucher
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import named

LABELS = {"numbers": "", "kho": "", "first": "1", "last": "65", "kind": "machine", "code": "qr"}
SHEET = {"sheet": "65", "start": "1"}
OWN = {
    "name": "Tomy 145",
    "page_width": "148",
    "page_height": "210",
    "columns": "3",
    "rows": "8",
    "label_width": "44,5",
    "label_height": "22",
    "margin_left": "5",
    "margin_top": "10",
    "gap_across": "2",
    "gap_down": "2",
    "shift_right": "-0,5",
    "shift_down": "1",
}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskClient]:
    """The librarian of a school in which nothing is changed."""
    school = DeskSchool(tmp_path_factory.mktemp("hub") / "hub.db")
    yield school.client()
    school.close()


def printed(desk: DeskClient, path: str, **form: str) -> str:
    answer = desk.submit(path, **form) if form else desk.get(path)
    assert answer.headers["Content-Type"] == "application/pdf", words(answer.text)[-300:]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with pypdfium2.PdfDocument(answer.content) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_span_of_a_register_is_printed(school: DeskSchool, desk: DeskClient) -> None:
    """Given a kho, when its first five are asked for with spines, then five of each."""
    form = {**LABELS, **SHEET, "kho": "STK", "last": "5", "kind": "both", "code": "code-128"}
    told = printed(desk, "/in-nhan", **form)

    assert told.count("STK.0000") == 10


def test_any_spelling_is_one_label(school: DeskSchool, desk: DeskClient) -> None:
    """Given a torn label typed as people do, when reprinted at place 65, then that one is there."""
    told = printed(desk, "/in-nhan", **{**LABELS, **SHEET, "numbers": "stk-3", "start": "65"})

    assert told.count("STK.00003") == 1


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"numbers": "STK.77777 abc"}, "numbers", "Không có cuốn nào mang số: abc, STK.77777"),
        ({"numbers": ""}, "numbers", "Chưa điền ô này."),
        ({"numbers": "STK.00001", "start": "66"}, "start", "từ 1 đến 65"),
        ({"kho": "STK", "first": "5", "last": "4"}, "last", "Số cuối phải"),
        ({"kho": "STK", "first": "1", "last": "99999"}, "last", "nhiều nhất 32500"),
        ({"kho": "STK", "first": "900", "last": "901"}, "numbers", "Không có cuốn nào như vậy"),
    ],
)
def test_what_cannot_be_printed_is_said(
    still: DeskClient, wrong: dict[str, str], field: str, sentence: str
) -> None:
    """Given an order that cannot be, when sent, then its field says why."""
    answer = still.submit("/in-nhan", **{**LABELS, **SHEET, **wrong})

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert sentence in words(answer.text)


def test_measured_sheet_is_kept_and_used(school: DeskSchool, desk: DeskClient) -> None:
    """Given a sheet the school measured, when kept, then it is offered, calibrated, and dropped."""
    assert "Đã ghi loại giấy “Tomy 145”" in sent(desk, "/in-nhan/to", **OWN)
    form = {**LABELS, "numbers": "STK.00001", "sheet": "Tomy 145", "start": "24"}
    assert "STK.00001" in printed(desk, "/in-nhan", **form)
    assert "Tomy 145" in printed(desk, "/in-nhan/can?to=Tomy 145")
    page = desk.page("/in-nhan/to?to=Tomy 145")
    assert 'value="-0,5"' in page
    assert (
        "Tomy 145" not in words(sent(desk, "/in-nhan/to/xoa", name="Tomy 145")).split("Đã xóa")[0]
    )
    assert "Tomy 145" not in desk.page("/in-nhan")


def test_second_who_measures_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given the form of a sheet two people have open, when both keep one, the second is asked."""
    shown = re.search(r'name="version" value="([0-9a-f]+)"', desk.page("/in-nhan/to"))
    assert shown is not None
    sent(desk, "/in-nhan/to", version=shown[1], **OWN)
    told = desk.submit("/in-nhan/to", version=shown[1], **{**OWN, "columns": "2"})

    assert told.status_code == 422
    assert "Người khác vừa đổi các loại giấy" in told.text
    assert 'value="2"' in told.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"columns": "4"}, "columns"),
        ({"rows": "20"}, "rows"),
        ({"label_width": "hai"}, "label_width"),
        ({"label_width": "2"}, "label_width"),
        ({"margin_left": "-1"}, "margin_left"),
        ({"label_height": "nan"}, "label_height"),
        ({"shift_down": "40"}, "name"),
    ],
)
def test_impossible_sheet_is_refused(still: DeskClient, wrong: dict[str, str], field: str) -> None:
    """Given measures that cannot be, when kept, then the field says so and nothing is kept."""
    answer = still.submit("/in-nhan/to", **{**OWN, **wrong})

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert 'value="Tomy 145"' in answer.text
    assert "Tomy 145" not in still.page("/in-nhan")


def test_label_too_small_for_its_code_is_refused(school: DeskSchool, desk: DeskClient) -> None:
    """Given labels of 12 by 8 mm, when codes are asked for, then the sheet is refused."""
    tiny = {"label_width": "12", "label_height": "8", "columns": "5", "rows": "5", "name": "nhỏ"}
    sent(desk, "/in-nhan/to", **{**OWN, **tiny})
    form = {**LABELS, "numbers": "STK.00001", "sheet": "nhỏ", "start": "1"}
    told = sent(desk, "/in-nhan", 422, **form)

    assert "Mã STK.00001 in ra sẽ không đọc được" in told


def test_labels_of_a_voucher_are_ready(school: DeskSchool, desk: DeskClient) -> None:
    """Given copies that came in by a voucher, when its labels are opened, then all are named."""
    sent(desk, "/nhap-sach", source="Khác")
    (voucher,) = school.rows(Voucher)
    school.change(Copy, school.copy("STK.00002").id, entry_id=voucher.id)

    assert ">STK.00002</textarea>" in desk.page(f"/in-nhan?phieu={voucher.id}")


def test_cards_of_class_staff_and_one(school: DeskSchool, desk: DeskClient) -> None:
    """Given a class, staff, one reader, when cards are printed, then theirs and no others."""
    told = printed(desk, "/in-the", homeroom="6A", with_class="1")
    assert "Nguyễn Văn An" in told
    assert "Lớp 6A" in told
    assert "Lớp" not in printed(desk, "/in-the", homeroom="6A")
    assert "Nguyễn Văn Lan" in printed(desk, "/in-the", homeroom="")
    one = printed(desk, "/in-the", reader=str(named("Chi")))
    assert "Nguyễn Văn Chi" in one
    assert "Nguyễn Văn An" not in one
    assert "Chưa ai ở đây có thẻ" in sent(desk, "/in-the", 422, homeroom="8Z")
