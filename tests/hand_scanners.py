"""Hand scanners of our own: input devices that are FIFOs, serial ports that are ptys."""

from __future__ import annotations

import errno
import os
import pty
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scanner.evdev import EVENT, EVIOCGBIT_KEY, EVIOCGID, EVIOCGNAME, EVIOCGRAB, InputDevices
from scanner.hand_reader import HandReader, HandScanner
from scanner.scan import HandScannerBack, HandScannerLost, Scan, ScannerEvent, Source

LEFT_SHIFT, CAPS_LOCK, LEFT_ALT, ENTER, VOLUME_UP = 42, 58, 56, 28, 115
KEY_CODES = {
    **dict(zip("1234567890", range(2, 12), strict=True)),
    **{"Q": 16, "W": 17, "E": 18, "R": 19, "T": 20, "Y": 21, "U": 22, "I": 23, "O": 24, "P": 25},
    **{"A": 30, "S": 31, "D": 32, "F": 33, "G": 34, "H": 35, "J": 36, "K": 37, "L": 38},
    **{"Z": 44, "X": 45, "C": 46, "V": 47, "B": 48, "N": 49, "M": 50},
    **{".": 52, "-": 12, ":": 39, "/": 53, " ": 57, "\t": 15, "\n": 28},
}
"""Keys of a US keyboard (linux/input-event-codes.h)."""
KEYBOARD = frozenset(KEY_CODES.values())
WITH_SHIFT = ":"


def event(kind: int, code: int, value: int) -> bytes:
    """One `struct input_event`, of now."""
    seconds = time.time()
    return EVENT.pack(int(seconds), int(seconds % 1 * 1e6), kind, code, value)


def key(code: int, value: int) -> bytes:
    """A key goes down (1), stays down (2) or comes up (0), in a packet of its own."""
    return event(4, 4, 0x70000 + code) + event(1, code, value) + event(0, 0, 0)


def stroke(code: int) -> bytes:
    """A key goes down and comes up."""
    return key(code, 1) + key(code, 0)


def typed(text: str) -> bytes:
    """All that a scanner's keyboard sends for `text`: capitals with Shift, key by key."""
    sent = b""
    for character in text:
        one = stroke(KEY_CODES[character.upper()])
        shifted = character.isupper() or character in WITH_SHIFT
        sent += key(LEFT_SHIFT, 1) + one + key(LEFT_SHIFT, 0) if shifted else one
    return sent


@dataclass
class InputDevice:
    """A FIFO that answers the kernel's questions as an input device does."""

    name: str
    keys: frozenset[int] = KEYBOARD
    vendor_product: tuple[int, int] = (0x0C2E, 0x0B61)
    trouble: int = 0
    """The error number of a grab."""
    grabs: list[int] = field(default_factory=list)
    writer_fd: int = -1

    def answer(self, question: int, buffer: bytearray | int) -> None:
        """Do what `ioctl` does."""
        match question, buffer:
            case _ if question == EVIOCGRAB and isinstance(buffer, int):
                if buffer and self.trouble:
                    raise OSError(self.trouble, os.strerror(self.trouble))
                self.grabs.append(buffer)
            case _, bytearray():
                answer = self._answers()[question]
                buffer[: len(answer)] = answer

    def _answers(self) -> dict[int, bytes]:
        bits = sum(1 << code for code in self.keys)
        return {
            EVIOCGNAME: self.name.encode() + b"\0",
            EVIOCGID: struct.pack("@4H", 3, *self.vendor_product, 0x0111),
            EVIOCGBIT_KEY: bits.to_bytes(96, "little"),
        }


class InputBus:
    """The input devices of a machine of our own; plug them in and out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plugged: dict[Path, InputDevice] = {}
        self.devices = InputDevices(folder, self._ioctl)

    def plug(self, number: int, device: InputDevice) -> InputDevice:
        """Put a device at event`number`."""
        node = self.node(number)
        os.mkfifo(node)
        device.writer_fd = os.open(node, os.O_RDWR | os.O_NONBLOCK)
        self._plugged[node] = device
        return device

    def unplug(self, number: int) -> None:
        """Take it away; whoever reads it finds its end."""
        node = self.node(number)
        node.unlink()
        os.close(self._plugged.pop(node).writer_fd)

    def node(self, number: int) -> Path:
        """Where a device is."""
        return self._folder / f"event{number}"

    def close(self) -> None:
        """Unplug everything."""
        for node in list(self._plugged):
            self.unplug(int(node.name.removeprefix("event")))

    def _ioctl(self, device_fd: int, question: int, buffer: bytearray | int) -> int:
        node = Path(f"/proc/self/fd/{device_fd}").readlink()
        if node not in self._plugged:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        self._plugged[node].answer(question, buffer)
        return 0


class SerialLine:
    """A port that a scanner is plugged into, by way of a link to a real pty."""

    def __init__(self, port: Path) -> None:
        self.port = port
        self._scanner_fd = -1

    def plug(self) -> None:
        """Make the port."""
        self._scanner_fd, ours_fd = pty.openpty()
        self.port.symlink_to(os.ttyname(ours_fd))
        os.close(ours_fd)

    def send(self, data: bytes) -> None:
        """Have the scanner send something."""
        os.write(self._scanner_fd, data)

    def unplug(self) -> None:
        """Hang up."""
        self.port.unlink()
        os.close(self._scanner_fd)


class Heard:
    """What a hand scanner's reader told so far."""

    def __init__(self) -> None:
        self.told: list[ScannerEvent] = []

    @property
    def codes(self) -> list[str]:
        """The texts of the scans."""
        return [event.text for event in self.told if isinstance(event, Scan)]

    @property
    def sources(self) -> set[Source]:
        """How the scans came in."""
        return {event.source for event in self.told if isinstance(event, Scan)}

    @property
    def troubles(self) -> list[str]:
        """Why it was lost, each time; "" when it came back."""
        changes = [e for e in self.told if isinstance(e, HandScannerLost | HandScannerBack)]
        return [e.reason if isinstance(e, HandScannerLost) else "" for e in changes]


@contextmanager
def listening(open_scanner: Callable[[], HandScanner]) -> Iterator[Heard]:
    """Run a reader and see that it ends within a second of being told to."""
    heard = Heard()
    reader = HandReader("a setting", open_scanner, heard.told.append)
    thread = threading.Thread(target=reader.run, name="hand-scanner")
    thread.start()
    try:
        yield heard
    finally:
        reader.stop()
        thread.join(1.0)
    assert not thread.is_alive()
