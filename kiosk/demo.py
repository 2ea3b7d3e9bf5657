"""The demo morning: who holds what up to the camera. Keeps out how a film is drawn.

The director plays invented people of the demo school to the real program: it hands
pictures of printed cards and books to the film camera, waits for the screen to answer as
a child would, and shows a thing again when nothing happened.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

from db.demo import DemoCast, DemoCopy, DemoPatron
from kiosk.events import Shown
from kiosk.prints import Print, Prints
from kiosk.visit import Visit, Waiting
from scanner.simulated import Pause, Showing

ATTEMPTS = 3
"""How often a thing is shown before the director goes on."""

ENOUGH_TITLES = 12
"""Titles on the shelf that a morning of borrowing needs, with some to spare."""

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
        self._prints = Prints(school)
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
        books = iter(_one_of_each(cast.shelved))
        anna, greedy = cast.free_pupils[:2]
        yield Pause(1.5)
        yield from self._borrow(anna, [next(books), next(books)])
        yield from self._show(self._prints.card(anna))
        yield from self._rest()
        for copy in cast.lent[:1]:
            yield from self._show(self._prints.book(copy))
        for late in cast.late_pupils[:1]:
            yield from self._too_late(late, next(books))
        yield from self._show(self._prints.bookshop_code())
        yield from self._borrow(cast.teachers[0], [next(books)])
        yield from self._borrow(greedy, [next(books) for _ in range(4)])
        yield from self._show(self._prints.book(cast.reference[0]))
        yield from self._show(self._prints.end_card())
        yield from self._rest()

    def mornings(self) -> Iterator[Scene]:
        """Mornings without end, each with other people."""
        while True:
            cast = self._casting(self._seed)
            enough = len(_one_of_each(cast.shelved)) >= ENOUGH_TITLES
            yield from self.morning() if enough else self._hand_in(cast)
            self._seed += 1

    def _hand_in(self, cast: DemoCast) -> Iterator[Scene]:
        """The shelf has run low: a morning on which everybody brings books back."""
        held = [copy for pupil in cast.late_pupils for copy in pupil.holds]
        for copy in [*cast.lent, *held]:
            yield from self._show(self._prints.book(copy))

    def short_morning(self) -> Iterator[Scene]:
        """Two pupils, three books: enough to be killed in."""
        cast = self._casting(self._seed)
        books = iter(_one_of_each(cast.shelved))
        for pupil in cast.free_pupils[:2]:
            yield from self._borrow(pupil, [next(books), next(books)])
            yield from self._show(self._prints.end_card())

    def _borrow(self, patron: DemoPatron, copies: list[DemoCopy]) -> Iterator[Scene]:
        yield from self._show(self._prints.card(patron))
        for copy in copies:
            yield from self._show(self._prints.book(copy))

    def _too_late(self, pupil: DemoPatron, wish: DemoCopy) -> Iterator[Scene]:
        """A pupil with an overdue copy is refused, brings it back, and then borrows."""
        yield from self._borrow(pupil, [wish])
        yield from self._show(self._prints.end_card())
        for copy in pupil.holds:
            yield from self._show(self._prints.book(copy))
        yield from self._borrow(pupil, [wish])
        yield from self._show(self._prints.end_card())
        yield from self._rest()

    def _show(self, thing: Print) -> Iterator[Scene]:
        """Hold a thing up until the screen answers, at most `ATTEMPTS` times."""
        pixels = thing.pixels()
        for _ in range(ATTEMPTS):
            self._answered.clear()
            yield Showing(pixels, thing.width_mm, seed=next(self._takes))
            yield Pause(0.5)
            if self._answered.is_set():
                return

    def _rest(self) -> Iterator[Scene]:
        """Wait for the farewell to go by."""
        for _ in range(16):
            yield Pause(0.5)
            if isinstance(self._visit, Waiting):
                return


def _one_of_each(copies: tuple[DemoCopy, ...]) -> list[DemoCopy]:
    """One copy of each title: nobody borrows the same story twice."""
    return list({copy.title: copy for copy in copies}.values())
