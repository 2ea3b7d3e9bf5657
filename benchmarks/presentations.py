"""Films things held up to the camera by hand: one second each, the same for the same seed.

A thing comes within a quarter of a second, is held or swiped past, and goes again, so that
about a quarter of all frames cannot be read by anybody. Keeps out who reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.conditions import Condition
from benchmarks.optics import SIZE, Light, defocused, exposed, smeared, to_light
from benchmarks.papers import Paper, code_modules, own_text, paint_blank, paint_paper
from scanner.frame import Pixels
from scanner.scan import Symbology

FPS = 15
FRAMES = 15
ARRIVES_S = 0.25
LEAVES_S = 0.15
FOCAL_PX = 1100.0
"""A view of 60 degrees, as USB cameras have."""
LENS_SIGMA_PX = 0.55
"""Of a cheap lens at its sharpest."""
FITS = 0.88
"""Share of the frame a code may fill; held closer, no decoder could see its ends."""
SMALLEST_MODULE_PX = 1.2
"""Of all conditions; a paper half as wide as the frame at that distance is not cut."""
IN_SIGHT = 1.25
"""Diagonals of the frame; what is farther from one end of a thing to the other is cut."""
SWAY_PX = 5.0
"""How far an unsteady hand moves to either side."""

Vector = NDArray[np.float64]
Spot = tuple[float, float]
Sheet = tuple[Pixels, ...]
"""Pictures of a sheet's channels. OpenCV warps one, three or four at a time; two take long."""
Corners = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of the frame."""
SKINS = ((142, 180, 232), (124, 164, 220), (104, 142, 200))


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """One thing, one hand, one second."""

    condition: Condition
    symbology: Symbology | None
    """None for a thing without a code."""
    text: str
    size: tuple[int, int]
    """Width and height of the frames in pixels."""
    paper: Paper
    module_px: float
    turn: float
    """Radians, likewise the tilt."""
    tilt: tuple[float, float]
    """By how much, and about which direction."""
    held_at: Vector
    comes_from: Vector
    leaves_to: Vector
    """Pixels from its place; likewise for every frame's place."""
    velocity: Vector
    """Pixels in a second, of a thing that does not stop."""
    sway: Vector
    exposure_s: float
    blur_px: float
    glare: Vector | None
    """Where the reflection is (pixels from the code), its radii, turn and strength."""
    brightness: float
    dimmed: float
    light_from: float
    noise: float
    jpeg_quality: int
    seed: tuple[int, ...]

    @property
    def middle(self) -> Vector:
        """Of the frames, in pixels."""
        return np.array(self.size) / 2


def present(
    condition: Condition, symbology: Symbology, *seed: int, size: tuple[int, int] = SIZE
) -> Presentation:
    """Draw one presentation from the ranges of its condition."""
    random = np.random.default_rng(seed)
    text = own_text(symbology, random)
    turn = _turn(condition, random)
    wanted_px = float(random.uniform(*condition.module_px))
    module_px = min(wanted_px, _largest_module_px(code_modules(symbology, text), turn, size))
    finer = 2 if module_px < 3 else 1  # for small modules need it
    most_modules = int(np.hypot(*size) * min(IN_SIGHT / module_px, 0.5 / SMALLEST_MODULE_PX))
    paper = paint_paper(
        symbology, text, max(int(np.ceil(finer * module_px)), 2), most_modules, random
    )
    return _held(condition, symbology, text, size, paper, module_px, turn, random, seed)


def present_blank(condition: Condition, *seed: int, size: tuple[int, int] = SIZE) -> Presentation:
    """Draw a presentation of something that carries no code."""
    random = np.random.default_rng(seed)
    module_px = float(random.uniform(*condition.module_px))
    fine_px = max(int(np.ceil(module_px)), 2)
    most_px = round(IN_SIGHT * np.hypot(*size) * fine_px / module_px)
    paper = paint_blank(3.0 * fine_px, most_px, random)
    turn = _turn(condition, random)
    return _held(condition, None, "", size, paper, module_px, turn, random, seed)


def film(presentation: Presentation, *, grey: bool = False) -> Iterator[tuple[float, Pixels]]:
    """Yield each frame's moment in seconds and its (height, width, 3) BGR pixels.

    Args:
        presentation: What is filmed.
        grey: Draw the luminance alone, (height, width), in half the time: all that we read.
    """
    random = np.random.default_rng((*presentation.seed, 1))
    light = _room_light(presentation, 1 if grey else 3)
    empty = _backdrop(presentation.size, random, grey=grey) * light
    sheet = _sheet(presentation.paper, random, grey=grey)
    for number in range(FRAMES):
        at_s = number / FPS
        scene = empty.copy()
        _lay_over(scene, presentation, sheet, light, at_s)
        if presentation.glare is not None:
            _reflect(scene, presentation.glare, presentation.middle + _place(presentation, at_s))
        yield at_s, exposed(scene, presentation.noise, presentation.jpeg_quality, random)


def _held(
    condition: Condition,
    symbology: Symbology | None,
    text: str,
    size: tuple[int, int],
    paper: Paper,
    module_px: float,
    turn: float,
    random: np.random.Generator,
    seed: tuple[int, ...],
) -> Presentation:
    way = random.uniform(0, 2 * np.pi, 3)
    room = np.maximum(np.array(size) / 2 - _half_size(paper, module_px, turn) - 12, 0)
    speed = float(random.uniform(*condition.swipe_px_s))
    tilt = np.radians(random.uniform(*condition.tilt_deg))
    has_glare = random.random() < condition.glare
    return Presentation(
        condition,
        symbology,
        text,
        size,
        paper,
        module_px,
        turn,
        (float(tilt), float(random.uniform(0, 2 * np.pi))),
        random.uniform(-0.6, 0.6, 2) * room,
        900 * _direction(way[0]),
        900 * _direction(way[1]),
        speed * _direction(way[2]) * (1, 0.5),
        random.uniform(0, 2 * np.pi, 4),
        float(random.uniform(*condition.exposure_s)),
        float(random.uniform(*condition.defocus_modules)) * module_px,
        _glare(paper, module_px, random) if has_glare else None,
        float(random.uniform(*condition.brightness)),
        float(random.uniform(*condition.dimmed)),
        float(random.uniform(0, 2 * np.pi)),
        float(random.uniform(*condition.noise)),
        int(random.uniform(*condition.jpeg_quality)),
        seed,
    )


def _turn(condition: Condition, random: np.random.Generator) -> float:
    turn = random.uniform(*condition.turn_deg)
    if condition.upright_turns and random.random() < 0.5:
        turn = 90 * random.integers(4) + random.uniform(-20, 20)
    return float(np.radians(turn))


def _direction(angle: float) -> Vector:
    return np.array([np.cos(angle), np.sin(angle)])


def _largest_module_px(modules: tuple[int, int], turn: float, size: tuple[int, int]) -> float:
    """Pixels per module at which a code just fits into the frame."""
    width, height = modules[0] + 6, max(modules[1], 30)
    cos, sin = abs(np.cos(turn)), abs(np.sin(turn))
    across, down = width * cos + height * sin, width * sin + height * cos
    return float(FITS * min(size[0] / across, size[1] / down))


def _half_size(paper: Paper, module_px: float, turn: float) -> Vector:
    """Half the width and height the turned code takes up in the frame, in pixels."""
    width, height = (side * module_px / paper.module_px / 2 for side in paper.code_px)
    cos, sin = abs(np.cos(turn)), abs(np.sin(turn))
    return np.array([width * cos + height * sin, width * sin + height * cos])


def _glare(paper: Paper, module_px: float, random: np.random.Generator) -> Vector:
    """A window's or lamp's reflection somewhere on the code."""
    width, height = (side * module_px / paper.module_px for side in paper.code_px)
    place = random.uniform(-0.45, 0.45, 2) * (width, height)
    radii = random.uniform((20, 15), (110, 60))
    return np.array([*place, *radii, random.uniform(0, np.pi), random.uniform(0.5, 1.6)])


def _place(shown: Presentation, at_s: float) -> Vector:
    """Where the code's middle is, in pixels from the frame's middle."""
    if shown.velocity.any():
        return np.asarray(shown.velocity * (at_s - (FRAMES - 1) / FPS / 2))
    coming = max(1 - at_s / ARRIVES_S, 0.0) ** 3
    going = max(1 - (FRAMES / FPS - at_s) / LEAVES_S, 0.0) ** 3
    sway = SWAY_PX * np.sin(shown.sway[:2] + 2 * np.pi * at_s * np.array([0.9, 0.7]))
    return np.asarray(shown.held_at + sway + coming * shown.comes_from + going * shown.leaves_to)


def _homography(shown: Presentation, at_s: float) -> Vector:
    """From pixels of the paper to pixels of the frame."""
    tilt, about = shown.tilt
    tilt += 0.02 * np.sin(shown.sway[2] + 4 * at_s)
    turn = shown.turn + 0.02 * np.sin(shown.sway[3] + 5 * at_s)
    tilting = cv2.Rodrigues(tilt * np.array([*_direction(about), 0.0]))[0]
    rotation = tilting @ cv2.Rodrigues(np.array([0, 0, turn]))[0]
    scale = shown.module_px / shown.paper.module_px
    x, y = _place(shown, at_s) / scale
    far = FOCAL_PX / scale
    middle = shown.middle
    lens = np.array([[FOCAL_PX, 0, middle[0]], [0, FOCAL_PX, middle[1]], [0, 0, 1]])
    from_focus = np.array([[1, 0, -shown.paper.focus[0]], [0, 1, -shown.paper.focus[1]], [0, 0, 1]])
    return np.asarray(lens @ np.column_stack([rotation[:, :2], (x, y, far)]) @ from_focus)


def _lay_over(scene: Light, shown: Presentation, sheet: Sheet, light: Light, at_s: float) -> None:
    """Put the sheet before what is behind it, as the lens shows it and in the room's light."""
    way = _place(shown, at_s + shown.exposure_s / 2) - _place(shown, at_s - shown.exposure_s / 2)
    blur_px = float(np.hypot(shown.blur_px, LENS_SIGMA_PX))
    place = _homography(shown, at_s)
    # What the sheet does not reach stays as it is, and needs no lens.
    left, top, right, bottom = _reach(shown, place, np.hypot(*way) + 4 * blur_px)
    if left >= right or top >= bottom:
        return
    size, area = (right - left, bottom - top), np.s_[top:bottom, left:right]
    into_area = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ place
    smeared_way = (float(way[0]), float(way[1]))
    layer = defocused(smeared(_drawn(shown, sheet, into_area, size), smeared_way), blur_px)
    *colours, cover = cv2.split(layer)
    behind = cv2.multiply(scene[area], cv2.merge([1 - cover] * len(colours)))
    scene[area] = cv2.add(behind, cv2.multiply(cv2.merge(colours), light[area]))


def _reach(shown: Presentation, place: Vector, blur_px: float) -> Corners:
    """The part of the frame that the blurred sheet covers."""
    height, width = shown.paper.picture.shape[:2]
    return _around(_outline((0, 0), (width, height), place), blur_px + 2, shown.size)


def _outline(left_top: Spot, right_bottom: Spot, place: Vector) -> Vector:
    """(4, 2): where the corners of a part of the sheet are."""
    (left, top), (right, bottom) = left_top, right_bottom
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
    return np.asarray(cv2.perspectiveTransform(corners, place)[0])


def _around(places: Vector, margin_px: float, size: tuple[int, int]) -> Corners:
    """What holds all places and a margin, within a picture of this width and height."""
    left, top = np.clip(places.min(axis=0) - margin_px, 0, size).astype(int).tolist()
    right, bottom = np.clip(places.max(axis=0) + margin_px, 0, size).astype(int).tolist()
    return left, top, right, bottom


def _drawn(shown: Presentation, sheet: Sheet, place: Vector, size: tuple[int, int]) -> Light:
    """The sheet before any blur; only its code is worth being drawn finely."""
    drawn = _warped(sheet, place, size, 1)
    finer = round(shown.paper.module_px / shown.module_px)
    x, y = shown.paper.focus
    wide, high = (side / 2 for side in shown.paper.code_px)
    code = _outline((x - wide, y - high), (x + wide, y + high), place)
    left, top, right, bottom = _around(code, 2, size)
    if finer > 1 and left < right and top < bottom:
        into_code = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ place
        drawn[top:bottom, left:right] = _warped(
            sheet, into_code, (right - left, bottom - top), finer
        )
    return drawn


def _warped(sheet: Sheet, place: Vector, size: tuple[int, int], finer: int) -> Light:
    """A part of the frame of this width and height, drawn finer and scaled down."""
    into, large_size = np.diag([finer, finer, 1.0]) @ place, (size[0] * finer, size[1] * finer)
    large = cv2.merge([cv2.warpPerspective(channels, into, large_size) for channels in sheet])
    small = cv2.resize(large, size, interpolation=cv2.INTER_AREA) if finer > 1 else large
    return np.multiply(small, np.float32(1 / 255), dtype=np.float32)


def _sheet(paper: Paper, random: np.random.Generator, *, grey: bool) -> Sheet:
    """Paper and the thumb over its edge: light, and as last channel cover, 255 for all of it."""
    picture = paper.picture.copy()
    height, width = picture.shape[:2]
    along, across = random.uniform(0.2, 0.8), float(random.integers(2))
    share = (along, across) if random.random() < 0.5 else (across, along)
    centre = np.array(share) * (width, height)
    room = float((np.abs(centre - paper.focus) - np.array(paper.code_px) / 2).max())
    radius = min(24.0 * paper.module_px, max(room - 8 * paper.module_px, 1.0))
    skin = SKINS[random.integers(len(SKINS))]
    cv2.circle(picture, (int(centre[0]), int(centre[1])), int(radius), skin, -1)
    levels = np.rint(255 * to_light(np.arange(256, dtype=np.uint8))).astype(np.uint8)
    cover = np.full((height, width), 255, np.uint8)
    if grey:
        return np.asarray(cv2.LUT(_luminance(picture), levels), np.uint8), cover
    return (np.asarray(cv2.merge([*cv2.split(cv2.LUT(picture, levels)), cover]), np.uint8),)


def _luminance(picture: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _backdrop(size: tuple[int, int], random: np.random.Generator, *, grey: bool) -> Light:
    """A desk or a shelf out of focus: (height, width, 3), or (height, width) in grey."""
    picture = np.full((90, 160, 3), random.uniform(50, 210, 3), np.uint8)
    if random.random() < 0.5:
        for left in range(0, 160, 5):
            top = int(random.uniform(5, 40))
            picture[top:80, left : left + 5] = random.uniform(30, 220, 3)
    seen = _luminance(picture) if grey else picture
    large = cv2.resize(seen, size, interpolation=cv2.INTER_LINEAR)
    return to_light(np.asarray(large, np.uint8))


def _room_light(shown: Presentation, channels: int) -> Light:
    """How bright each place is, falling off to one side, alike in all channels."""
    x, y = (np.linspace(-1, 1, side, dtype=np.float32) for side in shown.size)
    cos, sin = _direction(shown.light_from)
    towards = 0.5 + 0.5 * (cos * x + sin * y[:, None]) / (abs(cos) + abs(sin))
    fall = (shown.brightness * (shown.dimmed + (1 - shown.dimmed) * towards)).astype(np.float32)
    return np.asarray(cv2.merge([fall] * channels), np.float32)


def _reflect(scene: Light, glare: Vector, code: Vector) -> None:
    """Add the reflection to what reaches the sensor; `code` is the code's middle, in pixels."""
    size = scene.shape[1::-1]
    x, y, long, short, turn, strength = glare
    centre = code + np.array([x, y])
    reach = 3 * int(long)
    left, top = np.clip((centre - reach).astype(int), 0, size)
    right, bottom = np.clip((centre + reach).astype(int), 0, size)
    across, down = np.meshgrid(
        np.arange(left, right) - centre[0], np.arange(top, bottom) - centre[1]
    )
    u = (across * np.cos(turn) + down * np.sin(turn)) / long
    v = (down * np.cos(turn) - across * np.sin(turn)) / short
    lamp = (strength * np.exp(-((u**2 + v**2) ** 1.5))).astype(np.float32)
    scene[top:bottom, left:right] += lamp if scene.ndim == 2 else lamp[..., None]
