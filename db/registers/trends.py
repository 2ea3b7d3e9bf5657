"""Pictures of how things go: the break minute by minute, lateness, corners, the stock's growth.

No reader is in any of it. Keeps out how bars are drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, select

from db.calendar import Bell, month_after
from db.clock import SCHOOL_ZONE, local_day
from db.models import Corner, Crate, CrateCopy, Loan
from db.ordering import sort_key
from db.registers.asked import Asked
from db.registers.lending import earlier_dues
from db.registers.moments import ended_in_range, in_range
from db.registers.pictures import Bar
from db.registers.stock import items
from db.states import LoanKind

LONG_BREAK: Final = 10
"""Minutes; shorter ones are the way to the next room."""
AROUND: Final = 5
"""Minutes before and after a break in which people still come."""
AGES: Final = (
    ("1–7 ngày", 7),
    ("8–14 ngày", 14),
    ("15–30 ngày", 30),
    ("31–90 ngày", 90),
    ("hơn 90 ngày", 36_500),
)
MOST_MONTHS: Final = 24
"""A longer range is drawn by years."""


def break_minutes(asked: Asked) -> list[Bar]:
    """Loans and returns of each minute around the first long break; by hours without one."""
    moments = Counter(_minute(row[0]) for row in asked.connection.execute(_moments(asked)))
    if not moments:
        return []
    rest = next((bell for bell in asked.calendar.bells if _is_long(bell)), None)
    if rest is None:
        return _by_hour(moments)
    begins, ends = _minutes(rest.begins) - AROUND, _minutes(rest.ends) + AROUND
    return [Bar(_clock(minute), moments[minute]) for minute in range(begins, ends)]


def overdue_ages(asked: Asked) -> list[Bar]:
    """Loans that were late at the range's end, or are where it has not ended, by days."""
    end = min(asked.as_of, asked.ends - timedelta(microseconds=1))
    last, moved = local_day(end), earlier_dues(replace(asked, as_of=end))
    is_out = Loan.returned_at.is_(None) | (Loan.returned_at > end)
    home = Loan.kind != LoanKind.IN_LIBRARY  # what is read here ends by itself, perhaps later
    out = (Loan.school_id == asked.school_id, Loan.lent_at <= end, is_out, home, ~Loan.disputed)
    ages: Counter[str] = Counter()
    for loan_id, due in asked.connection.execute(select(Loan.id, Loan.due).where(*out)):
        late = (last - moved.get(loan_id, due)).days
        if late > 0:
            ages[_age(late)] += 1
    return [Bar(words, ages[words]) for words, _ in AGES] if ages else []


def corner_rotation(asked: Asked) -> list[Bar]:
    """Copies that went to each class corner in the range."""
    of_crate = and_(CrateCopy.school_id == Crate.school_id, CrateCopy.crate_id == Crate.id)
    of_corner = and_(Corner.school_id == Crate.school_id, Corner.id == Crate.corner_id)
    within = (Crate.sent_at >= asked.begins, Crate.sent_at < asked.ends)
    sent = (*within, Crate.sent_at <= asked.as_of)
    asked_of = (
        select(Corner.name, func.count())
        .select_from(Crate)
        .join(CrateCopy, of_crate)
        .join(Corner, of_corner)
        .where(Crate.school_id == asked.school_id, *sent)
        .group_by(Corner.name)
    )
    rows = asked.connection.execute(asked_of).all()
    return [Bar(name, count) for name, count in sorted(rows, key=lambda row: sort_key(row[0]))]


def stock_growth(asked: Asked) -> list[Bar]:
    """Copies in the books at the end of each month of the range, or of each library year."""
    held = items(asked.connection, asked.school_id, asked.as_of)
    last = min(asked.until, local_day(asked.as_of))
    days = list(_month_ends(asked.since, last))
    if len(days) > MOST_MONTHS:
        days = [day for day in days if day.month == 5 or day == days[-1]]
    changes = Counter(one.came_on for one in held)
    changes.subtract(one.left_on for one in held if one.left_on is not None)
    return [
        Bar(f"{day:%m/%Y}", sum(n for on, n in changes.items() if on is None or on <= day))
        for day in days
        if held
    ]


def _moments(asked: Asked) -> Any:
    returned = select(Loan.returned_at).where(*ended_in_range(asked))
    lent = select(Loan.lent_at).where(*in_range(asked))
    return lent.union_all(returned).execution_options(yield_per=2000)


def _is_long(bell: Bell) -> bool:
    return bell.lesson is None and _minutes(bell.ends) - _minutes(bell.begins) >= LONG_BREAK


def _minute(at: datetime) -> int:
    here = at.astimezone(SCHOOL_ZONE)
    return here.hour * 60 + here.minute


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _by_hour(moments: Counter[int]) -> list[Bar]:
    hours: Counter[int] = Counter()
    for minute, count in moments.items():
        hours[minute // 60] += count
    return [Bar(f"{hour} giờ", hours[hour]) for hour in range(min(hours), max(hours) + 1)]


def _age(days: int) -> str:
    return next(words for words, most in AGES if days <= most)


def _month_ends(since: date, until: date) -> Iterator[date]:
    day = since.replace(day=1)
    while day <= until:
        following = month_after(day)
        yield min(following - timedelta(days=1), until)
        day = following
