"""How a settings file names a printer. Keeps out opening it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

PRINTER_PORT = 9100
"""Where network printers listen for raw jobs (the port of HP's JetDirect)."""
PRINTER_BAUDS = (9600, 19200, 38400, 57600, 115200)
DEFAULT_BAUD = 115200
"""At 9600 a slip takes half a minute (printing measurements, chapter 1)."""
FORMS = (
    'give "none", "file:FOLDER", "/dev/usb/lp0", "serial:///dev/ttyUSB0?baud=115200&flow=rts", '
    '"tcp://HOST:PORT" or "cups:QUEUE"'
)


class PrinterKind(StrEnum):
    """The ways to a printer."""

    NONE = "none"
    FILE = "file"
    """A folder that takes a picture, a PDF and the bytes of each slip."""
    USB = "usb"
    """The kernel's usblp device, such as /dev/usb/lp0."""
    SERIAL = "serial"
    """A serial port; Bluetooth's rfcomm is one."""
    TCP = "tcp"
    CUPS = "cups"
    """A raw queue of CUPS, which tells nothing of the paper."""


class Flow(StrEnum):
    """How a serial printer says that its buffer is full."""

    RTS = "rts"
    XON = "xon"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PrinterAddress:
    """Where slips go."""

    kind: PrinterKind
    where: str = ""
    """The folder, device, host or queue."""
    port: int = 0
    baud: int = 0
    flow: Flow = Flow.RTS


def read_printer(value: str) -> PrinterAddress:
    """Read the setting `printer.device`.

    Raises:
        ValueError: It names no printer in any of our forms.
    """
    kind, _, rest = value.partition(":")
    match kind:
        case "none" if value == "none":
            return PrinterAddress(PrinterKind.NONE)
        case "file" | "cups" if rest:
            return PrinterAddress(PrinterKind(kind), rest)
        case "serial":
            return _serial(rest)
        case "tcp":
            return _network(value)
    if value.startswith("/dev/") and value != "/dev/":
        return PrinterAddress(PrinterKind.USB, value)
    raise ValueError(FORMS)


def _network(url: str) -> PrinterAddress:
    """Read "tcp://HOST:PORT"; an IPv6 host stands in brackets, as in "tcp://[fe80::1]:9100"."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or port == 0 or url != f"tcp://{parts.netloc}" or parts.username:
        raise ValueError(FORMS)
    return PrinterAddress(PrinterKind.TCP, host, port or PRINTER_PORT)


def _serial(rest: str) -> PrinterAddress:
    """Read "///dev/ttyUSB0?baud=115200&flow=rts"; both wishes may be left out."""
    device, _, wishes = rest.removeprefix("//").partition("?")
    asked = dict(parse_qsl(wishes, keep_blank_values=True))
    baud, flow = asked.pop("baud", str(DEFAULT_BAUD)), asked.pop("flow", Flow.RTS.value)
    if not device.startswith("/dev/") or asked:
        raise ValueError(FORMS)
    if baud not in map(str, PRINTER_BAUDS) or flow not in list(Flow):
        bauds, flows = ", ".join(map(str, PRINTER_BAUDS)), ", ".join(Flow)
        raise ValueError(f"give baud as one of {bauds} and flow as one of {flows}")
    return PrinterAddress(PrinterKind.SERIAL, device, baud=int(baud), flow=Flow(flow))
