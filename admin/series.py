"""Textbooks by their series (bộ sách): what could go to another kho together. No HTML, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, case, func, select

from db.models import Copy, Edition, Loan, full_title
from db.states import CopyState


@dataclass(frozen=True, slots=True)
class SeriesTitle:
    """One title of a series with its copies in one kho."""

    edition_id: UUID
    title: str
    grade: int | None
    copies: int
    on_loan: int


def series_of(connection: Connection, school_id: int, kho: str) -> tuple[tuple[str, int], ...]:
    """The series that have copies in a kho, and how many."""
    rows = connection.execute(
        select(Edition.series, func.count(Copy.id))
        .join(Copy, _OF_EDITION)
        .where(*_there(school_id, kho), Edition.series != "")
        .group_by(Edition.series)
        .order_by(Edition.series)
    )
    return tuple((series, number) for series, number in rows)


def titles_of(
    connection: Connection, school_id: int, kho: str, series: str, grade: int | None
) -> tuple[SeriesTitle, ...]:
    """The titles of a series, of one grade or of all."""
    of_loan = and_(
        Loan.school_id == Copy.school_id,
        Loan.copy_id == Copy.id,
        Loan.returned_at.is_(None),
        ~Loan.disputed,
    )
    asked = (
        select(
            Edition.id,
            full_title(),
            Edition.grade,
            func.count(Copy.id),
            func.sum(case((Loan.id.is_not(None), 1), else_=0)),
        )
        .join(Copy, _OF_EDITION)
        .outerjoin(Loan, of_loan)
        .where(*_there(school_id, kho), Edition.series == series)
        .group_by(Edition.id, Edition.school_id)
        .order_by(Edition.grade, Edition.title)
    )
    if grade is not None:
        asked = asked.where(Edition.grade == grade)
    return tuple(SeriesTitle(*row) for row in connection.execute(asked))


_OF_EDITION = and_(Copy.school_id == Edition.school_id, Copy.edition_id == Edition.id)


def _there(school_id: int, kho: str) -> tuple[Any, ...]:
    gone = (CopyState.WITHDRAWN, CopyState.LOST)
    return Edition.school_id == school_id, Copy.kho == kho, Copy.state.not_in(gone)
