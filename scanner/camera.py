"""From the setting `scanner.camera` to a camera. Keeps out how each kind gets its pictures.

=============================== =======================================
setting                         camera
=============================== =======================================
``auto``                        the first USB camera that gives a picture
``0`` or ``/dev/video0``        that USB camera
``csi``                         the camera module of a Raspberry Pi
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
from scanner.csi import CsiCapture
from scanner.errors import NotACamera
from scanner.frame import Camera, Frame
from scanner.live import LiveCamera
from scanner.network import open_network, without_secrets
from scanner.recorded import PICTURE_SUFFIXES, FolderCamera, VideoCamera
from scanner.usb import UsbPorts

MOST_PIXELS = 220_000_000
"""Of a picture's file: telephones make 200 megapixels; a damaged file may speak of a thousand,
whose 3 GB no station has."""

__all__ = ["Camera", "Frame", "open_camera", "tame_opencv"]

_USB = re.compile(r"(?:/dev/video)?(\d+)", re.ASCII)


def open_camera(settings: ScannerSettings) -> Camera:
    """Make the camera that the settings name; a live one opens its device while it films.

    Raises:
        CameraNotFound: The folder holds no pictures.
        NotACamera: The setting cannot be understood.
    """
    tame_opencv()
    setting, ports = settings.camera.strip(), UsbPorts()
    if setting == "auto":
        return LiveCamera("auto", lambda: ports.open_first(settings), settings)
    if setting == "csi":
        return LiveCamera("csi", lambda: CsiCapture(settings), settings)
    if usb := _USB.fullmatch(setting):
        number = int(usb[1])
        return LiveCamera(f"usb-{number}", lambda: ports.open(number, settings), settings)
    if setting.startswith(("http://", "https://", "rtsp://")):
        return LiveCamera(without_secrets(setting), lambda: open_network(setting), settings)
    if setting:
        return _open_path(Path(setting), settings)
    raise NotACamera(setting, "empty")


def _open_path(path: Path, settings: ScannerSettings) -> Camera:
    if path.is_dir():
        return FolderCamera(path, settings)
    if path.is_file():
        one_picture = path.suffix.lower() in PICTURE_SUFFIXES
        return FolderCamera(path, settings) if one_picture else VideoCamera(path, settings)
    name = without_secrets(settings.camera)  # perhaps a misspelt address
    raise NotACamera(name, "neither a number, an address, a file nor a folder")


def tame_opencv() -> None:
    """Keep OpenCV from filling stderr, the memory, and 10 s with waiting for a dead camera.

    To be called before anything else imports OpenCV, which asks but once how much it may.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_PIXELS))
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
