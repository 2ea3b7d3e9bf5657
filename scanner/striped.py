"""Measures a striped area that could not be read: is it a linear code, and what is wrong with it?

Bars (`bars`) go on alike above and below where they are measured; text does not. Tried on 400
rendered things without a code, three frames of each: one in a hundred frames passes; and nine in
ten frames of codes that eyes still make out. Keeps out finding the area (`stripes`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scanner.bars import ALIKE, TWO_LEVELS, Agreement, Bars, Line, bars_along, compared
from scanner.frame import Pixels
from scanner.guidance import Clue, Outline
from scanner.scan import Point
from scanner.stripes import STRIP_ROWS, Crop, Stripes, upright
from scanner.texture import CELL_PX

MIDDLE, ABOVE, BELOW = (0.44, 0.56), (0.32, 0.4), (0.6, 0.68)
"""Bands of an area's height that are compared. Farther away, fanned bars are out of the area."""
WIDER = 1.8
"""What is far away is found in part; so much wider it is looked at once more if bars go on."""
APART = 0.28
"""Share of the height from the band above to the one below."""
LEGIBLE_PX = 1.2
"""Linear codes are read down to 1.2 pixels per module (decoding measurements, "far")."""
TALLEST_MODULES, TALLEST_MELTING = 85, 120
"""Bars of an EAN-13 are 69 modules high (ISO/IEC 15420); if more, the width is foreshortened. Of
those that melt a third of the width may not be found."""
LEAST_TALL_PX = 45.0
"""Of lower bars, far away, too few are found to tell how wide they are."""
FANNED = 0.1
"""Radians between the bars of the left and of the right half, for those nearer the lens are
farther apart: a label seen from 30 degrees above at 10 cm, or from 50 at 24 cm."""
HALO_PX = 4 * CELL_PX
"""What averaging over neighbouring cells adds to an area's height."""


def striped_clue(grey: Pixels, stripes: Stripes) -> Clue | None:
    """Measure a striped area; None when it is no linear code."""
    for area in (stripes, replace(stripes, across_px=WIDER * stripes.across_px)):
        crop = upright(grey, area, STRIP_ROWS)
        middle, *beside = (_line(grey, crop, band) for band in (MIDDLE, ABOVE, BELOW))
        bars = bars_along(middle)
        if bars is None or not bars.is_printed:
            return None
        others = [compared(bars, line) for line in beside]
        if max(other.likeness for other in others) < ALIKE:
            return None
        ends = [_quiet_zone(grey, crop, bars, way) for way in (-1, 1)]
        if _are_ends(bars, ends):
            return _clue(grey, area, crop, bars, others, None in ends)
    return None


def _clue(
    grey: Pixels, stripes: Stripes, crop: Crop, bars: Bars, others: list[Agreement], is_cut: bool
) -> Clue:
    px = float(np.hypot(*crop.to_picture[:, 0]))
    fan = _widening(others) * bars.width * px / (APART * stripes.along_px)
    tallest = TALLEST_MELTING if bars.is_melting else TALLEST_MODULES
    is_slim = stripes.along_px - HALO_PX > max(tallest * bars.module * px, LEAST_TALL_PX)
    return Clue(
        outline=_outline(stripes, crop, bars),
        module_px=bars.module * px,
        legible_px=LEGIBLE_PX,
        blur_px=bars.blur * px,
        paper=bars.paper,
        is_too_large=is_cut and bars.width * px > max(grey.shape) / 2,
        is_turned=is_slim or fan > FANNED,
    )


def _widening(others: list[Agreement]) -> float:
    """From the band above to the one below; a band that has left the bars tells nothing."""
    above, below = (other.widening if other.likeness >= ALIKE else None for other in others)
    if above is None or below is None:
        return 2 * abs(above or below or 0.0)  # the band in the middle is half as far
    return abs(above - below)


def _line(grey: Pixels, crop: Crop, band: tuple[float, float]) -> Line:
    """The greys along a band; out of the frame, the last ones in it, for there are no bars."""
    rows, columns = crop.pixels.shape
    top, bottom = (int(rows * share) for share in band)
    line = np.asarray(crop.pixels[top : bottom + 1].mean(axis=0, dtype=np.float32))
    across = np.array([np.arange(columns), np.full(columns, (top + bottom) / 2), np.ones(columns)])
    x, y = crop.to_picture @ across
    height, width = grey.shape
    seen = np.flatnonzero((x >= 0) & (y >= 0) & (x < width) & (y < height))
    return line[np.clip(np.arange(columns), seen[0], seen[-1])] if len(seen) else line


def _quiet_zone(grey: Pixels, crop: Crop, bars: Bars, way: int) -> float | None:
    """The grey beside the first (-1) or last (1) bar; None if that is outside of the frame."""
    place, brightness = bars.beside(way)
    (point,) = crop.in_picture([Point(place, len(crop.pixels) / 2)])
    is_seen = 0 <= point.x < grey.shape[1] and 0 <= point.y < grey.shape[0]
    return brightness if is_seen else None


def _are_ends(bars: Bars, ends: list[float | None]) -> bool:
    """Whether there is white on both sides; what ends out of sight must be clearly printed."""
    if None in ends and bars.spread > TWO_LEVELS:
        return False
    return all(end is None or bars.is_white(end) for end in ends)


def _outline(stripes: Stripes, crop: Crop, bars: Bars) -> Outline:
    rows = len(crop.pixels)
    halo = rows / 2 * min(HALO_PX / stripes.along_px, 0.8)
    left, right, top, bottom = float(bars.edges[0]), float(bars.edges[-1]), halo, rows - halo
    a, b, c, d = crop.in_picture(
        [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]
    )
    return a, b, c, d
