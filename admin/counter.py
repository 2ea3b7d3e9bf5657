"""What the counter shows: a reader and what they hold, a title and who has it. No HTML, no HTTP.

Only what is there now: what somebody read before is a page of its own, and each look at it noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, select

from db.models import Card, Copy, Edition, Hold, Loan, Patron, full_title
from db.outcomes import CheckedOut, PatronCategory, Returned
from db.prepared import Prepared
from db.states import CopyState, LoanKind, PatronStatus


@dataclass(frozen=True, slots=True)
class Reader:
    """Who stands at the counter."""

    id: UUID
    name: str
    homeroom: str
    category: PatronCategory
    status: PatronStatus
    blocked: bool
    card: str
    """The card that counts; empty for none."""


@dataclass(frozen=True, slots=True)
class Held:
    """One copy a reader has."""

    loan_id: UUID
    accession: str
    title: str
    lent_at: datetime
    due: date
    kind: LoanKind
    returned_at: datetime | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A hold that has not ended."""

    hold_id: UUID
    title: str
    placed_at: datetime
    keep_until: date | None
    accession: str
    """The copy put aside; empty while there is none."""
    patron_id: UUID
    name: str
    homeroom: str


@dataclass(frozen=True, slots=True)
class CopyHere:
    """One copy of a title, and who has it."""

    accession: str
    state: CopyState
    in_library_only: bool
    shelf: str
    reader_id: UUID | None
    reader: str
    due: date | None


def reader(connection: Connection, school_id: int, patron_id: UUID) -> Reader | None:
    """A reader, or None if there is nobody."""
    row = _READER.first(connection, of_school=school_id, patron_id=patron_id)
    return None if row is None else Reader(*row)


def held_by(connection: Connection, school_id: int, patron_id: UUID) -> tuple[Held, ...]:
    """What a reader has now, what is due first before."""
    rows = _HELD.all(connection, of_school=school_id, patron_id=patron_id)
    return tuple(Held(*row) for row in rows)


def loan_named(connection: Connection, school_id: int, loan_id: UUID) -> Held | None:
    """One loan, also a closed one."""
    row = _LOAN.first(connection, of_school=school_id, loan_id=loan_id)
    return None if row is None else Held(*row)


def as_lent(held: Held) -> CheckedOut:
    """The act that lent it, to be undone."""
    loan = (held.loan_id, held.accession, held.title, "", held.lent_at, held.due, held.kind)
    return CheckedOut(*loan)  # type: ignore[arg-type]  # an accession number is a text


def as_returned(held: Held) -> Returned | None:
    """The act that took it back, to be undone; None while it is out."""
    if held.returned_at is None:
        return None
    copy = (held.accession, held.title, "", held.returned_at)
    return Returned(*copy, was_on_loan=True, loan_id=held.loan_id)  # type: ignore[arg-type]


def copies_of(connection: Connection, school_id: int, edition_id: UUID) -> tuple[CopyHere, ...]:
    """The copies of a title that are in the stock, those on the shelf first."""
    open_loan = and_(
        Loan.school_id == Copy.school_id,
        Loan.copy_id == Copy.id,
        Loan.returned_at.is_(None),
        ~Loan.disputed,
    )
    patron_of = and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id)
    rows = connection.execute(
        select(
            Copy.accession,
            Copy.state,
            Copy.in_library_only,
            Copy.shelf,
            Patron.id,
            func.coalesce(Patron.name, ""),
            Loan.due,
        )
        .outerjoin(Loan, open_loan)
        .outerjoin(Patron, patron_of)
        .where(
            Copy.school_id == school_id,
            Copy.edition_id == edition_id,
            Copy.state != CopyState.WITHDRAWN,
        )
        .order_by(Loan.due.is_not(None), Copy.accession)
    )
    return tuple(CopyHere(*row) for row in rows)


def title_of(connection: Connection, school_id: int, edition_id: UUID) -> str:
    """What an edition is called; empty if there is none."""
    named = select(full_title()).where(Edition.school_id == school_id, Edition.id == edition_id)
    return connection.execute(named).scalar() or ""


def waiting(
    connection: Connection, school_id: int, patron_id: UUID | None = None
) -> tuple[Waiting, ...]:
    """The holds that have not ended, those ready before those that wait; of one reader or all."""
    if patron_id is None:
        rows = _WAITING.all(connection, of_school=school_id)
    else:
        rows = _READER_WAITS.all(connection, of_school=school_id, patron_id=patron_id)
    return tuple(Waiting(*row) for row in rows)


def _loans() -> Any:
    copy_of = and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id)
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    patron_of = and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id)
    return (
        select(
            Loan.id,
            Copy.accession,
            full_title(),
            Loan.lent_at,
            Loan.due,
            Loan.kind,
            Loan.returned_at,
            Patron.name,
        )
        .join(Copy, copy_of)
        .join(Edition, edition_of)
        .join(Patron, patron_of)
        .where(Loan.school_id == _SCHOOL)
    )


def _holds() -> Any:
    edition_of = and_(Edition.school_id == Hold.school_id, Edition.id == Hold.edition_id)
    copy_of = and_(Copy.school_id == Hold.school_id, Copy.id == Hold.copy_id)
    patron_of = and_(Patron.school_id == Hold.school_id, Patron.id == Hold.patron_id)
    return (
        select(
            Hold.id,
            full_title(),
            Hold.placed_at,
            Hold.keep_until,
            func.coalesce(Copy.accession, "").label("accession"),
            Patron.id.label("patron_id"),
            Patron.name,
            Patron.homeroom,
        )
        .join(Edition, edition_of)
        .join(Patron, patron_of)
        .outerjoin(Copy, copy_of)
        .where(Hold.school_id == _SCHOOL, Hold.ended_at.is_(None))
        .order_by(Hold.copy_id.is_(None), Hold.placed_at, Hold.id)
    )


_SCHOOL: Final[BindParameter[int]] = bindparam("of_school")
_PATRON: Final[BindParameter[UUID]] = bindparam("patron_id")
_READER = Prepared(
    select(
        Patron.id,
        Patron.name,
        Patron.homeroom,
        Patron.category,
        Patron.status,
        Patron.blocked,
        func.coalesce(Card.number, "").label("card"),
    )
    .outerjoin(
        Card,
        and_(Card.school_id == Patron.school_id, Card.patron_id == Patron.id, ~Card.revoked),
    )
    .where(Patron.school_id == _SCHOOL, Patron.id == _PATRON)
    .order_by(Card.issued_at.desc(), Card.number)
    .limit(1)
)
_HELD = Prepared(
    _loans()
    .where(Loan.patron_id == _PATRON, Loan.returned_at.is_(None), ~Loan.disputed)
    .order_by(Loan.due, Copy.accession)
)
_LOAN = Prepared(_loans().where(Loan.id == bindparam("loan_id")))
_WAITING = Prepared(_holds())
_READER_WAITS = Prepared(_holds().where(Hold.patron_id == _PATRON))
