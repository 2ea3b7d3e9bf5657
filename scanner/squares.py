"""Finds where QR codes may be, enlarges those places and undoes blur. Keeps out reading.

A QR code changes both ways, bars only one way and paper none at all, so the places where the
weaker of both directions is strongest are the likeliest. Of 81 filmed frames that could have
been read but were not, half are read here: enlarged (modules of 1.2 to 2 pixels), refocused
(blur of up to 0.7 modules) or halted (movement of up to 5 modules).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from scanner.frame import Pixels
from scanner.scan import Point
from scanner.texture import CELL_PX, Texture

PLACE_PX = 192
REACH_CELLS = 9
"""Cells over which changes are averaged: a code of 25 modules, 3 pixels each."""
STRONGEST = 200.0
"""Sobel response above which an edge is no more likely to be of a code."""
WEAKEST = 25.0
"""Changes of the weaker direction below which a place holds no code: of 61 codes restored in
films all were above 34, of 450 frames without one half were below 26."""
ENLARGED = 2
LIGHTLY = (0.7, 0.1)
"""Standard deviation of blur (pixels) and share of noise that sharpening reckons with."""
STRONGLY = ((1.4, 0.004), (1.8, 0.001), (2.2, 0.001), (2.7, 0.001))
"""In turns over frames, each for another strength of blur."""
GLARING = 250
"""Grey level of a reflection, in which black and white are hardly apart."""
LOCAL_PX = 4.0
"""Standard deviation of the neighbourhood that says what is dark within a reflection."""
MOVED_PX = tuple(range(3, 31, 2))
"""How far a place may have moved while the shutter was open. Half a pixel off is too much already,
so those in between have their turn in the next frames."""
IN_BETWEEN_PX = (0.0, 1.0, 0.5, 1.5)
MOVED_NOISE = 0.005
SHARPEST_PX = 0.8
"""Blur that is always there."""
CONTRAST = 70.0
"""Grey levels of one standard deviation in a restored square: 42 of 91 were read, 36 when its
darkest and brightest hundredths were made black and white."""
DIRECTION_OFF = 0.09
"""Radians that the measured direction may be off: with it alone 82 of 153 moving codes in films
could be read, with those beside it 92."""
LEAST_CONTRAST = 1.5
"""Grey levels of a neighbourhood's deviation below which only noise is left."""
SMEAR_CELLS = 4
"""Cells to each side that are asked for the direction of a movement."""
SMEARED = 0.35
"""Share of what changes that must change one way only."""

Filters = NDArray[np.floating]
Blur = tuple[float, float]
"""Standard deviation (pixels) and share of noise."""


def likely_places(seen: Texture, count: int) -> list[tuple[int, int]]:
    """Give the middles of up to `count` places that may hold a QR code, in pixels, best first."""
    weaker = np.sqrt(np.maximum(seen.energy - seen.one_way, 0) / 2)
    changes = cv2.blur(np.minimum(weaker, STRONGEST), (REACH_CELLS, REACH_CELLS))
    places = []
    for _ in range(count):
        _, strength, _, (column, row) = cv2.minMaxLoc(changes)
        if strength < WEAKEST:
            break
        places.append((column * CELL_PX + CELL_PX // 2, row * CELL_PX + CELL_PX // 2))
        near = np.s_[max(row - REACH_CELLS, 0) : row + REACH_CELLS + 1]
        changes[near, max(column - REACH_CELLS, 0) : column + REACH_CELLS + 1] = 0
    return places


def smear_direction(seen: Texture, middle: tuple[int, int]) -> float | None:
    """Say which way a place moved while the shutter was open, in radians, if it did.

    Movement takes away what changes along it; a code at rest changes alike both ways.
    """
    column, row = (place // CELL_PX for place in middle)
    rows = slice(max(row - SMEAR_CELLS, 0), row + SMEAR_CELLS + 1)
    near = rows, slice(max(column - SMEAR_CELLS, 0), column + SMEAR_CELLS + 1)
    xx, yy, xy = (float(product[near].sum()) for product in (seen.xx, seen.yy, seen.xy))
    if np.hypot(xx - yy, 2 * xy) < SMEARED * (xx + yy):
        return None
    return float(0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Square:
    """A place restored and enlarged."""

    pixels: Pixels
    """(384, 384), grey."""
    to_picture: NDArray[np.float64]
    """(2, 3): pixels of the place before it was enlarged to those of the picture."""
    moved_px: float = 0.0
    """How long a movement was undone."""
    blur: Blur | None = None
    """Which strong blur was undone."""

    def in_picture(self, point: Point) -> Point:
        """Map a place of the enlarged square back to the picture."""
        x, y = self.to_picture @ (point.x / ENLARGED, point.y / ENLARGED, 1.0)
        return Point(float(x), float(y))


class Place:
    """A square cut out of a (height, width) picture about one of its points."""

    def __init__(self, grey: Pixels, middle: tuple[int, int]) -> None:
        height, width = grey.shape
        self._grey = grey
        self._middle = middle
        self._left = max(min(middle[0] - PLACE_PX // 2, width - PLACE_PX), 0)
        self._top = max(min(middle[1] - PLACE_PX // 2, height - PLACE_PX), 0)

    def refocused(self, blur: Blur) -> Square:
        """Undo this blur."""
        restored = cv2.idft(self._spectrum * _unblurring(*blur))
        levels = _enlarged(_stretched(restored), cv2.INTER_CUBIC)
        return Square(levels, self._to_picture, blur=blur)

    def evened(self) -> Square:
        """Tell dark from bright by what is around, for within a reflection both are bright."""
        levels = np.asarray(128 + 127 * evened(self._cut, LOCAL_PX), np.uint8)
        return Square(_enlarged(levels, cv2.INTER_CUBIC), self._to_picture)

    def halted(self, direction: float, lengths_px: Iterable[float]) -> Iterator[Square]:
        """Undo movement in this direction (radians) by one length after the other.

        The place is turned first, so that it moved along its rows, by the exact direction.
        """
        cos, sin = np.cos(direction), np.sin(direction)
        turn = np.array([[cos, sin], [-sin, cos]])
        shift = (PLACE_PX / 2, PLACE_PX / 2) - turn @ self._middle
        matrix = np.column_stack([turn, shift])
        size, border = (PLACE_PX, PLACE_PX), cv2.BORDER_REPLICATE
        rows = cv2.warpAffine(self._grey, matrix, size, borderMode=border).astype(np.float32)
        spectra = cv2.dft(rows, flags=cv2.DFT_ROWS)
        to_picture = cv2.invertAffineTransform(matrix).astype(np.float64)
        for length_px in lengths_px:
            restored = cv2.idft(spectra * _halting(length_px), flags=cv2.DFT_ROWS)
            levels = _enlarged(_centred(restored), cv2.INTER_LINEAR)
            yield Square(levels, to_picture, length_px)

    @property
    def _cut(self) -> Pixels:
        return self._grey[self._top : self._top + PLACE_PX, self._left : self._left + PLACE_PX]

    @property
    def _to_picture(self) -> NDArray[np.float64]:
        return np.array([[1, 0, self._left], [0, 1, self._top]], np.float64)

    @cached_property
    def _spectrum(self) -> Filters:
        cut = self._cut
        square = np.zeros((PLACE_PX, PLACE_PX), np.float32)
        square[: cut.shape[0], : cut.shape[1]] = cut
        return np.asarray(cv2.dft(square))


def evened(grey: Pixels, reach_px: float) -> NDArray[np.float32]:
    """Compare each pixel with those around it: -1 (dark for here) to 1 (bright for here)."""
    light = grey.astype(np.float32)
    off = light - cv2.GaussianBlur(light, (0, 0), reach_px)
    around = cv2.sqrt(cv2.GaussianBlur(off * off, (0, 0), reach_px))
    return np.asarray(np.clip(off / np.maximum(around, LEAST_CONTRAST), -1, 1), np.float32)


def _enlarged(levels: MatLike, method: int) -> Pixels:
    large = cv2.resize(levels, None, fx=ENLARGED, fy=ENLARGED, interpolation=method)
    return np.asarray(large, np.uint8)


def _stretched(restored: MatLike) -> MatLike:
    """Make the darkest hundredth black and the brightest white."""
    sample = np.sort(restored[::4, ::4], axis=None)
    low, high = float(sample[len(sample) // 100]), float(sample[-len(sample) // 100])
    scale = 255 / max(high - low, 1e-3)
    return cv2.convertScaleAbs(np.maximum(restored, low), alpha=scale, beta=-low * scale)


def _centred(restored: MatLike) -> MatLike:
    """Make what is average grey: a wrong length's ghosts are darker and brighter than the code."""
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(restored))
    scale = CONTRAST / max(deviation, 1e-3)
    return np.asarray(np.clip(restored * scale + (128 - mean * scale), 0, 255), np.uint8)


@lru_cache(maxsize=len(STRONGLY) + 1)
def _unblurring(sigma_px: float, noise: float) -> Filters:
    down, across = _frequencies()
    return _wiener(_gauss(sigma_px, down, across), noise)


@lru_cache(maxsize=128)
def _halting(moved_px: float) -> Filters:
    """For rows in the packed order that `cv2.dft` explains: real parts beside imaginary ones."""
    along = np.arange(1, PLACE_PX + 1) // 2 / PLACE_PX
    kept = np.sinc(moved_px * along) * np.exp(-2 * np.square(np.pi * SHARPEST_PX * along))
    return _wiener(kept, MOVED_NOISE)


def _frequencies() -> tuple[Filters, Filters]:
    """Those of a real spectrum in the packed order that `cv2.dft` explains."""
    packed = np.arange(1, PLACE_PX + 1) // 2 / PLACE_PX
    down = np.repeat(np.fft.fftfreq(PLACE_PX)[:, None], PLACE_PX, axis=1)
    down[:, 0] = down[:, -1] = packed
    return down, np.repeat(packed[None], PLACE_PX, axis=0)


def _gauss(sigma_px: float, down: Filters, across: Filters) -> Filters:
    return np.asarray(np.exp(-2 * (np.pi * sigma_px) ** 2 * (np.square(down) + np.square(across))))


def _wiener(kept: Filters, noise: float) -> Filters:
    """Turn what a blur keeps of each frequency into what undoes it."""
    return np.asarray(kept / (np.square(kept) + noise), np.float32)
