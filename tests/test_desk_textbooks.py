"""Textbook sets at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from db.models import Copy, Edition, Loan, SetPlace, SetTemplate
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import card_of, named


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    edition: UUID = school.copy("SGK.00001").edition_id
    school.change(Edition, edition, grade=6)
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def made(school: DeskSchool, desk: DeskClient) -> dict[str, str]:
    """A set of the one textbook there is, for class 6A."""
    edition = str(school.copy("SGK.00001").edition_id)
    sent(desk, "/bo-sgk/moi", name="Bộ khối 6", grade="6", titles=edition)
    (template,) = school.rows(SetTemplate)
    return {"set": str(template.id), "homeroom": "6A"}


def test_set_is_made_of_a_grades_textbooks(school: DeskSchool, desk: DeskClient) -> None:
    """Given a grade's textbooks, when none is ticked, then a sentence; when one, then a set."""
    assert "Chọn ít nhất một nhan đề." in sent(desk, "/bo-sgk/moi", 422, name="Bộ", grade="6")
    assert school.count(SetTemplate) == 0
    made(school, desk)
    told = words(desk.page("/bo-sgk"))

    assert "Bộ khối 6 khối 6 · 1 nhan đề" in told
    assert "6A" in told


def test_card_then_books_hand_out_a_set(school: DeskSchool, desk: DeskClient) -> None:
    """S74: given a pupil's card and books, when scanned, then the set is whole and dated."""
    here = made(school, desk)
    told = sent(desk, "/bo-sgk/phat", code=card_of("An"), **here)
    assert "Nguyễn Văn An 0/1 cuốn" in told
    pupil = {"pupil": str(named("An")), **here}
    told = sent(desk, "/bo-sgk/phat", code="SGK.00001", **pupil)

    assert "đã nhận Toán 6; đủ bộ" in told
    assert "1/1 cuốn · trả cả bộ trước" in told
    assert "không thuộc bộ" in sent(desk, "/bo-sgk/phat", 422, code="STK.00001", **pupil)


def test_set_comes_back_and_is_compared(school: DeskSchool, desk: DeskClient) -> None:
    """Given a set that is out, when its book is scanned back, then nothing is missing."""
    here = {"pupil": str(named("An")), **made(school, desk)}
    sent(desk, "/bo-sgk/phat", code="SGK.00001", **here)
    told = sent(desk, "/bo-sgk/phat", code="SGK.00001", mode="tra", **here)

    assert "Đã trả đủ bộ" in told
    assert school.loan_of("SGK.00001").returned_at is not None


def test_whole_class_takes_what_lies_ready(school: DeskSchool, desk: DeskClient) -> None:
    """Given books laid ready for two pupils, when the class is done, then both have them."""
    here = made(school, desk)
    for place, name in enumerate(("An", "Bình"), 1):
        pupil = str(named(name))
        told = sent(desk, "/bo-sgk/de-san", pupil=pupil, numbers=f"SGK.{place:05d}", **here)
        assert "Đã để sẵn 1 cuốn" in told
    told = sent(desk, "/bo-sgk/ca-lop", **here)

    assert "Đã ghi 2 cuốn cho lớp 6A; 2/2 em đủ bộ" in told
    assert school.count(Loan) == 2


def test_single_copy_is_swapped(school: DeskSchool, desk: DeskClient) -> None:
    """Given a torn book of a set, when swapped, then the new copy is out and the old one in."""
    here = {"pupil": str(named("An")), **made(school, desk)}
    sent(desk, "/bo-sgk/phat", code="SGK.00001", **here)
    told = sent(desk, "/bo-sgk/doi", old="SGK.00001", new="SGK.00002", **here)

    assert "Đã đổi SGK.00001 lấy SGK.00002" in told
    assert school.loan_of("SGK.00002").returned_at is None
    assert "Không có cuốn" in sent(
        desk, "/bo-sgk/doi", 422, old="SGK.00002", new="SGK.9999", **here
    )


def test_book_without_a_pupil_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given nobody called up, when a book is scanned, then the card is asked for first."""
    told = sent(desk, "/bo-sgk/phat", 422, code="SGK.00001", **made(school, desk))

    assert "Quét thẻ học sinh trước" in told
    assert desk.get("/bo-sgk/phat?bo=khong").headers["Location"] == "/bo-sgk"
    assert school.rows(Copy, accession="SGK.00001")


def test_copy_laid_ready_twice_lies_once(school: DeskSchool, desk: DeskClient) -> None:
    """Given a copy scanned twice, when laid ready, then it lies there once, and for one pupil."""
    here = made(school, desk)
    an, binh = ({"pupil": str(named(name)), **here} for name in ("An", "Bình"))
    twice = "SGK.00001 sgk.00001"
    assert "Đã để sẵn 1 cuốn." in sent(desk, "/bo-sgk/de-san", numbers=twice, **an)
    assert "Đã để sẵn 1 cuốn." in sent(desk, "/bo-sgk/de-san", numbers="SGK.00001", **an)
    told = sent(desk, "/bo-sgk/de-san", 422, numbers="SGK.00001 SGK.00002", **binh)

    assert "Đã để sẵn 1 cuốn. “Toán 6” đang giữ cho bạn đọc khác." in told
    assert {row.patron_id for row in school.rows(SetPlace)} == {named("An"), named("Bình")}


def test_nonsense_is_not_laid_ready(school: DeskSchool, desk: DeskClient) -> None:
    """Given words that are no numbers, when laid ready, then a sentence and nothing is."""
    here = {"pupil": str(named("An")), **made(school, desk)}
    told = sent(desk, "/bo-sgk/de-san", 422, numbers="SGK.00001 xyz 12/3", **here)
    assert "Không phải số ĐKCB: xyz, 12/3. Chưa để sẵn cuốn nào." in told
    assert "Không có cuốn nào" in sent(desk, "/bo-sgk/de-san", 422, numbers="SGK.99999", **here)
    assert sent(desk, "/bo-sgk/de-san", 422, numbers="", **here)
    assert sent(desk, "/bo-sgk/de-san", 422, numbers="SGK.00001 " * 90, **here)

    assert school.count(SetPlace) == 0
