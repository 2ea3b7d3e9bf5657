"""The library's furniture and equipment: how many there are, in what state, looked at when (S34).

Each count stays in the records; the last one says how things are, and who corrects a name or a
price has not counted. Money is what a thing cost,
for the list's sum. Keeps out how the list is laid out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, insert, select, update

from db.ids import new_id
from db.library import Act, Library
from db.models import Asset, AssetCount
from db.ordering import sort_key
from db.states import AssetKind

NAME_LENGTH, UNIT_LENGTH, PLACE_LENGTH, NOTE_LENGTH = 100, 16, 80, 200
MOST: Final = 100_000
MOST_VND: Final = 2_000_000_000

KIND_WORDS: Final = {
    AssetKind.FURNITURE: "Bàn ghế, giá, tủ",
    AssetKind.MACHINE: "Máy tính, máy in, thiết bị điện",
    AssetKind.LIBRARY_TOOL: "Thiết bị chuyên dùng của thư viện",
    AssetKind.SAFETY: "Phòng cháy, an toàn",
    AssetKind.OTHER: "Khác",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What is said of an asset, whatever its number."""

    name: str
    kind: AssetKind
    unit: str = "cái"
    place: str = ""
    since_year: int | None = None
    price_vnd: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """How many there are, and in what state."""

    good: int = 0
    worn: int = 0
    broken: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.good + self.worn + self.broken


@dataclass(frozen=True, slots=True)
class AssetShown:
    """An asset and how it was found last."""

    id: UUID
    thing: Thing
    state: State
    counted_on: date | None


class Equipment:
    """The assets of one school's library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def enter(self, thing: Thing, state: State, author: str) -> UUID:
        """Enter an asset, with how many there are today."""
        asset_id = new_id()
        with self._library.act() as act:
            row = {"school_id": act.school_id, "id": asset_id, **asdict(thing)}
            act.connection.execute(insert(Asset).values(**row))
            _count(act, asset_id, state, author)
        return asset_id

    def listed(self) -> tuple[AssetShown, ...]:
        """All assets by kind and name."""
        with self._library.act() as act:
            return read_assets(act, act.now)

    def counts(self, asset_id: UUID) -> tuple[tuple[date, State], ...]:
        """When an asset was looked at and how it was, the newest first."""
        told = (AssetCount.day, AssetCount.good, AssetCount.worn, AssetCount.broken)
        with self._library.act() as act:
            own = (AssetCount.school_id == act.school_id, AssetCount.asset_id == asset_id)
            asked = select(*told).where(*own).order_by(AssetCount.made_at.desc())
            rows = act.connection.execute(asked)
            return tuple((row.day, State(row.good, row.worn, row.broken)) for row in rows)


def hold_asset(act: Act, asset_id: UUID) -> AssetShown | None:
    """An asset that nobody else changes until this transaction ends; None if there is none."""
    own = select(Asset.id).where(Asset.school_id == act.school_id, Asset.id == asset_id)
    act.connection.execute(own.with_for_update())
    return next((one for one in read_assets(act, act.now) if one.id == asset_id), None)


def change_asset(
    act: Act, asset: AssetShown, thing: Thing, state: State, author: str, *, counted: bool
) -> None:
    """Correct what is said of an asset that is held.

    Args:
        act: The transaction.
        asset: As it was.
        thing: What is said of it from now on.
        state: How many there are; where they are others than before, somebody has counted.
        author: Who says so.
        counted: Whether somebody looked today, though nothing has changed.
    """
    own = (Asset.school_id == act.school_id, Asset.id == asset.id)
    act.connection.execute(update(Asset).where(*own).values(**asdict(thing)))
    if counted or state != asset.state:
        _count(act, asset.id, state, author)


def read_assets(act: Act, as_of: datetime) -> tuple[AssetShown, ...]:
    """The assets by kind and name, as they were counted by a moment."""
    newest = (
        select(AssetCount.asset_id, func.max(AssetCount.made_at).label("made_at"))
        .where(AssetCount.school_id == act.school_id, AssetCount.made_at <= as_of)
        .group_by(AssetCount.asset_id)
        .subquery()
    )
    is_newest = and_(
        AssetCount.asset_id == newest.c.asset_id, AssetCount.made_at == newest.c.made_at
    )
    asked = (
        select(Asset.__table__, *_COUNTED)
        .join(newest, newest.c.asset_id == Asset.id)
        .join(AssetCount, and_(AssetCount.school_id == Asset.school_id, is_newest))
        .where(Asset.school_id == act.school_id)
    )
    shown = (_shown(row) for row in act.connection.execute(asked))
    return tuple(sorted(shown, key=_order))


def _count(act: Act, asset_id: UUID, state: State, author: str) -> None:
    row = {"asset_id": asset_id, "made_at": act.now, "day": act.today, **asdict(state)}
    last = select(func.max(AssetCount.made_at)).where(
        AssetCount.school_id == act.school_id, AssetCount.asset_id == asset_id
    )
    if act.connection.execute(last).scalar() == act.now:  # two within one tick of the clock
        same = (AssetCount.school_id == act.school_id, AssetCount.asset_id == asset_id)
        again = update(AssetCount).where(*same, AssetCount.made_at == act.now)
        act.connection.execute(again.values(**asdict(state), author=author))
        return
    act.connection.execute(insert(AssetCount).values(school_id=act.school_id, **row, author=author))


def _shown(row: Any) -> AssetShown:
    told = (row.name, row.kind, row.unit, row.place, row.since_year, row.price_vnd, row.note)
    return AssetShown(row.id, Thing(*told), State(row.good, row.worn, row.broken), row.day)


def _order(one: AssetShown) -> Any:
    return list(AssetKind).index(one.thing.kind), sort_key(one.thing.name), one.id


_COUNTED: Final = (AssetCount.day, AssetCount.good, AssetCount.worn, AssetCount.broken)
