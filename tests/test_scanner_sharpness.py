from __future__ import annotations

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels
from scanner.sharpness import AT_MOST_PX, edge_blur_px
from tests.printed import FRAME, printed, turned

CARD = printed("HS204817", BarcodeFormat.QRCode, module_px=8)
LABEL = turned(printed("STN.00042", BarcodeFormat.Code128, module_px=4), 30)


def seen_through(picture: Pixels, blur_px: float, noise: float = 3.0) -> Pixels:
    """The picture on a desk, through a lens of known blur, with a camera's noise."""
    frame = np.full(FRAME, 130, np.float32)
    height, width = picture.shape
    top, left = (FRAME[0] - height) // 2, (FRAME[1] - width) // 2
    frame[top : top + height, left : left + width] = picture
    grain = noise * np.random.default_rng(0).standard_normal(FRAME, np.float32)
    soft = cv2.GaussianBlur(frame, (0, 0), blur_px)
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("blur_px", [0.7, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("picture", [CARD, LABEL], ids=["card", "label"])
def test_blur_is_measured_in_pixels(picture: Pixels, blur_px: float) -> None:
    """Given a card or a label through a lens of known blur, when measured, then it is that."""
    assert edge_blur_px(seen_through(picture, blur_px)) == pytest.approx(blur_px, abs=0.2)


def test_strong_blur_has_one_name() -> None:
    """Given a card far out of focus, when measured, then it is the most that is told."""
    assert edge_blur_px(seen_through(CARD, 5.0)) == AT_MOST_PX


@pytest.mark.parametrize("noise", [0.0, 3.0, 8.0])
def test_empty_desk_has_no_edges(noise: float) -> None:
    """Given nothing but noise, when measured, then there is nothing to be sharp."""
    assert edge_blur_px(seen_through(np.full((9, 9), 130, np.uint8), 1.0, noise)) is None
