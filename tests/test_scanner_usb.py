"""USB cameras on a bus of our own: what is found, what is asked, which fault is told and mended."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import pytest

from config.settings import ScannerSettings
from scanner.errors import CameraNotFound, CameraStopped, Trouble
from scanner.live import LiveCamera
from scanner.scan import CameraBack, Scan
from tests.fake_cameras import SIZE, FakeBus, Habit
from tests.watched import all_at_once, wait_until, watching

SETTINGS = ScannerSettings(width_px=SIZE[0], height_px=SIZE[1], fps=15)
TOLD_WITHIN_S = 2.0
LATE_S = 0.3
"""How late a thread of a busy machine may be."""
FAULTS = {
    Habit.REPEATS: Trouble.FROZEN,
    Habit.COVERED: Trouble.BLACK,
    Habit.SHRINKS: Trouble.WRONG_SIZE,
    Habit.HANGS: Trouble.STOPPED,
    Habit.UNPLUGGED: Trouble.STOPPED,
}


@pytest.fixture
def bus(tmp_path: Path) -> FakeBus:
    """A machine without any camera yet."""
    return FakeBus(tmp_path)


def suffer(folder: Path, habit: Habit) -> tuple[list[str], float]:
    """Film, have one fault, film again; give the troubles told and how long the first took."""
    bus = FakeBus(folder)
    bus.set(0, Habit.FILMS)
    with watching(
        lambda: LiveCamera("usb-0", lambda: bus.ports.open(0, SETTINGS), SETTINGS), SETTINGS
    ) as watched:
        wait_until(lambda: watched.kinds == [CameraBack, Scan])
        bus.set(0, habit)
        took_s = wait_until(lambda: len(watched.troubles()) > 1)
        bus.set(0, Habit.FILMS)
        wait_until(lambda: watched.troubles()[-1] == "")
    wait_until(lambda: bus.open == 0)
    return watched.troubles(), took_s


@pytest.fixture(scope="module")
def suffered(tmp_path_factory: pytest.TempPathFactory) -> dict[Habit, tuple[list[str], float]]:
    """All faults, each on a machine of its own."""
    folders = {habit: tmp_path_factory.mktemp(habit.name) for habit in FAULTS}
    return all_at_once(lambda habit: suffer(folders[habit], habit), FAULTS)


@pytest.mark.parametrize("habit", FAULTS)
def test_fault_is_told_and_mended(
    suffered: dict[Habit, tuple[list[str], float]], habit: Habit
) -> None:
    """Given a camera films, when it fails, then it is told in two seconds, and it comes back."""
    troubles, took_s = suffered[habit]

    assert troubles[:2] == ["", FAULTS[habit]]
    assert troubles[-1] == ""
    assert "" not in troubles[1:-1]
    assert took_s < TOLD_WITHIN_S + LATE_S


@pytest.mark.parametrize("by_number", [True, False])
def test_busy_camera_is_told(bus: FakeBus, by_number: bool) -> None:
    """Given another program holds the camera, when opened, then that is the trouble."""
    bus.set(0, Habit.HELD)

    with pytest.raises(CameraNotFound) as fault:
        bus.ports.open(0, SETTINGS) if by_number else bus.ports.open_first(SETTINGS)

    assert fault.value.trouble is Trouble.BUSY
    assert bus.open == 0


def test_busy_camera_is_taken_when_free(bus: FakeBus) -> None:
    """Given another program holds the camera, when it lets go, then pictures come."""
    bus.set(0, Habit.HELD)
    with watching(
        lambda: LiveCamera("usb-0", lambda: bus.ports.open(0, SETTINGS), SETTINGS), SETTINGS
    ) as watched:
        wait_until(lambda: watched.troubles() == [Trouble.BUSY])
        bus.set(0, Habit.FILMS)
        wait_until(lambda: watched.kinds[-2:] == [CameraBack, Scan])


def test_forbidden_camera_is_told(bus: FakeBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a device this user may not open, when opened, then that is the trouble."""
    bus.set(0, Habit.FILMS)
    monkeypatch.setattr("os.access", lambda *_: False)  # tests may run as root, who may all

    with pytest.raises(CameraNotFound) as fault:
        bus.ports.open(0, SETTINGS)

    assert fault.value.trouble is Trouble.FORBIDDEN


def test_first_camera_with_pictures_is_taken(bus: FakeBus, tmp_path: Path) -> None:
    """Given a codec, metadata, a busy and a good camera, when asked, then the good one is open."""
    for number, habit in ((0, Habit.HELD), (1, Habit.FILMS), (2, Habit.FILMS), (10, Habit.FILMS)):
        bus.set(number, habit)
    (tmp_path / "sys/video1/index").write_text("1\n")  # a camera's second node: its metadata
    codec = tmp_path / "sys/video10/device"
    codec.unlink()
    codec.symlink_to(tmp_path / "pci")

    capture = bus.ports.open_first(SETTINGS)

    assert capture.grab()
    assert bus.open == 1
    assert set(bus.wishes) == {0, 2}


def test_unplugged_auto_camera_is_found_elsewhere(bus: FakeBus) -> None:
    """Given "auto", when the camera is unplugged and put into another port, then it is back."""
    with watching(
        lambda: LiveCamera("auto", lambda: bus.ports.open_first(SETTINGS), SETTINGS), SETTINGS
    ) as watched:
        wait_until(lambda: watched.troubles() == [Trouble.MISSING])
        bus.set(0, Habit.FILMS)
        wait_until(lambda: watched.troubles()[-1] == "")
        bus.set(0, Habit.UNPLUGGED)
        wait_until(lambda: watched.troubles()[-1] == Trouble.MISSING)
        bus.set(3, Habit.FILMS)
        wait_until(lambda: watched.troubles()[-1] == "")


def test_many_replugs_leave_nothing_behind(bus: FakeBus) -> None:
    """Given a loose plug, when it goes in and out, then no thread and no device stays open."""
    for _ in range(20):
        bus.set(0, Habit.FILMS)
        camera = LiveCamera("usb-0", lambda: bus.ports.open(0, SETTINGS), SETTINGS)
        frames = camera.frames()
        next(frames)
        bus.set(0, Habit.UNPLUGGED)
        with pytest.raises(CameraStopped):
            list(frames)
        camera.close()

    wait_until(lambda: bus.open == 0)
    wait_until(lambda: "camera-usb-0" not in {thread.name for thread in threading.enumerate()})


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, {cv2.CAP_PROP_AUTO_EXPOSURE: 3, cv2.CAP_PROP_AUTOFOCUS: 1}),
        (
            {"exposure": 8.0, "focus": 30.0, "brightness": 12.0},
            {
                cv2.CAP_PROP_AUTO_EXPOSURE: 1,
                cv2.CAP_PROP_EXPOSURE: 80,
                cv2.CAP_PROP_AUTOFOCUS: 0,
                cv2.CAP_PROP_FOCUS: 30,
                cv2.CAP_PROP_BRIGHTNESS: 12,
            },
        ),
    ],
)
def test_settings_become_wishes(
    bus: FakeBus, changes: dict[str, float], asked: dict[int, float]
) -> None:
    """Given automatics or numbers, when opened, then exactly these are asked of the driver."""
    bus.set(0, Habit.FILMS)

    bus.ports.open(0, SETTINGS.model_copy(update=changes))

    format_wishes = {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 640,
        cv2.CAP_PROP_FRAME_HEIGHT: 360,
        cv2.CAP_PROP_FPS: 15,
        cv2.CAP_PROP_BUFFERSIZE: 2,
    }
    assert bus.wishes[0] == {**format_wishes, **asked}
    assert next(iter(bus.wishes[0])) == cv2.CAP_PROP_FOURCC
