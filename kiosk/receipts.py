"""Turns a finished visit into the slip's contents, and tells the records about it.

`receipt_of` is pure; `SlipDesk` joins the slips' rows with the printer's door.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from db.clock import Clock
from db.slips import close_slip, note_outcome
from db.states import ReceiptState
from kiosk.visit import Finished
from printer.receipt import PrintOutcome, PrintReport, Receipt, ReceiptLine

_STATES = {
    PrintOutcome.DONE: ReceiptState.DONE,
    PrintOutcome.FAILED: ReceiptState.FAILED,
    PrintOutcome.PARTIAL: ReceiptState.PARTIAL,
    PrintOutcome.EXPIRED: ReceiptState.EXPIRED,
}


def receipt_of(
    finished: Finished, slip_number: str, school: str, station: str, printed_at: datetime
) -> Receipt:
    """What a slip says of a visit: copies and days, never a name or a class."""
    return Receipt(
        slip_number=slip_number,
        school=school,
        station=station,
        printed_at=printed_at,
        card_ending=finished.patron.card[4:],  # two digits fewer than it has
        lent=tuple(ReceiptLine(a.title, a.accession, a.due) for a in finished.lent),
        returned=tuple(ReceiptLine(a.title, a.accession, None) for a in finished.returned),
        on_loan_count=len(finished.held),
    )


class SlipDesk:
    """The clerk's way to slips: rows in the database, receipts to the printer thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        school: str,
        station: str,
        print_soon: Callable[[Receipt], None] | None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._school = school
        self._station = station
        self._print_soon = print_soon

    def close(self, finished: Finished) -> str:
        """Queue the visit's slip if there is a printer; return its number."""
        wanted = self._print_soon is not None
        state = ReceiptState.QUEUED if wanted else ReceiptState.UNWANTED
        number = close_slip(self._engine, finished.visit_id, state)
        if self._print_soon is not None:
            now = self._clock.now()
            self._print_soon(receipt_of(finished, number, self._school, self._station, now))
        return number

    def note(self, report: PrintReport) -> None:
        """Keep what became of a slip."""
        note_outcome(self._engine, report.slip_number, _STATES[report.outcome], report.reason)
