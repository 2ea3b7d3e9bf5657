"""The circulation rules, each by its number in docs/rules.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.outcomes import PatronCategory, Refusal
from db.rules import (
    Calendar,
    CopyFacts,
    LoanPolicy,
    PatronFacts,
    days_overdue,
    due_date,
    why_not_lend,
)
from db.states import CopyState, LendingMode

PUPIL = PatronFacts(PatronCategory.STUDENT, blocked=False, open_loans=0, overdue_loans=0)
TEACHER = replace(PUPIL, category=PatronCategory.TEACHER)
BOOK = CopyFacts(CopyState.AVAILABLE, LendingMode.TAKE_HOME)
POLICY = LoanPolicy(max_loans=3, loan_days=14, blocked_by_overdue=True)
MON_TO_SAT = Calendar(frozenset(range(6)))


@pytest.mark.parametrize(
    ("patron", "copy", "refusal"),
    [
        pytest.param(PUPIL, BOOK, None, id="rule 3: nothing stands in the way"),
        pytest.param(
            PUPIL,
            replace(BOOK, on_loan=True, on_loan_to_patron=True),
            Refusal.ALREADY_YOURS,
            id="rule 4: the patron's own loan",
        ),
        pytest.param(
            PUPIL, replace(BOOK, on_loan=True), Refusal.ON_LOAN, id="rule 4: somebody else's loan"
        ),
        *(
            pytest.param(
                PUPIL, replace(BOOK, state=state), Refusal.NOT_READY, id=f"rule 5: {state}"
            )
            for state in CopyState
            if state is not CopyState.AVAILABLE
        ),
        pytest.param(
            TEACHER,
            replace(BOOK, lending=LendingMode.REFERENCE),
            Refusal.REFERENCE_ONLY,
            id="rule 6: read here, whoever asks",
        ),
        pytest.param(
            PUPIL,
            replace(BOOK, lending=LendingMode.TEACHERS),
            Refusal.TEACHERS_ONLY,
            id="rule 6: for teachers",
        ),
        pytest.param(
            TEACHER, replace(BOOK, lending=LendingMode.TEACHERS), None, id="rule 6: a teacher"
        ),
        pytest.param(
            PUPIL,
            replace(BOOK, lending=LendingMode.TEXTBOOK_SET),
            Refusal.TEXTBOOK_SET,
            id="rule 6: textbooks go as a set",
        ),
        pytest.param(
            replace(PUPIL, blocked=True), BOOK, Refusal.PATRON_BLOCKED, id="rule 7: blocked"
        ),
        pytest.param(
            replace(PUPIL, open_loans=1, overdue_loans=1),
            BOOK,
            Refusal.HAS_OVERDUE,
            id="rule 8: something is overdue",
        ),
        pytest.param(replace(PUPIL, open_loans=2), BOOK, None, id="rule 9: the third book is lent"),
        pytest.param(
            replace(PUPIL, open_loans=3),
            BOOK,
            Refusal.TOO_MANY_LOANS,
            id="rule 9: the fourth is refused",
        ),
        pytest.param(
            replace(PUPIL, open_loans=3, overdue_loans=1),
            replace(BOOK, lending=LendingMode.REFERENCE),
            Refusal.REFERENCE_ONLY,
            id="the copy is spoken of before the other loans",
        ),
    ],
)
def test_lending(patron: PatronFacts, copy: CopyFacts, refusal: Refusal | None) -> None:
    """Given a patron and a copy, then the first refusal a librarian would say is given."""
    assert why_not_lend(patron, copy, POLICY) is refusal


def test_overdue_blocks_only_where_policy_says() -> None:
    """Given a teacher's policy, when something is overdue, then lending goes on (rule 8)."""
    late = replace(TEACHER, open_loans=1, overdue_loans=1)

    assert why_not_lend(late, BOOK, replace(POLICY, blocked_by_overdue=False)) is None


@pytest.mark.parametrize(
    ("lent", "due", "why"),
    [
        (date(2026, 11, 9), date(2026, 11, 23), "rule 10: a plain fortnight"),
        (date(2026, 11, 10), date(2026, 11, 25), "rule 10: 24 November is a holiday"),
        (date(2026, 11, 22), date(2026, 12, 7), "rule 10: the fortnight ends on a Sunday"),
        (date(2027, 1, 22), date(2027, 2, 12), "rule 10: 5 February is Tết leave"),
        (date(2027, 5, 12), date(2027, 5, 20), "rule 11: not past the recall day"),
        (date(2027, 5, 21), date(2027, 6, 4), "rule 11: recall has gone by"),
    ],
)
def test_due_date(lent: date, due: date, why: str) -> None:
    """Given the school's calendar, when a copy is lent, then it is due on an open day."""
    tet_leave = {date(2027, 2, 4) + timedelta(days=n) for n in range(8)}
    calendar = Calendar(
        frozenset(range(6)), frozenset({date(2026, 11, 24)} | tet_leave), date(2027, 5, 20)
    )

    assert due_date(POLICY, calendar, lent) == due, why


@pytest.mark.parametrize(("late", "days"), [(-3, 0), (0, 0), (1, 1), (30, 30)])
def test_overdue_starts_the_day_after(late: int, days: int) -> None:
    """Given a due day, then that day itself is not late (rule 12)."""
    due = date(2026, 11, 23)

    assert days_overdue(due, due + timedelta(days=late)) == days


def test_a_library_needs_open_days() -> None:
    """Given no weekday to open, then the calendar itself is refused."""
    with pytest.raises(ValueError, match="never opens"):
        Calendar(frozenset())


@given(
    st.dates(date(2026, 1, 1), date(2032, 12, 31)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2026, 1, 1), date(2033, 12, 31)), max_size=30),
    st.integers(1, 120),
)
def test_due_day_is_open_and_never_early(
    today: date, weekdays: frozenset[int], closed: frozenset[date], days: int
) -> None:
    """Given any calendar, then a due day is open, and no earlier than the policy promises."""
    calendar = Calendar(weekdays, closed)
    due = due_date(replace(POLICY, loan_days=days), calendar, today)

    assert calendar.is_open(due)
    assert due >= today + timedelta(days=days)
