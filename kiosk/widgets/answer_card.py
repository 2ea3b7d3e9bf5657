"""The big card that answers: a book or a badge on the left, headline and next step beside it."""

from __future__ import annotations

from collections.abc import Callable

from kivy.graphics import SmoothEllipse
from kivy.uix.widget import Widget

from kiosk.answers import Answer, Offer
from kiosk.events import Touch
from kiosk.icons import Icon
from kiosk.theme import CARD, INK, SMALLEST_TARGET_PX, Look, Shape, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.button import WordButton
from kiosk.widgets.countdown import Countdown
from kiosk.widgets.paint import paint
from kiosk.widgets.panel import Group, tinted
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, Sign, fits, place, stack


def answer_card(
    answer: Answer,
    box: Box,
    look: Look,
    touched: Callable[[Touch], None],
    undo: Countdown,
) -> Group:
    """Draw an answer and what is offered with it.

    Args:
        answer: What it says.
        box: Where.
        look: Sizes.
        touched: Takes what is touched.
        undo: How long the last act can be taken back.
    """
    padding = look.px(28, compact=14)
    panel = tinted(box, answer.tone, look.radius_px, look.px(8))
    inner = box.inset(padding)
    places: list[Box] = []
    is_narrow = look.shape is not Shape.WIDE or len(answer.offers) > 2
    if answer.offers and is_narrow and inner.height > 2.3 * SMALLEST_TARGET_PX:
        places, inner = _foot(inner, look, len(answer.offers))
    mark_width = min(inner.height * 0.42, look.px(112, compact=64))
    mark, text = inner.cut_left(mark_width, padding)
    if answer.offers and not places:
        places, text = _room_for_buttons(text, look, padding, len(answer.offers))
    parts: list[Widget] = [panel, *_mark(answer, mark, look)]
    for i, (offer, place_for_it) in enumerate(zip(answer.offers, places, strict=True)):
        is_quiet = offer.ends or offer.is_aside or i > 0
        parts.append(_button(offer, place_for_it, look, touched, undo, is_quiet=is_quiet))
    is_large = text.height > 3.2 * look.display.size_px and text.width > 7 * look.display.size_px
    said = _phrases(answer, look, is_large=is_large)
    if answer.offers and not fits(said, text):
        said = _phrases(answer, look, is_large=False, is_low=True)
    return Group(*parts, *stack(said, text))


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


def _phrases(answer: Answer, look: Look, *, is_large: bool, is_low: bool = False) -> list[Phrase]:
    """What is said, largest the headline; a low card has the titles shorter, and no courtesies."""
    headline = look.display if is_large else look.title
    lines = 1 if is_low and answer.headline == answer.book else 2
    phrases = [Phrase(answer.headline, headline, INK, lines, shrink=True)]
    if answer.word:
        phrases.insert(0, Phrase(answer.word, look.heading, answer.tone.ink))
    gap = look.px(8, compact=4)
    for icon, all_words in answer.details:
        words = all_words.partition("\n")[0] if is_low else all_words
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


def _button(
    offer: Offer,
    box: Box,
    look: Look,
    touched: Callable[[Touch], None],
    undo: Countdown,
    *,
    is_quiet: bool,
) -> WordButton:
    countdown = undo if offer.ends else None
    return WordButton(
        box, look, offer.icon, offer.words, lambda: touched(offer.event),
        is_quiet=is_quiet, countdown=countdown,
    )  # fmt: skip


def _room_for_buttons(text: Box, look: Look, padding: float, count: int) -> tuple[list[Box], Box]:
    """Side by side at the foot of the card where it is high enough, else at its right."""
    height, gap = _button_px(look), look.px(14, compact=8)
    if text.height > 2.4 * height:
        return _foot(text, look, count)
    column, rest = text.cut_right(look.px(232, compact=176), padding)
    column = column.centred(column.width, count * height + gap * (count - 1))
    return column.grid(1, height, gap)[:count], rest


def _foot(box: Box, look: Look, count: int) -> tuple[list[Box], Box]:
    """Buttons side by side, of three the first one wider; and what is left above them."""
    height, gap = _button_px(look), look.px(14, compact=8)
    strip, rest = box.cut_bottom(height, look.px(20, compact=8))
    shares = (1.7, *(1.0,) * (count - 1)) if count > 2 else (1.0,) * count
    unit = (strip.width - gap * (count - 1)) / sum(shares)
    unit = min(unit, look.px(300, compact=220) / shares[0])
    places = []
    for share in shares:
        place_for_it, strip = strip.cut_left(round(unit * share), gap)
        places.append(place_for_it)
    return places, rest


def _button_px(look: Look) -> float:
    return look.touch_px(72, compact=64)
