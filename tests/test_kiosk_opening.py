"""The window's first moments: a picture before anything heavy, kept until the station stands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import ScreenSettings, Settings
from db.errors import DatabaseDamaged
from kiosk.theme import look_at
from kiosk.widgets.box import Box
from kiosk.wording import Language
from tests.screen_checks import faint, harm
from tests.screen_driver import ScreenDriver, open_driver
from tests.test_kiosk_screens import SIZES, keep_picture
from tests.watched import wait_until

FIRST_PICTURE = """
import os, sys
from pathlib import Path
from kiosk.__main__ import main

def first(shown):
    from kiosk.picture import save_picture
    save_picture(Path(sys.argv[2]) / "first.png")
    heavy = {"sqlalchemy", "cv2", "numpy", "zxingcpp", "httpx", "structlog"} & set(sys.modules)
    (Path(sys.argv[2]) / "first.txt").write_text(f"{shown} {heavy or 'nothing heavy'}")
    os._exit(0)

main(sys.argv[1:], first)
"""


@pytest.fixture(params=["vi", "en"])
def any_screen(request: pytest.FixtureRequest) -> Iterator[ScreenDriver]:
    """The screen in each language in turn."""
    driver = open_driver(request.param)
    yield driver
    driver.close()


def texts(window: object) -> list[str]:
    """Every text in the window."""
    found = [w for child in window.children for w in child.walk(restrict=True)]  # type: ignore[attr-defined]
    return [w.text for w in found if getattr(w, "text", "")]


def test_picture_comes_before_anything_heavy(tmp_path: Path) -> None:
    """Given a station that is started, then its picture stands before records or camera load."""
    command = [sys.executable, "-c", FIRST_PICTURE, "--data", str(tmp_path), "--headless"]
    subprocess.run(command, check=True, timeout=60, capture_output=True)

    assert (tmp_path / "first.txt").read_text() == "None nothing heavy"
    assert (tmp_path / "first.png").stat().st_size > 20_000  # a shelf of books, not an empty ground


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_opening_picture_fits(
    any_screen: ScreenDriver, size: tuple[int, int], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Given each size and language, then the picture's words are whole, apart and readable."""
    from kiosk.screens.opening import opening

    any_screen.resize(*size)
    any_screen.app.root.clear_widgets()
    say = any_screen.wording.say
    for widget in opening(Box(0, 0, *size), look_at(*size), say, "Trạm thư viện cơ sở 2"):
        any_screen.app.root.add_widget(widget)
    any_screen.frames(2)
    if pytestconfig.getoption("--screens") and any_screen.language == "vi":
        keep_picture(any_screen, tmp_path, f"opening-{size[0]}x{size[1]}-vi")

    assert say("opening.title") in list(any_screen.texts())
    assert harm(any_screen, size) == []
    assert faint(any_screen, 4.5) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_window_lives_while_station_is_made(screen: ScreenDriver, language: Language) -> None:
    """Given a station that is made slowly, then frames pass, keys close nothing, and it is had."""
    from kivy.clock import Clock

    from kiosk.opening import Opening

    window = screen.app.root.get_parent_window()
    window.remove_widget(screen.app.root)
    frames: list[float] = []
    closed: list[bool] = []

    def make() -> str:
        wait_until(lambda: len(frames) > 5)
        closed.append(not window.dispatch("on_request_close"))
        return "a station"

    opening = Opening(Settings(screen=ScreenSettings(language=language)))
    event = Clock.schedule_interval(frames.append, 0)
    made, during = opening.during(make), texts(window)
    event.cancel()
    opening.close()

    assert made == "a station"
    assert closed == [False]
    assert "Trạm Sách" in during
    assert texts(window) == []


def test_resized_window_is_drawn_anew(screen: ScreenDriver) -> None:
    """Given a display that gives the window another size, then the picture fills that one."""
    from kiosk.opening import Opening

    window = screen.app.root.get_parent_window()
    window.remove_widget(screen.app.root)
    screen.resize(1280, 800)
    opening = Opening(Settings())
    screen.resize(800, 480)
    (stage,) = window.children
    right = max(widget.right for widget in stage.children)
    opening.close()

    assert right == 800


def test_what_fails_is_told(screen: ScreenDriver) -> None:
    """Given records that cannot be opened, when the station is made, then that is raised."""
    from kiosk.opening import Opening

    screen.app.root.get_parent_window().remove_widget(screen.app.root)
    opening = Opening(Settings())

    def make() -> None:
        time.sleep(0.05)
        raise DatabaseDamaged("kiosk.db")

    with pytest.raises(DatabaseDamaged):
        opening.during(make)
    opening.close()
