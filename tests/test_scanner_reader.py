from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from benchmarks.faulty import LABEL as LABEL_MM
from benchmarks.faulty import Fault, held
from config.settings import ScannerSettings
from scanner.camera import open_camera
from scanner.errors import CameraStopped, Trouble
from scanner.frame import Camera, Frame, Pixels
from scanner.guidance import Hint
from scanner.live import Capture, LiveCamera
from scanner.reader import Preview, Reader, for_screen
from scanner.scan import CameraBack, CameraLost, Point, Scan, ScannerEvent, TwoCodes
from scanner.simulated import FilmCamera, Pause, Showing
from tests.fake_cameras import SIZE, Habit, network_camera
from tests.printed import coloured, in_frame, printed, rank
from tests.watched import all_at_once, wait_until, watching

SETTINGS = ScannerSettings(fps=15)
CARD = coloured(printed("HS204817", BarcodeFormat.QRCode, module_px=6))
LABEL = coloured(printed("STN.00042", BarcodeFormat.Code128, module_px=4))


def kinds(told: list[ScannerEvent]) -> list[type[ScannerEvent]]:
    return [type(event) for event in told]


def address(port: int) -> tuple[Callable[[], Camera], ScannerSettings]:
    """How to open the network camera at a port, and what is asked of it."""
    width, height = SIZE
    here = ScannerSettings(camera=f"http://127.0.0.1:{port}/", width_px=width, height_px=height)
    return lambda: open_camera(here), here


def play(*scenes: Showing | Pause) -> tuple[Reader, list[ScannerEvent]]:
    """Film scenes as fast as possible and read them to their end."""
    told: list[ScannerEvent] = []
    reader = Reader(lambda: FilmCamera(iter(scenes), 15, pace=0), SETTINGS, rank, told.append)
    reader.run()
    return reader, told


def test_camera_is_opened_before_opencv_is_loaded() -> None:
    """Given a fresh process, when a camera is opened, then OpenCV can still be told its limits."""
    words = """
import sys
from config.settings import ScannerSettings
from scanner.errors import CameraNotFound
from scanner.reader import Reader
def open_camera():
    print("cv2" in sys.modules)
    reader.stop()
    raise CameraNotFound("0", "none")
reader = Reader(open_camera, ScannerSettings(), len, lambda event: None)
reader.run()
"""
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

    assert ran.stdout.splitlines()[0] == "False"


def test_camera_that_dies_comes_back() -> None:
    """Given a network camera that dies, when it answers again, then it is lost once and back."""
    with network_camera() as camera:
        port = camera.server_port
    with watching(*address(port)) as watched:
        wait_until(lambda: watched.kinds == [CameraLost])
        for _ in range(2):
            with network_camera(port):
                wait_until(lambda: watched.troubles()[-1] == "")
                wait_until(lambda: watched.reader.newest is not None)
                wait_until(lambda: Scan in watched.kinds)
            wait_until(lambda: watched.troubles()[-1] == Trouble.MISSING)
            assert watched.reader.newest is None

    dies = ["", Trouble.STOPPED, Trouble.MISSING]
    assert watched.troubles() == [Trouble.MISSING, *dies, *dies]


class Hiccup:
    """A camera that sees one card and stops for a moment after every six frames, twice."""

    name = "hiccup"

    def __init__(self) -> None:
        self.stops = 0

    def frames(self) -> Iterator[Frame]:
        card = coloured(in_frame(printed("HS204817", BarcodeFormat.QRCode)))
        for _ in range(6):
            yield Frame(card, time.monotonic())
            time.sleep(1 / 15)
        self.stops += 1
        if self.stops < 3:
            raise CameraStopped(self.name, Trouble.STOPPED)

    def close(self) -> None:
        """Nothing to let go."""


def test_card_held_through_a_hiccup_is_one_scan() -> None:
    """Given a card held still, when the camera stops and starts again, then it is one Scan."""
    camera, told = Hiccup(), list[ScannerEvent]()
    reader = Reader(lambda: camera, SETTINGS, rank, told.append)
    reader.run()

    assert kinds(told).count(CameraLost) == 2
    assert kinds(told).count(Scan) == 1


TROUBLES: dict[Habit, list[str]] = {
    Habit.REPEATS: ["", Trouble.FROZEN],
    Habit.HANGS: ["", Trouble.STOPPED],
    Habit.COVERED: ["", Trouble.BLACK],
    Habit.SHRINKS: [Trouble.WRONG_SIZE],
    Habit.MISCOUNTS: ["", Trouble.STOPPED],
    Habit.CUTS: ["", Trouble.STOPPED],
    Habit.BREAKS_OFF: ["", Trouble.STOPPED],
}


def suffer(habit: Habit) -> list[str]:
    """Film a few pictures, then have a fault; give the troubles told."""
    with network_camera(habit=habit) as camera, watching(*address(camera.server_port)) as watched:
        wait_until(lambda: CameraLost in watched.kinds)
        return watched.troubles()


@pytest.fixture(scope="module")
def suffered() -> dict[Habit, list[str]]:
    """All faults, each of a network camera of its own."""
    return all_at_once(suffer, TROUBLES)


@pytest.mark.parametrize("habit", TROUBLES)
def test_camera_without_new_pictures_is_lost(
    suffered: dict[Habit, list[str]], habit: Habit
) -> None:
    """Given a network camera that fails, when two seconds pass, then it is told how."""
    assert suffered[habit][: len(TROUBLES[habit])] == TROUBLES[habit]


class Stuck:
    """A driver that films an empty desk, then hands out one picture of a card for ever."""

    def __init__(self) -> None:
        self._number = 0

    def grab(self) -> bool:
        time.sleep(1 / 30)
        self._number += 1
        return True

    def retrieve(self) -> tuple[bool, Pixels]:
        desk = in_frame(seed=self._number)
        card = in_frame(printed("HS204817", BarcodeFormat.QRCode), seed=0)
        return True, coloured(desk if self._number < 10 else card)

    def release(self) -> None:
        """Nothing to let go of."""


def test_one_picture_proves_nothing() -> None:
    """Given a driver that repeats one picture of a card, when read, then nobody believes it."""
    with watching(lambda: LiveCamera("stuck", Stuck, SETTINGS), SETTINGS) as watched:
        wait_until(
            lambda: watched.reader.newest is not None and bool(watched.reader.newest.outlines)
        )
        wait_until(lambda: watched.troubles().count(Trouble.FROZEN) == 2)

    assert Scan not in watched.kinds


def test_film_ends_the_run() -> None:
    """Given a card and a book are filmed, when the film is over, then both were told once."""
    reader, told = play(Showing(CARD, 60, 0.6), Showing(LABEL, 55, 0.6, seed=2), Pause(0.2))

    assert kinds(told) == [CameraBack, Scan, Scan]
    assert [event.text for event in told if isinstance(event, Scan)] == ["HS204817", "STN.00042"]
    assert reader.ended.is_set()
    assert reader.newest is None


def test_two_cards_at_once_are_told() -> None:
    """Given two cards in one hand, when filmed, then neither is believed."""
    other = coloured(printed("HS300003", BarcodeFormat.QRCode, module_px=6))
    _, told = play(Showing(np.hstack([CARD, other]), 110, 0.6), Pause(0.2))

    assert kinds(told) == [CameraBack, TwoCodes]


def test_preview_is_small_and_outlined() -> None:
    """Given a frame with a card, when read, then a small RGBA picture outlines the code."""
    seen = []
    film = FilmCamera(iter([Showing(CARD, 60, 1.0)]), 15)
    with watching(lambda: film, SETTINGS) as watched:
        while not watched.reader.ended.is_set():
            seen.append(watched.reader.newest)
            time.sleep(0.02)
    previews = [preview for preview in seen if preview is not None]
    outlined = [preview for preview in previews if preview.outlines]

    assert {preview.pixels.shape for preview in previews} == {(360, 640, 4)}
    assert all(preview.pixels.flags.c_contiguous for preview in previews)
    assert [preview.number for preview in previews] == sorted(p.number for p in previews)
    assert outlined[-1].believed
    assert all(
        abs(corner.x - 320) < 160 and abs(corner.y - 180) < 160
        for preview in outlined
        for corner in preview.outlines[0]
    )


class Restless:
    """A camera with a fault of its own, then a good one."""

    name = "restless"

    def __init__(self, faults: list[Exception]) -> None:
        self._faults = faults

    def frames(self) -> Iterator[Frame]:
        if self._faults:
            raise self._faults.pop(0)
        yield Frame(np.zeros((90, 160, 3), np.uint8), time.monotonic())

    def close(self) -> None:
        """Nothing to let go of."""


def test_any_fault_is_survived() -> None:
    """Given faults of ours and of the camera, when running, then each is told and retried."""
    faults: list[Exception] = [KeyError("ours"), CameraStopped("restless", "no frame")]
    told: list[ScannerEvent] = []
    reader = Reader(lambda: Restless(faults), SETTINGS, rank, told.append)

    reader.run()

    assert told == [
        CameraLost("auto", Trouble.FAULT),
        CameraLost("restless", Trouble.STOPPED),
        CameraBack("restless"),
    ]
    assert reader.ended.is_set()


def test_reader_stops_while_it_searches() -> None:
    """Given no camera is there, when told to stop, then the thread ends within a second."""
    with watching(*address(9)) as watched:
        wait_until(lambda: watched.kinds == [CameraLost])


def test_reader_stops_while_camera_hangs() -> None:
    """Given a camera that never opens, when told to stop, then the thread ends within a second."""
    opens = threading.Event()

    def never() -> Capture:
        opens.wait(20)
        raise CameraStopped("stuck", "let go")

    with watching(lambda: LiveCamera("stuck", never, SETTINGS), SETTINGS) as watched:
        time.sleep(0.2)

    opens.set()
    assert watched.told == []
    assert not watched.reader.ended.is_set()


def first_outlined(mirror: bool) -> Preview:
    """The first preview of a card held at the left in which its code is outlined."""
    picture = np.full((720, 1280, 3), 120, np.uint8)
    picture[200 : 200 + CARD.shape[0], 100 : 100 + CARD.shape[1]] = CARD
    seen: list[Preview] = []

    class Window(Still):
        def frames(self) -> Iterator[Frame]:
            for frame in super().frames():
                yield frame
                if reader.newest is not None:
                    seen.append(reader.newest)

    settings = SETTINGS.model_copy(update={"mirror": mirror})
    reader = Reader(lambda: Window(picture, 3), settings, rank, lambda _: None)
    reader.run()
    return next(preview for preview in seen if preview.outlines)


class Still:
    """A camera that sees one picture."""

    name = "still"

    def __init__(self, pixels: Pixels, count: int) -> None:
        self._pixels, self._count = pixels, count

    def frames(self) -> Iterator[Frame]:
        for number in range(self._count):
            yield Frame(self._pixels, number / 15)

    def close(self) -> None:
        """Nothing to let go of."""


def test_mirrored_preview_is_read_unmirrored() -> None:
    """Given a camera that faces the pupil, when mirrored, then picture and outline are, both."""
    plain, mirrored = first_outlined(mirror=False), first_outlined(mirror=True)

    assert (plain.pixels[:, ::-1] == mirrored.pixels).all()
    left = [corner.x for corner in plain.outlines[0]]
    assert [640 - corner.x for corner in mirrored.outlines[0]] == pytest.approx(left)
    assert max(left) < 320
    assert mirrored.pixels.flags.c_contiguous


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (320, 240)])
def test_unread_outline_lies_on_its_code(size: tuple[int, int], mirror: bool) -> None:
    """Given frames of any shape, when shown mirrored or not, then the outline is on the thing."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    left, top, side = width // 8, height // 4, width // 10
    picture[top : top + side, left : left + side] = (0, 0, 255)
    corners = [(left, top), (left + side, top), (left + side, top + side), (left, top + side)]
    a, b, c, d = (Point(float(x), float(y)) for x, y in corners)

    seen = for_screen(Preview(picture, (), False, 1, unread=(a, b, c, d)), mirror)

    assert seen.unread is not None
    x, y = (sum(axis) / 4 for axis in zip(*((p.x, p.y) for p in seen.unread), strict=True))
    assert max(seen.pixels.shape) <= 640
    assert (seen.pixels[round(y), round(x)] == (255, 0, 0, 255)).all()
    assert (x > seen.pixels.shape[1] / 2) == mirror
    red = np.argwhere(seen.pixels[..., 0] > 127)
    assert np.ptp(red, axis=0) == pytest.approx(
        [abs(seen.unread[2].y - seen.unread[0].y), abs(seen.unread[2].x - seen.unread[0].x)], abs=2
    )


def test_still_scene_is_shown_once_in_a_while() -> None:
    """Given nothing moves for 11 s, when filmed, then after half a second one in 10 s is shown."""
    shown: list[int] = []

    class Watched(Still):
        def frames(self) -> Iterator[Frame]:
            for frame in super().frames():
                yield frame
                assert reader.newest is not None
                shown.append(reader.newest.number)

    reader = Reader(lambda: Watched(coloured(in_frame()), 165), SETTINGS, rank, lambda _: None)
    reader.run()

    assert list(dict.fromkeys(shown)) == [*range(1, 10), 159]


def test_card_after_long_rest_is_believed() -> None:
    """Given an empty room for 12 s, when a card is held up for three frames, then it is told."""
    room = [coloured(in_frame(seed=n)) for n in range(4)]
    card = [coloured(in_frame(printed("HS204817", BarcodeFormat.QRCode), seed=n)) for n in range(3)]
    told: list[ScannerEvent] = []

    class Roll(Still):
        def frames(self) -> Iterator[Frame]:
            for number in range(180):
                yield Frame(room[number % 4], number / 15)
            for number, pixels in enumerate(card, 180):
                yield Frame(pixels, number / 15)

    Reader(lambda: Roll(room[0], 0), SETTINGS, rank, told.append).run()

    assert kinds(told) == [CameraBack, Scan]


def test_preview_tells_what_would_help() -> None:
    """Given a label too far away, when filmed for a second, then hint and place are shown."""
    frames = [coloured(held(LABEL_MM, Fault(distance_mm=530), seed=n)) for n in range(15)]
    shown: list[Preview] = []

    class Roll(Still):
        def frames(self) -> Iterator[Frame]:
            for number, pixels in enumerate(frames):
                yield Frame(pixels, number / 15)
                assert reader.newest is not None
                shown.append(reader.newest)

    reader = Reader(lambda: Roll(frames[0], 0), SETTINGS, rank, lambda _: None)
    reader.run()

    assert shown[0].hint is None
    assert shown[-1].hint is Hint.CLOSER
    unread = shown[-1].unread
    assert unread is not None
    assert sum(corner.x for corner in unread) / 4 == pytest.approx(320, abs=20)
    assert sum(corner.y for corner in unread) / 4 == pytest.approx(180, abs=20)
