"""QR codes of which a good part is hidden: read if they are ours, never guessed wrong."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from scanner.damaged import repaired
from scanner.frame import Pixels
from scanner.scan import Corners, Point
from scanner.symbols import qr_codes

OURS = ("HS000123", "STK.00012", "GV0001", "STN.0120")
LEVELS = ("L", "M", "Q", "H")
MODULE_PX = 5
EDGE_PX = 40


def _code(text: str, level: str) -> tuple[Pixels, Corners]:
    """A clean picture of a code and where its corners are."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    dark = np.array(code.to_image(scale=MODULE_PX, add_quiet_zones=False), np.uint8)
    near, far = float(EDGE_PX), float(EDGE_PX + len(dark))
    corners = Point(near, near), Point(far, near), Point(far, far), Point(near, far)
    return np.pad(dark // 2 + 60, EDGE_PX, constant_values=187), corners


def _under_glare(picture: Pixels, seed: int) -> Pixels:
    """A round reflection somewhere on the code, and the grain of a sensor."""
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(*(np.arange(side) for side in picture.shape[::-1]))
    at, reach = random.uniform(70, 115, 2), random.uniform(25, 55)
    shine = 260 * np.exp(-((((x - at[0]) ** 2 + (y - at[1]) ** 2) / reach**2) ** 1.5))
    grain = random.normal(0, 4, picture.shape)
    return np.asarray(np.clip(picture + shine + grain, 0, 255), np.uint8)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", OURS)
def test_clean_codes_of_ours_are_read(text: str, level: str) -> None:
    """Given a code of each level, when it is read bit by bit, then its text comes out."""
    assert repaired(*_code(text, level)) == text


def test_more_glare_than_check_bytes_is_read() -> None:
    """Given codes under a reflection, when all are read, then many that zxing-cpp gives up are."""
    shown = [(OURS[seed % 4], _code(OURS[seed % 4], "Q"), seed) for seed in range(60)]
    glaring = [(text, _under_glare(code, seed), corners) for text, (code, corners), seed in shown]
    given_up = [shown for shown in glaring if not zxingcpp.read_barcodes(shown[1])]
    read = [repaired(picture, corners) == text for text, picture, corners in given_up]
    assert len(given_up) > 20
    assert sum(read) > len(read) / 3


@pytest.mark.parametrize("level", LEVELS)
def test_hidden_codes_are_never_guessed(level: str) -> None:
    """Given codes with rising parts covered, when they are read, then right or not at all."""
    random = np.random.default_rng(5)
    for number in range(40):
        text = OURS[number % 4]
        picture, corners = _code(text, level)
        left, top = random.integers(40, 120, 2)
        size = int(20 + 2 * number)
        picture[top : top + size, left : left + size] = random.integers(60, 190)
        noisy = np.clip(picture + random.normal(0, number, picture.shape), 0, 255)
        assert repaired(noisy.astype(np.uint8), corners) in (text, None)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_no_code_says_nothing(seed: int) -> None:
    """Given the frame of a code filled with chance, when it is read, then nothing is."""
    random = np.random.default_rng(seed)
    picture, corners = _code("HS000123", "L")
    inside = np.s_[EDGE_PX + 40 : EDGE_PX + 105, EDGE_PX + 40 : EDGE_PX + 105]
    noise = random.integers(0, 2, (13, 13)).astype(np.uint8) * 255
    picture[inside] = cv2.resize(noise, (65, 65), interpolation=cv2.INTER_NEAREST)
    assert repaired(picture, corners) in ("HS000123", None)
    assert repaired(random.integers(0, 256, picture.shape).astype(np.uint8), corners) is None


def test_codes_of_another_kind_are_left() -> None:
    """Given an address in small letters, when it is read bit by bit, then nothing is said."""
    assert repaired(*_code("http://a.vn", "M")) is None


def test_damaged_code_has_its_place() -> None:
    """Given a code without its middle, when read in a picture, then its corners are told."""
    picture, corners = _code("HS000123", "Q")
    picture[80:120, 80:130] = 187
    assert not zxingcpp.read_barcodes(picture)
    (barcode,) = qr_codes(picture)
    assert barcode.text == "HS000123"
    assert abs(barcode.corners[0].x - corners[0].x) < MODULE_PX
