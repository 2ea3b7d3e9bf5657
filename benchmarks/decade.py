"""A library of any age on a file: 1 000 patrons, 10 000 copies, and the loans of up to ten years.

All loans but the last days' are returned, as in a real library; patrons and copies are drawn at
random, so that an act touches pages that no cache holds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, insert

from db import outbox, rulebook
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, SettableClock
from db.engine import open_engine, sqlite_url
from db.identifiers import AccessionNumber, CardNumber
from db.ids import new_id
from db.models import Card, Copy, Edition, Loan, Patron, School
from db.outcomes import CheckedOut, PatronCategory, PatronKnown
from db.prepared import Prepared
from db.states import LendingMode, LoanKind

NOW = datetime(2026, 11, 23, 8, 40, tzinfo=SCHOOL_ZONE)
PATRONS = 1_000
EDITIONS = 2_000
COPIES = 10_000
YEARS = 10
_CHUNK = 5_000


class Decade:
    """One such library, and its desk."""

    def __init__(
        self,
        path: Path,
        loans: int,
        seed: int = 1,
        is_station: bool = True,
        database: str | None = None,
    ) -> None:
        """Fill the file, or the empty server's database that is at the URL `database`."""
        self.engine: Engine = open_engine(database or sqlite_url(path))
        self._chance = random.Random(seed)
        with self.engine.begin() as connection:
            connection.execute(insert(School).values(id=1, name="Trường THCS Hoa Phượng"))
            rulebook.begin_rules(connection, 1)
            self.patrons = list(_fill_patrons(connection))
            self.copies = list(_fill_copies(connection))
            for rows in _loans(loans, [id_ for id_, _ in self.patrons], self.copies, seed):
                _LEND.run_each(connection, rows, **_SAME)
        with self.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        if is_station:
            outbox.prepare_station(self.engine)
        self.desk = Circulation(self.engine, 1, SettableClock(NOW))

    def anyone(self) -> PatronKnown:
        """A patron who shows their card."""
        patron = self.desk.identify(self._chance.choice(self.patrons)[1])
        assert isinstance(patron, PatronKnown)
        return patron

    def any_copy(self) -> AccessionNumber:
        """A copy from the shelf."""
        return AccessionNumber(f"STK.{self._chance.randint(1, COPIES):05d}")

    def lend(self, patron: PatronKnown, accession: AccessionNumber) -> CheckedOut:
        """Lend a copy that is there to a patron who may have it."""
        outcome = self.desk.check_out(patron, accession, new_id())
        assert isinstance(outcome, CheckedOut), outcome
        return outcome


def _fill_patrons(connection: Connection) -> Iterator[tuple[UUID, CardNumber]]:
    people = [(new_id(), CardNumber(f"HS{100_000 + n}")) for n in range(PATRONS)]
    person = {"school_id": 1, "name": "Nguyễn Văn An", "category": PatronCategory.STUDENT}
    connection.execute(insert(Patron), [{**person, "id": id_} for id_, _ in people])
    cards = [{"school_id": 1, "number": number, "patron_id": id_} for id_, number in people]
    connection.execute(insert(Card), cards)
    yield from people


def _fill_copies(connection: Connection) -> Iterator[UUID]:
    book = {"school_id": 1, "title": "Dế Mèn phiêu lưu ký", "lending": LendingMode.TAKE_HOME}
    editions = [{**book, "id": new_id()} for _ in range(EDITIONS)]
    connection.execute(insert(Edition), editions)
    copies = [
        {
            "school_id": 1,
            "id": new_id(),
            "accession": f"STK.{number:05d}",
            "kho": "STK",
            "number": number,
            "edition_id": editions[number % EDITIONS]["id"],
        }
        for number in range(1, COPIES + 1)
    ]
    connection.execute(insert(Copy), copies)
    yield from [UUID(str(copy["id"])) for copy in copies]


def _loans(
    loans: int, patrons: list[UUID], copies: list[UUID], seed: int
) -> Iterator[list[dict[str, Any]]]:
    chance = random.Random(seed)
    began = NOW - timedelta(days=365 * YEARS)
    step = timedelta(days=365 * YEARS - 15) / max(1, loans)
    for first in range(0, loans, _CHUNK):
        moments = (began + step * n for n in range(first, min(loans, first + _CHUNK)))
        yield [_loan(chance, patrons, copies, lent_at) for lent_at in moments]


_SAME = {"school_id": 1, "kind": LoanKind.TAKE_HOME, "set_loan_id": None, "handed_in_by": None,
         "disputed": False, "kiosk_id": None}  # fmt: skip
_LEND = Prepared(insert(Loan), Loan.__table__.columns.keys())


def _loan(
    chance: random.Random, patrons: list[UUID], copies: list[UUID], lent_at: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "copy_id": chance.choice(copies),
        "patron_id": chance.choice(patrons),
        "visit_id": new_id(),
        "lent_at": lent_at,
        "due": lent_at.date() + timedelta(days=14),
        "returned_at": lent_at + timedelta(days=10),
    }
