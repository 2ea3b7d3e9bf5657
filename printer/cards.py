"""Cards, labels and book backs as pictures to print. Knows no register: faces in, pictures out.

A card shows its school, name, class, number and school year and nothing else (domain
specification 2.7); a code holds the bare number, in clear beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageColor, ImageFilter

from printer import codes
from printer.sheet import MM_PER_INCH, Sheet, Surface
from printer.typeface import Face, Style

CARD_MM = (85.6, 54.0)
"""ISO/IEC 7810 ID-1, as bank cards."""
LABEL_MM = (50.0, 25.0)
BOOK_MM = (130.0, 190.0)

_PAPER, _WHITE, _INK, _QUIET_INK = "#fff7ea", "#ffffff", "#1f2a33", "#5b6670"
_BAND, _ON_BAND = "#0f5c63", "#fff7ea"
_SPINES = (("#e2725b", 7.0), ("#f2b544", 9.0), ("#8fb996", 6.2), ("#f7e3c1", 8.2), ("#d95d39", 7.4))
"""Colour and height in millimetres of the books that stand on a card's band."""

_FIELD_MM = 25.0
_SPINE_SIDE = (118.0, 0.0, 12.0, 190.0)
_BLURB = (92.0, 88.0, 95.0, 84.0, 93.0, 90.0, 52.0)
"""Widths in millimetres of the lines that stand for a blurb."""


@dataclass(frozen=True, slots=True)
class CardFace:
    """All that a reader's card shows."""

    school: str
    name: str
    homeroom: str
    """Class ("6A"); empty for staff."""
    number: str
    school_year: str


@dataclass(frozen=True, slots=True)
class LabelFace:
    """All that the label on a copy shows."""

    accession: str
    title: str
    school: str
    symbology: Literal["qr", "code-128"] = "qr"


@dataclass(frozen=True, slots=True)
class CommandFace:
    """A card that stands for a button of the station."""

    word: str
    payload: str
    hint: str = "Đưa thẻ này vào khung để kết thúc"


def draw_card(face: CardFace, dpi: int = 300) -> Image.Image:
    """Draw a reader's card."""
    sheet = Sheet(*CARD_MM, dpi, _PAPER)
    lay_card(sheet, face)
    return sheet.image


def lay_card(sheet: Surface, face: CardFace) -> None:
    """Put on a surface of `CARD_MM` what a reader's card shows."""
    _band(sheet, face.school)
    sheet.qr(face.number, 53.6, 18.8, 28.1)
    below = sheet.text(face.name, Face.BOLD, 5.0, 5.0, 17.0, 47.0, 14.8, _INK)
    if face.homeroom:
        sheet.text(f"Lớp {face.homeroom}", Face.SEMIBOLD, 3.8, 5.0, below, 47.0, 0.0, _BAND)
    _field(sheet, "Số thẻ", face.number, 5.0, 4.2)
    _field(sheet, "Năm học", face.school_year, 31.5, 3.4)
    sheet.box(0.0, 51.2, CARD_MM[0], 2.8, _SPINES[1][0])


def draw_command_card(face: CommandFace, dpi: int = 300) -> Image.Image:
    """Draw a card that is held up instead of touching a button."""
    sheet = Sheet(*CARD_MM, dpi, _BAND)
    sheet.qr(face.payload, 45.6, 9.0, 36.0)
    sheet.line(((7.4, 17.0), (12.0, 21.6), (20.6, 12.2)), 2.4, _SPINES[1][0])
    below = sheet.text(face.word, Face.BOLD, 11.0, 5.6, 24.0, 38.0, 0.0, _ON_BAND)
    sheet.text(face.hint, Face.REGULAR, 3.0, 6.0, below + 0.5, 34.0, 10.0, _ON_BAND)
    return sheet.image


def draw_label(face: LabelFace, dpi: int = 300) -> Image.Image:
    """Draw the label of one copy: its code, its number in clear, title and school."""
    sheet = Sheet(*LABEL_MM, dpi, _WHITE)
    if face.symbology == "qr":
        sheet.qr(face.accession, 0.3, 1.0, 23.0)
        left, top, room = 23.2, 2.6, 25.4
    else:
        _bars(sheet, face.accession, 1.4, 9.2)
        left, top, room = 3.6, 10.8, 42.8
    below = sheet.text(face.accession, Face.BOLD, 4.5, left, top, room)
    sheet.text(face.title, Face.SEMIBOLD, 2.6, left, below, room, 20.8 - below)
    sheet.text(face.school, Face.REGULAR, 2.2, left, 20.8, room)
    return sheet.image


def draw_isbn(isbn: str, dpi: int = 300) -> Image.Image:
    """Draw the bookshop's EAN-13 with quiet zones and digits, as on a back cover.

    Raises:
        ValueError: The check digit is wrong.
    """
    row = codes.ean_13(isbn)
    before, after = codes.EAN_13_QUIET_MODULES
    module_px = max(2, round(0.33 * dpi / MM_PER_INCH))
    module = module_px * MM_PER_INCH / dpi
    sheet = Sheet((before + row.width + after) * module, 25.0, dpi, _WHITE)
    sheet.code(row, before * module, 3.0, module_px, sheet.px(17.5))
    for text, start, modules in (
        (isbn[0], 1, 8),
        (isbn[1:7], before + 3, 42),
        (isbn[7:], before + 50, 42),
    ):
        sheet.box(start * module, 19.3, modules * module, 1.3, _WHITE)
        middle = (modules * module - _width_mm(sheet, text, 3.2)) / 2
        sheet.text(text, Face.REGULAR, 3.2, start * module + middle, 19.1, 16.0)
    return sheet.image


def draw_book_back(
    label: Image.Image, isbn: Image.Image | None, spine_colour: str, dpi: int = 300
) -> Image.Image:
    """Draw a back cover with the library's label stuck on it, as a child holds it up.

    Args:
        label: From `draw_label`, at the same `dpi`.
        isbn: From `draw_isbn`, or None for a book without one.
        spine_colour: Of the cover, such as "#b5523b".
        dpi: Pixels per inch.
    """
    sheet = Sheet(*BOOK_MM, dpi, spine_colour)
    light = _tint(spine_colour, 0.28)
    sheet.box(*_SPINE_SIDE, _tint(spine_colour, -0.18))
    sheet.text("“", Face.BOLD, 46.0, 13.0, 4.0, 40.0, 0.0, light)
    for row, width in enumerate(_BLURB):
        sheet.box(14.0, 52.0 + 6.4 * row, width, 2.2, light, corner=1.1)
    _stick(sheet, label, 12.0, 112.0)
    if isbn is not None:
        _stick(sheet, isbn, 108.0 - isbn.width * MM_PER_INCH / dpi, 154.0)
    return sheet.image


def _band(sheet: Surface, school: str) -> None:
    """The coloured band with the school's name, books standing at its right end."""
    height = 14.4
    sheet.box(0.0, 0.0, CARD_MM[0], height, _BAND)
    sheet.text("THẺ THƯ VIỆN", Face.SEMIBOLD, 2.5, 5.0, 1.7, 50.0, 0.0, _SPINES[1][0])
    sheet.text(school, Face.BOLD, 4.2, 5.0, 5.3, 57.0, 8.9, _ON_BAND)
    left = 65.0
    for colour, tall in _SPINES:
        sheet.box(left, height - tall, 2.8, tall, colour)
        sheet.box(left + 0.7, height - tall + 1.2, 1.4, 0.5, _BAND)
        left += 3.2


def _field(sheet: Surface, name: str, value: str, left: float, size: float) -> None:
    """A small name and what it stands for; values of any size share one baseline."""
    sheet.text(name, Face.REGULAR, 2.4, left, 38.2, _FIELD_MM, 0.0, _QUIET_INK)
    sheet.text(value, Face.BOLD, size, left, 46.9 - 1.2 * size, _FIELD_MM, 0.0, _INK)


def _bars(sheet: Sheet, text: str, top: float, tall: float) -> None:
    """A Code 128 as wide as the label allows with its quiet zones, in the middle."""
    row = codes.code_128(text)
    module_px = sheet.image.width // (row.width + 2 * codes.CODE_128_QUIET_MODULES)
    wide = row.width * module_px * MM_PER_INCH / sheet.dpi
    sheet.code(row, (sheet.width_mm - wide) / 2, top, module_px, sheet.px(tall))


def _width_mm(sheet: Sheet, text: str, size: float) -> float:
    return Style(Face.REGULAR, sheet.px(size)).width_px(text) * MM_PER_INCH / sheet.dpi


def _tint(colour: str, share: float) -> str:
    """Lighter by `share` of the way to white, or darker towards black if below 0."""
    goal = 255 if share > 0 else 0
    mixed = (round(part + (goal - part) * abs(share)) for part in ImageColor.getrgb(colour)[:3])
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _stick(sheet: Sheet, paper: Image.Image, left: float, top: float) -> None:
    """Stick a label on, with the faint shadow of its edge."""
    at = (sheet.px(left), sheet.px(top))
    edge = sheet.px(0.8)
    shadow = Image.new("L", (paper.width + 4 * edge, paper.height + 4 * edge), 0)
    shadow.paste(90, (2 * edge, 2 * edge, 2 * edge + paper.width, 2 * edge + paper.height))
    soft = shadow.filter(ImageFilter.GaussianBlur(edge))
    sheet.image.paste(Image.new("RGB", soft.size, "#000000"), (at[0] - edge, at[1] - edge), soft)
    sheet.image.paste(paper, at)
