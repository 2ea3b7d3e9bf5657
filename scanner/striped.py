"""Measures a striped area that could not be read: is it a linear code, and what is wrong with it?

Its bars are averaged to one line of greys. Where this line crosses the middle between its
neighbourhood's darkest and brightest, a bar begins or ends: how many there are, how far apart
and how steep they are tells the rest. Keeps out finding the area (`stripes`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.frame import Pixels
from scanner.guidance import SOFT_PX, Clue
from scanner.scan import Point
from scanner.stripes import LEAST_SPAN, STRIP_ROWS, Stripes, upright
from scanner.texture import CELL_PX

Line = NDArray[np.float64]

EDGES = 24
"""The fewest of a linear code of 4 characters or more; shelves and sleeves have fewer."""
SOFT_EDGES = 14
"""What is left of them in a blurred code."""
FEWEST_MODULES, MOST_MODULES = 95, 134
"""An EAN-13 (ISO/IEC 15420) and a Code 128 of nine characters with a change of set."""
MODULES_PER_EDGE = 1.83
"""Code 128: 11 modules and 6 edges a character."""
LEGIBLE_PX = 1.2
"""Linear codes are read down to 1.2 pixels per module (decoding measurements, "far")."""
TALLEST_MODULES = 85
"""Bars of an EAN-13 are 69 modules high (ISO/IEC 15420); if more, the width is foreshortened."""
QUIET_GAPS = 6
"""Quiet zones are 7 modules or more, bars and gaps 4 or less; the usual edge follows after 1."""
HALO_PX = 4 * CELL_PX
"""What averaging over neighbouring cells adds to an area's height."""
STEP_TO_SLOPE = 2.507
"""A step of height h blurred by a Gaussian of σ has the slope h / (√(2π) σ) in its middle."""


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Where the bars begin and end along the averaged line, in frame pixels."""

    places: Line
    blur_px: float
    paper: float


def striped_clue(grey: Pixels, stripes: Stripes) -> Clue | None:
    """Measure a striped area; None when it is no linear code."""
    edges = _edges(grey, stripes)
    count = len(edges.places)
    is_code = count >= EDGES or (count >= SOFT_EDGES and edges.blur_px > SOFT_PX)
    if not is_code:
        return None
    width_px = float(edges.places[-1] - edges.places[0])
    modules = min(max(MODULES_PER_EDGE * count, FEWEST_MODULES), MOST_MODULES)
    module_px = width_px / modules
    leaves = _leaves_frame(grey, stripes) and width_px > max(grey.shape) / 2
    return Clue(
        outline=_outline(stripes),
        module_px=module_px,
        legible_px=LEGIBLE_PX,
        blur_px=edges.blur_px,
        paper=edges.paper,
        is_too_large=leaves,
        is_turned=stripes.along_px - HALO_PX > TALLEST_MODULES * module_px,
    )


def _edges(grey: Pixels, stripes: Stripes) -> Edges:
    crop = upright(grey, stripes, STRIP_ROWS)
    px = float(np.hypot(*crop.to_picture[:, 0]))
    rows = len(crop.pixels)
    line = crop.pixels[rows * 2 // 5 : rows * 3 // 5 + 1].mean(axis=0, dtype=np.float32)[None]
    window = line.shape[1] // 8 | 1
    reach = np.ones((1, window), np.uint8)
    high = np.asarray(cv2.blur(cv2.dilate(line, reach), (window, 1)), np.float64)[0]
    low = np.asarray(cv2.blur(cv2.erode(line, reach), (window, 1)), np.float64)[0]
    span = high - low
    striped = span > max(LEAST_SPAN, 0.4 * float(np.percentile(span, 90)))
    bright = (line[0] > (high + low) / 2) & striped
    at = np.flatnonzero(bright[1:] != bright[:-1])
    at = _of_one_code(at)
    slope = np.abs(np.diff(line[0]))[at] / px
    # The steepest quarter: edges of wide bars are full steps, those of narrow ones are not.
    blurs = span[at] / (STEP_TO_SLOPE * slope + 1e-6)
    blur_px = float(np.percentile(blurs, 25)) if len(at) else 0.0
    return Edges(np.asarray(at * px, np.float64), blur_px, float(np.percentile(high, 75)))


def _of_one_code(at: NDArray[np.intp]) -> NDArray[np.intp]:
    """The most edges in a row without a gap as wide as a quiet zone: not those of the paper."""
    if len(at) < 3:
        return at
    gaps = np.diff(at)
    ends = np.flatnonzero(gaps > QUIET_GAPS * np.percentile(gaps, 40)) + 1
    return max(np.split(at, ends), key=len)


def _outline(stripes: Stripes) -> tuple[Point, Point, Point, Point]:
    across, along = stripes.axes
    half, tall = stripes.across_px / 2, stripes.along_px / 2

    def corner(right: int, down: int) -> Point:
        return Point(
            stripes.centre.x + right * half * across.x + down * tall * along.x,
            stripes.centre.y + right * half * across.y + down * tall * along.y,
        )

    return corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)


def _leaves_frame(grey: Pixels, stripes: Stripes) -> bool:
    """Whether an end of the code lies at the frame's edge."""
    height, width = grey.shape
    across, _ = stripes.axes
    reach = stripes.across_px / 2 + CELL_PX
    ends = [
        (stripes.centre.x + way * reach * across.x, stripes.centre.y + way * reach * across.y)
        for way in (-1, 1)
    ]
    return any(not (0 < x < width and 0 < y < height) for x, y in ends)
