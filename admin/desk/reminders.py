"""Reminders and clearance slips of a class on paper, and recalls. No queries, no layout."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Response

from admin import owing, stationery
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Column, table
from admin.school import school_name
from db.outcomes import PatronCategory
from db.recalls import recall
from printer.class_papers import clearance_slips, reminder_sheet

HERE, RECALL = "/nhac-tra", "/thu-hoi"
PDF = "application/pdf"
FARTHEST_DAYS = 400
"""How far ahead a recall day may lie: a school year and its summer."""
CATEGORIES = (
    ("", "mọi bạn đọc"),
    (PatronCategory.STUDENT.value, "học sinh"),
    (PatronCategory.TEACHER.value, "giáo viên"),
    (PatronCategory.STAFF.value, "nhân viên"),
)

router = APIRouter(include_in_schema=False)
Lender = Annotated[Desk, allowed(Right.LEND)]


@router.get(HERE)
def show_classes(desk: Lender) -> Response:
    """Show every class with what it owes."""
    with desk.records() as connection:
        classes = owing.classes_owing(connection, desk.school_id, desk.today)
    columns = (
        Column("lop", "Lớp", lambda one: one.homeroom, kind="strong"),
        Column("em", "Em đang mượn", lambda one: one.pupils, kind="number", narrow=False),
        Column("sach", "Số cuốn", lambda one: one.books, kind="number", narrow=False),
        Column("muon", "Quá hạn", lambda one: one.overdue, kind="number"),
        Column("nhac", "Phiếu nhắc", lambda one: f"In {one.homeroom}", link=_reminder, sorts=False),
        Column(
            "du", "Phiếu trả đủ", lambda one: f"In {one.homeroom}", link=_clearance, sorts=False
        ),
    )
    shown = table(desk.asked, columns, classes)
    return desk.hand_out_table(shown, "nhac-tra") or desk.show("reminders.html", table=shown)


@router.get(f"{HERE}/phieu-nhac")
def reminders_of_class(desk: Lender) -> Response:
    """A class's reminders as one page: names and numbers of books, no titles."""
    homeroom = desk.asked.get("lop", "")
    days = desk.asked.get("ngay", "")
    until = desk.today + timedelta(days=int(days) if days.isdecimal() and len(days) < 4 else 0)
    with desk.records() as connection:
        told = stationery.reminder_list(connection, desk.school_id, homeroom, desk.today, until)
    return desk.hand_out(reminder_sheet(told).pdf, f"nhac-tra-{_in_a_name(homeroom)}.pdf", PDF)


@router.get(f"{HERE}/phieu-tra-du")
def slips_of_class(desk: Lender) -> Response:
    """The clearance slips of a class; a page of names while everybody owes something."""
    homeroom = desk.asked.get("lop", "")
    with desk.records() as connection:
        free, still = stationery.cleared(connection, desk.school_id, homeroom)
        school = school_name(connection, desk.school_id)
        year = stationery.school_year(connection, desk.school_id, desk.today)
    if not free or "xem" in desk.asked:
        return desk.show("clearance.html", homeroom=homeroom, free=free, still=still)
    pages = clearance_slips(school, year.replace("-", "–"), desk.today, free)
    return desk.hand_out(pages.pdf, f"tra-du-{_in_a_name(homeroom)}.pdf", PDF)


@router.get(RECALL)
def show_recall(desk: Lender) -> Response:
    """Show what may be recalled."""
    return _recall(desk, None)


@router.post(RECALL)
def do_recall(desk: Lender) -> Response:
    """Say how many loans a recall would move, and then move them."""
    with desk.records() as connection:
        known = [prefix for prefix, _ in owing.kho_names(connection, desk.school_id)]
    until = desk.form.day("until")
    kho = desk.form.one_of("kho", ["", *known]) or None
    word = desk.form.one_of("category", [one for one, _ in CATEGORIES])
    category = PatronCategory(word) if word else None
    latest = desk.today + timedelta(days=FARTHEST_DAYS)
    if until is not None and not desk.today <= until <= latest:
        desk.form.refuse("until", "Chọn một ngày từ hôm nay trở đi, trong vòng một năm học.")
    if desk.form.wrong or until is None:
        return _recall(desk, None, 422)
    if desk.form.typed.get("step") != "ghi":
        with desk.records() as connection:
            count = owing.to_recall(connection, desk.school_id, until, kho, category)
        return _recall(desk, count)
    moved = recall(desk.library, until, kho, category)
    with desk.records() as connection:
        desk.note(connection, "recalled", None, f"{until} {kho or '*'} {word or '*'}: {moved}")
    return desk.go(HERE, f"Đã thu hồi {moved} lượt mượn, hạn mới {until:%d/%m/%Y}.")


def _recall(desk: Desk, count: int | None, status_code: int = 200) -> Response:
    with desk.records() as connection:
        kho = (("", "mọi kho"), *owing.kho_names(connection, desk.school_id))
    shown = {"kho": kho, "categories": CATEGORIES, "count": count}
    return desk.show("recall.html", status_code, **shown)


def _reminder(one: owing.ClassOwing) -> str:
    return f"{HERE}/phieu-nhac?lop={one.homeroom}"


def _clearance(one: owing.ClassOwing) -> str:
    return f"{HERE}/phieu-tra-du?lop={one.homeroom}"


def _in_a_name(homeroom: str) -> str:
    """A class as part of a file's name: 6/1 is 6-1."""
    return "".join(sign if sign.isalnum() else "-" for sign in homeroom)


PAGES = Pages(
    Section.CIRCULATION,
    router,
    (Place(HERE, "Nhắc trả", Right.LEND), Place(RECALL, "Thu hồi", Right.LEND)),
)
