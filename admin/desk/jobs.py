"""Work that takes longer than people wait: done beside the pages, one at a time, in memory only.

Whoever began it may leave and come back; a hub that ends finishes what was begun before it.
Keeps out what the work is, and HTTP.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

KEPT = timedelta(minutes=30)
"""For how long an outcome waits for whoever began it."""
MOST = 16
"""Of all people at a time; the oldest that is done gives way."""

_log = structlog.get_logger()


class TooMuchAtOnce(Exception):
    """As many jobs as may be are waiting or being done."""


@dataclass(slots=True)
class Progress:
    """How far a job is; written by its thread, read by pages."""

    words: str = ""
    done: int = 0
    total: int = 0
    """0 where nobody knows."""

    def tell(self, words: str, done: int = 0, total: int = 0) -> None:
        """Say what is being done now, and how much of it."""
        self.words, self.done, self.total = words, done, total


Work = Callable[[Progress], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work."""

    word: str
    """By which its owner's page asks for it."""
    owner: str
    title: str
    then: Callable[[Any, Any], Any]
    """The page that its outcome leads to, of the desk that asks and the outcome."""
    hands_out: bool
    """Whether that is a file, which a page offers first."""
    begun_at: datetime
    progress: Progress
    future: Future[Any]

    @property
    def is_done(self) -> bool:
        """Whether it is over, well or not."""
        return self.future.done()

    @property
    def has_failed(self) -> bool:
        """Whether it ended in a mistake of ours."""
        return self.future.done() and self.future.exception() is not None


@dataclass(slots=True)
class Jobs:
    """The jobs of this process."""

    _jobs: dict[str, Job] = field(default_factory=dict)
    _over_since: dict[str, datetime] = field(default_factory=dict)
    """When each was first found to be over."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _worker: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="job")
    )

    def begin(
        self,
        owner: str,
        title: str,
        work: Work,
        then: Callable[[Any, Any], Any],
        now: datetime,
        hands_out: bool = False,
    ) -> Job:
        """Have some work done as soon as what was begun before is.

        Raises:
            TooMuchAtOnce: Nothing of all that was begun is done.
        """
        progress = Progress("Đang chờ đến lượt")
        with self._lock:
            self._make_room(now)
            future = self._worker.submit(work, progress)
            word = secrets.token_urlsafe(16)
            job = Job(word, owner, title, then, hands_out, now, progress, future)
            self._jobs[word] = job
        future.add_done_callback(_tell_mistake)
        return job

    def find(self, word: str, owner: str, now: datetime) -> Job | None:
        """A job, if it is still here and theirs."""
        with self._lock:
            self._forget(now)
            job = self._jobs.get(word)
        return job if job is not None and job.owner == owner else None

    def of(self, owner: str, now: datetime) -> list[Job]:
        """Everything that somebody has begun, the oldest first."""
        with self._lock:
            self._forget(now)
            return [job for job in self._jobs.values() if job.owner == owner]

    def _make_room(self, now: datetime) -> None:
        self._forget(now)
        while len(self._jobs) >= MOST:
            oldest = next((word for word, job in self._jobs.items() if job.is_done), None)
            if oldest is None:
                raise TooMuchAtOnce
            del self._jobs[oldest]

    def _forget(self, now: datetime) -> None:
        over = [word for word, job in self._jobs.items() if job.is_done]
        self._over_since = {word: self._over_since.get(word, now) for word in over}
        for word, since in self._over_since.items():
            if now - since > KEPT:
                del self._jobs[word]


def _tell_mistake(future: Future[Any]) -> None:
    error = future.exception()
    if error is not None:  # its words may hold a child's name
        _log.error("job.failed", error=type(error).__name__)


JOBS = Jobs()
"""Of this process."""
