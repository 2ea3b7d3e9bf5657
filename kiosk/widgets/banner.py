"""A sentence on a picture: its icon and its words, on one line if they fit, else on two."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import CARD, Look, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Sign, Text, place

LARGER = 1.25
"""Than a label: it is read at arm's length, over a picture."""


def banner(words: str, tone: Tone, icon: Icon, look: Look, picture: Box) -> Widget:
    """Make a banner as wide as its words at the lower edge of `picture`."""
    room = picture.inset(look.px(8, compact=5))
    large = look.label.scaled(LARGER)
    for style, lines in ((large, 1), (look.label, 1), (look.small, 1), (look.small, 2)):
        sign = Sign(icon, style.size_px * 1.3, CARD)
        padding, gap = style.size_px * 0.75, style.size_px * 0.5
        around = 2 * padding + sign.width + gap
        text = Text(words, style, CARD, room.width - around, lines)
        if text.text == words:
            break
    size = (text.width + around, text.height + style.size_px * 0.5)
    body = Widget(size=size, size_hint=(None, None))
    place(body, room, "center", "bottom")
    box = Box(*body.pos, *body.size)
    inner = box.inset(padding, 0)
    body.add_widget(Panel(box, tone.solid, min(box.height / 2, look.radius_px)))
    body.add_widget(place(sign, inner, "left"))
    body.add_widget(place(text, inner, "right"))
    return body
