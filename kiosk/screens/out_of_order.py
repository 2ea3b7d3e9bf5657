"""We made a mistake: says so, and whom to ask."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import INK, INK_SOFT, LOOK, NO, Shape
from kiosk.widgets.answer_card import badge
from kiosk.widgets.shelf import full_shelf
from kiosk.widgets.text import Phrase, stack


def out_of_order(scene: Scene) -> list[Widget]:
    """Draw the last resort; needs nothing but words."""
    look, say = scene.look, scene.wording.say
    heights = {Shape.WIDE: 172, Shape.COMPACT: 78, Shape.TALL: 208}
    shelf, rest = scene.box.cut_bottom(look.px(heights[look.shape]))
    inner = rest.inset(look.margin_px)
    mark, text = inner.cut_top(inner.height * 0.42, look.px(28, compact=8))
    side = look.px(132, compact=84)
    mark, _ = mark.cut_bottom(side)
    gap = look.px(12, compact=4)
    phrases = [
        Phrase(say("fault.title"), look.display, INK, lines=2, shrink=True),
        Phrase(say("fault.next"), look.title, NO.ink, gap_px=gap, shrink=True),
        Phrase(say("fault.kept"), look.body, INK_SOFT, lines=2, gap_px=2 * gap),
    ]
    return [
        full_shelf(shelf, look.px(16, compact=8)),
        *badge(mark, Icon.WRENCH, LOOK),
        *stack(phrases, text, "center", "top"),
    ]
