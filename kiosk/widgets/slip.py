"""A small paper slip with a torn lower edge, as it comes out of the printer."""

from __future__ import annotations

from kivy.graphics import Mesh
from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import CARD, INK_SOFT, LINE, Look, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.paint import paint
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Phrase, Sign, place, stack


def slip(
    box: Box, look: Look, tone: Tone, icon: Icon, words: str, what_next: str, number: str
) -> list[Widget]:
    """Say how the paper stands: a sign, a sentence, what to do, and the slip's number."""
    tooth = look.px(10, compact=6)
    torn, paper = box.cut_bottom(tooth)
    padding = look.px(20, compact=10)
    side = look.px(64, compact=40)
    mark, text = paper.inset(padding, padding / 2).cut_left(side, padding)
    phrases = [Phrase(words, look.heading, tone.ink, lines=2, shrink=True)]
    if what_next:
        phrases.append(Phrase(what_next, look.body, tone.ink, lines=3))
    if number:
        phrases.append(Phrase(number, look.small, INK_SOFT, gap_px=look.px(4)))
    return [
        Panel(paper, CARD, look.px(4), LINE, look.px(5)),
        _torn_edge(torn, tooth),
        place(Sign(icon, side * 0.7, tone.ink), mark),
        *stack(phrases, text),
    ]


def _torn_edge(box: Box, tooth: float) -> Widget:
    """Teeth that point down, below the paper."""
    edge = Widget(pos=box.pos, size=box.size, size_hint=(None, None))
    count = max(1, round(box.width / (2 * tooth)))
    width = box.width / count
    with edge.canvas:
        paint(CARD)
        for i in range(count):
            left = box.x + i * width
            points = ((left, box.top + 2), (left + width, box.top + 2), (left + width / 2, box.y))
            vertices = [value for x, y in points for value in (x, y, 0, 0)]
            Mesh(vertices=vertices, indices=[0, 1, 2], mode="triangles")
    return edge
