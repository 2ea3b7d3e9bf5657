"""Finds where QR codes may be, enlarges those places and undoes blur. Keeps out reading.

A QR code changes both ways, bars only one way and paper none at all, so the places where the
weaker of both directions is strongest are the likeliest. Of 122 frames that were unread as
they are, half were read here: enlarged alone (modules of 1.2 to 2 pixels), or sharpened
(blur of up to 0.7 modules). Codes of 25 modules must fit into a place.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.frame import Pixels
from scanner.scan import Point
from scanner.texture import CELL_PX, Texture

PLACE_PX = 192
REACH_CELLS = 9
"""Cells over which changes are averaged: a code of 25 modules, 3 pixels each."""
STRONGEST = 200.0
"""Sobel response above which an edge is no more likely to be of a code."""
ENLARGED = 2
LIGHTLY = (0.7, 0.1)
"""Standard deviation of blur (pixels) and share of noise that sharpening reckons with."""
STRONGLY = ((1.4, 0.1), (1.8, 0.01), (2.2, 0.0015))
"""In turns over frames, each for another strength of blur."""

Filters = NDArray[np.float32]


def likely_places(seen: Texture, count: int) -> list[tuple[int, int]]:
    """Give the middles of places that may hold a QR code, x and y in pixels, likeliest first."""
    weaker = np.sqrt(np.maximum(seen.energy - seen.one_way, 0) / 2)
    changes = cv2.blur(np.minimum(weaker, STRONGEST), (REACH_CELLS, REACH_CELLS))
    places = []
    for _ in range(count):
        *_, (column, row) = cv2.minMaxLoc(changes)
        places.append((column * CELL_PX + CELL_PX // 2, row * CELL_PX + CELL_PX // 2))
        near = np.s_[max(row - REACH_CELLS, 0) : row + REACH_CELLS + 1]
        changes[near, max(column - REACH_CELLS, 0) : column + REACH_CELLS + 1] = 0
    return places


class Place:
    """A square cut out of a (height, width) picture about one of its points."""

    def __init__(self, grey: Pixels, middle: tuple[int, int]) -> None:
        height, width = grey.shape
        self._left = max(min(middle[0] - PLACE_PX // 2, width - PLACE_PX), 0)
        self._top = max(min(middle[1] - PLACE_PX // 2, height - PLACE_PX), 0)
        cut = grey[self._top : self._top + PLACE_PX, self._left : self._left + PLACE_PX]
        light = np.zeros((PLACE_PX, PLACE_PX), np.float32)
        light[: cut.shape[0], : cut.shape[1]] = np.square(cut, dtype=np.float32)
        self._spectrum = cv2.dft(light)

    def sharpened(self, sigma_px: float, noise: float) -> Pixels:
        """Undo blur of this standard deviation, twice as large: (384, 384)."""
        raised = self._spectrum * _filter(sigma_px, noise)
        restored = cv2.idft(raised)
        low, high = np.percentile(restored[::4, ::4], (1, 99))
        scale = np.float32(255 / max(high - low, 1.0))
        levels = np.clip((restored - np.float32(low)) * scale, 0, 255).astype(np.uint8)
        large = cv2.resize(levels, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
        return np.asarray(large, np.uint8)

    def in_picture(self, point: Point) -> Point:
        """Map a place of the enlarged square back to the picture."""
        return Point(point.x / ENLARGED + self._left, point.y / ENLARGED + self._top)


@lru_cache(maxsize=8)
def _filter(sigma_px: float, noise: float) -> Filters:
    """What undoes the blur, in the packed order of real spectra that `cv2.dft` explains."""
    packed = np.arange(1, PLACE_PX + 1) // 2 / PLACE_PX
    down = np.repeat(np.fft.fftfreq(PLACE_PX)[:, None], PLACE_PX, axis=1)
    down[:, 0] = down[:, -1] = packed
    kept = np.exp(-2 * np.square(np.pi * sigma_px) * (np.square(down) + np.square(packed)))
    return np.asarray(kept / (np.square(kept) + noise), np.float32)
