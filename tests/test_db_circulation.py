"""Lending and returning on a real database file: one transaction for each act."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from db import outbox
from db.demo import LOST_CARD, fill_demo_school
from db.identifiers import AccessionNumber, CardNumber
from db.ids import new_id
from db.models import Copy, Loan, OutboxEvent, Patron, ReceiptJob
from db.outcomes import CheckedOut, PatronKnown, Refusal, Refused, Returned
from db.sync.messages import CopyLent
from tests.demo_records import MORNING
from tests.demo_school import DemoSchool


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DemoSchool]:
    made = DemoSchool(tmp_path / "kiosk.db")
    yield made
    made.engine.dispose()


def test_demo_school_has_the_reference_counts(school: DemoSchool) -> None:
    """Given an empty file, when filled, then it is the reference school, and only once."""
    by_category = select(Patron.category, func.count()).group_by(Patron.category)
    with school.engine.begin() as connection:
        people = dict(connection.execute(by_category).all())
        copies = connection.execute(select(func.count()).select_from(Copy)).scalar_one()

    assert people == {"student": 516, "teacher": 21}
    assert 1_900 <= copies <= 2_100
    assert not fill_demo_school(school.engine, 1, MORNING)


def test_check_out_writes_loan_event_and_slip(school: DemoSchool) -> None:
    """Given a pupil and a copy, when lent, then loan, event and slip stand in the file."""
    before = school.count(Loan)
    cast = school.cast()
    patron = school.known(cast.free_pupils[0].card)
    outcome = school.desk.check_out(patron, cast.shelved[0].accession, new_id())
    event = outbox.next_batch(school.engine).events[0]
    fact = CopyLent.model_validate(event.payload)

    assert isinstance(outcome, CheckedOut)
    assert outcome.due == date(2026, 11, 25)
    assert (school.count(Loan), school.count(ReceiptJob)) == (before + 1, 1)
    assert (fact.loan_id, fact.due, event.seq) == (outcome.loan_id, outcome.due, 1)
    assert [loan.accession for loan in school.known(patron.card).loans] == [outcome.accession]


def test_what_returned_survives_the_process(tmp_path: Path) -> None:
    """Given a loan, when the file is opened by another engine, then the loan is there."""
    first = DemoSchool(tmp_path / "kiosk.db")
    cast = first.cast()
    patron = first.known(cast.free_pupils[0].card)
    outcome = first.desk.check_out(patron, cast.shelved[0].accession, new_id())
    first.engine.dispose()
    other = DemoSchool(tmp_path / "kiosk.db")
    held = [loan.accession for loan in other.known(patron.card).loans]
    other.engine.dispose()

    assert isinstance(outcome, CheckedOut)
    assert held == [outcome.accession]


def test_refusals_write_nothing(school: DemoSchool) -> None:
    """Given every kind of no, when it is said, then no row was written."""
    cast = school.cast()
    pupil = school.known(cast.free_pupils[0].card)
    late = school.known(cast.late_pupils[0].card)
    shelf = [copy.accession for copy in cast.shelved]
    for accession in shelf[:3]:
        assert isinstance(school.desk.check_out(pupil, accession, new_id()), CheckedOut)
    written = school.count(OutboxEvent)
    answers = [
        school.desk.check_out(pupil, shelf[3], new_id()),
        school.desk.check_out(pupil, shelf[0], new_id()),
        school.desk.check_out(late, shelf[3], new_id()),
        school.desk.check_out(late, cast.lent[0].accession, new_id()),
        school.desk.check_out(late, cast.reference[0].accession, new_id()),
        school.desk.check_out(late, AccessionNumber("STN.99999"), new_id()),
        school.desk.check_in(AccessionNumber("STN.99999")),
        school.desk.identify(CardNumber("HS999999")),
        school.desk.identify(LOST_CARD),
    ]

    assert [answer.reason for answer in answers if isinstance(answer, Refused)] == [
        Refusal.TOO_MANY_LOANS,
        Refusal.ALREADY_YOURS,
        Refusal.HAS_OVERDUE,
        Refusal.ON_LOAN,
        Refusal.REFERENCE_ONLY,
        Refusal.UNKNOWN_COPY,
        Refusal.UNKNOWN_COPY,
        Refusal.UNKNOWN_CARD,
        Refusal.CARD_REVOKED,
    ]
    assert isinstance(answers[0], Refused)
    assert answers[0].count == 3
    assert school.count(OutboxEvent) == written


def test_blocked_patron_is_refused_at_the_card(school: DemoSchool) -> None:
    """Given a blocked patron, when the card is shown, then it is refused."""
    pupil = school.cast().free_pupils[0]
    school.block(pupil.id)

    assert school.desk.identify(pupil.card) == Refused(Refusal.PATRON_BLOCKED, pupil.card)


def test_return_needs_no_card_and_tells_lateness(school: DemoSchool) -> None:
    """Given an overdue loan, when the copy is brought by anyone, then it is taken, with days."""
    late = school.known(school.cast().late_pupils[0].card)
    outcome = school.desk.check_in(late.loans[0].accession)

    assert isinstance(outcome, Returned)
    assert outcome.days_overdue == (MORNING.date() - late.loans[0].due).days
    assert school.known(late.card).loans == ()


def test_return_of_a_shelved_copy_is_recorded(school: DemoSchool) -> None:
    """Given a copy nobody has, when handed in, then that is a fact for the hub all the same."""
    accession = school.cast().shelved[0].accession
    outcome = school.desk.check_in(accession)

    assert isinstance(outcome, Returned)
    assert not outcome.was_on_loan
    assert outbox.next_batch(school.engine).events[0].payload["loan_id"] is None


def test_due_day_is_the_schools_not_greenwichs(school: DemoSchool) -> None:
    """Given 00:30 at school, which is yesterday in UTC, then the loan counts from today."""
    cast = school.cast()
    school.clock.advance(timedelta(hours=-8, minutes=-10))
    patron = school.known(cast.free_pupils[0].card)
    outcome = school.desk.check_out(patron, cast.shelved[0].accession, new_id())

    assert isinstance(outcome, CheckedOut)
    assert patron.today == date(2026, 11, 10)
    assert outcome.due == date(2026, 11, 25)


def test_two_desks_never_lend_one_copy_twice(school: DemoSchool) -> None:
    """Given many threads asking for one copy, then exactly one gets it."""
    cast = school.cast()
    accession = cast.shelved[0].accession
    pupils = [school.known(pupil.card) for pupil in cast.free_pupils[:8]]
    answers: list[CheckedOut | Refused] = []

    def ask(patron: PatronKnown) -> None:
        answers.append(school.desk.check_out(patron, accession, new_id()))

    threads = [threading.Thread(target=ask, args=(patron,)) for patron in pupils]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(answer).__name__ for answer in answers) == ["CheckedOut"] + ["Refused"] * 7


def test_schema_itself_forbids_a_second_loan(school: DemoSchool) -> None:
    """Given an open loan, when a second row is forced in, then the index refuses it."""
    with school.engine.begin() as connection:
        row = connection.execute(select(Loan.__table__).limit(1)).mappings().one()
    again = {**row, "id": new_id()}

    with pytest.raises(IntegrityError, match="UNIQUE"), school.engine.begin() as connection:
        connection.execute(Loan.__table__.insert(), again)  # type: ignore[attr-defined]


def test_numbers_of_events_have_no_gap(school: DemoSchool) -> None:
    """Given acts and refusals mixed, then events are numbered without a gap."""
    cast = school.cast()
    patron = school.known(cast.free_pupils[0].card)
    for copy in cast.shelved[:5]:
        school.desk.check_out(patron, copy.accession, new_id())
        school.desk.check_in(copy.accession)

    events = outbox.next_batch(school.engine).events
    assert [event.seq for event in events] == list(range(1, 11))


class LibraryDay(RuleBasedStateMachine):
    """Random check-outs and returns against a plain dict of who holds what."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.school = DemoSchool(self.folder / f"{new_id()}.db")
        cast = self.school.cast()
        self.copies = [copy.accession for copy in cast.shelved[:6]]
        self.patrons = [self.school.known(pupil.card) for pupil in cast.free_pupils[:3]]
        self.held: dict[AccessionNumber, int] = {}
        self.acts = 0

    def teardown(self) -> None:
        self.school.engine.dispose()

    @rule(who=st.integers(0, 2), what=st.integers(0, 5))
    def check_out(self, who: int, what: int) -> None:
        """The desk lends exactly when the model says that it may."""
        accession = self.copies[what]
        free = accession not in self.held and list(self.held.values()).count(who) < 3
        outcome = self.school.desk.check_out(self.patrons[who], accession, new_id())
        assert isinstance(outcome, CheckedOut) == free
        if free:
            self.held[accession] = who
            self.acts += 1

    @precondition(lambda self: self.held)
    @rule(what=st.integers(0, 5))
    def check_in(self, what: int) -> None:
        """The desk takes back whatever comes and knows whether it was out."""
        accession = self.copies[what]
        outcome = self.school.desk.check_in(accession)
        assert isinstance(outcome, Returned)
        assert outcome.was_on_loan == (accession in self.held)
        self.held.pop(accession, None)
        self.acts += 1

    @invariant()
    def every_act_is_in_the_outbox(self) -> None:
        """Nothing happens that the hub will not hear of."""
        assert outbox.waiting(self.school.engine) == self.acts

    @invariant()
    def patrons_hold_what_the_model_says(self) -> None:
        """The file and the dict agree on who has what."""
        for who, patron in enumerate(self.patrons):
            loans = self.school.known(patron.card).loans
            expected = {accession for accession, holder in self.held.items() if holder == who}
            assert {loan.accession for loan in loans} == expected


def test_library_day(tmp_path: Path) -> None:
    """Given any day of lending and returning, then file, outbox and model agree throughout."""
    from hypothesis.stateful import run_state_machine_as_test

    LibraryDay.folder = tmp_path
    run_state_machine_as_test(
        LibraryDay, settings=settings(max_examples=12, stateful_step_count=25, deadline=None)
    )
