from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from scanner.stripes import STRIP_ROWS, Stripes, find_stripes, has_bars, upright, widened
from scanner.symbols import linear_codes
from tests.printed import in_frame, printed, turned

TEXT, KIND = "STN.00042", BarcodeFormat.Code128


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_bars_are_found_at_any_angle(degrees: int) -> None:
    """Given bars turned by any angle, when searched, then the first area lies on them, aligned."""
    stripes, *_ = find_stripes(in_frame(turned(printed(TEXT, KIND), degrees)))

    assert np.hypot(stripes.centre.x - 640, stripes.centre.y - 360) < 15
    assert abs(np.sin(stripes.angle + np.radians(degrees))) < 0.03
    assert stripes.across_px > stripes.along_px


def test_bars_that_fan_out_are_one_area() -> None:
    """Given a code tilted by 50 degrees, its bars fanning out, when searched, then it is whole."""
    code = printed("SNV.45276", BarcodeFormat.Code39)
    rows, columns = np.nonzero(code < 128)
    left, top, right, bottom = columns.min(), rows.min(), columns.max(), rows.max()
    flat = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    seen = np.array([(218, 515), (690, 290), (735, 378), (315, 575)], np.float32)
    tilt = cv2.getPerspectiveTransform(flat, seen)
    frame = np.asarray(cv2.warpPerspective(code, tilt, (1280, 720), borderValue=200), np.uint8)

    assert find_stripes(frame)[0].across_px > 480


@pytest.mark.parametrize("module_px", [2, 3, 4])
def test_strip_holds_the_whole_code(module_px: int) -> None:
    """Given bars of any size, when cut out and squeezed, then their text can be read."""
    frame = in_frame(turned(printed(TEXT, KIND, module_px), 20))
    strip = upright(frame, find_stripes(frame)[0], STRIP_ROWS).pixels

    assert strip.shape[0] == STRIP_ROWS
    assert [barcode.text for barcode in linear_codes(strip)] == [TEXT]


def test_shelf_is_not_taken_for_bars() -> None:
    """Given a few broad spines, when cut out, then they change too seldom for a code."""
    spines = np.repeat(np.array([40, 200, 90, 220, 60], np.uint8), 100)

    assert not has_bars(np.tile(spines, (STRIP_ROWS, 1)))
    assert has_bars(printed(TEXT, KIND))


def shrunk(stripes: Stripes, share: float) -> Stripes:
    return replace(stripes, across_px=share * stripes.across_px)


@pytest.mark.parametrize("degrees", [0, 20, 65, 150])
@pytest.mark.parametrize("kind", [BarcodeFormat.Code128, BarcodeFormat.Code39])
def test_part_of_a_code_finds_the_rest(kind: BarcodeFormat, degrees: float) -> None:
    """Given half of the bars, when followed to both sides, then all of them, and no paper."""
    frame = in_frame(turned(printed(TEXT, kind, 3), degrees))
    whole = find_stripes(frame)[0]
    found = widened(frame, shrunk(whole, 0.5))

    assert found.across_px == pytest.approx(whole.across_px, rel=0.08)
    assert found.centre.x == pytest.approx(whole.centre.x, abs=8)
    assert found.centre.y == pytest.approx(whole.centre.y, abs=8)


def test_faint_half_is_followed() -> None:
    """Given bars of which one half is faint, when found, then following gives the whole code."""
    frame = in_frame(printed(TEXT, KIND, 3)).copy()
    frame[:, 640:] = 255 - (255 - frame[:, 640:]) // 6
    whole = find_stripes(in_frame(printed(TEXT, KIND, 3)))[0]
    strong = find_stripes(frame)[0]

    assert strong.across_px < 0.7 * whole.across_px
    assert widened(frame, strong).across_px == pytest.approx(whole.across_px, rel=0.1)
