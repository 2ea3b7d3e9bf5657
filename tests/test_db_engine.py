"""Opening the records: the settings that keep a loan, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from db.engine import MIGRATIONS, NEWEST, open_engine, sqlite_url
from db.errors import DatabaseDamaged, DatabaseTooNew
from db.models import Base


def _pragma(engine: Engine, name: str) -> object:
    with engine.begin() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_file_is_opened_safely(tmp_path: Path) -> None:
    """Given a new file, when opened, then WAL, FULL and foreign keys are on."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    settings = {name: _pragma(engine, name) for name in ("journal_mode", "synchronous")}
    foreign_keys = _pragma(engine, "foreign_keys")
    engine.dispose()

    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert foreign_keys == 1


def test_write_lock_is_taken_before_reading(tmp_path: Path) -> None:
    """Given a transaction that only read so far, when another process writes, then it waits."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        raw = connection.connection.dbapi_connection
        assert raw is not None
        in_transaction = raw.in_transaction
    engine.dispose()

    assert in_transaction


def test_migrations_make_the_models(tmp_path: Path) -> None:
    """Given a migrated file, then it differs from the models in nothing."""
    engine = open_engine(sqlite_url(tmp_path / "a.db"))
    with engine.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
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
