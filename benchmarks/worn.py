"""Labels that were bent, creased, scratched and badly printed, as the generator films them.

Stands in for photographs of used books where none can be had. One frame of each film is looked at,
at any angle, as a photograph is: by ours (`scanner.bench`), and by the well-known decoders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np

from benchmarks.conditions import CONDITIONS
from benchmarks.papers import Paper
from benchmarks.peers import OURS, Reader, well_known
from benchmarks.photographs import read_by_ours
from benchmarks.presentations import film, present
from benchmarks.reading import Tally, timed
from benchmarks.reporting import arguments, report
from scanner.frame import Pixels
from scanner.scan import Symbology

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Wear = Callable[[Paper, np.random.Generator], Pixels]
"""Gives the paper's picture as it became, (height, width, 3)."""

HELD = {condition.name: condition for condition in CONDITIONS}["angle"]
SYMBOLOGIES = (Symbology.CODE_128, Symbology.CODE_39, Symbology.EAN_13)
LOOKED_AT = 8
"""Which of the fifteen frames: the thing is in sight."""
PEERS = ("pyzbar", "zxing", "r2")
INK, PAPER = 30, 240


def main() -> None:
    """Wear out, film, read, print."""
    asked = arguments(__doc__ or "", labels=8, seed=1)
    peers = {name: read for name, read in well_known().items() if name in PEERS}
    report(run(range(asked.seed, asked.seed + asked.labels), peers), asked.json)


def run(seeds: range, peers: dict[str, Reader]) -> dict[str, float | int]:
    """Read labels of each wear and symbology, one of each seed."""
    readers = {OURS: read_by_ours, **peers}
    tallies = {(name, wear): Tally() for name in readers for wear in WEARS}
    for wear in WEARS:
        for text, picture in pictures(wear, seeds):
            for name, read in readers.items():
                found = timed(tallies[name, wear], read, picture)
                tallies[name, wear].note(text, [found], set())
    return _figures(tallies)


def pictures(wear: str, seeds: range) -> Iterator[tuple[str, Pixels]]:
    """Texts of worn labels, and each in a hand, (720, 1280, 3) BGR."""
    for seed in seeds:
        for symbology in SYMBOLOGIES:
            shown = present(HELD, symbology, seed)
            chance = np.random.default_rng((seed, 2))
            worn = replace(shown.paper, picture=WEARS[wear](shown.paper, chance))
            frames = film(replace(shown, paper=worn))
            yield shown.text, next(islice(frames, LOOKED_AT, None))[1]


def _figures(tallies: dict[tuple[str, str], Tally]) -> dict[str, float | int]:
    figures: dict[str, float | int] = {}
    for name in dict.fromkeys(name for name, _ in tallies):
        total = Tally()
        for (whose, wear), tally in tallies.items():
            if whose == name:
                total.add(tally)
                figures[f"{name}_{wear}_read"] = tally.frames_read / tally.frames
        figures[f"{name}_images"] = total.frames
        figures[f"{name}_read"] = total.frames_read / total.frames
        figures[f"{name}_wrong"] = total.frames_misread
    return figures


def _new(paper: Paper, _chance: np.random.Generator) -> Pixels:
    return paper.picture


def _inked(paper: Paper, chance: np.random.Generator) -> Pixels:
    """Bars wider or narrower by up to 0.3 modules: too much ink, or too little."""
    by = float(chance.uniform(-0.3, 0.3))
    shape = np.ones((1, 1 + round(abs(by) * paper.module_px)), np.uint8)
    grow = cv2.erode if by > 0 else cv2.dilate
    return np.asarray(grow(paper.picture, shape), np.uint8)


def _curved(paper: Paper, chance: np.random.Generator) -> Pixels:
    """Round a spine: the code's ends are turned away by 35 to 65 degrees, and darker."""
    half = float(chance.uniform(0.6, 1.15))
    radius = paper.code_px[0] / 2 / np.sin(half)
    rows, columns = _places(paper.picture)
    beside = np.clip((columns - paper.focus[0]) / radius, -0.98, 0.98)
    along = np.asarray(paper.focus[0] + radius * np.arcsin(beside) - columns, np.float32)
    bent = _moved(paper.picture, along, np.zeros(rows.shape, np.float32))
    return _shaded(bent, np.sqrt(1 - beside**2) ** 0.6)


def _creased(paper: Paper, chance: np.random.Generator) -> Pixels:
    """Folds in any direction, beside which the paper has slipped by up to 1.5 modules."""
    rows, columns = _places(paper.picture)
    slip, shade = np.zeros_like(rows), np.ones_like(rows)
    for _ in range(chance.integers(2, 5)):
        turn = chance.uniform(0, np.pi)
        x, y = _spot(paper, chance)
        away = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
        fold = away / (paper.module_px * chance.uniform(2, 8))
        slip += paper.module_px * chance.uniform(-1.5, 1.5) * np.tanh(fold)
        shade *= 1 - chance.uniform(0.1, 0.45) * np.exp(-(fold**2))
    return _shaded(_moved(paper.picture, slip, np.asarray(slip / 2, np.float32)), shade)


def _speckled(paper: Paper, chance: np.random.Generator) -> Pixels:
    """Dirt, and ink that came off, in spots of up to 1.2 modules."""
    picture = paper.picture.copy()
    for _ in range(chance.integers(40, 160)):
        x, y = _spot(paper, chance)
        size = round(chance.uniform(0.2, 1.2) * paper.module_px)
        cv2.circle(picture, (int(x), int(y)), size, [int(chance.choice([INK, PAPER]))] * 3, -1)
    return picture


def _streaked(paper: Paper, chance: np.random.Generator) -> Pixels:
    """A ribbon that runs out: white streaks across the bars, all of it fading."""
    picture = paper.picture.astype(np.float32)
    for _ in range(chance.integers(3, 9)):
        top = int(_spot(paper, chance)[1])
        band = picture[top : top + round(chance.uniform(0.3, 3) * paper.module_px)]
        band += 0.8 * (PAPER - band)
    faded = np.linspace(float(chance.uniform(0.3, 0.8)), 1, len(picture), dtype=np.float32)
    return np.asarray(np.clip(255 - (255 - picture) * faded[:, None, None], 0, 255), np.uint8)


def _scratched(paper: Paper, chance: np.random.Generator) -> Pixels:
    """Lines of a pen or a nail, up to 1.2 modules wide."""
    picture = paper.picture.copy()
    for _ in range(chance.integers(3, 8)):
        (x, y), (to_x, to_y) = _spot(paper, chance), _spot(paper, chance)
        wide = max(1, round(chance.uniform(0.3, 1.2) * paper.module_px))
        colour = [int(chance.choice([INK, PAPER]))] * 3
        cv2.line(picture, (int(x), int(y)), (int(to_x), int(to_y)), colour, wide)
    return picture


WEARS: dict[str, Wear] = {
    "new": _new,
    "inked": _inked,
    "curved": _curved,
    "creased": _creased,
    "speckled": _speckled,
    "streaked": _streaked,
    "scratched": _scratched,
}


def _places(picture: Pixels) -> tuple[Floats, Floats]:
    """Rows and columns of every pixel."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return np.asarray(rows, np.float32), np.asarray(columns, np.float32)


def _spot(paper: Paper, chance: np.random.Generator) -> tuple[float, float]:
    """Somewhere in the code, x and y in pixels."""
    (x, y), (width, height) = paper.focus, paper.code_px
    return x + width * chance.uniform(-0.5, 0.5), y + height * chance.uniform(-0.5, 0.5)


def _moved(picture: Pixels, right: Floats, down: Floats) -> Pixels:
    """The picture with each pixel taken from so far away."""
    rows, columns = _places(picture)
    to = np.asarray(columns + right, np.float32), np.asarray(rows + down, np.float32)
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(picture, *to, cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _shaded(picture: Pixels, light: Floats) -> Pixels:
    return np.asarray(np.clip(picture * light[..., None], 0, 255), np.uint8)


if __name__ == "__main__":
    main()
