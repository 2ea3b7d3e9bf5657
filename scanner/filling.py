"""Knows a QR code so near that it fills the frame and leaves it: none of its finders is whole.

Then all that is seen is ink and paper, in edges of two directions across each other. Keeps out
codes that are seen whole (`finders`), and linear ones (`striped`).
"""

from __future__ import annotations

import cv2
import numpy as np

from scanner.finders import FINDER_MODULES, LEGIBLE_PX, TOO_LARGE_PX
from scanner.frame import Pixels
from scanner.guidance import Clue
from scanner.scan import Point

INK = (0.25, 0.75)
"""Share of the picture; of printed text it is a tenth."""
LEAST_CONTRAST = 0.4
"""Of the paper's grey between ink and paper."""
TWO_TONED, NEAR_TONE = 0.9, 0.15
"""Share of the picture that is as near to ink or paper, in the contrast between them; edges are
the rest. Walls, cloth and keys have three tones or more."""
CROSSED = 0.8
"""How far all edges lie in two directions across each other, 0 to 1; seen 30 degrees from the
side it is still 0.9."""
ONE_WAY = 0.5
"""How far edges may lie in one direction: blinds and bars are 0.9."""


def filling_clue(small: Pixels, scale: float) -> Clue | None:
    """Measure a (height, width) picture of the whole frame, `scale` times smaller than that."""
    level, _ = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    is_ink = small <= level
    if not INK[0] < is_ink.mean() < INK[1]:
        return None
    ink, paper = float(np.median(small[is_ink])), float(np.median(small[~is_ink]))
    near = NEAR_TONE * (paper - ink)
    is_toned = (np.abs(small - ink) < near) | (np.abs(small - paper) < near)
    if paper - ink < LEAST_CONTRAST * paper or is_toned.mean() < TWO_TONED or not _crossed(small):
        return None
    height, width = (side * scale for side in small.shape)
    return Clue(
        outline=(Point(0, 0), Point(width, 0), Point(width, height), Point(0, height)),
        module_px=TOO_LARGE_PX / FINDER_MODULES,
        legible_px=LEGIBLE_PX,
        blur_px=0.0,
        paper=paper,
        is_too_large=True,
    )


def _crossed(small: Pixels) -> bool:
    """Whether edges lie in two directions, as those of squares do."""
    gradient = cv2.Sobel(small, cv2.CV_32F, 1, 0) + 1j * cv2.Sobel(small, cv2.CV_32F, 0, 1)
    energy = np.square(np.abs(gradient)) + 1e-3
    # Twice the angle makes opposite slopes alike, four times those across each other as well.
    one_way = np.abs(np.square(gradient).sum()) / energy.sum()
    two_ways = np.abs((gradient**4 / energy).sum()) / energy.sum()
    return bool(one_way < ONE_WAY and two_ways > CROSSED)
