"""How loud and how bright the station is, as somebody chose at it. Keeps out who may choose.

Volume and silent hours are those of the settings until others are chosen; what was chosen is in a
file of its own beside the records, so that the settings stay as they were written. Brightness is
the screen's own; systemd keeps it when the machine is restarted.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from config.settings import SoundSettings
from db.private_files import write_private

USUAL_SILENCE = ("11:30-13:30", "17:00-07:00")
"""Silent hours that can be chosen by a touch, beside those of the settings: noon and night."""
DARKEST = 10
"""Percent; a darker screen would look switched off."""
_log = structlog.get_logger()


class Loudness:
    """The station's sound."""

    def __init__(self, settings: SoundSettings, file: Path) -> None:
        """Begin with what was chosen last.

        Args:
            settings: What holds until somebody chooses.
            file: Where the choice is kept.
        """
        self._file = file
        self.sound = _read(file) or settings
        """What holds now."""
        self.silences = tuple(dict.fromkeys((*settings.mute, *USUAL_SILENCE, *self.sound.mute)))
        """The silent hours there are to choose from."""

    def choose(self, sound: SoundSettings) -> bool:
        """Let this hold from now on; False if it will not outlast a restart."""
        self.sound = sound
        try:
            write_private(self._file, sound.model_dump_json().encode())
        except OSError as error:
            _log.warning("sound.not_kept", reason=error.strerror)
            return False
        return True


def _read(file: Path) -> SoundSettings | None:
    try:
        return SoundSettings.model_validate_json(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("sound.not_read", reason=type(error).__name__)
        return None


class Backlight:
    """The light behind the screen, as Linux offers it."""

    def __init__(self, folder: Path = Path("/sys/class/backlight")) -> None:
        self._folder = folder

    def percent(self) -> int | None:
        """How bright it is; None where this account cannot set it, or it is no panel of ours."""
        light = self._light()
        try:
            if light is not None:
                return round(100 * _steps(light, "brightness") / _steps(light, "max_brightness"))
        except (OSError, ValueError, ZeroDivisionError) as error:
            _log.warning("light.not_read", reason=type(error).__name__)
        return None

    def turn(self, by: int) -> None:
        """Make it brighter by so many percent, or darker, but never as if it were switched off.

        A panel of few steps goes on by one of them at least.
        """
        light = self._light()
        if light is None:
            return
        try:
            now, most = _steps(light, "brightness"), _steps(light, "max_brightness")
            percent = max(DARKEST, min(100, round(100 * now / most) + by))
            steps = round(most * percent / 100)
            if steps == now:
                steps += 1 if by > 0 else -1
            (light / "brightness").write_text(str(max(1, min(most, steps))))
        except (OSError, ValueError, ZeroDivisionError) as error:
            _log.warning("light.not_set", reason=type(error).__name__)

    def _light(self) -> Path | None:
        files = sorted(self._folder.glob("*/brightness"))
        return next((file.parent for file in files if os.access(file, os.W_OK)), None)


def _steps(light: Path, of: str) -> int:
    return int((light / of).read_text())
