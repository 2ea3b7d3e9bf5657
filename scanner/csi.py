"""The Raspberry Pi's camera module, filmed by a process of its own (`csi_child`).

Pictures come through memory that both processes see and that has no name on any disk; it is
gone with them. They are asked for one by one, so that none is read while the next is written
and none is older than the asking. Keeps out picamera2 itself.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import subprocess
import time
from collections.abc import Sequence
from importlib import resources

import numpy as np

from config.settings import ScannerSettings
from scanner.errors import CameraNotFound, CameraStopped, ScannerError, Trouble
from scanner.frame import Pixels
from scanner.live import FIRST_FRAME_WITHIN_S, FRAME_WITHIN_S

NAME = "csi"
SYSTEM_PYTHON = ("/usr/bin/python3", "-I")
"""`-I`: neither our environment nor our folders are looked into for picamera2's imports."""
ROOMY = 2
"""Times the asked picture: libcamera widens pictures to what the sensor can give."""


class CsiCapture:
    """An opened camera module; a `Capture`.

    Args:
        settings: Size, speed and what else is asked of the camera.
        python: The command of a Python that has picamera2.
    """

    def __init__(self, settings: ScannerSettings, python: Sequence[str] = SYSTEM_PYTHON) -> None:
        size = ROOMY * settings.width_px * settings.height_px * 3
        memory_fd = os.memfd_create("camera")
        try:
            os.ftruncate(memory_fd, size)
            self._memory = mmap.mmap(memory_fd, size)
            self._child = _start(python, settings, memory_fd, size)
        finally:
            os.close(memory_fd)
        self._shape = (0, 0, 3)
        self._within_s = FIRST_FRAME_WITHIN_S

    def grab(self) -> bool:
        """Have one picture taken.

        Raises:
            ScannerError: None comes; the process says why, has ended or does not answer.
        """
        word, *rest = self._ask().split()
        self._within_s = FRAME_WITHIN_S
        match word, rest:
            case "frame", [width, height] if self._fits(int(width), int(height)):
                self._shape = (int(height), int(width), 3)
                return True
            case "trouble", [trouble, *why]:
                raise _fault(Trouble(trouble), " ".join(why))
        raise CameraStopped(NAME, f"answered {word} {' '.join(rest)}", Trouble.WRONG_SIZE)

    def retrieve(self) -> tuple[bool, Pixels]:
        """Give a copy of the picture, (height, width, 3) BGR."""
        count = self._shape[0] * self._shape[1] * 3
        return True, np.frombuffer(self._memory[:count], np.uint8).reshape(self._shape)

    def release(self) -> None:
        """End the process, and the memory with it."""
        self._child.kill()
        with self._child:  # closes its pipes and waits for it
            pass
        self._memory.close()

    def _fits(self, width: int, height: int) -> bool:
        return 0 < width * height * 3 <= len(self._memory)

    def _ask(self) -> str:
        assert self._child.stdin is not None
        with contextlib.suppress(
            BrokenPipeError
        ):  # it has ended; its last word is still to be read
            self._child.stdin.write(b"next\n")
        return self._line()

    def _line(self) -> str:
        """The next answer, waited for with a limit, for a stalled camera never answers."""
        assert self._child.stdout is not None
        answer, deadline = b"", time.monotonic() + self._within_s
        while not answer.endswith(b"\n"):
            left_s = max(0.0, deadline - time.monotonic())
            if not select.select([self._child.stdout], [], [], left_s)[0]:
                raise CameraStopped(NAME, f"no frame in {self._within_s} s")
            more = os.read(self._child.stdout.fileno(), 4096)
            if not more:
                raise CameraStopped(NAME, "its process ended")
            answer += more
        return answer.decode("utf-8", "replace")


def _start(
    python: Sequence[str], settings: ScannerSettings, memory_fd: int, memory_bytes: int
) -> subprocess.Popen[bytes]:
    # By source, not by path or -m: the system's Python must not see our packages beside it.
    source = resources.files("scanner").joinpath("csi_child.py").read_text("utf-8")
    wishes = {"width_px", "height_px", "fps", "exposure", "focus", "brightness"}
    asked = settings.model_dump(include=wishes)
    asked.update(memory_fd=memory_fd, memory_bytes=memory_bytes, parent=os.getpid())
    try:
        return subprocess.Popen(
            [*python, "-c", source, json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            pass_fds=(memory_fd,),
        )
    except OSError as error:
        raise CameraNotFound(NAME, f"{python[0]} does not start") from error


def _fault(trouble: Trouble, why: str) -> ScannerError:
    kind = CameraNotFound if trouble in (Trouble.MISSING, Trouble.BUSY) else CameraStopped
    return kind(NAME, why, trouble)
