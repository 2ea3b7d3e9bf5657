"""What the screen costs: a camera picture against a bare texture, an idle second, a letter typed.

Without a graphics chip the cost is that of filling pixels, so the peer fills as many: a picture
for the ground, as large as the window, and the camera's on it, nothing else. Everything is
drawn by the real screen in an off-screen window at 1280 by 800; processor time is counted, so
that other programs on the machine do not matter.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.reporting import arguments, medians, report
from kiosk.window import HEADLESS_ENVIRONMENT
from scanner.reader import Preview
from tests.browse_states import BROWSE_STATES, idle
from tests.screen_driver import FRAME_S, ScreenDriver, open_driver
from tests.screen_states import STATES, preview

if TYPE_CHECKING:
    from kivy.uix.widget import Widget

SIZE = (1280, 800)
PICTURES = 15
"""Camera pictures in each round: those of a second."""
IDLE_S = 10


def cpu_of(work: Callable[[], None]) -> float:
    """Processor seconds that `work` takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def pictures() -> list[Preview]:
    """A second of the camera, each picture a little other than the last."""
    first = preview("empty")
    rolled = (np.ascontiguousarray(np.roll(first.pixels, n, axis=1)) for n in range(PICTURES))
    return [Preview(pixels, (), False, n) for n, pixels in enumerate(rolled)]


def ours(driver: ScreenDriver, film: list[Preview]) -> Callable[[], None]:
    """The idle screen's live picture."""

    def play() -> None:
        for picture in film:
            driver.preview = picture
            driver.app._tick(0)
            driver.frames(1)

    return play


def bare(driver: ScreenDriver, film: list[Preview], place: Widget) -> Callable[[], None]:
    """Nothing but a ground and a texture in the same place, filled with the same pictures."""
    from kivy.graphics import Rectangle
    from kivy.graphics.texture import Texture

    height, width = film[0].pixels.shape[:2]
    texture = Texture.create(size=(width, height), colorfmt="rgba")
    ground = Texture.create(size=SIZE, colorfmt="rgba")
    with driver.app.root.canvas:
        Rectangle(size=SIZE, texture=ground)
        Rectangle(pos=place.pos, size=place.size, texture=texture)

    def play() -> None:
        for picture in film:
            texture.blit_buffer(picture.pixels.ravel(), colorfmt="rgba", bufferfmt="ubyte")
            driver.app.root.canvas.ask_update()
            driver.frames(1)

    return play


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", rounds=7)
    os.environ.update(HEADLESS_ENVIRONMENT)
    driver = open_driver("vi")
    driver.resize(*SIZE)
    film = pictures()

    def with_screen() -> float:
        driver.lay_out(idle())
        driver.frames(2)
        return cpu_of(ours(driver, film))

    def with_texture() -> float:
        driver.lay_out(idle())
        (place,) = driver.app._views
        driver.app.root.clear_widgets()
        driver.app._views, driver.app._moving = [], []
        play = bare(driver, film, place)
        driver.frames(2)
        seconds = cpu_of(play)
        driver.app.root.canvas.clear()
        return seconds

    screen_s, texture_s = medians(asked.rounds, with_screen, with_texture)
    driver.lay_out(idle())
    driver.frames(4)
    idle_s = cpu_of(lambda: driver.frames(round(IDLE_S / FRAME_S)))
    drawn = [
        cpu_of(lambda shown=shown: driver.lay_out(shown))  # type: ignore[misc]
        for shown in (*STATES.values(), *BROWSE_STATES.values())
    ]
    typed = [cpu_of(lambda: driver.lay_out(BROWSE_STATES["search-found"])) for _ in range(9)]
    driver.close()
    figures: dict[str, float | int] = {
        "preview_ratio_to_texture": screen_s / texture_s,
        "preview_ms": 1000 * screen_s / PICTURES,
        "texture_ms": 1000 * texture_s / PICTURES,
        "idle_cpu_percent": 100 * idle_s / IDLE_S,
        "draw_ms": 1000 * statistics.median(drawn),
        "letter_ms": 1000 * statistics.median(typed),
    }
    report(figures, asked.json)


if __name__ == "__main__":
    main()
