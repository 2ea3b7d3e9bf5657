"""What parents and readers ask about their data, by when it is due, and what came of it. No HTML.

A request is answered within two working days; what it asks is done within some more. What the
letter says stays on paper: here is its number.

Source:
    Decree 356 (domain specification 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, insert, or_, select, update

from db.calendar import Calendar
from db.ids import new_id
from db.models import DataRequest, Patron
from db.rulebook import read_rulebook
from db.states import Asker, DataWish

ANSWER_WORKING_DAYS = 2
DONE_DAYS = {DataWish.COPY: 10, DataWish.CORRECT: 10, DataWish.STOP: 15, DataWish.ERASE: 20}
"""By when what was asked is done, in days from the request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    id: UUID
    patron_id: UUID
    reader: str
    """Empty once they are erased."""
    homeroom: str
    asked_on: date
    asked_by: Asker
    wish: DataWish
    paper: str
    answer_by: date
    done_by: date
    entered_by: str
    answered_on: date | None
    answered_by: str
    answer: str
    done_on: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is entered of a request."""

    patron_id: UUID
    asked_on: date
    asked_by: Asker
    wish: DataWish
    paper: str = ""


def answer_by(asked_on: date, calendar: Calendar) -> date:
    """Two working days later: Monday to Friday, but no day on which the school is closed."""
    day, left = asked_on, ANSWER_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in calendar.closed_days
    return day


def enter(connection: Connection, school_id: int, asked: Asked, author: str) -> UUID:
    """Enter a request with its days."""
    calendar = read_rulebook(connection, school_id).calendar
    request_id = new_id()
    due = {
        "answer_by": answer_by(asked.asked_on, calendar),
        "done_by": asked.asked_on + timedelta(days=DONE_DAYS[asked.wish]),
    }
    who = {"patron_id": asked.patron_id, "asked_by": asked.asked_by, "paper": asked.paper}
    what = {"asked_on": asked.asked_on, "wish": asked.wish, "entered_by": author}
    row = {"school_id": school_id, "id": request_id, **who, **what, **due}
    connection.execute(insert(DataRequest).values(row))
    return request_id


def answer(
    connection: Connection, school_id: int, request_id: UUID, words: str, author: str, today: date
) -> bool:
    """Note what was answered; False if there is no such request, or it was answered before."""
    told = {"answered_on": today, "answered_by": author, "answer": words}
    which = and_(_this(school_id, request_id), DataRequest.answered_on.is_(None))
    return connection.execute(update(DataRequest).where(which).values(told)).rowcount > 0


def end(connection: Connection, school_id: int, request_id: UUID, today: date) -> bool:
    """Note that what was asked is done; False unless it was answered and was not done before."""
    is_open = and_(DataRequest.answered_on.is_not(None), DataRequest.done_on.is_(None))
    which = and_(_this(school_id, request_id), is_open)
    return connection.execute(update(DataRequest).where(which).values(done_on=today)).rowcount > 0


def fulfil(
    connection: Connection,
    school_id: int,
    patron_id: UUID,
    wish: DataWish,
    author: str,
    today: date,
) -> None:
    """The desk has done what may be asked: open requests of it end; without one, it is one.

    Done once more on the same day, as another kind of file, it was asked once.
    """
    mine = (DataRequest.school_id == school_id, DataRequest.patron_id == patron_id)
    lately = or_(DataRequest.done_on.is_(None), DataRequest.done_on == today)
    asked = select(DataRequest.id).where(*mine, DataRequest.wish == wish, lately)
    found = list(connection.scalars(asked))
    if not found:
        unasked = Asked(patron_id, today, Asker.UNKNOWN, wish)
        found = [enter(connection, school_id, unasked, author)]
    for request_id in found:
        answer(connection, school_id, request_id, "", author, today)
        end(connection, school_id, request_id, today)


def requests(
    connection: Connection, school_id: int, request_id: UUID | None = None
) -> Sequence[Request]:
    """The requests, those to be done first before the others, newest first; or one."""
    columns: list[Any] = [
        DataRequest.id,
        DataRequest.patron_id,
        Patron.name,
        Patron.homeroom,
        DataRequest.asked_on,
        DataRequest.asked_by,
        DataRequest.wish,
        DataRequest.paper,
        DataRequest.answer_by,
        DataRequest.done_by,
        DataRequest.entered_by,
        DataRequest.answered_on,
        DataRequest.answered_by,
        DataRequest.answer,
        DataRequest.done_on,
    ]
    patron_of = and_(Patron.school_id == DataRequest.school_id, Patron.id == DataRequest.patron_id)
    asked = select(*columns).join(Patron, patron_of).where(DataRequest.school_id == school_id)
    if request_id is not None:
        asked = asked.where(DataRequest.id == request_id)
    in_order = asked.order_by(DataRequest.done_on.is_not(None), DataRequest.asked_on.desc())
    return [Request(*row[:]) for row in connection.execute(in_order)]


def _this(school_id: int, request_id: UUID) -> Any:
    return and_(DataRequest.school_id == school_id, DataRequest.id == request_id)
