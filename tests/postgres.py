"""A PostgreSQL server of the tests' own: in a temporary folder, reached by its socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, Select, Update, text

from db.engine import open_engine

T = TypeVar("T")
START_WITHIN_S = 60.0
_OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20")


class PostgresServer:
    """Gives out new databases, each under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self._filled: dict[Callable[[Engine], object], str] = {}

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        return self._url(self._new_name("template1"))

    def new_records(self, fill: Callable[[Engine], object] = id) -> str:
        """Make a database with all our tables and what `fill` enters, and return its URL.

        Both take a while: they are made once, and copied.
        """
        if fill not in self._filled:
            name = self._new_name("template1")
            engine = open_engine(self._url(name))
            fill(engine)
            engine.dispose()  # a database that somebody looks at cannot be copied
            self._filled[fill] = name
        return self._url(self._new_name(self._filled[fill]))

    def _new_name(self, template: str) -> str:
        self._made += 1
        name = f"school_{self._made}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def is_ready(self) -> bool:
        """Whether it answers yet."""
        try:
            psycopg.connect(self._conninfo("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _conninfo(self, name: str) -> str:
        return f"host={self._folder} user=postgres dbname={name}"


def programs() -> Path | None:
    """Where Debian keeps the server's programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def running(programs: Path) -> Iterator[PostgresServer]:
    """Start a server, and stop it at the end; never as root, which it refuses."""
    with tempfile.TemporaryDirectory(prefix="tram-sach-pg-") as name:
        folder = Path(name)
        user = _ordinary_user()
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data = folder / "data"
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-N"]
        encoding = ["-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run([*initdb, *encoding], user=user, cwd=folder, check=True, capture_output=True)
        words = [str(programs / "postgres"), "-D", str(data), "-k", name, *_OPTIONS]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(words, user=user, cwd=folder, stdout=log, stderr=log)
        try:
            yield _wait_for(PostgresServer(folder), process)
        finally:
            process.send_signal(signal.SIGQUIT)  # ends at once and writes nothing: all of it goes
            process.wait(START_WITHIN_S)


def told_after(engine: Engine, held: Select[Any], change: Update, act: Callable[[], T]) -> T:
    """What an act answers that has to wait for rows which others hold, and have changed."""
    with ThreadPoolExecutor(1) as beside:
        with engine.begin() as connection:
            connection.execute(held.with_for_update())
            told = beside.submit(act)
            while not connection.execute(_SOMEBODY_WAITS).scalar_one():
                assert not told.done(), told
                time.sleep(0.02)
            connection.execute(change)
        return told.result()


_SOMEBODY_WAITS = text("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")


def _ordinary_user() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def _wait_for(server: PostgresServer, process: subprocess.Popen[bytes]) -> PostgresServer:
    until = time.monotonic() + START_WITHIN_S
    while not server.is_ready():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.05)
    return server
