"""Composes the station's sounds: ``python -m kiosk.sounds.compose``. Ours, so no licence is asked.

Each is a few notes of a soft bell, low enough for a library. Keeps out when they are played.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.sounds import FOLDER, Sound

RATE_HZ = 22_050
LOUDEST = 0.5
"""Of full scale; the settings' volume does the rest."""
_FADE_IN_S = 0.006
_OVERTONES = ((1.0, 1.0), (2.0, 0.28), (3.01, 0.1))
"""Multiples of a note's pitch and how strong they are: a small bell."""


@dataclass(frozen=True, slots=True)
class Note:
    """One stroke of the bell."""

    pitch_hz: float
    at_s: float
    fades_s: float
    """Until it is a third as loud."""


MELODIES: dict[Sound, tuple[Note, ...]] = {
    Sound.YES: (Note(659.26, 0.0, 0.09), Note(880.0, 0.09, 0.13)),
    Sound.NO: (Note(329.63, 0.0, 0.1), Note(261.63, 0.14, 0.16)),
    Sound.LOOK: (Note(523.25, 0.0, 0.07), Note(523.25, 0.16, 0.09)),
    Sound.END: (Note(523.25, 0.0, 0.1), Note(659.26, 0.1, 0.1), Note(783.99, 0.2, 0.2)),
}


def samples_of(melody: Sequence[Note]) -> array[int]:
    """The melody as 16-bit numbers, faded out to silence."""
    length = round(RATE_HZ * max(note.at_s + 4 * note.fades_s for note in melody))
    mixed = [sum(_heard(note, n / RATE_HZ) for note in melody) for n in range(length)]
    peak = max(map(abs, mixed))
    scale = 32_767 * LOUDEST / peak
    return array("h", (round(scale * value) for value in mixed))


def write(path: Path, samples: array[int]) -> None:
    """Write a WAV file with one channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def main() -> None:
    """Write every sound into the package."""
    for sound, melody in MELODIES.items():
        write(FOLDER / f"{sound}.wav", samples_of(melody))


def _heard(note: Note, at_s: float) -> float:
    """How far a note moves the air at a moment."""
    since = at_s - note.at_s
    if since < 0:
        return 0.0
    loud = min(1.0, since / _FADE_IN_S) * math.exp(-since / note.fades_s)
    waves = (share * math.sin(math.tau * by * note.pitch_hz * since) for by, share in _OVERTONES)
    return loud * sum(waves)


if __name__ == "__main__":
    main()
