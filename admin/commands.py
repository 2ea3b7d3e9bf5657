"""What the hub's commands do: serve, enrol a kiosk, list loans. Keeps out how they are spelt.

A fault that a person can mend ends in one sentence and exit status 2.
"""

from __future__ import annotations

import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from admin import backup_rounds, listing
from admin.app import create_app
from admin.hub import FIRST_SCHOOL
from admin.kiosks import enrol, is_enrolled
from admin.overview import loans
from db.clock import SystemClock, local_day
from db.demo import fill_demo_school
from db.engine import open_engine, open_read_only, sqlite_url
from db.errors import DatabaseDamaged, DatabaseInUse, DatabaseTooNew, DatabaseUnreachable

STOP_WITHIN_S = 8
"""How long a hub that was told to stop lets requests end: longer than any of them may take."""


def serve(options: Namespace) -> None:
    """Answer kiosks and the librarian's browser until told to stop."""
    if not _is_loopback(options.host):
        _stop(
            f"{options.host} would open the pages to the network, and they name children but "
            "have no sign-in and no TLS yet: serve on 127.0.0.1."
        )
    with closing(_listen(options.host, options.port)) as listening, _opened(options) as engine:
        if options.demo:
            fill_demo_school(engine, FIRST_SCHOOL, SystemClock().now())
        with backup_rounds.kept(options, engine):
            _run(engine, listening)


def enrol_kiosk(options: Namespace) -> None:
    """Show a kiosk's token, this once, or write it to a file of its own."""
    now = SystemClock().now()
    with _opened(options) as engine, engine.begin() as connection:
        if is_enrolled(connection, FIRST_SCHOOL, options.name) and not options.replace:
            _stop(f"{options.name} has a token already; --replace ends it and gives a new one.")
        token = enrol(connection, FIRST_SCHOOL, options.name, now)
        if options.token_file is not None:
            _write_secret(options.token_file, token)
    if options.token_file is None:
        print(token)


def list_loans(options: Namespace) -> None:
    """Print the loans, newest first; also while the hub runs."""
    day = local_day(SystemClock().now()) if options.today else None
    try:
        with _opened(options, open_read_only) as engine, engine.begin() as connection:
            rows = loans(connection, FIRST_SCHOOL, day)
    except DatabaseError as error:
        _stop(f"the records cannot be read: {_first_line(error)}")
    print(listing.as_json(rows) if options.json else listing.as_text(rows))


def _run(engine: Engine, listening: socket.socket) -> None:
    server: list[uvicorn.Server] = []
    config = uvicorn.Config(
        create_app(engine, SystemClock(), is_ending=lambda: server[0].should_exit),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"The desk is at http://{shown}:{port}/ (Ctrl+C to stop)", flush=True)
    # uvicorn ends its work on a signal and then raises it again: leave by the ordinary way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server.append(uvicorn.Server(config))
    with suppress(KeyboardInterrupt):
        server[0].run(sockets=[listening])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        _stop(
            f"port {port} of {host} cannot be had ({error.strerror}): does the hub run already? "
            "Choose another with --port."
        )


@contextmanager
def _opened(
    options: Namespace, open_records: Callable[[str], Engine] = open_engine
) -> Iterator[Engine]:
    engine = _open(options.database or _own_file(options.data), open_records)
    try:
        yield engine
    finally:
        engine.dispose()


def _own_file(data: Path) -> str:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        _stop(f"the folder {data} cannot be made: {error.strerror}.")
    return sqlite_url(data / "hub.db")


def _open(url: str, open_records: Callable[[str], Engine]) -> Engine:
    try:
        return open_records(url)
    except DatabaseInUse:
        _stop("máy chủ thư viện đang chạy, hãy dừng lại trước (the hub is running: stop it first).")
    except DatabaseDamaged as error:
        _stop(f"the records in {error} are damaged: bring back the latest backup.")
    except DatabaseTooNew as error:
        _stop(f"a later version wrote the records in {error}: update this one.")
    except DatabaseUnreachable as error:
        _stop(f"the records in {error} cannot be opened: {_first_line(error.__cause__)}")
    except (ImportError, SQLAlchemyError) as error:
        _stop(f"the records cannot be opened: {_first_line(error)}")


def _first_line(error: BaseException | None) -> str:
    return str(error).partition("\n")[0]


def _write_secret(file: Path, token: str) -> None:
    """Write a file that only its owner may read, from its first moment on."""
    try:
        file.unlink(missing_ok=True)
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(f"{token}\n", encoding="ascii")
    except OSError as error:
        _stop(f"{file} cannot be written: {error.strerror}.")


def _stop(sentence: str) -> NoReturn:
    print(f"admin: {sentence}", file=sys.stderr)
    raise SystemExit(2)
