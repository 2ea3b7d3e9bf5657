"""Counting the stock: several devices at once, lending meanwhile, an end that balances (R9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from db.engine import sqlite_url
from db.models import Copy, LossCase, Stocktake, StocktakeSight
from db.outcomes import ConditionSeen
from db.register import Intake, Register, VoucherEntry
from db.registers.books import Books
from db.registers.counts import CountMinutes, DifferenceKind
from db.registers.sheet import Sheet
from db.states import CommitteeRole, CopyState, CountKind, Damage, VoucherKind
from db.stocktaking import CountPlan, NotDone, Seat, Sight, Stocktaking, WhyNot
from tests.postgres import PostgresServer, told_after
from tests.small_school import MORNING, SmallSchool, named, number

STOCK = 54
"""Copies of the small school."""
EDITION = named("Bồi dưỡng Toán 6")
COMMITTEE = (
    Seat(CommitteeRole.CHAIR, "Thầy Minh", "minh"),
    Seat(CommitteeRole.SECRETARY, "Cô Lan", "lan"),
)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


@pytest.fixture
def counts(school: SmallSchool) -> Stocktaking:
    return Stocktaking(school.library)


def begun(counts: Stocktaking, plan: CountPlan | None = None) -> UUID:
    """A count that has begun."""
    count = counts.begin(plan or CountPlan("Kiểm kê 31/5"))
    assert isinstance(count, UUID)
    return count


def closed(counts: Stocktaking, count: UUID) -> CountMinutes:
    """The minutes of a count that is closed now."""
    told = counts.close(count, "hoa")
    assert isinstance(told, CountMinutes)
    return told


def differences(told: CountMinutes) -> dict[str, DifferenceKind]:
    """What is odd, by number; what is simply missing left out."""
    return {
        one.accession: one.kind
        for one in told.differences
        if one.kind is not DifferenceKind.MISSING
    }


def test_two_devices_count_a_copy_once(school: SmallSchool, counts: Stocktaking) -> None:
    """S82: given two devices, when both see a copy, then it counts once and each is told."""
    count = begun(counts)
    first = counts.see(count, number("STK", 1), "Cô Lan, máy quét")
    school.clock.advance(timedelta(minutes=5))
    again = counts.see(count, number("STK", 1), "Thầy Minh, điện thoại")

    assert (first.sight, again.sight) == (Sight.SEEN, Sight.AGAIN)
    assert (again.seen_by, again.seen_at) == ("Cô Lan, máy quét", MORNING)
    assert counts.progress(count).seen == school.count(StocktakeSight) == 1
    assert counts.unsee(count, number("STK", 1))
    assert counts.progress(count).seen == 0


def test_each_copy_is_told_what_it_is(school: SmallSchool, counts: Stocktaking) -> None:
    """Given lent, lost, withdrawn, new and foreign copies, when scanned, then each is told."""
    register = Register(school.library)
    school.desk.check_out(school.known("An"), number("STK", 1))
    school.losses.report_lost(number("STK", 2))
    gone = register.enter_voucher(VoucherEntry(VoucherKind.EXIT, reason="Rách nát"))
    register.write_off([number("STK", 3)], gone, "hoa")
    register.take_in(Intake(EDITION, "STK", 1))
    count = begun(counts, CountPlan("Kho tham khảo", kho=("STK",)))
    seen = {n: counts.see(count, number("STK", n), "máy 1").sight for n in (1, 2, 3, 4, 13, 99)}

    assert seen == {
        1: Sight.LENT,
        2: Sight.FOUND,
        3: Sight.WITHDRAWN,
        4: Sight.SEEN,
        13: Sight.NOT_READY,
        99: Sight.UNKNOWN,
    }
    assert counts.see(count, number("STN", 1), "máy 1").sight is Sight.ELSEWHERE
    assert counts.progress(count).by_kho == (("STK", 5, 12),)


def test_lending_goes_on_while_counting(school: SmallSchool, counts: Stocktaking) -> None:
    """S82: given a count of days, when books go, come back and are new, then none is missing."""
    register, an = Register(school.library), school.known("An")
    lent_before, lent_now, both = (number("STN", n) for n in (1, 2, 3))
    school.desk.check_out(an, lent_before)
    count = begun(counts, CountPlan("Kho thiếu nhi", kho=("STN",)))
    school.set_clock(MORNING.date() + timedelta(days=1))
    counts.see(count, number("STN", 4), "máy 1")
    school.desk.check_in(lent_before)
    school.desk.check_out(an, lent_now)
    school.desk.check_out(school.known("Bình"), both)
    school.clock.advance(timedelta(minutes=5))
    school.desk.check_in(both)
    voucher = register.enter_voucher(VoucherEntry(VoucherKind.ENTRY))
    register.take_in(Intake(named("Dế Mèn phiêu lưu ký"), "STN", 2, voucher))
    school.set_clock(MORNING.date() + timedelta(days=2))
    told = closed(counts, count)
    line = told.by_column["STN"]

    assert told.differences == ()
    assert (line.opening, line.came, line.left, line.on_books) == (4, 2, 0, 6)
    assert (line.seen, line.in_hand, line.lent, line.missing) == (5, 4, 1, 0)
    assert told.balances


def test_written_off_meanwhile_is_no_difference(school: SmallSchool, counts: Stocktaking) -> None:
    """Given a count, when a copy is written off before it ends, then the books have it as out."""
    register = Register(school.library)
    count = begun(counts, CountPlan("Kho thiếu nhi", kho=("STN",)))
    school.clock.advance(timedelta(hours=1))
    for place in (1, 2, 3, 4):
        counts.see(count, number("STN", place), "máy 1")
    gone = register.enter_voucher(VoucherEntry(VoucherKind.EXIT, reason="Rách nát"))
    register.write_off([number("STN", 4)], gone, "hoa")
    told = closed(counts, count)
    line = told.by_column["STN"]

    assert (line.opening, line.left, line.on_books, line.seen) == (4, 1, 3, 3)
    assert (told.differences, told.balances) == ((), True)


def test_what_is_odd_is_listed(school: SmallSchool, counts: Stocktaking) -> None:
    """Given a count, when closed, then the missing are lost, the found are back, all is listed."""
    school.desk.check_out(school.known("An"), number("STK", 1))
    school.losses.report_lost(number("STK", 2))
    school.losses.report_lost(number("STK", 3))
    school.losses.report_damaged(number("STK", 4), ConditionSeen(Damage.SEVERE), usable=False)
    school.clock.advance(timedelta(minutes=1))
    count = begun(counts)
    school.clock.advance(timedelta(minutes=1))
    for place in (1, 2, 4, 5):
        counts.see(count, number("STK", place), "máy 1")
    told = closed(counts, count)

    assert differences(told) == {
        "STK.00001": DifferenceKind.LENT_HERE,
        "STK.00002": DifferenceKind.FOUND,
        "STK.00003": DifferenceKind.KNOWN_LOST,
        "STK.00004": DifferenceKind.DAMAGED,
    }
    assert told.total.on_books == STOCK == told.total.seen + told.total.missing
    assert school.copy(number("STK", 2)).state is CopyState.AVAILABLE
    assert school.copy(number("STK", 6)).state is CopyState.LOST
    assert len(school.rows(LossCase)) == 3 + len(told.of(DifferenceKind.MISSING))


def test_minutes_stay_as_they_were_signed(school: SmallSchool, counts: Stocktaking) -> None:
    """Given a closed count, when copies are found and lent later, then its minutes are the same."""
    count = begun(counts, CountPlan("Kho thiếu nhi", kho=("STN",), committee=COMMITTEE))
    counts.see(count, number("STN", 1), "máy 1")
    told = closed(counts, count)
    school.clock.advance(timedelta(days=3))
    school.desk.check_in(number("STN", 2))
    school.desk.check_out(school.known("An"), number("STN", 1))

    assert school.copy(number("STN", 2)).state is CopyState.AVAILABLE
    assert counts.minutes(count) == told
    assert told.total.missing == 3


def test_everybody_of_the_committee_signs(school: SmallSchool, counts: Stocktaking) -> None:
    """Given a committee, when the count is closed, then each signs once, and causes end with it."""
    count = begun(counts, CountPlan("Kho thiếu nhi", kho=("STN",), committee=COMMITTEE))
    early = counts.sign(count, "lan")
    missing = named("STN.00001")
    counts.explain(count, [missing], "Không rõ nguyên nhân", "Theo dõi thêm")
    closed(counts, count)
    answers = [counts.sign(count, who) for who in ("minh", "minh", "hoa")]
    half = counts.minutes(count)
    counts.explain(count, [missing], "Bạn đọc làm mất", "Đề nghị xuất")
    last, late = counts.sign(count, "lan"), counts.explain(count, [missing], "", "")
    (one,) = [one for one in counts.minutes(count).differences if one.copy_id == missing]

    assert early == NotDone(WhyNot.STILL_OPEN)
    assert answers == [None, NotDone(WhyNot.NOT_YOURS), NotDone(WhyNot.NOT_YOURS)]
    assert (half.is_signed, last, counts.minutes(count).is_signed) == (False, None, True)
    assert isinstance(late, NotDone)
    assert (one.cause, one.proposal) == ("Bạn đọc làm mất", "Đề nghị xuất")


def test_count_is_closed_once(counts: Stocktaking) -> None:
    """Given a count, when closed with a wrong sum or twice, then the records say no, and why."""
    count = begun(counts)
    wrong = counts.close(count, "hoa", missing=3)
    right = counts.close(count, "hoa", missing=STOCK)
    twice = counts.close(count, "hoa", missing=STOCK)

    assert wrong == NotDone(WhyNot.WRONG_SUM, missing=STOCK)
    assert isinstance(right, CountMinutes)
    assert twice == NotDone(WhyNot.CLOSED, at=MORNING)
    assert counts.see(count, number("STK", 1), "máy 1").sight is Sight.CLOSED
    assert not counts.unsee(count, number("STK", 1))


def test_one_count_at_a_time_of_a_part(school: SmallSchool, counts: Stocktaking) -> None:
    """Given an open count of a kho, when another of it is begun, then not; of others it is."""
    begun(counts, CountPlan("Thiếu nhi", kho=("STN",)))

    assert counts.begin(CountPlan("Tất cả")) == NotDone(WhyNot.OVERLAPS, name="Thiếu nhi")
    assert isinstance(counts.begin(CountPlan("Tham khảo", kho=("STK",))), UUID)


def test_january_check_changes_nothing(school: SmallSchool, counts: Stocktaking) -> None:
    """S79: given a quick check, when it ends, then it is told what is missing, and none is lost."""
    school.set_clock(date(2027, 1, 8))
    count = begun(counts, CountPlan("Kiểm tra tháng 1", CountKind.QUICK, kho=("STN",)))
    counts.see(count, number("STN", 1), "máy 1")
    told = closed(counts, count)
    paper = Books(school.library).minutes(count)

    assert (told.total.seen, told.total.missing) == (1, 3)
    assert school.copy(number("STN", 2)).state is CopyState.AVAILABLE
    assert school.rows(LossCase) == []
    assert "kiểm tra nhanh" in next(iter(paper.parts)).heading


def test_shelf_is_counted_alone(school: SmallSchool, counts: Stocktaking) -> None:
    """Given one shelf, when counted, then others are left out; R2 marks what stood there then."""
    for place in (1, 2):
        school.change(Copy, named(number("STK", place)), shelf="A1")
    count = begun(counts, CountPlan("Giá A1", shelf="A1"))
    sights = [counts.see(count, number("STK", n), "máy 1").sight for n in (1, 3)]
    told = closed(counts, count)
    school.change(Copy, named(number("STK", 1)), shelf="B2")
    school.change(Copy, named(number("STK", 3)), shelf="A1")
    with Books(school.library).opened("R2") as sheet:
        assert isinstance(sheet, Sheet)
        rows = [row.cells for part in sheet.parts for row in part.rows]

    assert sights == [Sight.SEEN, Sight.ELSEWHERE]
    assert (told.total.on_books, told.total.missing) == (2, 1)
    marks = {str(row[1]): row[10] for row in rows if str(row[1]).startswith("STK")}
    assert [marks[number("STK", n)] for n in (1, 2, 3)] == ["C", "M", ""]


def test_server_counts_the_same(postgres: PostgresServer) -> None:
    """Given PostgreSQL, when books are counted and lent, then all is there; closed once by two."""
    school = SmallSchool(postgres.new_records())
    try:
        counts = Stocktaking(school.library)
        test_lending_goes_on_while_counting(school, counts)
        again, now = begun(counts), school.clock.now()
        by_another = update(Stocktake).values(closed_at=now)
        told = told_after(
            school.engine, select(Stocktake.id), by_another, lambda: counts.close(again, "hoa")
        )
        assert told == NotDone(WhyNot.CLOSED, at=now)
    finally:
        school.close()
