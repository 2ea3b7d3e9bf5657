"""What would help whoever holds a code that cannot be read. Facts in, a hint out.

No pictures and no clock: `clues` measures the frames. A hint is chosen by `hint_for` from the
facts of one frame and made steady by `Steadied`, for words that flicker help nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner.scan import Point

Outline = tuple[Point, Point, Point, Point]
"""The corners of a code, in pixels."""

DARK_PAPER = 60.0
"""Grey of 255. Below it the bars are under 50 levels from their paper, noise is 3 to 10."""
DARK_ROOM = 45.0
"""Grey that only 5 % of the picture exceed."""
SOFT_PX = 1.5
"""A lens in focus blurs by 0.7 to 0.9 pixels (standard deviation), whatever the distance."""
SOFT_MODULES = 0.5
"""Blur in modules, beyond which QR codes are hardly read any more; linear codes are up to 1."""
SHOW_AFTER_S = 0.4
STAY_S = 0.8
GAP_S = 0.3
"""A hint that was not due for so long is no longer the same."""


class Hint(StrEnum):
    """What to do; each value is the key of its sentence."""

    TWO = "two"
    DARK = "dark"
    STILL = "still"
    """It moves."""
    FARTHER = "farther"
    """It is too near."""
    GLARE = "glare"
    BLURRED = "blurred"
    TURNED = "turned"
    """It is seen too much from the side."""
    CLOSER = "closer"
    """It is too far away."""


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that looks like a code and was not read, as one frame shows it."""

    outline: Outline
    """In frame pixels."""
    module_px: float
    """Width of the narrowest bar or cell, where it is not foreshortened."""
    legible_px: float
    """The narrowest module that is read of this kind of code."""
    blur_px: float
    """Standard deviation of the blur over its edges."""
    paper: float
    """Grey level of its paper, of 255."""
    is_too_large: bool = False
    """Whether it leaves the frame, or soon will."""
    has_glare: bool = False
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured in one frame."""

    codes: int = 0
    """How many different codes that count were read."""
    brightest: float = 255.0
    """Grey level that only 5 % of the frame exceed."""
    is_moving: bool = False
    """Whether a code moves, or what was one a moment ago."""
    clue: Clue | None = None


def hint_for(facts: Facts) -> Hint | None:
    """Choose what to say; what hides other facts goes first. None: nothing would help."""
    if facts.codes:
        return Hint.TWO if facts.codes > 1 else None
    if facts.brightest < DARK_ROOM or (facts.clue and facts.clue.paper < DARK_PAPER):
        return Hint.DARK
    if facts.clue and facts.clue.is_too_large:  # near the lens a calm hand moves fast as well
        return Hint.FARTHER
    if facts.is_moving:
        return Hint.STILL
    return _hint_about(facts.clue) if facts.clue else None


def _hint_about(clue: Clue) -> Hint | None:
    if clue.has_glare:
        return Hint.GLARE
    if clue.blur_px > max(SOFT_PX, SOFT_MODULES * clue.module_px):
        return Hint.BLURRED
    if clue.is_turned:
        return Hint.TURNED
    return Hint.CLOSER if clue.module_px < clue.legible_px else None


class Steadied:
    """Shows a hint when it has been due for a while, and leaves it long enough to be read."""

    def __init__(self) -> None:
        self._due: Hint | None = None
        self._due_since = self._due_last = 0.0
        self._shown: Hint | None = None
        self._shown_since = 0.0

    def see(self, hint: Hint | None, at: float, *, is_read: bool = False) -> Hint | None:
        """Take in what is due in one frame; return what to show.

        Args:
            hint: What `hint_for` chose.
            at: When the frame was captured, in seconds; never goes back.
            is_read: Whether a code was read: then nobody needs the old hint any more.
        """
        if is_read:
            self._due, self._shown = _if_two(self._due), _if_two(self._shown)
        self._note(hint, at)
        stays = self._shown is not None and at - self._shown_since < STAY_S
        if not stays and self._shown is not self._due and self._is_settled():
            self._shown, self._shown_since = self._due, at
        return self._shown

    def _note(self, hint: Hint | None, at: float) -> None:
        if hint is self._due:
            self._due_last = at
        elif at - self._due_last > GAP_S or self._due is None:
            self._due, self._due_since, self._due_last = hint, at, at

    def _is_settled(self) -> bool:
        return self._due is None or self._due_last - self._due_since >= SHOW_AFTER_S


def _if_two(hint: Hint | None) -> Hint | None:
    """The only hint that reading a code does not answer."""
    return hint if hint is Hint.TWO else None
