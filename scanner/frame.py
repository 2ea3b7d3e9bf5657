"""One camera picture and what every camera promises. Keeps out where pictures come from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture: (height, width, 3) in BGR order, or (height, width) in grey."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. Lives in memory only: children stand before the camera."""

    pixels: Pixels
    """(height, width, 3), BGR; never changed after it was handed over."""
    captured_at: float
    """Seconds of `time.monotonic`."""


class Camera(Protocol):
    """Gives frames until it is closed."""

    @property
    def name(self) -> str:
        """What people call it in a log line."""

    def frames(self) -> Iterator[Frame]:
        """Yield frames, newest first to come; ends normally when a film or folder is over.

        Raises:
            CameraNotFound: Nothing answers there (yet).
            CameraStopped: The picture ended unexpectedly, froze, or did not come in time.
        """

    def close(self) -> None:
        """End `frames` and let go of the device. May be called twice, and from any thread."""


def ticks(fps: float, pace: float = 1.0) -> Iterator[float]:
    """Yield the moment of each frame in seconds of `time.monotonic`, sleeping in between.

    Moments that passed while nobody asked are left out, as a real camera leaves them out.

    Args:
        fps: Frames in a second.
        pace: Seconds slept per second of film: 1 as it is, 0 never sleeps, while the
            moments go on by 1 / `fps` seconds.
    """
    start = moment = time.monotonic()
    while True:
        yield moment
        moment += 1 / fps
        if pace > 0:
            moment = max(moment, start + (time.monotonic() - start) / pace)
            time.sleep(max(0.0, start + (moment - start) * pace - time.monotonic()))


def during(moments: Iterator[float], lasts_s: float) -> Iterator[tuple[float, float]]:
    """Yield the moments of the next `lasts_s` seconds, each with the seconds since the first."""
    start = next(moments)
    yield start, 0.0
    for moment in moments:
        since_s = moment - start
        if since_s > lasts_s - 1e-6:  # a frame's length is seldom a round number
            return
        yield moment, since_s
