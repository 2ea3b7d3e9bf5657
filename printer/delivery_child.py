"""The process that talks to the printer: `python -m printer.delivery_child ORDERS`.

Whatever a driver does, the station can end this process. Each job is one line of JSON on
stdin, followed by its bytes; each answer one line of JSON on stdout. It says `beginning`
before the first byte of a slip leaves, so that whoever ends it knows whether any did. It ends
when stdin does.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from config.printer_address import Flow, PrinterAddress, PrinterKind
from printer.delivery import Courier


def main() -> None:
    """Carry slips until nobody sends any."""
    orders = json.loads(sys.argv[1])
    courier = Courier(_address(orders["address"]), orders["stall_limit_s"], orders["barrier_s"])
    while line := sys.stdin.buffer.readline():
        job = json.loads(line)
        # Nobody may be left to end it: a driver that hangs must not keep the printer for ever.
        signal.alarm(job["limit_s"])
        _answer(asdict(_do(courier, job, sys.stdin.buffer)))
        signal.alarm(0)


def _do(courier: Courier, job: dict[str, Any], source: BinaryIO) -> Any:
    if job["lengths"] is None:
        return courier.look()
    pieces = tuple(source.read(length) for length in job["lengths"])
    return courier.deliver(pieces, job["pause_s"], lambda: _answer({"beginning": True}))


def _answer(values: dict[str, Any]) -> None:
    print(json.dumps(values), flush=True)


def _address(values: dict[str, Any]) -> PrinterAddress:
    kind, flow = PrinterKind(values["kind"]), Flow(values["flow"])
    return PrinterAddress(kind, values["where"], values["port"], values["baud"], flow)


if __name__ == "__main__":
    main()
