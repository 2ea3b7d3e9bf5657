"""A station that notes when things were held up, believed and drawn. Import after the window."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from kivy.clock import Clock as ScreenClock

from db.clock import SystemClock
from db.outcomes import CheckedOut
from kiosk.demo import Director, Scene
from kiosk.events import KioskEvent, Shown
from kiosk.options import Options
from kiosk.station import Station
from scanner.scan import Scan
from scanner.simulated import ENTER_S, Showing


@dataclass(frozen=True, slots=True)
class TimedLoan:
    """The moments of one loan, in seconds of `time.monotonic`."""

    held_up: float
    believed: float
    committed: float
    """When the clerk handed over the state with the loan, which is on disk."""
    drawn: float
    frames: int
    """Of the window since then; the last is the one with the green."""


class TimedStation(Station):
    """The real station with a stopwatch at its doors."""

    def __init__(self, options: Options) -> None:
        self.loans: list[TimedLoan] = []
        self._held_up = self._believed = 0.0
        self._committed: dict[UUID, tuple[float, int]] = {}
        """When each loan was handed over, and after how many frames."""
        self._timed: set[UUID] = set()
        super().__init__(options, SystemClock())
        self.on_drawn(self._note_drawn)

    def _scenes(self, director: Director) -> Iterator[Scene]:
        for scene in super()._scenes(director):
            if isinstance(scene, Showing):
                self._held_up = time.monotonic() + ENTER_S
            yield scene

    def _tell(self, event: KioskEvent) -> None:
        if isinstance(event, Scan):
            self._believed = time.monotonic()
        super()._tell(event)

    def _draw(self, shown: Shown) -> None:
        for loan_id in _lent(shown):
            self._committed.setdefault(loan_id, (time.monotonic(), ScreenClock.frames))
        super()._draw(shown)

    def _note_drawn(self, shown: Shown) -> None:
        drawn = time.monotonic()
        for loan_id in _lent(shown):
            if loan_id not in self._timed:
                self._timed.add(loan_id)
                committed, before = self._committed[loan_id]
                frames = ScreenClock.frames - before
                moments = (self._held_up, self._believed, committed, drawn)
                self.loans.append(TimedLoan(*moments, frames))


def _lent(shown: Shown) -> Iterator[UUID]:
    """The loans of the visit that a state shows."""
    for act in getattr(shown.visit, "acts", ()):
        if isinstance(act, CheckedOut):
            yield act.loan_id
