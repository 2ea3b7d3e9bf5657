"""Tells a hand scanner that types as a keyboard does from somebody's fingers, by its pace.

Such a scanner ("keyboard wedge") sends a key every 1 to 20 ms, a slow one every 50 ms, and
mostly Enter at the end. A window hears of keys once per frame, so single gaps say little: a
burst is what comes without a long gap, and its pace is measured over the whole of it.
No window, no clock, no threads: keys and their moments go in, codes come out.
"""

from __future__ import annotations

from scanner.texts import ENDS, SILENCE_S, Line

LONGEST_GAP_S = 0.15
"""Between two keys of one burst: 50 ms of a slow scanner, and two late frames."""
SLOWEST_KEY_S = 0.07
"""Mean time between the keys of a burst, at most; fingers would have to type 170 words a minute."""


class Wedge:
    """Listens to one keyboard, of flesh or of plastic."""

    def __init__(self) -> None:
        self._line = Line()
        self._keys = 0
        self._first_at = self._last_at = 0.0

    def feed(self, text: str, at: float) -> str | None:
        """Take in what one key typed; Enter and Tab as one of `ENDS`.

        Args:
            text: Mostly one character; an input method may give more at once.
            at: When, in seconds.

        Returns:
            A code that has just come to its end.
        """
        if text in ENDS:
            return self._end()
        before = self.silence(at)
        if at - self._last_at > LONGEST_GAP_S:
            self._forget()  # a child's keys, or the half of a code that lost its other half
        if not self._keys:
            self._first_at = at
        self._line.add(text)
        self._keys += 1
        self._last_at = at
        return before

    def silence(self, at: float) -> str | None:
        """Say that it is `at` now and no key has come since: a code may end without Enter."""
        return self._end() if self._keys and at - self._last_at >= SILENCE_S else None

    def _end(self) -> str | None:
        quick = self._last_at - self._first_at <= SLOWEST_KEY_S * (self._keys - 1)
        code = self._forget()
        return code if code and quick else None

    def _forget(self) -> str:
        self._keys = 0
        return self._line.end()
