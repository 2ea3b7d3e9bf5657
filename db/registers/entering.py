"""What registers need that nobody scans: numbers of periodicals, readers counted by hand.

The same number entered again corrects the one before. Keeps out what registers make of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, insert

from db.ids import new_id
from db.library import Library
from db.models import HeadCount, PeriodicalIssue
from db.outcomes import PatronCategory


@dataclass(frozen=True, slots=True)
class Issue:
    """One number of a newspaper or magazine."""

    edition_id: UUID
    year: int
    number: str
    month: int
    copies: int
    price_vnd: int | None = None
    bound: bool = False
    note: str = ""


class Entering:
    """Enters them for one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def receive(self, issue: Issue) -> None:
        """Note that a number came today, or correct what was noted (R5)."""
        key = {"edition_id": issue.edition_id, "year": issue.year, "number": issue.number}
        with self._library.act() as act:
            own = {"school_id": act.school_id, **key}
            act.connection.execute(delete(PeriodicalIssue).filter_by(**own))
            when = {"received_on": act.today, "entered_at": act.now}
            row = {"school_id": act.school_id, **asdict(issue), **when}
            act.connection.execute(insert(PeriodicalIssue).values(row))

    def count_readers(
        self, day: date, category: PatronCategory, readers: int, note: str, author: str
    ) -> UUID:
        """Note readers of a day that were counted by hand, such as a class's visit (R8)."""
        with self._library.act() as act:
            count_id = new_id()
            row = {"id": count_id, "day": day, "category": category, "readers": readers}
            told = {"note": note, "author": author, "made_at": act.now}
            act.connection.execute(insert(HeadCount).values(school_id=act.school_id, **row, **told))
        return count_id
