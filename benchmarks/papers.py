"""Paints the things that are held up: cards and books with a code, and things without one.

Everything is drawn in modules (the width of a code's narrowest bar) and scaled to what the
camera will need. Keeps out where the thing is held and how the camera sees it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels
from scanner.scan import Symbology

FORMATS = {
    Symbology.CODE_128: BarcodeFormat.Code128,
    Symbology.CODE_39: BarcodeFormat.Code39,
    Symbology.EAN_13: BarcodeFormat.EAN13,
    Symbology.QR: BarcodeFormat.QRCode,
}
MODULE_MM = {
    Symbology.CODE_128: (0.25, 0.38),
    Symbology.CODE_39: (0.2, 0.3),
    Symbology.EAN_13: (0.26, 0.36),
    Symbology.QR: (0.45, 0.8),
}
"""Printed widths of one module: labels at 300 dots per inch, EAN-13 at 80 to 110 %."""
BARS_MM = {
    Symbology.CODE_128: (9.0, 15.0),
    Symbology.CODE_39: (9.0, 15.0),
    Symbology.EAN_13: (15.0, 23.0),
}
"""Printed heights of bars."""
CARD_MM = (85.6, 54.0)
BOOKS_MM = ((115.0, 145.0), (170.0, 210.0))
QUIET_MODULES = 10
QR_QUIET_MODULES = 4

_KHO = ("SGK", "SGV", "SNV", "STK", "STN", "BC")
_WORDS = ("THU VIEN TRUONG THCS", "Lop 7A2", "Nguyen Van An", "Toan 6", "So tay", "Ke B, ngan 3")


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """Something flat to be held up."""

    picture: Pixels
    """(height, width, 3), BGR: the light it gives back, as the eye is used to see it."""
    module_px: int
    """Pixels of the picture in one module of its code."""
    focus: tuple[float, float]
    """The middle of its code in pixels of the picture."""
    code_px: tuple[float, float]
    """Width and height of the code in pixels of the picture, quiet zones left out."""


def own_text(symbology: Symbology, random: np.random.Generator) -> str:
    """Make up a text that our cards and labels may carry in this symbology."""
    if symbology is Symbology.EAN_13:
        twelve = "978604" + f"{random.integers(10**6):06d}"
        odd, even = (sum(map(int, twelve[start::2])) for start in (0, 1))
        return twelve + str(-(odd + 3 * even) % 10)
    label = f"{random.choice(_KHO)}.{random.integers(10**5):05d}"
    card = f"HS{random.integers(10**6):06d}"
    return str(random.choice([card, label, label, f"GV{random.integers(10**4):04d}"]))


def code_modules(symbology: Symbology, text: str) -> tuple[int, int]:
    """Width and height of a printed code in modules; the height of bars is left to the printer."""
    height, width = _matrix(symbology, text).shape
    return width, height


def paint_paper(
    symbology: Symbology, text: str, module_px: int, most_modules: int, random: np.random.Generator
) -> Paper:
    """Print a card or a book with the code somewhere on it; wider than `most_modules` it is cut."""
    module_mm = float(random.uniform(*MODULE_MM[symbology]))
    code = _printed(symbology, text, module_mm, module_px, random)
    quiet = (QR_QUIET_MODULES if symbology is Symbology.QR else QUIET_MODULES) * module_px
    size_mm = CARD_MM if random.random() < 0.5 else tuple(random.uniform(*BOOKS_MM))
    width, height = (min(round(side / module_mm), most_modules) * module_px for side in size_mm)
    width = max(width, code.shape[1] + 2 * quiet + 4 * module_px)
    height = max(height, code.shape[0] + 2 * quiet)
    picture = _surface(width, height, module_px / module_mm, random)
    free_x, free_y = width - code.shape[1] - 2 * quiet, height - code.shape[0] - 2 * quiet
    x, y = (int(free * random.uniform(0.15, 0.85)) for free in (free_x, free_y))
    label = _label(code, quiet, random)
    picture[y : y + label.shape[0], x : x + label.shape[1]] = label
    focus = (x + label.shape[1] / 2, y + label.shape[0] / 2)
    return Paper(picture, module_px, focus, (code.shape[1], code.shape[0]))


def paint_blank(px_per_mm: float, most_px: int, random: np.random.Generator) -> Paper:
    """Print a card, book or ruled sheet without any code; wider than `most_px` it is cut."""
    sides = random.uniform(*BOOKS_MM) * px_per_mm
    width, height = (min(round(side), most_px) for side in sides.tolist())
    picture = _surface(width, height, px_per_mm, random)
    if random.random() < 0.3:
        _rule(picture, px_per_mm, random)
    return Paper(picture, max(round(px_per_mm / 3), 1), (width / 2, height / 2), (width, height))


def _printed(
    symbology: Symbology, text: str, module_mm: float, module_px: int, random: np.random.Generator
) -> Pixels:
    """The code alone, (height, width): 0 where there is ink, 255 where there is none."""
    matrix = _matrix(symbology, text)
    if symbology is not Symbology.QR:
        bars = round(float(random.uniform(*BARS_MM[symbology])) / module_mm)
        matrix = np.repeat(matrix, bars, axis=0)
    return matrix.repeat(module_px, axis=0).repeat(module_px, axis=1)


def _matrix(symbology: Symbology, text: str) -> Pixels:
    image = np.array(zxingcpp.create_barcode(text, FORMATS[symbology]).to_image(scale=1), np.uint8)
    if symbology is not Symbology.QR:
        image = image[5:6]
    rows, columns = np.nonzero(image < 128)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _label(code: Pixels, quiet: int, random: np.random.Generator) -> Pixels:
    """The code on its own paper, quiet zones with it: (height, width, 3)."""
    paper = random.uniform((205, 215, 215), 252)
    if random.random() < 0.15:
        paper[0] *= 0.55  # yellow labels
    ink = random.uniform(15, 60) * random.uniform(0.8, 1.0, 3)
    levels = np.linspace(ink, paper, 256).astype(np.uint8)[:, None]
    bare = np.pad(code, quiet, constant_values=255)
    return np.asarray(cv2.LUT(cv2.merge([bare, bare, bare]), levels), np.uint8)


def _surface(width: int, height: int, px_per_mm: float, random: np.random.Generator) -> Pixels:
    """What else is printed: a colour, a picture, stripes and lines of text."""
    colour = random.uniform(60, 250, 3)
    picture = np.full((1, width, 3), colour, np.uint8).repeat(height, axis=0)
    _paint_photo(picture, random)
    if random.random() < 0.3:
        _paint_stripes(picture, px_per_mm, random)
    ink = tuple(map(float, random.uniform(10, 80, 3)))
    for _ in range(random.integers(2, 9)):
        size = random.uniform(2.0, 6.0) * px_per_mm / 22
        corner = (int(random.uniform(0, 0.7) * width), int(random.uniform(0, 1) * height))
        word = str(random.choice(_WORDS))
        thick = max(round(2 * size), 1)
        cv2.putText(picture, word, corner, cv2.FONT_HERSHEY_SIMPLEX, size, ink, thick, cv2.LINE_AA)
    return picture


def _paint_photo(picture: Pixels, random: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    x, y = int(random.uniform(0, 0.6) * width), int(random.uniform(0, 0.6) * height)
    part = picture[y : y + height // 3, x : x + width // 3]
    rough = random.integers(0, 255, (9, 12, 3)).astype(np.uint8)
    part[:] = cv2.resize(rough, part.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _paint_stripes(picture: Pixels, px_per_mm: float, random: np.random.Generator) -> None:
    """A decorated edge: stripes as wide as bars, but even."""
    pitch = max(round(random.uniform(0.8, 4.0) * px_per_mm), 2)
    depth = round(random.uniform(4, 10) * px_per_mm)
    columns = np.arange(picture.shape[1]) // pitch % 2 == 0
    picture[:depth, columns] = random.uniform(0, 255, 3)


def _rule(picture: Pixels, px_per_mm: float, random: np.random.Generator) -> None:
    """The lines or squares of an exercise book."""
    picture[:] = (245, 250, 250)
    pitch, thick = max(round(random.uniform(2, 8) * px_per_mm), 3), max(round(0.2 * px_per_mm), 1)
    ink = random.uniform((120, 60, 60), (220, 160, 160))
    for line in range(thick):
        picture[line::pitch] = ink
        if random.random() < 0.5:
            picture[:, line::pitch] = ink
