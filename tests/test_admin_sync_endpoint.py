"""The kiosks' door: who may come in, what is a message, and that rubbish is told so kindly."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from admin.app import create_app
from admin.sync_endpoint import BODY_LIMIT_BYTES, PACKED_FROM_BYTES, packed_for
from db import outbox
from db.ids import new_id
from db.models import Kiosk, Loan, ReceivedEvent
from db.sync.connection import HubConnection, push
from db.sync.messages import BatchTaken
from tests.demo_records import MORNING
from tests.demo_school import DemoSchool
from tests.hub_school import HubSchool, InProcess, KioskAway, demo_hub, lent, returned, wire

X, Y = "STN.00001", "STN.00002"
REASONABLE = st.sampled_from(["protocol", "incarnation", "events", "seq", "payload", "type"])


@pytest.fixture
def kiosk(hub: HubSchool) -> KioskAway:
    return hub.kiosk("Trạm 1")


@pytest.fixture
def door(hub: HubSchool, kiosk: KioskAway) -> httpx.Client:
    return hub.browser(kiosk.token)


def test_batch_is_answered_with_verdicts(
    hub: HubSchool, door: httpx.Client, kiosk: KioskAway
) -> None:
    """Given a kiosk with a token, when it reports, then the answer says what became of each."""
    kiosk.did(lent("l1", X, "An", 1), lent("l2", X, "Bình", 2))
    answer = door.post("/sync/events", content=kiosk.batch().model_dump_json())
    taken = BatchTaken.model_validate_json(answer.content)

    assert answer.status_code == 200
    assert taken.acked_seq == 2
    assert [v.verdict for v in taken.verdicts] == ["applied-with-discrepancy"] * 2
    assert hub.count(ReceivedEvent) == 2


def test_gap_is_answered_with_409(door: httpx.Client, kiosk: KioskAway) -> None:
    """Given an unknown stream, when it begins at number two, then number one is asked for."""
    kiosk.did(lent("l1", X, "An", 1), returned("l1", X, 2))
    answer = door.post("/sync/events", content=kiosk.batch(first=2).model_dump_json())

    assert (answer.status_code, answer.json()) == (409, {"expected_seq": 1})


def test_absurd_beginning_is_answered_with_409(door: httpx.Client, kiosk: KioskAway) -> None:
    """Given a first number that no file ever reached, when sent, then number one is asked for."""
    kiosk.did(lent("l1", X, "An", 1))
    message = kiosk.batch().model_dump(mode="json")
    for seq in (2**31, 2**63, 2**64 + 1):
        message["events"][0]["seq"] = seq
        answer = door.post("/sync/events", json={**message, "acked_seq": -7, "acked": 2**70})
        assert (answer.status_code, answer.json()) == (409, {"expected_seq": 1})


@pytest.mark.parametrize("token", [None, "", "wrong", "Trạm 1"])
def test_unknown_token_is_answered_with_401(
    hub: HubSchool, kiosk: KioskAway, token: str | None
) -> None:
    """Given no token or a wrong one, when anything is asked, then 401 and nothing is kept."""
    kiosk.did(lent("l1", X, "An", 1))
    stranger = hub.browser()
    if token is not None:
        stranger.headers["Authorization"] = f"Bearer {token}"
    answers = [
        stranger.post("/sync/events", content=kiosk.batch().model_dump_json()),
        stranger.post("/sync/events", content=b"x" * (BODY_LIMIT_BYTES + 1)),
        stranger.get("/sync/position", params={"incarnation": str(kiosk.incarnation)}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert hub.count(ReceivedEvent) == 0


def test_token_is_kept_as_digest_only(hub: HubSchool, kiosk: KioskAway, tmp_path: Path) -> None:
    """Given an enrolled kiosk, when the records are searched, then its token is not in them."""
    hub.engine.dispose()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("hub.db*"))

    assert hub.count(Kiosk) == 1
    assert kiosk.token.encode() not in stored


def test_replaced_token_opens_no_door(hub: HubSchool, door: httpx.Client) -> None:
    """Given a kiosk enrolled anew, when the old token is shown, then 401."""
    hub.kiosk("Trạm 1")
    answer = door.get("/sync/position", params={"incarnation": str(new_id())})

    assert answer.status_code == 401
    assert hub.count(Kiosk) == 1


def test_position_follows_the_stream(door: httpx.Client, kiosk: KioskAway) -> None:
    """Given a batch taken, when the position is asked, then it is the batch's last number."""
    kiosk.did(lent("l1", X, "An", 1))
    asked = {"incarnation": str(kiosk.incarnation)}
    before = door.get("/sync/position", params=asked).json()
    door.post("/sync/events", content=kiosk.batch().model_dump_json())
    after = door.get("/sync/position", params=asked).json()

    assert (before["acked_seq"], after["acked_seq"]) == (0, 1)
    assert after["event_id"] == str(kiosk.events[0].event_id)


@pytest.mark.parametrize("version", [0, 3, 99])
def test_other_protocol_is_answered_with_426(door: httpx.Client, version: int) -> None:
    """Given a kiosk of another version, when it reports, then it is told which one is spoken."""
    answer = door.post("/sync/events", json={"protocol": version, "shaped": "otherwise"})

    assert answer.status_code == 426
    assert answer.json() == {"oldest": 1, "newest": 2}


def test_huge_message_is_answered_with_413(door: httpx.Client) -> None:
    """Given a message beyond the limit, when sent, then it is not read to its end."""
    assert door.post("/sync/events", content=b" " * (BODY_LIMIT_BYTES + 1)).status_code == 413


def test_repeats_and_forks_are_logged(door: httpx.Client, kiosk: KioskAway) -> None:
    """Given an event known, when it comes anew, and another of its number, then both are logged.

    The repeat is a duplicate; of the other its number is told.
    """
    kiosk.did(lent("l1", X, "An", 1))
    with capture_logs() as logs:
        for _ in range(2):
            again = door.post("/sync/events", content=kiosk.batch().model_dump_json())
        kiosk.events = [wire(1, lent("l2", Y, "An", 2))]
        forked = door.post("/sync/events", content=kiosk.batch().model_dump_json())

    assert again.json()["verdicts"] == [{"seq": 1, "verdict": "duplicate"}]
    assert (forked.status_code, forked.json()) == (409, {"forked_seq": 1})
    told = [(line["event"], line.get("events"), line.get("seq")) for line in logs]
    assert told == [("kiosk.repeated", 1, None), ("kiosk.forked", None, 1)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b'{"incarnation": NaN}',
        b"[" * 100_000,
        b'{"protocol": "one", "incarnation": 5, "events": 7}',
    ],
)
def test_rubbish_is_answered_with_400(door: httpx.Client, body: bytes) -> None:
    """Given a body that is no batch, when sent, then 400 with a reason."""
    answer = door.post("/sync/events", content=body)

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_number_that_is_none_is_answered_with_400(door: httpx.Client, kiosk: KioskAway) -> None:
    """Given NaN in a payload, which is no JSON and no server keeps, when sent, then 400."""
    kiosk.did(lent("l1", X, "An", 1))
    body = kiosk.batch().model_dump_json().replace('"HS204817"', "NaN")

    assert door.post("/sync/events", content=body).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 3},
        {"seq": 1},
        {"seq": 0},
        {"seq": -2},
        {"seq": 1.5},
        {"seq": "two"},
        {"seq": 2**63},
        {"seq": 10**400},
        {"seq": None},
        {"happened_at": "0001-01-01T00:00:00+14:00"},
        {"happened_at": "2026-11-23T09:00:00"},
        {"type": "copy\u0000lent"},
        {"type": "x" * 33},
        {"event_id": "seven"},
        {"payload": []},
    ],
)
def test_broken_envelope_is_answered_with_400(
    hub: HubSchool, door: httpx.Client, kiosk: KioskAway, change: dict[str, object]
) -> None:
    """Given a second event nobody can file, when sent, then 400 and nothing is kept."""
    kiosk.did(lent("l1", X, "An", 1), returned("l1", X, 2))
    message = kiosk.batch().model_dump(mode="json")
    message["events"][1].update(change)

    assert door.post("/sync/events", json=message).status_code == 400
    assert hub.count(ReceivedEvent) == 0


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(REASONABLE, inner, max_size=4),
    max_leaves=8,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(payloads=st.lists(_json, max_size=3), noise=st.dictionaries(REASONABLE, _json, max_size=2))
def test_no_message_is_our_fault(
    door: httpx.Client, payloads: list[object], noise: dict[str, object]
) -> None:
    """Given any JSON at all, when sent, then it is taken or refused, never answered with 5xx."""
    events = [
        {
            "seq": seq,
            "event_id": str(new_id()),
            "type": "copy-lent",
            "happened_at": MORNING.isoformat(),
            "payload": payload,
        }
        for seq, payload in enumerate(payloads, start=1)
    ]
    message = {"incarnation": str(new_id()), "events": events, **noise}

    assert door.post("/sync/events", json=message).status_code in (200, 400, 409, 426)


def test_position_needs_an_incarnation(door: httpx.Client) -> None:
    """Given no or a broken incarnation, when the position is asked, then a 4xx."""
    assert door.get("/sync/position").status_code == 422
    assert door.get("/sync/position", params={"incarnation": "x"}).status_code == 422


def test_locked_records_are_answered_with_503(
    hub: HubSchool, door: httpx.Client, kiosk: KioskAway
) -> None:
    """Given records another process will not let go of, when asked, then try again later."""
    kiosk.did(lent("l1", X, "An", 1))
    with hub.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with closing(sqlite3.connect(str(hub.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = door.post("/sync/events", content=kiosk.batch().model_dump_json())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert door.get("/health").json() == {"status": "ok", "protocol": 2}
    assert hub.count(ReceivedEvent) == 0


def test_real_kiosk_reports_everything(tmp_path: Path) -> None:
    """Given a kiosk that lent and took back, when its own client reports, then the hub agrees."""
    station = DemoSchool(tmp_path / "kiosk.db")
    hub = demo_hub(tmp_path / "hub.db")
    before = hub.count(Loan)
    cast = station.cast()
    reader = station.known(cast.free_pupils[0].card)
    for copy in cast.shelved[:3]:
        station.desk.check_out(reader, copy.accession, new_id())
    station.desk.check_in(cast.shelved[0].accession)
    station.desk.check_in(cast.lent[0].accession)
    way = InProcess(create_app(hub.engine, hub.clock))
    push(station.engine, HubConnection("http://hub", hub.kiosk("Trạm 1").token, way))

    assert outbox.waiting(station.engine) == 0
    assert [row.verdict for row in hub.received()] == ["applied"] * 5
    assert hub.count(Loan) == before + 3 == station.count(Loan)
    station.engine.dispose()
    hub.engine.dispose()


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [
        ("gzip, deflate, zstd", "zstd", zstandard.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("", "", bytes),
    ],
    ids=["now", "before", "without"],
)
def test_answer_is_packed_as_asked(
    accepted: str, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    """Given what a station can unpack, when a long answer is packed, then that way, and whole."""
    body = b'{"rows": [1, 2, 3]}' * PACKED_FROM_BYTES
    packed, told = packed_for(accepted, body)

    assert (told, unpack(packed)) == (coding, body)
    assert len(packed) < len(body) or not coding
