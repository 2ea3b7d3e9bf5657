"""Copies the station's records once a day, while it runs. Keeps out what is in them.

To a folder that the settings name, such as a USB stick, else beside the records. A stick that is
not there is said in the log and tried again; nothing waits for it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import structlog

from db import care
from db.clock import SCHOOL_ZONE, Clock

CLOSING = time(17, 0)
"""The school day is over; most stations are switched off soon after."""

KEPT = 7
"""Copies that stay: a week of school days and one more."""

LOOK_EVERY_S = 300.0
_STAMP = "%Y%m%d-%H%M%S"
_log = structlog.get_logger()


class Caretaker:
    """Body of the care thread."""

    def __init__(
        self,
        records: Path,
        folder: str,
        clock: Clock,
        keep_room: Callable[[], object] = lambda: None,
    ) -> None:
        """With an empty `folder`, copies are kept beside the records.

        Args:
            records: The station's file.
            folder: Where copies go.
            clock: Tells which day it is.
            keep_room: Takes the disk's reserve, once, when the station has started.
        """
        self._records = records
        self._folder = Path(folder) if folder else records.parent / "copies"
        self._is_own = not folder
        self._clock = clock
        self._keep_room = keep_room
        self._newest: datetime | None = None
        """The copy of this run; where the clock is wrong it is not the last by its name."""
        self._stopping = threading.Event()

    def run(self) -> None:
        """Look now and then until told to stop."""
        self._keep_room()
        self.look()
        while not self._stopping.wait(LOOK_EVERY_S):
            self.look()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    def look(self) -> Path | None:
        """Copy the records if today's copy is missing; None if not, or if it cannot be."""
        try:
            if self._is_own:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            now = self._clock.now()
            if not _is_due(self._newest or _made_at_last(self._copies()), now):
                return None
            return self._copy(now)
        except (OSError, sqlite3.Error) as error:
            _log.warning("records.not_copied", folder=str(self._folder), reason=str(error))
            return None

    def _copy(self, now: datetime) -> Path:
        made = self._folder / f"kiosk-{now:{_STAMP}}.db"
        care.copy_file(self._records, made)
        self._newest = now
        others = [copy for copy in self._copies() if copy != made]
        for old in others[: max(0, len(others) - KEPT + 1)]:
            old.unlink(missing_ok=True)
        _log.info("records.copied", copy=made.name)
        return made

    def _copies(self) -> list[Path]:
        """Those there are, oldest first; by when they were made, whatever the files' dates say."""
        return sorted(filter(_made_at, self._folder.glob("kiosk-*.db")))


def _is_due(made: datetime | None, now: datetime) -> bool:
    if made is None or abs(now - made) >= timedelta(days=1):  # a clock put back ends no copies
        return True
    closing = datetime.combine(now.date(), CLOSING, SCHOOL_ZONE)
    return made < closing <= now


def _made_at_last(copies: list[Path]) -> datetime | None:
    return _made_at(copies[-1]) if copies else None


def _made_at(copy: Path) -> datetime | None:
    try:
        stamp = copy.stem.removeprefix("kiosk-")
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=SCHOOL_ZONE)
    except ValueError:
        return None
