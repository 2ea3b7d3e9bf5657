"""The circulation rules: facts in, decision out. No database, no clock, no files.

The numbers in the docstrings are those of docs/rules.md. Kiosk and hub run this same code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from db.calendar import Calendar
from db.outcomes import PatronCategory, Refusal
from db.states import CopyState, LendingMode, LoanTerm, Season


@dataclass(frozen=True, slots=True)
class PatronFacts:
    """What a decision needs to know of a patron."""

    category: PatronCategory
    blocked: bool
    """Whether their account is paused, or they have left the school."""
    open_loans: int
    """Of those that count towards the same maximum as the copy asked for."""
    overdue_loans: int
    """Of those whose own policy says that they stop further lending."""
    leaving: bool = False
    """Whether they are in the school's last grade."""


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a decision needs to know of a copy."""

    state: CopyState
    lending: LendingMode
    on_loan: bool = False
    on_loan_to_patron: bool = False
    """Whether the open loan is the asking patron's own."""
    kept_for_another: bool = False
    """Whether it was put aside for somebody else's hold."""


@dataclass(frozen=True, slots=True)
class LoanPolicy:
    """The limits of one patron category for one kho."""

    max_loans: int
    """0 where nothing of the kho is lent."""
    loan_days: int
    blocked_by_overdue: bool
    """Whether overdue loans stop further ones of this kho, and those of it stop others."""
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


OVERRIDABLE = frozenset(
    {
        Refusal.CLOSED_NOW,
        Refusal.LENDING_PAUSED,
        Refusal.NOT_LENT,
        Refusal.NOT_IN_SUMMER,
        Refusal.LEAVERS_NOT_IN_SUMMER,
        Refusal.KEPT_FOR_ANOTHER,
        Refusal.REFERENCE_ONLY,
        Refusal.TEACHERS_ONLY,
        Refusal.TEXTBOOK_SET,
        Refusal.HAS_OVERDUE,
        Refusal.TOO_MANY_LOANS,
        Refusal.HAS_SET,
        Refusal.PATRON_BLOCKED,
    }
)
"""What a librarian may let through with a reason (docs/rules.md 28); not what cannot be, such as
a copy that is on loan or not ready."""

NOTHING_LENT = LoanPolicy(max_loans=0, loan_days=0, blocked_by_overdue=False)
"""The policy of a category and kho that the school wrote none for."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How things stand in the library when somebody asks."""

    season: Season = Season.TERM
    is_lending: bool = True
    """Whether it is lending time, or the school lends at any."""
    paused: bool = False
    """Whether lending rests, for a count of the stock."""


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """What renewing needs to know of a loan."""

    due: date
    renewals: int
    wanted: bool = False
    """Whether somebody waits for a copy of the same edition."""
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """What reserving needs to know of a patron and an edition."""

    holds: int
    """The patron's, still waiting or ready."""
    has_hold: bool = False
    has_copy: bool = False
    on_shelf: bool = False
    """Whether a copy stands ready to be taken."""
    can_wait_for: bool = True
    """Whether any copy of it is lent at all."""


def why_not_lend(
    patron: PatronFacts, copy: CopyFacts, policy: LoanPolicy, moment: Moment = Moment()
) -> Refusal | None:
    """Decide whether `copy` may leave with `patron`.

    The first refusal that applies is the one shown, in the order in which a librarian
    would say them: the library, the copy, the person, then their other loans.

    Returns:
        The reason to refuse, or None to lend.

    Source:
        docs/rules.md 3 to 9 and 15 to 18.
    """
    return (
        why_not_now(moment)
        or _why_not_this_copy(patron, copy)
        or _why_not_this_season(patron, policy, moment)
        or _why_not_this_patron(patron, policy)
    )


def why_not_now(moment: Moment) -> Refusal | None:
    """Decide whether anything is lent at `moment` (docs/rules.md 15)."""
    if moment.paused:
        return Refusal.LENDING_PAUSED
    return None if moment.is_lending else Refusal.CLOSED_NOW


def why_not_read_here(patron: PatronFacts, copy: CopyFacts) -> Refusal | None:
    """Decide whether `patron` may take `copy` to a table (docs/rules.md 19).

    As many as they like, whatever else they hold: nothing leaves the room.
    """
    if copy.on_loan:
        return Refusal.ALREADY_YOURS if copy.on_loan_to_patron else Refusal.ON_LOAN
    if copy.state is not CopyState.AVAILABLE:
        return Refusal.NOT_READY
    return Refusal.PATRON_BLOCKED if patron.blocked else None


def why_not_set(
    patron: PatronFacts, has_set: bool, policy: LoanPolicy, moment: Moment
) -> Refusal | None:
    """Decide whether `patron` may get a textbook set (docs/rules.md 20).

    One set at a time. What is overdue among other books does not count against it.
    """
    if patron.blocked:
        return Refusal.PATRON_BLOCKED
    if has_set:
        return Refusal.HAS_SET
    return _why_not_this_season(patron, policy, moment)


def why_not_renew(
    loan: LoanFacts, policy: LoanPolicy, today: date, at_desk: bool = False
) -> Refusal | None:
    """Decide whether a loan may be kept longer (docs/rules.md 21).

    Args:
        loan: The patron's own open loan.
        policy: The limits it was lent under.
        today: The school's local date.
        at_desk: Whether the librarian has the copy before them.
    """
    if loan.wanted:
        return Refusal.RENEW_WANTED
    if policy.blocked_by_overdue and days_overdue(loan.due, today):
        return Refusal.RENEW_OVERDUE
    if loan.renewals >= policy.max_renewals:
        return Refusal.RENEW_TOO_OFTEN
    if policy.renewal_at_desk and not at_desk:
        return Refusal.RENEW_AT_DESK
    if today < renewable_from(loan, policy):
        return Refusal.RENEW_TOO_EARLY
    return None


def renewable_from(loan: LoanFacts, policy: LoanPolicy) -> date:
    """The first day on which a loan may be renewed."""
    window = policy.renewal_window_days
    return date.min if window is None else loan.due - timedelta(days=window)


def renewed_due_date(
    loan: LoanFacts, policy: LoanPolicy, calendar: Calendar, category: PatronCategory, today: date
) -> date:
    """The day a renewed loan must be back; not later than before where recall stands in the way.

    Counted from the due day, or from today where that has gone by. Never past the next recall
    day, except that a loan which the librarian saw on its recall day goes on to the one after.

    Source:
        docs/rules.md 22.
    """
    due = calendar.first_open_day(max(loan.due, today) + timedelta(days=policy.renewal_days))
    first = loan.due + timedelta(days=1) if policy.renewal_at_desk else today
    recall = calendar.recall_from(category, first)
    return due if recall is None else min(due, recall)


def why_not_hold(facts: HoldFacts, allowed: bool, max_holds: int) -> Refusal | None:
    """Decide whether a patron may reserve an edition (docs/rules.md 23)."""
    if not allowed:
        return Refusal.HOLDS_OFF
    if facts.has_copy:
        return Refusal.ALREADY_YOURS
    if facts.has_hold:
        return Refusal.HOLD_PLACED
    if not facts.can_wait_for:
        return Refusal.NOT_READY
    if facts.on_shelf:
        return Refusal.HOLD_NOT_NEEDED
    return Refusal.TOO_MANY_HOLDS if facts.holds >= max_holds else None


def due_date(policy: LoanPolicy, calendar: Calendar, category: PatronCategory, today: date) -> date:
    """The day a copy lent today must be back.

    A day on which the library is closed rolls forward to the next open one, but never past
    the category's next recall day.

    Source:
        docs/rules.md 10, 11 and 24.
    """
    due = calendar.first_open_day(_end_of_term(policy, calendar, category, today))
    recall = calendar.recall_from(category, today)
    return due if recall is None else min(due, recall)


def days_overdue(due: date, today: date) -> int:
    """Days late; overdue starts the day after `due` (docs/rules.md 12)."""
    return max(0, (today - due).days)


def search_until(due: date, calendar: Calendar, today: date, search_days: int) -> date:
    """By when a lost copy is to be found: so many days from today, and not before it is due.

    Source:
        docs/rules.md 25.
    """
    return max(due, calendar.first_open_day(today + timedelta(days=search_days)))


def missing_from(expected: Iterable[str], brought: Collection[str]) -> tuple[str, ...]:
    """What of a set or crate was not brought back, in its order (docs/rules.md 26 and 27)."""
    return tuple(one for one in expected if one not in brought)


def _end_of_term(
    policy: LoanPolicy, calendar: Calendar, category: PatronCategory, today: date
) -> date:
    """The day a loan runs to, or so many days where the school year does not tell that day."""
    end: date | None = None
    match policy.term:
        case LoanTerm.SEMESTER_END:
            end = calendar.semester_end(today)
        case LoanTerm.YEAR_END:
            end = calendar.year_end(today)
        case LoanTerm.RECALL:
            end = calendar.recall_from(category, today)
        case LoanTerm.BACK_TO_SCHOOL:
            end = calendar.back_to_school(today)
    if end is None or end < today:
        return today + timedelta(days=policy.loan_days)
    return end


def _why_not_this_copy(patron: PatronFacts, copy: CopyFacts) -> Refusal | None:
    if copy.on_loan:
        return Refusal.ALREADY_YOURS if copy.on_loan_to_patron else Refusal.ON_LOAN
    if copy.state is not CopyState.AVAILABLE:
        return Refusal.NOT_READY
    if copy.kept_for_another:
        return Refusal.KEPT_FOR_ANOTHER
    match copy.lending, patron.category:
        case LendingMode.REFERENCE, _:
            return Refusal.REFERENCE_ONLY
        case LendingMode.TEACHERS, PatronCategory.STUDENT:
            return Refusal.TEACHERS_ONLY
        case LendingMode.TEXTBOOK_SET, PatronCategory.STUDENT:
            return Refusal.TEXTBOOK_SET
    return None


def _why_not_this_season(patron: PatronFacts, policy: LoanPolicy, moment: Moment) -> Refusal | None:
    if not policy.max_loans:
        summer = moment.season is Season.SUMMER
        return Refusal.NOT_IN_SUMMER if summer else Refusal.NOT_LENT
    if patron.leaving and not policy.for_leavers:
        return Refusal.LEAVERS_NOT_IN_SUMMER
    return None


def _why_not_this_patron(patron: PatronFacts, policy: LoanPolicy) -> Refusal | None:
    if patron.blocked:
        return Refusal.PATRON_BLOCKED
    if policy.blocked_by_overdue and patron.overdue_loans:
        return Refusal.HAS_OVERDUE
    if patron.open_loans >= policy.max_loans:
        return Refusal.TOO_MANY_LOANS
    return None
