"""A keyboard to touch: letters without accents and digits, all that a search needs.

Keeps out what is being typed. Kivy's own text fields are not used: they stop the window from
hearing hand scanners (kivy#5296). A keyboard once drawn is kept, as forty keys take half the
time of drawing a page, which is drawn anew with every letter; nothing of a reader is on it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import Look
from kiosk.widgets.box import Box
from kiosk.widgets.keypad import Key
from kiosk.widgets.paint import is_high_contrast

KEY_GAP_PX = 6
_COLUMNS = 10
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Keyboard(Widget):
    """Four rows of keys: digits, letters, erase and space."""

    def __init__(self, box: Box, look: Look) -> None:
        super().__init__(size=(0, 0), size_hint=(None, None))
        self.press: Callable[[str], None] = lambda sign: None
        """Takes the sign that was touched."""
        self.erase: Callable[[], None] = lambda: None
        """Takes the last sign back."""
        height = (box.height - (len(_ROWS) - 1) * KEY_GAP_PX) // len(_ROWS)
        cells = box.grid(_COLUMNS, height, KEY_GAP_PX)
        for row, signs in enumerate(_ROWS):
            for place, sign in enumerate(signs):
                cell = cells[row * _COLUMNS + place]
                self.add_widget(Key(cell, look, sign.upper(), self._typing(sign)))
        self.add_widget(Key(cells[29], look, Icon.ERASE, lambda: self.erase()))
        first, last = cells[37], cells[39]
        space = Box(first.x, first.y, last.right - first.x, first.height)
        self.add_widget(Key(space, look, Icon.SPACE, self._typing(" ")))

    def _typing(self, sign: str) -> Callable[[], None]:
        return lambda: self.press(sign)


def keyboard(
    box: Box, look: Look, press: Callable[[str], None], erase: Callable[[], None]
) -> Keyboard:
    """A keyboard as wide as `box`; it has one place on one screen at a time."""
    keys = _kept(box, look, is_high_contrast())
    if keys.parent is not None:
        keys.parent.remove_widget(keys)
    keys.press, keys.erase = press, erase
    return keys


def smallest_keyboard_px(key_px: float) -> float:
    """Height of a keyboard whose keys are `key_px` high."""
    return len(_ROWS) * key_px + (len(_ROWS) - 1) * KEY_GAP_PX


@lru_cache(maxsize=2)
def _kept(box: Box, look: Look, _high_contrast: bool) -> Keyboard:
    return Keyboard(box, look)
