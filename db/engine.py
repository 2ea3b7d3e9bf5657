"""Opens the database file or server. Keeps out what is in it.

SQLite is opened with the settings measured in the sync report: WAL, FULL (NORMAL lost
loans that had been shown green in 7 of 60 power cuts), and the write lock taken before
the first read, so that a decision is never made on facts another writer is changing.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.pool import QueuePool

from db.errors import DatabaseDamaged, DatabaseTooNew

LOCK_WAIT_S = 5.0
"""How long a writer waits for another process before it gives up."""

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0001"
"""The revision that `models.py` describes."""


def sqlite_url(path: Path) -> str:
    """The database URL of a file."""
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """Open `url`, check it, and bring its tables up to this version.

    Raises:
        DatabaseDamaged: The file fails its integrity check.
        DatabaseTooNew: A later version of the program wrote it.
    """
    engine = _sqlite(url) if url.startswith("sqlite") else _server(url)
    _migrate(engine)
    return engine


def _server(url: str) -> Engine:
    return create_engine(url, hide_parameters=True)


def _sqlite(url: str) -> Engine:
    # One connection for the whole process: SQLite before 3.51.3 can corrupt a file when two
    # connections of it write and checkpoint at once, and Debian 12 ships 3.40.1 (decision 0002).
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
    _check(engine)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy, not sqlite3, says BEGIN
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check(engine: Engine) -> None:
    """Read the whole file once: 64 to 85 ms for 100 000 copies (sync report, B2)."""
    try:
        with engine.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    except Exception as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError) and not isinstance(
            error.__cause__, sqlite3.OperationalError
        ):
            raise DatabaseDamaged(str(engine.url.database)) from error
        raise
    if verdict != "ok":
        raise DatabaseDamaged(str(engine.url.database))


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        if _revision(connection) != NEWEST:
            _upgrade(connection, str(engine.url.database))


def _upgrade(connection: Connection, name: str) -> None:
    from alembic import command  # loaded only when there is something to migrate
    from alembic.config import Config
    from alembic.util.exc import CommandError

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, NEWEST)
    except CommandError as error:
        raise DatabaseTooNew(name) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
