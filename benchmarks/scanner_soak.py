"""Whether the camera thread stays as it is: memory, reads and time over many frames.

The real reader sees the same scene again and again: a card, a label, a card out of focus,
and the empty desk in between. With ``--frames`` it runs as fast as it can; with ``--seconds``
at the pace of a camera, which is the soak of an hour or a day. On the way it tells frames and
memory on standard error, so that a run that is cut says something too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from zxingcpp import BarcodeFormat

from benchmarks.reporting import arguments, report
from config.settings import ScannerSettings
from scanner.frame import Frame, Pixels, ticks
from scanner.reader import Reader
from scanner.scan import Scan, ScannerEvent
from scanner.simulated import FilmCamera, Pause, Showing

SIZE = (640, 360)
"""Small frames, so that a hundred thousand do not take an hour; the code is the same."""
SETTINGS = ScannerSettings(width_px=SIZE[0], height_px=SIZE[1])
WARM_AFTER = 0.1
"""Share of the run after which everything that is made once has been made."""
TOLD_EVERY = 1000
"""Frames."""
SHOWINGS = 2
"""Legible ones in a round."""


class Round:
    """A camera that sees one scene again and again.

    Attributes:
        taken: How many frames it gave.
        warm_mb: Memory in use when the run was warm.
    """

    name = "round"

    def __init__(self, frames: int, pace: float) -> None:
        self.taken = 0
        self.warm_mb = 0.0
        self._film = _scene()
        self._last, self._pace = frames, pace

    @property
    def rounds(self) -> int:
        """How often it was seen whole."""
        return self.taken // len(self._film)

    def frames(self) -> Iterator[Frame]:
        """Yield so many frames."""
        for moment in ticks(SETTINGS.fps, self._pace):
            if self.taken >= self._last:
                return
            yield Frame(self._film[self.taken % len(self._film)], moment)
            self.taken += 1
            if self.taken == int(WARM_AFTER * self._last):
                self.warm_mb = memory_mb()
            if self.taken % TOLD_EVERY == 0:
                print(f"{self.taken} frames, {memory_mb():.1f} MB", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End at the next frame."""
        self._last = 0


def soak(frames: int, pace: float, settings: ScannerSettings = SETTINGS) -> dict[str, float | int]:
    """Run the reader over so many frames; `pace` 1 is real time, 0 as fast as possible."""
    scans: list[float] = []

    def tell(event: ScannerEvent) -> None:
        if isinstance(event, Scan):
            scans.append(event.seen_at)

    camera = Round(frames, pace)
    start, busy = time.monotonic(), time.process_time()
    Reader(lambda: camera, settings, lambda _text: 2, tell).run()
    return {
        "frames": camera.taken,
        "seconds": time.monotonic() - start,
        "cpu_share": (time.process_time() - busy) / (time.monotonic() - start),
        "showings": SHOWINGS * camera.rounds,
        "reads": len(scans),
        "rss_mb": memory_mb(),
        "rss_growth_mb": memory_mb() - camera.warm_mb,
    }


def memory_mb() -> float:
    """Memory of this process that is in RAM (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


@cache
def _scene() -> tuple[Pixels, ...]:
    card = _printed("HS204817", BarcodeFormat.QRCode)
    label = _printed("STN.00042", BarcodeFormat.Code128)
    legible = _filmed(Showing(card, 60, 1.0, seed=3), Pause(2.0), Showing(label, 70, 1.0, seed=5))
    soft = [cv2.GaussianBlur(pixels, (0, 0), 9) for pixels in _filmed(Showing(card, 60, 1.0))]
    desk = _filmed(Pause(2.0))
    return (*legible, *desk, *(np.asarray(pixels, np.uint8) for pixels in soft), *desk)


def _filmed(*scenes: Showing | Pause) -> list[Pixels]:
    film = FilmCamera(iter(scenes), SETTINGS.fps, SIZE, pace=0)
    return [frame.pixels for frame in film.frames()]


def _printed(text: str, kind: BarcodeFormat) -> Pixels:
    """A code on white paper, (height, width, 3)."""
    code = np.asarray(zxingcpp.create_barcode(text, kind).to_image(scale=6))
    grey = np.pad(code, 60, constant_values=255)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", frames=100_000, seconds=0)
    frames = asked.seconds * SETTINGS.fps if asked.seconds else asked.frames
    report(soak(frames, 1.0 if asked.seconds else 0.0), asked.json)


if __name__ == "__main__":
    main()
