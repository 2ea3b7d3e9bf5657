"""The papers of a library year beside the registers: by their codes, or all in one file (S69)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from db.clock import local_day
from db.library import Act
from db.registers.asked import Asked
from db.registers.plan import plan_sheet
from db.registers.reports import BY_CODE, REPORTS, Wanted, circulation, report_sheet
from db.registers.sheet import NothingThere, Sheet
from db.registers.team import team_sheet
from db.registers.year_papers import activity_sheet, asset_sheet
from db.registers.year_report import year_report
from db.team import read_team
from db.year_plan import read_plan

YEAR_PAPERS: Final = {
    "HD": "Hoạt động của thư viện",
    "TS": "Sổ tài sản, thiết bị thư viện",
    "TK": "Báo cáo tổng kết năm học",
}
CODES: Final = (*YEAR_PAPERS, *BY_CODE)
"""What `paper` knows."""


def paper(act: Act, code: str, asked: Asked, wanted: Wanted) -> Sheet | NothingThere:
    """One of `CODES` for a range, as of a moment; TK is of the school year that the range ends in.

    Raises:
        KeyError: There is no such paper.
    """
    match code:
        case "HD":
            return activity_sheet(act, asked.since, asked.until, asked.as_of)
        case "TS":
            return asset_sheet(act, asked.as_of)
        case "TK":
            last = min(asked.until, local_day(asked.as_of))
            year = act.rules.calendar.year_of(last)
            if year is None:
                return NothingThere(f"không có năm học nào vào ngày {last:%d/%m/%Y}.")
            return year_report(act, year, asked.as_of)
    return report_sheet(act, BY_CODE[code], asked, wanted)


def year_file(act: Act, since: date, until: date, as_of: datetime) -> Iterator[Sheet]:
    """Plan, team, activities, equipment, reports, and the report at the year's end."""
    year = act.rules.calendar.year_of(min(until, local_day(as_of)))
    if year is not None:
        plan = read_plan(act, year.name)
        if plan is not None:
            yield plan_sheet(act, plan)
        yield team_sheet(act, read_team(act, year.name))
    yield activity_sheet(act, since, until, as_of)
    yield asset_sheet(act, as_of)
    asked = Asked(act.connection, act.school_id, since, until, as_of, act.rules.calendar)
    counted = circulation(asked)
    for report in REPORTS:
        yield report_sheet(act, report, asked, Wanted(counted=counted))
    if year is not None:
        is_within = since <= year.begins_on and year.ends_on <= until
        yield year_report(act, year, as_of, counted if is_within else None)
