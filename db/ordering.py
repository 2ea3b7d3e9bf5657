"""The order of Vietnamese titles, numbers and names. No database, no files.

Keys are strings of ASCII signs, compared byte by byte, so that Python, SQLite and
PostgreSQL (`COLLATE "C"`) sort alike. A key has two parts: what letters there are, then
what tones they bear; so tones decide only between texts of the same letters.
"""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from db.text import clean, fold, spell

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
"""The 29 letters, with f, j, w and z at their Latin places (domain specification 7.3)."""

_RANKS = dict(zip(ALPHABET, string.ascii_uppercase + string.ascii_lowercase, strict=False))
_PIECES = re.compile(r"\d+|\D")
_LONGEST_NUMBER = 99
"""Digits; a longer number stands among those of 99."""

_KEPT = 16_384
"""Texts whose places are not worked out again: a school's titles, names and classes."""

# How a piece of a key begins; their ASCII order is the order of the kinds. Letters follow.
_LEVEL, _GAP, _SIGN, _OTHER_LETTER = ' !"{'


@dataclass(frozen=True, slots=True)
class PersonName:
    """A full name in its parts; what a name has not is empty."""

    family: str
    """Họ: the first word."""
    middle: str
    """Chữ đệm: everything between."""
    given: str
    """Tên: the last word, and the only one of a one-word name."""


@lru_cache(_KEPT)
def sort_key(text: str) -> str:
    """Place of `text` in an alphabetical list; numbers in it sort by value, case says nothing."""
    spelt = list(spell(clean(text).casefold()))
    ranks = (_rank(piece) for piece in _PIECES.findall("".join(letter for letter, _ in spelt)))
    tones = (str(tone) for letter, tone in spelt if letter.isalpha())
    return "".join((*ranks, _LEVEL, *tones))


def split_name(full_name: str) -> PersonName:
    """Take a name apart in the Vietnamese way; foreign and double surnames are not known."""
    words = clean(full_name).split()
    family = words[0] if len(words) > 1 else ""
    return PersonName(family, " ".join(words[1:-1]), words[-1] if words else "")


@lru_cache(_KEPT)
def name_sort_key(full_name: str) -> str:
    """Place of a pupil in the class list: by tên, then họ, then đệm, as schools do."""
    name = split_name(full_name)
    return _LEVEL.join(sort_key(part) for part in (name.given, name.family, name.middle))


def _rank(piece: str) -> str:
    if piece.isdecimal():
        return _number_rank(piece)
    if piece.isspace():
        return _GAP
    if piece.isalpha():
        return "".join(
            _RANKS.get(letter) or _code(_OTHER_LETTER, letter) for letter in _near(piece)
        )
    return _code(_SIGN, piece)


def _number_rank(digits: str) -> str:
    """Its length, then itself: 9 is before 10. Any script's digits will do."""
    value = "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0")
    return f"{min(len(value), _LONGEST_NUMBER):02}{value}"


def _near(letter: str) -> str:
    """The letters of the alphabet that stand for a foreign one: c for ç."""
    return letter if letter in _RANKS else fold(letter)


def _code(kind: str, sign: str) -> str:
    return f"{kind}{ord(sign):06x}"
