"""What a station costs while nobody is there: camera, reader, clerk and window together.

The camera films a room in which nothing moves, with a sensor's noise; the whole running station
looks at it, and its window shows it. Processor time is counted for each camera frame, so that a
busy machine, which lets fewer frames through, is no cheaper; a room in which something moves is
measured beside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.reporting import arguments, report
from kiosk.options import read_options
from kiosk.window import prepare_window
from scanner.frame import Camera, Frame, Pixels

if TYPE_CHECKING:
    from kiosk.options import Options

FPS = 15
FILMED = 12
"""Frames that are filmed beforehand: making them is no work of the station."""
SETTLE_FRAMES = 60
MOVED_PX = 40
"""How far a moving room moves with each frame."""


class Room:
    """A camera before an empty room; what each frame cost the process is noted."""

    name = "room"

    def __init__(self, film: list[Pixels]) -> None:
        self.spent_s: list[float] = []
        """What the process had taken when each frame was asked for."""
        self._film, self._closed = film, False

    def frames(self) -> Iterator[Frame]:
        """Film at the camera's own pace; a frame that comes late is one less, as with any."""
        due = time.monotonic()
        while not self._closed:
            due = max(due + 1 / FPS, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            self.spent_s.append(time.process_time())
            yield Frame(self._film[len(self.spent_s) % FILMED], due)

    def close(self) -> None:
        """Stop filming."""
        self._closed = True


def _filmed(*, moves: bool) -> list[Pixels]:
    """The frames of a room, all alike but for their noise, or shifted."""
    import numpy as np

    from scanner.handheld import Studio

    studio = Studio((1280, 720))
    frames = [studio.shoot(None, n / FPS, 1.0) for n in range(FILMED)]
    if not moves:
        return frames
    return [np.ascontiguousarray(np.roll(frame, n * MOVED_PX, 1)) for n, frame in enumerate(frames)]


def _watch(options: Options, room: Room, frames: int) -> None:
    """Let the station run until it has seen so many frames."""
    from kivy.clock import Clock as ScreenClock

    from db.clock import SystemClock
    from kiosk.station import Station

    class Watching(Station):
        def _open_camera(self) -> Camera:
            return room

        def _stop_when_over(self, _dt: float) -> None:
            if len(room.spent_s) > frames:
                self._app.stop()

    station = Watching(options, SystemClock())
    ScreenClock.schedule_interval(station._stop_when_over, 0.5)
    station.run()


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", frames=600, moves=0)
    room = Room(_filmed(moves=bool(asked.moves)))
    with tempfile.TemporaryDirectory() as folder:
        words = ["--headless", "--demo-school", "--camera", "demo", "--data", folder]
        options = read_options(words)
        prepare_window(options.settings.screen, headless=True)
        _watch(options, room, SETTLE_FRAMES + asked.frames)
    counted = room.spent_s[SETTLE_FRAMES:]
    per_frame_s = (counted[-1] - counted[0]) / (len(counted) - 1)
    figures: dict[str, float | int] = {
        "core_percent": 100 * per_frame_s * FPS,
        "cpu_ms_per_camera_frame": 1000 * per_frame_s,
        "frames": len(counted),
    }
    report(figures, asked.json)


if __name__ == "__main__":
    main()
