"""The camera module's own process, with a picamera2 of ours: pictures, faults, and its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.settings import ScannerSettings
from scanner.camera import open_camera
from scanner.csi import SYSTEM_PYTHON, CsiCapture
from scanner.errors import CameraNotFound, CameraStopped, ScannerError, Trouble
from scanner.live import LiveCamera
from scanner.scan import CameraBack
from tests.watched import all_at_once, wait_until, watching

PYTHON = """#!/bin/sh
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH={folder} exec /usr/bin/python3 "$@"
"""
"""What stands in for the system's Python."""
SETTINGS = ScannerSettings(width_px=320, height_px=240, fps=30)

pytestmark = pytest.mark.skipif(
    not (sys.platform == "linux" and Path(SYSTEM_PYTHON[0]).exists()),
    reason="needs Linux's own Python",
)

FAKE_PICAMERA2 = """
import json, os, time
from pathlib import Path

HABIT = Path(__file__).with_name("habit")
print("picamera2 says hello on stdout")

class Picture:
    def __init__(self, width, height, data):
        self.shape, self._data = (height, width, 3), data
    def tobytes(self):
        return self._data

class Picamera2:
    camera_controls = {"AeEnable": (), "ExposureTime": (), "FrameDurationLimits": ()}
    def __init__(self):
        self.count = 0
        if HABIT.read_text() == "held":
            raise RuntimeError("Failed to acquire camera: Device or resource busy")
        if HABIT.read_text() == "no cable":
            raise IndexError("list index out of range")
    def create_video_configuration(self, main):
        return main
    def configure(self, main):
        self.width, self.height = main["size"]
        assert main["format"] == "RGB888"
    def set_controls(self, controls):
        HABIT.with_name("controls").write_text(json.dumps(controls))
    def start(self):
        pass
    def capture_array(self, stream):
        time.sleep(1 / 30)
        self.count += 1
        habit = HABIT.read_text()
        if habit == "stalls":
            time.sleep(60)
        if habit == "dies":
            os._exit(3)
        grey = 100 if habit == "freezes" else 60 + self.count % 100
        data = bytes([10, 20, grey]) * (self.width * self.height)
        if habit == "lies":
            return Picture(self.width * 2, self.height, data)
        return Picture(self.width, self.height, data)
"""


class Board:
    """A Raspberry Pi's camera port; `habit` says what hangs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.habit = "films"
        python = folder / "python3"
        python.write_text(PYTHON.format(folder=folder), encoding="utf-8")
        python.chmod(0o755)
        self.python = (str(python),)
        (folder / "picamera2.py").write_text(FAKE_PICAMERA2, encoding="utf-8")

    @property
    def habit(self) -> str:
        """What the camera does."""
        return (self.folder / "habit").read_text("utf-8")

    @habit.setter
    def habit(self, habit: str) -> None:
        (self.folder / "new").write_text(habit, encoding="utf-8")
        (self.folder / "new").rename(self.folder / "habit")

    def camera(self) -> LiveCamera:
        """The camera as the station would watch it."""
        return LiveCamera("csi", lambda: CsiCapture(SETTINGS, self.python), SETTINGS)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """A board whose Python finds our picamera2."""
    return Board(tmp_path)


def children() -> set[str]:
    """The filming processes this one started; a whole run has others, such as a database."""
    words = ["pgrep", "-P", str(os.getpid()), "-f", "memory_fd"]
    return set(subprocess.run(words, capture_output=True, text=True).stdout.split())


def test_pictures_come_through_memory(board: Board) -> None:
    """Given a camera module, when three pictures are taken, then all bytes of each are ours."""
    capture = CsiCapture(SETTINGS, board.python)
    seen = []
    for _ in range(3):
        assert capture.grab()
        _, pixels = capture.retrieve()
        seen.append(pixels)
    capture.release()

    assert [tuple(pixels[0, 0]) for pixels in seen] == [(10, 20, 61), (10, 20, 62), (10, 20, 63)]
    assert all(pixels.shape == (240, 320, 3) for pixels in seen)
    assert all((pixels == pixels[0, 0]).all() for pixels in seen)


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, {}),
        ({"exposure": 8.0, "focus": 7.0}, {"AeEnable": False, "ExposureTime": 8000}),
    ],
)
def test_only_offered_controls_are_set(
    board: Board, changes: dict[str, float], asked: dict[str, float]
) -> None:
    """Given a module without focus, when opened, then it is asked for what it offers only."""
    capture = CsiCapture(SETTINGS.model_copy(update=changes), board.python)
    capture.grab()
    capture.release()

    written = json.loads((board.folder / "controls").read_text("utf-8"))
    assert written == {"FrameDurationLimits": [33333, 33333], **asked}


@pytest.mark.parametrize(
    ("habit", "trouble"),
    [("held", Trouble.BUSY), ("no cable", Trouble.MISSING), ("lies", Trouble.WRONG_SIZE)],
)
def test_module_that_gives_nothing_says_why(board: Board, habit: str, trouble: Trouble) -> None:
    """Given a module that is held, absent or lies, when asked, then its process says so."""
    board.habit = habit
    capture = CsiCapture(SETTINGS, board.python)

    with pytest.raises(ScannerError) as fault:
        capture.grab()
    capture.release()

    assert fault.value.trouble is trouble


def test_system_without_picamera2_says_so() -> None:
    """Given a system that has no picamera2, when the camera is watched, then it is missing."""
    asked = SETTINGS.model_copy(update={"camera": "csi"})

    with pytest.raises(CameraNotFound, match="picamera2"):
        next(open_camera(asked).frames())


def test_system_without_python_says_so() -> None:
    """Given no Python of the system, when opened, then the camera is missing."""
    with pytest.raises(CameraNotFound) as fault:
        CsiCapture(SETTINGS, ("/no/such/python",))

    assert fault.value.trouble is Trouble.MISSING


def test_boasting_process_is_not_believed(tmp_path: Path) -> None:
    """Given a process that claims more than fits, when asked, then no memory is read."""
    boaster = tmp_path / "python3"
    boaster.write_text("#!/bin/sh\nread line\necho frame 99999 99999\n", encoding="utf-8")
    boaster.chmod(0o755)
    capture = CsiCapture(SETTINGS, (str(boaster),))

    with pytest.raises(CameraStopped) as fault:
        capture.grab()
    capture.release()

    assert fault.value.trouble is Trouble.WRONG_SIZE


TROUBLES = {
    "dies": Trouble.STOPPED,
    "stalls": Trouble.STOPPED,
    "freezes": Trouble.FROZEN,
}


def suffer(board: Board, habit: str) -> tuple[list[str], float]:
    """Film, have one fault, film again; give the troubles told and how long the first took."""
    with watching(board.camera, SETTINGS) as watched:
        wait_until(lambda: watched.kinds == [CameraBack])
        board.habit = habit
        took_s = wait_until(lambda: len(watched.told) > 1)
        board.habit = "films"
        wait_until(lambda: watched.kinds[-1] is CameraBack)
    return watched.troubles(), took_s


@pytest.fixture(scope="module")
def suffered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], float]]:
    """All faults, each on a board of its own."""
    boards = {habit: Board(tmp_path_factory.mktemp(habit)) for habit in TROUBLES}
    return all_at_once(lambda habit: suffer(boards[habit], habit), TROUBLES)


@pytest.mark.parametrize("habit", TROUBLES)
def test_process_fault_is_told_and_mended(
    suffered: dict[str, tuple[list[str], float]], habit: str
) -> None:
    """Given a filming process, when it fails, then it is told in two seconds and replaced."""
    troubles, took_s = suffered[habit]

    assert troubles[1] == TROUBLES[habit]
    assert took_s < 2.3
    wait_until(lambda: children() == set())


def test_process_ends_when_nobody_asks(board: Board) -> None:
    """Given a station that was killed, when its end of the pipe closes, then the child ends."""
    capture = CsiCapture(SETTINGS, board.python)
    capture.grab()
    child = capture._child
    assert child.stdin is not None

    child.stdin.close()

    assert child.wait(3) == 0
    capture.release()


STATION = """
import sys
from config.settings import ScannerSettings
from scanner.csi import CsiCapture
capture = CsiCapture(ScannerSettings(width_px=320, height_px=240), (sys.argv[1],))
capture.grab()
print(capture._child.pid, flush=True)
while capture.grab():
    pass
"""


def test_stalled_process_ends_with_the_station(board: Board) -> None:
    """Given a camera that stalls, when the station is killed, then its process is gone too."""
    command = [sys.executable, "-c", STATION, *board.python]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as station:
        assert station.stdout is not None
        child = Path(f"/proc/{int(station.stdout.readline())}")
        board.habit = "stalls"
        time.sleep(0.3)
        assert child.exists()

        station.kill()

    wait_until(lambda: not child.exists() or "\nState:\tZ" in (child / "status").read_text())


def test_frames_have_no_name_on_disk(board: Board) -> None:
    """Given a filming process, when its open files are listed, then none is a file on a disk."""
    capture = CsiCapture(SETTINGS, board.python)
    capture.grab()
    process = Path(f"/proc/{capture._child.pid}")
    mapped = (process / "maps").read_text("utf-8")
    beside_stdio = [entry for entry in (process / "fd").iterdir() if int(entry.name) > 2]
    opened = {str(entry.readlink()).split(":")[0] for entry in beside_stdio}
    capture.release()

    assert "/memfd:camera (deleted)" in mapped
    assert opened <= {"/memfd", "pipe"}
