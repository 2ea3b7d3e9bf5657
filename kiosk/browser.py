"""What becomes of a touch beside the visit: one page, one look of the screen, nothing kept.

It answers the clerk's questions in the clerk's thread. What was typed and chosen lives in the
page and goes with it. Keeps out Kivy, SQL and the visit's own rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from db.identifiers import CARD_DIGITS, Numbering
from db.notices import Board
from kiosk.browsing import (
    LONGEST_TYPED,
    LONGEST_WISH,
    PLAIN,
    BackPressed,
    Book,
    BookPage,
    BookPressed,
    Books,
    BrowseEvent,
    Chosen,
    Door,
    DoorPressed,
    EnterPressed,
    ErasePressed,
    HelpPage,
    KeepPressed,
    KeyPressed,
    KeysPressed,
    KindPressed,
    LookAgain,
    Mode,
    ModePressed,
    NumberPage,
    OptionPressed,
    Options,
    Page,
    PrefixPressed,
    ReadyPressed,
    RulesPage,
    SearchPage,
    Sent,
    ShelfPage,
    ShelfPressed,
    TurnPressed,
    View,
    WishPage,
)
from kiosk.events import HoldPressed
from kiosk.visit import Serving, Visit, Waiting
from kiosk.wording import Language
from scanner.scan import Scan, Source

PAGE_S = 45.0
"""A page that nobody touches is left; reading a book's record takes no longer."""
VIEW_S = 30.0
"""A look chosen on the idle screen is for whoever shows a card soon."""

Follow = Scan | HoldPressed
"""What a touch on a page can make the clerk do."""


class Shelves(Protocol):
    """What the pages ask of the library's records."""

    def board(self) -> Board | None:
        """What the library tells everyone now; None where it has told nothing."""
        ...

    def options(self) -> Options:
        """To what a search can be narrowed."""
        ...

    def registers(self) -> tuple[Numbering, ...]:
        """The runs of numbers that stand on labels."""
        ...

    def find(self, typed: str, chosen: Chosen, *, only_ready: bool) -> Books:
        """What answers a search, best first."""
        ...

    def books(self, editions: tuple[UUID, ...]) -> tuple[Book, ...]:
        """The records of some editions, in their order."""
        ...

    def wish(self, patron_id: UUID, title: str) -> None:
        """Note that a reader wishes for a title; on disk when this returns."""
        ...


class NoShelves:
    """A station that has nothing to look up."""

    def board(self) -> Board | None:
        """Nothing is told."""
        return None

    def options(self) -> Options:
        """Nothing to choose."""
        return {}

    def registers(self) -> tuple[Numbering, ...]:
        """No labels."""
        return ()

    def find(self, typed: str, chosen: Chosen, *, only_ready: bool) -> Books:
        """Nothing answers."""
        return Books()

    def books(self, editions: tuple[UUID, ...]) -> tuple[Book, ...]:
        """No records."""
        return ()

    def wish(self, patron_id: UUID, title: str) -> None:
        """Nobody to tell."""


class Browser:
    """The page that lies over the visit, how the screen looks, and what the idle screen tells."""

    def __init__(
        self,
        shelves: Shelves,
        now: Callable[[], float] = time.monotonic,
        language: Language = "vi",
    ) -> None:
        """Start with no page.

        Args:
            shelves: The records.
            now: The clock of `Scan.seen_at`, in seconds.
            language: The station's own.
        """
        self._shelves, self._now, self._language = shelves, now, language
        self.page: Page | None = None
        self.view: View = PLAIN
        self.board: Board | None = shelves.board()

    def handle(self, event: BrowseEvent, visit: Visit) -> Follow | None:
        """Make of a touch what it asks for; perhaps it goes on with something of the clerk's."""
        match event:
            case LookAgain():
                self.board = self._shelves.board()
            case ModePressed(mode):
                self.view = self._changed(mode)
            case DoorPressed(door):
                self.page = self._opened(door, visit)
            case ShelfPressed(name):
                self.page = self._shelf(name)
            case BackPressed():
                self.page = _before(self.page)
            case _:
                return self._on_page(event, visit)
        return None

    def give_way(self, visit: Visit) -> None:
        """Leave the page to what is shown now; when nobody is here, the look as well."""
        self.page = None
        if visit == Waiting():
            self.forget_look()

    def forget_look(self) -> None:
        """Let the language and letters that somebody chose go with them."""
        self.view = PLAIN

    def patience_s(self, visit: Visit) -> float:
        """How long a page or a look waits for its reader, in seconds; 0 where there is none."""
        if self.page is not None:
            return PAGE_S
        return VIEW_S if self.view != PLAIN and visit == Waiting() else 0.0

    def fulfil(self, page: Page | None, visit: Visit) -> Follow | None:
        """Do for the reader who has come what `page` asked a card for."""
        match page:
            case BookPage(book=book, asks_card=True) if isinstance(visit, Serving):
                return HoldPressed(book.edition_id)
            case WishPage(typed=title, sent=Sent.ASKS_CARD):
                self._wished(title, visit)
        return None

    def _changed(self, mode: Mode) -> View:
        view = self.view
        match mode:
            case Mode.LARGE:
                return replace(view, large=not view.large)
            case Mode.CONTRAST:
                return replace(view, high_contrast=not view.high_contrast)
        spoken = view.language or self._language
        other: Language = "en" if spoken == "vi" else "vi"
        return replace(view, language=None if other == self._language else other)

    def _opened(self, door: Door, visit: Visit) -> Page | None:
        match door:
            case Door.SEARCH:
                return SearchPage(options=self._shelves.options())
            case Door.NUMBER:
                registers = self._shelves.registers()
                is_book = isinstance(visit, Serving) and registers
                return NumberPage(registers, registers[0].prefix if is_book else "HS")
            case Door.RULES:
                return RulesPage()
            case Door.HELP:
                return HelpPage()
            case Door.WISH:
                typed = self.page.typed if isinstance(self.page, SearchPage) else ""
                return WishPage(typed[:LONGEST_WISH])
        return self.page

    def _shelf(self, name: str) -> Page | None:
        if self.board is None:
            return self.page
        of_theme = (shelf.titles for shelf in self.board.themes if shelf.theme.name == name)
        titles = next(of_theme, ()) if name else self.board.new_titles
        return ShelfPage(name, self._shelves.books(tuple(title.edition_id for title in titles)))

    def _on_page(self, event: BrowseEvent, visit: Visit) -> Follow | None:
        match self.page:
            case SearchPage() as page:
                self.page = self._searched(page, event)
            case ShelfPage() as page:
                self.page = _on_shelf(page, event)
            case BookPage() as page if isinstance(event, KeepPressed):
                return self._keep(page, visit)
            case NumberPage() as page:
                return self._numbered(page, event)
            case WishPage(sent=Sent.TYPING) as page:
                self._wishing(page, event, visit)
        return None

    def _searched(self, page: SearchPage, event: BrowseEvent) -> Page:
        match event:
            case KeyPressed(sign):
                return self._find(replace(page, typed=_typed(page.typed, sign, LONGEST_TYPED)))
            case ErasePressed():
                return self._find(replace(page, typed=page.typed[:-1]))
            case OptionPressed(kind, option):
                others = tuple(pair for pair in page.chosen if pair[0] is not kind)
                chosen = others if option is None else (*others, (kind, option))
                return self._find(replace(page, chosen=chosen, choosing=None))
            case ReadyPressed():
                return self._find(replace(page, only_ready=not page.only_ready))
            case KindPressed(kind):
                choosing = None if page.choosing is kind else kind
                return replace(page, choosing=choosing, option_at=0, has_keys=True)
            case KeysPressed() | EnterPressed():
                return replace(page, choosing=None, has_keys=not page.has_keys)
            case TurnPressed(by) if page.choosing is not None:
                count = len(page.options.get(page.choosing, ()))
                return replace(page, option_at=_turned(page.option_at, by, count))
            case TurnPressed(by):
                return replace(page, at=_turned(page.at, by, len(page.found.books)))
            case BookPressed(edition_id):
                return _opened_book(page, page.found.books, edition_id)
        return page

    def _find(self, page: SearchPage) -> SearchPage:
        found = Books()
        if page.asks:
            find = self._shelves.find
            found = find(page.typed, page.chosen, only_ready=page.only_ready)
        return replace(page, found=found, at=0)

    def _keep(self, page: BookPage, visit: Visit) -> Follow | None:
        if isinstance(visit, Serving):
            return HoldPressed(page.book.edition_id)
        self.page = replace(page, asks_card=True)
        return None

    def _numbered(self, page: NumberPage, event: BrowseEvent) -> Follow | None:
        match event:
            case KeyPressed(sign) if sign.isdecimal():
                self.page = replace(page, digits=(page.digits + sign)[: page.width])
            case ErasePressed():
                self.page = replace(page, digits=page.digits[:-1])
            case PrefixPressed(prefix):
                known = {*CARD_DIGITS, *(register.prefix for register in page.registers)}
                self.page = NumberPage(page.registers, prefix) if prefix in known else page
            case EnterPressed() if page.digits:
                return Scan(page.code, None, self._now(), Source.TYPED)
        return None

    def _wishing(self, page: WishPage, event: BrowseEvent, visit: Visit) -> None:
        match event:
            case KeyPressed(sign):
                self.page = replace(page, typed=_typed(page.typed, sign, LONGEST_WISH))
            case ErasePressed():
                self.page = replace(page, typed=page.typed[:-1])
            case EnterPressed() if page.typed.strip():
                self.page = replace(page, sent=Sent.ASKS_CARD)
                self._wished(page.typed, visit)

    def _wished(self, title: str, visit: Visit) -> None:
        """Note the wish of whoever is being served; of nobody else."""
        if isinstance(visit, Serving):
            self._shelves.wish(visit.patron.patron_id, title.strip().capitalize())
            self.page = WishPage(title, Sent.DONE)


def _before(page: Page | None) -> Page | None:
    return page.back if isinstance(page, BookPage) else None


def _on_shelf(page: ShelfPage, event: BrowseEvent) -> Page:
    match event:
        case TurnPressed(by):
            return replace(page, at=_turned(page.at, by, len(page.books)))
        case BookPressed(edition_id):
            return _opened_book(page, page.books, edition_id)
    return page


def _opened_book(page: SearchPage | ShelfPage, books: tuple[Book, ...], edition_id: UUID) -> Page:
    found = next((book for book in books if book.edition_id == edition_id), None)
    return page if found is None else BookPage(found, page)


def _turned(at: int, by: int, count: int) -> int:
    after = max(0, at + by)
    return after if after < count else at


def _typed(text: str, sign: str, longest: int) -> str:
    """One sign more; a text begins with no space and has no two together."""
    if sign == " " and (not text or text.endswith(" ")):
        return text
    return (text + sign)[:longest]
