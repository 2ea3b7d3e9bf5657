"""What time it was, told by a clock that nobody can set. Keeps out who wants to know.

A Raspberry Pi without a battery starts at a time of its own, and somebody may turn the clock
while it runs. Beside the wall clock an event therefore keeps which run of the machine it
happened in and how long that run had lasted. When a run meets the hub, all of its events have a
time by the hub's clock, also those from before. An event of a run that never met the hub lies
between the runs around it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, func, insert, select, update

from db.models import Boot, UtcDateTime
from db.prepared import Prepared
from db.states import ClockQuality

DRIFT_PER_DAY_S = 2.0
"""By how much the running clock of a board goes wrong in a day, generously."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


_KNOWN = Prepared(select(Boot.number).where(Boot.boot_id == bindparam("boot")))
_NOTE = Prepared(insert(Boot), ("boot_id",))
_MEET = Prepared(
    update(Boot)
    .where(Boot.boot_id == bindparam("boot"))
    .values(
        met_at=bindparam("hub_now"),
        met_mono_ms=bindparam("mono_ms"),
        first_met_at=func.coalesce(Boot.first_met_at, bindparam("hub_now", type_=UtcDateTime())),
    )
)
_RUNS = Prepared(select(Boot.__table__).order_by(Boot.number))


@dataclass(frozen=True, slots=True)
class Running:
    """A moment of one run of the machine."""

    boot_id: UUID
    mono_ms: int


class RunningClock(Protocol):
    """Tells how long which run of the machine has lasted."""

    def now(self) -> Running:
        """The present moment."""
        ...


class MachineRun:
    """The machine's own running clock."""

    def __init__(self) -> None:
        try:
            self._boot_id = UUID(_BOOT_ID.read_text("ascii").strip())
        except (OSError, ValueError):
            self._boot_id = uuid4()  # no Linux: a run is then as long as this process

    def now(self) -> Running:
        """Since the machine was switched on."""
        return Running(self._boot_id, time.monotonic_ns() // 1_000_000)


RUNNING: RunningClock = MachineRun()
"""This process's running clock."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """When something happened by the hub's clock, as well as is known."""

    at: datetime | None
    """None where nothing but the wall clock says so."""
    spread_s: int
    """By how many seconds it may be wrong either way."""
    quality: ClockQuality


UNKNOWN = Corrected(None, 0, ClockQuality.UNKNOWN)


def meet(connection: Connection, hub_now: datetime, moment: Running) -> None:
    """Learn the hub's time, for this run of the machine and what happened in it."""
    note_run(connection, moment)
    _MEET.run(connection, boot=moment.boot_id, hub_now=hub_now, mono_ms=moment.mono_ms)


def note_run(connection: Connection, moment: Running) -> None:
    """Let a run of the machine have its place after those before."""
    if _KNOWN.first(connection, boot=moment.boot_id) is None:
        _NOTE.run(connection, boot_id=moment.boot_id)


class Correction:
    """Corrects the times of events by what the runs of the machine have met."""

    def __init__(self, connection: Connection) -> None:
        rows = _RUNS.all(connection)
        self._runs = {row.boot_id: row for row in rows}
        self._order = [row.boot_id for row in rows]

    def of(self, boot_id: UUID | None, mono_ms: int | None) -> Corrected:
        """When an event of that run, at that time of it, happened."""
        if boot_id is None or mono_ms is None or boot_id not in self._runs:
            return UNKNOWN
        run = self._runs[boot_id]
        if run.met_at is not None:
            away = timedelta(milliseconds=run.met_mono_ms - mono_ms)
            drift = DRIFT_PER_DAY_S * abs(away.total_seconds()) / 86_400
            return Corrected(run.met_at - away, round(1 + drift), ClockQuality.SYNCED)
        return self._between(self._order.index(boot_id))

    def _between(self, position: int) -> Corrected:
        """Of a run that met nobody: after the newest contact before it, before the next one."""
        before = [self._runs[boot] for boot in self._order[:position]]
        after = [self._runs[boot] for boot in self._order[position + 1 :]]
        earliest = max((run.met_at for run in before if run.met_at), default=None)
        latest = min((run.first_met_at for run in after if run.first_met_at), default=None)
        if earliest is None or latest is None or latest < earliest:
            return UNKNOWN
        half = (latest - earliest) / 2
        return Corrected(earliest + half, round(half.total_seconds()), ClockQuality.ESTIMATED)
