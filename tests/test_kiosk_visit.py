"""The visit's state machine: pure, so every path is walked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from db.clock import SCHOOL_ZONE
from db.identifiers import AccessionNumber, CardNumber
from db.outcomes import (
    CheckedOut,
    OpenLoan,
    PatronCategory,
    PatronKnown,
    Refusal,
    Refused,
    Returned,
)
from kiosk.visit import Finished, OutOfOrder, Serving, Waiting, advance, begin, finish

NOW = datetime(2026, 11, 23, 8, 40, tzinfo=SCHOOL_ZONE)
AN = PatronKnown(
    UUID(int=1),
    CardNumber("HS204817"),
    "Nguyễn Văn An",
    "6A",
    PatronCategory.STUDENT,
    NOW.date(),
    loans=(OpenLoan(AccessionNumber("STN.00009"), "Quê nội", date(2026, 11, 30)),),
)
NO = Refused(Refusal.UNKNOWN_COPY, "STN.99999")


def lent(number: int) -> CheckedOut:
    accession = AccessionNumber(f"STN.{number:05d}")
    return CheckedOut(uuid4(), accession, f"Cuốn {number}", "", NOW, date(2026, 12, 7))


def returned(number: int) -> Returned:
    accession = AccessionNumber(f"STN.{number:05d}")
    return Returned(accession, f"Cuốn {number}", "", NOW, was_on_loan=True)


def test_book_alone_is_a_return() -> None:
    """Given nobody known, when a copy was taken in, then the idle screen says so."""
    assert advance(Waiting(), returned(1)) == Waiting(notice=returned(1))


def test_lending_clears_the_last_no() -> None:
    """Given a refusal on the screen, when the next copy is lent, then the refusal goes."""
    serving = advance(begin(UUID(int=7), AN), NO)
    loan = lent(1)

    assert advance(serving, loan) == Serving(UUID(int=7), AN, (loan,))


def test_refusal_keeps_what_was_done() -> None:
    """Given a loan made, when the next copy is refused, then the loan stays on the screen."""
    loan = lent(1)
    serving = advance(advance(begin(UUID(int=7), AN), loan), NO)

    assert serving == Serving(UUID(int=7), AN, (loan,), notice=NO)


def test_visit_without_acts_ends_quietly() -> None:
    """Given nothing was done, when the visit ends, then the screen waits again."""
    assert finish(begin(UUID(int=7), AN)) == Waiting()


def test_farewell_goes_by() -> None:
    """Given the farewell, when it ends or a book comes, then nobody is known any more."""
    farewell = finish(advance(begin(UUID(int=7), AN), lent(1)))

    assert isinstance(farewell, Finished)
    assert finish(farewell) == Waiting()
    assert advance(farewell, NO) == Waiting(notice=NO)


def test_out_of_order_stays() -> None:
    """Given our own mistake, when a code comes, then nothing moves on."""
    assert advance(OutOfOrder(), NO) == OutOfOrder()
    assert finish(OutOfOrder()) == OutOfOrder()


def test_copy_lent_and_returned_is_not_lent() -> None:
    """Given a copy lent and given back in one visit, then the farewell lists it as returned."""
    serving = advance(advance(begin(UUID(int=7), AN), lent(1)), returned(1))
    farewell = finish(serving)

    assert isinstance(farewell, Finished)
    assert farewell.lent == ()
    assert [act.accession for act in farewell.returned] == ["STN.00001"]
    assert farewell.held == AN.loans


@given(st.lists(st.integers(1, 12)))
def test_every_standing_loan_reaches_the_farewell(numbers: list[int]) -> None:
    """Given copies lent and returned in any order, then the farewell lists what is still out."""
    visit = begin(UUID(int=7), replace(AN, loans=()))
    out: set[str] = set()
    for number in numbers:
        act = returned(number) if f"STN.{number:05d}" in out else lent(number)
        out ^= {act.accession}
        moved = advance(visit, act)
        assert isinstance(moved, Serving)
        visit = moved
    farewell = finish(visit)

    assert {loan.accession for loan in visit.held} == out
    if numbers:
        assert isinstance(farewell, Finished)
        assert sorted(act.accession for act in farewell.lent) == sorted(out)
        assert not out & {act.accession for act in farewell.returned}
