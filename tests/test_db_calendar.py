"""School years, holidays, hours: the acceptance cases of the domain specification 4."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.calendar import (
    HOLIDAYS_UNTIL,
    Calendar,
    Slot,
    YearDates,
    library_year,
    public_holidays,
)
from db.clock import SCHOOL_ZONE
from db.outcomes import PatronCategory
from db.states import ClosedKind, Season, SlotUse

STUDENT, TEACHER = PatronCategory.STUDENT, PatronCategory.TEACHER
YEAR = YearDates(
    "2026-2027",
    begins_on=date(2026, 8, 31),
    opened_on=date(2026, 9, 5),
    first_semester_ends_on=date(2027, 1, 15),
    second_semester_begins_on=date(2027, 1, 18),
    ends_on=date(2027, 5, 31),
)
NEXT = YearDates(
    "2027-2028",
    begins_on=date(2027, 8, 30),
    opened_on=date(2027, 9, 5),
    first_semester_ends_on=date(2028, 1, 14),
    second_semester_begins_on=date(2028, 1, 17),
    ends_on=date(2028, 5, 31),
)
CALENDAR = Calendar(
    open_weekdays=frozenset(range(6)),
    closed_days=frozenset(
        day.day for year in (2026, 2027) for day in public_holidays(year, frozenset({6}))
    ),
    years=(YEAR, NEXT),
    recall_days={
        STUDENT: (date(2026, 12, 28), date(2027, 5, 20)),
        TEACHER: (date(2027, 5, 31),),
    },
    slots=(
        Slot(0, time(7, 0), time(11, 0), SlotUse.LENDING),
        Slot(0, time(13, 30), time(16, 30), SlotUse.READING),
        Slot(2, time(8, 35), time(8, 55), SlotUse.LENDING, homeroom="6A"),
        Slot(3, time(13, 30), time(16, 30), SlotUse.LENDING),
    ),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SCHOOL_ZONE)


@pytest.mark.parametrize(
    ("year", "tet", "kings"),
    [
        (2024, date(2024, 2, 10), date(2024, 4, 18)),
        (2025, date(2025, 1, 29), date(2025, 4, 7)),
        (2026, date(2026, 2, 17), date(2026, 4, 26)),
        (2027, date(2027, 2, 6), date(2027, 4, 16)),
        (2028, date(2028, 1, 26), date(2028, 4, 4)),
        (2029, date(2029, 2, 13), date(2029, 4, 23)),
        (2030, date(2030, 2, 2), date(2030, 4, 12)),
        (2031, date(2031, 1, 23), date(2031, 4, 1)),
        (2032, date(2032, 2, 11), date(2032, 4, 19)),
    ],
)
def test_lunar_holidays_are_shipped(year: int, tet: date, kings: date) -> None:
    """Given a year, then its lunar holidays are those of the published calendar."""
    names = {holiday.day: holiday.name for holiday in public_holidays(year)}

    assert (names[tet], names[kings]) == ("Tết Nguyên đán", "Giỗ Tổ Hùng Vương")


@pytest.mark.parametrize("year", range(2024, HOLIDAYS_UNTIL + 1))
def test_every_year_has_its_public_holidays(year: int) -> None:
    """Given a year until 2032, then it has 11 public holidays, and 24 November from 2026."""
    lawful = [day for day in public_holidays(year) if day.kind is not ClosedKind.SUBSTITUTE]

    assert len(lawful) == (12 if year >= 2026 else 11)
    assert (date(year, 11, 24) in {day.day for day in lawful}) == (year >= 2026)


def test_holiday_on_a_rest_day_is_made_up_for() -> None:
    """Given Giỗ Tổ on Sunday 26/4/2026, then Monday the 27th is off."""
    off = [day for day in public_holidays(2026) if day.kind is ClosedKind.SUBSTITUTE]

    assert date(2026, 4, 27) in {day.day for day in off}
    assert all(day.day.weekday() < 5 for day in off)


def test_lunar_dates_end_loudly() -> None:
    """Given a year past the table, when asked for, then that is an error."""
    with pytest.raises(KeyError):
        public_holidays(HOLIDAYS_UNTIL + 1)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2026, 8, 30), Season.TERM),
        (date(2026, 12, 30), Season.TERM),
        (date(2027, 5, 20), Season.TERM),
        (date(2027, 5, 21), Season.SUMMER),
        (date(2027, 8, 29), Season.SUMMER),
        (date(2027, 8, 30), Season.TERM),
    ],
)
def test_summer_follows_the_last_recall_day(day: date, season: Season) -> None:
    """Given a pupil, then summer is from the year-end recall day to the next school year."""
    assert CALENDAR.season(STUDENT, day) is season


def test_summer_begins_later_for_teachers() -> None:
    """Given recall on 31 May for teachers, then 21 May is term to them still."""
    assert CALENDAR.season(TEACHER, date(2027, 5, 21)) is Season.TERM
    assert CALENDAR.season(TEACHER, date(2027, 6, 1)) is Season.SUMMER


def test_summer_ends_though_nobody_entered_next_year() -> None:
    """Given no next school year, then it is taken to begin a year after this one."""
    alone = replace(CALENDAR, years=(YEAR,))

    assert alone.back_to_school(date(2027, 6, 10)) == date(2027, 8, 31)
    assert alone.season(STUDENT, date(2027, 8, 30)) is Season.SUMMER
    assert alone.season(STUDENT, date(2027, 8, 31)) is Season.TERM


def test_a_leap_years_first_day_has_a_successor() -> None:
    """Given a school year that begins on 29 February, then the next begins on the 28th."""
    odd = replace(YEAR, begins_on=date(2028, 2, 29))

    assert replace(CALENDAR, years=(odd,)).back_to_school(odd.begins_on) == date(2029, 2, 28)


def test_year_and_semester_ends() -> None:
    """Given days of a school year, then its semesters' and its own end are known."""
    assert CALENDAR.semester_end(date(2026, 11, 23)) == date(2027, 1, 15)
    assert CALENDAR.semester_end(date(2027, 3, 1)) == date(2027, 5, 31)
    assert CALENDAR.year_end(date(2026, 11, 23)) == date(2027, 5, 31)
    assert Calendar(frozenset({0})).semester_end(date(2026, 11, 23)) is None
    assert Calendar(frozenset({0})).year_end(date(2026, 11, 23)) is None
    assert Calendar(frozenset({0})).back_to_school(date(2026, 11, 23)) is None


def test_made_up_day_is_open() -> None:
    """Given a Sunday on which lessons are made up, then the library is open."""
    sunday = date(2026, 11, 29)
    calendar = replace(CALENDAR, open_days=frozenset({sunday}))

    assert not CALENDAR.is_open(sunday)
    assert calendar.is_open(sunday)
    assert calendar.first_open_day(sunday) == sunday


def test_open_days_are_counted_past_closed_ones() -> None:
    """Given Monday before a holiday, then two open days later is Thursday."""
    assert CALENDAR.open_day_after(date(2026, 11, 23), 2) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("moment", "homeroom", "lends"),
    [
        (at(23, 7), "", True),
        (at(23, 11), "", False),
        (at(23, 14), "", False),
        (at(25, 8, 40), "", False),
        (at(25, 8, 40), "6A", True),
        (at(24, 8), "", False),
        (at(29, 8), "", False),
    ],
)
def test_lending_hours(moment: datetime, homeroom: str, lends: bool) -> None:
    """Given the week's slots, then lending is in its own and in one's class's."""
    assert CALENDAR.is_lending(moment, homeroom) is lends


def test_lending_all_day_without_slots() -> None:
    """Given no slots, then lending is at any hour of an open day."""
    anytime = replace(CALENDAR, slots=())

    assert anytime.is_lending(at(23, 22))
    assert not anytime.is_lending(at(24, 9))
    assert anytime.lends_again(at(23, 22)) == at(25, 0)


def test_next_lending_time_is_told() -> None:
    """Given Monday noon before a holiday, then lending is again on Thursday afternoon."""
    assert CALENDAR.lends_again(at(23, 12)) == at(26, 13, 30)


def test_a_year_of_closed_days_has_no_next_time() -> None:
    """Given slots on no open weekday, then no next time is promised."""
    never = replace(CALENDAR, slots=(Slot(6, time(8), time(9), SlotUse.LENDING),))

    assert never.lends_again(at(23, 12)) is None


@pytest.mark.parametrize(
    ("moment", "ends"),
    [(at(23, 14), at(23, 16, 30)), (at(24, 9), at(24, 12)), (at(24, 15), at(24, 23, 59))],
)
def test_session_ends(moment: datetime, ends: datetime) -> None:
    """Given somebody reading, then the session ends with the slot, at noon or in the night."""
    assert CALENDAR.session_end(moment).replace(second=0) == ends


@pytest.mark.parametrize(
    ("day", "first"), [(date(2027, 5, 31), date(2026, 6, 1)), (date(2027, 6, 1), date(2027, 6, 1))]
)
def test_library_year_turns_on_first_june(day: date, first: date) -> None:
    """Given 31 May and 1 June, then they are in two library years."""
    assert library_year(day) == (first, first.replace(year=first.year + 1, month=5, day=31))


def test_a_library_needs_open_days() -> None:
    """Given no weekday to open, then the calendar itself is refused."""
    with pytest.raises(ValueError, match="never opens"):
        Calendar(frozenset())


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 40))
def test_open_days_only_go_forward(day: date, days: int) -> None:
    """Given any day, then the open day after it is open, and later by at least as many days."""
    after = CALENDAR.open_day_after(day, days)

    assert after >= day + timedelta(days=days)
    assert days == 0 or CALENDAR.is_open(after)
