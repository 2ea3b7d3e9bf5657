"""What people would rather look at than read: loans by week, class and môn loại. Not drawn here.

Classes are compared by their numbers alone; no reader is in any of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from db.clock import local_day
from db.defaults import CLASSES_19
from db.models import Copy, Edition, Loan, Patron
from db.ordering import sort_key
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.registers.asked import Asked
from db.registers.joins import OF_COPY, OF_EDITION, OF_READER
from db.registers.lending import UNCLASSIFIED, Classes, main_class
from db.registers.moments import in_range

STAFF = "GV, NV"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it stands for, and how high it is."""

    words: str
    number: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """The bars of each picture, in the order they are drawn."""

    weeks: tuple[Bar, ...]
    """By the week's Monday, the empty ones between too."""
    homerooms: tuple[Bar, ...]
    classes: tuple[Bar, ...]
    """By môn loại, the most read first."""


def pictures(asked: Asked) -> Pictures:
    """Count the loans of a range, take-home and in the library."""
    weeks: Counter[date] = Counter()
    homerooms: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    of_day = Classes(asked)
    for row in Prepared(_issues(asked)).each(asked.connection):
        day = local_day(row.lent_at)
        weeks[day - timedelta(days=day.weekday())] += 1
        is_pupil = row.category is PatronCategory.STUDENT
        homeroom = of_day.of(row.patron_id, day, row.homeroom) if is_pupil else STAFF
        homerooms[homeroom or "?"] += 1
        classes[main_class(row.class_19, row.class_number)] += 1
    rooms = sorted(homerooms, key=lambda room: (room == STAFF, sort_key(room)))
    return Pictures(
        tuple(_weeks(weeks)),
        tuple(Bar(room, homerooms[room]) for room in rooms),
        tuple(Bar(_class_words(code), number) for code, number in classes.most_common()),
    )


def _issues(asked: Asked) -> Any:
    return (
        select(
            Loan.lent_at,
            Loan.patron_id,
            Patron.category,
            Patron.homeroom,
            Edition.class_19,
            Edition.class_number,
        )
        .join(Patron, OF_READER)
        .join(Copy, OF_COPY)
        .join(Edition, OF_EDITION)
        .where(*in_range(asked))
    )


def _weeks(weeks: Counter[date]) -> list[Bar]:
    if not weeks:
        return []
    first, last = min(weeks), max(weeks)
    count = (last - first).days // 7 + 1
    mondays = [first + timedelta(weeks=place) for place in range(count)]
    return [Bar(f"{monday:%d/%m}", weeks[monday]) for monday in mondays]


def _class_words(code: str) -> str:
    return f"{code} {CLASSES_19[code]}" if code else UNCLASSIFIED
