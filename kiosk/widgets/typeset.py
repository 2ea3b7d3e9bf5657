"""Breaks a sentence into lines that fit, evenly. Keeps out colours and where it stands.

A headline that is too long is set a little smaller; a title that is still too long ends in
an ellipsis. Nothing is ever cut by an edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from kivy.core.text import Label as TextSource
from kivy.core.text import LabelBase

from kiosk import icons
from kiosk.theme import BOLD, ICONS, REGULAR, SEMIBOLD, Style
from printer import fonts

ELLIPSIS = "…"
SHRINK_STEPS = (1.0, 0.92, 0.84, 0.76)
"""How far a headline may give way before it is shortened."""

Measure = Callable[[str], float]
"""Width of a line in pixels."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A sentence in lines, and the style it was set in."""

    lines: tuple[str, ...]
    style: Style

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def register_fonts() -> None:
    """Make our fonts known to Kivy by the theme's names."""
    for name, path in (
        (REGULAR, fonts.REGULAR),
        (SEMIBOLD, fonts.SEMIBOLD),
        (BOLD, fonts.BOLD),
        (ICONS, icons.FONT),
    ):
        LabelBase.register(name, str(path))


def typeset(text: str, style: Style, width: float, lines: int, shrink: bool = False) -> Setting:
    """Set `text` in at most `lines` lines of `width` pixels.

    Args:
        text: One sentence or title.
        style: The wished style.
        width: Widest line, in pixels.
        lines: Most lines.
        shrink: Whether a smaller size is tried before the text is shortened.
    """
    for factor in SHRINK_STEPS if shrink else SHRINK_STEPS[:1]:
        smaller = style.scaled(factor)
        measure = measure_in(smaller)
        broken = break_lines(text, width, measure)
        if len(broken) <= lines and all(measure(line) <= width for line in broken):
            return Setting(balanced(text, width, len(broken), measure), smaller)
    return Setting(_shortened(broken, width, lines, measure), smaller)


def measure_in(style: Style) -> Measure:
    """Return the measure of lines set in `style`; it remembers what it measured, for one text."""
    source = _source(style.font, style.size_px)
    known: dict[str, float] = {}

    def measure(text: str) -> float:
        if text not in known:
            known[text] = float(source.get_extents(text)[0])
        return known[text]

    return measure


def break_lines(text: str, width: float, measure: Measure) -> list[str]:
    """Break at spaces so that lines fit; a single word may be wider than `width`."""
    return [line for part in text.split("\n") for line in _break_part(part, width, measure)]


def _break_part(part: str, width: float, measure: Measure) -> list[str]:
    lines = [""]
    for word in part.split(" "):
        longer = f"{lines[-1]} {word}".strip(" ")
        if lines[-1] and measure(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def balanced(text: str, width: float, lines: int, measure: Measure) -> tuple[str, ...]:
    """Break a sentence that takes `lines` lines so that they are about equally long."""
    best = break_lines(text, width, measure)
    for share in (0.9, 0.8, 0.7, 0.6):
        narrower = break_lines(text, width * share, measure)
        if len(narrower) > lines or any(measure(line) > width * share for line in narrower):
            break
        best = narrower
    return tuple(best)


def _shortened(broken: list[str], width: float, lines: int, measure: Measure) -> tuple[str, ...]:
    kept, rest = broken[: lines - 1], " ".join(broken[lines - 1 :])
    return (*(_cut(line, width, measure) for line in kept), _cut(rest, width, measure))


def _cut(line: str, width: float, measure: Measure) -> str:
    if measure(line) <= width:
        return line
    while line and measure(line + ELLIPSIS) > width:
        line = line[:-1]
    return line.rstrip(" ,.;:–-") + ELLIPSIS


@lru_cache(maxsize=64)
def _source(font: str, size_px: float) -> TextSource:
    return TextSource(font_name=font, font_size=size_px)
