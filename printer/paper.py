"""PDF pages measured in millimetres: boxes, fitted text, codes. Knows no label and no card.

Every code put down is remembered with its place, so that `printer.proving` can read the
finished pages again. The letters are Be Vietnam Pro and go into the file.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Literal

from PIL import Image
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFStream
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from printer import codes
from printer.errors import UnreadableCode
from printer.sheet import MM_PER_INCH, SHRINKING
from printer.typeface import Face, Style, clean, wrap, wrap_at_most

A4_MM = (210.0, 297.0)
A5_MM = (148.0, 210.0)
DOT_MM = MM_PER_INCH / 600
"""Of an office laser printer. A module is a whole number of dots, so that all come out alike."""
LEAST_QR_MODULE_MM = 0.4
"""Smaller ones a 720-line camera tells apart only from nearer than 15 cm (docs/hardware.md)."""
LEAST_BAR_MM = 0.25
"""The narrowest bar of a Code 128 for general use (GS1 General Specifications, 5.12.3)."""
INK, QUIET_INK, HAIR = "#1f2a33", "#5b6670", "#a9b1b7"

Symbology = Literal["qr", "code-128"]
Align = Literal["left", "middle", "right"]

_POINTS_PER_MM = 72 / MM_PER_INCH
_CAPITAL, _BESIDE = 0.7, 0.05
"""Height of the box in a missing letter's place, and the room beside it, by the letters' size."""
_MEASURED_PX = 200
"""Size at which it is measured how far letters reach up and down."""


@dataclass(frozen=True, slots=True)
class PlacedCode:
    """A code on a page, with its quiet zone; lengths in millimetres from the upper left corner."""

    page: int
    """From 0."""
    payload: str
    symbology: Symbology
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pages:
    """A finished PDF and the codes that must be readable on it."""

    pdf: bytes
    count: int
    codes: tuple[PlacedCode, ...]


@dataclass(frozen=True, slots=True)
class Lettering:
    """A weight at a size in millimetres."""

    face: Face
    size: float

    @property
    def above(self) -> float:
        """Room the tallest stacked letter needs above the baseline."""
        return _room_px(self.face)[0] * self.size / _MEASURED_PX

    @property
    def line(self) -> float:
        """Height of one line, in which any letter fits."""
        return _room_px(self.face)[1] * self.size / _MEASURED_PX

    def width_px(self, text: str) -> float:
        """Room `text` needs from side to side, here in millimetres."""
        return float(pdfmetrics.stringWidth(text, _font(self.face), self.size))


@cache
def _room_px(face: Face) -> tuple[int, int]:
    """Room above the baseline and of a line: every cell of a register asks for it again."""
    style = Style(face, _MEASURED_PX)
    return style.above_px, style.line_px


class Paper:
    """PDF pages with a ruler. Every length is in millimetres from the upper left corner."""

    def __init__(self, title: str, size_mm: tuple[float, float] = A4_MM) -> None:
        self.size_mm = size_mm
        self._file = io.BytesIO()
        points = (size_mm[0] * _POINTS_PER_MM, size_mm[1] * _POINTS_PER_MM)
        self._pen = Canvas(self._file, pagesize=points, invariant=True)
        self._pen.setTitle(title)
        self._pen.setCreator("Trạm Sách")
        self._pen.setViewerPreference("PrintScaling", "None")  # else a viewer shrinks labels
        self._codes: list[PlacedCode] = []
        self._page = 0
        self._origin = (0.0, 0.0)

    def turn(self) -> None:
        """Begin the next page."""
        self._end_page()
        self._page += 1

    def close(self) -> Pages:
        """End the last page, and give out what was made."""
        self._end_page()
        self._pen.save()
        return Pages(self._file.getvalue(), self._page + 1, tuple(self._codes))

    @contextmanager
    def moved(self, left: float, top: float) -> Iterator[None]:
        """Let what is drawn meanwhile count its lengths from another corner."""
        before = self._origin
        self._origin = (before[0] + left, before[1] + top)
        try:
            yield
        finally:
            self._origin = before

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
        self._pen.setFillColor(_ink(colour))
        x, y = self._at(left, top + height)
        size = (width * _POINTS_PER_MM, height * _POINTS_PER_MM)
        self._pen.roundRect(x, y, *size, corner * _POINTS_PER_MM, stroke=0, fill=1)

    def frame(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """Draw the hairline outline of a rectangle."""
        self._stroke(colour, 0.15)
        x, y = self._at(left, top + height)
        self._pen.rect(x, y, width * _POINTS_PER_MM, height * _POINTS_PER_MM)

    def uprights(self, lefts: Sequence[float], top: float, height: float) -> None:
        """Draw the hairlines between cells that stand side by side."""
        self._stroke(HAIR, 0.15)
        ends = [(*self._at(left, top), *self._at(left, top + height)) for left in lefts]
        self._pen.lines(ends)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str = HAIR,
        thick: float = 0.15,
        dash: tuple[float, ...] = (),
    ) -> None:
        """Draw a line, dashed if asked."""
        self._stroke(colour, thick, dash)
        self._pen.line(*self._at(*start), *self._at(*end))

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
        align: Align = "left",
        least: float = 0.0,
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
            align: Where a line stands in the width.
            least: A size below which it is rather shortened.

        Returns:
            Where the next text may begin.
        """
        style, lines = _fitted(text, Lettering(face, size), least, (width, height))
        self._pen.setFillColor(_ink(colour))
        self._pen.setFont(_font(face), style.size * _POINTS_PER_MM)
        for line in lines:
            spare = width - style.width_px(line)
            shift = {"left": 0.0, "middle": spare / 2, "right": spare}[align]
            self._write(line, style, left + shift, top + style.above)
            top += style.line
        return top

    def lines(
        self,
        lines: tuple[str, ...],
        style: Lettering,
        left: float,
        top: float,
        width: float,
        colour: str = "#000000",
        align: Align = "left",
    ) -> None:
        """Write lines that are broken already, without a look at whether they fit."""
        self._pen.setFillColor(_ink(colour))
        self._pen.setFont(_font(style.face), style.size * _POINTS_PER_MM)
        for line in lines:
            spare = 0.0 if align == "left" else width - style.width_px(line)
            shift = spare / 2 if align == "middle" else spare
            self._write(line, style, left + shift, top + style.above)
            top += style.line

    def later(self, name: str, left: float, top: float) -> None:
        """Leave a place for what is known only at the end, such as how many pages there are."""
        self._pen.saveState()
        self._pen.translate(*self._at(left, top))
        self._pen.doForm(name)
        self._pen.restoreState()

    def settle(self, name: str, text: str, style: Lettering, colour: str) -> None:
        """Fill every place left for `name`; its left end stands there, on the baseline."""
        self._pen.beginForm(name)
        self._pen.setFillColor(_ink(colour))
        self._pen.setFont(_font(style.face), style.size * _POINTS_PER_MM)
        self._pen.drawString(0, 0, text)
        self._pen.endForm()

    def number(
        self, text: str, size: float, left: float, top: float, width: float, align: Align = "left"
    ) -> float:
        """Write bold on one line what must never be cut: as small as it has to be.

        Returns:
            Where the next text may begin.
        """
        told = clean(text)
        fits = min(size, fitting_size(told, Face.BOLD, width * 0.999))
        return self.text(told, Face.BOLD, fits, left, top, width, 0.0, INK, align)

    def qr(self, payload: str, left: float, top: float, side: float) -> None:
        """Put a QR code with its quiet zone in the middle of a square of white paper.

        Raises:
            UnreadableCode: Its modules would be too small.
        """
        symbol = codes.qr(payload)
        modules = symbol.width + 2 * codes.QR_QUIET_MODULES
        module = _whole_dots(side / modules)
        if module < LEAST_QR_MODULE_MM:
            raise UnreadableCode(payload, f"{side:.1f} mm leave {module:.2f} mm for a module")
        self.box(left, top, side, side, "#ffffff")
        self._codes.append(self._placed(payload, "qr", (left, top, side, side)))
        inset = (side - symbol.width * module) / 2
        self._modules(symbol, left + inset, top + inset, module, module)

    def bars(self, payload: str, left: float, top: float, width: float, height: float) -> None:
        """Put a Code 128 with its quiet zones, as wide as fits, in the middle of a space.

        Raises:
            UnreadableCode: Its bars would be too narrow.
        """
        row = codes.code_128(payload)
        module = _whole_dots(width / (row.width + 2 * codes.CODE_128_QUIET_MODULES))
        if module < LEAST_BAR_MM:
            raise UnreadableCode(payload, f"{width:.1f} mm leave {module:.2f} mm for a bar")
        self._codes.append(self._placed(payload, "code-128", (left, top, width, height)))
        self._modules(row, left + (width - row.width * module) / 2, top, module, height)

    def _write(self, line: str, style: Lettering, left: float, baseline: float) -> None:
        """Write a line; a sign that the family lacks is a hollow box, as on slips."""
        self._pen.drawString(*self._at(left, baseline), line)
        known = _signs(style.face)
        if known.issuperset(line):
            return
        for place, sign in enumerate(line):
            if sign not in known:
                before, high = style.width_px(line[:place]), style.size * _CAPITAL
                wide = style.width_px(sign) - 2 * _BESIDE * style.size
                corner = left + before + _BESIDE * style.size
                self.frame(corner, baseline - high, wide, high, INK)

    def _end_page(self) -> None:
        """End a page, and compress it at once.

        Left to reportlab, all pages stay as they were written until the last is done: ten years
        of loans took half a gigabyte, and a third of the time went into a form for old printers.
        """
        self._pen.showPage()
        page = self._pen._doc.Pages.pages[-1]
        told = PDFDictionary({"Filter": PDFName("FlateDecode")})
        page.Contents = PDFStream(told, zlib.compress(page.stream.encode()))
        page.stream = None

    def _at(self, left: float, top: float) -> tuple[float, float]:
        """A point of the page as PDF counts: in points, from below."""
        x, y = self._origin[0] + left, self._origin[1] + top
        return x * _POINTS_PER_MM, (self.size_mm[1] - y) * _POINTS_PER_MM

    def _stroke(self, colour: str, thick: float, dash: tuple[float, ...] = ()) -> None:
        self._pen.setStrokeColor(_ink(colour))
        self._pen.setLineWidth(thick * _POINTS_PER_MM)
        self._pen.setDash([length * _POINTS_PER_MM for length in dash])

    def _placed(
        self, payload: str, symbology: Symbology, place: tuple[float, float, float, float]
    ) -> PlacedCode:
        left, top, width, height = place
        at = (self._origin[0] + left, self._origin[1] + top)
        return PlacedCode(self._page, payload, symbology, *at, width, height)

    def _modules(
        self, code: Image.Image, left: float, top: float, across: float, down: float
    ) -> None:
        """Fill the dark modules, those side by side in one piece: no hairs between them."""
        path = self._pen.beginPath()
        for row in range(code.height):
            greys = code.crop((0, row, code.width, row + 1)).tobytes()
            for grey, run in groupby(enumerate(greys), lambda module: module[1]):
                places = [place for place, _ in run]
                if grey == 0:
                    corner = self._at(left + places[0] * across, top + (row + 1) * down)
                    width = len(places) * across * _POINTS_PER_MM
                    path.rect(*corner, width, down * _POINTS_PER_MM)
        self._pen.setFillColor(_ink("#000000"))
        self._pen.drawPath(path, stroke=0, fill=1)


def fitting_size(text: str, face: Face, width: float) -> float:
    """The largest size in which `text` fits on one line of `width` without being cut."""
    return width / max(Lettering(face, 1.0).width_px(text), 1e-3)


def _fitted(
    text: str, largest: Lettering, least: float, room: tuple[float, float]
) -> tuple[Lettering, tuple[str, ...]]:
    """The largest style in which `text` fits without cutting a word, and its lines."""
    style, (width, height) = largest, room
    for share in SHRINKING:
        smaller = Lettering(largest.face, largest.size * share)
        if smaller.size < least:
            break
        style = smaller
        whole_words = all(style.width_px(word) <= width for word in text.split())
        if whole_words and len(wrap(text, style, width)) <= _most(style, height):
            break
    return style, wrap_at_most(text, style, width, _most(style, height))


def _most(style: Lettering, height: float) -> int:
    return max(1, int(height / style.line + 1e-6))


def _whole_dots(length_mm: float) -> float:
    return int(length_mm / DOT_MM + 1e-6) * DOT_MM


@cache
def _signs(face: Face) -> frozenset[str]:
    """What the family can write."""
    return frozenset(map(chr, pdfmetrics.getFont(_font(face)).face.charToGlyph))


@cache
def _ink(colour: str) -> Color:
    return HexColor(colour)


@cache
def _font(face: Face) -> str:
    """Let reportlab know a weight, and name it."""
    name = f"BeVietnamPro-{face.name}"
    pdfmetrics.registerFont(TTFont(name, str(face.value)))
    return name
