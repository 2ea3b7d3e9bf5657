"""The catalogue at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest

from db.models import AuditEntry, Edition, EditionTag, Theme
from db.notices import usual_themes
from db.states import DeskRole, LendingMode
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import YEAR


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def form(**other: str) -> dict[str, str]:
    plain = {"title": "Đất rừng phương Nam", "kho": "STN", "grade": "", "class_19": "V"}
    return {**plain, "document_type": "book", "lending": "take-home", **other}


def version(desk: DeskClient, path: str) -> str:
    page = desk.page(path)
    return page.split('name="version" value="')[1].split('"')[0]


def test_title_is_entered_and_found_without_accents(school: DeskSchool, desk: DeskClient) -> None:
    """Given a new title, when entered, then it is found by plain words, with who entered it."""
    typed = form(authors="Đoàn Giỏi", isbn="978-604-0-00000-2", price_vnd="45.000", year="2020")
    typed |= {"link": "https://sach.example", "link_checked_on": "9/11/2026"}
    told = sent(desk, "/sach/moi", **typed)
    assert "Xem lại ngày 09/11/2026" in told
    assert "Đã thêm “Đất rừng phương Nam”" in told
    assert "45.000 đ" in told
    assert "Đất rừng phương Nam Đoàn Giỏi" in words(desk.page("/sach?q=dat rung"))
    (row,) = school.rows(Edition, title="Đất rừng phương Nam")
    assert (row.isbn, row.price_vnd, row.lending) == ("9786040000002", 45000, LendingMode.TAKE_HOME)
    assert school.rows(AuditEntry, act="edition-entered")[0].subject_id == row.id


def test_wrong_fields_are_named_and_kept(school: DeskSchool, desk: DeskClient) -> None:
    """Given a form with three mistakes, when sent, then each is named and what was typed stays."""
    before = school.count(Edition)
    typed = form(title="", authors="Đoàn Giỏi", isbn="9786040000003", year="20200")
    typed["link_checked_on"] = "30/11/2026"
    answer = desk.submit("/sach/moi", **typed)

    assert answer.status_code == 422
    for name in ("title", "isbn", "year", "link_checked_on"):
        assert f'id="{name}-wrong"' in answer.text
    assert 'value="Đoàn Giỏi"' in answer.text
    assert 'value="9786040000003"' in answer.text
    assert school.count(Edition) == before


def test_second_editor_sees_the_first(school: DeskSchool, desk: DeskClient) -> None:
    """Given two who edit one title, when the second saves, then they see the first's and decide."""
    edition = school.copy("STN.00001").edition_id
    page = f"/sach/{edition}/sua"
    seen = version(desk, page)
    other = school.client()
    sent(other, page, **form(authors="Người thứ nhất", version=seen))
    answer = desk.submit(page, **form(authors="Người thứ hai", version=seen))

    assert answer.status_code == 422
    assert "Người khác vừa sửa" in answer.text
    assert "Người thứ nhất" in answer.text
    assert 'value="Người thứ hai"' in answer.text
    again = answer.text.split('name="version" value="')[1].split('"')[0]
    sent(desk, page, **form(authors="Người thứ hai", version=again))
    assert school.rows(Edition, id=edition)[0].authors == "Người thứ hai"


def test_copy_has_a_place_and_stays(school: DeskSchool, desk: DeskClient) -> None:
    """S11: given a copy, when its shelf is entered, then the title's page and records have it."""
    edition = school.copy("STN.00001").edition_id
    where = {"accession": "STN.00001", "shelf": "A2", "row": "3", "stays": "1"}
    sent(desk, f"/sach/{edition}/cho-de", **where)

    copy = school.copy("STN.00001")
    assert (copy.shelf, copy.row, copy.in_library_only) == ("A2", "3", True)


def test_theme_has_its_days(school: DeskSchool, desk: DeskClient) -> None:
    """S63: given a tagged title, when its shelf gets days, then it is shown until dropped."""
    edition = school.copy("STN.00001").edition_id
    tag = "Tủ sách Bác Hồ"
    assert tag in sent(desk, f"/sach/{edition}/tu-sach", tag=tag)
    assert "Dế Mèn" in words(desk.page(f"/sach?tu={tag}"))
    days = {"name": tag, "begins": "2026-11-09", "ends": "2026-11-30"}
    assert "Ngày cuối phải sau" in sent(desk, "/tu-sach", 422, **{**days, "ends": "2026-11-01"})
    assert "đang trưng bày" in sent(desk, "/tu-sach", **days)
    assert school.count(Theme) == 1
    sent(desk, "/tu-sach/thoi", name=tag, begins="2026-11-09")
    assert (school.count(Theme), school.count(EditionTag)) == (0, 1)
    sent(desk, f"/sach/{edition}/tu-sach", tag=tag, off="1")
    assert school.count(EditionTag) == 0


def test_usual_themes_come_by_one_button(school: DeskSchool, desk: DeskClient) -> None:
    """S67: given a school year, when its themes are entered twice, then each is there once."""
    sent(desk, "/tu-sach/quen-thuoc")
    told = sent(desk, "/tu-sach/quen-thuoc")

    assert "Ngày Sách và Văn hóa đọc Việt Nam 21/4" in told
    assert school.count(Theme) == len(list(usual_themes(YEAR)))


def test_list_on_a_theme_is_printed(school: DeskSchool, desk: DeskClient) -> None:
    """S18, S61: given a themed shelf, when its list is asked for, then its titles and no others."""
    edition = school.copy("STN.00001").edition_id
    sent(desk, f"/sach/{edition}/tu-sach", tag="Tủ sách Bác Hồ")
    school.change(Edition, edition, authors="Tô Hoài", publisher="Kim Đồng", year=2020)
    form = {"heading": "Thư mục chuyên đề", "introduction": "Lời đầu.", "subject": "", "grade": ""}
    answer = desk.submit("/thu-muc", tag="Tủ sách Bác Hồ", **form)
    with pypdfium2.PdfDocument(answer.content) as document:
        told = " ".join(document[0].get_textpage().get_text_bounded().split())

    assert "Lời đầu." in told
    assert "1. Dế Mèn phiêu lưu ký / Tô Hoài.– Kim Đồng, 2020. STN · 4 cuốn" in told
    assert "Toán" not in told
    assert "có nhan đề" in sent(desk, "/thu-muc", 422, tag="", **form)
    assert "Dài quá" in sent(desk, "/thu-muc", 422, tag="", **{**form, "introduction": "x" * 3001})


def test_list_is_narrowed_sorted_and_taken_away(school: DeskSchool, desk: DeskClient) -> None:
    """Given five kho, when one is asked for, then its titles alone, on screen and as a file."""
    told = words(desk.page("/sach?kho=STK"))
    assert "Bồi dưỡng Toán 6" in told
    assert "Dế Mèn" not in told
    file = desk.get("/sach?tai=csv&sap=-cuon").content.decode("utf-8-sig").splitlines()
    assert file[1].startswith('"Toán 6, sách giáo viên"')


def test_teacher_reads_and_cannot_edit(school: DeskSchool, desk: DeskClient) -> None:
    """Given a teacher, when at a title's page, then it is read, without a way to change it."""
    edition: Any = school.copy("STN.00001").edition_id
    teacher = school.client(DeskRole.TEACHER)

    assert "Sửa" not in words(teacher.page(f"/sach/{edition}"))
    assert teacher.submit(f"/sach/{edition}/sua", **form()).status_code == 403
    assert desk.get(f"/sach/{uuid4()}").status_code == 404
