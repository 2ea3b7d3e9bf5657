"""Classes and pupils' numbers are read as schools write them, and numbers stay secret."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.school_codes import (
    Homeroom,
    NoHomeroom,
    NoPupilCode,
    PupilCode,
    PupilCodeKind,
    hashed,
    parse_homeroom,
    read_pupil_code,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))
KEY = bytes(range(32))
MOET, NATIONAL = PupilCodeKind.MOET, PupilCodeKind.NATIONAL


@pytest.mark.parametrize(
    ("text", "homeroom"),
    [
        ("6A", Homeroom(6, "A", "6A")),
        ("6A1", Homeroom(6, "A1", "6A1")),
        ("6/1", Homeroom(6, "1", "6/1")),
        ("6.1", Homeroom(6, "1", "6.1")),
        ("Lớp 6A", Homeroom(6, "A", "6A")),
        ("6 A", Homeroom(6, "A", "6 A")),
        ("Lớp 6 A", Homeroom(6, "A", "6 A")),
        ("LỚP9Đ", Homeroom(9, "Đ", "9Đ")),
        ("lop 7b", Homeroom(7, "B", "7b")),
        ("8-02", Homeroom(8, "2", "8-02")),
        ("9 / 12", Homeroom(9, "12", "9 / 12")),
        ("61", Homeroom(6, "1", "61")),
        ("Lơ\u0301p\u00a06A\n", Homeroom(6, "A", "6A")),
    ],
)
def test_classes_are_read_as_written(text: str, homeroom: Homeroom) -> None:
    """Given a class as schools write it, then grade and section are told, and its own form kept."""
    assert parse_homeroom(text) == homeroom


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", NoHomeroom.EMPTY),
        (" \u200b", NoHomeroom.EMPTY),
        ("10A", NoHomeroom.OTHER_GRADE),
        ("5/1", NoHomeroom.OTHER_GRADE),
        ("12.6", NoHomeroom.OTHER_GRADE),
        ("6", NoHomeroom.UNREADABLE),
        ("Lớp", NoHomeroom.UNREADABLE),
        ("A6", NoHomeroom.UNREADABLE),
        ("6ABC", NoHomeroom.UNREADABLE),
        ("2026-01-06", NoHomeroom.UNREADABLE),
        ("٦A", NoHomeroom.UNREADABLE),
    ],
)
def test_what_is_no_class_is_said(text: str, why: NoHomeroom) -> None:
    """Given what is no class of grades 6 to 9, then the answer says why."""
    assert parse_homeroom(text) is why


@given(ANY_TEXT | st.from_regex(r"(lớp )?[0-9]{1,3}[ ./-]?[a-zđ]?[0-9]{0,2}", fullmatch=True))
def test_any_class_is_answered(text: str) -> None:
    """Given any text, then there is a class that reads as itself again, or a reason."""
    read = parse_homeroom(text)

    if isinstance(read, Homeroom):
        assert parse_homeroom(read.as_written) == read
        assert parse_homeroom(f"{read.grade}/{read.section}") == Homeroom(
            read.grade, read.section, f"{read.grade}/{read.section}"
        )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0123456789", PupilCode(MOET, "0123456789")),
        ("123456789", PupilCode(MOET, "0123456789", padded=True)),
        (" '0123 456 789", PupilCode(MOET, "0123456789")),
        ("001206000001", PupilCode(NATIONAL, "001206000001")),
        ("01206000001", PupilCode(NATIONAL, "001206000001", padded=True)),
    ],
)
def test_lost_zero_is_put_back(text: str, code: PupilCode) -> None:
    """Given a number that a spreadsheet shortened, when read, then its zero is back and told."""
    assert read_pupil_code(text) == code


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", NoPupilCode.EMPTY),
        ("1.23E+09", NoPupilCode.ROUNDED),
        ("1,23457e9", NoPupilCode.ROUNDED),
        ("1E10", NoPupilCode.ROUNDED),
        ("HS012345", NoPupilCode.NOT_DIGITS),
        ("012345678x", NoPupilCode.NOT_DIGITS),
        ("١٢٣٤٥٦٧٨٩", NoPupilCode.NOT_DIGITS),
        ("12345678", NoPupilCode.WRONG_LENGTH),
        ("1234567890123", NoPupilCode.WRONG_LENGTH),
    ],
)
def test_what_is_no_code_is_said(text: str, why: NoPupilCode) -> None:
    """Given what is no pupil's number, or one that was rounded, then the answer says why."""
    assert read_pupil_code(text) is why


@given(ANY_TEXT | st.from_regex(r"[0-9]{7,13}", fullmatch=True))
def test_any_code_is_answered(text: str) -> None:
    """Given any text, then there is a number of ten or twelve digits, or a reason."""
    read = read_pupil_code(text)

    if isinstance(read, PupilCode):
        assert (len(read.digits), read.kind) in ((10, MOET), (12, NATIONAL))
        assert read_pupil_code(read.digits) == PupilCode(read.kind, read.digits)


def test_digits_stay_out_of_logs() -> None:
    """Given a pupil's number, when it is shown as a log would, then its digits are not there."""
    assert "123456789" not in repr(read_pupil_code("0123456789"))


def test_hash_needs_the_schools_key() -> None:
    """Given one number and two keys, then the hashes are HMAC-SHA256 and differ."""
    code = PupilCode(MOET, "0123456789", padded=True)

    assert hashed(code, KEY) == hmac.new(KEY, b"moet:0123456789", hashlib.sha256).hexdigest()
    assert hashed(code, KEY) == hashed(PupilCode(MOET, "0123456789"), KEY)
    assert hashed(code, KEY) != hashed(code, KEY[::-1])


@pytest.mark.parametrize("key", [b"", KEY[:-1]])
def test_short_key_is_loud(key: bytes) -> None:
    """Given a key that could be guessed, then nothing is hashed with it."""
    with pytest.raises(ValueError, match="32 are needed"):
        hashed(PupilCode(MOET, "0123456789"), key)
