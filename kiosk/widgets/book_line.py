"""One line of a list of books: what it says, how large it may be, how it is written on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import INK, INK_SOFT, Look, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.chip import chip
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, stack


@dataclass(frozen=True, slots=True)
class BookLine:
    """One line of the list."""

    title: str
    detail: str
    """In small letters: its number, or when it is due."""
    tone: Tone
    icon: Icon
    word: str


@dataclass(frozen=True, slots=True)
class Grid:
    """How a list is laid out: how high a row is, how many stand side by side."""

    row_px: float
    columns: int
    has_detail: bool
    """Whether the detail stands below the title."""


def largest_fitting(
    grids: Sequence[Grid], count: int, box: Box, look: Look
) -> tuple[Grid, list[Box]]:
    """The first grid in which so many lines fit, else the last, and its cells."""
    gap = look.px(10, compact=6)
    laid_out = [(grid, box.grid(grid.columns, grid.row_px, gap)) for grid in grids]
    return next((one for one in laid_out if len(one[1]) >= count), laid_out[-1])


def radius_px(box: Box, look: Look) -> float:
    """Of a line's card."""
    return min(look.px(16), box.height * 0.3)


def write_line(card: Widget, line: BookLine, box: Box, look: Look, grid: Grid) -> None:
    """Write spine, title, word and detail onto the card that fills `box`."""
    padding = look.px(12, compact=8)
    inner = box.inset(padding, look.px(6 if look.is_compact or grid.columns > 1 else 8))
    spine, text = inner.cut_left(inner.height * 0.4, padding)
    card.add_widget(Spine(spine, line.title))
    phrases = [Phrase(line.title, look.label, INK)]
    if grid.columns > 1:
        phrases.append(Phrase(line.word, look.small, line.tone.ink, icon=line.icon))
    else:
        word = chip(line.word, line.tone, look, text, icon=line.icon)
        card.add_widget(word)
        _, text = text.cut_right(word.width, padding)
    if grid.has_detail:
        phrases.append(Phrase(line.detail, look.small, INK_SOFT))
    for widget in stack(phrases, text):
        card.add_widget(widget)
