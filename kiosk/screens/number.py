"""Typing the number of a card or a label whose code is torn: letters, then digits."""

from __future__ import annotations

from kivy.uix.widget import Widget

from db.identifiers import CARD_DIGITS
from kiosk.browsing import (
    EnterPressed,
    ErasePressed,
    KeyPressed,
    NumberPage,
    PrefixPressed,
)
from kiosk.icons import Icon
from kiosk.screens.paging import foot, foot_px, heading, room
from kiosk.screens.scene import Scene
from kiosk.theme import CARD, INK, INK_SOFT, LINE, Shape
from kiosk.widgets.box import Box
from kiosk.widgets.button import QuietButton, WordButton
from kiosk.widgets.keypad import keypad
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Phrase, line, stack

EMPTY = "–"
"""Where a digit is still to come."""


def number(scene: Scene, page: NumberPage) -> list[Widget]:
    """Draw the pad."""
    look = scene.look
    gap = look.px(24, compact=10)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    if look.shape is Shape.TALL:
        pad, left = rest.cut_bottom(look.px(470), gap)
    else:
        pad, left = rest.cut_right(rest.width * 0.42, gap)
    head, left = left.cut_top(look.px(64, compact=36), gap / 2)
    shown, left = left.cut_top(look.px(112, compact=72), gap)
    say, send = scene.wording.say, scene.send
    return [
        *heading(scene, head, Icon.KEYPAD, say("number.title")),
        *_typed(scene, page, shown),
        *_prefixes(scene, page, left),
        *keypad(
            pad, look, lambda digit: send(KeyPressed(digit)), lambda: send(ErasePressed()),
            scene.sending(EnterPressed()),
        ),
        *foot(scene, bar),
    ]  # fmt: skip


def _typed(scene: Scene, page: NumberPage, box: Box) -> list[Widget]:
    """The number as it stands on the card or label, with places for what is to come."""
    look = scene.look
    to_come = EMPTY * (page.width - len(page.digits))
    dot = "" if page.is_card else "."
    digits = " ".join(page.digits + to_come if page.is_card else to_come + page.digits)
    return [
        Panel(box, CARD, look.radius_px, LINE),
        line(
            f"{page.prefix}{dot} {digits}", look.display, INK, box.inset(look.px(24, compact=14), 0)
        ),
    ]


def _prefixes(scene: Scene, page: NumberPage, box: Box) -> list[Widget]:
    """What it is: a card, or a label of one of the registers."""
    look, say = scene.look, scene.wording.say
    gap = look.px(12, compact=6)
    row = look.touch_px(76)
    hint, box = box.cut_top(look.px(40, compact=22), gap)
    widgets: list[Widget] = [
        *stack([Phrase(say("number.how"), look.body, INK_SOFT, shrink=True)], hint)
    ]
    prefixes = [
        *((p, Icon.CARD) for p in CARD_DIGITS),
        *((r.prefix, Icon.BOOK) for r in page.registers),
    ]
    cells = box.grid(4, row, gap)
    for cell, (prefix, icon) in zip(cells, prefixes, strict=False):
        button = WordButton if prefix == page.prefix else QuietButton
        widgets.append(button(cell, look, icon, prefix, scene.sending(PrefixPressed(prefix))))
    return widgets
