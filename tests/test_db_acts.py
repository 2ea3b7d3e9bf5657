"""What a library does beside lending and taking back, each act on a real database file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from db import outbox
from db.engine import sqlite_url
from db.ids import new_id
from db.models import (
    FOR_REPORTS,
    ConditionNote,
    Copy,
    CopyChange,
    DueChange,
    Hold,
    Loan,
    LossCase,
    OutboxEvent,
    ReceiptJob,
)
from db.outcomes import (
    CheckedOut,
    ConditionSeen,
    HoldMade,
    LostReported,
    Refusal,
    Refused,
    Returned,
    Undone,
)
from db.recalls import recall
from db.states import (
    CopyState,
    Damage,
    DueReason,
    HoldEnd,
    LoanKind,
    Settlement,
)
from tests.small_school import STUDENT, TEACHER, SmallSchool, facts, named, number

STK, STN = number("STK"), number("STN")
TITLE = named("Dế Mèn phiêu lưu ký")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


def lend(school: SmallSchool, name: str, accession: str) -> CheckedOut:
    outcome = school.desk.check_out(school.known(name), number(*_parts(accession)), new_id())
    assert isinstance(outcome, CheckedOut), outcome
    return outcome


def _parts(accession: str) -> tuple[str, int]:
    kho, digits = accession.split(".")
    return kho, int(digits)


def reason(outcome: object) -> Refusal:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def test_last_loan_is_taken_back(school: SmallSchool) -> None:
    """Given a loan 8 s ago, when undone, then it never was, and nothing is deleted (rule 29)."""
    lent = lend(school, "An", STK)
    school.clock.advance(timedelta(seconds=8))
    undone = school.desk.undo(lent)
    loan = school.loan_of(STK)

    assert undone == Undone(STK, lent.title)
    assert school.known("An").loans == ()
    assert loan.returned_at == loan.lent_at
    assert facts(school.told()) == ["copy-lent", "loan-undone"]


def test_too_late_to_undo(school: SmallSchool) -> None:
    """Given a loan 9 s ago, when undone, then no, and it stands."""
    lent = lend(school, "An", STK)
    school.clock.advance(timedelta(seconds=9))

    assert reason(school.desk.undo(lent)) is Refusal.UNDO_TOO_LATE
    assert [loan.accession for loan in school.known("An").loans] == [STK]


def test_last_return_is_taken_back(school: SmallSchool) -> None:
    """Given a return, when undone, then the loan goes on as it was; once."""
    lend(school, "An", STK)
    returned = school.desk.check_in(STK)
    assert isinstance(returned, Returned)
    undone, again = school.desk.undo(returned), school.desk.undo(returned)

    assert isinstance(undone, Undone)
    assert reason(again) is Refusal.UNDO_TOO_LATE
    assert [loan.accession for loan in school.known("An").loans] == [STK]
    assert school.loan_of(STK).returned_at is None


def test_return_of_a_shelved_copy_cannot_be_undone(school: SmallSchool) -> None:
    """Given a copy that was not out, when its return is undone, then there is nothing to undo."""
    returned = school.desk.check_in(STK)
    assert isinstance(returned, Returned)

    assert reason(school.desk.undo(returned)) is Refusal.UNDO_TOO_LATE


def test_who_brought_it_is_kept(school: SmallSchool) -> None:
    """Given An's book, when Bình brings it, then An's loan ends and Bình is noted (rule 30)."""
    lend(school, "An", STK)
    school.desk.check_in(STK, giver=named("Bình"))
    by_another = school.loan_of(STK).handed_in_by
    lend(school, "An", STN)
    school.desk.check_in(STN, giver=named("An"))

    assert by_another == named("Bình")
    assert school.loan_of(STN).handed_in_by is None


def test_torn_book_is_lent_and_noted(school: SmallSchool) -> None:
    """Given a torn book, when it is told of, then it is lent all the same (rule 31)."""
    seen = ConditionSeen(Damage.SLIGHT, "rách bìa")
    lent = school.desk.check_out(school.known("An"), STK, condition=seen)
    back = school.desk.check_in(STK, condition=ConditionSeen(note="mối mọt"))
    notes = sorted(school.rows(ConditionNote), key=lambda note: note.id)

    assert isinstance(lent, CheckedOut)
    assert isinstance(back, Returned)
    assert back.to_desk
    assert [(n.damage, n.note) for n in notes] == [(Damage.SLIGHT, "rách bìa"), (None, "mối mọt")]
    assert {note.loan_id for note in notes} == {lent.loan_id}


def test_reading_ends_with_the_session(school: SmallSchool) -> None:
    """Given books read at 8:40, when noon has passed, then they are back (rule 19)."""
    an = school.known("An")
    school.desk.read_here(an, number("BC", 1))
    school.desk.read_here(an, STK)
    early = school.desk.close_reading()
    school.set_clock(date(2026, 11, 10), 12, 1)
    late = school.desk.close_reading()
    loan = school.loan_of(STK)

    assert (early, late, school.desk.close_reading()) == (0, 2, 0)
    assert (loan.kind, loan.due) == (LoanKind.IN_LIBRARY, date(2026, 11, 10))
    assert school.known("An").loans == ()
    assert facts(school.told())[2:] == ["copy-returned", "copy-returned"]


def test_book_left_on_a_table_is_lent_to_another(school: SmallSchool) -> None:
    """Given a book An reads here, when Bình would borrow it, then An's reading ends."""
    school.desk.read_here(school.known("An"), STK)
    lent = lend(school, "Bình", STK)

    assert isinstance(lent, CheckedOut)
    assert school.known("An").loans == ()
    assert [loan.accession for loan in school.known("Bình").loans] == [STK]


def test_copy_on_loan_is_not_lent_and_nobody_named(school: SmallSchool) -> None:
    """Given An's book, when Bình asks for it, then no, without a name (domain 5.3.3)."""
    lend(school, "An", STK)
    refused = school.desk.check_out(school.known("Bình"), STK)

    assert reason(refused) is Refusal.ON_LOAN
    assert "Nguyễn" not in str(refused)


def test_found_book_goes_to_the_desk(school: SmallSchool) -> None:
    """Given a lost book, when it is handed in, then the case ends and it is for lending again."""
    lend(school, "An", STK)
    reported = school.losses.report_lost(STK)
    meanwhile = school.desk.check_out(school.known("Bình"), STK)
    back = school.desk.check_in(STK)
    (case,) = school.rows(LossCase)

    assert isinstance(reported, LostReported)
    assert reason(meanwhile) is Refusal.ON_LOAN
    assert isinstance(back, Returned)
    assert (back.was_lost, back.to_desk, back.was_on_loan) == (True, True, True)
    assert (case.settlement, case.id) == (Settlement.FOUND, reported.case_id)
    assert school.copy(STK).state is CopyState.AVAILABLE
    assert [c.state for c in school.rows(CopyChange)] == [CopyState.LOST, CopyState.AVAILABLE]


def test_lost_loan_is_due_after_the_search(school: SmallSchool) -> None:
    """Given a lost book, then its old due day is kept, and it blocks only after the search."""
    lend(school, "An", STK)
    school.set_clock(date(2026, 11, 26))
    school.losses.report_lost(STK)
    free = school.desk.check_out(school.known("An"), STN)
    (change,) = school.rows(DueChange)

    assert isinstance(free, CheckedOut)
    assert (change.old_due, change.new_due) == (date(2026, 11, 25), date(2026, 12, 10))
    assert change.reason is DueReason.SEARCHED


def test_replaced_book_ends_loan_and_case(school: SmallSchool) -> None:
    """Given a lost book, when another is given for it, then case and loan end; it stays lost."""
    lend(school, "An", STK)
    reported = school.losses.report_lost(STK)
    assert isinstance(reported, LostReported)
    new_copy = school.copy(number("STK", 12)).id
    settled = school.losses.settle(reported.case_id, Settlement.REPLACED, "thủ thư", new_copy)
    (case,) = school.rows(LossCase)

    assert settled
    assert not school.losses.settle(reported.case_id, Settlement.WAIVED, "thủ thư")
    assert (case.settlement, case.replacement_id) == (Settlement.REPLACED, new_copy)
    assert school.known("An").loans == ()
    assert school.copy(STK).state is CopyState.LOST


def test_damaged_book_is_no_longer_lent(school: SmallSchool) -> None:
    """Given a badly damaged book, then a case is open and it is not lent; a slight one is."""
    badly = ConditionSeen(Damage.SEVERE, "mất trang")
    case = school.losses.report_damaged(STK, badly, usable=False)
    school.losses.report_damaged(STN, ConditionSeen(Damage.SLIGHT, "bẩn"))

    assert not isinstance(case, Refused)
    assert reason(school.desk.check_out(school.known("An"), STK)) is Refusal.NOT_READY
    assert isinstance(school.desk.check_out(school.known("An"), STN), CheckedOut)
    assert {row.damage for row in school.rows(LossCase)} == {Damage.SEVERE, Damage.SLIGHT}


def test_unknown_copies_are_told(school: SmallSchool) -> None:
    """Given a number that no copy has, then every act says so."""
    nowhere = number("STK", 999)
    an = school.known("An")

    assert reason(school.losses.report_lost(nowhere)) is Refusal.UNKNOWN_COPY
    assert reason(school.losses.report_damaged(nowhere, ConditionSeen())) is Refusal.UNKNOWN_COPY
    assert reason(school.desk.renew(an, nowhere)) is Refusal.UNKNOWN_COPY
    assert reason(school.desk.read_here(an, nowhere)) is Refusal.UNKNOWN_COPY
    assert reason(school.desk.renew(an, STK)) is Refusal.RENEW_NOT_YOURS
    assert school.count(OutboxEvent) == 0


def test_waiting_reader_gets_the_copy(school: SmallSchool) -> None:
    """Given every copy out, when one comes back, then it is kept for who waited (rules 18, 23)."""
    school.choose(holds_allowed=True)
    for name, position in (("An", 1), ("Bình", 2), ("Dũng", 3), ("Lan", 4)):
        lend(school, name, number("STN", position))
    hold = school.holds.place(school.known("Chi"), TITLE)
    back = school.desk.check_in(number("STN", 2))
    to_another = school.desk.check_out(school.known("Bình"), number("STN", 2))
    lent = school.desk.check_out(school.known("Chi"), number("STN", 2))
    (row,) = school.rows(Hold)

    assert isinstance(hold, HoldMade)
    assert hold.ahead == 0
    assert isinstance(back, Returned)
    assert back.to_desk
    assert reason(to_another) is Refusal.KEPT_FOR_ANOTHER
    assert isinstance(lent, CheckedOut)
    assert (row.ended, row.keep_until) == (HoldEnd.COLLECTED, date(2026, 11, 12))


def test_uncollected_copy_is_free_again(school: SmallSchool) -> None:
    """Given a copy kept two open days, when they have passed, then others may have it."""
    school.choose(holds_allowed=True)
    for name, position in (("An", 1), ("Bình", 2), ("Dũng", 3), ("Lan", 4)):
        lend(school, name, number("STN", position))
    school.holds.place(school.known("Chi"), TITLE)
    school.desk.check_in(number("STN", 2))
    school.set_clock(date(2026, 11, 13))
    lent = school.desk.check_out(school.known("Bình"), number("STN", 2))

    assert isinstance(lent, CheckedOut)
    assert school.holds.expire() == 1
    assert [row.ended for row in school.rows(Hold)] == [HoldEnd.EXPIRED]


def test_wanted_book_is_not_renewed(school: SmallSchool) -> None:
    """Given somebody waiting, when a reader would renew, then no; when they give up, then yes."""
    school.choose(holds_allowed=True)
    for name, position in (("An", 1), ("Bình", 2), ("Dũng", 3), ("Lan", 4)):
        lend(school, name, number("STN", position))
    hold = school.holds.place(school.known("Chi"), TITLE)
    assert isinstance(hold, HoldMade)
    school.set_clock(date(2026, 11, 24))
    an = school.known("An")
    wanted = school.desk.renew(an, STN)
    given_up = school.holds.cancel(hold.hold_id)

    assert reason(wanted) is Refusal.RENEW_WANTED
    assert given_up
    assert not school.holds.cancel(hold.hold_id)
    assert not isinstance(school.desk.renew(an, STN), Refused)


def test_holds_are_off_by_default(school: SmallSchool) -> None:
    """Given a school that said nothing, then no title is reserved, nor one that is there."""
    off = school.holds.place(school.known("An"), TITLE)
    school.choose(holds_allowed=True)
    there = school.holds.place(school.known("An"), TITLE)
    never = school.holds.place(school.known("An"), named("Toán học và Tuổi trẻ"))

    assert [reason(one) for one in (off, there, never)] == [
        Refusal.HOLDS_OFF,
        Refusal.HOLD_NOT_NEEDED,
        Refusal.NOT_READY,
    ]


def test_undoing_a_collected_hold_lets_it_wait(school: SmallSchool) -> None:
    """Given a hold just collected, when the loan is undone, then the copy is kept again."""
    school.choose(holds_allowed=True)
    for name, position in (("An", 1), ("Bình", 2), ("Dũng", 3), ("Lan", 4)):
        lend(school, name, number("STN", position))
    school.holds.place(school.known("Chi"), TITLE)
    school.desk.check_in(STN)
    school.desk.undo(lend(school, "Chi", STN))

    assert reason(school.desk.check_out(school.known("An"), STN)) is Refusal.KEPT_FOR_ANOTHER
    assert isinstance(lend(school, "Chi", STN), CheckedOut)


def test_undoing_a_return_frees_the_hold(school: SmallSchool) -> None:
    """Given a copy just kept for Chi, when the return is undone, then Chi waits on."""
    school.choose(holds_allowed=True)
    for name, position in (("An", 1), ("Bình", 2), ("Dũng", 3), ("Lan", 4)):
        lend(school, name, number("STN", position))
    school.holds.place(school.known("Chi"), TITLE)
    returned = school.desk.check_in(STN)
    assert isinstance(returned, Returned)
    school.desk.undo(returned)
    (hold,) = school.rows(Hold)

    assert (hold.copy_id, hold.ready_at, hold.ended_at) == (None, None, None)


def test_recall_moves_every_due_day(school: SmallSchool) -> None:
    """Given open loans, when everything is recalled, then one act moves them (S65, rule 32)."""
    for name, accession in (("An", STK), ("Bình", STN), ("Lan", number("SGV"))):
        lend(school, name, accession)
    until = date(2026, 11, 20)
    moved = recall(school.library, until)
    again = recall(school.library, until)
    changes = school.rows(DueChange)

    assert (moved, again) == (3, 0)
    assert {row.due for row in school.rows(Loan)} == {until}
    assert {change.old_due for change in changes} == {date(2026, 11, 25), date(2027, 5, 31)}
    assert {change.reason for change in changes} == {DueReason.RECALLED}


def test_recall_of_one_kho_or_category(school: SmallSchool) -> None:
    """Given loans of several kho, when one is recalled, then only those of it move."""
    for name, accession in (("An", STK), ("Bình", STN), ("Lan", number("STK", 2))):
        lend(school, name, accession)

    assert recall(school.library, date(2026, 11, 20), kho="STN") == 1
    assert recall(school.library, date(2026, 11, 20), category=TEACHER) == 1
    assert recall(school.library, date(2026, 11, 20), kho="STK", category=STUDENT) == 1


def test_closed_library_only_takes_back(school: SmallSchool) -> None:
    """Given no lending slot now, then lending says when it goes on, and returns go on (S15)."""
    lend(school, "An", STK)
    school.choose(lend_in_slots_only=True)
    school.set_clock(date(2026, 11, 15))
    closed = school.desk.check_out(school.known("Bình"), STN)

    assert isinstance(closed, Refused)
    assert (closed.reason, closed.day) == (Refusal.CLOSED_NOW, date(2026, 11, 16))
    assert isinstance(school.desk.check_in(STK), Returned)


def test_paused_library_lends_nothing(school: SmallSchool) -> None:
    """Given a stock count near, then lending is paused, reading here is not."""
    school.choose(lending_paused=True)

    assert reason(school.desk.check_out(school.known("An"), STK)) is Refusal.LENDING_PAUSED
    assert isinstance(school.desk.read_here(school.known("An"), STK), CheckedOut)


def test_single_copy_may_stay_in_the_library(school: SmallSchool) -> None:
    """Given one copy marked tại chỗ, then it stays, its sisters go home (S08)."""
    school.change(Copy, school.copy(STK).id, in_library_only=True)

    assert reason(school.desk.check_out(school.known("An"), STK)) is Refusal.REFERENCE_ONLY
    assert isinstance(school.desk.read_here(school.known("An"), STK), CheckedOut)
    assert isinstance(lend(school, "An", number("STK", 2)), CheckedOut)


def test_slip_is_opened_only_in_a_visit(school: SmallSchool) -> None:
    """Given a loan at the desk, then no slip; in a visit, one for all its acts."""
    school.desk.check_out(school.known("An"), STK)
    visit = new_id()
    school.desk.check_out(school.known("An"), STN, visit)
    school.desk.check_in(STK, visit)

    assert school.count(ReceiptJob) == 1


def test_patron_is_known_without_card(school: SmallSchool) -> None:
    """Given a pupil at the desk without their card, then they are known by name all the same."""
    assert school.desk.look_up(named("An")) == school.known("An")


def test_hub_has_nobody_to_tell(tmp_path: Path) -> None:
    """Given a hub's records, when the desk does what a station does, then no event is written."""
    hub = SmallSchool(sqlite_url(tmp_path / "hub.db"), is_station=False)
    lend(hub, "An", STK)
    hub.desk.check_in(STK)
    hub.losses.report_lost(STN)

    assert (hub.count(Loan), hub.count(LossCase), hub.count(OutboxEvent)) == (1, 1, 0)
    hub.close()


def test_file_that_becomes_a_station_tells(tmp_path: Path) -> None:
    """Given records that are a station's from now on, then the next act is told."""
    school = SmallSchool(sqlite_url(tmp_path / "school.db"), is_station=False)
    lend(school, "An", STK)
    outbox.prepare_station(school.engine)
    school.desk.check_in(STK)

    assert facts(school.told()) == ["copy-returned"]
    school.close()


def test_station_keeps_no_index_for_reports(tmp_path: Path) -> None:
    """Given a hub's records and a station's, then only the hub's have what reports go by."""
    hub = SmallSchool(sqlite_url(tmp_path / "hub.db"), is_station=False)
    station = SmallSchool(sqlite_url(tmp_path / "station.db"))

    assert set(FOR_REPORTS) <= _indexes_of_loans(hub)
    assert _indexes_of_loans(hub) - _indexes_of_loans(station) == set(FOR_REPORTS)
    hub.close()
    station.close()


def _indexes_of_loans(school: SmallSchool) -> set[str]:
    return {str(index["name"]) for index in inspect(school.engine).get_indexes("loan")}


def test_drivers_refusal_is_told_without_values(school: SmallSchool) -> None:
    """Given a second open loan forced in, then the error is SQLAlchemy's, and names nobody."""
    lend(school, "An", STK)
    row = dict(school.loan_of(STK)._mapping)
    again = {key: row[key] for key in ("copy_id", "patron_id", "visit_id", "kind", "lent_at")}

    with pytest.raises(IntegrityError) as caught, school.engine.begin() as connection:
        school.desk.rows.lend(connection, id=new_id(), set_loan_id=None, due=row["due"], **again)
    assert named("An").hex not in str(caught.value)
