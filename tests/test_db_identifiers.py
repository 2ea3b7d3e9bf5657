"""Cards, labels, ISBNs and commands are told apart by shape alone."""

from __future__ import annotations

from uuid import UUID

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
    CornerCode,
    CrateCode,
    Isbn,
    IsbnCode,
    MalformedCode,
    NoIsbn,
    PatronCard,
    UnknownCode,
    corner_text,
    crate_text,
    rank,
    read_code,
    read_isbn,
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


@pytest.mark.parametrize("text", ["HS204817", "STN.00042", "TS:XONG"])
def test_own_codes_matter_most(text: str) -> None:
    """Given a code of our own beside the publisher's, then ours matters more."""
    assert rank(text) > rank("9786040000002") > rank("8934567890123")


def test_school_has_its_own_kho() -> None:
    """Given a school's own prefixes, then labels of these are read and of no others."""
    own = ("KG", "KG2", "TA")

    assert read_code("KG2.00007", own) == CopyLabel(AccessionNumber("KG2.00007"))
    assert read_code("TA 7", own) == MalformedCode(CodeKind.LABEL, "TA 7")
    assert read_code("STN.00042", own) == UnknownCode("STN.00042")
    assert read_code("STN.00042", ()) == UnknownCode("STN.00042")
    assert rank("TA.00001", own) > rank("9786040000002", own) > rank("TA.00001")


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


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("978-0-306-40615-7", "9780306406157"),
        ("ISBN-13: 978 0 306 40615 7 ", "9780306406157"),
        ("0-306-40615-2", "9780306406157"),
        ("isbn 080442957x", "9780804429573"),
        ("9790000000001", "9790000000001"),
        ("978–0–306–40615\u00a07", "9780306406157"),
    ],
)
def test_typed_isbn_becomes_thirteen_digits(text: str, isbn: str) -> None:
    """Given an ISBN of ten or thirteen digits as people type it, then it is thirteen digits."""
    assert read_isbn(text) == isbn


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("978-0-306-40615-8", NoIsbn.CHECK_DIGIT),
        ("0-306-40615-3", NoIsbn.CHECK_DIGIT),
        ("978080442957X", NoIsbn.CHECK_DIGIT),
        ("8934567890123", NoIsbn.NOT_ISBN),
        ("X804429573", NoIsbn.NOT_ISBN),
        ("0--306406152", NoIsbn.NOT_ISBN),
        ("", NoIsbn.NOT_ISBN),
    ],
)
def test_what_is_no_isbn_is_said(text: str, why: NoIsbn) -> None:
    """Given what is no ISBN, or has a wrong digit, then the answer says which."""
    assert read_isbn(text) is why


@given(st.text() | st.from_regex(r"(ISBN ?)?(97[89]-?)?([0-9][ -]?){9}[0-9Xx]", fullmatch=True))
def test_any_isbn_is_one_for_the_scanner(text: str) -> None:
    """Given any text, then what is read as an ISBN is one to `read_code` as well."""
    read = read_isbn(text)

    assert isinstance(read, NoIsbn) or read_code(read) == IsbnCode(read)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_ten_digits_have_one_check(digits: str) -> None:
    """Given nine digits, then exactly one of the eleven last signs makes them an ISBN."""
    read = [read_isbn(digits + last) for last in "0123456789X"]

    assert sum(not isinstance(isbn, NoIsbn) for isbn in read) == 1


@pytest.mark.parametrize("number", ["K7M2-4QXD", "LC-01", "Thùng 3", "A/2026.1"])
def test_posters_and_manifests_are_read(number: str) -> None:
    """Given codes of a corner and a crate, when read, then they say which it is."""
    corner = UUID("019a1b2c-3d4e-7f60-8123-9f2c41d87a3b")

    assert read_code(corner_text(corner)) == CornerCode("9F2C41D87A3B")
    assert read_code(crate_text(number)) == CrateCode(number)
    assert rank(corner_text(corner)) == 2
    assert read_code("TS:GOC:9F2C41D87A3") == UnknownCode("TS:GOC:9F2C41D87A3")
