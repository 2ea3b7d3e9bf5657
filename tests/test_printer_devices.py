from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from config.settings import PrinterSettings
from printer.__main__ import main
from printer.devices import FileDevice, TcpDevice, open_device
from printer.encoding import encode
from printer.errors import PrinterStopped, PrinterUnreachable
from printer.layout import lay_out
from printer.raster import draw
from printer.samples import LOAN
from printer.simulated import Fault, ReceivingPrinter

HOST = "127.0.0.1"


@pytest.fixture
def picture() -> Image.Image:
    return draw(lay_out(LOAN, 384))


@pytest.fixture
def printer() -> Iterator[ReceivingPrinter]:
    with ReceivingPrinter() as printer:
        yield printer


def wait_for_slips(printer: ReceivingPrinter, count: int) -> None:
    """Wait until the printer's own thread has drawn them."""
    until = time.monotonic() + 5
    while len(printer.slips) < count and time.monotonic() < until:
        time.sleep(0.005)


def test_file_device_writes_bytes_and_picture(tmp_path: Path, picture: Image.Image) -> None:
    """Given a folder that is not there, when a slip is sent, then both its files are whole."""
    data = encode(picture)

    FileDevice(tmp_path / "slips").send("M7-K4QX2", data, picture)

    files = {file.name for file in (tmp_path / "slips").iterdir()}
    assert files == {"M7-K4QX2.bin", "M7-K4QX2.png"}
    assert (tmp_path / "slips" / "M7-K4QX2.bin").read_bytes() == data
    with Image.open(tmp_path / "slips" / "M7-K4QX2.png") as paper:
        assert paper.size == (384 + 48, picture.height + 48)
        assert paper.getpixel((0, 0)) == 255


def test_file_name_cannot_leave_the_folder(tmp_path: Path, picture: Image.Image) -> None:
    """Given a name with a path in it, when sent, then the files stay in the folder."""
    FileDevice(tmp_path / "slips").send("../../x", b"", picture)

    assert [file.name for file in tmp_path.iterdir()] == ["slips"]


def test_unwritable_folder_is_unreachable(tmp_path: Path, picture: Image.Image) -> None:
    """Given a file where the folder should be, when sent, then the printer is unreachable."""
    (tmp_path / "slips").write_text("in the way")

    with pytest.raises(PrinterUnreachable):
        FileDevice(tmp_path / "slips").send("a", b"", picture)


def test_network_printer_prints_the_dots(printer: ReceivingPrinter, picture: Image.Image) -> None:
    """Given a network printer, when two slips are sent, then it prints both, dot for dot."""
    device = TcpDevice(HOST, printer.port)

    device.send("one", encode(picture), picture)
    device.send("two", encode(picture), picture)

    wait_for_slips(printer, 2)
    printed = [slip.crop((0, 0, *picture.size)).tobytes() for slip in printer.slips]
    assert printed == [picture.tobytes()] * 2


def test_refusing_printer_is_unreachable(picture: Image.Image) -> None:
    """Given a printer that is off, when a slip is sent, then nothing left."""
    with ReceivingPrinter(Fault.REFUSES) as off, pytest.raises(PrinterUnreachable):
        TcpDevice(HOST, off.port).send("slip", encode(picture), picture)


@pytest.mark.parametrize("taken", [1, 4000, 20000])
def test_printer_that_breaks_off_is_told(taken: int, picture: Image.Image) -> None:
    """Given a printer that dies in a slip, when sent, then it stopped after some bytes."""
    data = encode(picture)
    with (
        ReceivingPrinter(Fault.CLOSES, closes_after=taken) as printer,
        pytest.raises(PrinterStopped) as stopped,
    ):
        TcpDevice(HOST, printer.port).send("slip", data, picture)

    assert taken <= stopped.value.sent_bytes <= len(data)
    assert printer.slips == []


def test_printer_that_never_reads_is_told(picture: Image.Image) -> None:
    """Given a printer that takes nothing, when sent, then the stall limit ends the wait."""
    data = encode(picture)
    with ReceivingPrinter(Fault.NEVER_READS) as printer:
        device = TcpDevice(HOST, printer.port, stall_limit_s=0.3)
        with pytest.raises(PrinterStopped) as stopped:
            device.send("slip", data, picture)

    assert 0 < stopped.value.sent_bytes < len(data)


def test_bytes_in_the_kernel_are_not_believed(picture: Image.Image) -> None:
    """Given a slip as long as what the kernel takes for a stuck printer, when sent, then no."""
    data = encode(picture)
    with ReceivingPrinter(Fault.NEVER_READS) as printer, pytest.raises(PrinterStopped) as first:
        TcpDevice(HOST, printer.port, stall_limit_s=0.2).send("slip", data, picture)
    shorter = data[: first.value.sent_bytes - 500]

    with ReceivingPrinter(Fault.NEVER_READS) as printer, pytest.raises(PrinterStopped) as second:
        TcpDevice(HOST, printer.port, stall_limit_s=0.2).send("slip", shorter, picture)

    assert second.value.sent_bytes == len(shorter)


def test_tiny_slip_is_not_believed_unread() -> None:
    """Given a printer that dies unread, when a slip fits the kernel, then it is not believed."""
    with (
        ReceivingPrinter(Fault.CLOSES, closes_after=0) as printer,
        pytest.raises((PrinterStopped, PrinterUnreachable)),
    ):
        TcpDevice(HOST, printer.port).send("slip", b"\x1b@" * 500, Image.new("1", (8, 8)))


def test_settings_open_the_named_device() -> None:
    """Given settings, when opened, then the device is the one they name."""
    folder = open_device(PrinterSettings(device="file:slips"))

    assert open_device(PrinterSettings(device="none")) is None
    assert isinstance(folder, FileDevice)
    assert folder.folder == Path("slips")


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("tcp://192.168.1.50", "192.168.1.50", 9100),
        ("tcp://192.168.1.50:9101", "192.168.1.50", 9101),
        ("tcp://may-in.local:9100", "may-in.local", 9100),
        ("tcp://[fe80::1]:9100", "fe80::1", 9100),
        ("tcp://[::1]", "::1", 9100),
    ],
)
def test_addresses_are_read(address: str, host: str, port: int) -> None:
    """Given a host with or without port, IPv6 in brackets, when opened, then both are known."""
    device = open_device(PrinterSettings(device=address))

    assert isinstance(device, TcpDevice)
    assert (host, port) == (device.host, device.port)


@pytest.mark.parametrize("slip", ["loan", "return"])
def test_sample_slips_are_written(
    slip: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given the render command, when run, then it writes both files and says where."""
    assert main(["render", slip, "--width", "384", "--out", str(tmp_path)]) == 0

    assert capsys.readouterr().out == f"{tmp_path / f'{slip}-384.png'}\n"
    assert (tmp_path / f"{slip}-384.bin").read_bytes().startswith(b"\x1b@")


def test_printer_that_never_falls_silent_is_left() -> None:
    """Given a printer that sends status bytes without end, when a slip is sent, then send ends."""
    over = threading.Event()

    def chatter(server: socket.socket) -> None:
        line, _ = server.accept()
        with line:
            while not over.is_set():
                line.sendall(b"\x12")
                line.recv(65536)
                over.wait(0.02)

    with socket.create_server(("127.0.0.1", 0)) as server:
        printer = threading.Thread(target=chatter, args=(server,), daemon=True)
        printer.start()
        device = TcpDevice("127.0.0.1", server.getsockname()[1])
        sending = threading.Thread(
            target=device.send, args=("slip", b"\x1b@", Image.new("1", (8, 8))), daemon=True
        )
        sending.start()
        sending.join(10)
        ended = not sending.is_alive()
        over.set()
        printer.join(5)

    assert ended
