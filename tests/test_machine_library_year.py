"""A library's years at random against a plain dict, on a file and on a server.

The dict knows who holds which copy until when, and the few rules of a pupil's loans, written
down a second time in the plainest way. After every step the records must say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db.calendar import public_holidays
from db.clock import local_day
from db.corners import Corners
from db.engine import sqlite_url
from db.identifiers import AccessionNumber
from db.models import Copy, DueChange, Loan, OutboxEvent
from db.outcomes import CheckedOut, LostReported, Renewed, Returned
from db.patrons import Patrons
from db.recalls import recall
from db.registers.counts import CountMinutes, DifferenceKind
from db.states import CopyState
from db.stocktaking import CountPlan, Sight, Stocktaking
from tests.postgres import PostgresServer
from tests.small_school import NEXT_YEAR, SmallSchool, named, number

NOTED = set(Sight) - {Sight.AGAIN, Sight.ELSEWHERE, Sight.UNKNOWN, Sight.CLOSED}
"""What a copy may be to a count that it counts in."""
COPIES = [number("STN", 1), number("STN", 2), *(number("STK", n) for n in (1, 2, 3))]
PUPILS = ("An", "Chi", "Dũng")
CLOSED = {day.day for year in (2026, 2027) for day in public_holidays(year)}
RECALL = date(2027, 5, 20)
SUMMERS = ((RECALL, date(2027, 8, 30)), (date(2028, 5, 31), date(2028, 8, 30)))
"""Last day of lending in term, and first day of the next school year."""

who = st.sampled_from(PUPILS)
what = st.sampled_from(COPIES)


@dataclass
class Held:
    """Who has a copy, and until when."""

    pupil: str
    due: date
    renewals: int = 0


class LibraryYear(RuleBasedStateMachine):
    """Lending, returning, renewing, losing, finding, moving, recalling, promoting, counting."""

    new_url: ClassVar[Callable[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.school = SmallSchool(type(self).new_url())
        self.known = {pupil: self.school.known(pupil) for pupil in PUPILS}
        self.corners, self.counts = Corners(self.school.library), Stocktaking(self.school.library)
        self.corner = self.corners.begin("Góc lớp 6A", "6A", named("Lan"))
        self.held: dict[AccessionNumber, Held] = {}
        self.lost: set[AccessionNumber] = set()
        self.crates: dict[UUID, set[AccessionNumber]] = {}
        self.in_corner: set[AccessionNumber] = set()
        self.last_grade, self.gone = {"Dũng"}, set[str]()
        self.loans = self.moved = 0

    def teardown(self) -> None:
        self.school.close()

    @property
    def today(self) -> date:
        return local_day(self.school.clock.now())

    @rule(days=st.sampled_from([1, 7, 12, 60]))
    def time_passes(self, days: int) -> None:
        """Days go by, at the same hour."""
        self.school.clock.advance(timedelta(days=days))

    @rule(pupil=who, copy=what)
    def check_out(self, pupil: str, copy: AccessionNumber) -> None:
        """A copy is lent exactly when the dict says that it may, and for as long."""
        free = copy not in self.held and copy not in self.lost
        allowed = free and self._may_borrow(pupil)
        outcome = self.school.desk.check_out(self.known[pupil], copy)
        assert isinstance(outcome, CheckedOut) == allowed, outcome
        if isinstance(outcome, CheckedOut):
            assert outcome.due == self._due()
            self.held[copy] = Held(pupil, outcome.due)
            self.loans += 1

    @rule(copy=what)
    def check_in(self, copy: AccessionNumber) -> None:
        """Whatever is brought is taken; what was lost is found."""
        outcome = self.school.desk.check_in(copy)
        assert isinstance(outcome, Returned)
        assert outcome.was_on_loan == (copy in self.held)
        assert outcome.was_lost == (copy in self.lost)
        self.held.pop(copy, None)
        self.lost.discard(copy)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def renew_own(self, data: st.DataObject) -> None:
        """A reader asks to keep what they have."""
        copy = data.draw(st.sampled_from(sorted(self.held)))
        self.renew(self.held[copy].pupil, copy)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), times=st.integers(1, 3))
    def renew_in_the_last_days(self, data: st.DataObject, times: int) -> None:
        """A reader comes back each time that their loan is nearly due."""
        copy = data.draw(st.sampled_from(sorted(self.held)))
        for _ in range(times):
            last_day = self.held[copy].due - timedelta(days=1)
            self.school.clock.advance(max(timedelta(), last_day - self.today))
            self.renew(self.held[copy].pupil, copy)

    @rule(pupil=who, copy=what)
    def renew(self, pupil: str, copy: AccessionNumber) -> None:
        """A loan is renewed exactly when the dict says that it may."""
        due = self._renewed(pupil, self.held.get(copy))
        outcome = self.school.desk.renew(self.known[pupil], copy)
        assert isinstance(outcome, Renewed) == (due is not None), outcome
        if isinstance(outcome, Renewed):
            assert outcome.due == due
            self.held[copy].due = outcome.due
            self.held[copy].renewals += 1
            self.moved += 1

    @rule(copy=what)
    def lose(self, copy: AccessionNumber) -> None:
        """A copy is lost once, and its reader has a fortnight to look for it."""
        outcome = self.school.losses.report_lost(copy)
        assert isinstance(outcome, LostReported) == (copy not in self.lost)
        if isinstance(outcome, LostReported):
            self.lost.add(copy)
            until = _open_day(self.today + timedelta(days=14))
            if copy in self.held and until > self.held[copy].due:
                self.held[copy].due = until
                self.moved += 1

    @rule(copies=st.sets(what, min_size=1))
    def send_crate(self, copies: set[AccessionNumber]) -> None:
        """What stands in the library goes to the corner."""
        name = f"T-{len(self.crates):03d}"
        gone = self.corners.send(self.corner, name, sorted(copies), self.today, "thủ thư")
        there = {c for c in copies if c not in self.held and c not in self.lost} - self.in_corner
        assert set(gone.sent) == there
        self.crates[gone.crate_id] = there
        self.in_corner |= there

    @precondition(lambda self: self.crates)
    @rule(data=st.data(), copies=st.sets(what))
    def crate_comes_back(self, data: st.DataObject, copies: set[AccessionNumber]) -> None:
        """What was on the manifest leaves the corner, the rest is missing or strange."""
        crate = data.draw(st.sampled_from(sorted(self.crates)))
        awaited = self.crates[crate]
        back = self.corners.take_back(crate, sorted(copies), "thủ thư")
        assert (set(back.back), set(back.strange)) == (copies & awaited, copies - awaited)
        assert {line.accession for line in back.missing} == awaited - copies
        self.crates[crate] = awaited - copies
        self.in_corner -= copies & awaited

    @rule(days=st.integers(0, 20), kho=st.sampled_from([None, "STN", "STK"]))
    def recall_some(self, days: int, kho: str | None) -> None:
        """Loans that run past a day are due on it; no other day moves."""
        until = self.today + timedelta(days=days)
        meant = [
            held
            for copy, held in self.held.items()
            if held.due > until and copy.startswith(kho or "")
        ]
        assert recall(self.school.library, until, kho) == len(meant)
        for held in meant:
            held.due = until
        self.moved += len(meant)

    @precondition(lambda self: self.last_grade and self.today > RECALL)
    @rule()
    def promote(self) -> None:
        """Everybody moves up, the last grade leaves, and their open loans are told."""
        told = Patrons(self.school.library).promote(NEXT_YEAR, "thủ thư")
        owed = [copy for copy, held in self.held.items() if held.pupil in self.last_grade]
        assert sorted(loan.accession for loan in told.owed) == sorted(owed)
        self.gone, self.last_grade = self.last_grade, set()

    @rule(seen=st.sets(what))
    def take_stock(self, seen: set[AccessionNumber]) -> None:
        """What is neither seen nor on loan is lost when the count is closed."""
        count = self.counts.begin(CountPlan("Kiểm kê"))
        assert isinstance(count, UUID)
        for copy in sorted(seen):
            assert self.counts.see(count, copy, "máy 1").sight in NOTED
        told = self.counts.close(count, "thủ thư")
        assert isinstance(told, CountMinutes)
        assert told.balances
        missing = set(COPIES) - seen - set(self.held) - self.lost
        gone = {one.accession for one in told.of(DifferenceKind.MISSING)}
        assert missing == gone & set(COPIES)
        self.lost = (self.lost - seen) | missing

    @invariant()
    def records_say_what_the_dict_says(self) -> None:
        """Holder and due day, state and place of every copy."""
        copies = {row.accession: row for row in self.school.rows(Copy) if row.accession in COPIES}
        loans = [row for row in self.school.rows(Loan) if row.returned_at is None]
        by_copy = {row.copy_id: (row.patron_id, row.due) for row in loans}
        assert {copy: by_copy.get(row.id) for copy, row in copies.items()} == {
            copy: (named(held.pupil), held.due) if (held := self.held.get(copy)) else None
            for copy in COPIES
        }
        assert {c for c, row in copies.items() if row.state is CopyState.LOST} == self.lost
        assert {c for c, row in copies.items() if row.corner_id} == self.in_corner

    @invariant()
    def nothing_is_ever_forgotten(self) -> None:
        """Every loan and every old due day is kept, and the hub is told without a gap."""
        events = self.school.rows(OutboxEvent)
        assert self.school.count(Loan) == self.loans
        assert self.school.count(DueChange) == self.moved
        assert [row.seq for row in events] == list(range(1, len(events) + 1))

    def _may_borrow(self, pupil: str) -> bool:
        mine = [held for held in self.held.values() if held.pupil == pupil]
        if pupil in self.gone or any(held.due < self.today for held in mine):
            return False
        if _summer(self.today):
            return pupil not in self.last_grade and len(mine) < 5
        return len(mine) < 3

    def _due(self) -> date:
        summer = _summer(self.today)
        return summer[1] if summer else self._before_recall(self.today + timedelta(days=14))

    def _renewed(self, pupil: str, held: Held | None) -> date | None:
        if held is None or held.pupil != pupil or held.renewals or _summer(self.today):
            return None
        if not held.due - timedelta(days=3) <= self.today <= held.due:
            return None
        due = self._before_recall(held.due + timedelta(days=7))
        return due if due > held.due else None

    def _before_recall(self, day: date) -> date:
        due = _open_day(day)
        return min(due, RECALL) if self.today <= RECALL else due


def _open_day(day: date) -> date:
    while day.weekday() == 6 or day in CLOSED:
        day += timedelta(days=1)
    return day


def _summer(day: date) -> tuple[date, date] | None:
    return next((summer for summer in SUMMERS if summer[0] < day < summer[1]), None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 12), ("postgresql", 6)])
def test_library_years(
    kind: str, examples: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Given any years of a library, then records and dict agree after every step."""
    if kind == "sqlite":
        made = iter(range(10_000))
        LibraryYear.new_url = lambda: sqlite_url(tmp_path / f"{next(made)}.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        LibraryYear.new_url = server.new_records

    run_state_machine_as_test(
        LibraryYear,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
