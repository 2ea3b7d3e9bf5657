"""The library's collaborators (tổ cộng tác viên): a decision, two pupils of each class, a rota.

A year has a team of its own. Keeps out what a role opens at a station.

Source:
    Domain specification S57, S76; the reference school's plan (two pupils of each class).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select

from db.library import Act, Library
from db.models import DutyRota, LibraryTeam, Patron, TeamMember
from db.ordering import name_sort_key, sort_key
from db.outcomes import PatronCategory
from db.states import DutyTurn, PatronStatus

OF_EACH_CLASS: Final = 2
OFFICE_LENGTH, DECISION_LENGTH = 48, 64


class TeamRefusal(StrEnum):
    """Why somebody cannot be taken in."""

    NOT_HERE = "not-here"
    """No reader who is at the school."""
    ALREADY_IN = "already-in"
    NOT_IN = "not-in"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the team."""

    patron_id: UUID
    name: str
    homeroom: str
    """The class they stand for; empty for staff."""
    office: str


@dataclass(frozen=True, slots=True)
class Duty:
    """That a member is on duty on a weekday."""

    weekday: int
    """From Monday = 0."""
    turn: DutyTurn
    patron_id: UUID


@dataclass(frozen=True, slots=True)
class Team:
    """A year's team."""

    school_year: str
    decision: str
    """The number of the decision; empty until there is one."""
    decided_on: date | None
    members: tuple[Member, ...]
    """Staff first, then class by class, by tên."""
    duties: tuple[Duty, ...]

    @property
    def pupils(self) -> tuple[Member, ...]:
        """Those who stand for a class."""
        return tuple(one for one in self.members if one.homeroom)

    def of_class(self, homeroom: str) -> tuple[Member, ...]:
        """The members of a class."""
        return tuple(one for one in self.members if one.homeroom == homeroom)

    def on_duty(self, weekday: int, turn: DutyTurn) -> tuple[Member, ...]:
        """Who is on duty then."""
        on = {d.patron_id for d in self.duties if d.weekday == weekday and d.turn is turn}
        return tuple(one for one in self.members if one.patron_id in on)


class Teams:
    """The teams of one school's library, a year each."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def team(self, school_year: str) -> Team:
        """A year's team; an empty one where nobody was taken in yet."""
        with self._library.act() as act:
            return read_team(act, school_year)

    def decide(self, school_year: str, decision: str, decided_on: date | None) -> None:
        """Note the decision by which the team was set up."""
        with self._library.act() as act:
            own = _of(act, LibraryTeam, school_year)
            act.connection.execute(delete(LibraryTeam).where(*own))
            row = {"school_year": school_year, "decision": decision, "decided_on": decided_on}
            act.connection.execute(insert(LibraryTeam).values(school_id=act.school_id, **row))

    def take_in(self, school_year: str, patron_id: UUID, office: str = "") -> TeamRefusal | None:
        """Take a reader into the team, a pupil for the class they are in."""
        with self._library.act() as act:
            who = (Patron.school_id == act.school_id, Patron.id == patron_id)
            is_here = Patron.status == PatronStatus.ACTIVE
            asked = select(Patron.homeroom, Patron.category).where(*who, is_here)
            person = act.connection.execute(asked).first()
            if person is None:
                return TeamRefusal.NOT_HERE
            if _is_in(act, school_year, patron_id):
                return TeamRefusal.ALREADY_IN
            is_pupil = person.category is PatronCategory.STUDENT
            told = {"homeroom": person.homeroom if is_pupil else "", "office": office}
            row = {"school_year": school_year, "patron_id": patron_id, **told}
            act.connection.execute(insert(TeamMember).values(school_id=act.school_id, **row))
        return None

    def let_go(self, school_year: str, patron_id: UUID) -> TeamRefusal | None:
        """Take somebody out of the team, and off the rota."""
        with self._library.act() as act:
            if not _is_in(act, school_year, patron_id):
                return TeamRefusal.NOT_IN
            for table in (DutyRota, TeamMember):
                theirs = (*_of(act, table, school_year), table.patron_id == patron_id)
                act.connection.execute(delete(table).where(*theirs))
        return None

    def put_on_duty(self, school_year: str, duty: Duty) -> TeamRefusal | None:
        """Put a member on duty; once more than once is once."""
        with self._library.act() as act:
            if not _is_in(act, school_year, duty.patron_id):
                return TeamRefusal.NOT_IN
            act.connection.execute(delete(DutyRota).where(*_same_duty(act, school_year, duty)))
            _write_duties(act, school_year, [duty])
        return None

    def take_off_duty(self, school_year: str, duty: Duty) -> None:
        """Take a member off one duty."""
        with self._library.act() as act:
            act.connection.execute(delete(DutyRota).where(*_same_duty(act, school_year, duty)))

    def draw_up(self, school_year: str, weekdays: Sequence[int], turns: Sequence[DutyTurn]) -> int:
        """Draw the whole rota up anew, class by class in turn; how many duties it has."""
        with self._library.act() as act:
            team = read_team(act, school_year)
            duties = list(rota(team.pupils, weekdays, turns))
            act.connection.execute(delete(DutyRota).where(*_of(act, DutyRota, school_year)))
            _write_duties(act, school_year, duties)
        return len(duties)


def rota(
    members: Sequence[Member], weekdays: Sequence[int], turns: Sequence[DutyTurn]
) -> Iterator[Duty]:
    """Who is on duty when: classes take turns, its members together.

    Every time has somebody and every class a time, and nobody more than one time more than
    another, if there are members and times at all.
    """
    classes: dict[str, list[UUID]] = defaultdict(list)
    for one in members:
        classes[one.homeroom].append(one.patron_id)
    rooms = sorted(classes, key=sort_key)
    times = list(product(weekdays, turns))
    if not rooms or not times:
        return
    for place in range(max(len(rooms), len(times))):
        weekday, turn = times[place % len(times)]
        for patron_id in classes[rooms[place % len(rooms)]]:
            yield Duty(weekday, turn, patron_id)


def read_team(act: Act, school_year: str) -> Team:
    """A year's team, in a transaction that has begun."""
    own = _of(act, LibraryTeam, school_year)
    told = select(LibraryTeam.decision, LibraryTeam.decided_on).where(*own)
    decided = act.connection.execute(told).first()
    duties = select(DutyRota.weekday, DutyRota.turn, DutyRota.patron_id)
    order = (DutyRota.weekday, DutyRota.turn)
    listed = duties.where(*_of(act, DutyRota, school_year)).order_by(*order)
    return Team(
        school_year,
        decided.decision if decided else "",
        decided.decided_on if decided else None,
        tuple(sorted(_members(act, school_year), key=_order)),
        tuple(Duty(*row) for row in act.connection.execute(listed)),
    )


def _members(act: Act, school_year: str) -> Iterator[Member]:
    of_reader = and_(Patron.school_id == TeamMember.school_id, Patron.id == TeamMember.patron_id)
    told = (TeamMember.patron_id, Patron.name, TeamMember.homeroom, TeamMember.office)
    asked = select(*told).join(Patron, of_reader).where(*_of(act, TeamMember, school_year))
    return (Member(*row) for row in act.connection.execute(asked))


def _order(member: Member) -> Any:
    return bool(member.homeroom), sort_key(member.homeroom), name_sort_key(member.name)


def _is_in(act: Act, school_year: str, patron_id: UUID) -> bool:
    own = (*_of(act, TeamMember, school_year), TeamMember.patron_id == patron_id)
    return act.connection.execute(select(TeamMember.patron_id).where(*own)).first() is not None


def _of(act: Act, table: Any, school_year: str) -> tuple[ColumnElement[bool], ...]:
    return table.school_id == act.school_id, table.school_year == school_year


def _same_duty(act: Act, school_year: str, duty: Duty) -> tuple[ColumnElement[bool], ...]:
    theirs = (DutyRota.patron_id == duty.patron_id, DutyRota.weekday == duty.weekday)
    return (*_of(act, DutyRota, school_year), *theirs, DutyRota.turn == duty.turn)


def _write_duties(act: Act, school_year: str, duties: Sequence[Duty]) -> None:
    of_year = {"school_id": act.school_id, "school_year": school_year}
    rows = [
        {**of_year, "patron_id": one.patron_id, "weekday": one.weekday, "turn": one.turn}
        for one in duties
    ]
    if rows:
        act.connection.execute(insert(DutyRota), rows)
