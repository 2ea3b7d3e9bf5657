"""Draws a laid-out page as black and white dots. Decides nothing about place or wording.

Letters are drawn grey and cut at one threshold, never dithered: dithered letters turn ragged
and hold bytes that printers take for commands (printing measurements).
"""

from __future__ import annotations

from PIL import Image, ImageDraw

from printer import codes
from printer.blocks import Block, Discs, Frame, Page, QrSymbol, Rule, TextRun

INK_BELOW = 150
"""Greys darker than this become ink. Chosen by eye at 20 to 34 px: thin strokes stay closed
and the counters of bold letters stay open."""


def draw(page: Page) -> Image.Image:
    """Draw `page` as an image of mode "1", 0 for ink, one pixel a dot."""
    grey = Image.new("L", (page.width_px, page.height_px), 255)
    pen = ImageDraw.Draw(grey)
    for block in page.blocks:
        _draw_block(grey, pen, block)
    return grey.point(_ink_or_paper).convert("1", dither=Image.Dither.NONE)


def _ink_or_paper(grey: int) -> int:
    return 0 if grey < INK_BELOW else 255


def _draw_block(grey: Image.Image, pen: ImageDraw.ImageDraw, block: Block) -> None:
    corners = (block.area.left, block.area.top, block.area.right - 1, block.area.bottom - 1)
    match block:
        case TextRun(text=text, style=style):
            at = (block.area.left + style.lead_px(text), block.baseline_px)
            pen.text(at, text, fill=0, font=style.font, anchor="ls")
        case Frame(stroke_px=stroke, corner_px=radius):
            pen.rounded_rectangle(corners, radius=radius, outline=0, width=stroke)
        case Rule():
            pen.rectangle(corners, fill=0)
        case Discs():
            _draw_discs(pen, block)
        case QrSymbol(payload=payload, module_px=module):
            grey.paste(codes.enlarged(codes.qr(payload), module, module), corners[:2])


def _draw_discs(pen: ImageDraw.ImageDraw, discs: Discs) -> None:
    """Draw each disc in the middle of its equal share of the area."""
    share = (discs.area.right - discs.area.left) / discs.count
    middle = (discs.area.top + discs.area.bottom) / 2
    radius = share / 3.2
    for place in range(discs.count):
        centre = discs.area.left + share * (place + 0.5)
        pen.ellipse(
            (centre - radius, middle - radius, centre + radius - 1, middle + radius - 1), fill=0
        )
