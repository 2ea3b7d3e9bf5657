"""What the library held: reading lessons, talks, displays, the reading day, training.

Whoever came to the library for it is counted in the diary (R8) by a `HeadCount` of the same id,
so that the figure is entered once. What is corrected or struck out stays in the records with the
moment it ended, so that the figures of an earlier moment come back. Keeps out how it is laid out.

Source:
    Circular 16/2022/TT-BGDĐT, standard 4 (five groups of activities); domain specification
    S21, S36, S54, S83.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, or_, select, update

from db.calendar import YearDates, month_after
from db.ids import new_id
from db.library import Act, Library
from db.models import Activity, ActivityClass, HeadCount
from db.ordering import sort_key
from db.outcomes import PatronCategory
from db.states import ActivityKind

WHAT_LENGTH, LED_BY_LENGTH, BOOKS_LENGTH, NOTE_LENGTH = 200, 100, 300, 200
MOST_READERS: Final = 5000
LESSONS: Final = (ActivityKind.READING_LESSON, ActivityKind.SUBJECT_LESSON)
TALKS: Final = (ActivityKind.BOOK_TALK, ActivityKind.READING_DAY)
"""What introduces books to pupils; a month should have one (CV 3905, domain specification S83)."""

FOR_STAFF: Final = (ActivityKind.TEACHER_SUPPORT, ActivityKind.TRAINING)
"""What teachers come to; the diary counts them apart from pupils."""

KIND_WORDS: Final = {
    ActivityKind.READING_LESSON: "Tiết đọc",
    ActivityKind.SUBJECT_LESSON: "Tiết học tại thư viện",
    ActivityKind.BOOK_TALK: "Giới thiệu sách",
    ActivityKind.STORYTELLING: "Kể chuyện, điểm sách",
    ActivityKind.DISPLAY: "Trưng bày, triển lãm",
    ActivityKind.READING_DAY: "Ngày hội đọc sách",
    ActivityKind.CONTEST: "Cuộc thi",
    ActivityKind.GUIDANCE: "Hướng dẫn sử dụng thư viện",
    ActivityKind.TEACHER_SUPPORT: "Hỗ trợ giáo viên",
    ActivityKind.EXCHANGE: "Liên thông thư viện",
    ActivityKind.TRAINING: "Bồi dưỡng nghiệp vụ",
}
GROUPS: Final = {
    "Nội quy, hướng dẫn": (ActivityKind.GUIDANCE,),
    "Khuyến đọc": (
        ActivityKind.BOOK_TALK,
        ActivityKind.STORYTELLING,
        ActivityKind.DISPLAY,
        ActivityKind.READING_DAY,
        ActivityKind.CONTEST,
    ),
    "Hỗ trợ học tập": LESSONS,
    "Hỗ trợ giáo viên": (ActivityKind.TEACHER_SUPPORT,),
    "Liên thông": (ActivityKind.EXCHANGE,),
}
"""The five groups of standard 4; training is the library's own."""


@dataclass(frozen=True, slots=True)
class Held:
    """One activity, as it is entered."""

    day: date
    kind: ActivityKind
    what: str
    homerooms: tuple[str, ...] = ()
    """The classes that took part; none for the whole school."""
    readers: int = 0
    lesson: int | None = None
    led_by: str = ""
    books: str = ""
    note: str = ""
    in_library: bool = False
    """Whether those who took part were in the library, and count as its readers of the day."""

    @property
    def comers(self) -> PatronCategory:
        """As whom the diary counts them."""
        return PatronCategory.TEACHER if self.kind in FOR_STAFF else PatronCategory.STUDENT


@dataclass(frozen=True, slots=True)
class HeldBefore:
    """An activity in the records."""

    id: UUID
    """Which activity it is, however often it was corrected."""
    held: Held


@dataclass(frozen=True, slots=True)
class Counted:
    """Readers of a day whom somebody counted."""

    day: date
    category: PatronCategory
    readers: int
    note: str
    """What they came for; no names."""


@dataclass(frozen=True, slots=True)
class ClassLessons:
    """The lessons of one class in the library, by semester."""

    homeroom: str
    reading: tuple[int, int]
    subject: tuple[int, int]

    @property
    def terms(self) -> tuple[int, int]:
        """Both kinds together, by semester."""
        return self.reading[0] + self.subject[0], self.reading[1] + self.subject[1]


class Activities:
    """The activities of one school's library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def enter(self, held: Held, author: str) -> UUID:
        """Note an activity."""
        with self._library.act() as act:
            return _write(act, held, author)

    def strike_out(self, activity_id: UUID) -> bool:
        """Let an activity count no more; False if there is none."""
        with self._library.act() as act:
            there = hold_activity(act, activity_id) is not None
            _end(act, activity_id)
        return there

    def one(self, activity_id: UUID) -> Held | None:
        """One activity; None if there is none."""
        with self._library.act() as act:
            return read_activity(act, activity_id)


def write_count(act: Act, count_id: UUID, counted: Counted, author: str) -> None:
    """Enter readers whom somebody counted into the diary (R8)."""
    made = {"school_id": act.school_id, "id": count_id, "made_at": act.now, "author": author}
    act.connection.execute(insert(HeadCount).values(**made, **asdict(counted)))


def counted_on(
    act: Act, day: date, category: PatronCategory, *, by_hand: bool = False
) -> list[Counted]:
    """Who of a day stands in the diary already, of pupils or of the staff.

    Args:
        act: The library.
        day: Which day.
        category: Of whom; teachers and other staff are one.
        by_hand: Leave out those who came for an activity.
    """
    of_day = (HeadCount.school_id == act.school_id, HeadCount.day == day)
    is_pupil = HeadCount.category == PatronCategory.STUDENT
    whose = is_pupil if category is PatronCategory.STUDENT else ~is_pupil
    told = select(HeadCount.day, HeadCount.category, HeadCount.readers, HeadCount.note)
    asked = told.where(*of_day, whose, HeadCount.ended_at.is_(None)).order_by(HeadCount.made_at)
    if by_hand:
        asked = asked.where(
            HeadCount.id.not_in(select(Activity.id).where(Activity.school_id == act.school_id))
        )
    return [Counted(*row) for row in act.connection.execute(asked)]


def read_activities(act: Act, since: date, until: date, as_of: datetime) -> list[HeldBefore]:
    """The activities of a range as known at a moment, the oldest first."""
    known = (Activity.made_at <= as_of, or_(Activity.ended_at.is_(None), Activity.ended_at > as_of))
    days = (Activity.day >= since, Activity.day <= until)
    return _read(act, Activity.school_id == act.school_id, *known, *days)


def read_activity(act: Act, activity_id: UUID) -> Held | None:
    """One activity as it is now; None if there is none."""
    found = _read(act, *_one(act, activity_id))
    return found[0].held if found else None


def hold_activity(act: Act, activity_id: UUID) -> Held | None:
    """One activity that nobody else corrects until this transaction ends; None if there is none."""
    asked = select(Activity.id).where(*_one(act, activity_id))
    act.connection.execute(asked.with_for_update())
    return read_activity(act, activity_id)


def correct_activity(act: Act, activity_id: UUID, held: Held, author: str) -> None:
    """Let an activity that is held be another from now on; what it was stays in the records."""
    _end(act, activity_id)
    _write(act, held, author, activity_id)


def by_kind(held: Iterable[HeldBefore]) -> Counter[ActivityKind]:
    """How many of each kind."""
    return Counter(one.held.kind for one in held)


def lessons(
    held: Iterable[HeldBefore], homerooms: Iterable[str], year: YearDates
) -> list[ClassLessons]:
    """The lessons of each class by semester; classes without one too (S54)."""
    counts: dict[str, Counter[tuple[ActivityKind, bool]]] = defaultdict(Counter)
    for one in held:
        is_second = one.held.day >= year.second_semester_begins_on
        for room in one.held.homerooms:
            counts[room][one.held.kind, is_second] += 1
    rooms = sorted({*homerooms, *counts}, key=sort_key)
    reading, subject = LESSONS
    return [
        ClassLessons(
            room,
            (counts[room][reading, False], counts[room][reading, True]),
            (counts[room][subject, False], counts[room][subject, True]),
        )
        for room in rooms
    ]


def months_without_talk(held: Iterable[HeldBefore], since: date, until: date) -> list[date]:
    """The first days of those months of a range in which no book was introduced (S83)."""
    talked = {one.held.day.replace(day=1) for one in held if one.held.kind in TALKS}
    return [month for month in months(since, until) if month not in talked]


def months(since: date, until: date) -> Iterator[date]:
    """The first day of each month of a range."""
    month = since.replace(day=1)
    while month <= until:
        yield month
        month = month_after(month)


def _write(act: Act, held: Held, author: str, entry_id: UUID | None = None) -> UUID:
    """Write an activity, the classes that took part, and the readers of the day."""
    row_id = new_id()
    own = {"school_id": act.school_id, "id": row_id, "entry_id": entry_id or row_id}
    told = {**_row(held), "made_at": act.now, "author": author}
    act.connection.execute(insert(Activity).values(**own, **told))
    part = {"school_id": act.school_id, "activity_id": row_id}
    rooms = [{**part, "homeroom": room} for room in dict.fromkeys(held.homerooms)]
    if rooms:
        act.connection.execute(insert(ActivityClass), rooms)
    if held.in_library:
        _count(act, row_id, held, author)
    return entry_id or row_id


def _row(held: Held) -> dict[str, Any]:
    return {
        "day": held.day,
        "kind": held.kind,
        "what": held.what,
        "led_by": held.led_by,
        "lesson": held.lesson,
        "readers": held.readers,
        "books": held.books,
        "note": held.note,
    }


def _count(act: Act, row_id: UUID, held: Held, author: str) -> None:
    """Enter who came into the diary."""
    words = f"{KIND_WORDS[held.kind]} {', '.join(held.homerooms)}".strip()[:100]
    write_count(act, row_id, Counted(held.day, held.comers, held.readers, words), author)


def _end(act: Act, activity_id: UUID) -> None:
    """Let an activity as it stands count no more, and nobody who came for it."""
    stands = select(Activity.id).where(*_one(act, activity_id))
    counted = (HeadCount.school_id == act.school_id, HeadCount.id.in_(stands))
    act.connection.execute(update(HeadCount).where(*counted).values(ended_at=act.now))
    ended = update(Activity).where(*_one(act, activity_id)).values(ended_at=act.now)
    act.connection.execute(ended)


def _one(act: Act, activity_id: UUID) -> tuple[Any, ...]:
    own = (Activity.school_id == act.school_id, Activity.entry_id == activity_id)
    return (*own, Activity.ended_at.is_(None))


def _read(act: Act, *which: Any) -> list[HeldBefore]:
    asked = select(Activity.__table__).where(*which).order_by(Activity.day, Activity.entry_id)
    rows = act.connection.execute(asked).all()
    ids = [row.id for row in rows]
    rooms: dict[UUID, list[str]] = defaultdict(list)
    for named in _beside(act, ActivityClass.activity_id, ActivityClass.homeroom, ids):
        rooms[named[0]].append(named[1])
    counted = {row[0] for row in _beside(act, HeadCount.id, HeadCount.day, ids)}
    return [_held(row, rooms[row.id], row.id in counted) for row in rows]


def _beside(act: Act, key: Any, told: Any, ids: list[UUID]) -> Iterator[Any]:
    """What belongs to some activities, a few hundred at a time."""
    for first in range(0, len(ids), _AT_ONCE):
        some = key.in_(ids[first : first + _AT_ONCE])
        own = key.class_.school_id == act.school_id
        yield from act.connection.execute(select(key, told).where(own, some))


def _held(row: Any, rooms: list[str], in_library: bool) -> HeldBefore:
    held = Held(
        row.day,
        row.kind,
        row.what,
        tuple(sorted(rooms, key=sort_key)),
        row.readers,
        row.lesson,
        row.led_by,
        row.books,
        row.note,
        in_library,
    )
    return HeldBefore(row.entry_id, held)


_AT_ONCE: Final = 400
"""Fewer than the parameters that SQLite takes in one question."""
