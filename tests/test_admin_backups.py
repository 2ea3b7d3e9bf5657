"""Backups of the hub: made while it writes, tampered with, brought back, kept for a while."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from admin import backups
from admin.__main__ import main
from admin.backup_rounds import BackupRounds, Keep, kept_of
from admin.backups import BackupError, Fault, NotWhole
from db import outbox
from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.models import EventStream, Patron, School
from tests.hub_and_stations import RunningHub, Station, differences
from tests.postgres import PostgresServer
from tests.small_school import MORNING, SmallSchool, number

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_DATABASE_URL", raising=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Empty records of either kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "hub.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


def _names(url: str) -> list[str]:
    engine = open_engine(url)
    with engine.begin() as connection:
        names = list(connection.execute(select(Patron.name).order_by(Patron.name)).scalars())
    engine.dispose()
    return names


def _rename(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE school SET name = :name"), {"name": name})


def _school(url: str) -> str:
    engine = open_engine(url)
    with engine.begin() as connection:
        name = connection.execute(select(School.name)).scalar_one()
    engine.dispose()
    return name


def _last_week(tmp_path: Path) -> tuple[Path, Path]:
    """A hub's data folder and a backup of it; the school has changed its name since."""
    data = tmp_path / "hub"
    data.mkdir()
    url = sqlite_url(data / "hub.db")
    school = SmallSchool(url)
    school.engine.dispose()
    made = backups.make(url, tmp_path / "stick", MORNING - timedelta(days=7)).file
    engine = open_engine(url)
    _rename(engine, "Trường THCS Sao Mai")
    engine.dispose()
    return data, made


def _refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_restore_brings_back_last_week(url: str, tmp_path: Path) -> None:
    """Given a backup and changes since, when restored, then last week is back, and today is kept.

    A new timeline has begun.
    """
    school = SmallSchool(url)
    before = backups.make(url, tmp_path / "b", MORNING - timedelta(days=7))
    _rename(school.engine, "Trường THCS Sao Mai")
    school.engine.dispose()
    aside = backups.restore(url, before.file, MORNING)
    engine = open_engine(url)
    with engine.begin() as connection:
        facts = backups.facts_of(connection)
    engine.dispose()

    assert backups.verify(before.file) == ()
    assert before.manifest.facts.counts["patron"] == 6
    assert _school(url) != "Trường THCS Sao Mai"
    assert facts.timelines != before.manifest.facts.timelines
    assert aside is not None
    assert aside.exists()


def test_kiosk_agrees_after_restore(url: str, tmp_path: Path) -> None:
    """Given a loan taken after the backup, when last week is restored, then nothing is lost.

    The kiosk sends the loan again, and is told the records as they were.
    """
    hub = RunningHub(url)
    station = Station(tmp_path / "kiosk.db", hub, "Trạm 1")
    station.synchronise()
    made = backups.make(url, tmp_path / "b", MORNING)
    station.desk.check_out(station.known("An"), number("STK"))
    station.synchronise()
    hub.engine.dispose()
    backups.restore(url, made.file, MORNING)
    hub.school.engine = open_engine(url)
    hub.restart()
    for _ in range(2):
        station.synchronise()
    with hub.engine.begin() as connection:
        loans = connection.execute(text("SELECT count(*) FROM loan")).scalar_one()
    gone = differences(hub.engine, station.engine)
    waiting = outbox.waiting(station.engine)
    station.close()
    hub.engine.dispose()

    assert (loans, waiting, gone) == (1, 0, {})


def test_backup_while_writing_is_one_moment(tmp_path: Path) -> None:
    """Given a hub that writes without pause, when backed up, then every backup is whole."""
    url = sqlite_url(tmp_path / "hub.db")
    school = SmallSchool(url)
    stop = threading.Event()
    writer = threading.Thread(target=_write_on, args=(school.engine, stop))
    writer.start()
    made = [
        backups.make(url, tmp_path / "b", MORNING + timedelta(seconds=second))
        for second in range(8)
    ]
    stop.set()
    writer.join()
    school.engine.dispose()
    pairs = [_pair_in(backup.file) for backup in made]

    assert [backups.verify(backup.file) for backup in made] == [()] * 8
    assert [one for one, other in pairs] == [other for one, other in pairs]
    assert pairs[0] != pairs[-1]


def _write_on(engine: Engine, stop: threading.Event) -> None:
    """Add a row to each of two tables in one transaction, again and again."""
    with engine.begin() as connection:
        for name in ("pair_a", "pair_b"):
            connection.exec_driver_sql(f"CREATE TABLE {name} (n INTEGER)")
    while not stop.is_set():
        with engine.begin() as connection:
            for name in ("pair_a", "pair_b"):
                connection.exec_driver_sql(f"INSERT INTO {name} VALUES (1)")


def _pair_in(file: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(file)) as connection:
        there = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'pair_b'")
        if there.fetchone() == (0,):
            return 0, 0
        counted = "SELECT (SELECT count(*) FROM pair_a), (SELECT count(*) FROM pair_b)"
        one, other = connection.execute(counted).fetchone()
    return one, other


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _flip(file: Path) -> None:
    """Turn one bit in the middle of every page but the first, as a worn card does."""
    raw = bytearray(file.read_bytes())
    for place in range(4096 + 2048, len(raw), 4096):
        raw[place] ^= 0x10
    file.write_bytes(raw)


def _take_a_row(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM patron WHERE name = 'Nguyễn Văn An'")


def _lose_manifest(file: Path) -> None:
    backups.manifest_of(file).unlink()


def _from_the_future(file: Path) -> None:
    manifest = backups.manifest_of(file)
    version = backups.read_manifest(file)
    assert version is not None
    told = manifest.read_text().replace(f'"{version.facts.schema_version}"', '"9999"')
    manifest.write_text(told)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_cut, "nội dung đã bị thay đổi"),
        (_flip, "nội dung đã bị thay đổi"),
        (_take_a_row, "số bản ghi không khớp"),
        (_lose_manifest, "thiếu tệp .json"),
        (_from_the_future, "phiên bản mới hơn"),
        (Path.unlink, "không có tệp này"),
    ],
)
def test_spoilt_backup_is_refused(
    spoil: Callable[[Path], None],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given a spoilt backup, when verified or restored, then a sentence, and nothing is touched."""
    data, made = _last_week(tmp_path)
    spoil(made)
    records = (data / "hub.db").read_bytes()

    assert sentence in _refusal(["verify", str(made)], capsys)
    told = _refusal(["--data", str(data), "restore", str(made)], capsys)
    assert sentence in told
    assert "Dữ liệu hiện tại vẫn còn nguyên" in told
    assert (data / "hub.db").read_bytes() == records


def test_damage_shows_without_the_digest(tmp_path: Path) -> None:
    """Given a truncated backup with a manifest made to fit, when verified, then damaged."""
    _, made = _last_week(tmp_path)
    _cut(made)
    manifest = backups.read_manifest(made)
    assert manifest is not None
    forged = {"bytes": made.stat().st_size, "sha256": backups.sha256_of(made)}
    backups.manifest_of(made).write_text(manifest.model_copy(update=forged).model_dump_json())

    assert backups.verify(made) == (Fault.DAMAGED,)


def test_spoilt_dump_is_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    """Given a dump of which the end is missing, when verified, then it is changed and damaged."""
    url = postgres.new_database()
    SmallSchool(url).engine.dispose()
    made = backups.make(url, tmp_path, MORNING)
    _cut(made.file)

    assert backups.verify(made.file) == (Fault.CHANGED, Fault.DAMAGED)
    with pytest.raises(NotWhole):
        backups.restore(url, made.file, MORNING)
    assert len(_names(url)) == 6


def test_damaged_records_are_not_backed_up(tmp_path: Path) -> None:
    """Given records with a damaged page, when backed up, then none is kept under a good name."""
    data, _ = _last_week(tmp_path)
    _flip(data / "hub.db")

    with pytest.raises(BackupError):
        backups.make(sqlite_url(data / "hub.db"), tmp_path / "b", MORNING)
    assert list((tmp_path / "b").iterdir()) == []


def test_running_hub_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a hub that works with its file, when restored, then it is to be stopped first."""
    data, made = _last_week(tmp_path)
    engine = open_engine(sqlite_url(data / "hub.db"))
    told = _refusal(["--data", str(data), "restore", str(made)], capsys)
    engine.dispose()

    assert "đang chạy" in told


def test_running_server_is_not_replaced(postgres: PostgresServer, tmp_path: Path) -> None:
    """Given a connection to the server's records, when restored, then somebody is still there."""
    url = postgres.new_database()
    school = SmallSchool(url)
    made = backups.make(url, tmp_path, MORNING)
    with school.engine.connect(), pytest.raises(backups.HubRunning):
        backups.restore(url, made.file, MORNING)
    school.engine.dispose()


def test_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    """Given room for a part of it, when backed up, then a sentence, and no file is left."""
    data, _ = _last_week(tmp_path)
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        "from admin.__main__ import main; main(sys.argv[1:])"
    )
    words = ["--data", str(data), "backup", "--to", str(tmp_path / "b")]
    done = subprocess.run(
        [sys.executable, "-c", limited, *words], cwd=ROOT, capture_output=True, encoding="utf-8"
    )

    assert done.returncode == 2
    assert "không sao lưu được" in done.stderr
    assert list((tmp_path / "b").iterdir()) == []


def test_missing_program_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    postgres: PostgresServer,
) -> None:
    """Given a machine without pg_dump, when backed up, then the sentence says what to install."""
    url = postgres.new_database()
    SmallSchool(url).engine.dispose()
    monkeypatch.setenv("PATH", str(tmp_path))
    told = _refusal(["--database", url, "backup", "--to", str(tmp_path)], capsys)

    assert "chưa cài pg_dump" in told
    assert "postgresql-client" in told


def test_password_is_not_on_the_command_line(tmp_path: Path) -> None:
    """Given a pg_dump that notes how it was called, then the password came by the environment."""
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$*" > "$0.words"\necho "$PGPASSWORD" > "$0.password"\n')
    program.chmod(0o755)
    address = "postgresql+psycopg://an:s3cret@hub/school"
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    code = (
        "import sys; from admin.backups import run_program; run_program('pg_dump', sys.argv[1], [])"
    )
    subprocess.run(
        [sys.executable, "-c", code, address], cwd=ROOT, env={**os.environ, **path}, check=True
    )

    assert "s3cret" not in (tmp_path / "pg_dump.words").read_text()
    assert (tmp_path / "pg_dump.password").read_text() == "s3cret\n"


def test_hourly_only_while_something_changes(tmp_path: Path) -> None:
    """Given a running hub, when hours pass, then one backup an hour with changes, one a quiet day.

    What it tells kiosks to be safe is what the backup holds.
    """
    hub = RunningHub(sqlite_url(tmp_path / "hub.db"))
    clock = hub.school.clock
    station = Station(tmp_path / "kiosk.db", hub, "Trạm 1")
    station.synchronise()
    station.desk.check_out(station.known("An"), number("STK"))
    station.synchronise()
    folder = tmp_path / "b"
    url = sqlite_url(tmp_path / "hub.db")
    rounds = BackupRounds(hub.engine, url, folder, Keep(), clock)
    first, at_once = rounds.look(), rounds.look()
    clock.advance(timedelta(hours=2))
    station.synchronise()
    quiet = rounds.look()
    _rename(hub.engine, "Trường THCS Sao Mai")
    changed = rounds.look()
    clock.advance(timedelta(days=1))
    daily = rounds.look()
    with hub.engine.begin() as connection:
        safe = connection.execute(select(EventStream.safe_seq)).scalar_one()
    station.close()
    hub.engine.dispose()

    assert [made is not None for made in (first, at_once, quiet, changed, daily)] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert safe == 1


def test_old_backups_thin_out(tmp_path: Path) -> None:
    """Given a backup each hour of 400 days, then 24 hours, 14 days and 12 months of them stay."""
    newest = datetime(2026, 11, 26, 16, 30, tzinfo=SCHOOL_ZONE)
    made = [newest - timedelta(hours=hours) for hours in range(24 * 400)]
    stay = kept_of(made, Keep())
    days = {moment.date() for moment in stay}

    assert set(made[:24]) <= stay
    assert {newest.date() - timedelta(days=back) for back in range(14)} <= days
    assert len({(moment.year, moment.month) for moment in stay}) == 12
    assert len(stay) <= 24 + 14 + 12


def test_rounds_delete_what_need_not_stay(tmp_path: Path) -> None:
    """Given a backup that need not stay, when the next is made, then it alone goes."""
    hub = RunningHub(sqlite_url(tmp_path / "hub.db"))
    folder = tmp_path / "b"
    url = sqlite_url(tmp_path / "hub.db")
    rounds = BackupRounds(hub.engine, url, folder, Keep(1, 1, 1), hub.school.clock)
    rounds.look()
    (folder / "hub-mine.db").touch()
    hub.school.clock.advance(timedelta(days=1))
    rounds.look()
    hub.engine.dispose()
    names = sorted(path.name for path in folder.iterdir())

    assert names == ["hub-20261111-084000.db", "hub-20261111-084000.db.json", "hub-mine.db"]


@pytest.mark.parametrize("words", ["0,1,1", "24", "a,b,c", "24,14,-1"])
def test_keep_must_be_three_numbers(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Given no three numbers from one on, when said what to keep, then it is asked for them."""
    assert "three numbers" in _refusal(["--keep", words, "serve"], capsys)
