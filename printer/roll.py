"""A roll of paper that grows downwards as blocks are set on it. Knows no slip.

Nothing set by it overlaps or is clipped, whatever the length of texts, because every block
claims the room its tallest letters need.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from printer import codes
from printer.blocks import Area, Block, Frame, Page, QrSymbol, Rule, TextRun
from printer.typeface import Face, Style, wrap

WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
WEEKDAY_NAMES = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
STROKE_PX = 3
"""Of a box. An outline heats less than solid black, and leaves no bands."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes for one width of paper, in dots."""

    school: Style
    due: Style
    heading: Style
    title: Style
    small: Style
    margin_px: int
    qr_module_px: int


def _measures(
    school: int, due: int, heading: int, title: int, small: int, margin: int, module: int
) -> Measures:
    return Measures(
        Style(Face.BOLD, school),
        Style(Face.BOLD, due),
        Style(Face.BOLD, heading),
        Style(Face.SEMIBOLD, title),
        Style(Face.REGULAR, small),
        margin,
        module,
    )


MEASURES = {
    384: _measures(26, 41, 22, 22, 20, 4, 5),
    512: _measures(30, 42, 25, 24, 22, 5, 5),
    576: _measures(34, 46, 28, 27, 24, 6, 6),
}
"""By width: 203 dpi (8 dots to the millimetre) for 384 and 576, 180 dpi for 512."""
LARGE = {
    384: _measures(28, 50, 30, 44, 28, 4, 6),
    512: _measures(32, 64, 34, 46, 32, 5, 6),
    576: _measures(36, 74, 38, 52, 36, 6, 7),
}
"""Large print: titles of 16 to 18 points, as guides for weak eyes ask."""


class Roll:
    """Paper of one width.

    Attributes:
        y_px: Where the next block goes.
        blocks: What has been set so far.
    """

    def __init__(self, width_px: int, *, large: bool = False) -> None:
        self.measures = (LARGE if large else MEASURES)[width_px]
        self.width_px = width_px
        self.left_px = self.measures.margin_px
        self.right_px = width_px - self.measures.margin_px
        self.y_px = self.measures.margin_px
        self.blocks: list[Block] = []

    def skip(self, share: float) -> None:
        """Leave some white, as a share of the small letters' size."""
        self.y_px += round(self.measures.small.size_px * share)

    def text(self, text: str, style: Style, *, left_px: int = 0, width_px: int = 0) -> None:
        """Set `text` in lines, from `left_px` on, over `width_px` (the whole paper if 0)."""
        left_px = left_px or self.left_px
        for line in wrap(text, style, width_px or self.right_px - left_px):
            self.blocks.append(run(line, style, left_px, self.y_px))
            self.y_px += style.line_px

    def ends(self, left: str, right: str, left_style: Style, right_style: Style) -> None:
        """Set two texts at the two ends of one line, or below each other if it is too short.

        The left one must be no smaller than the right one.
        """
        start = self.right_px - right_style.width_px(right)
        lines = wrap(left, left_style, start - self.left_px - right_style.size_px)
        if len(lines) != 1:
            self.text(left, left_style)
            self.text(right, right_style)
            return
        drop = left_style.above_px - right_style.above_px
        self.blocks += [
            run(lines[0], left_style, self.left_px, self.y_px),
            run(right, right_style, start, self.y_px + drop),
        ]
        self.y_px += left_style.line_px

    def rule(self, thick_px: int) -> None:
        """Draw a line across."""
        area = Area(self.left_px, self.y_px, self.right_px, self.y_px + thick_px)
        self.blocks.append(Rule(area))
        self.y_px += thick_px

    def stamp(self, word: str, style: Style) -> Area:
        """Set one word in a box at the right edge, and give its place; the roll does not move."""
        pad = style.size_px // 3
        width, height = style.width_px(word), sum(style.ink_px(word))
        outer = 2 * (STROKE_PX + pad)
        box = Area(
            self.right_px - width - outer, self.y_px, self.right_px, self.y_px + height + outer
        )
        inside = box.shrunk(STROKE_PX + pad)
        self.blocks += [
            Frame(box, STROKE_PX, STROKE_PX),
            tight_run(word, style, inside.left, inside.top),
        ]
        return box

    def symbol(self, payload: str) -> QrSymbol:
        """Set a QR code at the right edge: the unprinted edge of the roll is its quiet zone there.

        58 mm paper has 48 mm of dots and 80 mm paper 72 mm, so at least 4 mm stay white. The
        roll does not move: text stands beside it.
        """
        modules = codes.qr(payload).width
        module_px = min(self.measures.qr_module_px, self.width_px // 2 // modules)
        side = modules * module_px
        top = self.y_px + codes.QR_QUIET_MODULES * module_px
        area = Area(self.right_px - side, top, self.right_px, top + side)
        symbol = QrSymbol(area, payload, module_px)
        self.blocks.append(symbol)
        return symbol

    def page(self) -> Page:
        """Cut the paper here."""
        return Page(self.width_px, self.y_px + self.measures.margin_px, tuple(self.blocks))


def run(text: str, style: Style, left_px: int, top_px: int) -> TextRun:
    """One line with room for any letter, its upper left corner at `left_px`, `top_px`."""
    right, bottom = left_px + style.width_px(text), top_px + style.line_px
    return TextRun(
        Area(left_px, top_px, right, bottom), text, style, baseline_px=bottom - style.below_px
    )


def tight_run(text: str, style: Style, left_px: int, top_px: int) -> TextRun:
    """One line with room for just these letters, for setting text exactly in a box."""
    above, below = style.ink_px(text)
    right, bottom = left_px + style.width_px(text), top_px + above + below
    return TextRun(Area(left_px, top_px, right, bottom), text, style, baseline_px=top_px + above)


def day(value: date) -> str:
    """Write a date as the school does: "T2 30/11/2026"."""
    return f"{WEEKDAYS[value.weekday()]} {value:%d/%m/%Y}"


def moment(value: datetime) -> str:
    """Write a moment: "T2 16/11/2026 · 09:42"."""
    return f"{day(value)} · {value:%H:%M}"
