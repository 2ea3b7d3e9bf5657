"""The counts of the stock as the desk lists them, and what one may be of. No HTML, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from admin.desk.rights import Right, rights_of
from db.models import (
    Account,
    Copy,
    Edition,
    Stocktake,
    StocktakeMember,
    StocktakeSight,
    full_title,
)
from db.states import CountKind, DeskRole


@dataclass(frozen=True, slots=True)
class CountLine:
    """One count in the list of all."""

    id: UUID
    name: str
    kind: CountKind
    kho: str
    shelf: str
    as_of: datetime
    closed_at: datetime | None
    seen: int
    seats: int
    signed: int


@dataclass(frozen=True, slots=True)
class LastSeen:
    """One of the newest scans of a count."""

    accession: str
    title: str
    seen_at: datetime
    seen_by: str


@dataclass(frozen=True, slots=True)
class MaySit:
    """Somebody with an account who may sit in a committee."""

    account: str
    name: str


def counts(connection: Connection, school_id: int) -> tuple[CountLine, ...]:
    """Every count, the newest first."""
    seen = _number_of(StocktakeSight, func.count())
    seats = _number_of(StocktakeMember, func.count())
    signed = _number_of(StocktakeMember, func.count(StocktakeMember.signed_at))
    rows = connection.execute(
        select(
            Stocktake.id,
            Stocktake.name,
            Stocktake.kind,
            Stocktake.kho,
            Stocktake.shelf,
            Stocktake.as_of,
            Stocktake.closed_at,
            seen,
            seats,
            signed,
        )
        .where(Stocktake.school_id == school_id)
        .order_by(Stocktake.as_of.desc())
    )
    return tuple(CountLine(*row) for row in rows)


def last_seen(
    connection: Connection, school_id: int, stocktake_id: UUID, limit: int
) -> tuple[LastSeen, ...]:
    """The newest scans of a count, of all devices."""
    of_copy = and_(Copy.school_id == StocktakeSight.school_id, Copy.id == StocktakeSight.copy_id)
    of_edition = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    rows = connection.execute(
        select(Copy.accession, full_title(), StocktakeSight.seen_at, StocktakeSight.seen_by)
        .select_from(StocktakeSight)
        .join(Copy, of_copy)
        .join(Edition, of_edition)
        .where(StocktakeSight.school_id == school_id, StocktakeSight.stocktake_id == stocktake_id)
        .order_by(StocktakeSight.seen_at.desc())
        .limit(limit)
    )
    return tuple(LastSeen(*row) for row in rows)


def may_sit(connection: Connection, school_id: int) -> tuple[MaySit, ...]:
    """Who may sit in a committee: who counts or signs, and the school's management."""
    rows = connection.execute(
        select(Account.name, Account.shown_name, Account.roles)
        .where(Account.school_id == school_id, Account.ended_at.is_(None))
        .order_by(Account.shown_name)
    )
    people = []
    for row in rows:
        rights = rights_of(DeskRole(word) for word in row.roles.split())
        if rights & {Right.COUNT_STOCK, Right.SIGN_STOCK, Right.APPROVE}:
            people.append(MaySit(row.name, row.shown_name))
    return tuple(people)


def shelves(connection: Connection, school_id: int) -> tuple[str, ...]:
    """The shelves that copies are said to stand on."""
    named = (
        select(Copy.shelf)
        .where(Copy.school_id == school_id, Copy.shelf != "")
        .distinct()
        .order_by(Copy.shelf)
    )
    return tuple(connection.execute(named).scalars())


def _number_of(table: Any, what: Any) -> Any:
    own = and_(table.school_id == Stocktake.school_id, table.stocktake_id == Stocktake.id)
    return select(what).where(own).correlate(Stocktake).scalar_subquery()
