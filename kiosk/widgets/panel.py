"""Surfaces: rounded panels with a soft shadow, and groups that come in gently."""

from __future__ import annotations

import math
from functools import lru_cache

from kivy.animation import Animation
from kivy.graphics import (
    BorderImage,
    PopMatrix,
    PushMatrix,
    SmoothLine,
    SmoothRoundedRectangle,
    Translate,
)
from kivy.graphics.texture import Texture
from kivy.properties import NumericProperty
from kivy.uix.widget import Widget

from kiosk.theme import APPEAR_S, CARD, SHADOW, Colour, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.paint import paint

_CORNER_PX = 32
"""Size of a corner of the shadow's picture; its middle is stretched."""


class Panel(Widget):
    """A rounded surface."""

    def __init__(
        self,
        box: Box,
        ground: Colour = CARD,
        radius_px: float = 24,
        edge: Colour | None = None,
        lifted_px: float = 0,
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            ground: Its colour.
            radius_px: Of its corners.
            edge: Colour of a hairline around it.
            lifted_px: How far it seems to float above the paper; 0 for no shadow.
        """
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        with self.canvas:
            if lifted_px:
                draw_shadow(box, lifted_px)
            if edge:
                paint(edge)
                SmoothRoundedRectangle(pos=box.pos, size=box.size, radius=[radius_px])
            inner = box.inset(1.5) if edge else box
            self._fill = paint(ground)
            SmoothRoundedRectangle(
                pos=inner.pos, size=inner.size, radius=[radius_px - (1.5 if edge else 0)]
            )


class Group(Widget):
    """Widgets that belong together; `appear` lets them fade and rise in."""

    rise_px = NumericProperty(0)

    def __init__(self, *children: Widget) -> None:
        super().__init__(size_hint=(None, None), size=(0, 0))
        with self.canvas.before:
            PushMatrix()
            self._shift = Translate(0, 0, 0)
        with self.canvas.after:
            PopMatrix()
        for child in children:
            self.add_widget(child)

    def on_rise_px(self, _group: Widget, rise_px: float) -> None:
        """Move everything in the group."""
        self._shift.y = rise_px

    def appear(self, from_px: float) -> None:
        """Come in from `from_px` below (above if negative), fading."""
        self.opacity, self.rise_px = 0, -from_px
        Animation(opacity=1, rise_px=0, duration=APPEAR_S, t="out_cubic").start(self)


def tinted(box: Box, tone: Tone, radius_px: float, lifted_px: float = 0) -> Panel:
    """A panel in the colours of a kind of message."""
    return Panel(box, tone.ground, radius_px, tone.edge, lifted_px)


def draw_shadow(box: Box, lifted_px: float, opacity: float = 0.2) -> None:
    """Add a soft shadow of `box` to the canvas that is open."""
    spread = lifted_px * 1.7
    paint(SHADOW, opacity)
    BorderImage(
        texture=_shadow_texture(),
        border=(_CORNER_PX - 1,) * 4,
        display_border=(min(4.4 * spread, box.height / 2),) * 4,
        pos=(box.x - spread, box.y - spread - lifted_px * 0.8),
        size=(box.width + 2 * spread, box.height + 2 * spread),
    )


def draw_outline(box: Box, radius_px: float, ink: Colour, width_px: float) -> None:
    """Add a rounded outline to the canvas that is open."""
    paint(ink)
    SmoothLine(rounded_rectangle=(*box.pos, *box.size, radius_px), width=width_px / 2)


@lru_cache(maxsize=1)
def _shadow_texture() -> Texture:
    """White, fading out smoothly towards the edges; made once, tinted where it is used."""
    side = 2 * _CORNER_PX
    pixels = bytearray()
    for y in range(side):
        for x in range(side):
            pixels += bytes((255, 255, 255, round(255 * _density(x, y))))
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(bytes(pixels), colorfmt="rgba", bufferfmt="ubyte")
    return texture


def _density(x: int, y: int) -> float:
    """How dark the shadow is at a pixel of its picture, from 0 to 1."""
    dx, dy = (max(0.0, abs(at - _CORNER_PX + 0.5) - 1) for at in (x, y))
    inside = max(0.0, 1 - math.hypot(dx, dy) / (_CORNER_PX - 1))
    return inside * inside * (3 - 2 * inside)
