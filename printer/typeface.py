"""Be Vietnam Pro letter by letter: how wide a text is, where it breaks, each letter's dots.

Letters are placed one after another without kerning: the same on every machine, whatever
shaping libraries it has, so a slip is the same bytes everywhere. Each letter is measured and
drawn once for each style and then kept: a slip is some 300 letters out of a few dozen.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from printer import fonts

ELLIPSIS = "…"
INK_BELOW = 150
"""Greys darker than this become ink; letters are drawn grey and cut there, never dithered.
Chosen by eye at 20 to 46 px: thin strokes stay closed, the counters of bold letters open."""
_TALLEST = "ẪẲẴỔỖçşŢgj|()§"
"""Letters and signs that reach farthest up and down; every other one lies between."""


class Measured(Protocol):
    """Letters whose width is known, in dots or in whatever the paper is measured in."""

    def width_px(self, text: str) -> float:
        """Room `text` needs from side to side."""


class Face(Enum):
    """A weight of the family."""

    REGULAR = fonts.REGULAR
    SEMIBOLD = fonts.SEMIBOLD
    BOLD = fonts.BOLD


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter of one style; edges in dots from where it is set on the baseline."""

    advance_px: int
    left_px: int
    right_px: int
    above_px: int
    below_px: int
    dots: Image.Image | None
    """Mode "1", 255 for ink; None for a letter without any, such as the space."""


@dataclass(frozen=True, slots=True)
class Style:
    """A weight at a size."""

    face: Face
    size_px: int

    @property
    def font(self) -> ImageFont.FreeTypeFont:
        """The loaded font."""
        return _load(self.face, self.size_px)

    @property
    def above_px(self) -> int:
        """Room the tallest stacked letter needs above the baseline."""
        return _reach(self)[0]

    @property
    def below_px(self) -> int:
        """Room the deepest letter needs below the baseline."""
        return _reach(self)[1]

    @property
    def line_px(self) -> int:
        """Height of one line, in which any letter fits."""
        return self.above_px + self.below_px

    @property
    def cap_px(self) -> int:
        """Height of a capital H."""
        return self.ink_px("H")[0]

    def glyphs(self, text: str) -> Iterator[tuple[int, Glyph]]:
        """Each letter of `text` and where it is set, from 0 to the right."""
        x, letters = 0, _alphabet(self)
        for sign in text:
            glyph = letters[sign]
            yield x, glyph
            x += glyph.advance_px

    def width_px(self, text: str) -> int:
        """Room `text` needs from side to side, ink and spacing."""
        left = right = 0
        for x, glyph in self.glyphs(text):
            left = min(left, x + glyph.left_px)
            right = max(right, x + glyph.right_px, x + glyph.advance_px)
        return right - left

    def lead_px(self, text: str) -> int:
        """How far ink, as of a first letter Î, reaches left of where the text is set."""
        return max((0, *(-x - glyph.left_px for x, glyph in self.glyphs(text))))

    def ink_px(self, text: str) -> tuple[int, int]:
        """How far the ink of `text` reaches above and below the baseline."""
        letters = _alphabet(self)
        above = max((letters[sign].above_px for sign in text), default=0)
        return above, max((letters[sign].below_px for sign in text), default=0)


def clean(text: str) -> str:
    """Make `text` printable: NFC, single spaces, no control signs, no loose marks."""
    joined = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(sign for sign in joined if unicodedata.category(sign)[0] not in "CM").strip()


def wrap(text: str, style: Measured, width_px: float) -> tuple[str, ...]:
    """Break `text` into lines no wider than `width_px`; a word that is too long is cut.

    Returns:
        The lines; none for an empty text.
    """
    lines: list[str] = []
    for piece in _pieces(clean(text), style, width_px):
        longer = f"{lines[-1]} {piece}" if lines else piece
        if lines and style.width_px(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(piece)
    return tuple(lines)


def wrap_at_most(text: str, style: Measured, width_px: float, most: int) -> tuple[str, ...]:
    """Break `text` into at most `most` lines; what does not fit ends in an ellipsis."""
    lines = wrap(text, style, width_px)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and style.width_px(last + ELLIPSIS) > width_px:
        last = last[:-1]
    return (*lines[: most - 1], last.rstrip(" ,.;:–-") + ELLIPSIS)


def _pieces(text: str, style: Measured, width_px: float) -> Iterator[str]:
    """The words of `text`, the too long ones in parts."""
    for word in text.split():
        rest = word
        while style.width_px(rest) > width_px and len(rest) > 1:
            cut = _fitting(rest, style, width_px)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _fitting(word: str, style: Measured, width_px: float) -> int:
    """How many signs of `word` fit; at least one."""
    fits, too_many = 1, len(word)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if style.width_px(word[:middle]) <= width_px:
            fits = middle
        else:
            too_many = middle
    return fits


@lru_cache(maxsize=64)
def _load(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face.value), size_px, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=64)
def _alphabet(style: Style) -> _Alphabet:
    return _Alphabet(style.font)


class _Alphabet(dict[str, Glyph]):
    """The letters of one style, each made when it is first needed."""

    def __init__(self, font: ImageFont.FreeTypeFont) -> None:
        self._font = font

    def __missing__(self, sign: str) -> Glyph:
        """Measure and draw one letter."""
        left, top, right, bottom = map(math.floor, self._font.getbbox(sign, anchor="ls"))
        if (right <= left or bottom <= top) and not sign.isspace():
            return self._unknown(sign)
        dots = self._dots(sign, (left, top, right, bottom)) if right > left else None
        advance = math.ceil(self._font.getlength(sign))
        glyph = self[sign] = Glyph(advance, left, right, -top, bottom, dots)
        return glyph

    def _unknown(self, sign: str) -> Glyph:
        """A hollow box for a sign that the family lacks: a title of them is no empty line."""
        high = -math.floor(self._font.getbbox("H", anchor="ls")[1])
        wide = math.ceil(self._font.getlength("H"))
        dots = Image.new("1", (wide - 2, high))
        ImageDraw.Draw(dots).rectangle((0, 0, wide - 3, high - 1), outline=255)
        glyph = self[sign] = Glyph(wide, 1, wide - 1, high, 0, dots)
        return glyph

    def _dots(self, sign: str, edges: tuple[int, int, int, int]) -> Image.Image:
        left, top, right, bottom = edges
        grey = Image.new("L", (right - left, bottom - top), 255)
        ImageDraw.Draw(grey).text((-left, -top), sign, fill=0, font=self._font, anchor="ls")
        ink = grey.point(lambda value: 255 if value < INK_BELOW else 0)
        return ink.convert("1", dither=Image.Dither.NONE)


@lru_cache(maxsize=64)
def _reach(style: Style) -> tuple[int, int]:
    return style.ink_px(_TALLEST)
