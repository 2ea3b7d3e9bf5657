"""The pages of who may sign in, as what, and the log of what was done. Keeps out passwords' hashes.

The principal's account is the administrator's to change (`rights.may_edit_account`), and nobody
takes the last way in away.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from sqlalchemy import Connection

from admin import act_log
from admin.act_log import ACT_WORDS, Which
from admin.desk import accounts
from admin.desk.accounts import AccountLine
from admin.desk.door import Desk, NotAllowed, allowed
from admin.desk.forms import Form
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import ROLE_WORDS, Right, may_edit_account
from admin.desk.signin import read_new_account, read_new_password
from admin.desk.tables import ON_A_PAGE, Choice, Column, Tag, page_asked, table
from admin.readers import owner_of_card
from db.identifiers import PatronCard, read_code
from db.states import DeskRole

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_ACCOUNTS)]


@router.get("/cai-dat/tai-khoan")
def show_all(desk: Edits) -> Response:
    """Who may sign in, and as what."""
    with desk.records() as connection:
        lines = accounts.lines(connection, desk.school_id)
    columns = (
        Column(
            "ten",
            "Họ và tên",
            lambda row: row.person.shown_name,
            link=lambda row: f"/cai-dat/tai-khoan/{row.person.id}",
            kind="strong",
        ),
        Column("dang-nhap", "Tên đăng nhập", lambda row: row.person.name),
        Column("vai-tro", "Vai trò", lambda row: role_words(row.person.roles)),
        Column("tinh-trang", "Tình trạng", _state),
    )
    return desk.show("accounts.html", table=table(desk.asked, columns, lines, sorted_by="ten"))


@router.get("/cai-dat/tai-khoan/them")
def add_page(desk: Edits) -> Response:
    """A form for a new account."""
    return _show_form(desk, None)


@router.post("/cai-dat/tai-khoan/them")
def add(desk: Edits) -> Response:
    """Let somebody sign in; they choose a password of their own when they first do."""
    form = desk.form
    shown_name = form.text("shown_name", most=64)
    roles = _read_roles(desk)
    name, password = read_new_account(form)
    account_id = None
    with desk.records() as connection:
        patron_id = _read_card(connection, desk.school_id, form)
        if not form.wrong:
            account_id = accounts.make_account(
                connection,
                desk.school_id,
                name,
                shown_name,
                password,
                roles,
                desk.now,
                password_is_first=True,
                patron_id=patron_id,
            )
            if account_id is None:
                form.refuse("name", "Đã có tài khoản tên này.")
            else:
                desk.note(connection, "account-made", account_id, " ".join(roles))
    if form.wrong:
        return _show_form(desk, None)
    return desk.go("/cai-dat/tai-khoan", f"Đã tạo tài khoản cho {shown_name}.")


@router.get("/cai-dat/tai-khoan/{account_id:uuid}")
def show_one(desk: Edits, account_id: UUID) -> Response:
    """One account: roles, a new password, locking it."""
    return _show_form(desk, _account(desk, account_id))


@router.post("/cai-dat/tai-khoan/{account_id:uuid}/vai-tro")
def set_roles(desk: Edits, account_id: UUID) -> Response:
    """Let somebody work as something else."""
    line = _account(desk, account_id)
    roles = _read_roles(desk)
    if account_id == desk.person.id and not may_edit_account(roles, line.person.roles):
        desk.form.refuse("roles", "Không tự bỏ quyền quản lý tài khoản của mình được.")
    if desk.form.wrong:
        return _show_form(desk, line)
    with desk.records() as connection:
        accounts.set_roles(connection, desk.school_id, account_id, roles)
        desk.note(connection, "account-changed", account_id, " ".join(roles))
    return desk.go("/cai-dat/tai-khoan", "Đã lưu vai trò.")


@router.post("/cai-dat/tai-khoan/{account_id:uuid}/mat-khau")
def reset_password(desk: Edits, account_id: UUID) -> Response:
    """Give somebody a first password anew; they are signed out everywhere."""
    line = _account(desk, account_id)
    password = read_new_password(desk.form, line.person.name)
    if desk.form.wrong:
        return _show_form(desk, line)
    with desk.records() as connection:
        accounts.set_password(connection, desk.school_id, account_id, password, is_first=True)
        desk.note(connection, "password-reset", account_id)
    return desk.go("/cai-dat/tai-khoan", "Đã đặt mật khẩu tạm. Lần tới đăng nhập phải đổi.")


@router.post("/cai-dat/tai-khoan/{account_id:uuid}/khoa")
def end(desk: Edits, account_id: UUID) -> Response:
    """Let an account open nothing any more."""
    line = _account(desk, account_id)
    if account_id == desk.person.id:
        return desk.go("/cai-dat/tai-khoan", "Không tự khóa tài khoản của mình được.")
    with desk.records() as connection:
        accounts.end_account(connection, desk.school_id, account_id, desk.now)
        desk.note(connection, "account-ended", account_id)
    return desk.go("/cai-dat/tai-khoan", f"Đã khóa tài khoản {line.person.name}.")


@router.get("/cai-dat/nhat-ky")
def show_log(desk: Annotated[Desk, allowed(Right.KEEP_RECORDS)]) -> Response:
    """Who did or looked at what, newest first, a page at a time."""
    asked = desk.asked
    which = Which(asked.get("ai", ""), asked.get("viec", ""))
    with desk.records() as connection:
        total = act_log.count(connection, desk.school_id, which)
        whole = asked.get("tai")
        first = 0 if whole else (page_asked(asked, total) - 1) * ON_A_PAGE
        most = None if whole else ON_A_PAGE
        rows = act_log.acts(connection, desk.school_id, which, first, most)
        names = sorted(one.person.name for one in accounts.lines(connection, desk.school_id))
    columns = (
        Column("luc", "Lúc", lambda row: row.made_at, sorts=False),
        Column("ai", "Tài khoản", lambda row: row.author, sorts=False),
        Column("viec", "Việc", lambda row: row.words, sorts=False),
        Column("them", "Chi tiết", lambda row: row.detail, sorts=False, narrow=False),
    )
    shown = table(
        asked,
        columns,
        rows,
        filters=(
            Choice("ai", "Tài khoản", [(name, name) for name in names]),
            Choice("viec", "Việc", list(ACT_WORDS.items())),
        ),
        total=total,
    )
    return desk.hand_out_table(shown, "nhat-ky") or desk.show("log.html", table=shown)


def role_words(roles: tuple[DeskRole, ...]) -> str:
    """Roles as people call them."""
    return ", ".join(ROLE_WORDS[role] for role in roles)


def _account(desk: Desk, account_id: UUID) -> AccountLine:
    with desk.records() as connection:
        lines = accounts.lines(connection, desk.school_id)
    line = next((one for one in lines if one.person.id == account_id), None)
    if line is None:
        raise HTTPException(404, "There is no such account.")
    if not may_edit_account(desk.person.roles, line.person.roles):
        raise NotAllowed(desk.person.rights)
    return line


def _state(line: AccountLine) -> Tag:
    if line.ended_at is not None:
        return Tag("Đã khóa")
    if line.person.password_is_first:
        return Tag("Chưa đổi mật khẩu tạm", "look")
    return Tag("Đang dùng", "done")


def _read_roles(desk: Desk) -> tuple[DeskRole, ...]:
    chosen = desk.form.several("roles", [role.value for role in DeskRole])
    roles = tuple(DeskRole(word) for word in chosen)
    if not roles:
        desk.form.refuse("roles", "Hãy chọn ít nhất một vai trò.")
    elif not may_edit_account(desk.person.roles, roles):
        desk.form.refuse("roles", "Vai trò hiệu trưởng, quản trị do người quản trị cấp.")
    return roles


def _read_card(connection: Connection, school_id: int, form: Form) -> UUID | None:
    """The reader whose account it is, by their card; for teachers' own lists."""
    said = form.text("card", wanted=False, most=16).upper()
    if not said:
        return None
    patron_id = owner_of_card(connection, school_id, said)
    if patron_id is None or not isinstance(read_code(said), PatronCard):
        form.refuse("card", "Không có thẻ này, hoặc thẻ đã thu hồi.")
    return patron_id


def _show_form(desk: Desk, line: AccountLine | None) -> Response:
    roles = [(role.value, ROLE_WORDS[role]) for role in DeskRole]
    status = 422 if desk.form.wrong else 200
    return desk.show("account.html", status, line=line, role_choices=roles)


PAGES = Pages(
    Section.SETTINGS,
    router,
    (
        Place("/cai-dat/tai-khoan", "Tài khoản", Right.EDIT_ACCOUNTS),
        Place("/cai-dat/nhat-ky", "Nhật ký thao tác", Right.KEEP_RECORDS),
    ),
)
