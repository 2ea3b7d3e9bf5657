"""What is asked of a register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from db.calendar import Calendar
from db.clock import SCHOOL_ZONE


@dataclass(frozen=True, slots=True)
class Asked:
    """Which school's records, which days, as of when."""

    connection: Connection
    school_id: int
    since: date
    until: date
    as_of: datetime
    calendar: Calendar
    homeroom: str = ""
    """A class's own pages only; empty for all."""

    @property
    def begins(self) -> datetime:
        """The first moment of the range."""
        return datetime.combine(self.since, time(), SCHOOL_ZONE)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.until + timedelta(days=1), time(), SCHOOL_ZONE)


def stamp(as_of: datetime | None, now: datetime) -> datetime:
    """As of which moment figures are: the one asked for, else now; whole seconds, as printed."""
    return min(as_of or now, now).replace(microsecond=0)
