"""Slips as others read them: emupos prints them, Tesseract and zbar read them."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from pyzbar import pyzbar

from config.printer_address import PrinterAddress, PrinterKind, read_printer
from printer.delivery import Courier
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import Delivery, PrintOutcome, Receipt, Slip, Trouble
from printer.samples import LOAN, REPRINT, SLIPS
from tests import emupos as emulator
from tests.emupos import WIDTHS, Emupos
from tests.slips import THREE_DATES, TWENTY_BOOKS


@pytest.fixture(scope="module")
def emupos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emupos]:
    """A running emupos, where it is installed."""
    if not emulator.PROGRAM.exists():
        pytest.skip("emupos is not installed: scripts/emupos installs it where Python 3.13 is")
    with emulator.running(tmp_path_factory.mktemp("emupos")) as running:
        yield running


def same_dots(paper: Image.Image, picture: Image.Image) -> bool:
    shown = Image.new("1", picture.size, 255)
    shown.paste(paper.convert("1", dither=Image.Dither.NONE), (0, 0))  # it ends with its ink
    return shown.tobytes() == picture.tobytes()


@pytest.fixture(scope="module")
def couriers(emupos: Emupos) -> dict[int, Courier]:
    """One to each network printer; kept, as a station keeps its own: its first slip is slow."""
    return {
        width: Courier(PrinterAddress(PrinterKind.TCP, "127.0.0.1", port))
        for width, port in emupos.ports.items()
    }


def is_printed(emupos: Emupos, courier: Courier, slip: Slip, width: int) -> bool:
    """Deliver a slip, and say whether emupos' paper has its dots."""
    picture, before = draw(lay_out(slip, width)), emupos.count(width)
    delivery = courier.deliver(encode(picture), 0.0, lambda: None)
    assert delivery == Delivery(PrintOutcome.DONE)
    return same_dots(emupos.newest(width, before), picture)


@pytest.mark.parametrize(
    ("name", "width"), [*((name, 384) for name in SLIPS), ("loan", 512), ("loan", 576)]
)
def test_emupos_prints_each_dot(
    emupos: Emupos, couriers: dict[int, Courier], name: str, width: int
) -> None:
    """Given each layout and width, when emupos prints it from the network, then dot for dot."""
    assert is_printed(emupos, couriers[width], SLIPS[name], width)


def test_emupos_prints_from_a_terminal(emupos: Emupos) -> None:
    """Given a serial line, when emupos prints two slips, then dot for dot."""
    courier = Courier(read_printer(f"serial://{emupos.terminals[576].resolve()}?flow=none"))

    assert is_printed(emupos, courier, LOAN, 576)
    assert is_printed(emupos, courier, TWENTY_BOOKS, 576)


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("paper-out", Trouble.PAPER_OUT),
        ("cover-open", Trouble.COVER_OPEN),
        ("offline", Trouble.OFFLINE),
    ],
)
def test_emupos_in_trouble_gets_no_byte(
    emupos: Emupos, couriers: dict[int, Courier], fault: str, trouble: Trouble
) -> None:
    """Given each fault of emupos, when delivered, then held; when cleared, then printed once."""
    pieces, before = encode(draw(lay_out(LOAN, 512))), emupos.count(512)
    emupos.set_fault(512, fault, active=True)
    held = couriers[512].deliver(pieces, 0.0, lambda: None)
    emupos.set_fault(512, fault, active=False)
    printed_at_last = couriers[512].deliver(pieces, 0.0, lambda: None)
    emupos.newest(512, before)

    assert (held.outcome, held.trouble) == (PrintOutcome.HELD, trouble)
    assert printed_at_last.outcome is PrintOutcome.DONE
    assert emupos.count(512) == before + 1


def test_emupos_tells_low_paper(emupos: Emupos, couriers: dict[int, Courier]) -> None:
    """Given paper near its end, when emupos prints, then done, and the paper is said to be low."""
    emupos.set_fault(512, "paper-near-end", active=True)
    delivery = couriers[512].deliver(encode(draw(lay_out(LOAN, 512))), 0.0, lambda: None)
    emupos.set_fault(512, "paper-near-end", active=False)

    assert delivery == Delivery(PrintOutcome.DONE, paper_low=True)


@pytest.mark.parametrize("slip", [LOAN, THREE_DATES, REPRINT], ids=["loan", "dates", "reprint"])
def test_tesseract_reads_the_narrow_slip(slip: Receipt, tmp_path: Path) -> None:
    """Given a 384 px slip, when Tesseract reads it, then school, titles and due dates are right."""
    if shutil.which("tesseract") is None:
        pytest.skip("Tesseract is not installed: scripts/setup --dev installs it")
    paper = ImageOps.expand(draw(lay_out(slip, 384)).convert("L"), 24, fill=255)
    paper.resize((paper.width * 2, paper.height * 2)).save(tmp_path / "slip.png")
    command = ["tesseract", str(tmp_path / "slip.png"), "-", "-l", "vie", "--psm", "4"]
    read = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    words = " ".join(unicodedata.normalize("NFC", read.stdout).split())
    words = words.replace("-", "–")  # it knows one dash only

    for wanted in (slip.school, *(line.title for line in slip.lent)):
        assert wanted in words
    for line in slip.lent:
        assert line.due is not None
        assert f"{line.due:%d/%m/%Y}" in words


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["loan", "return", "renew", "crate-out", "large", "test"])
def test_zbar_reads_every_code(name: str, width: int) -> None:
    """Given each slip with a code, when zbar reads its picture, then the slip's own number."""
    picture = draw(lay_out(SLIPS[name], width))
    paper = ImageOps.expand(picture.convert("L"), 24, fill=255)
    slip = SLIPS[name]
    number = getattr(slip, "slip_number", getattr(slip, "number", "TRAM-SACH"))

    assert [code.data.decode() for code in pyzbar.decode(paper)] == [number]
