"""Hand scanners that pose as keyboards, taken for ourselves alone (Linux, /dev/input/event*).

A grabbed device types into no window, moves no focus and cannot press Ctrl-Alt-F2 however
mischievous a code it is shown; nobody's keyboard layout and no input method changes what it
sends. Its keys are read as those of a US keyboard, which is how scanners come.

Numbers and layouts are those of linux/input.h, linux/input-event-codes.h and
asm-generic/ioctl.h, which x86 and ARM use unchanged. Keeps out codes and what they mean.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from scanner.errors import HandScannerNotFound, HandScannerStopped, Trouble
from scanner.keymap import LETTERS_DIGITS_ENTER, UsKeyboard
from scanner.scan import Source
from scanner.texts import LOST

EVENT = struct.Struct("@llHHi")
"""`struct input_event`: seconds, microseconds, type, code, value; 24 bytes, 16 on 32 bits."""
EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
MOST_EVENTS = 64
"""Read at once; the kernel keeps as many for each reader of a keyboard (evdev.c)."""
NAME_BYTES = 256
KEY_BYTES = 0x300 // 8
"""One bit for each of KEY_CNT keys."""

Ioctl = Callable[[int, int, Any], object]
"""`fcntl.ioctl`: file descriptor, request, a buffer to fill or a number."""

_WRITE, _READ = 1, 2


def _request(direction: int, number: int, size: int) -> int:
    """Compute `_IOC(direction, 'E', number, size)`: its parts side by side."""
    return direction << 30 | size << 16 | ord("E") << 8 | number


EVIOCGID = _request(_READ, 0x02, struct.calcsize("@4H"))
EVIOCGNAME = _request(_READ, 0x06, NAME_BYTES)
EVIOCGBIT_KEY = _request(_READ, 0x20 + EV_KEY, KEY_BYTES)
EVIOCGRAB = _request(_WRITE, 0x90, struct.calcsize("@i"))

_NAMES_A_SCANNER = re.compile(r"bar[ -]?code|scanner|\bscan\b|\bqr", re.IGNORECASE)


class EvdevScanner:
    """An opened device.

    Args:
        device_fd: Open for reading, without waiting.
        ioctl: Asks the kernel.

    Attributes:
        name: Its name and numbers.

    Raises:
        OSError: It is no input device, or gone again.
    """

    source = Source.GRABBED

    def __init__(self, device_fd: int, ioctl: Ioctl) -> None:
        self._fd, self._ioctl = device_fd, ioctl
        name, numbers, keys = bytearray(NAME_BYTES), bytearray(8), bytearray(KEY_BYTES)
        for question, answer in (EVIOCGNAME, name), (EVIOCGID, numbers), (EVIOCGBIT_KEY, keys):
            ioctl(device_fd, question, answer)
        _, vendor, product, _ = struct.unpack("@4H", numbers)
        said = name.partition(b"\0")[0].decode("utf-8", "replace").strip()
        self.name = f"{said} {vendor:04x}:{product:04x}"
        self._keys = int.from_bytes(keys, "little")
        self._keyboard = UsKeyboard()
        self._in_step = True

    @property
    def is_keyboard(self) -> bool:
        """Whether it has keys for letters and digits: not a scanner's volume or power button."""
        return all(self._keys >> code & 1 for code in LETTERS_DIGITS_ENTER)

    def fileno(self) -> int:
        """The device."""
        return self._fd

    def read(self) -> str:
        """Give what was typed.

        Raises:
            HandScannerStopped: It was unplugged.
        """
        try:
            data = os.read(self._fd, MOST_EVENTS * EVENT.size)
        except BlockingIOError:
            return ""
        except OSError as error:
            raise HandScannerStopped(self.name, os.strerror(error.errno or 0)) from error
        if not data:
            raise HandScannerStopped(self.name, "its line has ended")
        return "".join(self._typed(*event[2:]) for event in EVENT.iter_unpack(data))

    def close(self) -> None:
        """Give the keys back to everybody, and the device too."""
        with contextlib.suppress(OSError):  # it may be gone
            self._ioctl(self._fd, EVIOCGRAB, 0)
        os.close(self._fd)

    def _typed(self, kind: int, code: int, value: int) -> str:
        """What one event adds to the text; events that the kernel dropped leave a mark."""
        if kind == EV_SYN and code == SYN_DROPPED:
            self._in_step = False
            self._keyboard = UsKeyboard()
            return LOST
        if not self._in_step:  # up to the next report, events are of a packet torn apart
            self._in_step = kind == EV_SYN and code == SYN_REPORT
            return ""
        return self._keyboard.press(code, value) if kind == EV_KEY else ""


@dataclass(frozen=True, slots=True)
class InputDevices:
    """Where this machine's input devices are."""

    folder: Path = Path("/dev/input")
    ioctl: Ioctl = fcntl.ioctl

    def open(self, node: Path) -> EvdevScanner:
        """Open and grab the device at `node`, whatever it is.

        Raises:
            HandScannerNotFound: It is not there, not ours to open, or held by another program.
        """
        return self._grab(self._open(node))

    def open_named(self, name: str) -> EvdevScanner:
        """Open and grab the first keyboard-like device with `name` in its name or numbers.

        Args:
            name: In either case; "0c2e:0b61" finds a device without a telling name.

        Raises:
            HandScannerNotFound: There is none, or the last that fits cannot be had.
        """
        return self._open_first(f"evdev:{name}", lambda known: name.lower() in known.lower())

    def open_first_scanner(self) -> EvdevScanner:
        """Open and grab the first keyboard-like device that is called a scanner.

        Raises:
            HandScannerNotFound: There is none, or the last that fits cannot be had.
        """
        return self._open_first("auto", lambda known: bool(_NAMES_A_SCANNER.search(known)))

    def _open_first(self, setting: str, fits: Callable[[str], bool]) -> EvdevScanner:
        last = HandScannerNotFound(setting, "no such device is plugged in")
        for node in self._nodes():
            try:
                device = self._open(node)
                if fits(device.name) and device.is_keyboard:
                    return self._grab(device)
                os.close(device.fileno())
            except HandScannerNotFound as error:
                last = error
        raise last

    def _nodes(self) -> Iterator[Path]:
        numbers = (node.name.removeprefix("event") for node in self.folder.glob("event[0-9]*"))
        for number in sorted(map(int, numbers)):
            yield self.folder / f"event{number}"

    def _open(self, node: Path) -> EvdevScanner:
        """Open a device, still shared with everybody."""
        try:
            device_fd = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            _refuse(str(node), error)
        try:
            return EvdevScanner(device_fd, self.ioctl)
        except OSError as error:
            os.close(device_fd)
            _refuse(str(node), error)

    def _grab(self, device: EvdevScanner) -> EvdevScanner:
        try:
            self.ioctl(device.fileno(), EVIOCGRAB, 1)
        except OSError as error:
            os.close(device.fileno())
            _refuse(device.name, error)
        return device


_TROUBLES = {
    errno.EACCES: Trouble.FORBIDDEN,
    errno.EPERM: Trouble.FORBIDDEN,
    errno.EBUSY: Trouble.BUSY,
    errno.ENOTTY: Trouble.UNUSABLE,
}


def _refuse(device: str, error: OSError) -> NoReturn:
    trouble = _TROUBLES.get(error.errno or 0)
    raise HandScannerNotFound(device, os.strerror(error.errno or 0), trouble) from error
