"""Stories of class corners at the station: a crate goes out, comes back short, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from db.corners import Corners
from db.identifiers import crate_text
from db.outcomes import CheckedOut, Refusal, Refused, Returned
from kiosk.corner import CornerDone, CornerWord, Dropped, TakingBack, TakingOut
from kiosk.staff import StickTrouble, TaskDone
from kiosk.visit import Serving, Waiting
from printer.receipt import CrateBack, CrateOut
from tests.demo_school import DemoSchool
from tests.screen_driver import ScreenDriver, open_driver
from tests.staffed import StaffedStation


@pytest.fixture(scope="module")
def window() -> Iterator[ScreenDriver]:
    driver = open_driver("vi")
    driver.resize(1280, 800)
    yield driver
    driver.close()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DemoSchool]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield school
    school.engine.dispose()


@pytest.fixture
def station(school: DemoSchool, window: ScreenDriver) -> StaffedStation:
    return StaffedStation(school, window)


def _send(station: StaffedStation, corner: UUID, copies: int) -> list[str]:
    """Pack a crate with the teacher's card; the accessions in it."""
    books = [copy.accession for copy in station.cast.shelved[50 : 50 + copies]]
    station.scan_corner(corner)
    station.scan(station.cast.teachers[1].card)
    for book in books:
        station.scan(book)
    station.touch("Xong")
    station.touch("Kết thúc")
    return [str(book) for book in books]


def test_crate_is_packed_and_sent(station: StaffedStation) -> None:
    """Given an empty corner, when its keeper packs a crate, then manifest and events say so."""
    corner = station.corner()
    first = station.scan_corner(corner)
    too_early = station.scan(station.cast.shelved[50].accession)
    stranger = station.scan(station.cast.free_pupils[5].card)
    assert isinstance(first, TakingOut)
    assert isinstance(too_early, TakingOut)
    assert too_early.word is CornerWord.KEEPER_FIRST
    assert isinstance(stranger, TakingOut)
    assert stranger.word is CornerWord.NOT_KEEPER
    station.scan(station.cast.free_pupils[0].card)
    for n in (50, 51, 52, 50):
        packed = station.scan(station.cast.shelved[n].accession)
    assert isinstance(packed, TakingOut)
    assert packed.word is CornerWord.WAS_SENT
    assert station.says("Trong thùng: 3 cuốn")
    done = station.touch("Xong")

    assert isinstance(done, CornerDone)
    assert station.says("Đã giao 3 cuốn")
    (slip,) = station.printed
    assert isinstance(slip, CrateOut)
    assert (len(slip.copies), slip.code) == (3, crate_text(done.number))
    sent = station.told("crate-sent")
    assert {fact["crate_id"] for fact in sent} == {str(packed.crate_id)}
    assert {fact["author"] for fact in sent} == {station.cast.free_pupils[0].card}


def test_who_brings_a_crate_may_not_pack_the_next(station: StaffedStation) -> None:
    """Given a pupil who brings a crate, when they turn to packing, then a keeper is wanted."""
    corner = station.corner()
    _send(station, corner, 2)
    station.scan_corner(corner)
    assert isinstance(station.scan(station.cast.free_pupils[5].card), TakingBack)
    out = station.touch("Giao thùng mới")
    assert isinstance(out, TakingOut)
    assert out.keeper is None
    packed = station.scan(station.cast.shelved[60].accession)

    assert isinstance(packed, TakingOut)
    assert packed.word is CornerWord.KEEPER_FIRST
    assert packed.sent == ()


def test_crate_comes_back_short_by_two(station: StaffedStation) -> None:
    """Given a crate of five, when three and a stranger come, then two are missing, by title."""
    corner = station.corner()
    books = _send(station, corner, 5)
    monitor = station.cast.free_pupils[1]
    station.printed.clear()
    state = station.scan_corner(corner)
    assert isinstance(state, TakingBack)
    station.scan(monitor.card)
    for book in books[:3]:
        state = station.scan(book)
    strange = station.scan(station.cast.shelved[70].accession)
    assert station.says("Đã nhận 3/5 cuốn")
    assert isinstance(strange, TakingBack)
    assert strange.word is CornerWord.STRANGE
    done = station.touch("Xong")

    assert isinstance(done, CornerDone)
    assert [one.accession for one in done.missing] == sorted(books[3:])
    assert station.says("Còn thiếu 2 cuốn")
    (slip,) = station.printed
    assert isinstance(slip, CrateBack)
    assert (len(slip.back), len(slip.missing), len(slip.strange)) == (3, 2, 1)
    giver = {fact["handed_in_by"] for fact in station.told("crate-back")}
    assert giver == {str(monitor.id)}
    station.touch("Kết thúc")
    again = station.scan(crate_text(done.number))
    assert isinstance(again, TakingBack)
    assert [one.accession for one in again.awaited] == sorted(books[3:])


def test_plug_pulled_while_unpacking(station: StaffedStation) -> None:
    """Given half a crate is ticked, when the plug is pulled, then a new station goes on there."""
    corner = station.corner()
    books = _send(station, corner, 4)
    station.scan_corner(corner)
    station.scan(books[0])
    other = StaffedStation.restarted(station)
    state = other.scan_corner(corner)

    assert isinstance(state, TakingBack)
    assert len(state.awaited) == 3


def test_copy_lent_in_class_comes_back_too(station: StaffedStation) -> None:
    """Given a copy of the corner that a pupil has, when it is in the crate, then the loan ends."""
    corner = station.corner()
    books = _send(station, corner, 2)
    reader = station.school.known(station.cast.free_pupils[7].card)
    lent = station.desk.check_out(reader, station.cast.shelved[50].accession)
    assert isinstance(lent, CheckedOut)
    station.scan_corner(corner)
    station.scan(books[0])

    assert station.told("copy-returned")[-1]["loan_id"] == str(lent.loan_id)
    assert not station.school.known(station.cast.free_pupils[7].card).loans


def test_wrong_book_is_taken_out_again(station: StaffedStation) -> None:
    """Given a book packed by mistake, when it is taken out and packed again, then it goes once."""
    corner = station.corner()
    station.scan_corner(corner)
    station.scan(station.cast.teachers[1].card)
    book = station.cast.shelved[50].accession
    station.scan(book)
    removed = station.touch("Bỏ cuốn cuối")
    assert isinstance(removed, TakingOut)
    assert removed.sent == ()
    station.school.clock.advance(timedelta(seconds=5))
    station.scan(book)
    station.touch("Xong")
    station.touch("Kết thúc")
    state = station.scan_corner(corner)

    assert isinstance(state, TakingBack)
    assert [one.accession for one in state.awaited] == [book]


def test_late_crate_is_seen_by_the_librarian(station: StaffedStation) -> None:
    """Given a crate that is out too long (S52), when the librarian looks, then it is shown."""
    corner = station.corner()
    _send(station, corner, 2)
    station.school.clock.advance(timedelta(days=60))
    station.sign_in()
    assert station.says("Thùng quá hạn")
    assert station.says("1 thùng")
    station.touch("Góc lớp")
    assert station.says("2 cuốn quá hạn")
    state = station.tap(station.of_kind("RowButton")[0])

    assert isinstance(state, TakingBack)
    assert state.author == station.librarian.card
    assert station.says("Quá hạn")


def test_corner_is_left_when_nobody_comes(station: StaffedStation) -> None:
    """Given a corner is open, when three minutes pass, then nobody is known any more."""
    corner = station.corner()
    station.scan_corner(corner)

    assert station.wait(179) != Waiting()
    assert station.wait(2) == Waiting()


def test_station_for_returns_alone(school: DemoSchool, window: ScreenDriver) -> None:
    """Given a drop-off station, when books come one by one, then each takes five seconds."""
    station = StaffedStation(school, window, returns_only=True)
    assert station.says("Không cần thẻ")
    late = station.cast.late_pupils[0]
    dropped = station.scan(late.holds[0].accession)
    assert isinstance(dropped, Dropped)
    assert isinstance(dropped.outcome, Returned)
    assert dropped.outcome.was_on_loan
    worn = station.touch("Có")
    assert isinstance(worn, Dropped)
    assert worn.is_worn
    assert station.told("case-opened")[-1]["damage"] == "slight"
    lost = station.cast.shelved[60].accession
    station.sign_in()
    station.scan(lost)
    station.touch("Báo mất")
    station.touch("Thoát")
    found = station.scan(lost)
    assert isinstance(found, Dropped)
    assert station.says("Đưa cuốn này cho thủ thư")
    card = station.scan(station.cast.free_pupils[0].card)
    assert isinstance(card, Dropped)
    assert card.outcome is None
    unknown = station.scan("STN.09999")
    assert isinstance(unknown, Dropped)
    assert isinstance(unknown.outcome, Refused)
    assert unknown.outcome.reason is Refusal.UNKNOWN_COPY

    assert not station.says(late.name)
    assert station.wait(6) == Waiting()
    assert station.says("Không cần thẻ")


def test_corner_knows_its_crates(station: StaffedStation) -> None:
    """Given two crates of a corner, when all come back, then the receipt says all there."""
    corner = station.corner()
    corners = Corners(station.desk.library)
    books = [copy.accession for copy in station.cast.shelved[80:84]]
    corners.send(corner, "A-1", books[:2], corners.due(), "test")
    corners.send(corner, "A-2", books[2:], corners.due(), "test")
    station.scan(crate_text("A-2"))
    for book in books:
        station.scan(book)
    done = station.scan("TS:XONG")

    assert isinstance(done, CornerDone)
    assert (len(done.back), done.missing) == (4, ())
    assert station.says("Đủ sách, không thiếu cuốn nào")


def test_next_pupil_need_not_wait_for_a_corner(station: StaffedStation) -> None:
    """Given a crate was just sent, when another pupil's card is shown, then their visit begins.

    A book of the crate that is still in view, and a task that ends elsewhere, change nothing.
    """
    corner = station.corner()
    station.scan_corner(corner)
    station.scan(station.cast.teachers[1].card)
    station.scan(station.cast.shelved[50].accession)
    done = station.touch("Xong")
    assert isinstance(done, CornerDone)
    for in_view in (station.cast.shelved[50].accession, "9786040000002", "8934588012228"):
        assert station.scan(in_view) == done
    assert station.hear(TaskDone(StickTrouble.NO_STICK)) == done
    visit = station.scan(station.cast.free_pupils[5].card)

    assert isinstance(visit, Serving)
    assert visit.patron.patron_id == station.cast.free_pupils[5].id


def test_pupil_need_not_wait_for_a_pin(station: StaffedStation) -> None:
    """Given a librarian's card asks for its PIN, when a pupil shows theirs, then they are served.

    A card that nobody knows is answered there too.
    """
    station.scan(station.librarian.card)
    visit = station.scan(station.cast.free_pupils[5].card)
    assert isinstance(visit, Serving)
    assert visit.patron.patron_id == station.cast.free_pupils[5].id
    station.scan(station.librarian.card)
    unknown = station.scan("HS999999")

    assert isinstance(unknown, Waiting)
    assert isinstance(unknown.notice, Refused)


def test_helped_pupil_borrows_where_books_are_dropped(
    school: DemoSchool, window: ScreenDriver
) -> None:
    """Given a drop-off station, when the librarian opens a pupil's visit, then books are theirs."""
    station = StaffedStation(school, window, returns_only=True)
    station.scan(station.librarian.card)
    visit = station.touch("Mượn, trả sách của tôi")
    assert isinstance(visit, Serving)
    lent = station.scan(station.cast.shelved[60].accession)

    assert isinstance(lent, Serving)
    assert [type(act) for act in lent.acts] == [CheckedOut]


def test_answer_to_a_dropped_book_outlasts_a_task(school: DemoSchool, window: ScreenDriver) -> None:
    """Given a book was dropped, when a copy to a stick ends, then its answer stays five seconds."""
    station = StaffedStation(school, window, returns_only=True)
    dropped = station.scan(station.cast.late_pupils[0].holds[0].accession)
    station.wait(3)

    assert station.hear(TaskDone(StickTrouble.NO_STICK)) == dropped
    assert station.wait(2.1) == Waiting()
