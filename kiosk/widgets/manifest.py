"""Books in a list that is only looked at, many on a page. Keeps out why they are on it.

The pupils' own list, whose lines are touched, is `kiosk.widgets.book_card`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import INK, INK_SOFT, LINE, Look, Shape, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.chip import chip
from kiosk.widgets.panel import Panel
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, Text, place, stack


@dataclass(frozen=True, slots=True)
class BookLine:
    """One line of the list."""

    title: str
    detail: str
    """In small letters: its number, its due day."""
    tone: Tone
    icon: Icon
    word: str


@dataclass(frozen=True, slots=True)
class _Grid:
    """How a list is laid out: how high a row is, how many stand side by side."""

    row_px: float
    columns: int
    has_detail: bool
    """Whether the due day stands below the title."""


def manifest(
    lines: Sequence[BookLine], box: Box, look: Look, rest: Callable[[int], str]
) -> list[Widget]:
    """Show the lines as large as they fit; say how many had to be left off.

    Args:
        lines: The most important first.
        box: Room for all of them.
        look: Sizes.
        rest: Says "and {n} more".
    """
    gap = look.px(10, compact=6)
    grids = _grids(look)
    fitting = (grid for grid in grids if len(_cells(box, grid, gap)) >= len(lines))
    grid = next(fitting, grids[-1])
    cells = _cells(box, grid, gap)
    if len(lines) <= len(cells):
        return [_card(e, c, look, grid) for e, c in zip(lines, cells, strict=False)]
    kept = max(0, len(cells) - 1)
    cards = [_card(e, c, look, grid) for e, c in zip(lines[:kept], cells[:kept], strict=True)]
    if cells:
        more = Text(rest(len(lines) - kept), look.label, INK_SOFT, cells[-1].width)
        cards.append(place(more, cells[-1].inset(look.px(12), 0), "left"))
    return cards


def _grids(look: Look) -> list[_Grid]:
    if look.shape is Shape.COMPACT:
        return [_Grid(look.px(60), 1, True), _Grid(look.px(44), 1, False)]
    shapes = ((96, 1, True), (82, 1, True), (68, 1, True), (56, 1, False), (62, 2, False))
    return [_Grid(look.px(px), columns, detail) for px, columns, detail in shapes]


def _cells(box: Box, grid: _Grid, gap: float) -> list[Box]:
    return box.grid(grid.columns, grid.row_px, gap)


def _card(entry: BookLine, box: Box, look: Look, grid: _Grid) -> Widget:
    card = Widget(pos=box.pos, size=box.size, size_hint=(None, None))
    card.add_widget(Panel(box, radius_px=min(look.px(16), box.height * 0.3), edge=LINE))
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
