"""Books in a list that is only looked at, many on a page. Keeps out why they are on it.

The pupils' own list, whose lines are touched, is `kiosk.widgets.book_card`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.uix.widget import Widget

from kiosk.theme import INK_SOFT, LINE, Look, Shape
from kiosk.widgets.book_line import BookLine, Grid, largest_fitting, radius_px, write_line
from kiosk.widgets.box import Box
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Text, place


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
    grid, cells = largest_fitting(_grids(look), len(lines), box, look)
    if len(lines) <= len(cells):
        return [_card(e, c, look, grid) for e, c in zip(lines, cells, strict=False)]
    kept = max(0, len(cells) - 1)
    cards = [_card(e, c, look, grid) for e, c in zip(lines[:kept], cells[:kept], strict=True)]
    if cells:
        more = Text(rest(len(lines) - kept), look.label, INK_SOFT, cells[-1].width)
        cards.append(place(more, cells[-1].inset(look.px(12), 0), "left"))
    return cards


def _grids(look: Look) -> list[Grid]:
    if look.shape is Shape.COMPACT:
        return [Grid(look.px(60), 1, True), Grid(look.px(44), 1, False)]
    shapes = ((96, 1, True), (82, 1, True), (68, 1, True), (56, 1, False), (62, 2, False))
    return [Grid(look.px(px), columns, detail) for px, columns, detail in shapes]


def _card(line: BookLine, box: Box, look: Look, grid: Grid) -> Widget:
    card = Widget(pos=box.pos, size=box.size, size_hint=(None, None))
    card.add_widget(Panel(box, radius_px=radius_px(box, look), edge=LINE))
    write_line(card, line, box, look, grid)
    return card
