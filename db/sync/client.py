"""The station's sync thread: when it talks to the hub, and what it says of it. Keeps out how.

It is woken by a commit, by the hub's news, or each minute. Works the same with the hub away for
months: nothing is deleted, nothing waits for it.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine

from config.settings import HubSettings
from db import outbox
from db.errors import (
    HubStranger,
    HubTooOld,
    HubUnreachable,
    StationRevoked,
    StationTooOld,
    StationUnpaired,
    SyncError,
)
from db.sync.mirror import Mirror, place
from db.sync.report import HubState, SyncReport
from db.wiping import is_wiped, note_filled, wipe, wipe_copies

if TYPE_CHECKING:
    from db.sync.connection import HubConnection

FIRST_PAUSE_S = 1.0
"""Doubled after every failure up to `HubSettings.every_s`, less a random half (jitter)."""

ROTATION_EVERY_S = 86_400.0
"""How often a station that runs on asks how old its token is."""

COPY_EVERY_S = 600.0
"""How often a station asks whether the hub wants a copy of its records."""

_log = structlog.get_logger()


class SyncThread:
    """Body of the sync thread: synchronises when woken, when it is time, and once at the end."""

    def __init__(
        self,
        engine: Engine,
        settings: HubSettings,
        tell: Callable[[SyncReport], None],
        school_id: int = 1,
        camera: Callable[[], str] = lambda: "",
    ) -> None:
        self._camera = camera
        self._engine = engine
        self._records = Path(str(engine.url.database))
        self._settings = settings
        self._tell = tell
        self._mirror = Mirror(engine, school_id)
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._reached = threading.Event()
        self._state = HubState.AWAY
        self._rotate_at = 0.0
        self._copy_at = 0.0
        self._handing: HubConnection | None = None
        """The way a copy of the records goes at this moment."""

    def nudge(self) -> None:
        """Something new waits in the outbox."""
        self._woken.set()

    def stop(self) -> None:
        """Push once more, then end `run`; a copy that is on its way is broken off."""
        self._stopping.set()
        self._woken.set()
        handing = self._handing
        if handing is not None:
            handing.break_off()

    def run(self) -> None:
        """Synchronise for as long as the program runs."""
        listener = threading.Thread(target=self._listen, name="news", daemon=True)
        listener.start()
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            failures = 0 if self._synchronise(self._stopping.is_set) else failures + 1
            self._rest(failures)
        self._last_push()

    def _synchronise(self, stop: Callable[[], bool]) -> bool:
        from db.sync.connection import synchronise  # HTTP is not needed to show a screen

        camera = self._camera()
        if not self._talk(lambda hub: synchronise(self._engine, hub, self._mirror, stop, camera)):
            self._look_elsewhere()
            return False
        if is_wiped(self._engine):
            note_filled(self._engine)
        self._rotate()
        self._hand_copy()
        return True

    def _look_elsewhere(self) -> None:
        """The hub may have moved: an address that is called out is tried, and kept if it is it."""
        from db.sync.finding import find
        from db.sync.trusted import look_elsewhere

        if self._state in (HubState.AWAY, HubState.STRANGER) and not self._stopping.is_set():
            try:
                if look_elsewhere(self._settings, find):
                    _log.info("hub.moved")
            except (SyncError, OSError) as error:
                _log.warning("hub.not_found", reason=type(error).__name__)

    def _rotate(self) -> None:
        """Once a day, see whether the token is due to become another."""
        from db.sync.trusted import rotate_when_due

        if time.monotonic() < self._rotate_at or self._stopping.is_set():
            return
        self._rotate_at = time.monotonic() + ROTATION_EVERY_S
        try:
            hub = self._connect()
            try:
                if rotate_when_due(hub, self._settings.token_file):
                    _log.info("token.rotated")
            finally:
                hub.close()
        except (SyncError, OSError) as error:
            _log.warning("token.not_rotated", reason=type(error).__name__)

    def _hand_copy(self) -> None:
        """Now and then, see whether the hub wants this night's copy of the records."""
        from db.sync.copying import hand_copy

        if time.monotonic() < self._copy_at or self._stopping.is_set():
            return
        self._copy_at = time.monotonic() + COPY_EVERY_S
        try:
            self._handing = hub = self._connect()
            try:
                if hand_copy(hub, self._records, self._stopping.is_set):
                    _log.info("copy.handed_over")
            finally:
                self._handing = None
                hub.close()
        except (SyncError, OSError, sqlite3.Error) as error:
            _log.warning("copy.not_handed_over", reason=type(error).__name__)

    def _last_push(self) -> None:
        from db.sync.connection import push

        self._talk(lambda hub: push(self._engine, hub, camera=self._camera()))

    def _talk(self, say: Callable[[HubConnection], None]) -> bool:
        """Talk to the hub, and tell how that went."""
        try:
            hub = self._connect()
            try:
                say(hub)
            finally:
                hub.close()
        except SyncError as error:
            _log.warning("sync.failed", reason=type(error).__name__, detail=str(error))
            self._reached.clear()
            if isinstance(error, StationRevoked):
                wipe(self._engine)
                wipe_copies(self._records)
            self._report(_state_of(error))
            return False
        self._reached.set()
        self._report(HubState.REACHED)
        return True

    def _connect(self) -> HubConnection:
        from db.sync.trusted import connect

        return connect(self._settings)

    def _report(self, state: HubState) -> None:
        self._state = state
        if state is HubState.AWAY and is_wiped(self._engine):
            state = HubState.REVOKED  # what was forgotten stays so, whether or not the hub answers
        as_of = place(self._engine).as_of
        self._tell(SyncReport(state, outbox.waiting(self._engine), as_of))

    def _rest(self, failures: int) -> None:
        if not failures:
            self._woken.wait(self._settings.every_s)
            return
        pause = min(FIRST_PAUSE_S * 2 ** (failures - 1), self._settings.every_s)
        self._stopping.wait(pause * random.uniform(0.5, 1.0))

    def _listen(self) -> None:
        """Body of a second thread: wake the first when the hub has news."""
        while not self._stopping.is_set():
            self._reached.wait(self._settings.every_s)
            if self._reached.is_set() and not self._stopping.is_set():
                self._listen_once()

    def _listen_once(self) -> None:
        try:
            hub = self._connect()
            try:
                if hub.listen(place(self._engine)):
                    self._woken.set()
                    self._stopping.wait(FIRST_PAUSE_S)  # while the news is being fetched
            finally:
                hub.close()
        except (SyncError, ValueError):
            self._stopping.wait(self._settings.every_s)  # the other thread says what is wrong


def _state_of(error: SyncError) -> HubState:
    match error:
        case StationTooOld():
            return HubState.STATION_TOO_OLD
        case HubTooOld():
            return HubState.HUB_TOO_OLD
        case HubUnreachable():
            return HubState.AWAY
        case StationUnpaired():
            return HubState.UNPAIRED
        case StationRevoked():
            return HubState.REVOKED
        case HubStranger():
            return HubState.STRANGER
    return HubState.REFUSED
