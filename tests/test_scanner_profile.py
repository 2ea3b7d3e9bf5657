from __future__ import annotations

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels
from scanner.profile import profile
from tests.printed import printed

ROWS = 96
CODE = printed("HS204817", BarcodeFormat.Code128, module_px=4, bars_px=ROWS)[40:-40]


def likeness(strip: Pixels) -> float:
    """How like the code's own line the profile of a strip is: 1 the same, 0 nothing alike."""
    true = profile(CODE)
    line = profile(strip)
    middle = np.s_[len(line) // 4 : -len(line) // 4]
    return float(np.corrcoef(true[middle], line[middle])[0, 1])


def leaning(left_px: float, right_px: float) -> Pixels:
    """The code seen aslant: its lower end moved by so much at the left and at the right."""
    height, width = CODE.shape
    before = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    after = np.array(
        [
            (-left_px / 2, 0),
            (width - right_px / 2, 0),
            (width + right_px / 2, height),
            (left_px / 2, height),
        ],
        np.float32,
    )
    seen = cv2.getPerspectiveTransform(before, after)
    flat = cv2.warpPerspective(CODE, seen, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8)


@pytest.mark.parametrize("lean", [(0, 0), (9, 9), (-12, -12), (10, -10), (4, 14)])
def test_leaning_bars_are_straightened(lean: tuple[float, float]) -> None:
    """Given bars that lean, all alike or not, when averaged, then they are as sharp as printed."""
    assert likeness(leaning(*lean)) > 0.95


def test_just_averaging_would_not_do() -> None:
    """Given bars that lean by two modules, when rows are only averaged, then they are lost."""
    flat = np.square(leaning(10, -10) / 255).mean(axis=0)
    middle = np.s_[len(flat) // 8 : len(flat) // 4]

    assert np.corrcoef(profile(CODE)[middle], flat[middle])[0, 1] < 0.9


def test_glaring_rows_count_less() -> None:
    """Given a reflection over a third of the rows, when averaged, then the others are believed."""
    glaring = CODE.copy()
    glaring[30:62, 100:300] = 255

    assert likeness(glaring) > 0.98


def test_noise_averages_out() -> None:
    """Given noise as strong as half a bar's contrast, when averaged, then the bars stand out."""
    noise = np.random.default_rng(1).normal(0, 50, CODE.shape)

    assert likeness(np.clip(CODE + noise, 0, 255).astype(np.uint8)) > 0.95
