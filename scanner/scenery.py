"""What the demo's film shows besides the printed thing: a library, a hand, a lens.

Everything here is painted once and only laid over each other while filming. Keeps out
time and movement.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.frame import Pixels

Floats = NDArray[np.float32]
Vector = tuple[float, float]

HAND_PX_PER_MM = 2.0
"""Hands are soft; they are painted small and enlarged."""

_SPINES = (
    (74, 86, 122),
    (94, 110, 60),
    (70, 118, 168),
    (128, 96, 70),
    (88, 80, 140),
    (150, 170, 190),
)
_SKINS = ((142, 180, 232), (124, 164, 220), (104, 142, 200))
_SLEEVES = ((236, 234, 230), (150, 92, 52), (104, 62, 48))


def backdrop(size: tuple[int, int], seed: int = 7) -> Pixels:
    """Paint a school library far behind the focus: shelves, a window's light, the counter.

    Returns:
        (height, width, 3), BGR, of the asked (width, height).
    """
    random = np.random.default_rng(seed)
    width, height = 320, 180
    picture = np.full((height, width, 3), (168, 188, 202), np.float32)
    for shelf in range(3):
        _paint_shelf(picture, 14 + shelf * 50, random)
    picture[156:] = (86, 116, 150)  # the counter the station stands on
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 6), np.float32)
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    window = np.exp(-(((across - 0.12) / 0.28) ** 2 + ((down - 0.2) / 0.5) ** 2))
    picture += 70 * window[..., None].astype(np.float32)
    picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.float32)
    return np.asarray(np.clip(picture * _vignette(size)[..., None], 0, 255), np.uint8)


def room_light(size: tuple[int, int]) -> Pixels:
    """How bright each place in front of the camera is, of 255: brighter towards the window."""
    width, height = size
    across = np.linspace(255, 220, width, dtype=np.float32)
    light = (across * _vignette((width, height))).astype(np.uint8)
    return np.asarray(cv2.cvtColor(light, cv2.COLOR_GRAY2BGR), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """A sensor's noise, painted once, a little larger than a frame and moved about."""

    brighter: Pixels
    darker: Pixels

    MARGIN_PX = 64

    @classmethod
    def painted(cls, size: tuple[int, int], levels: float = 3.0, seed: int = 5) -> Grain:
        """Paint noise of `levels` grey levels (standard deviation) for (width, height) frames."""
        random = np.random.default_rng(seed)
        shape = (size[1] + cls.MARGIN_PX, size[0] + cls.MARGIN_PX, 3)
        noise = random.normal(0, levels, shape).astype(np.float32)
        return cls(np.maximum(noise, 0).astype(np.uint8), np.maximum(-noise, 0).astype(np.uint8))

    def over(self, frame: Pixels, random: np.random.Generator) -> Pixels:
        """Give the frame with noise that no other frame has."""
        x, y = random.integers(0, self.MARGIN_PX, 2)
        height, width = frame.shape[:2]
        place = np.s_[y : y + height, x : x + width]
        return np.asarray(
            cv2.subtract(cv2.add(frame, self.brighter[place]), self.darker[place]), np.uint8
        )


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """A painted part of a hand."""

    colour: Floats
    """(height, width, 3), BGR, 0 to 255."""
    cover: Floats
    """(height, width), 0 to 1."""


def paint_hand(
    size_mm: Vector, grip_mm: Vector, outward: Vector, random: np.random.Generator
) -> tuple[Limb, Limb]:
    """Paint a hand that holds an edge at `grip_mm`, the arm going `outward`.

    Lengths are millimetres from the upper left corner of a sheet of `size_mm`; `outward` is
    a unit vector.

    Returns:
        What is behind the held thing, and the thumb in front of it.
    """
    skin = np.array(_SKINS[random.integers(len(_SKINS))], np.float32)
    sleeve = np.array(_SLEEVES[random.integers(len(_SLEEVES))], np.float32)
    canvas = _Canvas(size_mm, grip_mm, outward)
    fingers = [canvas.capsule((-16, 9 + 15 * n), (34, 4 + 11 * n), 7.5) for n in (-2, -1, 0, 1)]
    palm = canvas.capsule((36, -6), (52, -2), 24)
    wrist = canvas.capsule((60, -2), (150, 4), 20)
    back = _limb(_joined([*fingers, palm, wrist], 5.0), skin)
    cuff = _limb(canvas.capsule((92, 1), (190, 6), 26), sleeve)
    thumb = _limb(_joined([canvas.capsule((2, 4), (26, 7), 8.0), palm], 6.0), skin)
    nail = _limb(
        canvas.capsule((-0.5, 3.8), (4, 4.4), 4.4), skin * 0.6 + np.array((88, 86, 102), np.float32)
    )
    return _over(back, cuff), _only_near(_over(thumb, nail), canvas.along)


class _Canvas:
    """Distances in millimetres on a grid, measured along and beside the arm from the grip."""

    def __init__(self, size_mm: Vector, grip_mm: Vector, outward: Vector) -> None:
        width, height = (round(side * HAND_PX_PER_MM) for side in size_mm)
        x = np.arange(width, dtype=np.float32)[None] / HAND_PX_PER_MM - grip_mm[0]
        y = np.arange(height, dtype=np.float32)[:, None] / HAND_PX_PER_MM - grip_mm[1]
        self.along: Floats = x * outward[0] + y * outward[1]
        self._beside: Floats = y * outward[0] - x * outward[1]

    def capsule(self, start: Vector, end: Vector, radius: float) -> Floats:
        """Depth inside a thick line with round ends, in radii: 1 on its axis, 0 at its edge."""
        (ax, ay), (bx, by) = start, end
        px, py = self.along - ax, self._beside - ay
        part = np.clip((px * (bx - ax) + py * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1)
        gone = np.hypot(px - part * (bx - ax), py - part * (by - ay))
        return np.asarray(1 - gone / radius, np.float32)


def _joined(depths: list[Floats], sharpness: float) -> Floats:
    """Let parts of one body flow into each other."""
    return np.asarray(np.log(sum(np.exp(sharpness * d) for d in depths)) / sharpness, np.float32)


def _limb(depth: Floats, colour: Floats) -> Limb:
    """Round a flat shape: lit from the upper left, darker towards its edges."""
    inside = np.clip(depth, 0, 1)
    height = cv2.GaussianBlur(np.sqrt(1 - (1 - inside) ** 2), (0, 0), 2)
    slope_x, slope_y = cv2.Sobel(height, cv2.CV_32F, 1, 0), cv2.Sobel(height, cv2.CV_32F, 0, 1)
    shade = 0.72 + 0.28 * height + np.clip(0.35 * (slope_x + 0.6 * slope_y), -0.25, 0.15)
    cover = np.clip(depth * 14 + 0.5, 0, 1)
    return Limb(np.asarray(np.clip(colour * shade[..., None], 0, 255), np.float32), cover)


def _over(below: Limb, above: Limb) -> Limb:
    share = above.cover[..., None]
    return Limb(
        below.colour * (1 - share) + above.colour * share, np.maximum(below.cover, above.cover)
    )


def _only_near(limb: Limb, along: Floats) -> Limb:
    """Keep the part near the edge; the rest is painted behind the held thing already."""
    return Limb(limb.colour, limb.cover * np.clip((34 - along) / 6, 0, 1))


def _paint_shelf(picture: Floats, top: int, random: np.random.Generator) -> None:
    picture[top + 36 : top + 42] = (78, 104, 136)
    x = int(random.integers(0, 6))
    while x < picture.shape[1] - 12:
        width, gap = int(random.integers(5, 12)), int(random.integers(0, 60)) // 50 * 14
        spine = np.array(_SPINES[random.integers(len(_SPINES))], np.float32)
        picture[top + int(random.integers(0, 9)) : top + 36, x : x + width] = spine
        x += width + gap


def _vignette(size: tuple[int, int]) -> Floats:
    """Darker corners, as cheap lenses draw them."""
    across, down = np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1])
    far = across[None] ** 2 + down[:, None] ** 2
    return np.asarray(1 - 0.12 * far, np.float32)
