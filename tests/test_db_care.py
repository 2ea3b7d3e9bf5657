"""Looking after a SQLite file: copies before migrations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from db import care
from db.engine import MIGRATIONS, NEWEST, open_engine, sqlite_url


def test_migration_keeps_the_file_as_it_was(tmp_path: Path) -> None:
    """Given a file of an earlier version, when opened, then a whole copy of it is beside it."""
    path = tmp_path / "kiosk.db"
    _make_version(path, "0004")
    open_engine(sqlite_url(path)).dispose()
    kept = tmp_path / f"kiosk-before-{NEWEST}-from-0004.db"
    with closing(sqlite3.connect(kept)) as connection:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()

    assert version == ("0004",)
    assert care.is_whole(kept)


def _make_version(path: Path, revision: str) -> None:
    engine = create_engine(sqlite_url(path))
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    engine.dispose()
