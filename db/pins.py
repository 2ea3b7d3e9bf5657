"""PINs of the library's staff: who may open the librarian's mode at a station, and who must wait.

A PIN has few digits, so it is worth something only together with the card and with the wait
after wrong tries, which grows and is on disk: pulling the plug buys no try. The hash travels to
every station (`db.sync.told`), so all of this works without a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import and_, case, delete, func, insert, select, update

from db.clock import local_day
from db.identifiers import CardNumber
from db.ids import new_id
from db.library import Act, Library, tried_again
from db.models import Card, Patron, PinTry, Role, StaffPin
from db.outcomes import given_name
from db.states import PatronStatus, RoleName
from db.sync.messages import PinSet, StaffActed

SHORTEST_PIN, LONGEST_PIN = 6, 8
"""Digits."""

FREE_TRIES = 4
"""Wrong tries before one has to wait; the fifth begins the first wait."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
"""Each wrong try doubles the wait up to this."""

AT_STATIONS = (RoleName.LIBRARIAN, RoleName.ADMINISTRATOR, RoleName.COLLABORATOR)
"""Who may have a PIN; of several roles the first counts."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Work a small board does in a tenth of a second (OWASP's least for argon2id, 19 MiB)."""


@dataclass(frozen=True, slots=True)
class StaffKnown:
    """Somebody of the library's, by their card."""

    patron_id: UUID
    card: CardNumber
    name: str
    role: RoleName
    has_pin: bool

    @property
    def given_name(self) -> str:
        """The last word of the name, by which one is spoken to."""
        return given_name(self.name)


@dataclass(frozen=True, slots=True)
class StaffLine:
    """What somebody does at the stations, and whether they have a PIN."""

    patron_id: UUID
    name: str
    role: RoleName
    since: date
    until: date | None
    decision: str
    pin_set_at: datetime | None


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """What became of a typed PIN."""

    is_right: bool
    locked_until: datetime | None = None
    """Until then no PIN is looked at."""


class Pins:
    """The PINs of one school, at one station."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def staff(self, card: CardNumber) -> StaffKnown | None:
        """Whose card it is and what they do for the library today; None if it is nobody of it."""
        today = local_day(self._library.now())
        asked = _staff(self._library.school_id, card, today)
        with self._library.engine.begin() as connection:  # a new station has no rules to read
            row = connection.execute(asked).first()
        return None if row is None else StaffKnown(row[0], CardNumber(row[1]), *row[2:])

    def everybody(self) -> tuple[StaffLine, ...]:
        """Who works at the stations today, a line for each role."""
        with self._library.act() as act:
            pin = and_(StaffPin.school_id == Role.school_id, StaffPin.patron_id == Role.patron_id)
            own = and_(Patron.school_id == Role.school_id, Patron.id == Role.patron_id)
            asked = (
                select(Patron.id, Patron.name, *_OF_ROLE, StaffPin.set_at)
                .select_from(Role)
                .join(Patron, own)
                .outerjoin(StaffPin, pin)
                .where(Role.school_id == act.school_id, *_holds_at(act.today))
                .where(Patron.status == PatronStatus.ACTIVE)
            )
            return tuple(StaffLine(*row) for row in act.connection.execute(asked))

    def take(self, patron_id: UUID) -> None:
        """Let somebody's PIN open nothing any more."""
        with self._library.act() as act:
            own = (StaffPin.school_id == act.school_id, StaffPin.patron_id == patron_id)
            act.connection.execute(delete(StaffPin).where(*own))

    def set(self, patron_id: UUID, pin: str, author: str) -> bool:
        """Give somebody a PIN; False if it is too short, too long or too easily guessed."""
        if not is_good(pin):
            return False
        pin_hash = _hasher.hash(pin)
        with self._library.act() as act:
            fact = PinSet(patron_id=patron_id, pin_hash=pin_hash, author=author, at=act.now)
            act.record(fact)
            _forget_tries(act, patron_id)
        return True

    def locked_until(self, patron_id: UUID) -> datetime | None:
        """Until when no PIN of theirs is looked at; None if one would be now."""
        with self._library.act() as act:
            return _locked_until(act, patron_id)

    def check(self, patron_id: UUID, pin: str) -> PinAnswer:
        """Say whether a PIN is right. Counts the try before it looks at it."""
        counted = self._count(patron_id)
        if isinstance(counted, PinAnswer):
            return counted
        pin_hash, until = counted
        is_right = pin_hash is not None and _holds(pin_hash, pin)
        self._tell(patron_id, is_right)
        return PinAnswer(is_right, None if is_right else until)

    @tried_again
    def _count(self, patron_id: UUID) -> PinAnswer | tuple[str | None, datetime | None]:
        """Count a try, which a failing disk may count twice; the hash, and the wait if wrong."""
        with self._library.act() as act:
            if (until := _locked_until(act, patron_id)) is not None:
                return PinAnswer(False, until)
            until = _count(act, patron_id)
            return act.connection.execute(_hash_of(act, patron_id)).scalar(), until

    @tried_again
    def _tell(self, patron_id: UUID, is_right: bool) -> None:
        what = "station-opened" if is_right else "station-pin-wrong"
        with self._library.act() as act:
            note(act, str(patron_id), what, patron_id)
            if is_right:
                _forget_tries(act, patron_id)


def is_good(pin: str) -> bool:
    """Whether a PIN has enough digits, and is neither one digit again and again nor a run."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        return False
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    return len(steps) > 1


def note(
    act: Act, author: str, what: str, subject_id: UUID | None = None, detail: str = ""
) -> None:
    """Let the hub's audit log know who did or looked at what at this station; names stay out."""
    fact = StaffActed(
        entry_id=new_id(), author=author, act=what, subject_id=subject_id, detail=detail, at=act.now
    )
    act.tell(fact)


_OF_ROLE = (Role.role, Role.since, Role.until, Role.decision)


def _holds_at(today: date) -> tuple[Any, ...]:
    """That a role is one of the stations' and in force."""
    in_force = func.coalesce(Role.until, today) >= today
    return Role.role.in_(AT_STATIONS), Role.since <= today, in_force


def _staff(school_id: int, card: CardNumber, today: date) -> Any:
    rank = case({role: place for place, role in enumerate(AT_STATIONS)}, value=Role.role)
    holds = and_(
        Role.school_id == Card.school_id,
        Role.patron_id == Card.patron_id,
        *_holds_at(today),
    )
    pin = and_(StaffPin.school_id == Card.school_id, StaffPin.patron_id == Card.patron_id)
    own = and_(Patron.school_id == Card.school_id, Patron.id == Card.patron_id)
    return (
        select(Patron.id, Card.number, Patron.name, Role.role, StaffPin.pin_hash.is_not(None))
        .select_from(Card)
        .join(Patron, own)
        .join(Role, holds)
        .outerjoin(StaffPin, pin)
        .where(Card.school_id == school_id, ~Card.revoked, Card.number == card)
        .where(Patron.status == PatronStatus.ACTIVE, ~Patron.blocked)
        .order_by(rank)
        .limit(1)
    )


def _tries(act: Act, patron_id: UUID) -> Any:
    return and_(PinTry.school_id == act.school_id, PinTry.patron_id == patron_id)


def _locked_until(act: Act, patron_id: UUID) -> datetime | None:
    asked = select(PinTry.locked_until).where(_tries(act, patron_id))
    until: datetime | None = act.connection.execute(asked).scalar()
    if until is None or until <= act.now:
        return None
    return min(until, act.now + LONGEST_WAIT)  # a clock put back must not lock for years


def _count(act: Act, patron_id: UUID) -> datetime | None:
    """Count a try as wrong, and say until when that would lock."""
    asked = select(PinTry.wrong).where(_tries(act, patron_id))
    wrong = (act.connection.execute(asked).scalar() or 0) + 1
    until = None if wrong <= FREE_TRIES else act.now + _wait(wrong)
    if wrong == 1:
        row = {"school_id": act.school_id, "patron_id": patron_id}
        act.connection.execute(insert(PinTry).values(wrong=1, locked_until=None, **row))
    else:
        values = {"wrong": wrong, "locked_until": until}
        act.connection.execute(update(PinTry).where(_tries(act, patron_id)).values(values))
    return until


def _wait(wrong: int) -> timedelta:
    wait = FIRST_WAIT
    for _ in range(wrong - FREE_TRIES - 1):
        wait = min(wait * 2, LONGEST_WAIT)
    return wait


def _forget_tries(act: Act, patron_id: UUID) -> None:
    act.connection.execute(delete(PinTry).where(_tries(act, patron_id)))


def _hash_of(act: Act, patron_id: UUID) -> Any:
    own = (StaffPin.school_id == act.school_id, StaffPin.patron_id == patron_id)
    return select(StaffPin.pin_hash).where(*own)


def _holds(pin_hash: str, pin: str) -> bool:
    try:
        return _hasher.verify(pin_hash, pin)
    except VerificationError:
        return False
