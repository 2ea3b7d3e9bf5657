"""What a mistake of ours does to a station, and what keys do: nothing for ever, and nothing."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from benchmarks import kill
from config.settings import ScreenSettings
from kiosk.clerk import FAULTS_IN_A_ROW
from kiosk.events import DonePressed, ScreenFault, Shown
from kiosk.visit import OutOfOrder, Visit, Waiting
from tests.at_break import Break
from tests.demo_school import DemoSchool
from tests.screen_driver import ScreenDriver
from tests.screen_states import STATES, waiting
from tests.window_keys import LEFT_ALT, LEFT_CTRL, WindowKeys

ESCAPE, F1, F4, F11, F12 = 27, 0x4000003A, 0x4000003D, 0x40000044, 0x40000045
"""SDL's numbers of keys (SDL_keycode.h)."""


def test_what_cannot_be_drawn_is_out_of_order(screen: ScreenDriver) -> None:
    """Given a state that cannot be drawn, then the screen says so, and the clerk is told."""
    screen.expects_faults = True
    screen.show(STATES["serving-lent"])
    with capture_logs() as log:
        screen.show(Shown(cast("Visit", object())))
    broken = list(screen.texts())
    screen.show(waiting())

    assert "Máy gặp sự cố" in broken
    assert not [text for text in broken if "An" in text.split()]
    assert screen.sent == [ScreenFault()]
    assert [line["event"] for line in log] == ["screen.fault"]
    assert "Đưa thẻ vào khung để bắt đầu" in list(screen.texts())


def test_touch_that_fails_is_out_of_order(screen: ScreenDriver) -> None:
    """Given a button whose act fails, when it is touched, then the screen goes on all the same."""
    screen.show(STATES["serving-lent"])
    screen.expects_faults = True
    button = screen.button("Xong")
    button._act = lambda: 1 / 0
    with capture_logs():
        screen.tap(button)

    assert "Máy gặp sự cố" in list(screen.texts())
    assert screen.sent == [ScreenFault()]


@pytest.mark.parametrize(
    ("key", "held"),
    [
        *((key, 0) for key in (ESCAPE, F1, F4, F11, F12)),
        *((ord(letter), LEFT_CTRL) for letter in "eqw"),  # Kivy's inspector; quit; close
        (F4, LEFT_ALT),
    ],
)
def test_keys_do_nothing(screen: ScreenDriver, key: int, held: int) -> None:
    """Given a visit, when a key that closes or opens things elsewhere is pressed, then nothing."""
    screen.show(STATES["serving-lent"])
    before, size = list(screen.texts()), tuple(screen.app.root.get_parent_window().size)
    WindowKeys().press(key, held)
    screen.frames(3)

    assert list(screen.texts()) == before
    assert screen.sent == []
    assert tuple(screen.app.root.get_parent_window().size) == size


def test_swipes_do_nothing(screen: ScreenDriver) -> None:
    """Given a visit, when a finger is drawn across the screen each way, then nothing."""
    from kivy.tests.common import UnitTestTouch

    screen.resize(1280, 800)
    screen.show(STATES["serving-lent"])
    before = list(screen.texts())
    for start, end in (((2, 400), (1278, 400)), ((640, 2), (640, 798)), ((640, 798), (640, 2))):
        touch = UnitTestTouch(*start)
        touch.touch_down()
        for step in range(1, 9):
            touch.touch_move(*(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True)))
            screen.frames()
        touch.touch_up()
    screen.frames(3)

    assert list(screen.texts()) == before
    assert screen.sent == []


def test_mouse_leaves_no_red_dots(screen: ScreenDriver) -> None:
    """Given Kivy's second finger of a right click, then it is off, and nothing else gives touches.

    A touch panel is SDL's mouse as well; a second source would tap everything twice.
    """
    from kivy.config import Config
    from kivy.input.providers.mouse import MouseMotionEventProvider

    ((name, source),) = Config.items("input")
    mouse = MouseMotionEventProvider(name, source.partition(",")[2])

    assert source.partition(",")[0] == "mouse"
    assert mouse.disable_multitouch
    assert Config.items("modules") == []


@pytest.mark.parametrize("fullscreen", [False, True])
def test_full_screen_is_not_closed_by_keys(screen: ScreenDriver, fullscreen: bool) -> None:
    """Given Alt-F4, which asks the window to close, then one that fills the screen stays."""
    window = screen.app.root.get_parent_window()
    screen.app._settings = ScreenSettings(fullscreen=fullscreen)

    assert bool(window.dispatch("on_request_close")) is fullscreen


def test_three_mistakes_in_a_row_ask_for_a_new_start(tmp_path: Path) -> None:
    """Given mistakes one after another, then at the third a new start; one served between: none."""
    at_break = Break(DemoSchool(tmp_path / "kiosk.db"))
    worn_out = []
    with capture_logs():
        for serves in (True, False, False, False):
            at_break.clerk.handle_safely(ScreenFault())
            at_break.clerk.handle_safely(None)
            if serves:
                at_break.clerk.handle_safely(DonePressed())
            worn_out.append(at_break.worn_out)
    at_break.school.engine.dispose()

    assert at_break.clerk.visit == Waiting()
    assert FAULTS_IN_A_ROW == 3
    assert worn_out == [0, 0, 0, 1]


def test_fault_returns_by_itself(tmp_path: Path) -> None:
    """Given a mistake in a visit, then out of order, and after a while waiting, nobody known."""
    at_break = Break(DemoSchool(tmp_path / "kiosk.db"))
    at_break.borrow(0, 0)
    with capture_logs():
        at_break.clerk.handle_safely(ScreenFault())
    broken, ends_at = at_break.clerk.visit, at_break.shown[-1].ends_at
    at_break.clerk.handle_safely(None)
    at_break.school.engine.dispose()

    assert broken == OutOfOrder()
    assert ends_at == 5.0
    assert at_break.clerk.visit == Waiting()
    assert len(at_break.slips) == 1


def test_process_ends_to_be_started_anew(tmp_path: Path) -> None:
    """Given records that break under a running station, when three cards fail, then status 6."""
    scanner_fd, port_fd = pty.openpty()
    (tmp_path / "kiosk.toml").write_text("[visit]\nnotice_s = 2\n", "utf-8")
    words = ("--camera", "none", "--hand-scanner", f"serial://{os.ttyname(port_fd)}")
    settings = ("--settings", str(tmp_path / "kiosk.toml"))
    command = kill.station_command(tmp_path, "", *words, *settings)
    os.close(port_fd)
    station = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        log = tmp_path / "logs" / "kiosk.log"
        _until(lambda: log.exists() and "hand_scanner_found" in log.read_text("utf-8"))
        with closing(sqlite3.connect(tmp_path / "kiosk.db")) as records:
            records.execute("ALTER TABLE card RENAME TO gone")
        number = iter(range(204000, 205000))
        _until(lambda: station.poll() is not None or _write(scanner_fd, next(number)))
        status = station.wait(1)
    finally:
        station.send_signal(signal.SIGKILL)
        station.wait()
        os.close(scanner_fd)

    assert status == 6


def _write(scanner_fd: int, number: int) -> bool:
    """Scan a card; says False, for there is more to wait for."""
    os.write(scanner_fd, f"HS{number}\r\n".encode())
    time.sleep(0.4)
    return False


def _until(is_so: object) -> None:
    for _ in range(900):
        if is_so():  # type: ignore[operator]
            return
        time.sleep(0.1)
    raise AssertionError("did not come about within 90 s")
