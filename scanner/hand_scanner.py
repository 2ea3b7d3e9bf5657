"""From the setting `scanner.hand_scanner` to a hand scanner. Keeps out how each kind is read.

================================== =====================================================
setting                            hand scanner
================================== =====================================================
``auto``                           the first keyboard-like device that is called a scanner
``evdev:NAME``                     the first keyboard-like device called so, in part
``/dev/input/by-id/…``             the device there
``serial:///dev/ttyACM0?baud=…``   a serial port
================================== =====================================================

A scanner that types into the window needs no setting: see `wedge`.
"""

from __future__ import annotations

from pathlib import Path

from config.settings import read_serial
from scanner.hand_reader import HandScanner


def open_hand_scanner(setting: str) -> HandScanner:
    """Open the hand scanner that a checked setting names.

    Raises:
        HandScannerNotFound: It is not there, not ours to open, or held by another program.
    """
    if setting.startswith("serial:"):
        from scanner.serial_port import SerialScanner

        return SerialScanner(*read_serial(setting))
    from scanner.evdev import InputDevices  # only now: Linux alone has it

    if setting == "auto":
        return InputDevices().open_first_scanner()
    if setting.startswith("evdev:"):
        return InputDevices().open_named(setting.removeprefix("evdev:").strip())
    return InputDevices().open(Path(setting))
