"""Teachers and the library: books asked for a lesson, who of a class is late. No HTML, no HTTP.

Of a class its form teacher sees who is late and by how many books, not which: what a child reads
is for the librarian alone (domain specification 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from db.ids import new_id
from db.models import Homeroom, LessonRequest, Loan, Patron, SchoolYear
from db.ordering import name_sort_key, sort_key
from db.outcomes import PatronCategory
from db.states import LoanKind, PatronStatus


@dataclass(frozen=True, slots=True)
class Request:
    """Books for a lesson."""

    id: UUID
    teacher: str
    made_at: datetime
    needed_on: date
    lesson: str
    wanted: str
    answered_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class LatePupil:
    """A pupil who should have brought something back."""

    name: str
    homeroom: str
    books: int
    since: date
    """The earliest due day."""


@dataclass(frozen=True, slots=True)
class FormClass:
    """A class of the present school year and its form teacher."""

    name: str
    teacher_id: UUID | None


def ask(
    connection: Connection,
    school_id: int,
    patron_id: UUID,
    needed_on: date,
    lesson: str,
    wanted: str,
    now: datetime,
) -> UUID:
    """Let a teacher ask for books by a day."""
    row = {"id": new_id(), "patron_id": patron_id, "made_at": now, "needed_on": needed_on}
    told = {"lesson": lesson, "wanted": wanted, "answered_by": "", "answer": ""}
    connection.execute(insert(LessonRequest).values(school_id=school_id, **row, **told))
    return UUID(str(row["id"]))


def withdraw(connection: Connection, school_id: int, patron_id: UUID, request_id: UUID) -> bool:
    """Let a teacher ask no more; False if it is not theirs or was answered."""
    theirs = (LessonRequest.patron_id == patron_id, LessonRequest.answered_at.is_(None))
    which = (LessonRequest.school_id == school_id, LessonRequest.id == request_id)
    return connection.execute(delete(LessonRequest).where(*which, *theirs)).rowcount > 0


def answer(
    connection: Connection, school_id: int, request_id: UUID, said: str, author: str, now: datetime
) -> bool:
    """Say what became of a request; False if there is none, or it was answered."""
    which = (LessonRequest.school_id == school_id, LessonRequest.id == request_id)
    told = {"answered_at": now, "answered_by": author, "answer": said}
    is_open = LessonRequest.answered_at.is_(None)
    changed = connection.execute(update(LessonRequest).where(*which, is_open).values(told))
    return changed.rowcount > 0


def requests(
    connection: Connection, school_id: int, patron_id: UUID | None = None
) -> list[Request]:
    """Requests of one teacher or all: what waits first, the earliest needed before the others."""
    teacher_of = and_(
        Patron.school_id == LessonRequest.school_id, Patron.id == LessonRequest.patron_id
    )
    asked = (
        select(
            LessonRequest.id,
            Patron.name,
            LessonRequest.made_at,
            LessonRequest.needed_on,
            LessonRequest.lesson,
            LessonRequest.wanted,
            LessonRequest.answered_at,
            LessonRequest.answer,
        )
        .join(Patron, teacher_of)
        .where(LessonRequest.school_id == school_id)
        .order_by(LessonRequest.answered_at.is_not(None), LessonRequest.needed_on, LessonRequest.id)
    )
    if patron_id is not None:
        asked = asked.where(LessonRequest.patron_id == patron_id)
    return [Request(*row) for row in connection.execute(asked)]


def classes(connection: Connection, school_id: int, today: date) -> list[FormClass]:
    """The classes of the present school year."""
    rows = connection.execute(
        select(Homeroom.name, Homeroom.teacher_id).where(*_of_this_year(school_id, today))
    )
    return sorted((FormClass(*row) for row in rows), key=lambda one: sort_key(one.name))


def teachers(connection: Connection, school_id: int) -> list[tuple[UUID, str]]:
    """Who may be a form teacher, by name."""
    rows = connection.execute(
        select(Patron.id, Patron.name).where(
            Patron.school_id == school_id,
            Patron.category == PatronCategory.TEACHER,
            Patron.status == PatronStatus.ACTIVE,
        )
    )
    return sorted(((row.id, row.name) for row in rows), key=lambda one: name_sort_key(one[1]))


def set_form_teachers(
    connection: Connection, school_id: int, today: date, chosen: Mapping[str, UUID | None]
) -> None:
    """Say who is whose form teacher this school year."""
    for name, teacher_id in chosen.items():
        which = (*_of_this_year(school_id, today), Homeroom.name == name)
        connection.execute(update(Homeroom).where(*which).values(teacher_id=teacher_id))


def late_pupils(
    connection: Connection, school_id: int, teacher_id: UUID, today: date
) -> tuple[tuple[str, ...], list[LatePupil]]:
    """The classes of a form teacher, and who of them is late."""
    own = tuple(
        one.name for one in classes(connection, school_id, today) if one.teacher_id == teacher_id
    )
    loan_of = and_(Loan.school_id == Patron.school_id, Loan.patron_id == Patron.id)
    rows = connection.execute(
        select(Patron.name, Patron.homeroom, func.count(), func.min(Loan.due))
        .join(Loan, loan_of)
        .where(
            Patron.school_id == school_id,
            Patron.homeroom.in_(own),
            Patron.status == PatronStatus.ACTIVE,
            Loan.returned_at.is_(None),
            ~Loan.disputed,
            Loan.kind != LoanKind.IN_LIBRARY,
            Loan.due < today,
        )
        .group_by(Patron.id, Patron.name, Patron.homeroom)
    )
    late = [LatePupil(*row) for row in rows]
    return own, sorted(late, key=lambda one: (sort_key(one.homeroom), name_sort_key(one.name)))


def _of_this_year(school_id: int, today: date) -> tuple[Any, ...]:
    year = (
        select(SchoolYear.name)
        .where(SchoolYear.school_id == school_id, SchoolYear.begins_on <= today)
        .order_by(SchoolYear.begins_on.desc())
        .limit(1)
    )
    return Homeroom.school_id == school_id, Homeroom.school_year == year.scalar_subquery()
