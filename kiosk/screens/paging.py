"""What every page has: room with a margin, a way back at its foot, arrows to turn it."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.uix.widget import Widget

from kiosk.browsing import BackPressed, TurnPressed
from kiosk.events import KioskEvent
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import INK, INK_SOFT, SMALLEST_TARGET_PX, TEAL, Look
from kiosk.widgets.box import Box
from kiosk.widgets.button import IconButton, QuietButton, WordButton
from kiosk.widgets.text import Phrase, Text, place, stack

Button = tuple[Icon, str, KioskEvent]
"""Icon, key of its words, and what a touch says."""


def foot_px(look: Look) -> float:
    """How high the bar at the foot is."""
    return look.touch_px(80)


def room(scene: Scene) -> Box:
    """The page's room."""
    look = scene.look
    return scene.box.inset(look.px(40, compact=12), look.px(28, compact=10))


def foot(
    scene: Scene, box: Box, quiet: Sequence[Button] = (), main: Button | None = None
) -> list[Widget]:
    """The bar at the foot: back at the left, then other ways, the main one at the right."""
    look, say = scene.look, scene.wording.say
    gap = look.px(16, compact=8)
    shares = 1 + len(quiet) + (1.4 if main else 0)
    width = min(look.px(300, compact=190), (box.width - gap * (shares - 1)) / shares)
    widgets: list[Widget] = []
    rest = box
    for icon, key, event in ((Icon.BACK, "page.back", BackPressed()), *quiet):
        cell, rest = rest.cut_left(width, gap)
        widgets.append(QuietButton(cell, look, icon, say(key), scene.sending(event)))
    if main is not None:
        icon, key, event = main
        cell, _ = rest.cut_right(min(rest.width, look.px(460, compact=300)))
        widgets.append(WordButton(cell, look, icon, say(key), scene.sending(event)))
    return widgets


def heading(scene: Scene, box: Box, icon: Icon, words: str, more: str = "") -> list[Widget]:
    """What the page is, and at the right how much there is of it."""
    look = scene.look
    count = [Text(more, look.label, INK_SOFT, box.width * 0.4)] if more else []
    _, room_for_words = box.cut_right(sum(text.width for text in count), look.px(20))
    title = Phrase(words, look.title, TEAL, icon=icon, shrink=True)
    return [*stack([title], room_for_words), *(place(text, box, "right") for text in count)]


def empty(scene: Scene, box: Box, icon: Icon, words: str, how: str = "") -> list[Widget]:
    """Nothing to show, said kindly."""
    look = scene.look
    phrases = [Phrase(words, look.heading, INK, lines=2, icon=icon, shrink=True)]
    if how:
        phrases.append(Phrase(how, look.body, INK_SOFT, lines=2, gap_px=look.px(8), shrink=True))
    return stack(phrases, box, "center")


def arrows(scene: Scene, box: Box, at: int, shown: int, count: int) -> list[Widget]:
    """Arrows to turn what does not fit, one above the other."""
    look = scene.look
    height = (box.height - look.px(8)) / 2
    up, down = box.cut_top(height)[0], box.cut_bottom(height)[0]
    if height < SMALLEST_TARGET_PX:
        up = down = box
    widgets: list[Widget] = []
    if at > 0 and not (up is down and at + shown < count):
        widgets.append(IconButton(up, look, Icon.UP, scene.sending(TurnPressed(-shown))))
    if at + shown < count:
        widgets.append(IconButton(down, look, Icon.DOWN, scene.sending(TurnPressed(shown))))
    return widgets
