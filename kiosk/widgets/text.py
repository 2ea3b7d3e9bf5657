"""Words and icons on the screen. Keeps out what they say.

Every text is set before it is placed, so its size is known and it never leaves its box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kivy.core.text import Label as TextSource
from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import ICONS, Colour, Style
from kiosk.widgets.box import Box
from kiosk.widgets.paint import seen
from kiosk.widgets.typeset import SHRINK_STEPS, typeset

Align = Literal["left", "center", "right"]
Vertical = Literal["top", "middle", "bottom"]

_NATURAL_LINE = 1.26
"""Be Vietnam Pro's own line height, in sizes."""
_ICON_TO_TEXT = 1.25
"""An icon beside words is this much larger than their size."""
_ICON_GAP = 0.5
"""Space between an icon and its words, in sizes."""


class Letters(Widget):
    """Words as one picture, as large as its letters.

    Kivy's own label listens to forty properties and sets its words twice; these never change, and
    a screen is drawn anew with a hundred of them.
    """

    def __init__(
        self, text: str, style: Style, ink: Colour, line_height: float = 1.0, align: Align = "left"
    ) -> None:
        self.text, self.color = text, seen(ink)
        self.font_name, self.font_size = style.font, style.size_px
        self._source = TextSource(
            text=text,
            font_name=self.font_name,
            font_size=self.font_size,
            line_height=line_height,
            color=self.color,
            halign=align,
        )
        self._source.refresh()
        super().__init__(size=self._source.size, size_hint=(None, None))
        with self.canvas:
            Color(1, 1, 1, 1)
            self._picture = Rectangle(size=self.size, texture=self._source.texture)
        self.bind(pos=self._follow)

    @property
    def texture_size(self) -> tuple[int, int]:
        """What the letters take, in pixels."""
        return self._source.size  # type: ignore[no-any-return]

    def _follow(self, _letters: Widget, pos: tuple[float, float]) -> None:
        self._picture.pos = pos


class Text(Letters):
    """One sentence, set to fit; its size is that of its letters."""

    def __init__(
        self,
        text: str,
        style: Style,
        ink: Colour,
        width: float,
        lines: int = 1,
        align: Align = "left",
        shrink: bool = False,
    ) -> None:
        setting = typeset(text, style, width, lines, shrink)
        line_height = setting.style.line / _NATURAL_LINE
        super().__init__(setting.text, setting.style, ink, line_height, align)
        self.full_text = text


class Sign(Letters):
    """One icon."""

    def __init__(self, icon: Icon, size_px: float, ink: Colour) -> None:
        super().__init__(icon.value, Style(round(size_px), ICONS), ink)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence as a member of a stack."""

    text: str
    style: Style
    ink: Colour
    lines: int = 1
    icon: Icon | None = None
    gap_px: float = 0
    """Space above it."""
    shrink: bool = False


def place(
    widget: Widget, box: Box, align: Align = "center", vertical: Vertical = "middle"
) -> Widget:
    """Put a widget of known size into `box`, on whole pixels so that letters stay sharp."""
    across = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    up = {"bottom": 0.0, "middle": 0.5, "top": 1.0}[vertical]
    widget.pos = (
        round(box.x + (box.width - widget.width) * across),
        round(box.y + (box.height - widget.height) * up),
    )
    return widget


def line(
    text: str, style: Style, ink: Colour, box: Box, align: Align = "left", lines: int = 1
) -> Widget:
    """One text placed in `box`, in the middle of its height."""
    return place(Text(text, style, ink, box.width, lines, align, shrink=True), box, align)


def stack(
    phrases: Sequence[Phrase], box: Box, align: Align = "left", vertical: Vertical = "middle"
) -> list[Widget]:
    """Set phrases one below the other; all give way together when the box is too low."""
    for factor in SHRINK_STEPS:
        rows = [_Row(phrase, factor, box.width, align) for phrase in phrases]
        height = sum(row.height for row in rows) - (rows[0].gap if rows else 0)
        if height <= box.height:
            break
    top = box.top - (box.height - height) * {"top": 0.0, "middle": 0.5, "bottom": 1.0}[vertical]
    top += rows[0].gap if rows else 0
    placed: list[Widget] = []
    for row in rows:
        placed += row.place(box, top)
        top -= row.height
    return placed


def fits(phrases: Sequence[Phrase], box: Box) -> bool:
    """Whether a stack of them finds room, as far as it gives way."""
    rows = [_Row(phrase, SHRINK_STEPS[-1], box.width, "left") for phrase in phrases]
    height: float = sum(row.height for row in rows) - (rows[0].gap if rows else 0)
    return height <= box.height


class _Row:
    """A phrase set at a size: its text, and its icon if it has one."""

    def __init__(self, phrase: Phrase, factor: float, width: float, align: Align) -> None:
        style = phrase.style.scaled(factor)
        self.gap = phrase.gap_px * factor
        self._align = align
        self._sign = (
            Sign(phrase.icon, style.size_px * _ICON_TO_TEXT, phrase.ink) if phrase.icon else None
        )
        self._indent = self._sign.width + style.size_px * _ICON_GAP if self._sign else 0
        self._text = Text(
            phrase.text, style, phrase.ink, width - self._indent, phrase.lines, align, phrase.shrink
        )
        self._first_line = style.size_px * style.line
        self.height = self.gap + self._text.height

    def place(self, box: Box, top: float) -> list[Widget]:
        width = self._indent + self._text.width
        left = box.x + (box.width - width) * {"left": 0.0, "center": 0.5, "right": 1.0}[self._align]
        upper = top - self.gap
        self._text.pos = (round(left + self._indent), round(upper - self._text.height))
        if self._sign is None:
            return [self._text]
        middle = upper - min(self._first_line, self._text.height) / 2
        self._sign.pos = (round(left), round(middle - self._sign.height / 2))
        return [self._sign, self._text]
