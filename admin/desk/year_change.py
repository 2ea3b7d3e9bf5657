"""The change of school years: everybody up a grade, the last grade out. Keeps out how.

Who does not go the ordinary way is told in lines: a card's number, then the class, or "chuyển".
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from admin.desk.door import Desk, allowed
from admin.desk.forms import Form
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.readers import owner_of_card
from db.calendar import YearDates
from db.patrons import Elsewhere, Patrons
from db.rulebook import read_rulebook
from db.school_codes import Homeroom, parse_homeroom
from db.text import clean, fold

MOST_LINES = 200
GOES = frozenset({"chuyen", "chuyen di", "chuyen truong", "nghi", "nghi hoc"})

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_PATRONS)]


@router.get("/ban-doc/len-lop")
def show(desk: Edits) -> Response:
    """Say what the change would do, and who still has what."""
    return _show(desk, {})


@router.post("/ban-doc/len-lop")
def look_or_do(desk: Edits) -> Response:
    """Show it again with the exceptions, or do it."""
    form = desk.form
    years = _years(desk)
    with desk.records() as connection:
        exceptions = _exceptions(connection, desk.school_id, form)
    if form.wrong or form.typed.get("do") != "yes":
        return _show(desk, exceptions)
    name = form.one_of("year", [year.name for year in years])
    if not form.ticked("sure"):
        form.refuse("sure", "Hãy đánh dấu để xác nhận.")
    if form.wrong:
        return _show(desk, exceptions)
    year = next(one for one in years if one.name == name)
    done = Patrons(desk.library).promote(year, desk.author, exceptions)
    if not done.promoted + done.repeating + done.left:
        form.refuse("year", f"Các em đã ở năm học {name}. Nhập năm học mới trong Cài đặt trước.")
        return _show(desk, exceptions)
    said = f"Đã lên lớp {done.promoted} em, {done.repeating} em ở lại, {done.left} em rời trường."
    return desk.go("/ban-doc", said)


def _show(desk: Desk, exceptions: dict[UUID, Elsewhere]) -> Response:
    plan = Patrons(desk.library).owed_by_leavers(exceptions)
    years = [(year.name, year.name) for year in _years(desk)]
    status = 422 if desk.form.wrong else 200
    return desk.show("year_change.html", status, plan=plan, years=years)


def _years(desk: Desk) -> list[YearDates]:
    """The school years that are entered and not over."""
    with desk.records() as connection:
        calendar = read_rulebook(connection, desk.school_id).calendar
    return [year for year in reversed(calendar.years) if year.ends_on >= desk.today]


def _exceptions(connection: Connection, school_id: int, form: Form) -> dict[UUID, Elsewhere]:
    lines = [line for line in form.typed.get("exceptions", "").splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        form.refuse("exceptions", f"Nhiều quá: {len(lines)} dòng, nhận được {MOST_LINES}.")
    found: dict[UUID, Elsewhere] = {}
    for number, line in enumerate(lines[:MOST_LINES], start=1):
        card, _, where = clean(line).partition(" ")
        patron_id = owner_of_card(connection, school_id, card.upper(), with_revoked=True)
        room = parse_homeroom(where.upper())
        if patron_id is None:
            form.refuse("exceptions", f"Dòng {number}: không có thẻ {card[:16]}.")
        elif isinstance(room, Homeroom):
            found[patron_id] = Elsewhere(room.as_written)
        elif fold(where) in GOES:
            found[patron_id] = Elsewhere(None)
        else:
            form.refuse("exceptions", f"Dòng {number}: sau số thẻ cần một lớp, hoặc chữ chuyển.")
    return found


PAGES = Pages(Section.PATRONS, router, (Place("/ban-doc/len-lop", "Lên lớp", Right.EDIT_PATRONS),))
