"""Keys pressed in the real window: put into SDL's own queue, from where Kivy takes them."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

ENTER, KEYPAD_ENTER, TAB, LEFT_SHIFT = 13, 0x40000058, 9, 0x400000E1
"""SDL's numbers of keys (SDL_keycode.h)."""
LEFT_CTRL, LEFT_ALT = 0x40, 0x100
"""SDL's numbers of keys held down meanwhile."""
_KEYDOWN, _TEXTINPUT = 0x300, 0x303


class _Key(ctypes.Structure):
    """`SDL_KeyboardEvent`, as long as any `SDL_Event`."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint32),
        ("window", ctypes.c_uint32),
        ("state", ctypes.c_uint8),
        ("repeat", ctypes.c_uint8),
        ("padding", ctypes.c_uint16),
        ("scancode", ctypes.c_int32),
        ("key", ctypes.c_int32),
        ("modifiers", ctypes.c_uint16),
        ("unused", ctypes.c_uint32),
        ("rest", ctypes.c_char * 24),
    )


class _Text(ctypes.Structure):
    """`SDL_TextInputEvent`, as long as any `SDL_Event`."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint32),
        ("window", ctypes.c_uint32),
        ("text", ctypes.c_char * 32),
        ("rest", ctypes.c_char * 12),
    )


class WindowKeys:
    """A keyboard of the window that is open."""

    def __init__(self) -> None:
        loaded = Path("/proc/self/maps").read_text("utf-8")
        found = re.search(r"\S+/libSDL2-2\S+", loaded)
        assert found is not None
        self._sdl = ctypes.CDLL(found[0])

    def type(self, text: str) -> None:
        """Press the keys of `text`, without waiting."""
        for character in text:
            if character.isupper() or character == ":":
                self.press(LEFT_SHIFT)
            self.press(ord(character.lower()))
            typed = _Text(type=_TEXTINPUT, window=1, text=character.encode())
            self._sdl.SDL_PushEvent(ctypes.byref(typed))

    def press(self, key: int, held: int = 0) -> None:
        """Press a key that types nothing, perhaps with others held down."""
        pressed = _Key(type=_KEYDOWN, window=1, state=1, key=key, modifiers=held)
        self._sdl.SDL_PushEvent(ctypes.byref(pressed))
