"""Numbers of periodicals and readers counted by hand, as they are entered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.engine import sqlite_url
from db.models import HeadCount, PeriodicalIssue
from db.outcomes import PatronCategory
from db.registers.books import Books
from db.registers.entering import Entering, Issue
from db.registers.sheet import Sheet
from tests.small_school import MORNING, SmallSchool, named


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "hub.db"), is_station=False)
    yield made
    made.close()


def test_number_entered_twice_is_one(school: SmallSchool) -> None:
    """S09: Given a magazine's number, when entered again, then the later count stands."""
    entering = Entering(school.library)
    for copies in (2, 3):
        entering.receive(Issue(named("Toán học và Tuổi trẻ"), 2026, "601", 11, copies))

    assert [row.copies for row in school.rows(PeriodicalIssue)] == [3]
    with Books(school.library).opened("R5") as sheet:
        assert isinstance(sheet, Sheet)
        (part,) = sheet.parts
        assert next(iter(part.rows)).cells[11] == "601: 3"


def test_counted_readers_are_in_the_diary(school: SmallSchool) -> None:
    """S29: Given a class of 39 counted by hand, then the diary's day has them and says why."""
    day = MORNING.date()
    Entering(school.library).count_readers(day, PatronCategory.STUDENT, 39, "Tiết đọc 6A", "hoa")

    assert school.count(HeadCount) == 1
    with Books(school.library).opened("R8", day, day) as sheet:
        assert isinstance(sheet, Sheet)
        line = next(iter(next(iter(sheet.parts)).rows))
        assert line.cells[:4] == (day, 39, 0, 39)
        assert line.cells[-1] == "Tiết đọc 6A"
