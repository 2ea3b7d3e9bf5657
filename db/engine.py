"""Opens the database file or server. Keeps out what is in it.

SQLite is opened with the settings measured in the sync report: WAL, FULL (NORMAL lost
loans that had been shown green in 7 of 60 power cuts), and the write lock taken before
the first read, so that a decision is never made on facts another writer is changing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    exc,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.pool import QueuePool

from db import care, catalogue_index
from db.errors import (
    DatabaseDamaged,
    DatabaseInUse,
    DatabaseTooNew,
    DatabaseUnreachable,
)

LOCK_WAIT_S = 5.0
"""How long a writer waits for another process before it gives up."""

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0020"
"""The revision that `models.py` describes."""
MIGRATION_LOCK = 0x7472616D
"""Which of a PostgreSQL server's advisory locks is ours: "tram"."""


def sqlite_url(path: Path) -> str:
    """The database URL of a file."""
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """Open `url` for this process alone, check it, and bring its tables up to this version.

    Raises:
        DatabaseInUse: Another process has the file.
        DatabaseDamaged: The file fails its integrity check.
        DatabaseTooNew: A later version of the program wrote it.
        DatabaseUnreachable: It cannot be opened at all.
    """
    name = str(make_url(url).database)
    try:
        engine = _sqlite(url, name) if url.startswith("sqlite") else _server(url)
        _migrate(engine, name)
        event.listen(engine, "commit", catalogue_index.index_stale)
    except (exc.OperationalError, OSError) as error:
        raise DatabaseUnreachable(name) from error
    return engine


def open_read_only(url: str) -> Engine:
    """Open `url` to look something up while another process may be writing it."""
    if not url.startswith("sqlite"):
        return _server(url)
    file = Path(str(make_url(url).database)).resolve().as_uri()  # with Windows' drive letters too
    return create_engine(f"sqlite:///{file}?mode=ro&uri=true", hide_parameters=True)


def _server(url: str) -> Engine:
    return create_engine(url, hide_parameters=True)


def _sqlite(url: str, name: str) -> Engine:
    # One connection for the whole process, one process for the file: SQLite before 3.51.3 can
    # corrupt it when two write and checkpoint at once; Debian 12 ships 3.40.1 (decision 0002).
    engine = create_engine(
        url,
        hide_parameters=True,  # no card number in an error's text
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        connect_args={"timeout": LOCK_WAIT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    held = hold_file(name)
    event.listen(engine, "engine_disposed", lambda _engine: held.release())
    try:
        _check(engine, name)
    except (DatabaseDamaged, exc.OperationalError):
        engine.dispose()
        raise
    return engine


def hold_file(name: str) -> FileLock:
    """Keep other processes out of a file until released or this process ends.

    Raises:
        DatabaseInUse: Another process has it.
    """
    lock = FileLock(f"{name}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise DatabaseInUse(name) from error
    return lock


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy, not sqlite3, says BEGIN
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",
        "wal_autocheckpoint=1000",
        "journal_size_limit=-1",  # used again, a log costs half the flushes of one that grows
        "mmap_size=0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    # Straight to the driver: a tenth of a loan's time went into SQLAlchemy's way of saying it.
    try:
        connection.connection.cursor().execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise exc.OperationalError("BEGIN IMMEDIATE", None, error) from error


def _check(engine: Engine, name: str) -> None:
    """Read the whole file once: 64 to 85 ms for 100 000 copies (sync report, B2)."""
    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    except exc.OperationalError:
        raise  # locked, full, not to be opened: says nothing of what is in the file
    except exc.DatabaseError as error:
        raise DatabaseDamaged(name) from error
    if verdict != "ok":
        raise DatabaseDamaged(name)


def _migrate(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        revision = _revision(connection)
    if revision == NEWEST:
        return
    if revision is not None and not is_known(revision):
        raise DatabaseTooNew(name)
    if revision is not None and engine.dialect.name == "sqlite":
        _keep_as_it_was(Path(name), revision)
    with _foreign_keys_at_rest(engine), engine.begin() as connection:
        _take_turns(connection)
        if _revision(connection) == NEWEST:
            return  # another process was faster
        _upgrade(connection)
        # A table made anew has lost its triggers, so the whole catalogue is indexed again.
        catalogue_index.reindex(connection)
        if connection.dialect.name == "sqlite":
            _check_foreign_keys(connection, name)


def _keep_as_it_was(path: Path, revision: str) -> None:
    """Copy a file before its tables are made anew: `kiosk-before-0005-from-0004.db`."""
    kept = path.with_name(f"{path.stem}-before-{NEWEST}-from-{revision}{path.suffix}")
    try:
        care.copy_file(path, kept)
    except sqlite3.Error as error:
        raise DatabaseUnreachable(str(kept)) from error


def _take_turns(connection: Connection) -> None:
    """Let one process at a time migrate a server's tables; a file has but one process anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))


@contextmanager
def _foreign_keys_at_rest(engine: Engine) -> Iterator[None]:
    """On SQLite a table that others point to is altered by making it anew and dropping the old.

    The pragma does nothing inside a transaction; the pool has one connection, so it stays set.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    _say(engine, "PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        _say(engine, "PRAGMA foreign_keys=ON")


def _say(engine: Engine, pragma: str) -> None:
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute(pragma)


def _check_foreign_keys(connection: Connection, name: str) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise DatabaseDamaged(name)


def is_known(revision: str) -> bool:
    """Whether this version of the program made that revision, or can bring it up to date."""
    return any((MIGRATIONS / "versions").glob(f"{revision}_*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # loaded only when there is something to migrate
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    command.upgrade(settings, NEWEST)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
