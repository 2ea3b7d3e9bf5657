"""What is looked at in the library before pupils come to an activity, and what was found (S41).

Each look stays in the records; the newest at a point says how it is. Keeps out how the list is
laid out.

Source:
    The reference school's plan ("bảo đảm các điều kiện về an toàn, phòng chống cháy nổ trong quá
    trình diễn ra các hoạt động tại thư viện"); domain specification S41.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, insert, select

from db.library import Act
from db.models import Activity, HeadCount, SafetyLook
from db.states import SafetyPoint

NOTE_LENGTH: Final = 120
POINT_WORDS: Final = {
    SafetyPoint.EXITS: "Cửa ra vào mở được từ trong, lối đi thông thoáng",
    SafetyPoint.EXTINGUISHERS: "Bình chữa cháy đúng chỗ, còn hạn, kim ở vạch xanh",
    SafetyPoint.WIRING: "Ổ cắm, dây điện, quạt, đèn không hở, không nóng",
    SafetyPoint.FLAMES: "Không có lửa, nến, bếp, chất dễ cháy",
    SafetyPoint.SHELVES: "Giá, tủ đứng vững; không để đồ nặng trên cao",
    SafetyPoint.SEATS: "Số người không quá số chỗ của phòng",
    SafetyPoint.LEADER: "Người phụ trách biết số 114 và lối đưa học sinh ra",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at a point."""

    passed: bool | None = None
    """None where nobody looked yet."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SafetyList:
    """The list of one activity, as it stands."""

    found: Mapping[SafetyPoint, Found]
    """Of every point."""
    looked_at: datetime | None = None
    """When somebody looked last."""
    author: str = ""

    @property
    def wrong(self) -> int:
        """Points at which something is not as it should be."""
        return sum(one.passed is False for one in self.found.values())

    @property
    def open(self) -> int:
        """Points that nobody looked at."""
        return sum(one.passed is None for one in self.found.values())


NOT_LOOKED_AT: Final = SafetyList(dict.fromkeys(SafetyPoint, Found()))


def read_safety(act: Act, activity_ids: Sequence[UUID], as_of: datetime) -> dict[UUID, SafetyList]:
    """The lists of some activities as known at a moment; of those alone that were looked at."""
    looks: dict[UUID, list[Any]] = defaultdict(list)
    for row in _looks(act, activity_ids, as_of):
        looks[row.entry_id].append(row)
    return {one: _listed(rows) for one, rows in looks.items()}


def look(act: Act, activity_id: UUID, found: Mapping[SafetyPoint, Found], author: str) -> None:
    """Note what somebody found, where it is not what the list says already."""
    before = read_safety(act, [activity_id], act.now).get(activity_id, NOT_LOOKED_AT)
    own = {"school_id": act.school_id, "entry_id": activity_id, "looked_at": act.now}
    for point, one in found.items():
        if one != before.found[point]:
            row = {**own, "point": point}  # two looks within one tick of the clock are one
            act.connection.execute(delete(SafetyLook).filter_by(**row))
            told = {"passed": one.passed, "note": one.note, "author": author}
            act.connection.execute(insert(SafetyLook).values(**row, **told))


def unlooked(school_id: int, today: date) -> tuple[ColumnElement[bool], ...]:
    """What an activity must be to begin today without anybody having looked."""
    looked = (SafetyLook.school_id == school_id, SafetyLook.entry_id == Activity.entry_id)
    came = (HeadCount.school_id == school_id, HeadCount.id == Activity.id)
    return (
        Activity.school_id == school_id,
        Activity.day == today,
        Activity.ended_at.is_(None),
        ~exists().where(*looked),
        ~exists().where(*came),  # it has begun, or is over
    )


def _looks(act: Act, activity_ids: Sequence[UUID], as_of: datetime) -> Iterator[Any]:
    """The looks at some activities, the newest last, a few hundred activities at a time."""
    known = (SafetyLook.school_id == act.school_id, SafetyLook.looked_at <= as_of)
    asked = select(SafetyLook.__table__).where(*known).order_by(SafetyLook.looked_at)
    for first in range(0, len(activity_ids), _AT_ONCE):
        some = SafetyLook.entry_id.in_(activity_ids[first : first + _AT_ONCE])
        yield from act.connection.execute(asked.where(some))


def _listed(looks: list[Any]) -> SafetyList:
    found = dict.fromkeys(SafetyPoint, Found())
    found.update((row.point, Found(row.passed, row.note)) for row in looks)
    return SafetyList(found, looks[-1].looked_at, looks[-1].author)


_AT_ONCE: Final = 400
"""Fewer than the parameters that SQLite takes in one question."""
