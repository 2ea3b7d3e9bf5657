"""Textbook sets as the desk shows them: sets, their titles, a class pupil by pupil. No HTTP."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, exists, func, select

from db.models import (
    Copy,
    Edition,
    Homeroom,
    Loan,
    Patron,
    PriorityFlag,
    SetPlace,
    SetTemplate,
    SetTitle,
    full_title,
)
from db.ordering import name_sort_key, sort_key
from db.states import LendingMode, LoanKind, PatronStatus


@dataclass(frozen=True, slots=True)
class SetShown:
    """A set of textbooks."""

    id: UUID
    name: str
    grade: int
    titles: int


@dataclass(frozen=True, slots=True)
class TitleOfSet:
    """A title of a set, and whether a pupil has it."""

    edition_id: UUID
    title: str
    accession: str
    """The copy a pupil has; empty for none."""


@dataclass(frozen=True, slots=True)
class PupilOfClass:
    """A pupil and how far their set is handed out."""

    id: UUID
    name: str
    is_first: bool
    """Whether they are served before the others; why is nowhere written down."""
    held: int
    laid: int
    """Copies laid ready."""


def sets(connection: Connection, school_id: int) -> tuple[SetShown, ...]:
    """The sets in use, by grade."""
    title_of = and_(
        SetTitle.school_id == SetTemplate.school_id, SetTitle.template_id == SetTemplate.id
    )
    rows = connection.execute(
        select(SetTemplate.id, SetTemplate.name, SetTemplate.grade, func.count(SetTitle.edition_id))
        .outerjoin(SetTitle, title_of)
        .where(SetTemplate.school_id == school_id, SetTemplate.in_use)
        .group_by(SetTemplate.id, SetTemplate.name, SetTemplate.grade)
    )
    return tuple(sorted((SetShown(*row) for row in rows), key=lambda s: (s.grade, s.name)))


def textbooks(connection: Connection, school_id: int, grade: int) -> tuple[tuple[UUID, str], ...]:
    """The textbooks of a grade that a set can be made of."""
    rows = connection.execute(
        select(Edition.id, full_title(), Edition.series).where(
            Edition.school_id == school_id,
            Edition.grade == grade,
            Edition.lending == LendingMode.TEXTBOOK_SET,
        )
    )
    named = [(row.id, f"{row.title} – {row.series}" if row.series else row.title) for row in rows]
    return tuple(sorted(named, key=lambda one: sort_key(one[1])))


def classes(connection: Connection, school_id: int) -> tuple[str, ...]:
    """The classes that have pupils now, in order."""
    here = (Patron.school_id == school_id, Patron.status == PatronStatus.ACTIVE)
    named = select(Patron.homeroom).where(*here, Patron.homeroom != "").distinct()
    return tuple(sorted(connection.execute(named).scalars(), key=sort_key))


def grade_of(connection: Connection, school_id: int, homeroom: str) -> int | None:
    """The grade of a class."""
    graded = select(Homeroom.grade).where(
        Homeroom.school_id == school_id, Homeroom.name == homeroom
    )
    return connection.execute(graded.limit(1)).scalar()


def pupils(connection: Connection, school_id: int, homeroom: str) -> tuple[PupilOfClass, ...]:
    """A class, those served first before the others."""
    held, laid = _held(connection, school_id), _laid(connection, school_id)
    first = exists().where(
        PriorityFlag.school_id == Patron.school_id,
        PriorityFlag.patron_id == Patron.id,
        PriorityFlag.cleared_at.is_(None),
    )
    here = (Patron.school_id == school_id, Patron.status == PatronStatus.ACTIVE)
    rows = connection.execute(
        select(Patron.id, Patron.name, first.label("is_first")).where(
            *here, Patron.homeroom == homeroom
        )
    )
    found = [
        PupilOfClass(row.id, row.name, bool(row.is_first), held[row.id], laid[row.id])
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_first, name_sort_key(one.name))))


def titles_of(
    connection: Connection, school_id: int, template_id: UUID, patron_id: UUID | None
) -> tuple[TitleOfSet, ...]:
    """A set's titles in its order, with the copies that a pupil has of them."""
    own: dict[Any, str] = {}
    if patron_id is not None:
        copy_of = and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id)
        meant = (Loan.school_id == school_id, Loan.patron_id == patron_id)
        rows = connection.execute(
            select(Copy.edition_id, Copy.accession)
            .join(Loan, copy_of)
            .where(*meant, Loan.kind == LoanKind.SET, Loan.returned_at.is_(None))
        )
        own = {row.edition_id: row.accession for row in rows}
    title_of = and_(SetTitle.school_id == Edition.school_id, SetTitle.edition_id == Edition.id)
    titles = connection.execute(
        select(Edition.id, full_title())
        .join(SetTitle, title_of)
        .where(SetTitle.school_id == school_id, SetTitle.template_id == template_id)
        .order_by(SetTitle.position)
    )
    return tuple(TitleOfSet(row.id, row.title, own.get(row.id, "")) for row in titles)


def set_due(connection: Connection, school_id: int, patron_id: UUID) -> date | None:
    """When what a pupil has of a set is due; None while they have nothing."""
    meant = (Loan.school_id == school_id, Loan.patron_id == patron_id, Loan.kind == LoanKind.SET)
    asked = select(func.min(Loan.due)).where(*meant, Loan.returned_at.is_(None))
    return connection.execute(asked).scalar()


def _held(connection: Connection, school_id: int) -> dict[UUID, int]:
    counted = (
        select(Loan.patron_id, func.count())
        .where(Loan.school_id == school_id, Loan.kind == LoanKind.SET, Loan.returned_at.is_(None))
        .group_by(Loan.patron_id)
    )
    return defaultdict(int, {row[0]: row[1] for row in connection.execute(counted)})


def _laid(connection: Connection, school_id: int) -> dict[UUID, int]:
    counted = (
        select(SetPlace.patron_id, func.count())
        .where(SetPlace.school_id == school_id)
        .group_by(SetPlace.patron_id)
    )
    return defaultdict(int, {row[0]: row[1] for row in connection.execute(counted)})
