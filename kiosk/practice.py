"""One minute of practice for grade 6 (S73): the real clerk and rules over a school in memory.

Any card stands for the same invented pupil, any label for a book of the invented school, in
their order; the station's records are never asked. Keeps out the screen and real readers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from config.settings import PrinterSettings, VisitSettings
from db.circulation import Circulation
from db.clock import Clock
from db.demo import demo_cast
from db.identifiers import AccessionNumber, CopyLabel, PatronCard
from db.practice import SCHOOL_ID, open_practice_school
from db.sure_desk import SureDesk
from kiosk.clerk import Clerk
from kiosk.events import KioskEvent, Shown, TimePassed
from kiosk.receipts import SlipDesk
from kiosk.visit import Finished, Waiting
from scanner.scan import Scan

PRACTICE_S = 60.0
"""It is over by then, whatever is going on (S73)."""
_GRADE = "6"
_NO_PAPER = PrinterSettings(device="none", receipts="never")


class Practice:
    """A visit in which nothing is real."""

    def __init__(
        self,
        clock: Clock,
        settings: VisitSettings,
        read_as: Callable[[str], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the school and its clerk.

        Args:
            clock: Tells the day.
            settings: How long the station waits for a reader.
            read_as: Says what a scanned text is in the real library; writes nothing.
            now: The clock of `Shown.ends_at`, in seconds.
        """
        self._engine = open_practice_school(clock.now())
        cast = demo_cast(self._engine, SCHOOL_ID, clock.now(), seed=6)
        self._card = next(p.card for p in cast.free_pupils if p.homeroom.startswith(_GRADE))
        self._copies = iter([copy.accession for copy in cast.shelved])
        self._stands_for: dict[str, AccessionNumber] = {}
        self._read_as, self._now, self._settings = read_as, now, settings
        self._over_at = now() + PRACTICE_S
        self.shown = Shown(ends_at=self._over_at, patience_s=PRACTICE_S)
        desk = SureDesk(Circulation(self._engine, SCHOOL_ID, clock))
        slips = SlipDesk(self._engine, clock, "", "", _NO_PAPER)
        self._clerk = Clerk(desk, slips, settings, self._keep, now=now)

    @property
    def ends_at(self) -> float:
        """When it goes on by itself, in seconds of `now`."""
        offer = self.shown.undo_until
        ends = (self._over_at, self.shown.ends_at, offer)
        return min(at for at in ends if at is not None)

    def handle(self, event: KioskEvent | None) -> bool:
        """Answer an event, or with None the time; False when the practice is over."""
        was = self.shown.visit
        if event is None and not self._has_lasted():
            event = TimePassed()  # only the offer to undo is over
        if self._now() < self._over_at:
            self._clerk.handle(self._in_practice(event))
        is_over = self._now() >= self._over_at or (
            isinstance(was, Finished) and self.shown.visit == Waiting()
        )
        if is_over:
            self._engine.dispose()
        return not is_over

    def _has_lasted(self) -> bool:
        return self.shown.ends_at is not None and self.shown.ends_at <= self._now()

    def _keep(self, shown: Shown) -> None:
        ends_at = shown.ends_at or self._over_at
        self.shown = replace(shown, ends_at=ends_at, patience_s=shown.patience_s or PRACTICE_S)

    def _in_practice(self, event: KioskEvent | None) -> KioskEvent | None:
        """Put an invented card or label in the place of a real one."""
        if not isinstance(event, Scan):
            return event
        match self._read_as(event.text):
            case PatronCard():
                return replace(event, text=self._card)
            case CopyLabel(accession):
                if accession not in self._stands_for:
                    self._stands_for[accession] = next(self._copies)
                return replace(event, text=self._stands_for[accession])
        return event
