"""Finds readers for the librarian, by name, class or card. Keeps out what they have borrowed.

A school has some thousand readers, so they are read and compared one by one: there is no index
to keep, and nothing of a child is written twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from db.models import Card, Patron
from db.ordering import name_sort_key, sort_key, split_name
from db.outcomes import PatronCategory
from db.school_codes import Homeroom, parse_homeroom
from db.states import PatronStatus
from db.text import clean, fold

LONGEST_QUERY = 100
"""Signs; what is typed beyond them is not looked at."""
SHORTEST_CARD = 3
"""Signs of a card's number from which its beginning is looked for."""


@dataclass(frozen=True, slots=True)
class PatronHit:
    """A reader who answers."""

    id: UUID
    name: str
    homeroom: str
    category: PatronCategory
    status: PatronStatus
    cards: tuple[str, ...]
    """Cards that work, by number."""


@dataclass(frozen=True, slots=True)
class PatronsFound:
    """One page of who answers."""

    hits: tuple[PatronHit, ...]
    total: int


class _Score(NamedTuple):
    """How well somebody answers, what matters most first."""

    has_card: bool
    has_given_name: bool
    """Whether a whole word asked for is the tên."""
    begins_given_name: bool
    spelt_as_typed: int
    whole_words: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed, in parts."""

    card: str
    homeroom: Homeroom | None
    words: tuple[str, ...]
    spelt: frozenset[str]
    """The words with their accents; none if none was typed."""


class Patrons:
    """The readers of one school, to be looked through."""

    def __init__(self, engine: Engine, school_id: int) -> None:
        self._engine = engine
        self._school_id = school_id

    def find(
        self, query: str, with_leavers: bool = False, limit: int = 20, offset: int = 0
    ) -> PatronsFound:
        """Find readers by parts of a name, a class, a card's number, or a name and a class.

        Whose tên it is comes before whose họ or đệm it is; within that the order is that of a
        class list: tên, họ, đệm, then class. Also a revoked card finds its owner.

        Args:
            query: What was typed, with or without accents; any word may be unfinished.
            with_leavers: Whether also those are looked for who have left.
            limit: Most hits on this page.
            offset: Hits on the pages before it.
        """
        asked = _understood(clean(query[:LONGEST_QUERY]))
        if not asked.words and asked.homeroom is None:
            return PatronsFound((), 0)
        with self._engine.begin() as connection:
            cards = self._cards(connection)
            people = self._people(connection, with_leavers)
        scored = [
            (score, row)
            for row in people
            if (score := _score(asked, row, cards.get(row.id, ()))) is not None
        ]
        scored.sort(key=lambda found: _class_list_key(found[1]))
        scored.sort(key=lambda found: found[0], reverse=True)
        page = scored[max(0, offset) :][: max(0, limit)]
        return PatronsFound(tuple(_hit(row, cards.get(row.id, ())) for _, row in page), len(scored))

    def _people(self, connection: Connection, with_leavers: bool) -> Sequence[Any]:
        columns = (Patron.id, Patron.name, Patron.homeroom, Patron.category, Patron.status)
        chosen = select(*columns).where(Patron.school_id == self._school_id)
        if not with_leavers:
            chosen = chosen.where(Patron.status == PatronStatus.ACTIVE)
        return connection.execute(chosen).all()

    def _cards(self, connection: Connection) -> dict[UUID, list[tuple[str, bool]]]:
        """Every patron's cards, and whether each is revoked."""
        cards: dict[UUID, list[tuple[str, bool]]] = {}
        chosen = select(Card.patron_id, Card.number, Card.revoked)
        for row in connection.execute(
            chosen.where(Card.school_id == self._school_id).order_by(Card.number)
        ):
            cards.setdefault(row.patron_id, []).append((row.number, row.revoked))
        return cards


def _understood(typed: str) -> _Asked:
    """Take a class off the end, where there is one: "an 6a", "lop 6a", "6 A"."""
    words = typed.split()
    for start in range(max(0, len(words) - 3), len(words)):
        homeroom = parse_homeroom(" ".join(words[start:]))
        if isinstance(homeroom, Homeroom):
            return _asked(typed, words[:start], homeroom)
    return _asked(typed, words, None)


def _asked(typed: str, words: Sequence[str], homeroom: Homeroom | None) -> _Asked:
    name = " ".join(words)
    spelt = frozenset(word.casefold() for word in words)
    plain = all(word.isascii() for word in spelt)
    folded = tuple(dict.fromkeys(fold(name).split()))
    return _Asked(typed.upper(), homeroom, folded, frozenset() if plain else spelt)


def _score(asked: _Asked, row: Any, cards: Sequence[tuple[str, bool]]) -> _Score | None:
    """None for whoever does not answer."""
    by_card = len(asked.card) >= SHORTEST_CARD and any(
        number.startswith(asked.card) for number, _ in cards
    )
    if not by_card and not _is_of(row.homeroom, asked.homeroom):
        return None
    words = fold(row.name).split()
    if not by_card and not all(any(w.startswith(word) for w in words) for word in asked.words):
        return None
    given = fold(split_name(row.name).given)
    return _Score(
        by_card,
        given in asked.words,
        any(given.startswith(word) for word in asked.words),
        len(asked.spelt & set(row.name.casefold().split())),
        sum(word in words for word in asked.words),
    )


def _is_of(written: str, asked: Homeroom | None) -> bool:
    """Whether a patron's class is the one asked for, however either is written."""
    if asked is None:
        return True
    own = parse_homeroom(written)
    return isinstance(own, Homeroom) and (own.grade, own.section) == (asked.grade, asked.section)


def _class_list_key(row: Any) -> tuple[str, str, UUID]:
    return name_sort_key(row.name), sort_key(row.homeroom), row.id


def _hit(row: Any, cards: Sequence[tuple[str, bool]]) -> PatronHit:
    valid = tuple(number for number, revoked in cards if not revoked)
    return PatronHit(row.id, row.name, row.homeroom, row.category, row.status, valid)
