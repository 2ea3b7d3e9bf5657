"""What the librarian's mode has the machine do: a stick is found, filled and counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Timer

import pytest

from config.settings import Settings
from db import care, outbox
from db.circulation import Circulation
from db.clock import SystemClock
from db.corners import Corners
from db.engine import open_engine, sqlite_url
from db.helping import Helping
from db.identifiers import CardNumber
from db.library import Library
from db.pins import Pins
from db.states import RoleName
from db.sync.credentials import keep_tokens
from kiosk.machine import StationMachine, find_stick
from kiosk.pin import BAD_PIN, NO_ROLE, NOBODY, UNEQUAL, pin
from kiosk.staff import HubNotPaired, StickCopied, StickTrouble, TaskDone
from kiosk.threads import Threads
from tests.demo_school import DemoSchool

AT = datetime(2026, 11, 26, 17, 5, tzinfo=UTC)
MOUNTS = """\
/dev/mmcblk0p2 / ext4 rw,noatime 0 0
tmpfs /media/ram tmpfs rw 0 0
/dev/sda1 /media/tramsach/CD\\040cu iso9660 ro,nosuid 0 0
/dev/sdb1 /media/tramsach/USB\\040đen vfat rw,nosuid 0 0
"""


class Tried:
    """A machine on a station's folder, whose tasks run at once."""

    def __init__(self, folder: Path, mounts: str) -> None:
        self.school = DemoSchool(folder / "kiosk.db")
        self.told: list[TaskDone] = []
        settings = Settings.model_validate(
            {
                "station": {"data_dir": str(folder)},
                "hub": {"token_file": str(folder / "hub.token")},
            }
        )
        self.machine = StationMachine(
            self.school.engine, settings, lambda task: task(), self.told.append, lambda: mounts
        )


def test_two_tasks_at_once_are_waited_for() -> None:
    """Given a stick is being copied, when the machine is told to end too, then both are awaited."""
    threads, may_end, done = Threads(), Event(), list[str]()
    threads.once("task", lambda: done.append("stick") if may_end.wait(10) else None)
    threads.once("task", lambda: done.append("power"))
    Timer(0.2, may_end.set).start()
    threads.join("task")

    assert sorted(done) == ["power", "stick"]


def test_first_stick_that_can_be_written() -> None:
    """Given a disk, a memory disk, a CD and a stick, when one is looked for, then the stick is."""
    assert find_stick(MOUNTS) == Path("/media/tramsach/USB đen")
    assert find_stick(MOUNTS.splitlines()[0]) is None


def test_no_stick_is_said(tmp_path: Path) -> None:
    """Given no stick, when everything is to be copied, then that is said."""
    tried = Tried(tmp_path, "")
    tried.machine.copy_to_stick(AT)
    tried.school.engine.dispose()

    assert tried.told == [TaskDone(StickTrouble.NO_STICK)]
    assert tried.machine.disk_free_mb() > 0


def test_stick_holds_records_and_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a stick, when everything is copied, then it holds whole records and each event once."""
    stick = tmp_path / "USB"
    stick.mkdir()
    monkeypatch.setattr("kiosk.machine.STICKS", (str(tmp_path),))
    tried = Tried(tmp_path, f"/dev/sdb1 {stick} vfat rw 0 0")
    keep_tokens(tmp_path / "hub.token", ("a" * 43,))
    cast = tried.school.cast()
    patron = tried.school.known(cast.free_pupils[0].card)
    tried.school.desk.check_out(patron, cast.shelved[0].accession)
    tried.machine.copy_to_stick(AT)
    tried.school.engine.dispose()
    (done,) = tried.told

    assert isinstance(done.outcome, StickCopied)
    assert done.outcome.events == 1
    (copy,) = stick.glob("tram-sach/kiosk-*.db")
    assert care.is_whole(copy)
    assert len(list(stick.glob("tram-sach/*.json"))) == 1


def test_what_is_no_pairing_code_is_said(tmp_path: Path) -> None:
    """Given a book's label, when it is held up as a pairing code, then nothing is paired."""
    tried = Tried(tmp_path, "")
    tried.machine.pair("STN.00042")
    tried.school.engine.dispose()
    (done,) = tried.told

    assert isinstance(done.outcome, HubNotPaired)


def test_first_pin_is_set_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a new station, when a PIN is typed twice alike with a role, then the card opens it."""
    school = DemoSchool(tmp_path / "kiosk.db")
    card = school.cast().teachers[0].card
    school.engine.dispose()
    at = [card, "--data", str(tmp_path)]
    typed = iter(["123456", "271828", "271829", "271828", "271828", *["271828"] * 4])

    def ask(_prompt: str) -> str:
        return next(typed)

    statuses = [pin(at, ask), pin(at, ask), pin(at, ask)]
    statuses += [pin(["HS000000", *at[1:]], ask), pin([*at, "--role", "librarian"], ask)]
    said = capsys.readouterr()
    engine = open_engine(sqlite_url(tmp_path / "kiosk.db"))
    pins = Pins(Library(engine, 1, SystemClock()))
    known = pins.staff(card)
    right = pins.check(known.patron_id, "271828") if known else None
    engine.dispose()

    assert statuses == [2, 2, 2, 2, 0]
    assert said.err.splitlines() == [BAD_PIN, UNEQUAL, NO_ROLE, NOBODY]
    assert known is not None
    assert known.role is RoleName.LIBRARIAN
    assert right is not None
    assert right.is_right


def test_station_without_a_school_has_no_staff(tmp_path: Path) -> None:
    """Given a station that never met its hub, when codes are held up, then no room opens."""
    engine = open_engine(sqlite_url(tmp_path / "kiosk.db"))
    outbox.prepare_station(engine)
    desk = Circulation(engine, 1, SystemClock())
    corners = Corners(desk.library)

    assert Pins(desk.library).staff(CardNumber("GV0012")) is None
    assert corners.known("9F2C41D87A3B") is None
    assert corners.known_of_crate("K7M2-4QXD") is None
    assert not Helping(desk).is_paused()
    engine.dispose()
