"""The report at a school year's end: its figures, and three texts to write. No figures of its own.

Source:
    Domain specification S71.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.periods import STAMP, stamp_asked
from admin.desk.registers import PARTS_SHOWN, ROWS_SHOWN, shown_part
from admin.desk.rights import Right
from admin.desk.years import school_years, year_asked
from db.calendar import YearDates
from db.registers.books import stamp_words
from db.registers.year_report import year_report
from db.states import RemarkPart
from db.year_remarks import LONGEST, PART_WORDS, YearRemarks

HERE: Final = "/tong-ket"

router = APIRouter(include_in_schema=False)


@router.get(HERE)
def show_report(desk: Annotated[Desk, allowed(Right.SEE_REPORTS)]) -> Response:
    """Show a year's report, or hand it out as a file."""
    year = year_asked(desk)
    form = desk.asked.get("tai", "")
    if year is None or form not in papers.FORMS:
        return _page(desk, year)
    with desk.library.act() as act:
        sheet = year_report(act, year, stamp_asked(desk)[0])
    return papers.hand_out_sheet(desk, sheet, form)


@router.post(HERE)
def write(desk: Annotated[Desk, allowed(Right.RUN_YEAR)]) -> Response:
    """Keep what is said of the year."""
    year = year_asked(desk)
    if year is None:
        raise HTTPException(404)
    said = {part: desk.form.paragraphs(part.value, LONGEST) for part in RemarkPart}
    if desk.form.wrong:
        return _page(desk, year)
    YearRemarks(desk.library).write(year.name, said, desk.author)
    with desk.records() as connection:
        desk.note(connection, "year-remarked", None, year.name)
    return desk.go(f"{HERE}?nam={year.name}", "Đã lưu phần đánh giá.")


def _page(desk: Desk, year: YearDates | None) -> Response:
    parts = []
    as_of, unread = stamp_asked(desk)
    if year is not None:
        with desk.library.act() as act:
            shown = year_report(act, year, as_of).limited(PARTS_SHOWN, ROWS_SHOWN)
        parts = [shown_part(part, shown) for part in shown.parts][:-1]
    return desk.show(
        "year_end.html",
        422 if desk.form.wrong else 200,
        year=year,
        years=[one.name for one in school_years(desk)],
        parts=parts,
        remarks=YearRemarks(desk.library).of(year.name) if year else {},
        words=PART_WORDS,
        stamped_words=stamp_words(as_of),
        stamp=desk.asked.get(STAMP, ""),
        unread=unread,
    )


PAGES = Pages(Section.YEAR, router, (Place(HERE, "Tổng kết", Right.SEE_REPORTS),))
