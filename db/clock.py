"""The only place that may ask for the time. Keeps out what the time is used for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SCHOOL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""All of Việt Nam keeps one time, UTC+7 without summer time."""


class Clock(Protocol):
    """Tells the time in the school's zone."""

    def now(self) -> datetime:
        """The present moment, aware, in the school's zone."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The machine's time, shown in the school's zone."""
        return datetime.now(SCHOOL_ZONE)


class SettableClock:
    """A clock that tests and the demo set by hand."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(SCHOOL_ZONE)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move on by `by`."""
        self._at += by


class StartingClock:
    """Runs like the machine's clock, but begins at a chosen moment (the demo's school morning)."""

    def __init__(self, at: datetime) -> None:
        self._offset = at.astimezone(SCHOOL_ZONE) - datetime.now(SCHOOL_ZONE)

    def now(self) -> datetime:
        """The chosen moment plus the time since."""
        return datetime.now(SCHOOL_ZONE) + self._offset


def local_day(moment: datetime) -> date:
    """The calendar day of `moment` at the school (23:30 UTC is already tomorrow there)."""
    return moment.astimezone(SCHOOL_ZONE).date()
