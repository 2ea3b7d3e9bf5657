"""A small rounded word with its icon: days left, code read, offline."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import Look, Style, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Align, Sign, Text, place


def chip(
    words: str,
    tone: Tone,
    look: Look,
    strip: Box,
    icon: Icon | None = None,
    align: Align = "right",
    style: Style | None = None,
) -> Widget:
    """Make a chip as wide as its words, placed in `strip`."""
    style = style or look.small
    padding = style.size_px * 0.7
    sign = Sign(icon, style.size_px * 1.15, tone.ink) if icon else None
    indent = sign.width + style.size_px * 0.4 if sign else 0
    text = Text(words, style, tone.ink, strip.width - 2 * padding - indent)
    height = min(strip.height, round(style.size_px * 1.75))
    body = Widget(size=(text.width + indent + 2 * padding, height), size_hint=(None, None))
    place(body, strip, align)
    box = Box(*body.pos, *body.size)
    body.add_widget(Panel(box, tone.ground, height / 2))
    inner = box.inset(padding, 0)
    if sign:
        body.add_widget(place(sign, inner, "left"))
    body.add_widget(place(text, inner, "right"))
    return body
