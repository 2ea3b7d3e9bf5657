"""Whether every pupil has every textbook: class by class, on screen and on paper. No queries.

A tick means that a pupil lacks a title. What the library lent them is not asked for.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from admin import textbooks
from admin.desk.door import Desk, allowed
from admin.desk.forms import version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.papers import FORMS, hand_out_sheet
from admin.desk.rights import Right
from db.library import Act
from db.registers.sheet import percent_words
from db.registers.textbook_sheet import check_sheet
from db.textbook_checks import ClassCheck, class_check, note_class

HERE = "/kiem-tra-sgk"

router = APIRouter(include_in_schema=False)
Lender = Annotated[Desk, allowed(Right.LEND)]


@router.get(HERE)
def show_classes(desk: Lender) -> Response:
    """Show how every class stands, or hand out the sheets of all."""
    with desk.library.act() as act:
        checks = [class_check(act, *one) for one in _rooms(act)]
        sheet = check_sheet(act, checks) if checks and _form(desk) else None
    if sheet is not None:
        return hand_out_sheet(desk, sheet.gathered(), _form(desk))
    return desk.show("textbook_checks.html", checks=checks, percent=percent_words)


@router.get(f"{HERE}/lop")
def show_class(desk: Lender) -> Response:
    """Show a class, pupil by title, or hand out its sheet."""
    with desk.library.act() as act:
        check = _asked(desk, act)
        sheet = check_sheet(act, [check]) if check is not None and _form(desk) else None
    if check is None:
        return desk.go(HERE, "Chọn một lớp.")
    if sheet is not None:
        return hand_out_sheet(desk, sheet.gathered(), _form(desk))
    return _class(desk, check)


@router.post(f"{HERE}/lop")
def note(desk: Lender) -> Response:
    """Note who of a class lacks what; whoever comes second sees what the first has noted."""
    with desk.library.act() as act:
        check = _asked(desk, act)
        stale = check is not None and desk.form.is_stale(_version(check))
        if check is not None and not stale:
            note_class(act, check, _ticked(desk, check), desk.author)
            desk.note(act.connection, "textbooks-checked", None, check.homeroom)
    if check is None:
        return desk.go(HERE, "Chọn một lớp.")
    if stale:
        return _class(desk, check, stale=True)
    return desk.go(f"{HERE}/lop?lop={check.homeroom}", f"Đã ghi lớp {check.homeroom}.")


def _form(desk: Desk) -> str:
    """As what the sheet is asked for; empty where the page is."""
    form = desk.asked.get("tai", "")
    return form if form in FORMS else ""


def _class(desk: Desk, check: ClassCheck, stale: bool = False) -> Response:
    return desk.show(
        "textbook_check.html",
        409 if stale else 200,
        check=check,
        percent=percent_words,
        ticked=_ticked(desk, check) if stale else check.lacking,
        stale=stale,
        version=_version(check),
    )


def _ticked(desk: Desk, check: ClassCheck) -> frozenset[tuple[UUID, UUID]]:
    """What the form says is lacking; of pupils and titles that the class has."""
    known = {
        f"{pupil} {title}": (pupil, title) for pupil, _ in check.pupils for title, _ in check.titles
    }
    ticked = frozenset(known[one] for one in desk.form.several("lacks", known))
    return ticked - check.lent


def _version(check: ClassCheck) -> str:
    return version_of(sorted(check.lacking))


def _asked(desk: Desk, act: Act) -> ClassCheck | None:
    rooms = dict(_rooms(act))
    name = desk.asked.get("lop", "")
    return class_check(act, name, rooms[name]) if name in rooms else None


def _rooms(act: Act) -> list[tuple[str, int]]:
    """The classes that have pupils now, with their grades."""
    names = textbooks.classes(act.connection, act.school_id)
    graded = ((one, textbooks.grade_of(act.connection, act.school_id, one)) for one in names)
    return [(name, grade) for name, grade in graded if grade is not None]


PAGES = Pages(Section.CIRCULATION, router, (Place(HERE, "Kiểm tra sách giáo khoa", Right.LEND),))
