"""Measures how sharp a picture is, whatever it shows. Keeps out codes: `clues` measures those.

The strongest edges are compared with themselves after a known blur: the sharper they were, the
more of their slope they lose (the re-blur ratio of Zhuo and Sim, Pattern Recognition 44, 2011).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.frame import Pixels

LEAST_SLOPE = 6.0
"""Grey levels per pixel; noise of 5 levels has less, and so have shadows on a wall."""
EDGES = 99.5
"""Percentile of all slopes from which on they are edges: a card at arm's length has as many."""
AT_MOST_PX = 2.2
"""Between 2.5 and more, noise decides; all that is wider is one."""
_SOBEL = 8.0
_SAMPLED = 1 / 3
"""Variance that a difference over two pixels adds to an edge."""


def edge_blur_px(grey: Pixels) -> float | None:
    """Standard deviation of the blur over the strongest edges of a (height, width) picture.

    A lens in focus has 0.7 to 0.9 pixels, codes are hard to read from 1.5 on.

    Returns:
        Pixels, at most `AT_MOST_PX`; None when there is no edge to be seen.
    """
    slopes = _slopes(grey)
    least = float(np.percentile(slopes[::3, ::3], EDGES))
    if least < LEAST_SLOPE * _SOBEL:
        return None
    edges = slopes >= least
    again = _slopes(np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.uint8))
    lost = float(np.median(slopes[edges] / np.maximum(again[edges], 1.0))) ** 2
    variance = 1 / max(lost - 1, 0.1) - _SAMPLED
    return min(variance**0.5, AT_MOST_PX) if variance > 0 else None


def _slopes(grey: Pixels) -> NDArray[np.float32]:
    across, down = cv2.spatialGradient(grey)
    return np.asarray(cv2.magnitude(across.astype(np.float32), down.astype(np.float32)), np.float32)
