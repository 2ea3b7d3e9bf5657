"""Finding a book: what is typed, what narrows it, and what answers, as spines on cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from kiosk.browsing import (
    BackPressed,
    Book,
    BookPressed,
    BrowseEvent,
    Door,
    DoorPressed,
    ErasePressed,
    KeyPressed,
    KeysPressed,
    Kind,
    KindPressed,
    Option,
    OptionPressed,
    ReadyPressed,
    SearchPage,
    ShelfPage,
)
from kiosk.icons import Icon
from kiosk.screens.paging import Button, arrows, empty, foot, foot_px, heading, room
from kiosk.screens.scene import Scene
from kiosk.theme import (
    CALM,
    CARD,
    INK,
    INK_SOFT,
    LINE,
    LOOK,
    ON_TEAL,
    SAND,
    SMALLEST_TARGET_PX,
    TEAL,
    TEAL_DEEP,
    YES,
    Look,
    Shape,
    Tone,
)
from kiosk.widgets.box import Box
from kiosk.widgets.button import IconButton, QuietButton, Touchable, WordButton
from kiosk.widgets.keyboard import keyboard, smallest_keyboard_px
from kiosk.widgets.panel import Panel
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, Sign, Text, line, place, stack

CURSOR = "|"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a book stands, in a word: whether it can be taken now."""

    tone: Tone
    icon: Icon
    words: str


def standing_of(scene: Scene, book: Book) -> Standing:
    """Say whether a book is here."""
    say = scene.wording.say
    if book.in_sets:
        return Standing(CALM, Icon.LIST, say("book.in-sets"))
    if book.for_teachers:
        return Standing(CALM, Icon.STAFF, say("book.for-teachers"))
    if book.available:
        return Standing(YES, Icon.TICK, say("book.left", n=book.available))
    if book.in_library:
        return Standing(CALM, Icon.READ, say("book.here", n=book.in_library))
    if book.on_loan:
        return Standing(LOOK, Icon.CLOCK, say("book.out"))
    return Standing(CALM, Icon.LIBRARIAN, say("book.ask"))


def search(scene: Scene, page: SearchPage) -> list[Widget]:
    """Draw the search."""
    look = scene.look
    inner = room(scene)
    gap = look.px(16, compact=8)
    if not page.has_keys:
        bar, rest = inner.cut_bottom(foot_px(look), gap)
        field, rest = rest.cut_top(_field_px(look), gap)
        ways = foot(scene, bar, _ways(page))
        return [*_field(scene, page, field), *_answers(scene, page, rest), *ways]
    keys, rest = _keys_box(scene, inner).cut_bottom(_keys_px(look), gap)
    below = _options(scene, page, keys) if page.choosing else _keys(scene, keys)
    if look.shape is Shape.TALL:  # a hand reaches the lower half only
        bar, rest = _within(rest, inner).cut_bottom(foot_px(look), gap)
        field, rest = rest.cut_top(_field_px(look), gap)
        ways = foot(scene, bar, _ways(page))
        return [*_field(scene, page, field), *_answers(scene, page, rest), *ways, *below]
    field, rest = rest.cut_top(_field_px(look), gap)
    return [*_field_with_ways(scene, page, field), *_answers(scene, page, rest), *below]


def shelf_of_books(scene: Scene, page: ShelfPage) -> list[Widget]:
    """Draw the books of a shelf of the idle screen."""
    look, say = scene.look, scene.wording.say
    gap = look.px(16, compact=8)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    head, rest = rest.cut_top(look.px(64, compact=40), gap)
    words = page.name or say("shelf.new")
    icon = Icon.LIBRARY if page.name else Icon.NEW
    count = say("shelf.count", n=len(page.books))
    return [
        *heading(scene, head, icon, words, count),
        *book_cards(scene, page.books, page.at, rest, highest_px=look.px(190, compact=120)),
        *foot(scene, bar, [(Icon.SEARCH, "door.search", DoorPressed(Door.SEARCH))]),
    ]


def _field_px(look: Look) -> float:
    return look.touch_px(80, compact=64)


def _keys_px(look: Look) -> float:
    return smallest_keyboard_px(look.touch_px(70, compact=64))


def _keys_box(scene: Scene, inner: Box) -> Box:
    """Keys need all the width of a narrow screen."""
    if scene.look.shape is not Shape.TALL:
        return inner
    across = scene.look.px(8)
    return Box(scene.box.x + across, inner.y, scene.box.width - 2 * across, inner.height)


def _within(box: Box, inner: Box) -> Box:
    """The height of one box and the width of another."""
    return Box(inner.x, box.y, inner.width, box.height)


def _ways(page: SearchPage) -> list[Button]:
    """The keyboard, or less of it, and the filters."""
    icon, key = (Icon.KEYBOARD, "search.keys") if not page.has_keys or page.choosing else _HIDE
    keys = KindPressed(page.choosing) if page.choosing else KeysPressed()
    ways: list[Button] = [(icon, key, keys)]
    if page.options and page.choosing is None:
        ways.append((Icon.FILTER, "search.filter", KindPressed(next(iter(page.options)))))
    return ways


_HIDE = (Icon.DOWN, "search.hide")


def _field_with_ways(scene: Scene, page: SearchPage, box: Box) -> list[Widget]:
    """The line that is typed, between the way back and the filters."""
    look = scene.look
    gap = look.px(12, compact=8)
    back, box = box.cut_left(box.height, gap)
    hide, box = box.cut_right(box.height, gap)
    (icon, _, event), *filters = _ways(page)
    widgets: list[Widget] = [
        IconButton(back, look, Icon.BACK, scene.sending(BackPressed())),
        IconButton(hide, look, icon, scene.sending(event)),
    ]
    for sign, key, filtering in filters:
        cell, box = box.cut_right(look.px(190, compact=112), gap)
        say = scene.wording.say
        widgets.append(QuietButton(cell, look, sign, say(key), scene.sending(filtering)))
    return [*widgets, *_field(scene, page, box)]


def _field(scene: Scene, page: SearchPage, box: Box) -> list[Widget]:
    """What was typed, and how many books answer."""
    look, say = scene.look, scene.wording.say
    widgets: list[Widget] = [Panel(box, CARD, min(look.radius_px, box.height / 2), LINE)]
    inner = box.inset(look.px(24, compact=12), 0)
    if page.found.books:
        count = Text(say("shelf.count", n=page.found.total), look.label, INK_SOFT, inner.width / 3)
        widgets.append(place(count, inner, "right"))
        _, inner = inner.cut_right(count.width, look.px(12))
    sign = Sign(Icon.SEARCH, look.heading.size_px * 1.1, TEAL)
    _, words_box = inner.cut_left(sign.width, look.px(14, compact=8))
    said = _said(scene, page)
    style, ink = (look.heading, INK) if page.asks else (look.body, INK_SOFT)
    return [*widgets, place(sign, inner, "left"), line(said, style, ink, words_box)]


def _said(scene: Scene, page: SearchPage) -> str:
    """What is asked for: the end of what was typed, and the filters."""
    chosen = [scene.wording.say(f"filter.{kind}.is", name=o.name) for kind, o in page.chosen]
    if page.only_ready:
        chosen.append(scene.wording.say("filter.ready"))
    if not page.typed and not chosen:
        return scene.wording.say("search.hint")
    typed = page.typed[-28:] + (CURSOR if page.has_keys and page.choosing is None else "")
    return " · ".join(part for part in (typed, *chosen) if part)


def _keys(scene: Scene, box: Box) -> list[Widget]:
    send = scene.send

    def press(sign: str) -> None:
        send(KeyPressed(sign))

    return [keyboard(box, scene.look, press, lambda: send(ErasePressed()))]


def _answers(scene: Scene, page: SearchPage, box: Box) -> list[Widget]:
    """The books that answer; or how to ask, and what to do when none does."""
    look, say = scene.look, scene.wording.say
    if page.found.books:
        return book_cards(scene, page.found.books, page.at, box)
    if not page.asks:
        return empty(scene, box, Icon.BOOK, say("search.begin"), say("search.begin.how"))
    words, button = box, None
    if page.typed.strip() and box.height > look.px(260, compact=180):
        low, words = box.cut_bottom(box.height * 0.4, look.px(20, compact=8))
        strip, _ = low.cut_top(foot_px(look))
        button = strip.centred(min(strip.width, look.px(460, compact=320)), strip.height)
    widgets = empty(scene, words, Icon.SEARCH, say("search.none"), say("search.none.how"))
    if button is not None:
        wish = scene.sending(DoorPressed(Door.WISH))
        widgets.append(WordButton(button, look, Icon.WISH, say("wish.open"), wish))
    return widgets


def book_cards(
    scene: Scene, books: Sequence[Book], at: int, box: Box, *, highest_px: float = 0
) -> list[Widget]:
    """Cards in rows, as many as fit, and arrows for the rest."""
    look = scene.look
    gap = look.px(14, compact=8)
    lowest = min(box.height, look.px(132, compact=100))
    columns = {Shape.WIDE: 3, Shape.COMPACT: 3, Shape.TALL: 2}[look.shape]
    turn = None
    if len(books) > len(box.grid(columns, lowest, gap)):
        turn, box = box.cut_right(look.touch_px(72), gap)
    most_rows = max(1, int((box.height + gap) // (lowest + gap)))
    rows = most_rows if turn is not None else min(most_rows, -(-len(books) // columns))
    highest = max(lowest, highest_px, look.px(160, compact=120))
    row = min(highest, (box.height - gap * (rows - 1)) // rows)
    cells = box.grid(columns, row, gap)[: rows * columns]
    shown = books[at : at + len(cells)]
    widgets: list[Widget] = [
        BookCard(scene, cell, book) for cell, book in zip(cells, shown, strict=False)
    ]
    if turn is not None:
        widgets += arrows(scene, turn, at, len(cells), len(books))
    return widgets


class BookCard(Touchable):
    """One book to touch: its spine, its title, whether it is here."""

    def __init__(self, scene: Scene, box: Box, book: Book) -> None:
        look = scene.look
        super().__init__(box, look, CARD, SAND, scene.sending(BookPressed(book.edition_id)))
        padding = look.px(14, compact=8)
        inner = box.inset(padding)
        spine, text = inner.cut_left(round(inner.height * 0.36), padding)
        self.add_widget(Spine(spine, book.title))
        standing = standing_of(scene, book)
        phrases = [
            Phrase(book.title, look.label, INK, lines=2),
            Phrase(
                standing.words,
                look.small,
                standing.tone.ink,
                lines=2,
                icon=standing.icon,
                shrink=True,
            ),
        ]
        if book.authors and not look.is_compact and text.height > 5.2 * look.label.size_px:
            phrases.insert(1, Phrase(book.authors, look.small, INK_SOFT))
        for widget in stack(phrases, text):
            self.add_widget(widget)


def _options(scene: Scene, page: SearchPage, box: Box) -> list[Widget]:
    """What a filter can be set to: the kinds above, their options below."""
    look, say = scene.look, scene.wording.say
    gap = look.px(10, compact=6)
    tabs, rest = box.cut_top(look.touch_px(66), gap)
    kinds = list(page.options)
    cells = tabs.grid(len(kinds) + 1, tabs.height, gap)
    widgets: list[Widget] = []
    for cell, kind in zip(cells, kinds, strict=False):
        is_on = kind is page.choosing
        event = KeysPressed() if is_on else KindPressed(kind)
        words = say(f"filter.{kind}")
        widgets.append(Choice(scene, cell, words, event, _ICONS[kind], is_on=is_on))
    ready = say("filter.ready")
    widgets.append(
        Choice(scene, cells[-1], ready, ReadyPressed(), Icon.TICK, is_on=page.only_ready)
    )
    assert page.choosing is not None
    return [*widgets, *_choices(scene, page, page.choosing, rest, gap)]


def _choices(scene: Scene, page: SearchPage, kind: Kind, box: Box, gap: float) -> list[Widget]:
    look = scene.look
    options: list[Option | None] = [None, *page.options.get(kind, ())]
    columns = {Shape.WIDE: 5, Shape.COMPACT: 4, Shape.TALL: 3}[look.shape]
    row = max(SMALLEST_TARGET_PX, look.px(66), round(look.label.size_px * 3.2))
    turn = None
    if len(options) > len(box.grid(columns, row, gap)):
        turn, box = box.cut_right(look.touch_px(72), gap)
    cells = box.grid(columns, row, gap)
    chosen = dict(page.chosen).get(kind)
    widgets: list[Widget] = []
    for cell, option in zip(cells, options[page.option_at :], strict=False):
        words = scene.wording.say("filter.any") if option is None else option.name
        event = OptionPressed(kind, option)
        is_on = option == chosen
        widgets.append(Choice(scene, cell, words, event, is_on=is_on))
    if turn is not None:
        widgets += arrows(scene, turn, page.option_at, len(cells), len(options))
    return widgets


class Choice(Touchable):
    """One thing to choose; filled when it is chosen."""

    def __init__(
        self,
        scene: Scene,
        box: Box,
        words: str,
        event: BrowseEvent,
        icon: Icon | None = None,
        *,
        is_on: bool,
    ) -> None:
        look = scene.look
        ground, pressed, ink = (TEAL, TEAL_DEEP, ON_TEAL) if is_on else (CARD, SAND, INK)
        super().__init__(box, look, ground, pressed, scene.sending(event))
        phrase = Phrase(words, look.label, ink, lines=3, icon=icon, shrink=True)
        for widget in stack([phrase], box.inset(look.px(10, compact=6), 2), "center"):
            self.add_widget(widget)


_ICONS = {
    Kind.GRADE: Icon.PRACTICE,
    Kind.SUBJECT: Icon.BOOK,
    Kind.KHO: Icon.SHELF,
    Kind.CLASS: Icon.LIST,
    Kind.TAG: Icon.LIBRARY,
}
