"""Wishing for a book: a title of at most a hundred letters, and then a card."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.browsing import (
    LONGEST_WISH,
    EnterPressed,
    ErasePressed,
    KeyPressed,
    Sent,
    WishPage,
)
from kiosk.icons import Icon
from kiosk.screens.paging import foot, foot_px, heading, room
from kiosk.screens.scene import Scene
from kiosk.theme import CALM, CARD, INK, INK_SOFT, LINE, YES, Shape
from kiosk.widgets.box import Box
from kiosk.widgets.keyboard import keyboard, smallest_keyboard_px
from kiosk.widgets.panel import Panel, tinted
from kiosk.widgets.text import Phrase, stack


def wish(scene: Scene, page: WishPage) -> list[Widget]:
    """Draw the wish."""
    look, say = scene.look, scene.wording.say
    gap = look.px(20, compact=8)
    bar, rest = room(scene).cut_bottom(foot_px(look), gap)
    if page.sent is not Sent.TYPING:
        return [*_sent(scene, page, rest), *foot(scene, bar)]
    keys, rest = _wide(scene, rest).cut_bottom(_keys_px(scene), gap)
    widgets: list[Widget] = []
    if not look.is_compact:
        head, rest = rest.cut_top(look.px(64), gap)
        widgets += heading(scene, head, Icon.WISH, say("wish.title"))
    ready = bool(page.typed.strip())
    main = (Icon.TICK, "wish.send", EnterPressed()) if ready else None
    send = scene.send
    return [
        *widgets,
        *_field(scene, page, rest),
        keyboard(keys, look, lambda sign: send(KeyPressed(sign)), lambda: send(ErasePressed())),
        *foot(scene, bar, (), main),
    ]


def _wide(scene: Scene, box: Box) -> Box:
    if scene.look.shape is not Shape.TALL:
        return box
    across = scene.look.px(8)
    return Box(scene.box.x + across, box.y, scene.box.width - 2 * across, box.height)


def _keys_px(scene: Scene) -> float:
    return smallest_keyboard_px(scene.look.touch_px(70, compact=64))


def _field(scene: Scene, page: WishPage, box: Box) -> list[Widget]:
    look, say = scene.look, scene.wording.say
    box, _ = box.cut_top(min(box.height, look.px(150, compact=80)))
    left = say("wish.left", n=LONGEST_WISH - len(page.typed))
    typed = Phrase(page.typed.capitalize() + "|", look.heading, INK, lines=2, shrink=True)
    hint = Phrase(say("wish.hint"), look.body, INK_SOFT, lines=2, shrink=True)
    return [
        Panel(box, CARD, look.radius_px, LINE),
        *stack(
            [typed, Phrase(left, look.small, INK_SOFT)] if page.typed else [hint],
            box.inset(look.px(24, compact=12), look.px(8, compact=4)),
        ),
    ]


def _sent(scene: Scene, page: WishPage, box: Box) -> list[Widget]:
    look, say = scene.look, scene.wording.say
    done = page.sent is Sent.DONE
    tone, icon = (YES, Icon.DONE) if done else (CALM, Icon.CARD)
    card = box.centred(box.width, min(box.height, look.px(360, compact=220)))
    what, how = ("wish.done", "wish.done.how") if done else ("wish.card", "wish.card.how")
    gap = look.px(14, compact=6)
    phrases = [
        Phrase(say(what), look.display, tone.ink, lines=2, icon=icon, shrink=True),
        Phrase(page.typed.capitalize(), look.heading, INK, lines=3, gap_px=gap, shrink=True),
        Phrase(say(how), look.body, INK_SOFT, lines=2, gap_px=gap, shrink=True),
    ]
    return [
        tinted(card, tone, look.radius_px, look.px(8)),
        *stack(phrases, card.inset(look.px(40, compact=16), look.px(20, compact=8)), "center"),
    ]
