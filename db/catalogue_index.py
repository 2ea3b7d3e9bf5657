"""Keeps the words of the catalogue in step with its editions. Keeps out what is looked for.

Whoever writes an edition or its tags, in whatever way, triggers of the database mark its
`CatalogueEntry` as stale; before the transaction commits, `index_stale` folds the marked ones
anew. So an edition and its words commit together, and no caller has to think of it
(decision 0008).

On SQLite the words are in an FTS5 table whose content is `catalogue_entry`; on PostgreSQL in
its column `vector`, under a GIN index. Both hold the same words, cut by `db.search` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Dialect,
    and_,
    bindparam,
    delete,
    exc,
    func,
    insert,
    literal,
    select,
    update,
)

from db import catalogue_triggers
from db.catalogue_triggers import FTS_TABLE
from db.defaults import CLASSES_19
from db.models import CatalogueEntry, Edition, EditionTag
from db.search import EditionText, Entry, entry

START = "^"
"""Stands before the first word of an entry in a vector; no word looks like it."""
WORD, PAIR = "", "+"
HEAD_WORD, HEAD_PAIR = "=", "#"
FIRST = "!"
"""Before the word, or the pair of words, that an entry begins with."""
SPELT = "~"
LETTERS = "%"
"""Before a word as it is spelt but for its tone, which is typed last."""

_BATCH = 500
"""Entries folded at a time."""
_MOST_PLACES = 255
"""Places that PostgreSQL keeps of one word in one text."""
_WORDS_OF_ENTRY = ("head", "about", "spelt", "title_length", "place")

_STALE = "SELECT 1 FROM catalogue_entry WHERE stale LIMIT 1"
_EDITIONS = select(
    CatalogueEntry.id.label("entry_id"),
    *(getattr(CatalogueEntry, name) for name in (*_WORDS_OF_ENTRY, "vector")),
    Edition.school_id,
    Edition.id,
    Edition.title,
    Edition.volume,
    Edition.series,
    Edition.grade,
    Edition.authors,
    Edition.kho,
    Edition.subject,
    Edition.class_19,
).outerjoin_from(
    Edition,
    CatalogueEntry,
    and_(
        CatalogueEntry.school_id == Edition.school_id,
        CatalogueEntry.edition_id == Edition.id,
    ),
)
_STALE_EDITIONS = _EDITIONS.where(CatalogueEntry.stale).order_by(CatalogueEntry.id).limit(_BATCH)
_WRITE = (
    update(CatalogueEntry)
    .where(CatalogueEntry.id == bindparam("entry_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in (*_WORDS_OF_ENTRY, "vector")} | {"stale": False}
    )
)


@dataclass(frozen=True, slots=True)
class IndexCheck:
    """Whether the index says what the editions say."""

    editions: int
    differing: tuple[UUID, ...]
    """Editions without an entry, or with words that are not theirs."""
    index_holds: bool
    """Whether the FTS5 table holds exactly the entries; on PostgreSQL there is no second copy."""

    @property
    def holds(self) -> bool:
        """Whether all is well."""
        return self.index_holds and not self.differing


def index_stale(connection: Connection) -> None:
    """Fold what this transaction wrote; `db.engine` calls it before every commit."""
    # By the driver's cursor: it stands in the way of every loan (decision 0004).
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(_STALE)
        if cursor.fetchone() is None:
            return
    while rows := connection.execute(_STALE_EDITIONS).all():
        entries = zip(rows, _entries(connection, rows), strict=True)
        connection.execute(
            _WRITE, [_written(row, found, connection.dialect) for row, found in entries]
        )


def reindex(connection: Connection) -> int:
    """Make triggers and index anew, fold every edition, and say how many there are."""
    catalogue_triggers.remove(connection)
    connection.execute(delete(CatalogueEntry))
    catalogue_triggers.install(connection)
    blank = (literal(""), literal(""), literal(""), literal(0), literal(""))
    marked = select(Edition.school_id, Edition.id, literal(True), *blank)
    columns = ["school_id", "edition_id", "stale", *_WORDS_OF_ENTRY]
    connection.execute(insert(CatalogueEntry).from_select(columns, marked))
    index_stale(connection)
    return connection.execute(select(func.count()).select_from(CatalogueEntry)).scalar_one()


def check(connection: Connection) -> IndexCheck:
    """Compare every entry with its edition, and the index with the entries."""
    rows = connection.execute(_EDITIONS.order_by(Edition.school_id, Edition.id)).all()
    differing = [
        row.id
        for batch in _batches(rows)
        for row, expected in zip(batch, _entries(connection, batch), strict=True)
        if not _is_up_to_date(row, expected, connection.dialect)
    ]
    return IndexCheck(len(rows), tuple(differing), _fts_holds(connection))


def lexeme(school_id: int, sign: str, *words: str) -> str:
    """Words of one school in a vector, so that another school's words are not looked through.

    A GIN index has no places and weights: whoever asks for them has every candidate's whole
    vector read. So what is asked most often is a lexeme of its own, told apart by its sign.
    """
    return f"{school_id}.{sign}{'_'.join(words)}"


def _vector(school_id: int, found: Entry) -> str:
    """An entry as PostgreSQL reads and writes it: words of the head weigh A, of the rest B.

    Places and weights are for phrases of three words and more alone.
    """
    places: dict[str, list[str]] = defaultdict(list)
    head, about = [START, *found.head.split()], found.about.split()
    for place, word in enumerate(head, start=1):
        places[lexeme(school_id, WORD, word)].append(f"{place}A")
    # One place stays empty between them: no phrase begins in one and ends in the other.
    for place, word in enumerate(about, start=len(head) + 2):
        places[lexeme(school_id, WORD, word)].append(f"{place}B")
    bare = dict.fromkeys(lexeme(school_id, *signed) for signed in _signed(found))
    with_places = (f"'{word}':{','.join(at[:_MOST_PLACES])}" for word, at in places.items())
    return " ".join((*with_places, *(f"'{word}'" for word in bare)))


def _signed(found: Entry) -> Iterator[tuple[str, ...]]:
    """What stands in a vector without a place: its sign, and a word or two."""
    head, about = found.head.split(), found.about.split()
    yield from ((HEAD_WORD, word) for word in head)
    yield from ((HEAD_PAIR, *pair) for pair in pairwise(head))
    yield from ((PAIR, *pair) for words in (head, about) for pair in pairwise(words))
    yield from ((FIRST, *head[:many]) for many in range(1, min(len(head), 2) + 1))
    for word in found.spelt.split():
        yield SPELT, word
        yield LETTERS, word[1:]


def _entries(connection: Connection, rows: Sequence[Any]) -> list[Entry]:
    """The words of some editions."""
    tags: dict[tuple[int, UUID], list[str]] = defaultdict(list)
    which = EditionTag.edition_id.in_([row.id for row in rows])
    for tag in connection.execute(select(EditionTag).where(which).order_by(EditionTag.tag)):
        tags[tag.school_id, tag.edition_id].append(tag.tag)
    return [entry(_text(row, tags[row.school_id, row.id])) for row in rows]


def _text(row: Any, tags: Iterable[str]) -> EditionText:
    return EditionText(
        title=row.title,
        volume=row.volume,
        series=row.series,
        grade="" if row.grade is None else str(row.grade),
        authors=row.authors,
        kho=row.kho,
        subject=row.subject,
        tags=" ".join(tags),
        class_name=CLASSES_19.get(row.class_19, ""),
    )


def _written(row: Any, found: Entry, dialect: Dialect) -> dict[str, Any]:
    words = {f"new_{name}": value for name, value in asdict(found).items()}
    on_server = dialect.name == "postgresql"
    vector = _vector(row.school_id, found) if on_server else None
    return {"entry_id": row.entry_id, **words, "new_vector": vector}


def _is_up_to_date(row: Any, expected: Entry, dialect: Dialect) -> bool:
    if row.entry_id is None or Entry(*(getattr(row, n) for n in Entry.__slots__)) != expected:
        return False
    if dialect.name != "postgresql":
        return True
    return set(row.vector.split(" ")) == set(_vector(row.school_id, expected).split(" "))


def _fts_holds(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        return True
    asked = f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rank) VALUES ('integrity-check', 1)"
    try:
        connection.exec_driver_sql(asked)
    except exc.DatabaseError:
        return False
    return True


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
