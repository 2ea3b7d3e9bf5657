"""A keyboard to touch: letters without accents and digits, all that a search needs.

Keeps out what is being typed. Kivy's own text fields are not used: they stop the window from
hearing hand scanners (kivy#5296).
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.icons import Icon
from kiosk.theme import Look
from kiosk.widgets.box import Box
from kiosk.widgets.keypad import Key

KEY_GAP_PX = 6
_COLUMNS = 10
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def keyboard(
    box: Box,
    look: Look,
    press: Callable[[str], None],
    erase: Callable[[], None],
    enter: Callable[[], None] | None = None,
) -> list[Key]:
    """Four rows as wide as `box`: digits, letters, erase, space, and perhaps enter."""
    height = (box.height - (len(_ROWS) - 1) * KEY_GAP_PX) // len(_ROWS)
    cells = box.grid(_COLUMNS, height, KEY_GAP_PX)
    keys = [
        Key(cells[row * _COLUMNS + place], look, sign.upper(), _typing(press, sign))
        for row, signs in enumerate(_ROWS)
        for place, sign in enumerate(signs)
    ]
    keys.append(Key(cells[29], look, Icon.ERASE, erase))
    last_space = 38 if enter else 39
    first, last = cells[37], cells[last_space]
    space = Box(first.x, first.y, last.right - first.x, first.height)
    keys.append(Key(space, look, Icon.SPACE, _typing(press, " ")))
    if enter is not None:
        keys.append(Key(cells[39], look, Icon.TICK, enter, main=True))
    return keys


def smallest_keyboard_px(key_px: float) -> float:
    """Height of a keyboard whose keys are `key_px` high."""
    return len(_ROWS) * key_px + (len(_ROWS) - 1) * KEY_GAP_PX


def _typing(press: Callable[[str], None], sign: str) -> Callable[[], None]:
    return lambda: press(sign)
