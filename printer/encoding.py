"""Black and white dots into ESC/POS commands. Knows no device and sends nothing.

python-escpos writes the commands it is right about: initialising, one `GS v 0` image, the
cut. What it does not do is decided here, from the printing measurements:

* The image goes in bands of at most 255 rows, never a multiple of 48: some printers run out
  of buffer, or leave garbage on the next slip.
* Blank rows go as `ESC J`, a fifth less to send. Printers that count in half dots
  (Epson's default) leave less white there and lose nothing else.
* Image data never holds `10 04`, `10 05` or `10 14`, which printers obey even inside images.

Its connectors are left alone, as they report success on lost slips (`devices.py` sends), and
it is imported when the first slip is printed, since that takes a third of a second.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from PIL import Image, ImageOps

TALLEST_BAND = 255
"""Rows in one `GS v 0`; one byte of the two that tell the height."""
UNLUCKY_ROWS = 48
"""Bands of a multiple of this leave garbage on POS-5890 and its kin (python-escpos #424)."""
SHORTEST_GAP = 12
"""Blank rows worth a command of their own: 3 bytes and a new band header of 8."""
FEED_ROWS = 80
"""Blank rows below a slip (10 mm), so that it clears the tear bar of a printer without cutter."""

_LOOK_ALIKE = re.compile(rb"\x10(?=[\x04\x05\x14])")


def encode(picture: Image.Image) -> bytes:
    """Turn a picture into all the bytes of one slip, from `ESC @` to the cut.

    Args:
        picture: Mode "1", 0 for ink, as wide as the paper has dots.

    Raises:
        ValueError: The picture is not of mode "1", or its width is no multiple of 8.
    """
    safe = without_look_alikes(picture)
    slip = _builder()
    slip.hw("INIT")
    for is_ink, top, bottom in stripes(safe):
        if is_ink:
            for band in bands(safe, top, bottom):
                slip.image(band, impl="bitImageRaster")
        else:
            _feed(slip, bottom - top)
    _feed(slip, FEED_ROWS)
    slip.cut(feed=False)
    return bytes(slip.output)


def without_look_alikes(picture: Image.Image) -> Image.Image:
    """Set one dot beside each that would make image data look like a real-time command.

    `10` is a single dot; with its neighbour set it is `18`, which no command begins with.
    """
    if picture.mode != "1" or picture.width % 8:
        raise ValueError(f"cannot print a picture of mode {picture.mode}, {picture.width} px wide")
    ink = ImageOps.invert(picture).tobytes()
    safe = Image.frombytes("1", picture.size, _LOOK_ALIKE.sub(b"\x18", ink))
    return ImageOps.invert(safe)


def stripes(picture: Image.Image) -> Iterator[tuple[bool, int, int]]:
    """Split a picture into stripes with ink and blank ones of `SHORTEST_GAP` rows or more.

    Yields:
        Whether it holds ink, its first row, and the first row after it.
    """
    top = 0
    for gap_top, gap_bottom in _gaps(picture):
        if top < gap_top:
            yield True, top, gap_top
        yield False, gap_top, gap_bottom
        top = gap_bottom
    if top < picture.height:
        yield True, top, picture.height


def bands(picture: Image.Image, top: int, bottom: int) -> Iterator[Image.Image]:
    """Cut rows `top` to `bottom` into bands every printer takes."""
    for rows in band_rows(bottom - top):
        yield picture.crop((0, top, picture.width, top + rows))
        top += rows


def band_rows(rows: int) -> Iterator[int]:
    """Share `rows` out over bands: at most 255 each, none a multiple of 48."""
    while rows > TALLEST_BAND:
        yield TALLEST_BAND
        rows -= TALLEST_BAND
    if rows and rows % UNLUCKY_ROWS == 0:
        yield rows // 2 + 1
        rows = rows // 2 - 1
    if rows:
        yield rows


def _gaps(picture: Image.Image) -> Iterator[tuple[int, int]]:
    """First row and row after of each blank run of `SHORTEST_GAP` rows or more."""
    pixels, row_bytes = picture.tobytes(), picture.width // 8
    blank, start = b"\xff" * row_bytes, 0
    for row in range(picture.height + 1):
        if pixels[row * row_bytes : (row + 1) * row_bytes] == blank:
            continue
        if row - start >= SHORTEST_GAP:
            yield start, row
        start = row + 1


def _feed(slip: Any, rows: int) -> None:
    """Feed blank paper with `ESC J`, for which python-escpos has no word."""
    for done in range(0, rows, 255):
        slip._raw(bytes((0x1B, 0x4A, min(255, rows - done))))


@lru_cache(maxsize=1)
def _dummy() -> Any:
    """Import python-escpos and remove the temporary folder each import of it leaves behind."""
    from escpos import capabilities
    from escpos.printer import Dummy

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Dummy


def _builder() -> Any:
    """An empty slip. Of the profile only its width matters, and 576 dots is our widest paper."""
    return _dummy()(profile="TM-T20II")
