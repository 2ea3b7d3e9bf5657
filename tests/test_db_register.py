"""The registers: numbers for ever, steps of a new copy, writing off, transfers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from db.engine import sqlite_url
from db.models import Copy, CopyChange, Edition, Voucher
from db.outcomes import CheckedOut, ConditionSeen, Refusal, Refused
from db.register import Intake, Register, VoucherEntry
from db.sets import TextbookSets
from db.states import PROCESS_STEPS, CopyState, LendingMode, VoucherKind
from db.weeding import WeedingLists
from db.weeding_limits import TRANSFERRED
from tests.small_school import SmallSchool, named, number

EDITION = named("Bồi dưỡng Toán 6")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


@pytest.fixture
def register(school: SmallSchool) -> Register:
    return Register(school.library)


def test_donated_copies_are_one_line(school: SmallSchool, register: Register) -> None:
    """Given 25 donated copies, then they are one voucher with its source (S20)."""
    entry = VoucherEntry(VoucherKind.ENTRY, source="Biếu, tặng, quyên góp", donor="Lớp 6A")
    voucher = register.enter_voucher(entry)
    numbers = register.take_in(Intake(EDITION, "STK", 25, voucher, price_vnd=25_000))
    (line,) = school.rows(Voucher)
    copies = school.rows(Copy, entry_id=voucher)

    assert (line.serial, line.source, line.donor) == (1, entry.source, "Lớp 6A")
    assert len(copies) == 25
    assert (numbers[0], numbers[-1]) == ("STK.00013", "STK.00037")
    assert {copy.price_vnd for copy in copies} == {25_000}


def test_serials_run_on_for_ever(school: SmallSchool, register: Register) -> None:
    """Given vouchers of two years and a number of the school's own, then serials never restart."""
    register.enter_voucher(VoucherEntry(VoucherKind.ENTRY))
    register.enter_voucher(VoucherEntry(VoucherKind.ENTRY, serial=140))
    school.set_clock(date(2027, 9, 6))
    register.enter_voucher(VoucherEntry(VoucherKind.ENTRY))
    register.enter_voucher(VoucherEntry(VoucherKind.EXIT))

    serials = sorted((row.kind, row.serial) for row in school.rows(Voucher))
    assert serials == [("entry", 1), ("entry", 140), ("entry", 141), ("exit", 1)]


def test_new_copy_goes_through_its_steps(school: SmallSchool, register: Register) -> None:
    """Given a new copy, then it is lent only when it is on the shelf (S31)."""
    (accession,) = register.take_in(Intake(EDITION, "STK", 1))
    steps, answers = [], []
    for _ in PROCESS_STEPS[1:]:
        answers.append(school.desk.check_out(school.known("An"), accession))
        steps.append(register.process(accession, "thủ thư"))
    lent = school.desk.check_out(school.known("An"), accession)

    assert {a.reason for a in answers if isinstance(a, Refused)} == {Refusal.NOT_READY}
    assert len(answers) == 5
    assert tuple(steps) == PROCESS_STEPS[1:]
    assert isinstance(lent, CheckedOut)
    assert len(school.rows(CopyChange)) == 6


def test_steps_can_be_skipped_but_not_repeated(school: SmallSchool, register: Register) -> None:
    """Given a copy on the shelf, then there is no next step; a new one may go there at once."""
    (accession,) = register.take_in(Intake(EDITION, "STK", 1))

    assert register.process(accession, "thủ thư", CopyState.AVAILABLE) is CopyState.AVAILABLE
    done = register.process(accession, "thủ thư")
    unknown = register.process(number("STK", 999), "thủ thư")
    assert isinstance(done, Refused)
    assert isinstance(unknown, Refused)
    assert (done.reason, unknown.reason) == (Refusal.NOT_READY, Refusal.UNKNOWN_COPY)


def test_written_off_copy_stays_and_its_number_too(school: SmallSchool, register: Register) -> None:
    """Given the last copy written off, when another comes, then it has the next number."""
    exit_voucher = register.enter_voucher(VoucherEntry(VoucherKind.EXIT, reason="Rách nát"))
    last = number("STK", 12)
    school.desk.check_out(school.known("An"), number("STK", 1))
    refused = register.write_off(
        [last, number("STK", 1), last, number("STK", 999)], exit_voucher, "thủ thư"
    )
    (after,) = register.take_in(Intake(EDITION, "STK", 1))

    assert [one.reason for one in refused] == [
        Refusal.ON_LOAN,
        Refusal.NOT_READY,
        Refusal.UNKNOWN_COPY,
    ]
    assert (school.copy(last).state, school.copy(last).exit_id) == (
        CopyState.WITHDRAWN,
        exit_voucher,
    )
    assert after == "STK.00013"


def test_copy_with_a_past_cannot_be_deleted(school: SmallSchool) -> None:
    """Given a copy that was lent, when a row is deleted by force, then the schema refuses."""
    school.desk.check_out(school.known("An"), number("STK"))
    gone = delete(Copy).where(Copy.accession == number("STK"))

    with pytest.raises(IntegrityError), school.engine.begin() as connection:
        connection.execute(gone)


def test_gaps_are_told_unless_skipped(register: Register) -> None:
    """Given numbers that no copy has, then they are told, until they are said to be skipped."""
    register.skip("STK", [13, 15], "nhầm số")
    (accession,) = register.take_in(Intake(EDITION, "STK", 1))
    before = register.gaps("STK")
    register.skip("STK", [14], "nhầm số")

    assert accession == "STK.00016"
    assert before == (14,)
    assert register.gaps("STK") == ()
    assert register.gaps("SNV") == ()


def test_series_goes_on_in_another_kho(school: SmallSchool, register: Register) -> None:
    """Given textbooks no longer taught, when transferred, then new numbers, and old ones kept."""
    textbook, on_loan = named("Toán 6"), number("SGK", 2)
    school.losses.report_lost(number("SGK", 3))
    school.desk.check_out(school.known("Lan"), on_loan)
    bound = Register(school.library).take_in(Intake(textbook, "SGK", 3, state=CopyState.AVAILABLE))
    school.losses.report_damaged(bound[0], ConditionSeen(note="rách"), usable=False)
    weeding = WeedingLists(school.library)
    weeding.draw_up("Cũ", [school.copy(bound[1]).id], "Lạc hậu", "Hủy", "thủ thư")
    TextbookSets(school.desk).lay_ready(named("An"), [bound[2]])
    told = register.transfer([textbook], "SGK", "STK", "thủ thư", "Bộ sách cũ")
    (new,) = school.rows(Copy, accession="STK.00013")
    out, into = (school.rows(Voucher, id=one)[0] for one in (told.exit_id, told.entry_id))
    old = school.copy(number("SGK", 1))

    assert told.moved == (("SGK.00001", "STK.00013"), ("SGK.00004", "STK.00014"))
    assert {one.code: one.reason for one in told.refused} == {
        str(on_loan): Refusal.ON_LOAN,
        "SGK.00003": Refusal.NOT_READY,
        **{str(one): Refusal.NOT_READY for one in bound},
    }
    assert (new.original_number, new.edition_id) == ("SGK.00001", textbook)
    assert (old.state, old.exit_id) == (CopyState.WITHDRAWN, out.id)
    assert (out.kind, into.kind, out.reason) == ("exit", "entry", TRANSFERRED)
    assert isinstance(school.desk.check_out(school.known("An"), number("STK", 13)), CheckedOut)
    again = register.transfer([textbook], "SGK", "STK", "thủ thư")
    assert (again.moved, again.exit_id) == ((), None)


def test_title_that_stays_whole_is_not_turned(school: SmallSchool, register: Register) -> None:
    """Given two titles, one with every copy away, when transferred, then it stays as it was."""
    textbook, other = named("Toán 6"), named("Dế Mèn phiêu lưu ký")
    school.change(Edition, other, lending=LendingMode.TEXTBOOK_SET, kho="SGK")
    register.transfer([textbook, other], "SGK", "STK", "thủ thư")

    turned, stays = (school.rows(Edition, id=one)[0] for one in (textbook, other))
    assert (turned.kho, turned.lending) == ("STK", LendingMode.TAKE_HOME)
    assert (stays.kho, stays.lending) == ("SGK", LendingMode.TEXTBOOK_SET)
