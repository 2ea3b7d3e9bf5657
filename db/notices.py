"""What the library tells everyone who passes: its rules, its hours, what is new and on show.

Days and times are the school's local ones. Keeps out where it is kept (`db.notice_board`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from db.calendar import Calendar, Slot, YearDates
from db.defaults import THEMES
from db.text import TooLong, read_text

MOST_HOUSE_RULES: Final = 8
"""Points of the house rules: short and easy to see (S12)."""
MOST_MESSAGES: Final = 5
LONGEST_LINE: Final = 120
"""Characters of a point or message: two lines on the screen."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """More lines than are read in passing; nothing was kept."""

    lines: int
    most: int


@dataclass(frozen=True, slots=True)
class Theme:
    """A themed shelf and when it is shown; its titles are those that bear its name as a tag."""

    name: str
    begins_on: date
    ends_on: date
    """The last day."""

    def __post_init__(self) -> None:
        if self.ends_on < self.begins_on:
            raise ValueError(f"{self.name} ends before it begins")


@dataclass(frozen=True, slots=True)
class Title:
    """An edition as it is shown in passing."""

    edition_id: UUID
    title: str
    authors: str
    kho: str
    """Empty for an e-resource."""
    shelf: str
    """Of a copy in the library (giá); empty where none says."""
    is_ready: bool
    """Whether a copy stands ready to be lent or read, or it is an e-resource."""
    since: date | None
    """When it came to the library; None where nobody wrote that down."""


@dataclass(frozen=True, slots=True)
class ThemeShelf:
    """A theme and what is on its shelf."""

    theme: Theme
    titles: tuple[Title, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """How the library stands open at a moment."""

    is_open: bool
    """Whether for lending or for reading."""
    is_lending: bool
    until: time | None
    """When the times that run now are over; None while closed, or where no times are set."""
    lends_again: datetime | None
    """When lending begins next; None within a year of closed days."""
    closed_for: str
    """Name of today's holiday; empty on any other day."""
    today: tuple[Slot, ...]
    """Today's times, earliest first, those of single classes too."""


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the notice board at one moment."""

    school: str
    house_rules: tuple[str, ...]
    messages: tuple[str, ...]
    opening: Opening
    new_titles: tuple[Title, ...]
    """Newest first."""
    themes: tuple[ThemeShelf, ...]
    """Those that are shown today, the one that ends first before the others."""


def read_lines(lines: Iterable[str], most: int) -> tuple[str, ...] | TooMany | TooLong:
    """Clean what was typed as one point a line; empty lines are none."""
    read = [read_text(line, LONGEST_LINE) for line in lines]
    kept = [line for line in read if line]
    too_long = next((line for line in kept if isinstance(line, TooLong)), None)
    if too_long is not None:
        return too_long
    return TooMany(len(kept), most) if len(kept) > most else tuple(map(str, kept))


def usual_themes(year: YearDates) -> Iterator[Theme]:
    """The themes of a school year as schools usually have them, to be edited (S67)."""
    first = year.begins_on.year
    for name, begins, ends in THEMES:
        calendar_year = first if begins[0] >= year.begins_on.month else first + 1
        yield Theme(name, date(calendar_year, *begins), date(calendar_year, *ends))


def opening(calendar: Calendar, holidays: dict[date, str], now: datetime) -> Opening:
    """How the library stands open at `now`.

    Args:
        calendar: The school's.
        holidays: Names of closed days.
        now: In the school's zone.
    """
    day, at = now.date(), now.time()
    opens = calendar.is_open(day)
    today = _slots_of(calendar, day) if opens else ()
    running = [slot for slot in today if slot.begins <= at < slot.ends]
    return Opening(
        is_open=opens and (bool(running) or not calendar.slots),
        is_lending=calendar.is_lending(now),
        until=max((slot.ends for slot in running), default=None),
        lends_again=calendar.lends_again(now),
        closed_for="" if opens else holidays.get(day, ""),
        today=today,
    )


def _slots_of(calendar: Calendar, day: date) -> tuple[Slot, ...]:
    of_day = (slot for slot in calendar.slots if slot.weekday == day.weekday())
    return tuple(sorted(of_day, key=lambda slot: (slot.begins, slot.use, slot.homeroom)))
