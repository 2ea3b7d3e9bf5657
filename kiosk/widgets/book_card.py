"""Books in a list: spine, title, due day and a word on how it stands. Keeps out why.

Each line can be touched, and so no line is lower than a finger needs; what does not fit is on
further pages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import (
    CARD,
    LINE,
    SMALLEST_TARGET_PX,
    TEAL,
    TEAL_TINT,
    Look,
    Shape,
)
from kiosk.widgets.book_line import BookLine, Grid, largest_fitting, radius_px, write_line
from kiosk.widgets.box import Box
from kiosk.widgets.button import Touchable, labelled


@dataclass(frozen=True, slots=True)
class BookEntry(BookLine):
    """One line of the list; its detail says when the copy is due."""

    act: Callable[[], None]
    """What a touch does."""


@dataclass(frozen=True, slots=True)
class Turning:
    """How a list that is too long is turned to its next page."""

    turned: int
    """How often it has been."""
    words: Callable[[int], str]
    """Says "and {n} more"."""
    act: Callable[[], None]


def book_list(entries: Sequence[BookEntry], box: Box, look: Look, turning: Turning) -> list[Widget]:
    """Show the entries as large as they fit, the most important first; the rest by pages."""
    grid, cells = largest_fitting(_grids(look), len(entries), box, look)
    if len(entries) <= len(cells):
        return [_card(e, c, look, grid) for e, c in zip(entries, cells, strict=False)]
    a_page = max(1, len(cells) - 1)
    first = turning.turned % math.ceil(len(entries) / a_page) * a_page
    page = entries[first : first + a_page]
    cards = [_card(e, c, look, grid) for e, c in zip(page, cells[:a_page], strict=False)]
    return [*cards, *(_more(len(entries) - len(page), c, look, turning) for c in cells[a_page:])]


def _more(count: int, box: Box, look: Look, turning: Turning) -> Widget:
    """The way to the other loans, where a line would be."""
    button = Touchable(
        box, look, TEAL_TINT, LINE, turning.act, edge=LINE, radius_px=radius_px(box, look)
    )
    words = turning.words(count)
    for widget in labelled(Icon.NEXT, words, look.label, TEAL, box.inset(look.px(12), 0)):
        button.add_widget(widget)
    return button


def _grids(look: Look) -> list[Grid]:
    if look.shape is Shape.COMPACT:
        return [Grid(SMALLEST_TARGET_PX, 1, True)]
    shapes = ((96, 1), (82, 1), (70, 1), (70, 2))
    return [Grid(look.touch_px(px), columns, columns == 1) for px, columns in shapes]


def _card(entry: BookEntry, box: Box, look: Look, grid: Grid) -> Widget:
    radius = radius_px(box, look)
    card = Touchable(box, look, CARD, TEAL_TINT, entry.act, edge=LINE, radius_px=radius)
    write_line(card, entry, box, look, grid)
    return card
