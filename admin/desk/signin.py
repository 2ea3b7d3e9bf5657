"""The pages before the desk: the first visit, signing in and out, one's own password.

A wrong name and a wrong password are told apart nowhere: neither in words nor in time. A try
counts as failed from the moment it is made, so that many at once are not free.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from admin.desk import accounts, frame, sessions
from admin.desk.door import (
    Desk,
    FormForged,
    NoAccountYet,
    allowed,
    cookie_name,
    demand_key,
    is_own_machine,
    own_host,
    read_form,
    set_cookie,
)
from admin.desk.forms import Form
from admin.desk.held import LATE
from admin.desk.rights import FIRST_ROLES, Right
from admin.hub import Hub, TheHub
from admin.school import enter_school, school_name
from admin.wording import when
from db.calendar import year_begun
from db.clock import local_day
from db.demo import SCHOOL_NAME as DEMO_SCHOOL
from db.demo import fill_demo_school

LATE_PAGE = "/gui-lai"

router = APIRouter(include_in_schema=False)


def _first_cookie(request: Request) -> str:
    """The cookie by which a form of somebody not yet signed in is known again."""
    return f"{cookie_name(request)}-first"


async def _strangers_form(request: Request, _own: Annotated[None, Depends(own_host)]) -> Form:
    form = await read_form(request)
    token = request.cookies.get(_first_cookie(request), "")
    if not token:
        raise FormForged
    demand_key(form, token)
    return form


StrangersForm = Annotated[Form, Depends(_strangers_form)]
OwnHost = Annotated[None, Depends(own_host)]


def _show(
    hub: Hub, request: Request, template: str, form: Form, status_code: int = 200, **told: Any
) -> Response:
    """A page with a form for somebody who is not signed in."""
    token = request.cookies.get(_first_cookie(request)) or secrets.token_urlsafe(32)
    with hub.engine.begin() as connection:
        school = school_name(connection, hub.school_id)
    key = sessions.form_key(token)
    page = frame.render(template, school=school, form=form, key=key, **told)
    response = HTMLResponse(page, status_code)
    secure = request.url.scheme == "https"
    response.set_cookie(
        _first_cookie(request), token, httponly=True, samesite="strict", secure=secure, path="/"
    )
    return response


def _let_in(request: Request, token: str, wanted: str) -> Response:
    response = RedirectResponse(_own_path(wanted), 303)
    set_cookie(response, request, token)
    response.delete_cookie(
        _first_cookie(request), path="/", secure=request.url.scheme == "https", httponly=True
    )
    return response


def _own_path(wanted: str) -> str:
    """Where somebody wanted to go, if that is a page of ours."""
    is_ours = (
        wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    )
    return wanted if is_ours else "/"


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


# The first visit


@router.get("/bat-dau")
def first_page(hub: TheHub, request: Request, _own: OwnHost) -> Response:
    """Ask for the school and the librarian's account."""
    if closed := _why_not_first(hub, request):
        return closed
    return _show(hub, request, "first.html", Form(), **_years(hub.clock.now()))


@router.post("/bat-dau")
def open_desk(hub: TheHub, request: Request, form: StrangersForm) -> Response:
    """Make the school and the account, once, from the hub's own machine."""
    if closed := _why_not_first(hub, request):
        return closed
    now = hub.clock.now()
    years = _years(now)
    is_demo = form.ticked("demo")
    school = DEMO_SCHOOL if is_demo else form.text("school", most=100)
    year = form.one_of("year", [name for name, _ in years["years"]])
    shown_name = form.text("shown_name", most=64)
    name, password = read_new_account(form)
    if form.wrong:
        return _show(hub, request, "first.html", form, 422, **years)
    if is_demo:
        fill_demo_school(hub.engine, hub.school_id, now)
    with hub.engine.begin() as connection:
        if accounts.has_accounts(connection, hub.school_id):  # another browser was faster
            return RedirectResponse("/dang-nhap", 303)
        enter_school(connection, hub.school_id, school, year)
        account = accounts.make_account(
            connection, hub.school_id, name, shown_name, password, FIRST_ROLES, now
        )
        assert account is not None  # there is no other yet
        accounts.note(connection, hub.school_id, accounts.account_name(name), "desk-opened", now)
        token = sessions.begin(connection, hub.school_id, account, now)
        sessions.say_next(connection, hub.school_id, token, "Bàn thủ thư đã sẵn sàng.")
    return _let_in(request, token, "/")


def _why_not_first(hub: Hub, request: Request) -> Response | None:
    with hub.engine.begin() as connection:
        if accounts.has_accounts(connection, hub.school_id):
            return RedirectResponse("/dang-nhap", 303)
    if is_own_machine(request):
        return None
    raise NoAccountYet


def _years(now: datetime) -> dict[str, Any]:
    """The school years to choose from, the present one first."""
    first = year_begun(local_day(now))
    return {"years": [(name, name) for name in (f"{y}-{y + 1}" for y in (first, first + 1))]}


# Signing in and out


@router.get("/dang-nhap")
def sign_in_page(hub: TheHub, request: Request, _own: OwnHost, den: str = "/") -> Response:
    """Ask who it is."""
    with hub.engine.begin() as connection:
        if not accounts.has_accounts(connection, hub.school_id):
            return RedirectResponse("/bat-dau", 303)
    lost = request.query_params.get("chua-luu", "")
    return _show(hub, request, "signin.html", Form(), wanted=_own_path(den), lost=lost)


@router.post("/dang-nhap")
def sign_in(hub: TheHub, request: Request, form: StrangersForm) -> Response:
    """Let somebody in who has the right password, or make them wait."""
    now, peer = hub.clock.now(), _peer(request)
    name = form.text("name", most=accounts.LONGEST_NAME)
    password = form.secret("password")
    wanted = form.typed.get("wanted", "/")
    if form.wrong:
        return _show(hub, request, "signin.html", form, 422, wanted=wanted, lost="")
    with hub.engine.begin() as connection:
        until = accounts.waiting_until(connection, hub.school_id, peer, name, now)
        if until is None:
            accounts.count_failure(connection, hub.school_id, peer, name, now)
        row = accounts.find_account(connection, hub.school_id, name)
    if until is not None:
        form.refuse("name", f"Thử sai nhiều lần. Hãy đợi đến {when(until, now)} rồi thử lại.")
        return _show(hub, request, "signin.html", form, 429, wanted=wanted, lost="")
    if not accounts.is_password(None if row is None else row.password, password):
        with hub.engine.begin() as connection:
            known = "" if row is None else row.name  # what a stranger types may be a password
            accounts.note(connection, hub.school_id, known, "sign-in-failed", now, detail=peer)
        form.refuse("password", "Tên đăng nhập hoặc mật khẩu chưa đúng.")
        return _show(hub, request, "signin.html", form, 403, wanted=wanted, lost="")
    with hub.engine.begin() as connection:
        accounts.forget_failures(connection, hub.school_id, peer, name)
        accounts.note(connection, hub.school_id, row.name, "signed-in", now, detail=peer)
        token = sessions.begin(connection, hub.school_id, row.id, now)
    return _let_in(request, token, _what_came_late(row.name, token, now) or wanted)


def _what_came_late(name: str, token: str, now: datetime) -> str:
    """The page of a form that somebody's last session ended before; offered once."""
    late = LATE.take_newest(name, now)
    if late is None:
        return ""
    return f"{LATE_PAGE}/{LATE.keep(late, sessions.form_key(token), now)}"


@router.get(f"{LATE_PAGE}/{{word}}")
def show_late_form(desk: Annotated[Desk, allowed(Right.OWN_ACCOUNT)], word: str) -> Response:
    """Show that a form came too late, to be sent again as it was."""
    late = LATE.find(word, sessions.form_key(desk.token), desk.now)
    if late is None:
        raise HTTPException(404, "Nothing waits to be sent again.")
    return desk.show("late_form.html", late=late)


@router.post("/dang-xuat")
def sign_out(desk: Annotated[Desk, allowed(Right.OWN_ACCOUNT)]) -> Response:
    """End the session."""
    with desk.records() as connection:
        sessions.end(connection, desk.school_id, desk.token)
        desk.note(connection, "signed-out")
    response = RedirectResponse("/dang-nhap", 303)
    secure = desk.request.url.scheme == "https"
    response.delete_cookie(cookie_name(desk.request), path="/", secure=secure, httponly=True)
    return response


# One's own password


@router.get("/mat-khau")
def own_password_page(desk: Annotated[Desk, allowed(Right.OWN_ACCOUNT)]) -> Response:
    """Ask for the old and the new password."""
    return desk.show("own_password.html")


@router.post("/mat-khau")
def change_own_password(desk: Annotated[Desk, allowed(Right.OWN_ACCOUNT)]) -> Response:
    """Change one's own password; other browsers of the same account are signed out."""
    form = desk.form
    old = form.secret("old")
    new = read_new_password(form, desk.person.name)
    if not form.wrong:
        with desk.records() as connection:
            row = accounts.find_account(connection, desk.school_id, desk.person.name)
        if row is None or not accounts.is_password(row.password, old):
            form.refuse("old", "Mật khẩu hiện tại chưa đúng.")
    if form.wrong:
        return desk.show_again("own_password.html")
    with desk.records() as connection:
        accounts.set_password(connection, desk.school_id, desk.person.id, new)
        desk.note(connection, "own-password-changed", desk.person.id)
        token = sessions.begin(connection, desk.school_id, desk.person.id, desk.now)
        sessions.say_next(connection, desk.school_id, token, "Đã đổi mật khẩu.")
    return _let_in(desk.request, token, "/")


def read_new_account(form: Form) -> tuple[str, str]:
    """The name and password of a new account, with what is wrong about them."""
    name = form.text("name", most=accounts.LONGEST_NAME)
    if name and not accounts.account_name(name):
        form.refuse("name", "Tên đăng nhập cần có chữ hoặc số.")
    return name, read_new_password(form, name)


def read_new_password(form: Form, name: str) -> str:
    """A new password, typed twice."""
    password, again = form.secret("password"), form.secret("again")
    if fault := accounts.why_not_password(password, name):
        form.refuse("password", fault.value)
    if password != again:
        form.refuse("again", "Hai lần gõ chưa giống nhau.")
    return password
