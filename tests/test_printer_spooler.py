from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from config.settings import PrinterSettings
from printer.devices import FileDevice, TcpDevice
from printer.receipt import PrintOutcome, PrintReport, Receipt, ReceiptLine
from printer.samples import LOAN
from printer.simulated import Fault, ReceivingPrinter
from printer.spooler import LONGEST_LINE, Spooler

HOST = "127.0.0.1"
SETTINGS = PrinterSettings(expire_after_s=600)


class Hands:
    """A clock set by hand, and the reports told so far."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.told: list[PrintReport] = []

    def clock(self) -> float:
        return self.now_s

    def outcomes(self) -> list[tuple[str, PrintOutcome]]:
        return [(report.slip_number, report.outcome) for report in self.told]


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def off() -> Iterator[ReceivingPrinter]:
    with ReceivingPrinter(Fault.REFUSES) as printer:
        yield printer


def slip(number: str) -> Receipt:
    return replace(LOAN, slip_number=number)


def spooler_of(printer: ReceivingPrinter, hands: Hands) -> Spooler:
    device = TcpDevice(HOST, printer.port, stall_limit_s=0.3)
    return Spooler(device, SETTINGS, hands.told.append, hands.clock)


class GatedDevice:
    """A device that holds each slip until the gate is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.printed: list[str] = []

    def send(self, job_name: str, data: bytes, picture: Image.Image) -> None:
        self.entered.set()
        assert self.gate.wait(10)
        self.printed.append(job_name)


def test_slip_is_printed_and_told(tmp_path: Path, hands: Hands) -> None:
    """Given a folder as printer, when a slip is served, then it is there and DONE is told."""
    spooler = Spooler(FileDevice(tmp_path), SETTINGS, hands.told.append, hands.clock)
    spooler.print_soon(LOAN)

    assert spooler.serve_once() is None

    assert hands.told == [PrintReport(LOAN.slip_number, PrintOutcome.DONE)]
    assert (tmp_path / f"{LOAN.slip_number}.png").exists()


def test_absent_printer_is_told_once(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a printer that is off, when tried again and again, then FAILED is told once."""
    spooler = spooler_of(off, hands)
    spooler.print_soon(slip("A"))

    pauses = []
    for _ in range(7):
        pause = spooler.serve_once()
        assert pause is not None
        pauses.append(pause)
        hands.now_s += pause

    assert hands.outcomes() == [("A", PrintOutcome.FAILED)]
    assert pauses == [1, 2, 5, 10, 30, 30, 30]


def test_early_call_does_not_try(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a pause of 1 s, when served after 0.4 s, then the other 0.6 s are still to wait."""
    spooler = spooler_of(off, hands)
    spooler.print_soon(slip("A"))
    spooler.serve_once()

    hands.now_s += 0.4

    assert spooler.serve_once() == pytest.approx(0.6)
    hands.now_s += 0.6
    assert spooler.serve_once() == 2


def test_slip_is_printed_when_printer_comes(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a slip in line, when the printer is switched on, then it is printed after all."""
    spooler = spooler_of(off, hands)
    spooler.print_soon(slip("A"))
    hands.now_s += spooler.serve_once() or 0

    off.switch_on()
    spooler.serve_once()

    assert hands.outcomes() == [("A", PrintOutcome.FAILED), ("A", PrintOutcome.DONE)]


def test_every_waiting_reader_is_told(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a dead printer and three slips, when the first fails, then all three are told."""
    spooler = spooler_of(off, hands)
    for number in "ABC":
        spooler.print_soon(slip(number))

    spooler.serve_once()

    assert hands.outcomes() == [(number, PrintOutcome.FAILED) for number in "ABC"]


def test_new_slip_is_tried_at_once(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a long pause, when a new slip comes, then the printer is tried without waiting."""
    spooler = spooler_of(off, hands)
    spooler.print_soon(slip("A"))
    for _ in range(5):
        hands.now_s += spooler.serve_once() or 0
    hands.now_s -= 20
    off.switch_on()

    spooler.print_soon(slip("B"))
    assert spooler.serve_once() == 0
    assert spooler.serve_once() is None

    assert hands.outcomes()[-2:] == [("A", PrintOutcome.DONE), ("B", PrintOutcome.DONE)]


def test_slips_expire_one_by_one(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a dead printer, when each slip's time is up, then each is given up and not later."""
    spooler = spooler_of(off, hands)
    spooler.print_soon(slip("A"))
    spooler.serve_once()
    hands.now_s += 599
    spooler.print_soon(slip("B"))
    assert spooler.serve_once() == 1

    hands.now_s += 1
    spooler.serve_once()
    assert hands.outcomes()[-1] == ("A", PrintOutcome.EXPIRED)
    hands.now_s += 599
    assert spooler.serve_once() is None

    assert hands.outcomes()[-1] == ("B", PrintOutcome.EXPIRED)


def test_expired_slip_is_never_printed(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a reader who has gone, when the printer comes back, then nothing is printed."""
    spooler = spooler_of(off, hands)
    spooler.print_soon(slip("A"))
    spooler.serve_once()
    hands.now_s += 600
    off.switch_on()

    spooler.serve_once()

    assert off.slips == []
    assert hands.outcomes() == [("A", PrintOutcome.FAILED), ("A", PrintOutcome.EXPIRED)]


def test_half_a_slip_is_never_repeated(hands: Hands) -> None:
    """Given a printer that died in a slip, when served again, then only the next one is sent."""
    with ReceivingPrinter(Fault.CLOSES, closes_after=3000) as printer:
        spooler = spooler_of(printer, hands)
        spooler.print_soon(slip("A"))
        assert spooler.serve_once() is None
        printer.fault = Fault.NONE
        spooler.print_soon(slip("B"))
        assert spooler.serve_once() is None

    assert hands.outcomes() == [("A", PrintOutcome.PARTIAL), ("B", PrintOutcome.DONE)]
    assert len(printer.slips) == 1


def test_oldest_gives_way_in_a_long_line(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a full line, when one more slip comes, then the oldest is given up for it."""
    spooler = spooler_of(off, hands)
    for number in range(LONGEST_LINE):
        spooler.print_soon(slip(f"S{number}"))
    spooler.serve_once()

    spooler.print_soon(slip("LAST"))
    spooler.serve_once()

    given_up = [number for number, what in hands.outcomes() if what is PrintOutcome.EXPIRED]
    assert given_up == ["S0"]


def test_full_door_is_told_at_once(off: ReceivingPrinter, hands: Hands) -> None:
    """Given a stuck thread and a full door, when one more slip comes, then it is given up."""
    spooler = spooler_of(off, hands)
    for number in range(LONGEST_LINE + 1):
        spooler.print_soon(slip(f"S{number}"))

    assert hands.outcomes() == [(f"S{LONGEST_LINE}", PrintOutcome.EXPIRED)]


def test_lending_goes_on_while_printing() -> None:
    """Given a printer that holds a slip, when more come, then they are taken and printed later."""
    device, told = GatedDevice(), []
    all_told = threading.Event()

    def tell(report: PrintReport) -> None:
        told.append(report.outcome)
        if len(told) == 3:
            all_told.set()

    spooler = Spooler(device, SETTINGS, tell)
    thread = threading.Thread(target=spooler.run, name="printer")
    thread.start()
    spooler.print_soon(slip("A"))
    assert device.entered.wait(10)
    spooler.print_soon(slip("B"))
    spooler.print_soon(slip("C"))
    assert device.printed == []

    device.gate.set()
    assert all_told.wait(10)
    spooler.stop()
    thread.join(10)

    assert device.printed == ["A", "B", "C"]
    assert told == [PrintOutcome.DONE] * 3
    assert not thread.is_alive()


def test_our_mistake_costs_one_slip(tmp_path: Path) -> None:
    """Given a slip we cannot lay out, when the thread meets it, then the next is still printed."""
    told: list[PrintReport] = []
    both = threading.Event()

    def tell(report: PrintReport) -> None:
        told.append(report)
        if len(told) == 2:
            both.set()

    spooler = Spooler(FileDevice(tmp_path), SETTINGS, tell)
    spooler.print_soon(replace(LOAN, slip_number="BAD", lent=(ReceiptLine("Dế Mèn", "1", None),)))
    spooler.print_soon(slip("GOOD"))
    thread = threading.Thread(target=spooler.run, name="printer")
    thread.start()
    assert both.wait(10)
    spooler.stop()
    thread.join(10)

    assert told == [
        PrintReport("BAD", PrintOutcome.FAILED, "internal mistake"),
        PrintReport("GOOD", PrintOutcome.DONE),
    ]


def test_waiting_thread_stops_when_told(off: ReceivingPrinter) -> None:
    """Given a thread in a pause between attempts, when stopped, then it ends."""
    failed = threading.Event()
    spooler = Spooler(TcpDevice(HOST, off.port), SETTINGS, lambda _: failed.set())
    thread = threading.Thread(target=spooler.run, name="printer")
    thread.start()
    spooler.print_soon(LOAN)
    assert failed.wait(10)

    spooler.stop()
    thread.join(10)

    assert not thread.is_alive()
