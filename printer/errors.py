"""What can go wrong with the printer. Inside this package only: `delivery.py` turns it into values.

* PrinterError
  + PrinterUnreachable   it cannot be opened; nothing was sent
  + PrinterStopped       it went away, or took no more
"""

from __future__ import annotations

from printer.receipt import Trouble


class PrinterError(Exception):
    """A slip could not be delivered.

    Attributes:
        trouble: What is in the way.
    """

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble


class PrinterUnreachable(PrinterError):
    """Nothing was sent: the printer is off, away, or something else stands in its place."""


class PrinterStopped(PrinterError):
    """The printer went away or took no more; some bytes may have left."""
