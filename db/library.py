"""One school's records, and one act on them: a transaction with its moment and its events.

Every module that changes the library works through `Library.act`, so that what is read, what
is decided and what the hub will be told commit together. Keeps out what the acts are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, select

from db import outbox
from db.clock import Clock, local_day
from db.folding import Fold, OtherFact
from db.models import Station
from db.prepared import Prepared
from db.rulebook import Rulebook, RulebookKeeper
from db.sync.messages import Fact

Told = ParamSpec("Told")
Done = TypeVar("Done")


class NotWritten(Exception):
    """The disk has not taken an act; nothing of it is there, and it may be done once more."""


def tried_again(act: Callable[Told, Done]) -> Callable[Told, Done]:
    """Do an act of one transaction once more where the disk has not taken it."""

    @wraps(act)
    def twice(*told: Told.args, **named: Told.kwargs) -> Done:
        try:
            return act(*told, **named)
        except NotWritten:
            return act(*told, **named)

    return twice


@dataclass(frozen=True, slots=True)
class Act:
    """One transaction, and everything that is the same throughout it."""

    connection: Connection
    school_id: int
    rules: Rulebook
    now: datetime
    today: date
    has_hub: bool
    """Whether these are a station's records; the hub itself has nobody to tell."""

    def tell(self, fact: Fact) -> None:
        """Let the hub know, in this transaction, if there is one."""
        if self.has_hub:
            outbox.append(self.connection, fact, self.now)

    @property
    def fold(self) -> Fold:
        """Where facts are entered into the tables."""
        return Fold(self.connection, self.school_id)

    def record(self, fact: OtherFact) -> None:
        """Enter a fact into the tables, and let the hub know, if there is one.

        Raises:
            LookupError: It speaks of something that is not in the records.
        """
        if not self.fold.enter(fact):
            raise LookupError(fact.type)
        self.tell(fact)


class Library:
    """The records of one school in one database."""

    def __init__(self, engine: Engine, school_id: int, clock: Clock) -> None:
        self.engine = engine
        self.school_id = school_id
        self.rulebook = RulebookKeeper(school_id)
        self.clock = clock
        self._has_hub = False

    def now(self) -> datetime:
        """The present moment in the school's zone."""
        return self.clock.now()

    @contextmanager
    def act(self) -> Iterator[Act]:
        """Begin a transaction under the rules in force; it commits at the end or leaves nothing."""
        now = self.clock.now()
        with self.engine.begin() as connection:
            yield self.act_in(connection, now)

    def act_in(
        self, connection: Connection, now: datetime, rules_version: int | None = None
    ) -> Act:
        """An act in a transaction that has begun, under the rules in force.

        Args:
            connection: The transaction.
            now: Its moment.
            rules_version: As of which the rules are, where that was read already.
        """
        rules = self.rulebook.current(connection, rules_version)
        if not self._has_hub:  # once a station, always a station
            self._has_hub = _STATION.first(connection) is not None
        return Act(connection, self.school_id, rules, now, local_day(now), self._has_hub)


_STATION = Prepared(select(Station.id))
