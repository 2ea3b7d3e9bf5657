"""Issues and returns of a range, one after another: what visits are counted from.

Two streams in the order of time, each along an index, are merged here: sorted together by the
database, ten years of them would all be held at once. Readers are joined from the outside, though
every loan has one: else SQLite begins with them and sorts. Keeps out what is counted.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from db.clock import SCHOOL_ZONE
from db.models import NEVER_UNDONE, Copy, Edition, Kho, Loan, Patron
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.registers.asked import Asked
from db.registers.joins import OF_COPY, OF_EDITION, OF_KHO, OF_READER
from db.states import LoanKind

NOON = 12


class Moment(NamedTuple):
    """That a reader borrowed, or brought something back."""

    day: date
    hour: int
    patron_id: UUID
    category: PatronCategory
    homeroom: str
    """As the reader's row has it now."""
    kho: str = ""
    register: str = ""
    class_19: str = ""
    class_number: str = ""
    kind: LoanKind | None = None
    """None for a return, of which nothing is said but who came."""

    @property
    def session(self) -> tuple[date, bool]:
        """The half of a day in which a reader counts once."""
        return self.day, self.hour < NOON


def moments(asked: Asked) -> Iterator[Moment]:
    """Every issue and every return that is known at the moment asked about."""
    connection = asked.connection
    streams = (Prepared(one).each(connection) for one in (_issues(asked), _returns(asked)))
    for at, *told in heapq.merge(*streams, key=attrgetter("at")):
        here = at.astimezone(SCHOOL_ZONE)
        yield Moment(here.date(), here.hour, *told)


def in_range(asked: Asked) -> tuple[Any, ...]:
    """Loans begun in the range and known at the moment; what was undone at once never was one."""
    return (
        Loan.school_id == asked.school_id,
        Loan.lent_at >= asked.begins,
        Loan.lent_at < asked.ends,
        Loan.lent_at <= asked.as_of,
        NEVER_UNDONE,
    )


def ended_in_range(asked: Asked) -> tuple[Any, ...]:
    """Loans that ended in the range, whenever they began, as known at the moment."""
    return (
        Loan.school_id == asked.school_id,
        Loan.returned_at >= asked.begins,
        Loan.returned_at < asked.ends,
        Loan.returned_at <= asked.as_of,
        NEVER_UNDONE,
    )


_WHO = (Loan.patron_id, Patron.category, Patron.homeroom)


def _issues(asked: Asked) -> Any:
    what = (Copy.kho, Kho.register, Edition.class_19, Edition.class_number, Loan.kind)
    return (
        select(Loan.lent_at.label("at"), *_WHO, *what)
        .select_from(Loan)
        .outerjoin(Patron, OF_READER)
        .join(Copy, OF_COPY)
        .join(Kho, OF_KHO)
        .join(Edition, OF_EDITION)
        .where(*in_range(asked))
        .order_by(Loan.lent_at)
    )


def _returns(asked: Asked) -> Any:
    return (
        select(Loan.returned_at.label("at"), *_WHO)
        .select_from(Loan)
        .outerjoin(Patron, OF_READER)
        .where(*ended_in_range(asked))
        .order_by(Loan.returned_at)
    )
