"""The window's first moments: a picture that stands while the station behind it is being made.

What the station is made of takes seconds to load, many on a small board. It is loaded in a thread
beside the window, which is drawn anew whenever it must be. Keeps out what the station is.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TypeVar

from kivy.uix.widget import Widget

from config.settings import Settings
from kiosk.locale import read_sentences
from kiosk.screens.opening import opening
from kiosk.theme import PAPER, look_at
from kiosk.widgets.box import Box
from kiosk.widgets.paint import seen
from kiosk.widgets.typeset import register_fonts
from kiosk.window import open_window

_Made = TypeVar("_Made")


class Opening:
    """The window before there is a station to show."""

    def __init__(self, settings: Settings) -> None:
        """Open the window and show the picture; `prepare_window` has been called before.

        Raises:
            NoWindow: No window can be opened.
        """
        open_window()
        # SDL would close a window that stays open yet. Nothing runs so far: it may end at once.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        from kivy.base import EventLoop
        from kivy.core.window import Window

        self._loop, self._window, self._stage = EventLoop, Window, Widget()
        self._say = read_sentences(settings.screen.language).__getitem__
        self._station = settings.station.name
        register_fonts()
        Window.clearcolor = seen(PAPER)
        Window.bind(on_resize=self._draw, on_request_close=_stay)
        self._draw()
        Window.add_widget(self._stage)
        self._frame()

    def during(self, make: Callable[[], _Made]) -> _Made:
        """Keep the picture while `make` works in a thread of its own; return what it made.

        Raises:
            Exception: What `make` raised.
        """
        from concurrent.futures import ThreadPoolExecutor  # only now: the picture comes first

        with ThreadPoolExecutor(1, "opening") as helper:
            made = helper.submit(make)
            while not made.done():
                self._frame()
        return made.result()

    def close(self) -> None:
        """Take the picture down; the window stays for whoever shows something next."""
        self._window.unbind(on_resize=self._draw, on_request_close=_stay)
        self._window.remove_widget(self._stage)

    def _draw(self, *_arguments: object) -> None:
        self._stage.clear_widgets()
        size = self._window.size
        for widget in opening(Box(0, 0, *size), look_at(*size), self._say, self._station):
            self._stage.add_widget(widget)

    def _frame(self) -> None:
        """Let one frame pass as Kivy's loop does, which begins with the station."""
        self._loop.idle()
        self._window.mainloop()


def _stay(*_arguments: object, **_named: object) -> bool:
    """A window that has just come is not closed yet; it can be when the station stands."""
    return True
