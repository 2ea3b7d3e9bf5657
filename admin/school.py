"""The school as the hub has it: its name, and how it is entered at the first visit. No HTML."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from db import defaults, rulebook
from db.calendar import HOLIDAYS_UNTIL, Bell, public_holidays, usual_year
from db.models import School, SchoolYear

OPEN_WEEKDAYS = "01234"
"""A new school's library: Monday to Friday; Saturday is ticked in the settings."""


def school_name(connection: Connection, school_id: int) -> str:
    """What the school is called; empty until it has a name."""
    return connection.execute(select(School.name).where(School.id == school_id)).scalar() or ""


def enter_school(connection: Connection, school_id: int, name: str, year: str) -> None:
    """Enter the school with its year, the usual rules and holidays; one that is there is named."""
    there = connection.execute(select(School.id).where(School.id == school_id)).first()
    if there is None:
        row = {"id": school_id, "name": name, "open_weekdays": OPEN_WEEKDAYS}
        connection.execute(insert(School).values(row))
        rulebook.begin_rules(connection, school_id)
        bells = [Bell(begins, ends, number) for number, begins, ends in defaults.BELLS]
        rulebook.set_bells(connection, school_id, bells)
    else:
        connection.execute(update(School).where(School.id == school_id).values(name=name))
        rulebook.raise_version(connection, school_id)  # papers have the name from the rules
    known = (SchoolYear.school_id == school_id, SchoolYear.name == year)
    if connection.execute(select(SchoolYear.name).where(*known)).first() is None:
        _enter_year(connection, school_id, int(year[:4]))


def _enter_year(connection: Connection, school_id: int, first: int) -> None:
    rulebook.set_school_year(connection, school_id, usual_year(first))
    years = [year for year in (first, first + 1) if year <= HOLIDAYS_UNTIL]
    holidays = [holiday for year in years for holiday in public_holidays(year)]
    rulebook.close_days(connection, school_id, holidays)
