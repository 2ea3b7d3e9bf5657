"""A break at a station over real records: what is held up, and what comes of it. No screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from config.settings import PrinterSettings, VisitSettings
from kiosk.clerk import Clerk
from kiosk.events import KioskEvent, Shown
from kiosk.receipts import SlipDesk
from kiosk.visit import Visit
from printer.receipt import PrintOutcome, PrintReport, Receipt, Trouble
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool


@dataclass(repr=False)
class Break:
    """A break at the station: things are held up, screens and slips come out."""

    school: DemoSchool
    shown: list[Shown] = field(default_factory=list)
    settings: PrinterSettings = field(default_factory=PrinterSettings)
    has_printer: bool = True
    slips: list[Receipt] = field(default_factory=list)
    readers_gone: int = 0
    now: float = 0.0
    commits: int = 0
    worn_out: int = 0

    def __post_init__(self) -> None:
        slips = SlipDesk(self.school.engine, self.school.clock, "Trường", "Trạm 1", self.settings)
        slips.printer = self if self.has_printer else None
        self.cast = self.school.cast()
        self.clerk = Clerk(
            self.school.sure,
            slips,
            VisitSettings(),
            self.shown.append,
            committed=self._count,
            now=lambda: self.now,
            worn_out=self._wear_out,
        )

    def _count(self) -> None:
        self.commits += 1

    def _wear_out(self) -> None:
        self.worn_out += 1

    def touch(self, event: KioskEvent) -> Visit:
        self.clerk.handle(event)
        return self.clerk.visit

    def pass_time(self, seconds: float) -> None:
        """Let time go by, for the station and for the school."""
        self.now += seconds
        self.school.clock.advance(timedelta(seconds=seconds))

    def print_soon(self, receipt: Receipt) -> None:
        self.slips.append(receipt)

    def reader_gone(self) -> None:
        self.readers_gone += 1

    def printed(self, outcome: PrintOutcome, trouble: Trouble | None = None) -> None:
        """Let the printer speak of the newest slip, in the records and to the clerk."""
        report = PrintReport(self.slips[-1].slip_number, outcome, trouble)
        self.clerk._slips.settled(report)  # type: ignore[attr-defined]  # as its own thread does
        self.clerk.handle(report)

    def slip_rows(self) -> list[tuple[str, str, int]]:
        with self.school.engine.begin() as connection:
            rows = connection.exec_driver_sql(
                "SELECT state, reason, reprints FROM receipt_job ORDER BY rowid"
            )
            return [tuple(row) for row in rows]

    def break_records(self, table: str, broken: bool) -> None:
        names = (table, "gone") if broken else ("gone", table)
        with self.school.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE {} RENAME TO {}".format(*names))

    def scan(self, text: str) -> Visit:
        self.clerk.handle(Scan(text, Symbology.QR, self.now))
        return self.clerk.visit

    def borrow(self, pupil: int, *copies: int) -> Visit:
        self.scan(self.cast.free_pupils[pupil].card)
        for copy in copies:
            self.scan(self.cast.shelved[copy].accession)
        return self.clerk.visit
