"""The pages of who works at the stations: roles and PINs, and one's own PIN. Keeps out hashes.

A PIN is typed twice and shown nowhere, neither while it is typed nor later; who forgot it is given
another. What each role opens at a station is docs/trust.md.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin.desk import accounts
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Column, Tag, table
from admin.readers import owner_of_card
from db.patrons import Patrons
from db.pins import AT_STATIONS, Pins, StaffLine
from db.states import RoleName

HERE, OWN = "/tram/nguoi", "/ma-pin"
ROLE_WORDS = {
    RoleName.LIBRARIAN: "Thủ thư: mở chế độ thủ thư",
    RoleName.ADMINISTRATOR: "Quản trị: mở chế độ thủ thư",
    RoleName.COLLABORATOR: "Cộng tác viên: phụ trả sách, kiểm giá",
}
PIN_FAULT = "Cần 6 đến 8 chữ số, không lặp một số, không theo dãy như 123456."
DECISION_LENGTH = 60

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_ACCOUNTS)]
Own = Annotated[Desk, allowed(Right.OWN_ACCOUNT)]


@router.get(HERE)
def show_all(desk: Edits) -> Response:
    """Who may open the librarian's mode at a station, or help there."""
    return _show_all(desk)


@router.post(HERE)
def appoint(desk: Edits) -> Response:
    """Let a reader with a card work at the stations from today."""
    form = desk.form
    number = form.text("card", most=16).upper()
    role = RoleName(form.one_of("role", [one.value for one in ROLE_WORDS]))
    decision = form.text("decision", wanted=False, most=DECISION_LENGTH)
    until = form.day("until", wanted=False)
    if until is not None and until < desk.today:
        form.refuse("until", "Ngày này đã qua.")
    with desk.records() as connection:
        patron_id = owner_of_card(connection, desk.school_id, number)
    if number and patron_id is None:
        form.refuse("card", "Không có thẻ này, hoặc thẻ đã thu hồi.")
    if form.wrong or patron_id is None:
        return _show_all(desk)
    patrons = Patrons(desk.library)
    if role not in patrons.roles(patron_id):
        patrons.appoint(patron_id, role, decision, until)
        with desk.records() as connection:
            desk.note(connection, "station-role-given", patron_id, role)
    return desk.go(f"{HERE}/{patron_id}", "Đã giao việc. Hãy đặt mã PIN.")


@router.get(f"{HERE}/{{patron_id:uuid}}")
def show_one(desk: Edits, patron_id: UUID) -> Response:
    """What one person does at the stations, and a form for a new PIN."""
    return _show_one(desk, patron_id)


@router.post(f"{HERE}/{{patron_id:uuid}}/pin")
def set_pin(desk: Edits, patron_id: UUID) -> Response:
    """Give somebody a PIN, in place of the one they had."""
    _lines(desk, patron_id)
    if not _take_pin(desk, patron_id):
        return _show_one(desk, patron_id)
    return desk.go(HERE, "Đã đặt mã PIN. Các trạm biết trong vòng một phút.")


@router.post(f"{HERE}/{{patron_id:uuid}}/thoi")
def dismiss(desk: Edits, patron_id: UUID) -> Response:
    """Let somebody work at no station any more; their PIN goes too."""
    for line in _lines(desk, patron_id):
        Patrons(desk.library).dismiss(patron_id, line.role)
    Pins(desk.library).take(patron_id)
    with desk.records() as connection:
        desk.note(connection, "station-role-ended", patron_id)
    return desk.go(HERE, "Đã cho thôi việc ở trạm. Mã PIN không còn dùng được.")


@router.get(OWN)
def own_page(desk: Own) -> Response:
    """Ask for one's own new PIN."""
    return _show_own(desk)


@router.post(OWN)
def set_own(desk: Own) -> Response:
    """Choose one's own PIN; the desk's password shows that it is oneself."""
    patron_id, form = desk.person.patron_id, desk.form
    if patron_id is None or not _roles_of(desk, patron_id):
        return _show_own(desk)
    password = form.secret("old")
    with desk.records() as connection:
        row = accounts.find_account(connection, desk.school_id, desk.person.name)
    if password and not accounts.is_password(None if row is None else row.password, password):
        form.refuse("old", "Mật khẩu chưa đúng.")
    if not _take_pin(desk, patron_id):
        return _show_own(desk)
    return desk.go(OWN, "Đã đổi mã PIN. Các trạm biết trong vòng một phút.")


def _take_pin(desk: Desk, patron_id: UUID) -> bool:
    """Set the PIN that was typed twice, unless something about the form is wrong."""
    pin, again = desk.form.secret("pin"), desk.form.secret("again")
    if pin != again:
        desk.form.refuse("again", "Hai lần gõ chưa giống nhau.")
    if desk.form.wrong:
        return False
    if not Pins(desk.library).set(patron_id, pin, desk.author):
        desk.form.refuse("pin", PIN_FAULT)
        return False
    with desk.records() as connection:
        desk.note(connection, "station-pin-set", patron_id)
    return True


def _roles_of(desk: Desk, patron_id: UUID) -> list[StaffLine]:
    return [line for line in Pins(desk.library).everybody() if line.patron_id == patron_id]


def _lines(desk: Desk, patron_id: UUID) -> list[StaffLine]:
    lines = _roles_of(desk, patron_id)
    if not lines:
        raise HTTPException(404, "This person does nothing at the stations.")
    return lines


def _show_all(desk: Desk) -> Response:
    lines = Pins(desk.library).everybody()
    shown = table(desk.asked, COLUMNS, lines, sorted_by="ten")
    roles = [(role.value, ROLE_WORDS[role]) for role in AT_STATIONS]
    status = 422 if desk.form.wrong else 200
    return desk.show("station_staff.html", status, table=shown, roles=roles)


def _show_one(desk: Desk, patron_id: UUID) -> Response:
    lines = _lines(desk, patron_id)
    status = 422 if desk.form.wrong else 200
    return desk.show("station_person.html", status, lines=lines, words=ROLE_WORDS)


def _show_own(desk: Desk) -> Response:
    patron_id = desk.person.patron_id
    lines = [] if patron_id is None else _roles_of(desk, patron_id)
    status = 422 if desk.form.wrong else 200
    return desk.show("station_own_pin.html", status, lines=lines, words=ROLE_WORDS)


COLUMNS = (
    Column(
        "ten",
        "Họ và tên",
        lambda line: line.name,
        link=lambda line: f"{HERE}/{line.patron_id}",
        kind="strong",
    ),
    Column("viec", "Việc ở trạm", lambda line: ROLE_WORDS[line.role]),
    Column("tu", "Từ ngày", lambda line: line.since, narrow=False),
    Column("den", "Đến ngày", lambda line: line.until or "", narrow=False),
    Column("quyet-dinh", "Quyết định", lambda line: line.decision, narrow=False),
    Column(
        "pin",
        "Mã PIN",
        lambda line: Tag("Đã đặt", "done") if line.pin_set_at else Tag("Chưa có", "look"),
    ),
)
PAGES = Pages(Section.KIOSKS, router, (Place(HERE, "Người ở trạm", Right.EDIT_ACCOUNTS),))
