"""Class corners: crates go out on one voucher and are compared when they come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from db.corners import Corners
from db.engine import sqlite_url
from db.models import Copy, CopyChange, Corner, Crate
from db.outcomes import CheckedOut, Refusal, Returned
from tests.small_school import SmallSchool, facts, named, number

BOOKS = [number("STK", position) for position in range(1, 11)]
DUE = date(2027, 1, 15)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


@pytest.fixture
def corners(school: SmallSchool) -> Corners:
    return Corners(school.library)


@pytest.fixture
def corner(corners: Corners) -> UUID:
    return corners.begin("Góc lớp 6A", "6A", named("Lan"), [named("An"), named("Bình")])


def in_corner(school: SmallSchool, corner: UUID) -> int:
    return len(school.rows(Copy, corner_id=corner))


def test_crate_moves_and_totals_stay(school: SmallSchool, corners: Corners, corner: UUID) -> None:
    """Given ten copies, when sent on one voucher, then they are there and none is more (S17)."""
    before = school.count(Copy)
    gone = corners.send(corner, "T-01", BOOKS, DUE, "thủ thư")
    (row,) = school.rows(Corner)

    assert (gone.sent, gone.refused) == (tuple(BOOKS), ())
    assert (in_corner(school, corner), school.count(Copy)) == (10, before)
    assert (row.teacher_id, row.first_pupil_id, row.second_pupil_id) == (
        named("Lan"),
        named("An"),
        named("Bình"),
    )
    assert facts(school.told()) == ["crate-sent"]
    assert len(school.rows(CopyChange)) == 10


def test_crate_comes_back_whole(school: SmallSchool, corners: Corners, corner: UUID) -> None:
    """Given a crate, when all of it comes back, then nothing is missing and the move is undone."""
    gone = corners.send(corner, "T-01", BOOKS, DUE, "thủ thư")
    back = corners.take_back(gone.crate_id, BOOKS, "thủ thư")

    assert (back.back, back.strange, back.missing) == (tuple(BOOKS), (), ())
    assert in_corner(school, corner) == 0
    assert corners.end(corner)


def test_crate_comes_back_in_part(school: SmallSchool, corners: Corners, corner: UUID) -> None:
    """Given a crate, when seven come and one of another, then three are listed (rule 27)."""
    gone = corners.send(corner, "T-01", BOOKS, DUE, "thủ thư")
    school.desk.check_out(school.known("An"), BOOKS[9])
    back = corners.take_back(gone.crate_id, [*BOOKS[:7], number("STN")], "thủ thư")
    later = corners.take_back(gone.crate_id, [BOOKS[0], BOOKS[7]], "thủ thư")

    assert back.strange == (number("STN"),)
    assert [(line.accession, line.on_loan) for line in back.missing] == [
        (BOOKS[7], False),
        (BOOKS[8], False),
        (BOOKS[9], True),
    ]
    assert (later.back, later.strange) == ((BOOKS[7],), (BOOKS[0],))
    assert [line.accession for line in corners.missing(gone.crate_id)] == BOOKS[8:]
    assert not corners.end(corner)


def test_corner_lends_as_any_other_place(
    school: SmallSchool, corners: Corners, corner: UUID
) -> None:
    """Given a copy in a corner, then it is lent and comes back at the station as any other."""
    corners.send(corner, "T-01", BOOKS, DUE, "thủ thư")
    lent = school.desk.check_out(school.known("An"), BOOKS[0])
    back = school.desk.check_in(BOOKS[0])

    assert isinstance(lent, CheckedOut)
    assert isinstance(back, Returned)
    assert school.copy(BOOKS[0]).corner_id == corner


def test_copies_that_cannot_go_are_told(
    school: SmallSchool, corners: Corners, corner: UUID
) -> None:
    """Given copies out, lost, gone already or unknown, then the rest goes and those are told."""
    school.desk.check_out(school.known("An"), BOOKS[0])
    school.losses.report_lost(BOOKS[1])
    corners.send(corner, "T-01", [BOOKS[2]], DUE, "thủ thư")
    gone = corners.send(corner, "T-02", [*BOOKS[:4], number("STK", 999)], DUE, "thủ thư")

    assert gone.sent == (BOOKS[3],)
    assert [one.reason for one in gone.refused] == [
        Refusal.ON_LOAN,
        Refusal.NOT_READY,
        Refusal.NOT_READY,
        Refusal.UNKNOWN_COPY,
    ]


def test_late_crates_are_shown(school: SmallSchool, corners: Corners, corner: UUID) -> None:
    """Given crates due in January, when that has passed, then those still out are listed (S52)."""
    first = corners.send(corner, "T-01", BOOKS[:3], DUE, "thủ thư")
    corners.send(corner, "T-02", BOOKS[3:6], DUE, "thủ thư")
    on_time = corners.overdue()
    corners.take_back(first.crate_id, BOOKS[:3], "thủ thư")
    school.set_clock(date(2027, 1, 16))

    assert on_time == ()
    assert corners.overdue() == ("T-02",)
    assert school.count(Crate) == 2
