"""Turns a finished visit into the slip's contents, and tells the records about it.

`receipt_of` is pure; `SlipDesk` joins the slips' rows with the printer's door.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter
from sqlalchemy import Engine

from config.settings import PrinterSettings
from db.clock import Clock
from db.slips import (
    PrinterStatus,
    close_slip,
    give_up_broken,
    note_printer,
    note_state,
    queue_again,
)
from db.states import ReceiptState
from kiosk.visit import Finished, Paper
from printer.receipt import PrinterNews, PrintReport, Receipt, ReceiptLine

_KEPT = TypeAdapter(Receipt)


class Printer(Protocol):
    """What is asked of the printer thread; neither call waits."""

    def print_soon(self, receipt: Receipt) -> None:
        """Put a slip in line."""
        ...

    def reader_gone(self) -> None:
        """Give up what the last reader waits for."""
        ...


def receipt_of(
    finished: Finished,
    school: str,
    station: str,
    printed_at: datetime,
    settings: PrinterSettings | None = None,
) -> Receipt:
    """What a slip says of a visit: copies and days; name and class only if the school wants them.

    Its number is still to be filled in.
    """
    wishes, patron = settings or PrinterSettings(), finished.patron
    return Receipt(
        slip_number="",
        school=school,
        station=station,
        printed_at=printed_at,
        card_ending=patron.card[-4:],
        lent=tuple(ReceiptLine(a.title, a.accession, a.due) for a in finished.lent),
        renewed=tuple(ReceiptLine(a.title, a.accession, a.due) for a in finished.renewed),
        returned=tuple(ReceiptLine(a.title, a.accession, None) for a in finished.returned),
        on_loan_count=len(finished.held),
        reader=patron.name if wishes.print_name else "",
        homeroom=patron.homeroom if wishes.print_class else "",
        is_large=wishes.large_print,
    )


class SlipDesk:
    """The clerk's way to slips: rows in the database, receipts to the printer thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        school: str,
        station: str,
        settings: PrinterSettings,
    ) -> None:
        self.printer: Printer | None = None
        """Set where there is one; it needs this desk to keep what becomes of slips."""
        self._engine = engine
        self._clock = clock
        self._school = school
        self._station = station
        self._settings = settings

    def close(self, finished: Finished, *, by_itself: bool = False) -> Finished:
        """Close the visit's slip, and queue it if one is to be had without asking.

        A slip that has been closed before is left as it is.
        """
        is_blank = not (finished.lent or finished.renewed or finished.returned)
        paper = Paper.NONE if is_blank else self._paper(by_itself)
        state = ReceiptState.QUEUED if paper is Paper.ASKED else ReceiptState.UNWANTED
        now = self._clock.now()
        receipt = receipt_of(finished, self._school, self._station, now, self._settings)
        contents = _KEPT.dump_python(receipt, mode="json")
        number, was_open = close_slip(self._engine, finished.visit_id, state, contents, now)
        if was_open and paper is Paper.ASKED and self.printer is not None:
            self.printer.print_soon(replace(receipt, slip_number=number))
        return replace(finished, slip_number=number, paper=paper)

    def print(self, slip_number: str, *, large: bool = False) -> bool:
        """Print a closed slip, stamped as a reprint if some of it may be on paper.

        Returns:
            Whether it was put in line; False if it is there, or what it says is forgotten.
        """
        kept = queue_again(self._engine, slip_number) if self.printer is not None else None
        if kept is None or self.printer is None:
            return False
        receipt = _KEPT.validate_python(kept.contents)
        self.printer.print_soon(
            replace(
                receipt,
                slip_number=slip_number,
                is_reprint=kept.is_reprint,
                is_large=large or receipt.is_large,
            )
        )
        return True

    def reader_came(self) -> None:
        """Another reader stands here: what the last one waited for is given up."""
        if self.printer is not None:
            self.printer.reader_gone()

    def give_up_broken(self) -> None:
        """Close the slips of visits that a fault broke off."""
        give_up_broken(self._engine)

    def note_printer(self, news: PrinterNews) -> None:
        """Keep what the printer says of itself, for the hub."""
        note_printer(self._engine, PrinterStatus(news.trouble or "", news.paper_low))

    def sending(self, slip_number: str) -> None:
        """Keep that some of a slip may be on paper from now on; called by the printer thread."""
        note_state(self._engine, slip_number, ReceiptState.SENDING)

    def settled(self, report: PrintReport) -> None:
        """Keep what became of a slip; called by the printer thread."""
        reason = report.trouble or report.reason
        note_state(self._engine, report.slip_number, ReceiptState(report.outcome.value), reason)

    def _paper(self, by_itself: bool) -> Paper:
        match self._settings.receipts:
            case _ if self.printer is None:
                return Paper.NONE
            case "never":
                return Paper.NONE
            case "always":
                return Paper.ASKED
            case "timeout" if by_itself:
                return Paper.ASKED
        return Paper.OFFERED
