"""The counter: what a card, a label, an ISBN or a name does there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from db.models import AuditEntry, Copy, Edition, Hold, Loan, Override
from db.states import CopyState, DeskRole, LoanKind
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import card_of, named

AN = f"/muon-tra?ban-doc={named('An')}"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def scan(desk: DeskClient, code: str, name: str = "", mode: str = "", status: int = 303) -> str:
    reader = str(named(name)) if name else ""
    return sent(desk, "/muon-tra", status, code=code, reader=reader, mode=mode)


def test_scanner_alone_lends_and_takes_back(school: DeskSchool, desk: DeskClient) -> None:
    """Given card, book, nothing, book, when scanned, then lent, left and taken back."""
    assert "Nguyễn Văn An – lớp 6A" in scan(desk, card_of("An"))
    assert "Đã ghi mượn “Bồi dưỡng Toán 6” (STK.00001)" in scan(desk, "STK.00001", "An")
    assert "Thẻ bạn đọc để mượn" in scan(desk, "", "An")
    told = scan(desk, "STK.00001")

    assert "Đã ghi trả “Bồi dưỡng Toán 6”" in told
    assert "Người mượn Nguyễn Văn An" in told
    assert school.loan_of("STK.00001").returned_at is not None


def test_rule_is_overridden_with_a_reason_only(school: DeskSchool, desk: DeskClient) -> None:
    """Given a textbook kept for sets, when let through, then the reason is asked and logged."""
    told = scan(desk, "SGK.00001", "An", status=422)
    assert "sách giáo khoa cho mượn theo bộ" in told
    assert "Vẫn cho mượn SGK.00001, vì" in told

    reader = str(named("An"))
    wanted = {"accession": "SGK.00001", "reader": reader}
    assert "Ghi lý do" in sent(desk, "/muon-tra/cho-qua", 422, reason=" ", **wanted)
    assert school.count(Loan) == 0
    told = sent(desk, "/muon-tra/cho-qua", reason="thi học sinh giỏi", **wanted)

    assert "Đã ghi mượn" in told
    (entry,) = school.rows(AuditEntry, act="lent-by-word")
    assert entry.detail == "SGK.00001"  # what may name a child stays with the loan
    assert [row.reason for row in school.rows(Override)] == ["thi học sinh giỏi"]


def test_copy_on_loan_is_not_overridden(school: DeskSchool, desk: DeskClient) -> None:
    """Given a copy that somebody has, when another would borrow it, then there is no way round."""
    scan(desk, "STK.00001", "Bình")
    told = scan(desk, "STK.00001", "An", status=422)

    assert "đang có người khác mượn" in told
    assert "Vẫn cho mượn STK" not in told


def test_mode_decides_what_a_scan_does(school: DeskSchool, desk: DeskClient) -> None:
    """Given a reader at the counter, when the mode is set, then read here, renew, take back."""
    scan(desk, "BC.00001", "An", mode="doc")
    assert school.loan_of("BC.00001").kind is LoanKind.IN_LIBRARY
    scan(desk, "STK.00001", "An")
    assert "Chưa đến lúc gia hạn" in scan(desk, "STK.00001", "An", mode="gia-han", status=422)
    school.set_clock(school.loan_of("STK.00001").due)
    desk = school.client()
    assert "Đã gia hạn" in scan(desk, "STK.00001", "An", mode="gia-han")
    told = scan(desk, "STK.00001", "An", mode="tra")
    assert "Đã ghi trả" in told
    assert 'value="tra" selected' in desk.page(f"{AN}&che-do=tra")


def test_name_and_isbn_find_what_has_no_code(school: DeskSchool, desk: DeskClient) -> None:
    """Given neither card nor label, when name and ISBN are typed, then both are found."""
    edition = school.copy("STN.00001").edition_id
    school.change(Edition, edition, isbn="9786040000002")

    assert "Nguyễn Văn An" in scan(desk, "an 6a")
    assert "Dế Mèn phiêu lưu ký" in scan(desk, "9786040000002", "An")
    told = words(desk.page(f"{AN}&sach={edition}"))
    assert "STN.00001" in told
    assert "Cho mượn" in told


def test_codes_are_read_as_people_type_them(school: DeskSchool, desk: DeskClient) -> None:
    """Given a card and a number typed by hand, when sent, then they are understood."""
    assert "Nguyễn Văn An – lớp 6A" in scan(desk, card_of("An").lower())
    assert "(STK.00003), hạn trả" in scan(desk, "stk 3", "An")
    assert "Đã ghi trả" in scan(desk, "00003/STK")


def test_act_just_done_is_undone(school: DeskSchool, desk: DeskClient) -> None:
    """Given a loan and later its return, when undone at once, then each is as it was."""
    scan(desk, "STK.00001", "An")
    loan = str(school.loan_of("STK.00001").id)
    scan(desk, "STK.00001")
    undo = {"loan": loan, "reader": str(named("An"))}
    assert "Đã hoàn lại" in sent(desk, "/muon-tra/hoan-lai", **undo)
    assert school.loan_of("STK.00001").returned_at is None
    assert "Đã hoàn lại" in sent(desk, "/muon-tra/hoan-lai", **undo)
    assert "Chưa mượn cuốn nào" in words(desk.page(AN))
    scan(desk, "STK.00001", "An")
    assert "Hoàn lại" in words(desk.page(AN))
    school.clock.advance(timedelta(seconds=60))
    assert "Hoàn lại" not in words(desk.page(AN))
    undo = {"loan": str(school.loan_of("STK.00001").id), "reader": str(named("An"))}
    assert "hãy ghi trả" in sent(desk, "/muon-tra/hoan-lai", 422, **undo)


def test_lost_copy_comes_back_as_found(school: DeskSchool, desk: DeskClient) -> None:
    """Given a copy reported lost, when it is scanned, then it is found and on the shelf."""
    school.change(Copy, school.copy("STK.00001").id, state=CopyState.LOST)

    assert "nay đã tìm thấy" in scan(desk, "STK.00001")
    assert school.copy("STK.00001").state is CopyState.AVAILABLE


def test_title_is_reserved_at_the_counter(school: DeskSchool, desk: DeskClient) -> None:
    """Given a title that is out, when reserved, then the reader waits; a second time is refused."""
    school.choose(holds_allowed=True)
    edition = str(school.copy("STN.00001").edition_id)
    form = {"reader": str(named("An")), "edition": edition}
    assert "đang có trên giá" in sent(desk, "/muon-tra/dat-truoc", 422, **form)
    for place, name in enumerate(("Bình", "Chi", "Bình", "Chi"), 1):
        scan(desk, f"STN.{place:05d}", name)
    assert "Đã đặt giữ “Dế Mèn phiêu lưu ký”" in sent(desk, "/muon-tra/dat-truoc", **form)
    assert school.count(Hold) == 1


def test_unknown_code_is_said_and_nothing_done(school: DeskSchool, desk: DeskClient) -> None:
    """Given numbers that nobody has, when scanned, then a sentence each, and no loan."""
    assert "Không có thẻ HS999999" in scan(desk, "HS999999", status=422)
    assert "Không có cuốn nào mang số STK.99999" in scan(desk, "STK.99999", status=422)
    assert school.count(Loan) == 0
    assert desk.get("/muon-tra?ban-doc=khong&sach=x&vua-tra=y").status_code == 200


def test_collaborator_takes_back_and_sees_nobody(school: DeskSchool, desk: DeskClient) -> None:
    """Given a pupil who helps, when they scan, then returns only, and no reader's name."""
    scan(desk, "STK.00001", "An")
    helper = school.client(DeskRole.COLLABORATOR)
    told = scan(helper, "STK.00001", "Bình")

    assert "Đã ghi trả" in told
    assert "Nguyễn" not in told
    assert "Không nhận ra mã" in scan(helper, card_of("An"), status=422)
    reader = str(named("An"))
    assert helper.submit("/muon-tra/gia-han", reader=reader).status_code == 403
