"""Looks after a SQLite file: copies it whole, and says whether it is. Keeps out what is in it.

A copy is made by SQLite itself (its backup API) inside one read transaction, so that it is one
moment's records although others write meanwhile. The files are never copied as files while they
are in use: what was committed last is in the ``-wal`` file beside them.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

BESIDE = ("", "-wal", "-shm")
"""What belongs to one database in WAL mode: a file alone may lack its newest transactions."""


def copy_into(source: sqlite3.Connection, target: Path) -> None:
    """Copy what `source` sees, in its open transaction if it has one, into a new single file.

    Raises:
        sqlite3.Error: It cannot be read or written; `target` is then not to be used.
    """
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy)
        # One file that can be carried about: a copy in WAL mode would make two more when read.
        copy.execute("PRAGMA journal_mode=DELETE")
    flush(target)
    flush(target.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy the database in `source`, and put it in the place of `target` only when it is whole.

    Raises:
        sqlite3.Error: It cannot be read or written.
        OSError: The folder cannot be used.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with closing(open_to_read(source)) as connection:
            copy_into(connection, part)
        if not is_whole(part):
            raise sqlite3.DatabaseError("the copy is not whole")
        part.replace(target)
        flush(target.parent)
    finally:
        part.unlink(missing_ok=True)


def open_to_read(path: Path, alone: bool = False) -> sqlite3.Connection:
    """Open a file without ever writing it.

    Args:
        path: The database.
        alone: Whether no program has it, so that nothing beside it need be looked at.
    """
    only = "immutable=1" if alone else "mode=ro"
    uri = f"{path.resolve().as_uri()}?{only}"
    return sqlite3.connect(uri, uri=True, isolation_level=None)


def is_whole(path: Path) -> bool:
    """Whether a file at rest passes SQLite's full check; one that is no database does not."""
    try:
        with closing(open_to_read(path, alone=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error:
        return False
    return bool(verdict == ("ok",))


def flush(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder, whatever happens next."""
    if os.name == "nt" and path.is_dir():
        return  # Windows flushes no folders, and needs to flush none
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
