"""Network cameras (MJPEG and RTSP, by OpenCV's FFmpeg). Keeps out reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scanner.errors import CameraNotFound
from scanner.live import Capture

if TYPE_CHECKING:
    from cv2.typing import MatLike

OPEN_WITHIN_MS = 3000
READ_WITHIN_MS = 2000
LAST_ROWS = 16
"""The last to arrive of a picture: two rows of JPEG blocks."""


def open_network(url: str) -> Capture:
    """Open an MJPEG or RTSP address.

    Raises:
        CameraNotFound: Nothing answers there within `OPEN_WITHIN_MS`.
    """
    import cv2

    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_WITHIN_MS),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_WITHIN_MS),
    ]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        capture.release()
        raise CameraNotFound(without_secrets(url), "does not answer")
    is_mjpeg = int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"MJPG")
    return WholePictures(capture) if is_mjpeg else capture


class WholePictures:
    """A `Capture` of MJPEG that leaves out torn pictures.

    FFmpeg completes what is missing at the end of one with the end of the one before. A code
    there would be read twice though it was filmed once, and two reads are believed.
    """

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._before: MatLike = np.zeros((0, 0, 3), np.uint8)

    def grab(self) -> bool:
        """Wait for the next picture; False when there will be none."""
        return self._capture.grab()

    def retrieve(self) -> tuple[bool, MatLike]:
        """Give the grabbed picture, and whether there is a whole one."""
        taken, pixels = self._capture.retrieve()
        before, self._before = self._before, pixels
        return taken and not _is_torn(before, pixels), pixels

    def release(self) -> None:
        """Close the connection."""
        self._capture.release()


def _is_torn(before: MatLike, pixels: MatLike) -> bool:
    """Whether the end is as before, to the last bit, and the beginning is not."""
    last = pixels[-LAST_ROWS:]
    is_same = np.array_equal(before[-LAST_ROWS:], last) and bool(np.ptp(last))
    return is_same and not np.array_equal(before, pixels)


def without_secrets(camera: str) -> str:
    """Give an address without name, password, path and query, fit for the log; others as is."""
    scheme, colon, rest = camera.partition("://")
    if not colon:
        return camera
    host = rest.split("?")[0].split("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}"
