from __future__ import annotations

from kiosk.window import MAX_FPS
from tests.browse_states import idle
from tests.screen_driver import ScreenDriver


def test_loop_slows_down_until_touched(screen: ScreenDriver) -> None:
    """Given nobody is there, when nothing is drawn for seconds, then half the turns will do."""
    from kivy.clock import Clock

    from kiosk.pace import QUIET_AFTER_TICKS, QUIET_FPS, Pace
    from kiosk.widgets.button import Touchable

    screen.show(idle())
    Clock._max_fps = MAX_FPS
    screen.app._pace = Pace()
    paces = [Clock._max_fps]

    for _ in range(QUIET_AFTER_TICKS + 2):
        screen.busy(0.1)
    paces.append(Clock._max_fps)
    button = next(w for w in screen.widgets() if isinstance(w, Touchable))
    screen.touch(button)
    screen.busy(0.1)
    paces.append(Clock._max_fps)

    Clock._max_fps = 0
    assert paces == [MAX_FPS, QUIET_FPS, MAX_FPS]
