"""One library year of a school of 516 pupils, as plain events and as records, for tests.

What happens is drawn first, as plain values; the records are made of it by the acts of `db`,
loans in bulk. A test counts the events again in the plainest way and compares the registers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, delete, insert, select, update

from db.clock import SCHOOL_ZONE, SettableClock
from db.demo import fill_demo_school
from db.ids import new_id
from db.library import Library
from db.models import Copy, Edition, HeadCount, Loan, Patron, PeriodicalIssue, StocktakeSight
from db.outcomes import PatronCategory
from db.register import Intake, Register, VoucherEntry
from db.registers.books import Books
from db.registers.sheet import Row, Sheet
from db.states import CopyState, LoanKind, VoucherKind
from db.stocktaking import CountPlan, Stocktaking

BEGINS, ENDS = date(2026, 6, 1), date(2027, 5, 31)
CLOSED_AT = datetime(2027, 5, 31, 16, 0, tzinfo=SCHOOL_ZONE)
UNSEEN = 7
"""Copies that the count at the end does not find."""


@dataclass(frozen=True, slots=True)
class Lent:
    """That a copy left, and when it came back."""

    copy_id: UUID
    accession: str
    kho: str
    patron_id: UUID
    is_pupil: bool
    at: datetime
    back: datetime | None
    here: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies that came or went together."""

    day: date
    kho: str
    copies: int
    price: int
    words: str


@dataclass
class LibraryYear:
    """The records, and what happened."""

    engine: Engine
    loans: int
    seed: int = 7
    lent: list[Lent] = field(default_factory=list)
    came: list[Batch] = field(default_factory=list)
    left: list[Batch] = field(default_factory=list)
    heads: dict[date, int] = field(default_factory=dict)
    taken_down: dict[str, list[tuple[str, list[Row]]]] = field(default_factory=dict)
    """What registers said in spring, by their code."""

    def __post_init__(self) -> None:
        self.clock = SettableClock(datetime(2026, 6, 1, 8, 0, tzinfo=SCHOOL_ZONE))
        self.chance = random.Random(self.seed)
        fill_demo_school(self.engine, 1, self.clock.now())
        self.library = Library(self.engine, 1, self.clock)
        self.register = Register(self.library)
        with self.engine.begin() as connection:
            connection.execute(delete(Loan))
            self._price(connection)
        self._receive(date(2026, 8, 20), "STK", 40, 42_000, "Trường tự mua")
        self._receive(date(2026, 8, 20), "SGK", 26, 21_000, "Cấp phát")
        self._receive(date(2026, 10, 9), "STN", 25, 30_000, "Biếu, tặng, quyên góp")
        self._lend()
        self._count_heads()
        self._press()
        self._take_down_figures()
        self._write_off(date(2027, 4, 12), "SGK", 12, "Chương trình cũ", "05/BB-TL")
        self._write_off(date(2027, 5, 18), "STN", 3, "Rách nát", "06/BB-TL")
        self._count_stock()

    def _take_down_figures(self) -> None:
        """Keep what registers say on a day in spring, before anything else is changed."""
        self._turn(date(2027, 4, 1), 16)
        self.taken_down_at = self.clock.now()
        for code in ("R1", "R2", "R3", "R7", "R8"):
            with Books(self.library).opened(code, BEGINS, ENDS) as sheet:
                assert isinstance(sheet, Sheet)
                self.taken_down[code] = [(part.heading, list(part.rows)) for part in sheet.parts]

    def _price(self, connection: Any) -> None:
        connection.execute(update(Edition).values(price_vnd=18_000))

    def _turn(self, day: date, hour: int = 9) -> None:
        at = datetime.combine(day, time(hour), SCHOOL_ZONE)
        self.clock.advance(at - self.clock.now())

    def _receive(self, day: date, kho: str, copies: int, price: int, source: str) -> None:
        self._turn(day)
        voucher = self.register.enter_voucher(
            VoucherEntry(VoucherKind.ENTRY, source=source, number=f"HĐ {day:%d%m}", dated_on=day)
        )
        with self.engine.begin() as connection:
            edition = connection.execute(select(Edition.id).where(Edition.kho == kho)).scalars()
            edition_id = min(edition)
        self.register.take_in(
            Intake(edition_id, kho, copies, voucher, price, state=CopyState.AVAILABLE)
        )
        self.came.append(Batch(day, kho, copies, price, source))

    def _write_off(self, day: date, kho: str, copies: int, reason: str, number: str) -> None:
        self._turn(day)
        busy = {one.copy_id for one in self.lent if one.back is None or one.back.date() >= day}
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(Copy.id, Copy.accession).where(Copy.kho == kho).order_by(Copy.number)
            ).all()
        chosen = [row.accession for row in rows if row.id not in busy][:copies]
        voucher = self.register.enter_voucher(
            VoucherEntry(VoucherKind.EXIT, reason=reason, number=number, dated_on=day)
        )
        assert self.register.write_off(chosen, voucher, "hoa") == ()
        self.left.append(Batch(day, kho, len(chosen), 18_000, reason))

    def _lend(self) -> None:
        with self.engine.begin() as connection:
            here = Copy.state == CopyState.AVAILABLE
            copies = connection.execute(
                select(Copy.id, Copy.accession, Copy.kho)
                .where(here, Copy.entry_id.is_(None))
                .order_by(Copy.accession)
            ).all()
            people = connection.execute(select(Patron.id, Patron.category).order_by(Patron.id))
            readers = [(row.id, row.category is PatronCategory.STUDENT) for row in people]
            free = {row.id: datetime(2026, 9, 7, tzinfo=SCHOOL_ZONE) for row in copies}
            step = timedelta(days=250) / self.loans
            moments = [datetime(2026, 9, 7, 7, 30, tzinfo=SCHOOL_ZONE) + step * n
                       for n in range(self.loans)]  # fmt: skip
            for at in moments:
                self._lend_one(at, copies, readers, free)
            for first in range(0, len(self.lent), 5_000):
                some = self.lent[first : first + 5_000]
                connection.execute(insert(Loan), [_row(one) for one in some])

    def _lend_one(
        self, at: datetime, copies: Any, readers: Any, free: dict[UUID, datetime]
    ) -> None:
        copy = self.chance.choice(copies)
        goes_soon = copy.kho in ("SGK", "STN") and at.date() >= date(2027, 4, 1)
        if free[copy.id] > at or goes_soon:
            return
        reader, is_pupil = self.chance.choice(readers)
        here = self.chance.random() < 0.1
        back: datetime | None = at + timedelta(hours=1) if here else self._back(at)
        if self.chance.random() < 0.002:
            back = None
        free[copy.id] = back + timedelta(hours=1) if back else CLOSED_AT + timedelta(days=400)
        lent = Lent(copy.id, copy.accession, copy.kho, reader, is_pupil, at, back, here)
        self.lent.append(lent)

    def _back(self, at: datetime) -> datetime:
        return at + timedelta(hours=self.chance.randint(20, 400))

    def _count_heads(self) -> None:
        rows = []
        for week in range(5):
            day = date(2026, 11, 2) + timedelta(weeks=week)
            self.heads[day] = 39
            rows.append(
                {"school_id": 1, "id": new_id(), "day": day, "category": PatronCategory.STUDENT,
                 "readers": 39, "note": "Tiết đọc 6A", "author": "hoa",
                 "made_at": datetime.combine(day, time(15), SCHOOL_ZONE)}
            )  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(HeadCount), rows)

    def _press(self) -> None:
        title = {"school_id": 1, "id": new_id(), "title": "Toán học và Tuổi trẻ", "kho": "BC"}
        rows = [
            {"school_id": 1, "edition_id": title["id"], "year": 2026, "number": str(590 + month),
             "month": month, "copies": 3, "price_vnd": 15_000,
             "received_on": date(2026, month, 20),
             "entered_at": datetime(2026, month, 20, 9, tzinfo=SCHOOL_ZONE)}
            for month in (9, 10, 11)
        ]  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(Edition).values(**title))
            connection.execute(insert(PeriodicalIssue), rows)

    def _count_stock(self) -> None:
        self._turn(date(2027, 5, 29))
        counts = Stocktaking(self.library)
        begun = counts.begin(CountPlan("Kiểm kê 31/5/2027"))
        assert isinstance(begun, UUID)
        self.stocktake = begun
        out = {one.copy_id for one in self.lent if one.back is None or one.back > CLOSED_AT}
        with self.engine.begin() as connection:
            there = Copy.state != CopyState.WITHDRAWN
            copies = connection.execute(select(Copy.id).where(there).order_by(Copy.accession))
            seen = [id_ for id_ in copies.scalars() if id_ not in out][UNSEEN:]
            rows = [
                {"school_id": 1, "stocktake_id": self.stocktake, "copy_id": id_,
                 "seen_at": self.clock.now(), "seen_by": f"máy {place % 2 + 1}"}
                for place, id_ in enumerate(seen)
            ]  # fmt: skip
            connection.execute(insert(StocktakeSight), rows)
        self.seen, self.out = len(seen), len(out)
        self._turn(ENDS, 16)
        counts.close(self.stocktake, "hoa")
        self._turn(date(2027, 6, 2))


def _row(one: Lent) -> dict[str, Any]:
    return {
        "school_id": 1,
        "id": new_id(),
        "copy_id": one.copy_id,
        "patron_id": one.patron_id,
        "lent_at": one.at,
        "due": (one.at + timedelta(days=14)).date(),
        "returned_at": one.back,
        "kind": LoanKind.IN_LIBRARY if one.here else LoanKind.TAKE_HOME,
    }
