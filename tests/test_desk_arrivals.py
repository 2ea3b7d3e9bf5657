"""Books that come in, from the voucher to the shelf."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db import privacy
from db.models import Copy, Voucher
from db.states import CopyState
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import card_of, named


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def voucher(school: DeskSchool, desk: DeskClient, **other: str) -> str:
    """A voucher of a donation; its page's address."""
    sent(desk, "/nhap-sach", source="Biếu, tặng, quyên góp", donor="6A", **other)
    (row,) = school.rows(Voucher)
    return f"/nhap-sach/{row.id}"


def test_donation_is_one_line_with_its_class(school: DeskSchool, desk: DeskClient) -> None:
    """S20: given 25 donated copies, when taken in, then one voucher with source, class, 25."""
    page = voucher(school, desk)
    edition = str(school.copy("STN.00001").edition_id)
    assert "Dế Mèn phiêu lưu ký" in words(desk.page(f"{page}?q=de men"))
    told = sent(desk, page, sach=edition, kho="STN", copies="25", price_vnd="")
    assert "Đã cấp số STN.00005 đến STN.00029." in told
    assert "Biếu, tặng, quyên góp · 6A" in told
    told = words(desk.page("/nhap-sach?nguon=Biếu, tặng, quyên góp"))
    assert "6A – 25" in told
    assert "Phiếu" in told


def test_givers_name_goes_with_them(school: DeskSchool, desk: DeskClient) -> None:
    """Given a reader who gave books, when they are erased, then their name is on no voucher."""
    entry = {"source": "Biếu, tặng, quyên góp", "donor_card": card_of("Chi").lower()}
    assert "Nguyễn Văn Chi, 7B" in sent(desk, "/nhap-sach", **entry)
    told = sent(desk, "/nhap-sach", 422, **{**entry, "donor_card": "HS999999"})
    assert "Không có bạn đọc nào có thẻ này." in told

    with school.engine.begin() as connection:
        erased = privacy.erase(connection, 1, named("Chi"), school.clock.now(), "hoa")
    assert isinstance(erased, privacy.Erased)
    (row,) = school.rows(Voucher)
    assert (row.donor, row.donor_id) == ("", None)


def test_own_serial_is_kept_once(school: DeskSchool, desk: DeskClient) -> None:
    """Given the school's own number, when it is taken already, then a sentence, one voucher."""
    voucher(school, desk, serial="117")
    told = sent(desk, "/nhap-sach", 422, source="Khác", serial="117")

    assert "Số vào sổ này đã có" in told
    assert [row.serial for row in school.rows(Voucher)] == [117]


def test_voucher_with_a_wrong_sum_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given a paper's sums, when fewer copies or other prices come in, then a sentence says so."""
    page = voucher(school, desk, stated_copies="3", stated_vnd="60.000")
    edition = str(school.copy("STN.00001").edition_id)
    form = {"sach": edition, "kho": "STN", "price_vnd": "20.000"}
    told = sent(desk, page, **form, copies="2")
    assert "chứng từ ghi 3 cuốn, đã nhập 2" in told
    assert "chứng từ ghi 60.000 đồng, các cuốn đã nhập cộng lại 40.000 đồng" in told
    assert "lệch" in words(desk.page("/nhap-sach"))
    assert "Chưa khớp" not in sent(desk, page, **form, copies="1")
    assert "khớp" in words(desk.page("/nhap-sach"))


def test_impossible_numbers_are_refused(school: DeskSchool, desk: DeskClient) -> None:
    """Given no title, or a thousand copies, when taken in, then a sentence and no copy."""
    page = voucher(school, desk)
    before = school.count(Copy)
    assert "Chọn một nhan đề" in sent(desk, page, 422, sach="", kho="STN", copies="1")
    edition = str(school.copy("STN.00001").edition_id)
    assert "từ 1 đến 500" in sent(desk, page, 422, sach=edition, kho="STN", copies="1000")
    assert school.count(Copy) == before


def test_new_copy_goes_step_by_step_to_the_shelf(school: DeskSchool, desk: DeskClient) -> None:
    """S31: given a new copy, when scanned step by step, then only the last step lets it out."""
    page = voucher(school, desk)
    edition = str(school.copy("STN.00001").edition_id)
    sent(desk, page, sach=edition, kho="STN", copies="2", price_vnd="45.000")
    told = [sent(desk, "/xu-ly", code="STN.00005") for _ in range(5)]
    assert "STN.00005: đã đóng dấu." in told[0]
    assert "STN.00005: trên giá." in told[4]
    assert "không ở bước nào" in sent(desk, "/xu-ly", 422, code="STN.00005")
    assert "không phải số ĐKCB" in sent(desk, "/xu-ly", 422, code="HS000001")
    sent(desk, "/xu-ly", code="STN.00006", to_shelf="1")
    assert school.copy("STN.00006").state is CopyState.AVAILABLE
    assert school.copy("STN.00006").price_vnd == 45000


def test_whole_step_is_taken_at_once(school: DeskSchool, desk: DeskClient) -> None:
    """Given ten stamped copies, when the step is taken at once, then all ten are classified."""
    page = voucher(school, desk)
    edition = str(school.copy("STN.00001").edition_id)
    sent(desk, page, sach=edition, kho="STN", copies="10")
    assert "10 cuốn: đã đóng dấu." in sent(desk, "/xu-ly/ca-buoc", state="received")
    states = {school.copy(f"STN.{place:05d}").state for place in range(5, 15)}
    assert states == {CopyState.STAMPED}
    assert "STN.00005" in desk.get("/xu-ly?tai=csv&buoc=stamped").text
