"""A station with its librarian's mode and class corners, on the real window, real records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from config.settings import PrinterSettings, SoundSettings, VisitSettings
from db.corners import Corners
from db.helping import Helping
from db.identifiers import corner_text
from db.models import OutboxEvent
from db.patrons import Patrons
from db.pins import Pins
from db.reserve import Reserve
from db.sets import TextbookSets
from db.states import RoleName
from db.sure_desk import SureDesk
from kiosk.clerk import Clerk
from kiosk.comfort import Backlight, Loudness
from kiosk.corner_room import CornerRoom, CornerTools, DropOffRoom
from kiosk.desk_paper import DeskPaper
from kiosk.doors import Room
from kiosk.events import KioskEvent, Shown, Status
from kiosk.receipts import SlipDesk
from kiosk.staff import DigitTyped, PinEntered, PowerAct, PowerRefused, StickCopied, TaskDone
from kiosk.staff_room import StaffRoom, StaffTools
from kiosk.visit import Visit
from printer.receipt import PrintOutcome, PrintReport, Receipt, Slip
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool
from tests.screen_driver import ScreenDriver
from tests.screen_states import CALM

PIN = "271828"


class FakeMachine:
    """A machine that does at once what it is told, and remembers it."""

    def __init__(self, tell: Any, folder: Path) -> None:
        self.done: list[str] = []
        self.loudness = Loudness(SoundSettings(mute=("09:00-09:30",)), folder / "sound.json")
        self.backlight = Backlight(folder / "backlight")
        self._tell = tell

    def disk_free_mb(self) -> int:
        return 11_400

    def copy_to_stick(self, copied_at: datetime) -> None:
        self.done.append("stick")
        self._tell(TaskDone(StickCopied("/media/usb", 12, 3.5)))

    def pair(self, text: str) -> None:
        self.done.append(f"pair {text}")

    def power(self, act: PowerAct) -> None:
        self.done.append(act.value)
        self._tell(TaskDone(PowerRefused()))


class StaffedStation:
    """Everything of a station but its threads: what is touched goes to the clerk at once."""

    def __init__(
        self,
        school: DemoSchool,
        driver: ScreenDriver,
        *,
        returns_only: bool = False,
        is_new: bool = True,
    ) -> None:
        self.school, self.driver = school, driver
        self.cast = school.cast()
        self.printed: list[Slip] = []
        self._draws = True
        self.readers_gone = 0
        self.later: list[KioskEvent] = []
        self.machine = FakeMachine(self.later.append, school.folder)
        self.desk = school.desk
        self.sure = SureDesk(self.desk, Reserve(Path("unused")))
        self.librarian, self.helper = self.cast.teachers[0], self.cast.free_pupils[9]
        if is_new:
            self._appoint()
        status = replace(CALM, returns_only=returns_only)
        self.clerk = self._clerk(status, returns_only)
        driver.show(Shown(status=status))

    @classmethod
    def restarted(cls, before: StaffedStation) -> StaffedStation:
        """The same file after the plug was pulled: nothing in memory is left."""
        return cls(before.school, before.driver, is_new=False)

    def _appoint(self) -> None:
        library = self.school.desk.library
        patrons, pins = Patrons(library), Pins(library)
        patrons.appoint(self.librarian.id, RoleName.LIBRARIAN, "QĐ 12")
        patrons.appoint(self.helper.id, RoleName.COLLABORATOR, "QĐ 14")
        pins.set(self.librarian.id, PIN, "test")
        pins.set(self.helper.id, PIN[::-1], "test")

    def _clerk(self, status: Status, returns_only: bool) -> Clerk:
        clock, wishes = self.school.clock, PrinterSettings()
        slips = SlipDesk(self.school.engine, clock, "Trường", "Trạm 1", wishes)
        slips.printer = self
        self.slips = slips
        paper = DeskPaper(slips, clock, "Trường", "Trạm 1", wishes, self)
        tools = CornerTools(self.sure, Corners(self.sure.library), paper, self._nudge, clock.now)
        corners = CornerRoom(tools)
        staff = StaffTools(
            pins=Pins(self.sure.library),
            records=Helping(self.sure),
            sets=TextbookSets(self.desk, self.sure.library),
            printing=paper,
            crates=corners,
            machine=self.machine,
            read_code=self.desk.read_code,
            look_up=self.desk.identify,
            tell=self.later.append,
            committed=self._nudge,
            clock=clock.now,
            now=lambda: self.driver.monotonic_s,
        )
        rooms: tuple[Room, ...] = (StaffRoom(staff), corners)
        if returns_only:
            rooms = (*rooms, DropOffRoom(self.sure, self._nudge))
        return Clerk(
            self.sure,
            slips,
            VisitSettings(),
            self._show,
            status=status,
            now=lambda: self.driver.monotonic_s,
            rooms=rooms,
        )

    def print_soon(self, slip: Slip) -> None:
        self.printed.append(slip)
        if isinstance(slip, Receipt):
            self.slips.settled(PrintReport(slip.slip_number, PrintOutcome.DONE))

    def reader_gone(self) -> None:
        self.readers_gone += 1

    def _nudge(self) -> None:
        """Nobody waits for events here."""

    def corner(self, name: str = "Tủ sách lớp 6A") -> UUID:
        """Set up a class corner; its teacher is the second, its pupils the first two."""
        pupils = [pupil.id for pupil in self.cast.free_pupils[:2]]
        teacher = self.cast.teachers[1].id
        return Corners(self.desk.library).begin(name, "6A", teacher, pupils)

    def scan(self, text: str) -> Visit:
        """Hold something up."""
        return self.hear(Scan(text, Symbology.QR, self.driver.monotonic_s))

    def scan_corner(self, corner_id: UUID) -> Visit:
        """Hold up the code of a corner's poster."""
        return self.scan(corner_text(corner_id))

    def touch(self, words: str) -> Visit:
        """Touch what says `words`."""
        said = {
            button: [getattr(w, "full_text", "") for w in button.walk(restrict=True)]
            for button in self.driver.touchables()
        }
        found = [button for button, texts in said.items() if words in texts]
        assert len(found) == 1, words
        return self.tap(found[0])

    def tap(self, button: Any) -> Visit:
        """Touch one thing."""
        self.driver.tap(button)
        while self.driver.sent:
            self.hear(self.driver.sent.pop(0))
        return self.clerk.visit

    def of_kind(self, name: str) -> list[Any]:
        """What can be touched and is of one kind."""
        return [one for one in self.driver.touchables() if type(one).__name__ == name]

    def type_by_touch(self, pin: str) -> Visit:
        """Touch the digits of a PIN on the pad, and its tick, which is its last key."""
        for digit in pin:
            self.touch(digit)
        return self.tap(self.of_kind("Key")[-1])

    def type(self, pin: str) -> Visit:
        """The same without fingers; only what comes of it is drawn."""
        self._draws = False
        for digit in pin:
            self.clerk.handle(DigitTyped(digit))
        self._draws = True
        return self.hear(PinEntered())

    def _show(self, shown: Shown) -> None:
        if self._draws:
            self.driver.show(shown)

    def sign_in(self) -> Visit:
        """The librarian's card and PIN."""
        self.scan(self.librarian.card)
        return self.type(PIN)

    def wait(self, seconds: float) -> Visit:
        """Let time pass until the state ends, and tell the clerk if it does."""
        self.driver.monotonic_s += seconds
        shown = self.driver.app._shown
        if shown.ends_at is not None and shown.ends_at <= self.driver.monotonic_s:
            return self.hear(None)
        return self.clerk.visit

    def hear(self, event: KioskEvent | None) -> Visit:
        """Let the clerk hear of something, and of what follows."""
        self.clerk.handle(event)
        while self.later:
            self.clerk.handle(self.later.pop(0))
        return self.clerk.visit

    def says(self, words: str) -> bool:
        """Whether the screen says something."""
        return any(words in text for text in self.driver.texts())

    def acts(self) -> list[str]:
        """What the hub's audit log will hear, in its order."""
        with self.school.engine.begin() as connection:
            asked = select(OutboxEvent.payload).order_by(OutboxEvent.seq)
            payloads = connection.execute(asked).scalars().all()
        return [payload["act"] for payload in payloads if "act" in payload]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind."""
        with self.school.engine.begin() as connection:
            asked = select(OutboxEvent.payload).where(OutboxEvent.type == kind)
            return list(connection.execute(asked.order_by(OutboxEvent.seq)).scalars())
