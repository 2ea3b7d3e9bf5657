"""The self-check against circular 16/2022."""

from __future__ import annotations

import pytest

from db.registers.standards import TICKS, Criterion, Facts, Level, criteria

PUPILS, TEACHERS = 516, 21


def lines(copies: int, own: int = 0, **entered: str) -> dict[tuple[str, str], Criterion]:
    """The self-check's lines by what they are about and their level."""
    facts = Facts(PUPILS, TEACHERS, copies, 21, 0)
    return {(one.words, one.level): one for one in criteria(facts, 4, own, entered)}


COPIES = "Số bản cho mỗi học sinh"


@pytest.mark.parametrize(
    ("copies", "answer"), [(2_064, "đạt"), (2_063, "chưa đạt (3.998)"), (1_548, "chưa đạt (3.000)")]
)
def test_level_one_wants_four_copies(copies: int, answer: str) -> None:
    """S45: Given 516 pupils, then 2 064 copies are level 1, and one copy less is not."""
    assert lines(copies)[COPIES, Level.LAW_1].answer == answer


def test_own_target_stands_beside_the_law() -> None:
    """S47: Given 1 548 copies and an own target of 3, then it is met and the law's is not."""
    told = lines(1_548, own=3)

    assert told[COPIES, Level.OWN].answer == "đạt"
    assert told[COPIES, Level.LAW_1].answer.startswith("chưa đạt")


def test_level_two_wants_five_copies() -> None:
    """S45: Given copies for level 1 alone, then level 2 is not met."""
    assert lines(2_580)[COPIES, Level.LAW_2].answer == "đạt"
    assert lines(2_579)[COPIES, Level.LAW_2].answer.startswith("chưa đạt")


@pytest.mark.parametrize(("seats", "answer"), [("34", "chưa đạt (34)"), ("35", "đạt")])
def test_seats_are_held_against_the_target(seats: str, answer: str) -> None:
    """S51: Given a target of 35 seats, then 34 are not enough and 35 are."""
    told = lines(2_064, seats=seats, seats_wanted="35")

    assert told["Chỗ ngồi đọc", Level.OWN].answer == answer


def test_unset_threshold_is_never_met() -> None:
    """S45: Given no threshold for the area, then it is said to be unset, whatever the area is."""
    told = lines(2_064, area="500")

    assert told["Diện tích thư viện (m²)", Level.OWN].answer == "chưa đặt ngưỡng"
    assert lines(2_064)[COPIES, Level.OWN].answer == "chưa đặt ngưỡng"


def test_criteria_nobody_looked_at_are_open() -> None:
    """S45, S53: Given no ticks, then manual criteria are open, and the software is evidence."""
    told = lines(2_064, plan="QĐ 12/QĐ-THCS")
    words = [words for key, (_, words) in TICKS.items() if key != "plan"]

    assert {told[one, "Mức 1, 2"].answer for one in words} == {"chưa đánh giá"}
    assert told[TICKS["plan"][1], "Mức 1, 2"].evidence == "QĐ 12/QĐ-THCS"
    assert any("Xuất Excel và PDF" in one.evidence for one in told.values())


def test_school_without_teachers_meets_nothing() -> None:
    """Given an empty school, then nothing is said to be met for want of people."""
    told = list(criteria(Facts(0, 0, 0, 0, 0), 4, 3, {}))

    assert {one.answer for one in told if one.standard == "1"} <= {
        "chưa đặt ngưỡng", "chưa đánh giá", "chưa đạt (0 tên)",
    }  # fmt: skip
