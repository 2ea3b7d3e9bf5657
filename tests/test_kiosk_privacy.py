"""Whatever happens at a station, nothing of one reader is on the screen of the next."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db.demo import DemoCopy, DemoPatron
from db.identifiers import Command
from kiosk.events import (
    DonePressed,
    HelpPressed,
    RenewAllPressed,
    ScreenFault,
    TimePassed,
    UndoPressed,
    Wear,
    WearPressed,
)
from kiosk.visit import Finished, OutOfOrder, Serving, Waiting
from scanner.scan import CameraBack, CameraLost, TwoCodes
from tests.at_break import Break
from tests.demo_school import DemoSchool
from tests.screen_driver import ScreenDriver

READERS = 3
TOUCHES = (
    DonePressed(),
    HelpPressed(),
    RenewAllPressed(),
    UndoPressed(),
    WearPressed(Wear.TORN),
    TwoCodes(0.0),
    CameraLost("0", "unplugged"),
    CameraBack("0"),
    ScreenFault(),
    TimePassed(),
    None,
)
STEPS = st.one_of(
    st.tuples(st.just("card"), st.integers(0, READERS - 1)),
    st.tuples(st.just("book"), st.integers(0, 3 * READERS - 1)),
    st.tuples(st.just("tap"), st.integers(0, 11)),
    st.tuples(st.just("command"), st.integers(0, len(Command) - 1)),
    st.tuples(st.just("event"), st.integers(0, len(TOUCHES) - 1)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
)
"""What may happen at a station, a step each."""


class Onlooker:
    """Who stands behind a station all day and looks at every screen."""

    def __init__(self, at_break: Break, screen: ScreenDriver) -> None:
        self.at_break, self.screen = at_break, screen
        self.greetings: dict[str, str] = {}
        self.readers = self._unlike_each_other()
        titles = {copy.title: copy for copy in at_break.cast.shelved}
        self.books = list(titles.values())[: 3 * READERS]
        self._wait_for_nobody()
        self._shown = max(0, len(at_break.shown) - 1)
        self._held_up: list[str] = []
        self._seen_by: object = None

    def live(self, steps: list[tuple[str, int]]) -> None:
        """Let things happen, and look after each."""
        for what, which in steps:
            self._do(what, which)
            self._draw()
            self._look()

    def _wait_for_nobody(self) -> None:
        """Let what was here before be over: an earlier day ends as it will."""
        for _ in range(9):
            self.at_break.pass_time(60)
            self.at_break.clerk.handle_safely(None)
        assert self.at_break.clerk.visit == Waiting()

    def _do(self, what: str, which: int) -> None:
        clerk = self.at_break.clerk
        match what:
            case "card":
                self.at_break.scan(self.readers[which].card)
            case "book":
                self._held_up.append(self.books[which].title)
                self.at_break.scan(self.books[which].accession)
            case "command":
                self.at_break.scan(list(Command)[which])
            case "event":
                clerk.handle_safely(TOUCHES[which])
            case "wait":
                self.at_break.pass_time(which)
            case "tap":
                self._tap(which)

    def _tap(self, which: int) -> None:
        """Touch something that is on the screen, and tell the clerk what that sends."""
        touchables = self.screen.touchables()
        if touchables:
            self.screen.sent.clear()
            self.screen.tap(touchables[which % len(touchables)])
            for event in self.screen.sent:
                self.at_break.clerk.handle_safely(event)

    def _draw(self) -> None:
        for shown in self.at_break.shown[self._shown :]:
            self.screen.app.show(shown)
            self.screen.frames()
        self._shown = len(self.at_break.shown)

    def _look(self) -> None:
        visit = self.at_break.clerk.visit
        reader = getattr(visit, "visit_id", None)
        if reader != self._seen_by:
            self._seen_by, self._held_up = reader, self._held_up[-1:]
        texts, spines = set(self.screen.texts()), self._spines()
        match visit:
            case Serving(patron=patron) | Finished(patron=patron):
                allowed = self._titles_of(patron.card) | set(self._held_up)
                others = [one for one in self.readers if one.card != patron.card]
            case Waiting() | OutOfOrder():
                allowed, others = set(self._held_up), self.readers
        strange = {book.title for book in self.books} - allowed
        greetings = {self._greeting(other) for other in others}

        assert not strange & (texts | spines)
        assert not greetings & texts
        assert not [text for text in texts if any(other.name in text for other in self.readers)]

    def _spines(self) -> set[str]:
        """The titles on spines, but for the shelf of the idle screen, which is everybody's."""
        from kiosk.widgets.shelf import Shelf
        from kiosk.widgets.spine import Spine

        waits = isinstance(self.at_break.clerk.visit, Waiting | OutOfOrder)
        spines = [widget for widget in self.screen.widgets() if isinstance(widget, Spine)]
        return {one.title for one in spines if not (waits and isinstance(one.parent, Shelf))}

    def _titles_of(self, card: str) -> set[str]:
        """What a reader holds now, or did something with in the visit on the screen."""
        held = {loan.title for loan in self.at_break.school.known(card).loans}  # type: ignore[arg-type]
        acts = getattr(self.at_break.clerk.visit, "acts", ())
        return held | {act.title for act in acts}

    def _greeting(self, reader: DemoPatron) -> str:
        if reader.card not in self.greetings:
            known = self.at_break.school.known(reader.card)
            self.greetings[reader.card] = self.screen.wording.greeting(known)
        return self.greetings[reader.card]

    def _unlike_each_other(self) -> list[DemoPatron]:
        """Readers who are greeted differently."""
        pupils = self.at_break.cast.free_pupils
        return list({self._greeting(one): one for one in pupils[:20]}.values())[:READERS]


@pytest.fixture
def at_break(tmp_path: Path) -> Iterator[Break]:
    school = DemoSchool(tmp_path / "kiosk.db")
    yield Break(school)
    school.engine.dispose()


@pytest.mark.timeout(900)
@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.generate,),  # a step takes long: a failure is told as it was found
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEPS, min_size=6, max_size=18))
def test_nothing_of_one_reader_is_seen_by_the_next(
    screen: ScreenDriver, at_break: Break, steps: list[tuple[str, int]]
) -> None:
    """Given readers, books, touches, faults and time in any order, then each sees their own."""
    Onlooker(at_break, screen).live(steps)


@pytest.mark.parametrize("end", ["card", "next", "time", "fault"])
def test_no_widget_of_a_reader_is_kept(screen: ScreenDriver, at_break: Break, end: str) -> None:
    """Given A's visit with an undo, a question and a farewell, when B comes, then it is no more."""
    from kiosk.widgets.text import Text  # only now: it imports Kivy, which reads its orders

    onlooker = Onlooker(at_break, screen)
    book: DemoCopy = onlooker.books[0]
    onlooker.live([("card", 0), ("book", 0), ("book", 0), ("tap", 0)])
    match end:
        case "card":
            onlooker.live([("wait", 5), ("card", 0)])
        case "time":
            onlooker.live([("event", len(TOUCHES) - 1)])
        case "fault":
            onlooker.live([("event", TOUCHES.index(ScreenFault())), ("event", len(TOUCHES) - 1)])
    onlooker.live([("card", 1), ("book", 4)])
    screen.frames(4)
    gc.collect()
    greeting = screen.wording.greeting(at_break.school.known(onlooker.readers[0].card))
    kept: list[Any] = [one.full_text for one in gc.get_objects() if type(one) is Text]

    assert not [text for text in kept if text == greeting or text == book.title]
