"""What the librarian and a class corner are told when the disk fails: looked up, never guessed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from db.corners import Corners
from db.engine import sqlite_url
from db.helping import Helping
from db.ids import new_id
from db.library import Act, Library, NotWritten
from db.losses import Losses
from db.models import LossCase, PinTry
from db.outcomes import LostReported, Refusal, Refused
from db.pins import Pins
from db.sure_desk import SureDesk
from db.wishes import Wishes, WishMade
from tests.small_school import SmallSchool, named, number


class FailingLibrary(Library):
    """A disk whose flush fails at the end of the next acts; what was written may be there."""

    def __init__(self, library: Library, failures: int, *, keeps: bool) -> None:
        super().__init__(library.engine, library.school_id, library.clock)
        self.failures, self._keeps = failures, keeps
        self.meanwhile: Callable[[], object] = lambda: None

    @contextmanager
    def act(self) -> Iterator[Act]:
        failed = False
        with self.engine.connect() as connection:
            yield self.act_in(connection, self.now())
            failed = self.failures > 0
            self.failures -= failed
            if failed and not self._keeps:
                connection.rollback()
            else:
                connection.commit()
        if failed:
            self.meanwhile()
            cause = sqlite3.OperationalError("disk I/O error")
            cause.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise DBAPIError.instance("COMMIT", None, cause, sqlite3.Error)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    one = SmallSchool(sqlite_url(tmp_path / "kiosk.db"))
    yield one
    one.close()


def sure_desk(school: SmallSchool, failures: int, *, keeps: bool) -> SureDesk:
    """The school's desk on a disk that fails so many times."""
    school.desk.library = FailingLibrary(school.desk.library, failures, keeps=keeps)
    return SureDesk(school.desk)


BOTH = pytest.mark.parametrize("keeps", [True, False])


@BOTH
def test_lost_copy_is_told_once(school: SmallSchool, keeps: bool) -> None:
    """Given an error at commit of a lost copy, kept by the disk or not, then it is told, once."""
    desk = sure_desk(school, 1, keeps=keeps)

    assert isinstance(Losses(desk.library).report_lost(number("STK")), LostReported)
    assert (school.count(LossCase), len(school.told())) == (1, 1)


@BOTH
def test_crate_is_packed_once(school: SmallSchool, keeps: bool) -> None:
    """Given an error at commit of each copy of a crate, when packed, then each is in it, once."""
    corners = Corners(school.desk.library)
    corner = corners.begin("Tủ sách", "6A", school.known("An").patron_id)
    desk = sure_desk(school, 1, keeps=keeps)
    gone = Corners(desk.library).send(corner, "A-1", [number("STK")], corners.due(), "x", new_id())

    assert (gone.sent, gone.refused) == ((number("STK"),), ())
    assert [line.accession for line in corners.awaited(corner)] == [number("STK")]
    assert len(school.told()) == 1


@BOTH
def test_card_and_pause_are_noted_once(school: SmallSchool, keeps: bool) -> None:
    """Given errors at commit, when lending is paused and a wish made, then both are there, once."""
    desk = sure_desk(school, 1, keeps=keeps)
    Helping(desk).pause(True, "GV0001")
    school.desk.library.failures = 1  # type: ignore[attr-defined]
    wished = Wishes(desk.library).make(school.known("An").patron_id, "Dế Mèn")

    assert Helping(desk).is_paused()
    assert isinstance(wished, WishMade)
    assert (wished.votes, len(school.told())) == (1, 2)


def test_event_of_another_hides_nothing(school: SmallSchool) -> None:
    """Given an act the disk kept and another's event after it, then it is known to be there."""
    others = Helping(SureDesk(school.desk))
    desk = sure_desk(school, 1, keeps=True)
    desk.library._library.meanwhile = lambda: others.pause(True, "GV0001")  # type: ignore[attr-defined]

    assert isinstance(Losses(desk.library).report_lost(number("STK")), LostReported)
    assert (school.count(LossCase), len(school.told())) == (1, 2)


@BOTH
def test_reading_ends_once(school: SmallSchool, keeps: bool) -> None:
    """Given an error at commit as a session's readings end, then they are over, told once."""
    school.desk.read_here(school.known("An"), number("STK"))
    school.set_clock(date(2026, 11, 10), 12, 1)
    desk = sure_desk(school, 1, keeps=keeps)

    assert desk.close_reading() == (not keeps)
    assert school.known("An").loans == ()
    assert [event.type for event in school.told()] == ["copy-lent", "copy-returned"]


@BOTH
def test_pin_is_looked_at_in_spite_of_the_disk(school: SmallSchool, keeps: bool) -> None:
    """Given an error at commit of a counted try, then the PIN is looked at all the same."""
    Pins(school.library).set(named("Lan"), "274916", "thủ thư")
    pins = Pins(sure_desk(school, 1, keeps=keeps).library)

    assert pins.check(named("Lan"), "274916").is_right
    assert [row.wrong for row in school.rows(PinTry)] == []


def test_disk_that_takes_nothing_is_a_fault(school: SmallSchool) -> None:
    """Given a disk that fails twice, when a copy is reported lost, then nobody is told it was."""
    desk = sure_desk(school, 2, keeps=False)

    with pytest.raises(NotWritten):
        Losses(desk.library).report_lost(number("STK"))
    assert (school.count(LossCase), school.told()) == (0, ())


def test_act_without_events_is_not_believed(school: SmallSchool) -> None:
    """Given an error as an act ends that said nothing, then it is asked again, and answered."""
    desk = sure_desk(school, 1, keeps=True)

    assert Losses(desk.library).report_lost(number("STK", 99999)) == Refused(
        Refusal.UNKNOWN_COPY, number("STK", 99999)
    )
