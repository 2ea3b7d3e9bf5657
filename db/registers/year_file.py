"""The papers of a library year in the file for an inspection, beside the registers (S69)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from db.library import Act
from db.registers.asked import Asked
from db.registers.plan import plan_sheet
from db.registers.reports import REPORTS, Wanted, report_sheet
from db.registers.sheet import Sheet
from db.registers.team import team_sheet
from db.registers.year_papers import activity_sheet, asset_sheet
from db.registers.year_report import year_report
from db.team import read_team
from db.year_plan import read_plan


def year_file(act: Act, since: date, until: date) -> Iterator[Sheet]:
    """Plan, team, activities, equipment, reports, and the report at the year's end."""
    year = act.rules.calendar.year_of(min(until, act.today))
    if year is not None:
        plan = read_plan(act, year.name)
        if plan is not None:
            yield plan_sheet(act, plan)
        yield team_sheet(act, read_team(act, year.name))
    yield activity_sheet(act, since, until)
    yield asset_sheet(act)
    where = (act.connection, act.school_id, since, until, act.now, act.rules.calendar)
    for report in REPORTS:
        yield report_sheet(act, report, Asked(*where), Wanted())
    if year is not None:
        yield year_report(act, year)
