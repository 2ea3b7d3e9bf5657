"""What the keys of a US keyboard type. Keeps out where key codes come from.

The numbers are those of linux/input-event-codes.h: rows of the keyboard, from left to right.
"""

from __future__ import annotations

from scanner.texts import LOST

RELEASED, PRESSED = 0, 1
"""Values of a key event; 2 is a key held down, which no scanner does on purpose."""
_ENTER = 28
_KEYPAD = 71
_CAPS_LOCK, _NUM_LOCK, _SCROLL_LOCK = 58, 69, 70
_LOCKS = frozenset({_CAPS_LOCK, _NUM_LOCK, _SCROLL_LOCK})
_SHIFTS = frozenset({42, 54})
_SHORTCUTS = frozenset({29, 97, 56, 100, 125, 126})
"""Ctrl, Alt and Meta, left and right."""

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (15, "\tqwertyuiop[]\n", "\tQWERTYUIOP{}\n"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
    (96, "\n", "\n"),
    (98, "/", "/"),
)
"""The first key's number, what the row types, and what it types with Shift."""
_KEYS = {
    first + place: pair
    for first, plain, shifted in _ROWS
    for place, pair in enumerate(zip(plain, shifted, strict=True))
}
LETTERS_DIGITS_ENTER = frozenset(
    code for code, (plain, _) in _KEYS.items() if plain.isalnum() and code < _KEYPAD
) | {_ENTER}


class UsKeyboard:
    """One keyboard, with the keys that are held down."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._caps = False

    def press(self, code: int, value: int) -> str:
        """Give what a key event types; a key that types nothing we know leaves a mark."""
        if code in _SHIFTS or code in _SHORTCUTS:
            (self._held.discard if value == RELEASED else self._held.add)(code)
            return ""
        if value != PRESSED:
            return ""
        if code in _LOCKS:
            self._caps ^= code == _CAPS_LOCK
            return ""
        return LOST if self._held & _SHORTCUTS else self._typed(code)

    def _typed(self, code: int) -> str:
        plain, shifted = _KEYS.get(code, (LOST, LOST))
        upper = bool(self._held & _SHIFTS)
        if self._caps and plain.isalpha():
            upper = not upper
        return shifted if upper else plain
