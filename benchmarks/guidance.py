"""Whether the hints help: codes held up with one fault, and things that are no codes at all.

Every film lasts a second, each before another room, and is seen by the station's decoder and
guide. What was not read is judged by trying: a hint is right when doing what it says makes the
code readable, and contradicts when doing the opposite would. A frame without a code should have
no hint.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import chain, groupby, pairwise
from multiprocessing import get_context

import cv2

from benchmarks.faulty import PAIR, THINGS, Fault, Thing, filmed, held, visible_contrast
from benchmarks.reporting import percentile, report
from benchmarks.rooms import ROOMS, STRIPED, room_behind, room_film
from config.settings import ScannerSettings
from db.identifiers import rank
from scanner.clues import Guide
from scanner.decoding import Decoder
from scanner.frame import Pixels
from scanner.guidance import Hint
from scanner.reader import counted
from scanner.steady import FIRST

FRAMES = 15
JUDGED = 5
"""The last frames of a film: by then a hint that is due is shown."""
PATIENT = ScannerSettings(frame_budget_ms=500, pyzbar=False)
"""So that what is read does not depend on the machine."""
BELIEVED_READS = 2
LEAST_CONTRAST = 0.1
"""Of its finest structure, without which nobody could know a code."""
TWO = "pair"
BACKGROUNDS = 16


class Verdict(StrEnum):
    """What came of a frame."""

    READ = "read"
    RIGHT = "right"
    BESIDE = "beside"
    """Doing it is not enough, and does no harm."""
    CONTRADICTING = "contradicting"
    MISSING = "missing"
    BEYOND = "beyond"
    """No hint, and nothing in the frame by which to know a code."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing with one fault, filmed once."""

    thing: str
    kind: str
    """Of fault."""
    row: str
    fault: Fault
    value: float
    """What the row varies."""
    seed: int = 0
    """Of noise, sway and the room behind."""

    @property
    def is_before_stripes(self) -> bool:
        """Whether the room behind has stripes and edges of its own."""
        return self.seed % 4 == STRIPED


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of one film."""

    reads: int
    hints: tuple[Hint | None, ...]
    """Shown in each frame."""
    guide_ms: tuple[float, ...]
    """What the guide took for each frame that was not read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one film."""

    verdicts: tuple[Verdict, ...]
    """Of the judged frames."""
    watched: Watched


def main() -> None:
    """Measure and print."""
    asked = _options().parse_args()
    cases = [case for case in sweep(asked.seed) if case.thing in asked.things][:: asked.every]
    seeds = range(asked.seed, asked.seed + asked.rooms)
    # Not forked: OpenCV's threads do not live on in a fork, and what they hold stays locked.
    with ProcessPoolExecutor(asked.jobs, get_context("spawn")) as processes:
        outcomes = list(processes.map(outcome_of, cases, chunksize=4))
        rooms = {
            name: list(processes.map(watched_room, [name] * len(seeds), seeds)) for name in ROOMS
        }
    if not asked.json:
        _print_runs(cases, outcomes)
        _print_shares(cases, outcomes)
    report(figures(cases, outcomes, rooms), asked.json)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--things", nargs="*", choices=[*THINGS, TWO], default=[*THINGS, TWO])
    parser.add_argument("--every", type=int, default=1, help="watch one film of so many")
    parser.add_argument("--rooms", type=int, default=12, help="films of each kind of room")
    parser.add_argument("--seed", type=int, default=0, help="the first seed of all films")
    parser.add_argument("--jobs", type=int, default=1, help="films watched at a time")
    return parser


def sweep(seed: int = 0) -> Iterator[Case]:
    """Every thing with every fault, each from harmless to hopeless, each film with its own seed."""
    alone = [Case(name, *how) for name in THINGS for how in _faults()]
    pairs = [Case(TWO, "two codes", "two codes, mm", Fault(distance_mm=mm), mm) for mm in _PAIR_MM]
    for number, case in enumerate(alone + pairs):
        yield replace(case, seed=seed + number)


_PAIR_MM = (120, 140, 160, 180, 200, 220, 240, 260)


def _faults() -> Iterator[tuple[str, str, Fault, float]]:
    """Kind, row, fault, and what the row varies."""
    far = (20, 24, 28, 33, 40, 60, 90, 140, 200, 280, 360, 400, 440, 480, 520, 560, 600, 650, 700)
    yield from (("distance", "distance, mm", Fault(distance_mm=mm), mm) for mm in far)
    angles, blurs = (0, 45, 55, 60, 65, 70, 75, 80), (0, 0.7, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    for mm in (110, 200):
        at, there = f"at {mm} mm", Fault(distance_mm=mm)
        yield from (("tilt", f"tilt {at}, °", replace(there, tilt=a), a) for a in angles)
        yield from (("nod", f"nod {at}, °", replace(there, nod=a), a) for a in angles)
        yield from (
            ("defocus", f"defocus {at}, px", replace(there, defocus_px=b), b) for b in blurs
        )
    turns, lights = range(0, 180, 20), (1, 0.5, 0.35, 0.25, 0.18, 0.12, 0.1, 0.08, 0.06, 0.04)
    yield from (("turn", "turn, °", Fault(turn=turn), turn) for turn in turns)
    yield from (("light", "light", Fault(light=light), light) for light in lights)
    for x, y in ((0.0, 0.0), (6.0, 0.0), (-10.0, 3.0), (8.0, 8.0)):
        row, lamps = f"lamp at {x:g}, {y:g} mm, mm", (2, 3, 5, 7, 9, 12, 15)
        yield from (("glare", row, Fault(glare=(x, y), lamp_mm=r), r) for r in lamps)
    for turn in (8, 53, 98):
        row, ways = f"smear across {turn}°, px", (2, 6, 10, 14, 18, 24, 32, 40)
        yield from (("motion", row, Fault(smear_px=px, turn=turn), px) for px in ways)


def outcome_of(case: Case) -> Outcome:
    """Film one case, watch it and judge what was shown in the end."""
    watched = _watched(film_of(case), enough=BELIEVED_READS if case.thing != TWO else FRAMES)
    if watched.reads >= BELIEVED_READS and case.thing != TWO:
        return Outcome((Verdict.READ,) * JUDGED, watched)
    return Outcome(tuple(_verdict(case, hint) for hint in watched.hints[-JUDGED:]), watched)


def film_of(case: Case) -> Iterator[tuple[float, Pixels]]:
    """Moment and picture of each frame."""
    thing = _thing(case.thing)
    return filmed(thing, case.fault, FRAMES, case.seed, room_behind(case.seed % BACKGROUNDS))


def watched_room(name: str, seed: int) -> Watched:
    """Film a room without a code and watch it."""
    return _watched(room_film(name, seed, FRAMES))


def figures(
    cases: Sequence[Case], outcomes: Sequence[Outcome], rooms: dict[str, list[Watched]]
) -> dict[str, float | int]:
    """Count verdicts and needless hints."""
    counts = Counter(chain.from_iterable(outcome.verdicts for outcome in outcomes))
    unread = counts.total() - counts[Verdict.READ]
    told = unread - counts[Verdict.BEYOND]
    hints = {
        name: list(chain.from_iterable(film.hints for film in films))
        for name, films in rooms.items()
    }
    needless = {name: sum(hint is not None for hint in shown) for name, shown in hints.items()}
    watched = [outcome.watched for outcome in outcomes] + list(chain.from_iterable(rooms.values()))
    ms = list(chain.from_iterable(film.guide_ms for film in watched)) or [0.0]
    return {
        "frames": counts.total(),
        "unread": unread,
        "beyond": counts[Verdict.BEYOND] / max(unread, 1),
        **{
            str(verdict): counts[verdict] / max(told, 1)
            for verdict in (Verdict.RIGHT, Verdict.BESIDE, Verdict.CONTRADICTING, Verdict.MISSING)
        },
        "right_before_stripes": _right(cases, outcomes, before_stripes=True),
        "right_before_others": _right(cases, outcomes, before_stripes=False),
        "most_changes": max((_changes(outcome.watched.hints) for outcome in outcomes), default=0),
        "ms_median": percentile(ms, 0.5),
        "ms_p95": percentile(ms, 0.95),
        "empty_frames": sum(map(len, hints.values())),
        "hints_per_empty_frame": sum(needless.values()) / max(sum(map(len, hints.values())), 1),
        **{f"hints_per_{name}_frame": needless[name] / max(len(hints[name]), 1) for name in rooms},
    }


def _right(cases: Sequence[Case], outcomes: Sequence[Outcome], *, before_stripes: bool) -> float:
    """The share of right hints in frames that were not read and show something."""
    films = zip(cases, outcomes, strict=True)
    there = (o.verdicts for case, o in films if case.is_before_stripes == before_stripes)
    counts = Counter(chain.from_iterable(there))
    told = counts.total() - counts[Verdict.READ] - counts[Verdict.BEYOND]
    return counts[Verdict.RIGHT] / max(told, 1)


def _thing(name: str) -> Thing:
    return PAIR if name == TWO else THINGS[name]


def _watched(frames: Iterator[tuple[float, Pixels]], enough: int = FRAMES) -> Watched:
    """See frames as the camera thread does, until so many were read: then nobody needs a hint."""
    cv2.setNumThreads(1)
    decoder, guide = _decoder(), Guide()
    reads, hints, guide_ms = 0, [], []
    for at_s, picture in frames:
        codes = counted(decoder.decode(picture), rank)
        start = time.thread_time()
        hints.append(guide.see(picture, codes, at_s)[0])
        if codes:
            reads += 1
            if reads >= enough:
                break
        else:
            guide_ms.append(1000 * (time.thread_time() - start))
    return Watched(reads, tuple(hints), tuple(guide_ms))


def _decoder() -> Decoder:
    return Decoder(PATIENT, lambda text: rank(text) >= FIRST)


def _changes(hints: Sequence[Hint | None]) -> int:
    """How often the shown hint changed after it first appeared."""
    return max(sum(one is not other for one, other in pairwise(hints)) - 1, 0)


def _verdict(case: Case, hint: Hint | None) -> Verdict:
    if case.thing == TWO:
        return Verdict.RIGHT if hint is Hint.TWO else Verdict.MISSING
    if hint is None:
        seen = visible_contrast(THINGS[case.thing], case.fault)
        return Verdict.MISSING if seen > LEAST_CONTRAST else Verdict.BEYOND
    if _helps(hint, case):
        return Verdict.RIGHT
    opposite = {Hint.CLOSER: Hint.FARTHER, Hint.FARTHER: Hint.CLOSER}.get(hint)
    is_opposed = opposite is not None and _helps(opposite, case)
    return Verdict.CONTRADICTING if is_opposed else Verdict.BESIDE


def _helps(hint: Hint, case: Case) -> bool:
    return any(_is_legible(case.thing, mended) for mended in _followed(hint, case.fault))


@cache
def _is_legible(thing: str, fault: Fault) -> bool:
    text = THINGS[thing].text
    pictures = (held(THINGS[thing], fault, seed) for seed in (1, 2))
    return any(text == code.text for picture in pictures for code in _decoder().decode(picture))


def _followed(hint: Hint, fault: Fault) -> Iterator[Fault]:
    """What a person may do who is told so, from little to much."""
    match hint:
        case Hint.CLOSER | Hint.FARTHER:
            for times in (1.25, 1.5, 2, 3, 5):
                mm = fault.distance_mm * (times if hint is Hint.FARTHER else 1 / times)
                yield replace(fault, distance_mm=mm)
        case Hint.TURNED:
            yield replace(fault, tilt=fault.tilt / 2, nod=fault.nod / 2)
            yield replace(fault, tilt=0, nod=0)
        case Hint.BLURRED:
            yield replace(fault, defocus_px=0)
        case Hint.DARK:
            yield replace(fault, light=1)
        case Hint.GLARE:
            yield replace(fault, glare=None)
        case Hint.STILL:
            yield replace(fault, smear_px=0)


def _print_runs(cases: list[Case], outcomes: list[Outcome]) -> None:
    """A line for each row: what came of which values in the end."""
    told = zip(cases, outcomes, strict=True)
    for (thing, row), films in groupby(told, lambda film: (film[0].thing, film[0].row)):
        ends = groupby(films, lambda film: (film[1].verdicts[-1], film[1].watched.hints[-1]))
        print(f"{thing:<6} {row:<24} {'; '.join(_run(*end, list(run)) for end, run in ends)}")


def _run(verdict: Verdict, hint: Hint | None, films: list[tuple[Case, Outcome]]) -> str:
    first, last = films[0][0].value, films[-1][0].value
    what = str(verdict) if hint is None else f"{hint} ({verdict})"
    return f"{first:g} {what}" if first == last else f"{first:g}–{last:g} {what}"


def _print_shares(cases: list[Case], outcomes: list[Outcome]) -> None:
    """A line for each kind of fault: what came of its frames, in percent."""
    print(f"\n| fault | frames | {' | '.join(Verdict)} |\n|---|{'---|' * (len(Verdict) + 1)}")
    for kind in dict.fromkeys(case.kind for case in cases):
        of_kind = (o.verdicts for case, o in zip(cases, outcomes, strict=True) if case.kind == kind)
        counts = Counter(chain.from_iterable(of_kind))
        shares = " | ".join(f"{100 * counts[v] / counts.total():.1f}" for v in Verdict)
        print(f"| {kind} | {counts.total()} | {shares} |")
    print()


if __name__ == "__main__":
    main()
