"""What can go wrong with the camera.

* ScannerError
  + NotACamera        the setting names nothing that could give pictures
  + CameraNotFound    nothing answers at the place the setting names
  + CameraStopped     the picture ended, froze or did not come within a limit
"""

from __future__ import annotations


class ScannerError(Exception):
    """No pictures come.

    Attributes:
        camera: The setting or the camera's name.
        reason: A short English phrase for the log.
    """

    def __init__(self, camera: str, reason: str) -> None:
        super().__init__(f"{camera}: {reason}")
        self.camera = camera
        self.reason = reason


class NotACamera(ScannerError):
    """The setting names nothing that could give pictures; a person must mend it."""


class CameraNotFound(ScannerError):
    """Nothing answers at the place the setting names; it may be plugged in later."""


class CameraStopped(ScannerError):
    """The picture ended, froze or did not come within a limit."""
