"""Cameras that play what was filmed before: a video file, a folder of pictures. Plays once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import structlog

from config.settings import ScannerSettings
from scanner.errors import CameraNotFound, NotACamera
from scanner.frame import Frame, Pixels, during, ticks

if TYPE_CHECKING:
    from cv2.typing import MatLike

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
LONGEST_SIDE_PX = 1600
"""Pictures are scaled down to this: a book's EAN-13 keeps 3 pixels per module (12 Mpx photo)."""
SHOWN_S = 1.2
EMPTY_S = 1.8
GREY = 96
"""The grey around and between pictures, of 255."""

log = structlog.get_logger()


class VideoCamera:
    """A video file, played once at its own speed."""

    def __init__(self, path: Path, settings: ScannerSettings, pace: float = 1.0) -> None:
        import cv2

        self.name = path.name
        self._settings = settings
        self._pace = pace
        self._closed = False
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise NotACamera(path.name, "not a video")
        video_fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._video_fps = video_fps if 1 <= video_fps <= 240 else settings.fps

    def frames(self) -> Iterator[Frame]:
        """Yield the picture that the film shows at each moment."""
        start, at = None, -1
        for moment in ticks(self._settings.fps, self._pace):
            start = moment if start is None else start
            wanted = int((moment - start) * self._video_fps + 1e-6)
            while at < wanted and not self._closed and self._capture.grab():
                at += 1
            taken, pixels = self._capture.retrieve()
            if self._closed or at < wanted or not taken:
                break
            yield Frame(shrunk(pixels), moment)
        self._capture.release()

    def close(self) -> None:
        """Stop playing."""
        self._closed = True


class FolderCamera:
    """A folder of photographs (or one), each held up for a moment, with an empty desk between."""

    def __init__(self, path: Path, settings: ScannerSettings, pace: float = 1.0) -> None:
        self.name = path.name
        self._settings = settings
        self._pace = pace
        self._closed = False
        self._empty_s = max(EMPTY_S, settings.forget_after_s + 0.3)
        candidates = [path] if path.is_file() else sorted(path.iterdir())
        self._paths = [path for path in candidates if path.suffix.lower() in PICTURE_SUFFIXES]
        if not self._paths:
            raise CameraNotFound(path.name, "no pictures in the folder")

    def frames(self) -> Iterator[Frame]:
        """Yield each picture several times, as a camera would see it held still."""
        moments = ticks(self._settings.fps, self._pace)
        empty = self._on_grey(np.empty((0, 0, 3), np.uint8))
        for path in self._paths:
            picture = self._read(path)
            if picture is not None:
                yield from self._hold(picture, SHOWN_S, moments)
                yield from self._hold(empty, self._empty_s, moments)

    def close(self) -> None:
        """Stop showing pictures."""
        self._closed = True

    def _hold(self, pixels: Pixels, hold_s: float, moments: Iterator[float]) -> Iterator[Frame]:
        for moment, _ in during(moments, hold_s):
            if self._closed:
                return
            yield Frame(pixels, moment)

    def _read(self, path: Path) -> Pixels | None:
        picture = read_picture(path)
        if picture is None:
            log.warning("picture_unreadable", picture=path.name)
            return None
        return self._on_grey(shrunk(picture))

    def _on_grey(self, picture: Pixels) -> Pixels:
        """Lay the picture 1:1 on grey of the asked shape, so that every frame has that shape."""
        asked_w, asked_h = self._settings.width_px, self._settings.height_px
        h, w = picture.shape[:2]
        height = max(asked_h, h, -(-w * asked_h // asked_w))
        width = max(asked_w, w, round(height * asked_w / asked_h))
        canvas = np.full((height, width, 3), GREY, np.uint8)
        top, left = (height - h) // 2, (width - w) // 2
        canvas[top : top + h, left : left + w] = picture
        return canvas


def read_picture(path: Path) -> Pixels | None:
    """Read a photograph, (height, width, 3) BGR, as large as it is; None if it cannot be."""
    import cv2

    try:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:  # larger than OpenCV is willing to read
        return None
    return None if picture is None else np.asarray(picture, np.uint8)


def shrunk(picture: MatLike) -> Pixels:
    """Scale a picture down until its longest side is `LONGEST_SIDE_PX`; never up."""
    import cv2

    height, width = picture.shape[:2]
    scale = LONGEST_SIDE_PX / max(height, width)
    if scale < 1:
        size = (max(round(width * scale), 1), max(round(height * scale), 1))  # of a line too
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)
