"""Threads that never die in silence. Keeps out what they do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

RESTART_AFTER_S = 2.0
"""A body that failed is begun again after this pause."""

LAST_WORDS_S = 8.0
"""How long the end of the program waits for one thread: a report to a slow hub fits in."""

_log = structlog.get_logger()


class Threads:
    """The station's named threads, joined at the end; but for tasks, restarted on a fault."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def start(self, name: str, body: Callable[[], None]) -> None:
        """Run `body` in a thread called `name`, again and again until it returns."""
        thread = threading.Thread(target=self._keep_alive, args=(name, body), name=name)
        thread.daemon = True  # a stuck device must not keep the station from ending
        self._threads[name] = thread
        thread.start()

    def once(self, name: str, task: Callable[[], None]) -> None:
        """Run `task` in a thread called `name`; one that fails is logged and not begun again."""
        thread = threading.Thread(target=self._try, args=(name, task), name=name, daemon=True)
        self._threads[name] = thread
        thread.start()

    def join(self, *names: str) -> None:
        """Wait a while for bodies that were told to end; a stuck one is left behind."""
        self._stopping.set()
        for name in names:
            if name in self._threads:
                self._threads[name].join(LAST_WORDS_S)

    def _keep_alive(self, name: str, body: Callable[[], None]) -> None:
        while not self._try(name, body):
            if self._stopping.wait(RESTART_AFTER_S):
                return

    def _try(self, name: str, body: Callable[[], None]) -> bool:
        try:
            body()
        except Exception:
            _log.exception("thread.fault", thread=name)
            return False
        return True
