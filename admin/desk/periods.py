"""The ranges of days that reports are asked for: month, semester, school year, library year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from admin.desk.door import Desk
from admin.desk.forms import read_day
from db.calendar import Calendar, library_year, month_after
from db.registers.asked import stamp
from db.registers.books import AFTER, read_stamp, stamp_words
from db.registers.stock import BEFORE

STAMP: Final = "luc"
"""The address's question for the moment of the figures."""
Period = tuple[str, date, date]
"""What it is called, its first day and its last."""


def periods(calendar: Calendar, today: date) -> list[Period]:
    """The ranges that schools report by, around today."""
    return list(_periods(calendar, today))


def days_asked(desk: Desk) -> tuple[date, date]:
    """The range that the address asks for, else the library year's; the earlier day first.

    It lies between `BEFORE` and `AFTER`: days beyond have no moments of their own.
    """
    begins, ends = library_year(desk.today)
    since = read_day(desk.asked.get("tu", "").strip()) or begins
    until = read_day(desk.asked.get("den", "").strip()) or ends
    first, last = sorted(min(max(day, BEFORE), AFTER) for day in (since, until))
    return first, last


def stamp_asked(desk: Desk) -> tuple[datetime, str]:
    """As of which moment the address asks for figures (`luc`), else now.

    A sentence with it says what of the address could not be read, the days included.
    """
    text = desk.asked.get(STAMP, "").strip()
    try:
        return stamp(read_stamp(text) if text else None, desk.now), _unread_days(desk)
    except ValueError:
        told = "Chưa đọc được thời điểm, nên số liệu là hiện nay. Ghi như trên bản in"
        return stamp(None, desk.now), f"{told}: {stamp_words(desk.now)}."


def _unread_days(desk: Desk) -> str:
    """What to say where a day that was typed is none; empty if all is well."""
    fields = {"tu": "Từ ngày", "den": "Đến ngày"}
    wrong = [words for key, words in fields.items() if _is_no_day(desk.asked.get(key, ""))]
    if not wrong:
        return ""
    told = " và ".join(f"“{words}”" for words in wrong)
    return f"Chưa đọc được ô {told}, nên đang hiện cả kỳ. Ghi ngày/tháng/năm, ví dụ 31/05/2026."


def _is_no_day(text: str) -> bool:
    return bool(text.strip()) and read_day(text.strip()) is None


def list_moment(desk: Desk) -> datetime:
    """As of when a list is shown: the stamp asked for, else this moment with what just happened."""
    return stamp_asked(desk)[0] if desk.asked.get(STAMP, "").strip() else desk.now


def _periods(calendar: Calendar, today: date) -> Iterator[Period]:
    first = today.replace(day=1)
    yield f"Tháng {today.month}", first, _month_end(first)
    before = (first - timedelta(days=1)).replace(day=1)
    yield f"Tháng {before.month}", before, _month_end(before)
    year = calendar.year_of(today)
    if year is not None:
        second = year.second_semester_begins_on
        yield "Học kỳ I", year.begins_on, second - timedelta(days=1)  # so that both are the year
        yield "Học kỳ II", second, year.ends_on
        yield f"Năm học {year.name}", year.begins_on, year.ends_on
    begins, ends = library_year(today)
    yield f"Năm thư viện {begins.year}–{ends.year}", begins, ends


def _month_end(first: date) -> date:
    return month_after(first) - timedelta(days=1)
