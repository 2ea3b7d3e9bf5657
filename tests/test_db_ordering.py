"""Titles, numbers and names sort as Vietnamese readers expect."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ordering import ALPHABET, PersonName, name_sort_key, sort_key, split_name
from db.text import clean

ANY_TEXT = st.text(st.characters(exclude_categories=()))
LETTERS_FIRST = "an ăn ân ần ẩn ẫn ấn ận da đa em êm on ôn ơn ua ưa"
"""As in the domain specification 7.3."""
THEN_TONES = "ma mà mả mã má mạ mà-i mai"
NAMES = st.text(st.sampled_from("aăâdđnhieuươấọĐỨ 01"))


def _shuffled(items: list[str]) -> list[str]:
    return random.Random(7).sample(items, len(items))


@pytest.mark.parametrize(
    "ordered",
    [
        LETTERS_FIRST.split(),
        list(ALPHABET),
        THEN_TONES.split(),
        ["Toán 6", "Toán 6 tập hai", "Toán 7", "Toán 10"],
        ["STK.00002", "STK.0010", "STK.000100", "STN.00001"],
        ["6A1", "6A2", "6A10", "6B", "7A"],
        ["", "!", "7", "a", "ж"],
        ["An Bình", "Anh"],
        ["án an", "an bình", "ãn binh"],
    ],
    ids=lambda ordered: "<".join(ordered)[:24],
)
def test_order_is_the_dictionarys(ordered: list[str]) -> None:
    """Given a list in its right order, when shuffled and sorted, then it is as before."""
    assert sorted(_shuffled(ordered), key=sort_key) == ordered


CLASS_LIST = [
    "Lê Thị Ái",
    "Nguyễn Văn An",
    "Vũ Đức An",
    "Lê Hoàng Anh",
    "Nguyễn Thị Ánh",
    "Phạm Minh Ân",
    "Trần Thị Dung",
    "Nguyễn Văn Đức",
    "Đỗ Thị Yến",
]
"""Invented names (domain specification 7.3)."""


@pytest.mark.parametrize(
    "ordered",
    [CLASS_LIST, ["An", "Lê An", "Lê Bảo An", "Lê Thị An", "Vũ An"]],
    ids=["specification", "short names"],
)
def test_class_list_goes_by_given_name(ordered: list[str]) -> None:
    """Given a class, when sorted, then by tên, then họ, then đệm."""
    assert sorted(_shuffled(ordered), key=name_sort_key) == ordered


@pytest.mark.parametrize(
    ("full_name", "parts"),
    [
        ("Nguyễn Thị Minh Ánh", PersonName("Nguyễn", "Thị Minh", "Ánh")),
        ("Lê An", PersonName("Lê", "", "An")),
        (" An ", PersonName("", "", "An")),
        ("Tôn  Nữ\u00a0Thị Ninh", PersonName("Tôn", "Nữ Thị", "Ninh")),
        ("", PersonName("", "", "")),
    ],
)
def test_names_come_apart(full_name: str, parts: PersonName) -> None:
    """Given a full name, then its first word is họ, its last tên, and all between đệm."""
    assert split_name(full_name) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [("Đức", "ĐỨC"), ("Toán 06", "toán 6"), ("façade", "facade"), ("To\u0301an", "Tóan")],
)
def test_case_and_zeros_say_nothing(one: str, other: str) -> None:
    """Given texts that differ in case, zeros before a number or foreign marks, then they tie."""
    assert sort_key(one) == sort_key(other)


@given(text=ANY_TEXT | NAMES)
def test_keys_are_plain(text: str) -> None:
    """Given any text, then its keys are ASCII without controls, the same for its clean form."""
    for key in (sort_key, name_sort_key):
        assert key(text).isascii()
        assert key(text).isprintable()
        assert key(text) == key(clean(text))


@given(name=ANY_TEXT | NAMES)
def test_no_part_of_a_name_is_lost(name: str) -> None:
    """Given any name, then its parts put together are the name."""
    parts = split_name(name)

    assert " ".join(filter(None, (parts.family, parts.middle, parts.given))) == clean(name)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 3))
def test_numbers_sort_by_value(one: int, other: int, zeros: int) -> None:
    """Given two numbers with zeros before them or not, then their keys stand as their values."""
    keys = sort_key(f"Tập {'0' * zeros}{one}"), sort_key(f"tập {other}")

    assert (keys[0] < keys[1]) == (one < other)
    assert (keys[0] == keys[1]) == (one == other)


def test_endless_digits_have_a_place() -> None:
    """Given a number longer than any, then it has a key and stands behind shorter ones."""
    assert sort_key("9" * 50) < sort_key("1" * 5000) < sort_key("a")
