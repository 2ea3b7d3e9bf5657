"""The books that a school keeps beside its loans, for a `Decade`: what each register reads.

Teachers and classes, textbooks and their sets, vouchers month by month, the press, readers counted
by hand; every spring a list of copies that are written off and a count of the whole stock, and one
count that is going on. Lists and counts are made by the acts of `db`, the rest in bulk.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from benchmarks.decade import COPIES, NOW, YEARS, Decade
from db.clock import SCHOOL_ZONE, SettableClock
from db.ids import new_id
from db.library import Library
from db.models import (
    Copy,
    CopyChange,
    Edition,
    Enrolment,
    HeadCount,
    Homeroom,
    Loan,
    Patron,
    Periodical,
    PeriodicalIssue,
    SchoolYear,
    SetLoan,
    SetTemplate,
    StocktakeSight,
    Voucher,
)
from db.outcomes import PatronCategory
from db.prepared import Prepared
from db.states import CopyState, DocumentType, LendingMode, VoucherKind
from db.stocktaking import CountPlan, NotDone, Stocktaking
from db.weeding import CarriedOut, WeedingLists

TEACHERS = 60
WEEDED = 100
"""Copies written off each year."""
MISSED = 7
"""Copies that a count does not find."""
SETS, SET_TITLES = 100, 8
TEXTBOOKS = {"SGK": (40, 75), "SGV": (20, 25)}
"""Titles, and copies of each."""
PRESS, NUMBERS = 5, 24
"""Titles, and numbers of each a year."""
GRADES, CLASSES = (6, 7, 8, 9), "ABCDE"
FIRST_YEAR = NOW.year - YEARS

_IS_ENTRY = Voucher.kind == VoucherKind.ENTRY
_LAST_SERIAL = select(func.coalesce(func.max(Voucher.serial), 0)).where(_IS_ENTRY)
_SIGHTS = Prepared(insert(StocktakeSight), StocktakeSight.__table__.columns.keys())


def keep_books(decade: Decade) -> Library:
    """Enter ten years of everything that is not a loan of the `Decade`; the library, as of now."""
    textbooks = dict(_textbooks())
    with decade.engine.begin() as connection:
        _seat_readers(connection, [id_ for id_, _ in decade.patrons])
        _buy(connection, decade.copies)
        for kho, rows in textbooks.items():
            _take_in(connection, kho, rows)
        _lend_sets(connection, decade, textbooks["SGK"])
        _subscribe(connection)
    stock = [*decade.copies, *(row["id"] for rows in textbooks.values() for row in rows)]
    for year in range(FIRST_YEAR + 1, NOW.year + 1):
        gone = decade.copies[(year - FIRST_YEAR - 1) * WEEDED : (year - FIRST_YEAR) * WEEDED]
        _write_off(decade.engine, year, gone)
        stock = [one for one in stock if one not in set(gone)]
        _count(decade.engine, datetime(year, 5, 28, 8, 0, tzinfo=SCHOOL_ZONE), stock[MISSED:])
    _count(decade.engine, NOW - timedelta(days=1), stock[: len(stock) // 2], is_closed=False)
    with decade.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    return Library(decade.engine, 1, SettableClock(NOW))


def _seat_readers(connection: Connection, readers: list[UUID]) -> None:
    """Some of the readers teach; the others are in a class, every year in another."""
    _open_years(connection)
    staff = Patron.id.in_(readers[:TEACHERS])
    connection.execute(update(Patron).where(staff).values(category=PatronCategory.TEACHER))
    rows = [
        {"school_id": 1, "id": new_id(), "patron_id": reader, "school_year": f"{year}-{year + 1}",
         "homeroom": f"{GRADES[(place + year) % 4]}{CLASSES[place % 5]}",
         "since": date(year, 8, 1), "until": None if year == NOW.year else date(year + 1, 8, 1)}
        for place, reader in enumerate(readers[TEACHERS:])
        for year in range(FIRST_YEAR - 1, NOW.year + 1)
    ]  # fmt: skip
    connection.execute(insert(Enrolment), rows)


def _open_years(connection: Connection) -> None:
    """The school years, each with its classes."""
    for year in range(FIRST_YEAR - 1, NOW.year + 1):
        named = {"school_id": 1, "name": f"{year}-{year + 1}"}
        begins = {"begins_on": date(year, 8, 25), "opened_on": date(year, 9, 5)}
        terms = {"first_semester_ends_on": date(year + 1, 1, 15),
                 "second_semester_begins_on": date(year + 1, 1, 18)}  # fmt: skip
        row = {**named, **begins, **terms, "ends_on": date(year + 1, 5, 31)}
        connection.execute(insert(SchoolYear).values(row))
        rooms = [
            {"school_id": 1, "school_year": named["name"], "name": f"{grade}{letter}",
             "grade": grade}
            for grade in GRADES for letter in CLASSES
        ]  # fmt: skip
        connection.execute(insert(Homeroom), rooms)


def _buy(connection: Connection, copies: list[UUID]) -> None:
    """Let the copies of the `Decade` have come month by month, at a price, in a voucher each."""
    a_month = COPIES // (12 * YEARS) + 1
    entered = update(Copy).where(Copy.school_id == 1, Copy.id == bindparam("copy"))
    priced = entered.values(entry_id=bindparam("voucher"), price_vnd=bindparam("price"))
    for place in range(12 * YEARS):
        together = copies[place * a_month : (place + 1) * a_month]
        day = date(FIRST_YEAR + place // 12, place % 12 + 1, 5)
        if not together:
            continue
        told = {"voucher": _voucher(connection, day, "Trường tự mua")}
        price = 30_000 + 1_000 * (place % 30)
        connection.execute(priced, [{"copy": one, "price": price, **told} for one in together])
        connection.execute(insert(CopyChange), [_received(one, day) for one in together])


def _textbooks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """New copies of each kho of textbooks, one title after the other."""
    for kho, (titles, copies) in TEXTBOOKS.items():
        editions = [new_id() for _ in range(titles)]
        yield kho, [
            {"school_id": 1, "id": new_id(), "accession": f"{kho}.{number + 1:05d}", "kho": kho,
             "number": number + 1, "edition_id": editions[number // copies], "price_vnd": 21_000}
            for number in range(titles * copies)
        ]  # fmt: skip


def _take_in(connection: Connection, kho: str, rows: list[dict[str, Any]]) -> None:
    """Enter textbooks; a tenth of each title comes every August."""
    lending = LendingMode.TEXTBOOK_SET if kho == "SGK" else LendingMode.TEACHERS
    titles = list(dict.fromkeys(row["edition_id"] for row in rows))
    about = {"school_id": 1, "kho": kho, "lending": lending, "year": 2021}
    editions = [{**about, "id": one, "title": f"{kho} {n}"} for n, one in enumerate(titles)]
    connection.execute(insert(Edition), editions)
    days = [date(FIRST_YEAR + 1 + place, 8, 10) for place in range(YEARS)]
    vouchers = [_voucher(connection, day, "Cấp phát") for day in days]
    for place, row in enumerate(rows):
        row["entry_id"] = vouchers[place % YEARS]
    connection.execute(insert(Copy), rows)
    changes = [_received(row["id"], days[place % YEARS]) for place, row in enumerate(rows)]
    connection.execute(insert(CopyChange), changes)


def _lend_sets(connection: Connection, decade: Decade, books: list[dict[str, Any]]) -> None:
    """Lend sets of textbooks for a school year, of copies that were not yet lent that year."""
    template = new_id()
    told = {"school_id": 1, "id": template, "name": "Bộ sách giáo khoa lớp 6", "grade": 6}
    connection.execute(insert(SetTemplate).values(told))
    for year in range(FIRST_YEAR, NOW.year):
        lent_at = datetime(year, 9, 4, 8, 0, tzinfo=SCHOOL_ZONE)
        for place in range(SETS):
            reader, set_id = decade.patrons[TEACHERS + place][0], new_id()
            whose = {"school_id": 1, "patron_id": reader, "lent_at": lent_at}
            connection.execute(insert(SetLoan).values(**whose, id=set_id, template_id=template))
            some = books[place * SET_TITLES : (place + 1) * SET_TITLES]
            ends = {"due": date(year + 1, 5, 25), "returned_at": lent_at + timedelta(days=260)}
            about = {**whose, **ends, "set_loan_id": set_id}
            rows = [{**about, "id": new_id(), "copy_id": one["id"]} for one in some]
            connection.execute(insert(Loan), rows)


def _subscribe(connection: Connection) -> None:
    """Enter the press, and every Monday readers that somebody counted."""
    titles = [new_id() for _ in range(PRESS)]
    kind = {"school_id": 1, "document_type": DocumentType.MAGAZINE, "kho": "BC"}
    papers = [{**kind, "id": one, "title": f"Tạp chí {n}"} for n, one in enumerate(titles)]
    connection.execute(insert(Edition), papers)
    often = [{"school_id": 1, "edition_id": one, "frequency": "nửa tháng"} for one in titles]
    connection.execute(insert(Periodical), often)
    issues = [
        _issue(title, year, number)
        for title in titles
        for year in range(FIRST_YEAR, NOW.year)
        for number in range(NUMBERS)
    ]
    connection.execute(insert(PeriodicalIssue), issues)
    mondays = (date(FIRST_YEAR, 12, 5) + timedelta(weeks=week) for week in range(52 * YEARS - 2))
    told = {"school_id": 1, "category": PatronCategory.STUDENT, "readers": 30, "note": "Tiết đọc"}
    counts = [{**told, "id": new_id(), "day": day, "made_at": _at(day)} for day in mondays]
    connection.execute(insert(HeadCount), counts)


def _issue(title: UUID, year: int, number: int) -> dict[str, Any]:
    day = date(year, number // 2 + 1, 10 + number % 2)
    came = {"month": day.month, "copies": 2, "received_on": day, "entered_at": _at(day)}
    return {"school_id": 1, "edition_id": title, "year": year, "number": str(number + 1),
            "price_vnd": 12_000, **came}  # fmt: skip


def _write_off(engine: Engine, year: int, copies: list[UUID]) -> None:
    """Draw a list up, hang it out, approve it and carry it out."""
    clock = SettableClock(datetime(year, 4, 1, 9, 0, tzinfo=SCHOOL_ZONE))
    lists = WeedingLists(Library(engine, 1, clock))
    drawn = lists.draw_up(f"Thanh lọc {year}", copies, "Rách nát", "Hủy, bán giấy vụn", "lan")
    assert lists.publish(drawn) is None
    clock.advance(timedelta(days=20))
    assert lists.approve(drawn, "Hiệu trưởng", f"{year}/QĐ") is None
    done = lists.carry_out(drawn, "Rách nát", f"{year}/BB", clock.now().date(), "lan")
    assert isinstance(done, CarriedOut), done


def _count(engine: Engine, at: datetime, seen: list[UUID], *, is_closed: bool = True) -> None:
    """Count the stock as of a moment; a closed count took two hours."""
    clock = SettableClock(at)
    counts = Stocktaking(Library(engine, 1, clock))
    begun = counts.begin(CountPlan(f"Kiểm kê {at.year}"))
    assert isinstance(begun, UUID), begun
    rows = [{"copy_id": one} for one in seen]
    same = {"school_id": 1, "stocktake_id": begun, "seen_at": at + timedelta(hours=1)}
    with engine.begin() as connection:
        _SIGHTS.run_each(connection, rows, **same, seen_by="máy 1")
    clock.advance(timedelta(hours=2))
    if is_closed:
        assert not isinstance(counts.close(begun, "lan"), NotDone)


def _voucher(connection: Connection, day: date, source: str) -> UUID:
    voucher_id = new_id()
    serial = connection.execute(_LAST_SERIAL).scalar_one()
    row = {"school_id": 1, "id": voucher_id, "kind": VoucherKind.ENTRY, "serial": serial + 1}
    told = {"entered_on": day, "source": source, "number": f"{serial}/HĐ", "dated_on": day}
    connection.execute(insert(Voucher).values(**row, **told))
    return voucher_id


def _received(copy: UUID, day: date) -> dict[str, Any]:
    told = {"school_id": 1, "id": new_id(), "copy_id": copy, "changed_at": _at(day)}
    return {**told, "state": CopyState.AVAILABLE, "reason": "received"}


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), SCHOOL_ZONE)
