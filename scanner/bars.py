"""Finds bars along a line of greys and says whether a printed code could look like that.

Where the line crosses the middle between its neighbourhood's darkest and brightest, a bar begins
or ends: how many there are, how far apart and how steep they are tells the rest. Shelves, shirts
and pages are striped too; but printed bars are uneven, black on white, and end in white. Keeps
out where the line comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.stripes import LEAST_SPAN

Line = NDArray[np.float32]
Edges = NDArray[np.intp]

EDGES = 12
"""The fewest of a linear code of 4 characters or more of which half has melted away."""
STRIPED_SHARE = 0.25
"""Of the strongest contrast along the line; less is paper."""
UNEVEN = (0.25, 0.56)
"""Standard deviation of the widths of bar and gap together, in their mean: of printed codes 0.3
to 0.55. Cloth, blinds, rulers and lines of text are more even, most shelves less."""
LEAST_CONTRAST = 0.32
"""Of the paper's grey between ink and paper."""
TWO_LEVELS, LEVELS = 0.1, 2.3
"""Standard deviation of inks and of papers, in the contrast between them: of bars that end out
of sight; and of others times bar and gap together in standard deviations of blur, for the
narrower they are, the more they melt into each other. Of book spines it is 1.3 to 10."""
MELTING = 13.5
"""Bar and gap together, in standard deviations of blur: of narrower ones some are not found."""
CODE_MODULES, WIDEST_MODULES = 110, 6.5
"""About as many as a linear code has; bars and gaps are 4 or less, quiet zones 7 or more."""
EVEN_LEVEL = 0.33
"""From the middle between dark and bright: what is wide and not of one level has melted."""
FEWEST_MODULES, MOST_MODULES = 95, 134
"""An EAN-13 (ISO/IEC 15420) and a Code 128 of nine characters with a change of set."""
MODULES_PER_EDGE = 1.83
"""Code 128: 11 modules and 6 edges a character. An EAN-13 has one for each 1.6 modules."""
QUIET_MODULES = 4
"""Quiet zones are 7 modules or more (ISO/IEC 15420); blur takes some of it."""
QUIET_REACH = 0.35
"""Of the width of all bars found, beside them; the last bars may be too faint to be found."""
QUIET = 0.8
"""How far from ink to paper a quiet zone is at least."""
ALIKE = 0.75
"""Correlation with the bars above or below. Of lines of text it is 0.2."""
SHIFTED = 0.06
"""By how much of their width those may be shifted."""
SAMPLES = 512
STEP_TO_SLOPE = 2.507
"""A step of height h blurred by a Gaussian of σ has the slope h / (√(2π) σ) in its middle."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """What a line shows, in its pixels and greys."""

    line: Line
    edges: Edges
    """Where bars begin and end."""
    paper: float
    """Grey of the paper between them."""
    contrast: float
    """Grey levels from ink to paper."""
    blur: float
    """Standard deviation."""

    @property
    def width(self) -> float:
        """From the first bar to the last."""
        return float(self.edges[-1] - self.edges[0])

    @property
    def module(self) -> float:
        """Width of the narrowest bars."""
        modules = MODULES_PER_EDGE * len(self.edges)
        if self.is_melting:
            modules = min(max(modules, FEWEST_MODULES), MOST_MODULES)
        return self.width / modules

    @property
    def is_melting(self) -> bool:
        """Whether some bars may have melted into their neighbours, the last ones into the paper."""
        return self.sharpness < MELTING

    @property
    def sharpness(self) -> float:
        """A bar and a gap together, in standard deviations of blur."""
        return float(np.median(self._periods)) / self.blur

    @property
    def _periods(self) -> Edges:
        """Widths of a bar and a gap together."""
        return self.edges[2:] - self.edges[:-2]

    @property
    def is_printed(self) -> bool:
        """Whether bars are uneven, and about as dark as each other and gaps as bright."""
        unevenness = float(self._periods.std() / self._periods.mean())
        has_contrast = self.contrast > LEAST_CONTRAST * self.paper
        is_two_toned = self.spread * self.sharpness < LEVELS
        return UNEVEN[0] < unevenness < UNEVEN[1] and has_contrast and is_two_toned

    @property
    def spread(self) -> float:
        """Standard deviation of inks or of papers, whichever is more, in the contrast."""
        starts = self.edges[:-1] + 1
        means = np.add.reduceat(self.line, starts)[:-1] / np.diff(starts)
        dark = means < self.paper - self.contrast / 2
        inks = np.minimum.reduceat(self.line, starts)[:-1][dark]
        papers = np.maximum.reduceat(self.line, starts)[:-1][~dark]
        spreads = [float(greys.std()) for greys in (inks, papers) if len(greys)]
        return max(spreads) / max(self.contrast, 1.0)

    def is_white(self, grey: float) -> bool:
        """Whether a quiet zone may look like this."""
        return grey > self.paper - (1 - QUIET) * self.contrast

    def beside(self, way: int) -> tuple[float, float]:
        """Where a quiet zone to the right (1) or left (-1) ends, and how bright it is there."""
        quiet = max(round(QUIET_MODULES * self.module), 2)
        last = int(self.edges[-1 if way > 0 else 0])
        away = self.line[last + 1 :] if way > 0 else self.line[last::-1]
        zone = away[: round(QUIET_REACH * self.width) + quiet]
        averages = np.convolve(zone, np.ones(quiet) / quiet, "valid")
        return last + way * (quiet + self.module), float(averages.max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How another line compares with some bars, their left and their right half."""

    likeness: float
    """Correlation, the mean of both."""
    widening: float
    """By how much of their width the halves are farther apart."""


def bars_along(line: Line) -> Bars | None:
    """Find the bars along a (width,) line; None when there are too few."""
    window = len(line) // 8 | 1
    reach = np.ones((1, window), np.uint8)
    high = np.asarray(cv2.blur(cv2.dilate(line[None], reach), (window, 1)))[0]
    low = np.asarray(cv2.blur(cv2.erode(line[None], reach), (window, 1)))[0]
    span = high - low
    striped = span > max(LEAST_SPAN, STRIPED_SHARE * float(np.percentile(span, 90)))
    bright = (line > (high + low) / 2) & striped
    edges = np.flatnonzero(bright[1:] != bright[:-1])
    if len(edges) >= EDGES:
        edges = _of_one_code(edges, (line - low) / np.maximum(span, 1.0))
    if len(edges) < EDGES:
        return None
    # The steepest quarter: edges of wide bars are full steps, those of narrow ones are not.
    blurs = span[edges] / (STEP_TO_SLOPE * np.abs(np.diff(line))[edges] + 1e-6)
    # A lamp's mirror image is brighter than the paper.
    paper, contrast = float(np.percentile(high[edges], 20)), float(np.median(span[edges]))
    return Bars(line, edges, paper, contrast, float(np.percentile(blurs, 25)))


def compared(bars: Bars, line: Line) -> Agreement:
    """Look for both halves of the bars in another line, near where they are in theirs."""
    margin, half = int(SAMPLES * SHIFTED), SAMPLES // 2
    steps = np.arange(-margin, SAMPLES + margin) / SAMPLES * bars.width + bars.edges[0]
    places = np.arange(len(line))
    ours, theirs = (
        np.interp(steps, places, each).astype(np.float32)[None] for each in (bars.line, line)
    )
    likeness, shifts = [], []
    for start in (0, half):
        sought = ours[:, start + margin : start + margin + half]
        near = theirs[:, start : start + half + 2 * margin]
        matches = cv2.matchTemplate(near, sought, cv2.TM_CCOEFF_NORMED)[0]
        likeness.append(float(matches.max()))
        shifts.append(int(matches.argmax()) / SAMPLES)
    return Agreement(sum(likeness) / 2, shifts[1] - shifts[0])


def _of_one_code(edges: Edges, level: Line) -> Edges:
    """The most edges in a row without a quiet zone between: not those of the paper.

    Args:
        edges: Places on the line.
        level: How bright the line is, from 0, the darkest around, to 1, the brightest.
    """
    module = (edges[-1] - edges[0]) / CODE_MODULES
    while len(edges) > 1:
        widths = np.diff(edges)
        levels = np.add.reduceat(level, edges + 1)[:-1] / widths
        wide = (widths > WIDEST_MODULES * module) & (np.abs(levels - 0.5) > EVEN_LEVEL)
        if not wide.any():
            break
        edges = max(np.split(edges, np.flatnonzero(wide) + 1), key=len)
        module = (edges[-1] - edges[0]) / (MODULES_PER_EDGE * len(edges))
    return edges
