"""Keys to type with: one key, and a pad of the ten digits. Keeps out what is being typed.

A key acts the moment it is touched, as on every keyboard; so a quick finger loses nothing when
the screen is drawn anew between two keys.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.icons import Icon
from kiosk.theme import CARD, INK, ON_TEAL, SAND, SMALLEST_TARGET_PX, TEAL, TEAL_DEEP, Look
from kiosk.widgets.box import Box
from kiosk.widgets.button import Touchable
from kiosk.widgets.text import Sign, Text, place

if TYPE_CHECKING:
    from kivy.input import MotionEvent

GAP_PX = 8
"""Between two keys; a finger that lands there types nothing."""
_COLUMNS, _ROWS = 3, 4
_WIDEST_KEY = 1.9
"""Width of a key by its height; wider ones stop looking like keys."""


class Key(Touchable):
    """One key: a sign or an icon that is typed as soon as it is touched."""

    def __init__(
        self, box: Box, look: Look, face: str | Icon, act: Callable[[], None], *, main: bool = False
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            look: Sizes.
            face: What stands on it.
            act: What a touch does.
            main: Whether it is the one key that ends the typing.
        """
        ground, pressed, ink = (TEAL, TEAL_DEEP, ON_TEAL) if main else (CARD, SAND, INK)
        super().__init__(box, look, ground, pressed, act)
        size_px = min(box.height * 0.5, look.title.size_px)
        if isinstance(face, Icon):
            self.add_widget(place(Sign(face, size_px, ink), box))
        else:
            style = look.title.scaled(size_px / look.title.size_px)
            self.add_widget(place(Text(face, style, ink, box.width, shrink=True), box))

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Take the touch, show it, and type."""
        if not super().on_touch_down(touch):
            return False
        self._act()
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """Let go; it was typed already."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._fill.rgba = self._ground
        return True


def keypad(
    box: Box,
    look: Look,
    press: Callable[[str], None],
    erase: Callable[[], None],
    enter: Callable[[], None] | None = None,
) -> list[Key]:
    """Digits as on a telephone, as large as `box` allows; below them erase, 0 and enter.

    Args:
        box: At least `smallest_keypad_px` wide and high.
        look: Sizes.
        press: Takes the digit that was touched.
        erase: Takes the last digit back.
        enter: Ends the typing; left out, the pad has no such key.
    """
    height = (box.height - (_ROWS - 1) * GAP_PX) // _ROWS
    width = min((box.width - (_COLUMNS - 1) * GAP_PX) // _COLUMNS, height * _WIDEST_KEY)
    pad = box.centred(_COLUMNS * width + (_COLUMNS - 1) * GAP_PX, box.height)
    cells = pad.grid(_COLUMNS, height, GAP_PX)
    digits = [*zip("123456789", cells[:9], strict=True), ("0", cells[10])]
    keys = [Key(cell, look, digit, _typing(press, digit)) for digit, cell in digits]
    keys.append(Key(cells[9 if enter else 11], look, Icon.ERASE, erase))
    if enter is not None:
        keys.append(Key(cells[11], look, Icon.TICK, enter, main=True))
    return keys


def smallest_keypad_px() -> tuple[float, float]:
    """Width and height below which a key would be too small for a finger."""
    width, height = (n * (SMALLEST_TARGET_PX + GAP_PX) - GAP_PX for n in (_COLUMNS, _ROWS))
    return width, height


def _typing(press: Callable[[str], None], digit: str) -> Callable[[], None]:
    return lambda: press(digit)
