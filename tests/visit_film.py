"""Films a visit for the README: ``python -m tests.visit_film`` writes docs/pictures/visit.gif.

Every frame is the real screen, drawn in an invisible window from the states of a visit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from kiosk.events import Shown
from kiosk.visit import Waiting
from kiosk.window import HEADLESS_ENVIRONMENT
from tests.browse_states import BOARD
from tests.screen_driver import ScreenDriver, open_driver
from tests.screen_states import CALM, finished, lent, loan, preview, pupil, serving

FILM = Path(__file__).parents[1] / "docs" / "pictures" / "visit.gif"
SIZE = (1280, 800)
SMALL = (720, 450)
FRAME_MS = 120
STEP = 4
"""Frames of the screen for one of the film: 30 a second, so one in 0.13 s."""
COLOURS = 96

_PUPIL = pupil(loan(3, 5))
_IDLE = Shown(Waiting(), CALM, board=BOARD)
_GREETED = serving(_PUPIL)
_ONE = serving(_PUPIL, lent(0))
_TWO = serving(_PUPIL, lent(0), lent(1))
_BYE = finished(CALM, lent(0), lent(1))
STORY: tuple[tuple[Shown, str, int], ...] = (
    (_IDLE, "empty", 8),
    (_IDLE, "seen", 4),
    (_IDLE, "believed", 2),
    (_GREETED, "believed", 4),
    (_GREETED, "empty", 8),
    (_GREETED, "seen", 4),
    (_ONE, "believed", 6),
    (_ONE, "empty", 8),
    (_ONE, "seen", 3),
    (_TWO, "believed", 6),
    (_TWO, "empty", 8),
    (_BYE, "empty", 16),
    (_IDLE, "empty", 6),
)
"""What is shown, what the camera sees, and for how many frames of the film."""


def frames(driver: ScreenDriver, folder: Path) -> Iterator[Image.Image]:
    """Play the story, frame by frame."""
    driver.resize(*SIZE)
    for shown, sight, count in STORY:
        driver.preview = preview(sight)
        ends_at = driver.monotonic_s + shown.patience_s if shown.ends_at else None
        driver.app.show(replace(shown, ends_at=ends_at))
        for _ in range(count):
            driver.frames(STEP)
            driver.monotonic_s += FRAME_MS / 1000
            driver.picture(folder / "frame.png")
            with Image.open(folder / "frame.png") as full:
                yield full.convert("RGB").resize(SMALL, Image.Resampling.LANCZOS)


def main() -> None:
    """Write the film."""
    os.environ.update(HEADLESS_ENVIRONMENT)
    driver = open_driver("vi")
    with TemporaryDirectory() as folder:
        film = list(frames(driver, Path(folder)))
    driver.close()
    strip = Image.new("RGB", (SMALL[0], SMALL[1] * 3))
    for n, place in enumerate((4, len(film) // 2, len(film) - 12)):
        strip.paste(film[place], (0, n * SMALL[1]))
    palette = strip.quantize(COLOURS)
    first, *rest = [f.quantize(palette=palette, dither=Image.Dither.NONE) for f in film]
    first.save(FILM, save_all=True, append_images=rest, duration=FRAME_MS, loop=0, optimize=False)
    print(f"{FILM}: {len(film)} frames, {FILM.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
