"""The long break: 52 pupils, one after the other, each borrowing one to three books.

Rendered pictures of cards and books go through the real reader, the real clerk on a real file,
and the real screens in an off-screen window. What the machine takes is measured and what people
take is scripted, both on one simulated clock, so that a break of eight minutes needs no eight
minutes; a frame that took long to decode makes the next one late, as with a real camera.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.reporting import arguments, percentile, report
from config.settings import PrinterSettings, ScannerSettings, VisitSettings
from db import outbox
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, SettableClock
from db.demo import DemoCast, DemoCopy, DemoPatron, demo_cast, fill_demo_school
from db.engine import open_engine, sqlite_url
from db.identifiers import CardNumber
from db.outcomes import CheckedOut, PatronKnown
from db.reserve import Reserve
from db.sure_desk import SureDesk
from kiosk.clerk import Clerk
from kiosk.events import DonePressed, Shown
from kiosk.prints import Print, Prints
from kiosk.receipts import SlipDesk
from kiosk.visit import Visit
from scanner.frame import Frame, Pixels
from scanner.reader import Reader
from scanner.scan import CameraLost, Scan, ScannerEvent
from scanner.simulated import ENTER_S, LEAVE_S
from tests.screen_driver import open_driver

if TYPE_CHECKING:
    from scanner.handheld import Studio

MORNING = datetime(2026, 11, 10, 9, 20, tzinfo=SCHOOL_ZONE)
SCHOOL = "Trường THCS Hoa Phượng"

STEP_UP_S = 1.5
"""From one pupil's leaving to the next one's card on its way in; they stand in line."""
REACH_S = 1.0
"""To put one thing away and take the next."""
SEE_S = 0.4
"""To see that the screen has answered."""
TOUCH_S = 0.9
"""To find the button Xong and touch it."""
PATIENCE_S = 4.0
"""A thing that is not answered for so long is taken away and held up anew."""
ATTEMPTS = 4
"""After so many the pupil gives up, and the book counts as lost."""


@dataclass
class Break:
    """What happens at the station, on a simulated clock; to the reader it is a camera."""

    cast: DemoCast
    prints: Prints
    clerk: Clerk
    clock: SettableClock
    chance: random.Random
    pupils: int
    fps: float
    now: float = 0.0
    machine_s: float = 0.0
    """What the machine took, of `now`."""
    machine_cpu_s: float = 0.0
    """The same had nothing else kept its processor busy."""
    took_s: list[float] = field(default_factory=list)
    """Each pupil's time."""
    retries: int = 0
    wanted: dict[str, list[str]] = field(default_factory=dict)
    """The accession numbers that each card's pupil meant to borrow."""
    name: str = "break"

    def frames(self) -> Iterator[Frame]:
        """Film the break; each moment is as late as the last frame's reading has made it."""
        from scanner.handheld import Studio

        studio = Studio((1280, 720))
        books = iter(self.cast.shelved)
        for pupil in self.cast.free_pupils[: self.pupils]:
            began = self.now
            yield from self._visit(studio, pupil, [next(books) for _ in range(self._how_many())])
            self.took_s.append(self.now - began)

    def close(self) -> None:
        """There is nothing to close."""

    def _how_many(self) -> int:
        return self.chance.choice((1, 1, 2, 2, 3))

    def _visit(self, studio: Studio, pupil: DemoPatron, books: list[DemoCopy]) -> Iterator[Frame]:
        """Card, books, and one of three ways to go."""
        self.wanted[pupil.card] = [book.accession for book in books]
        self._pass(STEP_UP_S)
        yield from self._hold_up(studio, self.prints.card(pupil))
        for book in books:
            self._pass(REACH_S)
            yield from self._hold_up(studio, self.prints.book(book))
        match self.chance.choice(("card", "touch", "leave")):
            case "card":
                self._pass(REACH_S)
                yield from self._hold_up(studio, self.prints.card(pupil))
            case "touch":
                self._pass(TOUCH_S)
                self._work(lambda: self.clerk.handle(DonePressed()))

    def _hold_up(self, studio: Studio, thing: Print) -> Iterator[Frame]:
        pixels = thing.pixels()
        for _ in range(ATTEMPTS):
            before = self.clerk.visit
            yield from self._show(studio, pixels, thing.width_mm, before)
            self._pass(SEE_S + LEAVE_S)
            if self.clerk.visit is not before:
                return
            self.retries += 1

    def _show(
        self, studio: Studio, pixels: Pixels, width_mm: float, before: Visit
    ) -> Iterator[Frame]:
        """Frames from the thing's way in until it is answered."""
        take = studio.prepare(pixels, width_mm, self.chance.randrange(2**31))
        began = self.now
        while self.clerk.visit is before and self.now - began < PATIENCE_S:
            since_s = self.now - began
            away = max(1 - since_s / ENTER_S, 0.0) ** 2
            frame = Frame(studio.shoot(take, since_s, away), self.now)
            handed_over = _clocks()
            yield frame
            self._spend(handed_over, at_least=1 / self.fps)

    def _work(self, do: Callable[[], None]) -> None:
        began = _clocks()
        do()
        self._spend(began)

    def _spend(self, began: tuple[float, float], at_least: float = 0.0) -> None:
        took_s, worked_s = (now - then for now, then in zip(_clocks(), began, strict=True))
        self.machine_s += max(took_s, at_least)
        self.machine_cpu_s += max(worked_s, at_least)
        self._pass(max(took_s, at_least))

    def _pass(self, seconds: float) -> None:
        self.now += seconds
        self.clock.advance(timedelta(seconds=seconds))


def _clocks() -> tuple[float, float]:
    """Seconds by the wall, and of this process' work."""
    return time.perf_counter(), time.process_time()


class Rush:
    """A station for the break, and what is found in its records afterwards."""

    def __init__(self, folder: Path, seed: int, pupils: int) -> None:
        self._clock = SettableClock(MORNING)
        self._engine = open_engine(sqlite_url(folder / "kiosk.db"))
        fill_demo_school(self._engine, 1, MORNING)
        outbox.prepare_station(self._engine)
        self._desk = Circulation(self._engine, 1, self._clock)
        self._green: set[str] = set()
        self._screen = open_driver("vi")
        slips = SlipDesk(self._engine, self._clock, SCHOOL, "Trạm 1", PrinterSettings())
        self._clerk = Clerk(
            SureDesk(self._desk, Reserve(folder)),
            slips,
            VisitSettings(),
            self._draw,
            now=lambda: self.rush.now,
        )
        cast = demo_cast(self._engine, 1, MORNING, seed)
        chance = random.Random(seed)
        scanner = ScannerSettings()
        self.rush = Break(
            cast, Prints(SCHOOL), self._clerk, self._clock, chance, pupils, scanner.fps
        )
        self._reader = Reader(lambda: self.rush, scanner, self._desk.rank, self._tell)

    def run(self) -> None:
        """Let the break happen."""
        self._screen.frames(3)
        self._reader.run()
        self._clerk.handle(DonePressed())
        self._screen.close()

    def lost(self) -> int:
        """Books that a pupil held up, or saw on green, and that are not on loan to them."""
        missing = 0
        on_loan: set[str] = set()
        for card, wanted in self.rush.wanted.items():
            patron = self._desk.identify(CardNumber(card))
            assert isinstance(patron, PatronKnown)
            held = {loan.accession for loan in patron.loans}
            on_loan |= held
            missing += len(set(wanted) - held)
        return missing + len(self._green - on_loan)

    def _tell(self, event: ScannerEvent) -> None:
        match event:
            case Scan():
                self._clerk.handle(event)
            case CameraLost():
                raise RuntimeError(event.reason)  # or the reader would begin the film anew

    def _draw(self, shown: Shown) -> None:
        """Draw at once: two frames go by until it is seen."""
        for act in getattr(shown.visit, "acts", ()):
            if isinstance(act, CheckedOut):
                self._green.add(act.accession)
        self._screen.app.show(shown)
        self._screen.frames(2)


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", seed=1, pupils=52)
    with tempfile.TemporaryDirectory() as folder:
        rush = Rush(Path(folder), asked.seed, asked.pupils)
        rush.run()
        report(_figures(rush), asked.json)


def _figures(rush: Rush) -> dict[str, float | int]:
    took_s, books = rush.rush.took_s, sum(map(len, rush.rush.wanted.values()))
    waited_s = (rush.rush.machine_s - rush.rush.machine_cpu_s) / len(took_s)
    return {
        "pupils_per_minute": 60 / statistics.mean(took_s),
        "seconds_per_pupil": statistics.mean(took_s),
        "seconds_per_pupil_p95": percentile(took_s, 0.95),
        "machine_seconds_per_pupil": rush.rush.machine_s / len(took_s),
        "undisturbed_seconds_per_pupil": statistics.mean(took_s) - waited_s,
        "lost": rush.lost(),
        "pupils": len(took_s),
        "books": books,
        "held_up_again": rush.rush.retries,
    }


if __name__ == "__main__":
    main()
