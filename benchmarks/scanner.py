"""How well and how fast codes are read from a hand, beside the well-known decoders.

Presentations of cards and books are filmed by a generator (twelve conditions, four
symbologies, 15 frames each); every decoder looks at the same frames in one run. With
``--photos`` the pictures are real ones: ``name.jpg`` beside ``name.txt`` that holds its text, or
listed with their texts by ``--expect`` (see docs/scanner-bench.md).
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

import cv2

from benchmarks.conditions import CONDITIONS, EASY
from benchmarks.optics import SIZE
from benchmarks.peers import OURS, YARDSTICK, well_known
from benchmarks.photographs import read_photographs, texts_beside, texts_listed
from benchmarks.presentations import film, present, present_blank
from benchmarks.reading import Subjects, Tally, idle_share
from benchmarks.reporting import percentile, report
from benchmarks.seeds_kept import Cell, keep_seed, kept_seeds
from scanner.bench.expected import read_expected
from scanner.scan import Symbology

ANY = "all"
BLANK = "blank"
BLANK_SEED = 99


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)  # a thread's time then is the whole time
    options = _options()
    asked = options.parse_args()
    if asked.grey and asked.peers:
        options.error("--grey is for our decoder alone: add --peers")
    if asked.photos:
        peers = {name: well_known()[name] for name in asked.peers}
        report(read_photographs(_texts(asked), peers, asked.turned), asked.json)
        return
    cells = _measure(asked)
    if not asked.json:
        _print_table(cells, [OURS, *asked.peers])
    report(_figures(cells, asked.peers), asked.json)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--presentations", type=int, default=10, help="seeds, and films per cell")
    parser.add_argument("--blank", type=int, default=12, help="films without a code for each seed")
    parser.add_argument("--size", type=_size, default=SIZE, help="of the frames, WIDTHxHEIGHT")
    parser.add_argument("--jobs", type=int, default=1, help="seeds measured at a time")
    names = [condition.name for condition in CONDITIONS]
    parser.add_argument("--conditions", nargs="*", choices=names, default=names)
    kinds = list(Symbology)
    parser.add_argument("--symbologies", nargs="*", choices=kinds, type=Symbology, default=kinds)
    parser.add_argument("--peers", nargs="*", choices=well_known(), default=list(well_known()))
    parser.add_argument("--grey", action="store_true", help="draw no colours: ours alone, faster")
    parser.add_argument("--keep", type=Path, help="a file of each seed's counts, to go on from")
    parser.add_argument("--photos", type=Path, help="a folder of photographs with their texts")
    parser.add_argument("--expect", type=Path, help="a list of their texts: file,format,text")
    parser.add_argument("--turned", action="store_true", help="turn photographs by 10 degrees on")
    return parser


def _texts(asked: argparse.Namespace) -> dict[Path, str]:
    """What each photograph says."""
    if asked.expect:
        return texts_listed(read_expected(asked.expect, asked.photos))
    return texts_beside(asked.photos)


def _size(words: str) -> tuple[int, int]:
    width, height = map(int, words.split("x"))
    return width, height


def _measure(asked: argparse.Namespace) -> dict[Cell, Tally]:
    """Count every seed's films, several seeds at a time if asked."""
    wanted = range(asked.seed, asked.seed + asked.presentations)
    options = _kept_options(asked)
    done = kept_seeds(asked.keep, options) if asked.keep else {}
    left = [seed for seed in wanted if seed not in done]
    with ProcessPoolExecutor(asked.jobs) as processes:
        counted = zip(left, processes.map(partial(_measure_seed, asked), left), strict=True)
        for seed, tallies in counted:
            done[seed] = tallies
            if asked.keep:
                keep_seed(asked.keep, options, seed, tallies)
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return _added(done[seed] for seed in wanted)


def _kept_options(asked: argparse.Namespace) -> dict[str, object]:
    """What seeds must have in common to be added up."""
    names = ("blank", "conditions", "symbologies", "peers", "grey")
    return {"size": list(asked.size)} | {name: getattr(asked, name) for name in names}


def _added(seeds: Iterable[dict[Cell, Tally]]) -> dict[Cell, Tally]:
    cells: dict[Cell, Tally] = defaultdict(Tally)
    for cell, tally in chain.from_iterable(tallies.items() for tallies in seeds):
        cells[cell].add(tally)
    return cells


def _measure_seed(asked: argparse.Namespace, seed: int) -> dict[Cell, Tally]:
    """Show one film of every cell, then some blank ones, to decoders that begin afresh."""
    cv2.setNumThreads(1)  # a thread's time then is the whole time
    cells: dict[Cell, Tally] = {}
    subjects = Subjects({name: well_known()[name] for name in asked.peers}, grey=asked.grey)
    chosen = [(n, c) for n, c in enumerate(CONDITIONS) if c.name in asked.conditions]
    for number, condition in chosen:
        for kind, symbology in enumerate(Symbology):
            if symbology not in asked.symbologies:
                continue
            film = present(condition, symbology, seed, number, kind, size=asked.size)
            for name, tally in subjects.watch(film).items():
                cells[name, condition.name, symbology] = tally
    for number in range(asked.blank):
        condition = chosen[number % len(chosen)][1]
        film = present_blank(condition, seed, BLANK_SEED, number, size=asked.size)
        for name, tally in subjects.watch(film).items():
            cells.setdefault((name, BLANK, ANY), Tally()).add(tally)
    return cells


def _sum(cells: dict[Cell, Tally], name: str, condition: str = ANY, symbology: str = ANY) -> Tally:
    """Add up what was counted in some cells; blank films only if they are asked for."""
    total = Tally()
    for cell, tally in cells.items():
        fits = condition == cell[1] or (condition == ANY and cell[1] != BLANK)
        if cell[0] == name and fits and symbology in (ANY, cell[2]):
            total.add(tally)
    return total


def _figures(cells: dict[Cell, Tally], peers: list[str]) -> dict[str, float | int]:
    ours, blank = _sum(cells, OURS), _sum(cells, OURS, BLANK)
    figures: dict[str, float | int] = {
        **_shares(ours),
        "presentations_believed": ours.believed / max(ours.presentations, 1),
        "wrong_believed": ours.wrong_believed,
        "blank_films": blank.presentations,
        "blank_believed": blank.wrong_believed,
        "idle_share": idle_share(next(iter(film(present_blank(EASY, 0, 98))))[1]),
    }
    for condition in sorted({cell[1] for cell in cells} - {BLANK}):
        tally = _sum(cells, OURS, condition)
        figures[f"{condition}_presentations_read"] = tally.read_twice / tally.presentations
    for name in peers:
        shares = _shares(_sum(cells, name))
        figures |= {f"{name}_{key}": value for key, value in shares.items()}
    if YARDSTICK in peers:
        pyzbar = _sum(cells, YARDSTICK)
        for key, share in (("time_ratio_to_pyzbar", 0.5), ("p95_ratio_to_pyzbar", 0.95)):
            figures[key] = percentile(ours.times_s, share) / percentile(pyzbar.times_s, share)
    return figures


def _shares(tally: Tally) -> dict[str, float | int]:
    films = max(tally.presentations, 1)
    return {
        "frames": tally.frames,
        "frames_read": tally.frames_read / max(tally.frames, 1),
        "frames_misread": tally.frames_misread,
        "presentations": tally.presentations,
        "presentations_read_once": tally.read_once / films,
        "presentations_read": tally.read_twice / films,
        "agreed_wrong": tally.agreed_wrong,
        "ms_median": 1000 * percentile(tally.times_s, 0.5),
        "ms_p95": 1000 * percentile(tally.times_s, 0.95),
    }


def _print_table(cells: dict[Cell, Tally], names: list[str]) -> None:
    """A line for each decoder and condition: frames read, then films read twice, in percent."""
    kinds = [ANY, *Symbology]
    title = f"frames / films read twice, %  {'  '.join(f'{kind:>9}' for kind in kinds)}"
    print(f"{title}   misread / agreed   ms median / p95")
    for name in names:
        for condition in [*dict.fromkeys(cell[1] for cell in cells), ANY]:
            tallies = [_sum(cells, name, condition, kind) for kind in kinds]
            print(f"{name:>12} {condition:<16}  {'  '.join(map(_pair, tallies))}{_end(tallies[0])}")


def _pair(tally: Tally) -> str:
    if not tally.frames:
        return f"{'–':>9}"
    frames, films = tally.frames_read / tally.frames, tally.read_twice / tally.presentations
    return f"{100 * frames:3.0f} / {100 * films:3.0f}"


def _end(tally: Tally) -> str:
    median, p95 = (1000 * percentile(tally.times_s, share) for share in (0.5, 0.95))
    return f"   {tally.frames_misread:5} / {tally.agreed_wrong:2}   {median:6.1f} / {p95:5.1f}"


if __name__ == "__main__":
    main()
