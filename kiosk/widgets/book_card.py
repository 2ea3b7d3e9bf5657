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
    INK,
    INK_SOFT,
    LINE,
    SMALLEST_TARGET_PX,
    TEAL,
    TEAL_TINT,
    Look,
    Shape,
    Tone,
)
from kiosk.widgets.box import Box
from kiosk.widgets.button import Touchable, labelled
from kiosk.widgets.chip import chip
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, stack


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One line of the list."""

    title: str
    detail: str
    """When it is due, in words."""
    tone: Tone
    icon: Icon
    word: str
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


@dataclass(frozen=True, slots=True)
class _Grid:
    """How a list is laid out: how high a row is, how many stand side by side."""

    row_px: float
    columns: int
    has_detail: bool
    """Whether the due day stands below the title."""


def book_list(entries: Sequence[BookEntry], box: Box, look: Look, turning: Turning) -> list[Widget]:
    """Show the entries as large as they fit, the most important first; the rest by pages."""
    gap = look.px(10, compact=6)
    grids = _grids(look)
    fitting = (grid for grid in grids if len(_cells(box, grid, gap)) >= len(entries))
    grid = next(fitting, grids[-1])
    cells = _cells(box, grid, gap)
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
        box, look, TEAL_TINT, LINE, turning.act, edge=LINE, radius_px=_radius_px(box, look)
    )
    words = turning.words(count)
    for widget in labelled(Icon.NEXT, words, look.label, TEAL, box.inset(look.px(12), 0)):
        button.add_widget(widget)
    return button


def _grids(look: Look) -> list[_Grid]:
    if look.shape is Shape.COMPACT:
        return [_Grid(SMALLEST_TARGET_PX, 1, True)]
    shapes = ((96, 1), (82, 1), (70, 1), (70, 2))
    return [
        _Grid(max(SMALLEST_TARGET_PX, look.px(px)), columns, columns == 1) for px, columns in shapes
    ]


def _cells(box: Box, grid: _Grid, gap: float) -> list[Box]:
    return box.grid(grid.columns, grid.row_px, gap)


def _radius_px(box: Box, look: Look) -> float:
    return min(look.px(16), box.height * 0.3)


def _card(entry: BookEntry, box: Box, look: Look, grid: _Grid) -> Widget:
    card = Touchable(
        box, look, CARD, TEAL_TINT, entry.act, edge=LINE, radius_px=_radius_px(box, look)
    )
    padding = look.px(12, compact=8)
    inner = box.inset(padding, look.px(6 if look.is_compact or grid.columns > 1 else 8))
    spine, text = inner.cut_left(inner.height * 0.4, padding)
    card.add_widget(Spine(spine, entry.title))
    phrases = [Phrase(entry.title, look.label, INK)]
    if grid.columns > 1:
        phrases.append(Phrase(entry.word, look.small, entry.tone.ink, icon=entry.icon))
    else:
        word = chip(entry.word, entry.tone, look, text, icon=entry.icon)
        card.add_widget(word)
        _, text = text.cut_right(word.width, padding)
    if grid.has_detail:
        phrases.append(Phrase(entry.detail, look.small, INK_SOFT))
    for widget in stack(phrases, text):
        card.add_widget(widget)
    return card
