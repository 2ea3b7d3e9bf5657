"""Who owes books, class by class, and what a recall would move. No HTML, no titles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, and_, case, func, select

from db.models import Copy, Kho, Loan, Patron
from db.ordering import sort_key
from db.outcomes import PatronCategory
from db.states import LoanKind, PatronStatus


@dataclass(frozen=True, slots=True)
class ClassOwing:
    """A class and its open loans."""

    homeroom: str
    pupils: int
    """Who has any."""
    books: int
    overdue: int
    """Books that should be back."""


def classes_owing(connection: Connection, school_id: int, today: date) -> tuple[ClassOwing, ...]:
    """Every class that has pupils, with its open loans."""
    open_loan = and_(
        Loan.school_id == Patron.school_id,
        Loan.patron_id == Patron.id,
        Loan.returned_at.is_(None),
        Loan.kind != LoanKind.IN_LIBRARY,
        ~Loan.disputed,
    )
    rows = connection.execute(
        select(
            Patron.homeroom,
            func.count(Loan.patron_id.distinct()),
            func.count(Loan.id),
            func.coalesce(func.sum(case((Loan.due < today, 1), else_=0)), 0),
        )
        .outerjoin(Loan, open_loan)
        .where(
            Patron.school_id == school_id,
            Patron.homeroom != "",
            Patron.status == PatronStatus.ACTIVE,
        )
        .group_by(Patron.homeroom)
    )
    return tuple(sorted((ClassOwing(*row) for row in rows), key=lambda c: sort_key(c.homeroom)))


def to_recall(
    connection: Connection,
    school_id: int,
    until: date,
    kho: str | None,
    category: PatronCategory | None,
) -> int:
    """How many open loans run past a day (`db.recalls.recall` would move those)."""
    copy_of = and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id)
    patron_of = and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id)
    counted = (
        select(func.count())
        .select_from(Loan)
        .join(Copy, copy_of)
        .join(Patron, patron_of)
        .where(
            Loan.school_id == school_id,
            Loan.returned_at.is_(None),
            Loan.kind != LoanKind.IN_LIBRARY,
            Loan.due > until,
        )
    )
    if kho is not None:
        counted = counted.where(Copy.kho == kho)
    if category is not None:
        counted = counted.where(Patron.category == category)
    return connection.execute(counted).scalar_one()


def kho_names(connection: Connection, school_id: int) -> tuple[tuple[str, str], ...]:
    """The school's kho, by prefix, with their names."""
    asked = select(Kho.prefix, Kho.name).where(Kho.school_id == school_id)
    rows = connection.execute(asked.order_by(Kho.position, Kho.prefix))
    return tuple((row.prefix, f"{row.prefix} – {row.name}") for row in rows)
