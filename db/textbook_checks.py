"""Whether every pupil has every textbook (kiểm tra đủ SGK), asked once a semester (S07, S66).

Written down is only what is missing; what a pupil has on loan from the library is seen from the
loans, and whoever borrows what was missing has it. Keeps out how the sheets are printed
(`db.registers.textbook_sheet`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, insert, select, update

from db.library import Act
from db.models import (
    Copy,
    Edition,
    Loan,
    MissingTextbook,
    Patron,
    SetTemplate,
    SetTitle,
    full_title,
)
from db.ordering import name_sort_key, sort_key
from db.outcomes import PatronCategory
from db.states import PatronStatus


@dataclass(frozen=True, slots=True)
class ClassCheck:
    """One class, pupil by title."""

    homeroom: str
    pupils: tuple[tuple[UUID, str], ...]
    """In the order of the class list."""
    titles: tuple[tuple[UUID, str], ...]
    lacking: frozenset[tuple[UUID, UUID]]
    """Pupil and title."""
    lent: frozenset[tuple[UUID, UUID]]
    """What the library lent them."""

    @property
    def without(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The pupils who lack something, each with the titles."""
        found = (
            (name, tuple(title for one, title in self.titles if (pupil, one) in self.lacking))
            for pupil, name in self.pupils
        )
        return tuple((name, titles) for name, titles in found if titles)

    @property
    def percent(self) -> float:
        """Pupils who lack nothing in a hundred, to one place; 100 of a class without pupils."""
        had = len(self.pupils) - len(self.without)
        return round(100 * had / len(self.pupils), 1) if self.pupils else 100.0


def class_check(act: Act, homeroom: str, grade: int) -> ClassCheck:
    """A class's pupils and titles, and who lacks what this semester."""
    pupils = _pupils(act, Patron.homeroom == homeroom)
    named = act.connection.execute(select(Patron.id, Patron.name).where(*pupils))
    titles = act.connection.execute(_titles(act, grade, full_title()))
    return ClassCheck(
        homeroom,
        tuple(sorted(((row.id, row.name) for row in named), key=lambda one: name_sort_key(one[1]))),
        tuple(sorted(map(tuple, titles), key=lambda one: sort_key(one[1]))),
        frozenset(map(tuple, act.connection.execute(_lacking(act, pupils)))),
        frozenset(map(tuple, act.connection.execute(_held(pupils)))),
    )


def note_class(
    act: Act, check: ClassCheck, lacking: frozenset[tuple[UUID, UUID]], author: str
) -> None:
    """Note who of a class lacks what, instead of what was noted before."""
    for pair in sorted(lacking - check.lacking):
        _note(act, *pair, author)
    for pair in check.lacking - lacking:
        _settle(act, *pair, act.now)


def _note(act: Act, patron_id: UUID, edition_id: UUID, author: str) -> None:
    _settle(act, patron_id, edition_id, None)
    noted = select(MissingTextbook.noted_at).where(*_noted(act, patron_id, edition_id))
    if act.connection.execute(noted).first() is None:
        who = {"patron_id": patron_id, "edition_id": edition_id}
        told = {"noted_at": act.now, "author": author}
        row = {"school_id": act.school_id, **_semester(act), **who, **told}
        act.connection.execute(insert(MissingTextbook).values(row))


def _settle(act: Act, patron_id: UUID, edition_id: UUID, at: datetime | None) -> None:
    noted = and_(*_noted(act, patron_id, edition_id))
    act.connection.execute(update(MissingTextbook).where(noted).values(settled_at=at))


def _noted(act: Act, patron_id: UUID, edition_id: UUID) -> tuple[Any, ...]:
    who = (MissingTextbook.patron_id == patron_id, MissingTextbook.edition_id == edition_id)
    return *_this_semester(act), *who


def _this_semester(act: Act) -> tuple[Any, ...]:
    when = _semester(act)
    return (
        MissingTextbook.school_id == act.school_id,
        MissingTextbook.school_year == when["school_year"],
        MissingTextbook.semester == when["semester"],
    )


def _semester(act: Act) -> dict[str, Any]:
    year = act.rules.calendar.year_of(act.today)
    if year is None:
        return {"school_year": "", "semester": 1}
    second = act.today >= year.second_semester_begins_on
    return {"school_year": year.name, "semester": 2 if second else 1}


def _pupils(act: Act, which: Any) -> tuple[Any, ...]:
    here = (Patron.school_id == act.school_id, Patron.status == PatronStatus.ACTIVE)
    return *here, Patron.category == PatronCategory.STUDENT, which


def _titles(act: Act, grade: int, *more: Any) -> Any:
    """The titles of the grade's sets in use, each once."""
    of_set = and_(
        SetTemplate.school_id == SetTitle.school_id, SetTemplate.id == SetTitle.template_id
    )
    of_edition = and_(Edition.school_id == SetTitle.school_id, Edition.id == SetTitle.edition_id)
    asked = select(SetTitle.edition_id, *more).join(SetTemplate, of_set).join(Edition, of_edition)
    return asked.distinct().where(
        SetTitle.school_id == act.school_id, SetTemplate.grade == grade, SetTemplate.in_use
    )


def _held(pupils: tuple[Any, ...]) -> Any:
    return (
        select(Patron.id, Copy.edition_id)
        .join(Loan, and_(Loan.school_id == Patron.school_id, Loan.patron_id == Patron.id))
        .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
        .where(*pupils, Loan.returned_at.is_(None))
    )


def _lacking(act: Act, pupils: tuple[Any, ...]) -> Any:
    from_library = exists().where(
        Loan.school_id == MissingTextbook.school_id,
        Loan.patron_id == MissingTextbook.patron_id,
        Loan.returned_at.is_(None),
        Copy.school_id == Loan.school_id,
        Copy.id == Loan.copy_id,
        Copy.edition_id == MissingTextbook.edition_id,
    )
    missing = MissingTextbook
    of_pupil = and_(missing.school_id == Patron.school_id, missing.patron_id == Patron.id)
    return (
        select(Patron.id, missing.edition_id)
        .join(missing, of_pupil)
        .where(*pupils, *_this_semester(act), missing.settled_at.is_(None), ~from_library)
    )
