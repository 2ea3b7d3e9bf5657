"""What can go wrong with what reads codes, and with what the bench is told.

* DeviceError
  + ScannerError            no pictures come
    - NotACamera            the setting names nothing that could give pictures
    - CameraNotFound        nothing answers at the place the setting names
    - CameraStopped         the picture ended, froze, went black or did not come within a limit
  + HandScannerError        no codes can come
    - HandScannerNotFound   nothing answers to what the setting names
    - HandScannerStopped    it was unplugged, or its line broke
* WrongList                 a list of what pictures say cannot be used; holds every mistake at once
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Trouble(StrEnum):
    """Why a device gives nothing, in one word for its event; the screen has its sentences."""

    MISSING = "missing"
    """Nothing is there, or nothing answers."""
    BUSY = "busy"
    """Another program holds it."""
    FORBIDDEN = "forbidden"
    """This user may not open the device (on Debian groups "video", "input" and "dialout")."""
    STOPPED = "stopped"
    """The picture ended or did not come in time; the hand scanner was unplugged."""
    FROZEN = "frozen"
    """The same picture again and again."""
    BLACK = "black"
    """Something covers the lens, or the room has no light at all."""
    WRONG_SIZE = "wrong-size"
    """Far smaller than asked for, changed its size, or lied about it."""
    UNUSABLE = "unusable"
    """The setting names no such device; a person must mend it."""
    FAULT = "fault"
    """A mistake of ours; the log has it."""


class DeviceError(Exception):
    """A camera or a hand scanner gives nothing.

    Attributes:
        device: The setting or the device's name.
        reason: A short English phrase for the log.
        trouble: The same in one word.
    """

    usual: ClassVar[Trouble] = Trouble.STOPPED

    def __init__(self, device: str, reason: str, trouble: Trouble | None = None) -> None:
        super().__init__(f"{device}: {reason}")
        self.device = device
        self.reason = reason
        self.trouble = trouble or self.usual


class ScannerError(DeviceError):
    """No pictures come."""

    @property
    def camera(self) -> str:
        """The setting or the camera's name."""
        return self.device


class NotACamera(ScannerError):
    """The setting names nothing that could give pictures; a person must mend it."""

    usual = Trouble.UNUSABLE


class CameraNotFound(ScannerError):
    """Nothing answers at the place the setting names; it may be plugged in later."""

    usual = Trouble.MISSING


class CameraStopped(ScannerError):
    """The picture ended, froze, went black or did not come within a limit."""


class HandScannerError(DeviceError):
    """No codes can come from the hand scanner."""


class HandScannerNotFound(HandScannerError):
    """Nothing answers to what the setting names; it may be plugged in later."""

    usual = Trouble.MISSING


class HandScannerStopped(HandScannerError):
    """It was unplugged, or its line broke."""


class WrongList(Exception):
    """The list of what pictures should say cannot be used.

    Attributes:
        mistakes: One sentence for each thing to mend, in the order of the file.
    """

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
