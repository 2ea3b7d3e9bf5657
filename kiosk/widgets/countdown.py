"""The time until a state ends by itself, and a thin bar that shows it."""

from __future__ import annotations

import math
from collections.abc import Callable

from kivy.graphics import SmoothRoundedRectangle
from kivy.uix.widget import Widget

from kiosk.theme import LINE, TEAL, Colour
from kiosk.widgets.box import Box
from kiosk.widgets.paint import paint


class Countdown:
    """How much time is left; set anew whenever the clerk grants more."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Start with no end in sight.

        Args:
            now: The clock `ends_at` was read from, in seconds (`time.monotonic`).
        """
        self._now = now
        self._ends_at: float | None = None
        self._patience_s = 0.0

    @property
    def runs(self) -> bool:
        """Whether there is an end at all."""
        return self._ends_at is not None and self._patience_s > 0

    def set(self, ends_at: float | None, patience_s: float) -> None:
        """Take the end of the present state, as the clerk gave it."""
        self._ends_at, self._patience_s = ends_at, patience_s

    def left_s(self) -> float:
        """Seconds left, never below 0."""
        return 0.0 if self._ends_at is None else max(0.0, self._ends_at - self._now())

    def share(self) -> float:
        """What part of the wait is left, from 0 to 1; 1 where there is no end."""
        return min(1.0, self.left_s() / self._patience_s) if self.runs else 1.0

    def seconds(self) -> int:
        """Whole seconds left, rounded up as people count down."""
        return math.ceil(self.left_s())


class CountdownBar(Widget):
    """A thin bar that shortens."""

    def __init__(
        self, box: Box, countdown: Countdown, ink: Colour = TEAL, track: Colour = LINE
    ) -> None:
        """Draw it.

        Args:
            box: Where the full bar lies.
            countdown: The time that is left.
            ink: Colour of the time that is left.
            track: Colour of the time that has gone.
        """
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        self._box, self._countdown = box, countdown
        with self.canvas:
            paint(track)
            SmoothRoundedRectangle(pos=box.pos, size=box.size, radius=[box.height / 2])
            paint(ink)
            self._level = SmoothRoundedRectangle(
                pos=box.pos, size=box.size, radius=[box.height / 2]
            )
        self.tick()

    def tick(self) -> None:
        """Draw how much time is left."""
        width = max(self._box.height, self._box.width * self._countdown.share())
        self._level.size = (width, self._box.height)

    def level_share(self) -> float:
        """How much of the bar is still full, from 0 to 1."""
        return float(self._level.size[0]) / self._box.width
