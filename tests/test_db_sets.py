"""Textbook sets: for a pupil, for a class, swapped, and compared when they come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from db.engine import sqlite_url
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.models import Copy, Edition, Loan, SetLoan, SetPlace
from db.outcomes import CheckedOut, Refusal, Refused
from db.patrons import Patrons
from db.sets import SetHanded, TextbookSets
from db.states import LendingMode, LoanKind
from tests.small_school import SmallSchool, facts, named, number

TITLES = 13
"""Books of a grade-6 set (S74)."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


@pytest.fixture
def sets(school: SmallSchool) -> TextbookSets:
    return TextbookSets(school.desk)


@pytest.fixture
def grade_6(school: SmallSchool, sets: TextbookSets) -> UUID:
    """A set of 13 titles with three copies of each, SGK.01001 to .01039."""
    editions = [new_id() for _ in range(TITLES)]
    rows = [
        {
            "school_id": 1,
            "id": edition_id,
            "title": f"Sách {position}",
            "kho": "SGK",
            "lending": LendingMode.TEXTBOOK_SET,
        }
        for position, edition_id in enumerate(editions)
    ]
    with school.engine.begin() as connection:
        connection.execute(insert(Edition), rows)
        for which in range(3 * TITLES):
            copy = {"school_id": 1, "id": new_id(), "kho": "SGK", "number": 1001 + which}
            more = {"accession": book(which), "edition_id": editions[which % TITLES]}
            connection.execute(insert(Copy).values(**copy, **more))
    return sets.define("Bộ sách lớp 6", 6, editions)


def book(which: int) -> AccessionNumber:
    """The number of a copy; 0 to 12 are one set, 13 to 25 another."""
    return AccessionNumber(f"SGK.{1001 + which:05d}")


def whole(which: int) -> list[AccessionNumber]:
    """The numbers of one whole set."""
    return [book(position) for position in range(which * TITLES, (which + 1) * TITLES)]


def handed(outcome: object) -> SetHanded:
    assert isinstance(outcome, SetHanded), outcome
    return outcome


def test_set_is_lent_in_one_act(school: SmallSchool, sets: TextbookSets, grade_6: UUID) -> None:
    """Given a 13-book set, when lent to a pupil, then it is one act until recall day (S74)."""
    outcome = handed(sets.lend(school.known("An"), grade_6, whole(0)))
    (header,) = school.rows(SetLoan)
    loans = school.rows(Loan)

    assert (len(outcome.lent), outcome.refused, outcome.missing) == (TITLES, (), ())
    assert {loan.due for loan in outcome.lent} == {date(2027, 5, 20)}
    assert {(loan.kind, loan.set_loan_id) for loan in loans} == {(LoanKind.SET, header.id)}
    assert header.school_year == "2026-2027"
    assert facts(school.told()) == ["set-lent", *["copy-lent"] * TITLES]


def test_set_does_not_use_up_reading(
    school: SmallSchool, sets: TextbookSets, grade_6: UUID
) -> None:
    """Given a pupil with a set, then three other books may be borrowed as well."""
    sets.lend(school.known("An"), grade_6, whole(0))
    lent = [school.desk.check_out(school.known("An"), number("STK", n)) for n in range(1, 5)]

    assert [isinstance(one, CheckedOut) for one in lent] == [True, True, True, False]
    assert school.known("An").max_loans == 3 + TITLES


def test_second_set_is_refused(school: SmallSchool, sets: TextbookSets, grade_6: UUID) -> None:
    """Given a pupil with a set, when another is asked for, then no (rule 20)."""
    sets.lend(school.known("An"), grade_6, whole(0))

    assert sets.lend(school.known("An"), grade_6, whole(1)) == Refused(Refusal.HAS_SET)


def test_part_of_a_set_is_filled_later(
    school: SmallSchool, sets: TextbookSets, grade_6: UUID
) -> None:
    """Given two titles missing, when they come, then they are added; the wrong ones are told."""
    first = handed(sets.lend(school.known("An"), grade_6, [*whole(0)[:11], book(13)]))
    later = handed(sets.add(school.known("An"), [book(11), book(12)]))
    nobody = sets.add(school.known("Bình"), [book(20)])

    assert first.missing == ("Sách 11", "Sách 12")
    assert [one.reason for one in first.refused] == [Refusal.HAS_SET]
    assert (len(later.lent), later.missing, later.set_loan_id) == (2, (), first.set_loan_id)
    assert nobody == Refused(Refusal.TEXTBOOK_SET)


def test_whole_class_in_one_flow(school: SmallSchool, sets: TextbookSets, grade_6: UUID) -> None:
    """Given sets laid ready, when the class comes, then all get theirs, priority first (S74)."""
    Patrons(school.library).set_priority(named("Bình"), "thủ thư")
    sets.lay_ready(named("An"), whole(0))
    sets.lay_ready(named("Bình"), whole(1))
    served = sets.lend_to_class("6A", grade_6)

    assert [patron.given_name for patron, _ in served] == ["Bình", "An"]
    assert [len(handed(outcome).lent) for _, outcome in served] == [TITLES, TITLES]
    assert school.count(SetPlace) == 0


def test_nothing_laid_ready_begins_no_set(
    school: SmallSchool, sets: TextbookSets, grade_6: UUID
) -> None:
    """Given nothing laid ready or a wrong book, then all is told as missing, no set is begun."""
    outcome = handed(sets.lend(school.known("An"), grade_6))
    wrong = handed(sets.lend(school.known("An"), grade_6, [number("STK")]))

    assert (outcome.lent, len(outcome.missing)) == ((), TITLES)
    assert [one.reason for one in wrong.refused] == [Refusal.HAS_SET]
    assert (outcome.set_loan_id, wrong.set_loan_id) == (None, None)
    assert (school.count(SetLoan), school.told()) == (0, ())
    unknown = AccessionNumber("SGK.99999")
    refused = Refused(Refusal.UNKNOWN_COPY, unknown)
    assert sets.lay_ready(named("An"), [unknown]) == (refused,)


def test_one_copy_is_swapped(school: SmallSchool, sets: TextbookSets, grade_6: UUID) -> None:
    """Given a torn book of a set, when swapped, then the new copy has its place and due day."""
    sets.lend(school.known("An"), grade_6, whole(0))
    an = school.known("An")
    swapped = sets.swap(an, book(0), book(TITLES))
    other_title = sets.swap(an, book(1), book(TITLES + 2))
    not_mine = sets.swap(an, book(2 * TITLES), book(TITLES + 3))
    unknown = sets.swap(an, book(1), AccessionNumber("SGK.99999"))

    assert isinstance(swapped, CheckedOut)
    assert swapped.due == date(2027, 5, 20)
    assert [one.reason for one in (other_title, not_mine, unknown) if isinstance(one, Refused)] == [
        Refusal.HAS_SET,
        Refusal.RENEW_NOT_YOURS,
        Refusal.UNKNOWN_COPY,
    ]
    assert school.loan_of(book(0)).returned_at is not None
    assert school.loan_of(book(TITLES)).set_loan_id == school.loan_of(book(0)).set_loan_id


def test_returned_set_is_compared(school: SmallSchool, sets: TextbookSets, grade_6: UUID) -> None:
    """Given a set, when eleven of thirteen come back, then the other two are listed (rule 26)."""
    sets.lend(school.known("An"), grade_6, whole(0))
    taken = sets.take_back(named("An"), whole(0)[:11])
    rest = sets.take_back(named("An"), whole(0)[11:])

    assert taken.missing == (f"{book(11)} Sách 11", f"{book(12)} Sách 12")
    assert rest.missing == ()
    assert isinstance(sets.lend(school.known("An"), grade_6, whole(0)), SetHanded)


def test_copy_that_is_out_or_lost_is_told(
    school: SmallSchool, sets: TextbookSets, grade_6: UUID
) -> None:
    """Given copies of the set that are out or lost, then the rest is lent and those are told."""
    sets.lend(school.known("An"), grade_6, whole(0))
    school.losses.report_lost(book(TITLES))
    given = handed(sets.lend(school.known("Bình"), grade_6, [book(0), *whole(1)]))

    assert [one.reason for one in given.refused] == [Refusal.ON_LOAN, Refusal.NOT_READY]
    assert given.missing == ("Sách 0",)


def test_no_sets_in_summer(school: SmallSchool, sets: TextbookSets, grade_6: UUID) -> None:
    """Given the day after recall, then no set is lent."""
    school.set_clock(date(2027, 5, 21))

    assert sets.lend(school.known("An"), grade_6, whole(0)) == Refused(Refusal.NOT_IN_SUMMER)
