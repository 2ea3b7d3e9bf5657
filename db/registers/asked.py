"""What is asked of a register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from db.calendar import Calendar


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
