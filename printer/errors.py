"""What can go wrong with the printer.

* PrinterError
  + PrinterUnreachable   nothing was sent; trying again is safe
  + PrinterStopped       some bytes left and it stopped taking more; never send them again
"""

from __future__ import annotations


class PrinterError(Exception):
    """A slip could not be delivered."""


class PrinterUnreachable(PrinterError):
    """Nothing was sent: the printer is off, away, or the folder cannot be written."""


class PrinterStopped(PrinterError):
    """The printer took some bytes and then no more; part of a slip may be on paper.

    Attributes:
        sent_bytes: How many bytes had left when it stopped.
    """

    def __init__(self, sent_bytes: int) -> None:
        super().__init__(f"stopped after {sent_bytes} bytes")
        self.sent_bytes = sent_bytes
