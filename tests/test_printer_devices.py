"""The folder, the process that carries slips, and the command line around them."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from config.printer_address import Flow, PrinterAddress, PrinterKind, read_printer
from config.settings import PrinterSettings
from printer.__main__ import main
from printer.detecting import found
from printer.devices import FileDevice, ProcessDevice, open_device
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import Condition, Delivery, PrintOutcome, Trouble
from printer.samples import LOAN, SLIPS
from printer.simulated import Fault, ReceivingPrinter, SerialPrinter
from printer.trial import Trial

PICTURE = draw(lay_out(LOAN, 384))
PIECES = encode(PICTURE)


def test_file_device_writes_bytes_and_pictures(tmp_path: Path) -> None:
    """Given a folder that is not there, when a slip comes, then all its files are whole."""
    delivery = FileDevice(tmp_path / "slips").deliver("7K3M-92QX", PIECES, PICTURE)

    files = {file.name for file in (tmp_path / "slips").iterdir()}
    assert delivery == Delivery(PrintOutcome.DONE)
    assert files == {"7K3M-92QX.bin", "7K3M-92QX.png", "7K3M-92QX.pdf"}
    assert (tmp_path / "slips" / "7K3M-92QX.bin").read_bytes() == b"".join(PIECES)
    assert (tmp_path / "slips" / "7K3M-92QX.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(tmp_path / "slips" / "7K3M-92QX.png") as paper:
        assert paper.size == (384 + 48, PICTURE.height + 48)
        assert paper.getpixel((0, 0)) == 255


def test_file_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    """Given a name with a path in it, when a slip comes, then the files stay in the folder."""
    FileDevice(tmp_path / "slips").deliver("../../x", (), PICTURE)

    assert [file.name for file in tmp_path.iterdir()] == ["slips"]


def test_unwritable_folder_holds_the_slip(tmp_path: Path) -> None:
    """Given a file where the folder should be, when a slip comes, then it is held."""
    (tmp_path / "slips").write_text("in the way")

    delivery = FileDevice(tmp_path / "slips").deliver("a", (), PICTURE)

    assert (delivery.outcome, delivery.trouble) == (PrintOutcome.HELD, Trouble.ABSENT)


@pytest.fixture
def carried() -> Iterator[Callable[..., ProcessDevice]]:
    """Makes processes that carry slips, and ends them."""
    made: list[ProcessDevice] = []

    def carry(printer: ReceivingPrinter | SerialPrinter, **limits: float) -> ProcessDevice:
        if isinstance(printer, ReceivingPrinter):
            address = PrinterAddress(PrinterKind.TCP, "127.0.0.1", printer.port)
        else:
            address = read_printer(f"serial://{printer.path}?flow=none")
        made.append(ProcessDevice(address, **limits))
        return made[-1]

    yield carry
    for device in made:
        device.close()


def test_process_carries_slips_and_asks(carried: Callable[..., ProcessDevice]) -> None:
    """Given a healthy printer, when asked and given two slips, then one process does it all."""
    with ReceivingPrinter() as printer:
        device = carried(printer)
        condition = device.look()
        outcomes = [device.deliver("slip", PIECES, PICTURE) for _ in range(2)]

    assert condition == Condition(answers=True)
    assert outcomes == [Delivery(PrintOutcome.DONE)] * 2
    assert len(printer.slips) == 2


def test_hanging_process_is_ended(carried: Callable[..., ProcessDevice]) -> None:
    """Given a driver that hangs in a slip, when its time is up, then ended; the fate is unknown."""
    with ReceivingPrinter(Fault.NEVER_READS) as printer:
        device = carried(printer, stall_limit_s=600, patience_s=2.0)
        started = time.monotonic()
        delivery = device.deliver("slip", PIECES, PICTURE)

        assert time.monotonic() - started < device.limit_s(PIECES) + 2
        assert (delivery.outcome, delivery.trouble) == (PrintOutcome.UNKNOWN, Trouble.STUCK)
        printer.fault = Fault.NONE
        device.close()


def test_killed_process_is_made_anew(carried: Callable[..., ProcessDevice]) -> None:
    """Given a process that was killed between slips, when one comes, then it is printed."""
    with ReceivingPrinter() as printer:
        device = carried(printer)
        device.deliver("slip", PIECES, PICTURE)
        assert device._child is not None
        os.kill(device._child.pid, signal.SIGKILL)
        device._child.wait()
        delivery = device.deliver("slip", PIECES, PICTURE)

    assert delivery == Delivery(PrintOutcome.DONE)
    assert len(printer.slips) == 2


def test_process_ends_with_its_station(carried: Callable[..., ProcessDevice]) -> None:
    """Given a process at rest, when the station's end of the line closes, then it ends itself."""
    with ReceivingPrinter() as printer:
        device = carried(printer)
        device.look()
        child = device._child
        assert child is not None
        assert child.stdin is not None
        child.stdin.close()

        assert child.wait(5) == 0


def test_limit_follows_the_line() -> None:
    """Given a slow and a fast line, when compared, then the slow one is given the time it needs."""
    slow = ProcessDevice(read_printer("serial:///dev/ttyS0?baud=9600"))
    fast = ProcessDevice(read_printer("serial:///dev/ttyS0?baud=115200"))
    transfer_s = sum(map(len, PIECES)) / 960

    assert slow.limit_s(PIECES) == pytest.approx(2 * transfer_s + 20)
    assert fast.limit_s(PIECES) < slow.limit_s(PIECES)


def test_settings_open_the_named_device() -> None:
    """Given settings, when opened, then the device is the one they name."""
    folder = open_device(PrinterSettings(device="file:slips"))

    assert open_device(PrinterSettings(device="none")) is None
    assert isinstance(folder, FileDevice)
    assert folder.folder == Path("slips")
    assert isinstance(open_device(PrinterSettings(device="/dev/usb/lp0")), ProcessDevice)


@pytest.mark.parametrize(
    ("device", "address"),
    [
        ("tcp://192.168.1.50", PrinterAddress(PrinterKind.TCP, "192.168.1.50", 9100)),
        ("tcp://may-in.local:9101", PrinterAddress(PrinterKind.TCP, "may-in.local", 9101)),
        ("tcp://[fe80::1]:9100", PrinterAddress(PrinterKind.TCP, "fe80::1", 9100)),
        ("/dev/usb/lp0", PrinterAddress(PrinterKind.USB, "/dev/usb/lp0")),
        ("cups:may-in", PrinterAddress(PrinterKind.CUPS, "may-in")),
        ("serial:///dev/ttyUSB0", PrinterAddress(PrinterKind.SERIAL, "/dev/ttyUSB0", baud=115200)),
        (
            "serial:///dev/rfcomm0?baud=9600&flow=none",
            PrinterAddress(PrinterKind.SERIAL, "/dev/rfcomm0", baud=9600, flow=Flow.NONE),
        ),
    ],
)
def test_addresses_are_read(device: str, address: PrinterAddress) -> None:
    """Given each way to name a printer, when read, then kind, place and speed are known."""
    assert read_printer(PrinterSettings(device=device).device) == address


@pytest.mark.parametrize("slip", SLIPS)
def test_sample_slips_are_written(
    slip: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given the render command, when run, then it writes the files and says where."""
    assert main(["render", slip, "--width", "384", "--out", str(tmp_path)]) == 0

    assert capsys.readouterr().out == f"{tmp_path / f'{slip}-384.png'}\n"
    assert (tmp_path / f"{slip}-384.bin").read_bytes().startswith(b"\x1b@")


def test_detect_names_what_is_there(tmp_path: Path) -> None:
    """Given USB, serial and Bluetooth devices, when detected, then each as settings name it."""
    (tmp_path / "usb").mkdir()
    for name in ("usb/lp0", "rfcomm0", "ttyUSB0"):
        (tmp_path / name).touch()
    sysfs = tmp_path / "sys" / "lp0" / "device"
    sysfs.mkdir(parents=True)
    (sysfs / "ieee1284_id").write_text("MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;\n")

    printers = {printer.device: printer.words for printer in found(tmp_path, tmp_path / "sys")}

    assert printers[f"{tmp_path}/usb/lp0"] == "TM-T20II"
    assert f"serial://{tmp_path}/rfcomm0?baud=115200&flow=none" in printers
    assert f"serial://{tmp_path}/ttyUSB0?baud=115200&flow=rts" in printers


class Owner:
    """Somebody who looks at the paper and answers."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)


def test_trial_finds_the_settings(carried: Callable[..., ProcessDevice]) -> None:
    """Given an owner with 80 mm paper that garbles, when tried, then the settings follow."""
    owner = Owner("lots", "576", "k", "c", "k", "c")
    with ReceivingPrinter() as printer:
        name = f"tcp://127.0.0.1:{printer.port}"
        status = Trial(carried(printer), name, owner.ask, owner.told.append).run()

    assert status == 0
    assert owner.told[1:] == [
        f'device = "{name}"',
        "width_px = 576",
        'cutter = "gs-v-1"',
        "feed_rows = 120",
        "band_rows = 96",
        "band_pause_ms = 20",
    ]
    assert printer.broken == []


def test_trial_says_why_nothing_is_printed(carried: Callable[..., ProcessDevice]) -> None:
    """Given a printer without paper, when tried, then that is said and nothing asked."""
    owner = Owner()
    with ReceivingPrinter(Fault.PAPER_OUT) as printer:
        status = Trial(carried(printer), "x", owner.ask, owner.told.append).run()

    assert (status, owner.asked) == (1, [])
    assert "hết giấy" in owner.told[0]


def test_wrong_printer_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a name that is no printer's, or nobody to answer, when tried, then that is said."""
    monkeypatch.setattr("sys.stdin", io.StringIO())

    with pytest.raises(SystemExit, match="2"):
        main(["test", "lp0"])
    assert 'error: argument DEVICE: give "none", "file:FOLDER"' in capsys.readouterr().err
    assert main(["test", f"file:{tmp_path}"]) == 1
    assert "Đã dừng" in capsys.readouterr().err
