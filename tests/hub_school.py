"""A small school at the hub, on a real database file, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, func, insert, select

from admin import ingest
from admin.app import create_app
from admin.desk import sessions
from admin.kiosks import KnownKiosk, enrol, recognise
from db.clock import SCHOOL_ZONE, SettableClock
from db.demo import fill_demo_school
from db.engine import open_engine, sqlite_url
from db.ids import new_id
from db.models import (
    Account,
    Base,
    Copy,
    Discrepancy,
    Edition,
    Kho,
    Loan,
    Patron,
    ReceivedEvent,
    School,
)
from db.outcomes import PatronCategory
from db.states import ClockQuality, CopyState, DeskRole, DiscrepancyKind, LendingMode, Verdict
from db.sync.messages import (
    Batch,
    BatchOutOfOrder,
    BatchTaken,
    CopyLent,
    CopyReturned,
    Fact,
    StreamForked,
    WireEvent,
)
from tests.demo_records import demo_records
from tests.empty_records import empty_records

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=SCHOOL_ZONE)
DUE = date(2026, 12, 7)
_NAMES = UUID("00000000-0000-4000-8000-000000000001")


def named(name: str) -> UUID:
    """The identity that tests call `name`."""
    return uuid5(_NAMES, name)


def at(minutes: int) -> datetime:
    """A moment of the school morning, in minutes after nine."""
    return MORNING + timedelta(minutes=minutes)


def lent(loan: str, copy: str, patron: str, minutes: int, due: date = DUE) -> CopyLent:
    """The fact that a copy left; identities by name."""
    return CopyLent(
        loan_id=named(loan),
        copy_id=named(copy),
        accession=copy,
        patron_id=named(patron),
        card="HS204817",
        lent_at=at(minutes),
        due=due,
        visit_id=named("visit"),
    )


def returned(loan: str | None, copy: str, minutes: int) -> CopyReturned:
    """The fact that a copy came back; `loan` is None when the kiosk knew of none."""
    return CopyReturned(
        loan_id=named(loan) if loan else None,
        copy_id=named(copy),
        accession=copy,
        returned_at=at(minutes),
    )


def wire(seq: int, fact: Fact | dict[str, Any], event_id: UUID | None = None) -> WireEvent:
    """A fact on the wire; a dict is a payload as it is, of type "copy-lent"."""
    payload = fact if isinstance(fact, dict) else fact.model_dump(mode="json")
    return WireEvent(
        seq=seq,
        event_id=event_id or new_id(),
        type="copy-lent" if isinstance(fact, dict) else fact.type,
        happened_at=MORNING,
        payload=payload,
    )


class InProcess(httpx.BaseTransport):
    """Carries requests to an application in this process, without a socket."""

    def __init__(self, app: FastAPI, peer: str = "127.0.0.1") -> None:
        self._app = app
        self._peer = peer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the application, and wait for its whole answer."""
        return asyncio.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        async with httpx.ASGITransport(self._app, client=(self._peer, 50000)) as application:
            answer = await application.handle_async_request(request)
            content = await answer.aread()  # unpacked already, where it came packed
        headers = [pair for pair in answer.headers.multi_items() if pair[0] != "content-encoding"]
        return httpx.Response(answer.status_code, headers=headers, content=content)


class KioskAway:
    """A kiosk that gathers facts offline."""

    def __init__(self, kiosk: KnownKiosk, token: str) -> None:
        self.known = kiosk
        self.token = token
        self.incarnation = new_id()
        self.events: list[WireEvent] = []
        self.clock: ClockQuality | None = None
        """How well it knows the time."""

    def did(self, *facts: Fact | dict[str, Any]) -> None:
        """Note what happened, in order."""
        for fact in facts:
            event = wire(len(self.events) + 1, fact)
            self.events.append(event.model_copy(update={"clock": self.clock}))

    def batch(self, first: int = 1, last: int | None = None) -> Batch:
        """Its events from number `first` to `last`."""
        return Batch(incarnation=self.incarnation, events=tuple(self.events[first - 1 : last]))


class DeskClient(httpx.Client):
    """A browser at the desk, without a screen."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(transport=InProcess(app), base_url="http://127.0.0.1:8765")
        self.key = ""

    def sign_in(
        self, school: HubSchool, roles: tuple[DeskRole, ...], patron_id: UUID | None = None
    ) -> None:
        """Make an account, whose password nobody knows, and a session."""
        now, account = school.clock.now(), new_id()
        who = {"name": f"hoa-{account.hex[-6:]}", "shown_name": "Cô Hoa", "patron_id": patron_id}
        row = {"school_id": 1, "id": account, "roles": " ".join(roles), "password": "-", **who}
        with school.engine.begin() as connection:
            connection.execute(insert(Account).values(**row, made_at=now, password_is_first=False))
            token = sessions.begin(connection, 1, account, now)
        self.cookies.set("tram-sach", token)
        self.key = sessions.form_key(token)

    def submit(self, path: str, files: Any = None, **fields: Any) -> httpx.Response:
        """Send a form of this session."""
        return self.post(path, data={"key": self.key, **fields}, files=files)

    def page(self, path: str) -> str:
        """A page that is there, as text."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers)
        return answer.text


class HubSchool:
    """A hub, by default with copies STN.00001 to .00003 and four readers."""

    def __init__(self, where: Path | str, fill: Callable[[Engine], object] | None = None) -> None:
        """On a file, a new one if there is none, or on a database by its URL."""
        self.clock = SettableClock(at(60))
        if isinstance(where, Path) and not where.exists():
            where.write_bytes(empty_records())
        self.engine = open_engine(where if isinstance(where, str) else sqlite_url(where))
        (fill or _fill)(self.engine)

    def browser(self, token: str | None = None) -> httpx.Client:
        """A client of the real application, with a kiosk's token if given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        application = create_app(self.engine, self.clock)
        return httpx.Client(
            transport=InProcess(application), base_url="http://127.0.0.1:8765", headers=headers
        )

    def desk(self, *roles: DeskRole, patron: str = "") -> DeskClient:
        """A browser that is signed in, as librarian unless told otherwise."""
        client = DeskClient(create_app(self.engine, self.clock))
        client.sign_in(self, roles or (DeskRole.LIBRARIAN,), named(patron) if patron else None)
        return client

    def kiosk(self, name: str) -> KioskAway:
        """Enrol a kiosk."""
        with self.engine.begin() as connection:
            token = enrol(connection, 1, name, self.clock.now())
            known = recognise(connection, token, self.clock.now())
        assert known is not None
        return KioskAway(known, token)

    def send(self, kiosk: KioskAway, first: int = 1, last: int | None = None) -> list[Verdict]:
        """Have a run of events taken, and say what became of each."""
        taken = self.take(kiosk, kiosk.batch(first, last))
        assert isinstance(taken, BatchTaken)
        return [verdict.verdict for verdict in taken.verdicts]

    def take(self, kiosk: KioskAway, batch: Batch) -> BatchTaken | BatchOutOfOrder | StreamForked:
        """Hand a batch to the hub."""
        return ingest.take(self.engine, kiosk.known, batch, self.clock.now())

    def loans(self) -> dict[UUID, Any]:
        """All loans by id."""
        with self.engine.begin() as connection:
            return {row.id: row for row in connection.execute(select(Loan.__table__))}

    def open_loans(self, copy: str) -> list[UUID]:
        """The current loans of a copy: one at most, if all is well."""
        return [
            loan.id
            for loan in self.loans().values()
            if loan.copy_id == named(copy) and loan.returned_at is None and not loan.disputed
        ]

    def unsettled(self) -> list[DiscrepancyKind]:
        """The kinds of the discrepancies still open."""
        with self.engine.begin() as connection:
            waiting = select(Discrepancy.kind).where(Discrepancy.settled_at.is_(None))
            return list(connection.execute(waiting).scalars())

    def count(self, table: type[Base]) -> int:
        """How many rows a table has."""
        with self.engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def received(self) -> list[Any]:
        """Everything received, in order of number."""
        with self.engine.begin() as connection:
            rows = select(ReceivedEvent.__table__).order_by(ReceivedEvent.seq)
            return list(connection.execute(rows))


def demo_hub(path: Path) -> HubSchool:
    """A hub with the demo school."""
    path.write_bytes(demo_records(at(0)))
    return HubSchool(path, fill=lambda _engine: None)


def demo_hub_at(url: str) -> HubSchool:
    """The same hub, on a database in which the demo school was begun."""
    return HubSchool(url, fill=lambda _engine: None)


def begin_demo_hub(engine: Engine) -> None:
    """Begin the demo school as that hub has it."""
    fill_demo_school(engine, 1, at(0))


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(School).values(_SCHOOL))
        connection.execute(insert(Kho).values(_KHO))
        connection.execute(insert(Patron), [_patron(*person) for person in _PEOPLE])
        connection.execute(insert(Edition).values(_EDITION))
        connection.execute(insert(Copy), [_copy(number) for number in (1, 2, 3)])


_PEOPLE = (
    ("An", "Nguyễn Văn An", "6A", PatronCategory.STUDENT),
    ("Bình", "Trần Thị Bình", "7B", PatronCategory.STUDENT),
    ("Chi", "Lê Khánh Chi", "9A", PatronCategory.STUDENT),
    ("Lan", "Phạm Ngọc Lan", "", PatronCategory.TEACHER),
)
_SCHOOL = {"id": 1, "name": "Trường THCS Hoa Phượng", "open_weekdays": "012345"}
_KHO = {"school_id": 1, "prefix": "STN", "name": "Sách thiếu nhi"}
_EDITION = {
    "school_id": 1,
    "id": named("edition"),
    "title": "Dế Mèn phiêu lưu ký",
    "authors": "Tô Hoài",
    "publisher": "",
    "year": None,
    "isbn": None,
    "class_number": "",
    "lending": LendingMode.TAKE_HOME,
}


def _patron(key: str, name: str, homeroom: str, category: PatronCategory) -> dict[str, Any]:
    person = {"school_id": 1, "id": named(key), "name": name, "homeroom": homeroom}
    return {**person, "category": category, "blocked": False}


def _copy(number: int) -> dict[str, Any]:
    accession = f"STN.{number:05d}"
    copy = {"school_id": 1, "id": named(accession), "accession": accession}
    copy |= {"kho": "STN", "number": number}
    return {**copy, "edition_id": named("edition"), "state": CopyState.AVAILABLE}
