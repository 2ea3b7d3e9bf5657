"""What the pages ask of the library's records, in the words of the pages. No SQL, no screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from db.catalogue import Catalogue, Hit
from db.catalogue_choices import choices, numberings
from db.catalogue_reader import Filters
from db.identifiers import Numbering
from db.library import Library
from db.notice_board import NoticeBoard
from db.notices import Board
from db.states import LendingMode
from db.wishes import Wishes
from kiosk.browsing import Book, Books, Chosen, Kind, Option, Options, Place

MOST_READ = 40
"""Books read for one search; whoever wants another types more of it."""


class LibraryShelves:
    """One library's catalogue, notice board and list of wishes."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._catalogue = Catalogue(library.engine, library.school_id)
        self._board = NoticeBoard(library)
        self._wishes = Wishes(library)
        self._kho: Mapping[str, str] = {}

    def board(self) -> Board | None:
        """What the library tells everyone now."""
        return self._board.board()

    def options(self) -> Options:
        """To what a search can be narrowed; only kinds that leave a choice."""
        there = choices(self._library.engine, self._library.school_id)
        found = {
            Kind.GRADE: tuple(Option(str(grade), str(grade)) for grade in there.grades),
            Kind.SUBJECT: tuple(Option(name, name) for name in there.subjects),
            Kind.KHO: tuple(Option(*pair) for pair in there.kho),
            Kind.CLASS: tuple(Option(*pair) for pair in there.classes),
            Kind.TAG: tuple(Option(name, name) for name in there.tags),
        }
        return {kind: options for kind, options in found.items() if options}

    def registers(self) -> tuple[Numbering, ...]:
        """The runs of numbers that stand on labels."""
        return numberings(self._library.engine, self._library.school_id)

    def find(self, typed: str, chosen: Chosen, *, only_ready: bool) -> Books:
        """What answers a search, best first; with nothing typed, all that the filters leave."""
        asked = typed.strip() or next((_words(*pair) for pair in chosen), "")
        wanted: dict[str, Any] = {_FILTERS[kind]: option.value for kind, option in chosen}
        if Kind.GRADE in dict(chosen):
            wanted["grade"] = int(wanted["grade"])
        found = self._catalogue.find(
            asked, Filters(**wanted, only_available=only_ready), limit=MOST_READ
        )
        return Books(self._books(found.hits), found.total)

    def books(self, editions: tuple[UUID, ...]) -> tuple[Book, ...]:
        """The records of some editions, in their order."""
        return self._books(self._catalogue.records(editions))

    def wish(self, patron_id: UUID, title: str) -> None:
        """Note that a reader wishes for a title; on disk when this returns."""
        self._wishes.make(patron_id, title)

    def _books(self, hits: tuple[Hit, ...]) -> tuple[Book, ...]:
        names = {register.prefix: register.name for register in self.registers()} if hits else {}
        return tuple(_book(hit, lambda kho: names.get(kho, kho)) for hit in hits)


_FILTERS = {
    Kind.GRADE: "grade",
    Kind.SUBJECT: "subject",
    Kind.KHO: "kho",
    Kind.CLASS: "class_19",
    Kind.TAG: "tag",
}


def _words(kind: Kind, option: Option) -> str:
    """What a filter alone asks for, in words that stand in the index."""
    if kind is Kind.GRADE:
        return f"lớp {option.value}"
    return option.value if kind is Kind.KHO else option.name


def _book(hit: Hit, kho_name: Callable[[str], str]) -> Book:
    places = tuple(
        Place(
            kho_name(shelf.kho), shelf.shelf, shelf.row, shelf.corner,
            shelf.available, shelf.in_library, shelf.on_loan,
        )
        for shelf in hit.shelves
    )  # fmt: skip
    return Book(
        hit.edition_id,
        f"{hit.title}, {hit.volume}" if hit.volume else hit.title,
        hit.authors,
        hit.publisher,
        hit.year,
        hit.grade,
        hit.subject,
        kho_name(hit.shelves[0].kho) if hit.shelves else "",
        hit.lending is LendingMode.TEACHERS,
        hit.lending is LendingMode.TEXTBOOK_SET,
        places,
    )
