"""Hub and stations over real TLS: who is let in, who is believed, and what a clock has to say."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, insert, select
from structlog.testing import capture_logs

from admin import kiosks
from admin.trust import RENEW_DAYS, VALID_DAYS, open_trust
from db import outbox, wiping
from db.errors import HubRefused, HubStranger, HubUnreachable, StationRevoked, StationUnpaired
from db.models import Kiosk, Patron, School
from db.outcomes import PatronKnown
from db.sync import pairing
from db.sync.client import SyncThread
from db.sync.connection import HubConnection
from db.sync.credentials import HubKnown, keep_hub, keep_tokens, read_hub, read_tokens
from db.sync.finding import announced, find
from db.sync.meeting import meet
from db.sync.pairing import (
    CODE_LENGTH,
    Invitation,
    PairingRefusal,
    new_token,
    read_invitation,
    token_digest,
)
from db.sync.pinned import pinned_to
from db.sync.report import HubState, SyncReport
from db.sync.trusted import ROTATE_AFTER_DAYS, look_elsewhere, rotate_when_due
from kiosk.caretaker import Caretaker
from tests.hub_on_lan import HERE, HubOnLan, PairedStation
from tests.postgres import PostgresServer
from tests.small_school import MORNING, card_of, named, number

MONTH = timedelta(days=ROTATE_AFTER_DAYS, minutes=1)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubOnLan]:
    made = HubOnLan(tmp_path / "hub")
    yield made
    made.close()


@pytest.fixture
def address(hub: HubOnLan) -> Iterator[str]:
    with hub.open() as url:
        yield url


@pytest.fixture
def station(tmp_path: Path) -> Iterator[PairedStation]:
    made = PairedStation(tmp_path / "station")
    yield made
    made.close()


@pytest.fixture
def paired(hub: HubOnLan, address: str, station: PairedStation) -> PairedStation:
    assert isinstance(station.pair(hub.invitation(address), address), HubKnown)
    return station


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[HubOnLan]:
    """Another hub, of another authority."""
    made = HubOnLan(tmp_path / "stranger")
    yield made
    made.close()


# The hub's authority and certificate


def test_authority_outlives_every_start(tmp_path: Path) -> None:
    """Given a hub that ran before, when it starts again, then its authority is the same one."""
    first = open_trust(tmp_path, MORNING, [HERE])
    shown = first.server_file.read_bytes()
    again = open_trust(tmp_path, MORNING, [HERE])

    assert again.fingerprint == first.fingerprint
    assert again.server_file.read_bytes() == shown


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_keys_are_for_their_owner_only(hub: HubOnLan, paired: PairedStation) -> None:
    """Given hub and station, when their secrets are written, then only their owner reads them."""
    secret = [*(hub.folder / "trust").iterdir()]
    secret += [paired.settings.token_file, paired.settings.trust_file]

    assert {file.stat().st_mode & 0o777 for file in secret} == {0o600}
    assert (hub.folder / "trust").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("later", "names", "is_new"),
    [
        (timedelta(days=VALID_DAYS - RENEW_DAYS - 2), [HERE], False),
        (timedelta(days=VALID_DAYS - RENEW_DAYS), [HERE], True),
        (timedelta(days=-400), [HERE], True),
        (timedelta(), [HERE, "192.168.1.20"], True),
    ],
    ids=["in time", "near its end", "clock was set back", "another address"],
)
def test_certificate_renews_itself(
    tmp_path: Path, later: timedelta, names: list[str], is_new: bool
) -> None:
    """Given a certificate, when it will not do much longer, then another of the same authority."""
    before = open_trust(tmp_path, MORNING, [HERE])
    shown = before.server_file.read_bytes()
    after = open_trust(tmp_path, MORNING + later, names)

    assert (after.server_file.read_bytes() != shown) is is_new
    assert after.fingerprint == before.fingerprint


def test_broken_certificate_is_made_anew(tmp_path: Path) -> None:
    """Given half a certificate after a power cut, when the hub starts, then it has a whole one."""
    before = open_trust(tmp_path, MORNING, [HERE])
    before.server_file.write_bytes(before.server_file.read_bytes()[:300])
    after = open_trust(tmp_path, MORNING, [HERE])

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(after.server_file)
    assert after.fingerprint == before.fingerprint


# The network's door


def test_paired_station_is_filled_by_tls(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a station paired by QR code, when it synchronises, then it knows readers and lends."""
    paired.synchronise()

    assert _knows_an(paired)
    assert len(read_tokens(paired.settings.token_file)) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "hub"])
def test_network_sees_no_page_before_an_account(hub: HubOnLan, address: str, host: str) -> None:
    """Given the door to the network and no account, when a page is asked for, then a sentence."""
    tls = pinned_to(hub.trust.authority.decode())
    with httpx.Client(base_url=address, verify=tls, trust_env=False) as browser:
        page = browser.get("/", headers={"Host": host})
        errand = browser.post("/errands/codes", json={"name": "Trạm 9"})

    assert (page.status_code, errand.status_code) == (303, 404)
    assert page.headers["Location"] == "/bat-dau"  # this browser is on the hub's own machine


def test_plain_http_is_not_answered(address: str) -> None:
    """Given the door to the network, when spoken to without TLS, then there is no answer."""
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://{address.removeprefix('https://')}/health", trust_env=False)


# The clock


@pytest.mark.parametrize("year", [2017, 2045])
def test_clock_does_not_decide_trust(tmp_path: Path, year: int) -> None:
    """Given decades between the clocks of hub and station, when paired, then all is as ever.

    A client that believes the dates is refused by the same certificate, so the test can fail.
    """
    hub = HubOnLan(tmp_path / "hub", datetime(year, 6, 1, tzinfo=UTC))
    station = PairedStation(tmp_path / "station")
    believing = ssl.create_default_context(cadata=hub.trust.authority.decode())
    with hub.open() as url:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(f"{url}/health", verify=believing, trust_env=False)
        station.pair(hub.invitation(url), url)
        station.synchronise()
    knows = _knows_an(station)
    station.close()
    hub.close()

    assert knows


# Strangers


def test_stranger_at_the_address_learns_nothing(
    hub: HubOnLan, stranger: HubOnLan, station: PairedStation
) -> None:
    """Given another authority at the hub's address, when synchronised, then no request gets out."""
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
    known = read_hub(station.settings.trust_file)
    assert known is not None
    with stranger.open() as url, capture_logs() as logs:
        keep_hub(station.settings.trust_file, known.model_copy(update={"url": url}))
        with pytest.raises(HubStranger):
            station.synchronise()

    assert [entry for entry in logs if entry["event"] == "kiosk.refused"] == []


def test_stranger_cannot_pair_by_qr(hub: HubOnLan, stranger: HubOnLan) -> None:
    """Given a QR text, when another authority answers at its address, then it is not asked."""
    with stranger.open() as url, capture_logs() as logs, pytest.raises(HubStranger):
        meet(hub.invitation(url), url, 1, new_token())

    assert logs == []


def test_stranger_between_cannot_use_what_it_hears(
    hub: HubOnLan, stranger: HubOnLan, address: str
) -> None:
    """Given somebody between who shows an authority of his own, when he hands on, then refused.

    The code can still be used by the station.
    """
    code = hub.invite()
    heard = pairing.ask(pairing.key_of(code), stranger.trust.fingerprint, 1, new_token())
    tls = pinned_to(hub.trust.authority.decode())
    answer = httpx.post(
        f"{address}/trust/pairing", content=heard.model_dump_json(), verify=tls, trust_env=False
    )

    assert (answer.status_code, answer.json()) == (403, {"reason": "wrong"})
    assert isinstance(meet(Invitation(code), address, 1, new_token()), HubKnown)


def test_answer_without_the_code_is_not_believed() -> None:
    """Given a stranger who says yes, when his proof is looked at, then it is none."""
    asked = pairing.ask(pairing.key_of("A" * CODE_LENGTH), "f" * 64, 1, new_token())
    done = pairing.answer(
        asked, pairing.key_of("B" * CODE_LENGTH), "f" * 64, 1, named("kiosk"), "T"
    )
    key = pairing.key_of("A" * CODE_LENGTH)
    true = pairing.answer(asked, key, "f" * 64, 1, named("kiosk"), "T")

    assert not pairing.is_answered(done, asked, key, "f" * 64)
    assert pairing.is_answered(true, asked, key, "f" * 64)
    assert not pairing.is_answered(true, asked, key, "e" * 64)


def test_screen_tells_stranger_from_no_network(
    hub: HubOnLan, stranger: HubOnLan, station: PairedStation
) -> None:
    """Given a stranger, an unknown token, nobody: then three different words for the screen."""
    said = []
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
        keep_tokens(station.settings.token_file, (new_token(),))
        said.append(_word(station))
    with stranger.open() as url:
        known = read_hub(station.settings.trust_file)
        assert known is not None
        keep_hub(station.settings.trust_file, known.model_copy(update={"url": url}))
        said.append(_word(station))
    said.append(_word(station))

    assert said == [HubState.UNPAIRED, HubState.STRANGER, HubState.AWAY]


# Codes


@pytest.mark.parametrize("with_qr", [True, False], ids=["QR text", "code read out"])
def test_code_pairs_once(hub: HubOnLan, address: str, with_qr: bool) -> None:
    """Given a code, when two stations use it, then the first is paired and the second refused."""
    shown = hub.invitation(address)
    read = read_invitation(shown.payload if with_qr else f" {pairing.as_read_out(shown.code)} ")
    first = meet(read, address, 1, new_token())
    second = meet(read, address, 1, new_token())

    assert (first, second) == (
        HubKnown(url=address, authority=_authority(hub), school_id=1, kiosk="Trạm 1"),
        PairingRefusal.USED,
    )
    assert _kiosks(hub) == 1


def test_code_pairs_with_a_server(
    tmp_path: Path, postgres: PostgresServer, station: PairedStation
) -> None:
    """Given a hub on PostgreSQL, when a code is used and later revoked, then as with a file."""
    hub = HubOnLan(tmp_path / "hub", url=postgres.new_database())
    with hub.open() as url:
        paired = station.pair(hub.invitation(url), url)
        station.synchronise()
        knows = _knows_an(station)
        _revoke(hub)
        said = _word(station)
    hub.close()

    assert isinstance(paired, HubKnown)
    assert knows
    assert said is HubState.REVOKED


def test_lost_answer_is_given_again(hub: HubOnLan, address: str) -> None:
    """Given a question whose answer got lost, when asked again, then paired, as one kiosk.

    Somebody who replays it learns nothing that opens the door.
    """
    token, code = new_token(), hub.invite()
    outcomes = [meet(Invitation(code), address, 1, token) for _ in range(2)]

    assert all(isinstance(outcome, HubKnown) for outcome in outcomes)
    assert _kiosks(hub) == 1


def test_old_code_is_refused(hub: HubOnLan, address: str) -> None:
    """Given a code, when ten minutes have gone, then it is told to be old and pairs nobody."""
    code = hub.invite()
    hub.clock.advance(timedelta(minutes=10))

    assert meet(Invitation(code), address, 1, new_token()) is PairingRefusal.EXPIRED
    assert _kiosks(hub) == 0


def test_fifth_wrong_try_voids_code(hub: HubOnLan, address: str) -> None:
    """Given a code, when others were tried five times, then it pairs nobody; four do no harm."""
    code, tolerant = hub.invite(), []
    for _ in range(4):
        tolerant.append(meet(Invitation(pairing.new_code()), address, 1, new_token()))
    hub_before = meet(Invitation(code), address, 2, new_token())
    fifth = meet(Invitation(pairing.new_code()), address, 1, new_token())
    after = meet(Invitation(code), address, 1, new_token())

    assert {*tolerant, fifth} == {PairingRefusal.WRONG}
    assert hub_before is PairingRefusal.WRONG_SCHOOL
    assert after is PairingRefusal.VOID
    assert _kiosks(hub) == 0


def test_newer_code_ends_older(hub: HubOnLan, address: str) -> None:
    """Given two codes made for one station, when the first is used, then refused."""
    older, newer = hub.invite(), hub.invite()

    assert meet(Invitation(older), address, 1, new_token()) is PairingRefusal.WRONG
    assert isinstance(meet(Invitation(newer), address, 1, new_token()), HubKnown)


@pytest.mark.parametrize(
    "text",
    ["", "K7QX-4M9P", "K7QX-4M9P-2TRAA", "tramsach://h/ab/K7QX4M9P2TRA", "tramsach://h:1/x", "Ơ"],
)
def test_half_codes_are_no_codes(text: str) -> None:
    """Given part of a code or QR text, when read, then it is told so."""
    with pytest.raises(ValueError, match=r"code|QR"):
        read_invitation(text)


def test_letters_alike_are_read_alike() -> None:
    """Given a code typed with O for 0, l for 1 and spaces, when read, then it is the same code."""
    assert read_invitation("k7qx 4m9p o1Il").code == "K7QX4M9P0111"


@pytest.mark.parametrize(
    ("question", "status"),
    [(b"x" * 5000, 413), (b"x", 400), (b"{}", 400)],
    ids=["endless", "no message", "empty"],
)
def test_rubbish_is_told_kindly(hub: HubOnLan, address: str, question: bytes, status: int) -> None:
    """Given rubbish from whoever it may be, when it comes, then told so, and no code suffers."""
    code = hub.invite()
    tls = pinned_to(hub.trust.authority.decode())
    with httpx.Client(base_url=address, verify=tls, trust_env=False) as anybody:
        answers = [anybody.post("/trust/pairing", content=question) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {status}
    assert isinstance(meet(Invitation(code), address, 1, new_token()), HubKnown)


@pytest.mark.parametrize("content", ["", "{", '{"url": "https://h:1", "authority": "x"}'])
def test_broken_trust_file_asks_for_pairing(station: PairedStation, content: str) -> None:
    """Given what is left of a trust file, when a round is due, then pairing is asked for."""
    keep_tokens(station.settings.token_file, (new_token(),))
    station.settings.trust_file.write_text(content)

    assert _word(station) is HubState.UNPAIRED


# Tokens


@pytest.mark.parametrize("step", ["before", "written", "told", "used"])
def test_rotation_survives_every_step(
    hub: HubOnLan, paired: PairedStation, step: str, tmp_path: Path
) -> None:
    """Given a rotation that broke off after a step, when gone on with, then the new token is used.

    The station is let in all the time, and the old token is worth nothing in the end.
    """
    old = read_tokens(paired.settings.token_file)[0]
    hub.clock.advance(MONTH)
    fresh = new_token()
    if step != "before":
        keep_tokens(paired.settings.token_file, (fresh, old))
    if step in ("told", "used"):
        with paired.connected() as way:
            way.token_age_days()
            way.offer_token(fresh)
    if step == "used":
        paired.synchronise()
    paired.synchronise()
    with paired.connected() as way:
        rotate_when_due(way, paired.settings.token_file)
    with paired.connected() as way:
        way.token_age_days()
        in_use = way.token

    newest = read_tokens(paired.settings.token_file)[0]
    assert in_use == newest != old
    assert step == "before" or newest == fresh
    with pytest.raises(StationUnpaired):
        _show(paired, old)


def test_old_token_is_valid_until_new_one_is_used(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a token offered, when the old one is shown, then let in, until the new one was."""
    old, fresh = read_tokens(paired.settings.token_file)[0], new_token()
    with paired.connected() as way:
        way.offer_token(fresh)
    for token in (old, old, fresh):
        _show(paired, token)

    with pytest.raises(StationUnpaired):
        _show(paired, old)


def test_young_token_is_left_alone(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a token of today, when asked whether it is due, then it stays."""
    before = read_tokens(paired.settings.token_file)
    with paired.connected() as way:
        assert not rotate_when_due(way, paired.settings.token_file)

    assert read_tokens(paired.settings.token_file) == before


def test_restored_hub_knows_token_before(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a hub restored to before a rotation, when the station comes, then it is let in."""
    old = read_tokens(paired.settings.token_file)[0]
    hub.clock.advance(MONTH)
    with paired.connected() as way:
        rotate_when_due(way, paired.settings.token_file)
    paired.synchronise()
    with hub.engine.begin() as connection:  # as the backup had it
        kiosks.know(connection, 1, "Trạm 1", token_digest(old), hub.clock.now())
    paired.synchronise()
    with paired.connected() as way:
        assert rotate_when_due(way, paired.settings.token_file)
        assert way.token == old
    with paired.connected() as way:
        way.token_age_days()
        assert way.token == read_tokens(paired.settings.token_file)[0] != old


def test_another_kiosks_token_is_not_taken(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a token that another kiosk has, when offered, then refused and the other keeps it."""
    with hub.engine.begin() as connection:
        theirs = kiosks.enrol(connection, 1, "Trạm 2", hub.clock.now())
    with paired.connected() as way:
        answer = way._answer(
            "PUT", "/trust/token", json={"token_sha256": token_digest(theirs).hex()}
        )

    assert answer.status_code == 409
    _show(paired, theirs)


# Who is not let in


def test_refused_requests_are_logged_without_people(
    hub: HubOnLan, paired: PairedStation, address: str
) -> None:
    """Given unknown tokens and one of another school, when shown, then refused and logged.

    Nothing in the log says more than why and from where.
    """
    with hub.engine.begin() as connection:
        connection.execute(insert(School).values(id=2, name="Trường khác", open_weekdays="0"))
        elsewhere = kiosks.enrol(connection, 2, "Trạm 1", hub.clock.now())
    unknown = new_token()
    with capture_logs() as logs:
        for token in ("guessed", unknown, elsewhere):
            with suppress(HubRefused):
                _show(paired, token)

    refused = [entry for entry in logs if entry["event"] == "kiosk.refused"]
    assert [entry["reason"] for entry in refused] == ["unknown", "unknown", "wrong-school"]
    assert {*refused[0]} == {"event", "log_level", "reason", "peer", "path"}
    assert unknown not in str(logs)
    assert elsewhere not in str(logs)


def test_kiosk_of_another_school_sees_nothing(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a token of another school in the same records, when shown here, then refused."""
    with hub.engine.begin() as connection:
        connection.execute(insert(School).values(id=2, name="Trường khác", open_weekdays="0"))
        elsewhere = kiosks.enrol(connection, 2, "Trạm 1", hub.clock.now())
    keep_tokens(paired.settings.token_file, (elsewhere,))

    with pytest.raises(HubRefused, match="wrong-school"):
        paired.synchronise()
    assert _word(paired) is HubState.REFUSED


# Revocation


def test_revoked_station_forgets_people(hub: HubOnLan, paired: PairedStation) -> None:
    """Given a filled station, when revoked, then no name is left in its file, and it says so.

    What the hub does not have yet is there still, the file is whole, and its copy is gone.
    """
    paired.synchronise()
    paired.desk.check_in(number("STN"))
    waiting = outbox.waiting(paired.engine)
    assert "Dũng".encode() in _bytes_of(paired)
    Caretaker(paired.file, "", hub.clock).look()
    copies = list(paired.file.parent.glob("copies/*"))
    _revoke(hub)
    said = _word(paired)

    assert said is HubState.REVOKED
    assert [copy.exists() for copy in copies] == [False]
    assert not any(name.encode() in _bytes_of(paired) for name in ("Dũng", "Dế Mèn phiêu lưu ký"))
    assert outbox.waiting(paired.engine) == waiting == 1
    with paired.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.execute(select(func.count()).select_from(Patron)).scalar() == 0


def test_revoked_station_says_so_offline_too(
    tmp_path: Path, hub: HubOnLan, station: PairedStation
) -> None:
    """Given a station that was revoked, when the hub is away, then it says so, not "no network"."""
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
        station.synchronise()
        _revoke(hub)
        _word(station)

    assert _word(station) is HubState.REVOKED


def test_revoked_station_is_paired_and_filled_again(
    hub: HubOnLan, address: str, paired: PairedStation
) -> None:
    """Given a revoked station, when paired anew, then it is filled and hands over what waited."""
    paired.synchronise()
    paired.desk.check_in(number("STN"))
    _revoke(hub)
    _word(paired)
    paired.pair(hub.invitation(address), address)
    said = _word(paired)

    assert said is HubState.REACHED
    assert not wiping.is_wiped(paired.engine)
    assert outbox.waiting(paired.engine) == 0
    assert _knows_an(paired)


def test_stolen_station_is_told_after_replacement(
    hub: HubOnLan, address: str, paired: PairedStation
) -> None:
    """Given a revoked station whose name another one got, when the first comes, then revoked."""
    _revoke(hub)
    replacement = meet(Invitation(hub.invite()), address, 1, new_token())
    assert isinstance(replacement, HubKnown)

    with pytest.raises(StationRevoked):
        paired.synchronise()


def test_tables_not_named_are_forgotten() -> None:
    """Given all tables, when a station is wiped, then no table that names people is kept."""
    assert wiping.KEPT.isdisjoint({"patron", "card", "loan", "receipt_job", "corner", "wish"})


# A hub that moves


def test_moved_hub_is_found_by_its_call(hub: HubOnLan, station: PairedStation) -> None:
    """Given a hub at another address, when it calls out, then found and remembered."""
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
    with pytest.raises(HubUnreachable):
        station.synchronise()
    with hub.open() as elsewhere:
        found = look_elsewhere(station.settings, lambda ca: find(ca, [HERE], 10))
        station.synchronise()
    known = read_hub(station.settings.trust_file)

    assert found
    assert known is not None
    assert known.url == elsewhere != url


def test_false_call_is_not_believed(
    hub: HubOnLan, stranger: HubOnLan, station: PairedStation
) -> None:
    """Given a stranger who calls out the hub's fingerprint, when heard, then not believed."""
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
    fingerprint = hub.trust.fingerprint
    with stranger.open() as elsewhere:
        port = int(elsewhere.rpartition(":")[2])
        with announced(fingerprint, [HERE], port, [HERE]):
            heard = next(find(fingerprint, [HERE], 10), "")
            found = look_elsewhere(station.settings, lambda _: [heard])
    known = read_hub(station.settings.trust_file)

    assert heard == elsewhere
    assert not found
    assert known is not None
    assert known.url == url


def test_hub_that_moved_pairs_again(hub: HubOnLan, station: PairedStation, tmp_path: Path) -> None:
    """Given a network without calls, when paired anew at the new address, then all is sent."""
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
        station.synchronise()
    station.desk.check_in(number("STN"))
    with hub.open() as url:
        station.pair(hub.invitation(url), url)
        station.synchronise()

    assert outbox.waiting(station.engine) == 0
    assert _kiosks(hub) == 1


def _authority(hub: HubOnLan) -> str:
    return hub.trust.authority.decode("ascii")


def _kiosks(hub: HubOnLan) -> int:
    with hub.engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(Kiosk)).scalar_one()


def _revoke(hub: HubOnLan) -> None:
    with hub.engine.begin() as connection:
        assert kiosks.revoke(connection, 1, "Trạm 1", hub.clock.now())


def _show(station: PairedStation, token: str) -> None:
    """Ask the station's hub for something with one token only."""
    known = read_hub(station.settings.trust_file)
    assert known is not None
    way = HubConnection(known.url, token, tls=pinned_to(known.authority))
    try:
        way.token_age_days()
    finally:
        way.close()


def _knows_an(station: PairedStation) -> bool:
    answer = station.desk.identify(card_of("An"))
    return isinstance(answer, PatronKnown) and answer.given_name == "An"


def _word(station: PairedStation) -> HubState:
    """What the screen is told after one try."""
    told: list[SyncReport] = []
    thread = SyncThread(station.engine, station.settings, told.append)
    thread._stopping.set()  # one try, without the thread beside it
    thread._synchronise(lambda: False)
    return told[-1].hub


def _bytes_of(station: PairedStation) -> bytes:
    return b"".join(
        file.read_bytes()
        for file in sorted(station.file.parent.glob("kiosk.db*"))
        if file.is_file()
    )
