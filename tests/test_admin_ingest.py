"""Batches at the hub: once each, in order, and nothing in them stops the queue."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin.ingest import position
from db.ids import new_id
from db.models import Discrepancy, Loan, ReceivedEvent
from db.states import DiscrepancyKind, Verdict
from db.sync.messages import Batch, BatchOutOfOrder, Fact, StreamForked
from tests.hub_school import MORNING, HubSchool, KioskAway, lent, named, returned, wire

X, Y, Z = "STN.00001", "STN.00002", "STN.00003"
APPLIED, DUPLICATE = Verdict.APPLIED, Verdict.DUPLICATE


@pytest.fixture
def kiosk(hub: HubSchool) -> KioskAway:
    return hub.kiosk("Trạm 1")


def test_repeated_batches_apply_once(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a batch taken, when it comes again and then overlaps, then each event counts once."""
    kiosk.did(lent("l1", X, "An", 1), lent("l2", Y, "An", 2))
    assert hub.send(kiosk) == [APPLIED, APPLIED]
    assert hub.send(kiosk) == [DUPLICATE, DUPLICATE]

    kiosk.did(returned("l1", X, 3))
    assert hub.send(kiosk, first=2) == [DUPLICATE, APPLIED]

    assert [row.seq for row in hub.received()] == [1, 2, 3]
    assert hub.count(Loan) == 2


def test_events_are_kept_verbatim(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a fact with a field of a later version, when taken, then the field is kept too."""
    payload = {**lent("l1", X, "An", 1).model_dump(mode="json"), "mood": "vui"}
    kiosk.did(payload)

    assert hub.send(kiosk) == [APPLIED]
    assert hub.received()[0].payload == payload


def test_gap_asks_for_missing_event(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given two events held, when number four comes, then three is asked for and none taken."""
    kiosk.did(*(lent(f"l{n}", X, "An", n) for n in range(1, 5)))
    hub.send(kiosk, last=2)

    assert hub.take(kiosk, kiosk.batch(first=4)) == BatchOutOfOrder(expected_seq=3)
    assert hub.count(ReceivedEvent) == 2


def test_same_event_of_another_stream_is_duplicate(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given events taken, when a restored kiosk sends them in a new stream, then no second effect.

    What it adds there is taken as usual.
    """
    kiosk.did(lent("l1", X, "An", 1))
    hub.send(kiosk)
    kiosk.incarnation = new_id()
    kiosk.did(returned("l1", X, 5))

    assert hub.send(kiosk) == [DUPLICATE, APPLIED]
    assert hub.send(kiosk) == [DUPLICATE, DUPLICATE]
    assert hub.count(ReceivedEvent) == 2


def test_event_repeated_within_batch_applies_once(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given one event under two numbers, when sent together, then the second is a duplicate."""
    kiosk.did(lent("l1", X, "An", 1))
    kiosk.events.append(kiosk.events[0].model_copy(update={"seq": 2}))

    assert hub.send(kiosk) == [APPLIED, DUPLICATE]
    assert hub.count(ReceivedEvent) == 1


def test_envelope_says_what_kind_of_fact(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given payloads that name no kind or another, when taken, then the envelope's holds."""
    kiosk.did(lent("l1", X, "An", 1), lent("l2", Y, "An", 2))
    del kiosk.events[0].payload["type"]
    kiosk.events[1].payload["type"] = "copy-returned"

    assert hub.send(kiosk) == [APPLIED, APPLIED]
    assert hub.count(Loan) == 2


def test_forked_stream_is_noticed(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a number held, when it comes as another event, then nothing is lost as a repeat."""
    kiosk.did(lent("l1", X, "An", 1))
    hub.send(kiosk)
    kiosk.events = [wire(1, lent("l2", Y, "Bình", 2))]

    assert hub.take(kiosk, kiosk.batch()) == StreamForked(forked_seq=1)


def test_position_tells_number_and_event(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a stream, when its position is asked, then number and name of its last event."""
    fresh = position(hub.engine, kiosk.known, kiosk.incarnation, MORNING)
    kiosk.did(lent("l1", X, "An", 1), returned("l1", X, 2))
    hub.send(kiosk)
    known = position(hub.engine, kiosk.known, kiosk.incarnation, MORNING)

    assert (fresh.acked_seq, fresh.event_id) == (0, None)
    assert (known.acked_seq, known.event_id) == (2, kiosk.events[1].event_id)


def test_position_names_a_repeated_event(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a new stream of nothing but repeats, when its position is asked, then its last one."""
    kiosk.did(lent("l1", X, "An", 1))
    hub.send(kiosk)
    kiosk.incarnation = new_id()
    hub.send(kiosk)
    known = position(hub.engine, kiosk.known, kiosk.incarnation, MORNING)

    assert (known.acked_seq, known.event_id) == (1, kiosk.events[0].event_id)


def test_empty_batch_moves_nothing(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given nothing to tell, when an empty batch comes, then the mark stays."""
    assert hub.send(kiosk) == []
    assert position(hub.engine, kiosk.known, kiosk.incarnation, MORNING).acked_seq == 0


def test_loan_return_loan_in_one_batch(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a copy that went out, in and out again, when sent at once, then the last is open."""
    kiosk.did(lent("l1", X, "An", 1), returned("l1", X, 2), lent("l2", X, "Bình", 3))

    assert hub.send(kiosk) == [APPLIED, APPLIED, APPLIED]
    assert hub.open_loans(X) == [named("l2")]


def test_poison_event_is_set_aside(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a loan number used for two copies, when taken, then it is set aside and others pass."""
    kiosk.did(lent("l1", X, "An", 1), lent("l1", Y, "Bình", 2), lent("l3", Z, "Chi", 3))

    assert hub.send(kiosk) == [APPLIED, Verdict.QUARANTINED, APPLIED]
    assert set(hub.loans()) == {named("l1"), named("l3")}
    assert [row.seq for row in hub.received()] == [1, 2, 3]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"loan_id": 7, "lent_at": None},
        {**lent("l1", X, "An", 1).model_dump(mode="json"), "lent_at": "2026-11-23T09:00:00"},
        {**lent("l1", X, "An", 1).model_dump(mode="json"), "lent_at": "0001-01-01T00:00:00+14:00"},
        {**lent("l1", X, "An", 1).model_dump(mode="json"), "lent_at": "9999-12-31T23:00:00Z"},
    ],
    ids=["empty", "wrong types", "no zone", "before time", "after time"],
)
def test_malformed_fact_is_set_aside(
    hub: HubSchool, kiosk: KioskAway, payload: dict[str, object]
) -> None:
    """Given a fact nobody can read, when taken, then it is kept and the queue moves on."""
    kiosk.did(payload, lent("l2", Y, "Bình", 2))

    assert hub.send(kiosk) == [Verdict.QUARANTINED, APPLIED]
    assert hub.received()[0].payload == payload


def test_later_kind_of_fact_is_set_aside(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a kind of fact of a later version, when taken, then it waits word for word."""
    later = wire(1, {"copy": X}).model_copy(update={"type": "copy-renewed"})
    taken = hub.take(kiosk, Batch(incarnation=kiosk.incarnation, events=(later,)))

    assert getattr(taken, "acked_seq", None) == 1
    assert [(row.type, row.verdict) for row in hub.received()] == [
        ("copy-renewed", Verdict.QUARANTINED)
    ]


@pytest.mark.parametrize(
    "fact",
    [
        lent("l1", "STN.99999", "An", 1),
        lent("l1", X, "nobody", 1),
        returned(None, "STN.99999", 1),
    ],
    ids=["copy lent", "patron", "copy returned"],
)
def test_unknown_to_hub_is_recorded_only(hub: HubSchool, kiosk: KioskAway, fact: Fact) -> None:
    """Given a copy or patron the hub lacks, when told of, then it is noted for the librarian."""
    kiosk.did(fact)

    assert hub.send(kiosk) == [Verdict.RECORDED_ONLY]
    assert hub.unsettled() == [DiscrepancyKind.UNKNOWN_TO_HUB]
    assert hub.count(Loan) == 0


def test_long_number_is_cut_for_its_column(hub: HubSchool, kiosk: KioskAway) -> None:
    """Given a number longer than the column (PostgreSQL minds), when noted, then its beginning."""
    kiosk.did(returned(None, "STN.99999-" * 20, 1))
    hub.send(kiosk)
    with hub.engine.begin() as connection:
        accession = connection.execute(select(Discrepancy.accession)).scalar_one()

    assert accession == "STN.99999-STN.99"
