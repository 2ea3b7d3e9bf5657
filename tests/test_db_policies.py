"""Every cell of the default policy table (domain specification 5.2), asked of the desk itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from db import rulebook
from db.engine import sqlite_url
from db.models import Base, Override
from db.outcomes import (
    CheckedOut,
    OverrideBy,
    PatronCategory,
    Refusal,
    Refused,
    Renewed,
    Returned,
)
from db.rulebook import KhoRules, read_rulebook
from db.rules import LoanPolicy
from db.states import LendingMode, LoanTerm, Season
from tests.small_school import STUDENT, TEACHER, SmallSchool, number


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


def lend(school: SmallSchool, name: str, kho: str, position: int = 1) -> CheckedOut | Refused:
    return school.desk.check_out(school.known(name), number(kho, position))


def refusal(outcome: object) -> Refusal:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def due(outcome: object) -> date:
    assert isinstance(outcome, CheckedOut | Renewed), outcome
    return outcome.due


_TERM, _SUMMER = date(2026, 11, 10), date(2027, 6, 10)
_READING = LoanPolicy(3, 14, blocked_by_overdue=True, max_renewals=1, renewal_days=7)
_TEACHING = LoanPolicy(
    30,
    270,
    blocked_by_overdue=False,
    counts_with="teaching",
    term=LoanTerm.YEAR_END,
    max_renewals=1,
    renewal_days=365,
    renewal_at_desk=True,
)
_OTHERS = LoanPolicy(10, 90, blocked_by_overdue=False, max_renewals=2, renewal_days=30)
_SET = LoanPolicy(30, 270, blocked_by_overdue=False, counts_with="textbooks", term=LoanTerm.RECALL)
_TO_SCHOOL = LoanTerm.BACK_TO_SCHOOL


@pytest.mark.parametrize(
    ("category", "kho", "day", "policy"),
    [
        (STUDENT, "STK", _TERM, replace(_READING, renewal_window_days=3)),
        (STUDENT, "STN", _TERM, replace(_READING, renewal_window_days=3)),
        (STUDENT, "SGK", _TERM, _SET),
        (STUDENT, "SGK", _SUMMER, replace(_SET, max_loans=0)),
        (
            STUDENT,
            "STN",
            _SUMMER,
            LoanPolicy(5, 90, blocked_by_overdue=True, term=_TO_SCHOOL, for_leavers=False),
        ),
        (TEACHER, "SGK", _TERM, _TEACHING),
        (TEACHER, "SGV", _TERM, _TEACHING),
        (TEACHER, "SNV", _TERM, _TEACHING),
        (TEACHER, "SGV", _SUMMER, replace(_TEACHING, term=_TO_SCHOOL)),
        (TEACHER, "STK", _TERM, _OTHERS),
        (TEACHER, "STK", _SUMMER, replace(_OTHERS, term=_TO_SCHOOL)),
    ],
)
def test_every_cell_of_the_table(
    school: SmallSchool, category: PatronCategory, kho: str, day: date, policy: LoanPolicy
) -> None:
    """Given a new school, then a category and kho have in term and summer what the table says."""
    with school.engine.begin() as connection:
        rules = read_rulebook(connection, 1)

    assert rules.policy(category, kho, day) == policy


def test_midyear_recall_is_optional(school: SmallSchool) -> None:
    """Given a recall day of the first semester, then it holds until it is past; else none does."""
    school.set_clock(date(2026, 12, 15))
    without = due(lend(school, "An", "STK"))
    days = [date(2026, 12, 25), date(2027, 5, 20)]
    with school.engine.begin() as connection:
        rulebook.set_recall_days(connection, 1, STUDENT, days)
    before = due(lend(school, "An", "STK", 2))
    school.set_clock(date(2026, 12, 26))
    after = due(lend(school, "Bình", "STK", 3))

    assert (without, before, after) == (date(2026, 12, 29), date(2026, 12, 25), date(2027, 1, 9))


def test_pupil_has_three_books_of_any_shelf(school: SmallSchool) -> None:
    """Given a pupil, when a fourth book is asked for, then no, with the count of three."""
    for kho, position in (("STN", 1), ("STK", 1), ("STK", 2)):
        assert isinstance(lend(school, "An", kho, position), CheckedOut)
    fourth = lend(school, "An", "STK", 3)

    assert refusal(fourth) is Refusal.TOO_MANY_LOANS
    assert isinstance(fourth, Refused)
    assert fourth.count == 3
    assert school.known("An").max_loans == 3


def test_pupil_has_a_fortnight(school: SmallSchool) -> None:
    """Given 10 November, when a pupil borrows, then 24 being a holiday it is due on the 25th."""
    assert due(lend(school, "An", "STK")) == date(2026, 11, 25)


def test_teacher_has_thirty_teaching_books(school: SmallSchool) -> None:
    """Given a teacher with 12 SGV, when a 13th is asked for, then yes; the 31st is refused."""
    outcomes = [lend(school, "Lan", "SGV", position) for position in range(1, 32)]

    assert all(isinstance(outcome, CheckedOut) for outcome in outcomes[:30])
    assert refusal(outcomes[30]) is Refusal.TOO_MANY_LOANS
    assert due(outcomes[0]) == date(2027, 5, 31)
    assert isinstance(lend(school, "Lan", "STK"), CheckedOut)
    assert len(school.known("Lan").loans) < school.known("Lan").max_loans


def test_teacher_has_ten_other_books_for_ninety_days(school: SmallSchool) -> None:
    """Given a teacher, when an eleventh STK is asked for, then no; each runs 90 days, rolled."""
    outcomes = [lend(school, "Lan", "STK", position) for position in range(1, 12)]

    assert [refusal(outcome) for outcome in outcomes[10:]] == [Refusal.TOO_MANY_LOANS]
    assert due(outcomes[0]) == date(2027, 2, 12)  # the 8th to 11th are Tết


def test_pupil_renews_once_for_a_week(school: SmallSchool) -> None:
    """Given a loan due on day 15, when renewed from three days before, then a week more, once."""
    lend(school, "An", "STK")
    an, book = school.known("An"), number("STK")
    early = school.desk.renew(an, book)
    school.set_clock(date(2026, 11, 23))
    renewed = school.desk.renew(an, book)
    again = school.desk.renew(an, book)

    assert isinstance(early, Refused)
    assert (early.reason, early.day) == (Refusal.RENEW_TOO_EARLY, date(2026, 11, 22))
    assert due(renewed) == date(2026, 12, 2)
    assert refusal(again) is Refusal.RENEW_TOO_OFTEN


def test_teacher_renews_twice_for_a_month(school: SmallSchool) -> None:
    """Given a teacher's STK, when renewed, then 30 days each, twice, at any time."""
    lend(school, "Lan", "STK")
    lan, book = school.known("Lan"), number("STK")
    first, second, third = (school.desk.renew(lan, book) for _ in range(3))

    assert due(first) == date(2027, 3, 15)
    assert due(second) == date(2027, 4, 14)
    assert refusal(third) is Refusal.RENEW_TOO_OFTEN


def test_teaching_book_is_renewed_when_seen(school: SmallSchool) -> None:
    """Given SGV on recall day, when renewed, then only at the desk, for a year, once."""
    lend(school, "Lan", "SGV")
    school.set_clock(date(2027, 5, 31))
    lan, book = school.known("Lan"), number("SGV")
    alone = school.desk.renew(lan, book)
    seen = school.desk.renew(lan, book, at_desk=True)

    assert refusal(alone) is Refusal.RENEW_AT_DESK
    assert due(seen) == date(2028, 5, 30)
    assert refusal(school.desk.renew(lan, book, at_desk=True)) is Refusal.RENEW_TOO_OFTEN


def test_one_day_late_stops_lending_but_not_returning(school: SmallSchool) -> None:
    """Given a pupil one day overdue, then no new loan and no renewal; a return works."""
    lend(school, "An", "STK")
    school.set_clock(date(2026, 11, 26))
    answers = [lend(school, "An", "STN"), school.desk.renew(school.known("An"), number("STK"))]
    returned = school.desk.check_in(number("STK"))

    assert [refusal(answer) for answer in answers] == [Refusal.HAS_OVERDUE, Refusal.RENEW_OVERDUE]
    assert isinstance(returned, Returned)
    assert returned.days_overdue == 1
    assert isinstance(lend(school, "An", "STN"), CheckedOut)


def test_teacher_is_only_reminded(school: SmallSchool) -> None:
    """Given a teacher with an overdue book, then lending and renewing go on."""
    lend(school, "Lan", "STK")
    school.set_clock(date(2027, 3, 1))

    assert isinstance(lend(school, "Lan", "STK", 2), CheckedOut)
    assert isinstance(school.desk.renew(school.known("Lan"), number("STK")), Renewed)


def test_reading_here_has_no_limit(school: SmallSchool) -> None:
    """Given a pupil with three loans, then newspapers are read here all the same, uncounted."""
    for position in (1, 2, 3):
        lend(school, "An", "STK", position)
    an = school.known("An")
    outcomes = [school.desk.read_here(an, number("BC", n)) for n in (1, 2)]

    assert [due(outcome) for outcome in outcomes] == [date(2026, 11, 10)] * 2


def test_reference_stays_in_the_library(school: SmallSchool) -> None:
    """Given a newspaper, when anyone would take it home, then no."""
    assert refusal(lend(school, "An", "BC")) is Refusal.REFERENCE_ONLY
    assert refusal(lend(school, "Lan", "BC")) is Refusal.REFERENCE_ONLY


def test_summer_loans_run_to_back_to_school(school: SmallSchool) -> None:
    """Given the day after recall, then a pupil has five books until the new year begins."""
    school.set_clock(date(2027, 5, 21))
    outcomes = [lend(school, "An", "STK", position) for position in range(1, 7)]

    assert [due(outcome) for outcome in outcomes[:5]] == [date(2027, 8, 30)] * 5
    assert refusal(outcomes[5]) is Refusal.TOO_MANY_LOANS


def test_last_grade_has_no_summer_loan(school: SmallSchool) -> None:
    """Given a grade-9 card after the recall day, then a summer loan is refused (S72)."""
    before = lend(school, "Dũng", "STK")
    school.desk.check_in(number("STK"))
    school.set_clock(date(2027, 5, 21))

    assert isinstance(before, CheckedOut)
    assert refusal(lend(school, "Dũng", "STK")) is Refusal.LEAVERS_NOT_IN_SUMMER


def test_teacher_borrows_in_summer(school: SmallSchool) -> None:
    """Given June, when a teacher borrows, then SGV and STK run to back-to-school."""
    school.set_clock(date(2027, 6, 7))

    assert due(lend(school, "Lan", "SGV")) == date(2027, 8, 30)
    assert due(lend(school, "Lan", "STK")) == date(2027, 8, 30)


def test_recall_caps_every_loan(school: SmallSchool) -> None:
    """Given May, then pupils' loans end on the 20th, and teachers' on the 31st."""
    school.set_clock(date(2027, 5, 12))

    assert due(lend(school, "An", "STK")) == date(2027, 5, 20)
    assert due(lend(school, "Lan", "STK", 2)) == date(2027, 5, 31)
    assert due(lend(school, "Lan", "SGV")) == date(2027, 5, 31)


def test_there_is_no_field_for_money() -> None:
    """Given all tables, then none has a fine, a fee or an amount; prices are what things cost."""
    columns = {f"{t.name}.{c.name}" for t in Base.metadata.sorted_tables for c in t.columns}

    books = {"edition.price_vnd", "copy.price_vnd", "periodical_issue.price_vnd"}
    prices = {*books, "asset.price_vnd"}
    assert {name for name in columns if "price" in name} == prices
    assert not [n for n in columns if any(w in n for w in ("fine", "fee", "amount", "paid"))]


def test_lost_book_has_a_fortnight_to_be_found(school: SmallSchool) -> None:
    """Given a lost book, then there are 14 days to look, and the loan is due when they end."""
    lend(school, "An", "STK")
    school.set_clock(date(2026, 11, 23))
    reported = school.losses.report_lost(number("STK"), "để quên trên xe buýt")

    assert not isinstance(reported, Refused)
    assert reported.search_until == date(2026, 12, 7)
    assert school.loan_of(number("STK")).due == date(2026, 12, 7)


def test_override_needs_reason_and_is_logged(school: SmallSchool) -> None:
    """Given a refusal, when the librarian lets it through with a reason, then both are kept."""
    word = OverrideBy("chuẩn bị thi học sinh giỏi", "thủ thư")
    for position in (1, 2, 3):
        lend(school, "An", "STK", position)
    an = school.known("An")
    through = school.desk.check_out(an, number("STK", 4), override=word)
    needless = school.desk.check_out(school.known("Chi"), number("STK", 5), override=word)
    never = school.desk.check_out(school.known("Chi"), number("STK", 4), override=word)
    (kept,) = school.rows(Override)

    assert isinstance(through, CheckedOut)
    assert isinstance(needless, CheckedOut)
    assert refusal(never) is Refusal.ON_LOAN
    assert (kept.refusal, kept.reason) == ("too-many-loans", "chuẩn bị thi học sinh giỏi")
    assert (kept.loan_id, kept.author) == (through.loan_id, "thủ thư")
    with pytest.raises(ValueError, match="reason"):
        OverrideBy(" ", "thủ thư")


def test_newer_policy_holds_from_its_day(school: SmallSchool) -> None:
    """Given more copies for April, when that begins and ends, then each day has its own limit."""
    more = LoanPolicy(max_loans=6, loan_days=14, blocked_by_overdue=True)
    usual = LoanPolicy(max_loans=3, loan_days=14, blocked_by_overdue=True)
    with school.engine.begin() as connection:
        for policy, begins in ((more, date(2027, 4, 1)), (usual, date(2027, 5, 1))):
            rulebook.set_policy(connection, 1, STUDENT, policy, valid_from=begins)
        rules = read_rulebook(connection, 1)
    most = {
        day: rules.policy(STUDENT, "STK", day).max_loans
        for day in (date(2027, 3, 31), date(2027, 4, 1), date(2027, 5, 1))
    }

    assert list(most.values()) == [3, 6, 3]


def test_kho_without_any_policy_is_not_lent(school: SmallSchool) -> None:
    """Given a category that the school wrote no policy for, then nothing is lent to it."""
    with school.engine.begin() as connection:
        rules = read_rulebook(connection, 1)

    assert rules.policy(PatronCategory.STAFF, "STK", date(2026, 11, 10)).max_loans == 5
    bare = rulebook.Rulebook(1, "", rules.calendar)
    assert bare.policy(STUDENT, "STK", date(2026, 11, 10)).max_loans == 0


def test_kept_rules_are_read_anew_when_changed(school: SmallSchool) -> None:
    """Given a desk with its rules in memory, when one is changed, then the next loan knows."""
    before = lend(school, "An", "STK")
    with school.engine.begin() as connection:
        week = LoanPolicy(max_loans=3, loan_days=7, blocked_by_overdue=True)
        rulebook.set_policy(connection, 1, STUDENT, week)

    assert due(before) - due(lend(school, "An", "STN")) == timedelta(days=8)


def test_choices_are_typed_and_known(school: SmallSchool) -> None:
    """Given a choice that does not exist or is of another kind, then it is not taken."""
    with pytest.raises(TypeError, match="no choice"):
        school.choose(max_hold=3)
    with pytest.raises(TypeError, match="cannot be"):
        school.choose(max_holds="3")
    school.choose(max_holds=3, holds_allowed=True)
    with school.engine.begin() as connection:
        choices = read_rulebook(connection, 1).choices

    assert (choices.max_holds, choices.holds_allowed, choices.hold_days) == (3, True, 2)


def test_summer_without_its_own_policy_is_like_term(school: SmallSchool) -> None:
    """Given staff without summer rows, then June is like term to them."""
    with school.engine.begin() as connection:
        rules = read_rulebook(connection, 1)

    assert rules.calendar.season(TEACHER, date(2027, 6, 7)) is Season.SUMMER
    assert rules.policy(PatronCategory.STAFF, "STK", date(2027, 6, 7)).max_loans == 5


def test_kho_keeps_the_width_of_its_labels(school: SmallSchool) -> None:
    """Given a kho, then it may be renamed, but not with other labels or an impossible prefix."""
    renamed = KhoRules("STN", "Truyện", 5, LendingMode.REFERENCE)
    with school.engine.begin() as connection:
        rulebook.set_kho(connection, 1, renamed)
        for wrong in (replace(renamed, width=6), replace(renamed, prefix="st.n")):
            with pytest.raises(ValueError, match=r"digits|prefix"):
                rulebook.set_kho(connection, 1, wrong)

    with school.library.act() as act:
        assert act.rules.kho["STN"] == renamed
