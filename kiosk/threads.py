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
        self._threads: list[threading.Thread] = []

    def start(self, name: str, body: Callable[[], None]) -> None:
        """Run `body` in a thread called `name`, again and again until it returns."""
        self._begin(name, lambda: self._keep_alive(name, body))

    def once(self, name: str, task: Callable[[], None]) -> None:
        """Run `task` in a thread called `name`; one that fails is logged and not begun again."""
        self._begin(name, lambda: self._try(name, task))

    def join(self, *names: str) -> None:
        """Wait a while for what runs under these names and was told to end.

        A stuck one is left behind.
        """
        self._stopping.set()
        for thread in self._threads:
            if thread.name in names:
                thread.join(LAST_WORDS_S)

    def _begin(self, name: str, run: Callable[[], object]) -> None:
        """Begin a thread beside those that still run; two tasks may have one name."""
        thread = threading.Thread(target=run, name=name)
        thread.daemon = True  # a stuck device must not keep the station from ending
        thread.start()
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]

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
