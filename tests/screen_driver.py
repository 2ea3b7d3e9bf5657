"""Drives the real screen in an invisible window, frame by frame: no waiting, true pixels.

Kivy is imported only when a screen is opened, so that other tests do not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from config.settings import ScreenSettings
from kiosk.events import KioskEvent, Shown
from kiosk.window import prepare_window
from kiosk.wording import Language, Wording

if TYPE_CHECKING:
    from kivy.uix.widget import Widget

    from kiosk.app import KioskApp
    from scanner.reader import Preview

FRAME_S = 1 / 30
SCHOOL = "Trường THCS Hoa Phượng"


class ScreenDriver:
    """One running screen, its clock in our hands."""

    def __init__(self, language: Language) -> None:
        from kivy.app import App
        from kivy.base import EventLoop
        from kivy.clock import Clock
        from kivy.core.window import Window

        from kiosk.app import KioskApp

        self.language = language
        self.wording = Wording(language)
        self.sent: list[KioskEvent] = []
        self.preview: Preview | None = None
        self.monotonic_s = 100.0
        self.expects_faults = False
        self._window, self._clock, self._loop = Window, Clock, EventLoop
        self._now = Clock._last_tick
        Clock.time = lambda: self._now
        Clock._max_fps = 0
        Window.register()
        EventLoop.quit, EventLoop.status = False, "started"
        self.app: KioskApp = KioskApp(
            ScreenSettings(language=language),
            self.wording,
            self.sent.append,
            lambda: self.preview,
            SCHOOL,
            "Trạm 1",
            now=lambda: self.monotonic_s,
        )
        App._running_app = self.app
        self.app._run_prepare()
        self.frames(3)

    def close(self) -> None:
        """Leave the window as it was found."""
        from kivy.animation import Animation
        from kivy.app import App

        for widget in self.widgets():
            Animation.cancel_all(widget)
        del self._clock.time
        self.app.dispatch("on_stop")
        for child in self._window.children[:]:
            self._window.remove_widget(child)
        for event in self._clock.get_events():
            event.cancel()
        self._loop.touches.clear()
        App._running_app = None

    def resize(self, width_px: int, height_px: int) -> None:
        """Give the window another size."""
        if tuple(self._window.size) != (width_px, height_px):
            self._window.size = (width_px, height_px)
            self.frames(8)

    def frames(self, count: int = 1) -> None:
        """Let so many frames pass."""
        for _ in range(count):
            self.busy(FRAME_S)

    def busy(self, seconds: float) -> None:
        """Let one frame pass that takes so long; then keys are heard, as in Kivy's own loop."""
        self._now += seconds
        self._handled(lambda: (self._loop.idle(), self._window.mainloop()))

    def _handled(self, do: Callable[[], object]) -> None:
        """A mistake goes to whoever handles it, as in Kivy's loop, and to a test it is news to."""
        from kivy.base import ExceptionManager

        try:
            do()
        except Exception as fault:
            is_raised = ExceptionManager.handle_exception(fault) == ExceptionManager.RAISE
            if is_raised or not self.expects_faults:
                raise

    def show(self, shown: Shown) -> None:
        """Show a state and let its movement come to rest."""
        self.app.show(shown)
        self.frames()
        for _ in range(2):  # a movement takes its first step, then its last
            self._now += 0.3
            self.frames()

    def lay_out(self, shown: Shown) -> None:
        """Draw a state as it is when all movement has come to rest, without a frame on screen."""
        self.app._shown = shown
        self.app._countdown.set(shown.ends_at, shown.patience_s)
        self.app._film.take(self.preview)
        self.app._draw(shown, is_new=False)

    def touch(self, widget: Widget) -> None:
        """Touch the middle of a widget and let go, between two frames."""
        from kivy.tests.common import UnitTestTouch

        touch = UnitTestTouch(*widget.to_window(*widget.center))
        touch.touch_down()
        touch.touch_up()

    def tap(self, widget: Widget, lift_at: tuple[float, float] | None = None) -> None:
        """Touch the middle of a widget; lift the finger there, or somewhere else."""
        from kivy.tests.common import UnitTestTouch

        touch = UnitTestTouch(*widget.to_window(*widget.center))
        touch.touch_down()
        self.frames()
        if lift_at is not None:
            touch.touch_move(*lift_at)
        self._handled(touch.touch_up)
        self.frames(2)

    def widgets(self) -> list[Any]:
        """Everything that is on the screen."""
        return list(self.app.root.walk(restrict=True))

    def texts(self) -> Iterator[str]:
        """Every text on the screen, lines joined."""
        for widget in self.widgets():
            if getattr(widget, "text", ""):
                yield widget.text.replace("\n", " ")

    def shortened(self) -> list[str]:
        """The texts that had to end in an ellipsis."""
        texts = [w for w in self.widgets() if hasattr(w, "full_text")]
        return [w.full_text for w in texts if len(w.text) < len(w.full_text)]

    def touchables(self) -> list[Any]:
        """Everything that answers a touch."""
        from kiosk.widgets.button import Touchable

        return [widget for widget in self.widgets() if isinstance(widget, Touchable)]

    def countdown_bars(self) -> list[Any]:
        """The bars that show how much time is left."""
        from kiosk.widgets.countdown import CountdownBar

        return [widget for widget in self.widgets() if isinstance(widget, CountdownBar)]

    def button(self, words: str) -> Any:
        """The one thing to touch that says `words`."""
        said = {
            b: [getattr(w, "text", "").replace("\n", " ") for w in b.walk(restrict=True)]
            for b in self.touchables()
        }
        found = [button for button, texts in said.items() if words in texts]
        assert len(found) == 1, words
        return found[0]

    def picture(self, path: Path) -> None:
        """Save what is seen."""
        self.app.picture(path)

    def pixels(self) -> NDArray[np.uint8]:
        """What is seen: rows from the lowest, four bytes a pixel."""
        from kiosk.picture import window_pixels

        width, height = self._window.size
        return np.frombuffer(window_pixels(), np.uint8).reshape(height, width, 4)


def open_driver(language: Language) -> ScreenDriver:
    """Open the screen in the invisible window, made once for all tests."""
    prepare_window(ScreenSettings(), headless=True)
    return ScreenDriver(language)
