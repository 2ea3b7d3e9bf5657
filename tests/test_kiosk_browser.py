"""Pages beside the visit: what a touch makes of them, and that they give way and are forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from config.settings import PrinterSettings, VisitSettings
from db import rulebook
from db.models import Wish
from db.sync.report import HubState, SyncReport
from kiosk.browser import PAGE_S, VIEW_S, Browser
from kiosk.browsing import (
    PLAIN,
    BackPressed,
    BookPage,
    BookPressed,
    BrowseEvent,
    Door,
    DoorPressed,
    EnterPressed,
    ErasePressed,
    KeepPressed,
    KeyPressed,
    KeysPressed,
    Kind,
    KindPressed,
    LookAgain,
    Mode,
    ModePressed,
    NumberPage,
    OptionPressed,
    PrefixPressed,
    ReadyPressed,
    SearchPage,
    Sent,
    ShelfPage,
    ShelfPressed,
    TurnPressed,
    View,
    WishPage,
)
from kiosk.clerk import Clerk
from kiosk.events import KioskEvent, Shown
from kiosk.receipts import SlipDesk
from kiosk.shelves import LibraryShelves
from kiosk.visit import Finished, Serving, Waiting
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool, copy_of_demo_school


@dataclass
class Station:
    """A clerk with real records and pages, without threads."""

    school: DemoSchool
    now: float = 100.0
    shown: list[Shown] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cast = self.school.cast()
        slips = SlipDesk(
            self.school.engine, self.school.clock, "Trường", "Trạm 1", PrinterSettings()
        )
        self.browser = Browser(LibraryShelves(self.school.desk.library), lambda: self.now)
        self.clerk = Clerk(
            self.school.sure, slips, VisitSettings(), self.shown.append,
            now=lambda: self.now, browser=self.browser,
        )  # fmt: skip

    def tell(self, *events: KioskEvent | None) -> Shown:
        """Let things happen; give what is shown after them."""
        for event in events:
            self.clerk.handle(event)
        return self.shown[-1]

    def scan(self, text: str) -> Shown:
        return self.tell(Scan(text, Symbology.QR, self.now))

    def type(self, text: str) -> Shown:
        return self.tell(*map(KeyPressed, text))

    def search(self, text: str) -> SearchPage:
        """Open the search and type."""
        self.tell(DoorPressed(Door.SEARCH))
        page = self.type(text).page
        assert isinstance(page, SearchPage)
        return page

    def open_book(self, text: str) -> BookPage:
        """Find a book and touch it."""
        found = self.search(text).found.books[0]
        page = self.tell(BookPressed(found.edition_id)).page
        assert isinstance(page, BookPage)
        return page


@pytest.fixture
def station(tmp_path: Path, demo_template: Path) -> Iterator[Station]:
    """A station over the demo school."""
    school = copy_of_demo_school(tmp_path / "kiosk.db", demo_template)
    yield Station(school)
    school.engine.dispose()


def titles(page: SearchPage) -> list[str]:
    return [book.title for book in page.found.books]


@pytest.mark.parametrize("typed", ["dat rung phuong nam", "dat rung", "doan gioi"])
def test_typing_finds_live(station: Station, typed: str) -> None:
    """Given the search (S13), when letters are typed without accents, then the book comes first."""
    page = station.search(typed)

    assert titles(page)[0] == "Đất rừng phương Nam"
    assert station.shown[-1].page == page
    assert page.found.books[0].available + page.found.books[0].on_loan > 0  # còn n bản (S11)


def test_every_key_shows_what_answers(station: Station) -> None:
    """Given a search, when a sign is taken back, then more answers again at once."""
    few = station.search("de men")
    more = station.tell(*[ErasePressed()] * 4).page

    assert isinstance(more, SearchPage)
    assert more.typed == "de"
    assert len(few.found.books) < len(more.found.books)


def test_filter_narrows_what_was_typed(station: Station) -> None:
    """Given answers of several grades, when a grade is chosen, then only its books are left."""
    page = station.search("toan")
    grade = page.options[Kind.GRADE][0]
    station.tell(KindPressed(Kind.GRADE))

    narrowed = station.tell(OptionPressed(Kind.GRADE, grade)).page

    assert isinstance(narrowed, SearchPage)
    assert {book.grade for book in narrowed.found.books} == {6}
    assert narrowed.choosing is None
    assert 0 < narrowed.found.total < page.found.total


def test_filter_alone_lists_its_books(station: Station) -> None:
    """Given nothing typed, when only a kind of book is chosen, then its books are listed."""
    station.tell(DoorPressed(Door.SEARCH), KindPressed(Kind.KHO))
    options = station.shown[-1].page.options[Kind.KHO]  # type: ignore[union-attr]
    for_children = next(option for option in options if option.value == "STN")

    page = station.tell(OptionPressed(Kind.KHO, for_children)).page

    assert isinstance(page, SearchPage)
    assert {book.kho for book in page.found.books} == {"Sách thiếu nhi"}
    assert station.tell(OptionPressed(Kind.KHO, None)).page == SearchPage(
        options=page.options, found=page.found.__class__()
    )


def test_only_what_stands_ready(station: Station) -> None:
    """Given answers, when only books on the shelf are wanted, then each has a copy to take."""
    everything = station.search("sach")

    page = station.tell(ReadyPressed()).page

    assert isinstance(page, SearchPage)
    assert page.found.books
    assert all(book.available for book in page.found.books)
    assert page.found.total <= everything.found.total


def test_turning_stays_within_the_answers(station: Station) -> None:
    """Given answers, when turned forth and back too far, then the first book never is passed."""
    count = len(station.search("toan").found.books)

    places = [station.tell(TurnPressed(by)).page.at for by in (6, -6, -6, count)]  # type: ignore[union-attr]

    assert places == [6, 0, 0, 0]


def test_book_page_leads_back_to_its_answers(station: Station) -> None:
    """Given a book was opened, when back is touched twice, then answers, then the idle screen."""
    page = station.open_book("dat rung")

    assert station.tell(BackPressed()).page == page.back
    assert station.tell(BackPressed()).page is None


def test_card_gives_way_to_its_visit(station: Station) -> None:
    """Given a page, when a card is held up, then its visit is shown and the page is forgotten."""
    station.search("dat rung")

    shown = station.scan(station.cast.free_pupils[0].card)

    assert isinstance(shown.visit, Serving)
    assert shown.page is None


def test_book_gives_way_to_its_return(station: Station) -> None:
    """Given a page, when a book alone is held up, then its return is answered."""
    station.tell(DoorPressed(Door.RULES))

    shown = station.scan(station.cast.lent[0].accession)

    assert (shown.page, isinstance(shown.visit, Waiting)) == (None, True)
    assert shown.visit != Waiting()


def test_page_leaves_by_itself(station: Station) -> None:
    """Given a page nobody touches, when its time is over, then the idle screen is back."""
    shown = station.tell(DoorPressed(Door.HELP))

    assert (shown.ends_at, shown.patience_s) == (100.0 + PAGE_S, PAGE_S)
    assert station.tell(None) == Shown(Waiting(), shown.status, board=shown.board)


def test_page_over_a_visit_keeps_it(station: Station) -> None:
    """Given a pupil has borrowed, when they search and go back, then the visit is as it was."""
    station.scan(station.cast.free_pupils[0].card)
    visit = station.scan(station.cast.shelved[0].accession).visit

    station.search("dat rung")
    shown = station.tell(BackPressed())

    assert (shown.visit, shown.page) == (visit, None)
    assert shown.patience_s == VisitSettings().idle_s


def test_time_ends_page_and_visit_alike(station: Station) -> None:
    """Given a pupil went away from a search, when time is over, then their visit is over too."""
    station.scan(station.cast.free_pupils[0].card)
    station.scan(station.cast.shelved[0].accession)
    station.search("dat rung")

    shown = station.tell(None)

    assert (isinstance(shown.visit, Finished), shown.page) == (True, None)


def test_look_lasts_for_one_visit(station: Station) -> None:
    """Given English and large text, when the visit is over, then the station is as before."""
    station.tell(ModePressed(Mode.LANGUAGE), ModePressed(Mode.LARGE), ModePressed(Mode.CONTRAST))
    chosen = View("en", large=True, high_contrast=True)
    pupil = station.cast.free_pupils[0]

    views = [station.shown[-1].view, station.scan(pupil.card).view]
    views += [station.scan(station.cast.shelved[0].accession).view, station.scan(pupil.card).view]
    assert views == [chosen] * 4
    assert station.tell(None).view == PLAIN


def test_look_nobody_uses_goes_back(station: Station) -> None:
    """Given English on the idle screen, when nobody comes, then it is Vietnamese again."""
    shown = station.tell(ModePressed(Mode.LANGUAGE))

    assert (shown.view.language, shown.patience_s) == ("en", VIEW_S)
    assert station.tell(None).view == PLAIN
    assert station.tell(ModePressed(Mode.LANGUAGE), ModePressed(Mode.LANGUAGE)).view == PLAIN


@pytest.mark.parametrize(("prefix", "digits"), [("card", ""), ("label", "")])
def test_typed_number_is_a_scan(station: Station, prefix: str, digits: str) -> None:
    """Given a torn code, when its number is typed, then it does what the code would have done."""
    if prefix == "card":
        pupil = station.cast.free_pupils[0]
        station.tell(DoorPressed(Door.NUMBER))
        shown = station.type(pupil.card.removeprefix("HS"))
        assert isinstance(shown.page, NumberPage)
        assert shown.page.code == pupil.card
        visit = station.tell(EnterPressed()).visit
        assert isinstance(visit, Serving)
        assert visit.patron.patron_id == pupil.id
    else:
        copy = station.cast.lent[0].accession
        kho, number = copy.split(".")
        station.tell(DoorPressed(Door.NUMBER), PrefixPressed(kho))
        station.type(number.lstrip("0"))
        visit = station.tell(EnterPressed()).visit
        assert visit.notice.accession == copy  # type: ignore[union-attr]


def test_number_of_a_book_comes_first_in_a_visit(station: Station) -> None:
    """Given a pupil is served, when a number is typed, then a book's is expected, and lent."""
    station.scan(station.cast.free_pupils[0].card)
    copy = station.cast.shelved[0].accession
    kho, number = copy.split(".")

    page = station.tell(DoorPressed(Door.NUMBER)).page
    assert isinstance(page, NumberPage)
    assert not page.is_card
    station.tell(PrefixPressed(kho), PrefixPressed("no such"))
    station.type(number)
    shown = station.tell(EnterPressed())

    assert isinstance(shown.visit, Serving)
    assert [act.accession for act in shown.visit.acts] == [copy]


def test_empty_number_is_no_scan(station: Station) -> None:
    """Given no digit, or letters, when enter is touched, then the pad stays."""
    station.tell(DoorPressed(Door.NUMBER), KeyPressed("x"))

    assert station.tell(ErasePressed(), EnterPressed()).page == NumberPage(
        station.browser.page.registers,  # type: ignore[union-attr]
        "HS",
    )


def wishes(station: Station) -> list[str]:
    with station.school.engine.begin() as connection:
        return list(connection.execute(select(Wish.title)).scalars())


def test_wish_needs_a_card_and_nothing_else(station: Station) -> None:
    """Given a title was typed (S80), when a card is shown, then it is noted and said so."""
    station.search("nha gia kim")
    page = station.tell(DoorPressed(Door.WISH)).page
    assert page == WishPage("nha gia kim")
    asks = station.tell(EnterPressed()).page
    assert (asks, wishes(station)) == (WishPage("nha gia kim", Sent.ASKS_CARD), [])

    shown = station.scan(station.cast.free_pupils[0].card)

    assert shown.page == WishPage("nha gia kim", Sent.DONE)
    assert isinstance(shown.visit, Serving)
    assert wishes(station) == ["Nha gia kim"]
    assert station.tell(BackPressed()).page is None


def test_wish_of_a_served_pupil_is_sent_at_once(station: Station) -> None:
    """Given a pupil is served, when their wish is sent, then no card is asked for again."""
    station.scan(station.cast.free_pupils[0].card)
    station.tell(DoorPressed(Door.WISH))
    station.type("x" * 120)

    page = station.tell(EnterPressed()).page

    assert page == WishPage("x" * 100, Sent.DONE)
    assert wishes(station) == ["X" + "x" * 99]


def test_empty_wish_is_not_sent(station: Station) -> None:
    """Given nothing but spaces, when sent, then nothing happens."""
    station.tell(DoorPressed(Door.WISH))
    station.type("  ")

    assert station.tell(EnterPressed()).page == WishPage()


def test_refused_card_sends_no_wish(station: Station) -> None:
    """Given a wish waits for a card, when an unknown one is shown, then nothing is noted."""
    station.tell(DoorPressed(Door.WISH))
    station.type("truyen")
    station.tell(EnterPressed())

    shown = station.scan("HS999999")

    assert (shown.page, wishes(station)) == (None, [])


def test_rules_change_without_a_restart(station: Station) -> None:
    """Given the desk edits the rules (S12), when the station looks again, then they are shown."""
    before = station.shown[-1:] or [station.tell(LookAgain())]
    with station.school.engine.begin() as connection:
        rulebook.choose(connection, 1, house_rules=("Nói khẽ", "Trả đúng hạn"))

    board = station.tell(LookAgain()).board

    assert board is not None
    assert board.house_rules == ("Nói khẽ", "Trả đúng hạn")
    assert before[0].board is not None
    assert before[0].board.house_rules != board.house_rules


def test_reports_of_the_hub_read_no_board(station: Station) -> None:
    """Given the hub is reached, when it reports after each loan, then the board stays the same.

    It is read anew when the hub's records come for the first time, and when the hub is lost.
    """
    at = station.school.clock.now()
    first = station.tell(SyncReport(HubState.REACHED, 0, at)).board
    with station.school.engine.begin() as connection:
        rulebook.choose(connection, 1, house_rules=("Nói khẽ",))

    same = station.tell(SyncReport(HubState.REACHED, 1, at + timedelta(seconds=30))).board
    lost = station.tell(SyncReport(HubState.AWAY, 1, at)).board

    assert same is first
    assert lost is not None
    assert lost.house_rules == ("Nói khẽ",)


def test_new_title_stands_on_the_shelf(station: Station) -> None:
    """Given a title came in today (S16), when its shelf is touched, then it is the first book."""
    board = station.tell(LookAgain()).board
    assert board is not None

    page = station.tell(ShelfPressed("")).page

    assert isinstance(page, ShelfPage)
    assert board.new_titles[0].title == "Dế Mèn phiêu lưu ký"
    assert page.books[0].title == "Dế Mèn phiêu lưu ký"
    assert page.books[0].places[0].shelf == "Giá 1"


def test_theme_comes_and_goes_on_screen(station: Station) -> None:
    """Given a theme with its days (S63), when they are over, then its shelf is gone by itself."""
    board = station.tell(LookAgain()).board
    assert board is not None
    assert [shelf.theme.name for shelf in board.themes] == ["Tủ sách Bác Hồ"]

    station.school.clock.advance(timedelta(days=21))

    later = station.tell(LookAgain()).board
    assert later is not None
    assert later.themes == ()


def test_themed_shelf_is_a_filter(station: Station) -> None:
    """Given a tủ sách (S64), when it is chosen, then its titles are listed and no others."""
    station.tell(DoorPressed(Door.SEARCH))
    page = station.shown[-1].page
    assert isinstance(page, SearchPage)
    (shelf,) = page.options[Kind.TAG]

    found = station.tell(OptionPressed(Kind.TAG, shelf)).page

    assert isinstance(found, SearchPage)
    assert "Búp sen xanh" in titles(found)
    assert 4 <= found.found.total < 10


def test_unknown_shelf_has_no_books(station: Station) -> None:
    """Given a theme that has just ended, when its shelf is touched, then it is empty, not wrong."""
    page = station.tell(ShelfPressed("Chủ đề đã hết")).page

    assert page is not None
    assert page.books == ()  # type: ignore[union-attr]


def test_stale_touches_do_nothing(station: Station) -> None:
    """Given no page, when touches of a page that has gone arrive, then nothing changes."""
    first = station.tell(LookAgain())
    stale: list[BrowseEvent] = [
        KeyPressed("a"), ErasePressed(), EnterPressed(), KeysPressed(), KeepPressed(),
        TurnPressed(3), BookPressed(UUID(int=1)), ReadyPressed(), BackPressed(),
        KindPressed(Kind.TAG), PrefixPressed("HS"),
    ]  # fmt: skip

    for event in stale:
        assert station.tell(event).page is None
    assert station.shown[-1].visit == first.visit


def test_searching_writes_nothing(station: Station) -> None:
    """Given an hour of browsing, when the tables are compared, then nothing has changed."""
    before = everything(station.school)

    for word in ("toan", "dat rung", "ho chi minh"):
        station.search(word)
        station.tell(KeysPressed(), ReadyPressed(), TurnPressed(3), BackPressed())
    station.tell(DoorPressed(Door.RULES), DoorPressed(Door.HELP), LookAgain(), None)

    assert everything(station.school) == before


def everything(school: DemoSchool) -> list[str]:
    """The whole database as text."""
    with school.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return [line for line in driver.iterdump() if "_fts" not in line]


def test_look_goes_with_its_reader(station: Station) -> None:
    """Given A's English in a visit, when B's card follows at once, then B is served as ever."""
    first, second = (patron.card for patron in station.cast.free_pupils[:2])
    station.scan(first)
    assert station.tell(ModePressed(Mode.LANGUAGE)).view != PLAIN

    assert station.scan(second).view == PLAIN
