"""Plays the sounds without waiting; a station without a loudspeaker is simply silent.

SDL mixes in a thread of its own. Keeps out which sound, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import structlog

from config.settings import SoundSettings
from kiosk.sounds import FOLDER, Sound

_log = structlog.get_logger()


class Player:
    """The station's voice; used on the screen's thread."""

    def __init__(self, settings: SoundSettings, now: Callable[[], datetime]) -> None:
        """Make no sound yet.

        Args:
            settings: How loud, and when never.
            now: The school's local time.
        """
        self._settings, self._now = settings, now
        self._loaded: dict[Sound, Any] | None = None

    def play(self, sound: Sound) -> None:
        """Let a sound be heard, unless it is muted."""
        if self.is_muted():
            return
        if self._loaded is None:
            self._loaded = self._load()
        source = self._loaded.get(sound)
        if source is not None:
            source.stop()
            source.play()

    def is_muted(self) -> bool:
        """Whether nothing is to be heard now."""
        at = self._now().time()
        return not self._settings.volume or any(
            _holds(begins, ends, at) for begins, ends in self._settings.hours()
        )

    def _load(self) -> dict[Sound, Any]:
        """Open the loudspeaker once; without one there is nothing to play, and that is all."""
        from kivy.core.audio import SoundLoader

        loaded: dict[Sound, Any] = {}
        for sound in Sound:
            source = SoundLoader.load(str(FOLDER / f"{sound}.wav"))
            if source is None or not source.length:
                _log.warning("sound.no_loudspeaker")
                return {}
            source.volume = self._settings.volume / 100
            loaded[sound] = source
        return loaded


def _holds(begins: time, ends: time, at: time) -> bool:
    """Whether a time of day lies in a span, which may go over midnight."""
    return begins <= at < ends if begins <= ends else at >= begins or at < ends
