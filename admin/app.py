"""Puts the hub together: the kiosks' door and the librarian's desk. Keeps out what they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin import copies_endpoint, errands, feed, metrics, sync_endpoint, trust_endpoint
from admin.backup_rounds import BackupState
from admin.desk import assets, door, signin
from admin.desk.all_pages import ALL_PAGES
from admin.desk.frame import STATIC
from admin.hub import FIRST_SCHOOL, Hub
from admin.trust import Trust
from db.circulation import Circulation
from db.clock import Clock

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""On every answer that sets none of its own: pages name children, so no copy is left behind."""

RETRY_AFTER_S = 5
"""When a kiosk may ask again, while another process holds the records."""

_log = structlog.get_logger()


def create_app(
    engine: Engine,
    clock: Clock,
    school_id: int = FIRST_SCHOOL,
    is_ending: Callable[[], bool] = lambda: False,
    trust: Trust | None = None,
    errand_key: str = "",
    data: Path | None = None,
    backups: Callable[[], BackupState | None] = lambda: None,
) -> FastAPI:
    """Build the web application of this machine, and begin a run of the hub on its records."""
    feed.begin(engine, clock.now())
    app = _assemble(Hub(engine, clock, school_id, is_ending, trust, data, errand_key, backups))
    _take(app, errands.router, metrics.router)
    return app


def create_lan_app(hub: Hub) -> FastAPI:
    """Build what the school's network may see of a hub: the kiosks' doors, and the desk."""
    return _assemble(hub)


def _assemble(hub: Hub) -> FastAPI:
    # The pages of FastAPI's own documentation load their scripts from the internet.
    app = FastAPI(title="Trạm Sách", docs_url=None, redoc_url=None)
    app.state.hub = hub
    # One for all requests: it knows the rules in force until they change.
    app.state.circulation = Circulation(hub.engine, hub.school_id, hub.clock)
    _take(app, sync_endpoint.router, trust_endpoint.router, copies_endpoint.router)
    app.add_exception_handler(OperationalError, _records_busy)
    app.add_exception_handler(NoConnectionFree, _records_busy)
    app.add_exception_handler(sync_endpoint.WrongProtocol, sync_endpoint.answer_wrong_protocol)
    app.add_exception_handler(sync_endpoint.KioskNotAdmitted, sync_endpoint.answer_not_admitted)
    _add_desk(app)
    app.add_middleware(_Secure)
    return app


def _add_desk(app: FastAPI) -> None:
    app.state.pages = ALL_PAGES
    app.state.lan_url = ""  # where stations come in; told by whoever opens that door
    _take(app, signin.router, assets.router, *(pages.router for pages in ALL_PAGES))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(door.NotSignedIn, door.answer_not_signed_in)
    app.add_exception_handler(door.NoAccountYet, door.answer_no_account)
    app.add_exception_handler(door.NotAllowed, door.answer_not_allowed)
    app.add_exception_handler(door.PasswordIsFirst, door.answer_password_is_first)
    app.add_exception_handler(door.FormForged, door.answer_forged)
    app.add_exception_handler(HTTPException, door.answer_http_error)
    app.add_exception_handler(RequestValidationError, door.answer_invalid)


def _take(app: FastAPI, *routers: APIRouter) -> None:
    """Serve what routers serve.

    `include_router` would build each route anew at the application's first request, which then
    waits a second; none of ours gets a prefix or a dependency by being included.
    """
    for router in routers:
        app.router.routes.extend(router.routes)


class _Secure:
    """Gives every answer the safe headers; as a plain layer, which costs no task of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                _secure(scope["path"], message)
            await send(message)

        await self._app(scope, receive, send_safely)


def _secure(path: str, start: Message) -> None:
    headers = MutableHeaders(scope=start)
    for name, value in SAFE_HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith(("/static/", "/fonts/")) and start["status"] < 400:
        headers["Cache-Control"] = "public, max-age=86400"


async def _records_busy(request: Request, error: Exception) -> Response:
    # The error itself would print the statement's values.
    _log.error("records.unavailable", reason=str(getattr(error, "orig", error)))
    if door.wants_page(request):
        return door.answer_busy()
    return JSONResponse(
        {"detail": "The hub's records cannot be used now: try again later."},
        status_code=503,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
