"""What the school lays down, area by area, each change kept with what was before it. No HTML.

An area is read whole and written whole as plain values, so that any change can be taken back
as long as nothing in it was changed since. Policies have their own days besides.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from db import rulebook
from db.calendar import Bell, Holiday, Slot, YearDates
from db.ids import new_id
from db.models import (
    ClosedDay,
    Enrolment,
    Homeroom,
    Policy,
    School,
    SchoolYear,
    SettingChange,
)
from db.outcomes import PatronCategory
from db.rulebook import KhoRules, read_rulebook
from db.rules import LoanPolicy
from db.states import ClosedKind, LendingMode, LoanTerm, Season, SlotUse

Values = dict[str, Any]


class Area(StrEnum):
    """A part of the settings that is changed and taken back as one."""

    SCHOOL = "school"
    YEARS = "years"
    RECALLS = "recalls"
    CLOSED_DAYS = "closed-days"
    SLOTS = "slots"
    BELLS = "bells"
    HOUSE_RULES = "house-rules"
    CHOICES = "choices"
    KHO = "kho"
    POLICIES = "policies"


class Undoing(StrEnum):
    """What came of taking a change back."""

    DONE = "done"
    CHANGED_SINCE = "changed-since"
    STAYS = "stays"
    """What was added is in use, and nothing was changed."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Changed:
    """One change."""

    id: UUID
    made_at: datetime
    author: str
    area: Area
    before: Values
    after: Values
    undone: bool


HOUSE_RULES_CHOICE = "house_rules"
NOT_CHOSEN_HERE = frozenset({HOUSE_RULES_CHOICE, "idle_messages", "label_sheets", "standards"})
"""Choices with a page of their own."""


def read(connection: Connection, school_id: int, area: Area) -> Values:
    """An area as plain values."""
    return _AREAS[area].read(connection, school_id)


def hold(connection: Connection, school_id: int) -> None:
    """Let nobody else change the settings until this transaction ends."""
    connection.execute(select(School.id).where(School.id == school_id).with_for_update())


def last_change(connection: Connection, school_id: int, area: Area) -> Changed | None:
    """The newest change of an area."""
    own = (SettingChange.school_id == school_id, SettingChange.area == area.value)
    newest = SettingChange.made_at.desc(), SettingChange.id.desc()
    asked = select(SettingChange.__table__).where(*own).order_by(*newest).limit(1)
    row = connection.execute(asked).first()
    return None if row is None else _changed(row)


def change(
    connection: Connection, school_id: int, area: Area, to: Values, author: str, now: datetime
) -> bool:
    """Let an area be as told, and keep what it was; False if that is how it was."""
    before = read(connection, school_id, area)
    _AREAS[area].write(connection, school_id, to)
    after = read(connection, school_id, area)
    if before == after:
        return False
    row = {"id": new_id(), "made_at": now, "author": author, "area": area.value, "undone": False}
    values = {"before": before, "after": after}
    connection.execute(insert(SettingChange).values(school_id=school_id, **row, **values))
    return True


def undo(
    connection: Connection, school_id: int, change_id: UUID, author: str, now: datetime
) -> Undoing:
    """Take a change back, unless its area was changed since; that is a change too."""
    which = (SettingChange.school_id == school_id, SettingChange.id == change_id)
    row = connection.execute(select(SettingChange.__table__).where(*which)).first()
    if row is None:
        return Undoing.UNKNOWN
    area = Area(row.area)
    if read(connection, school_id, area) != row.after:
        return Undoing.CHANGED_SINCE
    if not change(connection, school_id, area, row.before, author, now):
        return Undoing.STAYS
    connection.execute(update(SettingChange).where(*which).values(undone=True))
    return Undoing.DONE


def changes(connection: Connection, school_id: int, most: int = 100) -> list[Changed]:
    """The changes, newest first."""
    rows = connection.execute(
        select(SettingChange.__table__)
        .where(SettingChange.school_id == school_id)
        .order_by(SettingChange.made_at.desc(), SettingChange.id.desc())
        .limit(most)
    )
    return [_changed(row) for row in rows]


def _changed(row: Any) -> Changed:
    area = Area(row.area)
    return Changed(row.id, row.made_at, row.author, area, row.before, row.after, row.undone)


@dataclass(frozen=True, slots=True)
class _Area:
    read: Callable[[Connection, int], Values]
    write: Callable[[Connection, int, Values], None]


def _read_school(connection: Connection, school_id: int) -> Values:
    asked = select(School.name, School.open_weekdays).where(School.id == school_id)
    row = connection.execute(asked).one()
    return {"name": row.name, "open_weekdays": row.open_weekdays}


def _write_school(connection: Connection, school_id: int, to: Values) -> None:
    connection.execute(update(School).where(School.id == school_id).values(to))
    rulebook.raise_version(connection, school_id)


def _read_years(connection: Connection, school_id: int) -> Values:
    years = read_rulebook(connection, school_id).calendar.years
    return {
        year.name: [
            f"{day}"
            for day in (
                year.begins_on,
                year.opened_on,
                year.first_semester_ends_on,
                year.second_semester_begins_on,
                year.ends_on,
            )
        ]
        for year in years
    }


def _write_years(connection: Connection, school_id: int, to: Values) -> None:
    for name, days in to.items():
        year = YearDates(name, *map(date.fromisoformat, days))
        rulebook.set_school_year(connection, school_id, year)
    lived_in = select(Homeroom.school_year).where(Homeroom.school_id == school_id)
    gone = (
        SchoolYear.school_id == school_id,
        SchoolYear.name.not_in(to),
        SchoolYear.name.not_in(lived_in),
        SchoolYear.name.not_in(
            select(Enrolment.school_year).where(Enrolment.school_id == school_id)
        ),
    )
    connection.execute(delete(SchoolYear).where(*gone))
    rulebook.raise_version(connection, school_id)


def _read_recalls(connection: Connection, school_id: int) -> Values:
    days = read_rulebook(connection, school_id).calendar.recall_days
    return {one.value: [f"{day}" for day in days.get(one, ())] for one in PatronCategory}


def _write_recalls(connection: Connection, school_id: int, to: Values) -> None:
    for category, days in to.items():
        read_days = [date.fromisoformat(day) for day in days]
        rulebook.set_recall_days(connection, school_id, PatronCategory(category), read_days)


def _read_closed(connection: Connection, school_id: int) -> Values:
    rows = connection.execute(
        select(ClosedDay.day, ClosedDay.name, ClosedDay.kind)
        .where(ClosedDay.school_id == school_id)
        .order_by(ClosedDay.day)
    )
    return {f"{row.day}": [row.name, row.kind.value] for row in rows}


def _write_closed(connection: Connection, school_id: int, to: Values) -> None:
    there = {date.fromisoformat(day) for day in _read_closed(connection, school_id)}
    wanted = {
        date.fromisoformat(day): Holiday(date.fromisoformat(day), name, ClosedKind(kind))
        for day, (name, kind) in to.items()
    }
    rulebook.open_again(connection, school_id, there - set(wanted))
    rulebook.close_days(connection, school_id, wanted.values())


def _read_slots(connection: Connection, school_id: int) -> Values:
    slots = read_rulebook(connection, school_id).calendar.slots
    rows = [
        [one.weekday, f"{one.begins:%H:%M}", f"{one.ends:%H:%M}", one.use.value, one.homeroom]
        for one in slots
    ]
    return {"slots": sorted(rows)}


def _write_slots(connection: Connection, school_id: int, to: Values) -> None:
    slots = [
        Slot(weekday, time.fromisoformat(begins), time.fromisoformat(ends), SlotUse(use), room)
        for weekday, begins, ends, use, room in to["slots"]
    ]
    rulebook.set_slots(connection, school_id, slots)


def _read_bells(connection: Connection, school_id: int) -> Values:
    bells = read_rulebook(connection, school_id).calendar.bells
    rows = [[f"{one.begins:%H:%M}", f"{one.ends:%H:%M}", one.lesson] for one in bells]
    return {"bells": sorted(rows, key=lambda row: str(row[0]))}


def _write_bells(connection: Connection, school_id: int, to: Values) -> None:
    bells = [
        Bell(time.fromisoformat(begins), time.fromisoformat(ends), lesson)
        for begins, ends, lesson in to["bells"]
    ]
    rulebook.set_bells(connection, school_id, bells)


def _read_house_rules(connection: Connection, school_id: int) -> Values:
    return {"lines": list(read_rulebook(connection, school_id).choices.house_rules)}


def _write_house_rules(connection: Connection, school_id: int, to: Values) -> None:
    rulebook.choose(connection, school_id, **{HOUSE_RULES_CHOICE: tuple(to["lines"])})


def _read_choices(connection: Connection, school_id: int) -> Values:
    choices = read_rulebook(connection, school_id).choices
    found = {one.name: getattr(choices, one.name) for one in fields(choices)}
    plain: Values = json.loads(
        json.dumps({name: value for name, value in found.items() if name not in NOT_CHOSEN_HERE})
    )
    return plain


def _write_choices(connection: Connection, school_id: int, to: Values) -> None:
    chosen = {name: tuple(v) if isinstance(v, list) else v for name, v in to.items()}
    rulebook.choose(connection, school_id, **chosen)


def _read_kho(connection: Connection, school_id: int) -> Values:
    kho = read_rulebook(connection, school_id).kho
    return {one.prefix: [one.name, one.width, one.lending.value] for one in kho.values()}


def _write_kho(connection: Connection, school_id: int, to: Values) -> None:
    # A kho that was begun stays: its numbers may be on labels already.
    for prefix, (name, width, lending) in to.items():
        rulebook.set_kho(connection, school_id, KhoRules(prefix, name, width, LendingMode(lending)))


def _read_policies(connection: Connection, school_id: int) -> Values:
    names = [one.name for one in fields(LoanPolicy)]
    found: Values = {}
    rows = connection.execute(
        select(Policy.__table__)
        .where(Policy.school_id == school_id)
        .order_by(Policy.category, Policy.kho, Policy.season, Policy.valid_from)
    )
    for row in rows:
        policy = {name: getattr(row, name) for name in names}
        policy["term"] = row.term.value
        found[f"{row.category.value}/{row.kho}/{row.season.value}/{row.valid_from}"] = policy
    return found


def _write_policies(connection: Connection, school_id: int, to: Values) -> None:
    connection.execute(delete(Policy).where(Policy.school_id == school_id))
    for key, values in to.items():
        category, kho, season, begins = key.split("/")
        policy = LoanPolicy(**{**values, "term": LoanTerm(values["term"])})
        rulebook.set_policy(
            connection,
            school_id,
            PatronCategory(category),
            policy,
            kho,
            Season(season),
            date.fromisoformat(begins),
        )
    rulebook.raise_version(connection, school_id)


def policy_values(policy: LoanPolicy) -> Values:
    """A policy as plain values."""
    return {**asdict(policy), "term": policy.term.value}


_AREAS = {
    Area.SCHOOL: _Area(_read_school, _write_school),
    Area.YEARS: _Area(_read_years, _write_years),
    Area.RECALLS: _Area(_read_recalls, _write_recalls),
    Area.CLOSED_DAYS: _Area(_read_closed, _write_closed),
    Area.SLOTS: _Area(_read_slots, _write_slots),
    Area.BELLS: _Area(_read_bells, _write_bells),
    Area.HOUSE_RULES: _Area(_read_house_rules, _write_house_rules),
    Area.CHOICES: _Area(_read_choices, _write_choices),
    Area.KHO: _Area(_read_kho, _write_kho),
    Area.POLICIES: _Area(_read_policies, _write_policies),
}
