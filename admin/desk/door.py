"""The desk's door: who is there, may they, and did they send that form themselves. No pages.

Every page of the desk asks for its `Desk` by `allowed(right)`; a test walks all routes and finds
none without. On plain HTTP the desk answers only the hub's own machine, by an address that no
foreign page can lend itself (DNS rebinding); on the network it answers by TLS, and only once
there is an account.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, HTTPException, Request, Response
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from admin.desk import accounts, frame, sessions, tables
from admin.desk.accounts import Person
from admin.desk.forms import Form, Upload
from admin.desk.held import LATE, LateForm
from admin.desk.rights import Right
from admin.hub import Hub, TheHub
from db.circulation import Circulation
from db.clock import local_day
from db.library import Library

OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
LONGEST_FORM_BYTES = 32 * 1024 * 1024
"""A register of a hundred thousand lines as .xls, and room."""
MOST_FIELDS = 2000
READING = frozenset({"GET", "HEAD"})
REFRESH = "X-Refresh"
"""The header of a page that fetches itself anew, which is nobody's work."""
FORM_KEY = "key"
"""The field by which a form shows that it is of this session."""
SECRETS = frozenset({"password", "old", "again", "pin"})
"""Fields that are never kept (`Form.secret`)."""
LONGEST_LATE_BYTES = 64 * 1024
"""Of a form that is kept for its sender's next session."""


class NotSignedIn(Exception):
    """Nobody is signed in; where they wanted to go is the argument."""


class NoAccountYet(Exception):
    """The desk has never been opened."""


class NotAllowed(Exception):
    """Who is signed in has not the right, but others, which are the argument."""


class PasswordIsFirst(Exception):
    """The password was chosen by somebody else and has to be changed before anything else."""


class FormForged(Exception):
    """A form that this session was not given: another page's, or one from before signing in."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody who is signed in and may do what they ask for."""

    hub: Hub
    request: Request
    person: Person
    form: Form
    token: str
    school: str
    """What the school is called; empty until it has a name."""
    said: str
    """What the next page begins with."""

    @property
    def school_id(self) -> int:
        """The school this desk is of."""
        return self.hub.school_id

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.hub.clock.now()

    @property
    def today(self) -> date:
        """The day at the school."""
        return local_day(self.now)

    @property
    def author(self) -> str:
        """Who does what is done, for the log: the account, not the name."""
        return self.person.name

    @property
    def asked(self) -> Mapping[str, str]:
        """The address's questions."""
        return dict(self.request.query_params)

    @property
    def circulation(self) -> Circulation:
        """The library's acts of lending."""
        circulation: Circulation = self.request.app.state.circulation
        return circulation

    @property
    def library(self) -> Library:
        """The records, for acts that open a transaction of their own."""
        return self.circulation.library

    def may(self, right: Right) -> bool:
        """Whether who is signed in has a right."""
        return right in self.person.rights

    def leads_to(self, path: str) -> bool:
        """Whether there is a page at `path` that who is signed in may open."""
        return any(
            place.path == path and place.right in self.person.rights
            for pages in self.request.app.state.pages
            for place in pages.places
        )

    @contextmanager
    def records(self) -> Iterator[Connection]:
        """One transaction on the records; never two at a time (SQLite has one connection)."""
        with self.hub.engine.begin() as connection:
            yield connection

    def note(
        self,
        connection: Connection,
        act: str,
        subject_id: UUID | None = None,
        detail: str = "",
    ) -> None:
        """Enter into the log what was done or looked at."""
        accounts.note(connection, self.school_id, self.author, act, self.now, subject_id, detail)

    def show(self, template: str, status_code: int = 200, **told: Any) -> HTMLResponse:
        """A page in the desk's frame."""
        if self.said:
            with self.records() as connection:
                sessions.forget_said(connection, self.school_id, self.token)
        page = frame.render(
            template,
            **{
                "desk": self,
                "form": self.form,
                "school": self.school,
                "now": self.now,
                "said": self.said,
                "key": sessions.form_key(self.token),
                "sections": frame.sections_for(
                    self.request.app.state.pages, self.person.rights, self.request.url.path
                ),
                **told,
            },
        )
        return HTMLResponse(page, status_code)

    def show_again(self, template: str, **told: Any) -> HTMLResponse:
        """A page whose form could not be taken, with what was typed."""
        return self.show(template, 422, **told)

    def go(self, address: str, said: str = "") -> Response:
        """On to another page of the desk, which begins with what is said."""
        if said:
            with self.records() as connection:
                sessions.say_next(connection, self.school_id, self.token, said)
        return RedirectResponse(address, 303)

    def hand_out(self, content: bytes, name: str, media_type: str) -> Response:
        """A file to keep."""
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return Response(content, media_type=media_type, headers=headers)

    def hand_out_table(self, table: tables.Table, name: str) -> Response | None:
        """The whole table as a file, where the address asks for one (`tai`)."""
        match self.request.query_params.get("tai"):
            case "xlsx":
                return self.hand_out(tables.as_xlsx(table), f"{name}.xlsx", XLSX)
            case "csv":
                return self.hand_out(tables.as_csv(table), f"{name}.csv", "text/csv; charset=utf-8")
            case _:
                return None


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody who is signed in, before anything is read of what they send."""

    session: sessions.Resumed
    token: str


async def own_host(request: Request) -> None:
    """Turn a foreign host's name away from the door without TLS."""
    if request.url.scheme != "https" and request.url.hostname not in OWN_HOSTS:
        raise HTTPException(421, "The desk answers only on the hub's own machine.")


def is_own_machine(request: Request) -> bool:
    """Whether the request comes from the hub's own machine."""
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def cookie_name(request: Request) -> str:
    """By TLS the cookie is bound to the host; the two doors do not overwrite each other's."""
    return "__Host-tram-sach" if request.url.scheme == "https" else "tram-sach"


def set_cookie(response: Response, request: Request, token: str) -> None:
    """Give the browser its token; it ends with the browser, and goes to no foreign page."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        cookie_name(request), token, httponly=True, samesite="strict", secure=secure, path="/"
    )


def _known(request: Request, hub: TheHub, _own: Annotated[None, Depends(own_host)]) -> _Known:
    token = request.cookies.get(cookie_name(request), "")
    with hub.engine.begin() as connection:
        session = sessions.resume(
            connection,
            hub.school_id,
            token,
            hub.clock.now(),
            is_work=REFRESH not in request.headers,
        )
        if session is None and not accounts.has_accounts(connection, hub.school_id):
            raise NoAccountYet
    if session is None:
        opens = request.method in READING or _is_page_too(request)
        wanted = request.url.path if opens else "/"
        raise NotSignedIn(f"{wanted}?{request.url.query}" if request.url.query else wanted)
    return _Known(session, token)


def _is_page_too(request: Request) -> bool:
    """Whether there is a page where a form was sent."""
    opening = {**request.scope, "method": "GET"}
    return any(route.matches(opening)[0] is Match.FULL for route in request.app.routes)


async def read_form(request: Request) -> Form:
    """Read what was sent, and not more than a form may hold."""
    if request.method in READING:
        return Form()
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LONGEST_FORM_BYTES:
        raise HTTPException(413, f"A form may hold {LONGEST_FORM_BYTES} bytes.")
    if "transfer-encoding" in request.headers:
        raise HTTPException(411, "Say how long the form is.")
    try:
        sent = await request.form(max_fields=MOST_FIELDS, max_files=4)
    except ClientDisconnect as error:  # nobody is there any more to be answered
        raise HTTPException(400, "The form broke off.") from error
    typed: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            files[name] = Upload(value.filename or "", await value.read())
        else:
            typed[name] = value
            many.setdefault(name, []).append(value)
    await sent.close()
    return Form(typed, many, files)


async def _form(request: Request, known: Annotated[_Known, Depends(_known)]) -> Form:
    # After `_known`: of a stranger nothing is read.
    form = await read_form(request)
    if request.method not in READING:
        demand_key(form, known.token)
    return form


def demand_key(form: Form, token: str) -> None:
    """See that a form is one that was given to this session.

    Raises:
        FormForged: It is not.
    """
    shown = form.typed.pop(FORM_KEY, "")
    if not secrets.compare_digest(shown.encode(), sessions.form_key(token).encode()):
        raise FormForged


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets those in who have a right."""

    right: Right

    async def __call__(
        self,
        request: Request,
        hub: TheHub,
        known: Annotated[_Known, Depends(_known)],
        form: Annotated[Form, Depends(_form)],
    ) -> Desk:
        """Say who is there, if they may."""
        session = known.session
        person = session.person
        if self.right not in person.rights:
            raise NotAllowed(person.rights)
        if person.password_is_first and self.right is not Right.OWN_ACCOUNT:
            raise PasswordIsFirst
        return Desk(hub, request, person, form, known.token, session.school, session.said)


def allowed(right: Right) -> Any:
    """The parameter by which a page says which right it wants and gets its `Desk`."""
    return Depends(Gate(right))


async def answer_not_signed_in(request: Request, error: Exception) -> Response:
    """To the sign-in, and back from there; a form that was sent too late is not done."""
    lost = ""
    if request.method not in READING:
        lost = "&chua-luu=con" if await _keep_late(request, str(error)) else "&chua-luu=1"
    return RedirectResponse(f"/dang-nhap?den={quote(str(error))}{lost}", 303)


async def _keep_late(request: Request, page: str) -> bool:
    """Keep what was typed for whoever the session was of; whether there was anything to keep."""
    hub: Hub = request.app.state.hub
    token = request.cookies.get(cookie_name(request), "")
    with hub.engine.begin() as connection:
        owner = sessions.whose(connection, hub.school_id, token)
    if not owner or not _is_short_form(request):
        return False
    try:
        form = await read_form(request)
        demand_key(form, token)
    except (HTTPException, FormForged):
        return False
    sent = ((name, one) for name, many in form.many.items() for one in many)
    typed = tuple((name, words) for name, words in sent if name != FORM_KEY)
    if not SECRETS.isdisjoint(form.typed) or not any(words.strip() for _, words in typed):
        return False
    address = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    LATE.keep(LateForm(address, page, typed), owner, hub.clock.now())
    return True


def _is_short_form(request: Request) -> bool:
    """Whether it is of fields alone, without files."""
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "")
    is_short = length.isdigit() and int(length) <= LONGEST_LATE_BYTES
    return is_short and kind.startswith("application/x-www-form-urlencoded")


def answer_no_account(request: Request, _error: Exception) -> Response:
    """At the hub's own machine to the first page; elsewhere a sentence."""
    if is_own_machine(request):
        return RedirectResponse("/bat-dau", 303)
    return _sorry("Bàn thủ thư chưa được mở", NOT_OPENED)


def answer_not_allowed(request: Request, error: Exception) -> Response:
    """A sentence, and nothing of what was asked for; from the first page to one of their own."""
    if request.url.path == "/":
        own = frame.sections_for(request.app.state.pages, error.args[0], "/")
        return RedirectResponse(own[0].path, 303)
    return _sorry("Trang này không dành cho vai trò của bạn", "Nếu cần dùng, hãy nhờ thủ thư.")


def answer_password_is_first(_request: Request, _error: Exception) -> Response:
    """To the page where one's own password is changed."""
    return RedirectResponse("/mat-khau", 303)


def answer_forged(_request: Request, _error: Exception) -> Response:
    """What was sent is not done; the page has to be opened anew."""
    return _sorry("Trang đã cũ, chưa lưu gì", "Hãy quay lại, tải lại trang rồi gửi lần nữa.")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, not a kiosk or a command."""
    return "text/html" in request.headers.get("accept", "")


async def answer_http_error(request: Request, error: Exception) -> Response:
    """A sentence for people; for programs as the framework says it."""
    assert isinstance(error, StarletteHTTPException)
    if not wants_page(request):
        return await http_exception_handler(request, error)
    title, words = _ERRORS.get(error.status_code, _ERRORS[404])
    return _sorry(title, words, error.status_code)


async def answer_invalid(request: Request, error: Exception) -> Response:
    """A page that cannot be: for people as one that is not there."""
    assert isinstance(error, RequestValidationError)
    if not wants_page(request):
        return await request_validation_exception_handler(request, error)
    return _sorry(*_ERRORS[404], 422)


def answer_busy() -> Response:
    """That the records cannot be used just now."""
    return _sorry("Dữ liệu đang bận", "Chưa lưu gì. Hãy thử lại sau ít giây.", 503)


_ERRORS = {
    404: ("Không có trang này", "Có thể bản ghi đã bị xóa, hoặc địa chỉ gõ nhầm."),
    405: ("Không có trang này", "Hãy mở lại từ trang đầu."),
    411: ("Chưa nhận được", "Trình duyệt gửi thiếu độ dài. Hãy thử trình duyệt khác."),
    413: ("Tệp lớn quá", "Tệp gửi lên dài hơn mức nhận được. Hãy tách nhỏ rồi gửi lại."),
    421: ("Hãy mở trên máy chủ thư viện", "Từ máy khác, dùng địa chỉ https của máy chủ."),
}


def _sorry(title: str, words: str, status_code: int = 403) -> Response:
    page = frame.render("sorry.html", school="", title=title, words=words)
    return HTMLResponse(page, status_code)


NOT_OPENED = (
    "Hãy mở trang này ngay trên máy chủ thư viện một lần để tạo tài khoản thủ thư. "
    "Sau đó các máy khác trong trường mới vào được."
)
