from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels
from scanner.profile import Floats
from scanner.restoring import halted, refocused
from scanner.symbols import linear_codes
from tests.printed import printed

WIDTH = 540


def line(sigma_px: float = 1.0, moved_px: int = 1) -> Floats:
    """Light across a Code 128 of 4 pixels a module, blurred by a lens and by moving."""
    bars = printed("HS204817", BarcodeFormat.Code128, module_px=4)[60].astype(float)
    light = np.square(bars / 255)
    places = np.arange(-20, 21)
    lens = np.exp(-(places**2) / (2 * sigma_px**2))
    for kernel in (lens / lens.sum(), np.ones(moved_px) / moved_px):
        light = np.convolve(np.pad(light, 30, "edge"), kernel, "same")[30:-30]
    return np.asarray(light, np.float32)


def texts(rows: Pixels) -> set[str]:
    return {barcode.text for barcode in linear_codes(rows)}


@pytest.mark.parametrize("sigma_modules", [0.3, 0.5, 0.7, 0.8])
def test_lens_is_refocused(sigma_modules: float) -> None:
    """Given blur of most of a module, when refocused, then the text is there, and no other."""
    assert {"HS204817"} == texts(refocused(line(sigma_px=4 * sigma_modules)))


@pytest.mark.parametrize("moved_modules", [1, 2, 4, 6])
def test_movement_is_halted(moved_modules: int) -> None:
    """Given bars that moved by whole modules, when halted, then the text is there, and no other."""
    assert {"HS204817"} == texts(halted(line(moved_px=4 * moved_modules)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(9, 700), st.floats(0, 1))
def test_noise_becomes_no_code(seed: int, width: int, level: float) -> None:
    """Given any noise, when restored for every blur there is, then it says nothing."""
    random = np.random.default_rng(seed)
    noise = np.clip(level + random.normal(0, 0.2, width), 0, 1).astype(np.float32)

    assert not texts(refocused(noise)) | texts(halted(noise))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 12))
def test_random_bars_become_no_code(seed: int, narrow_px: int) -> None:
    """Given bars of random widths, as of no symbology, when restored, then they say nothing."""
    random = np.random.default_rng(seed)
    bars = np.repeat(random.integers(0, 2, WIDTH), narrow_px)[:WIDTH].astype(np.float32)

    assert not texts(refocused(bars)) | texts(halted(bars))
