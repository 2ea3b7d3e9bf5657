"""Real photographs with known texts, upright or turned. Keeps out films and belief."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.peers import OURS, Reader
from benchmarks.reading import Tally, timed
from benchmarks.reporting import percentile
from config.settings import ScannerSettings
from scanner.bench import PATIENT_MS
from scanner.bench.expected import Expectations
from scanner.bench.pictures import pictures_in, read_codes
from scanner.frame import Pixels

TURNS_DEG = range(0, 91, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """A picture and the text of the code in it."""

    picture: Pixels
    """(height, width, 3), BGR."""
    text: str


def read_photographs(
    texts: dict[Path, str], peers: dict[str, Reader], turned: bool
) -> dict[str, float | int]:
    """Read every photograph by ours and all peers, and give figures for each.

    Args:
        texts: What each picture says.
        peers: By name.
        turned: Whether each is also turned by 10 to 90 degrees.
    """
    readers = {OURS: read_by_ours, **peers}
    angles = TURNS_DEG if turned else (0,)
    tallies = {(name, angle): Tally() for name in readers for angle in angles}
    for photograph in photographs(texts):
        for angle in angles:
            picture = turned_by(photograph.picture, angle)
            for name, read in readers.items():
                found = timed(tallies[name, angle], read, picture)
                tallies[name, angle].note(photograph.text, [found], set())
    return {
        key: value
        for (name, angle), tally in tallies.items()
        for key, value in _figures(f"{name}_{angle}", tally).items()
    }


def texts_beside(folder: Path) -> dict[Path, str]:
    """The pictures of a folder and those below it whose text is beside them: ``name.txt``."""
    paths = [path for path in pictures_in(folder) if path.with_suffix(".txt").exists()]
    return {path: path.with_suffix(".txt").read_text("utf-8").strip() for path in paths}


def texts_listed(expected: Expectations) -> dict[Path, str]:
    """The listed pictures with one code, or with none; reads are counted for one text."""
    single = {path: codes for path, codes in expected.items() if len(codes) < 2}
    return {path: codes[0].text if codes else "" for path, codes in single.items()}


def photographs(texts: dict[Path, str]) -> Iterator[Photograph]:
    """Yield those of the pictures that can be opened."""
    for path, text in texts.items():
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is not None:
            yield Photograph(np.asarray(picture, np.uint8), text)


def turned_by(picture: Pixels, degrees: float) -> Pixels:
    """Turn a (height, width, 3) picture about its middle; none of it is cut off."""
    if degrees == 0:
        return picture
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(height * sin + width * cos), int(height * cos + width * sin))
    turn[:, 2] += (size[0] / 2 - width / 2, size[1] / 2 - height / 2)
    border = cv2.BORDER_REPLICATE
    method = cv2.INTER_CUBIC
    return np.asarray(
        cv2.warpAffine(picture, turn, size, flags=method, borderMode=border), np.uint8
    )


def read_by_ours(picture: Pixels) -> set[str]:
    """Read as the bench reads photographs: nothing is known from before, and nobody waits."""
    settings = ScannerSettings(frame_budget_ms=PATIENT_MS)
    return {barcode.text for barcode in read_codes(picture, settings)}


def _figures(name: str, tally: Tally) -> dict[str, float | int]:
    return {
        f"{name}_images": tally.frames,
        f"{name}_read": tally.frames_read / max(tally.frames, 1),
        f"{name}_misread": tally.frames_misread,
        f"{name}_ms_median": 1000 * percentile(tally.times_s, 0.5),
    }
