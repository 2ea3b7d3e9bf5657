"""Codes that schools and the ministry give: of classes and of pupils. No database, no files."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum

from db.text import clean


@dataclass(frozen=True, slots=True)
class Homeroom:
    """A class of pupils."""

    grade: int
    """Khối, 6 to 9."""
    section: str
    """What tells it from the others of its grade, in capitals: "A", "A1", "2"."""
    as_written: str
    """As the school writes it, without the word "Lớp": "6A", "6/2"."""


class NoHomeroom(StrEnum):
    """Why a text is no class of this school."""

    EMPTY = "empty"
    OTHER_GRADE = "other-grade"
    """A class, but not of grades 6 to 9."""
    UNREADABLE = "unreadable"


class PupilCodeKind(StrEnum):
    """Whose number it is."""

    MOET = "moet"
    """Mã định danh of the ministry's database: ten digits, the same through all schools."""
    NATIONAL = "national"
    """Số định danh cá nhân: twelve digits; never kept or printed, matched by its hash only."""
    LOCAL = "local"
    """A number that the school itself gave, of any shape; `read_pupil_code` never answers it."""


@dataclass(frozen=True, slots=True)
class PupilCode:
    """A pupil's or teacher's number; its digits stay out of logs."""

    kind: PupilCodeKind
    digits: str = field(repr=False)
    padded: bool = False
    """Whether a zero was put back that a spreadsheet had taken for a number's; show that."""


class NoPupilCode(StrEnum):
    """Why a text is no pupil's code."""

    EMPTY = "empty"
    ROUNDED = "rounded"
    """Scientific notation, 1.23E+09: a spreadsheet has thrown the last digits away."""
    NOT_DIGITS = "not-digits"
    WRONG_LENGTH = "wrong-length"


GRADES = range(6, 10)
"""Of a lower-secondary school (THCS)."""

KEY_BYTES = 32
"""Least length of the school's key: that of the hash itself (RFC 2104, section 3)."""

_HOMEROOM = re.compile(
    r"(?:L[ỚO]P ?)?"
    r"(?P<written>(?P<grade>[0-9]{1,2}?) ?[.\-/]? ?(?P<section>[A-ZĐ][0-9]{0,2}|[0-9]{1,2}))",
    re.IGNORECASE,
)
_ROUNDED = re.compile(r"[0-9]+(?:[.,][0-9]*)?E\+?[0-9]+", re.IGNORECASE)
_KINDS = {10: PupilCodeKind.MOET, 12: PupilCodeKind.NATIONAL}


def parse_homeroom(text: str) -> Homeroom | NoHomeroom:
    """Read a class as schools write it: 6A, 6A1, 6/1, 6.1, 6 A, Lớp 6A.

    Source:
        Domain specification 2.5.
    """
    written = clean(text)
    found = _HOMEROOM.fullmatch(written)
    if not found:
        return NoHomeroom.UNREADABLE if written else NoHomeroom.EMPTY
    section = found["section"].upper()
    if int(found["grade"]) not in GRADES:
        return NoHomeroom.OTHER_GRADE
    plain = str(int(section)) if section.isdecimal() else section
    return Homeroom(int(found["grade"]), plain, found["written"])


def read_pupil_code(text: str) -> PupilCode | NoPupilCode:
    """Read the number of a pupil or teacher, and put back the zero a spreadsheet took.

    Nine digits were ten, eleven were twelve; what was rounded cannot be put right.

    Source:
        Domain specification 3.1.
    """
    written = clean(text).removeprefix("'").replace(" ", "")
    if not written:
        return NoPupilCode.EMPTY
    if _ROUNDED.fullmatch(written):
        return NoPupilCode.ROUNDED
    if not (written.isascii() and written.isdecimal()):
        return NoPupilCode.NOT_DIGITS
    digits = written.zfill(len(written) + len(written) % 2)
    kind = _KINDS.get(len(digits))
    return PupilCode(kind, digits, digits != written) if kind else NoPupilCode.WRONG_LENGTH


def hashed(code: PupilCode, key: bytes) -> str:
    """What stands for `code` in the records: HMAC-SHA256 with the school's key, in hex.

    A plain hash would hide nothing: for the pupils of one school a national number leaves
    six free digits for each sex and year of birth, and those few million are tried out in
    seconds. With a key that is kept outside the database, whoever has only the database can
    try nothing, and two schools' records cannot be laid side by side. With a new key every
    hash is another one: the codes must then be imported again.

    Args:
        code: The number of a pupil or teacher.
        key: The school's secret, at least `KEY_BYTES` random bytes.

    Raises:
        ValueError: The key is too short.

    Source:
        RFC 2104; domain specification 3.1 and 6.
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"the school's key has {len(key)} bytes; {KEY_BYTES} are needed")
    return hmac.new(key, f"{code.kind}:{code.digits}".encode(), hashlib.sha256).hexdigest()
