"""A station that notes when things were held up, believed and drawn. Import after the window."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

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
    """Three moments of one loan, in seconds of `time.monotonic`."""

    held_up: float
    believed: float
    drawn: float


class TimedStation(Station):
    """The real station with a stopwatch at three of its doors."""

    def __init__(self, options: Options) -> None:
        self.loans: list[TimedLoan] = []
        self._held_up = self._believed = 0.0
        self._timed: set[str] = set()
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

    def _note_drawn(self, shown: Shown) -> None:
        for act in getattr(shown.visit, "acts", ()):
            if isinstance(act, CheckedOut) and str(act.loan_id) not in self._timed:
                self._timed.add(str(act.loan_id))
                drawn = time.monotonic()
                self.loans.append(TimedLoan(self._held_up, self._believed, drawn))
