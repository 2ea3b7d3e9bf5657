"""What registers need that nobody scans: numbers of periodicals, readers counted by hand.

The same number entered again corrects the one before. Keeps out what registers make of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, insert, select, update

from db.activities import Counted, write_count
from db.ids import new_id
from db.library import Library
from db.models import Activity, Edition, HeadCount, PeriodicalIssue, full_title
from db.ordering import sort_key
from db.outcomes import PatronCategory
from db.states import DocumentType


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


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered last: numbers and counts, the newest first."""

    issues: tuple[tuple[str, str, int, int], ...]
    """Title, number, month, copies."""
    counts: tuple[Any, ...]
    """Head-counts, each with the activity (`activity_id`) that its readers came for, if any."""


class Entering:
    """Enters them for one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def periodicals(self) -> tuple[tuple[UUID, str], ...]:
        """The newspapers and magazines there are numbers of, by title."""
        press = (DocumentType.NEWSPAPER, DocumentType.MAGAZINE)
        with self._library.act() as act:
            asked = select(Edition.id, full_title()).where(
                Edition.school_id == act.school_id, Edition.document_type.in_(press)
            )
            rows = [(row.id, row.title) for row in act.connection.execute(asked)]
        return tuple(sorted(rows, key=lambda one: sort_key(one[1])))

    def entered(self, most: int) -> Entered:
        """What was entered last, so many of each."""
        of_title = and_(
            Edition.school_id == PeriodicalIssue.school_id,
            Edition.id == PeriodicalIssue.edition_id,
        )
        with self._library.act() as act:
            number = (PeriodicalIssue.number, PeriodicalIssue.month, PeriodicalIssue.copies)
            issues = (
                select(full_title(), *number)
                .join(Edition, of_title)
                .where(PeriodicalIssue.school_id == act.school_id)
                .order_by(PeriodicalIssue.entered_at.desc(), PeriodicalIssue.number)
            )
            came_for = (Activity.school_id == HeadCount.school_id, Activity.id == HeadCount.id)
            held = select(Activity.entry_id).where(*came_for).scalar_subquery()
            counts = (
                select(HeadCount.__table__, held.label("activity_id"))
                .where(HeadCount.school_id == act.school_id, HeadCount.ended_at.is_(None))
                .order_by(HeadCount.made_at.desc(), HeadCount.id)
            )
            return Entered(
                tuple(act.connection.execute(issues.limit(most))),
                tuple(act.connection.execute(counts.limit(most))),
            )

    def receive(self, issue: Issue) -> None:
        """Note that a number came today, or correct what was noted (R5)."""
        key = {"edition_id": issue.edition_id, "year": issue.year, "number": issue.number}
        with self._library.act() as act:
            own = {"school_id": act.school_id, **key}
            act.connection.execute(delete(PeriodicalIssue).filter_by(**own))
            when = {"received_on": act.today, "entered_at": act.now}
            row = {"school_id": act.school_id, **asdict(issue), **when}
            act.connection.execute(insert(PeriodicalIssue).values(row))

    def strike_out(self, count_id: UUID) -> bool:
        """Let readers counted by hand count no more; False if there are none such."""
        with self._library.act() as act:
            own = (HeadCount.school_id == act.school_id, HeadCount.id == count_id)
            by_hand = HeadCount.id.not_in(select(Activity.id).where(Activity.id == count_id))
            stands = update(HeadCount).where(*own, by_hand, HeadCount.ended_at.is_(None))
            return bool(act.connection.execute(stands.values(ended_at=act.now)).rowcount)

    def count_readers(
        self, day: date, category: PatronCategory, readers: int, note: str, author: str
    ) -> UUID:
        """Note readers of a day that were counted by hand, such as a class's visit (R8)."""
        with self._library.act() as act:
            count_id = new_id()
            write_count(act, count_id, Counted(day, category, readers, note), author)
        return count_id
