"""The kiosk's sync thread: when the outbox is handed to the hub. Keeps out how.

Works the same with the hub away for months: nothing is deleted, nothing waits for it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy import Engine

from config.settings import HubSettings
from db import outbox
from db.errors import HubRefused, SyncError

FIRST_PAUSE_S = 1.0
"""Doubled after every failure up to `HubSettings.every_s`, less a random half (jitter)."""

_log = structlog.get_logger()


class SyncThread:
    """Body of the sync thread: pushes when woken, when it is time, and once more at the end."""

    def __init__(
        self, engine: Engine, settings: HubSettings, tell: Callable[[bool, int], None]
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._tell = tell
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def nudge(self) -> None:
        """Something new waits in the outbox."""
        self._woken.set()

    def stop(self) -> None:
        """Push once more, then end `run`."""
        self._stopping.set()
        self._woken.set()

    def run(self) -> None:
        """Push for as long as the program runs."""
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            failures = 0 if self._push(self._stopping.is_set) else failures + 1
            self._rest(failures)
        self._push(lambda: False)

    def _push(self, stop: Callable[[], bool]) -> bool:
        from db.sync.connection import HubConnection, push  # HTTP is not needed to show a screen

        try:
            hub = HubConnection(self._settings.url, _read_token(self._settings.token_file))
            try:
                push(self._engine, hub, stop)
            finally:
                hub.close()
        except SyncError as error:
            _log.warning("sync.failed", reason=type(error).__name__, detail=str(error))
            self._tell(False, outbox.waiting(self._engine))
            return False
        self._tell(True, outbox.waiting(self._engine))
        return True

    def _rest(self, failures: int) -> None:
        if not failures:
            self._woken.wait(self._settings.every_s)
            return
        pause = min(FIRST_PAUSE_S * 2 ** (failures - 1), self._settings.every_s)
        self._stopping.wait(pause * random.uniform(0.5, 1.0))


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise HubRefused(f"no enrolment token: {path.name}") from error
