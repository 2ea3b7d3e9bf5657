from __future__ import annotations

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from benchmarks.optics import smeared
from scanner.scan import Point
from scanner.squares import PLACE_PX, Place, Square, likely_places, smear_direction
from scanner.symbols import qr_codes
from scanner.texture import texture
from tests.printed import in_frame, printed

CARD = in_frame(printed("HS204817", BarcodeFormat.QRCode))
SMALL_CARD = in_frame(printed("HS204817", BarcodeFormat.QRCode, 3))
BARS = in_frame(printed("HS204817", BarcodeFormat.Code128))


def test_square_is_the_likeliest_place() -> None:
    """Given a QR code beside bars, when looked for, then the first place lies on it."""
    both = in_frame(
        *(printed("HS204817", kind) for kind in (BarcodeFormat.Code128, BarcodeFormat.QRCode))
    )
    (code,) = qr_codes(both)
    (x, y), *_ = likely_places(texture(both), 2)

    xs, ys = zip(*((corner.x, corner.y) for corner in code.corners), strict=True)
    assert min(xs) < x < max(xs)
    assert min(ys) < y < max(ys)


def test_two_codes_are_two_places() -> None:
    """Given two QR codes, when two places are asked for, then they are not the same."""
    two = in_frame(*(printed(text, BarcodeFormat.QRCode) for text in ("HS204817", "GV0042")))
    first, second = likely_places(texture(two), 2)

    assert np.hypot(first[0] - second[0], first[1] - second[1]) > PLACE_PX / 4


def test_bare_desk_has_no_place() -> None:
    """Given grey with a camera's noise, when looked for, then no place is worth an attempt."""
    random = np.random.default_rng(0)
    desk = np.clip(120 + 4 * random.standard_normal((720, 1280)), 0, 255).astype(np.uint8)

    assert likely_places(texture(desk), 2) == []


@pytest.mark.parametrize("middle", [(0, 0), (640, 360), (1279, 719)])
def test_place_lies_within_the_picture(middle: tuple[int, int]) -> None:
    """Given any middle, when a place is cut, then its corners map back into the picture."""
    square = Place(CARD, middle).refocused((0.7, 0.1))

    for corner in (Point(0, 0), Point(2 * PLACE_PX, 2 * PLACE_PX)):
        mapped = square.in_picture(corner)
        assert 0 <= mapped.x <= 1280
        assert 0 <= mapped.y <= 720


def squares() -> list[Square]:
    """The same place restored in each way, the second turned on its way."""
    place = Place(CARD, (640, 360))
    return [place.refocused((0.7, 0.1)), *place.halted(0.6, [0.0])]


@pytest.mark.parametrize("square", squares(), ids=["refocused", "halted"])
def test_restored_square_keeps_its_place(square: Square) -> None:
    """Given a QR code read after restoring, when mapped back, then it lies where it was."""
    (plain,) = qr_codes(CARD)
    (enlarged,) = qr_codes(square.pixels)

    for was, found in zip(plain.corners, enlarged.corners, strict=True):
        found = square.in_picture(found)
        assert np.hypot(was.x - found.x, was.y - found.y) < 4


@pytest.mark.parametrize("degrees", [0, 20, 77, 130])
def test_square_moved_any_way_is_read(degrees: float) -> None:
    """Given a card that moved by four modules any way, when halted, then it says how far."""
    turn = float(np.radians(degrees))
    way = (11 * float(np.cos(turn)), 11 * float(np.sin(turn)))
    moved = np.asarray(smeared(SMALL_CARD.astype(np.float32), way), np.uint8)
    tried = Place(moved, (640, 360)).halted(turn, [5.0, 10.5, 11.0, 11.5])

    assert qr_codes(moved) == []
    assert {square.moved_px for square in tried if qr_codes(square.pixels)} & {10.5, 11.0, 11.5}


@pytest.mark.parametrize(("kernel", "degrees"), [((15, 1), 0.0), ((1, 15), 90.0)])
def test_smear_tells_its_direction(kernel: tuple[int, int], degrees: float) -> None:
    """Given a QR code that moved, when asked, then its place tells which way."""
    moved = np.asarray(cv2.blur(CARD, kernel), np.uint8)
    direction = smear_direction(texture(moved), (640, 360))

    assert direction is not None
    assert abs(np.sin(direction - np.radians(degrees))) < 0.1


def test_square_at_rest_has_no_direction() -> None:
    """Given a QR code held still, when asked, then it did not move."""
    assert smear_direction(texture(CARD), (640, 360)) is None


def test_code_in_a_reflection_is_evened() -> None:
    """Given a card within a reflection, all of it nearly white, when evened, then it is read."""
    shine = np.linspace(0.93, 0.99, CARD.shape[1])
    pale = np.asarray(CARD * (1 - shine) + 255 * shine, np.uint8)
    middle = likely_places(texture(CARD), 1)[0]
    place = Place(pale, middle)

    assert not qr_codes(pale)
    assert [barcode.text for barcode in qr_codes(place.evened().pixels)] == ["HS204817"]
