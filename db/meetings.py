"""Minutes of the meetings of the library's people, month by month (S76). No layout."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update

from db.ids import new_id
from db.library import Act, Library
from db.models import Meeting

WHAT_LENGTH, PLACE_LENGTH, NAME_LENGTH, PRESENT_LENGTH = 160, 80, 80, 200
TEXT_LENGTH: Final = 6000
"""Of what was discussed, and of what was decided: some two pages."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """What was said and decided at a meeting."""

    day: date
    what: str
    place: str = ""
    chair: str = ""
    secretary: str = ""
    present: str = ""
    discussed: str = ""
    decided: str = ""


@dataclass(frozen=True, slots=True)
class MinutesKept:
    """Minutes in the records."""

    id: UUID
    minutes: Minutes


class Meetings:
    """The meetings of one school's library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def enter(self, minutes: Minutes, author: str) -> UUID:
        """Keep the minutes of a meeting."""
        meeting_id = new_id()
        with self._library.act() as act:
            row = {"id": meeting_id, **asdict(minutes), "made_at": act.now, "author": author}
            act.connection.execute(insert(Meeting).values(school_id=act.school_id, **row))
        return meeting_id

    def listed(self, since: date, until: date) -> tuple[MinutesKept, ...]:
        """The meetings of a range, the newest first."""
        with self._library.act() as act:
            own = Meeting.school_id == act.school_id
            asked = select(Meeting.id, *_COLUMNS).where(own, Meeting.day.between(since, until))
            ordered = asked.order_by(Meeting.day.desc(), Meeting.id.desc())
            rows = act.connection.execute(ordered)
            return tuple(MinutesKept(row[0], Minutes(*row[1:])) for row in rows)

    def one(self, meeting_id: UUID) -> Minutes | None:
        """The minutes of one meeting; None if there are none."""
        with self._library.act() as act:
            return _read(act, select(*_COLUMNS).where(*_one(act, meeting_id)))


def hold_minutes(act: Act, meeting_id: UUID) -> Minutes | None:
    """Minutes that nobody else changes until this transaction ends; None if there are none."""
    return _read(act, select(*_COLUMNS).where(*_one(act, meeting_id)).with_for_update())


def correct_minutes(act: Act, meeting_id: UUID, minutes: Minutes, author: str) -> None:
    """Let minutes that are held say something else."""
    told = {**asdict(minutes), "made_at": act.now, "author": author}
    act.connection.execute(update(Meeting).where(*_one(act, meeting_id)).values(**told))


def _read(act: Act, asked: Any) -> Minutes | None:
    row = act.connection.execute(asked).first()
    return None if row is None else Minutes(*row)


def _one(act: Act, meeting_id: UUID) -> tuple[Any, ...]:
    return Meeting.school_id == act.school_id, Meeting.id == meeting_id


_COLUMNS: Final = (
    Meeting.day,
    Meeting.what,
    Meeting.place,
    Meeting.chair,
    Meeting.secretary,
    Meeting.present,
    Meeting.discussed,
    Meeting.decided,
)
