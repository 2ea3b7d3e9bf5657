"""The circulation rules, each by its number in docs/rules.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.calendar import Calendar
from db.outcomes import PatronCategory, Refusal
from db.rules import (
    OVERRIDABLE,
    CopyFacts,
    HoldFacts,
    LoanFacts,
    LoanPolicy,
    Moment,
    PatronFacts,
    days_overdue,
    due_date,
    missing_from,
    renewable_from,
    renewed_due_date,
    search_until,
    why_not_hold,
    why_not_lend,
    why_not_read_here,
    why_not_renew,
    why_not_set,
)
from db.states import CopyState, LendingMode, Season

PUPIL = PatronFacts(PatronCategory.STUDENT, blocked=False, open_loans=0, overdue_loans=0)
TEACHER = replace(PUPIL, category=PatronCategory.TEACHER)
BOOK = CopyFacts(CopyState.AVAILABLE, LendingMode.TAKE_HOME)
POLICY = LoanPolicy(max_loans=3, loan_days=14, blocked_by_overdue=True)
RENEWABLE = replace(POLICY, max_renewals=1, renewal_days=7, renewal_window_days=3)
MON_TO_SAT = Calendar(frozenset(range(6)))
STUDENT = PatronCategory.STUDENT
TODAY = date(2026, 11, 23)


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
            PUPIL,
            replace(BOOK, kept_for_another=True),
            Refusal.KEPT_FOR_ANOTHER,
            id="rule 18: kept for somebody who waited",
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
    ("patron", "policy", "moment", "refusal"),
    [
        pytest.param(
            PUPIL, POLICY, Moment(is_lending=False), Refusal.CLOSED_NOW, id="rule 15: no slot"
        ),
        pytest.param(
            PUPIL, POLICY, Moment(paused=True), Refusal.LENDING_PAUSED, id="rule 15: a count"
        ),
        pytest.param(
            PUPIL, replace(POLICY, max_loans=0), Moment(), Refusal.NOT_LENT, id="rule 16: no policy"
        ),
        pytest.param(
            PUPIL,
            replace(POLICY, max_loans=0),
            Moment(Season.SUMMER),
            Refusal.NOT_IN_SUMMER,
            id="rule 16: not in summer",
        ),
        pytest.param(
            replace(PUPIL, leaving=True),
            replace(POLICY, for_leavers=False),
            Moment(Season.SUMMER),
            Refusal.LEAVERS_NOT_IN_SUMMER,
            id="rule 17: the last grade",
        ),
        pytest.param(
            PUPIL,
            replace(POLICY, for_leavers=False),
            Moment(Season.SUMMER),
            None,
            id="rule 17: other grades",
        ),
    ],
)
def test_lending_at_its_time(
    patron: PatronFacts, policy: LoanPolicy, moment: Moment, refusal: Refusal | None
) -> None:
    """Given an hour or season, then lending is refused where the school says so."""
    assert why_not_lend(patron, BOOK, policy, moment) is refusal


@pytest.mark.parametrize(
    ("patron", "copy", "refusal"),
    [
        (replace(PUPIL, open_loans=30, overdue_loans=5), BOOK, None),
        (PUPIL, replace(BOOK, lending=LendingMode.REFERENCE), None),
        (PUPIL, replace(BOOK, on_loan=True), Refusal.ON_LOAN),
        (
            PUPIL,
            replace(BOOK, on_loan=True, on_loan_to_patron=True),
            Refusal.ALREADY_YOURS,
        ),
        (PUPIL, replace(BOOK, state=CopyState.LABELLED), Refusal.NOT_READY),
        (replace(PUPIL, blocked=True), BOOK, Refusal.PATRON_BLOCKED),
    ],
)
def test_reading_here_is_hardly_refused(
    patron: PatronFacts, copy: CopyFacts, refusal: Refusal | None
) -> None:
    """Given anyone and a copy at hand, then it may be read here, however many (rule 19)."""
    assert why_not_read_here(patron, copy) is refusal


@pytest.mark.parametrize(
    ("patron", "has_set", "policy", "refusal"),
    [
        (replace(PUPIL, overdue_loans=2), False, POLICY, None),
        (PUPIL, True, POLICY, Refusal.HAS_SET),
        (replace(PUPIL, blocked=True), False, POLICY, Refusal.PATRON_BLOCKED),
        (PUPIL, False, replace(POLICY, max_loans=0), Refusal.NOT_LENT),
    ],
)
def test_one_set_at_a_time(
    patron: PatronFacts, has_set: bool, policy: LoanPolicy, refusal: Refusal | None
) -> None:
    """Given a pupil, then one textbook set is lent, whatever else is overdue (rule 20)."""
    assert why_not_set(patron, has_set, policy, Moment()) is refusal


@pytest.mark.parametrize(
    ("loan", "policy", "at_desk", "refusal"),
    [
        pytest.param(LoanFacts(TODAY, 0), RENEWABLE, False, None, id="on its last day"),
        pytest.param(
            LoanFacts(TODAY + timedelta(days=3), 0), RENEWABLE, False, None, id="three days before"
        ),
        pytest.param(
            LoanFacts(TODAY + timedelta(days=4), 0),
            RENEWABLE,
            False,
            Refusal.RENEW_TOO_EARLY,
            id="four days before",
        ),
        pytest.param(
            LoanFacts(TODAY, 1), RENEWABLE, False, Refusal.RENEW_TOO_OFTEN, id="the second time"
        ),
        pytest.param(
            LoanFacts(TODAY - timedelta(days=1), 0),
            RENEWABLE,
            False,
            Refusal.RENEW_OVERDUE,
            id="overdue",
        ),
        pytest.param(
            LoanFacts(TODAY, 0, wanted=True), RENEWABLE, False, Refusal.RENEW_WANTED, id="wanted"
        ),
        pytest.param(
            LoanFacts(TODAY, 0),
            replace(RENEWABLE, renewal_at_desk=True),
            False,
            Refusal.RENEW_AT_DESK,
            id="must be seen",
        ),
        pytest.param(
            LoanFacts(TODAY, 0), replace(RENEWABLE, renewal_at_desk=True), True, None, id="is seen"
        ),
        pytest.param(
            LoanFacts(TODAY - timedelta(days=9), 0),
            replace(RENEWABLE, blocked_by_overdue=False, renewal_window_days=None),
            False,
            None,
            id="a teacher's is only reminded of",
        ),
    ],
)
def test_renewing(
    loan: LoanFacts, policy: LoanPolicy, at_desk: bool, refusal: Refusal | None
) -> None:
    """Given a loan, then it is renewed as its policy says (rule 21)."""
    assert why_not_renew(loan, policy, TODAY, at_desk) is refusal


def test_renewable_from_is_told() -> None:
    """Given a window of three days, then renewing begins three days before the due day."""
    loan = LoanFacts(TODAY, 0)

    assert renewable_from(loan, RENEWABLE) == TODAY - timedelta(days=3)
    assert renewable_from(loan, replace(RENEWABLE, renewal_window_days=None)) == date.min


@pytest.mark.parametrize(
    ("due", "today", "at_desk", "renewed", "why"),
    [
        (date(2026, 11, 23), date(2026, 11, 21), False, date(2026, 11, 30), "day 14 gives day 21"),
        (date(2026, 11, 21), date(2026, 11, 20), False, date(2026, 11, 28), "a Saturday is open"),
        (date(2027, 5, 18), date(2027, 5, 17), False, date(2027, 5, 20), "not past recall"),
        (date(2027, 5, 20), date(2027, 5, 20), False, date(2027, 5, 20), "no day is won"),
        (date(2027, 5, 20), date(2027, 5, 20), True, date(2027, 5, 27), "seen on recall day"),
        (date(2026, 11, 2), date(2026, 11, 9), False, date(2026, 11, 16), "counted from today"),
    ],
)
def test_renewed_due_date(due: date, today: date, at_desk: bool, renewed: date, why: str) -> None:
    """Given a renewal, then the new due day is open, and not past recall (rule 22)."""
    calendar = replace(MON_TO_SAT, recall_days={STUDENT: (date(2027, 5, 20), date(2028, 5, 20))})
    policy = replace(RENEWABLE, renewal_at_desk=at_desk)

    assert renewed_due_date(LoanFacts(due, 0), policy, calendar, STUDENT, today) == renewed, why


@pytest.mark.parametrize(
    ("facts", "allowed", "refusal"),
    [
        (HoldFacts(0), True, None),
        (HoldFacts(1), True, None),
        (HoldFacts(2), True, Refusal.TOO_MANY_HOLDS),
        (HoldFacts(0), False, Refusal.HOLDS_OFF),
        (HoldFacts(1, has_hold=True), True, Refusal.HOLD_PLACED),
        (HoldFacts(0, has_copy=True), True, Refusal.ALREADY_YOURS),
        (HoldFacts(0, on_shelf=True), True, Refusal.HOLD_NOT_NEEDED),
        (HoldFacts(0, can_wait_for=False), True, Refusal.NOT_READY),
    ],
)
def test_reserving(facts: HoldFacts, allowed: bool, refusal: Refusal | None) -> None:
    """Given a reader and a title, then at most two wait for each reader (rule 23)."""
    assert why_not_hold(facts, allowed, max_holds=2) is refusal


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
        frozenset(range(6)),
        frozenset({date(2026, 11, 24)} | tet_leave),
        recall_days={STUDENT: (date(2027, 5, 20),)},
    )

    assert due_date(POLICY, calendar, STUDENT, lent) == due, why


@pytest.mark.parametrize(("late", "days"), [(-3, 0), (0, 0), (1, 1), (30, 30)])
def test_overdue_starts_the_day_after(late: int, days: int) -> None:
    """Given a due day, then that day itself is not late (rule 12)."""
    due = date(2026, 11, 23)

    assert days_overdue(due, due + timedelta(days=late)) == days


@pytest.mark.parametrize(
    ("due", "until"),
    [(TODAY, date(2026, 12, 7)), (date(2027, 1, 20), date(2027, 1, 20))],
)
def test_search_takes_a_fortnight(due: date, until: date) -> None:
    """Given a lost copy, then it is looked for so many days, or until it is due (rule 25)."""
    assert search_until(due, MON_TO_SAT, TODAY, search_days=14) == until


@pytest.mark.parametrize(
    ("lent", "brought", "missing"),
    [
        (("SGK.1", "SGK.2", "SGK.3"), {"SGK.2"}, ("SGK.1", "SGK.3")),
        (("SGK.1", "SGK.2"), set(), ("SGK.1", "SGK.2")),
        (("SGK.1",), {"SGK.1"}, ()),
        (("SGK.1",), {"SGK.1", "STK.9"}, ()),
        ((), {"STK.9"}, ()),
    ],
)
def test_missing_is_what_was_not_brought(
    lent: tuple[str, ...], brought: set[str], missing: tuple[str, ...]
) -> None:
    """Given a set or crate, when a part comes back, then the rest is listed (rules 26, 27)."""
    assert missing_from(lent, brought) == missing


@pytest.mark.parametrize(
    ("refusal", "may_go"),
    [
        (Refusal.ON_LOAN, False),
        (Refusal.ALREADY_YOURS, False),
        (Refusal.NOT_READY, False),
        (Refusal.UNKNOWN_COPY, False),
        (Refusal.UNKNOWN_CARD, False),
        (Refusal.TOO_MANY_LOANS, True),
        (Refusal.HAS_OVERDUE, True),
        (Refusal.REFERENCE_ONLY, True),
    ],
)
def test_what_is_not_here_cannot_be_let_through(refusal: Refusal, may_go: bool) -> None:
    """Given a copy on loan or not ready, then no librarian's word lends it (rule 28)."""
    assert (refusal in OVERRIDABLE) is may_go


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
    due = due_date(replace(POLICY, loan_days=days), calendar, STUDENT, today)

    assert calendar.is_open(due)
    assert due >= today + timedelta(days=days)


@given(
    st.dates(date(2026, 9, 1), date(2027, 5, 20)),
    st.integers(1, 400),
    st.integers(0, 400),
)
def test_nothing_is_due_past_recall(today: date, loan_days: int, renewal_days: int) -> None:
    """Given any loan before recall, then neither it nor its renewal runs past that day."""
    recall = date(2027, 5, 20)
    calendar = replace(MON_TO_SAT, recall_days={STUDENT: (recall,)})
    policy = replace(RENEWABLE, loan_days=loan_days, renewal_days=renewal_days)
    due = due_date(policy, calendar, STUDENT, today)

    assert today <= due <= recall
    assert renewed_due_date(LoanFacts(due, 0), policy, calendar, STUDENT, today) <= recall
