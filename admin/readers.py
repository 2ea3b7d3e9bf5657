"""The school's readers as the desk lists them. No HTML, no HTTP.

A list counts what each has; titles are read one reader at a time, and whoever reads them is
noted by the page that asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select

from db.models import (
    NEVER_UNDONE,
    Card,
    Copy,
    Edition,
    Homeroom,
    Loan,
    Patron,
    PatronDetail,
    PriorityFlag,
    SchoolYear,
    full_title,
)
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.states import LoanKind, PatronStatus


@dataclass(frozen=True, slots=True)
class Reader:
    """One line of the list."""

    id: UUID
    name: str
    homeroom: str
    category: PatronCategory
    status: PatronStatus
    blocked: bool
    card: str
    """The card that works; empty for none."""
    held: int
    overdue: int


@dataclass(frozen=True, slots=True)
class OneReader:
    """One reader with what belongs to them."""

    id: UUID
    name: str
    homeroom: str
    grade: int | None
    category: PatronCategory
    status: PatronStatus
    left_on: date | None
    school_year: str
    blocked: bool
    female: bool | None
    position: str
    subject: str
    has_priority: bool
    cards: tuple[CardLine, ...]
    """The newest first."""
    held: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card somebody has or had."""

    number: str
    issued_at: datetime | None
    revoked_at: datetime | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class LoanLine:
    """A loan as its reader's page shows it."""

    title: str
    accession: str
    kind: LoanKind
    lent_at: datetime
    due: date
    returned_at: datetime | None


def readers(connection: Connection, school_id: int, today: date) -> list[Reader]:
    """Everybody with a name, also who has left."""
    cards = dict(_WORKING_CARDS.all(connection, of_school=school_id))
    counted = _HELD.all(connection, of_school=school_id, today=today)
    held = {row.patron_id: (row.held, row.late) for row in counted}
    return [
        Reader(*(*row, cards.get(row.id, ""), *held.get(row.id, (0, 0))))
        for row in _PEOPLE.all(connection, of_school=school_id)
    ]


def hold_reader(connection: Connection, school_id: int, patron_id: UUID) -> None:
    """Let nobody else change a reader until this transaction ends."""
    held = select(Patron.id).where(Patron.school_id == school_id, Patron.id == patron_id)
    connection.execute(held.with_for_update())


def one_reader(
    connection: Connection, school_id: int, patron_id: UUID, today: date
) -> OneReader | None:
    """One reader; None if there is none, or they are forgotten."""
    mine = {"of_school": school_id, "patron_id": patron_id}
    row = _ONE.first(connection, **mine)
    if row is None or not row.name:
        return None
    detail = _DETAIL.first(connection, **mine)
    counted = _HELD_BY_ONE.first(connection, **mine, today=today)
    held, overdue = (counted.held, counted.late) if counted else (0, 0)
    return OneReader(
        row.id,
        row.name,
        row.homeroom,
        row.grade,
        row.category,
        row.status,
        row.left_on,
        row.school_year,
        row.blocked,
        detail.female if detail else None,
        detail.position if detail else "",
        detail.subject if detail else "",
        _FLAG.first(connection, **mine) is not None,
        tuple(CardLine(*card) for card in _CARDS.all(connection, **mine)),
        held,
        overdue,
    )


def owner_of_card(
    connection: Connection, school_id: int, number: str, with_revoked: bool = False
) -> UUID | None:
    """Whose card it is; None if nobody's, or if it counts no longer."""
    asked = select(Card.patron_id).where(Card.school_id == school_id, Card.number == number)
    if not with_revoked:
        asked = asked.where(~Card.revoked)
    owner: UUID | None = connection.execute(asked).scalar()
    return owner


def oldest_named_end(connection: Connection, school_id: int) -> datetime | None:
    """When the oldest loan ended that still has its reader's name; None where none has."""
    named = (Loan.school_id == school_id, Patron.name != "", Loan.returned_at.is_not(None))
    oldest: datetime | None = connection.execute(
        select(func.min(Loan.returned_at))
        .join(Patron, and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id))
        .where(*named)
    ).scalar()
    return oldest


def loans_of(connection: Connection, school_id: int, patron_id: UUID) -> list[LoanLine]:
    """All loans of a reader, newest first. Whoever asks for a person notes that it was seen."""
    rows = connection.execute(
        select(full_title(), Copy.accession, Loan.kind, Loan.lent_at, Loan.due, Loan.returned_at)
        .select_from(Loan)
        .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(Loan.school_id == school_id, Loan.patron_id == patron_id, ~Loan.disputed)
        .where(NEVER_UNDONE)
        .order_by(Loan.lent_at.desc(), Loan.id)
    )
    return [LoanLine(*row) for row in rows]


def homerooms(connection: Connection, school_id: int, today: date) -> list[str]:
    """The classes of the present school year; those that pupils are in where none is entered."""
    year = (
        select(SchoolYear.name)
        .where(SchoolYear.school_id == school_id, SchoolYear.begins_on <= today)
        .order_by(SchoolYear.begins_on.desc())
        .limit(1)
    )
    entered = select(Homeroom.name).where(
        Homeroom.school_id == school_id, Homeroom.school_year == year.scalar_subquery()
    )
    names = set(connection.scalars(entered))
    lived_in = select(Patron.homeroom).where(
        Patron.school_id == school_id,
        Patron.status == PatronStatus.ACTIVE,
        Patron.homeroom != "",
    )
    return sorted(names | set(connection.scalars(lived_in.distinct())))


_SCHOOL: Final[BindParameter[int]] = bindparam("of_school")
_PATRON: Final[BindParameter[UUID]] = bindparam("patron_id")
_COUNTED = (
    select(
        Loan.patron_id,
        func.count().label("held"),
        func.count().filter(Loan.due < bindparam("today")).label("late"),
    )
    .where(Loan.school_id == _SCHOOL, Loan.returned_at.is_(None), ~Loan.disputed)
    .group_by(Loan.patron_id)
)
"""How many copies each reader has, and how many of them are overdue."""
_HELD = Prepared(_COUNTED)
_PEOPLE = Prepared(
    select(
        Patron.id, Patron.name, Patron.homeroom, Patron.category, Patron.status, Patron.blocked
    ).where(Patron.school_id == _SCHOOL, Patron.name != "")
)
_WORKING_CARDS = Prepared(
    select(Card.patron_id, Card.number).where(Card.school_id == _SCHOOL, ~Card.revoked)
)
_HELD_BY_ONE = Prepared(_COUNTED.where(Loan.patron_id == _PATRON))
_ONE = Prepared(select(Patron.__table__).where(Patron.school_id == _SCHOOL, Patron.id == _PATRON))
_DETAIL = Prepared(
    select(PatronDetail.__table__).where(
        PatronDetail.school_id == _SCHOOL, PatronDetail.patron_id == _PATRON
    )
)
_FLAG = Prepared(
    select(PriorityFlag.set_at).where(
        PriorityFlag.school_id == _SCHOOL,
        PriorityFlag.patron_id == _PATRON,
        PriorityFlag.cleared_at.is_(None),
    )
)
_CARDS = Prepared(
    select(Card.number, Card.issued_at, Card.revoked_at, Card.revoked)
    .where(Card.school_id == _SCHOOL, Card.patron_id == _PATRON)
    .order_by(Card.revoked, Card.issued_at.desc())
)
