"""The big card that answers: a book or a badge on the left, headline and next step beside it."""

from __future__ import annotations

from collections.abc import Callable

from kivy.graphics import SmoothEllipse
from kivy.uix.widget import Widget

from kiosk.answers import Answer
from kiosk.icons import Icon
from kiosk.theme import CARD, INK, SMALLEST_TARGET_PX, Look, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.button import WordButton
from kiosk.widgets.paint import paint
from kiosk.widgets.panel import Group, tinted
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, Sign, place, stack


def answer_card(
    answer: Answer, box: Box, look: Look, button: tuple[str, Callable[[], None]] | None = None
) -> Group:
    """Draw an answer in `box`; `button` is what may be touched about it."""
    padding = look.px(28, compact=14)
    panel = tinted(box, answer.tone, look.radius_px, look.px(8))
    inner = box.inset(padding)
    mark_width = min(inner.height * 0.42, look.px(112, compact=64))
    mark, text = inner.cut_left(mark_width, padding)
    parts: list[Widget] = [panel, *_mark(answer, mark, look)]
    if button is not None:
        place_for_it, text = _room_for_button(text, look, padding)
        parts.append(WordButton(place_for_it, look, Icon.RETURN, *button))
    is_large = text.height > 3.2 * look.display.size_px and text.width > 7 * look.display.size_px
    return Group(*parts, *stack(_phrases(answer, look, is_large=is_large), text))


def badge(box: Box, icon: Icon, tone: Tone) -> list[Widget]:
    """A filled circle with an icon, as large as `box` allows."""
    side = min(box.width, box.height)
    circle = box.centred(side, side)
    disc = Widget(pos=circle.pos, size=circle.size, size_hint=(None, None))
    with disc.canvas:
        paint(tone.solid)
        SmoothEllipse(pos=circle.pos, size=circle.size)
    return [disc, place(Sign(icon, side * 0.56, CARD), circle)]


def _mark(answer: Answer, box: Box, look: Look) -> list[Widget]:
    """The book's spine with a badge at its foot, or the badge alone."""
    if not answer.book:
        return badge(box, answer.icon, answer.tone)
    width = min(box.width * 0.72, box.height * 0.36)
    spine = Spine(box.centred(width, box.height), answer.book)
    side = look.px(46, compact=30)
    foot = Box(spine.right - side * 0.45, box.y - side * 0.12, side, side)
    ring = Widget(size_hint=(None, None))
    with ring.canvas:
        paint(answer.tone.ground)
        SmoothEllipse(pos=foot.inset(-3).pos, size=foot.inset(-3).size)
    icon = Icon.TICK if answer.icon is Icon.DONE else answer.icon
    return [spine, ring, *badge(foot, icon, answer.tone)]


def _phrases(answer: Answer, look: Look, *, is_large: bool) -> list[Phrase]:
    headline = look.display if is_large else look.title
    phrases = [Phrase(answer.headline, headline, INK, lines=2, shrink=True)]
    if answer.word:
        phrases.insert(0, Phrase(answer.word, look.heading, answer.tone.ink))
    gap = look.px(8, compact=4)
    for icon, words in answer.details:
        phrases.append(
            Phrase(
                words,
                look.heading,
                answer.tone.ink,
                lines=2 + words.count("\n"),
                icon=icon,
                gap_px=gap,
                shrink=True,
            )
        )
    return phrases


def _room_for_button(text: Box, look: Look, padding: float) -> tuple[Box, Box]:
    """At the right where there is width, else at the foot of the card."""
    height = max(SMALLEST_TARGET_PX, look.px(72))
    if text.height > 2.6 * height:
        return text.cut_bottom(height, padding)
    column, rest = text.cut_right(look.px(232, compact=176), padding)
    return column.centred(column.width, height), rest
