"""Registers and records that come in and go out at the desk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from db.models import Copy, Edition
from tests.desk_school import DeskSchool, words
from tests.hub_school import DeskClient

HIDDEN = ("waiting", "told")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def register(font: str = "Arial", title: str = "Đất rừng phương Nam") -> bytes:
    """A register of three copies, its titles in some font."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Số ĐKCB", "Tên sách", "Tác giả", "Giá tiền"])
    for number in (101, 102, 104):
        sheet.append([f"STN.{number:05d}", title, "", 45000])
    for (cell,) in sheet.iter_rows(min_row=2, min_col=2, max_col=2):
        cell.font = Font(name=font)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def preview(desk: DeskClient, content: bytes, name: str = "so.xlsx") -> str:
    answer = desk.submit("/sach-tep/so", {"file": (name, content, XLSX)}, kho="", encoding="")
    assert answer.status_code == 200, words(answer.text)
    return answer.text


def write(page: str) -> dict[str, str]:
    """The form that says a previewed file is to be written."""
    hidden = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in HIDDEN}
    return {**hidden, "kho": "", "encoding": "", "step": "ghi"}


def test_register_is_previewed_then_written(school: DeskSchool, desk: DeskClient) -> None:
    """S24: given an Excel register, when sent, then counts and gaps first, copies on the word."""
    before = school.count(Copy)
    page = preview(desk, register())
    assert "Mới: 3" in words(page)
    assert "Kho STN: thiếu số" in words(page)
    assert school.count(Copy) == before
    form = write(page)
    answer = desk.submit("/sach-tep/so", **form)

    assert answer.headers["Location"] == "/sach"
    assert "Đã nhập: 3 cuốn mới" in words(desk.page("/sach"))
    assert school.count(Copy) == before + 3
    assert "Tệp không còn" in words(desk.submit("/sach-tep/so", **form).text)


def test_legacy_font_is_shown_before_and_after(school: DeskSchool, desk: DeskClient) -> None:
    """Given titles in .VnTime, when previewed, then each is shown old and new, nothing written."""
    page = preview(desk, register(".VnTime", "§Êt rõng ph\u00ad¬ng Nam"))

    assert "TCVN3" in page
    assert "§Êt rõng" in page
    assert "Đất rừng phương Nam" in page
    assert not school.rows(Edition, title="Đất rừng phương Nam")


def test_file_waits_for_its_own_session_only(school: DeskSchool, desk: DeskClient) -> None:
    """Given a previewed file, when another session names it, then it is not theirs."""
    page = preview(desk, register())
    stranger = school.client()
    answer = stranger.submit("/sach-tep/so", **write(page))

    assert answer.status_code == 422
    assert "Tệp không còn" in words(answer.text)


def test_records_changed_meanwhile_are_shown_again(school: DeskSchool, desk: DeskClient) -> None:
    """Given a preview, when somebody writes the same file first, then it is shown anew."""
    page = preview(desk, register())
    other = school.client()
    other.submit("/sach-tep/so", **write(preview(other, register())))
    answer = desk.submit("/sach-tep/so", **write(page))

    assert answer.status_code == 200
    assert "Mới: 0" in words(answer.text)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("so.xlsx", b"PK\x03\x04 not a workbook"),
        ("so.doc", b"\xd0\xcf\x11\xe0"),
        ("so.csv", b"a,b"),
    ],
)
def test_unusable_file_is_one_sentence(
    school: DeskSchool, desk: DeskClient, name: str, content: bytes
) -> None:
    """Given a file that is no register, when sent, then a sentence at its field."""
    answer = desk.submit("/sach-tep/so", {"file": (name, content)}, kho="", encoding="")

    assert answer.status_code == 422
    assert 'id="file-wrong"' in answer.text


def test_catalogue_goes_out_and_comes_back(school: DeskSchool, desk: DeskClient) -> None:
    """S55: given the catalogue as MARC, when taken in again, then all is there already."""
    marc = desk.get("/sach-tep/muc-luc.mrc")
    assert marc.headers["Content-Type"] == "application/marc"
    editions = school.count(Edition)
    answer = desk.submit("/sach-tep/bieu-ghi", {"records": ("muc-luc.mrc", marc.content)})

    assert answer.status_code == 303
    assert f"{editions} đã có sẵn" in words(desk.page("/sach"))
    assert school.count(Edition) == editions
    wrong = desk.submit("/sach-tep/bieu-ghi", {"records": ("x.mrc", b"00000")})
    assert 'id="records-wrong"' in wrong.text


def test_lists_leave_as_workbooks(school: DeskSchool, desk: DeskClient) -> None:
    """Given the catalogue, when its lists are asked for, then workbooks with their rows."""
    for name, least in (("muc-luc.xlsx", 6), ("so-dkcb.xlsx", 50)):
        book = openpyxl.load_workbook(io.BytesIO(desk.get(f"/sach-tep/{name}").content))
        sheet = book.active
        assert sheet is not None
        assert sheet.max_row >= least
