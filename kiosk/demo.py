"""The demo morning: who holds what up to the camera. Keeps out how a film is drawn.

The director plays invented people of the demo school to the real program: it hands
pictures of printed cards and books to the film camera, waits for the screen to answer as
a child would, and shows a thing again when nothing happened.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from printer.cards import (
    CardFace,
    CommandFace,
    LabelFace,
    draw_book_back,
    draw_card,
    draw_command_card,
    draw_isbn,
    draw_label,
)
from scanner.simulated import Pause, Showing

from db.demo import DemoCast, DemoCopy, DemoPatron
from db.identifiers import AccessionNumber, Command
from kiosk.events import Shown
from kiosk.visit import Visit, Waiting

SCHOOL_YEAR = "2026–2027"
DEMO_ISBN = "9786040000002"
"""Invented, with a right check digit; stands for the publisher's code on a back cover."""

ATTEMPTS = 3
"""How often a thing is shown before the director goes on."""

_COVERS = ("#2F6F73", "#B4532F", "#5B4B8A", "#2F7D4F", "#8A5A2B", "#34568B")

Scene = Showing | Pause


class Director:
    """Plays one morning, scene after scene, as the screen answers."""

    def __init__(self, casting: Callable[[int], DemoCast], school: str, seed: int) -> None:
        """Prepare a morning.

        Args:
            casting: Gives who and what can play now, for a seed.
            school: The name printed on cards and labels.
            seed: Another seed plays with other people and books.
        """
        self._casting = casting
        self._school = school
        self._seed = seed
        self._visit: Visit = Waiting()
        self._answered = threading.Event()
        self._takes = itertools.count(seed * 1000)

    def watch(self, shown: Shown) -> None:
        """See what the screen shows; called from the clerk's thread."""
        if shown.visit != self._visit:
            self._visit = shown.visit
            self._answered.set()

    def morning(self) -> Iterator[Scene]:
        """One morning of nine small stories."""
        cast = self._casting(self._seed)
        books = iter(cast.shelved)
        anna, late, greedy = cast.free_pupils[0], cast.late_pupils[0], cast.free_pupils[1]
        yield Pause(1.5)
        yield from self._borrow(anna, [next(books), next(books)])
        yield from self._show(self._card(anna))
        yield from self._rest()
        yield from self._show(self._book(cast.lent[0]))
        yield from self._too_late(late, next(books))
        yield from self._show(self._back_cover(next(books)))
        yield from self._borrow(cast.teachers[0], [next(books)])
        yield from self._borrow(greedy, [next(books) for _ in range(4)])
        yield from self._show(self._book(cast.reference[0]))
        yield from self._show(self._end_card())
        yield from self._rest()

    def mornings(self) -> Iterator[Scene]:
        """Mornings without end, each with other people."""
        while True:
            yield from self.morning()
            self._seed += 1

    def short_morning(self) -> Iterator[Scene]:
        """Two pupils, three books: enough to be killed in."""
        cast = self._casting(self._seed)
        books = iter(cast.shelved)
        for pupil in cast.free_pupils[:2]:
            yield from self._borrow(pupil, [next(books), next(books)])
            yield from self._show(self._end_card())

    def _borrow(self, patron: DemoPatron, copies: list[DemoCopy]) -> Iterator[Scene]:
        yield from self._show(self._card(patron))
        for copy in copies:
            yield from self._show(self._book(copy))

    def _too_late(self, pupil: DemoPatron, wish: DemoCopy) -> Iterator[Scene]:
        """A pupil with an overdue copy is refused, brings it back, and then borrows."""
        yield from self._borrow(pupil, [wish])
        yield from self._show(self._end_card())
        for copy in pupil.holds:
            yield from self._show(self._book(copy))
        yield from self._borrow(pupil, [wish])
        yield from self._show(self._end_card())
        yield from self._rest()

    def _show(self, thing: tuple[NDArray[np.uint8], float]) -> Iterator[Scene]:
        """Hold a thing up until the screen answers, at most `ATTEMPTS` times."""
        picture, width_mm = thing
        for _ in range(ATTEMPTS):
            self._answered.clear()
            yield Showing(picture, width_mm, seed=next(self._takes))
            yield Pause(0.5)
            if self._answered.is_set():
                return

    def _rest(self) -> Iterator[Scene]:
        """Wait for the farewell to go by."""
        for _ in range(16):
            yield Pause(0.5)
            if isinstance(self._visit, Waiting):
                return

    def _card(self, patron: DemoPatron) -> tuple[NDArray[np.uint8], float]:
        face = CardFace(self._school, patron.name, patron.homeroom, patron.card, SCHOOL_YEAR)
        return _pixels(draw_card(face)), 85.6

    def _book(self, copy: DemoCopy) -> tuple[NDArray[np.uint8], float]:
        """The back of a book with its library label."""
        # Half of the labels carry Code 128, as older ones at schools do.
        symbology = "qr" if int(copy.accession[-1]) % 2 else "code-128"
        label = draw_label(LabelFace(copy.accession, copy.title, self._school, symbology))
        return _pixels(draw_book_back(label, None, _cover(copy.accession))), 130.0

    def _back_cover(self, copy: DemoCopy) -> tuple[NDArray[np.uint8], float]:
        """A pupil holds up the publisher's code instead of the library's label."""
        cover = draw_book_back(None, draw_isbn(DEMO_ISBN), _cover(copy.accession))
        return _pixels(cover), 130.0

    def _end_card(self) -> tuple[NDArray[np.uint8], float]:
        return _pixels(draw_command_card(CommandFace("XONG", Command.DONE))), 85.6


def _cover(accession: AccessionNumber) -> str:
    return _COVERS[int(accession[-2:]) % len(_COVERS)]


def _pixels(picture: Image) -> NDArray[np.uint8]:
    """An RGB picture as OpenCV keeps it: (height, width, 3), blue first."""
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR))
