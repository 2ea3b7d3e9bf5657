"""Keeps one showing from becoming two scans. Keeps out how the codes came.

A trigger held down reads the same label again and again, and a card held up to the camera may
meet the hand scanner in the same moment. The second scan of a card would end the visit that
the first began.
"""

from __future__ import annotations

import threading

from scanner.scan import Scan

REPEATED_WITHIN_S = 0.7
"""Scanners in "continuous" mode read two to ten times a second; nobody means a code twice so
soon. Each repetition starts this time anew, so a trigger may be held down for as long as one
likes."""


class Repeats:
    """Remembers what was scanned just now; several threads may ask."""

    def __init__(self) -> None:
        self._last_at: dict[str, float] = {}
        self._one_at_a_time = threading.Lock()

    def is_repeat(self, scan: Scan) -> bool:
        """Whether the same code was scanned a moment before."""
        since = scan.seen_at - REPEATED_WITHIN_S
        with self._one_at_a_time:
            recent = {text: at for text, at in self._last_at.items() if at > since}
            self._last_at = {**recent, scan.text: scan.seen_at}
        return scan.text in recent
