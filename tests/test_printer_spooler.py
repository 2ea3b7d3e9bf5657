"""The line of slips: what is tried again, what is given up, and what is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from config.printer_address import PrinterAddress, PrinterKind
from config.settings import PrinterSettings
from printer.delivery import Courier
from printer.devices import FileDevice
from printer.receipt import (
    Condition,
    Delivery,
    PrinterNews,
    PrintOutcome,
    PrintReport,
    Receipt,
    ReceiptLine,
    Trouble,
)
from printer.samples import LOAN
from printer.simulated import Fault, ReceivingPrinter
from printer.spooler import LONGEST_LINE, LOOK_EVERY_S, Spooler

SETTINGS = PrinterSettings(expire_after_s=600)
AWAY = Delivery(PrintOutcome.HELD, Trouble.ABSENT)
NO_PAPER = Delivery(PrintOutcome.HELD, Trouble.PAPER_OUT)
DONE = Delivery(PrintOutcome.DONE)


class Records:
    """Remembers what is kept of slips, in order."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []

    def sending(self, slip_number: str) -> None:
        self.kept.append((slip_number, "sending"))

    def settled(self, report: PrintReport) -> None:
        self.kept.append((report.slip_number, report.outcome.value))


class ScriptedDevice:
    """A device that does as it is told, and keeps what was printed."""

    pause_s = 0.0

    def __init__(self) -> None:
        self.next: Delivery = DONE
        self.condition = Condition(answers=True)
        self.tried: list[str] = []
        self.printed: list[str] = []
        self.looks = 0

    def deliver(self, job_name: str, pieces: tuple[bytes, ...], picture: Image.Image) -> Delivery:
        self.tried.append(job_name)
        if self.next.outcome is not PrintOutcome.HELD:
            self.printed.append(job_name)
        return self.next

    def look(self) -> Condition:
        self.looks += 1
        return self.condition

    def close(self) -> None:
        """Nothing is held."""


class Desk:
    """A spooler with a clock set by hand, its device, its records, and what it told."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.told: list[PrintReport | PrinterNews] = []
        self.device = ScriptedDevice()
        self.records = Records()
        self.spooler = Spooler(
            self.device, SETTINGS, self.told.append, self.records, lambda: self.now_s, lambda: 1.0
        )
        self.spooler.serve_once()  # it looks at the printer first

    def print(self, *numbers: str) -> None:
        for number in numbers:
            self.spooler.print_soon(slip(number))

    def outcomes(self) -> list[tuple[str, PrintOutcome]]:
        reports = [report for report in self.told if isinstance(report, PrintReport)]
        return [(report.slip_number, report.outcome) for report in reports]

    def news(self) -> list[PrinterNews]:
        return [news for news in self.told if isinstance(news, PrinterNews)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def slip(number: str) -> Receipt:
    return replace(LOAN, slip_number=number)


def test_slip_is_printed_and_told(tmp_path: Path) -> None:
    """Given a folder as printer, when a slip is served, then it is there and DONE is told."""
    told: list[PrintReport | PrinterNews] = []
    records = Records()
    spooler = Spooler(FileDevice(tmp_path), SETTINGS, told.append, records)
    spooler.print_soon(LOAN)

    assert spooler.serve_once() is None

    assert told == [PrintReport(LOAN.slip_number, PrintOutcome.DONE)]
    assert records.kept == [(LOAN.slip_number, "sending"), (LOAN.slip_number, "done")]
    assert (tmp_path / f"{LOAN.slip_number}.png").exists()


def test_absent_printer_is_told_once(desk: Desk) -> None:
    """Given a printer that is off, when tried again and again, then HELD is told once."""
    desk.device.next = AWAY
    desk.print("A")
    pauses = []
    for _ in range(8):
        pause = desk.spooler.serve_once()
        assert pause is not None
        pauses.append(pause)
        desk.now_s += pause

    assert desk.outcomes() == [("A", PrintOutcome.HELD)]
    assert pauses == [1, 2, 5, 10, 30, 60, 60, 60]


def test_pauses_are_jittered() -> None:
    """Given two stations, when both are held, then their pauses differ a little."""
    pauses = []
    for factors in (iter([0.9]), iter([1.1])):
        device = ScriptedDevice()
        device.next = AWAY
        draw = partial(next, factors)
        spooler = Spooler(device, SETTINGS, lambda _: None, Records(), lambda: 0.0, draw)
        spooler.print_soon(slip("A"))
        pauses.append(spooler.serve_once())

    assert pauses == [pytest.approx(0.9), pytest.approx(1.1)]


def test_early_call_does_not_try(desk: Desk) -> None:
    """Given a pause of 1 s, when served after 0.4 s, then the other 0.6 s are still to wait."""
    desk.device.next = AWAY
    desk.print("A")
    desk.spooler.serve_once()

    desk.now_s += 0.4

    assert desk.spooler.serve_once() == pytest.approx(0.6)
    desk.now_s += 0.6
    assert desk.spooler.serve_once() == 2


def test_slip_is_printed_when_printer_comes(desk: Desk) -> None:
    """Given a slip in line, when the printer is there again, then it is printed after all."""
    desk.device.next = AWAY
    desk.print("A")
    desk.now_s += desk.spooler.serve_once() or 0

    desk.device.next = DONE
    desk.spooler.serve_once()

    assert desk.outcomes() == [("A", PrintOutcome.HELD), ("A", PrintOutcome.DONE)]
    assert desk.news() == [PrinterNews(Trouble.ABSENT), PrinterNews()]


def test_every_waiting_reader_is_told(desk: Desk) -> None:
    """Given a dead printer and three slips, when the first is held, then all three are told."""
    desk.device.next = AWAY
    desk.print("A", "B", "C")

    desk.spooler.serve_once()

    assert desk.outcomes() == [(number, PrintOutcome.HELD) for number in "ABC"]


def test_new_slip_is_tried_at_once(desk: Desk) -> None:
    """Given a long pause, when a new slip comes, then the printer is tried without waiting."""
    desk.device.next = AWAY
    desk.print("A")
    for _ in range(5):
        desk.now_s += desk.spooler.serve_once() or 0
    desk.now_s -= 20
    desk.device.next = DONE

    desk.print("B")
    assert desk.spooler.serve_once() == 0
    assert desk.spooler.serve_once() is None

    assert desk.device.printed == ["A", "B"]


def test_slips_expire_one_by_one(desk: Desk) -> None:
    """Given a dead printer, when each slip's time is up, then each is given up and not later."""
    desk.device.next = AWAY
    desk.print("A")
    desk.spooler.serve_once()
    desk.now_s += 599
    desk.print("B")
    assert desk.spooler.serve_once() == 1

    desk.now_s += 1
    desk.spooler.serve_once()
    assert desk.outcomes()[-1] == ("A", PrintOutcome.EXPIRED)
    desk.now_s += 599
    desk.spooler.serve_once()

    assert desk.outcomes()[-1] == ("B", PrintOutcome.EXPIRED)


def test_paper_after_15_minutes_prints_nothing(desk: Desk) -> None:
    """Given 20 slips while paper is out, when it comes after 15 minutes, then none is printed."""
    desk.device.next = NO_PAPER
    for number in range(20):
        desk.print(f"S{number}")
        desk.spooler.serve_once()
        desk.now_s += 1

    desk.now_s += 15 * 60
    desk.device.next = DONE
    for _ in range(5):
        desk.spooler.serve_once()
        desk.now_s += 60

    assert desk.device.printed == []
    expired = [number for number, what in desk.outcomes() if what is PrintOutcome.EXPIRED]
    assert expired == [f"S{number}" for number in range(20)]


def test_next_reader_ends_the_wait(desk: Desk) -> None:
    """Given A's held slip, when B's card is shown and paper put in, then A's is not printed."""
    desk.device.next = NO_PAPER
    desk.print("A")
    desk.spooler.serve_once()

    desk.spooler.reader_gone()
    desk.print("B")
    desk.device.next = DONE
    desk.spooler.serve_once()

    assert desk.device.printed == ["B"]
    assert ("A", PrintOutcome.EXPIRED) in desk.outcomes()


def test_next_reader_does_not_stop_a_good_printer(desk: Desk) -> None:
    """Given A's slip in line of a healthy printer, when B comes, then A's is still printed."""
    desk.print("A")
    desk.spooler.reader_gone()

    desk.spooler.serve_once()

    assert desk.device.printed == ["A"]


def test_readerless_slip_is_tried_once(desk: Desk) -> None:
    """Given A's slip untried when B comes, when it is held, then it is given up at once."""
    desk.device.next = NO_PAPER
    desk.print("A")
    desk.spooler.reader_gone()

    desk.spooler.serve_once()

    assert desk.outcomes() == [("A", PrintOutcome.HELD), ("A", PrintOutcome.EXPIRED)]


@pytest.mark.parametrize(
    "outcome", [PrintOutcome.PARTIAL, PrintOutcome.UNKNOWN, PrintOutcome.UNCONFIRMED]
)
def test_what_may_be_on_paper_is_never_repeated(desk: Desk, outcome: PrintOutcome) -> None:
    """Given a slip of which some left, when served again, then only the next one is sent."""
    desk.device.next = Delivery(outcome)
    desk.print("A")
    desk.spooler.serve_once()
    desk.device.next = DONE
    desk.print("B")
    desk.spooler.serve_once()

    assert desk.device.tried == ["A", "B"]
    assert desk.outcomes() == [("A", outcome), ("B", PrintOutcome.DONE)]


def test_printer_news_are_told_when_they_change(desk: Desk) -> None:
    """Given paper low, out, then back, when slips are served, then each change is told once."""
    for delivery in (
        replace(DONE, paper_low=True),
        replace(DONE, paper_low=True),
        NO_PAPER,
        DONE,
    ):
        desk.device.next = delivery
        desk.print("A")
        desk.spooler.serve_once()

    assert desk.news() == [
        PrinterNews(paper_low=True),
        PrinterNews(Trouble.PAPER_OUT),
        PrinterNews(),
    ]


def test_troubled_printer_is_looked_at(desk: Desk) -> None:
    """Given a trouble and nothing in line, when time passes, then it is asked until it is back."""
    desk.device.next = NO_PAPER
    desk.print("A")
    desk.spooler.serve_once()
    desk.spooler.reader_gone()
    looks = desk.device.looks
    pause = desk.spooler.serve_once()
    desk.now_s += LOOK_EVERY_S
    idle = desk.spooler.serve_once()

    assert pause == LOOK_EVERY_S
    assert desk.device.looks == looks + 1
    assert desk.news()[-1] == PrinterNews()
    assert idle is None


def test_healthy_printer_is_left_in_peace(desk: Desk) -> None:
    """Given a printer that is well, when nothing is to print, then it is not asked again."""
    looks = desk.device.looks
    desk.now_s += 3600

    assert desk.spooler.serve_once() is None
    assert (looks, desk.device.looks) == (1, 1)


def test_oldest_gives_way_in_a_long_line(desk: Desk) -> None:
    """Given a full line, when one more slip comes, then the oldest is given up for it."""
    desk.device.next = AWAY
    desk.print(*(f"S{number}" for number in range(LONGEST_LINE)))
    desk.spooler.serve_once()

    desk.print("LAST")
    desk.spooler.serve_once()

    given_up = [number for number, what in desk.outcomes() if what is PrintOutcome.EXPIRED]
    assert given_up == ["S0"]


def test_full_door_is_told_at_once(desk: Desk) -> None:
    """Given a stuck thread and a full door, when one more slip comes, then it is given up."""
    desk.print(*(f"S{number}" for number in range(LONGEST_LINE + 1)))

    assert desk.outcomes() == [(f"S{LONGEST_LINE}", PrintOutcome.EXPIRED)]
    assert desk.records.kept == [(f"S{LONGEST_LINE}", "expired")]


class GatedDevice(ScriptedDevice):
    """A device that holds each slip until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.gate = threading.Event()

    def deliver(self, job_name: str, pieces: tuple[bytes, ...], picture: Image.Image) -> Delivery:
        self.entered.set()
        assert self.gate.wait(10)
        return super().deliver(job_name, pieces, picture)


def test_lending_goes_on_while_printing() -> None:
    """Given a printer that holds a slip, when more come, then they are taken and printed later."""
    device, told, all_told = GatedDevice(), [], threading.Event()

    def tell(report: PrintReport | PrinterNews) -> None:
        if isinstance(report, PrintReport):
            told.append(report.outcome)
        if len(told) == 3:
            all_told.set()

    spooler = Spooler(device, SETTINGS, tell, Records())
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


def test_our_mistake_costs_one_slip(desk: Desk) -> None:
    """Given a slip we cannot lay out, when the thread meets it, then the next is still printed."""
    told: list[PrintReport | PrinterNews] = []
    both = threading.Event()

    def tell(report: PrintReport | PrinterNews) -> None:
        told.append(report)
        if len(told) == 2:
            both.set()

    spooler = Spooler(desk.device, SETTINGS, tell, desk.records)
    spooler.print_soon(replace(LOAN, slip_number="BAD", lent=(ReceiptLine("Dế Mèn", "1", None),)))
    spooler.print_soon(slip("GOOD"))
    thread = threading.Thread(target=spooler.run, name="printer")
    thread.start()
    assert both.wait(10)
    spooler.stop()
    thread.join(10)

    assert told == [
        PrintReport("BAD", PrintOutcome.FAILED, reason="internal mistake"),
        PrintReport("GOOD", PrintOutcome.DONE),
    ]


def test_records_that_fail_do_not_silence_the_printer(desk: Desk) -> None:
    """Given records that cannot be written, when a slip is held, then its reader still knows."""

    class FullDisk(Records):
        def settled(self, report: PrintReport) -> None:
            raise OSError(report.slip_number)

    desk.device.next = AWAY
    spooler = Spooler(desk.device, SETTINGS, desk.told.append, FullDisk(), lambda: 0.0)
    spooler.print_soon(slip("A"))

    with pytest.raises(OSError, match="A"):
        spooler.serve_once()
    assert desk.outcomes() == [("A", PrintOutcome.HELD)]


def test_slips_in_line_are_printed_at_the_end(desk: Desk) -> None:
    """Given two slips just queued, when the program ends, then both are still printed."""
    desk.print("A", "B")
    desk.spooler.stop()

    desk.spooler.run()

    assert desk.device.printed == ["A", "B"]
    assert desk.records.kept[-1] == ("B", "done")


def test_held_slips_are_given_up_at_the_end(desk: Desk) -> None:
    """Given a dead printer, when the program ends, then one more try, and no slip is left open."""
    desk.device.next = AWAY
    desk.print("A", "B")
    desk.spooler.stop()

    desk.spooler.run()

    assert desk.device.tried == ["A"]
    assert desk.records.kept[-2:] == [("A", "expired"), ("B", "expired")]


class DirectDevice(ScriptedDevice):
    """The real delivery in this process, to a simulated printer on the network."""

    def __init__(self, printer: ReceivingPrinter) -> None:
        super().__init__()
        address = PrinterAddress(PrinterKind.TCP, "127.0.0.1", printer.port)
        self._courier = Courier(address, stall_limit_s=0.3, barrier_within_s=0.5)

    def deliver(self, job_name: str, pieces: tuple[bytes, ...], picture: Image.Image) -> Delivery:
        return self._courier.deliver(pieces, 0.0, lambda: None)

    def look(self) -> Condition:
        return self._courier.look()


@pytest.fixture
def off() -> Iterator[ReceivingPrinter]:
    with ReceivingPrinter(Fault.REFUSES) as printer:
        yield printer


def test_real_printer_comes_back(off: ReceivingPrinter) -> None:
    """Given a real line to a printer that is off, when switched on, then its slip is printed."""
    told: list[PrintReport | PrinterNews] = []
    now = [0.0]
    spooler = Spooler(DirectDevice(off), SETTINGS, told.append, Records(), lambda: now[0])
    spooler.print_soon(LOAN)
    now[0] += spooler.serve_once() or 0
    off.switch_on()
    spooler.serve_once()

    outcomes = [report.outcome for report in told if isinstance(report, PrintReport)]
    assert outcomes == [PrintOutcome.HELD, PrintOutcome.DONE]
    assert len(off.slips) == 1


def test_waiting_thread_stops_when_told(off: ReceivingPrinter) -> None:
    """Given a thread in a pause between attempts, when stopped, then it ends."""
    held = threading.Event()
    spooler = Spooler(DirectDevice(off), SETTINGS, lambda _: held.set(), Records())
    thread = threading.Thread(target=spooler.run, name="printer")
    thread.start()
    spooler.print_soon(LOAN)
    assert held.wait(10)

    spooler.stop()
    thread.join(10)

    assert not thread.is_alive()
