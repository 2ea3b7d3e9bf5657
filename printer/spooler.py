"""The printer thread: slips wait here, and a loan never waits for them. Keeps no slip on disk.

A slip of which nothing left is tried again, with growing pauses, until its reader has gone.
A slip of which some bytes left is never sent again by itself: better half a slip than two.
The thread is made by the application; this module only says what it does.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from config.settings import PrinterSettings
from printer.devices import Device
from printer.encoding import encode
from printer.errors import PrinterStopped, PrinterUnreachable
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import PrintOutcome, PrintReport, Receipt

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses between two attempts while the printer is away; the last one goes on."""
LONGEST_LINE = 32
"""Slips that may wait; beyond it the oldest is given up, as its reader has left first."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Job:
    receipt: Receipt
    asked_at: float
    told: bool = False
    """Whether its first failure was reported."""


class Spooler:
    """Prints slips one after another and tells what became of each."""

    def __init__(
        self,
        device: Device,
        settings: PrinterSettings,
        tell: Callable[[PrintReport], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a spooler for one device.

        Args:
            device: Used by this thread alone.
            settings: The paper's width, and how long a slip may wait.
            tell: Called for each report, mostly in this thread; must neither block nor raise.
            clock: Seconds that only go forward.
        """
        self.jobs: queue.Queue[_Job] = queue.Queue(maxsize=LONGEST_LINE)
        self._device = device
        self._settings = settings
        self._tell = tell
        self._clock = clock
        self._waiting: deque[_Job] = deque()
        self._attempts = 0
        self._try_at = 0.0
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def print_soon(self, receipt: Receipt) -> None:
        """Put a slip in line and return at once, whatever the printer does."""
        try:
            self.jobs.put_nowait(_Job(receipt, self._clock()))
        except queue.Full:
            self._tell(PrintReport(receipt.slip_number, PrintOutcome.EXPIRED, "line too long"))
        self._woken.set()

    def stop(self) -> None:
        """Let `run` return after the slip in hand; slips still in line are not printed."""
        self._stopping.set()
        self._woken.set()

    def run(self) -> None:
        """Serve until stopped: the body of the thread "printer"."""
        while not self._stopping.is_set():
            try:
                pause_s = self.serve_once()
            except Exception:
                pause_s = self._drop_after_mistake()
            if not self._stopping.is_set():
                self._woken.wait(pause_s)

    def serve_once(self) -> float | None:
        """Give up what is too old and try the first slip in line.

        Returns:
            Seconds until there is something to do again; None until the next slip comes.
        """
        self._woken.clear()
        self._take_new()
        self._give_up_old()
        if self._waiting and self._clock() >= self._try_at:
            self._try_first()
        return self._pause_s()

    def _take_new(self) -> None:
        """Move new slips into line; each one is a reason to try the printer at once."""
        while not self.jobs.empty():
            self._waiting.append(self.jobs.get_nowait())
            self._try_at = 0.0

    def _give_up_old(self) -> None:
        now = self._clock()
        while self._waiting and (
            now - self._waiting[0].asked_at >= self._settings.expire_after_s
            or len(self._waiting) > LONGEST_LINE
        ):
            job = self._waiting.popleft()
            self._report(job, PrintOutcome.EXPIRED, "waited too long")

    def _try_first(self) -> None:
        job = self._waiting[0]
        try:
            self._print(job.receipt)
        except PrinterUnreachable as error:
            self._wait_longer(str(error))
            return
        except PrinterStopped as error:
            self._report(job, PrintOutcome.PARTIAL, str(error))
        else:
            self._report(job, PrintOutcome.DONE)
        self._waiting.popleft()
        self._attempts = 0

    def _print(self, receipt: Receipt) -> None:
        picture = draw(lay_out(receipt, self._settings.width_px))
        self._device.send(receipt.slip_number, encode(picture), picture)

    def _wait_longer(self, reason: str) -> None:
        """Nothing was sent: tell it once for each slip in line, and try again after a pause."""
        self._try_at = self._clock() + PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)]
        self._attempts += 1
        for job in self._waiting:
            if not job.told:
                job.told = True
                self._report(job, PrintOutcome.FAILED, reason)

    def _drop_after_mistake(self) -> float:
        """A mistake of ours: never loop on the slip that brought it about, never stay silent."""
        log.exception("printer-thread-mistake", waiting=len(self._waiting))
        if self._waiting:
            self._report(self._waiting.popleft(), PrintOutcome.FAILED, "internal mistake")
        return PAUSES_S[0]

    def _report(self, job: _Job, outcome: PrintOutcome, reason: str = "") -> None:
        log.info("slip", slip=job.receipt.slip_number, outcome=outcome.value, reason=reason)
        self._tell(PrintReport(job.receipt.slip_number, outcome, reason))

    def _pause_s(self) -> float | None:
        """Until the next attempt or the next slip to give up, whichever is sooner."""
        if not self._waiting:
            return None
        expires_at = self._waiting[0].asked_at + self._settings.expire_after_s
        return max(0.0, min(self._try_at, expires_at) - self._clock())
