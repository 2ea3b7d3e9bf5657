"""An empty database with all its tables, which take a while to make: made once, copied."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from db.engine import open_engine, sqlite_url


@cache
def empty_records() -> bytes:
    """The file's content."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        open_engine(sqlite_url(file)).dispose()
        return file.read_bytes()
