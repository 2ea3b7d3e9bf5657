"""When the running hub backs itself up, and which backups it keeps. Keeps out how one is made.

Each hour in which something has changed, and each day in any case. Kept are the newest of each
hour, day and month, as many as the settings say; a backup by hand is never deleted.
"""

from __future__ import annotations

import threading
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from admin import backups, feed
from admin.backups import Backup, BackupError, Facts
from db.clock import SCHOOL_ZONE, Clock, SystemClock
from db.models import School

EVERY = timedelta(hours=1)
AT_LEAST = timedelta(days=1)
"""A quiet day has its backup too: of what few rows change without a count or a number."""

LATE_AFTER = AT_LEAST + EVERY
"""A newest backup older than this means that the rounds do not come about."""

LOOK_EVERY_S = 60.0

_RESTLESS = frozenset({"change", "change_counter", "timeline"})
"""Tables of the feed itself: they grow when kiosks ask or the hub starts."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Keep:
    """How many backups are kept: the newest of that many hours, days and months."""

    hourly: int = 24
    daily: int = 14
    monthly: int = 12


def kept_of(made: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Which of these moments' backups stay. Hours without a backup are not counted."""
    newest_first = sorted(made, reverse=True)
    spans: tuple[tuple[str, int], ...] = (
        ("%Y-%m-%d %H", keep.hourly),
        ("%Y-%m-%d", keep.daily),
        ("%Y-%m", keep.monthly),
    )
    return {moment for span, most in spans for moment in _newest_of(newest_first, span, most)}


def _newest_of(newest_first: Iterable[datetime], span: str, most: int) -> list[datetime]:
    first: dict[str, datetime] = {}
    for moment in newest_first:
        first.setdefault(f"{moment.astimezone(SCHOOL_ZONE):{span}}", moment)
    return list(first.values())[:most]


@dataclass(frozen=True, slots=True)
class BackupState:
    """How the rounds went last, since the hub runs."""

    newest_at: datetime | None
    """When the newest backup was made; None where there is none."""
    failed_at: datetime | None
    """When a round failed, if none has gone well since."""

    def is_late(self, now: datetime) -> bool:
        """Whether a backup should have been made meanwhile."""
        return self.newest_at is not None and now - self.newest_at > LATE_AFTER


class BackupRounds:
    """Body of the hub's backup thread."""

    def __init__(
        self, engine: Engine, url: str, folder: Path, keep: Keep, clock: Clock | None = None
    ) -> None:
        self._engine = engine
        self._url = url
        self._folder = folder
        self._keep = keep
        self._clock = clock or SystemClock()
        self._stopping = threading.Event()
        self._state: BackupState | None = None

    def run(self) -> None:
        """Look each minute until told to stop; a disk that is full now may not be in an hour."""
        while not self._stopping.wait(LOOK_EVERY_S):
            self.turn()

    def turn(self) -> None:
        """Look once, and keep how it went."""
        failed_at = None
        try:
            self.look()
        except (BackupError, SQLAlchemyError, OSError) as error:
            failed_at = self._clock.now()
            _log.error("backup.failed", reason=type(error).__name__, detail=str(error)[:200])
        newest = self._newest()
        self._state = BackupState(newest.manifest.made_at if newest else None, failed_at)

    def state(self) -> BackupState | None:
        """How the rounds went last; None before the first. Asked from any thread."""
        return self._state

    def stop(self) -> None:
        """End `run` soon."""
        self._stopping.set()

    def look(self) -> Backup | None:
        """Make a backup if it is time, delete those that need not stay, and tell the kiosks."""
        now = self._clock.now()
        if not self._is_due(self._newest(), now):
            return None
        made = backups.make(self._url, self._folder, now)
        backups.mark_safe(self._engine, made.manifest.facts.streams)
        self._delete_old()
        return made

    def _is_due(self, newest: Backup | None, now: datetime) -> bool:
        if newest is None:
            return True
        age = abs(now - newest.manifest.made_at)  # a clock put back must not end all backups
        return age >= AT_LEAST or (age >= EVERY and self._has_changed(newest, now))

    def _has_changed(self, newest: Backup, now: datetime) -> bool:
        with self._engine.begin() as connection:
            schools = connection.execute(select(School.id)).scalars().all()
        for school_id in schools:
            feed.number_marks(self._engine, school_id, now)
        with self._engine.begin() as connection:
            return _worth(backups.facts_of(connection)) != _worth(newest.manifest.facts)

    def _newest(self) -> Backup | None:
        return max(self._all(), key=lambda backup: backup.manifest.made_at, default=None)

    def _all(self) -> list[Backup]:
        suffix = backups.SUFFIXES["sqlite" if self._url.startswith("sqlite") else "postgresql"]
        files = sorted(self._folder.glob(f"hub-*{suffix}"))
        found = ((file, backups.read_manifest(file)) for file in files)
        return [Backup(file, manifest) for file, manifest in found if manifest is not None]

    def _delete_old(self) -> None:
        every = {backup.manifest.made_at: backup for backup in self._all()}
        stay = kept_of(every, self._keep)
        for moment, backup in every.items():
            if moment not in stay:
                backup.file.unlink(missing_ok=True)
                backups.manifest_of(backup.file).unlink(missing_ok=True)


def _worth(facts: Facts) -> tuple[dict[int, int], dict[str, int]]:
    """What a backup is made for when it differs."""
    counts = {name: count for name, count in facts.counts.items() if name not in _RESTLESS}
    return facts.changes, counts


@contextmanager
def kept(
    options: Namespace, engine: Engine, clock: Callable[[], Clock] = SystemClock
) -> Iterator[BackupRounds]:
    """Back up for as long as the hub serves."""
    url = engine.url.render_as_string(hide_password=False)
    folder = options.backups or options.data / "backups"
    rounds = BackupRounds(engine, url, folder, options.keep, clock())
    thread = threading.Thread(target=rounds.run, name="backup", daemon=True)
    thread.start()
    try:
        yield rounds
    finally:
        rounds.stop()
        thread.join(LOOK_EVERY_S)
