"""The back of a book, drawn from its title: the picture by which a reader knows it again.

The same title always has the same cloth and ornament. Keeps out shelves, loans and due dates.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

from kivy.core.text import Label as TextSource
from kivy.graphics import (
    Color,
    PopMatrix,
    PushMatrix,
    Rectangle,
    Rotate,
    SmoothEllipse,
    SmoothRoundedRectangle,
)
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

from kiosk.theme import SEMIBOLD, Cloth, Style, cloth_of
from kiosk.widgets.box import Box
from kiosk.widgets.paint import paint
from kiosk.widgets.typeset import balanced, break_lines, measure_in

SMALLEST_LETTER_PX = 12
"""A title that would be smaller on its spine is left off; it stands beside it anyway."""


class Spine(Widget):
    """The back of one book, standing."""

    def __init__(
        self,
        box: Box,
        title: str,
        cloth: Cloth | None = None,
        lean_deg: float = 0,
        seed: int | None = None,
    ) -> None:
        """Draw it.

        Args:
            box: Where it stands.
            title: Chooses cloth and ornament, and is written along the spine where it fits.
            cloth: Another binding than the title's own.
            lean_deg: How far it leans to the left, in degrees.
            seed: Chooses the ornament in place of the title.
        """
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        self.title = title
        self._box = box
        self._cloth = cloth or cloth_of(title)
        self._ornament = ((crc32(title.encode()) >> 8) if seed is None else seed) % 4
        with self.canvas:
            if lean_deg:
                PushMatrix()
                Rotate(angle=lean_deg, origin=(box.x if lean_deg > 0 else box.right, box.y))
            self._draw_body()
            self._draw_ornament()
            if title:
                self._draw_title(title)
            if lean_deg:
                PopMatrix()

    def _draw_body(self) -> None:
        box, radius = self._box, max(2, self._box.width * 0.06)
        paint(self._cloth.cover)
        SmoothRoundedRectangle(pos=box.pos, size=box.size, radius=[radius])
        Color(1, 1, 1, 1)
        inner = box.inset(1, 1)
        Rectangle(pos=inner.pos, size=inner.size, texture=_roundness())

    def _draw_ornament(self) -> None:
        match self._ornament:
            case 0:
                self._bands(0.07, 0.1, 0.9, 0.93)
            case 1:
                self._bands(0.06, 0.94)
                self._dot(0.13)
            case 2:
                self._bands(0.08, 0.15, thick=True)
            case _:
                self._bands(0.05, 0.08, 0.11)
                self._dot(0.92)

    def _bands(self, *heights: float, thick: bool = False) -> None:
        paint(self._cloth.lettering, 0.75)
        thickness = max(1.5, self._box.height * (0.02 if thick else 0.009))
        for share in heights:
            y = self._box.y + self._box.height * share - thickness / 2
            Rectangle(pos=(self._box.x + 1, y), size=(self._box.width - 2, thickness))

    def _dot(self, share: float) -> None:
        side = min(self._box.width * 0.24, self._box.height * 0.05)
        middle = self._box.x + self._box.width / 2
        paint(self._cloth.lettering, 0.85)
        SmoothEllipse(
            pos=(middle - side / 2, self._box.y + self._box.height * share - side / 2),
            size=(side, side),
        )

    def _draw_title(self, title: str) -> None:
        setting = fit_along(title, self._box.height * 0.7, self._box.width * 0.86)
        if setting is None:
            return
        text, style = setting
        source = TextSource(
            text=text,
            font_name=style.font,
            font_size=style.size_px,
            line_height=0.9,
            halign="center",
        )
        source.refresh()
        texture = source.texture
        x = round(self._box.x + (self._box.width - texture.width) / 2)
        y = round(self._box.y + self._box.height * 0.52 - texture.height / 2)
        paint(self._cloth.lettering)
        PushMatrix()
        Rotate(angle=-90, origin=(x + texture.width / 2, y + texture.height / 2))
        Rectangle(pos=(x, y), size=texture.size, texture=texture)
        PopMatrix()


def fit_along(title: str, length: float, breadth: float) -> tuple[str, Style] | None:
    """Set a title along a spine, in one line or two; None where it would be too small."""
    for lines in (1, 2):
        largest = min(breadth / (1.15 * lines) * 0.72, length / 6, 24)
        for size in range(int(largest), SMALLEST_LETTER_PX - 1, -1):
            style = Style(size, SEMIBOLD)
            measure = measure_in(style)
            broken = break_lines(title, length, measure)
            if len(broken) <= lines and max(map(measure, broken)) <= length:
                return "\n".join(balanced(title, length, len(broken), measure)), style
    return None


def _shade(x: float) -> tuple[float, float]:
    """Lightness and opacity across a rounded spine, at `x` from 0 to 1."""
    if x < 0.3:
        return (1.0, 0.16 * (1 - abs(x - 0.18) / 0.18) if x < 0.36 else 0.0)
    return (0.0, 0.26 * ((x - 0.3) / 0.7) ** 2)


@lru_cache(maxsize=1)
def _roundness() -> Texture:
    """Light on the left of a spine, shade on its right; made once for all books."""
    width = 32
    pixels = bytearray()
    for x in range(width):
        light, opacity = _shade(x / (width - 1))
        pixels += bytes((*(round(255 * light),) * 3, round(255 * max(0.0, opacity))))
    texture = Texture.create(size=(width, 1), colorfmt="rgba")
    texture.blit_buffer(bytes(pixels), colorfmt="rgba", bufferfmt="ubyte")
    texture.wrap = "clamp_to_edge"
    return texture
