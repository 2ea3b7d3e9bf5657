"""What the school has laid down: calendar, policies, kho, its own choices. Read once, edited here.

Everything that decides is kept in memory and read anew only when `School.rules_version` has
moved, so that a loan costs no look at twenty tables. Whoever changes a row of these tables
raises it in the same transaction: the functions here do, and so must an import or a sync.
Keeps out what follows from the rules, which is `rules.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import NoResultFound

from db import defaults
from db.accession import Register
from db.calendar import Bell, Calendar, Holiday, Slot, YearDates
from db.identifiers import KHO_PREFIXES
from db.models import (
    BellTime,
    ClosedDay,
    Kho,
    OpenDay,
    OpeningSlot,
    Policy,
    RecallDay,
    School,
    SchoolYear,
    Setting,
)
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.rules import NOTHING_LENT, LoanPolicy, Moment
from db.states import LendingMode, Season

FROM_THE_START = date(2000, 1, 1)
"""Since when the policies hold that a school begins with."""

_POLICY_FIELDS = tuple(one.name for one in fields(LoanPolicy))


@dataclass(frozen=True, slots=True)
class Choices:
    """The school's own choices, with the defaults of a new school."""

    lend_in_slots_only: bool = False
    """Whether lending rests outside the lending slots (S15)."""
    lending_paused: bool = False
    """Whether lending rests for a count of the stock."""
    holds_allowed: bool = False
    max_holds: int = 2
    hold_days: int = 2
    """Open days that a copy is kept for whoever waited."""
    search_days: int = 14
    """Days to look for a lost copy."""
    undo_s: int = 8
    """Seconds in which the last act can be taken back at the station."""
    last_grade: int = 9
    """Pupils of this grade leave at the end of the year."""
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    """What the school shortens besides what all schools do, and what it means (`db.search`)."""
    new_title_days: int = 60
    """Days that a title counts as new (S16)."""
    house_rules: tuple[str, ...] = defaults.HOUSE_RULES
    """Nội quy, point by point (S12; `db.notices` has how many and how long)."""
    idle_messages: tuple[str, ...] = ()
    """What the school wants said while nobody stands at the station."""
    superior: str = ""
    """The body above the school, on the first line of its papers; empty for none."""
    roman_months: bool = False
    """Whether registers write 26.XI.2007."""
    standards: Mapping[str, str] = field(default_factory=dict)
    """What was entered for the yearly self-check (S45; `db.registers.standards` has the keys)."""
    copies_per_pupil: int = 4
    """What the law asks of level 1 (decree 93/2020, article 17)."""
    own_copies_per_pupil: int = 0
    """The school's own target beside it; 0 for none (S47)."""
    books_on_paper: int = 0
    """Copies that the registers on paper hold, until all are entered; 0 once they are (S30)."""
    voucher_sources: tuple[str, ...] = (
        "Trường tự mua",
        "Cấp phát",
        "Biếu, tặng, quyên góp",
        "Đền bù",
        "Khác",
    )
    label_sheets: tuple[str, ...] = ()
    """Sheets of labels that the school has measured, each as JSON (`admin.stationery`)."""
    exit_reasons: tuple[str, ...] = (
        "Mất",
        "Rách nát",
        "Lạc hậu",
        "Mối mọt",
        "Chương trình cũ",
        "Trao đổi, biếu tặng",
        "Thanh lọc",
    )


@dataclass(frozen=True, slots=True)
class KhoRules:
    """What is laid down about a kho."""

    prefix: str
    name: str
    width: int
    lending: LendingMode

    def accession(self, number: int) -> str:
        """The accession number of the kho's copy `number`, as its label says it."""
        return f"{self.prefix}.{number:0{self.width}d}"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All of one school's rules as of one version."""

    version: int
    school_name: str
    calendar: Calendar
    choices: Choices = Choices()
    kho: Mapping[str, KhoRules] = field(default_factory=dict)
    policies: Mapping[tuple[PatronCategory, str, Season], tuple[tuple[date, LoanPolicy], ...]] = (
        field(default_factory=dict)
    )
    """The policies of each category, kho and season, newest first with the day they began."""
    _found: dict[tuple[PatronCategory, str, date], LoanPolicy] = field(
        default_factory=dict, repr=False, compare=False
    )
    _seasons: dict[tuple[PatronCategory, date], Season] = field(
        default_factory=dict, repr=False, compare=False
    )

    def policy(self, category: PatronCategory, kho: str, today: date) -> LoanPolicy:
        """What holds for a category and kho today: the kho's own row before the general one.

        A summer without rows of its own is like term.
        """
        key = (category, kho, today)
        if key not in self._found:
            self._found[key] = self._look_up(category, kho, today)
        return self._found[key]

    def moment(self, category: PatronCategory, now: datetime, homeroom: str = "") -> Moment:
        """How things stand for a reader at `now`."""
        lending = not self.choices.lend_in_slots_only or self.calendar.is_lending(now, homeroom)
        return Moment(self._season(category, now.date()), lending, self.choices.lending_paused)

    def _season(self, category: PatronCategory, day: date) -> Season:
        key = (category, day)
        if key not in self._seasons:
            self._seasons[key] = self.calendar.season(category, day)
        return self._seasons[key]

    def _look_up(self, category: PatronCategory, kho: str, today: date) -> LoanPolicy:
        seasons = (self._season(category, today), Season.TERM)
        for season in dict.fromkeys(seasons):
            for which in (kho, defaults.ANY_KHO):
                found = _newest(self.policies.get((category, which, season), ()), today)
                if found is not None:
                    return found
        return NOTHING_LENT


class RulebookKeeper:
    """Keeps the newest rulebook of one school in memory."""

    def __init__(self, school_id: int) -> None:
        self._school_id = school_id
        self._held: Rulebook | None = None

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Prefixes of the school's kho as they were last read; the usual ones before that."""
        return tuple(self._held.kho) if self._held else KHO_PREFIXES

    @property
    def choices(self) -> Choices:
        """The school's own choices as they were last read; the defaults before that."""
        return self._held.choices if self._held else Choices()

    def newest(self, connection: Connection) -> Rulebook | None:
        """The rulebook as the database says; None in one that was never filled."""
        row = _VERSION.first(connection, of_school=self._school_id)
        return None if row is None else self.current(connection, row.rules_version)

    def current(self, connection: Connection, version: int | None = None) -> Rulebook:
        """The rulebook as of `version`, or as the database says where that is not known."""
        if version is None:
            version = _version(connection, self._school_id)
        if self._held is None or self._held.version != version:
            self._held = read_rulebook(connection, self._school_id)
        return self._held


def read_rulebook(connection: Connection, school_id: int) -> Rulebook:
    """Read everything the school has laid down."""
    school = connection.execute(
        select(School.name, School.open_weekdays, School.rules_version).where(
            School.id == school_id
        )
    ).one()
    weekdays = frozenset(int(digit) for digit in school.open_weekdays)
    return Rulebook(
        version=school.rules_version,
        school_name=school.name,
        calendar=_calendar(connection, school_id, weekdays),
        choices=read_choices(connection, school_id),
        kho={
            row.prefix: KhoRules(row.prefix, row.name, row.width, row.lending)
            for row in _rows(connection, Kho, school_id)
        },
        policies=_policies(connection, school_id),
    )


def begin_rules(connection: Connection, school_id: int) -> None:
    """Give a new school the default kho and policies."""
    connection.execute(
        insert(Kho), [_kho_row(school_id, *each) for each in enumerate(defaults.KHO)]
    )
    for row in defaults.policies():
        set_policy(connection, school_id, row.category, row.policy, kho=row.kho, season=row.season)


def set_kho(connection: Connection, school_id: int, kho: KhoRules) -> None:
    """Begin a kho of the school's own, or name an old one anew and say how it is lent.

    Raises:
        ValueError: Its prefix or width cannot be on a label, or the width is another than that
            of the labels which are printed already.
    """
    Register(kho.prefix, kho.width)
    key = {"school_id": school_id, "prefix": kho.prefix}
    told = {"name": kho.name, "lending": kho.lending}
    width = connection.execute(select(Kho.width).filter_by(**key)).scalar()
    if width is None:
        last = connection.execute(
            select(func.max(Kho.position)).where(Kho.school_id == school_id)
        ).scalar()
        row = {"width": kho.width, "register": "", "position": (last or 0) + 1}
        connection.execute(insert(Kho).values(**key, **told, **row))
    elif width != kho.width:
        raise ValueError(f"labels of {kho.prefix} have {width} digits")
    else:
        which = (Kho.school_id == school_id, Kho.prefix == kho.prefix)
        connection.execute(update(Kho).where(*which).values(told))
    raise_version(connection, school_id)


def set_policy(
    connection: Connection,
    school_id: int,
    category: PatronCategory,
    policy: LoanPolicy,
    kho: str = defaults.ANY_KHO,
    season: Season = Season.TERM,
    valid_from: date = FROM_THE_START,
) -> None:
    """Let a policy hold from a day on; one of the same day is replaced, older ones are kept."""
    key = {"category": category, "kho": kho, "season": season, "valid_from": valid_from}
    connection.execute(delete(Policy).filter_by(school_id=school_id, **key))
    connection.execute(insert(Policy).values(school_id=school_id, **key, **asdict(policy)))
    raise_version(connection, school_id)


def choose(connection: Connection, school_id: int, **chosen: Any) -> None:
    """Set some of the school's own choices.

    Raises:
        TypeError: There is no such choice, or its value is of another kind.
    """
    for name, value in chosen.items():
        if type(value) is not _kind_of_choice(name):
            raise TypeError(f"{name} cannot be {value!r}")
        connection.execute(delete(Setting).filter_by(school_id=school_id, name=name))
        told = json.dumps(value, ensure_ascii=False)
        connection.execute(insert(Setting).values(school_id=school_id, name=name, value=told))
    raise_version(connection, school_id)


def set_school_year(connection: Connection, school_id: int, year: YearDates) -> None:
    """Enter a school year, or correct its days."""
    dates = asdict(year)
    name = dates.pop("name")
    changed = connection.execute(
        update(SchoolYear).where(SchoolYear.school_id == school_id, SchoolYear.name == name), dates
    )
    if not changed.rowcount:
        connection.execute(insert(SchoolYear).values(school_id=school_id, name=name, **dates))
    raise_version(connection, school_id)


def close_days(connection: Connection, school_id: int, days: Iterable[Holiday]) -> None:
    """Close the library on days; a day that is closed already takes the new name."""
    for holiday in days:
        connection.execute(delete(ClosedDay).filter_by(school_id=school_id, day=holiday.day))
        connection.execute(insert(ClosedDay).values(school_id=school_id, **asdict(holiday)))
    raise_version(connection, school_id)


def open_again(connection: Connection, school_id: int, days: Iterable[date]) -> None:
    """Take days off the list of closed ones."""
    days = list(days)
    connection.execute(
        delete(ClosedDay).where(ClosedDay.school_id == school_id, ClosedDay.day.in_(days))
    )
    raise_version(connection, school_id)


def open_on(connection: Connection, school_id: int, day: date, name: str) -> None:
    """Open on a day that would be closed (học bù)."""
    connection.execute(insert(OpenDay).values(school_id=school_id, day=day, name=name))
    raise_version(connection, school_id)


def set_recall_days(
    connection: Connection, school_id: int, category: PatronCategory, days: Iterable[date]
) -> None:
    """Say by which days everything of a category must be back, in place of what was said."""
    connection.execute(delete(RecallDay).filter_by(school_id=school_id, category=category))
    for day in days:
        connection.execute(
            insert(RecallDay).values(school_id=school_id, category=category, day=day)
        )
    raise_version(connection, school_id)


def set_slots(connection: Connection, school_id: int, slots: Iterable[Slot]) -> None:
    """Set the week's lending and reading times, in place of those before."""
    connection.execute(delete(OpeningSlot).filter_by(school_id=school_id))
    for slot in slots:
        connection.execute(insert(OpeningSlot).values(school_id=school_id, **asdict(slot)))
    raise_version(connection, school_id)


def set_bells(connection: Connection, school_id: int, bells: Iterable[Bell]) -> None:
    """Set the day's lessons and breaks, in place of those before."""
    connection.execute(delete(BellTime).filter_by(school_id=school_id))
    for bell in bells:
        connection.execute(insert(BellTime).values(school_id=school_id, **asdict(bell)))
    raise_version(connection, school_id)


def own_abbreviations(connection: Connection, school_id: int) -> dict[str, str]:
    """The school's choice `abbreviations`, without the rest of the rulebook."""
    chosen = select(Setting.value).where(
        Setting.school_id == school_id, Setting.name == "abbreviations"
    )
    told = connection.execute(chosen).scalar()
    own: dict[str, str] = {} if told is None else json.loads(told)
    return own


def raise_version(connection: Connection, school_id: int) -> None:
    """Let everyone who keeps the rules in memory read them anew."""
    moved = {"rules_version": School.rules_version + 1}
    connection.execute(update(School).where(School.id == school_id).values(moved))


def _newest(dated: Iterable[tuple[date, LoanPolicy]], today: date) -> LoanPolicy | None:
    return next((policy for begins, policy in dated if begins <= today), None)


_VERSION = Prepared(select(School.rules_version).where(School.id == bindparam("of_school")))


def _version(connection: Connection, school_id: int) -> int:
    row = _VERSION.first(connection, of_school=school_id)
    if row is None:
        raise NoResultFound
    version: int = row.rules_version
    return version


def _calendar(connection: Connection, school_id: int, weekdays: frozenset[int]) -> Calendar:
    recalls: dict[PatronCategory, list[date]] = {}
    for row in sorted(_rows(connection, RecallDay, school_id), key=lambda row: row.day):
        recalls.setdefault(row.category, []).append(row.day)
    years = (YearDates(*row[1:]) for row in _rows(connection, SchoolYear, school_id))
    return Calendar(
        open_weekdays=weekdays,
        closed_days=frozenset(row.day for row in _rows(connection, ClosedDay, school_id)),
        open_days=frozenset(row.day for row in _rows(connection, OpenDay, school_id)),
        years=tuple(sorted(years, key=lambda year: year.begins_on)),
        recall_days={category: tuple(days) for category, days in recalls.items()},
        slots=tuple(
            Slot(row.weekday, row.begins, row.ends, row.use, row.homeroom)
            for row in _rows(connection, OpeningSlot, school_id)
        ),
        bells=tuple(
            Bell(row.begins, row.ends, row.lesson) for row in _rows(connection, BellTime, school_id)
        ),
    )


def read_choices(connection: Connection, school_id: int) -> Choices:
    """The choices made, over the defaults; those of a later version are left alone."""
    known = {one.name for one in fields(Choices)}
    made: dict[str, Any] = {
        row.name: json.loads(row.value)
        for row in _rows(connection, Setting, school_id)
        if row.name in known
    }
    chosen: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in made.items()}
    return Choices(**chosen)


def _kind_of_choice(name: str) -> type:
    if name not in {one.name for one in fields(Choices)}:
        raise TypeError(f"there is no choice {name}")
    return type(getattr(Choices(), name))


def _policies(
    connection: Connection, school_id: int
) -> dict[tuple[PatronCategory, str, Season], tuple[tuple[date, LoanPolicy], ...]]:
    found: dict[tuple[PatronCategory, str, Season], list[tuple[date, LoanPolicy]]] = {}
    rows = sorted(_rows(connection, Policy, school_id), key=lambda row: row.valid_from)
    for row in reversed(rows):
        policy = LoanPolicy(**{name: getattr(row, name) for name in _POLICY_FIELDS})
        key = (row.category, row.kho, row.season)
        found.setdefault(key, []).append((row.valid_from, policy))
    return {key: tuple(dated) for key, dated in found.items()}


def _kho_row(school_id: int, position: int, kho: defaults.KhoDefault) -> dict[str, Any]:
    return {"school_id": school_id, **asdict(kho), "position": position}


def _rows(connection: Connection, table: Any, school_id: int) -> Iterator[Any]:
    yield from _all_of(table).all(connection, of_school=school_id)


@cache
def _all_of(table: Any) -> Prepared:
    of_school = table.school_id == bindparam("of_school")
    return Prepared(select(table.__table__).where(of_school))
