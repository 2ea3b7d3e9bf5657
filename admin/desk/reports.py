"""Reports of any range at the desk, on screen and as files. Keeps out what they count."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.periods import STAMP, days_asked, periods, stamp_asked
from admin.desk.registers import PARTS_SHOWN, ROWS_SHOWN, shown_part
from admin.desk.rights import Right
from db.registers.asked import Asked
from db.registers.books import stamp_words
from db.registers.reports import BY_CODE, REPORTS, YEARS_UNREAD, Wanted, report_sheet
from db.school_codes import GRADES

HERE: Final = "/bao-cao"
MOST_YEARS: Final = 10

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_REPORTS)]


@router.get(HERE)
def show_reports(desk: Reads) -> Response:
    """Show which reports there are."""
    return desk.show("reports.html", reports=REPORTS)


@router.get(f"{HERE}/{{code}}")
def show_report(desk: Reads, code: str) -> Response:
    """Show a report of a range, or hand it out as a file."""
    report = BY_CODE.get(code)
    if report is None:
        raise HTTPException(404)
    since, until = days_asked(desk)
    wanted = _wanted(desk)
    as_of, unread = stamp_asked(desk)
    with desk.library.act() as act:
        where = (act.connection, act.school_id, since, until, as_of, act.rules.calendar)
        sheet = report_sheet(act, report, Asked(*where), wanted)
        spans = periods(act.rules.calendar, act.today)
    form = desk.asked.get("tai", "")
    if form in papers.FORMS:
        return papers.hand_out_sheet(desk, sheet, form)
    shown = sheet.limited(PARTS_SHOWN, ROWS_SHOWN)
    return desk.show(
        "report.html",
        report=report,
        sheet=sheet,
        parts=[shown_part(part, shown) for part in shown.parts],
        since=since,
        until=until,
        periods=spans,
        grades=GRADES,
        grade=wanted.grade or "",
        years=wanted.years,
        stamped_words=stamp_words(as_of),
        stamp=desk.asked.get(STAMP, ""),
        unread=unread,
    )


def _wanted(desk: Desk) -> Wanted:
    grade, years = desk.asked.get("khoi", ""), desk.asked.get("nam", "")
    known = {str(one): one for one in GRADES}
    some = {str(one): one for one in range(1, MOST_YEARS + 1)}
    return Wanted(known.get(grade), some.get(years, YEARS_UNREAD))


PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Báo cáo", Right.SEE_REPORTS),))
