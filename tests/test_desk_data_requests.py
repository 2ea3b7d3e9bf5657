"""What parents ask about their children's data, at the desk: entered, due, answered, done."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import update

from admin.data_requests import answer_by
from db.calendar import Calendar
from db.models import AuditEntry, DataRequest, Patron
from db.privacy import AUDIT_DAYS, retire
from db.states import Asker, DataWish
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import card_of, named

HERE = "/ban-doc/yeu-cau"
FRIDAY, TUESDAY = date(2026, 11, 6), date(2026, 11, 10)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def asked(**other: str) -> dict[str, str]:
    form = {"card": card_of("An").lower(), "asked_by": "parent", "wish": "copy"}
    return {**form, "asked_on": "06/11/2026", "paper": "Đơn 3", **other}


@pytest.mark.parametrize(
    ("closed", "due"),
    [((), TUESDAY), ((date(2026, 11, 9),), date(2026, 11, 11)), ((TUESDAY,), date(2026, 11, 11))],
)
def test_answer_is_due_in_two_working_days(closed: tuple[date, ...], due: date) -> None:
    """Given a request on a Friday, when its day is reckoned, then weekend and days off do not."""
    calendar = Calendar(frozenset(range(5)), closed_days=frozenset(closed))

    assert answer_by(FRIDAY, calendar) == due


def test_request_is_entered_answered_and_done(school: DeskSchool, desk: DeskClient) -> None:
    """Given a parent's letter, when entered, answered and done, then the list tells each."""
    told = sent(desk, HERE, **asked())
    assert "Nguyễn Văn An – 6A Xem, nhận bản sao Cha mẹ, người giám hộ 06/11/2026" in told
    (row,) = school.rows(DataRequest)
    assert (row.answer_by, row.done_by) == (TUESDAY, date(2026, 11, 16))
    one = f"{HERE}/{row.id}"
    assert "Hãy ghi trả lời trước" in sent(desk, f"{one}/xong")
    assert "Chưa điền" in sent(desk, f"{one}/tra-loi", 422, answer="")
    assert "Chờ làm" in sent(desk, f"{one}/tra-loi", answer="hẹn ngày 30/11")
    assert "từ trước" in sent(desk, f"{one}/tra-loi", answer="lần nữa")
    assert "Không còn việc gì" in sent(desk, f"{one}/xong")

    assert "Nguyễn Văn An" not in words(desk.page(HERE))
    assert "hẹn ngày 30/11" in words(desk.page(one))
    assert "Nguyễn Văn An" in words(desk.page(f"{HERE}?xem=het"))
    assert "Làm xong yêu cầu" in words(desk.page("/cai-dat/nhat-ky?viec=data-done"))
    assert "An" not in "".join(entry.detail for entry in school.rows(AuditEntry))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"card": "HS000000"}, "Không có thẻ này."),
        ({"asked_on": "20/11/2099"}, "Ngày này chưa đến."),
        ({"asked_on": "hôm qua"}, "Ngày chưa đúng."),
        ({"asked_by": "unknown"}, "Hãy chọn một mục"),
    ],
)
def test_wrong_request_is_told(
    school: DeskSchool, desk: DeskClient, wrong: dict[str, str], sentence: str
) -> None:
    """Given a request with one mistake, when sent, then a sentence, and nothing is entered."""
    assert sentence in sent(desk, HERE, 422, **asked(**wrong))
    assert school.count(DataRequest) == 0


def test_late_answer_stands_out(school: DeskSchool, desk: DeskClient) -> None:
    """Given a request of long ago, when the list is opened, then it is late."""
    told = sent(desk, HERE, **asked(asked_on="02/11/2026"))

    assert "Quá hạn trả lời" in told


def test_data_handed_out_ends_its_request(school: DeskSchool, desk: DeskClient) -> None:
    """Given a request for a copy, when the data leaves, then it is done; unasked is entered."""
    sent(desk, HERE, **asked())
    sent(desk, HERE, **asked(wish="erase"))
    desk.submit(f"/ban-doc/{named('An')}/du-lieu", kind="json")
    done = {row.wish: row.done_on for row in school.rows(DataRequest)}
    assert done[DataWish.COPY] is not None
    assert done[DataWish.ERASE] is None
    for kind in ("json", "xlsx"):
        desk.submit(f"/ban-doc/{named('Bình')}/du-lieu", kind=kind)

    (row,) = school.rows(DataRequest, patron_id=named("Bình"))
    assert (row.asked_by, row.wish, row.done_on) == (Asker.UNKNOWN, DataWish.COPY, row.asked_on)


def test_request_outlives_the_erased_reader(school: DeskSchool, desk: DeskClient) -> None:
    """Given a request to erase, when it is done, then it stays without a name, for two years."""
    sent(desk, HERE, **asked(wish="erase"))
    with school.engine.begin() as connection:
        connection.execute(update(DataRequest).values(answer="Gửi mẹ em Nguyễn Văn An"))
    desk.submit(f"/ban-doc/{named('An')}/xoa", name="Nguyễn Văn An")
    told = words(desk.page(f"{HERE}?xem=het"))
    assert "bạn đọc đã xóa Xóa dữ liệu" in told
    assert "Nguyễn Văn An" not in told
    assert [row.answer for row in school.rows(DataRequest)] == [""]
    with school.engine.begin() as connection:
        retire(connection, 1, FRIDAY, school.clock.now())
    assert school.count(DataRequest) == 1
    with school.engine.begin() as connection:
        long_ago = date.fromordinal(FRIDAY.toordinal() - AUDIT_DAYS - 30)
        connection.execute(update(DataRequest).values(done_on=long_ago))
        retire(connection, 1, long_ago, school.clock.now())

    assert school.count(DataRequest) == 0


def test_record_of_a_reader_holds_no_formula(school: DeskSchool, desk: DeskClient) -> None:
    """Given a text that begins like a formula, when the data leaves, then a text it stays."""
    school.change(Patron, named("Lan"), name="=HYPERLINK(1)")
    answer = desk.submit(f"/ban-doc/{named('Lan')}/du-lieu", kind="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]

    assert "'=HYPERLINK(1)" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} & {"f"} == set()
