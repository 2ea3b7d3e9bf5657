"""Draws a laid-out page as black and white dots. Decides nothing about place or wording.

Letters come cut to black and white from `typeface.py`; dithered ones turn ragged and hold
bytes that printers take for commands (printing measurements).
"""

from __future__ import annotations

from PIL import Image, ImageDraw

from printer import codes
from printer.blocks import Block, Discs, Frame, Page, QrSymbol, Rule, TextRun

_INK, _PAPER = 0, 255


def draw(page: Page) -> Image.Image:
    """Draw `page` as an image of mode "1", 0 for ink, one pixel a dot."""
    paper = Image.new("1", (page.width_px, page.height_px), _PAPER)
    pen = ImageDraw.Draw(paper)
    for block in page.blocks:
        _draw_block(paper, pen, block)
    return paper


def _draw_block(paper: Image.Image, pen: ImageDraw.ImageDraw, block: Block) -> None:
    corners = (block.area.left, block.area.top, block.area.right - 1, block.area.bottom - 1)
    match block:
        case TextRun():
            _draw_text(paper, block)
        case Frame(stroke_px=stroke, corner_px=radius):
            pen.rounded_rectangle(corners, radius=radius, outline=_INK, width=stroke)
        case Rule():
            pen.rectangle(corners, fill=_INK)
        case Discs():
            _draw_discs(pen, block)
        case QrSymbol(payload=payload, module_px=module):
            symbol = codes.enlarged(codes.qr(payload), module, module)
            paper.paste(symbol.convert("1", dither=Image.Dither.NONE), corners[:2])


def _draw_text(paper: Image.Image, run: TextRun) -> None:
    start = run.area.left + run.style.lead_px(run.text)
    for x, glyph in run.style.glyphs(run.text):
        if glyph.dots is not None:
            at = (start + x + glyph.left_px, run.baseline_px - glyph.above_px)
            paper.paste(_INK, at, glyph.dots)


def _draw_discs(pen: ImageDraw.ImageDraw, discs: Discs) -> None:
    """Draw each disc in the middle of its equal share of the area."""
    share = (discs.area.right - discs.area.left) / discs.count
    middle = (discs.area.top + discs.area.bottom) / 2
    radius = share / 3.2
    for place in range(discs.count):
        centre = discs.area.left + share * (place + 0.5)
        pen.ellipse(
            (centre - radius, middle - radius, centre + radius - 1, middle + radius - 1), fill=_INK
        )
