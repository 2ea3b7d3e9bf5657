"""The decoders that are compared: ours and the well-known ones, each as one call per frame.

All are used as their documentation shows; ours as the station uses it. Keeps out pictures
and figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from config.settings import ScannerSettings
from db.identifiers import rank
from scanner.decoding import Decoder
from scanner.frame import Pixels
from scanner.scan import Barcode
from scanner.steady import FIRST
from scanner.stripes import STRIP_ROWS, cleaned, find_stripes, upright
from scanner.symbols import linear_codes, qr_codes

Reader = Callable[[Pixels], set[str]]
"""Takes a (height, width, 3) BGR picture, gives the texts read in it."""

OURS = "ours"
YARDSTICK = "pyzbar"
FOUR = [
    pyzbar.ZBarSymbol.CODE128,
    pyzbar.ZBarSymbol.CODE39,
    pyzbar.ZBarSymbol.EAN13,
    pyzbar.ZBarSymbol.QRCODE,
]


def our_decoder() -> Decoder:
    """The station's decoder; its budget counts this thread's own time, not its neighbours'."""
    return Decoder(ScannerSettings(), lambda text: rank(text) >= FIRST, time.thread_time)


def our_barcodes(decoder: Decoder, picture: Pixels) -> tuple[Barcode, ...]:
    """Read a (height, width, 3) picture, or a grey one, as the camera thread does."""
    return decoder.decode(picture if picture.ndim == 2 else _grey(picture))


def well_known() -> dict[str, Reader]:
    """All peers by the name they are reported and chosen by."""
    return {
        YARDSTICK: lambda picture: _texts_of_pyzbar(pyzbar.decode(picture)),
        "pyzbar-four": lambda picture: _texts_of_pyzbar(pyzbar.decode(_grey(picture), FOUR)),
        "zxing": lambda picture: {result.text for result in zxingcpp.read_barcodes(picture)},
        "opencv": _opencv(),
        "r2": lambda picture: {barcode.text for barcode in _r2(_grey(picture))},
    }


def _grey(picture: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _texts_of_pyzbar(results: Iterable[pyzbar.Decoded]) -> set[str]:
    return {result.data.decode("utf-8", "replace") for result in results}


def _r2(grey: Pixels) -> list[Barcode]:
    """The pipeline that the decoding measurements (5) recommend to start from."""
    if barcodes := qr_codes(grey):
        return barcodes
    areas = find_stripes(grey)
    for strips in (
        (upright(grey, area).pixels for area in areas),
        (cleaned(upright(grey, area, STRIP_ROWS).pixels) for area in areas),
    ):
        for strip in strips:
            if barcodes := linear_codes(strip):
                return barcodes
    return linear_codes(grey, try_rotate=True)


def _opencv() -> Reader:
    """Both of OpenCV's detectors; between them they know EAN-13 and QR, not Code 128 or 39."""
    linear, square = cv2.barcode.BarcodeDetector(), cv2.QRCodeDetector()

    def read(picture: Pixels) -> set[str]:
        _, bars, *_ = linear.detectAndDecodeMulti(picture)
        try:
            _, squares, *_ = square.detectAndDecodeMulti(picture)
        except (cv2.error, UnicodeDecodeError):  # payloads that are no text
            squares = []
        return {text for text in [*bars, *squares] if text}

    return read
