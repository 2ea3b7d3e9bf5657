"""Enters or corrects one person, as an import would. Keeps out who asks for it.

So a pupil typed at the desk has the same homeroom, enrolment and card as one from a file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from db.clock import local_day
from db.intake import store
from db.intake.columns import Rows
from db.intake.people import Change, PeoplePlan, Person
from db.models import Card
from db.patrons import new_card

_NO_FILE = Rows((), {}, ())


def enter_person(
    connection: Connection, school_id: int, person: Person, now: datetime, author: str
) -> UUID:
    """Enter somebody new, with a card of their own; say who they are in the records."""
    taken = set(connection.scalars(select(Card.number).where(Card.school_id == school_id)))
    card = person.card or new_card(person.category, taken)
    whole = replace(person, card=card)
    _write(connection, school_id, (whole,), (), now, author)
    named = select(Card.patron_id).where(Card.school_id == school_id, Card.number == card)
    patron_id: UUID = connection.execute(named).scalar_one()
    return patron_id


def correct_person(
    connection: Connection, school_id: int, change: Change, now: datetime, author: str
) -> None:
    """Let the records say of somebody what is right; another homeroom is a new enrolment."""
    _write(connection, school_id, (), (change,), now, author)


def _write(
    connection: Connection,
    school_id: int,
    new: tuple[Person, ...],
    changed: tuple[Change, ...],
    now: datetime,
    author: str,
) -> None:
    year = store.school_year_of(connection, school_id, local_day(now))
    plan = PeoplePlan(year, new, changed, 0, (), (), _NO_FILE)
    store.write_people(connection, school_id, plan, now, author)
