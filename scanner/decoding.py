"""Reads the codes in one grey picture, cheapest way first. Keeps out what a code means.

The stages end with the first that reads something wanted. On slow boards the budget is spent
before all late stages are through; then they take turns over frames.
Source: decoding measurements, 1, 1b and 5; docs/measurements/scanner.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from config.settings import ScannerSettings
from scanner.clues import GIVEN_UP_AFTER, THUMBNAILS, thumbnail_of
from scanner.frame import Pixels
from scanner.scan import Barcode
from scanner.stages import (
    Look,
    Memory,
    Stage,
    read_by,
    read_cleaned,
    read_covered,
    read_halted,
    read_qr,
    read_refocused,
    read_squares,
    read_strips,
    read_whole,
    read_widened,
)
from scanner.symbols import pyzbar_reader

ALWAYS: tuple[Stage, ...] = (read_qr, read_strips)
IN_TURNS: tuple[Stage, ...] = (
    read_refocused,
    read_squares,
    read_covered,
    read_whole,
    read_halted,
    read_cleaned,
    read_widened,
)
SMALLEST_PX = 16
STILL_FRAMES = 8
"""After so many still frames without a code only every eighth is looked at."""
GIVEN_UP_FRAMES = 30
"""Every thirtieth, once nobody can be holding what is seen."""
STILL_LEVELS = 10
"""Grey levels a thumbnail pixel may differ and still be noise."""
BEGUN_BY = 0.8
"""Share of the budget after which nothing more is begun, so that a frame ends within it."""

OnStage = Callable[[str, float, tuple[str, ...]], None]
"""Told the name of a stage, how many seconds it took, and the texts that it alone found."""


class Decoder:
    """Reads one frame after another; one per thread.

    `on_stage` is told of every stage that was tried; of a frame that is left out it hears nothing.
    """

    def __init__(
        self,
        settings: ScannerSettings,
        accepts: Callable[[str], bool],
        now: Callable[[], float] = time.perf_counter,
        on_stage: OnStage | None = None,
    ) -> None:
        self._budget_s = settings.frame_budget_ms / 1000
        self._accepts = accepts
        self._now = now
        self._on_stage = on_stage
        pyzbar = pyzbar_reader() if settings.pyzbar else None
        self._last_chance = read_by(pyzbar) if pyzbar else None
        self._number = 0
        self._memory = Memory()
        self._turn = 0
        self._thumbnail = np.zeros(THUMBNAILS[-1][::-1], np.uint8)
        self._still = 0

    @property
    def rests(self) -> bool:
        """Whether nothing has moved for a while, and nothing that can be read is held up."""
        return self._still > STILL_FRAMES

    def decode(self, frame_grey: Pixels) -> tuple[Barcode, ...]:
        """Read a (height, width) picture of any size; never raises, whatever it shows.

        Returns:
            The codes found; those `accepts` turns down only if nothing better was found.
        """
        if min(frame_grey.shape) < SMALLEST_PX or self._nothing_moves(frame_grey):
            return ()
        self._number += 1
        deadline = self._now() + BEGUN_BY * self._budget_s
        look = Look(
            np.ascontiguousarray(frame_grey),
            self._number,
            memory=self._memory,
            is_late=lambda: self._now() > deadline,
        )
        self._search(look)
        if look.found:
            self._still = 0  # whoever is being read is never out of sight because it is held still
        return tuple(look.found.values())

    def leaves_out(self) -> bool:
        """Leave out a frame that is known to be as the last; False if it is to be decoded."""
        if not _is_left_out(self._still + 1):
            return False
        self._still += 1
        return True

    def _search(self, look: Look) -> None:
        # All of them, whatever the first finds: a card and a book held up together are two codes.
        if any([self._wanted(stage, look) for stage in ALWAYS]):
            return
        for done in range(len(IN_TURNS)):
            if done and look.is_late():
                self._turn = (self._turn + done) % len(IN_TURNS)
                return
            if self._wanted(IN_TURNS[(self._turn + done) % len(IN_TURNS)], look):
                return
        if self._last_chance and not look.found and not look.is_late():
            self._try(self._last_chance, look)

    def _wanted(self, stage: Stage, look: Look) -> bool:
        self._try(stage, look)
        return any(self._accepts(text) for text in look.found)

    def _try(self, stage: Stage, look: Look) -> None:
        if self._on_stage is None:
            stage(look)
            return
        known, began = len(look.found), self._now()
        stage(look)
        name = stage.__name__.removeprefix("read_")
        self._on_stage(name, self._now() - began, tuple(look.found)[known:])

    def _nothing_moves(self, grey: Pixels) -> bool:
        """Whether this frame can be left out: the same as those before, which held nothing."""
        thumbnail = thumbnail_of(grey)
        if cv2.norm(thumbnail, self._thumbnail, cv2.NORM_INF) > STILL_LEVELS:
            self._thumbnail, self._still = thumbnail, 0
            return False
        self._still += 1
        return _is_left_out(self._still)


def _is_left_out(still: int) -> bool:
    """Whether a frame is, before which so many were alike, itself among them."""
    every = STILL_FRAMES if still < GIVEN_UP_AFTER else GIVEN_UP_FRAMES
    return still > STILL_FRAMES and still % every != 0
