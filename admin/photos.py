"""Reads the code in a picture that a telephone's browser took; keeps no picture.

The product's own decoder does it, as at the stations. OpenCV and the decoder are loaded with the
first picture. Keeps out what a code means.
"""

from __future__ import annotations

import io
from threading import Lock

import numpy as np
from PIL import Image, UnidentifiedImageError

from config.settings import ScannerSettings
from db.identifiers import rank

MOST_BYTES = 2 * 1024 * 1024
"""Of one picture; a telephone's at 1280 pixels has about 150 KB."""
MOST_PIXELS = 4_000_000
"""A picture is not unpacked beyond this, however few bytes it has."""
BUDGET_MS = 300
"""For one picture: there is no next frame a thirtieth of a second later."""

_ONE_AT_A_TIME = Lock()
"""A hub on a small machine lends its other processors to the desk."""


def read_photo(picture: bytes, prefixes: tuple[str, ...]) -> str:
    """The code in a picture, the library's own before others; empty if there is none to read.

    Args:
        picture: A JPEG, as it was sent: anything at all.
        prefixes: Of the school's kho.
    """
    if len(picture) > MOST_BYTES:
        return ""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
            if image.width * image.height > MOST_PIXELS:
                return ""
            grey = np.asarray(image.convert("L"), np.uint8)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return ""
    from scanner.decoding import Decoder

    settings = ScannerSettings(frame_budget_ms=BUDGET_MS)
    with _ONE_AT_A_TIME:
        codes = Decoder(settings, lambda text: rank(text, prefixes) > 1).decode(grey)
    best = max(codes, key=lambda code: rank(code.text, prefixes), default=None)
    return "" if best is None else best.text
