"""What the text of a code is: what is left out, what leaves a mark, what fingers may type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.identifiers import CardNumber, PatronCard, rank, read_code
from scanner.scan import Scan, Source
from scanner.texts import LONGEST_CODE, LOST, Line, as_code, typed_scan
from tests.codes import our_codes


def line_of(*pieces: str) -> str:
    """Send pieces of a code and its end."""
    line = Line()
    for piece in pieces:
        line.add(piece)
    return line.end()


@given(st.text())
def test_code_is_composed_visible_and_short(arrived: str) -> None:
    """Given anything a device sends, then its code is NFC, not too long, and stays as it is."""
    code = as_code(arrived)

    assert unicodedata.is_normalized("NFC", code)
    assert len(code) <= LONGEST_CODE
    assert not [c for c in code if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    assert as_code(code) == code


@given(our_codes(), st.text("\0\x02\x1d\x7f\ufeff​", max_size=3))
def test_invisible_characters_are_left_out(code: str, invisible: str) -> None:
    """Given a code of ours with control and format characters in it, then they are left out."""
    assert line_of(invisible, code[:3], invisible, code[3:], invisible) == code


@given(our_codes(), st.data())
def test_code_with_a_loss_is_not_ours(code: str, data: st.DataObject) -> None:
    """Given a code that lost something within or after it, then it is no code of ours."""
    place = data.draw(st.integers(1, len(code)))
    upto = data.draw(st.integers(place, len(code)))

    assert rank(line_of(code[:place], LOST, code[upto:])) == 0


@given(our_codes(), st.data())
def test_code_without_beginning_is_not_ours(code: str, data: st.DataObject) -> None:
    """Given a code whose beginning was lost, then what is left is no code of ours."""
    assert rank(line_of(LOST, code[data.draw(st.integers(1, len(code))) :])) == 0


@given(our_codes(), st.text(LOST + " ", max_size=5))
def test_noise_before_a_code_is_forgotten(code: str, noise: str) -> None:
    """Given noise on the line before a code, then the code is read."""
    assert line_of(noise, code) == code


@given(our_codes(), st.lists(st.text(" \0", min_size=1)))
def test_too_long_a_text_is_not_ours(code: str, rest: list[str]) -> None:
    """Given a code of ours at the head of a text too long, in any pieces, then it is not ours."""
    text = line_of(code, *rest, " " * LONGEST_CODE, "x")

    assert rank(text) == 0
    assert len(text) <= LONGEST_CODE


@pytest.mark.parametrize("noise", ["", "~", "abc", LOST * 9])
def test_too_short_a_text_is_noise(noise: str) -> None:
    """Given fewer characters than any code, when a line ends, then there is none."""
    assert line_of(noise) == ""


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("hs204817", "HS204817"),
        ("  gv2048 ", "GV2048"),
        ("ＳＴＮ．０００４２", "STN.00042"),
        ("stn。00042", "STN.00042"),
        ("ts：xong", "TS:XONG"),
        ("978–604—000‐000−2", "978-604-000-000-2"),
        ("de\u0302\u0301 me\u0300n", "DẾ MÈN"),
    ],
)
def test_typed_code_is_made_plain(typed: str, text: str) -> None:
    """Given a code as keyboards give it, when typed, then case, width and dashes are plain."""
    assert typed_scan(typed, 5.0) == Scan(text, None, 5.0, Source.TYPED)


@pytest.mark.parametrize("nothing", ["", "   ", "\t\n", "​"])
def test_nothing_typed_is_no_scan(nothing: str) -> None:
    """Given nothing that can be seen, when typed, then there is no scan."""
    assert typed_scan(nothing, 5.0) is None


def test_typed_card_is_understood() -> None:
    """Given a card's number in small letters, when typed, then it is that card."""
    scan = typed_scan("hs204817", 0.0)

    assert scan is not None
    assert read_code(scan.text) == PatronCard(CardNumber("HS204817"))
