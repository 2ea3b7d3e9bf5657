"""Cameras with every fault a real one can have: on a USB bus of our own, and on the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
from zxingcpp import BarcodeFormat

from scanner.frame import Pixels
from scanner.usb import UsbPorts, V4l2Capture
from tests.printed import coloured, in_frame, printed

SIZE = (640, 360)
"""Width and height that the settings of these tests ask for."""

BITS = 12
"""A frame's number is written into its upper left corner, so many bits of 16 pixels."""


class Habit(Enum):
    """What a camera does."""

    FILMS = "films"
    REPEATS = "sends the same picture"
    HANGS = "keeps the line but sends nothing"
    COVERED = "has its cap on"
    SHRINKS = "sends a smaller picture than it said"
    MISCOUNTS = "says its pictures are longer than they are"
    CUTS = "sends the first half of each picture and counts only that"
    BREAKS_OFF = "sends half of a picture and then nothing"
    UNPLUGGED = "is gone"
    HELD = "is held by another program"


def filmed(number: int, habit: Habit = Habit.FILMS) -> Pixels:
    """Frame `number` of a camera before which a card is held."""
    seed = 0 if habit is Habit.REPEATS else number
    if habit is Habit.COVERED:
        noise = np.random.default_rng(seed).normal(14, 6, (SIZE[1], SIZE[0], 3))
        return np.clip(noise, 0, 255).astype(np.uint8)
    picture = _noisy_card(seed % 32).copy()
    for bit in range(BITS):
        picture[:16, 16 * bit : 16 * bit + 16] = 230 * (seed >> bit & 1)
    return picture[::3, ::3].copy() if habit is Habit.SHRINKS else picture


@cache
def _noisy_card(seed: int) -> Pixels:
    card = printed("HS204817", BarcodeFormat.QRCode)
    return coloured(in_frame(card, seed=seed)[180:540, 320:960])


def number_of(picture: Pixels) -> int:
    """Which frame this is."""
    return sum(int(picture[8, 16 * bit + 8, 1] > 115) << bit for bit in range(BITS))


class FakeBus:
    """USB ports of a machine of our own; plug cameras in and out."""

    def __init__(self, folder: Path, fps: float = 25) -> None:
        self.habits: dict[int, Habit] = {}
        self.wishes: dict[int, dict[int, float]] = {}
        self.open = 0
        self._folder, self._fps = folder, fps
        for place in ("dev", "sys", "pci/usb1"):
            (folder / place).mkdir(parents=True)
        self.ports = UsbPorts(folder / "dev", folder / "sys", lambda n: FakeCapture(self, n))

    def set(self, number: int, habit: Habit) -> None:
        """Change what the camera at /dev/video`number` does; plugs it in or out."""
        self.habits[number] = habit
        node, entry = self._folder / f"dev/video{number}", self._folder / f"sys/video{number}"
        if habit is Habit.UNPLUGGED:
            node.unlink(missing_ok=True)
            (entry / "device").unlink(missing_ok=True)
            return
        node.touch()
        entry.mkdir(exist_ok=True)
        if not (entry / "device").is_symlink():
            (entry / "device").symlink_to(self._folder / "pci/usb1")

    def tick(self) -> None:
        """Wait for as long as a frame takes."""
        time.sleep(1 / self._fps)


class FakeCapture(V4l2Capture):
    """An opened device of the bus."""

    def __init__(self, bus: FakeBus, number: int) -> None:
        self._bus, self._number, self._frame = bus, number, 0
        self._opened = self._habit is not Habit.HELD
        bus.open += 1
        bus.wishes[number] = {}

    @property
    def _habit(self) -> Habit:
        return self._bus.habits[self._number]

    def isOpened(self) -> bool:
        return self._opened

    def set(self, propId: int, value: float) -> bool:
        self._bus.wishes[self._number][propId] = value
        return propId != cv2.CAP_PROP_BRIGHTNESS

    def grab(self) -> bool:
        self._bus.tick()
        while self._habit is Habit.HANGS:
            time.sleep(0.01)
        self._frame += 1
        return self._habit is not Habit.UNPLUGGED

    def retrieve(self) -> tuple[bool, Pixels]:
        return True, filmed(self._frame, self._habit)

    def release(self) -> None:
        self._bus.open -= 1


class NetworkCamera(ThreadingHTTPServer):
    """A small MJPEG camera on this machine."""

    daemon_threads = True
    habit = Habit.FILMS
    off = False
    fps = 25.0
    sent = 0
    """Pictures so far."""


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
            at_once = self.server.habit is Habit.SHRINKS  # later, FFmpeg would enlarge it unasked
            habit = self.server.habit if number >= 8 or at_once else Habit.FILMS
            try:
                self._send(bytes(cv2.imencode(".jpg", filmed(number, habit))[1]), habit)
            except OSError:  # the reader has gone
                return
            while habit in (Habit.HANGS, Habit.BREAKS_OFF) and not self.server.off:
                time.sleep(0.01)
            time.sleep(1 / self.server.fps)

    def _send(self, jpeg: bytes, habit: Habit) -> None:
        sent = jpeg[: len(jpeg) // 2] if habit in (Habit.CUTS, Habit.BREAKS_OFF) else jpeg
        length = len(sent if habit is Habit.CUTS else jpeg)
        length += 7000 if habit is Habit.MISCOUNTS else 0
        head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"
        if habit is not Habit.HANGS:
            self.wfile.write(head.encode() + sent)
            self.server.sent += 1
        if habit is not Habit.BREAKS_OFF:
            self.wfile.write(b"\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def network_camera(port: int = 0, habit: Habit = Habit.FILMS) -> Iterator[NetworkCamera]:
    """Switch a camera on; it has its habit from its ninth picture on."""
    with NetworkCamera(("127.0.0.1", port), MjpegAnswer) as server:
        server.habit = habit
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.off = True
            server.shutdown()
            thread.join()
