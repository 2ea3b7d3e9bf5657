"""What stands in the picture's place at a station that has a hand scanner only."""

from __future__ import annotations

from kiosk.icons import Icon
from kiosk.theme import INK_SOFT, TEAL, Look
from kiosk.widgets.box import Box
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Phrase, Sign, place, stack


def scanner_sign(box: Box, look: Look, words: str) -> Panel:
    """Draw a calm panel: there is nothing to hold anything up to."""
    panel = Panel(box, radius_px=look.radius_px)
    above, below = box.inset(look.px(16)).cut_top(box.height * 0.5, look.px(14, compact=4))
    phrase = Phrase(words, look.label, INK_SOFT, lines=3, shrink=True)
    panel.add_widget(place(Sign(Icon.SCAN, look.px(54, compact=34), TEAL), above))
    for widget in stack([phrase], below, "center", "top"):
        panel.add_widget(widget)
    return panel
