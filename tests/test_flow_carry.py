"""No network at all: events go to the hub on a USB stick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from admin import taking_in
from admin.__main__ import main as admin
from admin.taking_in import Trouble
from db import outbox
from db.engine import sqlite_url
from db.sync import carried
from db.sync.messages import BATCH_LIMIT
from kiosk.__main__ import main as kiosk
from tests.hub_and_stations import RunningHub, Station
from tests.small_school import MORNING, number


@pytest.fixture(autouse=True)
def _no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_DATABASE_URL", raising=False)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    running = RunningHub(sqlite_url(tmp_path / "hub.db"))
    yield running
    running.engine.dispose()


@pytest.fixture
def station(hub: RunningHub, tmp_path: Path) -> Iterator[Station]:
    """A station that was filled once, and has lent a book since."""
    one = Station(tmp_path / "kiosk.db", hub, "Trạm 1")
    one.synchronise()
    one.desk.check_out(one.known("An"), number("STK"))
    (tmp_path / "usb").mkdir()
    yield one
    one.close()


def _loans(hub: RunningHub) -> int:
    with hub.engine.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM loan")).scalar_one())


def test_stick_and_network_count_once(hub: RunningHub, station: Station, tmp_path: Path) -> None:
    """Given a carried loan, when taken in twice and then sent by network, then it is there once."""
    stick = tmp_path / "usb"
    written = carried.write(station.engine, stick, station.token)
    first, second = (list(taking_in.take_in(hub.engine, stick, MORNING)) for _ in range(2))
    station.synchronise()

    assert written == 1
    assert [(one.fresh, one.known, one.trouble) for one in first] == [(1, 0, None)]
    assert [(one.fresh, one.known, one.trouble) for one in second] == [(0, 1, None)]
    assert (_loans(hub), outbox.waiting(station.engine)) == (1, 0)


def test_network_first_then_stick(hub: RunningHub, station: Station, tmp_path: Path) -> None:
    """Given a loan carried and sent, when the stick arrives later, then nothing is new."""
    carried.write(station.engine, tmp_path / "usb", station.token)
    station.synchronise()
    (taken,) = taking_in.take_in(hub.engine, tmp_path / "usb", MORNING)

    assert (taken.fresh, taken.known) == (0, 1)
    assert _loans(hub) == 1


def test_many_events_follow_on_across_files(
    hub: RunningHub, station: Station, tmp_path: Path
) -> None:
    """Given more events than a message holds, when carried, then files follow on in order."""
    for _ in range(BATCH_LIMIT // 2 + 10):
        station.desk.check_in(number("STK"))
        station.desk.check_out(station.known("An"), number("STK"))
    written = carried.write(station.engine, tmp_path / "usb", station.token)
    taken = list(taking_in.take_in(hub.engine, tmp_path / "usb", MORNING))

    assert written == sum(one.fresh for one in taken) == BATCH_LIMIT + 21
    assert len(taken) == 2


def test_changed_file_is_not_believed(hub: RunningHub, station: Station, tmp_path: Path) -> None:
    """Given a file that was changed on the stick, or has no signature, then it is not taken."""
    stick = tmp_path / "usb"
    carried.write(station.engine, stick, station.token)
    (file,) = stick.glob("*.json")
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"HS100001", b"HS100002"))
    (changed,) = taking_in.take_in(hub.engine, stick, MORNING)
    file.write_bytes(whole)
    (stick / f"{file.name}.hmac").unlink()
    (unsigned,) = taking_in.take_in(hub.engine, stick, MORNING)

    assert b"HS100001" in whole
    assert [changed.trouble, unsigned.trouble] == [Trouble.UNKNOWN_STATION] * 2
    assert _loans(hub) == 0


def test_gap_is_told(hub: RunningHub, station: Station, tmp_path: Path) -> None:
    """Given the second of two files alone, when taken in, then what came before is asked for."""
    for _ in range(BATCH_LIMIT // 2 + 10):
        station.desk.check_in(number("STK"))
        station.desk.check_out(station.known("An"), number("STK"))
    carried.write(station.engine, tmp_path / "usb", station.token)
    min((tmp_path / "usb").glob("*.json")).unlink()
    (taken,) = taking_in.take_in(hub.engine, tmp_path / "usb", MORNING)

    assert taken.trouble is Trouble.GAP


def test_commands_carry_and_take_in(
    hub: RunningHub, station: Station, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a running station, when carried and taken in by command, then both say how many."""
    stick, token = str(tmp_path / "usb"), tmp_path / "hub.token"
    token.write_text(f"not-met-yet\n{station.token}\n")  # the newest first
    hub.engine.dispose()
    words = ["carry", "--data", str(tmp_path), "--token-file", str(token), "--to", stick]
    status = kiosk(words)
    admin(["--data", str(tmp_path), "take-in", stick])
    told = capsys.readouterr().out

    assert status == 0
    assert "Đã chép 1 lượt" in told
    assert "Đã nhận 1 lượt mới; 0 lượt đã có" in told


def test_missing_stick_ends_in_a_sentence(
    station: Station, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given no such folder, when carried, then a sentence and status 4."""
    token = tmp_path / "hub.token"
    token.write_text(station.token)
    words = ["--data", str(tmp_path), "--token-file", str(token), "--to", str(tmp_path / "no")]

    assert kiosk(["carry", *words]) == 4
    assert "Không chép được" in capsys.readouterr().err
    assert kiosk(["carry", "--to", str(tmp_path), "--token-file", str(tmp_path / "none")]) == 4
    assert "Trạm chưa đăng ký" in capsys.readouterr().err


def test_empty_stick_ends_in_a_sentence(
    hub: RunningHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a stick without a station's file, when taken in, then a sentence and status 2."""
    hub.engine.dispose()
    with pytest.raises(SystemExit) as stopped:
        admin(["--data", str(tmp_path), "take-in", str(tmp_path)])

    assert stopped.value.code == 2
    assert "không có tệp nào của trạm" in capsys.readouterr().err
