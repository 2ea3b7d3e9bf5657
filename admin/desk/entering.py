"""What registers need that nobody scans: numbers of periodicals (R5), readers counted by hand (R8).

No queries.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from db.activities import counted_on
from db.outcomes import PatronCategory
from db.registers.entering import Entering, Issue

HERE = "/ghi-so"
MOST_SHOWN = 12
MOST_COPIES = 500
DEAREST_VND = 10_000_000
NUMBER_LENGTH = 16
NOTE_LENGTH = 100
WHO = (
    (PatronCategory.STUDENT, "Học sinh"),
    (PatronCategory.TEACHER, "Giáo viên"),
    (PatronCategory.STAFF, "Nhân viên"),
)

router = APIRouter(include_in_schema=False)
Runs = Annotated[Desk, allowed(Right.RUN_YEAR)]


@router.get(HERE)
def show(desk: Runs) -> Response:
    """Show both forms, and what was entered last."""
    return _page(desk)


@router.post(f"{HERE}/bao")
def receive(desk: Runs) -> Response:
    """Note that a number of a newspaper or magazine came, or correct what was noted."""
    known = {str(one): title for one, title in Entering(desk.library).periodicals()}
    issue = _issue(desk, known)
    if desk.form.wrong:
        return _page(desk, 422)
    Entering(desk.library).receive(issue)
    with desk.records() as connection:
        desk.note(connection, "issue-entered", issue.edition_id, issue.number)
    return desk.go(HERE, f"Đã ghi {known[str(issue.edition_id)]} số {issue.number}.")


@router.post(f"{HERE}/luot-doc")
def count(desk: Runs) -> Response:
    """Note readers that somebody counted, such as a class in the reading room."""
    day = desk.form.day("day")
    who = desk.form.one_of("category", [one.value for one, _ in WHO])
    readers = desk.form.number("readers", 1, 2000)
    note = desk.form.text("note", wanted=False, most=NOTE_LENGTH)
    if day is not None and day > desk.today:
        desk.form.refuse("day", "Ngày này chưa tới.")
    if day is not None and not desk.form.wrong:
        refuse_counted_twice(desk, day, PatronCategory(who))
    if day is None or desk.form.wrong:
        return _page(desk, 422)
    counted = (day, PatronCategory(who), readers, note, desk.author)
    count_id = Entering(desk.library).count_readers(*counted)
    with desk.records() as connection:
        desk.note(connection, "readers-counted", count_id)
    return desk.go(HERE, f"Đã ghi {readers} lượt bạn đọc ngày {day:%d/%m/%Y}.")


@router.post(f"{HERE}/luot-doc/{{count_id:uuid}}/bo")
def strike_out(desk: Runs, count_id: UUID) -> Response:
    """Let readers who were counted by mistake count no more."""
    if not Entering(desk.library).strike_out(count_id):
        raise HTTPException(404)
    with desk.records() as connection:
        desk.note(connection, "count-struck-out", count_id)
    return desk.go(HERE, "Đã bỏ lượt đếm này khỏi sổ thống kê.")


def refuse_counted_twice(
    desk: Desk, day: date, who: PatronCategory, *, by_hand: bool = False
) -> None:
    """Ask whether these are other readers, where some of the day are in the diary already.

    A lesson is noted among activities and may be counted here too: the diary adds both.
    """
    with desk.library.act() as act:
        counts = counted_on(act, day, who, by_hand=by_hand)
    if counts and not desk.form.ticked("others"):
        told = "; ".join(f"{one.note or 'đếm tay'} {one.readers} lượt" for one in counts)
        words = "Nếu là bạn đọc khác, đánh dấu ô này rồi lưu lại."
        desk.form.refuse("others", f"Ngày {day:%d/%m/%Y} đã ghi: {told}. {words}")


def _issue(desk: Desk, known: dict[str, str]) -> Issue:
    form = desk.form
    edition = form.one_of("edition", list(known))
    number = form.text("number", most=NUMBER_LENGTH)
    year, month = form.number("year", 1990, desk.today.year + 1), form.number("month", 1, 12)
    copies = form.number("copies", 1, MOST_COPIES)
    has_price = bool(form.text("price", wanted=False))
    price = form.number("price", 0, DEAREST_VND) if has_price else None
    note = form.text("issue_note", wanted=False, most=NOTE_LENGTH)
    whose = UUID(edition) if edition else UUID(int=0)
    return Issue(whose, year, number, month, copies, price, form.ticked("bound"), note)


def _page(desk: Desk, status_code: int = 200) -> Response:
    entering = Entering(desk.library)
    return desk.show(
        "entering.html",
        status_code,
        periodicals=[(str(one), title) for one, title in entering.periodicals()],
        entered=entering.entered(MOST_SHOWN),
        who=[(one.value, words) for one, words in WHO],
        who_words=dict(WHO),
        most=(NUMBER_LENGTH, NOTE_LENGTH),
    )


PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Báo chí và lượt đọc", Right.RUN_YEAR),))
