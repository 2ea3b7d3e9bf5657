"""Planks with books on them: the full shelf of the idle screen, a reader's own, a farewell.

Keeps out how one spine is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache

from kivy.graphics import Rectangle, SmoothLine
from kivy.uix.widget import Widget

from kiosk.theme import CLOTHS, SHADOW, WOOD, WOOD_EDGE, Cloth, cloth_of
from kiosk.widgets.box import Box
from kiosk.widgets.paint import is_high_contrast, paint
from kiosk.widgets.spine import Spine

SHELF_TITLES = (
    "Dế Mèn phiêu lưu ký",
    "Đất rừng phương Nam",
    "Góc sân và khoảng trời",
    "Truyện Kiều",
    "Lá cờ thêu sáu chữ vàng",
    "Tắt đèn",
    "Quê nội",
    "Những ngày thơ ấu",
    "Lục Vân Tiên",
    "Hai vạn dặm dưới biển",
    "Hoàng tử bé",
    "Búp sen xanh",
    "Bầu trời đêm",
    "Ca dao Việt Nam",
    "Cây cỏ quanh em",
    "Chinh phụ ngâm",
    "Vũ trụ và em",
    "Không gia đình",
)
"""Titles on the shelf of the idle screen; none of them stands for a copy.

In an order in which neighbours differ in colour.
"""


class Shelf(Widget):
    """A plank with books standing on it."""

    def __init__(self, box: Box, plank_px: float, books: Sequence[Widget] = ()) -> None:
        """Draw it.

        Args:
            box: Books and plank together.
            plank_px: Thickness of the plank, at the bottom of `box`.
            books: Spines already placed on the plank.
        """
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        for book in books:
            self.add_widget(book)
        plank, _ = box.cut_bottom(plank_px)
        with self.canvas.after:
            paint(WOOD)
            Rectangle(pos=plank.pos, size=plank.size)
            paint(WOOD_EDGE)
            Rectangle(pos=plank.pos, size=(plank.width, plank_px * 0.4))
            paint(SHADOW, 0.35)
            Rectangle(pos=(plank.x, plank.top - 1), size=(plank.width, 1))


class Slots(Widget):
    """A reader's own shelf: what they hold, and a dashed place for what they may still borrow."""

    def __init__(self, box: Box, titles: Sequence[str], most: int, plank_px: float) -> None:
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        _, room = box.cut_bottom(plank_px)
        count = max(most, len(titles))
        gap = round(room.height * 0.09)
        width = round(min(room.height * 0.34, (room.width * 0.86 - gap * (count - 1)) / count))
        row = room.centred(width * count + gap * (count - 1), room.height)
        places = [Box(row.x + i * (width + gap), room.y, width, room.height) for i in range(count)]
        for place in places[len(titles) :]:
            self._draw_empty(place.cut_bottom(place.height * 0.86)[0])
        books = [
            Spine(place.cut_bottom(round(place.height * share))[0], title)
            for place, title, share in zip(places, titles, _HEIGHTS * count, strict=False)
        ]
        self.add_widget(Shelf(box, plank_px, books))

    def _draw_empty(self, place: Box) -> None:
        inside = place.inset(1.5)
        edges = (
            (inside.x, inside.y, inside.x, inside.top),
            (inside.right, inside.y, inside.right, inside.top),
        )
        with self.canvas:
            paint(WOOD_EDGE, 0.75)
            for x1, y1, x2, y2 in (*edges, (inside.x, inside.top, inside.right, inside.top)):
                for start, end in _dashes(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5):
                    length = max(abs(x2 - x1), abs(y2 - y1))
                    SmoothLine(
                        points=[
                            x1 + (x2 - x1) * start / length,
                            y1 + (y2 - y1) * start / length,
                            x1 + (x2 - x1) * end / length,
                            y1 + (y2 - y1) * end / length,
                        ],
                        width=1.1,
                    )


_HEIGHTS = (0.94, 1.0, 0.88, 0.97, 0.91)
"""Shares of the room that neighbouring books take up; real shelves are never level."""


def _dashes(length: float, dash: float = 8, gap: float = 6) -> Iterator[tuple[float, float]]:
    at = 0.0
    while at < length:
        yield at, min(length, at + dash)
        at += dash + gap


def standing(box: Box, titles: Sequence[str], plank_px: float) -> Shelf:
    """A few given books side by side in the middle of a plank, as large as they fit."""
    _, room = box.cut_bottom(plank_px)
    count = max(1, len(titles))
    width = round(min(room.height * 0.3, room.width * 0.8 / count))
    row = room.centred(width * count, room.height)
    books = [
        Spine(Box(row.x + i * width, room.y, width, round(room.height * share)), title)
        for i, (title, share) in enumerate(zip(titles, _HEIGHTS * count, strict=False))
    ]
    return Shelf(box, plank_px, books)


def full_shelf(box: Box, plank_px: float) -> Shelf:
    """A shelf filled with favourites; the same at every start, no title twice.

    It is the only part of a screen that is kept: forty spines take half the time of a drawing,
    and nothing of a reader is on it.
    """
    shelf = _full_shelf(box, plank_px, is_high_contrast())
    if shelf.parent is not None:
        shelf.parent.remove_widget(shelf)
    return shelf


@lru_cache(maxsize=2)
def _full_shelf(box: Box, plank_px: float, _high_contrast: bool) -> Shelf:
    _, room = box.cut_bottom(plank_px)
    titles = iter(SHELF_TITLES)
    chance = random.Random(_SHELF_SEED)
    books: list[Widget] = []
    cloths: list[Cloth] = []
    x = room.x - room.height * 0.06
    while x < room.right:
        width = round(room.height * chance.uniform(0.17, 0.34))
        title = next(titles, "") if width > room.height * _LETTERED else ""
        cloths.append(cloth_of(title) if title else _other_than(cloths[-2:], chance))
        leans = len(books) % 9 == 8
        high = 0.82 if leans else chance.uniform(0.66, 1.0)
        place = Box(round(x), room.y, width, round(room.height * high))
        books.append(Spine(place, title, cloths[-1], -9 if leans else 0, seed=len(books)))
        about_to_lean = len(books) % 9 == 8
        x += width + round(room.height * (0.17 if leans or about_to_lean else 0.012))
    return Shelf(box, plank_px, books)


def _other_than(neighbours: Sequence[Cloth], chance: random.Random) -> Cloth:
    """A cloth for a book without a title."""
    return chance.choice([cloth for cloth in CLOTHS if cloth not in neighbours])


_SHELF_SEED = 11
_LETTERED = 0.21
"""Thinner spines (share of the room's height) carry no title."""
