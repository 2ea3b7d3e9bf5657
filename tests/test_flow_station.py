"""The whole station as a user starts it: real processes, real pixels, a real hub."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
import zxingcpp
from sqlalchemy import select

from benchmarks import kill
from db import outbox
from db.clock import SystemClock
from db.demo import SCHOOL_NAME, DemoCast, demo_cast, fill_demo_school
from db.engine import open_engine, sqlite_url
from db.models import Copy, Loan, ReceiptJob
from kiosk.prints import Prints
from tests.photographs import photograph


def _cast(scratch: Path) -> DemoCast:
    engine = open_engine(sqlite_url(scratch / "cast.db"))
    now = SystemClock().now()
    fill_demo_school(engine, 1, now)
    cast = demo_cast(engine, 1, now, seed=5)
    engine.dispose()
    return cast


def _rows(path: Path, *columns: Any) -> list[Any]:
    engine = open_engine(sqlite_url(path))
    with engine.begin() as connection:
        rows = list(connection.execute(select(*columns).where(Loan.visit_id.is_not(None))))
    engine.dispose()
    return rows


def test_photographs_become_loans_slips_and_hub_records(tmp_path: Path) -> None:
    """Given photographs of a card and labels, when played, then loans are in all three places."""
    cast = _cast(tmp_path)
    prints, pupil, books = Prints(SCHOOL_NAME), cast.free_pupils[0], cast.shelved[:2]
    things = [prints.card(pupil), prints.bookshop_code(), *map(prints.book, books)]
    photograph([*things, prints.end_card()], tmp_path / "photos")
    with kill.hub(tmp_path) as url:
        words = ("--once", "--camera", str(tmp_path / "photos"))
        printer = ("--printer", f"file:{tmp_path / 'slips'}")
        command = kill.station_command(tmp_path, url, *words, *printer)
        subprocess.run(command, check=True, timeout=100)
    loan = (Loan.id, Loan.patron_id, Loan.due)
    kept, received = _rows(tmp_path / "kiosk.db", *loan), _rows(tmp_path / "hub" / "hub.db", *loan)
    engine = open_engine(sqlite_url(tmp_path / "kiosk.db"))
    with engine.begin() as connection:
        slip, state = connection.execute(select(ReceiptJob.slip_number, ReceiptJob.state)).one()
        lent = connection.execute(
            select(Copy.accession).join(Loan, Loan.copy_id == Copy.id).where(Loan.id == kept[0].id)
        ).scalar_one()
    waiting = outbox.waiting(engine)
    engine.dispose()
    paper = cv2.imread(str(tmp_path / "slips" / f"{slip}.png"))

    assert {row.patron_id for row in kept} == {pupil.id}
    assert len(kept) == 2
    assert lent in {book.accession for book in books}
    assert sorted(kept) == sorted(received)
    assert (state, waiting) == ("done", 0)
    assert paper is not None
    assert [code.text for code in zxingcpp.read_barcodes(paper)] == [slip]
    assert (tmp_path / "slips" / f"{slip}.bin").read_bytes().startswith(b"\x1b@")


@pytest.fixture
def blind(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A station without a camera, and where to write what its serial scanner reads."""
    scanner_fd, port_fd = pty.openpty()
    camera = ("--camera", "none")
    scanner = ("--hand-scanner", f"serial://{os.ttyname(port_fd)}")
    os.close(port_fd)
    command = kill.station_command(tmp_path, "", *camera, *scanner)
    station = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield station, scanner_fd
    station.kill()
    station.wait()
    os.close(scanner_fd)


def test_hand_scanner_alone_makes_a_loan(
    blind: tuple[subprocess.Popen[bytes], int], tmp_path: Path
) -> None:
    """Given no camera is to be, when a hand scanner reads card and book, then a loan is kept."""
    (station, scanner_fd), journal = blind, tmp_path / "journal.jsonl"
    cast = _cast(tmp_path)
    pupil, book = cast.free_pupils[0], cast.shelved[0]
    _until(lambda: "hand_scanner_found" in _events(tmp_path / "logs" / "kiosk.log"), station)
    for _ in range(4):  # a trigger held down must not end the visit that the card began
        os.write(scanner_fd, f"{pupil.card}\r\n".encode())
    os.write(scanner_fd, f"{book.accession}\r\n".encode())
    _until(lambda: journal.exists() and bool(journal.read_text("utf-8")), station)
    station.send_signal(signal.SIGTERM)
    ended = station.wait(20)
    accession = select(Copy.accession).where(Copy.id == Loan.copy_id).scalar_subquery()
    (lent,) = _rows(tmp_path / "kiosk.db", Loan.id, Loan.patron_id, accession.label("accession"))

    assert ended == 0
    assert "camera_lost" not in _events(tmp_path / "logs" / "kiosk.log")
    assert (lent.patron_id, lent.accession) == (pupil.id, book.accession)
    assert json.loads(journal.read_text("utf-8"))["loan_id"] == str(lent.id)


def test_killed_at_any_moment_nothing_shown_is_lost(tmp_path: Path) -> None:
    """Given stations killed at any moment, then every green loan is kept, once, and at the hub."""
    figures = kill.run(tmp_path, kills=3, seed=2)  # one as it starts

    assert figures["shown_green"] > 0
    assert {fault: figures[fault] for fault in kill.FAULTS} == dict.fromkeys(kill.FAULTS, 0)


@pytest.fixture
def crippled(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A station whose camera, hand scanner, printer and hub are all missing."""
    camera = ("--camera", str(tmp_path / "absent.mp4"))
    others = ("--hand-scanner", "serial:///dev/ttyACM99", "--printer", "tcp://127.0.0.1:1")
    (tmp_path / "hub.token").write_text("nobody knows it", encoding="ascii")
    command = kill.station_command(tmp_path, "http://127.0.0.1:1", *camera, *others)
    station = subprocess.Popen(command)
    yield station
    station.kill()
    station.wait()


def _events(log: Path) -> set[str]:
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return {json.loads(line)["event"] for line in lines}


def _until(true: Callable[[], bool], station: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert station.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_everything_missing_the_window_opens(
    crippled: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Given no device and no hub, then the station stands, says so, and ends when told."""
    log = tmp_path / "logs" / "kiosk.log"
    _until(lambda: {"sync.failed", "camera_lost", "hand_scanner_lost"} <= _events(log), crippled)
    crippled.send_signal(signal.SIGTERM)

    assert crippled.wait(20) == 0
    assert "Window: Provider: sdl2" in _events(log)  # said before there was a log


def _kiosk(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "SDL_VIDEODRIVER"}
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**kept, **environment},
    )


def test_wrong_settings_are_told_all_at_once(tmp_path: Path) -> None:
    """Given a settings file with two mistakes, then both are told and the status is 2."""
    file = tmp_path / "kiosk.toml"
    file.write_text('[scanner]\ncamra = "0"\n[printer]\nwidth_px = 100\n', encoding="utf-8")
    ended = _kiosk("--settings", str(file))

    assert ended.returncode == 2
    assert 'did you mean "camera"?' in ended.stderr
    assert "printer.width_px" in ended.stderr


def test_no_display_is_never_an_invisible_window(tmp_path: Path) -> None:
    """Given no display and no --headless, then the station refuses with status 3 and says why."""
    ended = _kiosk("--data", str(tmp_path), "--fullscreen", DISPLAY="")

    assert ended.returncode == 3
    assert "no window could be opened" in ended.stderr
    assert "Unable to find any valuable Window provider" in (
        tmp_path / "logs" / "kiosk.log"
    ).read_text("utf-8")


@pytest.mark.parametrize("what", ["empty folder", "no such camera"])
def test_once_without_pictures_ends_and_says_why(tmp_path: Path, what: str) -> None:
    """Given pictures to be played once and none there, then status 5 and the reason."""
    (tmp_path / "empty folder").mkdir()
    camera = "97" if what == "no such camera" else str(tmp_path / what)
    ended = _kiosk("--headless", "--once", "--data", str(tmp_path), "--camera", camera)

    assert ended.returncode == 5
    assert "Không có hình để đọc" in ended.stderr


def test_live_camera_leaves_no_picture(tmp_path: Path) -> None:
    """Given a live camera, when pictures of every step are asked for, then none is kept."""
    words = ("--headless", "--once", "--data", str(tmp_path), "--demo-out", str(tmp_path / "out"))
    _kiosk(*words, "--camera", "http://127.0.0.1:9/x")

    assert not list(tmp_path.rglob("*.png"))


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Given a data folder under a file, then status 4 and a sentence, no traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = _kiosk("--headless", "--data", str(tmp_path / "file" / "data"))

    assert ended.returncode == 4
    assert "Traceback" not in ended.stderr


def test_damaged_records_are_set_aside_as_they_were(tmp_path: Path) -> None:
    """Given a kiosk database that is not one, then it lies aside as it was, and a new one works."""
    rubbish = b"rubbish" * 1000
    (tmp_path / "kiosk.db").write_bytes(rubbish)
    nothing = str(tmp_path / "nothing")
    ended = _kiosk("--headless", "--once", "--data", str(tmp_path), "--camera", nothing)

    assert ended.returncode == 5, "there were to be pictures"
    (aside,) = tmp_path.glob("kiosk-damaged-*.db")
    assert aside.read_bytes() == rubbish
    assert (tmp_path / "kiosk.db").read_bytes().startswith(b"SQLite format 3")
