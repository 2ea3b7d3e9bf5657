"""Finds books by a few typed words, and says where they stand. Keeps out how words are kept.

Kiosk and desk ask the same `Catalogue`; SQLite and PostgreSQL give the same answers in the same
order, because both only choose candidates and `db.search.rank_entries` orders them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)

from db.accession import NoNumber, Register, own_registers, parse_accession
from db.catalogue_reader import (
    EVERYTHING,
    IS_KEPT,
    OPEN_LOAN,
    STAYS_HERE,
    Candidate,
    CatalogueReader,
    Filters,
    Statements,
)
from db.identifiers import NoIsbn, read_isbn
from db.models import Copy, Corner, Edition, Kho, Loan
from db.prepared import Prepared
from db.rulebook import own_abbreviations
from db.search import ABBREVIATIONS, Query, rank_entries, understand
from db.states import CopyState, DocumentType, LendingMode
from db.text import clean

LONGEST_QUERY = 200
"""Signs; what is typed beyond them is not looked at."""
MOST_TERMS = 16
"""Things asked for at once; what comes after them is not looked at."""
MOST_SHOWN = 100
"""Hits given out, page by page; whoever wants another must say more of it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where copies of one edition stand, and how many."""

    kho: str
    shelf: str
    """Giá; empty where the library has not said."""
    row: str
    """Ngăn."""
    corner: str
    """Name of the class corner; empty in the library."""
    available: int
    """Ready to be taken home now."""
    in_library: int
    """Ready to be read here, and only here."""
    on_loan: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One edition that answers."""

    edition_id: UUID
    title: str
    volume: str
    series: str
    authors: str
    publisher: str
    year: int | None
    grade: int | None
    subject: str
    document_type: DocumentType
    class_number: str
    lending: LendingMode
    link: str
    shelves: tuple[Shelf, ...]
    """Of its copies that are neither lost, withdrawn nor in process."""

    @property
    def available(self) -> int:
        """Copies ready to be taken home now."""
        return sum(shelf.available for shelf in self.shelves)

    @property
    def in_library(self) -> int:
        """Copies to be read here and only here."""
        return sum(shelf.in_library for shelf in self.shelves)

    @property
    def on_loan(self) -> int:
        """Copies that somebody has."""
        return sum(shelf.on_loan for shelf in self.shelves)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what answers."""

    hits: tuple[Hit, ...]
    total: int
    """Editions that answer, also those that no page shows; counted up to `MOST_COUNTED`."""


class Catalogue:
    """The editions of one school, to be looked through."""

    def __init__(self, engine: Engine, school_id: int) -> None:
        self._engine = engine
        self._school_id = school_id
        self._statements = Statements(engine.dialect)
        self._of_hits = Prepared(_HITS)
        self._of_shelves = Prepared(_SHELVES)

    def find(
        self, query: str, filters: Filters = EVERYTHING, limit: int = 20, offset: int = 0
    ) -> Found:
        """Find what `query` asks for, best first. Never raises, whatever is typed.

        An accession number that a copy bears, or an ISBN, puts its edition before all others.

        Args:
            query: What was typed, with or without accents, the last word perhaps unfinished.
            filters: What else a hit must be.
            limit: Most hits on this page.
            offset: Hits on the pages before it.
        """
        typed = clean(query[:LONGEST_QUERY])
        with self._engine.begin() as connection:
            own = own_abbreviations(connection, self._school_id)
            asked = _understood(typed, {**ABBREVIATIONS, **own})
            reader = CatalogueReader(connection, self._statements, self._school_id, filters)
            numbered = self._numbered(connection, reader, typed)
            candidates, total = reader.answering(asked)
            ranked = _in_order(asked, candidates)
            best = list(dict.fromkeys([*(found.edition_id for found in numbered), *ranked]))
            page = best[:MOST_SHOWN][max(0, offset) :][: max(0, limit)]
            by_number_alone = len(numbered) - len(_in_order(asked, numbered))
            return Found(self._hits(connection, page), total + by_number_alone)

    def records(self, editions: Sequence[UUID]) -> tuple[Hit, ...]:
        """The records of some editions, in their order; those that are not here are left out."""
        with self._engine.begin() as connection:
            return self._hits(connection, editions)

    def _numbered(
        self, connection: Connection, reader: CatalogueReader, typed: str
    ) -> list[Candidate]:
        """The editions that bear the number `typed`, if it is one."""
        if not any(sign.isdecimal() for sign in typed):
            return []
        isbn = read_isbn(typed)
        if not isinstance(isbn, NoIsbn):
            return reader.numbered(Edition.isbn == isbn)
        number = parse_accession(typed, registers=self._registers(connection))
        if isinstance(number, NoNumber):
            return []
        return reader.numbered(_bears(number.kho, number.serial))

    def _registers(self, connection: Connection) -> tuple[Register, ...]:
        """The school's registers, with the other prefixes that old files give the usual ones."""
        kho = select(Kho.prefix, Kho.width).where(Kho.school_id == self._school_id)
        rows = connection.execute(kho.order_by(Kho.prefix))
        return own_registers({row.prefix: row.width for row in rows})

    def _hits(self, connection: Connection, page: Sequence[UUID]) -> tuple[Hit, ...]:
        chunks = (page[start : start + _CHUNK] for start in range(0, len(page), _CHUNK))
        return tuple(hit for chunk in chunks for hit in self._chunk(connection, chunk))

    def _chunk(self, connection: Connection, editions: Sequence[UUID]) -> Iterator[Hit]:
        filled = [*editions, *[editions[0]] * (_CHUNK - len(editions))]
        values = {f"id_{place}": edition_id for place, edition_id in enumerate(filled)}
        shelves: dict[UUID, list[Shelf]] = defaultdict(list)
        for row in self._of_shelves.all(connection, school_id=self._school_id, **values):
            shelves[row[0]].append(Shelf(*row[1:]))
        rows = self._of_hits.all(connection, school_id=self._school_id, **values)
        hits = {row.id: Hit(*(*row, tuple(shelves[row.id]))) for row in rows}
        return (hits[edition_id] for edition_id in editions if edition_id in hits)


_CHUNK = 20
"""Editions read by one statement."""
_IDS = [bindparam(f"id_{place}", type_=Uuid()) for place in range(_CHUNK)]
_SCHOOL: BindParameter[int] = bindparam("school_id")
_OF_HIT = (
    Edition.id,
    Edition.title,
    Edition.volume,
    Edition.series,
    Edition.authors,
    Edition.publisher,
    Edition.year,
    Edition.grade,
    Edition.subject,
    Edition.document_type,
    Edition.class_number,
    Edition.lending,
    Edition.link,
)
_HITS = select(*_OF_HIT).where(Edition.school_id == _SCHOOL, Edition.id.in_(_IDS))
_IS_HERE = Loan.id.is_(None) & ~IS_KEPT
_PLACE = (Copy.kho, Copy.shelf, Copy.row, func.coalesce(Corner.name, "").label("corner"))
_SHELVES = (
    select(
        Copy.edition_id,
        *_PLACE,
        func.sum(case((_IS_HERE & ~STAYS_HERE, 1), else_=0)).label("available"),
        func.sum(case((_IS_HERE & STAYS_HERE, 1), else_=0)).label("in_library"),
        func.count(Loan.id).label("on_loan"),
    )
    .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
    .outerjoin(Corner, and_(Corner.school_id == Copy.school_id, Corner.id == Copy.corner_id))
    .outerjoin(Loan, OPEN_LOAN)
    .where(Copy.school_id == _SCHOOL, Copy.edition_id.in_(_IDS), Copy.state == CopyState.AVAILABLE)
    .group_by(Copy.edition_id, *_PLACE)
    .order_by(Copy.edition_id, *_PLACE)
)


def _understood(typed: str, abbreviations: Mapping[str, str]) -> Query:
    query = understand(typed, abbreviations)
    return replace(query, terms=tuple(dict.fromkeys(query.terms))[:MOST_TERMS])


def _in_order(query: Query, candidates: Sequence[Candidate]) -> list[UUID]:
    """Those that answer, best first; equal ones by their id, so that it is always the same."""
    ordered = sorted(candidates, key=lambda found: found.edition_id)
    places = rank_entries(query, [found.entry for found in ordered])
    return [ordered[place].edition_id for place in places]


def _bears(kho: str, number: int) -> ColumnElement[bool]:
    return exists().where(
        Copy.school_id == Edition.school_id,
        Copy.edition_id == Edition.id,
        Copy.kho == kho,
        Copy.number == number,
    )
