"""Black and white dots into ESC/POS commands. Knows no device and sends nothing.

The whole slip is an image, as few printers know Vietnamese letters. From the printing
measurements:

* The image goes in bands of at most 255 rows, never a multiple of 48: some printers run out
  of buffer, or leave garbage on the next slip.
* A band is no wider than its ink, and blank rows go as `ESC J`: a third less to send. Printers
  that count in half dots (Epson's default) leave less white there and lose nothing else.
* Image data never holds `10 04`, `10 05` or `10 14`, which printers obey even inside images.
* Every slip begins with `ESC @`. Nothing here opens a cash drawer.

python-escpos writes the same `GS v 0`, but whole, and takes a third of a second to import; it
is the peer that tests and `benchmarks.print` compare with.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from config.settings import PrinterSettings

UNLUCKY_ROWS = 48
"""Bands of a multiple of this leave garbage on POS-5890 and its kin (python-escpos #424)."""
SHORTEST_GAP = 12
"""Blank rows worth an `ESC J`: it stops some printers for a moment."""
HEADER_BYTES = 8
"""Of `GS v 0`."""
LONGEST_FEED = 255
"""Rows of one `ESC J`."""
RESET = b"\x1b@"
_CUTS = {
    "none": b"",
    "gs-v-0": b"\x1dV\x00",
    "gs-v-1": b"\x1dV\x01",
    "gs-v-66": b"\x1dVB\x00",
    "esc-i": b"\x1bi",
    "esc-m": b"\x1bm",
}
_LOOK_ALIKE = re.compile(rb"\x10(?=[\x04\x05\x14])")

Rows = NDArray[np.uint8]
"""(rows, bytes of a row); a set bit is ink."""


@dataclass(frozen=True, slots=True)
class Band:
    """Rows `top` to `bottom` that go as one image, `width` bytes wide."""

    top: int
    bottom: int
    width: int

    @property
    def rows(self) -> int:
        """How high it is."""
        return self.bottom - self.top

    @property
    def cost(self) -> int:
        """Bytes it takes."""
        return HEADER_BYTES + self.rows * self.width


def encode(picture: Image.Image, settings: PrinterSettings | None = None) -> tuple[bytes, ...]:
    """Turn a picture into all the bytes of one slip, from `ESC @` to the cut.

    Args:
        picture: Mode "1", 0 for ink, at most as wide as the paper has dots.
        settings: The paper's cutter, and what the printer can take; the usual ones if None.

    Returns:
        One command each, so that a sender may rest between them.

    Raises:
        ValueError: The picture is not of mode "1", or its width is no multiple of 8.
    """
    wishes = settings or PrinterSettings()
    if picture.mode != "1" or picture.width % 8:
        raise ValueError(f"cannot print a picture of mode {picture.mode}, {picture.width} px wide")
    ink = np.frombuffer(ImageOps.invert(picture).tobytes(), np.uint8)
    rows = ink.reshape(picture.height, picture.width // 8)
    return (RESET, *_image(rows, wishes.band_rows), *_feeds(wishes.feed_rows), *_cut(wishes.cutter))


def _image(rows: Rows, tallest: int) -> Iterator[bytes]:
    at = 0
    for band in joined(ink_runs(rows)):
        yield from _feeds(band.top - at)
        for part in cut_to_size(band, tallest):
            yield raster(rows[part.top : part.bottom, : part.width])
        at = band.bottom
    yield from _feeds(len(rows) - at)


def ink_runs(rows: Rows) -> Iterator[Band]:
    """The runs of rows that hold ink, each as wide as its ink."""
    used = rows.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], used, [False]))))
    for top, bottom in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        columns = np.flatnonzero(rows[top:bottom].any(axis=0))
        yield Band(top, bottom, int(columns[-1]) + 1)


def joined(runs: Iterator[Band]) -> Iterator[Band]:
    """Fill short gaps, with one band instead of two where that takes fewer bytes."""
    last: Band | None = None
    for run in runs:
        if last is None or run.top - last.bottom >= SHORTEST_GAP:
            if last is not None:
                yield last
            last = run
            continue
        filled = replace(last, bottom=run.top)
        together = Band(last.top, run.bottom, max(last.width, run.width))
        if together.cost <= filled.cost + run.cost:
            last = together
        else:
            yield filled
            last = run
    if last is not None:
        yield last


def cut_to_size(band: Band, tallest: int) -> Iterator[Band]:
    """Cut a band into parts of at most `tallest` rows, none of them a multiple of 48."""
    tallest -= tallest % UNLUCKY_ROWS == 0
    while band.rows > tallest:
        yield replace(band, bottom=band.top + tallest)
        band = replace(band, top=band.top + tallest)
    if band.rows % UNLUCKY_ROWS == 0:
        middle = band.top + band.rows // 2 + 1
        yield replace(band, bottom=middle)
        band = replace(band, top=middle)
    yield band


def raster(rows: Rows) -> bytes:
    """One `GS v 0 m xL xH yL yH d…`, in which nothing looks like a real-time command.

    `10` is a single dot; with its neighbour set it is `18`, which no command begins with.
    """
    height, width = rows.shape
    data = _LOOK_ALIKE.sub(b"\x18", rows.tobytes())
    return b"\x1dv0\x00" + struct.pack("<HH", width, height) + data


def _feeds(rows: int) -> Iterator[bytes]:
    for done in range(0, rows, LONGEST_FEED):
        yield b"\x1bJ" + bytes((min(LONGEST_FEED, rows - done),))


def _cut(cutter: str) -> tuple[bytes, ...]:
    return (_CUTS[cutter],) if _CUTS[cutter] else ()
