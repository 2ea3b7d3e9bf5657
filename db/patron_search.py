"""Finds readers for the librarian, by name, class or card. Keeps out what they have borrowed.

A school has some thousand readers: a card or a class is asked of the database, names are
compared one by one, each folded once. There is no index to keep, and nothing of a child is
written twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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


_REMEMBERED = 8192
"""Names and classes whose folding is kept in memory."""


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
            owners = self._owners(connection, asked.card)
            scored = [
                (score, row)
                for row in self._people(connection, with_leavers)
                if (score := _score(asked, row, row.id in owners)) is not None
            ]
            scored.sort(key=lambda found: _class_list_key(found[1]))
            scored.sort(key=lambda found: found[0], reverse=True)
            page = [row for _, row in scored[max(0, offset) :][: max(0, limit)]]
            cards = self._cards(connection, [row.id for row in page])
        return PatronsFound(tuple(_hit(row, cards.get(row.id, ())) for row in page), len(scored))

    def _people(self, connection: Connection, with_leavers: bool) -> Sequence[Any]:
        columns = (Patron.id, Patron.name, Patron.homeroom, Patron.category, Patron.status)
        chosen = select(*columns).where(Patron.school_id == self._school_id)
        if not with_leavers:
            chosen = chosen.where(Patron.status == PatronStatus.ACTIVE)
        return connection.execute(chosen).all()

    def _owners(self, connection: Connection, card: str) -> frozenset[UUID]:
        """Whose card, also a revoked one, begins so; too short a beginning is nobody's."""
        if len(card) < SHORTEST_CARD:
            return frozenset()
        begins = Card.number.startswith(card, autoescape=True)
        chosen = select(Card.patron_id).where(Card.school_id == self._school_id, begins)
        return frozenset(connection.scalars(chosen))

    def _cards(self, connection: Connection, people: Sequence[UUID]) -> dict[UUID, list[str]]:
        """The cards of some patrons that work."""
        cards: dict[UUID, list[str]] = {}
        mine = (Card.school_id == self._school_id, Card.patron_id.in_(people), ~Card.revoked)
        chosen = select(Card.patron_id, Card.number).where(*mine).order_by(Card.number)
        for row in connection.execute(chosen):
            cards.setdefault(row.patron_id, []).append(row.number)
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


def _score(asked: _Asked, row: Any, by_card: bool) -> _Score | None:
    """None for whoever does not answer."""
    if not by_card and not _is_of(row.homeroom, asked.homeroom):
        return None
    name = _name(row.name)
    if not by_card and not all(any(w.startswith(word) for w in name.words) for word in asked.words):
        return None
    return _Score(
        by_card,
        name.given in asked.words,
        any(name.given.startswith(word) for word in asked.words),
        len(asked.spelt & name.spelt),
        sum(word in name.words for word in asked.words),
    )


class _Name(NamedTuple):
    """A name as it is compared and put in order."""

    words: tuple[str, ...]
    given: str
    spelt: frozenset[str]
    place: str


@lru_cache(_REMEMBERED)
def _name(name: str) -> _Name:
    spelt = frozenset(name.casefold().split())
    words = tuple(fold(name).split())
    return _Name(words, fold(split_name(name).given), spelt, name_sort_key(name))


def _is_of(written: str, asked: Homeroom | None) -> bool:
    """Whether a patron's class is the one asked for, however either is written."""
    if asked is None:
        return True
    own = _class_of(written)
    return isinstance(own, Homeroom) and (own.grade, own.section) == (asked.grade, asked.section)


_class_of = lru_cache(_REMEMBERED)(parse_homeroom)
_place_of_class = lru_cache(_REMEMBERED)(sort_key)


def _class_list_key(row: Any) -> tuple[str, str, UUID]:
    return _name(row.name).place, _place_of_class(row.homeroom), row.id


def _hit(row: Any, cards: Sequence[str]) -> PatronHit:
    return PatronHit(row.id, row.name, row.homeroom, row.category, row.status, tuple(cards))
