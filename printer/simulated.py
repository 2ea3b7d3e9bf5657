"""A printer without paper: it prints pictures, answers, and has faults. For tests and demos.

`Interpreter` is a second, independent reading of the commands we use, written from the manuals
and not from `encoding.py`: what it draws is what paper would show. `ReceivingPrinter` serves
it on the network, `SerialPrinter` on a pseudo-terminal.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import socket
import threading
import tty
from collections.abc import Iterator
from enum import StrEnum

from PIL import Image, ImageOps

_POLL_S = 0.02
_REAL_TIME = re.compile(rb"\x10\x04([\x01-\x04])")
_CUTS = (b"\x1dVB\x00", b"\x1dV\x00", b"\x1dV\x01", b"\x1bi", b"\x1bm")


class UnknownCommand(ValueError):
    """The bytes hold something our printers are not asked to do.

    Attributes:
        at: Offset of its first byte.
    """

    def __init__(self, data: bytes, at: int) -> None:
        super().__init__(f"unknown command {data[at : at + 4].hex(' ')} at byte {at}")
        self.at = at


class Interpreter:
    """Works through commands as they come.

    Attributes:
        slips: The pictures of the slips that were cut off.
        barriers: How often `GS r 1` was reached.
    """

    def __init__(self) -> None:
        self.slips: list[Image.Image] = []
        self.barriers = 0
        self._data = b""
        self._at = 0
        self._pieces: list[Image.Image | int] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing is half printed or half read."""
        return not self._pieces and self._at == len(self._data)

    def feed(self, data: bytes) -> None:
        """Work through what came, as far as it is whole.

        Raises:
            UnknownCommand: It is none of those our printers are given.
        """
        self._data += data
        while self._at < len(self._data) and (taken := self._step()):
            self._at += taken

    def _step(self) -> int:
        """Do one command; return its bytes, or 0 if its end has not come yet."""
        match self._data[self._at : self._at + 4]:
            case b"\x1dv0\x00":
                return self._image()
            case bytes(four) if four[:1] == b"\0":
                return 1
            case bytes(four) if four[:2] == b"\x1bJ":
                return self._feed_paper(four)
            case bytes(four) if four[:2] == b"\x1b@":
                return 2
            case bytes(four) if four[:3] == b"\x1dr\x01":
                self.barriers += 1
                return 3
            case bytes(four) if cut := next((c for c in _CUTS if four.startswith(c)), None):
                self._cut()
                return len(cut)
            case bytes(four) if len(four) < 4 and four[:1] in b"\x1b\x1d":
                return 0
        raise UnknownCommand(self._data, self._at)

    def _feed_paper(self, four: bytes) -> int:
        if len(four) < 3:
            return 0
        self._pieces.append(four[2])
        return 3

    def _image(self) -> int:
        """Read `GS v 0 m xL xH yL yH d…`; m is 0, x in bytes, y in dots, a set bit is ink."""
        head = self._data[self._at + 4 : self._at + 8]
        if len(head) < 4:
            return 0
        width, height = (int.from_bytes(head[at : at + 2], "little") for at in (0, 2))
        if not width or not height:
            raise UnknownCommand(self._data, self._at)
        start, end = self._at + 8, self._at + 8 + width * height
        if end > len(self._data):
            return 0
        ink = Image.frombytes("1", (width * 8, height), self._data[start:end])
        self._pieces.append(ImageOps.invert(ink))
        return end - self._at

    def _cut(self) -> None:
        self.slips.append(_glued(self._pieces))
        self._pieces = []


def decode(data: bytes) -> Image.Image:
    """Print one slip from the first byte to the cut.

    Returns:
        The paper: mode "1", 0 for ink, as wide as the widest image.

    Raises:
        UnknownCommand: At the first byte that begins none of our commands, if bytes follow the
            cut, or if it is missing.
    """
    printer = Interpreter()
    printer.feed(data)
    if len(printer.slips) != 1 or not printer.is_idle:
        raise UnknownCommand(data, len(data))
    return printer.slips[0]


def _glued(pieces: list[Image.Image | int]) -> Image.Image:
    """Put images and blank rows below each other."""
    width = max((piece.width for piece in pieces if isinstance(piece, Image.Image)), default=8)
    height = sum(piece if isinstance(piece, int) else piece.height for piece in pieces)
    paper = Image.new("1", (width, max(1, height)), 255)
    y = 0
    for piece in pieces:
        if isinstance(piece, Image.Image):
            paper.paste(piece, (0, y))
        y += piece if isinstance(piece, int) else piece.height
    return paper


class Fault(StrEnum):
    """What can be wrong with a simulated printer."""

    NONE = "none"
    SILENT = "silent"
    """Prints, and never answers."""
    ZEROS = "zeros"
    """Prints, and answers every question with a zero, as some clones do."""
    NO_BARRIER = "no-barrier"
    """Answers how it is, and not `GS r`."""
    PAPER_OUT = "paper-out"
    COVER_OPEN = "cover-open"
    OFFLINE = "offline"
    PAPER_LOW = "paper-low"
    PAPER_OUT_DURING = "paper-out-during"
    """Prints `after` bytes of a slip, then has no more paper and takes nothing."""
    PAPER_OUT_AFTER = "paper-out-after"
    """Takes the slip into its memory and has no paper for the end of it."""
    REFUSES = "refuses"
    """Takes no connection until it is switched on."""
    RESETS = "resets"
    """Takes the connection and breaks it at once."""
    CLOSES = "closes"
    """Breaks the connection after `after` bytes."""
    NEVER_READS = "never-reads"
    """Takes the connection and then nothing."""


_CANNOT_PRINT = (Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.OFFLINE)
_ANSWERS = {
    Fault.PAPER_OUT: {1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E},
    Fault.COVER_OPEN: {1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x12},
    Fault.OFFLINE: {1: 0x1A, 2: 0x12, 3: 0x12, 4: 0x12},
    Fault.PAPER_LOW: {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x1E},
}
"""By fault and question; as emupos answered (printing measurements, chapter 4)."""
_WELL = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}


class _Mechanism:
    """What all simulated printers share: faults, answers, paper.

    Attributes:
        fault: What is wrong; may be changed at any time.
        after: Bytes for the faults that come after some.
        slips: The pictures of the slips printed so far.
        received: Bytes of slips taken so far.
        broken: What arrived and could not be understood.
    """

    def __init__(self, fault: Fault = Fault.NONE, after: int = 0) -> None:
        self.fault = fault
        self.after = after
        self.received = 0
        self.broken: list[bytes] = []
        self._interpreter = Interpreter()

    @property
    def slips(self) -> list[Image.Image]:
        """The pictures of the slips printed so far."""
        return self._interpreter.slips

    def renew_head(self) -> None:
        """Forget what was half read, as a printer that is switched off and on."""
        slips, self._interpreter = self.slips, Interpreter()
        self._interpreter.slips = slips

    def hear(self, data: bytes) -> bytes:
        """Take what came over the line; return what the printer says to it."""
        questions = _REAL_TIME.findall(data)
        rest = _REAL_TIME.sub(b"", data)
        before = self._interpreter.barriers
        self.received += len(rest)
        if rest and self.fault not in _CANNOT_PRINT:
            self._print(rest)
        reached = self._interpreter.barriers - before
        return self._answers(questions) + self._barrier(reached)

    def _print(self, data: bytes) -> None:
        try:
            self._interpreter.feed(data)
        except UnknownCommand:
            self.broken.append(data)
            self.renew_head()
        ended = {
            Fault.PAPER_OUT_DURING: self.received >= self.after,
            Fault.PAPER_OUT_AFTER: self._interpreter.barriers > 0,
        }
        if ended.get(self.fault, False):
            self.fault = Fault.PAPER_OUT

    def _answers(self, questions: list[bytes]) -> bytes:
        if self.fault is Fault.SILENT:
            return b""
        if self.fault is Fault.ZEROS:
            return bytes(len(questions))
        return bytes(_ANSWERS.get(self.fault, _WELL)[question[0]] for question in questions)

    def _barrier(self, reached: int) -> bytes:
        dumb = (Fault.SILENT, Fault.NO_BARRIER, *_CANNOT_PRINT)
        return b"" if self.fault in dumb else bytes(reached)

    def _takes_nothing(self) -> bool:
        """Whether its buffer is full: it only listens for questions."""
        return self.fault is Fault.NEVER_READS


class ReceivingPrinter(_Mechanism):
    """A network printer on this machine, on from the beginning of a `with` block to its end."""

    def __init__(self, fault: Fault = Fault.NONE, after: int = 0) -> None:
        super().__init__(fault, after)
        self._server = socket.socket()
        # A small window, as a printer's: otherwise the kernel takes whole slips for it.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.settimeout(_POLL_S)
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
            with contextlib.suppress(TimeoutError, ConnectionError, BrokenPipeError):
                client, _ = self._server.accept()
                with client:
                    self._take(client)

    def _take(self, client: socket.socket) -> None:
        client.settimeout(_POLL_S)
        taken = 0
        while not self._closing.is_set():
            if self.fault is Fault.RESETS or (self.fault is Fault.CLOSES and taken >= self.after):
                _reset(client)
                return
            if self._takes_nothing():
                self._closing.wait(_POLL_S)
                continue
            with contextlib.suppress(TimeoutError):
                data = client.recv(512)
                if not data:
                    return
                taken += len(_REAL_TIME.sub(b"", data))
                client.sendall(self.hear(data))


class SerialPrinter(_Mechanism):
    """A serial printer on a pseudo-terminal, on for a `with` block.

    Attributes:
        path: Of its port.
    """

    def __init__(self, fault: Fault = Fault.NONE, after: int = 0) -> None:
        super().__init__(fault, after)
        self._fd, self._port_fd = pty.openpty()
        tty.setraw(self._port_fd)
        self.path = os.ttyname(self._port_fd)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="simulated-printer")

    def __enter__(self) -> SerialPrinter:
        """Switch it on."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Switch it off."""
        self.unplug()

    def unplug(self) -> None:
        """Let its port go, as a cable that is pulled."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        os.close(self._port_fd)
        os.close(self._fd)

    def _serve(self) -> None:
        for data in self._heard():
            os.write(self._fd, self.hear(data))

    def _heard(self) -> Iterator[bytes]:
        while not self._closing.is_set():
            if self._takes_nothing():
                self._closing.wait(_POLL_S)
            elif select.select([self._fd], [], [], _POLL_S)[0]:
                yield os.read(self._fd, 512)


def _reset(client: socket.socket) -> None:
    """Close as a printer that loses power: what was not read is lost, and the sender is told."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
