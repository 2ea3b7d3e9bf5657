"""Prepares the window: what Kivy and SDL must be told before Kivy is first imported.

Kivy takes its orders from the environment at import, reads a configuration file left by an
earlier run, takes each touch twice and falls back to an invisible window when there is no
display. Each of these is settled here. Keeps out everything that is drawn.
"""

from __future__ import annotations

import ctypes
import os
import sys

from config.settings import ScreenSettings
from kiosk.errors import NoWindow as NoWindow
from kiosk.theme import PREVIEW_HZ

MAX_FPS = 2 * PREVIEW_HZ
"""Frames a second at most; bounds how late a touch is seen (33 ms)."""

_ENVIRONMENT = {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",
    "KIVY_IMAGE": "sdl2",
    "KIVY_CLIPBOARD": "dummy",
    "KIVY_WINDOW": "sdl2",
    "KIVY_METRICS_DENSITY": "1",
    "KIVY_DPI": "96",
}
HEADLESS_ENVIRONMENT = {**_ENVIRONMENT, "SDL_VIDEODRIVER": "offscreen"}
"""What tests set before anything imports Kivy."""


def prepare_window(settings: ScreenSettings, headless: bool) -> None:
    """Set up Kivy and SDL for one window; call it before anything imports Kivy.

    Args:
        settings: Size and kind of the window.
        headless: Draw true pixels without any display, for tests and pictures.

    Raises:
        NoWindow: The X display does not answer.
    """
    os.environ.update(_ENVIRONMENT)
    driver = choose_driver(headless)
    if driver:
        os.environ["SDL_VIDEODRIVER"] = driver
    _configure(_window_options(settings, driver))


def open_window() -> None:
    """Open the prepared window.

    Raises:
        NoWindow: SDL could not open one.
    """
    from kivy.core.window import Window

    if Window is None:
        driver = os.environ.get("SDL_VIDEODRIVER", sys.platform)
        raise NoWindow(driver, "is a screen connected, and may this account use it?")


def choose_driver(headless: bool) -> str:
    """Name SDL's video driver; empty to let SDL choose where there is only one kind of screen.

    On Linux it is always named: left alone, SDL takes an invisible window when it finds
    no display, and a station that nobody sees would run for ever.
    """
    if headless:
        return "offscreen"
    if not sys.platform.startswith("linux"):
        return ""
    return "x11" if os.environ.get("DISPLAY") else "kmsdrm"


def x11_screen_size() -> tuple[int, int]:
    """Ask the X display for its size, in pixels.

    Raises:
        NoWindow: The display does not answer.
    """
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError as error:
        raise NoWindow("x11", "libX11 is not installed") from error
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if not display:
        raise NoWindow("x11", f"the display {os.environ.get('DISPLAY')} does not answer")
    handle = ctypes.c_void_p(display)
    size = (int(x11.XDisplayWidth(handle, 0)), int(x11.XDisplayHeight(handle, 0)))
    x11.XCloseDisplay(handle)
    return size


def _window_options(settings: ScreenSettings, driver: str) -> dict[str, int | str]:
    """Kivy's [graphics] options.

    Kivy's own full screen leaves a small window in the middle of an X display without a
    window manager, and touches miss it; a borderless window of the display's size does not.
    """
    size = {"width": settings.width_px, "height": settings.height_px}
    if not settings.fullscreen or driver == "offscreen":
        return {**size, "show_cursor": 1}
    if driver != "x11":
        return {**size, "show_cursor": 0, "fullscreen": "auto"}
    width, height = x11_screen_size()
    place: dict[str, int | str] = {"position": "custom", "left": 0, "top": 0, "borderless": 1}
    return {**place, "width": width, "height": height, "show_cursor": 0}


def _configure(graphics: dict[str, int | str]) -> None:
    from kivy.config import Config

    always = {"multisamples": 0, "maxfps": MAX_FPS, "allow_screensaver": 0}
    for option, value in {"fullscreen": 0, "borderless": 0, **graphics, **always}.items():
        Config.set("graphics", option, str(value))
    Config.set("kivy", "exit_on_escape", "0")
    for name, _ in Config.items("input"):
        Config.remove_option("input", name)
    # A touch panel also arrives as SDL's mouse; any second source would tap everything twice.
    Config.set("input", "mouse", "mouse,disable_multitouch")
