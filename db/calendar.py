"""When the library is open, and the days a school year turns on. No database, no clock, no files.

Days and times are the school's local ones. Weekdays count from Monday = 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from db.outcomes import PatronCategory
from db.states import ClosedKind, Season, SlotUse

ONE_DAY: Final = timedelta(days=1)
WEEKDAYS: Final = (
    "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"
)  # fmt: skip

HOLIDAYS_UNTIL = 2032
"""Last year whose lunar dates are shipped."""

CULTURE_DAY_FROM = 2026
"""24 November is a public holiday from then on (NQ 28/2026/QH16)."""

_LUNAR = {
    2024: (date(2024, 2, 10), date(2024, 4, 18)),
    2025: (date(2025, 1, 29), date(2025, 4, 7)),
    2026: (date(2026, 2, 17), date(2026, 4, 26)),
    2027: (date(2027, 2, 6), date(2027, 4, 16)),
    2028: (date(2028, 1, 26), date(2028, 4, 4)),
    2029: (date(2029, 2, 13), date(2029, 4, 23)),
    2030: (date(2030, 2, 2), date(2030, 4, 12)),
    2031: (date(2031, 1, 23), date(2031, 4, 1)),
    2032: (date(2032, 2, 11), date(2032, 4, 19)),
}
"""Mùng 1 Tết and Giỗ Tổ (10/3 âm lịch) of the Vietnamese calendar, computed for UTC+7 and
checked against the published dates of 2024 to 2026 (domain specification 4.3)."""

_TET_DAYS = range(-1, 4)
"""The five days of Tết around mùng 1, as an office usually takes them; fixed anew every year."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day off, as a first proposal for the school's table."""

    day: date
    name: str
    kind: ClosedKind


@dataclass(frozen=True, slots=True)
class YearDates:
    """The days of one school year."""

    name: str
    """Such as "2026-2027"."""
    begins_on: date
    opened_on: date
    first_semester_ends_on: date
    second_semester_begins_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Slot:
    """A time of the week at which the library lends or lets read."""

    weekday: int
    begins: time
    ends: time
    use: SlotUse
    homeroom: str = ""
    """Whose slot it is; empty for everyone's."""


@dataclass(frozen=True, slots=True)
class Bell:
    """A lesson, or a break, which has no number."""

    begins: time
    ends: time
    lesson: int | None = None


@dataclass(frozen=True)
class Calendar:
    """One school's days. Immutable: what is looked up once is remembered."""

    open_weekdays: frozenset[int]
    closed_days: frozenset[date] = frozenset()
    open_days: frozenset[date] = frozenset()
    """Opened although weekday or holiday would have the library closed."""
    years: tuple[YearDates, ...] = ()
    """Oldest first."""
    recall_days: Mapping[PatronCategory, tuple[date, ...]] = field(default_factory=dict)
    """By when everything of a category must be back, oldest first."""
    slots: tuple[Slot, ...] = ()
    bells: tuple[Bell, ...] = ()

    def __post_init__(self) -> None:
        if not self.open_weekdays & set(range(7)):
            raise ValueError("a library that never opens has no due dates")

    def is_open(self, day: date) -> bool:
        """Whether copies can be brought back on `day`."""
        if day in self.open_days:
            return True
        return day.weekday() in self.open_weekdays and day not in self.closed_days

    def first_open_day(self, day: date) -> date:
        """`day` itself, or the next one on which the library is open."""
        while not self.is_open(day):
            day += ONE_DAY
        return day

    def open_day_after(self, day: date, days: int) -> date:
        """The day that is `days` open days after `day`."""
        for _ in range(days):
            day = self.first_open_day(day + ONE_DAY)
        return day

    def year_of(self, day: date) -> YearDates | None:
        """The school year `day` belongs to, its summer included."""
        begun = [year for year in self.years if year.begins_on <= day]
        if not begun or day >= self._next_begins_on(begun[-1]):
            return None
        return begun[-1]

    def season(self, category: PatronCategory, day: date) -> Season:
        """Summer begins for a category the day after its last recall day of the school year."""
        year = self.year_of(day)
        if year is None or day <= self._closes_on(category, year):
            return Season.TERM
        return Season.SUMMER

    def recall_from(self, category: PatronCategory, day: date) -> date | None:
        """The first recall day of a category that is not before `day`."""
        return next((recall for recall in self._recalls(category) if recall >= day), None)

    def semester_end(self, day: date) -> date | None:
        """The last day of the semester that `day` is in; of the next one between the two."""
        year = self.year_of(day)
        if year is None:
            return None
        first = year.first_semester_ends_on
        return first if day <= first else year.ends_on

    def year_end(self, day: date) -> date | None:
        """The last day of the school year that `day` is in."""
        year = self.year_of(day)
        return None if year is None else year.ends_on

    def back_to_school(self, day: date) -> date | None:
        """When the next school year begins; guessed as a year on where it is not entered yet."""
        year = self.year_of(day)
        return None if year is None else self._next_begins_on(year)

    def is_lending(self, moment: datetime, homeroom: str = "") -> bool:
        """Whether books are lent at `moment`; all day where no lending times are set."""
        if not self.is_open(moment.date()):
            return False
        slots = [slot for slot in self.slots if slot.use is SlotUse.LENDING]
        return not slots or any(_covers(slot, moment, homeroom) for slot in slots)

    def lends_again(self, moment: datetime) -> datetime | None:
        """When lending begins next after `moment`; None within a year of closed days."""
        for ahead in range(366):
            day = moment.date() + timedelta(days=ahead)
            for begins in self._lending_begins(day):
                opening = datetime.combine(day, begins, moment.tzinfo)
                if opening > moment:
                    return opening
        return None

    def session_end(self, moment: datetime) -> datetime:
        """When the session (sáng, chiều) ends in which somebody sits down to read at `moment`.

        The end of the reading slot; without one, noon or the end of the day.
        """
        now = moment.time()
        ends = [
            slot.ends
            for slot in self.slots
            if slot.weekday == moment.weekday() and slot.begins <= now < slot.ends
        ]
        fallback = time(12) if now < time(12) else time(23, 59, 59)
        return datetime.combine(moment.date(), max(ends, default=fallback), moment.tzinfo)

    def _lending_begins(self, day: date) -> list[time]:
        if not self.is_open(day):
            return []
        slots = [slot for slot in self.slots if slot.use is SlotUse.LENDING and not slot.homeroom]
        begins = sorted(slot.begins for slot in slots if slot.weekday == day.weekday())
        return begins if slots else [time(0)]

    def _recalls(self, category: PatronCategory) -> tuple[date, ...]:
        return self.recall_days.get(category, ())

    def _closes_on(self, category: PatronCategory, year: YearDates) -> date:
        second, following = year.second_semester_begins_on, self._next_begins_on(year)
        recalls = [day for day in self._recalls(category) if second <= day < following]
        return max(recalls, default=year.ends_on)

    def _next_begins_on(self, year: YearDates) -> date:
        later = self._begins_on[self._begins_on.index(year.begins_on) + 1 :]
        return later[0] if later else _a_year_after(year.begins_on)

    @cached_property
    def _begins_on(self) -> list[date]:
        return [year.begins_on for year in self.years]


def library_year(day: date) -> tuple[date, date]:
    """First and last day of the registers' year that `day` is in: 1 June to 31 May."""
    first = day.year if day.month >= 6 else day.year - 1
    return date(first, 6, 1), date(first + 1, 5, 31)


def usual_year(first: int) -> YearDates:
    """The usual days of a school year, for the librarian to correct (domain specification 4.2)."""
    return YearDates(
        name=f"{first}-{first + 1}",
        begins_on=date(first, 8, 29),
        opened_on=date(first, 9, 5),
        first_semester_ends_on=date(first + 1, 1, 17),
        second_semester_begins_on=date(first + 1, 1, 18),
        ends_on=date(first + 1, 5, 31),
    )


def month_after(day: date) -> date:
    """The first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def year_begun(day: date) -> int:
    """In which calendar year the school year of a day began: from July on it is the next one's."""
    return day.year if day.month >= 7 else day.year - 1


def public_holidays(
    year: int, rest_weekdays: frozenset[int] = frozenset({5, 6})
) -> tuple[Holiday, ...]:
    """The public holidays of a calendar year, with a day off for each on a weekly rest day.

    A proposal: Tết and 2/9 are fixed by the authorities every year.

    Raises:
        KeyError: The year's lunar dates are not shipped.

    Source:
        Labour Code art. 112; NQ 28/2026/QH16 (domain specification 4.3).
    """
    days = {day.day: day for day in _holidays_of(year)}
    for holiday in sorted(days.values(), key=lambda one: one.day):
        if holiday.day.weekday() in rest_weekdays:
            off = _first_working_day(holiday.day, rest_weekdays, set(days))
            days[off] = Holiday(off, f"Nghỉ bù {holiday.name}", ClosedKind.SUBSTITUTE)
    return tuple(sorted(days.values(), key=lambda one: one.day))


def _holidays_of(year: int) -> Iterator[Holiday]:
    tet, kings = _LUNAR[year]
    yield Holiday(date(year, 1, 1), "Tết Dương lịch", ClosedKind.HOLIDAY)
    for ahead in _TET_DAYS:
        yield Holiday(tet + timedelta(days=ahead), "Tết Nguyên đán", ClosedKind.TET)
    yield Holiday(kings, "Giỗ Tổ Hùng Vương", ClosedKind.HOLIDAY)
    yield Holiday(date(year, 4, 30), "Ngày Thống nhất", ClosedKind.HOLIDAY)
    yield Holiday(date(year, 5, 1), "Ngày Quốc tế Lao động", ClosedKind.HOLIDAY)
    yield Holiday(date(year, 9, 1), "Quốc khánh", ClosedKind.HOLIDAY)
    yield Holiday(date(year, 9, 2), "Quốc khánh", ClosedKind.HOLIDAY)
    if year >= CULTURE_DAY_FROM:
        yield Holiday(date(year, 11, 24), "Ngày Văn hóa Việt Nam", ClosedKind.HOLIDAY)


def _first_working_day(day: date, rest_weekdays: frozenset[int], taken: set[date]) -> date:
    while day in taken or day.weekday() in rest_weekdays:
        day += ONE_DAY
    return day


def _covers(slot: Slot, moment: datetime, homeroom: str) -> bool:
    meant = not slot.homeroom or slot.homeroom == homeroom
    return meant and slot.weekday == moment.weekday() and slot.begins <= moment.time() < slot.ends


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)
