"""A reader in its thread, and all that it told, with the moment of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from config.settings import ScannerSettings
from scanner.frame import Camera
from scanner.reader import Reader
from scanner.scan import CameraBack, CameraLost, ScannerEvent
from tests.printed import rank

Case = TypeVar("Case")
Outcome = TypeVar("Outcome")


class Watched:
    """What a reader told so far."""

    def __init__(self, open_one: Callable[[], Camera], settings: ScannerSettings) -> None:
        self.told: list[ScannerEvent] = []
        self.when: list[float] = []
        self.reader = Reader(open_one, settings, rank, self._tell)

    def _tell(self, event: ScannerEvent) -> None:
        self.when.append(time.monotonic())
        self.told.append(event)

    @property
    def kinds(self) -> list[type[ScannerEvent]]:
        """The told events' types."""
        return [type(event) for event in self.told]

    def troubles(self) -> list[str]:
        """Why it was lost, each time; "" when it came back."""
        changes = [event for event in self.told if isinstance(event, CameraLost | CameraBack)]
        return [event.reason if isinstance(event, CameraLost) else "" for event in changes]


@contextmanager
def watching(open_one: Callable[[], Camera], settings: ScannerSettings) -> Iterator[Watched]:
    """Run a reader and see that it ends within a second of being told to."""
    watched = Watched(open_one, settings)
    thread = threading.Thread(target=watched.reader.run, name="camera")
    thread.start()
    try:
        yield watched
    finally:
        watched.reader.stop()
        thread.join(1.0)
    assert not thread.is_alive()


def wait_until(true: Callable[[], bool], within_s: float = 12.0) -> float:
    """Wait until something is so; give the seconds it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() < start + within_s, "waited in vain"
        time.sleep(0.01)
    return time.monotonic() - start


def all_at_once(suffer: Callable[[Case], Outcome], cases: Iterable[Case]) -> dict[Case, Outcome]:
    """Go through all cases at the same time, for most of it is waiting."""
    cases = list(cases)
    with ThreadPoolExecutor(len(cases)) as threads:
        return dict(zip(cases, threads.map(suffer, cases), strict=True))
