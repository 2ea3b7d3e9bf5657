"""The desk's pages on PostgreSQL: every list answers, and the main acts are done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from db.models import (
    Activity,
    Asset,
    Corner,
    Crate,
    DataRequest,
    LossCase,
    Partner,
    PlanTask,
    SetTemplate,
    Voucher,
)
from db.states import DeskRole
from tests.desk_routes import ask, gated
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.postgres import PostgresServer
from tests.small_school import card_of, named

LISTS = (
    "/sach?kho=STK&sap=-cuon",
    "/sach?q=de men",
    "/sach?tu=Tủ",
    "/tu-sach",
    "/thu-muc",
    "/nhap-sach",
    "/xu-ly?buoc=received",
    "/sach-tep",
    "/in-nhan",
    "/in-the",
    "/de-nghi",
    "/bo-sgk",
    "/giu-cho",
    "/nhac-tra",
    "/thu-hoi",
    "/mat-hong?xem=het",
    "/goc-lop",
    "/muon-tra?q=an 6a",
    "/ke-hoach",
    "/hoat-dong",
    "/cong-tac-vien",
    "/hop",
    "/tai-san",
    "/lien-thong",
    "/tong-ket",
    "/bieu-do",
    "/bao-cao/luu-thong",
    "/bao-cao/gio-dong",
    "/bao-cao/muon-nhieu?khoi=6",
    "/bao-cao/khong-muon?nam=1",
    "/bao-cao/cu-nat?luc=10/11/2026 08:00",
    "/bao-cao/de-nghi-mua",
    "/ban-doc/yeu-cau?xem=het",
    "/cai-dat/nhat-ky?viec=view-loans",
    "/viec",
)


@pytest.fixture(scope="module")
def school(postgres: PostgresServer) -> Iterator[DeskSchool]:
    school = DeskSchool(postgres.new_records())
    yield school
    school.close()


@pytest.fixture(scope="module")
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


@pytest.mark.parametrize("path", LISTS)
def test_list_answers_on_postgresql(desk: DeskClient, path: str) -> None:
    """Given a server, when a list is asked for, then it is there."""
    assert "Trợ giúp" in desk.page(path)


def test_main_acts_are_done_on_postgresql(school: DeskSchool, desk: DeskClient) -> None:
    """Given a server, when the desk's main acts are done in a row, then each says so."""
    an = {"reader": str(named("An"))}
    edition = str(school.copy("STN.00001").edition_id)
    assert "Nguyễn Văn An" in sent(desk, "/muon-tra", code=card_of("An"))
    assert "Đã ghi mượn" in sent(desk, "/muon-tra", code="STK.00001", **an)
    assert "Nguyễn Văn An 1" in words(desk.page("/nhac-tra/phieu-tra-du?lop=6A&xem=1"))
    assert "Đã ghi báo mất" in sent(
        desk, "/mat-hong/moi", accession="STK.00001", kind="lost", damage="", note=""
    )
    (case,) = school.rows(LossCase)
    assert "số mới STK.00013" in sent(desk, f"/mat-hong/{case.id}/xong", how="replaced")
    sent(desk, "/nhap-sach", source="Khác")
    (entry,) = school.rows(Voucher, source="Khác")
    assert "Đã cấp số STN.00005" in sent(
        desk, f"/nhap-sach/{entry.id}", sach=edition, kho="STN", copies="1"
    )
    assert "đã đóng dấu" in sent(desk, "/xu-ly", code="STN.00005")
    assert "Đã xếp vào" in sent(desk, f"/sach/{edition}/tu-sach", tag="Tủ sách Bác Hồ")
    assert "Dế Mèn" in words(desk.page("/sach?tu=Tủ sách Bác Hồ"))
    textbook = str(school.copy("SGK.00001").edition_id)
    assert "Chọn ít nhất" in sent(desk, "/bo-sgk/moi", 422, name="B", grade="6", titles=textbook)
    assert school.count(SetTemplate) == 0


def test_crate_comes_and_goes_on_postgresql(school: DeskSchool, desk: DeskClient) -> None:
    """Given a server, when a crate is sent and taken back, then nothing is missing."""
    keepers = {"teacher": str(named("Lan")), "first": "", "second": ""}
    sent(desk, "/goc-lop/moi", homeroom="6A", name="Tủ sách lớp 6A", **keepers)
    (corner,) = school.rows(Corner)
    day = "2026-12-01"
    sent(desk, f"/goc-lop/{corner.id}/gui", number="6A-1", due=day, numbers="STK.00002 STK.00003")
    (crate,) = school.rows(Crate)
    assert "2/2 cuốn chưa về" in words(desk.page(f"/thung-sach/{crate.id}"))
    assert "Đã nhận 2 cuốn." in sent(desk, f"/thung-sach/{crate.id}/ca-thung")
    assert desk.get(f"/goc-lop/{corner.id}/bang").headers["Content-Type"] == "application/pdf"


def test_year_is_kept_on_postgresql(school: DeskSchool, desk: DeskClient) -> None:
    """Given a server, when the year's papers are entered, then each is on its page and counted."""
    sent(desk, "/ke-hoach")
    assert "Đã làm 0/70 việc" in words(desk.page("/ke-hoach"))
    assert "việc kế hoạch cần xong" in words(desk.page("/"))
    an = {"homeroom": "6A", "patron": str(named("An")), "office": ""}
    assert "Nguyễn Văn An" in sent(desk, "/cong-tac-vien/them", **an)
    sent(desk, "/cong-tac-vien/lich-truc", turn="noon")
    lesson = {"kind": "reading-lesson", "day": "10/11/2026", "what": "Đọc sách", "led_by": "Cô Lan"}
    seen = {"homeroom": "6A", "readers": "30", "in_library": "1"}
    assert "Đọc sách 6A Cô Lan 30" in sent(desk, "/hoat-dong/moi", **lesson, **seen)
    (held,) = school.rows(Activity)
    assert "Đã ghi kiểm tra: đạt." in sent(desk, f"/hoat-dong/{held.id}/an-toan", all="1")
    assert "6A Cô Lan 29" in sent(
        desk, f"/hoat-dong/{held.id}", **lesson, **{**seen, "readers": "29"}
    )
    shelf = {"name": "Giá", "kind": "furniture", "unit": "cái", "good": "3", "worn": "0"}
    assert "Giá" in sent(desk, "/tai-san/moi", **shelf, broken="0")
    (asset,) = school.rows(Asset)
    assert "1 hỏng" in sent(desk, f"/tai-san/{asset.id}", **shelf, broken="1")
    task = {"what": "Việc", "who": "GV", "begins_on": "1/11/2026", "due_on": "30/11/2026"}
    task_id = school.rows(PlanTask)[0].id
    assert "Đã sửa việc." in sent(desk, f"/ke-hoach/viec/{task_id}", **task)
    sent(desk, "/lien-thong", name="THCS Hoa Sen")
    (partner,) = school.rows(Partner)
    out = {"partner": str(partner.id), "number": "LT-1", "due": "2026-12-01"}
    assert "Đã giao 1 cuốn." in sent(desk, "/lien-thong/cho-muon", **out, books="STK.00005")
    assert "Còn 1/1" in words(desk.page("/lien-thong"))
    assert "lớp ít nhất: 0 tiết" in words(desk.page("/so/tu-kiem-tra"))
    assert desk.get("/tong-ket?tai=pdf").headers["Content-Type"] == "application/pdf"


def test_request_is_answered_on_postgresql(school: DeskSchool, desk: DeskClient) -> None:
    """Given a server, when data is asked for and handed out, then the request is done."""
    asked = {"card": card_of("An"), "asked_by": "parent", "wish": "copy", "paper": ""}
    assert "Đã ghi yêu cầu." in sent(desk, "/ban-doc/yeu-cau", asked_on="06/11/2026", **asked)
    desk.submit(f"/ban-doc/{named('An')}/du-lieu", kind="json")

    assert [row.done_on is not None for row in school.rows(DataRequest)] == [True]


def test_two_settle_one_case_once_on_postgresql(school: DeskSchool, desk: DeskClient) -> None:
    """Given a server, when two settle one case at once, then one new copy, and no deadlock."""
    sent(desk, "/mat-hong/moi", accession="STK.00004", kind="lost", damage="", note="")
    (case,) = school.rows(LossCase, settled_at=None)
    with ThreadPoolExecutor(2) as threads:
        settled = threads.map(
            lambda _: sent(school.client(), f"/mat-hong/{case.id}/xong", how="replaced"), range(2)
        )
        told = " ".join(settled)

    assert told.count("Đã nhập cuốn đền") == told.count("Việc này đã xong từ trước.") == 1


def test_every_route_answers_on_postgresql(school: DeskSchool) -> None:
    """Given a server and every right, when each route is asked for, then each page is there."""
    client = school.client(*DeskRole)
    for route, method, _right in gated(school):
        status = ask(client, method, route).status_code
        is_there = method == "GET" and "{" not in route.path
        kept_out_or_broken = status in (403, *range(500, 600))
        assert status in (200, 303) if is_there else not kept_out_or_broken, (method, route.path)
