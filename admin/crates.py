"""Class corners and crates as the desk lists them. No HTML, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from db.models import Copy, Corner, Crate, CrateCopy, Edition, Patron, full_title
from db.ordering import name_sort_key, sort_key
from db.outcomes import PatronCategory
from db.states import PatronStatus


@dataclass(frozen=True, slots=True)
class CornerShown:
    """A class corner that is open."""

    id: UUID
    name: str
    homeroom: str
    teacher: str
    copies: int


@dataclass(frozen=True, slots=True)
class CrateShown:
    """A crate and what of it is still out."""

    id: UUID
    number: str
    corner_id: UUID
    corner: str
    sent_at: datetime
    due: date
    copies: int
    out: int


@dataclass(frozen=True, slots=True)
class CornerBook:
    """A copy that stands in a corner."""

    accession: str
    title: str


def corners(connection: Connection, school_id: int) -> tuple[CornerShown, ...]:
    """The corners that are open, by class."""
    counted = select(func.count()).where(
        Copy.school_id == Corner.school_id, Copy.corner_id == Corner.id
    )
    teacher_of = and_(Patron.school_id == Corner.school_id, Patron.id == Corner.teacher_id)
    rows = connection.execute(
        select(
            Corner.id,
            Corner.name,
            Corner.homeroom,
            func.coalesce(Patron.name, ""),
            counted.correlate(Corner).scalar_subquery(),
        )
        .outerjoin(Patron, teacher_of)
        .where(Corner.school_id == school_id, Corner.closed_on.is_(None))
    )
    found = [CornerShown(*row) for row in rows]
    return tuple(sorted(found, key=lambda one: (sort_key(one.homeroom), sort_key(one.name))))


def crates(
    connection: Connection,
    school_id: int,
    *,
    corner_id: UUID | None = None,
    crate_id: UUID | None = None,
) -> tuple[CrateShown, ...]:
    """Crates, those due first before the others: of all corners, of one, or one crate."""
    corner_of = and_(Corner.school_id == Crate.school_id, Corner.id == Crate.corner_id)
    line_of = and_(CrateCopy.school_id == Crate.school_id, CrateCopy.crate_id == Crate.id)
    columns = (Crate.id, Crate.number, Crate.corner_id, Corner.name, Crate.sent_at, Crate.due)
    asked = (
        select(
            *columns,
            func.count(CrateCopy.copy_id),
            func.count(CrateCopy.copy_id) - func.count(CrateCopy.back_at),
        )
        .join(Corner, corner_of)
        .outerjoin(CrateCopy, line_of)
        .where(Crate.school_id == school_id)
        .group_by(*columns)
        .order_by(Crate.due, Crate.number)
    )
    if corner_id is not None:
        asked = asked.where(Crate.corner_id == corner_id)
    if crate_id is not None:
        asked = asked.where(Crate.id == crate_id)
    return tuple(CrateShown(*row) for row in connection.execute(asked))


def books_in(connection: Connection, school_id: int, corner_id: UUID) -> tuple[CornerBook, ...]:
    """The copies that stand in a corner."""
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    rows = connection.execute(
        select(Copy.accession, full_title())
        .join(Edition, edition_of)
        .where(Copy.school_id == school_id, Copy.corner_id == corner_id)
        .order_by(Copy.kho, Copy.number)
    )
    return tuple(CornerBook(*row) for row in rows)


def people(
    connection: Connection, school_id: int, homeroom: str | None
) -> tuple[tuple[str, str], ...]:
    """Who may keep a corner: a class's pupils, or for None the teachers; id and name."""
    meant = [Patron.school_id == school_id, Patron.status == PatronStatus.ACTIVE]
    if homeroom is None:
        meant.append(Patron.category == PatronCategory.TEACHER)
    else:
        meant.append(Patron.homeroom == homeroom)
    rows = connection.execute(select(Patron.id, Patron.name).where(*meant))
    ordered = sorted(rows, key=lambda row: name_sort_key(row.name))
    return tuple((str(row.id), row.name) for row in ordered)


def number_is_taken(connection: Connection, school_id: int, number: str) -> bool:
    """Whether a crate's voucher is called so already."""
    asked = select(Crate.id).where(Crate.school_id == school_id, Crate.number == number)
    return connection.execute(asked).first() is not None
