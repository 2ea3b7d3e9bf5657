"""Open lines to a printer: network, USB, serial. Each call has a time limit; none knows a slip.

python-escpos' connectors report success on lost slips, hang, or write into a plain file where
the printer was (printing measurements, chapter 4); so these are ours.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import stat
import struct
import sys
import time
from typing import Protocol

from config.printer_address import Flow, PrinterAddress, PrinterKind
from printer.errors import PrinterStopped, PrinterUnreachable
from printer.receipt import Trouble

CONNECT_WITHIN_S = 2.0
"""A busy printer answers late or not at all; nothing is lost by trying again."""
SEND_BUFFER_BYTES = 4096
"""The kernel takes tens of kilobytes for a printer that is gone; so it is given little room."""
MOST_BYTES = 4096
"""Handed over at once."""
FAREWELL_S = 0.5
"""How long a broken connection may take to show after the last byte; most printers just stay."""


class Link(Protocol):
    """An open line to a printer.

    Raises:
        PrinterStopped: From any call but `close`: the printer went away.
    """

    def send(self, data: bytes, within_s: float) -> int:
        """Hand over the beginning of `data`; return how much was taken, 0 if nothing in time."""
        ...

    def receive(self, within_s: float) -> bytes:
        """What the printer says, as soon as it says something; empty if it says nothing."""
        ...

    def untaken(self) -> int:
        """How many bytes that were handed over the printer has not taken."""
        ...

    def farewell(self) -> None:
        """Listen for a moment whether the printer breaks the line after the last byte."""
        ...

    def close(self) -> None:
        """Let go of the printer; never waits."""
        ...


def open_link(address: PrinterAddress) -> Link:
    """Open the line an address names.

    Raises:
        PrinterUnreachable: It cannot be opened.
    """
    match address.kind:
        case PrinterKind.TCP:
            return TcpLink(address.where, address.port)
        case PrinterKind.SERIAL:
            return SerialLink(address)
        case PrinterKind.USB:
            return DeviceLink(_open_device(address.where))
    raise ValueError(f"no line leads to {address.kind}")


class TcpLink:
    """A printer on the network; one connection for each slip, as idle ones are reset."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=CONNECT_WITHIN_S)
        except OSError as error:
            raise PrinterUnreachable(Trouble.ABSENT, f"{host} port {port}: {error}") from error
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def send(self, data: bytes, within_s: float) -> int:
        """Hand over the beginning of `data`."""
        self._socket.settimeout(within_s)
        try:
            return self._socket.send(data[:MOST_BYTES])
        except TimeoutError:
            return 0
        except OSError as error:
            raise PrinterStopped(Trouble.ABSENT, str(error)) from error

    def receive(self, within_s: float) -> bytes:
        """What the printer says; the end of the line is a fault."""
        self._socket.settimeout(within_s)
        try:
            heard = self._socket.recv(256)
        except TimeoutError:
            return b""
        except OSError as error:
            raise PrinterStopped(Trouble.ABSENT, str(error)) from error
        if not heard:
            raise PrinterStopped(Trouble.ABSENT, "the printer closed the connection")
        return heard

    def untaken(self) -> int:
        """How many bytes are not acknowledged; 0 where the system cannot tell."""
        broken = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if broken:
            raise PrinterStopped(Trouble.ABSENT, os.strerror(broken))
        return _waiting_in(self._socket.fileno()) or 0

    def farewell(self) -> None:
        """Half-close, then listen for a moment."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
            until = time.monotonic() + FAREWELL_S
            while (left_s := until - time.monotonic()) > 0:
                self._socket.settimeout(left_s)
                if not self._socket.recv(256):
                    return  # it has closed its end as well, which is polite
        except TimeoutError:
            return
        except OSError as error:
            raise PrinterStopped(Trouble.ABSENT, str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class DeviceLink:
    """A device file: the kernel's usblp, or the descriptor of a serial port."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, data: bytes, within_s: float) -> int:
        """Hand over the beginning of `data`."""
        if not select.select([], [self._fd], [], within_s)[1]:
            return 0
        try:
            return os.write(self._fd, data[:MOST_BYTES])
        except BlockingIOError:
            time.sleep(0.01)  # writable, but not for so much; usblp does this
            return 0
        except OSError as error:
            raise PrinterStopped(_trouble_of(error), str(error)) from error

    def receive(self, within_s: float) -> bytes:
        """What the printer says; nothing from one that cannot be read from."""
        until = time.monotonic() + within_s
        while (left_s := until - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left_s)[0]:
                break
            with contextlib.suppress(BlockingIOError):
                heard = self._read()
                if heard:
                    return heard
            time.sleep(0.02)  # usblp says "readable" and gives nothing: Odoo asks 5 times too
        return b""

    def untaken(self) -> int:
        """How many bytes wait; where the device cannot count, 1 while it works on some."""
        waiting = _waiting_in(self._fd)
        if waiting is not None:
            return waiting
        return 0 if select.select([], [self._fd], [], 0)[1] else 1

    def farewell(self) -> None:
        """A device that is unplugged shows it with the next byte; nothing is to be heard."""

    def close(self) -> None:
        """Close the device, without waiting for what it has not taken."""
        _forget_waiting(self._fd)
        os.close(self._fd)

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, 256)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno in (errno.EIO, errno.ENODEV):
                raise PrinterStopped(Trouble.ABSENT, str(error)) from error
            return b""  # opened for writing only, or a printer with no way back


class SerialLink(DeviceLink):
    """A serial port with the flow control the printer is set to; Bluetooth's rfcomm is one."""

    def __init__(self, address: PrinterAddress) -> None:
        import serial

        try:
            self._port = serial.Serial(
                address.where,
                address.baud,
                timeout=0,
                write_timeout=0,
                rtscts=address.flow is Flow.RTS,
                xonxoff=address.flow is Flow.XON,
                exclusive=True,
            )
        except (OSError, ValueError) as error:
            raise PrinterUnreachable(_trouble_of(error), f"{address.where}: {error}") from error
        super().__init__(self._port.fileno())

    def close(self) -> None:
        """Close the port; a port with bytes left would otherwise wait for them half a minute."""
        _forget_waiting(self._fd)
        self._port.close()


def _open_device(path: str) -> int:
    """Open a character device, and nothing else, without ever making a file."""
    try:
        if not stat.S_ISCHR(os.stat(path).st_mode):  # noqa: PTH116  # a pipe must not be opened
            raise PrinterUnreachable(Trouble.NOT_A_PRINTER, f"{path} is no device")
        fd = os.open(path, _way_in(path) | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise PrinterUnreachable(_trouble_of(error), f"{path}: {error.strerror}") from error
    if not stat.S_ISCHR(os.fstat(fd).st_mode):
        os.close(fd)
        raise PrinterUnreachable(Trouble.NOT_A_PRINTER, f"{path} is no device")
    return fd


def _way_in(path: str) -> int:
    """Reading too, where this account may: only then does the printer answer."""
    return os.O_RDWR if os.access(path, os.R_OK) else os.O_WRONLY


def _trouble_of(error: Exception) -> Trouble:
    code = getattr(error, "errno", None)
    return Trouble.FORBIDDEN if code in (errno.EACCES, errno.EPERM) else Trouble.ABSENT


def _waiting_in(fd: int) -> int | None:
    """Bytes the kernel still has for the printer; None where it cannot tell."""
    if sys.platform != "linux":
        return None
    import fcntl
    import termios

    try:
        answer = fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0" * 4)
    except OSError:
        return None
    return int(struct.unpack("i", answer)[0])


def _forget_waiting(fd: int) -> None:
    """Drop what a stuck printer has not taken; a slip that was taken keeps its last bytes."""
    if _waiting_in(fd):
        import termios

        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(fd, termios.TCOFLUSH)
