"""The hand scanner's thread: what one device sends becomes scans. Keeps out the kinds of device.

A hand scanner has made its own checks, so each code is believed at once; what it means is
decided where all codes are. Loses the device and finds it again by itself. Makes no thread:
the application does, and calls `run` in it.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from scanner.errors import HandScannerError, Trouble
from scanner.scan import HandScannerBack, HandScannerLost, Scan, ScannerEvent, Source
from scanner.texts import ENDS, SILENCE_S, Line

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 2.0

log = structlog.get_logger()


class HandScanner(Protocol):
    """An opened device that sends codes; used by one thread."""

    @property
    def name(self) -> str:
        """What people call it in a log line."""

    @property
    def source(self) -> Source:
        """How its codes come in."""

    def fileno(self) -> int:
        """What to wait on until something can be read."""

    def read(self) -> str:
        """Give what has come, without waiting: codes, and one of `ENDS` after each.

        Raises:
            HandScannerStopped: Nothing will come any more.
        """

    def close(self) -> None:
        """Let go of the device."""


class HandReader:
    """Listens to one hand scanner for as long as `run` runs."""

    def __init__(
        self,
        setting: str,
        open_scanner: Callable[[], HandScanner],
        tell: Callable[[ScannerEvent], None],
    ) -> None:
        """Prepare to listen.

        Args:
            setting: What people call the device before it is found.
            open_scanner: Opens it; may raise `HandScannerError`.
            tell: Called for each event, in this thread; must neither block nor raise.
        """
        self._setting = setting
        self._open_scanner = open_scanner
        self._tell = tell
        self._stopping = threading.Event()
        self._waker: socket.socket | None = None
        self._hears = False
        self._told: Trouble | None = None

    def run(self) -> None:
        """Listen until stopped. The body of the hand scanner's thread."""
        woken, self._waker = socket.socketpair()
        with woken, self._waker:
            pause_s = FIRST_PAUSE_S
            while not self._stopping.is_set():
                self._try_to_listen(woken)
                pause_s = FIRST_PAUSE_S if self._hears else pause_s
                self._stopping.wait(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def stop(self) -> None:
        """Ask `run` to end, which it does at once. From any thread."""
        self._stopping.set()
        if self._waker is not None:
            with contextlib.suppress(OSError):  # it has ended already
                self._waker.send(b".")

    def _try_to_listen(self, woken: socket.socket) -> None:
        """Listen to one device until it is lost; say why."""
        self._hears = False
        try:
            self._listen(woken)
        except HandScannerError as error:
            self._lose(error.device, error.trouble, error.reason)
        except Exception as error:
            log.exception("hand_scanner_thread_failed")
            self._lose(self._setting, Trouble.FAULT, type(error).__name__)

    def _listen(self, woken: socket.socket) -> None:
        with contextlib.closing(self._open_scanner()) as scanner:
            self._greet(scanner)
            line = Line()
            while not self._stopping.is_set():
                patience_s = SILENCE_S if line else None
                watched = [scanner.fileno(), woken.fileno()]
                ready, _, _ = select.select(watched, [], [], patience_s)
                if scanner.fileno() in ready:
                    self._take(line, scanner)
                elif not ready:
                    self._believe(line.end(), scanner)

    def _take(self, line: Line, scanner: HandScanner) -> None:
        """Read what has come and tell each code that ends in it."""
        for character in scanner.read():
            if character in ENDS:
                self._believe(line.end(), scanner)
            else:
                line.add(character)

    def _believe(self, code: str, scanner: HandScanner) -> None:
        if code:
            self._tell(Scan(code, None, time.monotonic(), scanner.source))

    def _greet(self, scanner: HandScanner) -> None:
        self._hears, self._told = True, None
        log.info("hand_scanner_found", scanner=scanner.name)
        self._tell(HandScannerBack(scanner.name))

    def _lose(self, scanner: str, trouble: Trouble, reason: str) -> None:
        if trouble is not self._told:
            self._told = trouble
            log.warning("hand_scanner_lost", scanner=scanner, trouble=trouble, reason=reason)
            self._tell(HandScannerLost(scanner, trouble))
