"""How far each visit's slip has come. Keeps out its layout and the printer.

A slip's row is written with the visit's first loan or return (`db.circulation`), so a
pulled plug never leaves a loan without one. What it says is kept for a day, to be printed
again if need be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update

from db.models import ReceiptJob, Station
from db.prepared import Prepared
from db.states import ReceiptState

KEPT_FOR = timedelta(days=1)
"""How long what a slip says is kept: it tells what somebody reads."""

NO_PRINTER = "none"
"""Said to the hub in place of a trouble by a station that has no printer."""

_ON_ITS_WAY = (ReceiptState.QUEUED, ReceiptState.SENDING, ReceiptState.HELD)
_PERHAPS_ON_PAPER = (
    ReceiptState.DONE,
    ReceiptState.UNCONFIRMED,
    ReceiptState.PARTIAL,
    ReceiptState.UNKNOWN,
)
_PRINTER = Prepared(select(Station.printer_trouble, Station.paper_low))


@dataclass(frozen=True, slots=True)
class KeptSlip:
    """A slip that is to be printed, for the first time or again."""

    contents: dict[str, Any]
    is_reprint: bool


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the station's printer last said of itself, for the hub."""

    trouble: str = ""
    paper_low: bool = False


def close_slip(
    engine: Engine, visit_id: UUID, state: ReceiptState, contents: dict[str, Any], now: datetime
) -> tuple[str, bool]:
    """Note what is to become of a finished visit's slip, and what it says.

    Returns:
        The slip's number, and whether it was open: False if it has been closed before.
    """
    with engine.begin() as connection:
        _forget_old(connection, now)
        closed = connection.execute(
            update(ReceiptJob)
            .where(ReceiptJob.visit_id == visit_id, ReceiptJob.state == ReceiptState.COLLECTING)
            .values(state=state, contents=contents)
        )
        number = select(ReceiptJob.slip_number).where(ReceiptJob.visit_id == visit_id)
        return connection.execute(number).scalar_one(), closed.rowcount == 1


def queue_again(engine: Engine, slip: str) -> KeptSlip | None:
    """Put a slip in line once more; None if it is there already, or what it says is forgotten.

    It is a reprint when some of it may be on paper.
    """
    with engine.begin() as connection:
        row = connection.execute(
            select(ReceiptJob.state, ReceiptJob.contents, ReceiptJob.reprints)
            .where(ReceiptJob.slip_number == slip)
            .with_for_update()
        ).first()
        if row is None or row.contents is None or row.state in _ON_ITS_WAY:
            return None
        reprints = row.reprints + (row.state in _PERHAPS_ON_PAPER)
        values = {"state": ReceiptState.QUEUED, "reason": "", "reprints": reprints}
        connection.execute(update(ReceiptJob).where(ReceiptJob.slip_number == slip).values(values))
        return KeptSlip(row.contents, reprints > 0)


def note_state(engine: Engine, slip: str, state: ReceiptState, reason: str = "") -> None:
    """Keep how far a slip has come."""
    with engine.begin() as connection:
        connection.execute(
            update(ReceiptJob)
            .where(ReceiptJob.slip_number == slip)
            .values(state=state, reason=reason)
        )


def give_up_broken(engine: Engine) -> int:
    """No visit is open: slips still collecting are of visits that a fault of ours broke off.

    Returns:
        How many there were.
    """
    with engine.begin() as connection:
        return _give_up(connection, (ReceiptState.COLLECTING,), "visit broken off")


def give_up_interrupted(engine: Engine, now: datetime) -> int:
    """At start-up: slips the last run did not finish have lost their readers.

    One that was being sent may be on paper, so it is unknown and never sent again by itself.

    Returns:
        How many there were.
    """
    reason = "station restarted"
    with engine.begin() as connection:
        _forget_old(connection, now)
        sent = connection.execute(
            update(ReceiptJob)
            .where(ReceiptJob.state == ReceiptState.SENDING)
            .values(state=ReceiptState.UNKNOWN, reason=reason)
        )
        unsent = (ReceiptState.COLLECTING, ReceiptState.QUEUED, ReceiptState.HELD)
        return sent.rowcount + _give_up(connection, unsent, reason)


def note_printer(engine: Engine, status: PrinterStatus) -> None:
    """Keep what the printer says of itself."""
    with engine.begin() as connection:
        connection.execute(
            update(Station).values(printer_trouble=status.trouble, paper_low=status.paper_low)
        )


def printer_status(connection: Connection) -> PrinterStatus:
    """What the printer last said, for the report to the hub."""
    row = _PRINTER.first(connection)
    return PrinterStatus() if row is None else PrinterStatus(*row)


def _give_up(connection: Connection, states: tuple[ReceiptState, ...], reason: str) -> int:
    given_up = connection.execute(
        update(ReceiptJob)
        .where(ReceiptJob.state.in_(states))
        .values(state=ReceiptState.EXPIRED, reason=reason)
    )
    return given_up.rowcount


def _forget_old(connection: Connection, now: datetime) -> None:
    kept = (ReceiptJob.contents.is_not(None), ReceiptJob.started_at < now - KEPT_FOR)
    connection.execute(update(ReceiptJob).where(*kept).values(contents=None))
