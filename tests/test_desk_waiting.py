"""Lost and damaged copies, holds and wishes at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from db.identifiers import AccessionNumber
from db.losses import Losses
from db.models import AuditEntry, ConditionNote, Copy, Hold, LossCase, Voucher, Wish
from db.outcomes import ConditionSeen
from db.states import CopyState, Damage, Settlement, WishState
from db.wishes import Wishes
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import named

LOST = {"accession": "stk.00001", "kind": "lost", "damage": "", "note": ""}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


def lend(school: DeskSchool, name: str, accession: str) -> None:
    school.desk.check_out(school.known(name), AccessionNumber(accession))


def case(school: DeskSchool) -> str:
    (row,) = school.rows(LossCase)
    return f"/mat-hong/{row.id}"


def test_lost_copy_is_replaced_in_kind(school: DeskSchool, desk: DeskClient) -> None:
    """S56: given a lost book on loan, when replaced, then a new number by a voucher "Đền bù"."""
    lend(school, "An", "STK.00001")
    told = sent(desk, "/mat-hong/moi", **LOST)
    assert "Đã ghi báo mất" in told
    assert "Nguyễn Văn An – 6A" in told
    told = sent(desk, f"{case(school)}/xong", how="replaced", decision="")

    assert "số mới STK.00013" in told
    (voucher,) = school.rows(Voucher)
    assert (voucher.source, voucher.note) == ("Đền bù", "Đền cuốn STK.00001")
    (row,) = school.rows(LossCase)
    assert row.settlement is Settlement.REPLACED
    assert row.replacement_id == school.copy("STK.00013").id
    assert school.copy("STK.00013").state is CopyState.RECEIVED
    assert school.loan_of("STK.00001").returned_at is not None


def test_waiving_needs_a_decision(school: DeskSchool, desk: DeskClient) -> None:
    """Given hardship, when waived, then the decision is asked for and logged; no second end."""
    lend(school, "An", "STK.00001")
    sent(desk, "/mat-hong/moi", **LOST)
    assert "Chưa điền" in sent(desk, f"{case(school)}/xong", 422, how="waived", decision="")
    hardship = {"how": "waived", "decision": "nhà em An khó khăn"}
    assert "Chỉ ghi số quyết định" in sent(desk, f"{case(school)}/xong", 422, **hardship)
    sent(desk, f"{case(school)}/xong", how="waived", decision="QĐ 12/2026")
    assert school.rows(AuditEntry, act="case-waived")[0].detail == "STK.00001 QĐ 12/2026"
    told = sent(desk, f"{case(school)}/xong", how="replaced", decision="")
    assert "Việc này đã xong từ trước." in told
    assert school.count(Voucher) == 0


def test_two_settle_one_case_once(school: DeskSchool, desk: DeskClient) -> None:
    """Given a case two librarians have open, when both replace at once, then one new copy."""
    sent(desk, "/mat-hong/moi", **LOST)
    losses, (row,) = Losses(school.library), school.rows(LossCase)
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda _: _replace(school, losses, row.id), range(2)))

    assert sorted(done) == ["", "STK.00013"]
    assert school.count(Voucher) == 1


def test_failed_replacement_leaves_nothing(school: DeskSchool, desk: DeskClient) -> None:
    """Given a case, when the act breaks before its end, then no voucher and no copy remain."""
    sent(desk, "/mat-hong/moi", **LOST)
    (row,) = school.rows(LossCase)
    with pytest.raises(ZeroDivisionError):
        _replace_and_break(school, row.id)

    assert school.count(Voucher) == 0
    assert school.rows(LossCase)[0].settled_at is None


def _replace_and_break(school: DeskSchool, case_id: UUID) -> None:
    with school.library.act() as act:
        assert Losses(school.library).replace_in(act, case_id, "hoa", "Đền bù")
        raise ZeroDivisionError


def _replace(school: DeskSchool, losses: Losses, case_id: UUID) -> str:
    with school.library.act() as act:
        return losses.replace_in(act, case_id, "hoa", "Đền bù") or ""


def test_found_copy_that_is_gone_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given a case that is over, when found once more, then that it is over."""
    sent(desk, "/mat-hong/moi", **LOST)
    sent(desk, f"{case(school)}/xong", how="replaced", decision="")

    assert "Việc này đã xong từ trước." in sent(desk, f"{case(school)}/tim-thay")
    assert school.copy("STK.00001").state is CopyState.LOST


def test_found_copy_ends_its_case(school: DeskSchool, desk: DeskClient) -> None:
    """Given a copy missing from its shelf, when found, then it is lent again."""
    sent(desk, "/mat-hong/moi", **LOST)
    assert "đang xử lý" in words(desk.page("/mat-hong"))
    sent(desk, f"{case(school)}/tim-thay")

    assert school.copy("STK.00001").state is CopyState.AVAILABLE
    assert "Không có cuốn nào mất hay hỏng" in words(desk.page("/mat-hong"))
    assert "đã tìm thấy" in words(desk.page("/mat-hong?xem=het"))


def test_damaged_copy_is_mended(school: DeskSchool, desk: DeskClient) -> None:
    """Given a badly torn book, when reported and mended, then it is out of use and back again."""
    torn = {**LOST, "kind": "damaged", "damage": "severe", "note": "rách bìa"}
    told = sent(desk, "/mat-hong/moi", **torn)
    assert "Sách hỏng, nặng" in told
    assert school.copy("STK.00001").state is CopyState.DAMAGED
    sent(desk, f"{case(school)}/da-sua")
    assert school.copy("STK.00001").state is CopyState.AVAILABLE


def test_what_readers_said_is_looked_at(school: DeskSchool, desk: DeskClient) -> None:
    """S68: given a reader who said a book is torn, when looked at, then it waits no more."""
    torn = ConditionSeen(Damage.SLIGHT, "rách bìa")
    school.desk.check_out(school.known("An"), AccessionNumber("STK.00001"), condition=torn)
    told = words(desk.page("/mat-hong"))
    assert "Bạn đọc báo rách, bẩn 1 cuốn chờ xem" in told
    assert "nhẹ. rách bìa" in told
    (note,) = school.rows(ConditionNote)
    assert "Đã xem." in sent(desk, "/mat-hong/da-xem", note=str(note.id))
    assert "rách bìa" not in words(desk.page("/mat-hong"))
    sent(desk, "/mat-hong/da-xem", note="khong")


def test_copy_that_cannot_be_lost_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given numbers that are none or gone already, when reported, then the field says so."""
    for number in ("STK.77777", "x" * 30, ""):
        answer = desk.submit("/mat-hong/moi", **{**LOST, "accession": number})
        assert answer.status_code == 422
        assert 'id="accession-wrong"' in answer.text
    school.change(Copy, school.copy("STK.00002").id, state=CopyState.WITHDRAWN)
    gone = {**LOST, "accession": "STK.00002"}
    assert "đã xuất" in sent(desk, "/mat-hong/moi", 422, **gone)
    assert desk.get(f"/mat-hong/{uuid4()}").status_code == 404


def test_holds_are_listed_cancelled_and_ended(school: DeskSchool, desk: DeskClient) -> None:
    """Given two who wait, when one is cancelled and the other too late, then nobody waits."""
    assert "Trường chưa mở" in words(desk.page("/giu-cho"))
    school.choose(holds_allowed=True)
    for place in range(1, 5):
        lend(school, "Bình" if place < 3 else "Chi", f"STN.{place:05d}")
    edition = school.copy("STN.00001").edition_id
    for name in ("An", "Dũng"):
        school.holds.place(school.known(name), edition)
    told = words(desk.page("/giu-cho"))
    assert "Nguyễn Văn An – 6A" in told
    first, second = school.rows(Hold)
    sent(desk, "/giu-cho/bo", hold=str(second.id))
    assert "không còn chờ" in sent(desk, "/giu-cho/bo", hold=str(second.id))
    school.desk.check_in(AccessionNumber("STN.00001"))
    assert "STN.00001, giữ đến" in words(desk.page("/giu-cho"))
    school.set_clock(school.rows(Hold, id=first.id)[0].keep_until.replace(day=30))
    told = sent(school.client(), "/giu-cho/don")
    assert "Đã kết thúc 1 lượt" in told
    assert "Không ai đang chờ" in told


def test_wish_is_looked_at_and_decided(school: DeskSchool, desk: DeskClient) -> None:
    """S80: given a pupil's wish, when decided with its right title, then it is on the list."""
    Wishes(school.library).make(named("An"), "doremon tap 5")
    (wish,) = school.rows(Wish)
    assert "doremon tap 5 1 mới, chưa xem" in words(desk.page("/de-nghi"))
    assert "doremon tap 5" in desk.page(f"/de-nghi?sach={wish.id}")
    form = {"wish": str(wish.id), "state": "listed", "title": "Doraemon, tập 5"}
    assert "trong danh sách mua" in sent(desk, "/de-nghi", **form)
    (wish,) = school.rows(Wish)
    assert (wish.title, wish.state) == ("Doraemon, tập 5", WishState.LISTED)
    assert "dài quá" in sent(desk, "/de-nghi", **{**form, "title": "x" * 101})
