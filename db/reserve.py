"""Room kept back on the disk, so that the last loans can be written when it is full.

A full disk is noticed by the first loan that no longer fits. SQLite takes it back whole; the
reserve is let go, and the loan is tried again. What is then left serves for thousands more, and
the screen tells the librarian all the while.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

RESERVE_BYTES = 16 * 1024 * 1024
"""A loan costs 32 kB of disk traffic but under 2 kB of room: more than a school year of them."""

_CHUNK = bytes(1024 * 1024)


class Reserve:
    """A file that is there to be deleted."""

    def __init__(self, folder: Path, size: int = RESERVE_BYTES) -> None:
        self._file = folder / "reserve"
        self._size = size

    def fill(self) -> bool:
        """Take the room, if the disk has as much again besides; say whether it is held."""
        if self._is_full_size():
            return True
        if shutil.disk_usage(self._file.parent).free < 2 * self._size:
            return False
        try:
            self._write()
        except OSError:
            self._file.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give the room back; False if none was held."""
        try:
            self._file.unlink()
        except FileNotFoundError:
            return False
        return True

    def _is_full_size(self) -> bool:
        return self._file.exists() and self._file.stat().st_size >= self._size

    def _write(self) -> None:
        # Written, not only claimed: a file system may promise room that it does not have.
        with self._file.open("wb") as file:
            for _ in range(self._size // len(_CHUNK)):
                file.write(_CHUNK)
            file.write(_CHUNK[: self._size % len(_CHUNK)])
            file.flush()
            os.fsync(file.fileno())
