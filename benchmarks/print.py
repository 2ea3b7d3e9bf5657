"""A slip from contents to bytes, against python-escpos; the line's pace; lending with no printer.

Slip and picture are the same for both encoders, and all subjects take turns in one run.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from benchmarks.decade import Decade
from benchmarks.escpos_peer import escpos_bytes
from benchmarks.reporting import arguments, medians, report
from config.printer_address import PrinterAddress, PrinterKind
from config.settings import PrinterSettings
from db.clock import SystemClock
from db.ids import new_id
from kiosk.receipts import SlipDesk
from printer.devices import ProcessDevice
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import PrintReport
from printer.samples import LOAN
from printer.simulated import Fault, ReceivingPrinter
from printer.spooler import Spooler

WIDTHS = (384, 576)
DRAWN_BEFORE = 3
"""A station has drawn its letters before; the first slips fill the glyph cache."""

SOONEST_S = 0.1
"""The next reader's book comes no sooner after the last one's slip: a card comes first."""


def main() -> None:
    """Measure and print."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asked = arguments(__doc__ or "", rounds=200, slips=50, loans=150)
    figures: dict[str, float | int] = {}
    for width in WIDTHS:
        figures |= encoding(width, asked.rounds)
    figures["slips_a_minute"] = pace(asked.slips)
    figures |= lending(asked.loans)
    report(figures, asked.json)


def encoding(width: int, rounds: int) -> dict[str, float | int]:
    """Time and bytes of one slip, ours and the peer's."""
    for _ in range(DRAWN_BEFORE):
        picture = draw(lay_out(LOAN, width))
        escpos_bytes(picture)
    ours = _timed(lambda: encode(draw(lay_out(LOAN, width))))
    peers = _timed(lambda: escpos_bytes(draw(lay_out(LOAN, width))))
    alone, peers_alone = _timed(lambda: encode(picture)), _timed(lambda: escpos_bytes(picture))
    ours_s, peer_s, alone_s, peer_alone_s = medians(rounds, ours, peers, alone, peers_alone)
    size, peer_size = len(b"".join(encode(picture))), len(escpos_bytes(picture))
    return {
        f"time_ratio_{width}": ours_s / peer_s,
        f"encode_ratio_{width}": alone_s / peer_alone_s,
        f"bytes_ratio_{width}": size / peer_size,
        f"slip_ms_{width}": ours_s * 1000,
        f"bytes_{width}": size,
    }


def pace(slips: int) -> float:
    """Slips a minute through spooler, process and network to a printer that takes no time."""
    done = threading.Semaphore(0)
    with ReceivingPrinter() as printer:
        device = ProcessDevice(PrinterAddress(PrinterKind.TCP, "127.0.0.1", printer.port))
        spooler = Spooler(device, PrinterSettings(), lambda _: done.release(), _Nothing())
        thread = threading.Thread(target=spooler.run)
        thread.start()
        began = time.perf_counter()
        for _ in range(slips):
            spooler.print_soon(LOAN)
            done.acquire()
        took = time.perf_counter() - began
        spooler.stop()
        thread.join()
    return 60 * slips / took


def lending(loans: int) -> dict[str, float | int]:
    """One check-out while slips are printed, with a good printer, a dead one and a stuck one."""
    with tempfile.TemporaryDirectory() as folder:
        rooms = [
            _Room(Path(folder), fault) for fault in (Fault.NONE, Fault.REFUSES, Fault.NEVER_READS)
        ]
        good_s, dead_s, stuck_s = medians(loans, *(room.lend for room in rooms))
        for room in rooms:
            room.close()
    return {
        "loan_ratio_dead_to_good": dead_s / good_s,
        "loan_ratio_stuck_to_good": stuck_s / good_s,
        "loan_good_ms": good_s * 1000,
    }


class _Nothing:
    """Records of slips that keep nothing."""

    def sending(self, slip_number: str) -> None:
        """Keep nothing."""

    def settled(self, report: PrintReport) -> None:
        """Keep nothing."""


class _Room:
    """A station's records and printer thread, with a printer of one kind."""

    def __init__(self, folder: Path, fault: Fault) -> None:
        self._decade = Decade(folder / f"{fault}.db", 0)
        self._printer = ReceivingPrinter(fault)
        self._printer.__enter__()
        address = PrinterAddress(PrinterKind.TCP, "127.0.0.1", self._printer.port)
        settings = PrinterSettings()
        desk = SlipDesk(self._decade.engine, SystemClock(), "", "", settings)
        self._spooler = Spooler(ProcessDevice(address), settings, lambda _: None, desk)
        self._thread = threading.Thread(target=self._spooler.run, daemon=True)
        self._thread.start()

    def lend(self) -> float:
        """Lend one copy while a slip is printed, and give the loan's seconds."""
        patron, accession = self._decade.anyone(), self._decade.any_copy()
        self._spooler.print_soon(LOAN)
        time.sleep(SOONEST_S)
        began = time.perf_counter()
        self._decade.desk.check_out(patron, accession, new_id())
        took = time.perf_counter() - began
        self._decade.desk.check_in(accession)
        self._spooler.reader_gone()
        return took

    def close(self) -> None:
        """Let the printer go; a stuck delivery is left behind, as at a station's end."""
        self._spooler.stop()
        self._printer.fault = Fault.NONE
        self._thread.join(15)
        self._printer.__exit__()
        self._decade.engine.dispose()


def _timed(work: Callable[[], Any]) -> Callable[[], float]:
    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return once


if __name__ == "__main__":
    main()
