"""Accession numbers (số ĐKCB) as registers and old files write them. No database, no files.

`db.identifiers.read_code` knows the one form that our labels carry; this module reads the
many forms that people write, and prints that one (domain specification 2.4).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise

from db.identifiers import AccessionNumber
from db.text import clean


class NoNumber(StrEnum):
    """Why a text is no accession number."""

    EMPTY = "empty"
    KHO_MISSING = "kho-missing"
    """A bare number, and nothing says which register it belongs to."""
    KHO_UNKNOWN = "kho-unknown"
    """Letters that are no prefix or alias of the school's registers."""
    ZERO = "zero"
    """Registers count from 1."""
    TOO_LARGE = "too-large"
    """More than six digits."""
    UNREADABLE = "unreadable"


_PREFIX = r"[A-ZĐ]{1,5}[0-9]{0,2}"
_BETWEEN = r"[.\-_/ ]*"
_REST = r"(?:[/\-].*)?"
_BARE = re.compile(f"(?P<serial>[0-9]+){_REST}")
_ANY_PREFIX = re.compile(f"{_PREFIX}?{_BETWEEN}[0-9]+{_REST}|[0-9]+{_BETWEEN}{_PREFIX}{_REST}")
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Register:
    """How the numbers of one kho are written: a setting of the school."""

    kho: str
    """Prefix on labels."""
    width: int = 5
    """Digits on labels, 4 to 6, filled up with zeros."""
    aliases: tuple[str, ...] = ()
    """Other prefixes that mean this kho in old files."""

    def __post_init__(self) -> None:
        if not 4 <= self.width <= 6:
            raise ValueError(f"width {self.width} of {self.kho}: give 4, 5 or 6")
        if wrong := [name for name in self.names if not re.fullmatch(_PREFIX, name)]:
            raise ValueError(f"no prefix of a register: {', '.join(wrong)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Every prefix that means this kho."""
        return (self.kho, *self.aliases)

    def accession(self, serial: int) -> AccessionNumber:
        """The number as labels carry it: PREFIX.NNNNN."""
        return AccessionNumber(f"{self.kho}.{serial:0{self.width}d}")


@dataclass(frozen=True, slots=True)
class RegisterNumber:
    """One accession number that was read."""

    accession: AccessionNumber
    """As our labels carry it."""
    kho: str
    serial: int
    as_written: str
    """The text it was read from, as it came."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Serial numbers that nobody has, the first and the last."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One number that was met more than once (trùng)."""

    accession: AccessionNumber
    as_written: tuple[str, ...]
    """Every spelling, in the order they came; all but the first are one too many."""


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """What is amiss in the numbers of one kho."""

    kho: str
    count: int
    """Different numbers."""
    last: int
    gaps: tuple[Gap, ...]
    duplicates: tuple[Duplicate, ...]


REGISTERS = (
    Register("SGK"),
    Register("SGV", aliases=("GV",)),
    Register("SNV", aliases=("NV",)),
    Register("STK", aliases=("TK",)),
    Register("STN", aliases=("TN",)),
    Register("BC"),
)
"""What a school has that has set nothing: customary prefixes, five digits."""


def own_registers(widths: Mapping[str, int]) -> tuple[Register, ...]:
    """A school's registers, with the other prefixes that old files give the usual ones.

    An alias that the school has made the prefix of a kho means that kho alone.

    Args:
        widths: Digits on labels, by the prefix of each kho.
    """
    aliases = {register.kho: register.aliases for register in REGISTERS}
    return tuple(
        Register(kho, width, tuple(a for a in aliases.get(kho, ()) if a not in widths))
        for kho, width in widths.items()
    )


def parse_accession(
    text: str, kho: str | None = None, registers: tuple[Register, ...] = REGISTERS
) -> RegisterNumber | NoNumber:
    """Read an accession number in any of the spellings of old files.

    ``STK1``, ``STK-0001``, ``STK.00001``, ``stk 1``, ``00001/STK``, ``STK00001/2019`` are one
    number, and so is a bare ``1`` of the kho STK. A prefix that is written goes before `kho`.

    Args:
        text: What was written, in any case.
        kho: The register that bare numbers belong to, such as the sheet's name.
        registers: The school's registers and their aliases.

    Raises:
        ValueError: Two registers claim one prefix.
    """
    written = clean(text).upper()
    if not written:
        return NoNumber.EMPTY
    by_prefix, with_prefix = _reading(registers)
    if found := with_prefix.fullmatch(written):
        register = by_prefix[found["before"] or found["after"]]
        return _numbered(register, found["first"] or found["second"], text)
    if _ANY_PREFIX.fullmatch(written):
        return NoNumber.KHO_UNKNOWN
    found = _BARE.fullmatch(written)
    named = clean(kho or "").upper()
    if not found:
        return NoNumber.UNREADABLE
    return _numbered(by_prefix.get(named), found["serial"], text) if named else NoNumber.KHO_MISSING


def report_registers(
    numbers: Iterable[RegisterNumber], skipped: Mapping[str, frozenset[int]] | None = None
) -> tuple[RegisterReport, ...]:
    """Say what is missing and what is double, register by register.

    Args:
        numbers: Every number of the registers, in any order.
        skipped: Serial numbers that a register leaves out on purpose (số bỏ), by kho.
    """
    by_kho: dict[str, list[RegisterNumber]] = defaultdict(list)
    for number in numbers:
        by_kho[number.kho].append(number)
    return tuple(
        _report(kho, of_kho, (skipped or {}).get(kho, frozenset()))
        for kho, of_kho in sorted(by_kho.items())
    )


@cache
def _reading(registers: tuple[Register, ...]) -> tuple[dict[str, Register], re.Pattern[str]]:
    """The registers by everything they are called, and the pattern of numbers that say so."""
    claims = [(name, register) for register in registers for name in register.names]
    by_prefix = dict(claims)
    if len(by_prefix) < len(claims):
        raise ValueError("two registers claim one prefix")
    names = "|".join(sorted(by_prefix, key=len, reverse=True))  # "KG2" before "KG"
    first = f"(?P<before>{names}){_BETWEEN}(?P<first>[0-9]+)"
    second = f"(?P<second>[0-9]+){_BETWEEN}(?P<after>{names})"
    return by_prefix, re.compile(f"(?:{first}|{second}){_REST}")


def _numbered(register: Register | None, digits: str, written: str) -> RegisterNumber | NoNumber:
    serial = digits.lstrip("0")
    if register is None:
        return NoNumber.KHO_UNKNOWN
    if not serial:
        return NoNumber.ZERO
    if len(serial) > _MOST_DIGITS:
        return NoNumber.TOO_LARGE
    return RegisterNumber(register.accession(int(serial)), register.kho, int(serial), written)


def _report(kho: str, numbers: list[RegisterNumber], skipped: frozenset[int]) -> RegisterReport:
    by_serial: dict[int, list[RegisterNumber]] = defaultdict(list)
    for number in numbers:
        by_serial[number.serial].append(number)
    last = max(by_serial)
    known = sorted({0, *by_serial, *(serial for serial in skipped if serial < last)})
    gaps = tuple(Gap(a + 1, b - 1) for a, b in pairwise(known) if b - a > 1)
    doubles = tuple(_duplicate(same) for _, same in sorted(by_serial.items()) if len(same) > 1)
    return RegisterReport(kho, len(by_serial), last, gaps, doubles)


def _duplicate(same: list[RegisterNumber]) -> Duplicate:
    return Duplicate(same[0].accession, tuple(number.as_written for number in same))
