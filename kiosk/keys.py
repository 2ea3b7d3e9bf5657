"""Hears a hand scanner that types into the window, at any screen. Keeps out whose pace is whose.

The window hears of keys once per frame, all of a frame's at the same moment. Time here is the
frames' own, and a frame that took long counts little: what a scanner typed while the screen was
busy still waits to be heard, and must not be taken for silence.

Kivy stops telling of typed text once one of its `TextInput`s has lost the focus (kivy#5296),
so no screen may have one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.clock import Clock

from kiosk.events import KioskEvent
from scanner.scan import Scan, Source
from scanner.wedge import Wedge

LONGEST_FRAME_S = 0.1
"""As much as one frame counts, however long it took."""
_ENDING_KEYS = frozenset({9, 13, 271})
"""Kivy's numbers of Tab, Enter and the keypad's Enter, which are no text."""


class Keys:
    """Listens to the window's keys, and sends what a hand scanner typed."""

    def __init__(self, send: Callable[[KioskEvent], None]) -> None:
        self._send = send
        self._wedge = Wedge()
        self._listened_s = 0.0

    def listen(self) -> None:
        """Begin; on the main thread, when there is a window."""
        from kivy.core.window import Window

        Window.bind(on_textinput=self._typed, on_key_down=self._pressed)
        Clock.schedule_interval(self._next_frame, 0)

    def stop(self) -> None:
        """Let go of the window."""
        from kivy.core.window import Window

        Window.unbind(on_textinput=self._typed, on_key_down=self._pressed)
        Clock.unschedule(self._next_frame)

    def _typed(self, _window: Any, text: str) -> None:
        self._report(self._wedge.feed(text, self._listened_s))

    def _pressed(self, _window: Any, key: int, *_rest: object) -> None:
        # Letters come as text: here they have no capitals, and Shift is one of them.
        if key in _ENDING_KEYS:
            self._report(self._wedge.feed("\n", self._listened_s))

    def _next_frame(self, took_s: float) -> None:
        self._listened_s += min(took_s, LONGEST_FRAME_S)
        self._report(self._wedge.silence(self._listened_s))

    def _report(self, code: str | None) -> None:
        if code is not None:
            self._send(Scan(code, None, time.monotonic(), Source.WEDGE))
