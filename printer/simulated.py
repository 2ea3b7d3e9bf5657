"""A printer without paper: a TCP server that prints pictures. For tests and demonstration.

`decode` is a second, independent reading of the commands we use, written from the manuals
and not from `encoding.py`: what it draws is what paper would show.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from enum import StrEnum

from PIL import Image, ImageOps

_ACCEPT_POLL_S = 0.05


class UnknownCommand(ValueError):
    """The bytes hold something our printers are not asked to do.

    Attributes:
        at: Offset of its first byte.
    """

    def __init__(self, data: bytes, at: int) -> None:
        super().__init__(f"unknown command {data[at : at + 4].hex(' ')} at byte {at}")
        self.at = at


def decode(data: bytes) -> Image.Image:
    """Print one slip: ESC @, GS v 0, ESC J and GS V 66 only.

    Returns:
        The paper up to the cut: mode "1", 0 for ink, as wide as the widest image.

    Raises:
        UnknownCommand: At the first byte that begins none of these, or if the cut is missing.
    """
    pieces: list[Image.Image | int] = []
    at = 0
    while at < len(data):
        match data[at : at + 4]:
            case b"\x1dVB\x00" if at + 4 == len(data):
                return _glued(pieces)
            case b"\x1dv0\x00":
                image, at = _raster_image(data, at)
                pieces.append(image)
            case bytes(four) if four[:2] == b"\x1bJ" and len(four) > 2:
                pieces.append(four[2])
                at += 3
            case bytes(four) if four[:2] == b"\x1b@" and at == 0:
                at += 2
            case _:
                raise UnknownCommand(data, at)
    raise UnknownCommand(data, at)


def _raster_image(data: bytes, at: int) -> tuple[Image.Image, int]:
    """Read `GS v 0 m xL xH yL yH d…`; m is 0, x in bytes, y in dots, a set bit is ink."""
    head = data[at + 4 : at + 8]
    if len(head) < 4:
        raise UnknownCommand(data, at)
    width = int.from_bytes(head[:2], "little") * 8
    height = int.from_bytes(head[2:], "little")
    end = at + 8 + width // 8 * height
    if end > len(data) or not width or not height:
        raise UnknownCommand(data, at)
    return ImageOps.invert(Image.frombytes("1", (width, height), data[at + 8 : end])), end


def _glued(pieces: list[Image.Image | int]) -> Image.Image:
    """Put images and blank rows below each other."""
    width = max((piece.width for piece in pieces if isinstance(piece, Image.Image)), default=8)
    height = sum(piece if isinstance(piece, int) else piece.height for piece in pieces)
    paper = Image.new("1", (width, max(1, height)), 1)
    y = 0
    for piece in pieces:
        if isinstance(piece, Image.Image):
            paper.paste(piece, (0, y))
        y += piece if isinstance(piece, int) else piece.height
    return paper


class Fault(StrEnum):
    """What can be wrong with a simulated printer."""

    NONE = "none"
    REFUSES = "refuses"
    """Takes no connection until it is switched on."""
    CLOSES = "closes"
    """Breaks the connection after `closes_after` bytes."""
    NEVER_READS = "never-reads"
    """Takes the connection and then nothing."""


class ReceivingPrinter:
    """A network printer on this machine, on from the beginning of a `with` block to its end.

    Attributes:
        fault: What is wrong with it; looked at when a connection comes.
        closes_after: Bytes that `Fault.CLOSES` takes.
        slips: The pictures of the slips printed so far.
        broken: What arrived of slips that could not be printed.
    """

    def __init__(self, fault: Fault = Fault.NONE, closes_after: int = 0) -> None:
        self.fault = fault
        self.closes_after = closes_after
        self.slips: list[Image.Image] = []
        self.broken: list[bytes] = []
        self._server = socket.socket()
        # A small window, as a printer's: otherwise the kernel takes whole slips for it.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.settimeout(_ACCEPT_POLL_S)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="simulated-printer")

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.getsockname()[1])

    def __enter__(self) -> ReceivingPrinter:
        """Switch it on, unless it is to refuse."""
        if self.fault is not Fault.REFUSES:
            self.switch_on()
        return self

    def __exit__(self, *_: object) -> None:
        """Switch it off."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        self._server.close()

    def switch_on(self) -> None:
        """Take connections from now on, with no fault if it refused so far."""
        if self.fault is Fault.REFUSES:
            self.fault = Fault.NONE
        self._server.listen(4)
        self._thread.start()

    def _serve(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError, ConnectionError):
                client, _ = self._server.accept()
                with client:
                    self._take_slip(client)

    def _take_slip(self, client: socket.socket) -> None:
        if self.fault is Fault.NEVER_READS:
            self._closing.wait()
            return
        limit = self.closes_after if self.fault is Fault.CLOSES else None
        data = _read(client, limit)
        if self.fault is Fault.CLOSES:
            _reset(client)
        try:
            self.slips.append(decode(data))
        except UnknownCommand:
            self.broken.append(data)


def _read(client: socket.socket, limit: int | None) -> bytes:
    """Read until the sender half-closes, or `limit` bytes have come."""
    data = bytearray()
    client.settimeout(10)
    while limit is None or len(data) < limit:
        chunk = client.recv(1024 if limit is None else min(1024, limit - len(data)))
        if not chunk:
            break
        data += chunk
    return bytes(data)


def _reset(client: socket.socket) -> None:
    """Close as a printer that loses power: what was not read is lost, and the sender is told."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
