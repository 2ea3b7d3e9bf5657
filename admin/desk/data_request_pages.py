"""The pages of what is asked about readers' data: entered, answered, done. No queries."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import data_requests
from admin.data_requests import Asked, Request
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, Tag, table
from admin.readers import one_reader, owner_of_card
from db.states import Asker, DataWish

HERE = "/ban-doc/yeu-cau"
ASKERS = {
    Asker.PARENT: "Cha mẹ, người giám hộ",
    Asker.PUPIL: "Học sinh",
    Asker.STAFF: "Giáo viên, nhân viên",
}
ASKER_WORDS = {**ASKERS, Asker.UNKNOWN: "Không ghi"}
WISH_WORDS = {
    DataWish.COPY: "Xem, nhận bản sao",
    DataWish.CORRECT: "Sửa cho đúng",
    DataWish.STOP: "Rút lại đồng ý",
    DataWish.ERASE: "Xóa dữ liệu",
}
PAST = (
    Column("ngay-tra-loi", "Đã trả lời", lambda one: one.answered_on, narrow=False),
    Column("ngay-xong", "Đã xong", lambda one: one.done_on, narrow=False),
)
"""Of requests that are over, too."""
LONGEST_ANSWER = 200
LONGEST_PAPER = 64

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_HISTORY)]


def state_of(one: Request, desk: Desk) -> Tag:
    """What is to be done next, and whether its day has gone by."""
    if one.done_on is not None:
        return Tag("Đã xong", "done")
    by = one.done_by if one.answered_on else one.answer_by
    word = "làm" if one.answered_on else "trả lời"
    return Tag(f"Quá hạn {word}", "late") if by < desk.today else Tag(f"Chờ {word}", "look")


@router.get(HERE)
def show_requests(desk: Reads) -> Response:
    """Show what was asked, open requests first, and the form of a new one."""
    return _page(desk)


@router.post(HERE)
def enter(desk: Reads) -> Response:
    """Enter a request; its days follow from when it was made."""
    form = desk.form
    card = form.text("card", most=16).upper()
    asked_on = form.day("asked_on")
    if asked_on is not None and asked_on > desk.today:
        form.refuse("asked_on", "Ngày này chưa đến.")
    asked_by = Asker(form.one_of("asked_by", [one.value for one in ASKERS]))
    wish = DataWish(form.one_of("wish", [one.value for one in WISH_WORDS]))
    paper = form.text("paper", wanted=False, most=LONGEST_PAPER)
    with desk.records() as connection:
        patron_id = owner_of_card(connection, desk.school_id, card, with_revoked=True)
        if card and patron_id is None:
            form.refuse("card", "Không có thẻ này.")
        if patron_id is not None and asked_on is not None and not form.wrong:
            asked = Asked(patron_id, asked_on, asked_by, wish, paper)
            data_requests.enter(connection, desk.school_id, asked, desk.author)
            desk.note(connection, "data-requested", patron_id, wish.value)
    return _page(desk) if form.wrong else desk.go(HERE, "Đã ghi yêu cầu.")


@router.get(f"{HERE}/{{request_id:uuid}}")
def show_request(desk: Reads, request_id: UUID) -> Response:
    """Show one request, and what is still to be done about it."""
    return _one(desk, request_id)


@router.post(f"{HERE}/{{request_id:uuid}}/tra-loi")
def answer(desk: Reads, request_id: UUID) -> Response:
    """Note what was answered."""
    words = desk.form.text("answer", most=LONGEST_ANSWER)
    if desk.form.wrong:
        return _one(desk, request_id)
    with desk.records() as connection:
        done = data_requests.answer(
            connection, desk.school_id, request_id, words, desk.author, desk.today
        )
        if done:
            desk.note(connection, "data-answered", request_id)
    said = "Đã ghi trả lời." if done else "Yêu cầu này đã được trả lời từ trước."
    return desk.go(f"{HERE}/{request_id}", said)


@router.post(f"{HERE}/{{request_id:uuid}}/xong")
def end(desk: Reads, request_id: UUID) -> Response:
    """Note that what was asked is done."""
    with desk.records() as connection:
        done = data_requests.end(connection, desk.school_id, request_id, desk.today)
        if done:
            desk.note(connection, "data-done", request_id)
    said = "Đã ghi: làm xong." if done else "Hãy ghi trả lời trước, hoặc việc này đã xong rồi."
    return desk.go(f"{HERE}/{request_id}", said)


def _page(desk: Desk) -> Response:
    with desk.records() as connection:
        rows = data_requests.requests(connection, desk.school_id)
    shows_past = bool(desk.asked.get("xem") or desk.asked.get("tai"))
    if not shows_past:
        rows = [one for one in rows if one.done_on is None]
    columns = (
        Column("ai", "Bạn đọc", _reader, link=lambda one: f"{HERE}/{one.id}", kind="strong"),
        Column("viec", "Yêu cầu", lambda one: WISH_WORDS[one.wish]),
        Column("boi", "Ai đề nghị", lambda one: ASKER_WORDS[one.asked_by], narrow=False),
        Column("nhan", "Ngày nhận", lambda one: one.asked_on, narrow=False),
        Column("tra-loi", "Trả lời trước", lambda one: one.answer_by),
        Column("xong", "Xong trước", lambda one: one.done_by, narrow=False),
        Column("giay", "Đơn số", lambda one: one.paper, narrow=False),
        *(PAST if shows_past else ()),
        Column("trang-thai", "Tình trạng", lambda one: state_of(one, desk)),
    )
    filters = (Choice("xem", "Xem", [("het", "cả yêu cầu đã xong")]),)
    shown = table(desk.asked, columns, rows, filters=filters)
    return desk.hand_out_table(shown, "yeu-cau-du-lieu") or desk.show(
        "data_requests.html",
        422 if desk.form.wrong else 200,
        table=shown,
        card=desk.asked.get("the", ""),
        askers=[(one.value, words) for one, words in ASKERS.items()],
        wishes=[(one.value, words) for one, words in WISH_WORDS.items()],
    )


def _one(desk: Desk, request_id: UUID) -> Response:
    with desk.records() as connection:
        found = data_requests.requests(connection, desk.school_id, request_id)
        if not found:
            raise HTTPException(404, "There is no such request.")
        reader = one_reader(connection, desk.school_id, found[0].patron_id, desk.today)
    return desk.show(
        "data_request.html",
        422 if desk.form.wrong else 200,
        one=found[0],
        reader=reader,
        name=_reader(found[0]),
        wish=WISH_WORDS[found[0].wish],
        asker=ASKER_WORDS[found[0].asked_by],
        state=state_of(found[0], desk),
        most=LONGEST_ANSWER,
    )


def _reader(one: Request) -> str:
    if not one.reader:
        return "bạn đọc đã xóa"
    return f"{one.reader} – {one.homeroom}" if one.homeroom else one.reader


PAGES = Pages(Section.PATRONS, router, (Place(HERE, "Yêu cầu về dữ liệu", Right.SEE_HISTORY),))
