"""USB cameras (V4L2, by OpenCV): finding, asking and opening them. Keeps out reading them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog

from config.settings import ScannerSettings
from scanner.errors import CameraNotFound, Trouble
from scanner.live import Capture

if TYPE_CHECKING:
    from cv2.typing import MatLike

BUFFERED_FRAMES = 2
"""Fewer than two stall some drivers; more would show the past."""
AUTOMATIC, MANUAL = 3, 1
"""V4L2_EXPOSURE_APERTURE_PRIORITY and V4L2_EXPOSURE_MANUAL."""
EXPOSURE_STEPS_PER_MS = 10
"""V4L2_CID_EXPOSURE_ABSOLUTE counts tenths of a millisecond (Linux media documentation)."""

log = structlog.get_logger()


class V4l2Capture(Capture, Protocol):
    """What we use of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:
        """Whether the device could be opened."""

    def set(self, propId: int, value: float) -> bool:
        """Ask for something; False if the device does not offer it."""

    def retrieve(self) -> tuple[bool, MatLike]:
        """Give the grabbed picture."""


def _video_capture(number: int) -> V4l2Capture:
    import cv2

    capture: V4l2Capture = cv2.VideoCapture(number, cv2.CAP_V4L2)
    return capture


@dataclass(frozen=True, slots=True)
class UsbPorts:
    """Where this machine's video devices are."""

    devices: Path = Path("/dev")
    system: Path = Path("/sys/class/video4linux")
    capture: Callable[[int], V4l2Capture] = _video_capture

    def open(self, number: int, settings: ScannerSettings) -> V4l2Capture:
        """Open /dev/video`number` as the settings ask.

        Raises:
            CameraNotFound: There is none, it may not be opened, or another program holds it.
        """
        name, node = f"usb-{number}", self.devices / f"video{number}"
        if not node.exists():
            raise CameraNotFound(name, "nothing is plugged in")
        if not os.access(node, os.R_OK | os.W_OK):
            raise CameraNotFound(name, "not allowed; see group video", Trouble.FORBIDDEN)
        capture = self.capture(number)
        if not capture.isOpened():
            capture.release()
            raise CameraNotFound(name, "another program holds it", Trouble.BUSY)
        _ask(name, capture, settings)
        return capture

    def open_first(self, settings: ScannerSettings) -> V4l2Capture:
        """Open the first USB camera that gives a picture.

        Raises:
            CameraNotFound: None does; the trouble is the last camera's own.
        """
        last = CameraNotFound("auto", "no USB camera is plugged in")
        for number in self._usb_numbers():
            try:
                capture = self.open(number, settings)
            except CameraNotFound as error:
                last = error
                continue
            if capture.grab():
                log.info("camera_found", camera=f"usb-{number}")
                return capture
            capture.release()
            last = CameraNotFound(f"usb-{number}", "gives no picture", Trouble.STOPPED)
        raise last

    def _usb_numbers(self) -> Iterator[int]:
        """The cameras' own nodes: not their metadata, and not a Raspberry Pi's codecs."""
        for number in sorted(int(node.name[5:]) for node in self.system.glob("video[0-9]*")):
            node = self.system / f"video{number}"
            is_usb = "/usb" in str((node / "device").resolve())
            if is_usb and _first_line(node / "index") in ("0", ""):
                yield number


def _first_line(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except OSError:  # unplugged meanwhile, or an old kernel
        return ""


def _ask(name: str, capture: V4l2Capture, settings: ScannerSettings) -> None:
    """Ask for what the settings wish; what a camera does not offer is only logged."""
    for key, value in _wishes(settings):
        if not capture.set(key, value):
            log.info("camera_wish_not_granted", camera=name, wish=key, value=value)


def _wishes(settings: ScannerSettings) -> Iterator[tuple[int, float]]:
    """OpenCV's properties in the order drivers want them: format, then automatics, then values."""
    import cv2

    # MJPG, for raw 720p does not fit through USB 2 at 15 fps.
    yield cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")
    yield cv2.CAP_PROP_FRAME_WIDTH, settings.width_px
    yield cv2.CAP_PROP_FRAME_HEIGHT, settings.height_px
    yield cv2.CAP_PROP_FPS, settings.fps
    yield cv2.CAP_PROP_BUFFERSIZE, BUFFERED_FRAMES
    # A camera remembers what it was told last time, so "auto" is asked for too.
    automatic = settings.exposure == "auto"
    yield cv2.CAP_PROP_AUTO_EXPOSURE, AUTOMATIC if automatic else MANUAL
    if settings.exposure != "auto":
        yield cv2.CAP_PROP_EXPOSURE, round(settings.exposure * EXPOSURE_STEPS_PER_MS)
    yield cv2.CAP_PROP_AUTOFOCUS, settings.focus == "auto"
    if settings.focus != "auto":
        yield cv2.CAP_PROP_FOCUS, settings.focus
    if settings.brightness != "auto":
        yield cv2.CAP_PROP_BRIGHTNESS, settings.brightness
