"""Loss and damage as the desk lists them: what is open, on whose loan, how it ended. No HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from db.models import ConditionNote, Copy, Edition, Loan, LossCase, Patron, full_title
from db.states import CaseKind, CopyState, Damage, Settlement


@dataclass(frozen=True, slots=True)
class Case:
    """One copy lost or damaged."""

    id: UUID
    kind: CaseKind
    accession: str
    title: str
    state: CopyState
    edition_id: UUID
    kho: str
    price_vnd: int | None
    """What the copy or else its edition cost; for the record only."""
    opened_at: datetime
    damage: Damage | None
    note: str
    search_until: date | None
    reader_id: UUID | None
    reader: str
    """On whose loan it was; empty for none."""
    homeroom: str
    settled_at: datetime | None
    settlement: Settlement | None
    settled_by: str


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody said of a copy's condition."""

    id: UUID
    accession: str
    title: str
    noted_at: datetime
    damage: Damage | None
    note: str


def cases(
    connection: Connection,
    school_id: int,
    *,
    case_id: UUID | None = None,
    only_open: bool = False,
) -> tuple[Case, ...]:
    """The cases, open ones before settled ones, newest first; or one."""
    copy_of = and_(Copy.school_id == LossCase.school_id, Copy.id == LossCase.copy_id)
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    loan_of = and_(Loan.school_id == LossCase.school_id, Loan.id == LossCase.loan_id)
    patron_of = and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id)
    asked = (
        select(
            LossCase.id,
            LossCase.kind,
            Copy.accession,
            full_title(),
            Copy.state,
            Edition.id,
            Copy.kho,
            func.coalesce(Copy.price_vnd, Edition.price_vnd),
            LossCase.opened_at,
            LossCase.damage,
            LossCase.note,
            LossCase.search_until,
            Patron.id,
            func.coalesce(Patron.name, ""),
            func.coalesce(Patron.homeroom, ""),
            LossCase.settled_at,
            LossCase.settlement,
            LossCase.settled_by,
        )
        .join(Copy, copy_of)
        .join(Edition, edition_of)
        .outerjoin(Loan, loan_of)
        .outerjoin(Patron, patron_of)
        .where(LossCase.school_id == school_id)
        .order_by(LossCase.settled_at.is_not(None), LossCase.opened_at.desc())
    )
    if case_id is not None:
        asked = asked.where(LossCase.id == case_id)
    if only_open:
        asked = asked.where(LossCase.settled_at.is_(None))
    rows: Iterable[Any] = connection.execute(asked)
    return tuple(Case(*row) for row in rows)


def notes(connection: Connection, school_id: int) -> tuple[Note, ...]:
    """What readers said of copies' condition and nobody has looked at, oldest first."""
    copy_of = and_(Copy.school_id == ConditionNote.school_id, Copy.id == ConditionNote.copy_id)
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    columns = (ConditionNote.noted_at, ConditionNote.damage, ConditionNote.note)
    rows = connection.execute(
        select(ConditionNote.id, Copy.accession, full_title(), *columns)
        .join(Copy, copy_of)
        .join(Edition, edition_of)
        .where(ConditionNote.school_id == school_id, ConditionNote.seen_at.is_(None))
        .order_by(ConditionNote.noted_at)
    )
    return tuple(Note(*row) for row in rows)
