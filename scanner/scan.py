"""What leaves this package: a believed code. Keeps out what the code means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Symbology(StrEnum):
    """The only four kinds of code the station reads (measured: others are mostly misreads)."""

    CODE_128 = "code-128"
    CODE_39 = "code-39"
    EAN_13 = "ean-13"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a frame, in pixels from its upper left corner."""

    x: float
    y: float


Corners = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Barcode:
    """A code as one frame shows it; not yet believed."""

    text: str
    symbology: Symbology
    corners: Corners
    """Upper left, upper right, lower right, lower left of the code as printed, in frame pixels."""


class Source(StrEnum):
    """How a code came in."""

    CAMERA = "camera"
    WEDGE = "wedge"
    """A hand scanner that types into the window, as a keyboard does."""
    GRABBED = "grabbed"
    """A hand scanner whose keys reach this program only."""
    SERIAL = "serial"
    TYPED = "typed"
    """Somebody's fingers, on the screen."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A believed code: one showing of one card or label, or what was typed in its place."""

    text: str
    symbology: Symbology | None
    """None from everything but a camera: hand scanners do not say."""
    seen_at: float
    """When it was believed, in seconds of `time.monotonic`."""
    source: Source = Source.CAMERA


@dataclass(frozen=True, slots=True)
class TwoCodes:
    """Two different codes were held up at once, so neither is believed."""

    seen_at: float


@dataclass(frozen=True, slots=True)
class CameraLost:
    """No picture comes from the camera; it is being looked for."""

    camera: str
    reason: str


@dataclass(frozen=True, slots=True)
class CameraBack:
    """Pictures come (again)."""

    camera: str


@dataclass(frozen=True, slots=True)
class HandScannerLost:
    """The hand scanner that the settings name gives nothing; it is being looked for."""

    scanner: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandScannerBack:
    """The hand scanner is there (again)."""

    scanner: str


ScannerEvent = Scan | TwoCodes | CameraLost | CameraBack | HandScannerLost | HandScannerBack
