"""Recall (thu hồi): open loans are due by a day, of a kho or of everything. Keeps the old days."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, select

from db.library import Library
from db.losses import move_due
from db.models import Copy, Loan, Patron
from db.outcomes import PatronCategory
from db.states import DueReason, LoanKind


def recall(
    library: Library,
    until: date,
    kho: str | None = None,
    category: PatronCategory | None = None,
) -> int:
    """Let open loans that run past `until` be due on that day, and say how many those were.

    Args:
        library: The school's records.
        until: The recall day.
        kho: Whose copies; None for every kho.
        category: Whose loans; None for everyone's.
    """
    with library.act() as act:
        meant = [
            Loan.school_id == act.school_id,
            Loan.returned_at.is_(None),
            Loan.kind != LoanKind.IN_LIBRARY,
            Loan.due > until,
        ]
        if kho is not None:
            meant.append(Copy.kho == kho)
        if category is not None:
            meant.append(Patron.category == category)
        loans = act.connection.execute(
            select(Loan.id.label("loan_id"), Loan.due, Copy.id, Copy.accession)
            .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
            .join(Patron, and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id))
            .where(*meant)
            .order_by(Copy.accession)
        ).all()
        for loan in loans:
            move_due(act, loan, until, DueReason.RECALLED)
    return len(loans)
