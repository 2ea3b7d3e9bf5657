"""Reads the codes in one grey picture, cheapest way first. Keeps out what a code means.

The stages, in the order of their cost, end with the first that reads something wanted:

1. QR codes on the whole picture (zxing-cpp finds them at any angle).
2. Linear codes in striped areas turned upright.
3. The same areas squeezed and cleaned.
4. Linear codes on the whole picture: too small or too short to look striped.
5. QR codes on a sharpened picture.
6. EAN-13 by pyzbar, only if the budget is not spent and the settings allow it.

On slow boards the budget is spent before stage 3 to 5 are through; then they take turns
over frames. Source: decoding measurements, 1, 1b and 5.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
import structlog
import zxingcpp
from zxingcpp import BarcodeFormat, BarcodeFormats, TextMode

from config.settings import ScannerSettings
from scanner.frame import Pixels
from scanner.scan import Barcode, Point, Symbology
from scanner.stripes import STRIP_ROWS, Crop, Stripes, cleaned, find_stripes, upright

SYMBOLOGIES = {
    BarcodeFormat.Code128: Symbology.CODE_128,
    BarcodeFormat.Code39: Symbology.CODE_39,
    BarcodeFormat.EAN13: Symbology.EAN_13,
    BarcodeFormat.QRCode: Symbology.QR,
}
"""zxing-cpp also finds kin of these (Micro QR, Code 39 extended); they are left out."""
LINEAR = BarcodeFormats([BarcodeFormat.Code128, BarcodeFormat.Code39, BarcodeFormat.EAN13])
QR_ONLY = BarcodeFormats([BarcodeFormat.QRCode])
SHORTEST_LINEAR = 4
"""Characters; shorter linear texts are mostly pieces of longer ones (measurements, 4)."""
BOOK_PREFIXES = ("978", "979")
"""Without one of these an EAN-13 of pyzbar is mostly a misread or a UPC-E (measurements, 4)."""
SMALLEST_PX = 16
STILL_FRAMES = 8
"""After so many still frames without a code only every eighth is looked at."""
STILL_LEVELS = 10
"""Grey levels a thumbnail pixel may differ and still be noise."""
THUMBNAIL = (160, 90)

log = structlog.get_logger()


@dataclass(slots=True)
class Look:
    """One picture and what was found in it so far."""

    grey: Pixels
    found: dict[str, Barcode] = field(default_factory=dict)
    """By text: the same text twice in one picture is one code for us."""
    unread: list[Stripes] = field(default_factory=list)

    def add(self, barcodes: Iterable[Barcode]) -> None:
        """Keep what is new."""
        for barcode in barcodes:
            self.found.setdefault(barcode.text, barcode)


Stage = Callable[[Look], None]


class Decoder:
    """Reads one frame after another; one per thread."""

    def __init__(
        self,
        settings: ScannerSettings,
        accepts: Callable[[str], bool],
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._budget_s = settings.frame_budget_ms / 1000
        self._accepts = accepts
        self._now = now
        self._last_chance = _pyzbar_stage() if settings.pyzbar else None
        self._turn = 0
        self._thumbnail = np.zeros(THUMBNAIL[::-1], np.uint8)
        self._still = 0

    def decode(self, frame_grey: Pixels) -> tuple[Barcode, ...]:
        """Read a (height, width) picture of any size; never raises, whatever it shows.

        Returns:
            The codes found; those `accepts` turns down only if nothing better was found.
        """
        if min(frame_grey.shape) < SMALLEST_PX or self._nothing_moves(frame_grey):
            return ()
        look = Look(np.ascontiguousarray(frame_grey))
        self._search(look)
        if look.found:
            self._still = 0  # whoever is being read is never out of sight because it is held still
        return tuple(look.found.values())

    def _search(self, look: Look) -> None:
        deadline = self._now() + self._budget_s
        if self._wanted(read_qr, look) or self._wanted(read_upright, look):
            return
        for done in range(len(LATE_STAGES)):
            if done and self._now() > deadline:
                self._turn = (self._turn + done) % len(LATE_STAGES)
                return
            if self._wanted(LATE_STAGES[(self._turn + done) % len(LATE_STAGES)], look):
                return
        if self._last_chance and not look.found and self._now() < deadline:
            self._last_chance(look)

    def _wanted(self, stage: Stage, look: Look) -> bool:
        stage(look)
        return any(self._accepts(text) for text in look.found)

    def _nothing_moves(self, grey: Pixels) -> bool:
        """Whether this frame can be left out: the same as those before, which held nothing."""
        thumbnail = np.asarray(cv2.resize(grey, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
        if cv2.norm(thumbnail, self._thumbnail, cv2.NORM_INF) > STILL_LEVELS:
            self._thumbnail, self._still = thumbnail, 0
            return False
        self._still += 1
        return self._still > STILL_FRAMES and self._still % STILL_FRAMES != 0


def read_qr(look: Look) -> None:
    """Read QR codes on the whole picture."""
    look.add(_qr(look.grey))


def read_upright(look: Look) -> None:
    """Read linear codes in striped areas turned upright."""
    look.unread = find_stripes(look.grey)
    _read_areas(look, lambda stripes: upright(look.grey, stripes))


def read_strips(look: Look) -> None:
    """Read linear codes in the cleaned strips of areas still unread."""

    def strip(stripes: Stripes) -> Crop:
        crop = upright(look.grey, stripes, STRIP_ROWS)
        return Crop(cleaned(crop.pixels), crop.to_picture)

    _read_areas(look, strip)


def read_whole(look: Look) -> None:
    """Read linear codes on the whole picture, lying or standing."""
    look.add(_linear(look.grey, try_rotate=True))


def read_sharpened(look: Look) -> None:
    """Read QR codes on a sharpened picture: helps when the card is held too close."""
    soft = cv2.GaussianBlur(look.grey, (0, 0), 2)
    look.add(_qr(np.asarray(cv2.addWeighted(look.grey, 2.5, soft, -1.5, 0), np.uint8)))


LATE_STAGES: tuple[Stage, ...] = (read_strips, read_whole, read_sharpened)


def _read_areas(look: Look, cut: Callable[[Stripes], Crop]) -> None:
    unread = []
    for stripes in look.unread:
        crop = cut(stripes)
        barcodes = _linear(crop.pixels, try_rotate=False)
        look.add(_placed(barcode, crop) for barcode in barcodes)
        if not barcodes:
            unread.append(stripes)
    look.unread = unread


def _placed(barcode: Barcode, crop: Crop) -> Barcode:
    """Give the code its place in the frame: its own width, the height of its stripes."""
    xs = [point.x for point in barcode.corners]
    left, right = (xs[0] + xs[3]) / 2, (xs[1] + xs[2]) / 2
    top, bottom = 0.0, float(crop.pixels.shape[0])
    if left > right:  # held upside down
        top, bottom = bottom, top
    square = [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]
    a, b, c, d = crop.in_picture(square)
    return Barcode(barcode.text, barcode.symbology, (a, b, c, d))


def _qr(grey: Pixels) -> list[Barcode]:
    results = zxingcpp.read_barcodes(
        grey,
        formats=QR_ONLY,
        text_mode=TextMode.Plain,
        try_rotate=False,
        try_invert=False,
    )
    return [barcode for result in results if (barcode := _barcode(result))]


def _linear(grey: Pixels, try_rotate: bool) -> list[Barcode]:
    # Down-scaling invents a second, wrong Code 128 on perfect pictures (measurements, 4).
    results = zxingcpp.read_barcodes(
        grey,
        formats=LINEAR,
        text_mode=TextMode.Plain,
        try_rotate=try_rotate,
        try_downscale=False,
        try_invert=False,
    )
    barcodes = [barcode for result in results if (barcode := _barcode(result))]
    return [barcode for barcode in barcodes if _is_plausible(barcode.text)]


def _is_plausible(text: str) -> bool:
    return len(text) >= SHORTEST_LINEAR and text.isascii() and text.isprintable()


def _barcode(result: zxingcpp.Barcode) -> Barcode | None:
    symbology = SYMBOLOGIES.get(result.format)
    if symbology is None or not result.text:
        return None
    place = result.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    a, b, c, d = (Point(float(corner.x), float(corner.y)) for corner in corners)
    return Barcode(result.text, symbology, (a, b, c, d))


def _pyzbar_stage() -> Stage | None:
    try:
        from pyzbar import pyzbar
    except ImportError:  # Debian's libzbar0 is not installed
        log.warning("pyzbar_missing")
        return None

    def read_with_pyzbar(look: Look) -> None:
        for result in pyzbar.decode(look.grey, symbols=[pyzbar.ZBarSymbol.EAN13]):
            text = result.data.decode("ascii")
            if not text.startswith(BOOK_PREFIXES):
                continue
            x, y, w, h = (float(side) for side in result.rect)
            square = (Point(x, y), Point(x + w, y), Point(x + w, y + h), Point(x, y + h))
            look.add([Barcode(text, Symbology.EAN_13, square)])

    return read_with_pyzbar
