"""What a pupil may do at the station besides borrowing: stories over real records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from db import rulebook
from db.demo import DemoCopy, DemoPatron
from db.holds import Holds
from db.identifiers import AccessionNumber, Command
from db.models import Copy, Loan, LossCase
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    Refusal,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from db.states import CaseKind, CopyState, LoanKind
from kiosk.events import (
    DonePressed,
    HelpPressed,
    HoldPressed,
    LendingPaused,
    LoanPressed,
    MoreLoansPressed,
    ReadHerePressed,
    RenewAllPressed,
    RenewPressed,
    ReturnPressed,
    TimePassed,
    UndoPressed,
    Wear,
    WearPressed,
)
from kiosk.visit import Finished, HelpCalled, RenewedAll, Serving, Visit, Waiting
from tests.at_break import Break
from tests.demo_school import DemoSchool


@pytest.fixture
def at_break(tmp_path: Path) -> Iterator[Break]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield Break(school)
    school.engine.dispose()


def serving(visit: Visit) -> Serving:
    assert isinstance(visit, Serving), visit
    return visit


def refusal(visit: Visit) -> Refusal:
    assert isinstance(visit, Serving | Waiting)
    assert isinstance(visit.notice, Refused), visit.notice
    return visit.notice.reason


def open_loans(at_break: Break, who: DemoPatron) -> list[str]:
    return [loan.accession for loan in at_break.school.known(who.card).loans]


def choose(at_break: Break, **choices: object) -> None:
    with at_break.school.engine.begin() as connection:
        rulebook.choose(connection, 1, **choices)


def make_only_copy(at_break: Break, copy: DemoCopy) -> None:
    """Take every other copy of a title out of the library."""
    others = (Copy.edition_id == edition_of(at_break, copy), Copy.accession != copy.accession)
    with at_break.school.engine.begin() as connection:
        connection.execute(update(Copy).where(*others).values(state=CopyState.WITHDRAWN))


def edition_of(at_break: Break, copy: DemoCopy) -> UUID:
    with at_break.school.engine.begin() as connection:
        found = select(Copy.edition_id).where(Copy.accession == copy.accession)
        return connection.execute(found).scalar_one()


def loan_due_soon(at_break: Break) -> tuple[DemoPatron, AccessionNumber]:
    """A pupil whose only loan is due in two days."""
    at_break.borrow(0, 0)
    at_break.touch(DonePressed())
    at_break.pass_time(timedelta(days=12).total_seconds())
    return at_break.cast.free_pupils[0], at_break.cast.shelved[0].accession


@pytest.mark.parametrize("how", ["touch", "card"])
def test_last_loan_is_taken_back(at_break: Break, how: str) -> None:
    """Given a book lent by mistake, when taken back within 8 s, then it never was on loan."""
    at_break.borrow(0, 0)
    offered = at_break.shown[-1]
    at_break.pass_time(7)
    visit = at_break.touch(UndoPressed()) if how == "touch" else at_break.scan(Command.UNDO)

    assert (offered.undo_until, offered.undo_s) == (8.0, 8)
    assert serving(visit).acts == ()
    assert isinstance(serving(visit).notice, Undone)
    assert open_loans(at_break, at_break.cast.free_pupils[0]) == []
    assert at_break.shown[-1].undo_until is None


def test_undo_is_on_offer_for_eight_seconds(at_break: Break) -> None:
    """Given a loan, when 8 s have gone by, then it is no longer on offer, and refused."""
    at_break.borrow(0, 0)
    at_break.pass_time(8)
    at_break.touch(TimePassed())
    gone = at_break.shown[-1]
    visit = at_break.scan(Command.UNDO)

    assert gone.undo_until is None
    assert refusal(visit) is Refusal.UNDO_TOO_LATE
    assert len(open_loans(at_break, at_break.cast.free_pupils[0])) == 1


def test_visit_with_nothing_left_has_no_slip(at_break: Break) -> None:
    """Given a visit whose only loan was taken back, when it ends, then no slip and no farewell."""
    at_break.borrow(0, 0)
    at_break.touch(UndoPressed())
    visit = at_break.touch(DonePressed())

    assert visit == Waiting()
    assert at_break.slips == []
    assert [state for state, _, _ in at_break.slip_rows()] == ["unwanted"]


def test_return_at_the_idle_screen_is_taken_back(at_break: Break) -> None:
    """Given a book returned by mistake and no card, when undone, then its loan goes on."""
    copy = at_break.cast.lent[0]
    at_break.scan(copy.accession)
    patience = at_break.shown[-1].patience_s
    visit = at_break.touch(UndoPressed())
    again = at_break.scan(copy.accession)

    assert patience == 8
    assert isinstance(visit, Waiting)
    assert isinstance(visit.notice, Undone)
    assert isinstance(again, Waiting)
    assert isinstance(again.notice, Returned)
    assert again.notice.was_on_loan


def test_next_reader_cannot_take_back_the_last_ones_act(at_break: Break) -> None:
    """Given A's loan 2 s ago, when B's card is shown and Undo meant for A comes, then it stands."""
    at_break.borrow(0, 0)
    at_break.pass_time(2)
    at_break.borrow(1)
    visit = at_break.touch(UndoPressed())

    assert refusal(visit) is Refusal.UNDO_TOO_LATE
    assert len(open_loans(at_break, at_break.cast.free_pupils[0])) == 1


def test_own_book_may_be_kept_longer(at_break: Break) -> None:
    """Given a book due in two days, when it is scanned in a visit, then one touch renews it."""
    pupil, accession = loan_due_soon(at_break)
    at_break.scan(pupil.card)
    asked = serving(at_break.scan(accession))
    visit = serving(at_break.touch(RenewPressed(accession)))
    at_break.touch(DonePressed())

    assert asked.question is not None
    assert isinstance(asked.question.renewal, Renewable)
    (renewed,) = visit.acts
    assert isinstance(renewed, Renewed)
    assert renewed.due == asked.question.renewal.due == visit.held[0].due
    assert [line.accession for line in at_break.slips[-1].renewed] == [accession]


def test_question_says_why_not_to_renew(at_break: Break) -> None:
    """Given a book borrowed just now, when scanned again, then it says from when it is renewed."""
    visit = serving(at_break.borrow(0, 0, 0))

    assert visit.question is not None
    assert isinstance(visit.question.renewal, Refused)
    assert visit.question.renewal.reason is Refusal.RENEW_TOO_EARLY
    assert visit.question.renewal.day is not None


def test_loan_is_renewed_from_the_list(at_break: Break) -> None:
    """Given a book at home, when touched in the list, then it can be renewed and not returned."""
    pupil, accession = loan_due_soon(at_break)
    at_break.scan(pupil.card)
    asked = serving(at_break.touch(LoanPressed(accession)))
    unmoved = at_break.touch(ReturnPressed(accession))
    visit = serving(at_break.touch(RenewPressed(accession)))

    assert asked.question is not None
    assert not asked.question.in_hand
    assert unmoved == asked
    assert isinstance(visit.acts[-1], Renewed)


def test_everything_is_renewed_by_one_card(at_break: Break) -> None:
    """Given two loans of which one may be kept, when RENEW is shown, then it is, and why not."""
    pupil, accession = loan_due_soon(at_break)
    at_break.scan(pupil.card)
    at_break.scan(at_break.cast.shelved[1].accession)
    visit = serving(at_break.scan(Command.RENEW))
    again = serving(at_break.touch(RenewAllPressed()))

    assert isinstance(visit.notice, RenewedAll)
    assert [one.accession for one in visit.notice.renewed] == [accession]
    assert [one.reason for one in visit.notice.refused] == [Refusal.RENEW_TOO_EARLY]
    assert isinstance(again.notice, RenewedAll)
    assert again.notice.renewed == ()


def test_command_cards_ask_for_what_is_missing(at_break: Break) -> None:
    """Given no reader, or no book, when a command card is shown, then it asks for that first."""
    alone = [refusal(at_break.scan(one)) for one in (Command.RENEW, Command.RETURN, Command.UNDO)]
    at_break.borrow(0)
    in_visit = [refusal(at_break.scan(one)) for one in (Command.RETURN, Command.READ_HERE)]

    assert alone == [Refusal.CARD_FIRST, Refusal.BOOK_FIRST, Refusal.UNDO_TOO_LATE]
    assert in_visit == [Refusal.BOOK_FIRST, Refusal.BOOK_FIRST]


def test_own_book_goes_back_by_cards_alone(at_break: Break) -> None:
    """Given a pupil who cannot reach the screen, when book and RETURN are shown, then back."""
    at_break.borrow(0, 0, 0)
    visit = serving(at_break.scan(Command.RETURN))

    assert isinstance(visit.acts[-1], Returned)
    assert open_loans(at_break, at_break.cast.free_pupils[0]) == []


@pytest.mark.parametrize("how", ["touch", "card"])
def test_reference_copy_is_read_here(at_break: Break, how: str) -> None:
    """S08: Given a copy that stays, when it is to be borrowed, then one touch reads it here."""
    copy = at_break.cast.reference[0]
    refused = at_break.borrow(0)
    refused = at_break.scan(copy.accession)
    if how == "touch":
        visit = serving(at_break.touch(ReadHerePressed(copy.accession)))
    else:
        visit = serving(at_break.scan(Command.READ_HERE))
    farewell = at_break.touch(DonePressed())

    assert refusal(refused) is Refusal.REFERENCE_ONLY
    (act,) = visit.acts
    assert isinstance(act, CheckedOut)
    assert (act.kind, act.due) == (LoanKind.IN_LIBRARY, visit.patron.today)
    assert visit.taken_home == 0
    assert isinstance(farewell, Finished)
    assert (farewell.lent, len(farewell.reading)) == ((), 1)
    assert at_break.slips == []


def test_copy_read_here_is_handed_back(at_break: Break) -> None:
    """Given a copy read here, when scanned again in the visit, then it goes back, not longer."""
    copy = at_break.cast.reference[0]
    at_break.borrow(0)
    at_break.scan(copy.accession)
    at_break.touch(ReadHerePressed(copy.accession))
    asked = serving(at_break.scan(copy.accession))
    visit = serving(at_break.touch(ReturnPressed(copy.accession)))

    assert asked.question is not None
    assert asked.question.renewal is None
    assert isinstance(visit.acts[-1], Returned)
    assert visit.held == ()


def test_reading_ends_when_its_session_is_over(at_break: Break) -> None:
    """Given a copy left lying there, when the next session's reader comes, then nobody has it."""
    copy = at_break.cast.reference[0]
    at_break.borrow(0)
    at_break.scan(copy.accession)
    at_break.touch(ReadHerePressed(copy.accession))
    at_break.touch(DonePressed())
    before = open_loans(at_break, at_break.cast.free_pupils[0])
    at_break.pass_time(24 * 3600)
    at_break.borrow(1)

    assert before == [copy.accession]
    assert open_loans(at_break, at_break.cast.free_pupils[0]) == []


def test_full_pupil_may_read_here(at_break: Break) -> None:
    """Given three loans, when a fourth is refused, then it may be read in the library."""
    refused = at_break.borrow(0, 0, 1, 2, 3)
    fourth = at_break.cast.shelved[3].accession
    visit = serving(at_break.touch(ReadHerePressed(fourth)))

    assert refusal(refused) is Refusal.TOO_MANY_LOANS
    assert isinstance(visit.acts[-1], CheckedOut)
    assert visit.acts[-1].kind is LoanKind.IN_LIBRARY


def test_friends_book_is_taken_back_and_who_brought_it_kept(at_break: Break) -> None:
    """Given a friend's late book in a visit, when handed in, then nobody is named or blamed."""
    late = at_break.cast.late_pupils[0]
    helper = at_break.cast.free_pupils[0]
    at_break.scan(helper.card)
    refused = at_break.scan(late.holds[0].accession)
    visit = serving(at_break.touch(ReturnPressed(late.holds[0].accession)))
    returned = visit.acts[-1]
    with at_break.school.engine.begin() as connection:
        brought_by = connection.execute(
            select(Loan.handed_in_by).where(Loan.patron_id == late.id)
        ).scalar()

    assert refusal(refused) is Refusal.ON_LOAN
    assert isinstance(returned, Returned)
    assert visit.brought_for_another(returned)
    assert brought_by == helper.id
    assert late.name not in repr(visit)


def test_stale_touch_does_nothing_in_the_next_visit(at_break: Break) -> None:
    """Given a touch meant for A's question, when it comes in B's visit, then nothing happens."""
    at_break.borrow(0, 0, 0)
    accession = at_break.cast.shelved[0].accession
    at_break.borrow(1)
    before = at_break.clerk.visit
    for event in (
        ReturnPressed(accession),
        RenewPressed(accession),
        LoanPressed(accession),
        ReadHerePressed(accession),
        WearPressed(Wear.TORN),
    ):
        at_break.touch(event)

    assert at_break.clerk.visit == before
    assert open_loans(at_break, at_break.cast.free_pupils[0]) == [accession]


def test_worn_copy_is_told_with_one_touch(at_break: Break) -> None:
    """Given a book handed in, when "torn" is touched, then the librarian has a case of it."""
    copy = at_break.cast.lent[0]
    at_break.scan(copy.accession)
    visit = at_break.touch(WearPressed(Wear.TORN))
    at_break.touch(WearPressed(Wear.TORN))
    with at_break.school.engine.begin() as connection:
        cases = connection.execute(select(LossCase.kind, LossCase.note)).all()

    assert visit == Waiting(DamageNoted(copy.accession, copy.title))
    assert [tuple(case) for case in cases] == [(CaseKind.DAMAGED, "rách")]


def test_reserved_book_waits_and_is_collected(at_break: Break) -> None:
    """Given a title reserved at the station, when it is back, then the next visit says where."""
    choose(at_break, holds_allowed=True)
    copy = at_break.cast.lent[0]
    waiting, other = at_break.cast.free_pupils[:2]
    make_only_copy(at_break, copy)
    at_break.scan(waiting.card)
    made = serving(at_break.touch(HoldPressed(edition_of(at_break, copy))))
    at_break.touch(DonePressed())
    returned = at_break.scan(copy.accession)
    at_break.scan(other.card)
    refused = at_break.scan(copy.accession)
    greeting = serving(at_break.scan(waiting.card))
    collected = serving(at_break.scan(copy.accession))

    assert isinstance(made.notice, HoldMade)
    assert isinstance(returned, Waiting)
    assert isinstance(returned.notice, Returned)
    assert (returned.notice.is_wanted, returned.notice.to_desk) == (True, True)
    assert refusal(refused) is Refusal.KEPT_FOR_ANOTHER
    assert [ready.title for ready in greeting.patron.ready] == [copy.title]
    assert isinstance(collected.acts[-1], CheckedOut)
    assert at_break.school.known(waiting.card).ready == ()


def test_reserving_asks_for_a_card(at_break: Break) -> None:
    """Given nobody known, when a title is to be reserved, then the card is asked for."""
    choose(at_break, holds_allowed=True)
    visit = at_break.touch(HoldPressed(edition_of(at_break, at_break.cast.lent[0])))

    assert refusal(visit) is Refusal.CARD_FIRST
    assert Holds(at_break.school.desk.library).expire() == 0


def test_outside_lending_hours_books_come_back(at_break: Break) -> None:
    """S15: Given lending hours are over, when a visit begins, then it says so; returns go on."""
    choose(at_break, lend_in_slots_only=True)
    at_break.pass_time(timedelta(hours=12).total_seconds())
    greeting = serving(at_break.borrow(0))
    refused = at_break.scan(at_break.cast.shelved[0].accession)
    friends = serving(at_break.scan(at_break.cast.lent[0].accession))
    back = serving(at_break.touch(ReturnPressed(at_break.cast.lent[0].accession)))

    assert greeting.patron.no_lending is not None
    assert greeting.patron.no_lending.reason is Refusal.CLOSED_NOW
    assert refusal(refused) is Refusal.CLOSED_NOW
    assert refusal(friends) is Refusal.CLOSED_NOW
    assert isinstance(back.acts[-1], Returned)


def test_paused_station_takes_returns_only(at_break: Break) -> None:
    """Given the librarian lets lending rest, when a book is shown, then no; returns go on."""
    late = at_break.cast.late_pupils[0]
    at_break.touch(LendingPaused(True))
    at_break.scan(late.card)
    refused = at_break.scan(at_break.cast.shelved[0].accession)
    asked = serving(at_break.scan(late.holds[0].accession))
    at_break.touch(LendingPaused(False))

    assert refusal(refused) is Refusal.LENDING_PAUSED
    assert asked.question is not None
    assert not at_break.clerk.status.lending_paused


def test_own_card_again_goes_on(at_break: Break) -> None:
    """Given a visit just ended, when the same card comes within a minute, then it goes on."""
    at_break.borrow(0, 0)
    at_break.touch(DonePressed())
    readers_gone = at_break.readers_gone
    at_break.pass_time(30)
    visit = serving(at_break.borrow(0, 1))
    at_break.touch(DonePressed())

    assert visit.is_resumed
    assert len(visit.held) == 2
    assert at_break.readers_gone == readers_gone
    assert [len(slip.lent) for slip in at_break.slips] == [1, 1]


def test_after_a_minute_or_another_reader_it_is_a_new_visit(at_break: Break) -> None:
    """Given a visit ended, when a minute or another reader goes by, then nothing goes on."""
    at_break.borrow(0)
    at_break.touch(DonePressed())
    at_break.pass_time(61)
    late = serving(at_break.borrow(0))
    at_break.borrow(1)
    at_break.touch(DonePressed())
    between = serving(at_break.borrow(0))

    assert (late.is_resumed, between.is_resumed) == (False, False)


def test_card_that_ended_a_visit_does_not_begin_one(at_break: Break) -> None:
    """Given a card still in view after it ended the visit, then the farewell stays."""
    at_break.borrow(0, 0)
    card = at_break.cast.free_pupils[0].card
    farewell = at_break.scan(card)
    at_break.now += 2
    still = at_break.scan(card)
    at_break.now += 2
    later = at_break.scan(card)

    assert isinstance(farewell, Finished)
    assert still == farewell
    assert serving(later).is_resumed


@pytest.mark.parametrize("how", ["touch", "card"])
def test_librarian_is_called_for_two_minutes(at_break: Break, how: str) -> None:
    """Given a pupil who needs help, when called, then the edge of the screen says so for 2 min."""
    at_break.borrow(0, 0)
    visit = at_break.touch(HelpPressed()) if how == "touch" else at_break.scan(Command.HELP)
    called = at_break.clerk.status.help_called
    at_break.pass_time(121)
    at_break.touch(TimePassed())

    assert isinstance(serving(visit).notice, HelpCalled)
    assert called
    assert not at_break.clerk.status.help_called


def test_list_is_turned(at_break: Break) -> None:
    """Given more loans than there is room for, when turned, then the next act begins anew."""
    at_break.borrow(0, 0)
    at_break.touch(MoreLoansPressed())
    turned = serving(at_break.touch(MoreLoansPressed()))
    lent = serving(at_break.scan(at_break.cast.shelved[1].accession))

    assert (turned.turned, lent.turned) == (2, 0)


def test_last_grade_takes_no_book_into_summer(at_break: Break) -> None:
    """S72: given summer after the recall day, then a grade-9 card is refused, and others are not.

    The book of another grade is due when school begins again.
    """
    at_break.school.clock.advance(date(2027, 6, 10) - at_break.school.clock.now().date())
    leaver, stays = (
        next(one for one in at_break.cast.free_pupils if one.homeroom.startswith(grade))
        for grade in ("9", "8")
    )
    book = at_break.cast.shelved[0].accession
    at_break.scan(leaver.card)
    refused = at_break.scan(book)
    at_break.scan(stays.card)
    lent = serving(at_break.scan(book)).acts[0]

    assert refusal(refused) is Refusal.LEAVERS_NOT_IN_SUMMER
    assert isinstance(lent, CheckedOut)
    assert lent.due >= date(2027, 8, 1)
