"""Network cameras (MJPEG and RTSP, by OpenCV's FFmpeg). Keeps out reading them."""

from __future__ import annotations

from scanner.errors import CameraNotFound
from scanner.live import Capture

OPEN_WITHIN_MS = 3000
READ_WITHIN_MS = 2000


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
    return capture


def without_secrets(url: str) -> str:
    """Give the address without a name and password in it, fit for the log."""
    scheme, _, rest = url.partition("://")
    host = rest.split("?")[0].split("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}"
