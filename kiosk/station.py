"""One station: its parts wired together, and the order in which they start and stop.

Up to six threads beside the screen's own: camera, hand-scanner, clerk, printer, sync, care. Values
cross between them through one inbox or one call each, and none waits for another.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kivy.clock import Clock as ScreenClock

from db import outbox
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, Clock
from db.corners import Corners
from db.demo import DemoCast, demo_cast, fill_demo_school
from db.helping import Helping
from db.pins import Pins
from db.reserve import Reserve
from db.salvage import Salvage, open_or_renew
from db.sets import TextbookSets
from db.slips import NO_PRINTER, PrinterStatus, give_up_interrupted, note_printer
from db.sure_desk import SureDesk
from db.sync.client import SyncThread
from db.sync.credentials import has_hub
from kiosk.app import KioskApp
from kiosk.browser import Browser
from kiosk.browsing import LookAgain
from kiosk.caretaker import Caretaker
from kiosk.clerk import Clerk
from kiosk.corner_room import CornerRoom, CornerTools, DropOffRoom
from kiosk.desk_paper import DeskPaper
from kiosk.doors import Room
from kiosk.events import CameraState, DiskFull, KioskEvent, RecordsState, Shown, Status
from kiosk.machine import StationMachine
from kiosk.options import Options
from kiosk.practice import Practices
from kiosk.receipts import SlipDesk
from kiosk.recording import Album, Journal
from kiosk.shelves import LibraryShelves
from kiosk.sounds.player import Player
from kiosk.staff_room import StaffRoom, StaffTools
from kiosk.threads import Threads
from kiosk.visit import Waiting
from kiosk.wording import Wording
from printer.devices import open_device
from printer.spooler import Spooler
from scanner.camera import open_camera
from scanner.errors import CameraNotFound
from scanner.frame import Camera
from scanner.hand_reader import HandReader
from scanner.hand_scanner import open_hand_scanner
from scanner.reader import Reader
from scanner.repeats import Repeats
from scanner.scan import CameraBack, CameraLost, HandScannerLost, Scan

if TYPE_CHECKING:
    from kiosk.demo import Director, Scene

LOOK_AGAIN_S = 20.0
"""How often the idle screen sees what the library tells: hours, rules, new books."""
BLIND_S = 5.0
"""With `--once`: a camera that is away for this long has no more pictures to give."""


class Station:
    """Everything one kiosk is made of."""

    def __init__(self, options: Options, clock: Clock) -> None:
        """Open the records and build the parts; nothing runs yet.

        Raises:
            DatabaseError: The records cannot be used.
        """
        self._options = options
        self._settings = settings = options.settings
        self._clock = clock
        self._threads = Threads()
        self._records: list[Callable[[Shown], None]] = []
        self.is_worn_out = False
        """Whether it ended because mistakes of ours followed each other: start anew."""
        self._fault: CameraLost | None = None
        self._blind_since = 0.0
        self._repeats = Repeats()
        self._open_records()
        self._circulation = desk = Circulation(self._engine, settings.station.school_id, clock)
        self._school = desk.school_name() or ""
        self._director = self._hire_director() if settings.scanner.camera == "demo" else None
        self._build_printer()
        self._sync = SyncThread(
            self._engine, settings.hub, self._tell, settings.station.school_id, self._camera_state
        )
        sure = SureDesk(desk, self._reserve, lambda: self._tell(DiskFull()))
        self._clerk = Clerk(
            sure,
            self._slips,
            settings.visit,
            self._draw,
            self._sync.nudge,
            self._first_status(Helping(desk).is_paused()),
            browser=Browser(LibraryShelves(sure.library), language=settings.screen.language),
            rehearse=Practices(
                clock, settings.visit, sure.read_code, self._begin_practice, self._tell
            ).begin,
            rooms=self._rooms(sure),
            worn_out=self._wear_out,
        )
        self._reader = Reader(self._open_camera, settings.scanner, desk.rank, self._tell)
        setting = settings.scanner.hand_scanner
        self._hand = HandReader(setting, lambda: open_hand_scanner(setting), self._tell)
        self._build_screen()

    def on_drawn(self, record: Callable[[Shown], None]) -> None:
        """Tell `record`, on the screen's thread, each state once it is on the screen."""
        self._records.append(record)
        self._app.on_drawn = self._record

    def run(self) -> None:
        """Serve until the window is closed, or until the pictures are over.

        Raises:
            CameraNotFound: There were to be pictures, once, and there are none.
        """
        self._threads.start("clerk", self._clerk.run)
        if self._has_camera:
            self._threads.start("camera", self._watch)
        if self._settings.scanner.hand_scanner != "none":
            self._threads.start("hand-scanner", self._hand.run)
        if self._spooler is not None:
            self._threads.start("printer", self._spooler.run)
        if has_hub(self._settings.hub):
            self._threads.start("sync", self._sync.run)
        self._threads.start("care", self._caretaker.run)
        signal.signal(signal.SIGTERM, lambda *_: ScreenClock.schedule_once(self._leave))
        try:
            self._app.run()
        except KeyboardInterrupt:
            pass  # Ctrl-C is a way to end it
        finally:
            self._stop()
        if self._options.once and not self._reader.ended.is_set() and self._fault is not None:
            raise CameraNotFound(self._fault.camera, self._fault.reason)

    def _open_records(self) -> None:
        data_dir = self._settings.station.data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        records = data_dir / "kiosk.db"
        self._engine, self._salvage = open_or_renew(records, self._clock.now())
        folder = self._settings.station.copies_dir
        self._reserve = Reserve(data_dir)
        self._caretaker = Caretaker(records, folder, self._clock, self._reserve.fill)
        if self._options.demo_school:
            fill_demo_school(self._engine, self._settings.station.school_id, self._clock.now())
        outbox.prepare_station(self._engine)
        give_up_interrupted(self._engine, self._clock.now())

    def _build_printer(self) -> None:
        """Make the spooler, if there is a printer, and the desk it keeps slips' fates with."""
        settings = self._settings
        self._slips = SlipDesk(
            self._engine, self._clock, self._school, settings.station.name, settings.printer
        )
        self._spooler: Spooler | None = None
        device = open_device(settings.printer)
        # What stands there is of the last run; the spooler tells only what differs from well.
        note_printer(self._engine, PrinterStatus(NO_PRINTER if device is None else ""))
        if device is not None:
            self._spooler = Spooler(device, settings.printer, self._tell, self._slips)
            self._slips.printer = self._spooler

    def _rooms(self, desk: SureDesk) -> tuple[Room, ...]:
        """The librarian's mode and the class corners; where only returns are taken, those too."""
        paper = DeskPaper(
            self._slips,
            self._clock,
            self._school,
            self._settings.station.name,
            self._settings.printer,
            self._spooler,
        )
        nudge, now = self._sync.nudge, self._clock.now
        self._machine = StationMachine(self._engine, self._settings, self._begin, self._tell)
        corners = CornerRoom(CornerTools(desk, Corners(desk.library), paper, nudge, now))
        tools = StaffTools(
            pins=Pins(desk.library),
            records=Helping(desk),
            sets=TextbookSets(self._circulation, desk.library),
            printing=paper,
            crates=corners,
            machine=self._machine,
            read_code=desk.read_code,
            look_up=desk.identify,
            tell=self._tell,
            committed=nudge,
            clock=now,
            now=time.monotonic,
        )
        rooms: tuple[Room, ...] = (StaffRoom(tools), corners)
        if self._settings.station.role == "corner":
            return (*rooms, DropOffRoom(desk, nudge))
        return rooms

    def _begin(self, task: Callable[[], None]) -> None:
        """Let the librarian's task run beside the clerk."""
        self._threads.once("task", task)

    def _begin_practice(self, task: Callable[[], None]) -> None:
        """Let a school to practise in be made beside the clerk."""
        self._threads.once("practice", task)

    def _build_screen(self) -> None:
        self._app = KioskApp(
            self._settings.screen,
            Wording(self._settings.screen.language, by_hand=not self._has_camera),
            self._tell,
            lambda: self._reader.newest,
            self._school,
            self._settings.station.name,
            play=Player(
                lambda: self._machine.loudness.sound,
                lambda: self._clock.now().astimezone(SCHOOL_ZONE),
            ).play,
        )
        for record in self._recorders():
            self.on_drawn(record)
        ScreenClock.schedule_interval(lambda _dt: self._tell(LookAgain()), LOOK_AGAIN_S)
        if self._options.once:
            ScreenClock.schedule_interval(self._stop_when_over, 0.25)

    def _recorders(self) -> Iterator[Callable[[Shown], None]]:
        if self._options.journal is not None:
            yield Journal(self._options.journal).drawn
        if self._options.demo_out is not None and not self._sees_people:
            folder = self._options.demo_out / "screens"
            yield Album(folder, self._app.picture, ScreenClock.schedule_once).drawn

    @property
    def _sees_people(self) -> bool:
        """Whether a live camera is used: then no picture of the screen is ever kept."""
        camera = self._settings.scanner.camera
        return self._has_camera and camera != "demo" and not Path(camera).exists()

    @property
    def _has_camera(self) -> bool:
        return self._settings.scanner.camera != "none"

    def _camera_state(self) -> str:
        """For the hub, in its words."""
        if not self._has_camera:
            return "none"
        return "seeing" if self._fault is None else "lost"

    def _record(self, shown: Shown) -> None:
        for record in self._records:
            record(shown)

    def _first_status(self, is_paused: bool) -> Status:
        return Status(
            camera=CameraState.STARTING if self._has_camera else CameraState.NONE,
            has_printer=self._spooler is not None,
            has_hub=has_hub(self._settings.hub),
            records=records_state(self._salvage),
            lost_events=len(self._salvage.lost) if self._salvage else 0,
            lending_paused=is_paused,
            returns_only=self._settings.station.role == "corner",
        )

    def _open_camera(self) -> Camera:
        if self._director is None:
            return open_camera(self._settings.scanner)
        from scanner.simulated import FilmCamera

        return FilmCamera(self._scenes(self._director), self._settings.scanner.fps)

    def _scenes(self, director: Director) -> Iterator[Scene]:
        if self._options.short:
            return director.short_morning()
        return director.morning() if self._options.once else director.mornings()

    def _hire_director(self) -> Director:
        from kiosk.demo import Director

        def casting(seed: int) -> DemoCast:
            school_id = self._settings.station.school_id
            return demo_cast(self._engine, school_id, self._clock.now(), seed)

        return Director(casting, self._school, self._options.seed)

    def _watch(self) -> None:
        """Body of the camera thread: a film that is over leaves a station that cannot see."""
        self._reader.run()
        if self._reader.ended.is_set() and not self._options.once:
            self._tell(CameraLost(self._settings.scanner.camera, "the pictures are over"))

    def _tell(self, event: KioskEvent) -> None:
        match event:
            case CameraLost():
                self._fault, self._blind_since = event, time.monotonic()
                print(f"camera {event.camera}: {event.reason}", file=sys.stderr)
            case CameraBack():
                self._fault = None
            case HandScannerLost():
                print(f"hand scanner {event.scanner}: {event.reason}", file=sys.stderr)
            case Scan() if self._repeats.is_repeat(event):
                return
        self._clerk.tell(event)

    def _draw(self, shown: Shown) -> None:
        if self._director is not None:
            self._director.watch(shown)
        self._app.show(shown)

    def _wear_out(self) -> None:
        """End, so that whatever watches over the process starts a fresh one."""
        self.is_worn_out = True
        ScreenClock.schedule_once(self._leave)

    def _leave(self, _dt: float) -> None:
        self._app.stop()

    def _stop_when_over(self, _dt: float) -> None:
        blind = self._fault is not None and time.monotonic() - self._blind_since > BLIND_S
        if (self._reader.ended.is_set() or blind) and self._clerk.visit == Waiting():
            self._app.stop()

    def _stop(self) -> None:
        """Ask every thread to end, the one that reports to the hub last."""
        self._reader.stop()
        self._hand.stop()
        self._clerk.stop()
        self._threads.join("camera", "hand-scanner", "clerk", "task")
        if self._spooler is not None:
            self._spooler.stop()
        self._sync.stop()
        self._caretaker.stop()
        self._threads.join("printer", "sync", "care")
        self._engine.dispose()


def records_state(salvage: Salvage | None) -> RecordsState:
    """What the screen says of the station's file."""
    match salvage:
        case None:
            return RecordsState.SOUND
        case Salvage(is_end_known=False):
            return RecordsState.UNKNOWN
        case Salvage(lost=()):
            return RecordsState.RENEWED
    return RecordsState.LOST
