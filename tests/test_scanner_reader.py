from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from config.settings import ScannerSettings
from scanner.camera import open_camera
from scanner.errors import CameraStopped
from scanner.frame import Camera, Frame
from scanner.reader import Reader
from scanner.scan import CameraBack, CameraLost, Scan, ScannerEvent, TwoCodes
from scanner.simulated import FilmCamera, Pause, Showing
from tests.printed import coloured, in_frame, printed, rank

SETTINGS = ScannerSettings(fps=15)
CARD = coloured(printed("HS204817", BarcodeFormat.QRCode, module_px=6))
LABEL = coloured(printed("STN.00042", BarcodeFormat.Code128, module_px=4))


class Habit(Enum):
    """What the network camera does."""

    FILMS = "films"
    REPEATS = "sends the same picture"
    HANGS = "keeps the line but sends nothing"


class NetworkCamera(ThreadingHTTPServer):
    """A small MJPEG camera on this machine."""

    daemon_threads = True
    habit = Habit.FILMS
    card = "HS204817"
    off = False

    def picture(self, number: int) -> bytes:
        seed = 0 if self.habit is Habit.REPEATS else number
        card = printed(self.card, BarcodeFormat.QRCode)
        return bytes(cv2.imencode(".jpg", in_frame(card, seed=seed)[200:520, 400:880])[1])


class MjpegAnswer(BaseHTTPRequestHandler):
    """Sends pictures until the camera is switched off."""

    server: NetworkCamera

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        for number in range(10_000):
            if self.server.off:
                return
            if self.server.habit is not Habit.HANGS or number < 8:
                self._send(self.server.picture(number))
            time.sleep(1 / 25)

    def _send(self, jpeg: bytes) -> None:
        head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        try:
            self.wfile.write(head.encode() + jpeg + b"\r\n")
        except OSError:  # the reader has gone
            self.server.off = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def network_camera(
    port: int = 0, habit: Habit = Habit.FILMS, card: str = "HS204817"
) -> Iterator[int]:
    """Switch a camera on; gives its port."""
    with NetworkCamera(("127.0.0.1", port), MjpegAnswer) as server:
        server.habit, server.card = habit, card
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.off = True
            server.shutdown()
            thread.join()


@contextmanager
def watching(open_one: Callable[[], Camera]) -> Iterator[tuple[Reader, list[ScannerEvent]]]:
    """Run a reader in its thread and gather what it tells."""
    told: list[ScannerEvent] = []
    reader = Reader(open_one, SETTINGS, rank, told.append)
    thread = threading.Thread(target=reader.run, name="camera")
    thread.start()
    try:
        yield reader, told
    finally:
        reader.stop()
        thread.join(10)
    assert not thread.is_alive()


def wait_until(true: Callable[[], bool], within_s: float = 12.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def kinds(told: list[ScannerEvent]) -> list[type[ScannerEvent]]:
    return [type(event) for event in told]


def address(port: int) -> Callable[[], Camera]:
    return lambda: open_camera(SETTINGS.model_copy(update={"camera": f"http://127.0.0.1:{port}/"}))


def play(*scenes: Showing | Pause) -> tuple[Reader, list[ScannerEvent]]:
    """Film scenes as fast as possible and read them to their end."""
    told: list[ScannerEvent] = []
    reader = Reader(lambda: FilmCamera(iter(scenes), 15, pace=0), SETTINGS, rank, told.append)
    reader.run()
    return reader, told


def test_camera_that_dies_comes_back() -> None:
    """Given a network camera that dies, when it answers again, then it is lost once and back."""
    with network_camera() as port:
        pass
    with watching(address(port)) as (reader, told):
        wait_until(lambda: kinds(told) == [CameraLost])
        for card in ("HS204817", "HS300003"):
            with network_camera(port, card=card):
                wait_until(lambda: kinds(told)[-2:] == [CameraBack, Scan])
                wait_until(lambda: reader.newest is not None)
            wait_until(lambda: kinds(told)[-1] is CameraLost)
            assert reader.newest is None

    assert kinds(told) == [CameraLost, CameraBack, Scan, CameraLost, CameraBack, Scan, CameraLost]


class Hiccup:
    """A camera that sees one card and stops for a moment after every six frames, thrice."""

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
            raise CameraStopped(self.name, "hiccup")

    def close(self) -> None:
        """Nothing to let go."""


def test_card_held_through_a_hiccup_is_one_scan() -> None:
    """Given a card held still, when the camera stops and starts again, then it is one Scan."""
    camera, told = Hiccup(), list[ScannerEvent]()
    reader = Reader(lambda: camera, SETTINGS, rank, told.append)
    reader.run()

    assert kinds(told).count(CameraLost) == 2
    assert kinds(told).count(Scan) == 1


@pytest.mark.parametrize("habit", [Habit.REPEATS, Habit.HANGS])
def test_camera_without_new_pictures_is_lost(habit: Habit) -> None:
    """Given a camera that hangs or freezes, when two seconds pass, then it counts as lost."""
    with network_camera(habit=habit) as port, watching(address(port)) as (_, told):
        wait_until(lambda: CameraLost in kinds(told))

    assert kinds(told)[:1] == [CameraBack]


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
    with watching(lambda: FilmCamera(iter([Showing(CARD, 60, 1.0)]), 15)) as (reader, _):
        while not reader.ended.is_set():
            seen.append(reader.newest)
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
    """Given faults of ours and of the camera, when running, then it is lost once and retried."""
    faults: list[Exception] = [KeyError("ours"), CameraStopped("restless", "no frame")]
    told: list[ScannerEvent] = []
    reader = Reader(lambda: Restless(faults), SETTINGS, rank, told.append)

    reader.run()

    assert told == [CameraLost("auto", "KeyError"), CameraBack("restless")]
    assert reader.ended.is_set()


def test_reader_stops_while_it_searches() -> None:
    """Given no camera is there, when told to stop, then the thread ends at once."""
    with watching(address(9)) as (reader, told):
        wait_until(lambda: kinds(told) == [CameraLost])
        before = time.monotonic()
        reader.stop()

    assert time.monotonic() - before < 2
