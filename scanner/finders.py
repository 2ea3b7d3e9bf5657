"""Finds the corner squares of QR codes that could not be read, and measures the code by them.

A finder pattern is a dark square in a white one in a dark one, seven modules wide (ISO/IEC
18004, 6.3.3), and stays one when the rest is illegible. Dark is what is darker than its
neighbourhood; every dark square may be the outer or the inner one. Whether it is, and how
blurred, is asked of templates: finder patterns as lenses of different sharpness show them.
Keeps out reading, and finding codes that are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from scanner.frame import Pixels
from scanner.guidance import Clue
from scanner.scan import Point

Floats = NDArray[np.float32]

SMALLEST_AREA_PX = 12.0
FULL = 0.6
"""Share of its upright rectangle that a dark square fills at least, however blurred."""
SLIMMEST = 8.0
"""Length to width of a square seen from the side; beyond, nothing can be measured."""
MOST_SHAPES = 3000
"""More dark shapes are the noise of a dark picture; of a page of text there are 2000."""
FINDER_MODULES, CORE_MODULES = 7, 3
SEEN_MODULES = 9
"""The finder and the white around it."""
SHARP = 0.1
BLURS = (SHARP, 0.3, 0.45, 0.6, 0.75, 0.9)
"""Standard deviations of the templates' blur, in modules. The last shows no ring any more:
what is most like that one is any dark dot."""
SLIM_BLURS = (0.45, 0.6, 0.75)
"""The same across finders that are seen from the side: along them modules stay long and sharp."""
MOST_FINDERS = 6
"""Of two codes. Where there are more, it is a pattern of windows, tiles or keys."""
FINE = 7
LIKE, LIKE_ALONE = 0.8, 0.9
"""Correlation with the template it is most like: for one of several in their places, and for
one whose others are covered, or have left the frame."""
LIKE_A_DOT = 0.85
"""What is most like the strongest blur with a ring: a dot is nearly that too. Of cards out of
focus or far away 0.85 to 0.94, of books' spines and checked cloth up to 0.82."""
LEGIBLE_PX = 1.8
"""zxing-cpp needs nearly two pixels for each module (tried on rendered cards at all distances)."""
APART = (1.5, 6.5)
"""From one finder's middle to another's, in their widths: version 1 to 5, side and diagonal."""
LEAST_CONTRAST = 0.25
"""Of the paper's grey between ink and paper; shades of the background have less."""
TOO_LARGE_PX = 150.0
"""The other corners of a code with such a finder have left the frame, or soon will."""
TURNED_RATIO = 1.7
"""Length to width: 54 degrees from the front."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """What counts as dark in a picture of some size."""

    scale: float
    """Frame pixels for each of the picture's."""
    reach_px: int
    """How wide a neighbourhood is; about seven modules see through the strongest blur."""
    darker: int
    """By how many grey levels; noise is stronger in an enlarged picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """A corner square of a QR code, in frame pixels."""

    centre: tuple[float, float]
    long_px: float
    short_px: float
    corners: Floats
    """(4, 2)."""
    likeness: float
    """Correlation with what a finder should look like."""
    blur_px: float
    dark: float
    """Grey of its ink and its paper."""
    paper: float


def find_finders(grey: Pixels, sieve: Sieve, origin: tuple[int, int] = (0, 0)) -> list[Finder]:
    """Find finder patterns in a (height, width) picture.

    Args:
        grey: A part of the frame in the size that the sieve is for.
        sieve: What is dark.
        origin: Where its upper left corner lies in the frame.
    """
    dark = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, sieve.reach_px, sieve.darker
    )
    contours, tree = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None or len(contours) > MOST_SHAPES:
        return []
    shapes = [contours[int(n)] for n in np.flatnonzero(tree[0][:, 3] < 0)]
    squares = np.array([square for shape in shapes for square in _square(shape)], np.float32)
    if not len(squares):
        return []
    whole = np.concatenate([_grown(squares, 1.0), _grown(squares, FINDER_MODULES / CORE_MODULES)])
    finders = [*_verified(grey, whole, sieve.scale, origin)]
    return finders if len(finders) <= MOST_FINDERS else []


def finder_clue(finders: list[Finder]) -> Clue | None:
    """Measure the code whose corners these are; None when they belong to none."""
    of_one_code = _together(finders)
    if not of_one_code:
        return None
    corners = np.concatenate([finder.corners for finder in of_one_code])
    a, b, c, d = (Point(float(x), float(y)) for x, y in cv2.boxPoints(cv2.minAreaRect(corners)))
    best = max(of_one_code, key=lambda finder: finder.likeness)
    long_px, short_px = (
        max(sides) / FINDER_MODULES
        for sides in zip(*((f.long_px, f.short_px) for f in of_one_code), strict=True)
    )
    is_slim = min(f.long_px / f.short_px for f in of_one_code) > TURNED_RATIO
    return Clue(
        outline=(a, b, c, d),
        module_px=long_px,
        legible_px=LEGIBLE_PX,
        blur_px=best.blur_px,
        paper=min(finder.paper for finder in of_one_code),
        is_too_large=FINDER_MODULES * long_px > TOO_LARGE_PX,
        is_turned=is_slim or short_px < LEGIBLE_PX <= long_px,
    )


def _square(shape: MatLike) -> Iterator[tuple[float, ...]]:
    """Middle, short and long side, and angle of a dark shape, if it is about a square."""
    area = cv2.contourArea(shape)
    if area >= SMALLEST_AREA_PX:
        (x, y), (width, height), angle = cv2.minAreaRect(shape)
        if area > FULL * width * height and max(width, height) < SLIMMEST * min(width, height):
            if width > height:
                width, height, angle = height, width, angle + 90
            # A contour runs through the middle of its pixels.
            yield x, y, width + 1, height + 1, np.radians(angle)


def _grown(squares: Floats, times: float) -> Floats:
    return squares * np.array([1, 1, times, times, 1], np.float32)


def _verified(
    grey: Pixels, squares: Floats, scale: float, origin: tuple[int, int]
) -> Iterator[Finder]:
    """Those squares that look like a finder pattern, the likeliest of each place."""
    seen = _sampled(grey, squares)
    level = seen - seen.mean(axis=1, keepdims=True)
    alike = level @ _templates().T / (np.linalg.norm(level, axis=1, keepdims=True) + 1e-3)
    is_slim = squares[:, 3] > TURNED_RATIO * squares[:, 2]
    alike[~is_slim, : len(SLIM_BLURS)] = 0
    best, likeness = alike.argmax(axis=1), alike.max(axis=1)
    ring, dot = len(alike[0]) - 2, len(alike[0]) - 1
    likeness[(best == dot) | ((best == ring) & (likeness < LIKE_A_DOT))] = 0
    taken: list[NDArray[np.float32]] = []
    for n in np.argsort(-likeness)[: 4 * MOST_FINDERS]:
        square, (dark, paper) = squares[n], np.percentile(seen[n], (10, 90))
        if likeness[n] < LIKE:
            return
        near = any(np.hypot(*(square[:2] - other[:2])) < max(other[2:4]) / 2 for other in taken)
        if near or paper - dark < LEAST_CONTRAST * paper:
            continue
        taken.append(square)
        x, y, short, long, angle = (float(value) for value in square)
        long_px, short_px = long * scale, short * scale
        box = cv2.boxPoints(((x, y), (short, long), float(np.degrees(angle))))
        yield Finder(
            (x * scale + origin[0], y * scale + origin[1]),
            long_px,
            short_px,
            np.asarray(box * scale + np.array(origin), np.float32),
            float(likeness[n]),
            # Seen from the side, its narrow modules are what blur takes.
            (*SLIM_BLURS, *BLURS)[int(best[n])] * short_px / FINDER_MODULES,
            float(dark),
            float(paper),
        )


def _sampled(grey: Pixels, squares: Floats) -> Floats:
    """The grey in the middle of each module in and around the squares: (squares, modules)."""
    steps = np.arange(SEEN_MODULES, dtype=np.float32) - SEEN_MODULES // 2
    right, down = (way.reshape(1, -1) for way in np.meshgrid(steps, steps))
    x, y, width, height, angle = (column[:, None] for column in squares.T)
    right, down = right * width / FINDER_MODULES, down * height / FINDER_MODULES
    cos, sin = np.cos(angle), np.sin(angle)
    places = (x + cos * right - sin * down, y + sin * right + cos * down)
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(grey, *places, cv2.INTER_LINEAR, borderMode=border), np.float32)


@cache
def _templates() -> Floats:
    """Finder patterns, each without its mean and of length 1: (slim blurs and blurs, modules)."""
    side = SEEN_MODULES * FINE
    away = np.abs(np.arange(side) - side // 2)
    rings = np.maximum(away[:, None], away[None]) / FINE
    pattern = np.where((rings < 1.5) | ((rings > 2.5) & (rings < 3.5)), 0, 1).astype(np.float32)
    middles = np.s_[FINE // 2 :: FINE, FINE // 2 :: FINE]
    blurs = [(blur, SHARP) for blur in SLIM_BLURS] + [(blur, blur) for blur in BLURS]
    border = cv2.BORDER_REPLICATE
    rows = [
        cv2.GaussianBlur(pattern, (0, 0), across * FINE, None, along * FINE, border)
        for across, along in blurs
    ]
    seen = np.array([row[middles].ravel() for row in rows])
    seen -= seen.mean(axis=1, keepdims=True)
    return np.asarray(seen / np.linalg.norm(seen, axis=1, keepdims=True), np.float32)


def _together(finders: list[Finder]) -> list[Finder]:
    """The largest group of like size at a code's distances, or one that cannot be mistaken."""
    groups = [[one, *(other for other in finders if _are_kin(one, other))] for one in finders]
    pairs = [group for group in groups if len(group) > 1]
    if pairs:
        return max(pairs, key=len)
    return [finder for finder in finders if finder.likeness > LIKE_ALONE][:1]


def _are_kin(one: Finder, other: Finder) -> bool:
    apart = np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1])
    widths = apart / max(one.long_px, other.long_px)
    # Seen from the side, the distance shrinks as much as the finder does.
    nearest = APART[0] * min(one.short_px / one.long_px, 1.0)
    return bool(nearest < widths < APART[1] and 0.6 < one.long_px / other.long_px < 1.7)
