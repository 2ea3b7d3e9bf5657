"""Asks the index of one kind of database. Keeps out what was typed and what a hit looks like.

However many editions answer, at most `MOST_READ` are read: when more do, the index is asked
for the better ones first (`db.narrowing`), each question narrower than the one before, and
those of one level that are still too many are taken by the length of their titles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    column,
    exists,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from db.catalogue_index import (
    FIRST,
    HEAD_PAIR,
    HEAD_WORD,
    LETTERS,
    PAIR,
    SPELT,
    START,
    WORD,
    lexeme,
)
from db.catalogue_triggers import FTS_TABLE
from db.models import CatalogueEntry, Copy, Edition, EditionTag, Hold, Loan, SetPlace
from db.narrowing import AllOf, AnyOf, Condition, Holds, Level, Where, answers, joined, levels
from db.prepared import Prepared
from db.search import Entry, Phrase, Query
from db.states import CopyState, DocumentType, LendingMode

MOST_READ = 100
"""Entries read for one question."""
MOST_COUNTED = 1000
"""Answers counted; a reader is told that there are more."""

OPEN_LOAN = and_(
    Loan.school_id == Copy.school_id,
    Loan.copy_id == Copy.id,
    Loan.returned_at.is_(None),
    ~Loan.disputed,
)
IS_KEPT = exists().where(
    Hold.school_id == Copy.school_id, Hold.copy_id == Copy.id, Hold.ended_at.is_(None)
) | exists().where(SetPlace.school_id == Copy.school_id, SetPlace.copy_id == Copy.id)
"""Whether a copy is put aside for somebody: for a hold, or for a textbook set."""
STAYS_HERE = Copy.in_library_only | (Edition.lending == LendingMode.REFERENCE)
"""Whether a copy is read in the library only."""

_FTS = table(FTS_TABLE, column(FTS_TABLE, String), column("rowid", Integer))
_FTS_PLACES = {
    Where.ANYWHERE: "{head about} : ",
    Where.HEAD: "head : ",
    Where.START: "head : ^ ",
    Where.SPELT: "spelt : ",
}
_ENTRY = (
    CatalogueEntry.edition_id,
    *(getattr(CatalogueEntry, name) for name in Entry.__slots__),
)
_OF_EDITION = and_(
    Edition.school_id == CatalogueEntry.school_id, Edition.id == CatalogueEntry.edition_id
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What else a hit must be; None for whatever it is."""

    grade: int | None = None
    subject: str | None = None
    document_type: DocumentType | None = None
    kho: str | None = None
    class_19: str | None = None
    """Môn loại."""
    tag: str | None = None
    """Themed shelf (tủ sách)."""
    only_available: bool = False
    """Whether a copy must stand ready to be taken home now."""


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An edition that may answer, and the words it has."""

    edition_id: UUID
    entry: Entry


class Statements:
    """The index's questions for one kind of database, each prepared when it is first asked."""

    def __init__(self, dialect: Dialect) -> None:
        self._on_server = dialect.name == "postgresql"
        self._prepared: dict[tuple[bool, frozenset[str]], Prepared] = {}
        self.entries = Prepared(_ENTRIES)

    def holding(self, shortest_first: bool, filters: frozenset[str]) -> Prepared:
        """Ids of entries that hold a condition and pass some filters."""
        key = (shortest_first, filters)
        if key not in self._prepared:
            chosen = _holding(self._on_server)
            wanted = [_FILTERS[name] for name in sorted(filters)]
            if wanted:
                chosen = chosen.join(Edition, _OF_EDITION).where(*wanted)
            if shortest_first:
                chosen = chosen.order_by(*_SHORTEST_FIRST)
            self._prepared[key] = Prepared(chosen.limit(bindparam("most")))
        return self._prepared[key]


class CatalogueReader:
    """The index of one school under some filters, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        school_id: int,
        filters: Filters,
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._school_id = school_id
        self._filters = {name: value for name, value in asdict(filters).items() if value}
        self._on_server = connection.dialect.name == "postgresql"

    def numbered(self, number: ColumnElement[bool]) -> list[Candidate]:
        """The editions for which `number` holds; few do."""
        chosen = select(*_ENTRY).join(Edition, _OF_EDITION).where(number)
        chosen = chosen.where(CatalogueEntry.school_id == self._school_id)
        chosen = chosen.where(*(_FILTERS[name] for name in self._filters))
        rows = self._connection.execute(chosen.limit(MOST_READ), self._filters)
        return [Candidate(row[0], Entry(*row[1:])) for row in rows]

    def answering(self, query: Query) -> tuple[list[Candidate], int]:
        """The editions that answer `query`, in no order, or the best of them when they are many.

        Returns:
            The candidates; and how many answer, up to `MOST_COUNTED`.
        """
        condition = answers(query)
        if condition is None:
            return [], 0
        ids = self._some(condition, MOST_COUNTED)
        total = len(ids)
        if total > MOST_READ:
            ids = list(self._best(condition, levels(query), MOST_READ))
        return self._read(ids[:MOST_READ]), total

    def _best(self, condition: Condition, levels: Sequence[Level], wanted: int) -> dict[int, None]:
        """The best of too many: those with more of the first level, by the next levels each."""
        if not levels:
            return dict.fromkeys(self._some(condition, wanted, shortest_first=True))
        level, *others = levels
        best: dict[int, None] = {}
        for better in level:
            narrower = joined(condition, better)
            best |= self._better(narrower, others, wanted)
            if len(best) >= wanted:
                return best
        return best | self._best(condition, others, wanted)

    def _better(
        self, condition: Condition, levels: Sequence[Level], wanted: int
    ) -> dict[int, None]:
        """All that hold `condition` where they are few, else the best of them."""
        if levels:  # else to ask for them in order costs no more than to ask how many they are
            some = self._some(condition, wanted + 1)
            if len(some) <= wanted:
                return dict.fromkeys(some)
        return self._best(condition, levels, wanted)

    def _some(self, condition: Condition, most: int, shortest_first: bool = False) -> list[int]:
        """Ids of entries that hold `condition`; of too many, whichever come first."""
        asked = self._tsquery(condition) if self._on_server else _fts(condition)
        statement = self._statements.holding(shortest_first, frozenset(self._filters))
        values = {**self._filters, "asked": asked, "school_id": self._school_id, "most": most}
        return [row[0] for row in statement.all(self._connection, **values)]

    def _read(self, ids: Sequence[int]) -> list[Candidate]:
        if not ids:
            return []
        filled = [*ids, *[ids[0]] * (MOST_READ - len(ids))]
        values = {f"id_{place}": entry_id for place, entry_id in enumerate(filled)}
        rows = self._statements.entries.all(self._connection, **values)
        return [Candidate(row[0], Entry(*row[1:])) for row in rows]

    def _tsquery(self, condition: Condition) -> str:
        match condition:
            case AllOf(parts):
                return f"({' & '.join(map(self._tsquery, parts))})"
            case AnyOf(parts):
                return f"({' | '.join(map(self._tsquery, parts))})"
            case Holds(phrase, where):
                return self._phrase(phrase, where)

    def _phrase(self, phrase: Phrase, where: Where) -> str:
        """Words side by side: a lexeme, or pairs of them and, of those, what is in one row."""
        words, beginning = phrase.words, "*" if phrase.unfinished else ""
        if len(words) == 1:
            return self._lexeme(_WORD_SIGNS[where], words, beginning)
        signs = (_PAIR_SIGNS[where], *[HEAD_PAIR if where in _IN_HEAD else PAIR] * len(words))
        pairs = list(zip(signs, pairwise(words), strict=False))
        asked = [
            self._lexeme(sign, pair, beginning if place == len(pairs) else "")
            for place, (sign, pair) in enumerate(pairs, start=1)
        ]
        if len(asked) > 1:
            asked.append(f"({' <-> '.join(self._row(phrase, where))})")
        return f"({' & '.join(asked)})"

    def _row(self, phrase: Phrase, where: Where) -> Iterable[str]:
        weight = "A" if where in _IN_HEAD else ""
        if where is Where.START:
            yield self._lexeme(WORD, (START,))
        for place, word in enumerate(phrase.words, start=1):
            is_begun = phrase.unfinished and place == len(phrase.words)
            yield self._lexeme(WORD, (word,), f"{'*' if is_begun else ''}{weight}")

    def _lexeme(self, sign: str, words: Sequence[str], mark: str = "") -> str:
        return f"'{lexeme(self._school_id, sign, *words)}'{mark and f':{mark}'}"


_IN_HEAD = (Where.HEAD, Where.START)
_WORD_SIGNS = {
    Where.ANYWHERE: WORD,
    Where.HEAD: HEAD_WORD,
    Where.START: FIRST,
    Where.SPELT: SPELT,
    Where.LETTERS: LETTERS,
}
_PAIR_SIGNS = {Where.ANYWHERE: PAIR, Where.HEAD: HEAD_PAIR, Where.START: FIRST}
_SHORTEST_FIRST = (CatalogueEntry.title_length, CatalogueEntry.place, CatalogueEntry.edition_id)
_ENTRIES = select(*_ENTRY).where(
    CatalogueEntry.id.in_([bindparam(f"id_{place}") for place in range(MOST_READ)])
)
_HAS_READY_COPY = exists().where(
    Copy.school_id == Edition.school_id,
    Copy.edition_id == Edition.id,
    Copy.state == CopyState.AVAILABLE,
    ~STAYS_HERE,
    ~exists().where(OPEN_LOAN),
    ~IS_KEPT,
)
_IS_TAGGED = exists().where(
    EditionTag.school_id == Edition.school_id,
    EditionTag.edition_id == Edition.id,
    EditionTag.tag == bindparam("tag"),
)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "grade": Edition.grade == bindparam("grade"),
    "subject": Edition.subject == bindparam("subject"),
    "document_type": Edition.document_type == bindparam("document_type"),
    "kho": Edition.kho == bindparam("kho"),
    "class_19": Edition.class_19 == bindparam("class_19"),
    "tag": _IS_TAGGED,
    "only_available": _HAS_READY_COPY,
}


def _holding(on_server: bool) -> Select[Any]:
    """Ids of the entries of a school that hold a condition."""
    asked = bindparam("asked", type_=TSQUERY if on_server else String)
    chosen = select(CatalogueEntry.id)
    if on_server:
        return chosen.where(CatalogueEntry.vector.op("@@")(asked), _OF_SCHOOL)
    chosen = chosen.join_from(_FTS, CatalogueEntry, _FTS.c.rowid == CatalogueEntry.id)
    return chosen.where(_FTS.c[FTS_TABLE].op("MATCH")(asked), _OF_SCHOOL)


# A sum, or the index by school would be looked through instead of the index of words.
_OF_SCHOOL = CatalogueEntry.school_id + 0 == bindparam("school_id")


def _fts(condition: Condition) -> str:
    """`condition` for FTS5; its words hold nothing that FTS5 reads as more than a word."""
    match condition:
        case AllOf(parts):
            return f"({' AND '.join(map(_fts, parts))})"
        case AnyOf(parts):
            return f"({' OR '.join(map(_fts, parts))})"
        case Holds(phrase, Where.LETTERS):
            spelt = (replace(phrase, words=(f"{tone}{phrase.words[0]}",)) for tone in range(6))
            return _fts(AnyOf(tuple(Holds(one, Where.SPELT) for one in spelt)))
        case Holds(phrase, where):
            beginning = " *" if phrase.unfinished else ""
            return f'{_FTS_PLACES[where]}"{" ".join(phrase.words)}"{beginning}'
