"""The screen: shows what the clerk says, sends back what is touched. Decides nothing.

`show` may be called from any thread. Each state is drawn from scratch, so nothing of one
reader is left on a widget when the next one comes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.animation import Animation
from kivy.app import App
from kivy.clock import Clock
from kivy.uix.widget import Widget

from config.settings import ScreenSettings
from kiosk.browsing import View
from kiosk.events import CameraState, KioskEvent, ScreenFault, Shown
from kiosk.guard import Guard
from kiosk.keys import Keys
from kiosk.pace import Pace
from kiosk.rooms import RoomState
from kiosk.screens.scene import Scene
from kiosk.sounds import Sound
from kiosk.sounds.choosing import sound_of
from kiosk.theme import PAPER, PREVIEW_HZ, look_at
from kiosk.visit import Finished, OutOfOrder, Serving, Waiting
from kiosk.widgets.box import Box
from kiosk.widgets.camera import CameraView, Film
from kiosk.widgets.countdown import Countdown, CountdownBar
from kiosk.widgets.paint import seen, use_palette
from kiosk.widgets.practice_banner import banner_height_px, practice_banner
from kiosk.widgets.status_line import line_height_px, remarks, status_line
from kiosk.widgets.still import Still
from kiosk.widgets.typeset import register_fonts
from kiosk.window import open_window
from kiosk.wording import Wording

if TYPE_CHECKING:
    from scanner.reader import Preview


class KioskApp(App):
    """The one window of a station."""

    def __init__(
        self,
        settings: ScreenSettings,
        wording: Wording,
        send: Callable[[KioskEvent], None],
        preview: Callable[[], Preview | None],
        school: str,
        station: str,
        now: Callable[[], float] = time.monotonic,
        play: Callable[[Sound], None] = lambda sound: None,
    ) -> None:
        """Prepare the screen; `prepare_window` has been called before.

        Args:
            settings: Size and language.
            wording: The sentences.
            send: Takes what is touched, or typed by a hand scanner, to the clerk; never waits.
            preview: Gives the newest camera picture, None while there is none.
            school: The school's name.
            station: This station's name.
            now: The clock of `Shown.ends_at`, in seconds.
            play: Lets a sound be heard; never waits.
        """
        super().__init__()
        self.on_drawn: Callable[[Shown], None] | None = None
        """Called on the main thread after the frame in which a state was really drawn."""
        self._settings, self._send, self._preview = settings, send, preview
        self._wordings = {(settings.language, wording.by_hand): wording}
        self._school, self._station, self._play = school, station, play
        self._waiting: deque[Shown] = deque()
        self._draw_next = Clock.create_trigger(self._draw_waiting)
        self._shown = Shown()
        self._to_report: Shown | None = None
        self._still: Still | None = None
        self._film = Film()
        self._countdown, self._undo = Countdown(now), Countdown(now)
        self._keys = Keys(send)
        self._guard, self._pace = Guard(self._give_up), Pace()

    def run(self) -> None:
        """Open the window and show things until `stop`.

        Raises:
            NoWindow: No window can be opened.
        """
        open_window()
        super().run()

    def show(self, shown: Shown) -> None:
        """Show a state; from any thread, never waits."""
        self._waiting.append(shown)
        self._draw_next()

    def picture(self, path: Path) -> None:
        """Save what the window shows as a PNG; on the main thread."""
        from kiosk.picture import save_picture

        save_picture(path)

    def build(self) -> Widget:
        """Set the stage; Kivy calls this once."""
        from kivy.core.window import Window

        register_fonts()
        Window.clearcolor = PAPER
        Window.bind(on_resize=self._resized, on_flip=self._flipped)
        Window.bind(on_request_close=self._asked_to_close)
        self._guard.begin()
        Clock.schedule_interval(self._tick, 1 / PREVIEW_HZ)
        self._keys.listen()
        self.root = Widget()
        self._draw(self._shown, is_new=True)
        return self.root

    def on_stop(self) -> None:
        """Let go of the window."""
        from kivy.core.window import Window

        Window.unbind(on_resize=self._resized, on_flip=self._flipped)
        Window.unbind(on_request_close=self._asked_to_close)
        self._cleared_stage()
        self._guard.end()
        Clock.unschedule(self._tick)
        self._keys.stop()
        self._pace.hurry()

    def open_settings(self, *_arguments: object) -> bool:
        """Kivy would open its own settings on F1; a kiosk has none."""
        return False

    def _asked_to_close(self, *_arguments: object, **_named: object) -> bool:
        """Say whether the window stays; one that fills the screen does, whatever is pressed."""
        return self._settings.fullscreen

    def _give_up(self) -> None:
        """Show that something is wrong, and let the clerk end the visit."""
        self._waiting.clear()
        self._take(replace(self._shown, visit=OutOfOrder(), undo_until=None, page=None))
        self._send(ScreenFault())

    def _draw_waiting(self, _dt: float) -> None:
        """Draw the newest state; every one of them, a frame each, while someone records."""
        if not self._waiting:
            return
        shown = self._waiting.popleft()
        while self._waiting and self.on_drawn is None:
            shown = self._waiting.popleft()
        self._take(shown)

    def _take(self, shown: Shown) -> None:
        before, self._shown = self._shown, shown
        self._countdown.set(shown.ends_at, shown.patience_s)
        self._undo.set(shown.undo_until, shown.undo_s)
        sound = sound_of(before, shown, self._in_words(shown.view))
        if sound is not None:
            self._play(sound)
        if _drawn(shown) != _drawn(before):
            is_other_page = type(shown.page) is not type(before.page)
            self._draw(shown, is_new=shown.visit != before.visit or is_other_page)
        if self.on_drawn is not None:
            self._to_report = shown
            self.root.canvas.ask_update()

    def _draw(self, shown: Shown, *, is_new: bool) -> None:
        from kivy.core.window import Window

        view = shown.view
        use_palette(high_contrast=view.high_contrast)
        Window.clearcolor = seen(PAPER)
        look = look_at(*Window.size, large=view.large)
        wording = self._in_words(view)
        box = Box(0, 0, *Window.size)
        said = tuple(remarks(shown))
        widgets: list[Widget] = []
        if shown.is_practice:
            strip, box = box.cut_top(banner_height_px(look))
            widgets += practice_banner(strip, look, wording, self._send)
        elif said:
            strip, box = box.cut_bottom(line_height_px(look))
            widgets += status_line(strip, look, wording, said)
        scene = Scene(
            box, look, wording, shown.status, self._film, self._countdown, self._undo, self._send,
            self._school, self._station, is_new, view, shown.board, shown.is_practice,
        )  # fmt: skip
        still = self._cleared_stage()
        self._moving: list[Any] = []
        self._views: list[CameraView] = []
        for widget in (*_screen(scene, shown), *widgets):
            self._set_up(widget, still)

    def _set_up(self, widget: Widget, still: Still) -> None:
        """Put a widget on the stage; one that nothing moves of, on the layer that stands still."""
        parts = list(widget.walk(restrict=True))
        self._moving += [w for w in parts if hasattr(w, "tick")]
        views = [w for w in parts if isinstance(w, CameraView)]
        self._views += views
        for view in views:  # its shadow falls on what was drawn before it
            still.add_widget(view.shadow())
        moves = views or any(isinstance(w, CountdownBar) for w in parts)
        (self.root if moves else still).add_widget(widget)

    def _cleared_stage(self) -> Still:
        """Take everything off the screen; give the layer for what stands still."""
        from kivy.core.window import Window

        taken_down = list(self.root.walk(restrict=True))[1:]
        self.root.clear_widgets()
        size = (int(Window.width), int(Window.height))
        if self._still is None or tuple(self._still.size) != size:
            self._still = Still(size)
        self._still.begin(PAPER)
        self.root.add_widget(self._still)
        for widget in taken_down:
            Animation.cancel_all(widget)  # or it would keep what is taken down for a while
        return self._still

    def _in_words(self, view: View) -> Wording:
        """The sentences of the language that was chosen."""
        language = view.language or self._settings.language
        by_hand = self._shown.status.camera is CameraState.NONE
        if (language, by_hand) not in self._wordings:
            self._wordings[language, by_hand] = Wording(language, by_hand=by_hand)
        return self._wordings[language, by_hand]

    def _tick(self, _dt: float) -> None:
        """Draw the newest camera picture and the time that is left."""
        if self._film.take(self._preview()):
            for view in self._views:
                view.refresh()
        for widget in self._moving:
            widget.tick()
        self._pace.tick()

    def _resized(self, *_arguments: object) -> None:
        self._draw(self._shown, is_new=False)

    def _flipped(self, window: Widget) -> bool:
        """Show the frame, then report which state it held."""
        window.flip()
        self._pace.hurry()
        shown, self._to_report = self._to_report, None
        if shown is not None and self.on_drawn is not None:
            self.on_drawn(shown)
        if self._waiting:
            self._draw_next()
        return True  # or Kivy would flip once more


def _drawn(shown: Shown) -> tuple[object, ...]:
    """What of a state is drawn; how long it lasts is drawn without drawing all of it anew."""
    return (
        shown.visit, shown.status, shown.page, shown.view, shown.board, shown.is_practice,
        shown.undo_until is not None,
    )  # fmt: skip


def _screen(scene: Scene, shown: Shown) -> list[Widget]:
    """Draw the state's screen; each is loaded when it is first needed."""
    if shown.page is not None:
        from kiosk.screens.pages import page

        return page(scene, shown.page, shown.visit)
    match shown.visit:
        case Waiting(notice=None) if shown.status.returns_only:
            from kiosk.screens.corner import drop_off

            return drop_off(scene)
        case Waiting() as visit:
            from kiosk.screens.waiting import waiting

            return waiting(scene, visit)
        case Serving() as visit:
            from kiosk.screens.serving import serving

            return serving(scene, visit)
        case Finished() as visit:
            from kiosk.screens.finished import finished

            return finished(scene, visit)
        case OutOfOrder():
            from kiosk.screens.out_of_order import out_of_order

            return out_of_order(scene)
        case RoomState() as state:
            from kiosk.screens.rooms import room

            return room(scene, state)
