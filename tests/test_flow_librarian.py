"""Stories of the librarian at the station, told by touches on the real window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import exists, func, select

from config.settings import SoundSettings
from db.models import Copy, Loan, SetTemplate, SetTitle
from db.outcomes import Refusal, Refused
from db.states import CopyState
from kiosk.staff import (
    ClassList,
    CopyPage,
    Desk,
    DevicePage,
    Page,
    PageTurned,
    PinPad,
    PowerPage,
    ReaderPage,
    SetPage,
    ShelfPage,
    SoundPage,
    StaffPage,
    StickCopied,
    StickPage,
)
from kiosk.visit import Finished, Serving, Waiting
from printer.receipt import DaySummary, ProofPage, Receipt
from tests.demo_school import DemoSchool
from tests.screen_driver import ScreenDriver, open_driver
from tests.staffed import PIN, StaffedStation


@pytest.fixture(scope="module")
def window() -> Iterator[ScreenDriver]:
    driver = open_driver("vi")
    driver.resize(1280, 800)
    yield driver
    driver.close()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSchool]:
    path: Path = tmp_path_factory.mktemp("librarian") / "kiosk.db"
    school = DemoSchool(path)
    yield school
    school.engine.dispose()


@pytest.fixture(scope="module")
def kept(school: DemoSchool, window: ScreenDriver) -> StaffedStation:
    return StaffedStation(school, window)


@pytest.fixture
def station(kept: StaffedStation) -> Iterator[StaffedStation]:
    """The station, with nobody in it before and after."""
    assert kept.clerk.visit == Waiting()
    yield kept
    kept.wait(400)
    while kept.clerk.visit != Waiting():
        kept.hear(None)


def test_card_and_pin_open_the_desk(station: StaffedStation) -> None:
    """Given the librarian's card, when the PIN is typed, then the day is there, for a minute."""
    assert isinstance(station.scan(station.librarian.card), PinPad)
    desk = station.type_by_touch(PIN)

    assert isinstance(desk, Desk)
    assert station.says("Bàn thủ thư")
    assert station.acts()[-1] == "station-opened"
    assert isinstance(station.wait(59), Desk)
    assert station.wait(2) == Waiting()
    assert not station.says("Bàn thủ thư")


def test_staff_end_their_own_visit_by_card(station: StaffedStation) -> None:
    """Given a helper who borrows, when their card comes again, then a farewell, no PIN pad."""
    station.scan(station.helper.card)
    assert isinstance(station.touch("Mượn, trả sách của tôi"), Serving)
    station.scan(station.cast.shelved[70].accession)

    assert isinstance(station.scan(station.helper.card), Finished)
    assert isinstance(station.scan(station.helper.card), Finished)


def test_five_wrong_pins_lock(station: StaffedStation) -> None:
    """Given five wrong PINs, when the right one comes, then it waits; a reader's card does not."""
    station.scan(station.helper.card)
    for _ in range(5):
        state = station.type("131313")
    locked = station.type(PIN[::-1])
    visit = station.scan(station.cast.free_pupils[0].card)

    assert isinstance(state, PinPad)
    assert isinstance(locked, PinPad)
    assert locked.locked_until is not None
    assert station.acts().count("station-pin-wrong") == 5
    assert isinstance(visit, Serving | Waiting)
    station.wait(30)
    station.school.clock.advance(locked.locked_until - station.school.clock.now())
    station.scan(station.helper.card)
    assert isinstance(station.type(PIN[::-1]), Desk)


def test_librarian_borrows_like_anybody(station: StaffedStation) -> None:
    """Given the librarian's card, when "for myself" is touched, then it is a reader's visit."""
    station.scan(station.librarian.card)
    visit = station.touch("Mượn, trả sách của tôi")

    assert isinstance(visit, Serving)
    assert visit.patron.patron_id == station.librarian.id


def test_forgotten_card_is_helped(station: StaffedStation) -> None:
    """Given a pupil without a card, when found by class and name, then the visit is theirs."""
    pupil = next(p for p in station.cast.free_pupils[20:] if p.homeroom == "6A")
    station.sign_in()
    station.touch("Tìm bạn đọc")
    assert isinstance(station.touch("6A"), ClassList)
    while not station.says(pupil.name):
        station.tap(station.of_kind("_Arrow")[-1])
    page = station.touch(pupil.name)
    assert isinstance(page, ReaderPage)
    station.touch("Mượn không cần thẻ")
    visit = station.touch("Quên thẻ")
    station.scan(station.cast.shelved[40].accession)

    assert isinstance(visit, Serving)
    assert visit.patron.patron_id == pupil.id
    assert station.acts()[-2:] == ["reader-looked-up", "visit-without-card"]
    assert station.told("copy-lent")[-1]["patron_id"] == str(pupil.id)
    assert pupil.name not in str(station.told("staff-acted"))


def test_override_has_its_reason(station: StaffedStation) -> None:
    """Given an overdue pupil, when the librarian lends with a reason, then the loan tells it."""
    late, book = station.cast.late_pupils[0], station.cast.shelved[41].accession
    station.sign_in()
    station.scan(late.card)
    asked = station.scan(book)
    assert isinstance(asked, ReaderPage)
    assert isinstance(asked.outcome, Refused)
    assert asked.outcome.reason is Refusal.HAS_OVERDUE
    lent = station.touch("Cần cho tiết học")

    assert isinstance(lent, ReaderPage)
    assert book in [loan.accession for loan in lent.patron.loans]
    override = station.told("copy-lent")[-1]["override"]
    assert override["reason"] == "lesson"
    assert override["author"] == station.librarian.card


def test_new_card_is_given(station: StaffedStation) -> None:
    """Given a lost card, when a fresh one is held up, then it opens visits and the old does not."""
    pupil = station.cast.free_pupils[30]
    station.sign_in()
    station.scan(pupil.card)
    station.touch("Cấp thẻ mới")
    station.scan("HS990012")
    assert station.says("Đã cấp thẻ mới")
    station.touch("Thoát")

    assert isinstance(station.scan(pupil.card), Waiting)
    assert isinstance(station.scan("HS990012"), Serving)


def test_copy_is_lost_and_found(station: StaffedStation) -> None:
    """Given a book that is missing, when it is reported and turns up, then both are noted."""
    book = station.cast.shelved[42].accession
    station.sign_in()
    assert isinstance(station.scan(book), CopyPage)
    station.touch("Báo mất")
    assert station.says("Đã báo mất")
    station.touch("Đã tìm thấy, ghi nhận lại")

    assert station.acts()[-2:] == ["reported-lost", "returned-by-hand"]
    assert station.says("Trên giá")


def test_damage_takes_one_touch(station: StaffedStation) -> None:
    """Given a torn book, when its damage is severe, then it is lent no longer."""
    book = station.cast.shelved[43].accession
    station.sign_in()
    station.scan(book)
    station.touch("Báo hỏng")
    station.touch("Nặng: ngừng cho mượn")
    station.touch("Thoát")
    station.scan(station.cast.free_pupils[3].card)
    visit = station.scan(book)

    assert isinstance(visit, Serving)
    assert isinstance(visit.notice, Refused)
    assert visit.notice.reason is Refusal.NOT_READY


def test_helper_sees_no_histories(station: StaffedStation) -> None:
    """Given a collaborator, when cards and lent books are held up, then nobody is named."""
    late = station.cast.late_pupils[1]
    station.scan(station.helper.card)
    desk = station.type(PIN[::-1])
    assert isinstance(desk, Desk)
    assert desk.session.is_helper
    refused = station.scan(late.card)

    assert isinstance(refused, Desk)
    assert station.says("Việc này dành cho thủ thư")
    assert not station.says(late.name)
    taken = station.scan(late.holds[0].accession)
    assert isinstance(taken, Desk)
    assert [one.accession for one in taken.taken] == [late.holds[0].accession]
    assert not station.says(late.name)
    assert len(station.driver.touchables()) == 2
    assert isinstance(station.touch("Kiểm giá sách"), ShelfPage)


def test_help_ends_after_a_quarter(station: StaffedStation) -> None:
    """Given a collaborator who goes on and on, when fifteen minutes are over, then it is left."""
    station.scan(station.helper.card)
    station.type(PIN[::-1])
    station.driver.monotonic_s += 860  # something was touched all the time
    assert isinstance(station.hear(PageTurned(Page.SHELF)), ShelfPage)
    assert isinstance(station.wait(39), ShelfPage)

    assert isinstance(station.wait(2), Waiting)


def test_lending_rests_until_told(station: StaffedStation) -> None:
    """Given lending is paused by a touch, when the mode is left, then the status says so."""
    station.sign_in()
    station.touch("Tạm ngừng cho mượn")
    assert station.clerk.status.lending_paused
    station.touch("Cho mượn trở lại")

    assert not station.clerk.status.lending_paused
    assert station.acts()[-2:] == ["lending-paused", "lending-resumed"]


def test_paper_of_the_desk(station: StaffedStation) -> None:
    """Given a slip of today, when it, the day and a test are printed, then all three come."""
    station.scan(station.cast.free_pupils[4].card)
    station.scan(station.cast.shelved[44].accession)
    station.sign_in()
    station.printed.clear()
    station.touch("In tổng kết ngày")
    station.touch("In lại phiếu")
    station.tap(station.of_kind("RowButton")[0])
    station.wait(61)
    station.sign_in()
    station.touch("Thử thiết bị")
    station.touch("In trang thử")
    state = station.scan(station.cast.shelved[45].accession)

    assert [type(slip) for slip in station.printed] == [DaySummary, Receipt, ProofPage]
    assert isinstance(state, DevicePage)
    assert [read.kind for read in state.codes] == ["CopyLabel"]
    reprint = station.printed[1]
    assert isinstance(reprint, Receipt)
    assert reprint.is_reprint
    assert [line.accession for line in reprint.lent] == [station.cast.shelved[44].accession]


def test_stick_and_switching_off(station: StaffedStation) -> None:
    """Given a stick, when copied and switched off, then counts are shown and two touches needed."""
    station.sign_in()
    station.touch("Sao lưu ra USB")
    state = station.touch("Sao lưu")
    assert isinstance(state, StickPage)
    assert isinstance(state.outcome, StickCopied)
    assert station.says("12 lượt gửi máy chủ")
    station.wait(61)
    station.sign_in()
    station.touch("Khởi động lại, tắt")
    station.touch("Tắt máy")
    before = list(station.machine.done)
    ended = station.touch("Chắc chắn tắt máy")

    assert before == ["stick"]
    assert station.machine.done == ["stick", "off"]
    assert isinstance(ended, PowerPage)
    assert ended.has_failed
    assert station.says("Máy không cho làm việc này")
    assert station.acts()[-1] == "power-off"


def test_sound_and_light_are_turned(station: StaffedStation) -> None:
    """Given the librarian's mode, when sound and light are turned, then they are, and are noted.

    Two steps up and one down are one act: the level that is left behind.
    """
    panel = station.school.folder / "backlight" / "10-0045"
    panel.mkdir(parents=True)
    (panel / "max_brightness").write_text("200")
    (panel / "brightness").write_text("100")
    station.sign_in()
    station.touch("Âm thanh, độ sáng")
    noted = len(station.acts())
    for button in (1, 1, 0, 3):
        state = station.tap(station.of_kind("IconButton")[button])
    station.touch("11:30 – 13:30 có tiếng")
    assert isinstance(state, SoundPage)
    assert station.says("60 %")
    station.wait(61)

    assert station.machine.loudness.sound == SoundSettings(
        volume=60, mute=("09:00-09:30", "11:30-13:30")
    )
    assert (panel / "brightness").read_text() == "120"
    assert station.acts()[noted:] == ["sound-set", "sound-set", "brightness-set"]


def _books_of_set(station: StaffedStation, grade: int) -> list[str]:
    """A copy on the shelf of each title of a grade's set."""
    asked = (
        select(func.min(Copy.accession))
        .join(SetTitle, SetTitle.edition_id == Copy.edition_id)
        .join(SetTemplate, SetTemplate.id == SetTitle.template_id)
        .where(SetTemplate.grade == grade, Copy.state == CopyState.AVAILABLE)
        .where(~exists().where(Loan.copy_id == Copy.id, Loan.returned_at.is_(None)))
        .group_by(SetTitle.position)
    )
    with station.school.engine.begin() as connection:
        return list(connection.execute(asked.order_by(SetTitle.position)).scalars())


def test_textbook_set_is_handed_out(station: StaffedStation) -> None:
    """S74: given a pupil of grade 6, when each book of the set is scanned, then the set is whole.

    The last one is taken back at the same page, and is missing again.
    """
    child = next(one for one in station.cast.free_pupils if one.homeroom.startswith("6"))
    books = _books_of_set(station, 6)
    station.sign_in()
    station.touch("Bộ sách giáo khoa")
    station.scan(child.card)
    assert station.says(f"0/{len(books)} cuốn")
    for book in books:
        whole = station.scan(book)
    assert isinstance(whole, SetPage)
    assert station.says("Đã đủ bộ")
    assert [line.accession for line in whole.bundle.lines] == books  # type: ignore[union-attr]
    again = station.scan(books[0])
    assert isinstance(again, SetPage)
    assert isinstance(again.outcome, Refused)
    station.touch("Nhận bộ sách về")
    back = station.scan(books[-1])

    assert isinstance(back, SetPage)
    assert back.bundle is not None
    assert back.bundle.held == len(books) - 1
    assert len(station.told("set-lent")) == 1
    assert station.acts().count("set-book-lent") == len(books)


def test_set_wants_a_card_first(station: StaffedStation) -> None:
    """Given nobody's card was shown, when a book of a set is scanned, then the card is wanted."""
    book = _books_of_set(station, 6)[0]
    station.sign_in()
    station.touch("Bộ sách giáo khoa")
    state = station.scan(book)
    teacher = station.scan(station.cast.teachers[1].card)

    assert isinstance(state, SetPage)
    assert state.outcome == Refused(Refusal.CARD_FIRST, book)
    assert isinstance(teacher, SetPage)
    assert teacher.choices == ()
    assert station.says("chưa có bộ sách cho lớp")


def test_refused_card_ends_who_was_served(station: StaffedStation) -> None:
    """Given a pupil's set is open, when an unknown card is shown, then they get no more."""
    child = next(one for one in station.cast.free_pupils if one.homeroom.startswith("6"))
    book = _books_of_set(station, 6)[0]
    lent = station.acts().count("set-book-lent")
    station.sign_in()
    station.touch("Bộ sách giáo khoa")
    station.scan(child.card)
    station.scan("HS999999")
    state = station.scan(book)

    assert isinstance(state, SetPage)
    assert state.outcome == Refused(Refusal.CARD_FIRST, book)
    assert station.acts().count("set-book-lent") == lent


def test_nothing_of_the_mode_remains(station: StaffedStation) -> None:
    """Given a reader's page, when it is left, then no word of the reader is on the screen."""
    pupil = station.cast.late_pupils[2]
    station.sign_in()
    assert isinstance(station.scan(pupil.card), StaffPage)
    assert station.says(pupil.name)
    station.touch("Thoát")

    assert not station.says(pupil.name)
    assert not station.says(station.librarian.name)
    assert not station.says(pupil.holds[0].title)
