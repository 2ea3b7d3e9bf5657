"""The visit is over: what was borrowed, when it is due, whether there is a slip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from kivy.graphics import SmoothRoundedRectangle
from kivy.uix.widget import Widget

from db.outcomes import CheckedOut, Renewed, Returned
from kiosk.icons import Icon
from kiosk.screens.paper import paper
from kiosk.screens.scene import Scene
from kiosk.theme import (
    CALM,
    CARD,
    INK,
    INK_SOFT,
    LINE,
    ON_TEAL,
    TEAL,
    YES,
    Look,
    Shape,
    Style,
)
from kiosk.visit import Finished
from kiosk.widgets.answer_card import badge
from kiosk.widgets.box import Box
from kiosk.widgets.countdown import CountdownBar
from kiosk.widgets.paint import paint
from kiosk.widgets.panel import Group, Panel
from kiosk.widgets.shelf import standing
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, Text, line, place, stack
from kiosk.widgets.typeset import ELLIPSIS, typeset
from kiosk.wording import Wording, is_staff

_SPINE_SHARE = 0.36
"""Width of a small spine by its height."""


def finished(scene: Scene, visit: Finished) -> list[Widget]:
    """Draw the farewell."""
    look = scene.look
    inner = scene.box.inset(look.margin_px, look.px(40, compact=16))
    bye, rest = inner.cut_bottom(look.px(56, compact=36), look.px(28, compact=12))
    head, rest = rest.cut_top(look.px(92, compact=56), look.px(32, compact=12))
    days = len({act.due for act in _due_acts(visit)}) or 1
    main, side = _halves(rest, look, days)
    body = Group(*_main(scene, visit, main), *_side(scene, visit, side))
    if scene.is_new:
        body.appear(look.px(20))
    return [*_headline(scene, visit, head), body, *_bye(scene, bye)]


def _halves(rest: Box, look: Look, days: int) -> tuple[Box, Box]:
    """Room for the due days, and for the slip and the rest."""
    if look.shape is Shape.TALL:
        return rest.cut_top(min(rest.height * 0.6, days * look.px(300)), look.px(32))
    side, main = rest.cut_right(rest.width * 0.36, look.px(48, compact=20))
    return main, side


def _headline(scene: Scene, visit: Finished, box: Box) -> list[Widget]:
    mark, text = box.cut_left(box.height, scene.look.px(28, compact=14))
    side = box.height * 0.88
    words = _what_was_done(visit, scene.wording)
    style = scene.look.display
    return [*badge(mark.centred(side, side), Icon.TICK, YES), line(words, style, INK, text)]


def _what_was_done(visit: Finished, wording: Wording) -> str:
    staff = is_staff(visit.patron)
    for key, acts in (
        ("finish.lent", visit.lent),
        ("finish.renewed", visit.renewed),
        ("finish.reading", visit.reading),
    ):
        if acts:
            return wording.say(key, staff=staff, n=len(acts))
    return wording.say("finish.returned", staff=staff, n=len(visit.returned))


def _bye(scene: Scene, box: Box) -> list[Widget]:
    look = scene.look
    bar, words = box.cut_bottom(look.px(8, compact=6), look.px(12, compact=6))
    text = line(scene.wording.say("finish.bye"), look.heading, INK_SOFT, words)
    return [text, CountdownBar(bar, scene.countdown)]


def _main(scene: Scene, visit: Finished, box: Box) -> list[Widget]:
    """Due days with their books; or, when nothing was lent, the copies handed in."""
    due = _due_acts(visit)
    if not due:
        return _to_the_shelf(scene, visit.reading or visit.returned, box)
    look = scene.look
    by_day = sorted(due, key=lambda act: act.due)
    groups = [(day, list(acts)) for day, acts in groupby(by_day, key=lambda act: act.due)]
    gap = look.px(20, compact=10)
    height = (box.height - gap * (len(groups) - 1)) / len(groups)
    widgets: list[Widget] = []
    for day, acts in groups:
        panel, box = box.cut_top(height, gap)
        widgets += _due_panel(scene, day, acts, panel)
    return widgets


def _due_acts(visit: Finished) -> tuple[CheckedOut | Renewed, ...]:
    """What has a day to remember."""
    return (*visit.lent, *visit.renewed)


def _due_panel(
    scene: Scene, day: date, acts: Sequence[CheckedOut | Renewed], box: Box
) -> list[Widget]:
    """One due day, large as on a calendar leaf, and the titles it holds for."""
    look = scene.look
    padding = look.px(20, compact=10)
    inner = box.inset(padding)
    leaf, books = inner.cut_left(min(inner.height * 1.15, inner.width * 0.4), padding * 1.4)
    titles = [act.title for act in acts]
    return [
        Panel(box, CARD, look.radius_px, LINE, look.px(6)),
        *_calendar_leaf(scene, day, leaf),
        *_titles(scene, titles, books),
    ]


def _calendar_leaf(scene: Scene, day: date, box: Box) -> list[Widget]:
    look, wording = scene.look, scene.wording
    band, below = box.cut_top(min(box.height * 0.3, look.px(64, compact=38)))
    leaf = Widget(pos=box.pos, size=box.size, size_hint=(None, None))
    radius = look.px(18, compact=10)
    with leaf.canvas:
        paint(CALM.ground)
        SmoothRoundedRectangle(pos=box.pos, size=box.size, radius=[radius])
        paint(TEAL)
        SmoothRoundedRectangle(pos=band.pos, size=band.size, radius=[radius, radius, 0, 0])
    large = min(1.4, max(1.0, below.height / (2.5 * look.display.size_px)))
    phrases = [
        Phrase(wording.weekday(day), look.heading.scaled(large), TEAL, shrink=True),
        Phrase(f"{day:%d/%m}", look.display.scaled(large), INK, shrink=True),
    ]
    title = line(
        wording.say("finish.due"), look.label, ON_TEAL, band.inset(look.px(8), 0), "center"
    )
    return [
        leaf,
        title,
        *stack(phrases, below.inset(look.px(20, compact=14), look.px(2)), "center"),
    ]


def _titles(scene: Scene, titles: Sequence[str], box: Box) -> list[Widget]:
    """Titles with their spines, as large as they all fit; the rest is counted."""
    look = scene.look
    gap = look.px(8, compact=4)
    least, most = look.px(44, compact=34), look.px(132, compact=96)
    row = min(most, max(least, (box.height + gap) / max(1, len(titles)) - gap))
    cells = box.grid(1, min(row, box.height), gap)
    kept = len(titles) if len(titles) <= len(cells) else len(cells) - 1
    shown = cells[: kept + 1] if kept < len(titles) else cells[:kept]
    down = (box.height - (len(shown) * (row + gap) - gap)) / 2
    lowered = [Box(c.x, round(c.y - max(0, down)), c.width, c.height) for c in shown]
    style = _style_for(look, titles, row, box.width)
    widgets = [w for t, c in zip(titles, lowered, strict=False) for w in _title(look, style, t, c)][
        : 2 * kept
    ]
    if kept < len(titles):
        rest = scene.wording.say("serve.rest", n=len(titles) - kept)
        widgets.append(line(rest, look.label, INK_SOFT, lowered[-1]))
    return widgets


def _style_for(look: Look, titles: Sequence[str], row: float, width: float) -> Style:
    """The largest step in which every title fits its row."""
    room = width - row * _SPINE_SHARE - look.px(16)
    for step in (look.title, look.heading):
        settings = [typeset(title, step, room, _lines_in(row, step)).text for title in titles]
        if row > 2.4 * step.size_px and not any(text.endswith(ELLIPSIS) for text in settings):
            return step
    return look.label


def _title(look: Look, style: Style, title: str, box: Box) -> list[Widget]:
    spine, text = box.cut_left(round(box.height * _SPINE_SHARE), look.px(16))
    words = Text(title, style, INK, text.width, _lines_in(box.height, style), shrink=True)
    return [Spine(spine, title), place(words, text, "left")]


def _lines_in(row: float, style: Style) -> int:
    return 2 if row >= 2 * style.size_px * style.line else 1


def _to_the_shelf(scene: Scene, acts: Sequence[CheckedOut | Returned], box: Box) -> list[Widget]:
    """What is handed in, or read here and put back later, and where it goes then."""
    look = scene.look
    where = "return.shelf" if isinstance(acts[0], Returned) else "serve.reading.next"
    padding = look.px(28, compact=12)
    step, books = box.inset(padding).cut_bottom(look.px(48, compact=32), padding / 2)
    shelf = Phrase(scene.wording.say(where), look.heading, YES.ink, icon=Icon.SHELF, shrink=True)
    return [
        Panel(box, CARD, look.radius_px, LINE, look.px(6)),
        *_titles(scene, [act.title for act in acts], books),
        *stack([shelf], step),
    ]


def _side(scene: Scene, visit: Finished, box: Box) -> list[Widget]:
    """The slip, what was handed in besides, and the books themselves where there is room."""
    look = scene.look
    gap = look.px(24, compact=10)
    widgets, box = paper(scene, visit, box, gap)
    if visit.returned and (visit.taken or visit.renewed):
        also, box = box.cut_top(look.px(44, compact=30), gap)
        words = scene.wording.say("finish.also", n=len(visit.returned))
        widgets += stack([Phrase(words, look.heading, YES.ink, icon=Icon.DONE)], also)
    room = look.px(150, compact=96)
    if box.height >= room:
        titles = [act.title for act in (visit.taken or visit.renewed or visit.returned)]
        shelf, _ = box.cut_bottom(min(box.height, look.px(340, compact=150)))
        widgets.append(standing(shelf, titles, look.px(14, compact=8)))
    return widgets
