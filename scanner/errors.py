"""What can go wrong with the camera, and with what the bench is told.

* ScannerError
  + NotACamera        the setting names nothing that could give pictures
  + CameraNotFound    nothing answers at the place the setting names
  + CameraStopped     the picture ended, froze, went black or did not come within a limit
* WrongList           a list of what pictures say cannot be used; holds every mistake at once
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Trouble(StrEnum):
    """Why no pictures come, in one word for `CameraLost.reason`; the screen has its sentences."""

    MISSING = "missing"
    """Nothing is there, or nothing answers."""
    BUSY = "busy"
    """Another program holds it."""
    FORBIDDEN = "forbidden"
    """This user may not open the device (group "video" on Debian)."""
    STOPPED = "stopped"
    """The picture ended or did not come in time."""
    FROZEN = "frozen"
    """The same picture again and again."""
    BLACK = "black"
    """Something covers the lens, or the room has no light at all."""
    WRONG_SIZE = "wrong-size"
    """Far smaller than asked for, changed its size, or lied about it."""
    UNUSABLE = "unusable"
    """The setting names no camera; a person must mend it."""
    FAULT = "fault"
    """A mistake of ours; the log has it."""


class ScannerError(Exception):
    """No pictures come.

    Attributes:
        camera: The setting or the camera's name.
        reason: A short English phrase for the log.
        trouble: The same in one word.
    """

    usual: ClassVar[Trouble] = Trouble.STOPPED

    def __init__(self, camera: str, reason: str, trouble: Trouble | None = None) -> None:
        super().__init__(f"{camera}: {reason}")
        self.camera = camera
        self.reason = reason
        self.trouble = trouble or self.usual


class NotACamera(ScannerError):
    """The setting names nothing that could give pictures; a person must mend it."""

    usual = Trouble.UNUSABLE


class CameraNotFound(ScannerError):
    """Nothing answers at the place the setting names; it may be plugged in later."""

    usual = Trouble.MISSING


class CameraStopped(ScannerError):
    """The picture ended, froze, went black or did not come within a limit."""


class WrongList(Exception):
    """The list of what pictures should say cannot be used.

    Attributes:
        mistakes: One sentence for each thing to mend, in the order of the file.
    """

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
