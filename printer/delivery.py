"""How one slip is delivered, and what may be said of it afterwards. Knows no queue, no retry.

A write that returned proves nothing. So the printer is asked before (`DLE EOT`: paper, cover),
given the slip band by band while it takes them, waited for until the kernel has nothing left,
and asked once more in order (`GS r 1`, which it works through after the slip). Printers that
never answer exist; they are printed on all the same (printing measurements, chapter 4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from config.printer_address import PrinterAddress, PrinterKind
from printer.cups import hand_to_queue
from printer.errors import PrinterError, PrinterStopped
from printer.links import Link, open_link
from printer.receipt import Condition, Delivery, PrintOutcome, Trouble

STATUS_WITHIN_S = 0.7
"""How long a printer may think before it counts as silent."""
STALL_LIMIT_S = 6.0
"""How long a printer may take nothing: longer than a cut and a paper warning, then it is stuck."""
BARRIER_WITHIN_S = 8.0
"""How long printing may go on after the last byte: a full buffer at 60 mm/s, and a cut."""
LOOK_AGAIN_S = 1.0
"""While waiting for the barrier, how often the paper is asked after."""
PAUSE_STEP_S = 0.01

_ASK = b"\x10\x04"
_BARRIER = b"\x1dr\x01"
_STATUS_MASK, _STATUS_BITS = 0x93, 0x12
"""Bits that are fixed in every answer to `DLE EOT`; a clone's 00 or noise is no answer."""
_BARRIER_MASK = 0x90
"""Bits that are 0 in an answer to `GS r`, and not both in one to `DLE EOT`."""


@dataclass(slots=True)
class Courier:
    """Carries slips to one printer, and remembers what it can do.

    Attributes:
        stall_limit_s: How long it may take nothing.
        barrier_within_s: How long it may take to answer after the last byte.
    """

    address: PrinterAddress
    stall_limit_s: float = STALL_LIMIT_S
    barrier_within_s: float = BARRIER_WITHIN_S
    _interrupted: bool = True
    """Whether it may be left inside an image; nobody knows at first."""
    _confirms: bool = True
    """Whether it answers `GS r`; not believed any more after one silence."""
    _sent: int = 0
    """Bytes of the present slip that were handed over."""

    def look(self) -> Condition:
        """Ask how the printer is, and print nothing."""
        if self.address.kind is PrinterKind.CUPS:
            return Condition()
        try:
            with closing(open_link(self.address)) as link:
                return ask(link)
        except PrinterError as error:
            return Condition(trouble=error.trouble)

    def deliver(
        self, pieces: tuple[bytes, ...], pause_s: float, beginning: Callable[[], None]
    ) -> Delivery:
        """Deliver one slip.

        Args:
            pieces: Its commands, in order.
            pause_s: A rest after each.
            beginning: Called before the first byte leaves.
        """
        if self.address.kind is PrinterKind.CUPS:
            return hand_to_queue(self.address.where, b"".join(pieces), beginning)
        try:
            with closing(open_link(self.address)) as link:
                condition = ask(link)
                if condition.trouble is not None:
                    return _held(condition.trouble, "the printer said so", condition.paper_low)
                beginning()
                return self._print(link, pieces, pause_s, condition)
        except PrinterError as error:  # before the first byte
            return _held(error.trouble, str(error))

    def _print(
        self, link: Link, pieces: tuple[bytes, ...], pause_s: float, before: Condition
    ) -> Delivery:
        whole, self._interrupted, self._sent = self._resync(pieces) + pieces, True, 0
        try:
            for piece in whole:
                self._hand_over(link, piece)
                time.sleep(pause_s)
            self._wait_until_taken(link)
            ended = self._confirm(link, before)
        except PrinterStopped as error:
            if not self._sent:
                return _held(error.trouble, str(error))
            reason = f"{error}, after {self._sent} bytes"
            return Delivery(PrintOutcome.PARTIAL, error.trouble, reason, before.paper_low)
        self._interrupted = ended.outcome is PrintOutcome.UNKNOWN
        return ended

    def _resync(self, pieces: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Zeros to end an image the last slip was broken off in; outside one they print nothing."""
        return (bytes(max(map(len, pieces))),) if self._interrupted else ()

    def _hand_over(self, link: Link, piece: bytes) -> None:
        """Send a piece.

        Raises:
            PrinterStopped: It took nothing for the stall limit.
        """
        at, since = 0, time.monotonic()
        while at < len(piece):
            taken = link.send(piece[at:], self.stall_limit_s)
            if taken:
                at, self._sent, since = at + taken, self._sent + taken, time.monotonic()
            elif time.monotonic() - since >= self.stall_limit_s:
                raise _stuck(link, "took no more")

    def _wait_until_taken(self, link: Link) -> None:
        """Wait while the bytes that were not taken grow fewer.

        Raises:
            PrinterStopped: They did not for the stall limit.
        """
        left, since = link.untaken(), time.monotonic()
        while left:
            time.sleep(PAUSE_STEP_S)
            now_left = link.untaken()
            if now_left < left:
                left, since = now_left, time.monotonic()
            elif time.monotonic() - since > self.stall_limit_s:
                raise _stuck(link, f"did not take the last {left} bytes")

    def _confirm(self, link: Link, before: Condition) -> Delivery:
        """Ask in order, and say what the answer or its absence means."""
        unconfirmed = Delivery(PrintOutcome.UNCONFIRMED, paper_low=before.paper_low)
        if not (before.answers and self._confirms):
            link.farewell()
            return unconfirmed
        after = self._wait_for_barrier(link)
        if after is None:
            self._confirms = False
            return unconfirmed
        paper_low = before.paper_low or after.paper_low  # some tell it to one question only
        if after.answers:
            return Delivery(PrintOutcome.DONE, after.trouble, paper_low=paper_low)
        return Delivery(PrintOutcome.UNKNOWN, after.trouble, "stopped in the slip", paper_low)

    def _wait_for_barrier(self, link: Link) -> Condition | None:
        """Wait for the answer in order.

        Returns:
            How the printer is once it answered; a condition that does not answer, with its
            trouble, if it stopped; None if all is well with it and it never answers this.
        """
        link.send(_BARRIER, STATUS_WITHIN_S)
        until = time.monotonic() + self.barrier_within_s
        while time.monotonic() < until:
            heard = [*link.receive(min(LOOK_AGAIN_S, self.barrier_within_s))]
            said = ask(link, heard) if not any(map(_is_barrier, heard)) else Condition()
            for byte in filter(_is_barrier, heard):
                return _paper_of(byte)
            if said.trouble is not None:
                return replace(said, answers=False)
        return None


def ask(link: Link, others: list[int] | None = None) -> Condition:
    """Ask a printer how it is; one that is silent is left in peace after the first question.

    Args:
        link: The line.
        others: Is given whatever else the printer says meanwhile.
    """
    answers: dict[int, int] = {}
    for question in (4, 1, 2):
        if question == 2 and not answers[1] & 0x08:
            break
        answer = _answer(link, question, [] if others is None else others)
        if answer is None:
            break
        answers[question] = answer
    return _condition(answers)


def _answer(link: Link, question: int, others: list[int]) -> int | None:
    """Ask one real-time question; what is no answer to it goes to `others`."""
    link.send(_ASK + bytes((question,)), STATUS_WITHIN_S)
    until = time.monotonic() + STATUS_WITHIN_S
    while (left_s := until - time.monotonic()) > 0:
        heard = link.receive(left_s)
        others += (byte for byte in heard if byte & _STATUS_MASK != _STATUS_BITS)
        status = [byte for byte in heard if byte & _STATUS_MASK == _STATUS_BITS]
        if status:
            return status[-1]
    return None


def _condition(answers: dict[int, int]) -> Condition:
    """Read the answers: 4 is about paper, 1 whether it prints, 2 why not."""
    paper, printing, cause = (answers.get(question, 0) for question in (4, 1, 2))
    trouble = None
    if paper & 0x60 or cause & 0x20:
        trouble = Trouble.PAPER_OUT
    elif cause & 0x04:
        trouble = Trouble.COVER_OPEN
    elif printing & 0x08:
        trouble = Trouble.OFFLINE
    return Condition(bool(answers), trouble, bool(paper & 0x0C))


def _is_barrier(byte: int) -> bool:
    return byte & _BARRIER_MASK == 0


def _paper_of(answer: int) -> Condition:
    """What `GS r 1` says: bits 0 and 1 near the end, 2 and 3 none left."""
    trouble = Trouble.PAPER_OUT if answer & 0x0C else None
    return Condition(True, trouble, bool(answer & 0x03))


def _stuck(link: Link, reason: str) -> PrinterStopped:
    """Ask once more why: a printer without paper stops taking, and may still answer."""
    return PrinterStopped(ask(link).trouble or Trouble.STUCK, reason)


def _held(trouble: Trouble, reason: str, paper_low: bool = False) -> Delivery:
    return Delivery(PrintOutcome.HELD, trouble, reason, paper_low)
