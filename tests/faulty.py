"""Frames with exactly one fault: a printed code before a lens, at a distance, tilted, smeared."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels
from scanner.scenery import backdrop
from tests.printed import PAPER, framed, printed

SIZE = (1280, 720)
FOCAL_PX = 1100.0
"""A view of 60 degrees, as USB cameras have."""
GOOD_MM = 140.0
"""A distance at which everything is read."""
ROOM = np.asarray(cv2.cvtColor(backdrop(SIZE), cv2.COLOR_BGR2GRAY), np.uint8)


@dataclass(frozen=True, slots=True)
class Fault:
    """How a thing is held and seen; as it stands, without any fault."""

    distance_mm: float = GOOD_MM
    tilt: float = 0.0
    """Degrees that one end is farther away than the other."""
    turn: float = 8.0
    """Degrees in the picture's plane."""
    aside_mm: float = 0.0
    down_mm: float = 0.0
    defocus_px: float = 0.0
    """Standard deviation of the blur."""
    smear_px: int = 0
    light: float = 1.0
    glare: tuple[float, float] | None = None
    """Where on the code a lamp is mirrored, in millimetres from its middle."""
    lamp_mm: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A printed code on its paper, (height, width) grey, and how wide the paper is."""

    picture: Pixels
    width_mm: float


def sized(picture: Pixels, module_px: int, module_mm: float) -> Thing:
    """Say how large a printed code is; there is blank paper around it."""
    paper = framed(picture, 10 * module_px)
    return Thing(paper, paper.shape[1] / module_px * module_mm)


LABEL = sized(printed("STN.00042", BarcodeFormat.Code128, 6, 6 * 36), 6, 0.33)
"""Bars of 12 mm."""
CARD = sized(printed("HS204817", BarcodeFormat.QRCode, 12), 12, 1.1)
"""A QR code of 23 mm."""


def held(thing: Thing, fault: Fault, seed: int = 0) -> Pixels:
    """Photograph a thing before the library's shelves: (720, 1280) grey."""
    lens, paper = _perspective(thing, fault), _mirroring(thing, fault)
    seen = cv2.warpPerspective(paper, lens, SIZE, flags=cv2.INTER_AREA)
    where = cv2.warpPerspective(np.full(paper.shape, 255, np.uint8), lens, SIZE)
    light: MatLike = np.where(np.asarray(where) > 127, np.asarray(seen), ROOM).astype(np.float32)
    if fault.smear_px:
        light = cv2.blur(light, (fault.smear_px, max(fault.smear_px // 3, 1)))
    light = cv2.GaussianBlur(light, (0, 0), float(np.hypot(fault.defocus_px, 0.7)))
    return _sensed(light * fault.light, seed)


def empty(light: float = 1.0, seed: int = 0) -> Pixels:
    """The room alone."""
    return _sensed(ROOM * light, seed)


def _sensed(light: MatLike, seed: int) -> Pixels:
    """What a sensor with noise of 3 grey levels makes of it."""
    noise = np.random.default_rng(seed).standard_normal(light.shape, np.float32)
    return np.asarray(np.clip(light + 3 * noise, 0, 255), np.uint8)


def _perspective(thing: Thing, fault: Fault) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """From the paper's pixels to the frame's."""
    mm = thing.width_mm / thing.picture.shape[1]
    height, width = thing.picture.shape
    on_paper = np.array([[mm, 0, -mm * width / 2], [0, mm, -mm * height / 2], [0, 0, 1]])
    tilt = cv2.Rodrigues(np.array([0, np.radians(fault.tilt), 0]))[0]
    turn = cv2.Rodrigues(np.array([0, 0, np.radians(fault.turn)]))[0]
    pose = np.column_stack(
        [(turn @ tilt)[:, :2], (fault.aside_mm, fault.down_mm, fault.distance_mm)]
    )
    lens = np.array([[FOCAL_PX, 0, SIZE[0] / 2], [0, FOCAL_PX, SIZE[1] / 2], [0, 0, 1]])
    return np.asarray(lens @ pose @ on_paper, np.float64)


def _mirroring(thing: Thing, fault: Fault) -> MatLike:
    """The paper with a lamp mirrored in its lamination; brighter than white."""
    if fault.glare is None:
        return thing.picture
    mm = thing.width_mm / thing.picture.shape[1]
    height, width = thing.picture.shape
    across = np.arange(width) * mm - thing.width_mm / 2 - fault.glare[0]
    down = (np.arange(height) * mm - height * mm / 2)[:, None] - fault.glare[1]
    lamp = 800 * np.exp(-((across / fault.lamp_mm) ** 2) - (down / fault.lamp_mm) ** 2)
    return np.asarray(thing.picture * (200 / PAPER) + lamp, np.float32)
