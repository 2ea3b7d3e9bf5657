"""A school of a dozen people and a few shelves, on either kind of database, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Engine, func, insert, make_url, select, update

from db import outbox, rulebook
from db.calendar import YearDates, public_holidays
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, SettableClock
from db.engine import open_engine, sqlite_url
from db.holds import Holds
from db.identifiers import AccessionNumber, CardNumber
from db.losses import Losses
from db.models import Base, Card, Copy, Edition, Enrolment, Homeroom, Loan, Patron, School
from db.outcomes import PatronCategory, PatronKnown
from db.states import LendingMode, PatronStatus
from db.sync.messages import Fact, WireEvent
from tests.demo_records import contents
from tests.empty_records import empty_records

MORNING = datetime(2026, 11, 10, 8, 40, tzinfo=SCHOOL_ZONE)
"""A Tuesday."""
YEAR = YearDates(
    "2026-2027",
    begins_on=date(2026, 8, 31),
    opened_on=date(2026, 9, 5),
    first_semester_ends_on=date(2027, 1, 15),
    second_semester_begins_on=date(2027, 1, 18),
    ends_on=date(2027, 5, 31),
)
NEXT_YEAR = YearDates(
    "2027-2028",
    begins_on=date(2027, 8, 30),
    opened_on=date(2027, 9, 5),
    first_semester_ends_on=date(2028, 1, 14),
    second_semester_begins_on=date(2028, 1, 17),
    ends_on=date(2028, 5, 31),
)
STUDENT, TEACHER, STAFF = PatronCategory
PEOPLE: dict[str, tuple[str, PatronCategory]] = {
    "An": ("6A", STUDENT),
    "Bình": ("6A", STUDENT),
    "Chi": ("7B", STUDENT),
    "Dũng": ("9A", STUDENT),
    "Lan": ("", TEACHER),
    "Minh": ("", STAFF),
}
TITLES = {
    "STN": ("Dế Mèn phiêu lưu ký", LendingMode.TAKE_HOME, 4),
    "STK": ("Bồi dưỡng Toán 6", LendingMode.TAKE_HOME, 12),
    "SGK": ("Toán 6", LendingMode.TEXTBOOK_SET, 4),
    "SGV": ("Toán 6, sách giáo viên", LendingMode.TEACHERS, 32),
    "BC": ("Toán học và Tuổi trẻ", LendingMode.REFERENCE, 2),
}
"""One title in each kho, how it is lent, and how many copies there are."""
_NAMES = UUID("00000000-0000-4000-8000-000000000002")


def named(name: str) -> UUID:
    """The identity that tests call `name`."""
    return uuid5(_NAMES, name)


class SmallSchool:
    """A school on a database of its own, with a clock to turn."""

    def __init__(self, url: str, school_id: int = 1, is_station: bool = True) -> None:
        self.clock = SettableClock(MORNING)
        is_filled = _begin_with_records(url, school_id)
        self.engine: Engine = open_engine(url)
        self.school_id = school_id
        if not is_filled:
            _fill(self.engine, school_id)
        if is_station:
            outbox.prepare_station(self.engine)
        self.desk = Circulation(self.engine, school_id, self.clock)
        self.library = self.desk.library
        self.holds = Holds(self.library)
        self.losses = Losses(self.library)

    def set_clock(self, day: date, hour: int = 8, minute: int = 40) -> None:
        """Turn the clock to a moment of a day."""
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=SCHOOL_ZONE)
        self.clock.advance(at - self.clock.now())

    def known(self, name: str) -> PatronKnown:
        """A reader who shows their card."""
        patron = self.desk.identify(card_of(name))
        assert isinstance(patron, PatronKnown), patron
        return patron

    def choose(self, **chosen: Any) -> None:
        """Set some of the school's own choices."""
        with self.engine.begin() as connection:
            rulebook.choose(connection, self.school_id, **chosen)

    def rows(self, table: type[Base], **where: Any) -> Sequence[Any]:
        """A table's rows."""
        with self.engine.begin() as connection:
            return connection.execute(select(table.__table__).filter_by(**where)).all()

    def count(self, table: type[Base]) -> int:
        """How many rows a table has."""
        with self.engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def copy(self, accession: str) -> Any:
        """A copy's row."""
        (row,) = self.rows(Copy, accession=accession)
        return row

    def loan_of(self, accession: str) -> Any:
        """The newest loan of a copy."""
        copy_id = self.copy(accession).id
        return max(self.rows(Loan, copy_id=copy_id), key=lambda loan: (loan.lent_at, loan.id))

    def change(self, table: Any, identity: UUID, **to: Any) -> None:
        """Let a row be otherwise."""
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.id == identity).values(to))

    def told(self) -> tuple[WireEvent, ...]:
        """What the hub will be told, in order."""
        return outbox.next_batch(self.engine).events

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()


def card_of(name: str) -> CardNumber:
    """The number on a reader's card."""
    position = list(PEOPLE).index(name)
    staff = PEOPLE[name][1] is not STUDENT
    return CardNumber(f"GV{1001 + position}" if staff else f"HS{100001 + position}")


def number(kho: str, position: int = 1) -> AccessionNumber:
    """The accession number of a kho's copy."""
    return AccessionNumber(f"{kho}.{position:05d}")


def facts(events: Sequence[WireEvent]) -> list[str]:
    """The kinds of some events."""
    return [event.type for event in events]


def payload(fact: Fact) -> dict[str, Any]:
    """A fact as it stands on the wire."""
    return fact.model_dump(mode="json")


def _begin_with_records(url: str, school_id: int) -> bool:
    """Put a copy of a school's file where a new one is to be; whether that was done."""
    where = make_url(url)
    file = Path(where.database or "")
    if where.get_backend_name() != "sqlite" or file.exists():
        return False
    file.write_bytes(_records(school_id))
    return True


@cache
def _records(school_id: int) -> bytes:
    """The content of a school's file, which takes a while to make."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "school.db"
        file.write_bytes(empty_records())
        engine = open_engine(sqlite_url(file))
        _fill(engine, school_id)
        engine.dispose()
        return contents(file)


def _fill(engine: Engine, school_id: int) -> None:
    with engine.begin() as connection:
        _lay_down_rules(connection, school_id)
        _insert(connection, Homeroom, _homerooms(school_id))
        _insert(connection, Patron, _patrons(school_id))
        _insert(connection, Card, _cards(school_id))
        _insert(connection, Enrolment, _enrolments(school_id))
        _insert(connection, Edition, _editions(school_id))
        _insert(connection, Copy, _copies(school_id))


def _lay_down_rules(connection: Any, school_id: int) -> None:
    name = "Trường THCS Hoa Phượng"
    connection.execute(insert(School).values(id=school_id, name=name, open_weekdays="012345"))
    rulebook.begin_rules(connection, school_id)
    rulebook.set_school_year(connection, school_id, YEAR)
    rulebook.set_school_year(connection, school_id, NEXT_YEAR)
    holidays = [*public_holidays(2026), *public_holidays(2027)]
    rulebook.close_days(connection, school_id, holidays)
    rulebook.set_recall_days(connection, school_id, STUDENT, [date(2027, 5, 20)])
    rulebook.set_recall_days(connection, school_id, TEACHER, [date(2027, 5, 31), date(2028, 5, 31)])


def _insert(connection: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _homerooms(school_id: int) -> list[dict[str, Any]]:
    year = {"school_id": school_id, "school_year": YEAR.name}
    return [{**year, "name": room, "grade": int(room[0])} for room in ("6A", "7B", "9A")]


def _patrons(school_id: int) -> list[dict[str, Any]]:
    return [
        {
            "school_id": school_id,
            "id": named(name),
            "name": f"Nguyễn Văn {name}",
            "category": category,
            "homeroom": room,
            "grade": int(room[0]) if room else None,
            "school_year": YEAR.name,
            "status": PatronStatus.ACTIVE,
        }
        for name, (room, category) in PEOPLE.items()
    ]


def _cards(school_id: int) -> list[dict[str, Any]]:
    return [
        {"school_id": school_id, "number": card_of(name), "patron_id": named(name)}
        for name in PEOPLE
    ]


def _enrolments(school_id: int) -> list[dict[str, Any]]:
    year = {"school_id": school_id, "school_year": YEAR.name, "since": YEAR.begins_on}
    return [
        {**year, "id": named(f"enrolment {name}"), "patron_id": named(name), "homeroom": room}
        for name, (room, _) in PEOPLE.items()
        if room
    ]


def _editions(school_id: int) -> list[dict[str, Any]]:
    return [
        {"school_id": school_id, "id": named(title), "title": title, "kho": kho, "lending": mode}
        for kho, (title, mode, _) in TITLES.items()
    ]


def _copies(school_id: int) -> list[dict[str, Any]]:
    return [
        {
            "school_id": school_id,
            "id": named(number(kho, position)),
            "accession": number(kho, position),
            "kho": kho,
            "number": position,
            "edition_id": named(title),
        }
        for kho, (title, _, copies) in TITLES.items()
        for position in range(1, copies + 1)
    ]


A_DAY = timedelta(days=1)
