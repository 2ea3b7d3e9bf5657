"""A camera that films what never was: printed things held up by an unsteady hand.

Serves the demo and the tests: what comes out has perspective, blur, uneven light and noise
and must be read like any other picture. Keeps out who shows what and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.frame import Frame, Pixels, during, ticks

if TYPE_CHECKING:
    from scanner.handheld import Studio, Take

ENTER_S = 0.3
LEAVE_S = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """Something printed is held up to the camera and taken away again."""

    picture: Pixels
    """(height, width, 3), BGR: the printed thing with its paper."""
    width_mm: float
    """How wide the paper is; it is held so close that a millimetre covers 8 of 1280 pixels."""
    hold_s: float = 1.4
    seed: int = 0
    """Another seed is another hand."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nobody is in front of the camera."""

    seconds: float


class FilmCamera:
    """Films scene after scene; the next one is asked for only when the last is over."""

    def __init__(
        self,
        scenes: Iterator[Showing | Pause],
        fps: float,
        size: tuple[int, int] = (1280, 720),
        pace: float = 1.0,
    ) -> None:
        """Set up.

        Args:
            scenes: What to film; may wait and decide late.
            fps: Frames in a second.
            size: Width and height of the frames in pixels.
            pace: Seconds that a second of film takes: 1 as it is, 0 as fast as possible.
        """
        self.name = "film"
        self._scenes = scenes
        self._moments = ticks(fps, pace)
        self._size = size
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        """Yield frames until no scene is left."""
        from scanner.handheld import Studio

        studio = Studio(self._size)
        for scene in self._scenes:
            match scene:
                case Pause():
                    yield from self._film(studio, None, scene.seconds)
                case Showing():
                    take = studio.prepare(scene.picture, scene.width_mm, scene.seed)
                    yield from self._film(studio, take, ENTER_S + scene.hold_s + LEAVE_S)

    def close(self) -> None:
        """Stop filming at the next frame."""
        self._closed = True

    def _film(self, studio: Studio, take: Take | None, lasts_s: float) -> Iterator[Frame]:
        for moment, since_s in during(self._moments, lasts_s):
            if self._closed:
                return
            away = _away(since_s, lasts_s)
            yield Frame(studio.shoot(take, since_s, away), moment)


def _away(since_s: float, lasts_s: float) -> float:
    """How far the thing is from its place: 1 out of sight, 0 held up."""
    entering = max(1 - since_s / ENTER_S, 0.0)
    leaving = max(1 - (lasts_s - since_s) / LEAVE_S, 0.0)
    return entering**2 + leaving**2
