"""Cameras that film now, watched so that none can hang the station.

Reading a camera can block for as long as a broken driver likes and cannot be interrupted.
So each is opened and read in a small daemon thread of its own that keeps only the newest
frame; whoever waits for it waits with a limit. A thread stuck in a driver is left behind:
it ends, and lets go of the device, as soon as the driver answers. Only the end of the program
waits for it a little. Keeps out which device it is (`usb`, `network`, `csi`) and files, folders
and the demo's film (`recorded`, `simulated`).
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

import numpy as np
import structlog

from config.settings import ScannerSettings
from scanner.errors import CameraStopped, ScannerError
from scanner.frame import Frame
from scanner.vigil import Vigil

if TYPE_CHECKING:
    from cv2.typing import MatLike

FIRST_FRAME_WITHIN_S = 5.0
"""Opening included; USB cameras measure the light before their first picture."""
FRAME_WITHIN_S = 1.8
"""So that a picture that does not come is told within two seconds."""
LET_GO_WITHIN_S = 2.5
"""OpenCV gives up a camera that sends nothing after two seconds."""

log = structlog.get_logger()


class Capture(Protocol):
    """An opened device; `cv2.VideoCapture` is one. Used by one thread."""

    def grab(self) -> bool:
        """Wait for the next picture; False when there will be none.

        Raises:
            ScannerError: There will be none, and it is known why.
        """

    def retrieve(self) -> tuple[bool, MatLike]:
        """Give the grabbed picture, (height, width, 3) BGR, and whether there is one."""

    def release(self) -> None:
        """Let go of the device."""


class LiveCamera:
    """A camera read by a thread of its own.

    Args:
        name: What people call it.
        open_capture: Opens the device, may block, may raise `ScannerError`; called in the
            thread.
        settings: The size and speed that were asked for.
    """

    def __init__(
        self, name: str, open_capture: Callable[[], Capture], settings: ScannerSettings
    ) -> None:
        self.name = name
        self._open_capture = open_capture
        self._settings = settings
        self._pause_s = 0.8 / settings.fps  # a little early beats dropping every other frame
        self._newest: Frame | None = None
        self._fault: ScannerError | None = None
        self._closed = False
        self._news = threading.Condition()
        _Filming(target=self._film, name=f"camera-{name}", daemon=True).start()

    def frames(self) -> Iterator[Frame]:
        """Yield the newest frame each time one is asked for, until closed.

        Raises:
            CameraNotFound: Nothing answers at the place.
            CameraStopped: The picture ended or is not alive.
        """
        vigil = Vigil(self.name, self._settings)
        frame = self._next(FIRST_FRAME_WITHIN_S)
        while frame is not None:
            if vigil.is_alive(frame):
                yield frame
            frame = self._next(FRAME_WITHIN_S)

    def close(self) -> None:
        """Ask the reading thread to let go of the device; from any thread."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _next(self, within_s: float) -> Frame | None:
        """Wait for a frame; None when closed."""
        with self._news:
            self._news.wait_for(lambda: self._newest or self._fault or self._closed, within_s)
            frame, self._newest = self._newest, None
            if self._closed or frame is not None:
                return None if self._closed else frame
            raise self._fault or CameraStopped(self.name, f"no frame in {within_s} s")

    def _film(self) -> None:
        """Body of the reading thread."""
        fault: ScannerError = CameraStopped(self.name, "the picture ended")
        try:
            capture = self._open_capture()
            try:
                self._read(capture)
            finally:
                capture.release()
        except ScannerError as error:
            fault = error
        except Exception as error:
            log.exception("capture_failed", camera=self.name)
            fault = CameraStopped(self.name, type(error).__name__)
        with self._news:
            self._fault = fault
            self._news.notify_all()

    def _read(self, capture: Capture) -> None:
        due = time.monotonic()
        while not self._closed and capture.grab():
            captured_at = time.monotonic()
            if captured_at < due:
                continue
            due = captured_at + self._pause_s
            taken, pixels = capture.retrieve()
            if taken:
                self._keep(Frame(np.asarray(pixels, np.uint8), captured_at))

    def _keep(self, frame: Frame) -> None:
        with self._news:
            self._newest = frame
            self._news.notify_all()


class _Filming(threading.Thread):
    """A reading thread, told from others at the end of the program."""


def _await_filming() -> None:
    """Let closed cameras go: a thread that Python ends inside OpenCV aborts the whole process."""
    until = time.monotonic() + LET_GO_WITHIN_S
    for thread in threading.enumerate():
        if isinstance(thread, _Filming):
            thread.join(max(until - time.monotonic(), 0.0))


atexit.register(_await_filming)
