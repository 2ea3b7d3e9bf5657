"""Asks zxing-cpp and pyzbar what a grey picture says. Keeps out where and how one looks."""

from __future__ import annotations

from collections.abc import Callable

import structlog
import zxingcpp
from zxingcpp import BarcodeFormat, BarcodeFormats, TextMode

from scanner.damaged import repaired
from scanner.frame import Pixels
from scanner.scan import Barcode, Corners, Point, Symbology

SYMBOLOGIES = {
    BarcodeFormat.Code128: Symbology.CODE_128,
    BarcodeFormat.Code39: Symbology.CODE_39,
    BarcodeFormat.EAN13: Symbology.EAN_13,
    BarcodeFormat.QRCode: Symbology.QR,
}
"""zxing-cpp also finds kin of these (Micro QR, Code 39 extended); they are left out."""
CODE_32 = "0123456789BCDFGHJKLMNPQRSTUVWXYZ"
"""Digits to the base of 32, in which Italian pharmacies write numbers as Code 39."""
LINEAR = BarcodeFormats([BarcodeFormat.Code128, BarcodeFormat.Code39, BarcodeFormat.EAN13])
QR_ONLY = BarcodeFormats([BarcodeFormat.QRCode])
SHORTEST_LINEAR = 4
"""Characters; shorter linear texts are mostly pieces of longer ones (measurements, 4)."""
BOOK_PREFIXES = ("978", "979")

log = structlog.get_logger()


def qr_codes(grey: Pixels) -> list[Barcode]:
    """Read QR codes at any angle in a (height, width) picture, also damaged ones of our kind."""
    results = zxingcpp.read_barcodes(
        grey,
        formats=QR_ONLY,
        text_mode=TextMode.Plain,
        try_rotate=False,
        try_invert=False,
        return_errors=True,
    )
    return [barcode for result in results if (barcode := _whole(grey, result))]


def linear_codes(grey: Pixels, try_rotate: bool = False) -> list[Barcode]:
    """Read upright bars in a (height, width) picture; with `try_rotate` also lying ones."""
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


def is_doubtful(barcode: Barcode) -> bool:
    """Whether it is an EAN-13 of no book: mostly a misread where bars were hard to see.

    Source: decoding measurements, 4: the prefix stops all of pyzbar's 31 on photographs.
    """
    return barcode.symbology is Symbology.EAN_13 and not barcode.text.startswith(BOOK_PREFIXES)


def pyzbar_reader() -> Callable[[Pixels], list[Barcode]] | None:
    """Get the function that reads books' EAN-13 by pyzbar, or None where libzbar0 is missing."""
    try:
        from pyzbar import pyzbar
    except ImportError:
        log.warning("pyzbar_missing")
        return None

    def read(grey: Pixels) -> list[Barcode]:
        barcodes = []
        for result in pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.EAN13]):
            x, y, w, h = (float(side) for side in result.rect)
            square = (Point(x, y), Point(x + w, y), Point(x + w, y + h), Point(x, y + h))
            barcodes.append(Barcode(result.data.decode("ascii"), Symbology.EAN_13, square))
        return barcodes

    return read


def _whole(grey: Pixels, result: zxingcpp.Barcode) -> Barcode | None:
    """Take what zxing-cpp read, or what it only found and we can read."""
    if result.valid:
        return _barcode(result)
    corners = _corners(result)
    text = repaired(grey, corners)
    return Barcode(text, Symbology.QR, corners) if text else None


def _is_plausible(text: str) -> bool:
    return len(text) >= SHORTEST_LINEAR and text.isascii() and text.isprintable()


def _barcode(result: zxingcpp.Barcode) -> Barcode | None:
    symbology, text = SYMBOLOGIES.get(result.format), result.text
    if result.format == BarcodeFormat.Code32:
        symbology, text = Symbology.CODE_39, _as_printed(text)
    if symbology is None or not text:
        return None
    return Barcode(text, symbology, _corners(result))


def _corners(result: zxingcpp.Barcode) -> Corners:
    place = result.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    a, b, c, d = (Point(float(corner.x), float(corner.y)) for corner in corners)
    return a, b, c, d


def _as_printed(pharmacy_number: str) -> str:
    """Turn a number back into the Code 39 that zxing-cpp took it from.

    It cannot be kept from doing so: one in nine of our GV numbers, as Code 39, was taken for
    such a number, for it has six characters and a check digit that happens to be right.
    """
    number = int(pharmacy_number[1:])
    return "".join(CODE_32[number >> 5 * place & 31] for place in reversed(range(6)))
