"""The demo school is the reference school of the domain specification 1.1, in figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from db.engine import open_engine, sqlite_url
from db.models import (
    Copy,
    Edition,
    Enrolment,
    Homeroom,
    Kho,
    Patron,
    PatronDetail,
    SetTemplate,
    SetTitle,
)
from db.outcomes import PatronCategory
from db.rulebook import read_rulebook
from tests.demo_records import MORNING, demo_records


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "demo.db").write_bytes(demo_records(MORNING))
    engine = open_engine(sqlite_url(tmp_path / "demo.db"))
    yield engine
    engine.dispose()


def counted(engine: Engine, statement: Any) -> dict[Any, int]:
    with engine.begin() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}


def test_pupils_by_grade_and_class(demo: Engine) -> None:
    """Given the demo school, then 157, 139, 120 and 100 pupils in 12 classes (S01)."""
    pupils = select(Patron.grade, func.count()).where(Patron.category == PatronCategory.STUDENT)
    rooms = select(Homeroom.grade, func.count()).group_by(Homeroom.grade)
    enrolled = select(Enrolment.school_year, func.count()).group_by(Enrolment.school_year)

    assert counted(demo, pupils.group_by(Patron.grade)) == {6: 157, 7: 139, 8: 120, 9: 100}
    assert counted(demo, rooms) == {6: 4, 7: 3, 8: 3, 9: 2}
    assert counted(demo, enrolled) == {"2026-2027": 516}


def test_every_teacher_has_a_subject(demo: Engine) -> None:
    """Given the demo school's 21 teachers, then each has a subject (S04)."""
    subjects = select(PatronDetail.subject, func.count()).group_by(PatronDetail.subject)
    subjects = subjects.where(PatronDetail.subject != "")
    by_subject = counted(demo, subjects)

    assert sum(by_subject.values()) == 21
    assert by_subject["Toán"] == 4
    assert "" not in by_subject


def test_each_grade_has_its_set(demo: Engine) -> None:
    """Given the demo school, then each grade has a textbook set with titles in it."""
    titles = (
        select(SetTemplate.grade, func.count())
        .join(SetTitle, SetTitle.template_id == SetTemplate.id)
        .group_by(SetTemplate.grade)
    )
    by_grade = counted(demo, titles)

    assert set(by_grade) == {6, 7, 8, 9}
    assert min(by_grade.values()) > 1


def test_every_textbook_has_a_subject(demo: Engine) -> None:
    """Given the demo school's textbooks and teachers' books, then each has subject and grade."""
    books = (Edition.kho.in_(("SGK", "SGV")), Edition.grade.is_not(None))
    subjects = select(Edition.subject, func.count()).where(*books).group_by(Edition.subject)
    by_subject = counted(demo, subjects)

    assert "" not in by_subject
    assert sum(by_subject.values()) == 31
    assert by_subject["Toán"] == 6


def test_numbers_follow_on_in_each_kho(demo: Engine) -> None:
    """Given the demo school's copies, then each kho counts from one without a gap."""
    last = select(Copy.kho, func.max(Copy.number)).group_by(Copy.kho)
    how_many = select(Copy.kho, func.count()).group_by(Copy.kho)
    prefixes = select(Kho.prefix, Kho.position)

    assert counted(demo, last) == counted(demo, how_many)
    assert set(counted(demo, last)) <= set(counted(demo, prefixes))


def test_titles_keep_volume_and_series_apart(demo: Engine) -> None:
    """Given the catalogue, then volume, series and grade are columns of their own."""
    with demo.begin() as connection:
        maths = connection.execute(
            select(Edition.volume, Edition.series).where(
                Edition.title == "Toán 6", Edition.kho == "SGK"
            )
        ).all()

    assert {tuple(row) for row in maths} == {
        ("tập một", "Kết nối tri thức với cuộc sống"),
        ("tập hai", "Kết nối tri thức với cuộc sống"),
    }


def test_rules_are_laid_down(demo: Engine) -> None:
    """Given the demo school, then calendar, hours, bells and policies can be read."""
    with demo.begin() as connection:
        rules = read_rulebook(connection, 1)

    assert rules.calendar.is_lending(MORNING)
    assert rules.calendar.year_of(MORNING.date()) is not None
    assert len(rules.calendar.bells) == 6
    assert rules.kho["STN"].accession(42) == "STN.00042"
