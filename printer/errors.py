"""What can go wrong with printing. `delivery.py` turns what a printer does into values.

* PrinterError
  + PrinterUnreachable   it cannot be opened; nothing was sent
  + PrinterStopped       it went away, or took no more
* UnreadableCode         a code on a sheet that nobody would read
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


class UnreadableCode(Exception):
    """A code on a sheet of labels or cards could not be read from paper.

    Attributes:
        payload: What the code should say.
    """

    def __init__(self, payload: str, reason: str) -> None:
        super().__init__(f"{payload}: {reason}")
        self.payload = payload
