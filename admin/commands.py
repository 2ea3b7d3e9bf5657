"""What the hub's commands do: serve, enrol, revoke, list loans. Keeps out how they are spelt.

A fault that a person can mend ends in one sentence and exit status 2.
"""

from __future__ import annotations

import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import httpx
import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from admin import backup_rounds, errands, kiosk_copies, lan, listing
from admin.app import create_app
from admin.backup_rounds import BackupRounds
from admin.desk import accounts
from admin.enrolment import CODE_MINUTES, invite
from admin.hub import FIRST_SCHOOL, Hub, collect_seldom
from admin.kiosks import enrol, is_enrolled, revoke
from admin.listening import listen
from admin.overview import loans
from admin.trust import Trust, open_trust, own_addresses
from db.clock import SystemClock, local_day
from db.demo import fill_demo_school
from db.engine import open_engine, open_read_only, sqlite_url
from db.errors import DatabaseDamaged, DatabaseInUse, DatabaseTooNew, DatabaseUnreachable
from db.sync.pairing import Invitation, as_read_out

STOP_WITHIN_S = 8
"""How long a hub that was told to stop lets requests end: longer than any of them may take."""


def serve(options: Namespace) -> None:
    """Answer kiosks and the librarian's browser until told to stop."""
    if not _is_loopback(options.host):
        _stop(
            f"{options.host} would send pages that name children unencrypted: serve on 127.0.0.1, "
            f"and let kiosks and browsers in by TLS with --lan {options.host}."
        )
    with closing(_listen(options.host, options.port)) as listening, _opened(options) as engine:
        if options.demo:
            fill_demo_school(engine, FIRST_SCHOOL, SystemClock().now())
        with backup_rounds.kept(options, engine) as rounds:
            _run(options, engine, listening, rounds)


def enrol_kiosk(options: Namespace) -> None:
    """Let a kiosk in: by a code that is typed or scanned there, or with its token."""
    if options.kiosk is not None:
        _invite(options)
        return
    now = SystemClock().now()
    with _opened(options) as engine, engine.begin() as connection:
        if is_enrolled(connection, FIRST_SCHOOL, options.name) and not options.replace:
            _stop(f"{options.name} has a token already; --replace ends it and gives a new one.")
        token = enrol(connection, FIRST_SCHOOL, options.name, now)
        if options.token_file is not None:
            _write_secret(options.token_file, token)
    if options.token_file is None:
        print(token)


def revoke_kiosk(options: Namespace) -> None:
    """End the trust in a kiosk, also while the hub runs."""
    note = errands.running(options.data)
    if note is not None:
        revoked = bool(_ask(note, "revocations", options.name))
    else:
        with _opened(options) as engine, engine.begin() as connection:
            revoked = revoke(connection, FIRST_SCHOOL, options.name, SystemClock().now())
            kiosk_copies.drop_of_revoked(connection, FIRST_SCHOOL, options.data)
    if not revoked:
        _stop(f"there is no station {options.name} to revoke.")
    print(f"{options.name} is revoked: at its next contact it forgets what it knows of people.")


def reset_password(options: Namespace) -> None:
    """Give an account of the desk a first password, also while the hub runs."""
    note = errands.running(options.data)
    if note is not None:
        password = str(_ask(note, "passwords", options.name))
    else:
        with _opened(options) as engine, engine.begin() as connection:
            now = SystemClock().now()
            password = accounts.reset(connection, FIRST_SCHOOL, options.name, now) or ""
    if not password:
        _stop(f"there is no account {options.name}.")
    print(f"{options.name}: mật khẩu tạm, phải đổi khi đăng nhập (to be changed at sign-in)\n")
    print(f"    {password}")


def _invite(options: Namespace) -> None:
    """Show a pairing code, and the text of a QR code that says the same and where the hub is."""
    note = errands.running(options.data)
    if note is not None:
        code = str(_ask(note, "codes", options.kiosk))
    else:
        with _opened(options) as engine, engine.begin() as connection:
            code = invite(connection, FIRST_SCHOOL, options.kiosk, SystemClock().now())
    url = _lan_url(options, note)
    invitation = Invitation(code, url, _trust(options).fingerprint)
    print(f"{options.kiosk}: mã ghép, dùng một lần, trong {CODE_MINUTES} phút")
    print(f"(pairing code, once, within {CODE_MINUTES} minutes)\n")
    print(f"    {as_read_out(code)}\n")
    print(f"QR: {invitation.payload}\n")
    print(f"Trên trạm (at the station): python -m kiosk enrol '{invitation.payload}'")


def _lan_url(options: Namespace, note: errands.Note | None) -> str:
    """Where a station finds this hub: as was said, as the hub says, or as it would by default."""
    port = options.lan_port
    if options.address:
        host, colon, given = options.address.rpartition(":")
        is_whole = colon and given.isdigit() and not host.endswith(":")
        return f"https://{options.address}" if is_whole else f"https://{options.address}:{port}"
    if note is not None and note.lan_url:
        return note.lan_url
    return _url("https", next(iter(own_addresses()), "127.0.0.1"), port)


def _ask(note: errands.Note, errand: str, name: str) -> str | bool:
    try:
        return errands.ask(note, errand, name)
    except httpx.HTTPError as error:
        _stop(f"the running hub does not do it: {error}")


def _trust(options: Namespace) -> Trust:
    try:
        return open_trust(options.data, SystemClock().now())
    except (OSError, ValueError) as error:
        _stop(f"the hub's authority in {options.data / 'trust'} cannot be used: {error}")


def list_loans(options: Namespace) -> None:
    """Print the loans, newest first; also while the hub runs."""
    day = local_day(SystemClock().now()) if options.today else None
    try:
        with _opened(options, open_read_only) as engine, engine.begin() as connection:
            rows = loans(connection, FIRST_SCHOOL, day)
    except DatabaseError as error:
        _stop(f"the records cannot be read: {_first_line(error)}")
    print(listing.as_json(rows) if options.json else listing.as_text(rows))


def _run(
    options: Namespace, engine: Engine, listening: socket.socket, rounds: BackupRounds
) -> None:
    server: list[uvicorn.Server] = []
    key = errands.new_key()
    trust = _trust(options)
    kiosk_copies.drop_broken_off(options.data)
    app = create_app(
        engine,
        SystemClock(),
        FIRST_SCHOOL,
        lambda: server[0].should_exit,
        trust,
        key,
        options.data,
        rounds.state,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=lan.KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    own_url = _url("http", *listening.getsockname()[:2])
    # uvicorn ends its work on a signal and then raises it again: leave by the ordinary way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server.append(uvicorn.Server(config))
    with suppress(KeyboardInterrupt), ExitStack() as doors:
        lan_url = app.state.lan_url = _open_lan(options, app.state.hub, trust, doors)
        doors.enter_context(
            errands.open_to(options.data, errands.Note(url=own_url, key=key, lan_url=lan_url))
        )
        collect_seldom()
        print(f"The desk is at {own_url}/ (Ctrl+C to stop)", flush=True)
        if lan_url:
            print(f"Kiosks come in at {lan_url}/", flush=True)
        server[0].run(sockets=[listening])


def _open_lan(options: Namespace, hub: Hub, trust: Trust, doors: ExitStack) -> str:
    """Let kiosks in from the network, if that is asked for; where."""
    if options.lan is None:
        return ""
    listening = doors.enter_context(closing(_listen(options.lan, options.lan_port)))
    doors.enter_context(lan.open_door(hub, trust, options.data, listening))
    host, port = listening.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = next(iter(own_addresses()), "127.0.0.1")
    return _url("https", host, port)


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
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
