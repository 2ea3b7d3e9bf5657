"""A station that anything may happen to: real clerk, records, pages and screen, chance events.

Cards, labels and nonsense are held up, whatever can be touched is touched, old touches come late,
devices fail and come back, time passes. Serves the property test and the long soak alike.
"""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from config.settings import PrinterSettings, VisitSettings
from db.identifiers import AccessionNumber
from db.sync.report import HubState, SyncReport
from kiosk.browser import Browser
from kiosk.browsing import (
    BackPressed,
    BookPressed,
    EnterPressed,
    KeepPressed,
    KeyPressed,
    LookAgain,
    Mode,
    ModePressed,
    TurnPressed,
)
from kiosk.clerk import Clerk
from kiosk.events import (
    DonePressed,
    HoldPressed,
    KioskEvent,
    PrintPressed,
    RenewAllPressed,
    ReturnPressed,
    Shown,
    UndoPressed,
)
from kiosk.practice import Practice, make_school
from kiosk.receipts import SlipDesk
from kiosk.shelves import LibraryShelves
from kiosk.visit import Finished, Serving
from scanner.scan import CameraBack, CameraLost, Scan, Symbology, TwoCodes
from tests.demo_school import DemoSchool
from tests.screen_driver import ScreenDriver

STEP_S = 1.5
"""How much time passes with each event, at the station and at the school."""


class RandomStation:
    """Lets one thing happen after another, all of them drawn from a seed."""

    def __init__(self, school: DemoSchool, driver: ScreenDriver, seed: int) -> None:
        self.school, self.driver = school, driver
        self.chance = random.Random(seed)
        self.visits = 0
        self.shown = Shown()
        self._cast = school.cast()
        self._practice_school = make_school(school.clock)
        slips = SlipDesk(school.engine, school.clock, "Trường", "Trạm 1", PrinterSettings())
        self.clerk = Clerk(
            school.sure, slips, VisitSettings(), self._show, now=self._seconds,
            browser=Browser(LibraryShelves(school.desk.library), self._seconds),
            rehearse=self._rehearse,
        )  # fmt: skip
        driver.app._send = self.clerk.handle
        pupils = [
            *self._cast.free_pupils[:8],
            *self._cast.late_pupils[:2],
            *self._cast.teachers[:2],
        ]
        self._cards = [person.card for person in pupils]
        self._labels = [copy.accession for copy in (*self._cast.shelved[:20], *self._cast.lent[:8])]
        shelves = LibraryShelves(school.desk.library)
        self._edition = shelves.find("de men", (), only_ready=False).books[0].edition_id
        self.names = {person.id: person.name for person in pupils}

    def step(self) -> None:
        """Let one thing happen; raises what went wrong."""
        happen: tuple[tuple[int, Callable[[], None]], ...] = (
            (30, self._hold_up), (46, self._touch), (12, self._late), (12, self._time),
        )  # fmt: skip
        weights = [weight for weight, _ in happen]
        self.chance.choices([what for _, what in happen], weights)[0]()
        self.driver.monotonic_s += STEP_S
        self.driver.frames(1)

    def texts(self) -> list[str]:
        """Everything that can be read on the real widgets now."""
        return list(self.driver.texts())

    def strangers(self) -> list[str]:
        """Names on the screen of readers who are not the one being served."""
        visit = self.shown.visit
        own = visit.patron.patron_id if isinstance(visit, Serving | Finished) else None
        said = " ".join(self.texts())
        if self.shown.is_practice:
            own = None
        return [name for who, name in self.names.items() if who != own and name in said]

    def _show(self, shown: Shown) -> None:
        if isinstance(shown.visit, Finished) and not isinstance(self.shown.visit, Finished):
            self.visits += 1
        self.shown = shown
        self.driver.app.show(shown)

    def _rehearse(self) -> Practice:
        read_as = self.school.sure.read_code
        return Practice(
            self._practice_school, self.school.clock, VisitSettings(), read_as, self._seconds
        )

    def _seconds(self) -> float:
        return self.driver.monotonic_s

    def _hold_up(self) -> None:
        nonsense = ("9786040000002", "TV00042", "HS1", "STN.", "TS:XONG", "https://example.org")
        text = self.chance.choice((*self._cards, *self._labels, *self._labels, *nonsense))
        self.clerk.handle(Scan(text, Symbology.QR, self.driver.monotonic_s))

    def _touch(self) -> None:
        targets = self.driver.touchables()
        if targets:
            self.driver.touch(self.chance.choice(targets))

    def _late(self) -> None:
        """A touch of a screen that has gone, a device, the hub."""
        copy = AccessionNumber(self.chance.choice(self._labels))
        events: tuple[KioskEvent, ...] = (
            TwoCodes(0.0), DonePressed(), ReturnPressed(copy), UndoPressed(), RenewAllPressed(),
            PrintPressed(), HoldPressed(self._edition), LookAgain(), KeyPressed("a"),
            EnterPressed(), BackPressed(), TurnPressed(6), KeepPressed(), BookPressed(UUID(int=1)),
            ModePressed(Mode.LANGUAGE), CameraLost("0", "pulled"), CameraBack("0"),
            SyncReport(HubState.AWAY, 3), SyncReport(HubState.REACHED, 0),
        )  # fmt: skip
        self.clerk.handle(self.chance.choice(events))

    def _time(self) -> None:
        """What has lasted long enough ends."""
        ends_at = self.shown.ends_at
        if ends_at is not None:
            self.driver.monotonic_s = max(self.driver.monotonic_s, ends_at)
        self.clerk.handle(None)


def memory_kb() -> int:
    """Memory this process holds now (Linux), in kilobytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise OSError(f"no VmRSS on {sys.platform}")


def widget_count() -> int:
    """Kivy widgets that are still alive."""
    from kivy.uix.widget import Widget  # only now: it reads its orders when imported

    gc.collect()
    return sum(issubclass(type(thing), Widget) for thing in gc.get_objects())
