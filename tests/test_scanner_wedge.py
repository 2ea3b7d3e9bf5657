"""Keys and their moments: what is a scanner's burst, and what is somebody's fingers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.identifiers import rank
from scanner.texts import SILENCE_S
from scanner.wedge import Wedge
from tests.codes import our_codes

FRAME_S = 1 / 30
"""A window tells of keys once per frame."""
ENTER = "\n"

Keys = list[tuple[str, float]]
"""Texts of keys, each with the seconds since the key before."""


def keys(text: str, gap_s: float, first_gap_s: float = 1.0) -> Keys:
    """Type `text` at a steady pace."""
    return [(key, gap_s if place else first_gap_s) for place, key in enumerate(text)]


def heard(typed: Iterable[tuple[str, float]], frame_s: float = 0.0) -> list[str]:
    """Type, then be silent; give the codes that came out.

    Args:
        typed: The keys.
        frame_s: How long a frame is, at whose end a window tells of the keys in it; 0 tells
            of each key at its own moment.
    """
    wedge, now, told = Wedge(), 100.0, []
    for text, gap_s in typed:
        now += gap_s
        told.append(wedge.feed(text, now - now % frame_s if frame_s else now))
    told += [wedge.silence(now + wait_s) for wait_s in (SILENCE_S / 2, SILENCE_S, 3.0)]
    return [code for code in told if code is not None]


@given(our_codes(), st.sampled_from(["\n", "\r", "\t", "\r\n", ""]), st.data())
def test_burst_comes_out_once(code: str, end: str, data: st.DataObject) -> None:
    """Given any code of ours at any scanner's pace, with or without Enter, then it comes once."""
    gaps = data.draw(st.lists(st.floats(0, 0.05), min_size=20, max_size=20))
    typed = [(key, gap_s) for key, gap_s in zip(code + end, gaps, strict=False)]

    assert heard(typed) == [code]


@given(our_codes(), st.floats(0.001, 0.05), st.floats(0, FRAME_S))
def test_frames_do_not_break_a_burst(code: str, gap_s: float, since_frame_s: float) -> None:
    """Given a window that tells of keys frame by frame, then each code still comes once."""
    typed = [*keys(code, gap_s, since_frame_s), (ENTER, gap_s)]

    assert heard(typed * 3, FRAME_S) == [code] * 3


@given(our_codes(), st.lists(st.floats(0.09, 2.0), min_size=20, max_size=20))
def test_fingers_type_no_code(code: str, gaps: list[float]) -> None:
    """Given somebody who types a code of ours key by key, then nothing comes out."""
    assert heard(zip(code + ENTER, gaps, strict=False)) == []


@given(st.lists(st.tuples(st.text(max_size=3) | st.sampled_from("\r\n\tAB"), st.floats(-1, 2))))
def test_any_keys_are_borne(typed: Keys) -> None:
    """Given any keys at any moments, even out of order, then nothing breaks."""
    assert all(4 <= len(code) <= 64 for code in heard(typed))


@given(our_codes(), st.integers(1, 12), st.floats(0.2, 0.49))
def test_torn_code_is_not_another_books(code: str, place: int, gap_s: float) -> None:
    """Given a code that stops within and goes on too late, then no code of ours comes out."""
    torn = [*keys(code[:place], 0.01), *keys(code[place:], 0.01, gap_s), (ENTER, 0.01)]

    assert [rank(text) for text in heard(torn) if text != code] in ([], [0])
    assert (code in heard(torn)) is (place >= len(code))


def test_scan_follows_fingers() -> None:
    """Given half a word typed by hand, when a card is scanned soon after, then it is read."""
    typed = [*keys("xin ch", 0.2), *keys("HS204817", 0.005, 0.3), (ENTER, 0.005)]

    assert heard(typed) == ["HS204817"]


def test_late_enter_still_ends_a_code() -> None:
    """Given a scanner that rests before Enter, then the code comes once, and is whole."""
    assert heard([*keys("STN.00042", 0.02), (ENTER, 0.3)]) == ["STN.00042"]


def test_two_codes_without_enter_are_two() -> None:
    """Given a scanner without Enter, when it reads two labels, then both come, in order."""
    typed = [*keys("STN.00042", 0.01), *keys("STN.00043", 0.01, 0.8)]

    assert heard(typed) == ["STN.00042", "STN.00043"]


@pytest.mark.parametrize("mash", ["a", "as", "sdf", "\n\n\n", " \t"])
def test_rolling_fingers_are_no_code(mash: str) -> None:
    """Given keys pressed nearly at once, when they are few, then they are no code."""
    assert heard([*keys(mash, 0.01), (ENTER, 0.01)]) == []


def test_input_method_gives_a_code_at_once() -> None:
    """Given an input method that holds letters back, when it gives them at once, then read."""
    assert heard([("HS204817", 1.0), (ENTER, 0.01)]) == ["HS204817"]


def test_decomposed_letters_are_composed() -> None:
    """Given Vietnamese letters with loose marks, when they come in a burst, then they are NFC."""
    assert heard([*keys("De\u0302\u0301 Me\u0300n", 0.01), (ENTER, 0.01)]) == ["Dế Mèn"]
