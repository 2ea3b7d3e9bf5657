"""Shelves of real books on the idle screen: a sign that says what they are, then their spines.

A shelf that holds more than fits shows the next books after some seconds. Keeps out which
books, and what a touch leads to.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import CARD, LINE, SAND, TEAL, Look
from kiosk.widgets.box import Box
from kiosk.widgets.button import Touchable
from kiosk.widgets.panel import Panel
from kiosk.widgets.shelf import Shelf
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, stack

TURN_EVERY_TICKS = 300
"""How long books stand before the next ones come: 20 s of the screen's ticks."""
_LOWEST, _HIGHEST = 0.74, 0.98
"""Shares of the room that books are high."""


@dataclass(frozen=True, slots=True)
class Group:
    """Books that stand together under a sign."""

    icon: Icon
    sign: str
    titles: tuple[str, ...]
    act: Callable[[], None]


class Display(Touchable):
    """One group on its stretch of the shelf, to touch anywhere."""

    def __init__(self, box: Box, look: Look, group: Group, plank_px: float) -> None:
        """Draw it.

        Args:
            box: Books and plank together.
            look: Sizes.
            group: The books and their sign.
            plank_px: Thickness of the plank.
        """
        super().__init__(box, look, (0, 0, 0, 0), (*SAND[:3], 0.6), group.act, lifted_px=0)
        self._plank_px, self._ticks, self._at = plank_px, 0, 0
        sign, self._room = box.inset(look.px(10, compact=6), 0).cut_left(
            _sign_px(look, box), look.px(14, compact=8)
        )
        self._pages = _pages(group.titles, self._room, plank_px)
        self._books: Shelf | None = None
        self._stand(self._pages[0])
        for widget in _sign(sign, look, group, plank_px):
            self.add_widget(widget)

    def tick(self) -> None:
        """Let the next books come when these have stood long enough."""
        self._ticks += 1
        if self._ticks % TURN_EVERY_TICKS or len(self._pages) < 2:
            return
        self._at = (self._at + 1) % len(self._pages)
        self._stand(self._pages[self._at])  # at once: fading in draws the whole screen eight times

    def _stand(self, books: Sequence[tuple[str, Box]]) -> None:
        if self._books is not None:
            self.remove_widget(self._books)
        spines = [Spine(place, title) for title, place in books]
        self._books = Shelf(self._room, self._plank_px, spines)
        self.add_widget(self._books)


def displays(box: Box, look: Look, groups: Sequence[Group], plank_px: float) -> list[Widget]:
    """The groups side by side on one plank, each with room by how many books it has."""
    gap = look.px(16, compact=8)
    weights = [4 + min(12, len(group.titles)) for group in groups]
    inner = box.inset(look.margin_px, 0)
    room = inner.width - gap * (len(groups) - 1)
    widgets: list[Widget] = [Shelf(box, plank_px)]
    for group, weight in zip(groups, weights, strict=True):
        place, inner = inner.cut_left(room * weight / sum(weights), gap)
        widgets.append(Display(place, look, group, plank_px))
    return widgets


def _sign_px(look: Look, box: Box) -> float:
    return min(box.width * 0.42, look.px(176, compact=112))


def _sign(box: Box, look: Look, group: Group, plank_px: float) -> list[Widget]:
    """A card that stands on the plank among the books."""
    _, above = box.cut_bottom(plank_px)
    card, _ = above.cut_bottom(above.height * 0.78)
    phrase = Phrase(group.sign, look.label, TEAL, lines=3, icon=group.icon, shrink=True)
    inner = card.inset(look.px(12, compact=6), look.px(6, compact=3))
    return [
        Panel(card, CARD, look.px(8, compact=5), LINE, look.px(4)),
        *stack([phrase], inner, "center"),
    ]


def _pages(titles: Sequence[str], box: Box, plank_px: float) -> list[list[tuple[str, Box]]]:
    """The books in their order, as many at a time as the stretch holds."""
    _, room = box.cut_bottom(plank_px)
    pages: list[list[tuple[str, Box]]] = [[]]
    x = room.x
    for title in titles:
        chance = random.Random(crc32(title.encode()))
        width = round(room.height * chance.uniform(0.26, 0.36))
        if x + width > room.right and pages[-1]:
            pages.append([])
            x = room.x
        high = round(room.height * chance.uniform(_LOWEST, _HIGHEST))
        pages[-1].append((title, Box(x, room.y, width, high)))
        x += width + 2
    return pages
