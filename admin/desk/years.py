"""Which school year a page is about: the one asked for, else the present or the next. No HTML."""

from __future__ import annotations

from admin.desk.door import Desk
from db.calendar import YearDates

ASKED = "nam"
"""The address's question for a school year."""


def school_years(desk: Desk) -> tuple[YearDates, ...]:
    """The school's years, the newest first."""
    with desk.library.act() as act:
        return tuple(reversed(act.rules.calendar.years))


def year_asked(desk: Desk) -> YearDates | None:
    """The year that the address asks for, else the present one; None where there is none."""
    years = school_years(desk)
    name = desk.asked.get(ASKED, "")
    asked = next((year for year in years if year.name == name), None)
    begun = next((year for year in years if year.begins_on <= desk.today), None)
    return asked or begun or (years[-1] if years else None)
