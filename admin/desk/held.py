"""What waits for its owner's next page, in memory only, for it may name children.

Files that were looked at and wait to be written; forms that were sent after their session had
ended. A hub that ends forgets them.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from admin.desk.forms import Upload

KEPT = timedelta(minutes=30)
MOST = 8
"""Things at a time; the oldest gives way."""


LONG_BYTES = 200_000
"""A list of some thousands of lines; what is longer is read beside the pages (`jobs`)."""


def is_long(upload: Upload) -> bool:
    """Whether people would wait too long for a file to be read."""
    return len(upload.content) > LONG_BYTES


Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class LateForm:
    """A form that came when its session had ended."""

    path: str
    """Where it was sent, with the address's questions."""
    page: str
    """Where one goes who does not send it again."""
    typed: tuple[tuple[str, str], ...]
    """Each field and what was typed, in order, without the key of the session."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Thing]):
    thing: Thing
    owner: str
    since: datetime


class Held(Generic[Thing]):
    """Things by a word that only their owner's page knows."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept[Thing]] = {}
        self._lock = threading.Lock()

    def keep(self, thing: Thing, owner: str, now: datetime) -> str:
        """Keep something for its owner; the word it is asked for by."""
        word = secrets.token_urlsafe(16)
        with self._lock:
            self._forget(now)
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[word] = _Kept(thing, owner, now)
        return word

    def find(self, word: str, owner: str, now: datetime) -> Thing | None:
        """The thing, if it is still there and theirs."""
        with self._lock:
            self._forget(now)
            kept = self._kept.get(word)
        return kept.thing if kept is not None and kept.owner == owner else None

    def take_newest(self, owner: str, now: datetime) -> Thing | None:
        """What was kept last for somebody, which is forgotten by that."""
        with self._lock:
            self._forget(now)
            theirs = [word for word, kept in self._kept.items() if kept.owner == owner]
            return self._kept.pop(theirs[-1]).thing if theirs else None

    def drop(self, word: str) -> None:
        """Forget something."""
        with self._lock:
            self._kept.pop(word, None)

    def _forget(self, now: datetime) -> None:
        old = [word for word, kept in self._kept.items() if now - kept.since > KEPT]
        for word in old:
            del self._kept[word]


HELD = Held[Upload]()
"""Files, of this process."""
LATE = Held[LateForm]()
"""Forms, of this process."""
