"""Undoes blur across the bars: of a lens out of focus, of a hand that moves. Keeps out reading.

Blur takes fine detail away but leaves a little of it, and a profile has so little noise that
what is left can be raised again (a Wiener filter; decoding measurements, 3, know both blurs).
Nobody knows how strong the blur was, so the line is restored for many strengths at once, one
below the other in one picture; all wrong ones look like no code at all.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.frame import Pixels
from scanner.profile import Floats

FOCUS_SIGMAS_PX = (0.0, 0.6, 1.0, 1.4, 1.8, 2.2, 2.7, 3.3)
"""Standard deviations of blur by the lens, in pixels of the strip."""
MOVED_PX = (*np.arange(2.0, 10.0, 0.5).tolist(), *np.arange(10.0, 32.0).tolist())
"""How far the bars may have moved while the shutter was open."""
SHARPEST_PX = 0.7
"""Blur that is always there: lens, pixels and the strip's enlargement."""
FOCUS_NOISES = (1e-2, 1e-3)
MOVED_NOISES = (3e-3, 5e-4)
"""Share of noise in the signal's energy that a filter reckons with."""
TONES = (1.0, 0.5)
"""Exponents of light: blur mixes light, but some cameras' and screens' curves are nearly straight,
and what was printed soft was mixed as ink."""
MARGIN_PX = 64
WINDOW_SHARE = 3
"""Of the width: the first stretch must not be caught by wide bars that blur made grey."""
LAST_WINDOW_SHARE = 8
ROWS_EACH = 4

Filters = NDArray[np.floating]


def refocused(line: Floats) -> Pixels:
    """Restore a (width,) profile as if the lens had been out of focus: (rows, width)."""
    return _restored(line, _focus_filters(len(line) + 2 * MARGIN_PX))


def halted(line: Floats) -> Pixels:
    """Restore a (width,) profile as if the bars had moved: (rows, width)."""
    return _restored(line, _moved_filters(len(line) + 2 * MARGIN_PX))


def _restored(line: Floats, filters: Filters) -> Pixels:
    even = _stretched(line ** np.array(TONES, np.float32)[:, None], WINDOW_SHARE)
    padded = np.pad(even, ((0, 0), (MARGIN_PX, MARGIN_PX)), "edge")
    raised = np.fft.rfft(padded)[:, None] * filters
    restored = np.fft.irfft(raised, padded.shape[1]).reshape(-1, padded.shape[1])
    inner = np.asarray(restored[:, MARGIN_PX:-MARGIN_PX], np.float32)
    rows = np.clip(255 * _stretched(inner, LAST_WINDOW_SHARE), 0, 255).astype(np.uint8)
    return np.repeat(rows, ROWS_EACH, axis=0)


def _stretched(rows: Floats, share: int) -> Floats:
    """Stretch each place between the darkest and brightest around it: about 0 to 1."""
    window = rows.shape[1] // share | 1
    reach = np.ones((1, window), np.uint8)
    low = cv2.blur(cv2.erode(rows, reach), (window, 1))
    high = cv2.blur(cv2.dilate(rows, reach), (window, 1))
    return np.asarray((rows - low) / np.maximum(high - low, 1e-3), np.float32)


@lru_cache(maxsize=64)
def _focus_filters(length: int) -> Filters:
    """(filters, frequencies) for profiles of this many pixels."""
    frequencies = np.fft.rfftfreq(length)
    sigmas = np.array(FOCUS_SIGMAS_PX)[:, None]
    return _wiener(_gauss(sigmas, frequencies), FOCUS_NOISES)


@lru_cache(maxsize=64)
def _moved_filters(length: int) -> Filters:
    frequencies = np.fft.rfftfreq(length)
    moved = np.sinc(np.array(MOVED_PX)[:, None] * frequencies)
    return _wiener(moved * _gauss(np.array([[SHARPEST_PX]]), frequencies), MOVED_NOISES)


def _gauss(sigmas: Filters, frequencies: Filters) -> Filters:
    return np.asarray(np.exp(-2 * np.square(np.pi * sigmas * frequencies)))


def _wiener(kept: Filters, noises: tuple[float, ...]) -> Filters:
    """Turn what a blur keeps of each frequency into what undoes it."""
    return np.vstack([kept / (np.square(kept) + noise) for noise in noises]).astype(np.float32)
