"""The demo school on a real database file, for tests."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, update

from db import outbox
from db.circulation import Circulation
from db.clock import SettableClock
from db.demo import DemoCast, demo_cast
from db.engine import open_engine, sqlite_url
from db.identifiers import CardNumber
from db.models import Loan, OutboxEvent, Patron, ReceiptJob
from db.outcomes import PatronKnown
from db.reserve import Reserve
from db.sure_desk import SureDesk
from tests.demo_records import MORNING, demo_records


def copy_of_demo_school(path: Path, template: Path) -> DemoSchool:
    """The demo school as it was left at `template`; a tenth of the time of making it anew."""
    shutil.copyfile(template, path)
    return DemoSchool(path)


class DemoSchool:
    """The demo school on a file of its own, with a clock to turn."""

    def __init__(self, path: Path) -> None:
        self.clock = SettableClock(MORNING)
        if not path.exists():
            path.write_bytes(demo_records(MORNING))
        self.engine = open_engine(sqlite_url(path))
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
