"""The settings of one machine: typed, frozen, one class for each part that needs some.

Every field has its unit, range and reason in `kiosk.example.toml`; reading a file and
gathering its mistakes is in `checking.py`.
"""

from __future__ import annotations

from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from config.printer_address import read_printer

SERIAL_BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
"""Speeds a serial scanner can be set to; 9600 is what they come with."""
HAND_SCANNER_FORMS = (
    'give "none", "auto", "evdev:NAME", "/dev/input/by-id/…" or "serial:///dev/ttyACM0?baud=9600"'
)


def read_serial(url: str) -> tuple[Path, int]:
    """Read "serial:///dev/ttyACM0?baud=9600" into the port and its bits a second.

    Raises:
        ValueError: It names no port, no speed a scanner has, or something else besides.
    """
    port, _, wishes = url.removeprefix("serial://").partition("?")
    if port == url or not port.startswith("/dev/"):
        raise ValueError(HAND_SCANNER_FORMS)
    baud = wishes.removeprefix("baud=") if wishes else "9600"
    if wishes and (baud == wishes or baud not in map(str, SERIAL_BAUDS)):
        bauds = ", ".join(map(str, SERIAL_BAUDS))
        raise ValueError(f"after the port, give only ?baud= and one of {bauds}")
    return Path(port), int(baud)


class Part(BaseModel):
    """A table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def _auto_or(lowest: float, highest: float) -> BeforeValidator:
    """Take "auto" or a number; what is neither is one mistake, not one for each kind."""

    def check(value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value == "auto" or (is_number and lowest <= value <= highest):
            return value
        raise ValueError(f'give "auto" or a number from {lowest:g} to {highest:g}')

    return BeforeValidator(check)


class StationSettings(Part):
    """Who this station is."""

    name: str = Field(default="Trạm 1", min_length=1, max_length=40)
    """Shown on screen and printed on slips."""
    school_id: int = Field(default=1, ge=1)
    """The school's number in the hub's database."""
    data_dir: Path = Path("var")
    """Folder of the station's own database and logs."""
    copies_dir: str = ""
    """Where a copy of the database goes each day, such as a USB stick; empty: in `data_dir`."""
    role: Literal["library", "corner"] = "library"
    """"library" serves pupils by their cards; "corner" only takes books back, without one."""


class ScannerSettings(Part):
    """Where pictures come from and when a code is believed."""

    camera: str = "auto"
    """"auto", "demo", a number (USB), "csi", a URL, a video file, or a folder of pictures.
    "none" where there is a hand scanner only."""
    width_px: int = Field(default=1280, ge=320, le=4096)
    height_px: int = Field(default=720, ge=240, le=2160)
    fps: int = Field(default=15, ge=1, le=60)
    exposure: Annotated[Literal["auto"] | float, _auto_or(0.1, 1000)] = "auto"
    """How long the shutter is open, in milliseconds; "auto" leaves it to the camera."""
    focus: Annotated[Literal["auto"] | float, _auto_or(0, 1023)] = "auto"
    """USB: the driver's own steps. CSI: dioptres, one divided by the distance in metres."""
    brightness: Annotated[Literal["auto"] | float, _auto_or(-255, 255)] = "auto"
    """USB: the driver's own steps. CSI: -1 to 1. "auto" leaves what the camera has."""
    mirror: bool = False
    """Whether the picture on the screen is mirrored: for a camera that faces the pupil."""
    agreeing_reads: int = Field(default=2, ge=2, le=10)
    """Equal reads on different frames before one of our codes is believed."""
    agree_within_s: float = Field(default=1.0, gt=0, le=5)
    forget_after_s: float = Field(default=1.5, gt=0, le=10)
    """A code out of sight for this long may be shown anew."""
    frame_budget_ms: float = Field(default=33.0, ge=5, le=500)
    """Time one frame may take to decode; the last stages are left out beyond it."""
    pyzbar: bool = True
    """Whether pyzbar is the last chance on EAN-13 when the budget allows."""
    hand_scanner: str = "none"
    """"none", "auto", "evdev:NAME", a path under /dev/input, or a serial port. One that types
    into the window as a keyboard does is heard whatever stands here."""

    @field_validator("hand_scanner")
    @classmethod
    def _known_hand_scanner(cls, value: str) -> str:
        named = value.removeprefix("evdev:").strip() if value.startswith("evdev:") else ""
        if value in ("none", "auto") or named or value.startswith("/dev/input/"):
            return value
        read_serial(value)
        return value


class PrinterSettings(Part):
    """Where slips go, what paper they go on, and who gets one."""

    device: str = "none"
    """As `config.printer_address` reads it."""
    width_px: Literal[384, 512, 576] = 384
    """Dots across the paper: 384 for 58 mm rolls, 576 for 80 mm, 512 for 80 mm at 180 dpi."""
    cutter: Literal["none", "gs-v-0", "gs-v-1", "gs-v-66", "esc-i", "esc-m"] = "gs-v-66"
    """The command that cuts; printers without a cutter pass over GS V."""
    feed_rows: int = Field(default=80, ge=0, le=400)
    """Blank rows below a slip, so that it clears the cutter or the tear bar (80 are 10 mm)."""
    band_rows: int = Field(default=255, ge=8, le=255)
    """Most rows of one image command; fewer for printers with little memory."""
    band_pause_ms: int = Field(default=0, ge=0, le=1000)
    """A rest after each command, for printers that lose bytes."""
    receipts: Literal["always", "ask", "timeout", "never"] = "always"
    """"ask": when touched. "timeout": when touched, and when a visit ended by itself."""
    large_print: bool = False
    """Slips with large letters for everyone; otherwise one is to be had by touch."""
    print_name: bool = False
    """Whether the reader's name is on a slip: slips are left lying in books."""
    print_class: bool = False
    expire_after_s: float = Field(default=600, ge=10, le=3600)
    """A slip that could not be printed for this long is given up: paper put in later must not
    print it in front of somebody else. It is also given up when the next reader comes."""

    @field_validator("device")
    @classmethod
    def _known_device(cls, value: str) -> str:
        read_printer(value)
        return value


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HubSettings(Part):
    """The librarian's database to report to."""

    url: str = ""
    """Address of the hub; empty for the one that this station was paired with, if any."""
    token_file: Path = Path("hub.token")
    """File with the token by which the hub knows this station."""
    trust_file: Path = Path("hub.trust")
    """File with the paired hub's address and authority."""
    every_s: float = Field(default=60, ge=1, le=3600)
    """Longest pause between two attempts to report."""

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError('give an address such as "http://127.0.0.1:8765"')
        if value.startswith("http://") and not _is_loopback(urlsplit(value).hostname or ""):
            raise ValueError(f'over the network only "https://{value[7:]}" is safe')
        return value.rstrip("/")


class VisitSettings(Part):
    """How long the station waits for a reader."""

    idle_s: float = Field(default=20, ge=5, le=120)
    """A visit in which nothing happens ends by itself."""
    farewell_s: float = Field(default=6, ge=2, le=30)
    """How long the closing screen stays."""
    notice_s: float = Field(default=5, ge=2, le=30)
    """How long an answer stays on the idle screen."""
    ask_wear: bool = True
    """Whether a reader may say with one touch that a copy they bring is torn or dirty."""


class ScreenSettings(Part):
    """The window."""

    width_px: int = Field(default=1280, ge=480, le=4096)
    height_px: int = Field(default=800, ge=480, le=4096)
    fullscreen: bool = False
    language: Literal["vi", "en"] = "vi"


class SoundSettings(Part):
    """What is heard."""

    volume: int = Field(default=50, ge=0, le=100)
    """Percent; 0 for a station that is never heard."""
    mute: tuple[str, ...] = ()
    """Times of day when nothing is heard, such as "11:30-13:30"."""

    @field_validator("mute")
    @classmethod
    def _spans(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for span in value:
            _read_span(span)
        return value

    def hours(self) -> tuple[tuple[time, time], ...]:
        """The silent times, each from when until when."""
        return tuple(_read_span(span) for span in self.mute)


def _read_span(span: str) -> tuple[time, time]:
    begins, _, ends = span.partition("-")
    try:
        return time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    except ValueError:
        raise ValueError('give times of day such as "11:30-13:30"') from None


class Settings(Part):
    """Everything one station is told."""

    station: StationSettings = StationSettings()
    scanner: ScannerSettings = ScannerSettings()
    printer: PrinterSettings = PrinterSettings()
    hub: HubSettings = HubSettings()
    visit: VisitSettings = VisitSettings()
    screen: ScreenSettings = ScreenSettings()
    sound: SoundSettings = SoundSettings()
