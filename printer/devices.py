"""Where slips go: a folder or a printer on the network. Knows no receipt and never retries.

A write that returned proves nothing: the kernel takes tens of kilobytes for a printer that is
gone. So the sending buffer is small, and a slip is delivered only when the printer has
acknowledged every byte (printing measurements, chapter 4).
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageOps

from config.settings import PRINTER_PORT, PrinterSettings, read_address
from printer.errors import PrinterStopped, PrinterUnreachable

CONNECT_WITHIN_S = 2.0
"""A busy printer answers late or not at all; nothing is lost by trying again."""
STALL_LIMIT_S = 6.0
"""How long a printer may take nothing: longer than a cut and a paper warning, then it is stuck."""
FAREWELL_S = 0.5
"""How long a broken connection may take to show after the last byte; most printers just stay."""
SEND_BUFFER_BYTES = 4096
PAPER_EDGE_PX = 24
"""White around the picture of a slip, as the unprinted edge of the roll."""


class Device(Protocol):
    """Something that takes slips one at a time."""

    def send(self, job_name: str, data: bytes, picture: Image.Image) -> None:
        """Deliver one slip, given as bytes and as the picture they print.

        Raises:
            PrinterUnreachable: Nothing was sent.
            PrinterStopped: Some bytes left.
        """


class FileDevice:
    """Writes each slip as `NAME.bin` and `NAME.png` into a folder, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, job_name: str, data: bytes, picture: Image.Image) -> None:
        """Write both files; the folder is made if need be."""
        paper = ImageOps.expand(picture.convert("L"), PAPER_EDGE_PX, fill=255)
        stem = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in job_name)
        unfinished = self.folder / f".{stem}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(data)
            unfinished.replace(self.folder / f"{stem}.bin")
            paper.save(unfinished, format="PNG")
            unfinished.replace(self.folder / f"{stem}.png")
        except OSError as error:
            raise PrinterUnreachable(f"cannot write to {self.folder}: {error}") from error


class TcpDevice:
    """A printer on the network; one connection for each slip."""

    def __init__(
        self, host: str, port: int = PRINTER_PORT, *, stall_limit_s: float = STALL_LIMIT_S
    ) -> None:
        self.host = host
        self.port = port
        self.stall_limit_s = stall_limit_s

    def send(self, job_name: str, data: bytes, picture: Image.Image) -> None:
        """Send the bytes and wait until the printer has taken them all."""
        with self._connect() as printer:
            printer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            printer.settimeout(self.stall_limit_s)
            _send_all(printer, data)
            try:
                self._wait_until_taken(printer)
                _say_goodbye(printer)
            except OSError as error:
                raise PrinterStopped(len(data)) from error

    def _connect(self) -> socket.socket:
        try:
            return socket.create_connection((self.host, self.port), timeout=CONNECT_WITHIN_S)
        except OSError as error:
            raise PrinterUnreachable(f"{self.host} port {self.port}: {error}") from error

    def _wait_until_taken(self, printer: socket.socket) -> None:
        """Wait while the unacknowledged bytes grow fewer.

        Raises:
            TimeoutError: They did not for the stall limit.
            OSError: The printer broke the connection.
        """
        left, since = _untaken_bytes(printer), time.monotonic()
        while left:
            time.sleep(0.01)
            now_left = _untaken_bytes(printer)
            if now_left < left:
                left, since = now_left, time.monotonic()
            elif time.monotonic() - since > self.stall_limit_s:
                raise TimeoutError(f"{left} bytes were not taken")


def open_device(settings: PrinterSettings) -> Device | None:
    """Make the device the settings name; None for "none"."""
    if settings.device == "none":
        return None
    if settings.device.startswith("file:"):
        return FileDevice(Path(settings.device.removeprefix("file:")))
    return TcpDevice(*read_address(settings.device))


def _send_all(printer: socket.socket, data: bytes) -> None:
    """Hand all bytes to the kernel, never waiting longer than the socket's time limit."""
    sent = 0
    while sent < len(data):
        try:
            sent += printer.send(data[sent : sent + SEND_BUFFER_BYTES])
        except OSError as error:
            if sent == 0:
                raise PrinterUnreachable(f"took nothing: {error}") from error
            raise PrinterStopped(sent) from error


def _untaken_bytes(printer: socket.socket) -> int:
    """How many bytes the printer has not acknowledged; 0 where the system cannot tell."""
    broken = printer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if broken:
        raise OSError(broken, os.strerror(broken))
    if sys.platform != "linux":
        return 0
    import fcntl
    import struct
    import termios

    answer = fcntl.ioctl(printer.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    return int(struct.unpack("i", answer)[0])


def _say_goodbye(printer: socket.socket) -> None:
    """Half-close, then listen for a moment whether the printer breaks the connection.

    Raises:
        OSError: It did, so what it had taken may be lost.
    """
    printer.shutdown(socket.SHUT_WR)
    printer.settimeout(FAREWELL_S)
    until = time.monotonic() + FAREWELL_S
    with contextlib.suppress(TimeoutError):
        # Status bytes nobody asked for; a printer that never falls silent is not waited for.
        while time.monotonic() < until and printer.recv(256):
            pass
