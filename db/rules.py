"""The circulation rules: facts in, decision out. No database, no clock, no files.

The numbers in the docstrings are those of docs/rules.md. Kiosk and hub run this same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from db.outcomes import PatronCategory, Refusal
from db.states import CopyState, LendingMode, LoanTerm


@dataclass(frozen=True, slots=True)
class PatronFacts:
    """What a decision needs to know of a patron."""

    category: PatronCategory
    blocked: bool
    open_loans: int
    overdue_loans: int


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a decision needs to know of a copy."""

    state: CopyState
    lending: LendingMode
    on_loan: bool = False
    on_loan_to_patron: bool = False
    """Whether the open loan is the asking patron's own."""


@dataclass(frozen=True, slots=True)
class LoanPolicy:
    """The limits of one patron category for one kho."""

    max_loans: int
    """0 where nothing of the kho is lent."""
    loan_days: int
    blocked_by_overdue: bool
    """Whether an overdue loan of this kho stops further lending."""
    counts_with: str = "reading"
    """Loans of every kho with the same word count towards `max_loans`."""
    term: LoanTerm = LoanTerm.DAYS
    max_renewals: int = 0
    renewal_days: int = 0
    renewal_window_days: int | None = None
    """Days before the due day from which renewing is possible; None for always."""
    renewal_at_desk: bool = False
    """Whether the librarian must see the copy first."""
    for_leavers: bool = True
    """Whether pupils of the last grade borrow under it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the library is open. Weekdays count from Monday = 0."""

    open_weekdays: frozenset[int]
    closed_days: frozenset[date] = frozenset()
    recall_on: date | None = None
    """The year's recall day."""

    def __post_init__(self) -> None:
        if not self.open_weekdays & set(range(7)):
            raise ValueError("a library that never opens has no due dates")

    def is_open(self, day: date) -> bool:
        """Whether copies can be brought back on `day`."""
        return day.weekday() in self.open_weekdays and day not in self.closed_days


def why_not_lend(patron: PatronFacts, copy: CopyFacts, policy: LoanPolicy) -> Refusal | None:
    """Decide whether `copy` may leave with `patron`.

    The first refusal that applies is the one shown, in the order in which a librarian
    would say them: the copy, the person, then their other loans.

    Returns:
        The reason to refuse, or None to lend.

    Source:
        docs/rules.md 3 to 9.
    """
    return _why_not_this_copy(patron, copy) or _why_not_this_patron(patron, policy)


def due_date(policy: LoanPolicy, calendar: Calendar, today: date) -> date:
    """The day a copy lent today must be back.

    A day on which the library is closed rolls forward to the next open one, but never past
    the year's recall day, unless that has gone by.

    Source:
        docs/rules.md 10 and 11.
    """
    due = today + timedelta(days=policy.loan_days)
    while not calendar.is_open(due):
        due += timedelta(days=1)
    recall = calendar.recall_on
    return recall if recall is not None and today <= recall < due else due


def days_overdue(due: date, today: date) -> int:
    """Days late; overdue starts the day after `due` (docs/rules.md 12)."""
    return max(0, (today - due).days)


def _why_not_this_copy(patron: PatronFacts, copy: CopyFacts) -> Refusal | None:
    if copy.on_loan:
        return Refusal.ALREADY_YOURS if copy.on_loan_to_patron else Refusal.ON_LOAN
    if copy.state is not CopyState.AVAILABLE:
        return Refusal.NOT_READY
    match copy.lending, patron.category:
        case LendingMode.REFERENCE, _:
            return Refusal.REFERENCE_ONLY
        case LendingMode.TEACHERS, PatronCategory.STUDENT:
            return Refusal.TEACHERS_ONLY
        case LendingMode.TEXTBOOK_SET, PatronCategory.STUDENT:
            return Refusal.TEXTBOOK_SET
    return None


def _why_not_this_patron(patron: PatronFacts, policy: LoanPolicy) -> Refusal | None:
    if patron.blocked:
        return Refusal.PATRON_BLOCKED
    if policy.blocked_by_overdue and patron.overdue_loans:
        return Refusal.HAS_OVERDUE
    if patron.open_loans >= policy.max_loans:
        return Refusal.TOO_MANY_LOANS
    return None
