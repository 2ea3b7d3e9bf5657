"""Serial hand scanners on real ptys: line ends, silence, garbage, pulled plugs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.errors import HandScannerNotFound, Trouble
from scanner.hand_scanner import open_hand_scanner
from scanner.scan import Source
from scanner.serial_port import SerialScanner
from scanner.texts import LOST, SILENCE_S
from tests.hand_scanners import Heard, SerialLine, listening
from tests.watched import wait_until

CODES = ["HS204817", "STN.00042"]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SerialLine]:
    """A port with a scanner plugged in."""
    line = SerialLine(tmp_path / "ttyACM0")
    line.plug()
    yield line
    if line.port.is_symlink():
        line.unplug()


def opening(line: SerialLine) -> Callable[[], SerialScanner]:
    return lambda: SerialScanner(line.port, 9600)


def heard_after(line: SerialLine, *pieces: bytes, count: int) -> Heard:
    """Send pieces one after another and wait for so many codes."""
    with listening(opening(line)) as heard:
        wait_until(lambda: heard.troubles == [""])
        for piece in pieces:
            line.send(piece)
        wait_until(lambda: len(heard.codes) >= count)
    return heard


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t"])
def test_each_line_end_ends_a_code(line: SerialLine, end: bytes) -> None:
    """Given CR, LF, both or Tab after codes, when sent at once, then each code comes once."""
    heard = heard_after(line, end.join([b"HS204817", b"STN.00042", b""]), count=2)

    assert heard.codes == CODES
    assert heard.sources == {Source.SERIAL}


def test_silence_ends_a_code(line: SerialLine) -> None:
    """Given a scanner without line ends, when it has been silent, then its code comes."""
    with listening(opening(line)) as heard:
        wait_until(lambda: heard.troubles == [""])
        line.send(b"STN.0")
        line.send(b"0042")
        took_s = wait_until(lambda: heard.codes == ["STN.00042"])

    assert took_s > SILENCE_S - 0.1


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        (b"\x00\xfe\xff\x80HS204817\rSTN.00042\r", CODES),
        (b"\x02HS204817\r\n\x02STN.00042\r\n", CODES),
        (b"STN.0004\x00\rHS204817\r", [f"STN.0004{LOST}", "HS204817"]),
        (b"STN.0\xb20042\rHS204817\r", [f"STN.0{LOST}0042", "HS204817"]),
        (b"\xff\xff\xff\xff\r\r\nHS204817\r", ["HS204817"]),
        ("Dế Mèn\rHS204817\r".encode(), ["Dế Mèn", "HS204817"]),
        (b"x" * 5000 + b"\rHS204817\r", ["x" * 63 + "…", "HS204817"]),
    ],
    ids=["noise before", "start byte", "lost end", "garbled", "noise alone", "letters", "flood"],
)
def test_garbage_is_borne(line: SerialLine, sent: bytes, codes: list[str]) -> None:
    """Given bytes that are no text, then codes beside them are read, codes with them spoilt."""
    pieces = [sent[start : start + 1000] for start in range(0, len(sent), 1000)]

    assert heard_after(line, *pieces, count=len(codes)).codes == codes


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200))
def test_any_bytes_are_borne(line: SerialLine, data: bytes) -> None:
    """Given any bytes at all, when read, then nothing breaks and the next code is whole."""
    scanner, read = SerialScanner(line.port, 9600), [""]
    try:
        line.send(data + b"\rHS204817\r")
        while not read[-1].endswith("\rHS204817\r"):
            read.append(read[-1] + scanner.read())
    finally:
        scanner.close()


def test_unplugged_port_is_found_again(line: SerialLine) -> None:
    """Given a scanner is unplugged within a code and plugged in, then the next code is whole."""
    with listening(opening(line)) as heard:
        wait_until(lambda: heard.troubles == [""])
        line.send(b"STN.0004")
        line.unplug()
        wait_until(lambda: heard.troubles[-1] == Trouble.MISSING)
        line.plug()
        wait_until(lambda: heard.troubles[-1] == "")
        line.send(b"HS204817\r")
        wait_until(lambda: bool(heard.codes))

    assert heard.codes == ["HS204817"]
    assert heard.troubles == ["", "stopped", "missing", ""]


def test_port_held_by_another_is_busy(line: SerialLine) -> None:
    """Given another program holds the port, when opened, then that is the trouble."""
    first = SerialScanner(line.port, 9600)
    try:
        with pytest.raises(HandScannerNotFound) as fault:
            SerialScanner(line.port, 9600)
    finally:
        first.close()

    assert fault.value.trouble is Trouble.BUSY


def test_no_port_is_told(tmp_path: Path) -> None:
    """Given a file that is no port, when opened, then it is told as any other trouble is."""
    (tmp_path / "file").touch()

    with pytest.raises(HandScannerNotFound):
        SerialScanner(tmp_path / "file", 9600)


def test_setting_opens_the_port(line: SerialLine) -> None:
    """Given the setting of a serial port, when opened, then it is that port at that speed."""
    port = line.port.resolve()
    scanner = open_hand_scanner(f"serial://{port}?baud=19200")
    scanner.close()

    assert isinstance(scanner, SerialScanner)
    assert (scanner.name, scanner.source) == (str(port), Source.SERIAL)
