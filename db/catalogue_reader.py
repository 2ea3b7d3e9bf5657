"""Asks the index of one kind of database. Keeps out what was typed and what a hit looks like.

However many editions answer, at most `MOST_READ` are read: when more do, the index is asked
for the better ones first (`db.narrowing`), each question narrower than the one before, and
those of one level that are still too many are taken by the length of their titles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    exists,
    func,
    literal,
    select,
    table,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from db.catalogue_index import START, lexeme
from db.catalogue_triggers import FTS_TABLE
from db.models import CatalogueEntry, Copy, Edition, Hold, Loan, SetPlace
from db.narrowing import AllOf, AnyOf, Condition, Holds, Level, Where, answers, levels
from db.search import Entry, Query
from db.states import CopyState, DocumentType, LendingMode

MOST_READ = 200
"""Entries read for one question."""

OPEN_LOAN = and_(
    Loan.school_id == Copy.school_id,
    Loan.copy_id == Copy.id,
    Loan.returned_at.is_(None),
    ~Loan.disputed,
)
IS_KEPT = (
    exists().where(
        Hold.school_id == Copy.school_id, Hold.copy_id == Copy.id, Hold.ended_at.is_(None)
    )
    | exists().where(SetPlace.school_id == Copy.school_id, SetPlace.copy_id == Copy.id)
)
"""Whether a copy is put aside for somebody: for a hold, or for a textbook set."""
STAYS_HERE = Copy.in_library_only | (Edition.lending == LendingMode.REFERENCE)
"""Whether a copy is read in the library only."""

_FTS = table(FTS_TABLE, column(FTS_TABLE), column("rowid"))
_FTS_PLACES = {
    Where.ANYWHERE: "{head about} : ",
    Where.HEAD: "head : ",
    Where.START: "head : ^ ",
    Where.SPELT: "spelt : ",
}
_ENTRY = (
    CatalogueEntry.edition_id,
    CatalogueEntry.head,
    CatalogueEntry.about,
    CatalogueEntry.spelt,
    CatalogueEntry.title_length,
    CatalogueEntry.place,
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
    only_available: bool = False
    """Whether a copy must stand ready to be taken home now."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An edition that may answer, and the words it has."""

    edition_id: UUID
    entry: Entry


class CatalogueReader:
    """The index of one school under some filters, in one transaction."""

    def __init__(self, connection: Connection, school_id: int, filters: Filters) -> None:
        self._connection = connection
        self._school_id = school_id
        self._filters = filters
        self._on_server = connection.dialect.name == "postgresql"

    def numbered(self, number: ColumnElement[bool]) -> list[Candidate]:
        """The editions for which `number` holds; few do."""
        chosen = select(*_ENTRY).join(Edition, _OF_EDITION).where(number, *self._wanted())
        school = CatalogueEntry.school_id == self._school_id
        return self._candidates(chosen.where(school).limit(MOST_READ))

    def answering(self, query: Query) -> tuple[list[Candidate], int | None]:
        """The editions that answer `query`, in no order, or the best of them when they are many.

        Returns:
            The candidates; and how many answer, None where that is how many candidates do.
        """
        condition = answers(query)
        if condition is None:
            return [], None
        some = self._some(condition)
        if len(some) <= MOST_READ:
            return some, None
        best = self._best(condition, levels(query), MOST_READ)
        return list(best.values()), self._count(condition)

    def _best(
        self, condition: Condition, levels: Sequence[Level], wanted: int
    ) -> dict[UUID, Candidate]:
        """The best of too many: those with more of the first level, by the next levels each."""
        if not levels:
            return self._shortest(condition)
        best: dict[UUID, Candidate] = {}
        for better in levels[0]:
            narrower = AllOf((condition, better))
            some = self._some(narrower)
            if len(some) <= MOST_READ:
                best |= _by_id(some)
            else:
                best |= self._best(narrower, levels[1:], wanted - len(best))
            if len(best) >= wanted:
                return best
        return best | self._best(condition, levels[1:], wanted - len(best))

    def _some(self, condition: Condition) -> list[Candidate]:
        """All that hold `condition`; when that is too many, one too many of them."""
        return self._candidates(self._holding(condition, *_ENTRY).limit(MOST_READ + 1))

    def _shortest(self, condition: Condition) -> dict[UUID, Candidate]:
        order = (CatalogueEntry.title_length, CatalogueEntry.place, CatalogueEntry.edition_id)
        chosen = self._holding(condition, *_ENTRY).order_by(*order).limit(MOST_READ)
        return _by_id(self._candidates(chosen))

    def _count(self, condition: Condition) -> int:
        return self._connection.execute(self._holding(condition, func.count())).scalar_one()

    def _candidates(self, chosen: Select[Any]) -> list[Candidate]:
        return [Candidate(row[0], Entry(*row[1:])) for row in self._connection.execute(chosen)]

    def _holding(self, condition: Condition, *columns: Any) -> Select[Any]:
        """The entries of this school that hold `condition` and pass the filters."""
        chosen = select(*columns).select_from(CatalogueEntry)
        if self._on_server:
            asked = type_coerce(literal(self._tsquery(condition)), TSQUERY)
            chosen = chosen.where(CatalogueEntry.vector.op("@@")(asked))
            chosen = chosen.where(CatalogueEntry.school_id == self._school_id)
        else:
            matches = _FTS.c[FTS_TABLE].op("MATCH")(_fts(condition))
            chosen = chosen.join(_FTS, _FTS.c.rowid == CatalogueEntry.id).where(matches)
            # A sum, or SQLite would look up the school's entries first and each of them in FTS5.
            chosen = chosen.where(CatalogueEntry.school_id + 0 == self._school_id)
        wanted = self._wanted()
        return chosen.join(Edition, _OF_EDITION).where(*wanted) if wanted else chosen

    def _wanted(self) -> list[ColumnElement[bool]]:
        asked = self._filters
        by_field = (
            (Edition.grade, asked.grade),
            (Edition.subject, asked.subject),
            (Edition.document_type, asked.document_type),
            (Edition.kho, asked.kho),
        )
        wanted: list[ColumnElement[bool]] = [
            field == value for field, value in by_field if value is not None
        ]
        return [*wanted, _HAS_READY_COPY] if asked.only_available else wanted

    def _tsquery(self, condition: Condition) -> str:
        match condition:
            case AllOf(parts):
                return f"({' & '.join(map(self._tsquery, parts))})"
            case AnyOf(parts):
                return f"({' | '.join(map(self._tsquery, parts))})"
            case Holds(phrase, where):
                return f"({' <-> '.join(self._lexemes(phrase.words, phrase.unfinished, where))})"

    def _lexemes(self, words: Sequence[str], unfinished: bool, where: Where) -> Iterable[str]:
        mark, weight = ("~", "C") if where is Where.SPELT else ("", "")
        if where in (Where.HEAD, Where.START):
            weight = "A"
        if where is Where.START:
            yield f"'{lexeme(self._school_id, START)}'"
        for place, word in enumerate(words, start=1):
            beginning = "*" if unfinished and place == len(words) else ""
            signs = f":{beginning}{weight}" if beginning or weight else ""
            yield f"'{lexeme(self._school_id, f'{mark}{word}')}'{signs}"


_HAS_READY_COPY = exists().where(
    Copy.school_id == Edition.school_id,
    Copy.edition_id == Edition.id,
    Copy.state == CopyState.AVAILABLE,
    ~STAYS_HERE,
    ~exists().where(OPEN_LOAN),
    ~IS_KEPT,
)


def _fts(condition: Condition) -> str:
    """`condition` for FTS5; its words hold nothing that FTS5 reads as more than a word."""
    match condition:
        case AllOf(parts):
            return f"({' AND '.join(map(_fts, parts))})"
        case AnyOf(parts):
            return f"({' OR '.join(map(_fts, parts))})"
        case Holds(phrase, where):
            beginning = " *" if phrase.unfinished else ""
            return f'{_FTS_PLACES[where]}"{" ".join(phrase.words)}"{beginning}'


def _by_id(candidates: Iterable[Candidate]) -> dict[UUID, Candidate]:
    return {candidate.edition_id: candidate for candidate in candidates}
