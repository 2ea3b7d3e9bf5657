"""Weeding: a list is drawn up, hung out for fifteen days, approved, carried out (R10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from db.engine import sqlite_url
from db.models import Copy, Edition, Voucher, WeedingList
from db.outcomes import ConditionSeen, Refusal
from db.registers.books import Books
from db.registers.sheet import Sheet, Weight
from db.states import CopyState, Damage
from db.weeding import CarriedOut, Ground, NotYet, Step, Wanted, WeedingLists, WhyNotYet
from tests.postgres import PostgresServer, told_after
from tests.small_school import MORNING, SmallSchool, named, number

TODAY = MORNING.date()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"), is_station=False)
    yield made
    made.close()


@pytest.fixture
def lists(school: SmallSchool) -> WeedingLists:
    return WeedingLists(school.library)


def found(lists: WeedingLists, wanted: Wanted) -> set[str]:
    """The numbers of the copies that might go."""
    return {one.accession for one in lists.candidates(wanted)}


def drawn(lists: WeedingLists, *copies: str, reason: str = "Rách nát") -> UUID:
    """A list of some copies."""
    wanted = [named(copy) for copy in copies]
    return lists.draw_up("Thanh lọc 2026", wanted, reason, "Hủy", "hoa")


def approved(school: SmallSchool, lists: WeedingLists, *copies: str) -> UUID:
    """A list that may be carried out."""
    weeding = drawn(lists, *copies)
    assert lists.publish(weeding) is None
    school.set_clock(TODAY + timedelta(days=15))
    assert lists.approve(weeding, "Thầy Minh", "12/QĐ-THCS", TODAY) is None
    return weeding


def step(lists: WeedingLists, weeding: UUID) -> Step:
    """How far a list is."""
    told = lists.list_of(weeding)
    assert told is not None
    return told[0].step


def test_grounds_find_what_might_go(school: SmallSchool, lists: WeedingLists) -> None:
    """Given worn, lost, old and unread copies, when looked for, then each ground finds its own."""
    school.losses.report_lost(number("STK", 1))
    school.losses.report_damaged(number("STK", 2), ConditionSeen(Damage.SEVERE), usable=False)
    school.losses.report_damaged(number("STK", 3), ConditionSeen(Damage.SEVERE))
    school.desk.check_out(school.known("An"), number("STN", 1))
    school.desk.check_in(number("STN", 1))
    school.change(Edition, named("Toán 6"), year=2005, series="Cánh Diều")

    assert found(lists, Wanted(Ground.LOST)) == {number("STK", 1)}
    assert found(lists, Wanted(Ground.WORN)) == {number("STK", 2), number("STK", 3)}
    assert found(lists, Wanted(Ground.OLD, year=2010)) == {number("SGK", n) for n in (1, 2, 3, 4)}
    assert len(found(lists, Wanted(Ground.SUPERSEDED, series="Cánh Diều"))) == 4
    assert lists.series() == ("Cánh Diều",)
    drawn(lists, number("STK", 1))
    assert found(lists, Wanted(Ground.LOST)) == set()


def test_unused_copies_are_found(school: SmallSchool, lists: WeedingLists) -> None:
    """Given a copy borrowed last year, when the unused are looked for, then by their last loan."""
    school.desk.check_out(school.known("An"), number("STN", 1))
    school.clock.advance(timedelta(days=1))
    school.desk.check_in(number("STN", 1))
    unread = {number("STN", n) for n in (2, 3, 4)}

    assert found(lists, Wanted(Ground.UNUSED, kho="STN", year=2026)) == unread
    assert found(lists, Wanted(Ground.UNUSED, kho="STN", year=2027)) == {*unread, number("STN", 1)}


def test_list_is_public_for_fifteen_days(school: SmallSchool, lists: WeedingLists) -> None:
    """Given a list, when approved before its fifteen days are over, then not; afterwards it is."""
    weeding = drawn(lists, number("STK", 1))
    unpublished = lists.approve(weeding, "Thầy Minh")
    lists.publish(weeding)
    school.set_clock(TODAY + timedelta(days=14))
    early = lists.approve(weeding, "Thầy Minh")
    school.set_clock(TODAY + timedelta(days=15))

    assert unpublished == NotYet(WhyNotYet.WRONG_STEP)
    assert early == NotYet(WhyNotYet.TOO_EARLY, TODAY + timedelta(days=15))
    assert lists.approve(weeding, "Thầy Minh") is None
    assert step(lists, weeding) is Step.APPROVED


def test_more_than_a_tenth_wants_a_number(school: SmallSchool, lists: WeedingLists) -> None:
    """Given more than a tenth of the stock, when approved without a decision, then not."""
    weeding = drawn(lists, *(number("STK", n) for n in range(1, 7)))
    lists.publish(weeding)
    school.set_clock(TODAY + timedelta(days=15))

    assert lists.approve(weeding, "Thầy Minh") == NotYet(WhyNotYet.WANTS_DECISION)
    assert lists.approve(weeding, "Thầy Minh", "12/QĐ-THCS", TODAY) is None


def test_empty_list_is_not_hung_out(lists: WeedingLists) -> None:
    """Given a list from which everything was taken off, when hung out, then not."""
    weeding = drawn(lists, number("STK", 1))
    lists.take_off(weeding, [named(number("STK", 1))])

    assert lists.publish(weeding) == NotYet(WhyNotYet.EMPTY)


def test_approved_copies_leave_on_one_voucher(school: SmallSchool, lists: WeedingLists) -> None:
    """Given approved lists, when carried out, then copies go, what is lent wants no voucher."""
    alone = drawn(lists, number("STK", 2))
    lists.publish(alone)
    weeding = approved(school, lists, number("STK", 1), number("STK", 2))
    assert lists.approve(alone, "Thầy Minh", "13/QĐ-THCS", TODAY) is None
    school.desk.check_out(school.known("An"), number("STK", 2))
    stays = lists.carry_out(alone, "Thanh lọc", "04/BB-TL", None, "hoa")
    vouchers = school.rows(Voucher)
    told = lists.carry_out(weeding, "Thanh lọc", "05/BB-TL", date(2026, 11, 26), "hoa")
    again = lists.carry_out(weeding, "Thanh lọc", "06/BB-TL", None, "hoa")
    assert isinstance(told, CarriedOut)
    (voucher,) = school.rows(Voucher, id=told.voucher_id)
    gone = school.copy(number("STK", 1))

    assert (told.left, [one.reason for one in told.refused]) == (1, [Refusal.ON_LOAN])
    assert isinstance(stays, NotYet)
    assert (stays.why, len(stays.refused), vouchers) == (WhyNotYet.NONE_CAN_GO, 1, [])
    assert again == NotYet(WhyNotYet.WRONG_STEP)
    assert (gone.state, gone.exit_id) == (CopyState.WITHDRAWN, told.voucher_id)
    assert (voucher.reason, voucher.number) == ("Thanh lọc", "05/BB-TL")
    assert len(school.rows(Copy, exit_id=told.voucher_id)) == 1
    assert step(lists, weeding) is Step.DONE


def test_papers_say_reason_handling_and_days(school: SmallSchool, lists: WeedingLists) -> None:
    """Given a list carried out, when R10 is opened, then reasons, decision and days are in it."""
    weeding = approved(school, lists, number("STK", 1))
    hung = list(Books(school.library).weeding_list(weeding).parts)
    told = lists.carry_out(weeding, "Thanh lọc", "05/BB-TL", None, "hoa")
    assert isinstance(told, CarriedOut)
    with Books(school.library).opened("R10") as sheet:
        assert isinstance(sheet, Sheet)
        (part,) = [(one.heading, list(one.rows)) for one in sheet.parts]
    rows = [row for row in part[1] if row.weight is Weight.PLAIN]
    remarks = " ".join(str(row.cells[0]) for row in part[1] if row.weight is Weight.REMARK)

    assert [row.cells[5:] for row in rows] == [("Rách nát", "Hủy")]
    assert "Danh mục công khai từ 10/11/2026 đến 25/11/2026 (15 ngày)" in remarks
    assert "Thầy Minh duyệt ngày 25/11/2026 theo quyết định số 12/QĐ-THCS" in remarks
    assert "hồ sơ lưu" in remarks.lower()
    assert "Công khai từ 10/11/2026" in str(list(hung[0].rows)[-1].cells[0])


def test_dropped_list_lets_copies_stay(school: SmallSchool, lists: WeedingLists) -> None:
    """Given an approved list, when given up, then nothing leaves and its copies can be listed."""
    weeding = approved(school, lists, number("STK", 1))

    assert lists.drop(weeding, "Giữ lại làm tủ sách lớp") is None
    assert lists.drop(weeding, "Lần nữa") == NotYet(WhyNotYet.WRONG_STEP)
    assert lists.carry_out(weeding, "Thanh lọc", "", None, "hoa") == NotYet(WhyNotYet.WRONG_STEP)
    assert school.copy(number("STK", 1)).state is CopyState.AVAILABLE


def test_second_to_carry_out_waits_and_is_told(postgres: PostgresServer) -> None:
    """Given PostgreSQL, when a list is carried out by two at once, then the second one is told."""
    school = SmallSchool(postgres.new_records(), is_station=False)
    lists = WeedingLists(school.library)
    weeding = approved(school, lists, number("STK", 1))
    held = select(WeedingList.id)
    done = update(WeedingList).values(done_at=school.clock.now())

    def carry_out() -> CarriedOut | NotYet:
        return lists.carry_out(weeding, "Thanh lọc", "05/BB-TL", None, "hoa")

    try:
        assert told_after(school.engine, held, done, carry_out) == NotYet(WhyNotYet.WRONG_STEP)
        assert school.rows(Voucher) == []
    finally:
        school.close()
