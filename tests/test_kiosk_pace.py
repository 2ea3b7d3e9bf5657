from __future__ import annotations

from kiosk.window import MAX_FPS
from tests.browse_states import idle
from tests.screen_driver import ScreenDriver


def test_loop_slows_down_until_touched(screen: ScreenDriver) -> None:
    """Given nobody is there, when nothing is drawn for seconds, then half the turns will do."""
    from kivy.clock import Clock
    from kivy.core.window import Window

    from kiosk.pace import QUIET_AFTER_TICKS, QUIET_FPS, Pace
    from kiosk.widgets.button import Touchable

    screen.show(idle())
    screen.app._pace.end()
    Clock._max_fps = MAX_FPS
    screen.app._pace = Pace()
    screen.app._pace.begin()
    paces = [Clock._max_fps]

    def rest() -> None:
        for _ in range(QUIET_AFTER_TICKS + 2):
            screen.busy(0.1)
        paces.append(Clock._max_fps)

    rest()
    Window.dispatch("on_mouse_down", 5, 5, "left", [])
    paces.append(Clock._max_fps)
    rest()
    screen.touch(next(w for w in screen.widgets() if isinstance(w, Touchable)))
    screen.busy(0.1)
    paces.append(Clock._max_fps)

    assert paces == [MAX_FPS, QUIET_FPS, MAX_FPS, QUIET_FPS, MAX_FPS]
