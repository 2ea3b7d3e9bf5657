"""Three stations and a hub on real SQLite in memory, and everything that can go wrong between.

Nothing of the product is replaced but the wire: a fault there is a request or an answer that is
lost, told twice, or told again much later. A crash is a commit that does not happen. A backup, a
restored card, a cloned card is the database's bytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Engine, create_engine, delete, event, insert, update
from sqlalchemy.pool import StaticPool

from admin import feed, ingest
from admin.kiosks import KnownKiosk
from admin.streams import StreamHeld, note_verified_backup, streams_held
from db import outbox
from db.circulation import Circulation
from db.clock import SCHOOL_ZONE, SettableClock
from db.engine import _begin_immediate, open_engine, sqlite_url
from db.errors import HubUnreachable, SyncError
from db.identifiers import AccessionNumber, CardNumber
from db.ids import new_id
from db.models import (
    Card,
    ClosedDay,
    Copy,
    Edition,
    Kho,
    Kiosk,
    Patron,
    Policy,
    School,
)
from db.outcomes import CheckedOut, PatronCategory, PatronKnown, Returned
from db.sync.boots import Running
from db.sync.connection import HubConnection, pull, push
from db.sync.messages import (
    Batch,
    BatchOutOfOrder,
    BatchTaken,
    Health,
    Page,
    StreamForked,
    StreamPosition,
)
from db.sync.mirror import Mirror, Place
from db.sync.told import TOLD, ToldTable
from tests.hub_school import named

T = TypeVar("T")
MORNING = datetime(2026, 11, 10, 8, 0, tzinfo=SCHOOL_ZONE)
PUPILS = ("An", "Bình", "Chi")
COPIES = tuple(AccessionNumber(f"STN.{number:05d}") for number in (1, 2, 3))
KIOSKS = tuple(KnownKiosk(1, named(f"kiosk {number}")) for number in range(3))
PAGE = 4
"""Rows in a page: so few that most of what is told takes several."""


class Crash(Exception):
    """The machine went off before the commit."""


@dataclass(frozen=True, slots=True)
class Images:
    """Databases to begin with, as bytes."""

    hub: bytes
    stations: tuple[bytes, ...]
    runs: tuple[UUID, ...]
    """Which run of its machine each station is in."""
    held: list[StreamHeld]
    """What the hub's bytes hold of the stations' events."""
    now: datetime


class Memory:
    """One database in memory, whose engine outlives what is in it."""

    def __init__(self) -> None:
        self._raw = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self.engine: Engine = create_engine(
            "sqlite://", creator=lambda: self._raw, poolclass=StaticPool
        )
        event.listen(self.engine, "begin", _begin_immediate)
        event.listen(self.engine, "commit", self._maybe_crash)
        self.commits_left: int | None = None
        """Commits until the machine goes off; None for never."""

    def image(self) -> bytes:
        """The database's bytes."""
        return self._raw.serialize()

    def put(self, image: bytes) -> None:
        """Let the database be as in `image`."""
        self._raw.deserialize(image)
        self._raw.execute("PRAGMA foreign_keys=ON")
        self.commits_left = None

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What a question to the database's bytes is answered."""
        return self._raw.execute(sql, values).fetchall()

    def _maybe_crash(self, _connection: Any) -> None:
        if self.commits_left is None:
            return
        self.commits_left -= 1
        if self.commits_left < 0:
            self.commits_left = None
            raise Crash


def templates(folder: Path) -> Images:
    """The bytes of a small school's hub, and of three stations that lent a copy each, once."""
    hub = open_engine(sqlite_url(folder / "hub.db"))
    with hub.begin() as connection:
        _fill(connection)
    feed.begin(hub, MORNING)
    hub.dispose()
    open_engine(sqlite_url(folder / "station.db")).dispose()
    empty = _bytes(folder / "station.db")
    world = World()
    world.begin(Images(_bytes(folder / "hub.db"), (empty,) * 3, (new_id(),) * 3, [], MORNING))
    for one in world.stations:
        one.boot()
    world.settle()
    for station, pupil, copy in zip(world.stations, PUPILS, COPIES, strict=True):
        station.work([("lend", pupil, copy), ("take back", pupil, copy)])
    world.settle()
    with world.hub.engine.begin() as connection:
        held = streams_held(connection)
    cards = tuple(one.memory.image() for one in world.stations)
    runs = tuple(one.boot_id for one in world.stations)
    return Images(world.hub.image(), cards, runs, held, world.now)


def _bytes(path: Path) -> bytes:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA journal_mode=DELETE")  # a database in memory has no write-ahead log
    raw.execute("PRAGMA page_size=1024")  # most of 240 tables and indexes are empty: a page each
    raw.execute("VACUUM")
    image = raw.serialize()
    raw.close()
    return image


def _fill(connection: Any) -> None:
    of_school = {"school_id": 1}
    connection.execute(insert(School).values(id=1, name="Hoa Phượng", open_weekdays="0123456"))
    connection.execute(insert(Kho).values(prefix="STN", name="Thiếu nhi", **of_school))
    limits = {"max_loans": 3, "loan_days": 14, "blocked_by_overdue": False}
    student = {"category": PatronCategory.STUDENT, **of_school}
    connection.execute(insert(Policy).values(**limits, **student))
    for number, name in enumerate(PUPILS):
        person = {"id": named(name), "name": name, **student}
        connection.execute(insert(Patron).values(person))
        card = {"number": card_of(name), "patron_id": named(name), **of_school}
        connection.execute(insert(Card).values(card))
        del number
    edition = {"id": named("edition"), "title": "Dế Mèn", "kho": "STN", **of_school}
    connection.execute(insert(Edition).values(edition))
    for number, accession in enumerate(COPIES, start=1):
        copy = {"id": named(accession), "accession": accession, "kho": "STN", "number": number}
        connection.execute(insert(Copy).values(edition_id=named("edition"), **copy, **of_school))
    for number, kiosk in enumerate(KIOSKS):
        row = {"id": kiosk.id, "name": f"Trạm {number}", "token_sha256": bytes([number])}
        connection.execute(insert(Kiosk).values(enrolled_at=MORNING, **row, **of_school))


def card_of(name: str) -> CardNumber:
    """A pupil's card."""
    return CardNumber(f"HS{200000 + PUPILS.index(name)}")


def told_rows(memory: Memory) -> list[Any]:
    """Every row that hub and stations must have alike, with its table's name."""
    return sorted(memory.rows(_TOLD_ROWS))


def _quoted(told: ToldTable) -> str:
    return " || ', ' || ".join(f'quote("{name}")' for name in told.columns)


_TOLD_ROWS = " UNION ALL ".join(
    f"SELECT '{told.name}', {_quoted(told)} FROM {told.name}" for told in TOLD
)


class Wire(HubConnection):
    """What lies between one station and the hub."""

    def __init__(self, world: World, kiosk: KnownKiosk, faults: list[str]) -> None:
        self._world = world
        self._kiosk = kiosk
        self._faults = faults

    def position(
        self, incarnation: UUID, waiting: int = 0, health: Health | None = None
    ) -> StreamPosition:
        """Ask how far the hub is."""
        now = self._world.now
        return self._carry(
            lambda: ingest.position(self._world.hub.engine, self._kiosk, incarnation, now)
        )

    def send(self, batch: Batch) -> BatchTaken | BatchOutOfOrder | StreamForked:
        """Hand over a batch."""

        def take() -> BatchTaken | BatchOutOfOrder | StreamForked:
            return ingest.take(self._world.hub.engine, self._kiosk, batch, self._world.now)

        self._world.sent.append(take)
        return self._carry(take)

    def changes(self, incarnation: UUID, stands: Place) -> Page:
        """Ask for a page."""
        now, engine = self._world.now, self._world.hub.engine

        def acked(connection: Any) -> int:
            return ingest.acked(connection, self._kiosk, incarnation)

        return self._carry(
            lambda: feed.page(engine, 1, stands.timeline, stands.cursor, now, acked, most=PAGE)
        )

    def close(self) -> None:
        """Nothing to let go."""

    def _carry(self, ask: Callable[[], T]) -> T:
        fault = self._faults.pop(0) if self._faults else "well"
        if fault == "request lost":
            raise HubUnreachable(fault)
        try:
            answer = ask()
            if fault == "told twice":
                answer = ask()
        except Crash:
            self._world.restart_hub()
            raise HubUnreachable("the hub crashed") from None
        if fault == "answer lost":
            raise HubUnreachable(fault)
        return answer


class Runs:
    """The running clock of whichever machine is at work."""

    def __init__(self) -> None:
        self.of: StationMachine | None = None

    def now(self) -> Running:
        """Since that machine was switched on."""
        assert self.of is not None
        return Running(self.of.boot_id, int((self.of.world.now - MORNING) / _MILLISECOND))


_MILLISECOND = timedelta(milliseconds=1)
RUNS = Runs()
"""To be put in the place of `outbox.RUNNING`."""


class StationMachine:
    """One station: a card with a database, in a machine with a clock that anybody may turn."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.memory = Memory()
        self.clock = SettableClock(MORNING)
        self.kiosk = KIOSKS[number]
        self.last: CheckedOut | Returned | None = None
        self.boot_id = new_id()
        self.hub_spoke_of: set[str] = set()
        """Events that a page contained, whatever became of the hub since."""

    @property
    def engine(self) -> Engine:
        return self.memory.engine

    def begin(self, image: bytes, kiosk: KnownKiosk) -> None:
        """Switch the machine on with a card."""
        self._put(image, kiosk)
        self.boot()

    def stand(self, image: bytes, kiosk: KnownKiosk, run: UUID) -> None:
        """Be a machine that has been on for a while."""
        self._put(image, kiosk)
        self.boot_id = run
        self._open()

    def boot(self) -> None:
        """Switch the machine on."""
        self.boot_id, RUNS.of = new_id(), self
        outbox.prepare_station(self.engine)
        self._open()

    def _put(self, image: bytes, kiosk: KnownKiosk) -> None:
        self.memory.put(image)
        self.kiosk = kiosk
        self.hub_spoke_of = set()

    def _open(self) -> None:
        self.desk = Circulation(self.engine, 1, self.clock)
        self.mirror = Mirror(self.engine, 1)
        self.last = None

    @contextmanager
    def crashing(self, after: int | None) -> Iterator[None]:
        """Let the machine go off before the commit that follows on `after` others."""
        self.memory.commits_left = after
        try:
            yield
        except Crash:
            self.boot()
        finally:
            self.memory.commits_left = None

    def work(self, acts: Iterable[tuple[str, str, AccessionNumber]]) -> None:
        """Some acts, a minute apart."""
        RUNS.of = self
        for act, pupil, copy in acts:
            self.world.tick()
            self.do(act, pupil, copy)

    def do(self, act: str, pupil: str, copy: AccessionNumber) -> None:
        """One act at the desk; the rules may refuse it."""
        patron = self.desk.identify(card_of(pupil))
        match act:
            case "lend" if isinstance(patron, PatronKnown):
                self._note(self.desk.check_out(patron, copy))
            case "renew" if isinstance(patron, PatronKnown):
                self.desk.renew(patron, copy, at_desk=True)
            case "take back":
                self._note(self.desk.check_in(copy))
            case "undo" if self.last is not None:
                self.desk.undo(self.last)
                self.last = None

    def synchronise(
        self,
        faults: list[str] | None = None,
        meanwhile: Iterable[tuple[str, str, AccessionNumber]] = (),
    ) -> bool:
        """Push, then pull, with acts in between; whether all went well."""
        RUNS.of = self
        self.world.made |= {event_id for _, event_id in self.events()}
        wire = Wire(self.world, self.kiosk, faults or [])
        try:
            push(self.engine, wire)
            self._prune()
            self.work(meanwhile)
            pull(self.engine, wire, self.mirror)
        except SyncError:
            return False
        return True

    def pull(self) -> None:
        """Take what has changed at the hub."""
        RUNS.of = self
        pull(self.engine, Wire(self.world, self.kiosk, []), self.mirror)

    def _prune(self) -> None:
        """Prune what is safe at once, not only after a season."""
        [(safe,)] = self.memory.rows("SELECT safe_seq FROM station")
        if not safe:
            return
        with self.engine.begin() as connection:
            outbox.prune(connection, safe, self.world.now + timedelta(days=1), keep_days=0)

    def events(self) -> list[tuple[int, UUID]]:
        """Number and name of each event on the card."""
        rows = self.memory.rows("SELECT seq, event_id FROM outbox_event ORDER BY seq")
        return [(seq, UUID(event_id)) for seq, event_id in rows]

    def check_own_acts(self) -> None:
        """What happened here last holds here, until the hub has had its word on it."""
        [(told,)] = self.memory.rows("SELECT mirror_acked FROM station")
        rows = self.memory.rows("SELECT seq, event_id, payload FROM outbox_event ORDER BY seq")
        self.hub_spoke_of |= {event_id for seq, event_id, _ in rows if seq <= told}
        waiting = [json.loads(told) for _, name, told in rows if name not in self.hub_spoke_of]
        is_open = "SELECT id FROM loan WHERE returned_at IS NULL AND NOT disputed"
        open_loans = {UUID(loan_id) for (loan_id,) in self.memory.rows(is_open)}
        last: dict[str, dict[str, Any]] = {}
        for payload in waiting:
            if payload["type"] in ("copy-lent", "copy-returned", "loan-undone"):
                last[payload["copy_id"]] = payload
            else:
                last.pop(payload["copy_id"], None)
        for payload in last.values():
            if payload["type"] == "copy-lent":
                assert UUID(payload["loan_id"]) in open_loans, "a book just lent is in"
            elif payload["loan_id"]:
                assert UUID(payload["loan_id"]) not in open_loans, "a book just returned is out"

    def _note(self, outcome: Any) -> None:
        if isinstance(outcome, CheckedOut | Returned):
            self.last = outcome


class Received(NamedTuple):
    """An event at the hub; identities of streams as SQLite keeps them."""

    kiosk_id: str
    incarnation: str
    seq: int
    event_id: UUID
    type: str
    payload: str


class World:
    """A hub, three stations, what is on its way, and what lies in the cupboard."""

    def __init__(self) -> None:
        self.hub = Memory()
        self.stations = [StationMachine(self, number) for number in range(3)]

    def begin(self, images: Images) -> None:
        """Begin again, with the same engines: their compiled statements are kept."""
        self.now = images.now + timedelta(hours=1)
        self.sent: list[Callable[[], object]] = []
        self.backups = [(images.hub, images.held, False)]
        self.excused: set[UUID] = set()
        """Events that were lost with the only medium that had them."""
        self.made: set[UUID] = set()
        """Every event that ever was on a card."""
        self.hub.put(images.hub)
        self.edits = 0
        for number, one in enumerate(self.stations):
            one.clock = SettableClock(self.now + timedelta(seconds=number))
            one.stand(images.stations[number], KIOSKS[number], images.runs[number])

    def tick(self) -> None:
        """A minute goes by."""
        self.now += timedelta(minutes=1)
        for one in self.stations:
            one.clock.advance(timedelta(minutes=1))

    def restart_hub(self) -> None:
        """Another run of the hub's program begins."""
        self.hub.commits_left = None
        feed.begin(self.hub.engine, self.now)

    def received(self) -> list[Received]:
        """What the hub has, in each stream's order."""
        sql = "SELECT kiosk_id, incarnation, seq, event_id, type, payload FROM received_event"
        rows = self.hub.rows(f"{sql} ORDER BY kiosk_id, incarnation, seq")
        return [
            Received(kiosk_id, incarnation, seq, UUID(event_id), kind, payload)
            for kiosk_id, incarnation, seq, event_id, kind, payload in rows
        ]

    def back_up(self, verified: bool) -> None:
        """Put the hub's bytes in the cupboard; a verified backup lets stations prune."""
        with self.hub.engine.begin() as connection:
            held = streams_held(connection)
        if verified:
            note_verified_backup(self.hub.engine, held)
        self.backups.append((self.hub.image(), held, verified))

    def put_back(self, which: int, with_tool: bool) -> None:
        """Put a backup back; what only an older one's successor held is lost with it."""
        image, _, _ = self.backups[which]
        had = {row.event_id for row in self.received()}
        self.hub.put(image)
        if any(verified for _, _, verified in self.backups[which + 1 :]):
            self.excused |= had - {row.event_id for row in self.received()}
        self.restart_hub()
        if with_tool:
            self.restart_hub()

    def edit(self, what: int) -> None:
        """The librarian changes something at the hub."""
        self.edits += 1
        with self.hub.engine.begin() as connection:
            match what:
                case 0:
                    row = update(Copy).where(Copy.accession == COPIES[self.edits % 3])
                    connection.execute(row.values(shelf=f"G{self.edits}"))
                case 1:
                    row = update(Patron).where(Patron.id == named(PUPILS[self.edits % 3]))
                    connection.execute(row.values(homeroom=f"6{self.edits}"))
                case 2:
                    day = {"school_id": 1, "day": date(2027, 1, 1) + timedelta(self.edits)}
                    connection.execute(insert(ClosedDay).values(name="Nghỉ", **day))
                case 3:
                    connection.execute(delete(ClosedDay))

    def lose(self, station: StationMachine) -> None:
        """A station's card is gone; what only it had is excused."""
        self.excused |= {event_id for _, event_id in station.events()}

    def settle(self) -> None:
        """Everybody talks to everybody without faults, until nothing is new."""
        self.hub.commits_left = None
        self.tick()
        for one in self.stations:
            assert one.synchronise(), "a station cannot synchronise without faults"
        for one in self.stations[:-1]:
            one.pull()  # what the stations after it have told

    def check(self) -> None:
        """What must hold when everybody has talked to everybody."""
        received = self.received()
        names = [row.event_id for row in received]
        assert len(names) == len(set(names)), "an event is there twice"
        here = {event_id for one in self.stations for _, event_id in one.events()}
        assert here <= set(names), "an event never arrived"
        assert self.made - self.excused <= set(names), "an event is gone"
        self._check_streams(received)
        self._check_due_days(received)
        truth = told_rows(self.hub)
        for one in self.stations:
            assert truth == told_rows(one.memory), "a station differs"
            one.check_own_acts()

    def _check_due_days(self, received: list[Received]) -> None:
        """No loan is due before the day that a slip says."""
        due = dict(self.hub.rows("SELECT id, due FROM loan"))
        for row in received:
            if row.type == "copy-lent":
                printed = json.loads(row.payload)
                is_due = due.get(UUID(printed["loan_id"]).hex, printed["due"])
                assert is_due >= printed["due"], "due earlier than printed"

    def _check_streams(self, received: list[Received]) -> None:
        last: dict[tuple[str, str], int] = {}
        for row in received:
            last[row.kiosk_id, row.incarnation] = row.seq
        marks = self.hub.rows("SELECT kiosk_id, incarnation, acked_seq FROM event_stream")
        acked = {(kiosk_id, incarnation): seq for kiosk_id, incarnation, seq in marks}
        assert all(seq <= acked[stream] for stream, seq in last.items()), "kept beyond the mark"
