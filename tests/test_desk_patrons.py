"""The readers' pages, through the real application and a real database file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
from sqlalchemy import select

from db.models import AuditEntry, Card, Enrolment, Patron, PatronDetail
from db.states import DeskRole, PatronStatus
from tests.hub_school import DeskClient, HubSchool, demo_hub, lent, named

AN = named("An")


@pytest.fixture
def desk(hub: HubSchool) -> DeskClient:
    return hub.desk()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSchool]:
    school = demo_hub(tmp_path_factory.mktemp("demo") / "hub.db")
    yield school
    school.engine.dispose()


def test_list_shows_the_school_by_class(demo: HubSchool) -> None:
    """Given 516 pupils and staff, when listed, filtered and searched, then those are shown."""
    desk = demo.desk()

    assert "1–50 trong 537" in desk.page("/ban-doc")
    assert "trong 39" in desk.page("/ban-doc?lop=6A")
    assert "trong 21" in desk.page("/ban-doc?loai=teacher")
    assert "trong 516" in desk.page("/ban-doc?loai=student&trang=3")
    assert "Chưa tìm thấy ai" in desk.page("/ban-doc?q=khong+co+ai+ten+nay")


def test_list_leaves_as_excel(demo: HubSchool) -> None:
    """Given the list of a class, when downloaded, then all are in it with their cards."""
    answer = demo.desk().get("/ban-doc?lop=7C&tai=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None

    assert sheet.max_row == 48
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} == {"7C"}
    assert "ban-doc.xlsx" in answer.headers["Content-Disposition"]


def test_reader_is_found_without_accents(desk: DeskClient) -> None:
    """Given a name typed without accents, when looked for, then the reader is listed."""
    page = desk.page("/ban-doc?q=van+an")

    assert "Nguyễn Văn An" in page
    assert "Trần Thị Bình" not in page


def test_history_is_the_librarians_and_noted(hub: HubSchool, desk: DeskClient) -> None:
    """Given a reader's loans, when looked at, then by the librarian only, and the log says so."""
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(lent("l1", "STN.00001", "An", 1))
    hub.send(kiosk)
    for role in (DeskRole.PRINCIPAL, DeskRole.IN_CHARGE, DeskRole.ADMINISTRATOR):
        assert hub.desk(role).get(f"/ban-doc/{AN}/muon").status_code == 403
    assert "Dế Mèn" not in hub.desk(DeskRole.PRINCIPAL).page(f"/ban-doc/{AN}")
    assert _acts(hub) == []

    assert "Dế Mèn phiêu lưu ký" in desk.page(f"/ban-doc/{AN}/muon")
    assert _acts(hub) == ["view-loans"]
    assert "Xem sách một bạn đọc đã mượn" in desk.page(f"/ban-doc/{AN}")


def test_new_reader_gets_class_and_card(hub: HubSchool, desk: DeskClient) -> None:
    """Given a pupil typed in, when saved, then enrolled in the class with a card of their own."""
    form = {"name": " Đỗ Thị  Yến ", "category": "student", "homeroom": "lớp 7b", "sex": "nu"}
    answer = desk.submit("/ban-doc/them", **form)
    page = desk.page(answer.headers["Location"])

    assert "Đã thêm bạn đọc và cấp thẻ." in page
    with hub.engine.begin() as connection:
        row = connection.execute(select(Patron.__table__).where(Patron.name == "Đỗ Thị Yến")).one()
        mine = {"school_id": 1, "patron_id": row.id}
        card = connection.execute(select(Card.number).filter_by(**mine)).scalar_one()
        room = connection.execute(select(Enrolment.homeroom).filter_by(**mine)).scalar_one()
        detail = connection.execute(select(PatronDetail.female).filter_by(**mine)).scalar_one()
    assert (row.homeroom, row.grade, room, detail) == ("7B", 7, "7B", True)
    assert re.fullmatch(r"HS\d{6}", card)
    assert card in page


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Chưa điền ô này."),
        ("name", "An 123", "Họ tên không có chữ số."),
        ("name", "x" * 81, "Dài quá: 81 ký tự, ô này chứa được 80."),
        ("homeroom", "5A", "Lớp chưa đúng."),
        ("homeroom", "", "Chưa điền ô này."),
        ("category", "king", "Hãy chọn một mục trong danh sách."),
        ("name", "Nguyễn Văn An", "Đã có bạn đọc cùng họ tên, cùng lớp."),
    ],
)
def test_wrong_fields_are_told_and_kept(
    hub: HubSchool, desk: DeskClient, field: str, typed: str, sentence: str
) -> None:
    """Given a form with one mistake, when sent, then a sentence beside it, the rest as typed."""
    form = {"name": "Lê Văn Tám", "category": "student", "homeroom": "6A", field: typed}
    before = hub.count(Patron)
    answer = desk.submit("/ban-doc/them", sex="", **form)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert field == "homeroom" or 'value="6A"' in answer.text
    assert hub.count(Patron) == before


def test_second_of_the_same_name_is_let_in_when_meant(hub: HubSchool, desk: DeskClient) -> None:
    """Given two pupils of one name in one class, when it is said to be meant, then both are."""
    form = {"name": "Nguyễn Văn An", "category": "student", "homeroom": "6A", "sex": ""}
    asked = desk.submit("/ban-doc/them", **form)
    assert "Vẫn thêm, đây là người khác" in asked.text
    desk.submit("/ban-doc/them", anyway="1", **form)

    assert hub.count(Patron) == 5


def test_second_editor_sees_the_first(hub: HubSchool, desk: DeskClient) -> None:
    """Given two who edit one reader, when the second saves, then they see it and decide."""
    other = hub.desk()
    form = {"name": "Nguyễn Văn Ân", "category": "student", "homeroom": "6A", "sex": ""}
    mine, theirs = (_version(one.page(f"/ban-doc/{AN}/sua")) for one in (desk, other))
    other.submit(f"/ban-doc/{AN}/sua", version=theirs, **form)
    form["name"] = "Nguyễn Văn Anh"
    late = desk.submit(f"/ban-doc/{AN}/sua", version=mine, **form)

    assert late.status_code == 422
    assert "Họ và tên: <strong>Nguyễn Văn Ân</strong>" in late.text
    assert 'value="Nguyễn Văn Anh"' in late.text
    again = desk.submit(f"/ban-doc/{AN}/sua", version=_version(late.text), **form)
    assert again.status_code == 303
    assert "<h1>Nguyễn Văn Anh</h1>" in desk.page(f"/ban-doc/{AN}")


def test_moving_class_is_a_new_enrolment(hub: HubSchool, desk: DeskClient) -> None:
    """Given a pupil, when the class is changed, then there are two enrolments, one of them over."""
    form = {"name": "Nguyễn Văn An", "category": "student", "sex": ""}
    for room in ("6B", "6C"):
        version = _version(desk.page(f"/ban-doc/{AN}/sua"))
        desk.submit(f"/ban-doc/{AN}/sua", version=version, homeroom=room, **form)
    with hub.engine.begin() as connection:
        found = connection.execute(
            select(Enrolment.homeroom, Enrolment.until).order_by(Enrolment.id)
        ).all()

    assert [(room, until is None) for room, until in found] == [("6B", False), ("6C", True)]


def test_lost_card_is_replaced_and_revoked(hub: HubSchool, desk: DeskClient) -> None:
    """Given a card, when a new one is issued and then revoked, then neither works."""
    desk.submit(f"/ban-doc/{AN}/the")
    desk.submit(f"/ban-doc/{AN}/the")
    cards = _cards(hub)
    assert sorted(cards.values()) == [False, True]
    working = next(number for number, revoked in cards.items() if not revoked)
    desk.submit(f"/ban-doc/{AN}/thu-hoi", card=working)

    assert set(_cards(hub).values()) == {True}
    assert _acts(hub) == ["card-issued", "card-issued", "card-revoked"]


def test_card_of_another_is_not_revoked(hub: HubSchool, desk: DeskClient) -> None:
    """Given one reader's page, when another's card is sent, then it still works."""
    desk.submit(f"/ban-doc/{AN}/the")
    desk.submit(f"/ban-doc/{named('Bình')}/thu-hoi", card=next(iter(_cards(hub))))

    assert set(_cards(hub).values()) == {False}


def test_priority_and_pause_turn_round(hub: HubSchool, desk: DeskClient) -> None:
    """Given a pupil, when set first and paused and back, then each is said and logged (S03)."""
    desk.submit(f"/ban-doc/{AN}/uu-tien")
    assert "Được ưu tiên phát trước" in desk.page(f"/ban-doc/{AN}")
    assert "ưu tiên" not in hub.desk(DeskRole.PRINCIPAL).page(f"/ban-doc/{AN}")
    desk.submit(f"/ban-doc/{AN}/uu-tien")
    desk.submit(f"/ban-doc/{AN}/tam-dung")
    assert "Tạm dừng" in desk.page("/ban-doc?la=tam-dung")
    desk.submit(f"/ban-doc/{AN}/tam-dung")

    assert _acts(hub) == ["priority-set", "priority-cleared", "patron-blocked", "patron-let-again"]


def test_leaver_is_listed_apart(hub: HubSchool, desk: DeskClient) -> None:
    """Given a pupil who leaves, when listed, then among the leavers only, without a card."""
    desk.submit(f"/ban-doc/{AN}/the")
    desk.submit(f"/ban-doc/{AN}/roi-truong")

    assert "Nguyễn Văn An" not in desk.page("/ban-doc")
    assert "Nguyễn Văn An" in desk.page("/ban-doc?la=da-roi")
    assert set(_cards(hub).values()) == {True}
    with hub.engine.begin() as connection:
        status = connection.execute(select(Patron.status).where(Patron.id == AN)).scalar_one()
    assert status is PatronStatus.LEFT


def test_reader_is_forgotten_after_two_steps(hub: HubSchool, desk: DeskClient) -> None:
    """Given a reader, when erased with the name typed, then gone; else, or owing, still there."""
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(lent("l1", "STN.00001", "Bình", 1))
    hub.send(kiosk)
    wrong = desk.submit(f"/ban-doc/{AN}/xoa", name="An")
    owing = desk.submit(f"/ban-doc/{named('Bình')}/xoa", name="Trần Thị Bình")
    assert "Chưa xóa gì" in wrong.text
    assert "còn 1 cuốn chưa trả" in owing.text

    assert desk.submit(f"/ban-doc/{AN}/xoa", name="Nguyễn Văn An").status_code == 303
    assert desk.get(f"/ban-doc/{AN}").status_code == 404
    assert "Nguyễn Văn An" not in desk.page("/ban-doc")


@pytest.mark.parametrize("kind", ["xlsx", "json"])
def test_readers_data_leaves_and_is_noted(hub: HubSchool, desk: DeskClient, kind: str) -> None:
    """Given a reader, when their data is asked for, then a file with it, and a line in the log."""
    answer = desk.submit(f"/ban-doc/{AN}/du-lieu", kind=kind)

    assert answer.status_code == 200
    assert "Nguyễn Văn An" in (_cells(answer.content) if kind == "xlsx" else answer.text)
    assert _acts(hub) == ["view-reader"]


def _cells(book: bytes) -> set[object]:
    """Whatever stands in a workbook."""
    sheets = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    return {cell.value for sheet in sheets for row in sheet for cell in row}


def _acts(hub: HubSchool) -> list[str]:
    with hub.engine.begin() as connection:
        asked = select(AuditEntry.act).where(AuditEntry.subject_id == AN).order_by(AuditEntry.id)
        return list(connection.scalars(asked))


def _cards(hub: HubSchool) -> dict[str, bool]:
    with hub.engine.begin() as connection:
        rows = connection.execute(select(Card.number, Card.revoked).order_by(Card.number))
        return {row.number: row.revoked for row in rows}


def _version(page: str) -> str:
    found = re.search(r'name="version" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]
