"""Text is cleaned, folded and spelt the same whatever it comes from."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.text import Letter, TooLong, clean, fold, fold_for_search, read_text, spell

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Also halves of surrogate pairs, which a file name or a JSON text can bring."""

MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
TYPED_TEXT = st.text(st.sampled_from("aeghklmostuyđĐÂơỄ Y-–\u00ad\u200b\u00a0\n" + MARKS))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("De\u0302\u0301 Me\u0300n", "Dế Mèn"),
        ("Dê\u0301 Mèn", "Dế Mèn"),
        ("  Đất\u00a0rừng \t\r\n phương\u3000Nam ", "Đất rừng phương Nam"),
        ("\ufeffTo\u200bán\u200d 6\u00ad", "Toán 6"),
        ("a\u0000b\u0007c\u001b[2Jd", "abc[2Jd"),
        ("Hà\u2028Nội\u0085!", "Hà Nội !"),
        ("\u202eNam\u202c", "Nam"),
        ("a\ud800b", "ab"),
        ("e\u200b\u0301", "é"),
        ("❤\ufe0f\u3164", "❤"),
        ("a \u200b b", "a b"),
        ("Đắk Lắk, Đăk Lăk", "Đắk Lắk, Đăk Lăk"),
        ("\u200b \u3164", ""),
    ],
)
def test_nothing_invisible_is_kept(text: str, kept: str) -> None:
    """Given text as files and keyboards bring it, when cleaned, then what is seen is kept."""
    assert clean(text) == kept


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đất rừng phương Nam", "dat rung phuong nam"),
        ("Totto-chan  bên cửa sổ", "totto chan ben cua so"),
        ("Toán 6 – Sách giáo viên", "toan 6 sach giao vien"),
        ("hoà, hòa, uý, úy", "hoa, hoa, uy, uy"),
        ("ĐƯỜNG", "duong"),
        ("Straße İ", "strasse i"),
        ("địa lý", "dia ly"),
    ],
)
def test_folding_leaves_plain_letters(text: str, folded: str) -> None:
    """Given Vietnamese, when folded, then it is what is typed without Vietnamese keys."""
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("people", "books"),
    [
        ("Địa lý", "Địa lí"),
        ("Mỹ thuật", "Mĩ thuật"),
        ("kỹ năng", "kĩ năng"),
        ("hy sinh", "hi sinh"),
        ("bác sỹ", "bác sĩ"),
        ("tỷ lệ", "tỉ lệ"),
    ],
)
def test_y_and_i_fold_alike(people: str, books: str) -> None:
    """Given what people and schoolbooks write, when folded for search, then it is the same."""
    assert fold_for_search(people) == fold_for_search(books)


@pytest.mark.parametrize("text", ["thuy", "quy", "y", "hay", "ly2", "my_", "yen"])
def test_other_y_stays(text: str) -> None:
    """Given a y that is no single vowel after h, k, l, m, s or t, then it stays y."""
    assert fold_for_search(text) == text


def test_text_beyond_its_field_is_refused() -> None:
    """Given a field of six characters, when a text has seven, then it says so and cuts none."""
    assert read_text(" Toa\u0301n  6 ", 6) == "Toán 6"
    assert read_text("Toán 10", 6) == TooLong(length=7, most=6)


def test_letters_and_tones_come_apart() -> None:
    """Given a word however composed, when spelt, then each letter has its tone beside it."""
    spelt = [Letter("Â", 5), Letter("n", 3), Letter("ï", 0), Letter("ư", 1), Letter("6", 0)]

    assert list(spell("Ậñïừ6")) == spelt
    assert list(spell("A\u0323\u0302n\u0303i\u0308u\u0300\u031b6")) == spelt
    assert list(spell("\u0301a")) == [Letter("", 4), Letter("a", 0)]


@pytest.mark.parametrize("change", [clean, fold, fold_for_search])
@given(text=ANY_TEXT | TYPED_TEXT)
def test_any_text_settles_at_once(change: Callable[[str], str], text: str) -> None:
    """Given any text, when changed, then it is NFC, fit to be kept, and changing again is idle."""
    changed = change(text)

    assert change(changed) == changed == clean(changed)
    assert unicodedata.is_normalized("NFC", changed)
    changed.encode()


@given(text=ANY_TEXT | TYPED_TEXT)
def test_composition_changes_nothing(text: str) -> None:
    """Given one text in two normal forms, then both are cleaned and folded alike."""
    loose = unicodedata.normalize("NFD", text)

    assert clean(loose) == clean(text)
    assert fold(loose) == fold(text) == fold(clean(text))
    assert list(spell(loose)) == list(spell(text))


@given(text=ANY_TEXT | TYPED_TEXT, most=st.integers(0, 20))
def test_what_is_read_fits(text: str, most: int) -> None:
    """Given any text and limit, then it is kept whole or refused with its length."""
    match read_text(text, most):
        case TooLong(length, limit):
            assert length == len(clean(text)) > limit == most
        case kept:
            assert kept == clean(text)
            assert len(kept) <= most
