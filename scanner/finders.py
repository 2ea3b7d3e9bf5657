"""Finds the corner squares of QR codes that could not be read, and measures the code by them.

A finder pattern is a dark square in a white one in a dark one, seven modules wide (ISO/IEC
18004, 6.3.3), and stays one when the rest is illegible. Dark is what is darker than its
neighbourhood. Keeps out reading, and finding codes that are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from scanner.frame import Pixels
from scanner.guidance import Clue
from scanner.scan import Point
from scanner.striped import STEP_TO_SLOPE

SMALLEST_AREA_PX = 40.0
RING, CORE = (0.3, 0.75), (0.06, 0.4)
"""Share of the white and the inner dark square in the whole: 25/49 and 9/49, and blurred."""
FINDER_MODULES = 7
LEGIBLE_PX = 1.8
"""zxing-cpp needs nearly two pixels for each module (tried on rendered cards at all distances)."""
APART = (1.5, 6.5)
"""From one finder's middle to another's, in their widths: version 1 to 5, side and diagonal."""
LEAST_CONTRAST = 0.3
"""Of the paper's grey between ink and paper; shades of the background have less."""
ALONE_PX = 150.0
"""A single finder counts when it is so large that the others have left the frame."""
LIGHT_RING, DARK_RING = 2 / 7, 3 / 7
"""How far from its middle a finder pattern is light and dark again, in its widths."""
TURNED_RATIO = 2.2
"""Length to width: 63 degrees from the front."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What counts as dark in a picture of some size."""

    scale: float
    """Frame pixels for each of the picture's."""
    reach_px: int
    """How wide a neighbourhood is; about seven modules see through the strongest blur."""
    darker: int
    """By how many grey levels; noise is stronger in an enlarged picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """A corner square of a QR code."""

    centre: tuple[float, float]
    long_px: float
    short_px: float
    corners: NDArray[np.float32]
    """(4, 2), frame pixels."""


def find_finders(grey: Pixels, sieve: Sieve, origin: tuple[int, int] = (0, 0)) -> list[Finder]:
    """Find nested squares in a (height, width) picture.

    Args:
        grey: A part of the frame in the size that the sieve is for.
        sieve: What is dark.
        origin: Where its upper left corner lies in the frame.
    """
    dark = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, sieve.reach_px, sieve.darker
    )
    contours, tree = cv2.findContours(dark, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return []
    inner = tree[0][:, 2]
    outer = np.flatnonzero((inner >= 0) & (inner[inner] >= 0))
    nests = [[contours[int(n)] for n in (n, inner[n], inner[inner[n]])] for n in outer]
    squares = [cv2.minAreaRect(nest[0]) for nest in nests if _is_finder(*nest)]
    return [_finder(square, sieve.scale, origin) for square in squares]


def finder_clue(grey: Pixels, finders: list[Finder]) -> Clue | None:
    """Measure the code whose corners these are; None when they belong to none."""
    of_one_code = _together(finders)
    if not of_one_code:
        return None
    corners = np.concatenate([finder.corners for finder in of_one_code])
    module_px = max(finder.long_px for finder in of_one_code) / FINDER_MODULES
    largest = max(of_one_code, key=lambda finder: finder.long_px)
    if len(of_one_code) == 1 and not _has_proportions(grey, largest):
        return None
    blur_px, dark, paper = _softness(grey, largest)
    if paper - dark < LEAST_CONTRAST * paper:
        return None
    a, b, c, d = (Point(float(x), float(y)) for x, y in cv2.boxPoints(cv2.minAreaRect(corners)))
    return Clue(
        outline=(a, b, c, d),
        module_px=module_px,
        legible_px=LEGIBLE_PX,
        blur_px=blur_px,
        paper=paper,
        is_too_large=largest.long_px > ALONE_PX,
        is_turned=min(f.long_px / f.short_px for f in of_one_code) > TURNED_RATIO,
    )


def _is_finder(square: MatLike, ring: MatLike, core: MatLike) -> bool:
    whole = cv2.contourArea(square)
    if whole < SMALLEST_AREA_PX:
        return False
    shares = [cv2.contourArea(part) / whole for part in (ring, core)]
    (_, (width, height), _) = cv2.minAreaRect(square)
    is_full = whole > 0.6 * width * height and max(width, height) < 5 * min(width, height)
    return is_full and RING[0] < shares[0] < RING[1] and CORE[0] < shares[1] < CORE[1]


def _finder(
    square: tuple[Sequence[float], Sequence[float], float], scale: float, origin: tuple[int, int]
) -> Finder:
    corners = np.asarray(cv2.boxPoints(square) * scale + np.array(origin), np.float32)
    (x, y), sides, _ = square
    # A contour runs through the middle of its pixels.
    long_px, short_px = ((side + 1) * scale for side in sorted(sides, reverse=True))
    return Finder((x * scale + origin[0], y * scale + origin[1]), long_px, short_px, corners)


def _together(finders: list[Finder]) -> list[Finder]:
    """The largest group of like size at a code's distances; a large one may stand alone."""
    groups = [[one, *(other for other in finders if _are_kin(one, other))] for one in finders]
    pairs = [group for group in groups if len(group) > 1]
    if pairs:
        return max(pairs, key=len)
    return [finder for finder in finders if finder.long_px > ALONE_PX][:1]


def _are_kin(one: Finder, other: Finder) -> bool:
    apart = np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1])
    widths = apart / max(one.long_px, other.long_px)
    # Seen from the side, the distance shrinks as much as the finder does.
    nearest = APART[0] * min(one.short_px / one.long_px, 1.0)
    return bool(nearest < widths < APART[1] and 0.6 < one.long_px / other.long_px < 1.7)


def _has_proportions(grey: Pixels, finder: Finder) -> bool:
    """Whether it is dark, light, dark, light and dark along both of its middles.

    What stands alone may be any nest of shapes, such as a far-away label in a hand.
    """
    a, b, _, d = finder.corners
    ways = [share * side for side in (b - a, d - a) for share in (-1, 1)]

    def levels(widths: float) -> list[float]:
        places = np.array([np.array(finder.centre) + widths * way for way in ways], np.intp)
        columns, rows = (np.clip(places[:, n], 0, grey.shape[1 - n] - 1) for n in (0, 1))
        return [float(level) for level in grey[rows, columns]]

    light = min(levels(LIGHT_RING))
    return light - max(levels(0.0) + levels(DARK_RING)) > LEAST_CONTRAST * light


def _softness(grey: Pixels, finder: Finder) -> tuple[float, float, float]:
    """The blur of a finder's edges (standard deviation in pixels), its ink's and paper's grey."""
    reach = round(0.6 * finder.long_px) + 2
    x, y = map(round, finder.centre)
    part = np.ascontiguousarray(grey[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach])
    across, down = cv2.spatialGradient(part)
    slope = cv2.magnitude(across.astype(np.float32), down.astype(np.float32)) / 8
    dark, paper = (float(np.percentile(part, share)) for share in (10, 90))
    steepest = float(np.percentile(slope, 98))
    return (paper - dark) / (STEP_TO_SLOPE * steepest + 1e-6), dark, paper
