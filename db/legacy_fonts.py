"""Text of the old Vietnamese fonts, TCVN3 (ABC) and VNI, made Unicode. No database, no files.

Registers kept since the nineties were typed in fonts that draw Vietnamese letters at the
code points of others: "LÞch sö" looks like "Lịch sử" as long as its font is .VnTime.
`examine` says of a column what it is written in and how sure that is; nothing is converted
before somebody has seen its `changes` (domain specification 7.2).

It takes the text as the file has it. `db.text.clean` comes afterwards: the "ư" of TCVN3 is
the soft hyphen, and a file that was read as code page 1258 has loose combining marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from db.syllables import is_syllable
from db.text import TONES


class Encoding(StrEnum):
    """What a text is written in."""

    UNICODE = "unicode"
    TCVN3 = "tcvn3"
    VNI = "vni"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a school's file."""

    text: str
    """As the file has it, not cleaned."""
    font: str = ""
    """Name of its font; empty where the file knows none."""


@dataclass(frozen=True, slots=True)
class FontHint:
    """What the name of a font says of the text in it."""

    encoding: Encoding | None
    """None for an old font of unknown encoding: a person must say."""
    capitals: bool = False
    """Whether the font draws small letters as capitals."""


@dataclass(frozen=True, slots=True)
class Change:
    """One cell before and after, for a person to look at."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a column is written in, and how sure that is."""

    encoding: Encoding
    sure: bool
    """False when a person must choose, with the changes before their eyes."""
    words: int
    """Words that speak for or against: those with signs beyond ASCII, in cells that are not
    Unicode beyond doubt."""
    before: int
    """How many of these are Vietnamese syllables as they stand."""
    after: int
    """How many are, once converted."""
    mixed: bool = False
    """Whether some cells are Unicode beyond doubt and others are not."""

    def convert(self, cell: Cell) -> str:
        """Make `cell` Unicode; its own font goes before what the column is found to be."""
        hint = read_font(cell.font) or FontHint(None)
        encoding = hint.encoding or self.encoding
        if self.encoding is Encoding.UNICODE:
            return cell.text
        if self.mixed and not _reads_better(cell.text, encoding):
            return cell.text
        return convert(cell.text, encoding, capitals=hint.capitals)

    def changes(self, cells: Iterable[Cell], most: int = 20) -> tuple[Change, ...]:
        """The first cells that would change, before and after, each once."""
        pairs = (Change(cell.text, self.convert(cell)) for cell in dict.fromkeys(cells))
        return tuple(islice((pair for pair in pairs if pair.before != pair.after), most))


ENOUGH = 0.95
"""Share of words that must be syllables after conversion (domain specification 7.2)."""
MARGIN = 0.20
"""By how much that share must rise."""
FEWEST_WORDS = 5
"""Below this many words only a font's name can make a finding sure: "µm" is no evidence."""

_TCVN3_RUNS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
"""The 74 letters of TCVN3 by the byte of the first of each run (as `iconv -f TCVN` reads them)."""

_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_MARKS = (
    ("aeouyôö", "", "øûõùï", TONES[1:]),
    ("aeo", "\u0302", "âàåãáä", TONES),
    ("a", "\u0306", "êèúüéë", TONES),
)
"""Letters, the shape that is added to them, and the marks that write it with each tone."""


def _tcvn3_table() -> dict[int, str]:
    return {
        first + place: letter
        for first, run in _TCVN3_RUNS.items()
        for place, letter in enumerate(run)
    }


def _vni_table() -> dict[str, str]:
    """VNI writes a letter, then its mark; a capital letter has a capital or a small mark."""
    marked = (
        (letters, shape, dict(zip(marks, tones, strict=True)))
        for letters, shape, marks, tones in _VNI_MARKS
    )
    pairs = {
        base + mark: unicodedata.normalize("NFC", f"{_VNI_LETTERS.get(base, base)}{shape}{tone}")
        for bases, shape, tones in marked
        for base in bases
        for mark, tone in tones.items()
    }
    small = pairs | _VNI_LETTERS
    capitals = {
        form: letter.upper()
        for spelling, letter in small.items()
        for form in (spelling[0].upper() + spelling[1:], spelling.upper())
    }
    return small | capitals


_TCVN3 = _tcvn3_table()
_VNI = _vni_table()
_VNI_SPELLINGS = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))
_CP1258 = {
    ord(sign): chr(byte)
    for byte in range(0xA0, 0x100)
    if (sign := bytes((byte,)).decode("cp1258")) != chr(byte)
}
"""Signs that only a reading as code page 1258 has, and the Latin-1 signs of the same bytes."""

_UNICODE_ONLY = re.compile("[\u1ea0-\u1ef9]")
_UNICODE_OR_CP1258 = re.compile(f"[{''.join(map(chr, _CP1258))}]")
_WORDS = re.compile(r"[^\s!-@\[-`{-~\u2000-\u206f]+")
"""Runs of anything but space, ASCII signs and digits, and printers' dashes and quotes."""

_CASED_IN_TCVN3 = re.compile("[A-Za-zĂÂÊÔƠƯĐăâêôơưđ]")


def read_font(name: str) -> FontHint | None:
    """What a font's name says; None for one that says nothing, such as Times New Roman.

    TCVN3 fonts begin with ".Vn" and, if they draw capitals, end in "H".
    """
    plain = name.strip().casefold()
    if plain.startswith(".vn"):
        return FontHint(Encoding.TCVN3, capitals=plain.endswith("h"))
    if plain.startswith("vni-"):
        return FontHint(Encoding.VNI)
    return FontHint(None) if plain.startswith("vn") else None


def convert(text: str, encoding: Encoding, *, capitals: bool = False) -> str:
    """Make `text` Unicode (NFC), taking it to be in `encoding`; Unicode text stays as it is.

    Args:
        text: As the file has it, read as Latin-1 or as code page 1258.
        encoding: What it is written in.
        capitals: Whether its font draws small letters as capitals.
    """
    if encoding is Encoding.UNICODE or _is_unicode(text, encoding):
        return text
    read = _read_as(text, encoding)
    return read.upper() if capitals or _means_capitals(read, encoding) else read


def examine(cells: Sequence[Cell]) -> Finding:
    """Say what a column is written in, by what its words become and by its fonts' names."""
    speaking = [cell for cell in cells if not cell.text.isascii()]
    hints = {hint.encoding for cell in speaking if (hint := read_font(cell.font))}
    found = [_judge(speaking, encoding, hints) for encoding in (Encoding.TCVN3, Encoding.VNI)]
    best = max(found, key=lambda finding: finding.after - finding.before)
    return best if best.after > best.before else _as_unicode(speaking)


def _judge(cells: Sequence[Cell], encoding: Encoding, hints: Set[Encoding | None]) -> Finding:
    """What speaks for `encoding`; a font of another encoding leaves it unsure."""
    doubtful = [cell.text for cell in cells if not _is_unicode(cell.text, encoding)]
    words, before, after = _count(doubtful, encoding)
    mixed = len(doubtful) < len(cells)
    enough = after >= ENOUGH * words and after - before >= MARGIN * words
    heard = hints == {encoding} or (not hints and words >= FEWEST_WORDS)
    return Finding(encoding, enough and heard and not mixed, words, before, after, mixed)


def _as_unicode(cells: Sequence[Cell]) -> Finding:
    words, before, after = _count([cell.text for cell in cells], Encoding.UNICODE)
    return Finding(Encoding.UNICODE, before >= ENOUGH * words, words, before, after)


def _count(texts: Iterable[str], encoding: Encoding) -> tuple[int, int, int]:
    """Words beyond ASCII, and how many are syllables before and after conversion."""
    words = Counter(word for text in texts for word in _WORDS.findall(text) if not word.isascii())
    before = sum(times for word, times in words.items() if _is_word(word))
    after = sum(times for word, times in words.items() if _becomes_word(word, encoding))
    return words.total(), before, after


def _is_unicode(text: str, encoding: Encoding) -> bool:
    """Whether `text` cannot be of an old font: it has letters that only Unicode has.

    ă, ơ, ư, đ and loose tone marks may also come from reading the bytes as code page 1258;
    then `text` must read better as `encoding` than as it is.
    """
    if _UNICODE_ONLY.search(text):
        return True
    return bool(_UNICODE_OR_CP1258.search(text)) and not _reads_better(text, encoding)


def _reads_better(text: str, encoding: Encoding) -> bool:
    _, before, after = _count([text], encoding)
    return after > before


def _is_word(word: str) -> bool:
    """Whether `word` is a syllable written as people do: no capital after a small letter."""
    return word in (word.lower(), word.upper(), word.capitalize()) and is_syllable(word)


def _becomes_word(word: str, encoding: Encoding) -> bool:
    read = _read_as(word, encoding)
    return is_syllable(read) if read != word else _is_word(word)


def _read_as(text: str, encoding: Encoding) -> str:
    if encoding is Encoding.UNICODE:
        return text
    latin = text.translate(_CP1258)
    if encoding is Encoding.TCVN3:
        return unicodedata.normalize("NFC", latin.translate(_TCVN3))
    read = _VNI_SPELLINGS.sub(lambda spelling: _VNI[spelling[0]], latin)
    return unicodedata.normalize("NFC", read)


def _means_capitals(read: str, encoding: Encoding) -> bool:
    """TCVN3 has no capital "Ễ": in "NGUYễN" it is the other letters that tell."""
    cased = "".join(_CASED_IN_TCVN3.findall(read))
    return encoding is Encoding.TCVN3 and len(cased) > 1 and cased.isupper()
