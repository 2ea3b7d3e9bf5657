"""The librarian's paper at a station: the day's figures, a test page, a crate's manifest.

None of it is kept: it can be had again as long as its page is open. Keeps out how it is laid out.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from config.settings import PrinterSettings
from db.clock import Clock
from db.identifiers import crate_text
from kiosk.corner import CornerDone, Line
from kiosk.receipts import SlipDesk
from kiosk.staff import Glance
from printer.receipt import CrateBack, CrateOut, DaySummary, ProofPage, ReceiptLine, Slip


class SlipPrinter(Protocol):
    """What is asked of the printer thread; does not wait."""

    def print_soon(self, slip: Slip) -> None:
        """Put a slip in line."""
        ...


class DeskPaper:
    """The way to the librarian's slips."""

    def __init__(
        self,
        slips: SlipDesk,
        clock: Clock,
        school: str,
        station: str,
        settings: PrinterSettings,
        printer: SlipPrinter | None = None,
    ) -> None:
        self._slips = slips
        self._clock = clock
        self._school = school
        self._station = station
        self._settings = settings
        self._printer = printer

    def print(self, slip_number: str, *, large: bool = False) -> bool:
        """Print a visit's slip again, stamped IN LẠI."""
        return self._slips.print(slip_number, large=large)

    def print_day(self, glance: Glance) -> bool:
        """Print the day's figures."""
        today = glance.today
        late = tuple(f"Thùng {number} quá hạn trả" for number in glance.late_crates)
        return self._put(
            DaySummary(
                self._school,
                self._station,
                self._clock.now(),
                today.day,
                visits=today.visits,
                lent=today.lent,
                renewed=today.renewed,
                returned=today.returned,
                returned_late=today.returned_late,
                on_loan=today.on_loan,
                overdue=today.overdue,
                slips_unprinted=today.slips_unprinted,
                waiting_events=today.waiting,
                notes=late,
            )
        )

    def print_test(self) -> bool:
        """Print the page a printer is tried with."""
        return self._put(ProofPage(self._station, self._clock.now(), (self._settings.device,)))

    def print_crate(self, done: CornerDone) -> bool:
        """Print the manifest of a crate that goes, or the receipt for one that came."""
        corner = done.corner
        head = (done.number, self._school, self._station, self._clock.now(), corner.name)
        if done.due is not None:
            copies = _lines(done.sent, done.due)
            code = crate_text(done.number)
            return self._put(CrateOut(*head, corner.teacher, done.due, copies, code))
        lists = (_lines(done.back), _lines(done.missing), _lines(done.strange))
        return self._put(CrateBack(*head, corner.teacher, *lists))

    def _put(self, slip: Slip) -> bool:
        if self._printer is None:
            return False
        self._printer.print_soon(slip)
        return True


def _lines(lines: tuple[Line, ...], due: date | None = None) -> tuple[ReceiptLine, ...]:
    """In the order they were held up."""
    return tuple(ReceiptLine(one.title, one.accession, due) for one in reversed(lines))
