"""Plays the sounds without waiting; a station without a loudspeaker is simply silent.

SDL mixes in a thread of its own. Keeps out which sound, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Protocol

import structlog

from config.settings import SoundSettings
from kiosk.sounds import FOLDER, Sound

_log = structlog.get_logger()


class Voice(Protocol):
    """One sound, opened at the loudspeaker."""

    length: float
    """Seconds."""
    volume: float
    """From 0 to 1."""

    def play(self) -> None:
        """Begin it."""
        ...

    def stop(self) -> None:
        """Cut it short."""
        ...


def open_sound(path: str) -> Voice | None:
    """Open a sound at the machine's loudspeaker; None where there is none."""
    from kivy.core.audio import SoundLoader  # opens the loudspeaker

    source: Voice | None = SoundLoader.load(path)
    return source


class Player:
    """The station's voice; used on the screen's thread."""

    def __init__(
        self,
        sound: Callable[[], SoundSettings],
        now: Callable[[], datetime],
        open_sound: Callable[[str], Voice | None] = open_sound,
    ) -> None:
        """Make no sound yet.

        Args:
            sound: How loud it is to be now, and when never.
            now: The school's local time.
            open_sound: Opens a file at the loudspeaker.
        """
        self._sound, self._now, self._open = sound, now, open_sound
        self._loaded: dict[Sound, Voice] | None = None

    def play(self, sound: Sound) -> None:
        """Let a sound be heard, unless it is muted."""
        if self.is_muted():
            return
        if self._loaded is None:
            self._loaded = self._load()
        source = self._loaded.get(sound)
        if source is not None:
            source.stop()
            source.volume = self._sound().volume / 100
            source.play()

    def is_muted(self) -> bool:
        """Whether nothing is to be heard now."""
        at, sound = self._now().time(), self._sound()
        return not sound.volume or any(_holds(begins, ends, at) for begins, ends in sound.hours())

    def _load(self) -> dict[Sound, Voice]:
        """Open the loudspeaker once; without one there is nothing to play, and that is all."""
        loaded: dict[Sound, Voice] = {}
        for sound in Sound:
            source = self._open(str(FOLDER / f"{sound}.wav"))
            if source is None or not source.length:
                _log.warning("sound.no_loudspeaker")
                return {}
            loaded[sound] = source
        return loaded


def _holds(begins: time, ends: time, at: time) -> bool:
    """Whether a time of day lies in a span, which may go over midnight."""
    return begins <= at < ends if begins <= ends else at >= begins or at < ends
