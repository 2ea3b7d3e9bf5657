"""Every fault of the printing measurements' chapter 4, on real sockets and terminals."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from config.printer_address import PrinterAddress, PrinterKind, read_printer
from printer.cups import hand_to_queue
from printer.delivery import Courier
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import Condition, Delivery, PrintOutcome, Trouble
from printer.samples import LOAN
from printer.simulated import Fault, Interpreter, ReceivingPrinter, SerialPrinter

PICTURE = draw(lay_out(LOAN, 384))
PIECES = encode(PICTURE)
HANG_S = 8.0
"""With the limits below, no delivery may take longer."""


def courier_to(printer: ReceivingPrinter | SerialPrinter) -> Courier:
    if isinstance(printer, ReceivingPrinter):
        address = PrinterAddress(PrinterKind.TCP, "127.0.0.1", printer.port)
    else:
        address = read_printer(f"serial://{printer.path}?flow=none")
    return Courier(address, stall_limit_s=0.4, barrier_within_s=0.6)


def deliver(courier: Courier) -> tuple[Delivery, bool]:
    """Deliver one slip within the limit; also say whether any of it was said to leave."""
    begun: list[bool] = []
    started = time.monotonic()
    delivery = courier.deliver(PIECES, 0.0, lambda: begun.append(True))

    assert time.monotonic() - started < HANG_S
    return delivery, bool(begun)


def until_printed(printer: ReceivingPrinter | SerialPrinter, count: int) -> None:
    deadline = time.monotonic() + 5
    while len(printer.slips) < count and time.monotonic() < deadline:
        time.sleep(0.005)


def same_dots(slip: Image.Image) -> bool:
    return slip.crop((0, 0, *PICTURE.size)).tobytes() == PICTURE.tobytes()


@pytest.mark.parametrize("kind", [ReceivingPrinter, SerialPrinter])
def test_healthy_printer_confirms(kind: type[ReceivingPrinter | SerialPrinter]) -> None:
    """Given a healthy printer, when two slips are delivered, then both are confirmed."""
    with kind() as printer:
        courier = courier_to(printer)
        outcomes = [deliver(courier)[0] for _ in range(2)]

    assert outcomes == [Delivery(PrintOutcome.DONE)] * 2
    assert list(map(same_dots, printer.slips)) == [True, True]
    assert printer.broken == []


NOTHING_SENT = {
    Fault.PAPER_OUT: Trouble.PAPER_OUT,
    Fault.COVER_OPEN: Trouble.COVER_OPEN,
    Fault.OFFLINE: Trouble.OFFLINE,
}


@pytest.mark.parametrize("kind", [ReceivingPrinter, SerialPrinter])
@pytest.mark.parametrize("fault", NOTHING_SENT)
def test_trouble_before_holds_the_slip(
    fault: Fault, kind: type[ReceivingPrinter | SerialPrinter]
) -> None:
    """Given no paper, an open cover or offline, when delivered, then held with not a byte sent."""
    with kind(fault) as printer:
        delivery, begun = deliver(courier_to(printer))

    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.HELD, NOTHING_SENT[fault])
    assert (begun, printer.received) == (False, 0)


def test_refusing_printer_holds_the_slip() -> None:
    """Given a printer that is off, when delivered, then held and safe to try again."""
    with ReceivingPrinter(Fault.REFUSES) as off:
        delivery, begun = deliver(courier_to(off))

    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.HELD, Trouble.ABSENT)
    assert not begun


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.ZEROS])
@pytest.mark.parametrize("kind", [ReceivingPrinter, SerialPrinter])
def test_dumb_printer_is_printed_on(
    fault: Fault, kind: type[ReceivingPrinter | SerialPrinter]
) -> None:
    """Given a printer that never answers well, when delivered, then printed and unconfirmed."""
    with kind(fault) as printer:
        delivery, _ = deliver(courier_to(printer))
        until_printed(printer, 1)

    assert delivery == Delivery(PrintOutcome.UNCONFIRMED)
    assert list(map(same_dots, printer.slips)) == [True]


def test_printer_without_barrier_is_waited_for_once() -> None:
    """Given one that answers DLE EOT and not GS r, then unconfirmed; the next is not waited for."""
    with ReceivingPrinter(Fault.NO_BARRIER) as printer:
        courier = courier_to(printer)
        first, _ = deliver(courier)
        courier.barrier_within_s = 60
        second, _ = deliver(courier)

    assert first == second == Delivery(PrintOutcome.UNCONFIRMED)
    assert len(printer.slips) == 2


def test_low_paper_is_told_with_the_slip() -> None:
    """Given paper near its end, when delivered, then done, and the paper is said to be low."""
    with SerialPrinter(Fault.PAPER_LOW) as printer:
        courier = courier_to(printer)
        condition = courier.look()
        delivery, _ = deliver(courier)

    assert condition == Condition(answers=True, paper_low=True)
    assert delivery == Delivery(PrintOutcome.DONE, paper_low=True)


def test_reset_after_accept_is_never_success() -> None:
    """Given a printer that breaks the line at once, when delivered, then held: nothing left."""
    with ReceivingPrinter(Fault.RESETS) as printer:
        delivery, _ = deliver(courier_to(printer))

    assert delivery.outcome in (PrintOutcome.HELD, PrintOutcome.PARTIAL)
    assert printer.slips == []


@pytest.mark.parametrize("taken", [1, 4000, 15000])
def test_line_broken_in_the_slip_is_partial(taken: int) -> None:
    """Given a printer that goes away in a slip, when delivered, then partial, with how much."""
    with ReceivingPrinter(Fault.CLOSES, after=taken) as printer:
        delivery, begun = deliver(courier_to(printer))

    assert (delivery.outcome, begun) == (PrintOutcome.PARTIAL, True)
    assert printer.slips == []


@pytest.mark.parametrize("kind", [ReceivingPrinter, SerialPrinter])
def test_printer_that_never_reads_is_partial(kind: type[ReceivingPrinter | SerialPrinter]) -> None:
    """Given a printer that takes nothing, when delivered, then the stall limit ends it: stuck."""
    with kind(Fault.NEVER_READS) as printer:
        delivery, _ = deliver(courier_to(printer))

    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.PARTIAL, Trouble.STUCK)


def test_bytes_in_the_kernel_are_not_believed() -> None:
    """Given a slip that our own kernel takes whole for a stuck printer, then it is no success."""
    with ReceivingPrinter(Fault.NEVER_READS) as printer:
        delivery = courier_to(printer).deliver((bytes(9000),), 0.0, lambda: None)

    assert delivery.outcome is PrintOutcome.PARTIAL


def test_paper_that_ends_in_the_slip_is_named() -> None:
    """Given paper that ends in a slip, when delivered, then its fate is open and paper is named."""
    with ReceivingPrinter(Fault.PAPER_OUT_DURING, after=6000) as printer:
        delivery, _ = deliver(courier_to(printer))

    assert delivery.outcome in (PrintOutcome.UNKNOWN, PrintOutcome.PARTIAL)
    assert delivery.trouble is Trouble.PAPER_OUT


def test_paper_that_ends_after_the_check_is_unknown() -> None:
    """Given paper that ends once all was taken, when delivered, then unknown, paper named."""
    with SerialPrinter(Fault.PAPER_OUT_AFTER) as printer:
        delivery, _ = deliver(courier_to(printer))

    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.UNKNOWN, Trouble.PAPER_OUT)


def test_next_slip_ends_the_broken_image() -> None:
    """Given a printer left in half an image, when the next slip comes, then it is printed whole."""
    printer = Interpreter()
    broken = b"".join(PIECES)
    printer.feed(broken[: len(broken) - 700])
    with ReceivingPrinter() as simulated:
        simulated._interpreter = printer
        delivery, _ = deliver(courier_to(simulated))

    assert delivery == Delivery(PrintOutcome.DONE)
    assert printer.slips[-1].height >= PICTURE.height
    tail = printer.slips[-1].crop((0, printer.slips[-1].height - PICTURE.height - 80, 384, 10**4))
    assert same_dots(tail)


@pytest.mark.parametrize("what", ["nothing", "file", "pipe", "full"])
def test_what_is_no_printer_gets_no_byte(what: str, tmp_path: Path) -> None:
    """Given nothing, a plain file or a pipe where the printer was, then held and nothing made."""
    place = tmp_path / "lp0"
    if what == "file":
        place.write_text("kept")
    elif what == "pipe":
        os.mkfifo(place)
    elif what == "full":
        place = Path("/dev/full")
    delivery, _ = deliver(Courier(PrinterAddress(PrinterKind.USB, str(place))))

    told = Trouble.NOT_A_PRINTER if what in ("file", "pipe") else Trouble.ABSENT
    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.HELD, told)
    assert what != "nothing" or not place.exists()
    assert what != "file" or place.read_text() == "kept"


def test_device_file_is_printed_on() -> None:
    """Given a character device that answers, when delivered as USB, then confirmed, dot for dot."""
    with SerialPrinter() as printer:
        assert stat.S_ISCHR(Path(printer.path).stat().st_mode)
        address = PrinterAddress(PrinterKind.USB, printer.path)
        delivery, _ = deliver(Courier(address, barrier_within_s=2))

    assert delivery == Delivery(PrintOutcome.DONE)
    assert list(map(same_dots, printer.slips)) == [True]


def test_unplugged_in_the_slip_is_partial() -> None:
    """Given a cable pulled in a slip, when delivered, then partial."""
    with SerialPrinter(Fault.NEVER_READS) as printer:
        courier = courier_to(printer)
        courier.stall_limit_s = 5
        puller = threading.Timer(1.2, printer.unplug)
        puller.start()
        delivery, _ = deliver(courier)
        puller.join()

    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.PARTIAL, Trouble.ABSENT)


@pytest.fixture
def lp(tmp_path: Path) -> Path:
    program = tmp_path / "lp"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\ncat > {tmp_path}/job\n')
    program.chmod(0o755)
    return program


def test_queue_takes_the_same_bytes(lp: Path) -> None:
    """Given a raw queue, when a slip is handed to it, then lp has its bytes; unconfirmed."""
    delivery = hand_to_queue("may-in", b"".join(PIECES), lambda: None, str(lp))

    assert delivery == Delivery(PrintOutcome.UNCONFIRMED)
    assert lp.with_name("job").read_bytes() == b"".join(PIECES)
    assert lp.with_name("words").read_text() == "-d may-in -o raw -s\n"


def test_queue_that_is_not_there_holds(tmp_path: Path) -> None:
    """Given no CUPS, or a queue it does not know, when handed a slip, then held."""
    refusing = tmp_path / "lp"
    refusing.write_text("#!/bin/sh\necho 'no such queue' >&2\nexit 1\n")
    refusing.chmod(0o755)
    for program in (str(tmp_path / "absent"), str(refusing)):
        delivery = hand_to_queue("may-in", b"", lambda: None, program)

        assert (delivery.outcome, delivery.trouble) == (PrintOutcome.HELD, Trouble.ABSENT)


def test_printer_that_never_falls_silent_is_left() -> None:
    """Given a printer that sends status bytes without end, when delivered, then it ends in time."""
    over = threading.Event()

    def chatter(server: socket.socket) -> None:
        line, _ = server.accept()
        with line:
            line.setblocking(False)
            while not over.is_set():
                with contextlib.suppress(OSError):
                    line.send(b"\x12")
                with contextlib.suppress(OSError):
                    line.recv(65536)
                over.wait(0.005)

    with socket.create_server(("127.0.0.1", 0)) as server:
        printer = threading.Thread(target=chatter, args=(server,), daemon=True)
        printer.start()
        address = PrinterAddress(PrinterKind.TCP, "127.0.0.1", server.getsockname()[1])
        delivery, _ = deliver(Courier(address, barrier_within_s=0.5))
        over.set()
        printer.join(5)

    assert delivery == Delivery(PrintOutcome.UNCONFIRMED)
