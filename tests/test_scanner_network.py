"""Network cameras that are silent, flood us, or tear their pictures; and their passwords."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from config.settings import ScannerSettings
from scanner.camera import open_camera
from scanner.errors import ScannerError, Trouble
from scanner.frame import Camera, Pixels
from scanner.network import WholePictures, without_secrets
from scanner.reader import Reader
from scanner.scan import CameraLost, ScannerEvent
from tests.fake_cameras import SIZE, Habit, filmed, network_camera, number_of
from tests.printed import rank
from tests.watched import wait_until, watching

FLOOD_FPS = 60
SLOW_S = 0.6
"""How long a picture is looked at."""


def asked(camera: str) -> ScannerSettings:
    return ScannerSettings(camera=camera, width_px=SIZE[0], height_px=SIZE[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """Something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_silent_address_is_missing(scheme: str) -> None:
    """Given an address where nobody speaks, when watched, then its camera is missing."""
    with silent_port() as port:
        here = asked(f"{scheme}://127.0.0.1:{port}/live")
        with watching(lambda: open_camera(here), here) as watched:
            wait_until(lambda: watched.troubles() == [Trouble.MISSING])


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_reader_stops_while_address_is_silent(scheme: str) -> None:
    """Given an address that keeps us waiting, when told to stop, then that takes no second."""
    with silent_port() as port:
        here = asked(f"{scheme}://127.0.0.1:{port}/live")
        with watching(lambda: open_camera(here), here) as watched:
            time.sleep(0.3)

    assert watched.told == []


def test_dead_rtsp_address_is_missing() -> None:
    """Given an RTSP address where nothing listens, when watched, then its camera is missing."""
    here = asked("rtsp://127.0.0.1:9/live")
    with watching(lambda: open_camera(here), here) as watched:
        wait_until(lambda: watched.troubles() == [Trouble.MISSING])


def test_flood_gives_the_newest_picture() -> None:
    """Given sixty pictures a second, when each is looked at for long, then the next is new."""
    with network_camera() as server:
        server.fps = FLOOD_FPS
        camera = open_camera(asked(f"http://127.0.0.1:{server.server_port}/"))
        sent, numbers = [0], []
        for frame in camera.frames():
            numbers.append(number_of(frame.pixels))
            sent.append(server.sent)
            time.sleep(SLOW_S)
            if len(numbers) == 6:
                break
        camera.close()

    assert sent[-1] > 2 * len(numbers), "no flood"
    assert all(number >= before for number, before in zip(numbers, sent, strict=False))


def test_frozen_network_camera_thaws() -> None:
    """Given a network camera that repeats a picture, when it films again, then it is back."""
    with network_camera(habit=Habit.REPEATS) as server:
        here = asked(f"http://127.0.0.1:{server.server_port}/")
        with watching(lambda: open_camera(here), here) as watched:
            wait_until(lambda: Trouble.FROZEN in watched.troubles())
            server.habit = Habit.FILMS
            wait_until(lambda: watched.troubles()[-1] == "")


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's list of open files")
def test_many_connections_leave_nothing_behind() -> None:
    """Given a camera that is watched again and again, when closed, then no connection stays."""
    with network_camera() as server:
        before = open_files()
        for _ in range(10):
            camera = open_camera(asked(f"http://127.0.0.1:{server.server_port}/"))
            for _frame in camera.frames():
                camera.close()

        wait_until(lambda: open_files() <= before)


class Rolls:
    """A capture of these pictures."""

    def __init__(self, pictures: list[Pixels]) -> None:
        self._pictures = iter(pictures)

    def grab(self) -> bool:
        return True

    def retrieve(self) -> tuple[bool, Pixels]:
        return True, next(self._pictures)

    def release(self) -> None:
        """Nothing to let go of."""


def test_torn_picture_is_left_out() -> None:
    """Given a picture that ends as the one before did, when retrieved, then it is left out."""
    one, other, torn = filmed(1), filmed(2), filmed(3)
    torn[200:] = other[200:]
    capture = WholePictures(Rolls([one, other, torn, filmed(4), filmed(4)]))

    assert [capture.retrieve()[0] for _ in range(5)] == [True, True, False, True, True]


def test_even_picture_is_not_torn() -> None:
    """Given pictures whose lower ends are overexposed, when retrieved, then they are whole."""
    pictures = [filmed(number) for number in range(3)]
    for picture in pictures:
        picture[-60:] = 255
    capture = WholePictures(Rolls(pictures))

    assert all(capture.retrieve()[0] for _ in pictures)


SECRET = "dung-noi"
ADDRESSES = [
    f"http://an:{SECRET}@127.0.0.1:9/live?key={SECRET}",
    f"rtsp://an:{SECRET}@127.0.0.1:9/{SECRET}",
    f"rtps://an:{SECRET}@127.0.0.1:9/live",
]


def broken() -> Camera:
    raise KeyError("ours")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("is_ours", [False, True])
def test_password_is_told_nowhere(
    address: str, is_ours: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Given a password in the address, when anything fails, then no log, event or name has it."""
    here, names = asked(address), set[str]()
    told: list[ScannerEvent] = []

    def tell(event: ScannerEvent) -> None:
        told.append(event)
        names.update(thread.name for thread in threading.enumerate())
        reader.stop()

    reader = Reader(broken if is_ours else lambda: open_camera(here), here, rank, tell)
    with capture_logs() as logs:
        reader.run()

    assert [type(event) for event in told] == [CameraLost]
    assert SECRET not in f"{logs} {told} {names} {capfd.readouterr()}"


def test_fault_keeps_the_password() -> None:
    """Given a misspelt address, when refused, then the exception does not quote its password."""
    with pytest.raises(ScannerError) as fault:
        open_camera(asked(ADDRESSES[2]))

    assert SECRET not in str(fault.value)
    assert without_secrets("/dev/video0") == "/dev/video0"


def test_each_torn_picture_costs_its_frame() -> None:
    """Given a camera that cuts all its pictures, when read, then none of the cut ones is seen."""
    with network_camera(habit=Habit.CUTS) as server:
        camera, seen = open_camera(asked(f"http://127.0.0.1:{server.server_port}/")), []
        with pytest.raises(ScannerError):
            seen += [frame.pixels for frame in camera.frames()]
        camera.close()

    assert all(np.ptp(picture[-40:]) > 4 for picture in seen)
    assert {number_of(picture) for picture in seen} <= set(range(8))
