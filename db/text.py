"""Vietnamese text as the records keep it, and as it is compared. No database, no files.

`clean` stands at every door: what was typed, scanned or imported is NFC before anything
compares or prints it. Text of the old fonts goes through `db.legacy_fonts` before that,
because their "ư" is the soft hyphen, which `clean` takes away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
"""Combining marks of the six tones, in the order of the dictionary: ngang (none), huyền,
hỏi, ngã, sắc, nặng (domain specification 7.3)."""

_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing: fillers, joiners and variation selectors (Unicode
DerivedCoreProperties, Default_Ignorable_Code_Point, those that are not format characters)."""

_CLUSTERS = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
"""A sign with the combining marks above and below it; or marks that have lost their letter."""

_SINGLE_Y = re.compile(r"\b([hklmst])y\b")


class _Folding(dict[int, str]):
    """What becomes of each sign, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        match unicodedata.category(sign):
            case "Mn":
                self[code] = ""
            case "Pd":
                self[code] = " "
            case _:
                self[code] = sign
        return self[code]


_FOLDED = _Folding({ord("đ"): "d"})


@dataclass(frozen=True, slots=True)
class TooLong:
    """A text its field cannot hold; nothing was cut off."""

    length: int
    """Characters it has."""
    most: int
    """Characters the field holds."""


class Letter(NamedTuple):
    """One written letter, taken apart."""

    letter: str
    """The letter without its tone: "â" of "ấ". Whatever is no letter is itself."""
    tone: int
    """Place in `TONES`; 0 for none."""


def clean(text: str) -> str:
    """Make `text` fit to be kept: NFC, nothing invisible, single spaces, none at the ends."""
    seen = _BLANKS.sub("", text)
    if not seen.isprintable():
        seen = "".join(sign for sign in seen if sign.isspace() or _is_seen(sign))
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def read_text(text: str, most: int) -> str | TooLong:
    """Clean `text` for a field of `most` characters."""
    kept = clean(text)
    return kept if len(kept) <= most else TooLong(len(kept), most)


def fold(text: str) -> str:
    """Reduce `text` to what is typed without Vietnamese keys: "Đất-rừng" is "dat rung".

    Marks and case go, hyphens and dashes become spaces, đ becomes d, which no Unicode
    normalisation does (domain specification 7.4).
    """
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFD", clean(text)).casefold())
    return clean(plain.translate(_FOLDED))


def fold_for_search(text: str) -> str:
    """Fold `text`, and write y as i where schoolbooks and people differ: "Mỹ" and "Mĩ" are "mi".

    That is in syllables whose one vowel follows h, k, l, m, s or t (domain specification 7.4).
    """
    return with_single_i(fold(text))


def with_single_i(text: str) -> str:
    """Write the y of hy, ky, ly, my, sy and ty as i; `text` is in lower case without tones."""
    return _SINGLE_Y.sub(r"\1i", text)


def spell(text: str) -> Iterator[Letter]:
    """Take `text` apart into letters and tones: "Ậ" is "Â" and nặng."""
    for cluster in _CLUSTERS.findall(unicodedata.normalize("NFD", text)):
        marks = [sign for sign in cluster if sign in TONES]
        letter = "".join(sign for sign in cluster if sign not in TONES)
        yield Letter(unicodedata.normalize("NFC", letter), TONES.index(marks[-1]) if marks else 0)


def _is_seen(sign: str) -> bool:
    """Whether `sign` is no control, format or half a surrogate pair."""
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs")
