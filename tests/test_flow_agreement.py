"""A station and the hub after every kind of act: the same rows, each fact entered once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from admin import ingest
from admin.kiosks import KnownKiosk, enrol, recognise
from db import outbox
from db.corners import Corners
from db.engine import sqlite_url
from db.helping import Helping
from db.identifiers import CardNumber
from db.ids import new_id
from db.models import (
    Base,
    Card,
    ConditionNote,
    Copy,
    Corner,
    Crate,
    CrateCopy,
    Discrepancy,
    DueChange,
    Hold,
    Loan,
    LossCase,
    Override,
    ReceivedEvent,
    SetLoan,
    SetTemplate,
    SetTitle,
    StocktakeSight,
)
from db.outcomes import (
    CheckedOut,
    ConditionSeen,
    HoldMade,
    LostReported,
    OverrideBy,
    Refused,
    Returned,
)
from db.pins import Pins
from db.recalls import recall
from db.register import Register
from db.sets import TextbookSets
from db.states import CopyState, Damage, DiscrepancyKind, DueReason, LoanKind, Settlement, Verdict
from db.stocktaking import CountPlan, Stocktaking
from db.sync.messages import (
    Batch,
    BatchTaken,
    CardIssued,
    CopyLent,
    CopyReturned,
    DueMoved,
    Fact,
    HoldPlaced,
    LoanUndone,
    ReturnUndone,
    WireEvent,
)
from db.wishes import Wishes
from tests.postgres import PostgresServer
from tests.small_school import MORNING, SmallSchool, named, number

SHARED = (
    Loan,
    DueChange,
    LossCase,
    Hold,
    SetLoan,
    Crate,
    CrateCopy,
    ConditionNote,
    Override,
    Copy,
)
"""Tables that station and hub must have alike, but for the columns below."""
OWN = {"kiosk_id"}
NAMED_ANEW: dict[type[Base], set[str]] = {Override: {"id"}}
STK, STN = number("STK"), number("STN")


class Hub:
    """The hub of the same school, and one station enrolled at it."""

    def __init__(self, url: str) -> None:
        self.school = SmallSchool(url)
        with self.school.engine.begin() as connection:
            token = enrol(connection, 1, "Trạm 1", MORNING)
            known = recognise(connection, token, MORNING)
        assert known is not None
        self.kiosk: KnownKiosk = known

    def take(self, batch: Batch) -> list[Verdict]:
        """Take a station's events, and say what became of each."""
        taken = ingest.take(self.school.engine, self.kiosk, batch, MORNING)
        assert isinstance(taken, BatchTaken)
        return [verdict.verdict for verdict in taken.verdicts]

    def discrepancies(self) -> list[DiscrepancyKind]:
        """What does not fit."""
        return [row.kind for row in self.school.rows(Discrepancy)]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "kiosk.db"))
    made.choose(holds_allowed=True)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "hub.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_records()
    made = Hub(url)
    yield made
    made.school.close()


def bring_over(station: SmallSchool, hub: Hub, *tables: type[Base]) -> None:
    """Have the hub know what it would have told the station itself."""
    for table in tables:
        rows = [dict(row._mapping) for row in station.rows(table)]
        with hub.school.engine.begin() as connection:
            connection.execute(insert(table), rows)


def kept(school: SmallSchool, table: type[Base]) -> set[tuple[Any, ...]]:
    """A table's rows without what each side calls its own."""
    own = OWN | NAMED_ANEW.get(table, set())
    columns = [column for column in table.__table__.columns if column.name not in own]
    with school.engine.begin() as connection:
        return {tuple(row) for row in connection.execute(select(*columns))}


def one_of_everything(station: SmallSchool, hub: Hub) -> None:
    """Do every kind of act at the station."""
    desk, day = station.desk, date(2026, 11, 10)
    corners, sets, register = (
        Corners(station.library),
        TextbookSets(desk),
        Register(station.library),
    )
    template = sets.define("Bộ sách lớp 6", 6, [named("Toán 6")])
    corner = corners.begin("Góc lớp 6A", "6A", named("Lan"))
    bring_over(station, hub, SetTemplate, SetTitle, Corner)
    an, binh, chi, lan = (station.known(name) for name in ("An", "Bình", "Chi", "Lan"))

    desk.check_out(an, STK, new_id(), ConditionSeen(Damage.SLIGHT, "rách bìa"))
    lent = desk.check_out(an, number("STK", 2))
    assert isinstance(lent, CheckedOut)
    desk.undo(lent)
    returned = desk.check_in(STK, giver=binh.patron_id, condition=ConditionSeen(note="bẩn"))
    assert isinstance(returned, Returned)
    desk.undo(returned)
    for position in (2, 3):
        desk.check_out(an, number("STK", position))
    desk.check_out(an, number("STK", 4), override=OverrideBy("ôn thi", "thủ thư"))
    desk.read_here(binh, number("BC"))
    desk.read_here(binh, number("STK", 5))
    desk.check_out(chi, number("STK", 5))
    station.clock.advance(timedelta(hours=4))
    desk.close_reading()

    for patron, position in ((an, 1), (binh, 2), (chi, 3), (lan, 4)):
        desk.check_out(patron, number("STN", position), override=OverrideBy("ôn thi", "thủ thư"))
    waiting = station.holds.place(station.known("Dũng"), named("Dế Mèn phiêu lưu ký"))
    assert isinstance(waiting, HoldMade)
    desk.check_in(number("STN", 2))
    desk.check_out(station.known("Dũng"), number("STN", 2))
    second = station.holds.place(binh, named("Dế Mèn phiêu lưu ký"))
    assert isinstance(second, HoldMade)
    station.holds.cancel(second.hold_id)

    desk.renew(lan, number("STN", 4))
    lost = station.losses.report_lost(number("STN", 3))
    station.losses.report_lost(number("STK", 6))
    assert isinstance(lost, LostReported)
    station.losses.settle(lost.case_id, Settlement.REPLACED, "thủ thư", station.copy(STK).id)
    desk.check_in(number("STK", 6))
    station.losses.report_damaged(number("STK", 7), ConditionSeen(Damage.SEVERE), usable=False)
    sets.lend(chi, template, [number("SGK")])
    sets.swap(chi, number("SGK"), number("SGK", 2))
    crate = corners.send(corner, "T-01", [number("STK", 8), number("STK", 9)], day, "thủ thư")
    corners.take_back(crate.crate_id, [number("STK", 8)], "thủ thư")
    recall(station.library, date(2026, 11, 30), kho="STK")
    for school in (station, hub.school):
        school.change(Copy, named(number("STK", 10)), state=CopyState.LABELLED)
    register.process(number("STK", 10), "thủ thư")
    counts = Stocktaking(station.library)
    count = counts.begin(CountPlan("Kiểm kê"))
    assert isinstance(count, UUID)
    counts.close(count, "thủ thư")
    Wishes(station.library).make(an.patron_id, "Hoàng tử bé")
    Pins(station.library).set(lan.patron_id, "274916", "thủ thư")
    helping = Helping(desk)
    helping.note_shelf(helping.check_shelf([STK]), [STK], "thủ thư")
    helping.issue_card(binh.patron_id, CardNumber("HS900001"), "thủ thư")


def test_every_act_reaches_the_hub_alike(station: SmallSchool, hub: Hub) -> None:
    """Given one of every act, when told and told again, then station and hub have the same."""
    one_of_everything(station, hub)
    batch = outbox.next_batch(station.engine)
    first = hub.take(batch)
    alike = {table.__name__: kept(station, table) ^ kept(hub.school, table) for table in SHARED}
    again = hub.take(batch)
    still = {table.__name__: kept(station, table) ^ kept(hub.school, table) for table in SHARED}

    assert {type_of.type for type_of in batch.events} == _every_kind()
    assert set(first) <= {Verdict.APPLIED, Verdict.RECORDED_ONLY}
    assert {name for name, differing in alike.items() if differing} == set()
    assert set(again) == {Verdict.DUPLICATE}
    assert still == alike
    assert hub.discrepancies() == []


def test_shelf_at_a_station_counts_at_the_hub(station: SmallSchool, hub: Hub) -> None:
    """S82: given a count at the hub, when a shelf is scanned at a station, then it is seen once.

    What was scanned in time but is told after the count was closed changes nothing in it.
    """
    helping, counts = Helping(station.desk), Stocktaking(hub.school.library)
    count = counts.begin(CountPlan("Tham khảo", kho=("STK",)))
    assert isinstance(count, UUID)
    counts.see(count, number("STK", 2), "máy 1")
    shelf = [number("STK"), number("STK", 2), number("STN")]
    helping.note_shelf(helping.check_shelf(shelf), shelf, "cô Lan")
    batch = outbox.next_batch(station.engine)
    hub.take(batch)
    hub.take(batch)
    seen_by = counts.minutes(count).seen_by
    helping.note_shelf(helping.check_shelf(shelf), [number("STK", 3)], "cô Lan")
    hub.school.clock.advance(timedelta(hours=1))
    counts.close(count, "thủ thư")
    hub.take(outbox.next_batch(station.engine))

    assert seen_by == (("cô Lan, trạm", 1), ("máy 1", 1))
    assert hub.school.count(StocktakeSight) == 2


def _every_kind() -> set[str]:
    kinds = Fact.__origin__.__args__  # type: ignore[attr-defined]
    return {kind.model_fields["type"].default for kind in kinds}


class Stream:
    """Facts of a station, numbered as they are told."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._incarnation = new_id()
        self._seq = 0

    def tell(self, fact: Fact) -> Verdict:
        """Tell the hub one fact."""
        self._seq += 1
        event = WireEvent(
            seq=self._seq,
            event_id=new_id(),
            type=fact.type,
            happened_at=MORNING,
            payload=fact.model_dump(mode="json"),
        )
        (verdict,) = self._hub.take(Batch(incarnation=self._incarnation, events=(event,)))
        return verdict


def test_card_issued_last_counts_whatever_is_told_last(hub: Hub) -> None:
    """Given two cards issued apart, when the older is told later, then the newer opens."""
    one, other = Stream(hub), Stream(hub)
    older, newer = (
        CardIssued(patron_id=named("An"), card=CardNumber(number), author="thủ thư", at=at)
        for number, at in (("HS900001", MORNING), ("HS900002", MORNING + timedelta(hours=1)))
    )
    assert one.tell(newer) is Verdict.APPLIED
    assert other.tell(older) is Verdict.APPLIED
    cards = {row.number: row.revoked for row in hub.school.rows(Card, patron_id=named("An"))}

    assert (cards["HS900001"], cards["HS900002"]) == (True, False)


def lent(loan: str, patron: str, minutes: int = 0) -> CopyLent:
    return CopyLent(
        loan_id=named(loan),
        copy_id=named(STK),
        accession=STK,
        patron_id=named(patron),
        card="",
        lent_at=MORNING + timedelta(minutes=minutes),
        due=date(2026, 11, 25),
        visit_id=None,
    )


def about(minutes: int) -> dict[str, Any]:
    return {
        "copy_id": named(STK),
        "accession": STK,
        "at": MORNING + timedelta(minutes=minutes),
    }


def moved(loan: str, due: date, reason: DueReason) -> DueMoved:
    days = {"old_due": date(2026, 11, 25), "new_due": due, "reason": reason}
    return DueMoved(change_id=new_id(), loan_id=named(loan), **days, **about(5))  # type: ignore[arg-type]


def due_of(hub: Hub, loan: str) -> date:
    (row,) = hub.school.rows(Loan, id=named(loan))
    due: date = row.due
    return due


def test_unknown_things_are_kept_for_the_librarian(hub: Hub) -> None:
    """Given facts about a loan, an edition or a corner nobody knows, then each is noted."""
    stream = Stream(hub)
    verdicts = [
        stream.tell(moved("nowhere", date(2026, 12, 1), DueReason.RENEWED)),
        stream.tell(LoanUndone(loan_id=named("nowhere"), **about(1))),
        stream.tell(
            HoldPlaced(hold_id=new_id(), edition_id=new_id(), patron_id=named("An"), at=MORNING)
        ),
    ]

    assert verdicts == [Verdict.RECORDED_ONLY] * 3
    assert hub.discrepancies() == [DiscrepancyKind.UNKNOWN_TO_HUB] * 3


def test_later_of_two_renewals_holds(hub: Hub) -> None:
    """Given a loan renewed at two stations, then it is due on the later day, both are kept."""
    one, other = Stream(hub), Stream(hub)
    one.tell(lent("loan", "An"))
    one.tell(moved("loan", date(2026, 12, 9), DueReason.RENEWED))
    other.tell(moved("loan", date(2026, 12, 2), DueReason.RENEWED))

    assert due_of(hub, "loan") == date(2026, 12, 9)
    assert len(hub.school.rows(DueChange)) == 2


def test_recall_shortens_all_the_same(hub: Hub) -> None:
    """Given a recalled loan, then its day is the recall day, though it was later."""
    stream = Stream(hub)
    stream.tell(lent("loan", "An"))
    stream.tell(moved("loan", date(2026, 11, 20), DueReason.RECALLED))

    assert due_of(hub, "loan") == date(2026, 11, 20)


def test_undone_return_of_a_lent_copy_is_asked_about(hub: Hub) -> None:
    """Given a return undone after another station lent the copy, then that is for a person."""
    one, other = Stream(hub), Stream(hub)
    one.tell(lent("loan", "An"))
    one.tell(CopyReturned(loan_id=named("loan"), returned_at=MORNING, **_copy()))
    other.tell(lent("another", "Bình", minutes=1))
    verdict = one.tell(ReturnUndone(loan_id=named("loan"), **about(2)))
    ends: dict[UUID, Any] = {row.id: row.returned_at for row in hub.school.rows(Loan)}

    assert verdict is Verdict.APPLIED_WITH_DISCREPANCY
    assert ends == {named("loan"): MORNING + timedelta(minutes=1), named("another"): None}
    assert hub.discrepancies() == [DiscrepancyKind.LENT_TWICE]


def test_reader_at_a_table_is_no_second_loan(hub: Hub) -> None:
    """Given a copy read at one station's table, when lent at another, then reading ends there."""
    one, other = Stream(hub), Stream(hub)
    reading = lent("reading", "An").model_copy(update={"kind": LoanKind.IN_LIBRARY})
    one.tell(reading)
    verdict = other.tell(lent("loan", "Bình", minutes=3))
    ends: dict[UUID, Any] = {row.id: row.returned_at for row in hub.school.rows(Loan)}

    assert verdict is Verdict.APPLIED
    assert ends == {named("reading"): MORNING + timedelta(minutes=3), named("loan"): None}
    assert hub.discrepancies() == []


def _copy() -> dict[str, Any]:
    return {"copy_id": named(STK), "accession": STK}


def test_refused_acts_tell_nothing(station: SmallSchool) -> None:
    """Given acts that the rules refuse, then the hub is told nothing."""
    refused = [
        station.desk.check_out(station.known("An"), number("BC")),
        station.desk.renew(station.known("An"), STK),
        station.holds.place(station.known("An"), named("Dế Mèn phiêu lưu ký")),
        TextbookSets(station.desk).add(station.known("An"), [number("SGK")]),
    ]

    assert all(isinstance(one, Refused) for one in refused)
    assert station.told() == ()


def test_what_records_refuse_is_set_aside(station: SmallSchool, hub: Hub) -> None:
    """Given a loan's name used twice, and a zero byte in a card, when told, then the rest passes.

    A server keeps no zero byte in a text; SQLite does.
    """
    station.desk.check_out(station.known("An"), STN)
    station.desk.check_in(STN)
    lent, back = station.told()
    other = {**lent.payload, "copy_id": str(named(STK)), "accession": STK}
    card = CardIssued(patron_id=named("An"), card="HS\0", at=MORNING).model_dump(mode="json")
    again = lent.model_copy(update={"seq": 2, "event_id": new_id(), "payload": other})
    odd = {"seq": 3, "event_id": new_id(), "type": "card-issued", "payload": card}
    events = (lent, again, lent.model_copy(update=odd), back.model_copy(update={"seq": 4}))

    first, twice, issued, last = hub.take(Batch(incarnation=new_id(), events=events))

    assert (first, twice, last) == (Verdict.APPLIED, Verdict.QUARANTINED, Verdict.APPLIED)
    assert issued in (Verdict.APPLIED, Verdict.QUARANTINED)
    assert hub.school.count(ReceivedEvent) == 4
