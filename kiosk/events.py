"""Everything that can happen at a kiosk, and what the screen is shown. Plain values only.

Touches, believed codes, device troubles and passing time all go to the clerk's one inbox;
one `Shown` comes out. The screen has no state of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from db.identifiers import AccessionNumber
from db.sync.report import HubState, SyncReport
from kiosk.rooms import RoomEvent
from kiosk.visit import Visit, Waiting
from printer.receipt import PrinterNews, PrintReport
from scanner.scan import ScannerEvent


@dataclass(frozen=True, slots=True)
class DonePressed:
    """The button Xong was touched."""


@dataclass(frozen=True, slots=True)
class ReturnPressed:
    """The button Trả cuốn này was touched, about a copy the reader already holds."""

    accession: AccessionNumber


@dataclass(frozen=True, slots=True)
class PrintPressed:
    """A button for the slip was touched: In phiếu, Chữ to, or In lại."""

    large: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The program is ending."""


@dataclass(frozen=True, slots=True)
class DiskFull:
    """A loan no longer fitted on the disk; what was kept back for that is being used."""


@dataclass(frozen=True, slots=True)
class LendingPaused:
    """The librarian lets lending rest at this station, or go on; returns are always taken."""

    paused: bool


KioskEvent = (
    ScannerEvent
    | PrintReport
    | PrinterNews
    | DonePressed
    | ReturnPressed
    | PrintPressed
    | RoomEvent
    | SyncReport
    | DiskFull
    | LendingPaused
    | Stopped
)


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
    hub: HubState = HubState.AWAY
    waiting_events: int = 0
    records_as_of: datetime | None = None
    """As of when the hub's records are here; None if they never came."""
    records: RecordsState = RecordsState.SOUND
    lost_events: int = 0
    """With `RecordsState.LOST`: how many loans and returns nobody will ever know of."""
    disk_full: bool = False
    lending_paused: bool = False
    """Whether the librarian lets lending rest at this station."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the screen is told; nothing else reaches it."""

    visit: Visit = field(default_factory=Waiting)
    status: Status = Status()
    ends_at: float | None = None
    """When this state ends by itself, in seconds of `time.monotonic`."""
    patience_s: float = 0.0
    """How long that wait is in all, for drawing the countdown."""
