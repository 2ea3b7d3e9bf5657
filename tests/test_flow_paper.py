"""Every fault of a printer at a real station: the loan first, a true sentence, nobody else's slip.

Real records, clerk, spooler, process and line; the time between two tries is turned by hand.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import ImageOps
from pyzbar import pyzbar
from sqlalchemy import func, select

from admin.app import create_app
from config.printer_address import PrinterAddress, PrinterKind
from config.settings import PrinterSettings, VisitSettings
from db.engine import open_read_only, sqlite_url
from db.models import Loan
from db.sync.connection import HubConnection, push
from kiosk.clerk import Clerk
from kiosk.events import DonePressed, Shown, Status
from kiosk.receipts import SlipDesk
from kiosk.visit import Finished, Waiting
from printer.devices import ProcessDevice
from printer.receipt import PrinterNews, PrintOutcome, PrintReport
from printer.simulated import Fault, ReceivingPrinter, SerialPrinter
from printer.spooler import LOOK_EVERY_S, Spooler
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool, copy_of_demo_school
from tests.hub_school import HubSchool, InProcess
from tests.screen_driver import ScreenDriver

STALL_S, BARRIER_S, PATIENCE_S = 0.4, 0.6, 6.0
UNPRINTED, PARTIAL = "Chưa in được phiếu", "Phiếu in dở dang"
UNKNOWN, SENT = "Chưa rõ phiếu đã in xong chưa", "Phiếu đã gửi tới máy in"
KEEP_IN_MIND = "Sách đã ghi mượn, em nhớ hạn trả nhé"


class WatchedDesk(SlipDesk):
    """Looks at the file, as another program sees it, before a slip's first byte can leave."""

    file = Path()

    def sending(self, slip_number: str) -> None:
        super().sending(slip_number)
        self.loans_on_disk = loans(self.file)


class PaperStation:
    """A station with a printer; the spooler is served by hand."""

    def __init__(self, school: DemoSchool, file: Path, device: ProcessDevice) -> None:
        self.school, self.cast, self.shown = school, school.cast(), [Shown()]
        self.now_s = 0.0
        self.device = device
        settings = PrinterSettings()
        self.slips = WatchedDesk(school.engine, school.clock, "Trường", "Trạm 1", settings)
        self.slips.file = file
        self.clerk = Clerk(
            school.sure,
            self.slips,
            VisitSettings(),
            self.shown.append,
            self._nothing,
            Status(has_printer=True),
            now=lambda: self.now_s,
        )
        self.told: list[PrintReport] = []
        self.spooler = Spooler(
            device, settings, self._hear, self.slips, lambda: self.now_s, lambda: 1.0
        )
        self.slips.printer = self.spooler

    def _nothing(self) -> None:
        """No hub waits for a commit."""

    def _hear(self, event: PrintReport | PrinterNews) -> None:
        if isinstance(event, PrintReport):
            self.told.append(event)
        self.clerk.handle(event)

    def visit(self, pupil: int, copy: int) -> str:
        """Lend a book, end the visit and have its slip tried once; give the slip's number."""
        for code in (self.cast.free_pupils[pupil].card, self.cast.shelved[copy].accession):
            self.clerk.handle(Scan(code, Symbology.QR, self.now_s))
        self.clerk.handle(DonePressed())
        visit = self.clerk.visit
        assert isinstance(visit, Finished)
        self.serve()
        return visit.slip_number

    def serve(self) -> None:
        """Serve the printer once; nothing may take longer than the limit of its process."""
        started = time.monotonic()
        self.spooler.serve_once()
        assert time.monotonic() - started < 2 * PATIENCE_S + 5

    def leave(self) -> None:
        """Let the farewell end by itself."""
        self.pass_time(60)
        self.clerk.handle(None)
        assert self.clerk.visit == Waiting()

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        self.school.clock.advance(timedelta(seconds=seconds))

    def outcomes(self, number: str) -> list[PrintOutcome]:
        return [report.outcome for report in self.told if report.slip_number == number]


def loans(file: Path) -> int:
    """How many loans of this morning's visits any other program reads in the file."""
    engine = open_read_only(sqlite_url(file))
    with engine.begin() as connection:
        of_visits = select(func.count()).select_from(Loan).where(Loan.visit_id.is_not(None))
        count = connection.execute(of_visits).scalar_one()
    engine.dispose()
    return count


def on_paper(printer: ReceivingPrinter | SerialPrinter) -> list[str]:
    """The numbers of the slips that can be read off the paper, from the first to the last."""
    papers = [ImageOps.expand(slip.convert("L"), 24, fill=255) for slip in printer.slips]
    return [code.data.decode() for paper in papers for code in pyzbar.decode(paper)]


@pytest.fixture
def opened(tmp_path: Path, demo_template: Path) -> Iterator[Callable[..., PaperStation]]:
    """Opens a station at a printer; closed at the end."""
    with ExitStack() as stack:

        def open_station(address: PrinterAddress, **limits: float) -> PaperStation:
            file = tmp_path / "kiosk.db"
            school = copy_of_demo_school(file, demo_template)
            stack.callback(school.engine.dispose)
            limits = {"stall_limit_s": STALL_S, "barrier_s": BARRIER_S, **limits}
            device = ProcessDevice(address, **{"patience_s": PATIENCE_S, **limits})
            stack.callback(device.close)
            return PaperStation(school, file, device)

        yield open_station


def tcp(printer: ReceivingPrinter) -> PrinterAddress:
    return PrinterAddress(PrinterKind.TCP, "127.0.0.1", printer.port)


FAULTS: dict[Fault, tuple[set[PrintOutcome], set[str]]] = {
    Fault.REFUSES: ({PrintOutcome.HELD}, {UNPRINTED}),
    Fault.RESETS: ({PrintOutcome.HELD, PrintOutcome.PARTIAL}, {UNPRINTED, PARTIAL}),
    Fault.CLOSES: ({PrintOutcome.PARTIAL}, {PARTIAL}),
    Fault.NEVER_READS: ({PrintOutcome.PARTIAL}, {PARTIAL}),
    Fault.SILENT: ({PrintOutcome.UNCONFIRMED}, {SENT}),
    Fault.ZEROS: ({PrintOutcome.UNCONFIRMED}, {SENT}),
    Fault.NO_BARRIER: ({PrintOutcome.UNCONFIRMED}, {SENT}),
    Fault.PAPER_OUT: ({PrintOutcome.HELD}, {"Máy in hết giấy"}),
    Fault.COVER_OPEN: ({PrintOutcome.HELD}, {"Nắp máy in đang mở"}),
    Fault.OFFLINE: ({PrintOutcome.HELD}, {UNPRINTED}),
    Fault.PAPER_OUT_DURING: ({PrintOutcome.UNKNOWN, PrintOutcome.PARTIAL}, {UNKNOWN, PARTIAL}),
    Fault.PAPER_OUT_AFTER: ({PrintOutcome.UNKNOWN}, {UNKNOWN}),
}
"""What may become of a slip, and which sentences are true of it."""
BYTES_BEFORE = {Fault.CLOSES: 4000, Fault.PAPER_OUT_DURING: 6000}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_costs_no_loan_and_no_privacy(
    fault: Fault, opened: Callable[..., PaperStation], screen: ScreenDriver
) -> None:
    """Given a fault, when A borrows, B comes and it is mended, then A is told; B's slip is B's."""
    outcomes, sentences = FAULTS[fault]
    with ReceivingPrinter(fault, BYTES_BEFORE.get(fault, 0)) as printer:
        station = opened(tcp(printer))
        first = station.visit(0, 0)
        said, told = seen(screen, station.shown[-1]), station.outcomes(first)
        mend(printer)
        second = station.visit(1, 1)
        for _ in range(3):
            station.pass_time(LOOK_EVERY_S)
            station.serve()
        papers = on_paper(printer)

    assert station.slips.loans_on_disk == 2
    assert len(told) == 1
    assert told[0] in outcomes
    assert len(sentences & set(said)) == 1
    assert KEEP_IN_MIND in said
    assert any(first in words for words in said)
    assert papers.count(second) == 1
    assert papers[-1] == second
    assert first not in papers or (told[0] is not PrintOutcome.HELD and papers.count(first) == 1)


@pytest.mark.parametrize("what", ["nothing", "file", "pipe"])
def test_no_printer_in_its_place_costs_no_loan(
    what: str, tmp_path: Path, opened: Callable[..., PaperStation], screen: ScreenDriver
) -> None:
    """Given nothing, a file or a pipe for a printer, then the same; nothing is made of it."""
    place = tmp_path / "lp0"
    if what == "file":
        place.write_text("kept")
    elif what == "pipe":
        os.mkfifo(place)
    station = opened(PrinterAddress(PrinterKind.USB, str(place)))
    first = station.visit(0, 0)
    said, on_disk = seen(screen, station.shown[-1]), station.slips.loans_on_disk
    was_there = place.exists()
    assert what != "file" or place.read_text() == "kept"
    place.unlink(missing_ok=True)
    with SerialPrinter() as printer:
        place.symlink_to(printer.path)
        second = station.visit(1, 1)
        papers = on_paper(printer)

    assert (on_disk, was_there) == (1, what != "nothing")
    assert station.outcomes(first) == [PrintOutcome.HELD, PrintOutcome.EXPIRED]
    assert {UNPRINTED, KEEP_IN_MIND} <= set(said)
    assert papers == [second]


def test_hanging_driver_costs_no_loan(
    opened: Callable[..., PaperStation], screen: ScreenDriver
) -> None:
    """Given a driver that hangs in a slip, when its time is up, then told so, and never again."""
    with ReceivingPrinter(Fault.NEVER_READS) as printer:
        station = opened(tcp(printer), stall_limit_s=600, patience_s=1.0)
        first = station.visit(0, 0)
        said = seen(screen, station.shown[-1])
        mend(printer)
        second = station.visit(1, 1)
        papers = on_paper(printer)

    assert station.slips.loans_on_disk == 2
    assert station.outcomes(first) == [PrintOutcome.UNKNOWN]
    assert {UNKNOWN, KEEP_IN_MIND} <= set(said)
    assert papers == [second]


def test_paper_after_15_minutes_prints_only_the_next(opened: Callable[..., PaperStation]) -> None:
    """Given 20 readers while paper is out, when it comes after 15 minutes, then none of theirs."""
    with ReceivingPrinter(Fault.PAPER_OUT) as printer:
        station = opened(tcp(printer))
        numbers = []
        for n in range(20):
            numbers.append(station.visit(n, n))
            station.leave()
        on_disk = station.slips.loans_on_disk
        station.pass_time(15 * 60)
        mend(printer)
        for _ in range(5):
            station.serve()
            station.pass_time(60)
        unasked = on_paper(printer)

    assert on_disk == len(set(numbers))
    assert unasked == []
    assert {station.outcomes(number)[-1] for number in numbers} == {PrintOutcome.EXPIRED}


def test_printer_events_reach_screen_and_hub(
    tmp_path: Path, opened: Callable[..., PaperStation], screen: ScreenDriver
) -> None:
    """Given each trouble of a printer and its end, when synchronised, then both sides say so."""
    hub = HubSchool(tmp_path / "hub.db")
    line = InProcess(create_app(hub.engine, hub.clock))
    to_hub = HubConnection("http://hub", hub.kiosk("Trạm 1").token, line)
    desk, amiss = hub.desk(), "xin báo thủ thư"
    with ReceivingPrinter() as printer:
        station = opened(tcp(printer))
        for number, (fault, (there, here)) in enumerate(EVENTS.items()):
            printer.fault = fault
            station.visit(number, number)
            station.leave()
            push(station.school.engine, to_hub)

            assert f">{there}</dd>" in desk.page("/tram"), fault
            remarks = [words for words in seen(screen, station.shown[-1]) if amiss in words]
            assert remarks == ([here] if here else []), fault
    to_hub.close()
    hub.engine.dispose()


EVENTS = {
    Fault.PAPER_OUT: ("Hết giấy", "Máy in hết giấy – xin báo thủ thư"),
    Fault.COVER_OPEN: ("Nắp máy in đang mở", "Nắp máy in đang mở – xin báo thủ thư"),
    Fault.OFFLINE: ("Máy in đang tắt", "Máy in chưa sẵn sàng – xin báo thủ thư"),
    Fault.PAPER_LOW: ("Sắp hết giấy", "Giấy in sắp hết – xin báo thủ thư"),
    Fault.NONE: ("In được", ""),
}
"""What is wrong: what the hub's page says of it, and the station's status line."""


def mend(printer: ReceivingPrinter) -> None:
    """Put all right: paper, cover, cable and switch."""
    if printer.fault is Fault.REFUSES:
        printer.switch_on()
    printer.fault = Fault.NONE


def seen(screen: ScreenDriver, shown: Shown) -> list[str]:
    """Every text the real screen shows of a state."""
    screen.show(shown)
    return list(screen.texts())
