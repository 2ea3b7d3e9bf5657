"""The library's own rules, and how the station works in three pictures."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.graphics import Rectangle, SmoothLine, SmoothRoundedRectangle
from kivy.uix.widget import Widget

from kiosk.browsing import Door, DoorPressed
from kiosk.events import HelpPressed
from kiosk.icons import Icon
from kiosk.screens.paging import Button, empty, foot, foot_px, heading, room
from kiosk.screens.scene import Scene
from kiosk.theme import (
    CALM,
    CARD,
    CLOTHS,
    INK,
    LINE,
    NIGHT,
    ON_TEAL,
    TEAL,
    YES,
    Look,
    Shape,
)
from kiosk.widgets.answer_card import badge
from kiosk.widgets.box import Box
from kiosk.widgets.paint import paint
from kiosk.widgets.panel import Panel
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Align, Phrase, Text, place, stack

_CODE = (0b1110111, 0b1010101, 0b1110110, 0b0001011, 0b1110101, 0b1010010, 0b1110111)
"""Cells of what looks like a code, row by row."""


def rules(scene: Scene) -> list[Widget]:
    """Draw the rules, each with its number."""
    look, say = scene.look, scene.wording.say
    gap = look.px(16, compact=8)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    head, rest = rest.cut_top(look.px(64, compact=40), gap)
    points = scene.board.house_rules if scene.board else ()
    body = _points(scene, points, rest) if points else _no_rules(scene, rest)
    return [*heading(scene, head, Icon.RULES, say("rules.title")), *body, *foot(scene, bar)]


def _no_rules(scene: Scene, box: Box) -> list[Widget]:
    say = scene.wording.say
    return empty(scene, box, Icon.LIBRARIAN, say("rules.none"), say("rules.none.how"))


def _points(scene: Scene, points: Sequence[str], box: Box) -> list[Widget]:
    look = scene.look
    gap = look.px(12, compact=6)
    columns = 1 if look.shape is Shape.TALL or (len(points) <= 4 and not look.is_compact) else 2
    rows = -(-len(points) // columns)
    most = look.px(132, compact=84)
    height = min(most, (box.height - gap * (rows - 1)) // rows)
    cells = box.grid(columns, height, gap)
    by_column = [cells[row * columns + column] for column in range(columns) for row in range(rows)]
    widgets: list[Widget] = []
    for n, (point, cell) in enumerate(zip(points, by_column, strict=False), start=1):
        widgets += _point(scene, n, point, cell)
    return widgets


def _point(scene: Scene, n: int, point: str, box: Box) -> list[Widget]:
    look = scene.look
    padding = look.px(16, compact=8)
    inner = box.inset(padding, look.px(6, compact=3))
    number, text = inner.cut_left(look.px(52, compact=30), padding)
    lines = max(2, int(text.height // (look.label.size_px * look.label.line)))
    return [
        Panel(box, CARD, min(look.radius_px, box.height / 3), LINE),
        place(Text(str(n), look.title, TEAL, number.width, shrink=True), number),
        *stack([Phrase(point, look.label, INK, lines=lines, shrink=True)], text),
    ]


def how_it_works(scene: Scene) -> list[Widget]:
    """Draw the three pictures, and what to do when something is missing."""
    look, say = scene.look, scene.wording.say
    gap = look.px(20, compact=8)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    head, rest = rest.cut_top(look.px(64, compact=36), gap)
    help_px = look.px({Shape.WIDE: 150, Shape.COMPACT: 96, Shape.TALL: 220}[look.shape])
    aid, pictures = rest.cut_bottom(help_px, gap)
    return [
        *heading(scene, head, Icon.HELP, say("how.title")),
        *three_pictures(scene, pictures),
        *_aid(scene, aid),
        *foot(scene, bar, [_TORN], (Icon.CALL, "help.call", HelpPressed())),
    ]


def before_practice(scene: Scene) -> list[Widget]:
    """Draw that practice begins in a moment, with the pictures to look at meanwhile."""
    look, say = scene.look, scene.wording.say
    gap = look.px(20, compact=8)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    head, rest = rest.cut_top(look.px(64, compact=36), gap)
    said, pictures = rest.cut_bottom(look.px(110, compact=64), gap)
    return [
        *heading(scene, head, Icon.PRACTICE, say("practice.title")),
        *three_pictures(scene, pictures),
        *empty(scene, said, Icon.CLOCK, say("practice.soon"), say("practice.unreal")),
        *foot(scene, bar),
    ]


_TORN: Button = (Icon.KEYPAD, "door.number", DoorPressed(Door.NUMBER))


def _aid(scene: Scene, box: Box) -> list[Widget]:
    """Forgotten and torn cards, and returns, one short line each."""
    look, say = scene.look, scene.wording.say
    gap = look.px(8, compact=3)
    lines = [
        (Icon.RETURN, "how.return"),
        (Icon.CARD, "how.forgot"),
        (Icon.KEYPAD, "how.torn"),
    ]
    phrases = [
        Phrase(say(key), look.body, INK, icon=icon, gap_px=gap, shrink=True) for icon, key in lines
    ]
    return stack(phrases, box)


def three_pictures(scene: Scene, box: Box) -> list[Widget]:
    """Card, book, done: what a visit is."""
    look, say = scene.look, scene.wording.say
    gap = look.px(20, compact=10)
    if look.shape is Shape.TALL:
        cells = box.grid(1, (box.height - 2 * gap) // 3, gap)
    else:
        cells = box.grid(3, box.height, gap)
    widgets: list[Widget] = []
    pictures = (_card_picture, _book_picture, _done_picture)
    keys = ("how.card", "how.book", "how.done")
    for n, (cell, picture, key) in enumerate(zip(cells, pictures, keys, strict=False), start=1):
        widgets.append(Panel(cell, CARD, look.radius_px, LINE, look.px(5)))
        inner = cell.inset(look.px(20, compact=10))
        if look.shape is Shape.TALL:
            frame, words = inner.cut_left(inner.height * 1.5, look.px(24))
        else:
            words, frame = inner.cut_bottom(look.px(96, compact=52), look.px(14, compact=6))
        phrase = Phrase(f"{n}. {say(key)}", look.heading, INK, lines=3, shrink=True)
        align: Align = "left" if look.shape is Shape.TALL else "center"
        widgets += [*picture(look, frame), *stack([phrase], words, align)]
    return widgets


def _frame(box: Box, look: Look) -> tuple[Widget, Box]:
    """The camera's frame, as on the idle screen."""
    width = min(box.width, box.height * 1.5)
    frame = box.centred(width, width / 1.5)
    scene = Widget(pos=frame.pos, size=frame.size, size_hint=(None, None))
    inner = frame.inset(frame.width * 0.1, frame.height * 0.1)
    arm = inner.height * 0.22
    with scene.canvas:
        paint(NIGHT)
        SmoothRoundedRectangle(pos=frame.pos, size=frame.size, radius=[look.px(16, compact=10)])
        paint(ON_TEAL)
        for x, toward_x in ((inner.x, arm), (inner.right, -arm)):
            for y, toward_y in ((inner.y, arm), (inner.top, -arm)):
                SmoothLine(
                    points=[x + toward_x, y, x, y, x, y + toward_y],
                    width=look.px(3, compact=2),
                    joint="round",
                )
    return scene, inner


def _card_picture(look: Look, box: Box) -> list[Widget]:
    """A card in the frame."""
    frame, inner = _frame(box, look)
    height = inner.height * 0.62
    card = inner.centred(height * 1.58, height)
    drawn = Widget(pos=card.pos, size=card.size, size_hint=(None, None))
    band, below = card.cut_top(card.height * 0.26)
    code, lines = below.inset(card.height * 0.1).cut_right(below.height * 0.66)
    radius = card.height * 0.09
    with drawn.canvas:
        paint(CARD)
        SmoothRoundedRectangle(pos=card.pos, size=card.size, radius=[radius])
        paint(TEAL)
        SmoothRoundedRectangle(pos=band.pos, size=band.size, radius=[radius, radius, 0, 0])
        paint(LINE)
        for share, width in ((0.78, 0.9), (0.5, 0.66), (0.22, 0.76)):
            y = lines.y + lines.height * share - 3
            SmoothRoundedRectangle(pos=(lines.x, y), size=(lines.width * width, 6), radius=[3])
        _draw_code(code)
    return [frame, drawn]


def _book_picture(look: Look, box: Box) -> list[Widget]:
    """A book in the frame, its label to the camera."""
    frame, inner = _frame(box, look)
    height = inner.height * 0.94
    book = inner.centred(height * 0.34, height)
    label = Box(
        book.x + book.width * 0.14, book.y + height * 0.1, book.width * 0.72, book.width * 0.72
    )
    drawn = Widget(pos=label.pos, size=label.size, size_hint=(None, None))
    with drawn.canvas:
        paint(CARD)
        SmoothRoundedRectangle(pos=label.pos, size=label.size, radius=[3])
        _draw_code(label.inset(label.width * 0.12))
    return [frame, Spine(book, "", None, 0, 2), drawn]


def _done_picture(look: Look, box: Box) -> list[Widget]:
    """A tick, and the books at hand."""
    side = min(box.height * 0.66, box.width * 0.4)
    row = box.centred(min(box.width, side * 2.3), box.height * 0.9)
    books, tick = row.cut_left(row.width * 0.46)
    width = books.width / 3.2
    stood = [
        Spine(Box(books.x + i * width, books.y, width, books.height * high), "", cloth, 0, i)
        for i, (cloth, high) in enumerate(((CLOTHS[3], 1.0), (CLOTHS[1], 0.86), (CLOTHS[2], 0.94)))
    ]
    plank = Widget(size_hint=(None, None))
    with plank.canvas:
        paint(CALM.edge)
        Rectangle(pos=(books.x - 8, books.y - 6), size=(books.width + 8, 6))
    return [*stood, plank, *badge(tick.centred(side, side), Icon.TICK, YES)]


def _draw_code(box: Box) -> None:
    """Something like a QR code; nothing that could be read."""
    side = min(box.width, box.height)
    cell = side / 7
    left, low = box.x + (box.width - side) / 2, box.y + (box.height - side) / 2
    paint(INK)
    for row, bits in enumerate(_CODE):
        for column in range(7):
            if bits >> column & 1:
                Rectangle(pos=(left + column * cell, low + row * cell), size=(cell, cell))
