"""The camera thread: frames in, believed codes and a small live picture out.

Loses the camera and finds it again by itself. Makes no thread: the application does, and
calls `run` in it. OpenCV and the decoder are loaded here, so that the screen need not wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import structlog

from config.settings import ScannerSettings
from scanner.errors import ScannerError, Trouble
from scanner.frame import Camera, Frame, Pixels
from scanner.guidance import Hint, Outline
from scanner.network import without_secrets
from scanner.scan import Barcode, CameraBack, CameraLost, Point, ScannerEvent
from scanner.steady import FIRST, Steady

if TYPE_CHECKING:
    from scanner.clues import Guide
    from scanner.decoding import Decoder
    from scanner.glance import Glance

PREVIEW_SIDE_PX = 640
STILL_SHOWN = 150
"""Of a scene in which nothing moves only one frame in so many is shown, one in 10 s at 15 fps:
drawing the same picture anew costs more than all else an idle station does."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 2.0
SAYS_NOTHING = ((), None, None)
"""No outlines, no hint, nothing unread."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What the screen shows of one frame. Its shape stays the same while a camera is open."""

    pixels: Pixels
    """(height, width, 4), RGBA, contiguous, mirrored if set so; longest side at most 640."""
    outlines: tuple[Outline, ...]
    """The codes in the frame, in preview pixels: corners in the order of `Barcode.corners`."""
    believed: bool
    """Whether one of them is believed."""
    number: int
    """Counts frames, so that the screen knows a new one."""
    hint: Hint | None = None
    """What would help whoever holds something up."""
    unread: Outline | None = None
    """What looks like a code and could not be read, in preview pixels."""


class Reader:
    """Watches one camera for as long as `run` runs.

    Attributes:
        newest: The last preview; None while there is no picture. Read it from any thread.
        ended: Set when a film, video or folder came to its end.
    """

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        settings: ScannerSettings,
        rank: Callable[[str], int],
        tell: Callable[[ScannerEvent], None],
    ) -> None:
        self.newest: Preview | None = None
        self.ended = threading.Event()
        self._open_camera = open_camera
        self._settings = settings
        self._rank = rank
        # Outlives a lost camera: a code held still through a hiccup is one Scan, not two.
        self._steady = Steady(settings, rank)
        self._tell = tell
        self._stopping = threading.Event()
        self._camera: Camera | None = None
        self._sees = False
        self._told: Trouble | None = None
        self._number = 0
        self._shown = 0
        self._said: object = None

    def run(self) -> None:
        """Watch until stopped, or until a film is over. The body of the camera thread."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            self._sees = False
            try:
                self._watch()
                return
            except ScannerError as error:
                self._lose(error.camera, error.trouble, error.reason)
            except Exception as error:
                log.exception("camera_thread_failed")
                name = without_secrets(self._settings.camera)
                self._lose(name, Trouble.FAULT, type(error).__name__)
            pause_s = FIRST_PAUSE_S if self._sees else pause_s
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def stop(self) -> None:
        """Ask `run` to end; it does so at once, for its camera is closed. From any thread."""
        self._stopping.set()
        camera = self._camera
        if camera is not None:
            camera.close()

    def _watch(self) -> None:
        """Read one camera to its end."""
        # First, for it tells OpenCV what that asks but once; the decoder loads it.
        self._camera = camera = self._open_camera()
        try:
            from scanner.clues import Guide
            from scanner.decoding import Decoder
            from scanner.glance import Glance

            if self._stopping.is_set():  # `stop` came before there was a camera to close
                return
            decoder = Decoder(self._settings, lambda text: self._rank(text) >= FIRST)
            guide, glance = Guide(), Glance()
            for frame in camera.frames():
                if self._stopping.is_set():
                    return
                self._greet(camera)
                self._number += 1
                if not self._passes_over(frame, decoder, glance):
                    self._look(frame, decoder, guide)
            if not self._stopping.is_set():
                self.ended.set()
        finally:
            camera.close()
            self.newest = None  # no child's picture stays on the screen

    def _passes_over(self, frame: Frame, decoder: Decoder, glance: Glance) -> bool:
        """Whether nothing moves, nothing is said of it, and nothing is due to be looked at."""
        if not (decoder.rests and self._said == SAYS_NOTHING):
            glance.forget()
            return False
        return glance.is_same(frame.pixels) and self._is_recent() and decoder.leaves_out()

    def _look(self, frame: Frame, decoder: Decoder, guide: Guide) -> None:
        import cv2

        grey = np.asarray(cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY), np.uint8)
        barcodes = decoder.decode(grey)
        event = self._steady.see(barcodes, frame.captured_at)
        if event is not None:
            self._tell(event)
        hint, unread = guide.see(grey, counted(barcodes, self._rank), frame.captured_at)
        seen = Preview(
            frame.pixels,
            tuple(barcode.corners for barcode in barcodes),
            any(self._steady.believes(barcode.text) for barcode in barcodes),
            self._number,
            hint,
            unread,
        )
        says = (seen.outlines, hint, unread)
        if not (decoder.rests and self._shows(says)):
            self.newest = for_screen(seen, self._settings.mirror)
            self._said, self._shown = says, self._number

    def _shows(self, says: object) -> bool:
        """Whether the preview says all this already, and is of just now."""
        return self._is_recent() and says == self._said

    def _is_recent(self) -> bool:
        return self.newest is not None and self._number - self._shown < STILL_SHOWN

    def _greet(self, camera: Camera) -> None:
        if not self._sees:
            self._sees, self._told = True, None
            self._tell(CameraBack(camera.name))

    def _lose(self, camera: str, trouble: Trouble, reason: str) -> None:
        if trouble is not self._told:
            self._told = trouble
            log.warning("camera_lost", camera=camera, trouble=trouble, reason=reason)
            self._tell(CameraLost(camera, trouble))


def counted(barcodes: tuple[Barcode, ...], rank: Callable[[str], int]) -> int:
    """How many different codes of the highest rank in sight there are."""
    ranks = {barcode.text: rank(barcode.text) for barcode in barcodes}
    return sum(one == max(ranks.values()) for one in ranks.values())


def for_screen(seen: Preview, mirror: bool) -> Preview:
    """Scale a preview that holds a (height, width, 3) BGR frame down, outlines with it."""
    import cv2

    scale = min(PREVIEW_SIDE_PX / max(seen.pixels.shape[:2]), 1.0)
    small = cv2.resize(seen.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if mirror:
        small = cv2.flip(small, 1)
    rgba = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGBA), np.uint8)
    width = rgba.shape[1] if mirror else None
    return replace(
        seen,
        pixels=rgba,
        outlines=tuple(_scaled(outline, scale, width) for outline in seen.outlines),
        unread=_scaled(seen.unread, scale, width) if seen.unread else None,
    )


def _scaled(outline: Outline, scale: float, mirrored_in: int | None) -> Outline:
    """Scale corners, and mirror them in a picture of so many pixels' width."""
    scaled = [Point(corner.x * scale, corner.y * scale) for corner in outline]
    if mirrored_in is not None:
        scaled = [Point(mirrored_in - corner.x, corner.y) for corner in scaled]
    a, b, c, d = scaled
    return a, b, c, d
