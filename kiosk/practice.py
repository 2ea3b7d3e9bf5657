"""One minute of practice for grade 6 (S73): the real clerk and rules over a school in memory.

Any card stands for the same invented pupil, any label for a book of the invented school, in
their order; the station's records are never asked. The school is made once a day, beside the
clerk, who goes on answering meanwhile. Keeps out the screen and real readers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from config.settings import PrinterSettings, VisitSettings
from db.circulation import Circulation
from db.clock import Clock, local_day
from db.identifiers import AccessionNumber, CardNumber, CopyLabel, PatronCard
from db.practice import SCHOOL_ID, make_practice_school, open_practice_school
from db.sure_desk import SureDesk
from kiosk.clerk import Clerk
from kiosk.events import KioskEvent, PracticeReady, Shown, TimePassed
from kiosk.receipts import SlipDesk
from kiosk.visit import Finished, Waiting
from scanner.scan import Scan

PRACTICE_S = 60.0
"""It is over by then, whatever is going on (S73)."""
_GRADE = "6"
_NO_PAPER = PrinterSettings(device="none", receipts="never")


@dataclass(frozen=True, slots=True)
class PracticeSchool:
    """The invented school of a day, ready to be practised in any number of times."""

    day: date
    contents: bytes
    card: CardNumber
    """Of the pupil that every card stands for."""
    copies: tuple[AccessionNumber, ...]
    """What labels stand for, in this order."""


def make_school(clock: Clock) -> PracticeSchool:
    """Make the school of today; takes a second or more."""
    now = clock.now()
    contents, cast = make_practice_school(now)
    card = next(pupil.card for pupil in cast.free_pupils if pupil.homeroom.startswith(_GRADE))
    return PracticeSchool(
        local_day(now), contents, card, tuple(copy.accession for copy in cast.shelved)
    )


class Practices:
    """Begins practices, each in the same school of the day."""

    def __init__(
        self,
        clock: Clock,
        settings: VisitSettings,
        read_as: Callable[[str], object],
        start: Callable[[Callable[[], None]], None],
        tell: Callable[[PracticeReady], None],
    ) -> None:
        """Prepare; no school is made yet.

        Args:
            clock: Tells the day.
            settings: How long the station waits for a reader.
            read_as: Says what a scanned text is in the real library; writes nothing.
            start: Runs something in a thread of its own.
            tell: Takes to the clerk that the school is made.
        """
        self._clock, self._settings, self._read_as = clock, settings, read_as
        self._start, self._tell = start, tell
        self._school: PracticeSchool | None = None
        self._is_making = False

    def begin(self) -> Practice | None:
        """Begin a practice; None where its school is yet to be made, which is then begun."""
        school = self._school
        if school is not None and school.day == local_day(self._clock.now()):
            return Practice(school, self._clock, self._settings, self._read_as)
        if not self._is_making:
            self._is_making = True
            self._start(self._make)
        return None

    def _make(self) -> None:
        try:
            self._school = make_school(self._clock)
        finally:
            self._is_making = False
        self._tell(PracticeReady())


class Practice:
    """A visit in which nothing is real."""

    def __init__(
        self,
        school: PracticeSchool,
        clock: Clock,
        settings: VisitSettings,
        read_as: Callable[[str], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the school and begin its clerk's work.

        Args:
            school: Where.
            clock: Tells the time.
            settings: How long the station waits for a reader.
            read_as: Says what a scanned text is in the real library; writes nothing.
            now: The clock of `Shown.ends_at`, in seconds.
        """
        self._engine = open_practice_school(school.contents)
        self._card, self._copies = school.card, iter(school.copies)
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
        return not is_over

    def close(self) -> None:
        """Let the school go, with all that was done in it."""
        self._engine.dispose()

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
