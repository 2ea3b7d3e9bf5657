"""The check of textbooks at the desk: class by class, on screen and on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import openpyxl
import pypdf
import pytest
from sqlalchemy import insert

from db.ids import new_id
from db.models import AuditEntry, Edition, MissingTextbook, Patron, SetTemplate
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import named

HERE = "/kiem-tra-sgk"
CLASS = f"{HERE}/lop?lop=6A"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    edition: UUID = school.copy("SGK.00001").edition_id
    school.change(Edition, edition, grade=6)
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    """At the desk, with a set of the one textbook there is."""
    desk = school.client()
    edition = str(school.copy("SGK.00001").edition_id)
    sent(desk, "/bo-sgk/moi", name="Bộ khối 6", grade="6", titles=edition)
    return desk


def pair(school: DeskSchool, name: str) -> str:
    """A box of the form: this pupil lacks the textbook."""
    return f"{named(name)} {school.copy('SGK.00001').edition_id}"


def test_ticked_titles_are_missing(school: DeskSchool, desk: DeskClient) -> None:
    """S07: given a class, when a title is ticked for one pupil, then 6A is not complete."""
    before = words(desk.page(HERE))
    told = sent(desk, CLASS, lacks=pair(school, "An"))
    pupils = len(re.findall(r'th scope="row"', desk.page(CLASS)))

    assert "6A 2 2 100,0 % Không thiếu" in before
    assert "Đã ghi lớp 6A." in told
    assert (pupils, school.count(MissingTextbook)) == (2, 1)
    assert "6A 2 1 50,0 % 1 lượt" in words(desk.page(HERE))
    assert school.rows(AuditEntry)[-1].act == "textbooks-checked"


def test_lent_title_is_had(school: DeskSchool, desk: DeskClient) -> None:
    """S07, S66: given a missing title, when the library lends it, then nobody is asked for it."""
    sent(desk, CLASS, lacks=pair(school, "An"))
    (template,) = school.rows(SetTemplate)
    asked = {"set": str(template.id), "homeroom": "6A", "pupil": str(named("An"))}
    sent(desk, "/bo-sgk/phat", code="SGK.00001", **asked)
    page = desk.page(CLASS)

    assert "2 / 2 học sinh đủ sách" in words(page)
    assert "Đang mượn của thư viện" in page


def test_second_person_sees_what_the_first_noted(school: DeskSchool, desk: DeskClient) -> None:
    """Given two at one class, when both note, then the second is told and decides."""
    (version,) = re.findall(r'name="version" value="([^"]+)"', desk.page(CLASS))
    sent(desk, CLASS, lacks=pair(school, "An"), version=version)
    told = desk.submit(CLASS, lacks=pair(school, "Bình"), version=version)

    assert told.status_code == 409
    assert "Người khác vừa ghi lớp này" in told.text
    assert [row.patron_id for row in school.rows(MissingTextbook)] == [named("An")]


def fill_class(school: DeskSchool, names: list[str]) -> None:
    """Let more pupils be in 6A."""
    an = school.rows(Patron, id=named("An"))[0]._asdict()
    with school.engine.begin() as connection:
        more = [{**an, "id": new_id(), "name": name} for name in names]
        connection.execute(insert(Patron), more)


def test_class_sheet_is_one_page(school: DeskSchool, desk: DeskClient) -> None:
    """S19: given a class of 50 that all lack a book, when printed, then one A4 page names all."""
    names = [f"Hoàng Thị Minh {place:02d}" for place in range(48)]
    fill_class(school, names)
    textbook = school.copy("SGK.00001").edition_id
    sent(desk, CLASS, lacks=[f"{one.id} {textbook}" for one in school.rows(Patron, homeroom="6A")])
    pages = pypdf.PdfReader(io.BytesIO(desk.get(f"{CLASS}&tai=pdf").content)).pages
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{HERE}?tai=xlsx").content))
    cells = [str(cell) for sheet in book for row in sheet.values for cell in row]

    assert len(pages) == 1
    printed, told = " ".join(pages[0].extract_text().split()), " ".join(cells)
    everybody = ["Nguyễn Văn An", *names]
    assert [name for name in everybody if name not in printed or name not in told] == []
    assert {"Toán 6", "0,0"} <= set(cells)


def test_unknown_class_is_sent_back(desk: DeskClient) -> None:
    """Given a class that is not there, when asked, then the list of classes with a sentence."""
    answer = desk.get(f"{HERE}/lop?lop=6Z")

    assert answer.status_code == 303
    assert "Chọn một lớp." in words(desk.page(answer.headers["Location"]))
