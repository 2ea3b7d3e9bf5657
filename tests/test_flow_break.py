"""Stories of a long break at the station, as they happen at schools."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.outcomes import CheckedOut, Refusal, Refused, Returned
from db.slips import give_up_interrupted
from kiosk.events import DonePressed, HelpPressed, ReturnPressed, UndoPressed
from kiosk.visit import Finished, Serving, Waiting
from printer.receipt import PrintOutcome, Trouble
from tests.at_break import Break
from tests.demo_school import DemoSchool


@pytest.fixture
def at_break(tmp_path: Path) -> Iterator[Break]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield Break(school)
    school.engine.dispose()


def held(at_break: Break, pupil: int) -> list[str]:
    known = at_break.school.known(at_break.cast.free_pupils[pupil].card)
    return [loan.accession for loan in known.loans]


def test_forgotten_card(at_break: Break) -> None:
    """Given a pupil without a card, when the book is shown and help called, then nothing is lent.

    The book is only received; the librarian is called, and the next pupil is served meanwhile.
    """
    received = at_break.scan(at_break.cast.shelved[0].accession)
    called = at_break.touch(HelpPressed())
    served = at_break.borrow(1, 1)

    assert isinstance(received, Waiting)
    assert isinstance(received.notice, Returned)
    assert not received.notice.was_on_loan
    assert isinstance(called, Waiting)
    assert at_break.clerk.status.help_called
    assert isinstance(served, Serving)
    assert held(at_break, 1) == [at_break.cast.shelved[1].accession]


def test_torn_label(at_break: Break) -> None:
    """Given a label torn in two, when half of it is read, then the number can be typed instead."""
    whole = at_break.cast.shelved[0].accession
    at_break.borrow(0)
    torn = at_break.scan(whole[:-3])
    typed = at_break.scan(whole)

    assert isinstance(torn, Serving)
    assert isinstance(torn.notice, Refused)
    assert torn.notice.reason is Refusal.MALFORMED_LABEL
    assert isinstance(typed, Serving)
    assert isinstance(typed.acts[-1], CheckedOut)
    assert typed.notice is None


def test_two_pupils_in_each_others_way(at_break: Break) -> None:
    """Given B's card before A's second book, when B takes it back at once, then A gets it."""
    second = at_break.cast.shelved[1].accession
    at_break.borrow(0, 0)
    at_break.borrow(1)
    at_break.scan(second)
    at_break.pass_time(3)
    at_break.touch(UndoPressed())
    at_break.touch(DonePressed())
    at_break.borrow(0, 1)
    farewell = at_break.touch(DonePressed())

    assert held(at_break, 1) == []
    assert sorted(held(at_break, 0)) == sorted([at_break.cast.shelved[0].accession, second])
    assert isinstance(farewell, Finished)
    assert [act.accession for act in farewell.lent] == [second]
    assert [len(slip.lent) for slip in at_break.slips] == [1, 1]


def test_book_of_a_friend_then_a_book_of_ones_own(at_break: Break) -> None:
    """Given a friend's book and one's own wish, when both are shown, then both are as meant."""
    friends = at_break.cast.lent[0].accession
    at_break.borrow(0)
    at_break.scan(friends)
    at_break.touch(ReturnPressed(friends))
    visit = at_break.scan(at_break.cast.shelved[0].accession)
    farewell = at_break.touch(DonePressed())

    assert isinstance(visit, Serving)
    assert held(at_break, 0) == [at_break.cast.shelved[0].accession]
    assert isinstance(farewell, Finished)
    assert (len(farewell.lent), len(farewell.returned)) == (1, 1)


def test_paper_out(at_break: Break) -> None:
    """Given no paper, when a visit ends, then the loan stands, and the next reader gets no slip."""
    at_break.borrow(0, 0)
    at_break.touch(DonePressed())
    at_break.printed(PrintOutcome.HELD, Trouble.PAPER_OUT)
    told = at_break.clerk.status.slip
    at_break.borrow(1, 1)

    assert told is not None
    assert told.trouble is Trouble.PAPER_OUT
    assert held(at_break, 0) == [at_break.cast.shelved[0].accession]
    assert at_break.readers_gone == 2
    assert at_break.clerk.status.slip is None


def test_plug_pulled(tmp_path: Path) -> None:
    """Given the plug is pulled in a visit, when the station starts, then the loan is there.

    Nobody is known any more, the slip is given up, and the same pupil may go on.
    """
    before = Break(DemoSchool(tmp_path / "kiosk.db"))
    before.borrow(0, 0)
    before.school.engine.dispose()  # no word to the clerk
    after = Break(DemoSchool(tmp_path / "kiosk.db"))
    give_up_interrupted(after.school.engine, after.school.clock.now())
    pupil = before.cast.free_pupils[0]
    visit = after.scan(pupil.card)
    after.scan(before.cast.shelved[1].accession)
    slips = [state for state, _, _ in after.slip_rows()]
    after.school.engine.dispose()

    assert isinstance(visit, Serving)
    assert not visit.is_resumed
    assert [loan.accession for loan in visit.held] == [before.cast.shelved[0].accession]
    assert slips == ["expired", "collecting"]
