"""A coloured sheet measured in millimetres: boxes, fitted text, codes. Knows no card or label."""

from __future__ import annotations

from typing import Protocol

from PIL import Image, ImageDraw

from printer import codes
from printer.typeface import Face, Style, wrap, wrap_at_most

MM_PER_INCH = 25.4
SHRINKING = (1.0, 0.92, 0.84, 0.76, 0.68)
"""Sizes a text is tried in before it ends in an ellipsis."""


class Surface(Protocol):
    """What can be drawn on in millimetres: a picture (`Sheet`) or paper (`printer.paper`)."""

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        colour: str,
        *,
        corner: float = 0.0,
    ) -> None:
        """Fill a rectangle, with round corners if asked."""

    def text(
        self,
        text: str,
        face: Face,
        size: float,
        left: float,
        top: float,
        width: float,
        height: float = 0.0,
        colour: str = "#000000",
    ) -> float:
        """Write `text` into a space, and say where the next may begin."""

    def qr(self, payload: str, left: float, top: float, side: float) -> None:
        """Put a QR code with its quiet zone on white."""


class Sheet:
    """A picture with a ruler. Every length is in millimetres from the upper left corner."""

    def __init__(self, width_mm: float, height_mm: float, dpi: int, colour: str) -> None:
        self.width_mm = width_mm
        self.height_mm = height_mm
        self.dpi = dpi
        self.image = Image.new("RGB", (self.px(width_mm), self.px(height_mm)), colour)
        self._pen = ImageDraw.Draw(self.image)

    def px(self, mm: float) -> int:
        """Whole pixels in `mm`."""
        return round(mm * self.dpi / MM_PER_INCH)

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        colour: str,
        *,
        corner: float = 0.0,
    ) -> None:
        """Fill a rectangle, with round corners if asked."""
        corners = (self.px(left), self.px(top), self.px(left + width), self.px(top + height))
        inside = (*corners[:2], corners[2] - 1, corners[3] - 1)
        self._pen.rounded_rectangle(inside, radius=self.px(corner), fill=colour)

    def line(self, points: tuple[tuple[float, float], ...], width: float, colour: str) -> None:
        """Draw a bent line with round ends."""
        dots = [(self.px(x), self.px(y)) for x, y in points]
        self._pen.line(dots, fill=colour, width=self.px(width), joint="curve")
        radius = self.px(width) / 2
        for x, y in (dots[0], dots[-1]):
            self._pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def text(
        self,
        text: str,
        face: Face,
        size: float,
        left: float,
        top: float,
        width: float,
        height: float = 0.0,
        colour: str = "#000000",
    ) -> float:
        """Write `text` into a space, smaller and then shortened if it does not fit.

        Args:
            text: What to write.
            face: Its weight.
            size: Its largest size.
            left: Left edge of the space.
            top: Upper edge of the space.
            width: Width of the space.
            height: Height of the space, in which lines are broken; 0 for one line.
            colour: Of the letters.

        Returns:
            Where the next text may begin.
        """
        style, lines = self._fitted(text, face, size, self.px(width), self.px(height))
        y = self.px(top)
        for line in lines:
            at = (self.px(left) + style.lead_px(line), y + style.above_px)
            self._pen.text(at, line, fill=colour, font=style.font, anchor="ls")
            y += style.line_px
        return y * MM_PER_INCH / self.dpi

    def code(self, code: Image.Image, left: float, top: float, across: int, down: int) -> None:
        """Put a code's modules, each `across` by `down` pixels; quiet zones are the caller's."""
        big = codes.enlarged(code, across, down)
        self.image.paste(big.convert("RGB"), (self.px(left), self.px(top)))

    def qr(self, payload: str, left: float, top: float, side: float) -> None:
        """Put a QR code with its quiet zone on white, as large as fits into `side`.

        A module more than the quiet zone needs keeps it out of the round corners.
        """
        symbol = codes.qr(payload)
        module = self.px(side) // (symbol.width + 2 * codes.QR_QUIET_MODULES + 1)
        self.box(left, top, side, side, "#ffffff", corner=side / 24)
        inset = (side - symbol.width * module * MM_PER_INCH / self.dpi) / 2
        self.code(symbol, left + inset, top + inset, module, module)

    def _fitted(
        self, text: str, face: Face, size: float, width_px: int, height_px: int
    ) -> tuple[Style, tuple[str, ...]]:
        """The largest style in which `text` fits without cutting a word, and its lines."""
        for share in SHRINKING:
            style = Style(face, max(6, self.px(size * share)))
            most = max(1, height_px // style.line_px)
            whole_words = all(style.width_px(word) <= width_px for word in text.split())
            if whole_words and len(wrap(text, style, width_px)) <= most:
                break
        return style, wrap_at_most(text, style, width_px, most)
