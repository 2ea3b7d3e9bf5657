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
TONES = 65536
FULL_WELL = 2.0e-4
"""Shot noise: variance per unit of light at noise 1, as of 5 000 electrons."""
READ_NOISE = 2.5e-3
"""Standard deviation of the sensor's own noise at noise 1."""
GREY_NOISE = 0.71
"""What is left of it when three colours are weighed (0.299, 0.587, 0.114) to one grey: 0.67 of
equal noise, and as measured on films a little more, for the darker colours have more."""
SHORTEST_PX = 0.8
"""A shorter movement is lost in the blur of any lens."""
TILE_PX = 11
"""OpenCV filters with kernels up to this size directly, with larger ones by way of spectra, in
twenty times the time; so a large kernel is laid out in tiles, most of which are empty."""
LEGIBLE_PX = 32.0
"""Longer movements leave no code to be read, and may be drawn a little unevenly."""
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
    if length > LEGIBLE_PX:
        return _smeared_in_halves(light, way_px)
    return _filtered(light, _streak(way_px, length))


def _smeared_in_halves(light: Light, way_px: tuple[float, float]) -> Light:
    """Two copies of about half the movement, whole pixels apart, are the whole movement."""
    x, y = round(way_px[0] / 2), round(way_px[1] / 2)
    half = smeared(light, (way_px[0] - x, way_px[1] - y))
    reach = (max(abs(x), abs(y)) + 1) // 2
    wide = cv2.copyMakeBorder(half, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    height, width = light.shape[:2]
    one, other = (
        wide[reach + down :, reach + right :][:height, :width]
        for right, down in ((x // 2 - x, y // 2 - y), (x // 2, y // 2))
    )
    return np.asarray(cv2.addWeighted(one, 0.5, other, 0.5, 0), np.float32)


def _filtered(light: Light, kernel: Light) -> Light:
    """Filter by a square kernel, a large one tile by tile."""
    if len(kernel) <= TILE_PX:
        return np.asarray(cv2.filter2D(light, -1, kernel), np.float32)
    reach = len(kernel) // 2
    wide = cv2.copyMakeBorder(light, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    height, width = light.shape[:2]
    total = np.zeros_like(light)
    for row in range(0, len(kernel), TILE_PX):
        for column in range(0, len(kernel), TILE_PX):
            tile = kernel[row : row + TILE_PX, column : column + TILE_PX]
            if tile.any():
                near = wide[row:, column:][: height + len(tile) - 1, : width + len(tile[0]) - 1]
                total += cv2.filter2D(near, -1, tile, anchor=(0, 0))[:height, :width]
    return total


def exposed(light: Light, noise: float, quality: int, random: np.random.Generator) -> Pixels:
    """Take the picture: noise, tone curve, JPEG.

    Args:
        light: (height, width, 3), or (height, width) in grey; never negative, changed in place.
        noise: How much stronger than in good light the noise is.
        quality: Of the JPEG the camera sends, in percent.
        random: For this frame.
    """
    if light.ndim == 2:
        noise *= GREY_NOISE
    variance = light * np.float32(FULL_WELL)
    variance += np.float32(READ_NOISE**2)
    grain, sign = _grain(light.shape, random)
    light += cv2.multiply(cv2.sqrt(variance), grain, scale=sign * noise)
    _, jpeg = cv2.imencode(".jpg", toned(light), [cv2.IMWRITE_JPEG_QUALITY, quality])
    kind = cv2.IMREAD_GRAYSCALE if light.ndim == 2 else cv2.IMREAD_COLOR
    return np.asarray(cv2.imdecode(jpeg, kind), np.uint8)


def toned(light: Light) -> Pixels:
    """Turn light into the grey levels a camera gives it; what is brighter than full is white."""
    # A weighted sum, for it alone takes numbers out of range to the nearest end.
    tones = cv2.addWeighted(light, TONES - 1, light, 0, 0, dtype=cv2.CV_16U)
    return np.asarray(cv2.LUT(tones, _tone_curve()), np.uint8)


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


def _grain(shape: tuple[int, ...], random: np.random.Generator) -> tuple[Light, int]:
    """Noise of one standard deviation, cut from a pool where no other frame cut it; its sign."""
    y, x = random.integers(0, POOL_PX, 2)
    grain = _pool(shape[2:])[y : y + shape[0], x : x + shape[1]]
    return grain, 1 if random.random() < 0.5 else -1


@cache
def _pool(channels: tuple[int, ...]) -> Light:
    shape = (SIZE[1] + POOL_PX, SIZE[0] + POOL_PX, *channels)
    return np.random.default_rng(99).standard_normal(shape, np.float32)


@cache
def _curve(power: float, levels: int) -> Light:
    return np.linspace(0, 1, levels, dtype=np.float32) ** np.float32(power)


@cache
def _tone_curve() -> Pixels:
    return np.asarray(np.rint(255 * _curve(1 / GAMMA, TONES)), np.uint8)[None]
