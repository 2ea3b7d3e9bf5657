"""Looks whether a camera's pictures are alive. Keeps out where they come from and who is in them.

A camera can fail while it goes on delivering: its driver repeats one picture, a cap covers the
lens, the size is not what was asked for. Each is told within two seconds.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from config.settings import ScannerSettings
from scanner.errors import CameraStopped, Trouble
from scanner.frame import Frame, Pixels

LIFELESS_AFTER_S = 1.8
"""So that a dead picture is told within two seconds."""
SMALLEST_SHARE = 0.5
"""Of the asked width and height; below it labels have under 1.5 pixels per module at 15 cm."""
BLACK_LEVEL = 40.0
"""Mean grey of 255: a covered sensor gives 0 to 16, amplified by automatic gain to about 30."""
BLACK_SPREAD = 12.0
"""Grey levels between the darkest and brightest places; a dark room has its lamps and windows."""
BLOCK_PX = 16
REMEMBERED = 4
"""Pictures: a stuck driver may hand out the few buffers it has in turns."""


class Vigil:
    """Watches the pictures of one opened camera."""

    def __init__(self, camera: str, settings: ScannerSettings) -> None:
        self._camera = camera
        self._least = (settings.height_px * SMALLEST_SHARE, settings.width_px * SMALLEST_SHARE)
        self._before: deque[Pixels] = deque(maxlen=REMEMBERED)
        self._alive_at: float | None = None

    def is_alive(self, frame: Frame) -> bool:
        """Whether the picture is a new one, with something to see.

        Raises:
            CameraStopped: It has not been for `LIFELESS_AFTER_S`, or its size is wrong.
        """
        self._insist_on_size(frame.pixels)
        if self._alive_at is None:
            self._alive_at = frame.captured_at
        black, new = is_black(frame.pixels), self._is_new(frame.pixels)
        if new and not black:
            self._alive_at = frame.captured_at
            return True
        if frame.captured_at - self._alive_at > LIFELESS_AFTER_S:
            what = "a black picture" if black else "the same picture"
            trouble = Trouble.BLACK if black else Trouble.FROZEN
            raise CameraStopped(self._camera, f"{what} for {LIFELESS_AFTER_S} s", trouble)
        return False

    def _is_new(self, pixels: Pixels) -> bool:
        """Whether it is none of the last ones; of the first nobody knows."""
        new = bool(self._before) and not any(_same(one, pixels) for one in self._before)
        self._before.append(pixels)
        return new

    def _insist_on_size(self, pixels: Pixels) -> None:
        height, width = pixels.shape[:2]
        changed = bool(self._before) and self._before[-1].shape != pixels.shape
        if changed or height < self._least[0] or width < self._least[1]:
            size = f"{'suddenly' if changed else 'only'} {width}x{height}"
            raise CameraStopped(self._camera, size, Trouble.WRONG_SIZE)


def is_black(pixels: Pixels) -> bool:
    """Whether a (height, width, 3) picture shows nothing at all.

    Means of blocks, because amplified noise is loud in single pixels and silent in means.
    """
    if pixels[::BLOCK_PX, ::BLOCK_PX].mean() > BLACK_LEVEL:
        return False
    rows = pixels[:: BLOCK_PX // 2, : pixels.shape[1] // BLOCK_PX * BLOCK_PX]
    blocks = rows.reshape(len(rows), -1, BLOCK_PX * pixels.shape[2]).mean(axis=2)
    return bool(np.percentile(blocks, 99) - np.percentile(blocks, 1) < BLACK_SPREAD)


def _same(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures are equal to the last bit: a sensor's noise never is."""
    sample = np.s_[:: 8 * BLOCK_PX]
    return np.array_equal(one[sample], other[sample]) and np.array_equal(one, other)
