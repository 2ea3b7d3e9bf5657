"""What lens, shutter, sensor and JPEG make of the light: pixels as a cheap camera gives them.

Light is linear until the sensor's tone curve; blur and noise happen before it, as they do in
a camera. Keeps out what stands before the camera. Source: decoding measurements, 3.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.frame import Pixels

Light = NDArray[np.float32]
"""(height, width) or (height, width, channels), 0 (none) to 1 (the sensor is full)."""

SIZE = (1280, 720)
"""Width and height of every frame in pixels."""
GAMMA = 2.2
TONES = 4096
FULL_WELL = 2.0e-4
"""Shot noise: variance per unit of light at noise 1, as of 5 000 electrons."""
READ_NOISE = 2.5e-3
"""Standard deviation of the sensor's own noise at noise 1."""
SHORTEST_PX = 0.8
"""A shorter movement is lost in the blur of any lens."""
POOL_PX = 160


def to_light(picture: Pixels) -> Light:
    """Undo the tone curve of a picture that was painted for the eye."""
    return np.asarray(_curve(GAMMA, 256)[picture], np.float32)


def defocused(light: Light, sigma_px: float) -> Light:
    """Blur by the lens, of this standard deviation in both directions."""
    return np.asarray(cv2.GaussianBlur(light, (0, 0), max(sigma_px, 0.2)), np.float32)


def smeared(light: Light, way_px: tuple[float, float]) -> Light:
    """Blur by movement of `way_px` (right, down) while the shutter was open."""
    length = float(np.hypot(*way_px))
    if length < SHORTEST_PX:
        return light
    return np.asarray(cv2.filter2D(light, -1, _streak(way_px, length)), np.float32)


def exposed(light: Light, noise: float, quality: int, random: np.random.Generator) -> Pixels:
    """Take the picture: noise, tone curve, JPEG.

    Args:
        light: (height, width, 3), changed in place.
        noise: How much stronger than in good light the noise is.
        quality: Of the JPEG the camera sends, in percent.
        random: For this frame.
    """
    strength = cv2.sqrt(np.maximum(light, 0) * np.float32(FULL_WELL) + np.float32(READ_NOISE**2))
    light += cv2.multiply(strength, _grain(light.shape, random), scale=noise)
    _, jpeg = cv2.imencode(".jpg", toned(light), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def toned(light: Light) -> Pixels:
    """Turn light into the grey levels a camera gives it; what is brighter than full is white."""
    tones = np.clip(light * np.float32(TONES - 1), 0, TONES - 1).astype(np.uint16)
    return np.asarray(_tone_curve().take(tones), np.uint8)


def _streak(way_px: tuple[float, float], length: float) -> Light:
    """The kernel of an even movement along a line, drawn finely and scaled down."""
    fine, reach = 8, int(np.ceil(length / 2)) + 1
    side = 2 * reach + 1
    canvas = np.zeros((side * fine, side * fine), np.float32)
    middle = (side * fine - 1) / 2
    steps = np.linspace(-0.5, 0.5, 4 * fine * side)
    columns = np.rint(middle + fine * way_px[0] * steps).astype(int)
    rows = np.rint(middle + fine * way_px[1] * steps).astype(int)
    np.add.at(canvas, (rows, columns), 1.0)
    kernel = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _grain(shape: tuple[int, ...], random: np.random.Generator) -> Light:
    """Noise of one standard deviation, cut from a pool where no other frame cut it."""
    y, x = random.integers(0, POOL_PX, 2)
    grain = _pool()[y : y + shape[0], x : x + shape[1]]
    return grain if random.random() < 0.5 else grain[::-1, ::-1]


@cache
def _pool() -> Light:
    shape = (SIZE[1] + POOL_PX, SIZE[0] + POOL_PX, 3)
    return np.random.default_rng(99).standard_normal(shape, np.float32)


@cache
def _curve(power: float, levels: int) -> Light:
    return np.linspace(0, 1, levels, dtype=np.float32) ** np.float32(power)


@cache
def _tone_curve() -> Pixels:
    return np.asarray(np.rint(255 * _curve(1 / GAMMA, TONES)), np.uint8)
