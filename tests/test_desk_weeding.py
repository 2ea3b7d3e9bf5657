"""Weeding and transfers at the desk: each step by who may take it, bad input told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from db.models import AuditEntry, Copy, Edition, Voucher, WeedingList
from db.states import CopyState, DeskRole
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import MORNING, named, number

CHOICE = {"theo": "old", "nam": "2010", "kho": "", "bo": ""}
WHY = {"reason": "Lạc hậu", "handling": "Hủy, bán giấy vụn"}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    school.change(Edition, named("Toán 6"), year=2005, series="Cánh Diều", grade=6)
    yield school
    school.close()


def listed(school: DeskSchool, desk: DeskClient, *numbers: str) -> str:
    """A list of some textbooks; its page's address."""
    copies = [str(named(one)) for one in numbers]
    sent(desk, "/thanh-loc/moi", **CHOICE, **WHY, name="Thanh lọc 2026", copies=copies)
    (row,) = school.rows(WeedingList)
    return f"/thanh-loc/{row.id}"


def test_list_goes_through_its_steps(school: DeskSchool) -> None:
    """Given a list, when hung out, approved by the principal, written off, then its file is had."""
    desk, head = school.client(), school.client(DeskRole.PRINCIPAL)
    assert "Tìm thấy 4 cuốn" in words(desk.page("/thanh-loc/moi?theo=old&nam=2010"))
    page = listed(school, desk, number("SGK", 1), number("SGK", 2))
    assert "Đã rút 1 cuốn" in sent(desk, f"{page}/bo-cuon", copies=str(named(number("SGK", 2))))
    (kept,) = school.rows(AuditEntry, act="weeding-kept")
    assert kept.detail == f"1: {number('SGK', 2)}"
    sent(desk, f"{page}/cong-khai")
    early = sent(head, f"{page}/duyet", 422, decision="", decided_on="")
    assert "duyệt được từ 25/11/2026" in early
    assert desk.submit(f"{page}/duyet", decision="", decided_on="").status_code == 403
    school.set_clock(MORNING.date() + timedelta(days=15))
    head, desk = school.client(DeskRole.PRINCIPAL), school.client()
    assert "Đã duyệt" in sent(head, f"{page}/duyet", decision="12/QĐ", decided_on="20/11/2026")
    form = {"reason": "Thanh lọc", "number": "05/BB-TL"}
    assert "Ngày biên bản chưa tới" in sent(desk, f"{page}/xuat", 422, **form, dated_on="1/1/2030")
    assert "Đã xuất 1 cuốn" in sent(desk, f"{page}/xuat", **form, dated_on="25/11/2026")
    assert "bước khác" in sent(desk, f"{page}/xuat", 422, **form, dated_on="25/11/2026")
    with pypdfium2.PdfDocument(desk.get(f"{page}/bien-ban").content) as paper:
        text = " ".join(one.get_textpage().get_text_bounded() for one in paper)
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{page}/danh-muc?tai=xlsx").content))

    assert "theo quyết định số 12/QĐ" in text.replace("\r\n", " ")
    assert any("SGK.00001" in row for sheet in book for row in sheet.iter_rows(values_only=True))
    assert school.copy(number("SGK", 1)).state is CopyState.WITHDRAWN
    assert school.copy(number("SGK", 2)).state is CopyState.AVAILABLE


def test_list_wants_copies_and_a_year(school: DeskSchool) -> None:
    """Given nothing chosen, no year, a list given up, when sent, then each is a sentence."""
    desk = school.client()
    told = sent(desk, "/thanh-loc/moi", 422, **CHOICE, **WHY, name="Thanh lọc 2026")
    assert "Chưa chọn cuốn nào" in told
    assert "Ghi một năm, ví dụ 2016." in words(desk.page("/thanh-loc/moi?theo=old"))
    page = listed(school, desk, number("SGK", 1))
    assert "Đã hủy danh mục" in sent(desk, f"{page}/huy", why="Giữ lại")
    assert "Danh mục đã hủy: Giữ lại" in words(desk.page(page))
    assert desk.get(f"{page}/bien-ban").status_code == 404


def test_series_is_transferred_at_once(school: DeskSchool) -> None:
    """Given a series no longer taught, when transferred, then new numbers, two vouchers, labels."""
    desk = school.client()
    school.desk.check_out(school.known("Lan"), number("SGK", 2))
    form = {"tu": "SGK", "sang": "STK", "bo": "Cánh Diều", "khoi": "6"}
    offered = words(desk.page("/chuyen-kho?bo=Cánh Diều&khoi=6"))
    assert "Cánh Diều (4 cuốn)" in offered
    assert "Toán 6" in offered
    assert "Toán 6" not in words(desk.page("/chuyen-kho?bo=Cánh Diều&khoi=7"))
    assert "Chưa chọn nhan đề nào" in sent(desk, "/chuyen-kho", 422, **form)
    titles = str(named("Toán 6"))
    same = {**form, "sang": "SGK", "titles": titles}
    assert "kho khác với kho đang để" in sent(desk, "/chuyen-kho", 422, **same)
    told = sent(desk, "/chuyen-kho", **form, titles=titles)

    assert "Đã chuyển 3 cuốn sang STK, số mới STK.00013 đến STK.00015" in told
    assert "SGK.00002 đang có người khác mượn" in told
    assert "In nhãn số mới" in told
    assert sorted(row.kind for row in school.rows(Voucher)) == ["entry", "exit"]
    assert {row.original_number for row in school.rows(Copy, kho="STK")} >= {number("SGK", 1)}
