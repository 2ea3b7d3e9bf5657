"""Finding a reader by class and name, and one reader's page with what they hold."""

from __future__ import annotations

import math

from kivy.uix.widget import Widget

from db.outcomes import CheckedOut, Refused
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import (
    choosing,
    columns,
    doing,
    frame,
    heading,
    hint,
    message,
    panel,
)
from kiosk.staff import REASONS, Ask, Classes, ClassList, Deed, Listed, ReaderPage
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, SMALLEST_TARGET_PX, YES, Shape
from kiosk.widgets.book_line import BookLine
from kiosk.widgets.box import Box
from kiosk.widgets.manifest import manifest
from kiosk.widgets.plates import PlainButton, RowButton, Tile, turning
from kiosk.widgets.text import Phrase, line, stack
from kiosk.wording import is_staff


def classes(scene: Scene, state: Classes) -> list[Widget]:
    """Draw the classes as tiles."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.find.title"))
    strip, rest = rest.cut_top(look.px(44, compact=26), look.px(16, compact=8))
    cells = _cells(scene, rest, len(state.homerooms))
    tiles = [
        Tile(cell, look, Icon.PEOPLE, name or say("staff.find.staff"), choosing(scene, name))
        for name, cell in zip(state.homerooms, cells, strict=False)
    ]
    return [*widgets, line(say("staff.find.class"), look.heading, INK, strip), *tiles]


def _cells(scene: Scene, box: Box, classes: int) -> list[Box]:
    """Room for every class, in as few columns as leave each large enough for a finger."""
    look = scene.look
    gap = look.px(16, compact=8)
    for across in range(3 if look.shape is Shape.TALL else 5, 9):
        down = math.ceil(classes / across)
        height = math.floor((box.height - gap * (down - 1)) / down)
        if height >= SMALLEST_TARGET_PX:
            break
    return box.grid(across, min(height, look.px(130)), gap)


def class_list(scene: Scene, state: ClassList) -> list[Widget]:
    """Draw a class, as many names as fit."""
    look, say = scene.look, scene.wording.say
    title = say("staff.find.of", homeroom=state.homeroom or say("staff.find.staff"))
    widgets, rest = frame(scene, state, title)
    foot, rest = rest.cut_bottom(look.touch_px(68, compact=64), look.px(16, compact=8))
    across = 2 if look.shape is Shape.TALL else 3
    cells = rest.grid(across, look.touch_px(76, compact=64), look.px(12, compact=8))
    pages = max(1, -(-len(state.people) // max(1, len(cells))))
    page = min(state.page, pages - 1)
    here = state.people[page * len(cells) : (page + 1) * len(cells)]
    rows = [
        RowButton(cell, look, person.name, choosing(scene, str(person.patron_id)))
        for person, cell in zip(here, cells, strict=False)
    ]
    turn = turning(
        foot,
        look,
        page,
        pages,
        lambda n, of: say("staff.pages", n=n, of=of),
        lambda to: scene.send(Listed(to)),
    )
    return [*widgets, *rows, *turn]


def reader(scene: Scene, state: ReaderPage) -> list[Widget]:
    """Draw one reader: what they hold on the left, what can be done on the right."""
    look, say = scene.look, scene.wording.say
    patron = state.patron
    title = f"{patron.name} · {patron.homeroom}" if patron.homeroom else patron.name
    widgets, rest = frame(scene, state, title)
    books, right = columns(scene, rest, 0.54)
    strip, rows = books.cut_top(look.px(36, compact=26), look.px(12, compact=6))
    entries = [_entry(scene, state, n) for n in range(len(patron.loans))]
    held = say("staff.reader.holds", n=len(patron.loans), most=patron.max_loans)
    return [
        *widgets,
        line(held, look.heading, INK, strip),
        *manifest(entries, rows, look, lambda n: say("serve.rest", n=n)),
        *(_asked(scene, state, state.ask, right) if state.ask else _deeds(scene, state, right)),
    ]


def _entry(scene: Scene, state: ReaderPage, n: int) -> BookLine:
    wording, today = scene.wording, state.patron.today
    loan = state.patron.loans[n]
    days = (loan.due - today).days
    tone, icon = (
        (NO, Icon.NO) if days < 0 else (LOOK, Icon.LOOK) if days <= 1 else (CALM, Icon.CLOCK)
    )
    due = wording.say("due.day", day=wording.day(loan.due))
    return BookLine(loan.title, due, tone, icon, wording.days_left(loan.due, today))


def _deeds(scene: Scene, state: ReaderPage, box: Box) -> list[Widget]:
    look, say = scene.look, scene.wording.say
    gap = look.px(16, compact=8)
    said, box = box.cut_top(look.px(150, compact=88), gap)
    height = look.touch_px(96, compact=64)
    visit, box = box.cut_top(height, gap)
    card, box = box.cut_top(height, gap)
    return [
        *_outcome(scene, state, said),
        Tile(visit, look, Icon.KEY, say("staff.reader.visit"), doing(scene, Deed.OPEN_VISIT)),
        Tile(card, look, Icon.CARD, say("staff.reader.card"), doing(scene, Deed.NEW_CARD)),
    ]


def _outcome(scene: Scene, state: ReaderPage, box: Box) -> list[Widget]:
    say = scene.wording.say
    match state.outcome:
        case CheckedOut(title=title, due=due):
            word = say("due.day", day=scene.wording.day(due))
            return message(scene, box, YES, Icon.TICK, title, word)
        case Refused() as refused:
            why, next_step = scene.wording.refusal(refused, staff=is_staff(state.patron))
            return message(scene, box, NO, Icon.NO, why, next_step)
    if state.has_new_card:
        return message(scene, box, YES, Icon.CARD, say("staff.reader.carded"), state.patron.card)
    return hint(scene, box, Icon.SCAN, say("staff.reader.scan"))


def _asked(scene: Scene, state: ReaderPage, ask: Ask, box: Box) -> list[Widget]:
    """What must be said before it goes on."""
    look, say = scene.look, scene.wording.say
    ground, inner = panel(scene, box)
    title, inner = heading(scene, inner, say(f"staff.ask.{ask}"))
    widgets: list[Widget] = [ground, title]
    if isinstance(state.outcome, Refused):
        why, _ = scene.wording.refusal(state.outcome, staff=is_staff(state.patron))
        strip, inner = inner.cut_top(look.px(64, compact=40), look.px(8, compact=4))
        phrase = Phrase(why, look.label, NO.ink, lines=2, icon=Icon.NO, shrink=True)
        widgets += stack([phrase], strip)
    if ask is Ask.NEW_CARD:
        scene_box, inner = inner.cut_top(inner.height * 0.7, look.px(8))
        words = Phrase(say("staff.ask.new-card.how"), look.small, INK_SOFT, lines=2)
        return [*widgets, scene.camera(scene_box), *stack([words], inner)]
    gap = look.px(12, compact=8)
    height = max(SMALLEST_TARGET_PX, min(look.px(84), (inner.height - 3 * gap) / 4))
    for reason in REASONS[ask]:
        row, inner = inner.cut_top(height, gap)
        words_of = say(f"staff.reason.{reason}")
        widgets.append(PlainButton(row, look, Icon.RIGHT, words_of, choosing(scene, reason)))
    return widgets
