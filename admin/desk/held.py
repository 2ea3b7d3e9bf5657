"""Files that were looked at and wait to be written, in memory only: they may name children.

A hub that ends forgets them; the file is then chosen again.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from admin.desk.forms import Upload

KEPT = timedelta(minutes=30)
MOST = 8
"""Files at a time; the oldest gives way."""


LONG_BYTES = 200_000
"""A list of some thousands of lines; what is longer is read beside the pages (`jobs`)."""


def is_long(upload: Upload) -> bool:
    """Whether people would wait too long for a file to be read."""
    return len(upload.content) > LONG_BYTES


@dataclass(frozen=True, slots=True)
class _Held:
    upload: Upload
    owner: str
    since: datetime


class HeldFiles:
    """Files by a word that only their owner's page knows."""

    def __init__(self) -> None:
        self._files: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def keep(self, upload: Upload, owner: str, now: datetime) -> str:
        """Keep a file for its owner; the word it is asked for by."""
        word = secrets.token_urlsafe(16)
        with self._lock:
            self._forget(now)
            while len(self._files) >= MOST:
                del self._files[next(iter(self._files))]
            self._files[word] = _Held(upload, owner, now)
        return word

    def find(self, word: str, owner: str, now: datetime) -> Upload | None:
        """The file, if it is still there and theirs."""
        with self._lock:
            self._forget(now)
            held = self._files.get(word)
        return held.upload if held is not None and held.owner == owner else None

    def drop(self, word: str) -> None:
        """Forget a file."""
        with self._lock:
            self._files.pop(word, None)

    def _forget(self, now: datetime) -> None:
        old = [word for word, held in self._files.items() if now - held.since > KEPT]
        for word in old:
            del self._files[word]


HELD = HeldFiles()
"""Of this process."""
