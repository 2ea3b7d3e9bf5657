"""Hand scanners on a serial port: RS-232, or USB posing as one (CDC, /dev/ttyACM*).

Keeps out waiting, codes and what they mean.
"""

from __future__ import annotations

import codecs
import errno
import termios
from pathlib import Path

import serial

from scanner.errors import HandScannerNotFound, HandScannerStopped, Trouble
from scanner.scan import Source

MOST_BYTES = 4096
"""Read at once."""
_NO_TEXT = 0xFF
"""A byte that UTF-8 has not."""
_BYTES = bytes(_NO_TEXT if byte < 0x20 and byte not in b"\t\n\r" else byte for byte in range(256))
"""A control byte is line noise, a start byte, or a 0 in place of a garbled byte (termios(3))."""

_TROUBLES = {
    errno.EACCES: Trouble.FORBIDDEN,
    errno.EPERM: Trouble.FORBIDDEN,
    errno.EBUSY: Trouble.BUSY,
    errno.EAGAIN: Trouble.BUSY,  # another program's lock
}


class SerialScanner:
    """An opened port.

    Args:
        port: Such as /dev/ttyACM0.
        baud: Bits a second; USB does not mind which.

    Raises:
        HandScannerNotFound: It is not there, not ours to open, or held by another program.
    """

    source = Source.SERIAL

    def __init__(self, port: Path, baud: int) -> None:
        self.name = str(port)
        try:
            self._port = serial.Serial(self.name, baud, timeout=0, exclusive=True)
        except (OSError, termios.error) as error:
            trouble = _TROUBLES.get(getattr(error, "errno", None) or 0)
            raise HandScannerNotFound(self.name, str(error), trouble) from error
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def fileno(self) -> int:
        """The port."""
        return int(self._port.fileno())

    def read(self) -> str:
        """Give what has come; what is no text leaves a mark.

        Raises:
            HandScannerStopped: It was unplugged.
        """
        try:
            data = self._port.read(MOST_BYTES)
        except OSError as error:
            raise HandScannerStopped(self.name, str(error)) from error
        return self._decoder.decode(data.translate(_BYTES))

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()
