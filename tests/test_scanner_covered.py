"""QR codes with a corner square under a reflection."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from scanner.covered import covered_codes, glaring_place
from scanner.frame import Pixels
from scanner.stages import Look, Memory, read_covered
from scanner.symbols import qr_codes

TEXT = "STK.00012"
MODULE_PX = 4
LEFT, TOP = 300, 180
SPOTS = {"upper left": (330, 206), "upper right": (362, 204), "lower left": (326, 242)}
"""Middles of reflections that cover one finder, on a code of 84 pixels."""


def _card(degrees: float = 0.0) -> Pixels:
    """A grey picture of a card, turned about its code."""
    kind = zxingcpp.BarcodeFormat.QRCode
    code = np.array(
        zxingcpp.create_barcode(TEXT, kind, ec_level="Q").to_image(scale=MODULE_PX), np.uint8
    )
    picture = np.full((480, 640), 110, np.uint8)
    picture[TOP : TOP + len(code), LEFT : LEFT + len(code)] = 40 + code // 2
    middle = (LEFT + len(code) / 2, TOP + len(code) / 2)
    turn = cv2.getRotationMatrix2D(middle, degrees, 1)
    return np.asarray(cv2.warpAffine(picture, turn, (640, 480), borderValue=110), np.uint8)


def _shone_on(picture: Pixels, spot: tuple[int, int]) -> Pixels:
    x, y = np.meshgrid(np.arange(picture.shape[1]), np.arange(picture.shape[0]))
    shine = 420 * np.exp(-((((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / 22**2) ** 1.5))
    return np.asarray(np.clip(picture + shine, 0, 255), np.uint8)


@pytest.mark.parametrize("corner", SPOTS)
@pytest.mark.parametrize("degrees", [0.0, 27.0])
def test_code_without_a_corner_is_read(corner: str, degrees: float) -> None:
    """Given a card with one finder under a reflection, when read, then its text comes out."""
    glaring = _shone_on(_card(degrees), SPOTS[corner])
    place = glaring_place(glaring)

    assert not qr_codes(glaring)
    assert place is not None
    assert [barcode.text for barcode in covered_codes(glaring, place)] == [TEXT]


def test_picture_without_reflection_has_no_place() -> None:
    """Given no reflection, or too much light, when asked, then no place is glaring."""
    assert glaring_place(_card()) is None
    assert glaring_place(np.full((480, 640), 255, np.uint8)) is None


def test_reflection_on_other_things_says_nothing() -> None:
    """Given two squares like finders and chance between them, when read, then nothing is said."""
    random = np.random.default_rng(3)
    for _ in range(8):
        picture = _card()
        noise = random.integers(0, 2, (13, 13)).astype(np.uint8) * 120 + 40
        large = cv2.resize(noise, (52, 52), interpolation=cv2.INTER_NEAREST)
        picture[TOP + 48 : TOP + 100, LEFT + 48 : LEFT + 100] = large
        glaring = _shone_on(picture, SPOTS["upper right"])
        place = glaring_place(glaring)
        assert place is not None
        assert {barcode.text for barcode in covered_codes(glaring, place)} <= {TEXT}


def test_reflection_is_looked_at_in_turns() -> None:
    """Given a reflection on nothing, then on a code, when filmed, then every other frame counts."""
    spot = SPOTS["upper right"]
    nothing, code = _shone_on(np.full((480, 640), 110, np.uint8), spot), _shone_on(_card(), spot)
    memory, read = Memory(), []
    for number, picture in enumerate((nothing, code, code, code), start=1):
        look = Look(picture, number, memory=memory)
        read_covered(look)
        read.append(list(look.found))

    assert read == [[], [], [TEXT], [TEXT]]
