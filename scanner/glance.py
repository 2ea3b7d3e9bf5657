"""Tells at a glance whether a frame is as the one before; keeps out what is in it.

Converting a frame and making it small takes half a millisecond and more, of an empty room
fifteen times a second; a glance reads one pixel in sixty-four. It is for scenes in which nothing
moved for a while: what it takes for a change is looked at properly, and may have been none.
"""

from __future__ import annotations

import cv2
import numpy as np

from scanner.frame import Pixels

EVERY_PX = 8
BLUR = (5, 5)
"""Samples that are put together, 40 by 40 pixels of the frame: one alone is mostly noise."""
GREEN = 1
STILL_LEVELS = 10
"""Of 255, that a mean may differ and still be noise: that of a webcam's picture reaches 6."""


class Glance:
    """Compares frames with the one at which something was last different."""

    def __init__(self) -> None:
        self._before: Pixels | None = None

    def is_same(self, pixels: Pixels) -> bool:
        """Whether a (height, width, 3) picture shows what the last one showed; the first is new."""
        before, sample = self._before, pixels[::EVERY_PX, ::EVERY_PX, GREEN]
        now = np.asarray(cv2.blur(sample, BLUR), np.uint8)
        if before is not None and before.shape == now.shape:
            is_same = cv2.norm(now, before, cv2.NORM_INF) <= STILL_LEVELS
        else:
            is_same = False
        self._before = before if is_same else now
        return is_same

    def forget(self) -> None:
        """Take the next picture for a new one."""
        self._before = None
