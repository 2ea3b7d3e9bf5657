"""Everything that can happen at a kiosk, and what the screen is shown. Plain values only.

Touches, believed codes, device troubles and passing time all go to the clerk's one inbox;
one `Shown` comes out. The screen has no state of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from db.identifiers import AccessionNumber
from db.notices import Board
from db.sync.report import HubState, SyncReport
from kiosk.browsing import PLAIN, BrowseEvent, Page, View
from kiosk.rooms import RoomEvent
from kiosk.visit import Visit, Waiting
from printer.receipt import PrinterNews, PrintReport
from scanner.scan import (
    CameraBack,
    CameraLost,
    HandScannerBack,
    HandScannerLost,
    ScannerEvent,
)


@dataclass(frozen=True, slots=True)
class DonePressed:
    """The button Xong was touched."""


@dataclass(frozen=True, slots=True)
class ReturnPressed:
    """The button Trả cuốn này was touched, about a copy the reader already holds."""

    accession: AccessionNumber


@dataclass(frozen=True, slots=True)
class UndoPressed:
    """The button Bỏ cuốn này was touched, about what was done last."""


@dataclass(frozen=True, slots=True)
class LoanPressed:
    """One of the reader's loans was touched in their list."""

    accession: AccessionNumber


@dataclass(frozen=True, slots=True)
class RenewPressed:
    """The button Gia hạn was touched, about a copy the reader has."""

    accession: AccessionNumber


@dataclass(frozen=True, slots=True)
class RenewAllPressed:
    """Everything the reader has is to be kept longer, as far as it may be."""


@dataclass(frozen=True, slots=True)
class ReadHerePressed:
    """The button Đọc tại chỗ was touched, about a copy that may not leave."""

    accession: AccessionNumber


@dataclass(frozen=True, slots=True)
class MoreLoansPressed:
    """The list of loans was turned to its next page."""


class Wear(StrEnum):
    """What a reader says of a copy with one touch, as it is written down for the librarian."""

    TORN = "rách"
    DIRTY = "bẩn"


@dataclass(frozen=True, slots=True)
class WearPressed:
    """The copy handed in last is said to be worn."""

    wear: Wear


@dataclass(frozen=True, slots=True)
class HoldPressed:
    """A title is to be put aside for the reader, once a copy of it comes back."""

    edition_id: UUID


@dataclass(frozen=True, slots=True)
class HelpPressed:
    """The button Gọi thủ thư was touched."""


@dataclass(frozen=True, slots=True)
class PrintPressed:
    """A button for the slip was touched: In phiếu, Chữ to, or In lại."""

    large: bool = False


@dataclass(frozen=True, slots=True)
class LendingPaused:
    """The librarian lets lending rest at this station, or go on; returns are always taken."""

    paused: bool


@dataclass(frozen=True, slots=True)
class ScreenFault:
    """A state could not be drawn: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Something that was on offer for some seconds no longer is."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The program is ending."""


@dataclass(frozen=True, slots=True)
class PracticeReady:
    """The school to practise in is made."""


@dataclass(frozen=True, slots=True)
class DiskFull:
    """A loan no longer fitted on the disk; what was kept back for that is being used."""


Touch = (
    DonePressed
    | ReturnPressed
    | UndoPressed
    | LoanPressed
    | RenewPressed
    | RenewAllPressed
    | ReadHerePressed
    | MoreLoansPressed
    | WearPressed
    | HoldPressed
    | HelpPressed
    | PrintPressed
)
"""What a finger does."""

News = (
    CameraLost
    | CameraBack
    | HandScannerLost
    | HandScannerBack
    | PrintReport
    | PrinterNews
    | SyncReport
    | DiskFull
    | LendingPaused
    | PracticeReady
    | ScreenFault
    | TimePassed
)
"""What the station's parts tell of themselves; nobody asks for anything by it."""

KioskEvent = ScannerEvent | Touch | BrowseEvent | RoomEvent | News | Stopped


class CameraState(StrEnum):
    """Whether the station can see."""

    NONE = "none"
    """There is to be none: a hand scanner is enough."""
    STARTING = "starting"
    SEEING = "seeing"
    LOST = "lost"


class RecordsState(StrEnum):
    """How the station's file was found when it started."""

    SOUND = "sound"
    RENEWED = "renewed"
    """Damaged; a new one has everything that the hub does not."""
    LOST = "lost"
    """Damaged; some of what the hub does not have could not be read."""
    UNKNOWN = "unknown"
    """Damaged; how much of that is lost cannot be told."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the devices are, for the thin line at the edge of every screen."""

    camera: CameraState = CameraState.STARTING
    hand_scanner_lost: bool = False
    """Whether there should be one that is not there."""
    slip: PrintReport | None = None
    """How far the slip of the visit just ended has come; None while it is being printed."""
    printer: PrinterNews = field(default_factory=PrinterNews)
    has_printer: bool = False
    has_hub: bool = False
    hub: HubState = HubState.UNASKED
    waiting_events: int = 0
    records_as_of: datetime | None = None
    """As of when the hub's records are here; None if they never came."""
    records: RecordsState = RecordsState.SOUND
    lost_events: int = 0
    """With `RecordsState.LOST`: how many loans and returns nobody will ever know of."""
    disk_full: bool = False
    lending_paused: bool = False
    """Whether the librarian lets lending rest at this station."""
    returns_only: bool = False
    """Whether this station takes books back and does nothing else."""
    help_called: bool = False
    """Whether somebody here has asked for the librarian."""
    asks_wear: bool = False
    """Whether a reader may say with one touch that a copy they bring is worn."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the screen is told; nothing else reaches it."""

    visit: Visit = field(default_factory=Waiting)
    status: Status = Status()
    ends_at: float | None = None
    """When this state ends by itself, in seconds of `time.monotonic`."""
    patience_s: float = 0.0
    """How long that wait is in all, for drawing the countdown."""
    undo_until: float | None = None
    """Until when what was done last can be taken back, by the same clock; None if it cannot."""
    undo_s: float = 0.0
    """How long that is in all."""
    page: Page | None = None
    """What lies over the visit, and is drawn in its place."""
    view: View = PLAIN
    board: Board | None = None
    """What the idle screen tells everyone."""
    is_practice: bool = False
    """Whether nothing of this is real (`kiosk.practice`)."""


def noted(status: Status, event: KioskEvent | None) -> Status:
    """How the devices are, now that one of them has told of itself."""
    match event:
        case CameraLost():
            return replace(status, camera=CameraState.LOST)
        case CameraBack():
            return replace(status, camera=CameraState.SEEING)
        case HandScannerLost() | HandScannerBack():
            return replace(status, hand_scanner_lost=isinstance(event, HandScannerLost))
        case SyncReport(hub, waiting, as_of):
            return replace(status, hub=hub, waiting_events=waiting, records_as_of=as_of)
        case DiskFull():
            return replace(status, disk_full=True)
        case LendingPaused(paused):
            return replace(status, lending_paused=paused)
        case PrinterNews():
            return replace(status, printer=event)
    return status
