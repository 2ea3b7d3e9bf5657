"""Where slips go: a folder, or a printer behind a process that can be ended. Never retries."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from PIL import Image, ImageOps

from config.printer_address import PrinterAddress, PrinterKind, read_printer
from config.settings import PrinterSettings
from printer.delivery import BARRIER_WITHIN_S, STALL_LIMIT_S
from printer.receipt import Condition, Delivery, PrintOutcome, Trouble

PAPER_EDGE_PX = 24
"""White around the picture of a slip, as the unprinted edge of the roll."""
DOTS_PER_INCH = 203
SLOWEST_BYTES_S = 10_000
"""What a slow printer on the network or on Bluetooth takes in a second."""
PATIENCE_S = 20.0
"""For opening, asking, one stall and the answer at the end."""
LOOK_WITHIN_S = 10.0


class Device(Protocol):
    """Something that takes slips one at a time.

    Attributes:
        pause_s: A rest after each command of a slip.
    """

    pause_s: float

    def deliver(self, job_name: str, pieces: tuple[bytes, ...], picture: Image.Image) -> Delivery:
        """Deliver one slip, given as commands and as the picture they print."""
        ...

    def look(self) -> Condition:
        """Ask how it is."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class FileDevice:
    """Writes each slip as `NAME.bin`, `NAME.png` and `NAME.pdf`, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pause_s = 0.0

    def deliver(self, job_name: str, pieces: tuple[bytes, ...], picture: Image.Image) -> Delivery:
        """Write the files; the folder is made if need be."""
        paper = ImageOps.expand(picture.convert("L"), PAPER_EDGE_PX, fill=255)
        stem = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in job_name)
        unfinished = self.folder / f".{stem}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(b"".join(pieces))
            unfinished.replace(self.folder / f"{stem}.bin")
            for kind in ("PNG", "PDF"):
                paper.save(unfinished, format=kind, resolution=DOTS_PER_INCH)
                unfinished.replace(self.folder / f"{stem}.{kind.lower()}")
        except OSError as error:
            return Delivery(PrintOutcome.HELD, Trouble.ABSENT, f"{self.folder}: {error.strerror}")
        return Delivery(PrintOutcome.DONE)

    def look(self) -> Condition:
        """A folder has no troubles before it is written to."""
        return Condition(answers=True)

    def close(self) -> None:
        """Nothing is held."""


class ProcessDevice:
    """A printer that is talked to by a process of its own, which is ended if it hangs.

    The process stays between slips and is made anew when it is needed.
    """

    def __init__(
        self,
        address: PrinterAddress,
        pause_s: float = 0.0,
        *,
        stall_limit_s: float = STALL_LIMIT_S,
        barrier_s: float = BARRIER_WITHIN_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._address = address
        self.pause_s = pause_s
        self._patience_s = patience_s
        self._orders = {
            "address": asdict(address),
            "stall_limit_s": stall_limit_s,
            "barrier_s": barrier_s,
        }
        self._child: subprocess.Popen[bytes] | None = None

    def deliver(self, job_name: str, pieces: tuple[bytes, ...], picture: Image.Image) -> Delivery:
        """Have the slip carried; what hangs is ended, and the slip's fate then unknown."""
        lengths = [len(piece) for piece in pieces]
        job = {"lengths": lengths, "pause_s": self.pause_s}
        began = False
        for answer in self._ask(job, self.limit_s(pieces), b"".join(pieces)):
            if "outcome" in answer:
                return _delivery(answer)
            began = True
        outcome = PrintOutcome.UNKNOWN if began else PrintOutcome.HELD
        return Delivery(outcome, Trouble.STUCK, "its process hung or died")

    def look(self) -> Condition:
        """Have the printer asked."""
        for answer in self._ask({"lengths": None}, LOOK_WITHIN_S):
            return _condition(answer)
        return Condition(trouble=Trouble.STUCK)

    def limit_s(self, pieces: tuple[bytes, ...]) -> float:
        """How long one delivery may take: twice what the line needs, and some patience."""
        speed = self._address.baud / 10 or SLOWEST_BYTES_S  # ten bits a byte on a serial line
        transfer_s = sum(map(len, pieces)) / speed + len(pieces) * self.pause_s
        return 2 * transfer_s + self._patience_s

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            with contextlib.suppress(BrokenPipeError), self._child:
                pass  # closes its pipes and waits for it
        self._child = None

    def _ask(self, job: dict[str, Any], limit_s: float, data: bytes = b"") -> Any:
        """Send a job and yield its answers, up to the last or until the time is up."""
        child = self._living_child()
        assert child.stdin is not None
        until = time.monotonic() + limit_s
        head = json.dumps({**job, "limit_s": math.ceil(limit_s) + 1}).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):  # it has died: no answer will come
            child.stdin.write(head + data)
            child.stdin.flush()
        while (answer := _line(child, until)) is not None:
            yield answer
            if "beginning" not in answer:
                return
        self.close()

    def _living_child(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "printer.delivery_child", json.dumps(self._orders)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=Path(__file__).parent.parent,  # whence its packages come, as ours did
            )
        return self._child


def open_device(settings: PrinterSettings) -> Device | None:
    """Make the device the settings name; None for "none"."""
    address = read_printer(settings.device)
    match address.kind:
        case PrinterKind.NONE:
            return None
        case PrinterKind.FILE:
            return FileDevice(Path(address.where))
    return ProcessDevice(address, settings.band_pause_ms / 1000)


def _line(child: subprocess.Popen[bytes], until: float) -> dict[str, Any] | None:
    """The next answer; None if none comes in time or the process has ended."""
    assert child.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        left_s = max(0.0, until - time.monotonic())
        if not select.select([child.stdout], [], [], left_s)[0]:
            return None
        more = os.read(child.stdout.fileno(), 1)  # not a byte of the answer after it
        if not more:
            return None
        line += more
    answer: dict[str, Any] = json.loads(line)
    return answer


def _delivery(answer: dict[str, Any]) -> Delivery:
    outcome, trouble = PrintOutcome(answer["outcome"]), _trouble(answer)
    return Delivery(outcome, trouble, answer["reason"], answer["paper_low"])


def _condition(answer: dict[str, Any]) -> Condition:
    return Condition(answer["answers"], _trouble(answer), answer["paper_low"])


def _trouble(answer: dict[str, Any]) -> Trouble | None:
    return None if answer["trouble"] is None else Trouble(answer["trouble"])
