"""Reads finished pages again before anybody prints them: what no reader reads is refused.

The PDF itself is rendered, by another program than the one that wrote it, at the coarsest
resolution that an office printer has; each code is then read by zxing-cpp at its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import groupby

import pypdfium2
import zxingcpp
from PIL import Image

from printer.errors import UnreadableCode
from printer.paper import Pages, PlacedCode
from printer.sheet import MM_PER_INCH

PROOF_DPI = 300
_FORMATS = {
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "code-128": zxingcpp.BarcodeFormat.Code128,
}
_PDFIUM = threading.Lock()
"""PDFium is one at a time (its own README); pages are asked for by many threads of the desk."""


def proven(pages: Pages, tell: Callable[[int, int], None] = lambda _done, _total: None) -> Pages:
    """Give `pages` back once every code on them has been read.

    Args:
        pages: What was drawn.
        tell: Is told after each page how many have been read, and of how many.

    Raises:
        UnreadableCode: One cannot be read at its place, or says something else.
    """
    total = pages.codes[-1].page + 1 if pages.codes else 0
    for page, placed in groupby(pages.codes, lambda code: code.page):
        _prove(drawn(pages.pdf, page), list(placed))
        tell(page + 1, total)
    return pages


def drawn(pdf: bytes, page: int, dpi: int = PROOF_DPI) -> Image.Image:
    """Draw one page in grey."""
    with _PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        picture: Image.Image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
        return picture.copy()


def _prove(picture: Image.Image, placed: Sequence[PlacedCode]) -> None:
    for code in placed:
        found = zxingcpp.read_barcodes(picture.crop(_corners(code)))
        told = [(one.text, one.format) for one in found]
        if told != [(code.payload, _FORMATS[code.symbology])]:
            words = ", ".join(text for text, _ in told) or "nothing"
            raise UnreadableCode(code.payload, f"page {code.page + 1} reads as {words}")


def _corners(code: PlacedCode) -> tuple[int, int, int, int]:
    sides = (code.left, code.top, code.left + code.width, code.top + code.height)
    left, top, right, bottom = (round(side * PROOF_DPI / MM_PER_INCH) for side in sides)
    return left, top, right, bottom
