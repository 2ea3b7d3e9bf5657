"""Opening the records: the settings that keep a loan, and files that cannot be used."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from db.catalogue_triggers import is_in_models
from db.engine import MIGRATIONS, NEWEST, open_engine, open_read_only, sqlite_url
from db.errors import DatabaseDamaged, DatabaseInUse, DatabaseTooNew, DatabaseUnreachable
from db.models import Base


def _pragma(engine: Engine, name: str) -> object:
    with engine.begin() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.flushed
def test_file_is_opened_safely(tmp_path: Path) -> None:
    """Given a new file, when opened, then WAL, FULL and foreign keys are on."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    settings = {name: _pragma(engine, name) for name in ("journal_mode", "synchronous")}
    foreign_keys = _pragma(engine, "foreign_keys")
    engine.dispose()

    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert foreign_keys == 1


def test_log_is_used_again_and_nothing_is_mapped(tmp_path: Path) -> None:
    """Given an opened file, then its settings are those of the power-cut measurements."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    wanted = {
        "wal_autocheckpoint": 1000,
        "journal_size_limit": -1,
        "mmap_size": 0,
        "temp_store": 2,
        "cache_size": -8000,
        "busy_timeout": 5000,
    }
    found = {name: _pragma(engine, name) for name in wanted}
    engine.dispose()

    assert found == wanted


def test_one_connection_writes_and_checkpoints(tmp_path: Path) -> None:
    """Given many threads and a reader, then one connection writes, and the reader cannot flush.

    So two never write and checkpoint at once, which can corrupt a file before SQLite 3.51.3.
    """
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    used: set[int] = set()

    def write(turn: int) -> None:
        with engine.begin() as connection:
            used.add(id(connection.connection.driver_connection))
            connection.exec_driver_sql(f"CREATE TABLE t{turn} (n INTEGER)")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(32)))
    wal = (tmp_path / "a.db-wal").stat().st_size
    reader = open_read_only(sqlite_url(tmp_path / "a.db"))
    with reader.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM t0")
        with pytest.raises(OperationalError):
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    reader.dispose()
    wal_after = (tmp_path / "a.db-wal").stat().st_size
    engine.dispose()

    assert len(used) == 1
    assert wal_after == wal > 0


def test_write_lock_is_taken_before_reading(tmp_path: Path) -> None:
    """Given a transaction that only read so far, when another connection writes, it must wait."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with engine.begin() as connection, closing(sqlite3.connect(tmp_path / "a.db")) as other:
        connection.exec_driver_sql("SELECT count(*) FROM loan")
        other.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM loan")
    engine.dispose()


def test_migrations_make_the_models(tmp_path: Path) -> None:
    """Given a migrated file, then it differs from the models in nothing."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_in_models})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_newest_revision_is_the_scripts_head() -> None:
    """Given the migration scripts, then the revision the engine asks for is their last."""
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == NEWEST


def test_damaged_file_is_told(tmp_path: Path) -> None:
    """Given a file of rubbish, when opened, then it is called damaged and left as it is."""
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database at all" * 500)

    with pytest.raises(DatabaseDamaged, match=r"a\.db"):
        open_engine(sqlite_url(path))
    assert path.read_bytes().startswith(b"not a database")


def test_two_processes_never_share_a_file(tmp_path: Path) -> None:
    """Given an open file, when opened again, then it is in use until the first lets go."""
    first = open_engine(sqlite_url(tmp_path / "a.db"))
    with pytest.raises(DatabaseInUse):
        open_engine(sqlite_url(tmp_path / "a.db"))
    reader = open_read_only(sqlite_url(tmp_path / "a.db"))
    journal = _pragma(reader, "journal_mode")
    with pytest.raises(OperationalError, match="readonly"), reader.begin() as connection:
        connection.exec_driver_sql("DELETE FROM loan")
    reader.dispose()
    first.dispose()
    open_engine(sqlite_url(tmp_path / "a.db")).dispose()

    assert journal == "wal"


def test_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """Given a folder in the file's place, when opened, then it is unreachable."""
    (tmp_path / "a.db").mkdir()

    with pytest.raises(DatabaseUnreachable):
        open_engine(sqlite_url(tmp_path / "a.db"))


def test_later_versions_file_is_refused(tmp_path: Path) -> None:
    """Given a file that a later version migrated, when opened, then it is refused untouched."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()

    with pytest.raises(DatabaseTooNew):
        open_engine(sqlite_url(tmp_path / "a.db"))


def test_errors_hide_what_was_asked(tmp_path: Path) -> None:
    """Given a failing statement, then its error text does not hold the card number."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with pytest.raises(Exception, match="no such table") as caught, engine.begin() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere WHERE card = ?", ("HS204817",))
    engine.dispose()

    assert "HS204817" not in str(caught.value)
