"""How far each visit's slip has come. Keeps out its layout and the printer.

A slip's row is written with the visit's first loan or return (`db.circulation`), so a
pulled plug never leaves a loan without one.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine, select, update

from db.models import ReceiptJob
from db.states import ReceiptState


def close_slip(engine: Engine, visit_id: UUID, state: ReceiptState) -> str:
    """Note what is to become of a finished visit's slip, and return the slip's number."""
    with engine.begin() as connection:
        connection.execute(
            update(ReceiptJob).where(ReceiptJob.visit_id == visit_id).values(state=state)
        )
        number = select(ReceiptJob.slip_number).where(ReceiptJob.visit_id == visit_id)
        return connection.execute(number).scalar_one()


def note_outcome(engine: Engine, slip_number: str, state: ReceiptState, reason: str) -> None:
    """Keep the printer's word on a slip."""
    with engine.begin() as connection:
        connection.execute(
            update(ReceiptJob)
            .where(ReceiptJob.slip_number == slip_number)
            .values(state=state, reason=reason)
        )


def give_up_interrupted(engine: Engine) -> int:
    """At start-up: slips of visits the last run did not finish have lost their readers.

    Returns:
        How many there were.
    """
    unfinished = (ReceiptState.COLLECTING, ReceiptState.QUEUED, ReceiptState.FAILED)
    with engine.begin() as connection:
        result = connection.execute(
            update(ReceiptJob)
            .where(ReceiptJob.state.in_(unfinished))
            .values(state=ReceiptState.EXPIRED, reason="station restarted")
        )
        return result.rowcount
