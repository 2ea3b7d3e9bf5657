"""The station is being opened: its name, a full shelf, and that it will not be long.

The first thing anybody sees, while records and camera are still being opened. Loads and needs
little, so that it is seen soon.
"""

from __future__ import annotations

from collections.abc import Callable

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import INK, INK_SOFT, TEAL, Look, Shape
from kiosk.widgets.box import Box
from kiosk.widgets.shelf import full_shelf
from kiosk.widgets.text import Phrase, Sign, place, stack

_SHELF_PX = {Shape.WIDE: 336, Shape.COMPACT: 190, Shape.TALL: 400}
"""How high the shelf is: higher than on any other screen, there is nothing else to show."""


def opening(box: Box, look: Look, say: Callable[[str], str], station: str) -> list[Widget]:
    """Draw it.

    Args:
        box: The window.
        look: Its sizes.
        say: Gives the sentence of a key.
        station: The station's name.
    """
    shelf, rest = box.cut_bottom(look.px(_SHELF_PX[look.shape]))
    mark, words = rest.inset(look.margin_px).cut_top(rest.height * 0.3, look.px(20, compact=6))
    gap = look.px(12, compact=4)
    phrases = [
        Phrase(say("opening.title"), look.display, INK),
        Phrase(say("opening.next"), look.title, TEAL, gap_px=gap, shrink=True),
        Phrase(station, look.body, INK_SOFT, gap_px=gap),
    ]
    return [
        full_shelf(shelf, look.px(18, compact=9)),
        place(Sign(Icon.LIBRARY, look.px(96, compact=52), TEAL), mark, "center", "bottom"),
        *stack(phrases, words, "center", "top"),
    ]
