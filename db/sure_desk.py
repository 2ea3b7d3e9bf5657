"""Circulation that knows what became of an act when the disk fails. Keeps out the rules.

An error at commit does not say that nothing was written: of a flush that failed, the loan may be
on the disk all the same (measured: docs/backup.md). So nobody is told "failed" before the file
was opened anew and the act's own event looked for. What is there, happened; what is not, is
tried once more. A full disk takes the act back whole, so there the reserve is let go first.

The acts of pupils are looked up by what their event says. All others, of the librarian and at the
class corners, go through `db.sure_library`, which looks for the last event they told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Engine, and_, select
from sqlalchemy.exc import DBAPIError

from db.circulation import Circulation
from db.holds import Holds
from db.identifiers import AccessionNumber, CardNumber, Code
from db.losses import Losses
from db.models import Copy, Edition, Loan, OutboxEvent
from db.outcomes import (
    CheckedOut,
    ConditionSeen,
    DamageNoted,
    HoldMade,
    OverrideBy,
    PatronKnown,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from db.reserve import Reserve
from db.sure_library import SureDisk, SureLibrary

_log = structlog.get_logger()


Done = TypeVar("Done")

_LATEST = 20
"""Events of the last moment that are looked through for an act."""


@dataclass(frozen=True, slots=True)
class _Told(Generic[Done]):
    """The event by which an act is known to be on the disk, and what it says."""

    kind: str
    accession: AccessionNumber
    say: Callable[[dict[str, Any]], Done]


class SureDesk:
    """What the clerk asks, answered by the records, with the truth after a disk's fault."""

    def __init__(
        self,
        desk: Circulation,
        reserve: Reserve | None = None,
        disk_is_full: Callable[[], None] = lambda: None,
    ) -> None:
        self._desk = desk
        self._engine: Engine = desk.library.engine
        self._disk = SureDisk(self._engine, reserve, disk_is_full)
        self.library = SureLibrary(desk.library, self._disk)
        self._holds = Holds(self.library)
        self._losses = Losses(desk.library)

    @property
    def undo_s(self) -> int:
        """Seconds in which the last act can be taken back."""
        return self._desk.undo_s

    def read_code(self, text: str) -> Code:
        """Say what a scanned text is."""
        return self._desk.read_code(text)

    def close_reading(self) -> int:
        """End the readings whose session is over; twice is once."""
        try:
            return self._desk.close_reading()
        except DBAPIError as error:
            _log.error("disk.fault", fault=self._disk.open_anew(error), found=False)
        return self._desk.close_reading()

    def identify(self, card: CardNumber) -> PatronKnown | Refused:
        """Say whose card this is."""
        return self._desk.identify(card)

    def look_up(self, patron_id: UUID) -> PatronKnown:
        """A patron who is known without their card."""
        return self._desk.look_up(patron_id)

    def could_renew(self, patron: PatronKnown, accession: AccessionNumber) -> Renewable | Refused:
        """Say until when a patron could keep one of their loans; writes nothing."""
        return self._desk.could_renew(patron, accession)

    def check_out(
        self,
        patron: PatronKnown,
        accession: AccessionNumber,
        visit_id: UUID | None = None,
        override: OverrideBy | None = None,
    ) -> CheckedOut | Refused:
        """Lend one copy; on disk when this returns."""
        return self._surely(
            lambda: self._desk.check_out(patron, accession, visit_id, override=override),
            _Told("copy-lent", accession, self._lent),
        )

    def read_here(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> CheckedOut | Refused:
        """Note that a copy is read in the library; on disk when this returns."""
        return self._surely(
            lambda: self._desk.read_here(patron, accession, visit_id),
            _Told("copy-lent", accession, self._lent),
        )

    def check_in(
        self,
        accession: AccessionNumber,
        visit_id: UUID | None = None,
        giver: UUID | None = None,
    ) -> Returned | Refused:
        """Take one copy back from whoever brings it; on disk when this returns."""
        return self._surely(
            lambda: self._desk.check_in(accession, visit_id, giver),
            _Told("copy-returned", accession, self._returned),
        )

    def renew(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> Renewed | Refused:
        """Let a patron keep one of their loans longer; on disk when this returns."""
        return self._surely(
            lambda: self._desk.renew(patron, accession, visit_id=visit_id),
            _Told("due-moved", accession, self._renewed),
        )

    def undo(self, act: CheckedOut | Returned) -> Undone | Refused:
        """Take the last act back; on disk when this returns."""
        kind = "loan-undone" if isinstance(act, CheckedOut) else "return-undone"
        undone = Undone(act.accession, act.title)
        return self._surely(
            lambda: self._desk.undo(act), _Told(kind, act.accession, lambda _event: undone)
        )

    def note_damage(self, copy: Returned, seen: str) -> DamageNoted | Refused:
        """Keep for the librarian what somebody says of a copy they brought."""
        noted = DamageNoted(copy.accession, copy.title)

        def report() -> DamageNoted | Refused:
            case = self._losses.report_damaged(copy.accession, ConditionSeen(note=seen))
            return case if isinstance(case, Refused) else noted

        return self._surely(report, _Told("case-opened", copy.accession, lambda _event: noted))

    def place_hold(self, patron: PatronKnown, edition_id: UUID) -> HoldMade | Refused:
        """Let a patron wait for a title."""
        return self._holds.place(patron, edition_id)

    def _surely(self, do: Callable[[], Done | Refused], told: _Told[Done]) -> Done | Refused:
        """Do something; where the disk fails, say what is on it, or do it once more."""
        begun = self._desk.library.now()
        try:
            return do()
        except DBAPIError as error:
            event = self._look_up(told.kind, told.accession, begun, error)
            if event is not None:
                return told.say(event)
        return do()

    def _look_up(
        self, kind: str, accession: AccessionNumber, begun: datetime, error: DBAPIError
    ) -> dict[str, Any] | None:
        """Open the file anew and find the event of an act that ended in `error`.

        Raises:
            DBAPIError: `error` itself, where the disk is not to blame or no room can be made.
        """
        name = self._disk.open_anew(error)
        found = event_of(self._engine, kind, accession, begun)
        _log.error("disk.fault", fault=name, found=found is not None)
        return found

    def _lent(self, event: dict[str, Any]) -> CheckedOut:
        row = self._about(event)
        return CheckedOut(
            row.id, row.accession, row.title, row.authors, row.lent_at, row.due, row.kind
        )

    def _returned(self, event: dict[str, Any]) -> Returned:
        title, authors = self._title(event)
        number = AccessionNumber(event["accession"])
        loan = event["loan_id"]
        at = datetime.fromisoformat(event["returned_at"])
        known = UUID(loan) if loan else None
        return Returned(number, title, authors, at, was_on_loan=bool(loan), loan_id=known)

    def _renewed(self, event: dict[str, Any]) -> Renewed:
        title, _ = self._title(event)
        number, due = AccessionNumber(event["accession"]), date.fromisoformat(event["new_due"])
        return Renewed(UUID(event["loan_id"]), number, title, due)

    def _about(self, event: dict[str, Any]) -> Any:
        columns = (Loan.id, Copy.accession, Edition.title, Edition.authors)
        asked = (
            select(*columns, Loan.lent_at, Loan.due, Loan.kind)
            .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
            .join(Edition, _is_edition_of_copy())
            .where(Loan.school_id == self._desk.library.school_id)
            .where(Loan.id == UUID(event["loan_id"]))
        )
        with self._engine.begin() as connection:
            return connection.execute(asked).one()

    def _title(self, event: dict[str, Any]) -> tuple[str, str]:
        asked = (
            select(Edition.title, Edition.authors)
            .join(Copy, _is_edition_of_copy())
            .where(Copy.school_id == self._desk.library.school_id)
            .where(Copy.id == UUID(event["copy_id"]))
        )
        with self._engine.begin() as connection:
            title, authors = connection.execute(asked).one()
        return title, authors


def event_of(
    engine: Engine, kind: str, accession: AccessionNumber, since: datetime
) -> dict[str, Any] | None:
    """What the newest event of a kind and copy since a moment says; None if there is none."""
    lately = (OutboxEvent.type == kind, OutboxEvent.happened_at >= since)
    asked = select(OutboxEvent.payload).where(*lately).order_by(OutboxEvent.seq.desc())
    with engine.begin() as connection:
        told = connection.scalars(asked.limit(_LATEST)).all()
    return next((payload for payload in told if payload.get("accession") == accession), None)


def _is_edition_of_copy() -> Any:
    return and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
