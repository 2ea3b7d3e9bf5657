"""Frames with exactly one fault: a printed code before a lens, at a distance, tilted, smeared.

Nothing but the code is on the paper, so that whatever is found is the code. Things with text,
pictures and a thumb on them are filmed by `presentations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from zxingcpp import BarcodeFormat

from benchmarks.optics import SIZE, Light, defocused, smeared, to_light, toned
from benchmarks.presentations import FOCAL_PX, FPS
from scanner.frame import Pixels
from scanner.scenery import backdrop

GOOD_MM = 140.0
"""A distance at which everything is read."""
SHARPEST_PX = 0.7
"""Blur of a lens in focus (standard deviation)."""
SHUTTER_S = 1 / 60
LAMP = 8.0
"""Light of a lamp mirrored in lamination; paper gives back 0.8."""
NOISE_LEVELS = 3.0
FINE = 2
"""Times finer than the frame that a thing is drawn."""
SWAY_MM, SWAY_DEG = 1.0, 1.0
"""How far an unsteady hand moves and tilts to either side."""
WAVED_PX = 220.0
"""How far to either side a thing goes that does not come to rest."""
INK, PAPER = 20, 230
MODULE_PX = 12
HIDDEN = 0.6
"""Share of a code's width behind a lamp's mirror image, beyond which nobody knows it."""
LOWEST_MODULES = 10
"""Bars that are seen lower than this are a line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a thing is held and seen; as it stands, without any fault."""

    distance_mm: float = GOOD_MM
    tilt: float = 0.0
    """Degrees that one end is farther away than the other."""
    nod: float = 0.0
    """Degrees that the upper edge is farther away than the lower."""
    turn: float = 8.0
    """Degrees in the picture's plane."""
    aside_mm: float = 0.0
    down_mm: float = 0.0
    defocus_px: float = 0.0
    """Standard deviation of the blur."""
    smear_px: float = 0.0
    """How far it moves while the shutter is open."""
    light: float = 1.0
    """What is left of the picture's grey."""
    glare: tuple[float, float] | None = None
    """Where on the code a lamp is mirrored, in millimetres from its middle."""
    lamp_mm: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """Something flat: (height, width) grey."""

    picture: Pixels
    px_per_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Code(Thing):
    """A printed code in the middle of blank paper."""

    text: str
    module_mm: float
    size_mm: tuple[float, float]
    """Width and height, quiet zones left out."""
    detail_modules: float
    """Period of the finest pattern by which eyes know it: bars and gaps, or a finder's rings."""


def printed(text: str, kind: BarcodeFormat, module_mm: float, bars_mm: float = 0.0) -> Code:
    """Print a code; `bars_mm` is the height of bars."""
    cells = np.array(zxingcpp.create_barcode(text, kind).to_image(scale=1, add_quiet_zones=False))
    if bars_mm:
        cells = np.repeat(cells[:1], round(bars_mm / module_mm), axis=0)
    code = np.kron(np.where(cells < 128, INK, PAPER), np.ones((MODULE_PX, MODULE_PX)))
    paper = np.pad(code, 20 * MODULE_PX, constant_values=PAPER).astype(np.uint8)
    height, width = (side * module_mm for side in cells.shape)
    return Code(
        paper, MODULE_PX / module_mm, text, module_mm, (width, height), 4.0 if bars_mm else 2.0
    )


LABEL = printed("STN.00042", BarcodeFormat.Code128, 0.33, 12)
BOOK = printed("9786041234567", BarcodeFormat.EAN13, 0.33, 20)
CARD = printed("HS204817", BarcodeFormat.QRCode, 1.1)
THINGS = {"label": LABEL, "book": BOOK, "card": CARD}
"""By name: Code 128 of nine characters, EAN-13, and a QR code of 23 mm."""
OTHER = printed("STN.00977", BarcodeFormat.Code128, 0.33, 12)
PAIR = Thing(np.vstack([LABEL.picture, OTHER.picture]), LABEL.px_per_mm)
"""Two labels, one above the other."""


def visible_contrast(code: Code, fault: Fault) -> float:
    """What lens and shutter leave of the contrast of its finest pattern; none if that is hidden.

    A pattern of period p keeps exp(-2 (π σ / p)²) of its contrast in a blur of σ; movement by m
    blurs like σ = m / √12.
    """
    px_per_mm = FOCAL_PX / fault.distance_mm
    across, down = (float(np.cos(np.radians(angle))) for angle in (fault.tilt, fault.nod))
    is_square = code.detail_modules < 4
    module_px = code.module_mm * px_per_mm * (min(across, down) if is_square else across)
    turn = np.radians(fault.turn)
    way = 1.0 if is_square else abs(np.cos(turn) + np.sin(turn) / 3)
    blur_px = np.hypot(np.hypot(fault.defocus_px, SHARPEST_PX), fault.smear_px * way / 12**0.5)
    too_flat = not is_square and code.size_mm[1] * down < LOWEST_MODULES * code.module_mm
    if too_flat or _washed_out(code, fault) > HIDDEN:
        return 0.0
    return float(np.exp(-2 * np.square(np.pi * blur_px / (code.detail_modules * module_px))))


def _washed_out(code: Code, fault: Fault) -> float:
    """The share of a code's width that a lamp's mirror image covers."""
    if fault.glare is None:
        return 0.0
    radius = fault.lamp_mm * np.sqrt(np.log(LAMP / (1 - to_light(np.array([PAPER], np.uint8))[0])))
    covered = radius**2 - max(abs(fault.glare[1]) - code.size_mm[1] / 2, 0) ** 2
    half = float(np.sqrt(max(covered, 0)))
    low, high = np.clip(
        fault.glare[0] + np.array([-half, half]), *(np.array([-0.5, 0.5]) * code.size_mm[0])
    )
    return float(high - low) / code.size_mm[0]


def held(thing: Thing, fault: Fault, seed: int = 0, room: Light | None = None) -> Pixels:
    """Photograph a thing before a room, the library's shelves if not said: (720, 1280) grey."""
    return _sensed(light_of(thing, fault, shelves() if room is None else room), fault.light, seed)


def light_of(thing: Thing, fault: Fault, room: Light) -> Light:
    """What the lens shows of a thing and the room behind it: (720, 1280)."""
    light = room.copy()
    paper, lens = _shrunk(_lit(thing, fault), _perspective(thing, fault))
    blur_px = float(np.hypot(fault.defocus_px, SHARPEST_PX))
    x, y, size = _seen(paper.shape, lens, 3 * blur_px + fault.smear_px)
    finer = np.diag([FINE, FINE, 1.0]) @ np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]]) @ lens
    layers = (np.ones(paper.shape, np.float32), paper)
    cover, seen = (_through_lens(layer, finer, size, fault, blur_px) for layer in layers)
    place = np.s_[y : y + size[1], x : x + size[0]]
    light[place] = seen + (1 - cover) * light[place]
    return light


def filmed(
    thing: Thing, fault: Fault, frames: int = FPS, seed: int = 0, room: Light | None = None
) -> Iterator[tuple[float, Pixels]]:
    """Yield moment and picture of each frame; the hand sways, and waves what is smeared."""
    for number in range(frames):
        swayed = _swayed(fault, number / FPS, seed)
        yield number / FPS, held(thing, swayed, FPS * seed + number, room)


def empty(light: float = 1.0, seed: int = 0) -> Pixels:
    """The library alone."""
    return _sensed(shelves(), light, seed)


@cache
def shelves() -> Light:
    """A library far behind the focus."""
    return to_light(np.asarray(cv2.cvtColor(backdrop(SIZE), cv2.COLOR_BGR2GRAY), np.uint8))


def _sensed(light: Light, left: float, seed: int) -> Pixels:
    """What a sensor with noise makes of the light, of whose picture only a share is `left`."""
    picture = toned(light) * np.float32(left)
    noise = np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
    return np.asarray(np.clip(picture + np.float32(NOISE_LEVELS) * noise, 0, 255), np.uint8)


def _through_lens(
    layer: Light, finer: NDArray[np.float64], size: tuple[int, int], fault: Fault, blur_px: float
) -> Light:
    drawn = cv2.warpPerspective(layer, finer, (size[0] * FINE, size[1] * FINE))
    seen = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.float32)
    return defocused(smeared(seen, (fault.smear_px, fault.smear_px / 3)), blur_px)


def _swayed(fault: Fault, at_s: float, seed: int) -> Fault:
    wave = [np.sin(2 * np.pi * (hertz * (at_s + seed) + start)) for hertz, start in _SWAYS]
    px_per_mm = FOCAL_PX / fault.distance_mm
    gone_px = _zigzag(fault.smear_px / SHUTTER_S * at_s, WAVED_PX)
    return replace(
        fault,
        aside_mm=fault.aside_mm + SWAY_MM * wave[0] + gone_px / px_per_mm,
        down_mm=fault.down_mm + SWAY_MM * wave[1] + gone_px / 3 / px_per_mm,
        tilt=fault.tilt + SWAY_DEG * wave[2],
        distance_mm=fault.distance_mm * (1 + 0.01 * wave[3]),
    )


_SWAYS = ((0.9, 0.1), (0.7, 0.4), (0.6, 0.2), (0.5, 0.8))


def _zigzag(way: float, reach: float) -> float:
    """Where something is after so long a way between `-reach` and `reach`."""
    return abs((way + reach) % (4 * reach) - 2 * reach) - reach


def _perspective(thing: Thing, fault: Fault) -> NDArray[np.float64]:
    """From the paper's pixels to the frame's."""
    mm = 1 / thing.px_per_mm
    height, width = thing.picture.shape
    on_paper = np.array([[mm, 0, -mm * width / 2], [0, mm, -mm * height / 2], [0, 0, 1]])
    about = [(np.radians(fault.nod), 0, 0), (0, np.radians(fault.tilt), 0)]
    about.append((0, 0, np.radians(fault.turn)))
    nod, tilt, turn = (cv2.Rodrigues(np.array(axis, np.float64))[0] for axis in about)
    pose = np.column_stack(
        [(turn @ tilt @ nod)[:, :2], (fault.aside_mm, fault.down_mm, fault.distance_mm)]
    )
    lens = np.array([[FOCAL_PX, 0, SIZE[0] / 2], [0, FOCAL_PX, SIZE[1] / 2], [0, 0, 1]])
    return np.asarray(lens @ pose @ on_paper, np.float64)


def _shrunk(paper: Light, lens: NDArray[np.float64]) -> tuple[Light, NDArray[np.float64]]:
    """Shrink the paper to the size it is seen in, for a warp leaves out what lies between."""
    height, width = paper.shape
    x, y, z = lens @ (width / 2, height / 2, 1)
    per_px = [np.hypot(a * z - x * c, b * z - y * c) / z**2 for a, b, c in lens.T[:2]]
    smaller = [max(int(0.7 / (FINE * px)), 1) for px in per_px]
    size = (-(-width // smaller[0]), -(-height // smaller[1]))
    small = cv2.resize(paper, size, interpolation=cv2.INTER_AREA)
    grow = (width / size[0], height / size[1])
    # The middle of a pixel, not its corner, is where it lies.
    back = np.array([[grow[0], 0, grow[0] / 2 - 0.5], [0, grow[1], grow[1] / 2 - 0.5], [0, 0, 1]])
    return np.asarray(small, np.float32), lens @ back


def _seen(
    shape: tuple[int, ...], lens: NDArray[np.float64], margin: float
) -> tuple[int, int, tuple[int, int]]:
    """The part of the frame that a blurred paper covers: its corner, its size."""
    height, width = shape
    corners = lens @ [(0, width, width, 0), (0, 0, height, height), (1, 1, 1, 1)]
    if corners[2].min() <= 0:  # a part of it is behind the lens
        return 0, 0, SIZE
    places = corners[:2] / corners[2]
    low = np.clip(places.min(axis=1) - margin, 0, np.array(SIZE) - 2)
    high = np.clip(places.max(axis=1) + margin, 0, SIZE)
    x, y = (max(int(side) - 1, 0) for side in low)
    right, bottom = (min(int(side) + 2, most) for side, most in zip(high, SIZE, strict=True))
    return x, y, (max(right - x, 1), max(bottom - y, 1))


def _lit(thing: Thing, fault: Fault) -> Light:
    """The paper, perhaps with a lamp mirrored in its lamination."""
    light = to_light(thing.picture)
    if fault.glare is None:
        return light
    height, width = light.shape
    across = (np.arange(width) - width / 2) / thing.px_per_mm - fault.glare[0]
    down = ((np.arange(height) - height / 2) / thing.px_per_mm)[:, None] - fault.glare[1]
    far = np.square(across / fault.lamp_mm) + np.square(down / fault.lamp_mm)
    return np.asarray(light + LAMP * np.exp(-far), np.float32)
