"""Cards, labels, ISBNs and commands are told apart by shape alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.identifiers import (
    AccessionNumber,
    CardNumber,
    Code,
    CodeKind,
    Command,
    CommandCard,
    CopyLabel,
    Isbn,
    IsbnCode,
    MalformedCode,
    PatronCard,
    UnknownCode,
    rank,
    read_code,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("HS204817", PatronCard(CardNumber("HS204817"))),
        ("GV2048", PatronCard(CardNumber("GV2048"))),
        (" HS204817\n", PatronCard(CardNumber("HS204817"))),
        ("STN.00042", CopyLabel(AccessionNumber("STN.00042"))),
        ("SGK.1234", CopyLabel(AccessionNumber("SGK.1234"))),
        ("9786040000002", IsbnCode(Isbn("9786040000002"))),
        ("TS:XONG", CommandCard(Command.DONE)),
        ("HS20481", MalformedCode(CodeKind.CARD, "HS20481")),
        ("GV 20 48", MalformedCode(CodeKind.CARD, "GV 20 48")),
        ("STN42", MalformedCode(CodeKind.LABEL, "STN42")),
        ("STN.1234567", MalformedCode(CodeKind.LABEL, "STN.1234567")),
        ("9786040000003", MalformedCode(CodeKind.ISBN, "9786040000003")),
        ("hs204817", UnknownCode("hs204817")),
        ("8934567890123", UnknownCode("8934567890123")),
        ("TS:KHAC", UnknownCode("TS:KHAC")),
        ("HS٢٠٤٨١٧", UnknownCode("HS٢٠٤٨١٧")),
        ("", UnknownCode("")),
    ],
)
def test_shape_tells_family(text: str, code: Code) -> None:
    """Given a text, when it is read, then its shape alone says what it is."""
    assert read_code(text) == code


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """Given any text at all, when it is read, then there is an answer and never an error."""
    assert rank(text) in (0, 1, 2)
    assert len(getattr(read_code(text), "text", "")) <= 64


@given(st.from_regex(r"97[89][0-9]{9}", fullmatch=True), st.integers(0, 9))
def test_isbn_check_digit_decides(digits: str, last: int) -> None:
    """Given twelve digits, then exactly one last digit makes them an ISBN."""
    good = [n for n in range(10) if isinstance(read_code(f"{digits}{n}"), IsbnCode)]

    assert len(good) == 1
    assert (last in good) == (rank(f"{digits}{last}") == 1)
