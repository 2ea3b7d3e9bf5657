"""The live picture: what the camera sees, where to hold things, and which code was found.

One texture is made for a camera and blitted with each new frame. Keeps out where frames
come from: it is handed the newest preview, and draws only that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kivy.graphics import (
    InstructionGroup,
    RoundedRectangle,
    SmoothLine,
    SmoothRoundedRectangle,
)
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import AMBER, CARD, LEAF_BRIGHT, NIGHT, ON_TEAL, Colour, Look
from kiosk.widgets.banner import banner
from kiosk.widgets.box import Box
from kiosk.widgets.camera_words import CameraWords, Remark, Sight, sight_of
from kiosk.widgets.paint import paint, seen
from kiosk.widgets.panel import draw_shadow
from kiosk.widgets.text import Phrase, Sign, place, stack

if TYPE_CHECKING:
    from scanner.guidance import Outline
    from scanner.reader import Preview

FRAME_ASPECT = 16 / 10
"""Width by height of the frame; a 16:9 picture loses a tenth of its width."""
UNREAD = (1.0, 1.0, 1.0, 0.9)
"""Outline of what looks like a code and was not read."""
_ARM = 0.18
"""Length of a bracket's arm, as a share of the viewfinder's height."""


class Film:
    """The newest preview and its texture; outlives the screens that show it."""

    def __init__(self) -> None:
        self.texture: Texture | None = None
        self.preview: Preview | None = None

    def take(self, preview: Preview | None) -> bool:
        """Keep the newest preview; tell whether there is something new to draw."""
        if preview is self.preview:
            return False
        self.preview = preview
        if preview is not None:
            self._blit(preview)
        return True

    def _blit(self, preview: Preview) -> None:
        height, width = preview.pixels.shape[:2]
        if self.texture is None or self.texture.size != (width, height):
            self.texture = Texture.create(size=(width, height), colorfmt="rgba")
            self.texture.flip_vertical()
        # A contiguous array needs no tobytes(): measured 0.03 ms against 0.8 ms.
        self.texture.blit_buffer(preview.pixels.ravel(), colorfmt="rgba", bufferfmt="ubyte")


class CameraView(Widget):
    """The picture in its frame, the viewfinder, and the outline of a found code."""

    def __init__(self, box: Box, film: Film, look: Look, words: CameraWords) -> None:
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        self._box, self._film, self._look, self._words = box, film, look, words
        self._border = look.px(6, compact=4)
        self._inner = box.inset(self._border)
        self._said: tuple[Sight, Remark | None] | None = None
        self._texture: Texture | None = None
        self._found = InstructionGroup()
        with self.canvas:
            self._ground = paint(NIGHT)
            # With corners of its own, for a stencil costs as much as the picture does.
            self._picture = RoundedRectangle(
                pos=self._inner.pos, size=self._inner.size, radius=[look.radius_px]
            )
        self._viewfinder = InstructionGroup()
        self.canvas.add(self._viewfinder)
        self.canvas.add(self._found)
        with self.canvas.after:
            self._draw_border(box)
        self.refresh()

    def shadow(self) -> Widget:
        """What the frame casts; it stands still, and as large as the picture it costs as much."""
        cast = Widget(size_hint=(None, None), size=(0, 0))
        with cast.canvas:
            draw_shadow(self._box, self._look.px(14, compact=8))
        return cast

    def refresh(self) -> None:
        """Draw the newest preview."""
        preview = self._film.preview
        self._found.clear()
        self._show_film(preview)
        if preview is not None:
            if preview.unread and not preview.outlines:
                self._draw_outline(preview, preview.unread, UNREAD)
            for outline in preview.outlines:
                ink = LEAF_BRIGHT if preview.believed else AMBER
                self._draw_outline(preview, outline, ink)
        self._say(sight_of(preview), self._words.remark(preview) if preview else None)
        self.canvas.ask_update()  # new pixels in the same texture change no instruction

    def _show_film(self, preview: Preview | None) -> None:
        """Let the film's texture be seen, or the night; most often it is there already."""
        texture = self._film.texture if preview else None
        if texture is self._texture:
            return
        self._texture = self._picture.texture = texture
        self._ground.rgba = (1, 1, 1, 1) if preview else seen(NIGHT)
        self._viewfinder.clear()
        if preview is not None:
            u, v = self._margins(preview)
            self._picture.tex_coords = [u, 1 - v, 1 - u, 1 - v, 1 - u, v, u, v]
            self._draw_viewfinder()

    def _draw_border(self, box: Box) -> None:
        edge = box.inset(self._border / 2)
        paint(CARD)
        SmoothLine(
            rounded_rectangle=(*edge.pos, *edge.size, self._look.radius_px),
            width=self._border / 2 + 0.5,
        )

    def _draw_viewfinder(self) -> None:
        """Corner brackets around the place where codes are read best."""
        field = self._inner.inset(self._inner.width * 0.12, self._inner.height * 0.14)
        bars = _brackets(field, field.height * _ARM, self._look.px(5, compact=3))
        for ink, grown in (((*NIGHT[:3], 0.22), 1.5), ((1, 1, 1, 0.96), 0)):
            self._viewfinder.add(paint(ink))
            for bar in bars:
                box = bar.inset(-grown)
                self._viewfinder.add(
                    SmoothRoundedRectangle(
                        pos=box.pos, size=box.size, radius=[min(box.width, box.height) / 2]
                    )
                )

    def _draw_outline(self, preview: Preview, outline: Outline, ink: Colour) -> None:
        points = self._on_screen(preview, outline)
        for colour, width in (((*NIGHT[:3], 0.4), 4.2), (ink, 2.6)):
            self._found.add(paint(colour))
            self._found.add(
                SmoothLine(points=points, width=self._line(width), close=True, joint="round")
            )

    def _line(self, design_px: float) -> float:
        return max(1.2, self._look.px(design_px * 10) / 10 * (0.7 if self._look.is_compact else 1))

    def _margins(self, preview: Preview) -> tuple[float, float]:
        """Shares of the picture that fall outside the frame: left and right, top and bottom."""
        height, width = preview.pixels.shape[:2]
        wider = (width / height) / (self._inner.width / self._inner.height)
        return ((1 - 1 / wider) / 2, 0.0) if wider > 1 else (0.0, (1 - wider) / 2)

    def _on_screen(self, preview: Preview, outline: Outline) -> list[float]:
        """The corners of a code in window pixels, kept within the frame."""
        height, width = preview.pixels.shape[:2]
        u, v = self._margins(preview)
        inner, points = self._inner, []
        for corner in outline:
            across = (corner.x / width - u) / (1 - 2 * u)
            down = (corner.y / height - v) / (1 - 2 * v)
            points.append(inner.x + inner.width * min(0.98, max(0.02, across)))
            points.append(inner.top - inner.height * min(0.97, max(0.03, down)))
        return points

    def _say(self, sight: Sight, remark: Remark | None) -> None:
        """Put a sentence on the picture, or in its place; the same one is left standing."""
        if self._said == (sight, remark):
            return
        self._said = sight, remark
        self.clear_widgets()
        for widget in self._no_picture() if sight is Sight.NOTHING else []:
            self.add_widget(widget)
        if remark is not None:
            words = banner(remark.words, remark.tone, remark.icon, self._look, self._inner)
            self.add_widget(words)

    def _no_picture(self) -> list[Widget]:
        look, words = self._look, self._words
        soft = (*ON_TEAL[:3], 0.82)
        above, below = self._inner.inset(look.px(16)).cut_top(
            self._inner.height * 0.48, look.px(14, compact=4)
        )
        icon = Icon.NO_CAMERA if words.absent_next else Icon.CAMERA
        sign = Sign(icon, look.px(54, compact=34), soft)
        phrases = [Phrase(words.absent, look.label, ON_TEAL, lines=2)]
        if words.absent_next:
            phrases.append(Phrase(words.absent_next, look.small, soft, lines=2))
        return [place(sign, above, "center", "bottom"), *stack(phrases, below, "center", "top")]


def _brackets(field: Box, arm: float, thickness: float) -> list[Box]:
    """The eight bars of the four corners."""
    upper, lower = field.cut_top(arm)[0], field.cut_bottom(arm)[0]
    flat = [upper.cut_top(thickness)[0], lower.cut_bottom(thickness)[0]]
    return [
        *(strip.cut_left(thickness)[0] for strip in (upper, lower)),
        *(strip.cut_right(thickness)[0] for strip in (upper, lower)),
        *(strip.cut_left(arm)[0] for strip in flat),
        *(strip.cut_right(arm)[0] for strip in flat),
    ]
