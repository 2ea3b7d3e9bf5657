"""Watches a camera as the station does, and counts: for whoever finds a place for the camera.

Every frame goes through the station's own decoder, belief and guidance. Nothing is kept of a
frame but figures and the texts in it, and those in memory only. Keeps out how it is shown.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from config.settings import ScannerSettings
from scanner.bench.sights import Report, Sight, Tally, Tried
from scanner.camera import open_camera
from scanner.clues import Guide
from scanner.decoding import Decoder
from scanner.errors import ScannerError
from scanner.frame import Camera, Frame
from scanner.reader import counted
from scanner.sharpness import edge_blur_px
from scanner.steady import FIRST, FOREIGN, Steady

RECENT_S = 2.0
"""What happens now is what happened in the last two seconds."""
SHARPNESS_EVERY = 5
"""Frames; measuring it takes as long as reading one."""
PAUSE_S = 1.0
"""Between two attempts to open a camera that was lost."""
SHORTEST = 4
"""Characters; shorter texts are mostly pieces of longer ones (decoding measurements, 4)."""

Rank = Callable[[str], int]

_BOOK = re.compile(r"97[89]\d{10}", re.ASCII)


class Screen(Protocol):
    """Where the bench shows what it sees."""

    every_s: float
    """Pause between two reports."""

    def report(self, report: Report) -> None:
        """Show how it stands."""

    def tell(self, line: str) -> None:
        """Show what has happened just now."""


def rank_by(ours: re.Pattern[str] | None) -> Rank:
    """Make the grammar of the bench: what the station would count as a code of its own.

    A book's EAN-13 is of the second rank, as at the station: it often stands beside a label.

    Args:
        ours: The whole text of a code that counts; None for any text of four characters.
    """

    def rank(text: str) -> int:
        if ours.fullmatch(text) if ours else len(text) >= SHORTEST and not _BOOK.fullmatch(text):
            return FIRST
        return FIRST - 1 if _BOOK.fullmatch(text) else FOREIGN

    return rank


class Bench:
    """Watches one camera, and again when it was lost.

    Args:
        settings: The station's.
        rank: How much a text matters, as for the station.
        screen: Where to show it.
        seconds: When to stop, counted from the first frame; None never.
    """

    def __init__(
        self,
        settings: ScannerSettings,
        rank: Rank,
        screen: Screen,
        seconds: float | None = None,
    ) -> None:
        self._settings = settings
        self._rank = rank
        self._screen = screen
        self._seconds = seconds
        self._until = float("inf")
        self._steady = Steady(settings, rank)  # outlives a lost camera, as at the station
        self._total = Tally()
        self._recent: deque[Sight] = deque()
        self._camera = ""
        self._size = (0, 0)

    def run(self) -> None:
        """Watch until the time is up, or the film is over.

        Raises:
            ScannerError: Not a single picture came.
        """
        while time.monotonic() < self._until:
            try:
                self._watch(open_camera(self._settings))
                return
            except ScannerError as error:
                if not self._total.frames:
                    raise
                self._screen.tell(f"{error.camera}: {error.trouble} ({error.reason})")
                time.sleep(PAUSE_S)

    def report(self) -> Report | None:
        """How it stands; None before the first picture."""
        if not self._total.frames:
            return None
        return Report(
            self._camera,
            self._size,
            self._settings.fps,
            Tally.of(self._recent),
            self._total,
            self._recent[-1],
            next((sight for sight in reversed(self._recent) if sight.barcodes), None),
        )

    def _watch(self, camera: Camera) -> None:
        """Watch one opened camera until the time is up, or to its end."""
        eyes, due = Eyes(self._settings, self._rank, self._steady), 0.0
        try:
            for frame in camera.frames():
                self._camera, self._size = camera.name, frame.pixels.shape[1::-1]
                self._note(eyes.look(frame))
                if frame.captured_at >= due and (report := self.report()):
                    due = frame.captured_at + self._screen.every_s
                    self._screen.report(report)
                if time.monotonic() >= self._until:
                    return
        finally:
            camera.close()

    def _note(self, sight: Sight) -> None:
        if not self._total.frames and self._seconds is not None:
            self._until = sight.at + self._seconds
        self._total.note(sight)
        self._recent.append(sight)
        while self._recent[0].at < sight.at - RECENT_S:
            self._recent.popleft()


class Eyes:
    """The station's way to look at frames, with each stage observed; one per opened camera."""

    def __init__(self, settings: ScannerSettings, rank: Rank, steady: Steady) -> None:
        self._rank = rank
        self._steady = steady
        self._guide = Guide()
        self._tried: list[Tried] = []
        self._decoder = Decoder(
            settings,
            lambda text: rank(text) >= FIRST,
            on_stage=lambda *stage: self._tried.append(Tried(*stage)),
        )
        self._number = 0

    def look(self, frame: Frame) -> Sight:
        """Read one frame."""
        self._tried.clear()
        self._number += 1
        grey = np.asarray(cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY), np.uint8)
        barcodes = self._decoder.decode(grey)
        at = frame.captured_at
        hint, _ = self._guide.see(grey, counted(barcodes, self._rank), at)
        return Sight(
            at,
            tuple(self._tried),
            barcodes,
            hint,
            self._steady.see(barcodes, at),
            float(grey[::8, ::8].mean()),
            edge_blur_px(grey) if self._number % SHARPNESS_EVERY == 1 else None,
        )
