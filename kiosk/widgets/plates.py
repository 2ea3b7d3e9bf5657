"""The librarian's buttons: a tile with its icon, a line of a list, a plain word. Keeps out whose.

Quieter than the pupils' buttons: many stand side by side, and only one of them is meant.
"""

from __future__ import annotations

from collections.abc import Callable

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import CARD, INK, INK_SOFT, SAND, SMALLEST_TARGET_PX, TEAL, Colour, Look, Tone
from kiosk.widgets.box import Box
from kiosk.widgets.button import IconButton, Touchable, labelled
from kiosk.widgets.chip import chip
from kiosk.widgets.text import Align, Phrase, Sign, Text, place, stack


class Tile(Touchable):
    """An icon above its words; beside them where there is no room."""

    def __init__(
        self,
        box: Box,
        look: Look,
        icon: Icon,
        words: str,
        act: Callable[[], None],
        tone: Tone | None = None,
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            look: Sizes.
            icon: What it is about.
            words: What it does.
            act: What a touch does.
            tone: Its colours, where it says how something stands.
        """
        ground, ink = (CARD, TEAL) if tone is None else (tone.ground, tone.ink)
        super().__init__(box, look, ground, SAND, act)
        inner = box.inset(look.px(14, compact=8), look.px(10, compact=6))
        if box.height < 5 * look.heading.size_px:
            sign_box, text_box = inner.cut_left(look.heading.size_px * 1.5, look.px(10, compact=6))
            align: Align = "left"
        else:
            sign_box, text_box = inner.cut_top(inner.height * 0.5)
            align = "center"
        sign = Sign(icon, min(sign_box.height, look.title.size_px * 1.1), ink)
        style = look.body if look.is_compact else look.heading.scaled(0.85)
        text = Text(words, style, INK, text_box.width, 2, align, shrink=True)
        self.add_widget(place(sign, sign_box))
        self.add_widget(place(text, text_box, align))


class PlainButton(Touchable):
    """A word with its icon that is not the main thing to do."""

    def __init__(
        self,
        box: Box,
        look: Look,
        icon: Icon,
        words: str,
        act: Callable[[], None],
        ink: Colour = INK,
    ) -> None:
        super().__init__(box, look, CARD, SAND, act)
        style = look.label if look.is_compact else look.heading.scaled(0.85)
        for widget in labelled(icon, words, style, ink, box.inset(look.px(14, compact=6), 0)):
            self.add_widget(widget)


class RowButton(Touchable):
    """A line of a list: what it is, a word on how it stands, and where it leads."""

    def __init__(
        self,
        box: Box,
        look: Look,
        words: str,
        act: Callable[[], None],
        detail: str = "",
        state: tuple[str, Tone, Icon] | None = None,
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            look: Sizes.
            words: What it is.
            act: What a touch does.
            detail: Below it, in small letters.
            state: A word on how it stands, with its colours and icon.
        """
        super().__init__(box, look, CARD, SAND, act)
        inner = box.inset(look.px(18, compact=10), 0)
        arrow = Sign(Icon.RIGHT, look.heading.size_px, INK_SOFT)
        self.add_widget(place(arrow, inner, "right"))
        _, inner = inner.cut_right(arrow.width, look.px(10, compact=6))
        if state is not None:
            said, tone, icon = state
            word = chip(said, tone, look, inner, icon=icon)
            self.add_widget(word)
            _, inner = inner.cut_right(word.width, look.px(10, compact=6))
        phrases = [Phrase(words, look.label, INK)]
        if detail:
            phrases.append(Phrase(detail, look.small, INK_SOFT))
        for widget in stack(phrases, inner):
            self.add_widget(widget)


def turning(
    box: Box,
    look: Look,
    page: int,
    pages: int,
    words: Callable[[int, int], str],
    turn: Callable[[int], None],
) -> list[Widget]:
    """Buttons to turn the pages of a long list, with the number between; nothing for one page."""
    if pages <= 1:
        return []
    side = max(SMALLEST_TARGET_PX, box.height)
    left, rest = box.cut_left(side)
    right, middle = rest.cut_right(side)
    said = Text(words(page + 1, pages), look.label, INK_SOFT, middle.width, align="center")
    widgets: list[Widget] = [place(said, middle)]
    if page > 0:
        widgets.append(IconButton(left, look, Icon.LEFT, lambda: turn(page - 1)))
    if page < pages - 1:
        widgets.append(IconButton(right, look, Icon.RIGHT, lambda: turn(page + 1)))
    return widgets
