"""How often the screen's loop turns: half as often while nothing is drawn.

A turn in which nothing happens costs a third of a millisecond, thirty times a second. Whatever
is touched, typed, scanned or moves before the camera is drawn, and brings the full pace back.
"""

from __future__ import annotations

from kivy.clock import Clock

from kiosk.theme import PREVIEW_HZ

QUIET_AFTER_TICKS = 2 * PREVIEW_HZ
"""Ticks of the screen, 2 s: no movement on it lasts so long without being drawn."""
QUIET_FPS = PREVIEW_HZ
"""Turns a second: a touch is then seen within 67 ms instead of 33."""


class Pace:
    """Sets the pace of Kivy's clock; a clock that is not held back is left alone."""

    def __init__(self) -> None:
        self._full_fps: float = Clock._max_fps
        self._undrawn_ticks = 0

    def hurry(self) -> None:
        """Go at full pace: something has changed on the screen."""
        self._undrawn_ticks = 0
        Clock._max_fps = self._full_fps

    def tick(self) -> None:
        """Slow down when nothing has been drawn for a while."""
        self._undrawn_ticks += 1
        if self._undrawn_ticks > QUIET_AFTER_TICKS:
            Clock._max_fps = min(self._full_fps, QUIET_FPS)
