"""Reads QR codes of which a reflection covers a corner square. Keeps out codes shown whole.

zxing-cpp wants all three finder patterns. Two are enough to say where the third must be, in one
of a few ways: the two lie along a side or a diagonal, of a code of one of two sizes. Each way is
tried with the missing corner moved about a little, for the hand tilts it; the one in which what
every code shows alike (finders, timing lines) is seen best says where the code's corners are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.damaged import BYTES, known_modules, repaired
from scanner.finders import FINDER_MODULES, Finder, Sieve, find_finders
from scanner.frame import Pixels
from scanner.scan import Barcode, Corners, Point, Symbology
from scanner.squares import ENLARGED, GLARING, Place, Square
from scanner.symbols import qr_codes

Vector = NDArray[np.float64]
Triple = tuple[Vector, Vector, Vector]
"""Middles of the upper left, upper right and lower left finder, in pixels."""

EVERY_PX = 8
"""A reflection is wider than that."""
LEAST_SPOTS = 3
MOST_SPOTS = 0.15
"""Share of the picture; more is not a reflection but too much light."""
SIEVE = Sieve(1 / ENLARGED, 31, 20)
OFF = 0.15
"""Share by which the distance of two finders may differ from what their size says."""
MIDDLE = FINDER_MODULES // 2
"""Of a finder, in modules from its corner's middle."""
ABOUT = np.arange(-1.6, 1.7, 0.8)
"""Modules that the missing corner is moved by: 12 degrees of tilt, and what two middles are off."""
HALF_LIKE = 0.3
"""Mean agreement with a code of which up to half is covered; other things are below."""

TRIED = 3
"""Ways that look likeliest: where the third corner is covered, several look alike."""


def glaring_place(grey: Pixels) -> Place | None:
    """Cut out what is around the largest reflection in a (height, width) picture."""
    spots = np.asarray(grey[::EVERY_PX, ::EVERY_PX] >= GLARING).view(np.uint8)
    _, _, stats, middles = cv2.connectedComponentsWithStats(np.ascontiguousarray(spots))
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas) or not LEAST_SPOTS <= areas.max() <= MOST_SPOTS * spots.size:
        return None
    x, y = (EVERY_PX * middles[1 + int(areas.argmax())]).astype(int).tolist()
    return Place(grey, (x, y))


def covered_codes(
    grey: Pixels, place: Place, is_late: Callable[[], bool] = lambda: False
) -> list[Barcode]:
    """Read the QR code at a glaring place of a (height, width) picture, if it is one of ours.

    The likeliest way is always tried, and further ones until `is_late`.
    """
    square = place.evened()
    if barcodes := qr_codes(square.pixels):
        return [
            Barcode(code.text, code.symbology, _in_picture(square, code.corners))
            for code in barcodes
        ]
    finders = find_finders(square.pixels, SIEVE)
    ways = sorted(_ways(square.pixels, finders), key=lambda way: -way[0])
    for number, (likeness, outline) in enumerate(ways[:TRIED]):
        if likeness < HALF_LIKE or (number and is_late()):
            break
        corners = _in_picture(square, outline)
        if text := repaired(grey, corners, HALF_LIKE):
            return [Barcode(text, Symbology.QR, corners)]
    return []


def _in_picture(square: Square, corners: Corners) -> Corners:
    a, b, c, d = map(square.in_picture, corners)
    return a, b, c, d


def _ways(pixels: Pixels, finders: list[Finder]) -> Iterator[tuple[float, Corners]]:
    """Each way to complete two finders to a code: how much it looks like one, and its corners."""
    for one, other in permutations(finders, 2):
        module_px = (one.long_px + other.long_px) / 2 / FINDER_MODULES * ENLARGED
        p, q = (ENLARGED * np.array(finder.centre) for finder in (one, other))
        modules = float(np.hypot(*(q - p))) / module_px
        for side in BYTES:
            span = side - FINDER_MODULES
            if abs(modules / span - 1) < OFF:
                yield _best(pixels, side, (p, q, p + _turned(q - p)), 2, module_px)
                yield _best(pixels, side, (p, p - _turned(q - p), q), 1, module_px)
            if abs(modules / (span * np.sqrt(2)) - 1) < OFF:
                corner = (p + q + _turned(q - p)) / 2
                yield _best(pixels, side, (corner, p, q), 0, module_px)


def _turned(way: Vector) -> Vector:
    """By a quarter, from right to down."""
    return np.array([-way[1], way[0]])


def _best(
    pixels: Pixels, side: int, middles: Triple, missing: int, module_px: float
) -> tuple[float, Corners]:
    """Move the missing finder about until the code is seen best."""
    off = module_px * np.stack(np.meshgrid(ABOUT, ABOUT), axis=-1).reshape(-1, 2)
    corner, right, down = (
        middle + off * (number == missing) for number, middle in enumerate(middles)
    )
    span = side - FINDER_MODULES
    bases = corner, (right - corner) / span, (down - corner) / span
    rows, columns, dark = known_modules(side)
    places = _spread(bases, columns - float(MIDDLE), rows - float(MIDDLE))
    seen = cv2.remap(pixels, places[..., 0], places[..., 1], cv2.INTER_LINEAR)
    likeness = (128 - np.asarray(seen, np.float32)) @ dark / (127 * len(dark))
    best = int(likeness.argmax())
    ends = np.array([-0.5, side - 0.5, side - 0.5, -0.5]) - MIDDLE
    outline = _spread(tuple(base[best : best + 1] for base in bases), ends, np.roll(ends, 1))[0]
    a, b, c, d = (Point(float(x), float(y)) for x, y in outline)
    return float(likeness[best]), (a, b, c, d)


def _spread(
    bases: tuple[Vector, ...], across: NDArray[np.floating], down: NDArray[np.floating]
) -> NDArray[np.float32]:
    """(ways, places, 2): pixels of places that are so many modules from the first finder."""
    corner, right, below = (base[:, None] for base in bases)
    return (corner + across[:, None] * right + down[:, None] * below).astype(np.float32)
