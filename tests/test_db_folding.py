"""Facts of crates, told in any order: what is left is what happened, not what was told last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from db.engine import sqlite_url
from db.folding import Fold
from db.models import Copy, CopyChange, Corner, Crate, CrateCopy
from db.sync.messages import CrateBack, CrateSent
from tests.small_school import MORNING, SmallSchool, named, number

Move = CrateSent | CrateBack
COPIES = tuple(named(number("STN", position)) for position in (1, 2))
CRATES = (named("crate"), named("another crate"))
CORNER = named("corner")
TABLES = (Crate, CrateCopy, Copy, CopyChange)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path_factory.mktemp("crates") / "hub.db"))
    with made.engine.begin() as connection:
        row = {"school_id": 1, "id": CORNER, "name": "Góc lớp 6A", "homeroom": "6A"}
        connection.execute(insert(Corner).values(**row, teacher_id=named("Lan")))
    yield made
    made.close()


def sent(minute: int, crate: int = 0, copies: Sequence[int] = (0,)) -> CrateSent:
    """Copies went into a crate at a minute of the morning."""
    what = {"number": f"LC-{crate}", "due": date(2026, 12, 1) + timedelta(days=minute)}
    return CrateSent(
        crate_id=CRATES[crate],
        corner_id=CORNER,
        copy_ids=tuple(COPIES[one] for one in copies),
        at=MORNING + timedelta(minutes=minute),
        author=f"thủ thư {minute}",
        **what,  # type: ignore[arg-type]
    )


def back(minute: int, giver: str, crate: int = 0, copies: Sequence[int] = (0,)) -> CrateBack:
    """Copies came out of a crate at a minute of the morning."""
    return CrateBack(
        crate_id=CRATES[crate],
        copy_ids=tuple(COPIES[one] for one in copies),
        handed_in_by=named(giver),
        at=MORNING + timedelta(minutes=minute),
    )


def left_by(school: SmallSchool, moves: Sequence[Move]) -> dict[str, set[tuple[Any, ...]]]:
    """What the tables have once some facts were entered, all of which is taken away again."""
    with school.engine.connect() as connection:
        fold = Fold(connection, 1)
        for move in moves:
            assert fold.enter(move)
        return {
            table.__tablename__: {tuple(row) for row in connection.execute(_all_of(table))}
            for table in TABLES
        }


def _all_of(table: Any) -> Any:
    return select(table.__table__)


@st.composite
def histories(draw: st.DrawFn) -> list[Move]:
    """Moves in and out of two crates, each begun by a sending, one a minute."""
    both = sent(0, 0, (0, 1)), sent(1, 1, (0, 1))
    later: list[Move] = []
    for minute in range(2, draw(st.integers(3, 7))):
        crate = draw(st.integers(0, 1))
        copies = draw(st.lists(st.integers(0, 1), min_size=1, max_size=2, unique=True))
        giver = draw(st.sampled_from(("An", "Chi")))
        is_sent = draw(st.booleans())
        later.append(sent(minute, crate, copies) if is_sent else back(minute, giver, crate, copies))
    return [*both, *later]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.randoms(use_true_random=False))
def test_order_of_telling_leaves_crates_alike(
    school: SmallSchool, happened: list[Move], chance: Any
) -> None:
    """Given moves of two crates, when told in another order and twice, then all is as it was."""
    begun, later = happened[:2], happened[2:]
    told = [*later, *later[:2]]
    chance.shuffle(told)

    assert left_by(school, [*begun[::-1], *told]) == left_by(school, happened)


def test_copy_sent_again_is_out_though_its_return_is_told_last(school: SmallSchool) -> None:
    """Given a copy sent, brought back and sent again, when its return is told last, it is out."""
    left = left_by(school, [sent(0), sent(9), back(4, "An")])

    assert left["crate_copy"] == {(1, CRATES[0], COPIES[0], None, None)}


def test_return_told_before_its_crate_counts(school: SmallSchool) -> None:
    """Given a return whose crate nobody knew, when the crate is told, then the copy is back."""
    left = left_by(school, [back(4, "An"), sent(0)])
    ((*_, back_at, _),) = left["crate_copy"]

    assert back_at == MORNING + timedelta(minutes=4)


def test_crate_bears_the_day_of_its_first_sending(school: SmallSchool) -> None:
    """Given a crate packed twice, when the later is told first, then the earlier dates it."""
    left = left_by(school, [sent(5), sent(0)])

    assert left["crate"] == left_by(school, [sent(0), sent(5)])["crate"]
