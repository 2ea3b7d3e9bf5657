"""What a reader finds without a visit: the pages there are, and what can be touched on them.

A page lies over the visit and changes nothing in it; it gives way as soon as a card or a book
is held up. Keeps out Kivy, SQL, the clock, and what a touch leads to (`kiosk.browser`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from db.identifiers import CARD_DIGITS, Numbering
from kiosk.wording import Language

LONGEST_TYPED = 60
"""Characters of a search; nobody types more standing."""
LONGEST_WISH = 100
"""Characters of a wished title (S80)."""
LONGEST_NUMBER = 6
"""Digits of a card or a label."""


@dataclass(frozen=True, slots=True)
class View:
    """How the one who stands here wants the screen; forgotten when they are gone."""

    language: Language | None = None
    """None for the station's own."""
    large: bool = False
    high_contrast: bool = False


PLAIN = View()


class Kind(StrEnum):
    """By what a search can be narrowed."""

    GRADE = "grade"
    SUBJECT = "subject"
    KHO = "kho"
    CLASS = "class"
    """Môn loại."""
    TAG = "tag"
    """Tủ sách."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things a search can be narrowed to."""

    value: str
    name: str
    """In words."""


Options = Mapping[Kind, tuple[Option, ...]]
Chosen = tuple[tuple[Kind, Option], ...]
"""What a search is narrowed to, at most one of each kind."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies of a book stand, and how many."""

    kho: str
    """Its name in words; its prefix where it has none."""
    shelf: str
    row: str
    corner: str
    available: int
    in_library: int
    on_loan: int


@dataclass(frozen=True, slots=True)
class Book:
    """One edition, as a reader looks at it."""

    edition_id: UUID
    title: str
    authors: str
    publisher: str
    year: int | None
    grade: int | None
    subject: str
    kho: str
    for_teachers: bool
    in_sets: bool
    """Whether it is handed out with a textbook set only."""
    places: tuple[Place, ...]

    @property
    def available(self) -> int:
        """Copies ready to be taken home now."""
        return sum(place.available for place in self.places)

    @property
    def in_library(self) -> int:
        """Copies to be read here and only here."""
        return sum(place.in_library for place in self.places)

    @property
    def on_loan(self) -> int:
        """Copies that somebody has."""
        return sum(place.on_loan for place in self.places)


@dataclass(frozen=True, slots=True)
class Books:
    """What answers a search."""

    books: tuple[Book, ...] = ()
    total: int = 0
    """Also those that were not read."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Words typed, filters chosen, and what answers."""

    typed: str = ""
    chosen: Chosen = ()
    only_ready: bool = False
    found: Books = Books()
    at: int = 0
    """Place of the first book that is shown."""
    choosing: Kind | None = None
    """The filter whose options are shown in place of the keys."""
    option_at: int = 0
    """Place of the first option that is shown."""
    options: Options = field(default_factory=dict)
    has_keys: bool = True
    """Whether the keyboard is shown; without it there is more room for books."""

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.typed.strip() or self.chosen)


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """The books of one shelf of the idle screen: the new ones (no name), or those of a theme."""

    name: str
    books: tuple[Book, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class BookPage:
    """One book: where it stands, how many are left."""

    book: Book
    back: SearchPage | ShelfPage
    asks_card: bool = False
    """Whether the card is asked for, to keep the book for its reader."""


@dataclass(frozen=True, slots=True)
class NumberPage:
    """The number of a card or a label, typed because the code is torn."""

    registers: tuple[Numbering, ...]
    prefix: str
    digits: str = ""

    @property
    def is_card(self) -> bool:
        """Whether it is a card's."""
        return self.prefix in CARD_DIGITS

    @property
    def width(self) -> int:
        """Digits there are to be in all."""
        of_label = {register.prefix: register.width for register in self.registers}
        return CARD_DIGITS.get(self.prefix) or of_label.get(self.prefix, LONGEST_NUMBER)

    @property
    def code(self) -> str:
        """What the code would say if it were whole; a label's number may be typed short."""
        if self.is_card:
            return self.prefix + self.digits
        return f"{self.prefix}.{self.digits.zfill(self.width)}"


class Sent(StrEnum):
    """How far a wish has come."""

    TYPING = "typing"
    ASKS_CARD = "asks-card"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class WishPage:
    """A title that the library should buy."""

    typed: str = ""
    sent: Sent = Sent.TYPING


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The library's own rules."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """How it works, in three pictures, and what to do when it does not."""


@dataclass(frozen=True, slots=True)
class PracticePage:
    """A practice begins as soon as its school is made."""


Page = (
    SearchPage | ShelfPage | BookPage | NumberPage | WishPage | RulesPage | HelpPage | PracticePage
)


class Door(StrEnum):
    """What can be opened from the idle screen."""

    SEARCH = "search"
    NUMBER = "number"
    RULES = "rules"
    HELP = "help"
    WISH = "wish"
    PRACTICE = "practice"


class Mode(StrEnum):
    """How the screen can be changed by one touch."""

    LANGUAGE = "language"
    LARGE = "large"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class BrowseEvent:
    """Something was touched beside the visit."""


@dataclass(frozen=True, slots=True)
class DoorPressed(BrowseEvent):
    """A page was asked for."""

    door: Door


@dataclass(frozen=True, slots=True)
class ModePressed(BrowseEvent):
    """The screen is to look, or speak, otherwise."""

    mode: Mode


@dataclass(frozen=True, slots=True)
class ShelfPressed(BrowseEvent):
    """A shelf of the idle screen was touched; the new books' has no name."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyPressed(BrowseEvent):
    """A key was touched."""

    sign: str


@dataclass(frozen=True, slots=True)
class ErasePressed(BrowseEvent):
    """The last sign is to go."""


@dataclass(frozen=True, slots=True)
class EnterPressed(BrowseEvent):
    """The typing is over."""


@dataclass(frozen=True, slots=True)
class KeysPressed(BrowseEvent):
    """The keyboard is to come or go."""


@dataclass(frozen=True, slots=True)
class PrefixPressed(BrowseEvent):
    """The letters of a card or register were chosen."""

    prefix: str


@dataclass(frozen=True, slots=True)
class KindPressed(BrowseEvent):
    """A filter was touched, to see what it can be set to."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class OptionPressed(BrowseEvent):
    """A filter was set, or with None taken away."""

    kind: Kind
    option: Option | None


@dataclass(frozen=True, slots=True)
class ReadyPressed(BrowseEvent):
    """Only what can be taken home now is to be shown, or everything again."""


@dataclass(frozen=True, slots=True)
class TurnPressed(BrowseEvent):
    """The next books are to be shown, or with a negative number those before."""

    by: int


@dataclass(frozen=True, slots=True)
class BookPressed(BrowseEvent):
    """A book was touched."""

    edition_id: UUID


@dataclass(frozen=True, slots=True)
class KeepPressed(BrowseEvent):
    """The book on the page is to be kept for whoever shows a card now."""


@dataclass(frozen=True, slots=True)
class BackPressed(BrowseEvent):
    """The page is to be left."""


@dataclass(frozen=True, slots=True)
class LookAgain(BrowseEvent):
    """Time to see whether the library has opened, closed, or has something new to say."""
