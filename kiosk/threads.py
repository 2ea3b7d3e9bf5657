"""Threads that never die in silence. Keeps out what they do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

RESTART_AFTER_S = 2.0
"""A body that failed is begun again after this pause."""

_log = structlog.get_logger()


class Threads:
    """The station's named threads: started together, restarted on a fault, joined at the end."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, name: str, body: Callable[[], None]) -> None:
        """Run `body` in a thread called `name`."""
        thread = threading.Thread(target=self._keep_alive, args=(name, body), name=name)
        thread.daemon = True  # a stuck device must not keep the station from ending
        self._threads.append(thread)
        thread.start()

    def join(self, patience_s: float) -> None:
        """Wait for the bodies, which were told to end, up to `patience_s` each."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(patience_s)

    def _keep_alive(self, name: str, body: Callable[[], None]) -> None:
        while True:
            try:
                body()
                return
            except Exception:
                _log.exception("thread.fault", thread=name)
            if self._stopping.wait(RESTART_AFTER_S):
                return
