"""The clerk over real records: stories of a break, told as events and the screens they make."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from config.settings import PrinterSettings, VisitSettings
from db import rulebook
from db.demo import LOST_CARD
from db.identifiers import Command
from db.models import Edition
from db.outcomes import CheckedOut, Refusal, Refused, Returned
from db.register import Intake, Register
from db.rulebook import KhoRules
from db.slips import PrinterStatus, printer_status
from db.states import CopyState, LendingMode
from db.sync.report import HubState, SyncReport
from kiosk.events import (
    CameraState,
    DonePressed,
    PrintPressed,
    ReturnPressed,
    Shown,
    Stopped,
)
from kiosk.visit import Finished, OutOfOrder, Paper, Serving, Waiting
from printer.receipt import PrinterNews, PrintOutcome, PrintReport, Trouble
from scanner.scan import (
    CameraBack,
    CameraLost,
    HandScannerBack,
    HandScannerLost,
    Scan,
    Symbology,
    TwoCodes,
)
from tests.at_break import Break
from tests.demo_school import DemoSchool


@pytest.fixture
def at_break(tmp_path: Path) -> Iterator[Break]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield Break(school)
    school.engine.dispose()


def test_one_book_takes_two_gestures(at_break: Break) -> None:
    """Given a card and a book, when the card is shown again, then the slip has the book."""
    serving = at_break.borrow(0, 0)
    farewell = at_break.scan(at_break.cast.free_pupils[0].card)

    assert isinstance(serving, Serving)
    assert isinstance(farewell, Finished)
    assert [line.accession for line in at_break.slips[0].lent] == [
        at_break.cast.shelved[0].accession
    ]
    assert farewell.slip_number == at_break.slips[0].slip_number


def test_copy_of_the_schools_own_kho_is_lent(at_break: Break) -> None:
    """Given a kho begun while the station runs, when its label is scanned, then it is lent."""
    english = KhoRules("TA", "Truyện tiếng Anh", 4, LendingMode.TAKE_HOME)
    with at_break.school.engine.begin() as connection:
        rulebook.set_kho(connection, 1, english)
        edition_id = connection.execute(select(Edition.id).where(Edition.kho == "STN")).scalar()
    assert edition_id is not None
    intake = Intake(edition_id, "TA", 1, state=CopyState.AVAILABLE)
    (label,) = Register(at_break.school.desk.library).take_in(intake)

    at_break.scan(at_break.cast.free_pupils[0].card)
    serving = at_break.scan(label)

    assert label == "TA.0001"
    assert isinstance(serving, Serving)
    assert [act.accession for act in serving.acts] == [label]
    assert at_break.school.desk.rank(label) == 2


@pytest.mark.parametrize("end", ["button", "card", "time"])
def test_visit_ends_in_each_way(at_break: Break, end: str) -> None:
    """Given a loan, when Done, the END card or time ends the visit, then one slip is made."""
    at_break.borrow(0, 0)
    match end:
        case "button":
            at_break.clerk.handle(DonePressed())
        case "card":
            at_break.scan(Command.DONE)
        case _:
            at_break.clerk.handle(None)

    farewell = at_break.clerk.visit
    at_break.clerk.handle(None)

    assert isinstance(farewell, Finished)
    assert [shown.visit for shown in at_break.shown[-2:]] == [farewell, Waiting()]
    assert len(at_break.slips) == 1


def test_next_card_closes_the_last_visit(at_break: Break) -> None:
    """Given a pupil who walked off, when the next card comes, then each has a slip of their own."""
    at_break.borrow(0, 0)
    at_break.borrow(1, 1)
    at_break.clerk.handle(DonePressed())
    lent = [[line.accession for line in slip.lent] for slip in at_break.slips]

    assert lent == [[at_break.cast.shelved[n].accession] for n in (0, 1)]
    assert at_break.slips[0].card_ending == at_break.cast.free_pupils[0].card[-4:]
    assert at_break.shown[-1].status.waiting_events == 2


def test_book_alone_is_taken_back(at_break: Break) -> None:
    """Given nobody known, when a lent copy is shown, then it is returned and nobody named."""
    visit = at_break.scan(at_break.cast.lent[0].accession)

    assert isinstance(visit, Waiting)
    assert isinstance(visit.notice, Returned)
    assert visit.notice.was_on_loan
    assert at_break.slips == []


def test_own_book_in_a_visit_can_be_returned(at_break: Break) -> None:
    """Given a book held since last week, when shown in the visit, then a touch returns it."""
    pupil = at_break.cast.late_pupils[0]
    at_break.scan(pupil.card)
    asked = at_break.scan(pupil.holds[0].accession)
    at_break.clerk.handle(ReturnPressed(pupil.holds[0].accession))

    assert isinstance(asked, Serving)
    assert asked.question is not None
    assert asked.question.loan.accession == pupil.holds[0].accession
    assert isinstance(at_break.clerk.visit, Serving)
    assert isinstance(at_break.clerk.visit.acts[0], Returned)
    assert at_break.clerk.visit.held == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9786040000002", Refusal.ISBN_NOT_LABEL),
        ("HS12", Refusal.MALFORMED_CARD),
        ("STN 12", Refusal.MALFORMED_LABEL),
        ("9786040000003", Refusal.UNKNOWN_CODE),
        ("http://vidu.vn", Refusal.WEB_LINK),
        ("7K3M-92QX", Refusal.SLIP_CODE),
        ("7K3M-92Q0", Refusal.UNKNOWN_CODE),
        (
            "00020101021238570010A00000072701270006970436011301234567890206304ABCD",
            Refusal.PAYMENT_CODE,
        ),
        ("001099012345|012345678|Nguyễn Văn A|01012014|Nam|Hà Nội|01012024", Refusal.IDENTITY_CARD),
        ("9770866761001", Refusal.MAGAZINE_CODE),
        ("8934588012228", Refusal.GOODS_CODE),
        ("8934588012229", Refusal.UNKNOWN_CODE),
        ("WIFI:S:truong;;", Refusal.UNKNOWN_CODE),
        ("HS999999", Refusal.UNKNOWN_CARD),
        ("STN.99999", Refusal.UNKNOWN_COPY),
    ],
)
def test_every_odd_code_is_answered(at_break: Break, text: str, reason: Refusal) -> None:
    """Given a code that helps nobody, when shown, then it is answered by what it is."""
    visit = at_break.scan(text)

    assert isinstance(visit, Waiting)
    assert isinstance(visit.notice, Refused)
    assert visit.notice.reason is reason


def test_identity_card_is_kept_nowhere(at_break: Break) -> None:
    """Given an identity card, when it is held up, then nothing of what it says is shown."""
    with capture_logs() as log:
        at_break.scan("001099012345|012345678|Nguyễn Văn A|01012014|Nam|Hà Nội|01012024")

    assert "Nguyễn Văn A" not in repr(at_break.shown)
    assert "001099012345" not in repr(at_break.shown)
    assert log == []


@pytest.mark.parametrize("card", ["HS999999", LOST_CARD, "HS12", "blocked"])
def test_refused_card_ends_the_last_visit(at_break: Break, card: str) -> None:
    """Given A's visit, when B's card is refused, then B's book does not go to A."""
    if card == "blocked":
        card = at_break.cast.free_pupils[3].card
        at_break.school.block(at_break.cast.free_pupils[3].id)
    at_break.borrow(0, 0)
    at_break.scan(card)
    visit = at_break.scan(at_break.cast.shelved[1].accession)

    assert isinstance(visit, Waiting)
    assert [line.accession for line in at_break.slips[0].lent] == [
        at_break.cast.shelved[0].accession
    ]
    assert at_break.school.known(at_break.cast.free_pupils[0].card).loans[0].accession == (
        at_break.cast.shelved[0].accession
    )


def test_book_still_in_view_is_not_returned(at_break: Break) -> None:
    """Given a book just lent, when it is still seen after the visit, then the loan stands."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    accession = at_break.cast.shelved[0].accession
    seen = at_break.scan(accession)
    reader = at_break.school.known(at_break.cast.free_pupils[0].card)
    at_break.now = 60.0
    later = at_break.scan(accession)

    assert seen == Waiting(Refused(Refusal.JUST_LENT, accession))
    assert [loan.accession for loan in reader.loans] == [accession]
    assert isinstance(later, Waiting)
    assert isinstance(later.notice, Returned)


@pytest.mark.parametrize("poster", ["http://vidu.vn", "9786040000002", "STN 12"])
def test_a_poster_does_not_keep_a_visit_open(at_break: Break, poster: str) -> None:
    """Given a visit left alone, when a foreign code is seen again and again, then time runs on."""
    at_break.borrow(0, 0)
    for second in range(1, 20):
        at_break.now = float(second)
        at_break.scan(poster)

    assert at_break.shown[-1].ends_at == 20.0


def test_out_of_order_does_nothing_unseen(at_break: Break) -> None:
    """Given out of order, when a lent book is shown, then nothing is written."""
    at_break.clerk.visit = OutOfOrder()
    lent = at_break.cast.lent[0].accession
    at_break.scan(lent)
    at_break.clerk.handle(ReturnPressed(lent))

    assert at_break.clerk.visit == OutOfOrder()
    assert at_break.commits == 0


def test_next_reader_is_not_told_of_the_last_slip(at_break: Break) -> None:
    """Given B's farewell, when the printer reports on A's slip, then B is told nothing."""
    at_break.borrow(0, 0)
    at_break.borrow(1, 1)
    at_break.clerk.handle(DonePressed())
    at_break.clerk.handle(PrintReport(at_break.slips[0].slip_number, PrintOutcome.DONE))
    before = at_break.clerk.status.slip
    own = PrintReport(at_break.slips[1].slip_number, PrintOutcome.DONE)
    at_break.clerk.handle(own)

    assert before is None
    assert at_break.clerk.status.slip is own


def test_next_card_gives_up_the_last_slip(at_break: Break) -> None:
    """Given A's visit over, when B's card is shown, then the printer hears that A has gone."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    before = at_break.readers_gone
    at_break.borrow(1)

    assert at_break.readers_gone == before + 1


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Callable[..., Break]]:
    """Makes breaks at one school's station with other settings of its printer."""
    school = DemoSchool(tmp_path / "kiosk.db")

    def make(has_printer: bool = True, **settings: Any) -> Break:
        return Break(school, settings=PrinterSettings(**settings), has_printer=has_printer)

    yield make
    school.engine.dispose()


RECEIPT_MODES = (
    ("always", False, Paper.ASKED),
    ("always", True, Paper.ASKED),
    ("ask", False, Paper.OFFERED),
    ("ask", True, Paper.OFFERED),
    ("timeout", False, Paper.OFFERED),
    ("timeout", True, Paper.ASKED),
    ("never", False, Paper.NONE),
    ("never", True, Paper.NONE),
)
"""Setting, whether the visit ended by itself, and what becomes of its slip."""


def test_each_receipt_mode(asking: Callable[..., Break]) -> None:
    """Given each receipt mode, when a visit is ended or ends by itself, then as the mode says."""
    for place, (receipts, by_itself, paper) in enumerate(RECEIPT_MODES):
        at_break = asking(receipts=receipts)
        at_break.borrow(place, place)
        at_break.clerk.handle(None if by_itself else DonePressed())
        slips = paper is Paper.ASKED

        assert isinstance(at_break.clerk.visit, Finished)
        assert at_break.clerk.visit.paper is paper, receipts
        assert at_break.clerk.visit.slip_number
        assert len(at_break.slips) == slips, receipts
        assert at_break.slip_rows()[-1] == ("queued" if slips else "unwanted", "", 0)


def test_offered_slip_is_printed_when_touched(asking: Callable[..., Break]) -> None:
    """Given a slip on offer, when Chữ to is touched twice, then one large slip, not a reprint."""
    at_break = asking(receipts="ask")
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    at_break.now = 3.0
    for _ in range(2):
        at_break.clerk.handle(PrintPressed(large=True))

    (slip,) = at_break.slips
    assert (slip.is_large, slip.is_reprint) == (True, False)
    assert [line.accession for line in slip.lent] == [at_break.cast.shelved[0].accession]
    assert at_break.shown[-1].ends_at == 9.0
    assert at_break.slip_rows() == [("queued", "", 0)]


def test_reprint_is_had_once_and_stamped(at_break: Break) -> None:
    """Given a slip printed in part, when In lại is touched thrice, then one stamped reprint."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    at_break.clerk.handle(PrintPressed())  # it is on its way: nothing happens
    at_break.printed(PrintOutcome.PARTIAL)
    for _ in range(3):
        at_break.clerk.handle(PrintPressed())
        at_break.printed(PrintOutcome.DONE)

    first, again = at_break.slips
    assert (first.is_reprint, again.is_reprint) == (False, True)
    assert replace(again, is_reprint=False) == first
    assert at_break.slip_rows() == [("done", "", 1)]


def test_held_slip_is_not_asked_for_twice(at_break: Break) -> None:
    """Given a held slip, when printing is touched, then it stays in line and is no reprint."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    at_break.printed(PrintOutcome.HELD, Trouble.PAPER_OUT)
    at_break.clerk.handle(PrintPressed())

    assert len(at_break.slips) == 1
    assert at_break.slip_rows() == [("held", "paper-out", 0)]


def test_slip_names_nobody_unless_asked(asking: Callable[..., Break]) -> None:
    """Given the usual settings and others, when printed, then a name only where it is wanted."""
    slips = []
    for copy, settings in enumerate(({}, {"print_name": True, "print_class": True})):
        at_break = asking(**settings)
        at_break.borrow(0, copy)
        at_break.clerk.handle(DonePressed())
        slips.append(at_break.slips[0])
    pupil = at_break.cast.free_pupils[0]

    assert [(slip.reader, slip.homeroom) for slip in slips] == [
        ("", ""),
        (pupil.name, pupil.homeroom),
    ]
    assert slips[-1].card_ending == pupil.card[-4:]


def test_station_without_printer_still_numbers(asking: Callable[..., Break]) -> None:
    """Given no printer, when a visit ends, then its slip has a number and no paper."""
    at_break = asking(has_printer=False)
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    at_break.clerk.handle(PrintPressed())

    assert isinstance(at_break.clerk.visit, Finished)
    assert (at_break.clerk.visit.paper, at_break.slips) == (Paper.NONE, [])
    assert at_break.clerk.visit.slip_number


def test_printer_news_reach_screen_and_hub(at_break: Break) -> None:
    """Given news of the printer, then the status line has them, and the report to the hub."""
    for news in (PrinterNews(Trouble.PAPER_OUT), PrinterNews(paper_low=True), PrinterNews()):
        at_break.clerk.handle(news)
        with at_break.school.engine.begin() as connection:
            kept = printer_status(connection)

        assert at_break.shown[-1].status.printer == news
        assert kept == PrinterStatus(news.trouble or "", news.paper_low)


def test_fault_in_a_visit_closes_its_slip(at_break: Break) -> None:
    """Given a visit with a loan, when a fault of ours ends it, then its slip is printed once."""
    at_break.borrow(0, 0)
    at_break.break_records("edition", broken=True)
    with capture_logs() as log:
        at_break.clerk.handle_safely(
            Scan(at_break.cast.shelved[1].accession, Symbology.QR, at_break.now)
        )
    at_break.break_records("edition", broken=False)
    at_break.clerk.handle_safely(None)

    assert [line["event"] for line in log] == ["clerk.fault"]
    assert at_break.clerk.visit == Waiting()
    assert len(at_break.slips) == 1
    assert at_break.slip_rows() == [("queued", "", 0)]


def test_fault_of_the_slips_closes_them_later(at_break: Break) -> None:
    """Given records of slips that fail, when they are back, then the slip is not left open."""
    at_break.borrow(0, 0)
    at_break.break_records("receipt_job", broken=True)
    with capture_logs():
        at_break.clerk.handle_safely(DonePressed())
        at_break.clerk.handle_safely(None)
    still_broken = at_break.clerk.visit
    at_break.break_records("receipt_job", broken=False)
    at_break.clerk.handle_safely(None)

    assert still_broken == OutOfOrder()
    assert at_break.clerk.visit == Waiting()
    assert at_break.slip_rows() == [("expired", "visit broken off", 0)]
    assert at_break.slips == []


def test_two_codes_are_asked_apart(at_break: Break) -> None:
    """Given two codes at once, then the visit stays and one code at a time is asked for."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(TwoCodes(0.0))

    assert isinstance(at_break.clerk.visit, Serving)
    assert at_break.clerk.visit.notice == Refused(Refusal.TWO_CODES)
    assert len(at_break.clerk.visit.acts) == 1


def test_every_act_starts_the_wait_anew(at_break: Break) -> None:
    """Given 20 s of patience, when a book comes after 15, then the visit has 20 s again."""
    at_break.borrow(0, 0)
    at_break.now = 15.0
    at_break.scan(at_break.cast.shelved[1].accession)

    assert at_break.shown[-1].ends_at == 35.0
    assert at_break.shown[-1].patience_s == 20.0


def test_revoked_station_leaves_nobody_on_the_screen(at_break: Break) -> None:
    """Given a visit, when the hub has revoked the station, then it is gone, without a slip."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(SyncReport(HubState.REVOKED, waiting=1))

    assert at_break.clerk.visit == Waiting()
    assert at_break.shown[-1].status.hub is HubState.REVOKED


def test_devices_change_status_not_visit(at_break: Break) -> None:
    """Given a visit, when camera, hub and printer report, then only the status line changes."""
    visit = at_break.borrow(0, 0)
    at_break.clerk.handle(CameraLost("0", "unplugged"))
    at_break.clerk.handle(HandScannerLost("auto", "missing"))
    at_break.clerk.handle(SyncReport(HubState.AWAY, waiting=3))
    lost = at_break.clerk.status
    at_break.clerk.handle(CameraBack("0"))
    at_break.clerk.handle(HandScannerBack("Barcode Scanner"))

    assert at_break.clerk.visit == visit
    assert (lost.camera, lost.waiting_events) == (CameraState.LOST, 3)
    assert at_break.clerk.status.camera is CameraState.SEEING
    assert (lost.hand_scanner_lost, at_break.clerk.status.hand_scanner_lost) == (True, False)


def test_printers_word_is_kept(at_break: Break) -> None:
    """Given a slip that failed, then the screen's status and the slip's row say so."""
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())
    at_break.printed(PrintOutcome.HELD, Trouble.ABSENT)

    assert at_break.clerk.status.slip is not None
    assert at_break.clerk.status.slip.outcome is PrintOutcome.HELD
    assert at_break.slip_rows() == [("held", "absent", 0)]


def test_our_mistake_shows_out_of_order_then_recovers(at_break: Break) -> None:
    """Given records that break, when a card comes, then out of order, and later waiting."""
    with at_break.school.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE card RENAME TO gone")
    at_break.clerk.handle_safely(Scan("HS204817", Symbology.QR, 0.0))
    broken = at_break.clerk.visit
    with at_break.school.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO card")
    at_break.clerk.handle_safely(None)

    assert broken == OutOfOrder()
    assert at_break.clerk.visit == Waiting()
    assert isinstance(at_break.borrow(0, 0), Serving)


def test_nothing_is_shown_before_it_is_on_disk(at_break: Break) -> None:
    """Given a screen that looks into the file, then each loan it is shown is there already."""
    seen: list[int] = []

    def look(shown: Shown) -> None:
        acts = getattr(shown.visit, "acts", ())
        with at_break.school.engine.begin() as connection:
            for act in acts:
                assert isinstance(act, CheckedOut)
                found = connection.exec_driver_sql(
                    "SELECT count(*) FROM loan WHERE id = ?", (act.loan_id.hex,)
                )
                seen.append(found.scalar_one())

    at_break.clerk._show_on_screen = look
    at_break.borrow(0, 0, 1)

    assert seen == [1, 1, 1]
    assert at_break.commits == 2


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("did not come about within 5 s")


def test_the_thread_ends_visits_by_itself(at_break: Break) -> None:
    """Given the running thread, when a visit's time is up, then it ends without any event."""
    at_break.clerk._settings = VisitSettings(idle_s=5, farewell_s=2)
    thread = threading.Thread(target=at_break.clerk.run)
    thread.start()
    at_break.clerk.tell(Scan(at_break.cast.free_pupils[0].card, Symbology.QR, 0.0))
    at_break.clerk.tell(Scan(at_break.cast.shelved[0].accession, Symbology.QR, 0.0))
    _until(lambda: len(getattr(at_break.clerk.visit, "acts", ())) == 1)
    at_break.now = 60.0
    at_break.clerk.tell(SyncReport(HubState.REACHED, waiting=0))
    _until(lambda: isinstance(at_break.clerk.visit, Finished))
    at_break.clerk.tell(Stopped())
    thread.join(5)

    assert not thread.is_alive()
    assert len(at_break.slips) == 1


def test_stopping_in_a_visit_keeps_the_slip(at_break: Break) -> None:
    """Given a visit in progress, when the program ends, then its slip is closed, not lost."""
    at_break.borrow(0, 0)
    at_break.clerk.tell(Stopped())
    at_break.clerk.run()

    assert len(at_break.slips) == 1


def test_clock_of_the_school_dates_the_slip(at_break: Break) -> None:
    """Given the school's clock, then the slip bears its time."""
    at_break.school.clock.advance(timedelta(minutes=5))
    at_break.borrow(0, 0)
    at_break.clerk.handle(DonePressed())

    assert at_break.slips[0].printed_at == at_break.school.clock.now()
