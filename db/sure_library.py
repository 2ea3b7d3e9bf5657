"""A station's records, each act of which is looked for where the disk fails at its end.

An error at commit does not say that nothing was written: the file is opened anew and the last
event that the act told is looked for. An act that tells nothing is done once more: that must not
matter, as with a PIN's counted try. Keeps out what the acts are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from db.library import Act, Library, NotWritten
from db.models import OutboxEvent
from db.reserve import Reserve

_log = structlog.get_logger()


class SureDisk:
    """A disk that may fail or be full, and the file on it."""

    def __init__(
        self,
        engine: Engine,
        reserve: Reserve | None = None,
        is_full: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._reserve, self._is_full = engine, reserve, is_full

    def open_anew(self, error: DBAPIError) -> str:
        """Open the file anew after an act that ended in `error`; say what the disk's fault was.

        Raises:
            DBAPIError: `error` itself, where the disk is not to blame or no room can be made.
        """
        fault = str(getattr(error.orig, "sqlite_errorname", ""))
        if fault == "SQLITE_FULL":
            self._is_full()
            if self._reserve is None or not self._reserve.release():
                raise error
        elif not fault.startswith("SQLITE_IOERR"):
            raise error
        self._engine.pool.dispose()  # its connection no longer knows what is in the file
        return fault


class SureLibrary(Library):
    """A station's records, each act of which is looked for where the disk fails at its end.

    An act that is there has happened, and goes on as if nothing had been; of one that is not,
    `NotWritten` is raised, and `db.library.tried_again` does it once more.
    """

    def __init__(self, library: Library, disk: SureDisk) -> None:
        super().__init__(library.engine, library.school_id, library.clock)
        self.rulebook = library.rulebook
        self._library, self._disk = library, disk

    @contextmanager
    def act(self) -> Iterator[Act]:
        """Begin a transaction; it commits at the end, or leaves nothing."""
        before = after = None
        try:
            with self._library.act() as act:
                before = _newest(act.connection)
                yield act
                after = _newest(act.connection)
        except DBAPIError as error:
            fault = self._disk.open_anew(error)
            is_there = after != before and self._has(after)
            _log.error("disk.fault", fault=fault, found=is_there)
            if not is_there:
                raise NotWritten from error

    def _has(self, event: UUID | None) -> bool:
        asked = select(OutboxEvent.seq).where(OutboxEvent.event_id == event)
        with self.engine.begin() as connection:
            return connection.execute(asked).first() is not None


def _newest(connection: Connection) -> UUID | None:
    """The event that was appended last."""
    newest = select(OutboxEvent.event_id).order_by(OutboxEvent.seq.desc()).limit(1)
    found: UUID | None = connection.execute(newest).scalar()
    return found
