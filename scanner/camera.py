"""From the setting `scanner.camera` to a camera. Keeps out how each kind gets its pictures.

=============================== =======================================
setting                         camera
=============================== =======================================
``auto``                        the first USB camera that gives a picture
``0`` or ``/dev/video0``        that USB camera
``http://…``, ``rtsp://…``      a network camera
a video file                    plays once
a folder, or one picture        shows picture after picture once
=============================== =======================================

``demo`` is the application's: it knows what to film.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from config.settings import ScannerSettings
from scanner.errors import CameraNotFound, NotACamera, ScannerError
from scanner.frame import Camera, Frame
from scanner.live import LiveCamera, open_network, open_usb
from scanner.recorded import PICTURE_SUFFIXES, FolderCamera, VideoCamera

__all__ = ["Camera", "Frame", "open_camera"]

_USB = re.compile(r"(?:/dev/video)?(\d+)", re.ASCII)


def open_camera(settings: ScannerSettings) -> Camera:
    """Open the camera that the settings name.

    Raises:
        CameraNotFound: Nothing answers there (yet).
        NotACamera: The setting cannot be understood.
    """
    _hush_opencv()
    setting = settings.camera.strip()
    if setting == "auto":
        return _first_usb(settings)
    if usb := _USB.fullmatch(setting):
        return open_usb(int(usb[1]), settings)
    if setting.startswith(("http://", "https://", "rtsp://")):
        return open_network(setting, settings)
    if setting:
        return _open_path(Path(setting), settings)
    raise NotACamera(setting, "empty")


def _open_path(path: Path, settings: ScannerSettings) -> Camera:
    if path.is_dir():
        return FolderCamera(path, settings)
    if path.is_file():
        one_picture = path.suffix.lower() in PICTURE_SUFFIXES
        return FolderCamera(path, settings) if one_picture else VideoCamera(path, settings)
    raise NotACamera(settings.camera, "neither a number, an address, a file nor a folder")


def _first_usb(settings: ScannerSettings) -> LiveCamera:
    nodes = sorted(int(node.name[5:]) for node in Path("/dev").glob("video[0-9]*"))
    for number in nodes:
        try:
            camera = open_usb(number, settings)
        except ScannerError:
            continue
        if camera.gives_pictures():  # a camera has more nodes than pictures
            return camera
        camera.close()
    raise CameraNotFound("auto", f"none of {len(nodes)} video devices gives a picture")


def _hush_opencv() -> None:
    """Keep OpenCV and FFmpeg from filling stderr at every attempt to open a missing camera."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
