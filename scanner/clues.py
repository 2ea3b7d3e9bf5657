"""Measures a frame in which nothing was read: is there a code, how large, how sharp, how lit?

Each frame answers a part of it, in turns, so that none costs more than a few milliseconds:
stripes; the finder patterns of QR codes, large and blurred ones in a smaller picture; and
finder patterns of far-away cards in the middle, enlarged. A still scene is not measured again.
Keeps out what is said about it (`guidance`) and reading itself.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from scanner.finders import Sieve, find_finders, finder_clue
from scanner.frame import Pixels
from scanner.guidance import Clue, Facts, Hint, Outline, Steadied, hint_for
from scanner.striped import striped_clue
from scanner.stripes import SMALLEST_PX, find_stripes

THUMBNAIL = (160, 90)
STILL_LEVELS = 10
"""Grey levels a thumbnail's pixel may differ and still be noise."""
MOVED_LEVELS = 12
MOVED_SHARE = 0.05
"""Of the picture; a label of 50 x 25 mm covers 0.11 of it, a card 0.3."""
MOVED_PX = 1.5
"""Of the thumbnail, from one frame to the next: 12 pixels of 1280, or 180 a second at 15 fps.
With a shutter of 1/60 s that smears a code by 3 pixels, a whole module."""
GIVEN_UP_AFTER = 150
"""Still frames (10 s at 15 fps) after which nobody holds what is seen: it belongs to the room."""
HALF, QUARTER, DOUBLE = Sieve(2, 9, 5), Sieve(4, 15, 4), Sieve(0.5, 15, 12)
"""Modules of 3 to 14 pixels, blurred or not; of 6 to 60; of 1.3 to 4 in the frame's middle."""
LIKELIEST = 2
"""How many striped areas are looked at closely."""
READ_LATELY_S = 0.5
"""A code that was read just now needs no help, though a frame may fail."""
GLARE_LEVEL = 248
GLARE_SHARES = (0.005, 0.35)
"""Of what is around a code: a lamp's mirror image; more is an overexposed sheet."""


class Lookout:
    """Measures one frame after another; one per camera."""

    def __init__(self) -> None:
        self._thumbnail: NDArray[np.float32] | None = None
        self._still = -1  # the first frame is the first of a still scene
        self._turn = 0
        self._clues: list[Clue | None] = [None] * len(WAYS)

    def facts(self, grey: Pixels) -> Facts:
        """Measure a (height, width) frame in which no code was read."""
        if min(grey.shape) < SMALLEST_PX:
            return Facts()
        small = cv2.resize(grey, THUMBNAIL, interpolation=cv2.INTER_AREA)
        thumbnail = np.asarray(small, np.float32)
        before = thumbnail if self._thumbnail is None else self._thumbnail
        self._thumbnail = thumbnail
        change = thumbnail - before * (_level(thumbnail) / _level(before))
        self._still = 0 if np.abs(change).max() > STILL_LEVELS else self._still + 1
        if self._still < len(WAYS):  # each way sees a scene that came to rest
            self._turn = (self._turn + 1) % len(WAYS)
            self._clues[self._turn] = WAYS[self._turn](grey)
        seen = [clue for clue in self._clues if clue and self._still < GIVEN_UP_AFTER]
        return Facts(
            brightest=float(np.percentile(thumbnail, 95)),
            is_moving=_is_moving(change, thumbnail),
            clue=max(seen, key=_size, default=None),
        )


class Guide:
    """Tells, frame after frame, what would help and where the unread code is."""

    def __init__(self) -> None:
        self._lookout = Lookout()
        self._steadied = Steadied()
        self._read_at = -READ_LATELY_S

    def see(self, grey: Pixels, codes: int, at: float) -> tuple[Hint | None, Outline | None]:
        """Take in a (height, width) frame.

        Args:
            grey: The frame.
            codes: How many different codes that count were read in it.
            at: When it was captured, in seconds; never goes back.
        """
        if codes:
            self._read_at, self._lookout = at, Lookout()
        is_read = at - self._read_at < READ_LATELY_S
        facts = Facts(codes) if is_read else self._lookout.facts(grey)
        hint = self._steadied.see(hint_for(facts), at, is_read=is_read)
        return hint, facts.clue.outline if facts.clue else None


def _striped(grey: Pixels) -> Clue | None:
    clues = [striped_clue(grey, stripes) for stripes in find_stripes(grey)[:LIKELIEST]]
    return _completed(grey, max((clue for clue in clues if clue), key=_size, default=None))


def _finders(grey: Pixels) -> Clue | None:
    finders = []
    for sieve in (HALF, QUARTER):
        shrink = 1 / sieve.scale
        small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        finders += find_finders(np.asarray(small, np.uint8), sieve)
    return _completed(grey, finder_clue(grey, finders))


def _small_finders(grey: Pixels) -> Clue | None:
    height, width = grey.shape
    left, top = width // 3, height // 3
    middle = grey[top : height - top, left : width - left]
    large = cv2.resize(middle, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    finders = find_finders(np.asarray(large, np.uint8), DOUBLE, (left, top))
    return _completed(grey, finder_clue(grey, finders))


WAYS = (_striped, _finders, _small_finders)


def _size(clue: Clue) -> float:
    corners = np.array([(corner.x, corner.y) for corner in clue.outline], np.float32)
    return float(cv2.contourArea(corners))


def _completed(grey: Pixels, clue: Clue | None) -> Clue | None:
    """Add what the surroundings tell."""
    return replace(clue, has_glare=_has_glare(grey, clue)) if clue else None


def _has_glare(grey: Pixels, clue: Clue) -> bool:
    """Whether a white blot, larger than any gap between bars, lies on the code or its paper."""
    xs, ys = zip(*((corner.x, corner.y) for corner in clue.outline), strict=True)
    margin = 0.3 * max(max(xs) - min(xs), max(ys) - min(ys))
    left, top = (max(int(min(side) - margin), 0) for side in (xs, ys))
    around = grey[top : int(max(ys) + margin), left : int(max(xs) + margin)]
    white = np.asarray(cv2.blur(around, (3, 3)) >= GLARE_LEVEL).view(np.uint8)
    if not GLARE_SHARES[0] < white.mean() < GLARE_SHARES[1]:
        return False
    reach = max(9, round(4 * clue.module_px)) | 1
    return bool(cv2.erode(white, np.ones((reach, reach), np.uint8)).any())


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
