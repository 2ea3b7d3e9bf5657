"""Tells the codes of a library apart by their shape. Keeps out the database and the screen.

The six families are disjoint by shape (design invariant 7), so a card can never be
taken for a book:

======== =============================== =======================
family   shape                        example
======== =============================== =======================
card     HS + 6 digits, GV + 4 digits ``HS204817``
label    kho, full stop, 4 to 6 digits ``STN.00042``
ISBN     978 or 979, 13 digits        ``9786040000002``
command  TS: and a word               ``TS:XONG``
corner   TS:GOC: and 12 signs of its id ``TS:GOC:9F2C41D87A3B``
crate    TS:THUNG: and its voucher    ``TS:THUNG:K7M2-4QXD``
======== =============================== =======================
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NewType
from uuid import UUID

CardNumber = NewType("CardNumber", str)
AccessionNumber = NewType("AccessionNumber", str)
Isbn = NewType("Isbn", str)


class Command(StrEnum):
    """What a command card says, for pupils who cannot reach the screen."""

    DONE = "TS:XONG"
    UNDO = "TS:BO"
    RETURN = "TS:TRA"
    RENEW = "TS:GIA-HAN"
    READ_HERE = "TS:DOC"
    HELP = "TS:GOI"


class CodeKind(StrEnum):
    """The families of our own codes."""

    CARD = "card"
    LABEL = "label"
    ISBN = "isbn"


@dataclass(frozen=True, slots=True)
class PatronCard:
    """A library card."""

    number: CardNumber


@dataclass(frozen=True, slots=True)
class CopyLabel:
    """The label on one copy, carrying its accession number (số ĐKCB)."""

    accession: AccessionNumber


@dataclass(frozen=True, slots=True)
class IsbnCode:
    """The bookshop's code on the back cover: tells the edition, not the copy."""

    isbn: Isbn


@dataclass(frozen=True, slots=True)
class CommandCard:
    """A card that stands for a button."""

    command: Command


@dataclass(frozen=True, slots=True)
class CornerCode:
    """The poster of a class corner, or a crate's label: whose books these are."""

    key: str
    """The last twelve signs of the corner's identity, which no other corner of a school has."""


@dataclass(frozen=True, slots=True)
class CrateCode:
    """The manifest of one crate."""

    number: str
    """Of its voucher."""


@dataclass(frozen=True, slots=True)
class MalformedCode:
    """Nearly one of ours: torn, mistyped or misread."""

    kind: CodeKind
    text: str


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """Not a library code at all."""

    text: str


class NoIsbn(StrEnum):
    """Why a typed text is no ISBN."""

    NOT_ISBN = "not-isbn"
    CHECK_DIGIT = "check-digit"
    """Ten or thirteen digits, but at least one of them is wrong."""


Code = (
    PatronCard
    | CopyLabel
    | IsbnCode
    | CommandCard
    | CornerCode
    | CrateCode
    | MalformedCode
    | UnknownCode
)


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the labels of one register are numbered."""

    prefix: str
    name: str
    width: int
    """Digits of a number."""


KHO_PREFIXES = ("SGK", "SGV", "SNV", "STK", "STN", "BC")
"""Prefixes of the accession registers of a school that has not said its own."""

CARD_DIGITS = {"HS": 6, "GV": 4}
"""Digits of a card's number, by the letters before them."""

LONGEST_CODE = 64
"""Characters; a longer text is no code of ours, whatever it holds."""

_COMMANDS = frozenset(command.value for command in Command)
_CORNER = re.compile(r"TS:GOC:([0-9A-F]{12})", re.ASCII)
_CRATE = re.compile(r"TS:THUNG:(\S.{0,31})")
_CARD = re.compile("|".join(rf"{who}\d{{{n}}}" for who, n in CARD_DIGITS.items()), re.ASCII)
_ISBN = re.compile(r"97[89]\d{10}", re.ASCII)
_TYPED_ISBN = re.compile(
    r"(?:ISBN(?:-?1[03])?[:\s]*)?((?:97[89][\s–-]?)?(?:[0-9][\s–-]?){9}[0-9X])",
    re.IGNORECASE,
)
_NEARLY_CARD = re.compile(r"(?:HS|GV)[\d ._-]*", re.ASCII)
_MOST_SCHOOLS = 64
"""Whose prefixes are kept as patterns."""


def read_code(text: str, prefixes: tuple[str, ...] = KHO_PREFIXES) -> Code:
    """Say what `text` is. Never raises, whatever it is given.

    Args:
        text: What was scanned or typed.
        prefixes: Of the school's own kho.
    """
    code = unicodedata.normalize("NFC", text).strip()
    if _CARD.fullmatch(code):
        return PatronCard(CardNumber(code))
    label, nearly_label = _labels(prefixes)
    if label.fullmatch(code):
        return CopyLabel(AccessionNumber(code))
    if _ISBN.fullmatch(code):
        return IsbnCode(Isbn(code)) if isbn_holds(code) else MalformedCode(CodeKind.ISBN, code)
    if code in _COMMANDS:
        return CommandCard(Command(code))
    if corner := _CORNER.fullmatch(code):
        return CornerCode(corner[1])
    if crate := _CRATE.fullmatch(code):
        return CrateCode(crate[1])
    code = code[:LONGEST_CODE]
    if _NEARLY_CARD.fullmatch(code):
        return MalformedCode(CodeKind.CARD, code)
    if nearly_label.fullmatch(code):
        return MalformedCode(CodeKind.LABEL, code)
    return UnknownCode(code)


def corner_text(corner_id: UUID) -> str:
    """What the code on a corner's poster says."""
    return f"TS:GOC:{corner_key(corner_id)}"


def corner_key(corner_id: UUID) -> str:
    """By what a corner is known in its code; two of a school never end alike."""
    return corner_id.hex[-12:].upper()


def crate_text(number: str) -> str:
    """What the code on a crate's manifest says."""
    return f"TS:THUNG:{number}"


def read_isbn(text: str) -> Isbn | NoIsbn:
    """Read an ISBN as people type it or lists have it: with hyphens, of ten digits or thirteen.

    Ten digits become thirteen, as booksellers count since 2007 (ISO 2108).
    """
    typed = _TYPED_ISBN.fullmatch(unicodedata.normalize("NFC", text).strip())
    if not typed:
        return NoIsbn.NOT_ISBN
    digits = re.sub(r"[^0-9X]", "", typed[1].upper())
    if len(digits) == 10:
        return _isbn_13(digits)
    return Isbn(digits) if _ISBN.fullmatch(digits) and isbn_holds(digits) else NoIsbn.CHECK_DIGIT


def rank(text: str, prefixes: tuple[str, ...] = KHO_PREFIXES) -> int:
    """How much a code matters when several are in view: 2 our own, 1 an ISBN, 0 any other.

    A library label stands beside the publisher's ISBN on many a back cover.
    """
    match read_code(text, prefixes):
        case PatronCard() | CopyLabel() | CommandCard() | CornerCode() | CrateCode():
            return 2
        case IsbnCode():
            return 1
    return 0


def isbn_holds(digits: str) -> bool:
    """Whether the check digit of a 13-digit ISBN is right (ISO 2108: weights 1 and 3, mod 10)."""
    return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0


def _isbn_13(ten: str) -> Isbn | NoIsbn:
    """Check ten digits (weights 10 to 1, mod 11, X for 10) and put them behind 978."""
    values = [10 if sign == "X" else int(sign) for sign in ten]
    if sum(value * (10 - place) for place, value in enumerate(values)) % 11:
        return NoIsbn.CHECK_DIGIT
    return next(Isbn(isbn) for last in range(10) if isbn_holds(isbn := f"978{ten[:9]}{last}"))


@lru_cache(_MOST_SCHOOLS)
def _labels(prefixes: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a label of these kho looks like, and what is nearly one."""
    longest_first = sorted(prefixes, key=len, reverse=True)  # "KG2" before "KG"
    kho = "|".join(map(re.escape, longest_first)) or r"(?!)"
    return (
        re.compile(rf"(?:{kho})\.\d{{4,6}}", re.ASCII),
        re.compile(rf"(?:{kho})[\d ._/-]+", re.ASCII),
    )
