"""Grabbed hand scanners: which device is taken, what its keys mean, how it is lost and found."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import evdev
from scanner.errors import HandScannerNotFound, HandScannerStopped, Trouble
from scanner.evdev import EvdevScanner, InputDevices
from scanner.hand_scanner import open_hand_scanner
from scanner.keymap import UsKeyboard
from scanner.scan import Source
from scanner.texts import LOST, SILENCE_S
from tests.codes import our_codes
from tests.hand_scanners import (
    CAPS_LOCK,
    ENTER,
    KEY_CODES,
    KEYBOARD,
    LEFT_ALT,
    LEFT_SHIFT,
    VOLUME_UP,
    InputBus,
    InputDevice,
    event,
    key,
    listening,
    stroke,
    typed,
)
from tests.watched import wait_until

SCANNER = "Honeywell Barcode Scanner"
UINPUT = Path("/dev/uinput")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[InputBus]:
    """A machine without any input device yet."""
    bus = InputBus(tmp_path)
    yield bus
    bus.close()


def send(device: InputDevice, *data: bytes) -> None:
    """Have a device send events."""
    for piece in data:
        os.write(device.writer_fd, piece)


def test_requests_are_the_kernels() -> None:
    """Given the numbers that C computes from linux/input.h, then ours are the same."""
    ours = (evdev.EVIOCGID, evdev.EVIOCGNAME, evdev.EVIOCGBIT_KEY, evdev.EVIOCGRAB)

    assert ours == (0x80084502, 0x81004506, 0x80604521, 0x40044590)
    assert struct.calcsize("@l") * 2 + 8 == evdev.EVENT.size


def test_codes_are_read_and_grab_let_go(bus: InputBus) -> None:
    """Given a scanner, when it types codes, then all come, and in the end it is let go."""
    device = bus.plug(3, InputDevice(SCANNER))
    with listening(bus.devices.open_first_scanner) as heard:
        wait_until(lambda: heard.troubles == [""])
        send(device, typed("HS204817\n"), typed("STN.00042\tTS:XONG\n"), typed("9786040000002\n"))
        wait_until(lambda: len(heard.codes) == 4)

    assert heard.codes == ["HS204817", "STN.00042", "TS:XONG", "9786040000002"]
    assert heard.sources == {Source.GRABBED}
    assert device.grabs == [1, 0]


@given(st.lists(our_codes(), max_size=3))
def test_every_code_has_its_keys(codes: list[str]) -> None:
    """Given any codes of ours, when typed on US keys, then the same text comes out."""
    keyboard, text = UsKeyboard(), "\n".join(codes)

    assert strokes(keyboard, typed(text)) == text


@given(st.binary(max_size=evdev.EVENT.size * 20))
def test_any_events_are_borne(data: bytes) -> None:
    """Given any whole events at all, when read, then nothing breaks."""
    whole = data[: len(data) // evdev.EVENT.size * evdev.EVENT.size]
    read_fd, write_fd = os.pipe()
    scanner = EvdevScanner(read_fd, lambda *_: 0)
    os.write(write_fd, whole + event(0, 0, 0))
    try:
        assert isinstance(scanner.read(), str)
    finally:
        scanner.close()
        os.close(write_fd)


def strokes(keyboard: UsKeyboard, data: bytes) -> str:
    """What the key events among `data` type."""
    events = [event[2:] for event in evdev.EVENT.iter_unpack(data)]
    return "".join(keyboard.press(code, value) for kind, code, value in events if kind == 1)


@pytest.mark.parametrize(
    ("pressed", "text"),
    [
        (key(LEFT_SHIFT, 1) + stroke(3) + stroke(KEY_CODES["A"]), "@A"),
        (stroke(CAPS_LOCK) + stroke(KEY_CODES["A"]) + stroke(3) + stroke(CAPS_LOCK), "A2"),
        (stroke(CAPS_LOCK) + typed("A") + stroke(CAPS_LOCK) + stroke(KEY_CODES["A"]), "aa"),
        (key(KEY_CODES["A"], 1) + key(KEY_CODES["A"], 2) + key(KEY_CODES["A"], 0), "a"),
        (stroke(69) + stroke(79) + stroke(80) + stroke(81) + stroke(96), "123\n"),
        (key(LEFT_ALT, 1) + stroke(79) + key(LEFT_ALT, 0) + stroke(79), LOST + "1"),
        (stroke(VOLUME_UP), LOST),
    ],
    ids=["shift", "caps", "caps-shift", "held", "keypad", "alt", "unknown"],
)
def test_keys_mean_what_they_say(pressed: bytes, text: str) -> None:
    """Given Shift, locks, the keypad and shortcuts, then text comes out, or the mark of a loss."""
    assert strokes(UsKeyboard(), pressed) == text


def test_dropped_events_spoil_the_code(bus: InputBus) -> None:
    """Given events the kernel dropped within a code, then it is spoilt and the next is whole."""
    device = bus.plug(0, InputDevice(SCANNER))
    with listening(bus.devices.open_first_scanner) as heard:
        wait_until(lambda: heard.troubles == [""])
        torn = stroke(KEY_CODES["9"])
        send(device, typed("STN.0004"), event(0, 3, 0), torn, typed("\n"), typed("HS204817\n"))
        wait_until(lambda: len(heard.codes) == 2)

    assert heard.codes == [f"STN.0004{LOST}", "HS204817"]


def test_code_without_enter_ends_in_silence(bus: InputBus) -> None:
    """Given a scanner without Enter, when it has been silent, then its code comes."""
    device = bus.plug(0, InputDevice(SCANNER))
    with listening(bus.devices.open_first_scanner) as heard:
        wait_until(lambda: heard.troubles == [""])
        send(device, typed("STN.00042"))
        took_s = wait_until(lambda: heard.codes == ["STN.00042"])

    assert took_s > SILENCE_S - 0.1


def test_unplugged_scanner_comes_back_elsewhere(bus: InputBus) -> None:
    """Given "auto", when unplugged and put into another port, then it is heard again."""
    with listening(bus.devices.open_first_scanner) as heard:
        wait_until(lambda: heard.troubles == [Trouble.MISSING])
        device = bus.plug(5, InputDevice(SCANNER))
        wait_until(lambda: heard.troubles[-1] == "")
        send(device, typed("HS2048"))
        bus.unplug(5)
        wait_until(lambda: heard.troubles[-1] == Trouble.MISSING)
        device = bus.plug(7, InputDevice(SCANNER))
        wait_until(lambda: heard.troubles[-1] == "")
        send(device, typed("HS204817\n"))
        wait_until(lambda: bool(heard.codes))

    assert heard.codes == ["HS204817"]
    assert heard.troubles == ["missing", "", "stopped", "missing", ""]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("Symbol Technologies Bar Code Scanner", True),
        ("SM SM-2D PRODUCT BARCODE", True),
        ("BF SCAN SCAN KEYBOARD", True),
        ("Datalogic Handheld Scanner", True),
        ("NETUM QR Reader", True),
        ("Logitech USB Keyboard", False),
        ("Honeywell Wired Keyboard", False),
        ("USBKey Chip USBKey Module", False),
        ("Scandinavian Keyboards AB", False),
    ],
)
def test_auto_takes_only_what_is_called_a_scanner(bus: InputBus, name: str, taken: bool) -> None:
    """Given a keyboard-like device, when "auto" looks, then its name alone decides."""
    device = bus.plug(0, InputDevice(name))

    assert trouble_with(bus.devices.open_first_scanner) == (None if taken else Trouble.MISSING)
    assert device.grabs == ([1, 0] if taken else [])


def trouble_with(open_one: Callable[[], EvdevScanner]) -> Trouble | None:
    """Open a device and let it go again; None if it could be had."""
    try:
        open_one().close()
    except HandScannerNotFound as error:
        return error.trouble
    return None


@pytest.mark.parametrize("keys", [{VOLUME_UP}, KEYBOARD - {ENTER}, KEYBOARD - {KEY_CODES["Q"]}])
def test_auto_takes_only_keyboards(bus: InputBus, keys: frozenset[int]) -> None:
    """Given a scanner's second device without letters or Enter, then "auto" leaves it alone."""
    bus.plug(0, InputDevice(SCANNER, frozenset(keys)))

    assert trouble_with(bus.devices.open_first_scanner) is Trouble.MISSING


@pytest.mark.parametrize("wanted", ["usbkey", "Key Module", "ffff:0035", "USBKey Module ffff"])
def test_named_device_is_taken(bus: InputBus, wanted: str) -> None:
    """Given a device without a telling name, when part of it or its numbers are set, then it is."""
    bus.plug(2, InputDevice("Logitech USB Keyboard"))
    nameless = bus.plug(10, InputDevice("USBKey Chip USBKey Module", KEYBOARD, (0xFFFF, 0x35)))
    bus.plug(11, InputDevice("USBKey Chip USBKey Module Consumer", frozenset({VOLUME_UP})))

    scanner = bus.devices.open_named(wanted)
    scanner.close()

    assert scanner.name == "USBKey Chip USBKey Module ffff:0035"
    assert nameless.grabs == [1, 0]


@pytest.mark.parametrize("setting", ["auto", "evdev: barcode", "PATH"])
def test_each_setting_finds_its_device(
    bus: InputBus, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Given a keyboard and a scanner, when the setting names the scanner, then it is opened."""
    bus.plug(0, InputDevice("Logitech USB Keyboard"))
    bus.plug(1, InputDevice(SCANNER))
    monkeypatch.setattr("scanner.evdev.InputDevices", lambda: bus.devices)

    scanner = open_hand_scanner(setting.replace("PATH", str(bus.node(1))))
    scanner.close()

    assert scanner.name.startswith(SCANNER)


def test_path_is_taken_whatever_it_is(bus: InputBus, tmp_path: Path) -> None:
    """Given a path by id, when it is set, then the device behind it is grabbed, asked nothing."""
    device = bus.plug(4, InputDevice("Keypad", frozenset({79})))
    (tmp_path / "usb-Keypad-event-kbd").symlink_to(bus.node(4))

    bus.devices.open(tmp_path / "usb-Keypad-event-kbd").close()

    assert device.grabs == [1, 0]


@pytest.mark.parametrize(
    "open_one",
    [
        InputDevices.open_first_scanner,
        lambda devices: devices.open_named("honeywell"),
        lambda devices: devices.open(devices.folder / "event0"),
    ],
    ids=["auto", "name", "path"],
)
def test_device_held_by_another_is_busy(
    bus: InputBus, open_one: Callable[[InputDevices], EvdevScanner]
) -> None:
    """Given another program's grab, when opened, then that is the trouble, and nothing leaks."""
    bus.plug(0, InputDevice(SCANNER, trouble=errno.EBUSY))
    before = open_files()

    trouble = trouble_with(lambda: open_one(bus.devices))

    assert trouble is Trouble.BUSY
    assert open_files() == before


def open_files() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_free_scanner_is_taken_beside_a_held_one(bus: InputBus) -> None:
    """Given two scanners, one held elsewhere, when "auto" looks, then the other one is taken."""
    bus.plug(0, InputDevice(SCANNER, trouble=errno.EBUSY))
    free = bus.plug(1, InputDevice(SCANNER))

    bus.devices.open_first_scanner().close()

    assert free.grabs == [1, 0]


def test_no_input_device_is_told(tmp_path: Path) -> None:
    """Given a file that is no input device, when it is set, then no person can use it so."""
    (tmp_path / "event0").touch()

    trouble = trouble_with(lambda: InputDevices(tmp_path).open(tmp_path / "event0"))

    assert trouble is Trouble.UNUSABLE


def test_forbidden_device_is_told(bus: InputBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given devices this user may not open, when "auto" looks, then that is the trouble."""
    bus.plug(0, InputDevice(SCANNER))

    def forbid(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.open", forbid)  # tests may run as root, who may all

    assert trouble_with(bus.devices.open_first_scanner) is Trouble.FORBIDDEN


def test_pulled_device_has_stopped(tmp_path: Path) -> None:
    """Given a device that the kernel took away, when read, then it has stopped."""
    gone = EvdevScanner(os.open(tmp_path, os.O_RDONLY), lambda *_: 0)  # a folder cannot be read

    with pytest.raises(HandScannerStopped):
        gone.read()
    gone.close()


@contextmanager
def uinput_keyboard(name: str) -> Iterator[int]:
    """Have the kernel make a keyboard (linux/uinput.h); give what its keys are written to."""
    keyboard_fd = os.open(UINPUT, os.O_WRONLY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(keyboard_fd, 0x40045564, 1)  # UI_SET_EVBIT: EV_KEY
        for code in KEYBOARD | {LEFT_SHIFT}:
            fcntl.ioctl(keyboard_fd, 0x40045565, code)  # UI_SET_KEYBIT
        setup = struct.pack("@4H80sI", 3, 0x1209, 0x0001, 1, name.encode(), 0)
        fcntl.ioctl(keyboard_fd, 0x405C5503, setup)  # UI_DEV_SETUP
        fcntl.ioctl(keyboard_fd, 0x5501)  # UI_DEV_CREATE
        yield keyboard_fd
    finally:
        os.close(keyboard_fd)


@pytest.mark.skipif(
    not os.access(UINPUT, os.W_OK), reason="no /dev/uinput that this user may write to"
)
def test_real_input_device_is_grabbed() -> None:
    """Given a keyboard made by the kernel itself, when it types a code, then the code comes."""
    with uinput_keyboard("Tram Sach test scanner") as keyboard_fd:
        devices = InputDevices()
        with listening(lambda: devices.open_named("Tram Sach test scanner")) as heard:
            wait_until(lambda: heard.troubles[-1:] == [""])
            for character in "STN.00042\n":
                os.write(keyboard_fd, typed(character))
                time.sleep(0.005)  # as a scanner does, or the kernel's buffer is full
            wait_until(lambda: bool(heard.codes))

    assert heard.codes == ["STN.00042"]
