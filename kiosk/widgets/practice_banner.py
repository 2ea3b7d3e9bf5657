"""The strip above every screen of a practice: nothing here is real, and how to leave it."""

from __future__ import annotations

from collections.abc import Callable

from kivy.graphics import Rectangle
from kivy.uix.widget import Widget

from kiosk.browsing import BackPressed
from kiosk.events import KioskEvent
from kiosk.icons import Icon
from kiosk.theme import CARD, LOOK, SMALLEST_TARGET_PX, Look
from kiosk.widgets.box import Box
from kiosk.widgets.button import QuietButton
from kiosk.widgets.paint import paint
from kiosk.widgets.text import Phrase, stack
from kiosk.wording import Wording


def banner_height_px(look: Look) -> float:
    """How high the strip is."""
    return SMALLEST_TARGET_PX + look.px(16, compact=4)


def practice_banner(
    box: Box, look: Look, wording: Wording, send: Callable[[KioskEvent], None]
) -> list[Widget]:
    """Say that this is practice, and let it be left."""
    ground = Widget(pos=box.pos, size=box.size, size_hint=(None, None))
    with ground.canvas:
        paint(LOOK.solid)
        Rectangle(pos=box.pos, size=box.size)
    inner = box.inset(look.margin_px, look.px(8, compact=2))
    button, words = inner.cut_right(look.px(220, compact=150), look.px(16))
    say = wording.say
    phrases = [
        Phrase(say("practice.title"), look.title, CARD, icon=Icon.PRACTICE, shrink=True),
        Phrase(say("practice.unreal"), look.label, CARD, shrink=True),
    ]
    leave = QuietButton(
        button, look, Icon.CLOSE, say("practice.leave"), lambda: send(BackPressed())
    )
    return [ground, *stack(phrases, words), leave]
