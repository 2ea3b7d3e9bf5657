"""Measures a frame in which nothing was read: is there a code, how large, how sharp, how lit?

Each frame answers a part of it, in turns, so that none costs more than a few milliseconds:
stripes; the finder patterns of QR codes, large and blurred ones in a smaller picture; and
both of what is far away, in the middle, enlarged. A still scene is not measured again.
Keeps out what is said about it (`guidance`) and reading itself.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from cv2.typing import MatLike

from scanner.filling import filling_clue
from scanner.finders import Sieve, find_finders, finder_clue
from scanner.frame import Pixels
from scanner.guidance import Clue, Facts, Hint, Outline, Steadied, hint_for
from scanner.scan import Point
from scanner.striped import HALO_PX, striped_clue
from scanner.stripes import (
    GLANCE_ROWS,
    SMALLEST_PX,
    Stripes,
    find_stripes,
    has_bars,
    upright,
)
from scanner.texture import CELL_PX

THUMBNAILS = ((640, 360), (320, 180), (160, 90))
"""Three steps to the last: halving thrice takes a fifth of the time that one step takes."""
STILL_SHARE, STILL_LEVELS = 0.1, (3.0, 10.0)
"""What a thumbnail's pixel may differ and still be noise, of the picture's brightest grey, and
in grey levels at least and at most."""
MOVED_LEVELS = 12
MOVED_SHARE = 0.05
"""Of the picture; a label of 50 x 25 mm covers 0.11 of it, a card 0.3."""
MOVED_PX = 1.5
"""Of the thumbnail, from one frame to the next: 12 pixels of 1280, or 180 a second at 15 fps.
With a shutter of 1/60 s that smears a code by 3 pixels, a whole module."""
LATELY = 20
"""Frames (1.3 s at 15 fps) for which what was seen of a code explains what moves now."""
GIVEN_UP_AFTER = 150
"""Still frames (10 s at 15 fps) after which nobody holds what is seen: it belongs to the room."""
KNOWN_FRAMES = 10 * GIVEN_UP_AFTER
"""For at most so long a thing of the room may be out of sight, for somebody stands before it."""
NEAR_PX = 12.0
"""An unsteady hand moves more within those 10 s; what is measured of a still thing, less."""
HALF, QUARTER, DOUBLE = Sieve(2, 9, 5), Sieve(4, 15, 4), Sieve(0.5, 21, 12)
"""Modules of 3 to 14 pixels, blurred or not; of 6 to 60; of 1.3 to 4 in the frame's middle."""
FINER = 2.5
"""Bars of 0.55 pixels a module then cover cells enough to be an area; twice is not enough."""
READ_LATELY_S = 0.5
"""A code that was read just now needs no help, though a frame may fail."""
BELIEVED_S = 1.0
"""Two reads within it are believed; one alone is not, and whoever waits for another needs help."""
GLARE_LEVEL = 248
GLARE_SHARE = 0.005
"""Of what is around a code: a lamp's mirror image."""


class Lookout:
    """Measures one frame after another; one per camera."""

    def __init__(self) -> None:
        self._thumbnail: Pixels | None = None
        self._brightest = 255.0
        self._still = -1  # the first frame is the first of a still scene
        self._turn = 0
        self._clues: list[Clue | None] = [None] * len(WAYS)
        self._missed = [0] * len(WAYS)
        """How often in a row each way saw nothing."""
        self._since_clue = LATELY
        self._room = Room()

    def facts(self, grey: Pixels) -> Facts:
        """Measure a (height, width) frame in which no code was read."""
        if min(grey.shape) < SMALLEST_PX:
            return Facts()
        moved = self._compare(grey)
        if self._still < 2 * len(WAYS):  # each way sees a scene that came to rest, twice
            self._turn = (self._turn + 1) % len(WAYS)
            self._note(WAYS[self._turn](grey))
        if self._still >= GIVEN_UP_AFTER:
            return Facts()
        seen = self._room.without([clue for clue in self._clues if clue])
        clue = max(seen, key=_size, default=None)
        self._since_clue = 0 if clue else self._since_clue + 1
        return Facts(
            brightest=self._brightest,
            is_moving=moved and self._since_clue < LATELY,
            clue=clue,
        )

    def forget(self) -> None:
        """Take what was seen for gone; the room stays known."""
        self._clues = [None] * len(WAYS)
        self._since_clue = LATELY

    def _note(self, clue: Clue | None) -> None:
        """Keep what one way saw: what can hardly be seen is missed once, what is gone twice."""
        self._missed[self._turn] = 0 if clue else self._missed[self._turn] + 1
        if clue or self._missed[self._turn] > 1:
            self._clues[self._turn] = clue

    def _compare(self, grey: Pixels) -> bool:
        """Note whether this frame is as the last; tell whether something moves fast in it."""
        thumbnail = thumbnail_of(grey)
        before, self._thumbnail = self._thumbnail, thumbnail
        least, most = STILL_LEVELS
        noise = min(max(STILL_SHARE * self._brightest, least), most)
        if before is not None and cv2.norm(thumbnail, before, cv2.NORM_INF) <= noise:
            self._still += 1
            return False
        self._brightest = float(np.percentile(thumbnail, 95))
        if before is None:
            self._still += 1
            return False
        change = thumbnail - before * np.float32(_level(thumbnail) / _level(before))
        self._still = 0 if np.abs(change).max() > noise else self._still + 1
        return _is_moving(change, thumbnail)


class Room:
    """Where things stand that look like codes and are not held up by anybody."""

    def __init__(self) -> None:
        self._places: dict[Point, int] = {}
        """For how many frames something has been there, less those in which it was not."""

    def without(self, clues: list[Clue]) -> list[Clue]:
        """Take in what one frame shows; leave out what has not moved for long."""
        here = {self._place(clue): clue for clue in sorted(clues, key=_size)}
        for place in [*self._places, *here]:
            frames = self._places.pop(place, 0) + (1 if place in here else -1)
            if frames > 0:
                self._places[place] = min(frames, KNOWN_FRAMES)
        return [clue for place, clue in here.items() if self._places[place] < GIVEN_UP_AFTER]

    def _place(self, clue: Clue) -> Point:
        """The middle of a thing, or of the known thing that is there."""
        x, y = (sum(axis) / 4 for axis in zip(*((p.x, p.y) for p in clue.outline), strict=True))
        known = (place for place in self._places if np.hypot(place.x - x, place.y - y) < NEAR_PX)
        return next(known, Point(x, y))


class Guide:
    """Tells, frame after frame, what would help and where the unread code is."""

    def __init__(self) -> None:
        self._lookout = Lookout()
        self._steadied = Steadied()
        self._read_at = self._read_before = -math.inf

    def see(self, grey: Pixels, codes: int, at: float) -> tuple[Hint | None, Outline | None]:
        """Take in a (height, width) frame.

        Args:
            grey: The frame.
            codes: How many different codes that count were read in it.
            at: When it was captured, in seconds; never goes back.
        """
        if codes:
            self._read_before, self._read_at = self._read_at, at
        is_read = self._is_read(at)
        if is_read:
            self._lookout.forget()
        facts = Facts(codes) if codes or is_read else self._lookout.facts(grey)
        hint = self._steadied.see(hint_for(facts), at, is_read=is_read)
        return hint, facts.clue.outline if facts.clue else None

    def _is_read(self, at: float) -> bool:
        is_believed = self._read_at - self._read_before <= BELIEVED_S
        return at - self._read_at < READ_LATELY_S and is_believed


def _striped(grey: Pixels) -> Clue | None:
    found = find_stripes(grey)
    # Where bars are wide and soft, full size shows pieces of a code only.
    found += [_doubled(stripes) for stripes in find_stripes(_halved(grey))]
    return _completed(grey, _barred(grey, found))


def _barred(grey: Pixels, found: list[Stripes]) -> Clue | None:
    """The largest linear code among striped areas."""
    barred = [s for s in found if has_bars(upright(grey, s, GLANCE_ROWS, smooth=False).pixels)]
    clues = [striped_clue(grey, stripes) for stripes in barred]
    return max((clue for clue in clues if clue), key=_size, default=None)


def _finders(grey: Pixels) -> Clue | None:
    smaller = grey
    for sieve in (HALF, QUARTER):
        smaller = _halved(smaller)
        if clue := finder_clue(find_finders(smaller, sieve)):
            return _completed(grey, clue)
    return filling_clue(smaller, QUARTER.scale)


def _far_away(grey: Pixels) -> Clue | None:
    """What is too small to be known at full size; what is not, the other ways find whole."""
    height, width = grey.shape
    left, top = width // 3, height // 3
    middle = grey[top : height - top, left : width - left]
    if clue := finder_clue(find_finders(_enlarged(middle, 2), DOUBLE, (left, top))):
        return _completed(grey, clue)
    large = _enlarged(middle, FINER)
    bars = _barred(large, find_stripes(large))
    if bars is None or bars.module_px > FINER * bars.legible_px:
        return None
    a, b, c, d = (Point(left + at.x / FINER, top + at.y / FINER) for at in bars.outline)
    module_px, blur_px = bars.module_px / FINER, bars.blur_px / FINER
    there = replace(bars, outline=(a, b, c, d), module_px=module_px, blur_px=blur_px)
    return _completed(grey, there)


def _enlarged(grey: Pixels, times: float) -> Pixels:
    large = cv2.resize(grey, None, fx=times, fy=times, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)


def _halved(grey: Pixels) -> Pixels:
    return np.asarray(
        cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
    )


def _doubled(stripes: Stripes) -> Stripes:
    """An area found at half size in frame pixels, with the halo it would have at full size."""
    centre = Point(2 * stripes.centre.x, 2 * stripes.centre.y)
    along_px = max(2 * stripes.along_px - HALO_PX, float(CELL_PX))
    return replace(
        stripes, centre=centre, across_px=2 * stripes.across_px - HALO_PX, along_px=along_px
    )


WAYS = (_striped, _finders, _far_away)


def _size(clue: Clue) -> float:
    corners = np.array([(corner.x, corner.y) for corner in clue.outline], np.float32)
    return float(cv2.contourArea(corners))


def _completed(grey: Pixels, clue: Clue | None) -> Clue | None:
    """Add what the surroundings tell."""
    return replace(clue, has_glare=_has_glare(grey, clue)) if clue else None


def _has_glare(grey: Pixels, clue: Clue) -> bool:
    """Whether a white blot, larger than any gap between bars, lies on the code or its paper."""
    if clue.paper >= GLARE_LEVEL:  # all of it is overexposed
        return False
    xs, ys = zip(*((corner.x, corner.y) for corner in clue.outline), strict=True)
    margin = 0.3 * max(max(xs) - min(xs), max(ys) - min(ys))
    left, top = (max(int(min(side) - margin), 0) for side in (xs, ys))
    around = grey[top : int(max(ys) + margin), left : int(max(xs) + margin)]
    white = np.asarray(cv2.blur(around, (3, 3)) >= GLARE_LEVEL).view(np.uint8)
    if white.mean() < GLARE_SHARE:
        return False
    reach = max(9, round(4 * clue.module_px)) | 1
    return bool(cv2.erode(white, np.ones((reach, reach), np.uint8)).any())


def thumbnail_of(grey: Pixels) -> Pixels:
    """The scene in 160 by 90 pixels, in which a sensor's noise is all but gone."""
    for size in THUMBNAILS:
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    return grey


def _level(thumbnail: MatLike) -> float:
    """The light of a scene: what changes it changes all of it."""
    return float(np.median(thumbnail)) + 1.0


def _is_moving(change: MatLike, thumbnail: MatLike) -> bool:
    """How far what changed has gone: grey changes by slope times way, so way is change by slope."""
    change = np.abs(change)
    changed = change > MOVED_LEVELS
    if changed.mean() < MOVED_SHARE:
        return False
    slope = np.hypot(*(cv2.Sobel(thumbnail, cv2.CV_32F, *way, scale=1 / 8) for way in _AXES))
    return bool(change[changed].sum() > MOVED_PX * slope[changed].sum())


_AXES = ((1, 0), (0, 1))
