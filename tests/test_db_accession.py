"""Accession numbers are read in every spelling, printed in one, and their registers checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.accession import (
    REGISTERS,
    Duplicate,
    Gap,
    NoNumber,
    Register,
    RegisterNumber,
    RegisterReport,
    parse_accession,
    report_registers,
)
from db.identifiers import AccessionNumber, CopyLabel, read_code

SPELLINGS = ("STK1", "STK-0001", "STK.00001", "stk 1", "00001/STK", "STK00001/2019", "1")
"""One copy in the seven spellings of the domain specification 2.4."""


def numbers(*texts: str, kho: str | None = "STK") -> list[RegisterNumber]:
    """What is read of `texts`; each must be a number."""
    read = [parse_accession(text, kho) for text in texts]
    return [number for number in read if not isinstance(number, NoNumber)]


@pytest.mark.parametrize(
    "text", [*SPELLINGS, "STK_1", " STK .\u00a000001 ", "tk-01", "1 - stk/2019", "stk.0000000001"]
)
def test_every_spelling_is_one_copy(text: str) -> None:
    """Given one number in any spelling, when read, then it is that number and keeps its text."""
    read = RegisterNumber(AccessionNumber("STK.00001"), "STK", 1, text)

    assert parse_accession(text, kho="stk ") == read


def test_seven_spellings_warn_six_times() -> None:
    """Given one copy imported in seven spellings, then it is one number and six are too many."""
    (report,) = report_registers(numbers(*SPELLINGS))

    assert (report.count, report.gaps) == (1, ())
    assert report.duplicates == (Duplicate(AccessionNumber("STK.00001"), SPELLINGS),)
    assert len(report.duplicates[0].as_written) - 1 == 6


@pytest.mark.parametrize(
    ("text", "kho", "why"),
    [
        ("", "STK", NoNumber.EMPTY),
        (" \u200b ", None, NoNumber.EMPTY),
        ("12", None, NoNumber.KHO_MISSING),
        ("12", " ", NoNumber.KHO_MISSING),
        ("12", "Danh mục", NoNumber.KHO_UNKNOWN),
        ("KHO.00012", "STK", NoNumber.KHO_UNKNOWN),
        ("12/KHO", "STK", NoNumber.KHO_UNKNOWN),
        ("STK.00000", None, NoNumber.ZERO),
        ("0", "STK", NoNumber.ZERO),
        ("STK1234567", None, NoNumber.TOO_LARGE),
        ("9" * 5000, "STK", NoNumber.TOO_LARGE),
        ("STK", "STK", NoNumber.UNREADABLE),
        ("STK 1.5", "STK", NoNumber.UNREADABLE),
        ("1.0", "STK", NoNumber.UNREADABLE),
        ("truyện 12", "STK", NoNumber.UNREADABLE),
        ("STK ١", "STK", NoNumber.UNREADABLE),
    ],
)
def test_what_is_no_number_is_said(text: str, kho: str | None, why: NoNumber) -> None:
    """Given what is no accession number, then the answer says why."""
    assert parse_accession(text, kho) is why


@pytest.mark.parametrize(
    ("text", "accession"),
    [("TK7", "STK.00007"), ("TN7", "STN.00007"), ("NV7", "SNV.00007"), ("GV7", "SGV.00007")],
)
def test_short_prefixes_mean_theirs(text: str, accession: str) -> None:
    """Given a customary short prefix, then it means the register it is short for."""
    assert [number.accession for number in numbers(text, kho=None)] == [accession]


def test_written_prefix_goes_first() -> None:
    """Given a number with a prefix on the sheet of another kho, then the prefix is believed."""
    assert [number.kho for number in numbers("STN.00007", kho="STK")] == ["STN"]


def test_school_sets_prefix_and_width() -> None:
    """Given a school's own registers, then numbers are read and printed as it does."""
    registers = (Register("KG", width=4), Register("KG2", width=6, aliases=("ĐC",)))

    read = [parse_accession(text, None, registers) for text in ("kg 12", "KG2-12", "đc 3", "STK1")]

    printed = [number if isinstance(number, NoNumber) else number.accession for number in read]
    assert printed == ["KG.0012", "KG2.000012", "KG2.000003", NoNumber.KHO_UNKNOWN]


@pytest.mark.parametrize(
    ("kho", "width", "aliases"),
    [
        ("STK", 3, ()),
        ("STK", 7, ()),
        ("stk", 5, ()),
        ("STK", 5, ("T.K",)),
        ("", 5, ()),
        ("STK\n", 5, ()),
    ],
)
def test_impossible_register_is_loud(kho: str, width: int, aliases: tuple[str, ...]) -> None:
    """Given a register that no number could be of, then it cannot be made."""
    with pytest.raises(ValueError, match=r"give 4, 5 or 6|no prefix"):
        Register(kho, width, aliases)


def test_prefix_of_two_registers_is_loud() -> None:
    """Given two registers that claim one prefix, then nothing is read by chance."""
    with pytest.raises(ValueError, match="two registers"):
        parse_accession("TK1", None, (Register("STK", aliases=("TK",)), Register("TK")))


def test_report_names_gaps() -> None:
    """Given registers with holes, then each hole is named, but for what is skipped on purpose."""
    found = numbers("STK3", "STK4", "STK9", "STK9", "STN2")

    assert report_registers(found, skipped={"STK": frozenset((1, 2, 7, 400))}) == (
        RegisterReport(
            kho="STK",
            count=3,
            last=9,
            gaps=(Gap(5, 6), Gap(8, 8)),
            duplicates=(Duplicate(AccessionNumber("STK.00009"), ("STK9", "STK9")),),
        ),
        RegisterReport(kho="STN", count=1, last=2, gaps=(Gap(1, 1),), duplicates=()),
    )
    assert report_registers([]) == ()


@given(
    register=st.sampled_from(REGISTERS),
    serial=st.integers(1, 999_999),
    between=st.sampled_from(["", ".", "-", "/", "_", " ", ". "]),
    after=st.sampled_from(["", "/2019", "-b"]),
)
def test_printed_numbers_are_read(
    register: Register, serial: int, between: str, after: str
) -> None:
    """Given any number of any register, when written and read, then it is itself, and a label."""
    accession = register.accession(serial)

    (read,) = numbers(f"{register.names[-1].lower()}{between}{serial}{after}")
    assert (read.accession, read.serial) == (accession, serial)
    assert numbers(accession)[0].accession == accession
    assert read_code(accession) == CopyLabel(accession)


@given(
    text=st.text(st.characters(exclude_categories=()))
    | st.from_regex(r"[A-ZĐ]{0,4}[.\-_/ ]?\d{0,8}"),
    kho=st.none() | st.text(),
)
def test_any_text_is_answered(text: str, kho: str | None) -> None:
    """Given any text and sheet name, then there is a number that keeps the text, or a reason."""
    read = parse_accession(text, kho)

    assert isinstance(read, NoNumber) or (read.as_written == text and 1 <= read.serial <= 999_999)


@given(serials=st.lists(st.integers(1, 60)), skipped=st.frozensets(st.integers(1, 80)))
def test_report_accounts_for_every_number(serials: list[int], skipped: frozenset[int]) -> None:
    """Given any register, then up to its last number each is there, skipped, or in a gap."""
    reports = report_registers(numbers(*map(str, serials)), {"STK": skipped})

    for report in reports:
        missing = {n for gap in report.gaps for n in range(gap.first, gap.last + 1)}
        assert missing == set(range(1, max(serials) + 1)) - set(serials) - skipped
        assert report.count + sum(len(d.as_written) - 1 for d in report.duplicates) == len(serials)
    assert len(reports) == bool(serials)
