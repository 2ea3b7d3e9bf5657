"""A raw queue of CUPS, for schools whose printer has one already. Knows nothing of the paper.

Raw queues are deprecated in CUPS and due to go, and a job in a queue may be printed hours
later; so this is a compatibility, never the default.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from printer.receipt import Delivery, PrintOutcome, Trouble

LP_WITHIN_S = 10.0
LP = "lp"


def hand_to_queue(
    queue: str, data: bytes, beginning: Callable[[], None], program: str = LP
) -> Delivery:
    """Give a slip to `lp -o raw`; that the queue took it is all that is known."""
    command = [program, "-d", queue, "-o", "raw", "-s"]
    beginning()
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=LP_WITHIN_S)
    except subprocess.TimeoutExpired:
        return Delivery(PrintOutcome.UNKNOWN, Trouble.STUCK, "lp did not end")
    except OSError as error:
        return Delivery(PrintOutcome.HELD, Trouble.ABSENT, f"lp: {error.strerror}")
    if done.returncode:
        return Delivery(PrintOutcome.HELD, Trouble.ABSENT, done.stderr.decode("utf-8", "replace"))
    return Delivery(PrintOutcome.UNCONFIRMED)
