"""The Raspberry Pi's camera module, filmed by the system's Python in a process of its own.

Picamera2 comes with the system and is built for the system's numpy, which is not ours; both in
one process do not start. So this source is handed to the system's Python as text. It needs the
standard library and picamera2 only, and runs on Python 3.9. Keeps out everything of ours.

Each line on stdin asks for one picture. Each answer is one line on stdout: `frame WIDTH HEIGHT`
when the picture lies in the shared memory, or `trouble WORD WHY`, and then it ends. It also
ends when stdin does, and the kernel ends it with the station, even while the camera stalls.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import mmap
import os
import signal
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
"""Of Linux' prctl."""


def main() -> None:
    """Answer until nobody asks."""
    asked = json.loads(sys.argv[1])
    _end_with(asked["parent"])
    with _own_stdout() as answers, mmap.mmap(asked["memory_fd"], asked["memory_bytes"]) as memory:
        try:
            camera = _open(asked)
            for _ in sys.stdin:
                print(_shoot(camera, memory), file=answers, flush=True)
        except (ImportError, IndexError) as error:  # no picamera2; no camera on the cable
            print("trouble missing", repr(error), file=answers)
        except RuntimeError as error:  # picamera2: "Failed to acquire camera"
            print("trouble busy", repr(error), file=answers)


def _end_with(parent: int) -> None:
    """Have the kernel kill this process when the thread ends that started it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended before it could be asked for
        sys.exit()


def _own_stdout() -> Any:
    """Keep stdout for the answers; what others print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _open(asked: dict[str, Any]) -> Any:
    camera = importlib.import_module("picamera2").Picamera2()
    size = (asked["width_px"], asked["height_px"])
    # What libcamera calls RGB888 lies in memory as blue, green, red.
    main_stream = {"format": "RGB888", "size": size}
    camera.configure(camera.create_video_configuration(main=main_stream))
    camera.set_controls(_controls(asked, camera.camera_controls))
    camera.start()
    return camera


def _controls(asked: dict[str, Any], offered: Any) -> dict[str, Any]:
    frame_us = round(1_000_000 / asked["fps"])
    wishes: dict[str, Any] = {"FrameDurationLimits": (frame_us, frame_us)}
    if asked["exposure"] != "auto":
        wishes.update(AeEnable=False, ExposureTime=round(asked["exposure"] * 1000))
    if asked["focus"] == "auto":
        wishes.update(AfMode=2)  # continuous
    else:
        wishes.update(AfMode=0, LensPosition=float(asked["focus"]))
    if asked["brightness"] != "auto":
        wishes.update(Brightness=float(asked["brightness"]))
    return {name: value for name, value in wishes.items() if name in offered}


def _shoot(camera: Any, memory: mmap.mmap) -> str:
    picture = camera.capture_array("main")
    height, width = picture.shape[:2]
    pixels = picture.tobytes()
    if len(pixels) != width * height * 3 or len(pixels) > len(memory):
        return f"trouble wrong-size {width}x{height} in {len(pixels)} bytes"
    memory[: len(pixels)] = pixels
    return f"frame {width} {height}"


if __name__ == "__main__":
    main()
