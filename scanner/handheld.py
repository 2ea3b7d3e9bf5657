"""Films one held-up thing: where the hand holds it, how it sways, how the lens sees it.

Everything that is held up lies on one transparent *sheet* with its focus in the middle: hand,
paper, thumb. A frame is then one perspective warp of the sheet over the backdrop, with blur,
light and noise. Keeps out when things come and go.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from zxingcpp import BarcodeFormat, BarcodeFormats

from scanner.frame import Pixels
from scanner.scenery import Floats, Grain, Limb, Vector, backdrop, paint_hand, room_light

PX_PER_MM = 8.0
"""Of a 1280 pixel frame: 0.4 mm modules come out at 3.2 pixels."""
SHEET_MM = (190.0, 136.0)
"""A frame (160 x 90 mm), turned, swayed and tilted, never shows the sheet's own edge."""
ROOM_MM = (165.0, 115.0)
"""How far a thing moves sideways, or down, until it is out of sight."""
FITS = 0.85
"""Share of the frame up to which a thing is held in the middle, not its code."""
THUMB_MM = 8.0
FOCAL_PX = 1100.0
"""Of a 1280 pixel frame: a view of 60 degrees, as USB cameras have."""
EXPOSURE_S = 1 / 80
FORMATS = BarcodeFormats([BarcodeFormat.AllLinear, BarcodeFormat.QRCode])


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One thing in one hand, ready to be filmed."""

    sheet: Pixels
    """(height, width, 4): BGR multiplied by its cover, cover of 255."""
    bounds: NDArray[np.float64]
    """(4, 2): corners of what is painted on the sheet, in its pixels."""
    outward: Vector
    turn: float
    """Radians; likewise the tilts."""
    tilts: Vector
    phases: NDArray[np.float64]


class Studio:
    """Backdrop, light and lens for frames of one size."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._zoom = size[0] / 1280
        self._backdrop = backdrop(size)
        self._light = room_light(size)
        self._grain = Grain.painted(size)
        self._random = np.random.default_rng(11)

    def prepare(self, picture: Pixels, width_mm: float, seed: int) -> Take:
        """Put a (height, width, 3) picture of a paper that is `width_mm` wide into a hand."""
        random = np.random.default_rng(seed)
        paper = _at_scale(picture, width_mm)
        corner = _place(paper)
        grip, outward = _grip(paper, corner, random)
        back, thumb = paint_hand(SHEET_MM, grip, outward, random)
        sheet = _stacked(paper, corner, back, thumb)
        turn, *tilts = np.radians(random.uniform((-12, -14, -14), (12, 14, 14)))
        return Take(
            sheet,
            _bounds(sheet),
            outward,
            float(turn),
            (float(tilts[0]), float(tilts[1])),
            random.uniform(0, 2 * np.pi, 6),
        )

    def shoot(self, take: Take | None, at_s: float, away: float) -> Pixels:
        """Film one frame, (height, width, 3) BGR.

        Args:
            take: What is held up, if anything.
            at_s: Seconds since it came; moves the unsteady hand.
            away: From 0, held up, to 1, out of sight.
        """
        frame = self._backdrop.copy()
        if take is not None and away < 1:
            self._lay_over(frame, take, at_s, away)
        return self._grain.over(frame, self._random)

    def _lay_over(self, frame: Pixels, take: Take, at_s: float, away: float) -> None:
        seen = self._perspective(take, at_s, away)
        smear = self._smear(take, away)
        x, y, width, height = self._area(take.bounds, seen, max(smear))
        if width <= 0 or height <= 0:
            return
        place = np.s_[y : y + height, x : x + width]
        into_place = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]]) @ seen
        layer = cv2.warpPerspective(take.sheet, into_place, (width, height))
        layer = cv2.GaussianBlur(cv2.blur(layer, smear), (3, 3), 0.7 * self._zoom)
        see_through = cv2.cvtColor(255 - layer[..., 3], cv2.COLOR_GRAY2BGR)
        lit = cv2.multiply(layer[..., :3], self._light[place], scale=1 / 255)
        frame[place] = cv2.add(cv2.multiply(frame[place], see_through, scale=1 / 255), lit)

    def _perspective(self, take: Take, at_s: float, away: float) -> NDArray[np.float64]:
        """The homography from sheet pixels to frame pixels."""
        sway = np.sin(take.phases + at_s * 2 * np.pi * np.array([0.7, 0.9, 0.5, 0.6, 0.8, 0.4]))
        rx, ry = take.tilts[0] + 0.03 * sway[0], take.tilts[1] + 0.03 * sway[1]
        rotation = _rotation(rx, ry, take.turn + 0.02 * sway[2] + 0.35 * away)
        far_mm = FOCAL_PX / PX_PER_MM
        gone = away * np.array(ROOM_MM) * take.outward
        shift = (*(2.0 * sway[3:5] + gone), far_mm * (1 + 0.02 * sway[5]))
        width, height = self._size
        focal = FOCAL_PX * self._zoom
        lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        centred = np.array([[1, 0, -SHEET_MM[0] / 2], [0, 1, -SHEET_MM[1] / 2], [0, 0, 1]])
        in_mm = np.diag([1 / PX_PER_MM, 1 / PX_PER_MM, 1])
        seen = lens @ np.column_stack([rotation[:, :2], shift]) @ centred @ in_mm
        return np.asarray(seen, np.float64)

    def _area(
        self, bounds: NDArray[np.float64], seen: NDArray[np.float64], margin: int
    ) -> tuple[int, ...]:
        """The part of the frame that `bounds` covers, and a margin: x, y, width, height."""
        corners = cv2.perspectiveTransform(bounds[None], seen)[0]
        low = np.clip(corners.min(axis=0) - margin, 0, self._size).astype(int)
        high = np.clip(corners.max(axis=0) + margin, 0, self._size).astype(int)
        return (*map(int, low), *map(int, high - low))

    def _smear(self, take: Take, away: float) -> tuple[int, int]:
        """How far the thing moves while the shutter is open, in pixels (at least 1) each way."""
        speed_mm_s = 2 * np.sqrt(away) * ROOM_MM[0] / 0.3
        smear = speed_mm_s * EXPOSURE_S * PX_PER_MM * self._zoom
        across, down = (max(round(smear * abs(way)), 1) for way in take.outward)
        return across, down


def _at_scale(picture: Pixels, width_mm: float) -> Pixels:
    """Scale the paper to the sheet's resolution."""
    scale = width_mm * PX_PER_MM / picture.shape[1]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def _place(paper: Pixels) -> tuple[int, int]:
    """Where the paper's upper left corner lies on the sheet, in pixels.

    A small thing is held in the middle; of a large one, whoever holds it shows the code.
    """
    frame_px = (1280, 720)
    size = paper.shape[1::-1]
    focus = [side / 2 for side in size]
    codes = zxingcpp.read_barcodes(cv2.cvtColor(paper, cv2.COLOR_BGR2GRAY), formats=FORMATS)
    if codes:
        upper, lower = codes[0].position.top_left, codes[0].position.bottom_right
        centre = ((upper.x + lower.x) / 2, (upper.y + lower.y) / 2)
        for axis in (0, 1):
            if size[axis] > FITS * frame_px[axis]:
                focus[axis] = centre[axis]
    x, y = (round(SHEET_MM[axis] * PX_PER_MM / 2 - focus[axis]) for axis in (0, 1))
    return x, y


def _grip(
    paper: Pixels, corner: tuple[int, int], random: np.random.Generator
) -> tuple[Vector, Vector]:
    """Choose where the hand holds: the blankest of some places, so that no code is covered.

    Returns:
        The place on the paper's edge in sheet millimetres, and the arm's direction.
    """
    height, width = paper.shape[:2]
    edges = [(share, 1.0, (0.35, 0.94)) for share in (0.3, 0.5, 0.7)]
    sides = [((0.0, share), (-0.94, 0.35)) for share in (0.45, 0.6, 0.75)]
    sides += [((1.0, share), (0.94, 0.35)) for share in (0.45, 0.6, 0.75)]
    sides += [((share, below), outward) for share, below, outward in edges]
    grips = []
    for (across, down), outward in (sides[n] for n in random.permutation(len(sides))):
        x, y = corner[0] + across * width, corner[1] + down * height
        grip = (x / PX_PER_MM, y / PX_PER_MM)
        seen = abs(grip[0] - SHEET_MM[0] / 2) < 76 and abs(grip[1] - SHEET_MM[1] / 2) < 38
        detail = _detail(paper, across * width, down * height)
        grips.append((not seen, detail, grip, outward))
    _, _, grip, outward = min(grips, key=lambda choice: choice[:2])
    return grip, outward


def _detail(paper: Pixels, x: float, y: float) -> float:
    reach = round(2 * THUMB_MM * PX_PER_MM)
    top, left = max(round(y) - reach, 0), max(round(x) - reach, 0)
    return float(paper[top : round(y) + reach, left : round(x) + reach].std() // 8)


def _stacked(paper: Pixels, corner: tuple[int, int], back: Limb, thumb: Limb) -> Pixels:
    """Lay hand, paper and thumb on one sheet."""
    size = (round(SHEET_MM[0] * PX_PER_MM), round(SHEET_MM[1] * PX_PER_MM))
    colour, cover = _enlarged(back, size)
    on_sheet, paper_cover = _on_sheet(paper, corner, size)
    thumb_colour, thumb_cover = _enlarged(thumb, size)
    black = np.zeros_like(colour)
    colour = _mixed(colour, black, 0.45 * _shadow(paper_cover, 14))
    colour = _mixed(colour, on_sheet, paper_cover)
    colour = _mixed(colour, black, 0.4 * _shadow(thumb_cover, 10) * paper_cover)
    colour = _mixed(colour, thumb_colour, thumb_cover)
    cover = np.maximum(np.maximum(cover, paper_cover), thumb_cover)
    seen = _mixed(black, colour, cover)
    return np.asarray(cv2.merge([seen, cv2.convertScaleAbs(cover, alpha=255)]), np.uint8)


def _mixed(below: Pixels, above: Pixels, cover: Floats) -> Pixels:
    return np.asarray(cv2.blendLinear(below, above, 1 - cover, cover), np.uint8)


def _on_sheet(
    paper: Pixels, corner: tuple[int, int], size: tuple[int, int]
) -> tuple[Pixels, Floats]:
    """The paper on the sheet, cut off where the sheet ends, and where it is."""
    move = np.array([[1.0, 0, corner[0]], [0, 1.0, corner[1]]])
    moved = cv2.warpAffine(paper, move, size, flags=cv2.INTER_NEAREST)
    where = np.ones(paper.shape[:2], np.float32)
    cover = cv2.warpAffine(where, move, size, flags=cv2.INTER_NEAREST)
    return np.asarray(moved, np.uint8), np.asarray(cover, np.float32)


def _enlarged(limb: Limb, size: tuple[int, int]) -> tuple[Pixels, Floats]:
    colour = cv2.resize(limb.colour.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    cover = cv2.resize(limb.cover, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(colour, np.uint8), np.asarray(cover, np.float32)


def _shadow(cover: Floats, soft_px: int) -> Floats:
    """Where less light comes from the upper left because of what covers it."""
    small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), soft_px / 4)
    moved = np.roll(soft, (soft_px // 4, soft_px // 4), (0, 1))
    return np.asarray(cv2.resize(moved, cover.shape[::-1]), np.float32)


def _bounds(sheet: Pixels) -> NDArray[np.float64]:
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(sheet[..., 3]))
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.array(corners, np.float64)


def _rotation(rx: float, ry: float, rz: float) -> NDArray[np.float64]:
    turns = [
        cv2.Rodrigues(np.array(axis, np.float64))[0]
        for axis in ((rx, 0, 0), (0, ry, 0), (0, 0, rz))
    ]
    return np.asarray(turns[2] @ turns[1] @ turns[0], np.float64)
