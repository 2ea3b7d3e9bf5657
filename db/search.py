"""What a reader means by a few typed words, and which editions answer best. No database.

An index keeps the `Entry` of every edition and finds those that hold every needed term of
`understand(query)`; `rank_entries` puts what was found in order. Both are words of small
letters or digits between single spaces, so every index cuts them alike (domain
specification 7.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from db.ordering import sort_key
from db.syllables import TONELESS
from db.text import clean, fold, fold_for_search, spell, with_single_i


@dataclass(frozen=True, slots=True)
class EditionText:
    """What can be searched of an edition; what it has not is empty."""

    title: str
    volume: str = ""
    """As on the cover: "tập một", "Tập 2", "I"."""
    series: str = ""
    grade: str = ""
    authors: str = ""
    kho: str = ""
    """Prefix of the register its copies are in."""
    subject: str = ""
    tags: str = ""
    """Its themed shelves (tủ sách), one after another."""
    class_name: str = ""
    """Môn loại, in words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index keeps of an edition: folded words to find it by, and what orders it."""

    head: str
    """Words of title and volume."""
    about: str
    """Words of everything else."""
    spelt: str
    """Words as they are spelt, each with its tone before it: "5đât" of "đất"."""
    title_length: int
    """Words of the title, with which `head` begins."""
    place: str
    """Where it stands among titles, as `sort_key` says."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side."""

    words: tuple[str, ...]
    unfinished: bool = False
    """Whether the last word may be the beginning of a longer one."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for; any of its phrases will do."""

    phrases: tuple[Phrase, ...]
    needed: bool = True
    """False for what people add and books lack, such as "truyện"."""


class Accented(NamedTuple):
    """A word as it is spelt, wherever its tone is set: "hoà" and "hòa" are one."""

    letters: str
    tone: int

    @property
    def written(self) -> str:
        """As an `Entry` has it."""
        return f"{self.tone}{self.letters}"


@dataclass(frozen=True, slots=True)
class Query:
    """What was understood."""

    terms: tuple[Term, ...]
    accents: tuple[Accented, ...] = ()
    """The words as spelt, to prefer what is written just so; none if no accent was typed."""


ABBREVIATIONS: Mapping[str, str] = {
    "KHTN": "khoa học tự nhiên",
    "LS&ĐL": "lịch sử và địa lí",
    "LSĐL": "lịch sử và địa lí",
    "GDCD": "giáo dục công dân",
    "GDTC": "giáo dục thể chất",
    "GDĐP": "giáo dục địa phương",
    "HĐTN": "hoạt động trải nghiệm",
    "KNTT": "kết nối tri thức",
    "CTST": "chân trời sáng tạo",
    "SBT": "bài tập",
    "SGK": "sách giáo khoa",
    "SGV": "sách giáo viên",
    "SNV": "sách nghiệp vụ",
    "STK": "sách tham khảo",
    "STN": "sách thiếu nhi",
    "BC": "báo tạp chí",
}
"""What schools shorten; the prefixes of the usual registers are among them.

A school adds its own by the choice `abbreviations` (`db.rulebook`)."""

_Words = tuple[str, ...]

_FILLERS = frozenset(("sach", "truyen", "cuon", "quyen", "cua"))
_VOLUME_MARKS = frozenset(("tap", "quyen", "phan", "t"))
_GRADE_WORDS = frozenset(("lop", "khoi"))
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_SPOKEN = ("mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi")
_NUMBERS = {word: str(n) for words in (_ROMAN, _SPOKEN) for n, word in enumerate(words, start=1)}
_SHORTEST_BEGINNING = 2
"""Letters; what is shorter begins too many words (domain specification 7.4)."""

_LONGEST_WORD = 64
"""Letters; PostgreSQL refuses words of 2 kB, and no book is told from another by more."""
_MOST_WORDS = 1000
"""Of each part of an entry; PostgreSQL counts places in a text up to 16 383."""
_LONGEST_PLACE = 200
"""Signs of each part of an entry's place."""

_REMEMBERED = 2048
"""Texts whose folding is kept: series, authors, syllables and short forms come again and again."""

_MOST_SCHOOLS = 64
"""Whose abbreviations are kept folded."""

_WORDS = re.compile(r"[^\W\d_]+|\d+")
_PLAIN_SYLLABLES = frozenset(fold_for_search(syllable) for syllable in TONELESS)
_TELEX_LETTERS = re.compile(r"(d)d|(a)[aw]|(e)e|(o)[ow]|(u)w|w")
_TELEX_TONES = re.compile(r"([^aeiouy]*[aeiouy]+)[sfrxj]?([^aeiouy]*?)[sfrxj]?")


def search_text(edition: EditionText) -> str:
    """The folded words by which an edition is found."""
    found = entry(edition)
    return f"{found.head} {found.about}".strip()


def entry(edition: EditionText) -> Entry:
    """What an index keeps of `edition`."""
    title = _words(edition.title)
    return Entry(
        head=" ".join(_head(edition)[:_MOST_WORDS]),
        about=" ".join(_about(edition)[:_MOST_WORDS]),
        spelt=" ".join(word.written for word in _spelt(edition)[:_MOST_WORDS]),
        title_length=min(len(title), _MOST_WORDS),
        place=_place(edition),
    )


def understand(text: str, abbreviations: Mapping[str, str] = ABBREVIATIONS) -> Query:
    """Say what is asked for; the last word may be unfinished.

    Args:
        text: What was typed, with or without accents.
        abbreviations: What may stand for which words; also the school's own.
    """
    short_forms = _short_forms(tuple(abbreviations.items()))
    terms = tuple(_terms(_words(text), short_forms))
    if not any(term.needed for term in terms):
        terms = tuple(replace(term, needed=True) for term in terms)
    spelt = tuple(_accented(text))
    typed_plainly = all(word.letters.isascii() and not word.tone for word in spelt)
    return Query(terms, () if typed_plainly else spelt)


def rank(query: Query, editions: Sequence[EditionText]) -> tuple[int, ...]:
    """Places of the editions that answer `query`, best first; none answers an empty one."""
    return rank_entries(query, [entry(edition) for edition in editions])


def rank_entries(query: Query, entries: Sequence[Entry]) -> tuple[int, ...]:
    """Places of the entries that answer `query`, best first; equal ones as they came.

    Before all comes what is spelt as typed; then titles that hold more of what is asked,
    that begin with it, that hold it in whole words, and that hold little else.
    """
    scored = ((place, _score(query, found)) for place, found in enumerate(entries))
    found = {place: score for place, score in scored if score is not None}
    by_title = sorted(found, key=lambda place: entries[place].place)
    return tuple(sorted(by_title, key=lambda place: found[place], reverse=True))


class _Score(NamedTuple):
    """How well an edition answers, what matters most first."""

    spelt_as_typed: int
    in_title: int
    begins_title: bool
    whole_words: int
    share_of_title: float


def _score(query: Query, entry: Entry) -> _Score | None:
    """None when something needed is missing."""
    head = f" {entry.head} "
    text = f"{head}|{f' {entry.about} '}"  # no phrase begins in one and ends in the other
    needed = [term for term in query.terms if term.needed]
    if not needed or not all(_held(text, term) for term in needed):
        return None
    return _Score(
        _spelt_as_typed(query, entry),
        sum(_held(head, term) is not None for term in query.terms),
        any(head.startswith(_written(phrase)) for phrase in needed[0].phrases),
        sum(_is_whole(text, term) for term in query.terms),
        _share(entry.head.split(" ")[: entry.title_length], query),
    )


def _held(text: str, term: Term) -> Phrase | None:
    """The first phrase of `term` that `text`, between spaces, holds."""
    return next((phrase for phrase in term.phrases if _written(phrase) in text), None)


def _is_whole(text: str, term: Term) -> bool:
    return any(f" {' '.join(phrase.words)} " in text for phrase in term.phrases)


def _share(title: Sequence[str], query: Query) -> float:
    """How much of a title was asked for, from 0 to 1."""
    text = f" {' '.join(title)} "
    held = (_held(text, term) for term in query.terms)
    return sum(len(phrase.words) for phrase in held if phrase) / max(1, len(title))


def _written(phrase: Phrase) -> str:
    return f" {' '.join(phrase.words)}{'' if phrase.unfinished else ' '}"


def _spelt_as_typed(query: Query, entry: Entry) -> int:
    if not query.accents:
        return 0
    spelt = set(entry.spelt.split(" "))
    begun = any(_is_beginning(last, word) for last in query.accents[-1:] for word in spelt)
    return sum(word.written in spelt for word in query.accents[:-1]) + begun


def _is_beginning(typed: Accented, spelt: str) -> bool:
    """Whether a word is `typed`, or may become so; a tone not typed yet is no other tone."""
    tone, letters = spelt[:1], spelt[1:]
    return letters.startswith(typed.letters) and typed.tone in (0, int(tone or 0))


def _spelt(edition: EditionText) -> list[Accented]:
    fields = (edition.title, edition.volume, edition.series, edition.authors)
    return list(_accented(" ".join((*fields, edition.subject, edition.tags))))


def _place(edition: EditionText) -> str:
    """By title, volume, kho and series; the tab stands before every sign of a `sort_key`.

    The kho's alphabet puts the textbooks that pupils are lent (SGK) before the library's (STK).
    """
    volume = _volume(_volume_words(edition.volume)) or edition.volume
    parts = (edition.title, volume, edition.kho, edition.series)
    return "\t".join(map(_part_of_place, parts))


def _about(edition: EditionText) -> list[str]:
    kho = edition.kho.upper()
    grade = ["lop", *_words(edition.grade)] if edition.grade else []
    fields = (edition.series, edition.authors, kho, ABBREVIATIONS.get(kho, ""))
    more = (edition.subject, edition.tags, edition.class_name)
    return grade + _words(" ".join((*fields, *more)))


def _head(edition: EditionText) -> list[str]:
    """Words of title and volume; "tập một" and "I" are also "tap 1"."""
    words = [*_words(edition.title), *_volume_words(edition.volume)]
    pairs = (_volume(words[place:]) for place in range(len(words)))
    return words + [word for number in pairs if number for word in ("tap", number)]


def _volume_words(volume: str) -> list[str]:
    words = _words(volume)
    return ["tap", *words] if words and _number(words[0]) else words


def _terms(words: Sequence[str], short_forms: Mapping[_Words, Phrase]) -> Iterator[Term]:
    rest = tuple(words)
    while rest:
        term, taken = _pair(rest) or _short_form(rest, short_forms) or _single(rest, short_forms)
        yield term
        rest = rest[taken:]


def _pair(rest: _Words) -> tuple[Term, int] | None:
    """A volume or a grade, in two words."""
    if number := _volume(rest):
        return Term((Phrase(("tap", number)), Phrase(rest[:2]))), 2
    if rest[0] in _GRADE_WORDS and rest[1:2] and rest[1].isdecimal():
        return Term((Phrase(("lop", rest[1])), Phrase(rest[1:2]))), 2
    return None


@lru_cache(_MOST_SCHOOLS)
def _short_forms(abbreviations: tuple[tuple[str, str], ...]) -> Mapping[_Words, Phrase]:
    return {_folded_words(short): Phrase(_folded_words(full)) for short, full in abbreviations}


def _short_form(rest: _Words, short_forms: Mapping[_Words, Phrase]) -> tuple[Term, int] | None:
    """An abbreviation of several words, such as LS&ĐL."""
    for short, full in short_forms.items():
        if len(short) > 1 and rest[: len(short)] == short:
            return Term((Phrase(short), full)), len(short)
    return None


def _single(rest: _Words, short_forms: Mapping[_Words, Phrase]) -> tuple[Term, int]:
    """One word, what it may be short for or a slip for; the last may be unfinished."""
    word, is_last = rest[0], len(rest) == 1
    unfinished = is_last and len(word) >= _SHORTEST_BEGINNING and not word.isdecimal()
    phrases = [Phrase((word,), unfinished)]
    for short, full in short_forms.items():
        if short == (word,) or (unfinished and len(short) == 1 and short[0].startswith(word)):
            phrases.append(full)
    if word in _ROMAN:
        phrases.append(Phrase(("tap", _NUMBERS[word])))
    if meant := _without_telex(word):
        phrases.append(Phrase((meant,), unfinished))
    begun = is_last and len(word) == 1 and not word.isdecimal()
    return Term(tuple(phrases), needed=word not in _FILLERS and not begun), 1


def _volume(rest: Sequence[str]) -> str | None:
    """The number of "tap 1", "tap mot", "quyen ii" or "t1" at the beginning of `rest`."""
    if len(rest) < 2 or rest[0] not in _VOLUME_MARKS:
        return None
    return _number(rest[1]) if rest[0] != "t" or rest[1].isdecimal() else None


def _number(word: str) -> str | None:
    return word.lstrip("0") or "0" if word.isdecimal() else _NUMBERS.get(word)


def _without_telex(word: str) -> str | None:
    """The syllable that was typed with Telex keys and no Telex: "ddaats" is "dat"."""
    letters = _TELEX_LETTERS.sub(lambda keys: keys[keys.lastindex] if keys.lastindex else "u", word)
    found = _TELEX_TONES.fullmatch(letters)
    meant = with_single_i("".join(found.groups())) if found else ""
    return meant if meant in _PLAIN_SYLLABLES and word not in _PLAIN_SYLLABLES else None


def _words(text: str) -> list[str]:
    return list(_folded_words(text))


@lru_cache(_REMEMBERED)
def _folded_words(text: str) -> tuple[str, ...]:
    return tuple(with_single_i(word[:_LONGEST_WORD]) for word in _WORDS.findall(fold(text)))


def _accented(text: str) -> Iterator[Accented]:
    return map(_accented_word, _WORDS.findall(clean(text).casefold()))


@lru_cache(_REMEMBERED)
def _accented_word(word: str) -> Accented:
    letters = list(spell(word))
    plain = with_single_i("".join(letter for letter, _ in letters))
    return Accented(plain[:_LONGEST_WORD], max(tone for _, tone in letters))


@lru_cache(_REMEMBERED)
def _part_of_place(text: str) -> str:
    return sort_key(text)[:_LONGEST_PLACE]
