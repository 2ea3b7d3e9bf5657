"""The hand scanner's thread: what it tells of troubles, how it ends, what it never repeats."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from scanner.errors import HandScannerNotFound, Trouble
from scanner.hand_reader import HandReader, HandScanner
from scanner.hand_scanner import open_hand_scanner
from scanner.repeats import REPEATED_WITHIN_S, Repeats
from scanner.scan import HandScannerBack, Scan, ScannerEvent, Source, Symbology
from scanner.serial_port import SerialScanner
from tests.hand_scanners import SerialLine, listening
from tests.watched import wait_until

CARD, LABEL = "HS204817", "STN.00042"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SerialLine]:
    """A port with a scanner plugged in."""
    line = SerialLine(tmp_path / "ttyACM0")
    line.plug()
    yield line
    line.unplug()


def failing(*faults: Exception) -> Callable[[], HandScanner]:
    """Fail to open in one way after another, the last for ever."""
    left = list(faults)

    def open_one() -> HandScanner:
        raise left.pop(0) if len(left) > 1 else left[0]

    return open_one


def test_each_trouble_is_told_once() -> None:
    """Given a scanner that is missing, then forbidden, then our mistake, then each comes once."""
    missing = HandScannerNotFound("auto", "not there")
    forbidden = HandScannerNotFound("auto", "not allowed", Trouble.FORBIDDEN)
    with listening(failing(missing, missing, forbidden, KeyError("ours"))) as heard:
        wait_until(lambda: len(heard.troubles) == 3)

    assert heard.troubles == [Trouble.MISSING, Trouble.FORBIDDEN, Trouble.FAULT]


def test_stop_before_the_start_ends_at_once() -> None:
    """Given a reader that was told to end, when it is run, then it opens nothing."""
    told: list[ScannerEvent] = []
    reader = HandReader("auto", failing(AssertionError("was opened")), told.append)
    reader.stop()

    reader.run()

    assert told == []


def test_stop_after_the_end_is_harmless(line: SerialLine) -> None:
    """Given a reader that has ended, when it is told to end again, then nothing happens."""
    told: list[ScannerEvent] = []
    reader = HandReader("serial", lambda: SerialScanner(line.port, 9600), told.append)
    thread = threading.Thread(target=reader.run)
    thread.start()
    wait_until(lambda: told == [HandScannerBack(str(line.port))])
    for _ in range(3):
        reader.stop()
        thread.join(1.0)

    assert not thread.is_alive()


def test_no_code_is_in_the_log(line: SerialLine) -> None:
    """Given a card is read and the scanner lost, then the log knows the device, not the card."""
    with (
        structlog.testing.capture_logs() as logged,
        listening(lambda: SerialScanner(line.port, 9600)) as heard,
    ):
        wait_until(lambda: heard.troubles == [""])
        line.send(CARD.encode() + b"\r" + CARD[:5].encode())
        wait_until(lambda: heard.codes == [CARD])
        line.unplug()
        wait_until(lambda: heard.troubles[-1] == Trouble.MISSING)
        line.plug()

    assert {entry["event"] for entry in logged} >= {"hand_scanner_found", "hand_scanner_lost"}
    assert CARD[:5] not in str(logged)


@pytest.mark.parametrize("setting", ["/dev/input/event99", "serial:///dev/ttyACM99"])
def test_setting_without_its_device_is_told(setting: str) -> None:
    """Given a setting whose device is not there, when opened, then that is the trouble."""
    with pytest.raises(HandScannerNotFound) as fault:
        open_hand_scanner(setting)

    assert fault.value.trouble is Trouble.MISSING


def scanned(*scans: tuple[str, float, Source]) -> list[str]:
    """The texts that are no repetitions."""
    repeats = Repeats()
    return [t for t, at, source in scans if not repeats.is_repeat(Scan(t, None, at, source))]


def test_held_trigger_is_one_scan() -> None:
    """Given a trigger held for two seconds over one label, then it is scanned once."""
    assert scanned(*((LABEL, n * 0.2, Source.SERIAL) for n in range(10))) == [LABEL]


def test_card_shown_again_is_a_second_scan() -> None:
    """Given a card scanned anew after a moment, then that is meant: it ends the visit."""
    again_s = REPEATED_WITHIN_S + 0.01

    assert scanned((CARD, 0.0, Source.WEDGE), (CARD, again_s, Source.WEDGE)) == [CARD, CARD]


def test_two_labels_in_turns_are_two_scans() -> None:
    """Given two labels that a held trigger reads in turns, then each is scanned once."""
    turns = ((LABEL if n % 2 else CARD, n * 0.3, Source.GRABBED) for n in range(10))

    assert scanned(*turns) == [CARD, LABEL]


def test_camera_and_hand_scanner_are_one_scan() -> None:
    """Given a card that camera and hand scanner read in the same moment, then it is one scan."""
    repeats = Repeats()

    assert not repeats.is_repeat(Scan(CARD, Symbology.QR, 10.0))
    assert repeats.is_repeat(Scan(CARD, None, 10.3, Source.WEDGE))
    assert repeats.is_repeat(Scan(CARD, Symbology.QR, 10.2))  # told late by another thread
