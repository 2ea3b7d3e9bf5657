"""The demo school: 516 invented pupils, 21 teachers, about 2 000 copies of real titles.

Counts are those of the reference school (domain specification 1.1); every person is drawn
from lists of common name parts with a fixed seed, so kiosk and hub make the same people
with the same ids. Keeps out the demo's story, which is the kiosk's.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, insert, select

from db import defaults
from db.calendar import Calendar
from db.clock import SCHOOL_ZONE
from db.identifiers import AccessionNumber, CardNumber
from db.models import (
    BellTime,
    Card,
    ClosedDay,
    Copy,
    Edition,
    EditionTag,
    Enrolment,
    Homeroom,
    Kho,
    Loan,
    OpeningSlot,
    Patron,
    PatronDetail,
    Policy,
    RecallDay,
    School,
    SchoolYear,
    SetTemplate,
    SetTitle,
    Theme,
    full_title,
)
from db.outcomes import PatronCategory
from db.rules import due_date
from db.states import ClosedKind, CopyState, LendingMode, SlotUse

SCHOOL_NAME = "Trường THCS Hoa Phượng"
HOMEROOMS = {
    "6A": 39, "6B": 39, "6C": 39, "6D": 40,
    "7A": 46, "7B": 46, "7C": 47,
    "8A": 40, "8B": 40, "8C": 40,
    "9A": 50, "9B": 50,
}  # fmt: skip
"""Pupils in each class: 157 + 139 + 120 + 100 = 516."""
GRADES = (6, 7, 8, 9)
GIRLS = {6: 70, 7: 64, 8: 56, 9: 47}
"""Girls in each grade: 237."""
SUBJECTS = {
    "Toán": 4,
    "Ngữ văn": 3,
    "Tiếng Anh": 2,
    "Lịch sử và Địa lí": 3,
    "Giáo dục công dân": 1,
    "Khoa học tự nhiên": 3,
    "Tin học": 1,
    "Giáo dục thể chất": 2,
    "Âm nhạc": 1,
    "Mĩ thuật": 1,
}
"""Teachers of each subject."""
TEACHERS = sum(SUBJECTS.values())
SCHOOL_YEAR = "2026-2027"

_T = TypeVar("_T")
_CATALOGUE = Path(__file__).with_name("demo_catalogue.csv")
_NAMESPACE = UUID("5b6f5f0e-7c1d-5a60-9a52-7472616d7363")
_FAMILY = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"
_GIRLS_NAMES = (
    "Thị Ngọc Thu Quỳnh Khánh Phương Thanh Minh Diệu",
    "An Anh Ánh Châu Chi Dung Giang Hà Hạnh Hân Huệ Huyền Lan Linh Ly Mai Nga Ngân Nhi Như Oanh "
    "Quyên Tâm Thảo Thư Thủy Trang Trâm Uyên Vân Vy Xuân Yến",
)
_BOYS_NAMES = (
    "Văn Minh Gia Đức Tuấn Bảo Hải Quang Hoàng",
    "An Anh Ân Bình Cường Duy Dương Đạt Đức Hiếu Hòa Hùng Hưng Khang Khoa Lâm Long Nam Phong Phúc "
    "Quân Sơn Thắng Tiến Trung Tú Việt",
)
"""Common middle and given names; whoever they make is invented."""
_HOLIDAYS = {
    date(2026, 11, 24): "Ngày Văn hóa Việt Nam",
    date(2027, 1, 1): "Tết Dương lịch",
    **{date(2027, 2, day): "Tết Nguyên đán" for day in range(4, 12)},
    date(2027, 4, 16): "Giỗ Tổ Hùng Vương",
    date(2027, 4, 30): "Ngày Thống nhất",
    date(2027, 5, 1): "Ngày Quốc tế Lao động",
    date(2027, 9, 1): "Quốc khánh",
    date(2027, 9, 2): "Quốc khánh",
}
"""School year 2026-27 (domain specification 4.3)."""


@dataclass(frozen=True, slots=True)
class DemoPatron:
    """Somebody of the demo school with a card to hold up."""

    id: UUID
    card: CardNumber
    name: str
    homeroom: str
    category: PatronCategory
    holds: tuple[DemoCopy, ...] = ()
    female: bool | None = None


@dataclass(frozen=True, slots=True)
class DemoCopy:
    """A copy of the demo school with a label to hold up."""

    accession: AccessionNumber
    title: str
    lending: LendingMode


@dataclass(frozen=True, slots=True)
class DemoLoan:
    """One loan of the demo, in words."""

    loan_id: UUID
    name: str
    homeroom: str
    title: str
    accession: str
    due: date


@dataclass(frozen=True, slots=True)
class DemoCast:
    """Who and what can play in a demo right now, in a seeded order."""

    free_pupils: tuple[DemoPatron, ...]
    """Pupils who hold nothing."""
    late_pupils: tuple[DemoPatron, ...]
    """Pupils with an overdue loan."""
    teachers: tuple[DemoPatron, ...]
    shelved: tuple[DemoCopy, ...]
    """Copies on the shelf that may go home."""
    reference: tuple[DemoCopy, ...]
    lent: tuple[DemoCopy, ...]
    """Copies on loan and not overdue."""


def fill_demo_school(engine: Engine, school_id: int, now: datetime) -> bool:
    """Fill an empty database with the demo school.

    Returns:
        Whether anything was written: False when the school is there already.
    """
    today = now.astimezone(SCHOOL_ZONE).date()
    with engine.begin() as connection:
        if connection.execute(select(School.id).where(School.id == school_id)).first():
            return False
        _insert(connection, School, [_school(school_id)])
        _insert(connection, SchoolYear, [_school_year(school_id)])
        _insert(connection, ClosedDay, _closed_days(school_id))
        _insert(connection, RecallDay, _recall_days(school_id))
        _insert(connection, OpeningSlot, _slots(school_id))
        _insert(connection, BellTime, _bells(school_id))
        _insert(connection, Kho, _kho(school_id))
        _insert(connection, Policy, _policies(school_id))
        people = list(_people(school_id))
        _insert(connection, Patron, [_patron_row(school_id, person) for person in people])
        _insert(connection, Homeroom, _homerooms(school_id))
        _insert(connection, Enrolment, _enrolments(school_id, people))
        _insert(connection, PatronDetail, _details(school_id, people))
        _insert(connection, Card, _cards(school_id, people))
        editions = list(_editions(school_id, now))
        _insert(connection, Edition, [row for row, _, _ in editions])
        _insert(connection, EditionTag, list(_tags(school_id, editions)))
        _insert(connection, Theme, [_theme(school_id, today)])
        _insert(connection, SetTemplate, _sets(school_id))
        _insert(connection, SetTitle, list(_set_titles(school_id, editions)))
        copies = list(_copies(editions))
        _insert(connection, Copy, copies)
        _insert(connection, Loan, _loans(school_id, people, copies, editions, today))
    return True


@dataclass(frozen=True, slots=True)
class NotOfDemo:
    """How much a demo school holds that it did not begin with."""

    patrons: int
    editions: int
    copies: int
    loans: int


def is_demo_school(connection: Connection, school_id: int) -> bool:
    """Whether a school was made as the demo: its textbook sets have the demo's ids."""
    sets = [_id(school_id, "set", grade) for grade in GRADES]
    made = (SetTemplate.school_id == school_id, SetTemplate.id.in_(sets))
    return connection.execute(select(SetTemplate.id).where(*made).limit(1)).first() is not None


def not_of_demo(connection: Connection, school_id: int) -> NotOfDemo:
    """Count what was entered since a demo school was made."""
    with _CATALOGUE.open(encoding="utf-8", newline="") as file:
        titles = [_id(school_id, "edition", n) for n, _ in enumerate(csv.DictReader(file), start=1)]
    people = {person.id for person in _people(school_id)}
    copies = connection.execute(
        select(Copy.id, Copy.accession).where(Copy.school_id == school_id)
    ).all()
    loans = {_id(school_id, "loan", copy.accession) for copy in copies}
    return NotOfDemo(
        len(_ids(connection, Patron, school_id) - people),
        len(_ids(connection, Edition, school_id) - set(titles)),
        sum(copy.id != _id(school_id, copy.accession) for copy in copies),
        len(_ids(connection, Loan, school_id) - loans),
    )


def _ids(connection: Connection, table: Any, school_id: int) -> set[UUID]:
    return set(connection.scalars(select(table.id).where(table.school_id == school_id)))


def demo_cast(engine: Engine, school_id: int, now: datetime, seed: int) -> DemoCast:
    """Find who and what can play, from what the database holds now."""
    today = now.astimezone(SCHOOL_ZONE).date()
    shuffle = random.Random(seed)
    with engine.begin() as connection:
        copies = _shuffled(shuffle, _all_copies(connection, school_id))
        loans = _open_loans(connection, school_id)
        people = _shuffled(shuffle, _all_people(connection, school_id))
    by_accession = {copy.accession: copy for copy in copies}
    due_of = {accession: due for accession, _, due in loans}
    holds: dict[UUID, list[DemoCopy]] = {}
    for accession, patron_id, _ in loans:
        holds.setdefault(patron_id, []).append(by_accession[accession])
    pupils = [person for person in people if person.category is PatronCategory.STUDENT]
    on_shelf = [copy for copy in copies if copy.accession not in due_of]
    return DemoCast(
        free_pupils=tuple(p for p in pupils if p.id not in holds),
        late_pupils=tuple(
            replace(p, holds=tuple(holds[p.id]))
            for p in pupils
            if any(due_of[copy.accession] < today for copy in holds.get(p.id, ()))
        ),
        teachers=tuple(p for p in people if p.category is PatronCategory.TEACHER),
        shelved=tuple(c for c in on_shelf if c.lending is LendingMode.TAKE_HOME),
        reference=tuple(c for c in on_shelf if c.lending is LendingMode.REFERENCE),
        lent=tuple(c for c in copies if due_of.get(c.accession, date.min) >= today),
    )


def demo_loans(engine: Engine, school_id: int, since: datetime) -> list[DemoLoan]:
    """What was lent since a moment, oldest first, for the demo's closing words."""
    lent = (
        select(Loan.id, Patron.name, Patron.homeroom, full_title(), Copy.accession, Loan.due)
        .join(Patron, (Patron.school_id == Loan.school_id) & (Patron.id == Loan.patron_id))
        .join(Copy, (Copy.school_id == Loan.school_id) & (Copy.id == Loan.copy_id))
        .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
        .where(Loan.school_id == school_id, Loan.lent_at >= since)
        .order_by(Loan.lent_at)
    )
    with engine.begin() as connection:
        return [DemoLoan(*row) for row in connection.execute(lent)]


def _insert(connection: Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _id(school_id: int, *name: object) -> UUID:
    return uuid5(_NAMESPACE, "/".join(str(part) for part in (school_id, *name)))


def _school(school_id: int) -> dict[str, Any]:
    return {"id": school_id, "name": SCHOOL_NAME, "open_weekdays": "012345", "rules_version": 1}


def _school_year(school_id: int) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "name": SCHOOL_YEAR,
        "begins_on": date(2026, 8, 31),
        "opened_on": date(2026, 9, 5),
        "first_semester_ends_on": date(2027, 1, 15),
        "second_semester_begins_on": date(2027, 1, 18),
        "ends_on": date(2027, 5, 31),
    }


def _closed_days(school_id: int) -> list[dict[str, Any]]:
    return [
        {"school_id": school_id, "day": day, "name": name, "kind": ClosedKind.HOLIDAY}
        for day, name in _HOLIDAYS.items()
    ]


def _recall_days(school_id: int) -> list[dict[str, Any]]:
    """The year-end recall days of the domain specification's example."""
    days = {PatronCategory.STUDENT: date(2027, 5, 20), PatronCategory.TEACHER: date(2027, 5, 31)}
    return [{"school_id": school_id, "category": who, "day": day} for who, day in days.items()]


def _slots(school_id: int) -> list[dict[str, Any]]:
    """Lending in the morning and in the afternoon, Monday to Saturday."""
    halves = ((time(7, 0), time(11, 30)), (time(13, 30), time(16, 30)))
    slot = {"school_id": school_id, "use": SlotUse.LENDING, "homeroom": ""}
    return [
        {**slot, "weekday": weekday, "begins": begins, "ends": ends}
        for weekday in range(6)
        for begins, ends in halves
    ]


def _bells(school_id: int) -> list[dict[str, Any]]:
    return [
        {"school_id": school_id, "lesson": lesson, "begins": begins, "ends": ends}
        for lesson, begins, ends in defaults.BELLS
    ]


def _details(school_id: int, people: Sequence[DemoPatron]) -> list[dict[str, Any]]:
    """Pupils' sex, and teachers' subjects."""
    teachers = [person for person in people if person.category is PatronCategory.TEACHER]
    subjects = [subject for subject, how_many in SUBJECTS.items() for _ in range(how_many)]
    taught = {person.id: subject for person, subject in zip(teachers, subjects, strict=True)}
    return [
        {
            "school_id": school_id,
            "patron_id": person.id,
            "female": person.female,
            "subject": taught.get(person.id, ""),
        }
        for person in people
    ]


def _sets(school_id: int) -> list[dict[str, Any]]:
    return [
        {
            "school_id": school_id,
            "id": _id(school_id, "set", grade),
            "name": f"Bộ sách giáo khoa lớp {grade}",
            "grade": grade,
            "in_use": True,
        }
        for grade in GRADES
    ]


def _set_titles(
    school_id: int, editions: Sequence[tuple[dict[str, Any], str, int]]
) -> Iterator[dict[str, Any]]:
    for position, (row, _, _) in enumerate(editions):
        if row["lending"] is LendingMode.TEXTBOOK_SET and row["grade"] in GRADES:
            template_id = _id(school_id, "set", row["grade"])
            title = {"template_id": template_id, "edition_id": row["id"], "position": position}
            yield {"school_id": school_id, **title}


def _kho(school_id: int) -> list[dict[str, Any]]:
    return [
        {"school_id": school_id, **asdict(kho), "width": 5, "register": "", "position": position}
        for position, kho in enumerate(defaults.KHO)
    ]


def _policies(school_id: int) -> list[dict[str, Any]]:
    return [
        {
            "school_id": school_id,
            "category": row.category,
            "kho": row.kho,
            "season": row.season,
            "valid_from": date(2000, 1, 1),
            **asdict(row.policy),
        }
        for row in defaults.policies()
    ]


def _homerooms(school_id: int) -> list[dict[str, Any]]:
    year = {"school_id": school_id, "school_year": SCHOOL_YEAR, "teacher_id": None}
    return [{**year, "name": name, "grade": int(name[0])} for name in HOMEROOMS]


def _enrolments(school_id: int, people: Sequence[DemoPatron]) -> list[dict[str, Any]]:
    return [
        {
            "school_id": school_id,
            "id": _id(school_id, "enrolment", person.card),
            "patron_id": person.id,
            "school_year": SCHOOL_YEAR,
            "homeroom": person.homeroom,
            "since": date(2026, 8, 31),
            "until": None,
            "ended": None,
        }
        for person in people
        if person.homeroom
    ]


def _people(school_id: int) -> Iterator[DemoPatron]:
    chance = random.Random(2026)
    numbers = chance.sample(range(100_000, 1_000_000), sum(HOMEROOMS.values()))
    rooms = [room for room, pupils in HOMEROOMS.items() for _ in range(pupils)]
    pupils = PatronCategory.STUDENT
    for number, room, female in zip(numbers, rooms, _sexes(chance), strict=True):
        card, name = CardNumber(f"HS{number}"), _name(chance, female)
        yield DemoPatron(_id(school_id, card), card, name, room, pupils, female=female)
    for number in chance.sample(range(1000, 10_000), TEACHERS):
        card, name = CardNumber(f"GV{number}"), _name(chance, chance.random() < 0.7)
        yield DemoPatron(_id(school_id, card), card, name, "", PatronCategory.TEACHER)


def _sexes(chance: random.Random) -> Iterator[bool]:
    """Whether each pupil is a girl, grade by grade, in no order within a grade."""
    for grade, girls in GIRLS.items():
        pupils = sum(n for room, n in HOMEROOMS.items() if room.startswith(str(grade)))
        yield from _shuffled(chance, [place < girls for place in range(pupils)])


def _name(chance: random.Random, female: bool) -> str:
    middle, given = _GIRLS_NAMES if female else _BOYS_NAMES
    return " ".join(chance.choice(part.split()) for part in (_FAMILY, middle, given))


def _patron_row(school_id: int, person: DemoPatron) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "id": person.id,
        "name": person.name,
        "homeroom": person.homeroom,
        "category": person.category,
        "grade": int(person.homeroom[0]) if person.homeroom else None,
        "school_year": SCHOOL_YEAR,
        "blocked": False,
    }


def _cards(school_id: int, people: Sequence[DemoPatron]) -> list[dict[str, Any]]:
    cards = [
        {"school_id": school_id, "number": p.card, "patron_id": p.id, "revoked": False}
        for p in people
    ]
    lost = {"number": LOST_CARD, "patron_id": people[0].id, "revoked": True}
    return [*cards, {"school_id": school_id, **lost}]


LOST_CARD = CardNumber("HS000001")
"""A card its pupil lost and the librarian revoked."""


SHELVES = {"SGK": "Kho SGK", "SGV": "Giá 5", "STK": "Giá 3", "STN": "Giá 1", "BC": "Giá 6"}
"""Where each kho stands; its rows are filled with ten titles each."""
DEMO_THEME = "Tủ sách Bác Hồ"
"""A series of the catalogue that is also a themed shelf, shown these weeks."""
_NEW_KHO, _NEW_EVERY = "STN", timedelta(days=4)
"""Children's books came in one after the other, the last of them today."""


def _tags(
    school_id: int, editions: Sequence[tuple[dict[str, Any], str, int]]
) -> Iterator[dict[str, Any]]:
    for row, _, _ in editions:
        if row["series"] == DEMO_THEME:
            yield {"school_id": school_id, "edition_id": row["id"], "tag": DEMO_THEME}


def _theme(school_id: int, today: date) -> dict[str, Any]:
    days = {"begins_on": today - timedelta(days=10), "ends_on": today + timedelta(days=20)}
    return {"school_id": school_id, "tag": DEMO_THEME, **days}


def _editions(school_id: int, now: datetime) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Each edition's row, its kho, and how many copies the school has."""
    came_at = now
    with _CATALOGUE.open(encoding="utf-8", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), start=1):
            row = {
                "school_id": school_id,
                "id": _id(school_id, "edition", number),
                "title": line["title"],
                "volume": line["volume"],
                "series": line["series"],
                "grade": int(line["grade"]) if line["grade"] else None,
                "subject": line["subject"],
                "authors": line["authors"],
                "publisher": line["publisher"],
                "year": int(line["year"]) if line["year"] else None,
                "isbn": None,
                "class_number": line["class_number"],
                "kho": line["kho"],
                "lending": LendingMode(line["lending"]),
                "entered_at": came_at if line["kho"] == _NEW_KHO else None,
            }
            if line["kho"] == _NEW_KHO:
                came_at -= _NEW_EVERY
            yield row, line["kho"], int(line["copies"])


def _copies(editions: Sequence[tuple[dict[str, Any], str, int]]) -> Iterator[dict[str, Any]]:
    """Copies with accession numbers counted within each kho."""
    last: dict[str, int] = {}
    titles: dict[str, int] = {}
    for edition, kho, how_many in editions:
        titles[kho] = titles.get(kho, 0) + 1
        for _ in range(how_many):
            last[kho] = last.get(kho, 0) + 1
            accession = f"{kho}.{last[kho]:05d}"
            yield {
                "school_id": edition["school_id"],
                "id": _id(edition["school_id"], accession),
                "accession": accession,
                "kho": kho,
                "number": last[kho],
                "edition_id": edition["id"],
                "state": CopyState.AVAILABLE,
                "shelf": SHELVES.get(kho, ""),
                "row": str(1 + titles[kho] // 10),
            }


def _loans(
    school_id: int,
    people: Sequence[DemoPatron],
    copies: Sequence[dict[str, Any]],
    editions: Sequence[tuple[dict[str, Any], str, int]],
    today: date,
) -> list[dict[str, Any]]:
    """A hundred loans of the last three weeks; the oldest of them are overdue."""
    chance = random.Random(11)
    home = {row["id"] for row, _, _ in editions if row["lending"] is LendingMode.TAKE_HOME}
    pupils = [person for person in people if person.category is PatronCategory.STUDENT]
    borrowed = chance.sample([copy for copy in copies if copy["edition_id"] in home], 100)
    borrowers = chance.sample(pupils, len(borrowed))
    ages = [chance.randint(1, 18) for _ in borrowed]
    return [
        _loan(school_id, person, copy, today - timedelta(days=age))
        for person, copy, age in zip(borrowers, borrowed, ages, strict=True)
    ]


_PUPILS_POLICY = next(defaults.policies()).policy


def _loan(school_id: int, person: DemoPatron, copy: dict[str, Any], day: date) -> dict[str, Any]:
    calendar = Calendar(frozenset(range(6)), frozenset(_HOLIDAYS))
    who = PatronCategory.STUDENT
    return {
        "school_id": school_id,
        "id": _id(school_id, "loan", copy["accession"]),
        "copy_id": copy["id"],
        "patron_id": person.id,
        "visit_id": None,
        "lent_at": datetime.combine(day, time(8, 40), SCHOOL_ZONE),
        "due": due_date(_PUPILS_POLICY, calendar, who, day),
        "returned_at": None,
        "disputed": False,
    }


def _shuffled(chance: random.Random, items: list[_T]) -> list[_T]:
    chance.shuffle(items)
    return items


def _all_people(connection: Connection, school_id: int) -> list[DemoPatron]:
    rows = connection.execute(
        select(Patron.id, Card.number, Patron.name, Patron.homeroom, Patron.category)
        .join(Card, (Card.school_id == Patron.school_id) & (Card.patron_id == Patron.id))
        .where(Patron.school_id == school_id, ~Card.revoked)
        .order_by(Card.number)
    )
    return [DemoPatron(row.id, CardNumber(row.number), *row[2:]) for row in rows]


def _all_copies(connection: Connection, school_id: int) -> list[DemoCopy]:
    rows = connection.execute(
        select(Copy.accession, full_title(), Edition.lending)
        .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
        .where(Copy.school_id == school_id)
        .order_by(Copy.accession)
    )
    return [DemoCopy(AccessionNumber(row.accession), *row[1:]) for row in rows]


def _open_loans(connection: Connection, school_id: int) -> list[tuple[AccessionNumber, UUID, date]]:
    rows = connection.execute(
        select(Copy.accession, Loan.patron_id, Loan.due)
        .join(Loan, (Loan.school_id == Copy.school_id) & (Loan.copy_id == Copy.id))
        .where(Copy.school_id == school_id, Loan.returned_at.is_(None))
    )
    return [(AccessionNumber(row.accession), row.patron_id, row.due) for row in rows]
