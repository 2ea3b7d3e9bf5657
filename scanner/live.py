"""Cameras that film now: USB and network. Keeps out files, folders and the demo's film.

OpenCV's read can block for as long as a broken driver likes and cannot be interrupted.
So each camera reads in a small daemon thread of its own that keeps only the newest
frame; whoever waits for it waits with a limit. A reader stuck in a driver is left
behind: it ends, and lets go of the device, as soon as the driver answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from config.settings import ScannerSettings
from scanner.errors import CameraNotFound, CameraStopped
from scanner.frame import Frame

if TYPE_CHECKING:
    import cv2

FIRST_FRAME_WITHIN_S = 5.0
"""USB cameras measure the light before their first picture."""
FRAME_WITHIN_S = 2.0
FROZEN_AFTER_S = 2.0
"""A sensor has noise: the same bytes for this long are a picture that hangs."""
OPEN_WITHIN_MS = 3000
READ_WITHIN_MS = 2000


class LiveCamera:
    """A camera that OpenCV reads, watched so that it cannot hang the station."""

    def __init__(self, name: str, capture: cv2.VideoCapture, fps: float) -> None:
        self.name = name
        self._capture = capture
        self._pause_s = 0.8 / fps  # a little early beats dropping every other frame
        self._newest: Frame | None = None
        self._ended = False
        self._closed = False
        self._news = threading.Condition()
        threading.Thread(target=self._read, name=f"camera-{name}", daemon=True).start()

    def frames(self) -> Iterator[Frame]:
        """Yield the newest frame each time one is asked for, until closed."""
        frame = self._next(FIRST_FRAME_WITHIN_S)
        changed_at = time.monotonic()
        while frame is not None:
            yield frame
            before, frame = frame, self._next(FRAME_WITHIN_S)
            if frame is None or not np.array_equal(before.pixels, frame.pixels):
                changed_at = time.monotonic()
            elif time.monotonic() - changed_at > FROZEN_AFTER_S:
                raise CameraStopped(self.name, f"the same picture for {FROZEN_AFTER_S} s")

    def gives_pictures(self) -> bool:
        """Wait for the first frame; whether one came."""
        with self._news:
            self._news.wait_for(lambda: self._newest or self._ended, FIRST_FRAME_WITHIN_S)
            return self._newest is not None

    def close(self) -> None:
        """Ask the reading thread to let go of the device."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _next(self, within_s: float) -> Frame | None:
        with self._news:
            self._news.wait_for(lambda: self._newest or self._ended or self._closed, within_s)
            frame, self._newest = self._newest, None
            if frame is None and not self._closed:
                raise CameraStopped(
                    self.name, "the picture ended" if self._ended else f"no frame in {within_s} s"
                )
            return None if self._closed else frame

    def _read(self) -> None:
        due = time.monotonic()
        while not self._closed and self._capture.grab():
            captured_at = time.monotonic()
            if captured_at < due:
                continue
            due = captured_at + self._pause_s
            taken, pixels = self._capture.retrieve()
            if taken:
                self._keep(Frame(np.asarray(pixels, np.uint8), captured_at))
        self._capture.release()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _keep(self, frame: Frame) -> None:
        with self._news:
            self._newest = frame
            self._news.notify_all()


def open_usb(number: int, settings: ScannerSettings) -> LiveCamera:
    """Open /dev/video`number`, asking for MJPG: raw 720p does not fit through USB 2 at 15 fps.

    Raises:
        CameraNotFound: There is none, or another program holds it.
    """
    import cv2

    capture = cv2.VideoCapture(number, cv2.CAP_V4L2)
    wishes = {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: settings.width_px,
        cv2.CAP_PROP_FRAME_HEIGHT: settings.height_px,
        cv2.CAP_PROP_FPS: settings.fps,
        cv2.CAP_PROP_BUFFERSIZE: 2,
    }
    for wish, value in wishes.items():
        capture.set(wish, value)
    return _opened(f"usb-{number}", capture, settings)


def open_network(url: str, settings: ScannerSettings) -> LiveCamera:
    """Open an MJPEG or RTSP address.

    Raises:
        CameraNotFound: Nothing answers there within `OPEN_WITHIN_MS`.
    """
    import cv2

    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_WITHIN_MS),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_WITHIN_MS),
    ]
    return _opened(without_secrets(url), cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits), settings)


def without_secrets(url: str) -> str:
    """Give the address without a name and password in it, fit for the log."""
    scheme, _, rest = url.partition("://")
    host = rest.split("?")[0].split("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}"


def _opened(name: str, capture: cv2.VideoCapture, settings: ScannerSettings) -> LiveCamera:
    if not capture.isOpened():
        capture.release()
        raise CameraNotFound(name, "does not open")
    return LiveCamera(name, capture, settings.fps)
