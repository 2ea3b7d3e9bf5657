"""Colours as they reach the screen: every widget asks here, so one mode changes them all.

There is one window and one reader before it, so there is one palette in force. It is asked
while a screen is drawn; what is drawn keeps the colours of that moment.
"""

from __future__ import annotations

from dataclasses import dataclass

from kivy.graphics import Color

from kiosk.theme import HIGH_CONTRAST, Colour


@dataclass(slots=True)
class _Palette:
    """Which colours are in force."""

    is_high_contrast: bool = False


_palette = _Palette()


def use_palette(*, high_contrast: bool) -> None:
    """Choose the colours of what is drawn from now on."""
    _palette.is_high_contrast = high_contrast


def seen(colour: Colour) -> Colour:
    """A colour of the theme as it looks in the palette in force; its opacity stays."""
    if not _palette.is_high_contrast:
        return colour
    red, green, blue = HIGH_CONTRAST.get(colour[:3], colour[:3])
    return (red, green, blue, colour[3])


def paint(colour: Colour, opacity: float | None = None) -> Color:
    """Let the open canvas go on in a colour of the theme, perhaps with another opacity."""
    red, green, blue, own = seen(colour)
    return Color(red, green, blue, own if opacity is None else opacity)


def is_high_contrast() -> bool:
    """Whether the palette in force is the one of high contrast; for what is kept once drawn."""
    return _palette.is_high_contrast
