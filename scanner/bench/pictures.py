"""Reads photographs, each once and by a decoder that knows nothing yet, and counts what came out.

Time is this thread's own: what else the machine does is not counted. Keeps out cameras, and
where the expected texts are written down.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from config.settings import ScannerSettings
from scanner.bench.expected import Expected, nfc
from scanner.decoding import Decoder, OnStage
from scanner.frame import Pixels
from scanner.recorded import PICTURE_SUFFIXES, read_picture, shrunk
from scanner.scan import Barcode, Symbology

SHORTEST = 4
"""Characters of a text that ends the search."""
SMALL = (64, 64, 3)
NOTHING = "nothing"
"""Stands for a symbology where no code is expected, or none was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A code that was read."""

    text: str
    """In NFC."""
    symbology: Symbology
    stage: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one decode made of one picture."""

    name: str
    expected: tuple[Expected, ...] | None
    """None where nobody said what it holds."""
    found: tuple[Found, ...]
    cpu_s: float | None
    """None when the file could not be opened as a picture."""

    @property
    def is_read(self) -> bool:
        """Whether all that is expected was read; without expectations, whether anything was."""
        if self.expected is None:
            return bool(self.found)
        wanted = {code.text for code in self.expected}
        return bool(wanted) and wanted <= {code.text for code in self.found}

    @property
    def wrong(self) -> tuple[Found, ...]:
        """What was read and is not expected."""
        if self.expected is None:
            return ()
        wanted = {code.text for code in self.expected}
        return tuple(code for code in self.found if code.text not in wanted)

    @property
    def symbologies(self) -> set[str]:
        """Of the codes that are expected; without expectations, of those that were read."""
        codes = self.found if self.expected is None else self.expected
        return {code.symbology for code in codes} or {NOTHING}


@dataclass(frozen=True, slots=True)
class Score:
    """How well some pictures were read."""

    readings: tuple[Reading, ...]

    @property
    def read(self) -> int:
        """Pictures of which all that is expected was read."""
        return sum(reading.is_read for reading in self.readings)

    @property
    def wrong(self) -> int:
        """Pictures in which anything was read that is not expected."""
        return sum(bool(reading.wrong) for reading in self.readings)

    @property
    def blank(self) -> int:
        """Pictures in which nothing should be read."""
        return sum(reading.expected == () for reading in self.readings)

    @property
    def stages(self) -> Counter[str]:
        """How many of the codes, right or wrong, each stage read."""
        return Counter(code.stage for reading in self.readings for code in reading.found)

    def ms(self, share: float) -> float | None:
        """Milliseconds within which `share` (0 to 1) of the pictures were done; None if none."""
        times_s = [reading.cpu_s for reading in self.readings if reading.cpu_s is not None]
        return 1000 * float(np.quantile(times_s, share)) if times_s else None

    def by_symbology(self) -> dict[str, Score]:
        """The same for each kind of code; a picture with two kinds counts in both."""
        kinds = [*Symbology, NOTHING]
        parts = {
            kind: tuple(reading for reading in self.readings if kind in reading.symbologies)
            for kind in kinds
        }
        return {kind: Score(readings) for kind, readings in parts.items() if readings}


def pictures_in(folder: Path) -> list[Path]:
    """All pictures in a folder and those below it, in the order of their names."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()
    )


def read_pictures(
    expected: Mapping[Path, tuple[Expected, ...] | None], folder: Path, settings: ScannerSettings
) -> Iterator[Reading]:
    """Read the pictures in the order given, named as seen from `folder`.

    Set OpenCV to one thread before, or what its other threads do is not counted.
    """
    _read("", (), np.zeros(SMALL, np.uint8), settings)  # first calls take 50 ms more
    for path, codes in expected.items():
        name = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
        picture = read_picture(path)
        if picture is None:
            yield Reading(name, codes, (), None)
        else:
            yield _read(name, codes, picture, settings)


def read_codes(
    picture: Pixels, settings: ScannerSettings, on_stage: OnStage | None = None
) -> tuple[Barcode, ...]:
    """Read a (height, width, 3) BGR photograph as large as a camera would show it.

    Where that holds nothing it is looked at once more for small print, seen from afar: one that
    was scaled down as large as it is, any other enlarged, so that a bar of little more than a
    pixel has two (docs/measurements/scanner.md).
    """
    near = shrunk(picture)
    found = _decoded(near, settings, on_stage)
    if found:
        return found
    closer = picture if near.size < picture.size else _enlarged(picture)
    return _decoded(closer, settings, on_stage)


def _enlarged(picture: Pixels) -> Pixels:
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))


def _decoded(
    picture: Pixels, settings: ScannerSettings, on_stage: OnStage | None
) -> tuple[Barcode, ...]:
    decoder = Decoder(settings, lambda text: len(text) >= SHORTEST, time.thread_time, on_stage)
    return decoder.decode(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8))


def _read(
    name: str, expected: tuple[Expected, ...] | None, picture: Pixels, settings: ScannerSettings
) -> Reading:
    stage_of: dict[str, str] = {}
    start = time.thread_time()
    barcodes = read_codes(
        picture, settings, lambda stage, _, texts: stage_of.update(dict.fromkeys(texts, stage))
    )
    cpu_s = time.thread_time() - start
    found = [Found(nfc(code.text), code.symbology, stage_of[code.text]) for code in barcodes]
    return Reading(name, expected, tuple(found), cpu_s)
