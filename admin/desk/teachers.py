"""A teacher's own page, the requests of all teachers at the desk, and who is a form teacher."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from admin import counter, teaching
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Column, Tag, table
from admin.teaching import Request

OWN, REQUESTS, CLASSES = "/cua-toi", "/tiet-day", "/ban-doc/chu-nhiem"
FARTHEST_DAYS = 300
"""How far ahead a lesson may lie: the school year."""
LESSON_LENGTH, WANTED_LENGTH, ANSWER_LENGTH = 100, 500, 100
READY = "Đã chuẩn bị xong"

router = APIRouter(include_in_schema=False)
request_router = APIRouter(include_in_schema=False)
class_router = APIRouter(include_in_schema=False)
Teacher = Annotated[Desk, allowed(Right.ASK_FOR_BOOKS)]
Lender = Annotated[Desk, allowed(Right.LEND)]
Edits = Annotated[Desk, allowed(Right.EDIT_PATRONS)]


@router.get(OWN)
def show_own(desk: Teacher) -> Response:
    """What one has, what one asked for, who of one's own class is late."""
    return _show_own(desk)


@router.post(OWN)
def ask(desk: Teacher) -> Response:
    """Ask for books for a lesson."""
    form, patron_id = desk.form, desk.person.patron_id
    needed_on = form.day("needed_on")
    lesson = form.text("lesson", most=LESSON_LENGTH)
    wanted = form.text("wanted", most=WANTED_LENGTH)
    if needed_on and not timedelta() <= needed_on - desk.today <= timedelta(days=FARTHEST_DAYS):
        form.refuse("needed_on", "Chọn từ hôm nay đến hết năm học.")
    if form.wrong or needed_on is None or patron_id is None:
        return _show_own(desk)
    with desk.records() as connection:
        request_id = teaching.ask(
            connection, desk.school_id, patron_id, needed_on, lesson, wanted, desk.now
        )
        desk.note(connection, "lesson-requested", request_id)
    return desk.go(OWN, "Đã gửi thủ thư.")


@router.post(f"{OWN}/{{request_id:uuid}}/rut")
def withdraw(desk: Teacher, request_id: UUID) -> Response:
    """Ask no more."""
    patron_id = desk.person.patron_id
    with desk.records() as connection:
        done = patron_id is not None and teaching.withdraw(
            connection, desk.school_id, patron_id, request_id
        )
        if done:
            desk.note(connection, "lesson-withdrawn", request_id)
    return desk.go(OWN, "Đã rút yêu cầu." if done else "Yêu cầu này đã được trả lời.")


@request_router.get(REQUESTS)
def show_requests(desk: Lender) -> Response:
    """What teachers need and by when, the earliest first."""
    with desk.records() as connection:
        rows = teaching.requests(connection, desk.school_id)
    shown = table(desk.asked, COLUMNS, [one for one in rows if one.answered_at])
    waiting = [one for one in rows if not one.answered_at]
    given = desk.hand_out_table(shown, "tiet-day")
    return given or desk.show(
        "lesson_requests.html", waiting=waiting, table=shown, ready=READY, most=ANSWER_LENGTH
    )


@request_router.post(f"{REQUESTS}/{{request_id:uuid}}")
def answer(desk: Lender, request_id: UUID) -> Response:
    """Tell the teacher what became of it."""
    said = desk.form.text("answer", most=ANSWER_LENGTH)
    if desk.form.wrong:
        return desk.go(REQUESTS, f"Chưa ghi: lời nhắn cần từ 1 đến {ANSWER_LENGTH} ký tự.")
    with desk.records() as connection:
        done = teaching.answer(connection, desk.school_id, request_id, said, desk.author, desk.now)
        if done:
            desk.note(connection, "lesson-answered", request_id)
    return desk.go(REQUESTS, "Đã trả lời." if done else "Không còn yêu cầu này.")


@class_router.get(CLASSES)
def show_classes(desk: Edits) -> Response:
    """Who is whose form teacher this year."""
    return _show_classes(desk)


@class_router.post(CLASSES)
def set_form_teachers(desk: Edits) -> Response:
    """Say who is whose form teacher; they then see who of the class is late."""
    with desk.records() as connection:
        rooms = teaching.classes(connection, desk.school_id, desk.today)
        people = {str(one): one for one, _ in teaching.teachers(connection, desk.school_id)}
    chosen: dict[str, UUID | None] = {}
    for room in rooms:
        said = desk.form.one_of(f"lop-{room.name}", ["", *people])
        chosen[room.name] = people.get(said)
    if desk.form.wrong:
        return _show_classes(desk)
    with desk.records() as connection:
        teaching.set_form_teachers(connection, desk.school_id, desk.today, chosen)
        desk.note(connection, "form-teachers-set")
    return desk.go(CLASSES, "Đã lưu giáo viên chủ nhiệm.")


def _show_own(desk: Desk) -> Response:
    patron_id = desk.person.patron_id
    status = 422 if desk.form.wrong else 200
    if patron_id is None:
        return desk.show("teacher.html", status, has_card=False)
    with desk.records() as connection:
        held = counter.held_by(connection, desk.school_id, patron_id)
        asked = teaching.requests(connection, desk.school_id, patron_id)
        rooms, late = teaching.late_pupils(connection, desk.school_id, patron_id, desk.today)
    return desk.show(
        "teacher.html",
        status,
        has_card=True,
        held=held,
        requests=asked,
        rooms=rooms,
        late=late,
        today=desk.today,
        most=(LESSON_LENGTH, WANTED_LENGTH),
    )


def _show_classes(desk: Desk) -> Response:
    with desk.records() as connection:
        rooms = teaching.classes(connection, desk.school_id, desk.today)
        people = teaching.teachers(connection, desk.school_id)
    options = [("", "Chưa có"), *((str(one), name) for one, name in people)]
    status = 422 if desk.form.wrong else 200
    return desk.show("form_teachers.html", status, rooms=rooms, options=options)


def _state(one: Request) -> Tag:
    return Tag(one.answer, "done")


COLUMNS = (
    Column("ngay", "Cần ngày", lambda one: one.needed_on),
    Column("gv", "Giáo viên", lambda one: one.teacher, kind="strong"),
    Column("tiet", "Tiết dạy", lambda one: one.lesson),
    Column("sach", "Sách cần", lambda one: one.wanted, narrow=False),
    Column("tra-loi", "Trả lời", _state),
)
PAGES = Pages(Section.TODAY, router, (Place(OWN, "Của tôi", Right.ASK_FOR_BOOKS),))
REQUEST_PAGES = Pages(
    Section.CIRCULATION, request_router, (Place(REQUESTS, "Sách cho tiết dạy", Right.LEND),)
)
CLASS_PAGES = Pages(
    Section.PATRONS, class_router, (Place(CLASSES, "Chủ nhiệm", Right.EDIT_PATRONS),)
)
