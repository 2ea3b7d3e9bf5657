"""Who waits for what: holds of titles in the library, wishes for titles that it has not got."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from admin import counter
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, Tag, table
from db.holds import Holds
from db.states import WishState
from db.wishes import LONGEST_TITLE, Wishes, WishLine

HOLDS, WISHES = "/giu-cho", "/de-nghi"
WISH_WORDS = {
    WishState.NEW: Tag("mới, chưa xem", "look"),
    WishState.LISTED: Tag("trong danh sách mua"),
    WishState.BOUGHT: Tag("đã mua", "done"),
    WishState.DECLINED: Tag("không mua"),
}

router = APIRouter(include_in_schema=False)
wish_router = APIRouter(include_in_schema=False)
Lender = Annotated[Desk, allowed(Right.LEND)]
Edits = Annotated[Desk, allowed(Right.EDIT_CATALOGUE)]


@router.get(HOLDS)
def show_holds(desk: Lender) -> Response:
    """Show who waits, those whose copy is ready before the others."""
    with desk.records() as connection:
        rows = counter.waiting(connection, desk.school_id)
    with desk.library.act() as act:
        allowed_here = act.rules.choices.holds_allowed
    late = sum(one.keep_until is not None and one.keep_until < desk.today for one in rows)
    return desk.show("holds.html", holds=rows, allowed=allowed_here, late=late)


@router.post(f"{HOLDS}/bo")
def cancel_hold(desk: Lender) -> Response:
    """Let somebody wait no longer."""
    hold_id = read_uuid(desk.form.text("hold"))
    done = hold_id is not None and Holds(desk.library).cancel(hold_id)
    return desk.go(HOLDS, "Đã bỏ giữ chỗ." if done else "Người này không còn chờ nữa.")


@router.post(f"{HOLDS}/don")
def expire_holds(desk: Lender) -> Response:
    """End the holds that were not collected in time."""
    ended = Holds(desk.library).expire()
    return desk.go(HOLDS, f"Đã kết thúc {ended} lượt giữ quá hạn. Cất những cuốn ấy lại giá.")


@wish_router.get(WISHES)
def show_wishes(desk: Edits) -> Response:
    """Show the wishes, most wanted first."""
    word = desk.asked.get("xem", "")
    states = (WishState(word),) if word in {one.value for one in WishState} else ()
    rows = Wishes(desk.library).listed(*states)
    columns = (
        Column("ten", "Nhan đề", lambda one: one.title, kind="strong"),
        Column("phieu", "Số người đề nghị", lambda one: one.votes, kind="number"),
        Column("xem", "Tình trạng", lambda one: WISH_WORDS[one.state]),
        Column("sua", "Việc", lambda _: "Xem, quyết định", link=_wish_address, sorts=False),
    )
    options = [(one.value, str(words)) for one, words in WISH_WORDS.items()]
    shown = table(desk.asked, columns, rows, filters=(Choice("xem", "Tình trạng", options),))
    given = desk.hand_out_table(shown, "de-nghi-mua")
    chosen = next((one for one in rows if str(one.wish_id) == desk.asked.get("sach")), None)
    return given or desk.show("wishes.html", table=shown, chosen=chosen, states=options)


@wish_router.post(WISHES)
def decide_wish(desk: Edits) -> Response:
    """Say what becomes of a wish, perhaps with its right title."""
    wish_id = read_uuid(desk.form.text("wish"))
    state = WishState(desk.form.one_of("state", [one.value for one in WishState]))
    title = desk.form.text("title", wanted=False, most=LONGEST_TITLE)
    if desk.form.wrong or wish_id is None:
        return desk.go(WISHES, "Chưa ghi: nhan đề dài quá 100 ký tự.")
    done = Wishes(desk.library).decide(wish_id, state, desk.author, title)
    return desk.go(WISHES, f"Đã ghi: {WISH_WORDS[state]}." if done else "Không còn đề nghị này.")


def _wish_address(one: WishLine) -> str:
    return f"{WISHES}?sach={one.wish_id}"


PAGES = Pages(Section.CIRCULATION, router, (Place(HOLDS, "Giữ chỗ", Right.LEND),))
WISH_PAGES = Pages(
    Section.BOOKS, wish_router, (Place(WISHES, "Đề nghị mua", Right.EDIT_CATALOGUE),)
)
