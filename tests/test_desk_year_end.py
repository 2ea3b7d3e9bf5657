"""The report at the end of a school year: figures that are live, words that are kept (S71)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from db.activities import Activities, Held
from db.ids import new_id
from db.states import ActivityKind, DeskRole
from tests.desk_school import DeskSchool, sent, words
from tests.small_school import YEAR, number


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


def test_year_report_has_live_figures(school: DeskSchool) -> None:
    """S02, S36, S46, S56, S71: given a year's events, when reported, then each is counted."""
    school.desk.check_out(school.known("An"), number("STN"), new_id())
    school.losses.report_lost(number("STN", 2))
    training = Held(date(2026, 11, 5), ActivityKind.TRAINING, "Tập huấn của Sở", readers=1)
    Activities(school.library).enter(training, "hoa")
    book = school.client().get("/tong-ket?tai=xlsx").content
    sheets = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    rows = {
        row[0].value: [cell.value for cell in row[1:4]] for s in sheets for row in s.iter_rows()
    }

    assert rows["Khối 6"] == [1, 2, 0]
    assert rows["Sách"][1] == 53
    assert rows["Lượt bạn đọc"][0] == 1
    assert rows["Lượt sách mượn về"][0] == 1
    assert rows["Báo mất"][0] == 1
    assert rows["Còn đang giải quyết"][0] == 1
    assert rows["Bồi dưỡng nghiệp vụ"][:2] == [1, "05/11: Tập huấn của Sở"]


def test_words_of_the_year_are_kept(school: DeskSchool) -> None:
    """S71: given what the librarian says, when saved, then on screen, on paper, a year each."""
    librarian = school.client()
    said = {"achieved": "Đạt mức độ 1\n\n12 lớp có tủ sách", "lacking": "", "ahead": "Mua thêm"}
    assert "Đã lưu phần đánh giá." in sent(librarian, "/tong-ket", **said)
    page = words(school.client(DeskRole.PRINCIPAL).page(f"/tong-ket?nam={YEAR.name}"))
    assert "Đạt mức độ 1 12 lớp có tủ sách" in page
    assert "Mua thêm" not in words(librarian.page("/tong-ket?nam=2027-2028"))
    assert librarian.get("/tong-ket?tai=pdf").content.startswith(b"%PDF")
    assert "Dài quá" in sent(librarian, "/tong-ket", 422, ahead="x" * 6001)
    assert school.client(DeskRole.PRINCIPAL).submit("/tong-ket").status_code == 403
