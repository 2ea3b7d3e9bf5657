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


@dataclass(frozen=True, slots=True)
class Barcode:
    """A code as one frame shows it; not yet believed."""

    text: str
    symbology: Symbology
    corners: tuple[Point, Point, Point, Point]
    """Upper left, upper right, lower right, lower left of the code as printed, in frame pixels."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A code that enough frames agreed on: one showing of one card or label."""

    text: str
    symbology: Symbology
    seen_at: float
    """When it was believed, in seconds of `time.monotonic`."""


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


ScannerEvent = Scan | TwoCodes | CameraLost | CameraBack
