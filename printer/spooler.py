"""The printer thread: slips wait here, and a loan never waits for them. Knows no database.

A slip of which nothing left is tried again, with growing pauses, until its reader has gone.
A slip of which some bytes left is never sent again by itself: better half a slip than two.
How far each slip has come is kept in the records by `Jobs`, so that a pulled plug is found out.
The thread is made by the application; this module only says what it does.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from config.settings import PrinterSettings
from printer.devices import Device
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import (
    Delivery,
    PrinterNews,
    PrintOutcome,
    PrintReport,
    Receipt,
    Slip,
    Trouble,
)

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Pauses between two attempts while the printer is away; the last one goes on."""
LOOK_EVERY_S = 30.0
"""While something is wrong and no slip waits, how often the printer is asked whether it is back.
A printer that is well is not asked between slips: opening some resets them."""
LONGEST_LINE = 32
"""Slips that may wait; beyond it the oldest is given up, as its reader has left first."""

log = structlog.get_logger()


class Jobs(Protocol):
    """How far each slip has come, kept where a pulled plug leaves it."""

    def sending(self, slip_number: str) -> None:
        """Keep, before the first byte leaves, that from now on nobody knows."""
        ...

    def settled(self, report: PrintReport) -> None:
        """Keep what became of a slip."""
        ...


@dataclass(slots=True, eq=False)
class _Job:
    slip: Slip
    asked_at: float
    held: bool = False
    """Whether it was tried and nothing left."""
    reader_gone: bool = False
    """Whether another reader has come: then it is tried, and not kept. The librarian stays."""

    @property
    def number(self) -> str:
        """Under which its fate is kept; empty for what nobody asks after."""
        return getattr(self.slip, "slip_number", getattr(self.slip, "number", ""))


class _ReaderGone:
    """Word that another reader has come."""


class Spooler:
    """Prints slips one after another and tells what became of each."""

    def __init__(
        self,
        device: Device,
        settings: PrinterSettings,
        tell: Callable[[PrintReport | PrinterNews], None],
        jobs: Jobs,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = lambda: random.uniform(0.9, 1.1),
    ) -> None:
        """Make a spooler for one device.

        Args:
            device: Used by this thread alone.
            settings: The paper, and how long a slip may wait.
            tell: Called for each report, mostly in this thread; must neither block nor raise.
            jobs: The records of slips.
            clock: Seconds that only go forward.
            jitter: A factor for each pause, so that stations do not try in step.
        """
        self.jobs: queue.Queue[_Job | _ReaderGone] = queue.Queue(maxsize=LONGEST_LINE)
        self._device = device
        self._settings = settings
        self._tell = tell
        self._records = jobs
        self._clock = clock
        self._jitter = jitter
        self._waiting: deque[_Job] = deque()
        self._attempts = 0
        self._try_at = 0.0
        self._look_at: float | None = 0.0
        self._news = PrinterNews()
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def print_soon(self, slip: Slip) -> None:
        """Put a slip in line and return at once, whatever the printer does."""
        job = _Job(slip, self._clock())
        try:
            self.jobs.put_nowait(job)
        except queue.Full:
            self._settle(job.number, PrintOutcome.EXPIRED, None, "line too long")
        self._woken.set()

    def reader_gone(self) -> None:
        """Another reader has come: what cannot be printed at once is nobody's any more."""
        try:
            self.jobs.put_nowait(_ReaderGone())
        except queue.Full:
            log.warning("printer.line_full")
        self._woken.set()

    def stop(self) -> None:
        """Let `run` return once the slips in line have had one more try."""
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
        self._last_words()
        self._device.close()

    def serve_once(self) -> float | None:
        """Give up what is too old and try the first slip in line, or look at the printer.

        Returns:
            Seconds until there is something to do again; None until the next slip comes.
        """
        self._woken.clear()
        self._take_new()
        self._give_up_old()
        if self._waiting and self._clock() >= self._try_at:
            self._try_first()
        elif not self._waiting and self._look_at is not None and self._clock() >= self._look_at:
            self._look()
        return self._pause_s()

    def _take_new(self) -> None:
        """Move new slips into line; each one is a reason to try the printer at once."""
        while not self.jobs.empty():
            new = self.jobs.get_nowait()
            if isinstance(new, _ReaderGone):
                for job in self._waiting:
                    job.reader_gone = isinstance(job.slip, Receipt)
                self._give_up_readerless()
            else:
                self._waiting.append(new)
                self._try_at = 0.0

    def _give_up_old(self) -> None:
        now, limit_s = self._clock(), self._settings.expire_after_s
        self._give_up(lambda job: now - job.asked_at >= limit_s, "waited too long")
        self._give_up(list(self._waiting)[:-LONGEST_LINE].__contains__, "line too long")

    def _give_up_readerless(self) -> None:
        self._give_up(lambda job: job.held and job.reader_gone, "the next reader came")

    def _give_up(self, is_over: Callable[[_Job], bool], reason: str) -> None:
        over = [job for job in self._waiting if is_over(job)]
        self._waiting = deque(job for job in self._waiting if job not in over)
        for job in over:
            self._settle(job.number, PrintOutcome.EXPIRED, self._news.trouble, reason)

    def _try_first(self) -> None:
        job = self._waiting[0]
        delivery = self._print(job)
        if delivery.outcome is PrintOutcome.HELD:
            self._hold(delivery)
        else:
            self._waiting.popleft()
            self._attempts = 0
            self._report(job, delivery)
        self._note(PrinterNews(delivery.trouble, delivery.paper_low))

    def _print(self, job: _Job) -> Delivery:
        picture = draw(lay_out(job.slip, self._settings.width_px))
        pieces = encode(picture, self._settings)
        self._records.sending(job.number)
        return self._device.deliver(job.number, pieces, picture)

    def _hold(self, delivery: Delivery) -> None:
        """Nothing was sent: keep it for each slip in line, and try again after a pause."""
        pause_s = PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)] * self._jitter()
        self._try_at = self._clock() + pause_s
        self._attempts += 1
        first, *others = self._waiting
        for job in (first, *(job for job in others if not job.held)):
            told, job.held = job.held, True
            self._report(job, delivery, silently=told)
        self._give_up_readerless()

    def _look(self) -> None:
        condition = self._device.look()
        self._note(PrinterNews(condition.trouble, condition.paper_low))

    def _note(self, news: PrinterNews) -> None:
        """Tell what is new about the printer; look again by and by while something is wrong."""
        self._look_at = None if news.trouble is None else self._clock() + LOOK_EVERY_S
        if news != self._news:
            self._news = news
            log.info("printer", trouble=news.trouble, paper_low=news.paper_low)
            self._tell(news)

    def _drop_after_mistake(self) -> float:
        """A mistake of ours: never loop on the slip that brought it about, never stay silent."""
        log.exception("printer-thread-mistake", waiting=len(self._waiting))
        if self._waiting:
            number = self._waiting.popleft().number
            self._settle(number, PrintOutcome.FAILED, None, "internal mistake")
        return PAUSES_S[0]

    def _last_words(self) -> None:
        """The program ends: slips that were not tried are, up to the first that is not printed."""
        self._take_new()
        while self._waiting and not self._waiting[0].held:
            self._try_first()
        self._give_up(lambda job: True, "station stopped")

    def _report(self, job: _Job, delivery: Delivery, *, silently: bool = False) -> None:
        report = PrintReport(job.number, delivery.outcome, delivery.trouble, delivery.reason)
        if not silently:
            log.info(
                "slip",
                slip=report.slip_number,
                outcome=report.outcome.value,
                trouble=report.trouble,
                reason=report.reason,
            )
        self._keep(report, silently=silently)

    def _settle(
        self, slip_number: str, outcome: PrintOutcome, trouble: Trouble | None, reason: str
    ) -> None:
        report = PrintReport(slip_number, outcome, trouble, reason)
        log.info("slip", slip=slip_number, outcome=outcome.value, reason=reason)
        self._keep(report)

    def _keep(self, report: PrintReport, *, silently: bool = False) -> None:
        """Keep what became of a slip; its reader is told also if the records cannot be written."""
        try:
            self._records.settled(report)
        finally:
            if not silently:
                self._tell(report)

    def _pause_s(self) -> float | None:
        """Until the next attempt, look, or slip to give up, whichever is sooner."""
        now = self._clock()
        if not self._waiting:
            return None if self._look_at is None else max(0.0, self._look_at - now)
        expires_at = min(job.asked_at for job in self._waiting) + self._settings.expire_after_s
        return max(0.0, min(self._try_at, expires_at) - now)
