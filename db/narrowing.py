"""What an index is asked for a query, from the strictest answer to any. No database.

`db.search.rank_entries` reads every answer it puts in order; a word that stands in thousands
of editions has too many. So an index is asked for the best first: `levels` says, for each
thing the ranking looks at and in the ranking's order, what a better answer has.
Conditions are trees that each kind of index writes down in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from db.search import Phrase, Query, Term


class Where(Enum):
    """Where in an entry words are looked for."""

    ANYWHERE = "anywhere"
    HEAD = "head"
    START = "start"
    """At the very beginning of the head."""
    SPELT = "spelt"
    """Among the words as they are spelt."""
    LETTERS = "letters"
    """Among these without their tones."""


@dataclass(frozen=True, slots=True)
class Holds:
    """An entry has these words side by side."""

    phrase: Phrase
    where: Where


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; there is at least one."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


Condition = Holds | AllOf | AnyOf
Level = tuple[Condition, ...]
"""What better answers have, the best first."""

_MOST_LEFT_OUT = 6
"""Terms up to which each is left out in turn; more have few answers, which need no levels."""


def answers(query: Query) -> Condition | None:
    """What every answer has; None when nothing is asked for."""
    needed = _needed(query)
    return _hold(needed, Where.ANYWHERE) if needed else None


def levels(query: Query) -> tuple[Level, ...]:
    """What better answers have beyond that, in the order of the ranking's score."""
    found = (_spelling(query), _title(query), _beginning(query), _whole_words(query))
    return tuple(level for level in found if level)


def joined(*conditions: Condition) -> AllOf:
    """All of `conditions`, without those parts that a stricter one includes."""
    parts = tuple(dict.fromkeys(part for one in conditions for part in _parts(one)))
    return AllOf(tuple(part for part in parts if not _is_included(part, parts)))


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _parts(part)
    elif isinstance(condition, AnyOf) and len(condition.parts) == 1:
        yield from _parts(condition.parts[0])
    else:
        yield condition


def _is_included(part: Condition, parts: Iterable[Condition]) -> bool:
    return any(_elsewhere(part, where) in parts for where in _STRICTER.get(_where(part), ()))


_STRICTER: dict[Where | None, tuple[Where, ...]] = {
    Where.ANYWHERE: (Where.HEAD, Where.START),
    Where.HEAD: (Where.START,),
}
"""Where words also are that are there."""


def _where(part: Condition) -> Where | None:
    """Where all of a part's phrases are looked for; None for anything but phrases of one place."""
    match part:
        case Holds(_, where):
            return where
        case AnyOf(parts) if len({_where(one) for one in parts}) == 1:
            return _where(parts[0])
    return None


def _elsewhere(part: Condition, where: Where) -> Condition:
    match part:
        case Holds(phrase):
            return Holds(phrase, where)
        case AnyOf(parts):
            return AnyOf(tuple(_elsewhere(one, where) for one in parts))
    return part


def _spelling(query: Query) -> Level:
    if not query.accents:
        return ()
    *finished, last = query.accents
    # A tone not typed yet is no other tone.
    begun, where = (last.written, Where.SPELT) if last.tone else (last.letters, Where.LETTERS)
    spelt = (Holds(Phrase((word.written,)), Where.SPELT) for word in finished)
    words = (*spelt, Holds(Phrase((begun,), unfinished=True), where))
    return (AllOf(words), AnyOf(words)) if finished else (AllOf(words),)


def _title(query: Query) -> Level:
    """All that is asked in the title, then all but one thing."""
    needed = _needed(query)
    everything = _hold(query.terms, Where.HEAD)
    levels = [everything] if len(needed) < len(query.terms) else []
    levels.append(_hold(needed, Where.HEAD))
    if 2 < len(needed) <= _MOST_LEFT_OUT:
        others = ((*needed[:place], *needed[place + 1 :]) for place in range(len(needed)))
        levels.append(AnyOf(tuple(_hold(rest, Where.HEAD) for rest in others)))
    return tuple(levels)


def _beginning(query: Query) -> Level:
    return (_hold(_needed(query)[:1], Where.START),)


def _whole_words(query: Query) -> Level:
    last = query.terms[-1]
    if not any(phrase.unfinished for phrase in last.phrases):
        return ()
    finished = tuple(replace(phrase, unfinished=False) for phrase in last.phrases)
    return (_hold((replace(last, phrases=finished),), Where.ANYWHERE),)


def _needed(query: Query) -> tuple[Term, ...]:
    return tuple(term for term in query.terms if term.needed)


def _hold(terms: Iterable[Term], where: Where) -> Condition:
    return AllOf(
        tuple(AnyOf(tuple(Holds(phrase, where) for phrase in term.phrases)) for term in terms)
    )
