"""One book: its back as large as there is room, where it stands, and how many are left."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.browsing import Book, BookPage, KeepPressed, Place
from kiosk.icons import Icon
from kiosk.screens.paging import Button, foot, foot_px, room
from kiosk.screens.scene import Scene
from kiosk.screens.search import standing_of
from kiosk.theme import CALM, CARD, INK, INK_SOFT, LINE, YES, Shape
from kiosk.visit import Serving, Visit
from kiosk.widgets.box import Box
from kiosk.widgets.chip import chip
from kiosk.widgets.panel import Panel, tinted
from kiosk.widgets.shelf import Shelf
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, line, stack

MOST_PLACES = 4
"""Places listed; a book that stands in more is anywhere in the library."""


def book(scene: Scene, page: BookPage, visit: Visit) -> list[Widget]:
    """Draw one book."""
    look = scene.look
    gap = look.px(24, compact=10)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    if look.shape is Shape.TALL:
        picture, words = rest.cut_top(rest.height * 0.36, gap)
    else:
        picture, words = rest.cut_left(rest.width * (0.2 if look.is_compact else 0.26), gap * 1.5)
    title, below = words.cut_top(words.height * (0.5 if look.is_compact else 0.46), gap)
    return [
        _picture(scene, page.book, picture),
        *stack(_about(scene, page.book), title, vertical="middle"),
        *(_card_wanted(scene, below) if page.asks_card else _where(scene, page.book, below)),
        *foot(scene, bar, (), _keep(page, visit)),
    ]


def _picture(scene: Scene, book: Book, box: Box) -> Widget:
    """The book on a plank of its own."""
    plank = scene.look.px(14, compact=8)
    _, above = box.cut_bottom(plank)
    width = min(above.height * 0.34, above.width * 0.6)
    stand = above.centred(round(width), above.height)
    return Shelf(box, plank, [Spine(Box(stand.x, above.y, stand.width, above.height), book.title)])


def _about(scene: Scene, book: Book) -> list[Phrase]:
    look, say = scene.look, scene.wording.say
    gap = look.px(8, compact=3)
    year = str(book.year) if book.year else ""
    printed = ", ".join(part for part in (book.publisher, year) if part)
    grade = say("filter.grade.is", name=str(book.grade)) if book.grade else ""
    kind = " · ".join(part for part in (book.kho, grade, book.subject) if part)
    standing = standing_of(scene, book)
    phrases = [Phrase(book.title, look.title, INK, lines=3, shrink=True)]
    for text, style in ((book.authors, look.heading), (printed, look.body), (kind, look.body)):
        if text:
            phrases.append(Phrase(text, style, INK_SOFT, gap_px=gap, shrink=True))
    word = Phrase(
        standing.words, look.heading, standing.tone.ink, icon=standing.icon, gap_px=2 * gap
    )
    return [*phrases, word]


def _where(scene: Scene, book: Book, box: Box) -> list[Widget]:
    """Each place with its copies, the fullest first."""
    look, say = scene.look, scene.wording.say
    if not book.places:
        return []
    gap = look.px(10, compact=6)
    row = look.px(72, compact=44)
    places = sorted(book.places, key=lambda p: -(p.available + p.in_library))[:MOST_PLACES]
    widgets: list[Widget] = []
    cells = box.grid(1, row, gap)
    for cell, at in zip(cells, places, strict=False):
        widgets.append(Panel(cell, CARD, min(look.radius_px, cell.height / 2), LINE))
        inner = cell.inset(look.px(20, compact=12), 2)
        widgets.append(_count(scene, at, inner))
        _, left = inner.cut_right(widgets[-1].width, look.px(16))
        name = say_place(scene, at)
        widgets += stack([Phrase(name, look.label, INK, icon=Icon.HERE, shrink=True)], left)
    if book.available and len(cells) > len(places):
        hint = cells[len(places)]
        widgets.append(line(say("book.take"), look.body, INK_SOFT, hint, lines=2))
    return widgets


def _count(scene: Scene, at: Place, box: Box) -> Widget:
    say = scene.wording.say
    here = at.available + at.in_library
    words = say("book.left", n=here) if here else say("book.out")
    tone = YES if here else CALM
    return chip(words, tone, scene.look, box, style=scene.look.label)


def say_place(scene: Scene, at: Place) -> str:
    """Where it is, as a pupil looks for it."""
    say = scene.wording.say
    if at.corner:
        return at.corner
    shelf = at.shelf and (say("place.row", shelf=at.shelf, row=at.row) if at.row else at.shelf)
    return f"{shelf} · {at.kho}" if shelf else at.kho


def _card_wanted(scene: Scene, box: Box) -> list[Widget]:
    look = scene.look
    card = Box(
        box.x, box.top - min(box.height, look.px(180)), box.width, min(box.height, look.px(180))
    )
    phrase = Phrase(
        scene.wording.say("book.keep.card"), look.title, CALM.ink, lines=2, icon=Icon.CARD,
        shrink=True,
    )  # fmt: skip
    return [
        tinted(card, CALM, look.radius_px, look.px(6)),
        *stack([phrase], card.inset(look.px(28, compact=14)), "center"),
    ]


def _keep(page: BookPage, visit: Visit) -> Button | None:
    """Keeping is for what everybody may have and nobody finds on the shelf now."""
    book = page.book
    is_out = book.on_loan and not book.available and not book.in_library
    if not is_out or book.for_teachers or book.in_sets or page.asks_card:
        return None
    key = "book.keep" if isinstance(visit, Serving) else "book.keep.with-card"
    return Icon.HOLD, key, KeepPressed()
