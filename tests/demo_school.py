"""The demo school on a real database file, for tests."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, update

from db import outbox
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, SettableClock
from db.demo import DemoCast, demo_cast, fill_demo_school
from db.engine import open_engine, sqlite_url
from db.identifiers import CardNumber
from db.models import Loan, OutboxEvent, Patron, ReceiptJob
from db.outcomes import PatronKnown
from db.reserve import Reserve
from db.sure_desk import SureDesk

_FILLED: list[bytes] = []
"""The file of a school just filled: filling one takes seconds, and most tests want one."""

MORNING = datetime(2026, 11, 10, 8, 40, tzinfo=SCHOOL_ZONE)


def copy_of_demo_school(path: Path, template: Path) -> DemoSchool:
    """The demo school as it was left at `template`; a tenth of the time of making it anew."""
    shutil.copyfile(template, path)
    return DemoSchool(path)


class DemoSchool:
    """The demo school on a file of its own, with a clock to turn."""

    def __init__(self, path: Path) -> None:
        self.clock = SettableClock(MORNING)
        self.folder = path.parent
        if _FILLED and not path.exists():
            path.write_bytes(_FILLED[0])
        self.engine = open_engine(sqlite_url(path))
        if not _FILLED:
            fill_demo_school(self.engine, 1, MORNING)
            _FILLED.append(_contents(path))
        outbox.prepare_station(self.engine)
        self.desk = Circulation(self.engine, 1, self.clock)
        self.sure = SureDesk(self.desk, Reserve(path.parent))

    def cast(self) -> DemoCast:
        return demo_cast(self.engine, 1, MORNING, seed=3)

    def known(self, card: CardNumber) -> PatronKnown:
        patron = self.desk.identify(card)
        assert isinstance(patron, PatronKnown)
        return patron

    def count(self, table: type[Loan | OutboxEvent | ReceiptJob]) -> int:
        with self.engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def block(self, patron_id: UUID) -> None:
        """Pause one patron's account."""
        with self.engine.begin() as connection:
            connection.execute(update(Patron).where(Patron.id == patron_id).values(blocked=True))


def _contents(path: Path) -> bytes:
    """All that is in a database's file, also what still waits beside it."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.serialize()
