"""What a pupil is told when the disk fails: looked up, never guessed."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from db import outbox
from db.circulation import Circulation
from db.engine import sqlite_url
from db.ids import new_id
from db.models import Loan
from db.outcomes import CheckedOut, Returned
from db.reserve import Reserve
from db.sure_desk import SureDesk
from kiosk.events import Shown, Status
from kiosk.widgets.status_line import remarks
from kiosk.wording import Wording
from tests.small_school import MORNING, SmallSchool, number

ROOT = Path(__file__).parent.parent


class _FailsAfterCommit(Circulation):
    """A disk that kept what it then could not confirm: the first flush ends in an error."""

    failures = 1

    def check_out(self, *told: Any, **named: Any) -> Any:
        outcome = super().check_out(*told, **named)
        self._fail()
        return outcome

    def check_in(self, *told: Any, **named: Any) -> Any:
        outcome = super().check_in(*told, **named)
        self._fail()
        return outcome

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            cause = sqlite3.OperationalError("disk I/O error")
            cause.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise DBAPIError.instance("COMMIT", None, cause, sqlite3.Error)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    one = SmallSchool(sqlite_url(tmp_path / "kiosk.db"))
    yield one
    one.close()


def test_loan_that_was_written_is_told(school: SmallSchool, tmp_path: Path) -> None:
    """Given an error at commit of a loan that is on disk, then it is told as lent, and once."""
    desk = SureDesk(_FailsAfterCommit(school.engine, 1, school.clock), Reserve(tmp_path))
    outcome = desk.check_out(school.known("An"), number("STK"), new_id())
    loan = school.loan_of("STK.00001")

    assert isinstance(outcome, CheckedOut)
    assert (outcome.loan_id, outcome.due, outcome.lent_at) == (loan.id, loan.due, MORNING)
    assert outcome.title == "Bồi dưỡng Toán 6"
    assert (school.count(Loan), len(school.told())) == (1, 1)


def test_return_that_was_written_is_told(school: SmallSchool, tmp_path: Path) -> None:
    """Given an error at commit of a return that is on disk, then it is told, and once."""
    school.desk.check_out(school.known("An"), number("STK"))
    desk = SureDesk(_FailsAfterCommit(school.engine, 1, school.clock), Reserve(tmp_path))
    outcome = desk.check_in(number("STK"), new_id(), None)

    assert isinstance(outcome, Returned)
    assert outcome.was_on_loan
    assert school.loan_of("STK.00001").returned_at == MORNING
    assert len(school.told()) == 2


def test_loan_that_was_not_written_is_tried_again(school: SmallSchool, tmp_path: Path) -> None:
    """Given a real write error, when it is over at once, then the loan is made, and once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    patron = school.known("An")
    mended: list[int] = []

    class _Mended(Circulation):
        def check_out(self, *told: Any, **named: Any) -> Any:
            try:
                return super().check_out(*told, **named)
            except DBAPIError:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                mended.append(1)
                raise

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    desk = SureDesk(_Mended(school.engine, 1, school.clock), Reserve(tmp_path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        outcome = desk.check_out(patron, number("STK"), new_id())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)

    assert isinstance(outcome, CheckedOut)
    assert mended == [1]
    assert (school.count(Loan), len(school.told())) == (1, 1)


def test_other_errors_are_not_hidden(school: SmallSchool, tmp_path: Path) -> None:
    """Given an error that is not the disk's, when a loan is asked, then it is raised."""
    with school.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE receipt_job")
    desk = SureDesk(Circulation(school.engine, 1, school.clock), Reserve(tmp_path))

    with pytest.raises(OperationalError, match="no such table"):
        desk.check_out(school.known("An"), number("STK"), new_id())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_lends_from_its_reserve(small_disk: Path) -> None:
    """Given a disk filled by others, when a loan no longer fits, then the reserve makes room.

    The loan is lent, none before it is lost, and the screen tells the librarian.
    """
    school = SmallSchool(sqlite_url(small_disk / "kiosk.db"))
    reserve = Reserve(small_disk, 1024 * 1024)
    held = reserve.fill()
    full: list[bool] = []
    desk = SureDesk(school.desk, reserve, lambda: full.append(True))
    _fill_up(small_disk)
    acts = 0
    while not full:
        desk.check_out(school.known("An"), number("STK"), new_id())
        outcome = desk.check_in(number("STK"), new_id(), None)
        acts += 2
    waiting = outbox.waiting(school.engine)
    with school.engine.begin() as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    school.close()
    (remark,) = remarks(Shown(status=Status(disk_full=True)))

    assert held
    assert full == [True]
    assert isinstance(outcome, Returned)
    assert (waiting, verdict) == (acts, "ok")
    assert Wording("vi").say(remark.key) == "Máy sắp hết chỗ ghi – xin báo thủ thư ngay"


def test_full_disk_without_reserve_is_raised(small_disk: Path) -> None:
    """Given no reserve left, when a loan does not fit, then it is an error, and nothing is half."""
    school = SmallSchool(sqlite_url(small_disk / "kiosk.db"))
    desk = SureDesk(school.desk, Reserve(small_disk))
    _fill_up(small_disk)
    acts = 0
    with pytest.raises(OperationalError, match="full"):  # noqa: PT012
        while True:
            desk.check_out(school.known("An"), number("STK"), new_id())
            acts += 1
            desk.check_in(number("STK"), new_id(), None)
            acts += 1
    waiting = outbox.waiting(school.engine)
    school.close()

    assert waiting == acts


def test_reserve_needs_room_for_itself(small_disk: Path) -> None:
    """Given a disk with little room, when the reserve is to be filled, then it is left alone."""
    reserve = Reserve(small_disk, 20 * 1024 * 1024)

    assert (reserve.fill(), reserve.release()) == (False, False)
    assert list(small_disk.iterdir()) == []


def _fill_up(folder: Path) -> None:
    """Take all the room that is left, as logs gone wild do."""
    with suppress(OSError), (folder / "logs").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


_ONE_LOAN = """
import sys
from pathlib import Path
from db.circulation import Circulation
from db.clock import SettableClock
from db.engine import open_engine, sqlite_url
from db.ids import new_id
from db.reserve import Reserve
from db.sure_desk import SureDesk
from tests.small_school import MORNING, card_of, number
folder = Path(sys.argv[1])
engine = open_engine(sqlite_url(folder / "kiosk.db"))
desk = SureDesk(Circulation(engine, 1, SettableClock(MORNING)), Reserve(folder))
print(type(desk.check_out(desk.identify(card_of("An")), number("STK"), new_id())).__name__)
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes the flush fail")
@pytest.mark.parametrize("nth", [1, 3])
def test_failed_flush_makes_one_loan(nth: int, tmp_path: Path) -> None:
    """Given a flush at commit that the kernel says failed, then the loan is told and there once."""
    SmallSchool(sqlite_url(tmp_path / "kiosk.db")).close()
    inject = ["-e", "trace=fdatasync", "-e", f"inject=fdatasync:error=EIO:when={nth}"]
    trace = tmp_path / "trace"
    words = ["strace", "-f", "-o", str(trace), *inject, sys.executable, "-c", _ONE_LOAN]
    done = subprocess.run([*words, str(tmp_path)], cwd=ROOT, capture_output=True, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM loan), (SELECT count(*) FROM outbox_event)"
        ).fetchone()

    assert "(INJECTED)" in trace.read_text()
    assert "SQLITE_IOERR_FSYNC" in done.stdout
    assert done.stdout.splitlines()[-1] == "CheckedOut"
    assert counts == (1, 1)
