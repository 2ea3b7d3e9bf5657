"""Each hint on frames with exactly that fault, none on frames without; steady over frames."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from benchmarks.faulty import BOOK, CARD, LABEL, PAIR, Code, Fault, Thing, empty, filmed, held
from benchmarks.optics import SIZE
from benchmarks.rooms import ROOMS, room_behind, room_film
from config.settings import ScannerSettings
from scanner.clues import Guide, Lookout
from scanner.decoding import Decoder
from scanner.frame import Pixels
from scanner.guidance import (
    GAP_S,
    SHOW_AFTER_S,
    STAY_S,
    Facts,
    Hint,
    Outline,
    Steadied,
    hint_for,
)
from scanner.simulated import FilmCamera, Pause, Showing
from tests.printed import coloured, printed, rank

FPS = 15
GOOD = {
    "as it should be": Fault(),
    "a little near": Fault(distance_mm=80),
    "a little far": Fault(distance_mm=220),
    "turned in the plane": Fault(turn=47),
    "a little tilted": Fault(tilt=30),
    "a little soft": Fault(defocus_px=0.6),
    "in a dim room": Fault(light=0.5),
    "at the side": Fault(aside_mm=25),
}
FAULTS = {
    "label too near": (LABEL, Fault(distance_mm=25), Hint.FARTHER),
    "label too far": (LABEL, Fault(distance_mm=530), Hint.CLOSER),
    "label out of focus": (LABEL, Fault(defocus_px=2.6), Hint.BLURRED),
    "near label out of focus": (LABEL, Fault(distance_mm=100, defocus_px=4.5), Hint.BLURRED),
    "label in the dark": (LABEL, Fault(light=0.07), Hint.DARK),
    "label under a lamp": (LABEL, Fault(glare=(0, 0), lamp_mm=5.5), Hint.GLARE),
    "label under a lamp at its side": (LABEL, Fault(glare=(6, 0), lamp_mm=6), Hint.GLARE),
    "label from the side": (LABEL, Fault(tilt=77), Hint.TURNED),
    "label across the room": (LABEL, Fault(distance_mm=650), Hint.CLOSER),
    "ISBN beyond the frame": (BOOK, Fault(distance_mm=22), Hint.FARTHER),
    "ISBN too far": (BOOK, Fault(distance_mm=550), Hint.CLOSER),
    "ISBN out of focus": (BOOK, Fault(defocus_px=3), Hint.BLURRED),
    "ISBN from the side": (BOOK, Fault(distance_mm=200, tilt=72), Hint.TURNED),
    "card too near": (CARD, Fault(distance_mm=30), Hint.FARTHER),
    "card beyond the frame": (CARD, Fault(distance_mm=22), Hint.FARTHER),
    "card too far": (CARD, Fault(distance_mm=900), Hint.CLOSER),
    "card out of focus": (CARD, Fault(distance_mm=110, defocus_px=7.5), Hint.BLURRED),
    "card in the dark": (CARD, Fault(light=0.06), Hint.DARK),
    "card under a lamp": (CARD, Fault(glare=(6, 0), lamp_mm=4.5), Hint.GLARE),
    "card under a lamp at a corner": (CARD, Fault(glare=(-10, 3), lamp_mm=4), Hint.GLARE),
    "card from above": (CARD, Fault(nod=72), Hint.TURNED),
    "card from the side": (CARD, Fault(tilt=76), Hint.TURNED),
    "card seen edge-on": (CARD, Fault(distance_mm=185, tilt=80), Hint.TURNED),
}


def texts_in(frame: Pixels) -> set[str]:
    """What the decoder reads, given the time."""
    decoder = Decoder(ScannerSettings(frame_budget_ms=500), lambda text: rank(text) == 2)
    return {barcode.text for barcode in decoder.decode(frame)}


def measured(*frames: Pixels) -> Facts:
    """What is known after these frames, each seen often enough for every way of looking."""
    lookout = Lookout()
    for frame in frames:
        lookout.facts(frame)
    for _ in range(3):
        facts = lookout.facts(frames[-1])
    return facts


def centre(outline: Outline) -> tuple[float, float]:
    return sum(p.x for p in outline) / 4, sum(p.y for p in outline) / 4


@pytest.mark.parametrize("seed", [1001, 1002])
@pytest.mark.parametrize(("code", "fault", "hint"), FAULTS.values(), ids=FAULTS)
def test_fault_has_its_hint(code: Code, fault: Fault, hint: Hint, seed: int) -> None:
    """Given a code that one fault makes unreadable, when looked at, then that fault is told."""
    frame = held(code, fault, seed)

    assert texts_in(frame) == set()
    assert hint_for(measured(frame)) is hint


@pytest.mark.parametrize("thing", [LABEL, CARD], ids=["label", "card"])
@pytest.mark.parametrize("fault", GOOD.values(), ids=GOOD)
def test_good_view_has_no_hint(thing: Code, fault: Fault) -> None:
    """Given a code held well, when it is not read all the same, then no fault is invented."""
    frame = held(thing, fault)

    assert texts_in(frame)
    assert hint_for(measured(frame)) is None


@pytest.mark.parametrize("light", [1.0, 0.5, 0.35])
def test_empty_room_has_no_hint(light: float) -> None:
    """Given nobody is there, when looked at in any daylight, then nothing is said or outlined."""
    facts = measured(*(empty(light, seed) for seed in range(6)))

    assert hint_for(facts) is None
    assert facts.clue is None


@pytest.mark.parametrize(
    ("thing", "fault", "aside_px"),
    [
        (LABEL, Fault(distance_mm=180, aside_mm=-36, defocus_px=2.5), -220),
        (CARD, Fault(distance_mm=140, aside_mm=25, defocus_px=6), 196),
    ],
    ids=["label", "card"],
)
def test_unread_code_is_outlined(thing: Code, fault: Fault, aside_px: float) -> None:
    """Given a blurred code at the side, when it cannot be read, then its place is known."""
    clue = measured(held(thing, fault)).clue

    assert clue is not None
    x, y = centre(clue.outline)
    assert x - SIZE[0] / 2 == pytest.approx(aside_px, abs=25)
    assert y - SIZE[1] / 2 == pytest.approx(0, abs=25)


def moving(step_mm: float, frames: int = 7) -> list[Pixels]:
    """A label that goes sideways by so much each frame."""
    return [held(LABEL, Fault(aside_mm=step_mm * n), seed=n) for n in range(frames)]


@pytest.mark.parametrize(("step_mm", "is_moving"), [(6, True), (3, True), (0.4, False), (0, False)])
def test_movement_is_told_by_its_way(step_mm: float, is_moving: bool) -> None:
    """Given a label that goes by or sways, when frames are compared, then only the first moves."""
    lookout = Lookout()
    # In the third frame at the latest it is known that a code moves.
    facts = [lookout.facts(frame) for frame in moving(step_mm)][3:]

    assert {fact.is_moving for fact in facts} == {is_moving}
    assert (hint_for(facts[-1]) is Hint.STILL) == is_moving


def test_changing_light_is_no_movement() -> None:
    """Given a lamp is switched on, when frames are compared, then nothing moves."""
    lookout = Lookout()
    lookout.facts(empty(0.6))

    assert not lookout.facts(empty(0.9)).is_moving


@pytest.mark.parametrize("distance_mm", [460, 480, 500, 520, 560])
def test_far_label_is_never_too_near(distance_mm: float) -> None:
    """Given a label farther and farther away, when looked at, then it is not sent farther."""
    hints = {hint_for(measured(held(LABEL, Fault(distance_mm=distance_mm), n))) for n in range(4)}

    assert Hint.FARTHER not in hints


FILMS = {
    "label too far": (LABEL, Fault(distance_mm=560), Hint.CLOSER),
    "label from the side": (LABEL, Fault(distance_mm=110, tilt=79), Hint.TURNED),
    "label out of focus": (LABEL, Fault(defocus_px=3), Hint.BLURRED),
    "card from above": (CARD, Fault(nod=72), Hint.TURNED),
    "card under a lamp": (CARD, Fault(glare=(6, 0), lamp_mm=4.5), Hint.GLARE),
    "two labels": (PAIR, Fault(distance_mm=130), Hint.TWO),
}


def watched(film: Iterable[tuple[float, Pixels]]) -> list[Hint | None]:
    """What the station shows in each frame of a film, given the time to read."""
    patient = ScannerSettings(frame_budget_ms=500, pyzbar=False)
    guide, decoder = Guide(), Decoder(patient, lambda text: rank(text) == 2)
    return [guide.see(picture, len(decoder.decode(picture)), at_s)[0] for at_s, picture in film]


@pytest.mark.parametrize(("thing", "fault", "hint"), FILMS.values(), ids=FILMS)
def test_hint_stays_while_the_fault_does(thing: Thing, fault: Fault, hint: Hint) -> None:
    """Given a fault held in an unsteady hand, when filmed, then one hint comes and stays."""
    shown = watched(filmed(thing, fault, seed=1003, room=room_behind(1004)))

    first = shown.index(hint)
    assert set(shown[:first]) <= {None}
    assert first / FPS < 0.8
    assert set(shown[first:]) == {hint}


@pytest.mark.parametrize("name", ROOMS)
def test_things_of_a_room_have_no_hint(name: str) -> None:
    """Given shelves, cloth, pages, faces or walls, when filmed, then nothing is said."""
    guide = Guide()
    shown = [guide.see(picture, 0, at_s)[0] for at_s, picture in room_film(name, 8004, 10)]

    assert set(shown) == {None}


def test_two_codes_have_their_hint() -> None:
    """Given two codes that count, when both are read, then one at a time is asked for."""
    assert hint_for(Facts(codes=2)) is Hint.TWO
    assert hint_for(Facts(codes=1)) is None


def test_still_unread_thing_is_given_up() -> None:
    """Given a code-like thing that lies there for long, when nobody moves, then it is silent."""
    lookout, frame = Lookout(), held(LABEL, Fault(distance_mm=400))

    facts = [lookout.facts(frame) for _ in range(160)]

    assert hint_for(facts[20]) is Hint.CLOSER
    assert facts[-1].clue is None


def shown(due: list[Hint | None], is_read: list[bool] | None = None) -> list[Hint | None]:
    """What is shown in each frame when these hints are due."""
    steadied, read = Steadied(), is_read or [False] * len(due)
    return [steadied.see(hint, n / FPS, is_read=read[n]) for n, hint in enumerate(due)]


def test_short_fault_is_not_shown() -> None:
    """Given a fault of a quarter second, when it is over, then nothing was shown."""
    assert set(shown([Hint.DARK] * 4 + [None] * 30)) == {None}


def test_lasting_fault_is_shown_and_stays() -> None:
    """Given a fault of half a second, when it is over, then its hint stays to be read."""
    frames = shown([Hint.DARK] * 8 + [None] * 30)

    first = frames.index(Hint.DARK)
    count = frames.count(Hint.DARK)
    assert first / FPS == pytest.approx(SHOW_AFTER_S, abs=1.1 / FPS)
    assert count / FPS >= STAY_S - 1 / FPS
    assert frames[first : first + count] == [Hint.DARK] * count


def test_gaps_do_not_flicker() -> None:
    """Given a fault that every third frame does not show, when shown, then it is shown always."""
    frames = shown([Hint.GLARE, Hint.GLARE, None] * 20)

    assert set(frames[8:]) == {Hint.GLARE}


def test_read_code_ends_the_hint() -> None:
    """Given a hint on the screen, when the code is read, then the hint is gone at once."""
    frames = shown([Hint.DARK] * 10 + [None] * 5, [False] * 10 + [True] * 5)

    assert frames[9] is Hint.DARK
    assert set(frames[10:]) == {None}


def test_two_codes_stay_told_while_reading() -> None:
    """Given two codes of which one drops out now and then, when read, then the hint stays."""
    frames = shown([Hint.TWO, Hint.TWO, None] * 10, [True] * 30)

    assert set(frames[8:]) == {Hint.TWO}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([None, *Hint]), max_size=90))
def test_shown_hints_never_flicker(due: list[Hint | None]) -> None:
    """Given any faults, when shown, then each hint was due for a while and stays readable."""
    frames = shown(due)

    starts = [n for n in range(1, len(frames)) if frames[n] is not frames[n - 1]]
    for start, end in pairwise([*starts, len(frames) + FPS]):
        hint = frames[start]
        if hint is not None:
            assert due[start] is hint
            assert due[max(0, start - round((SHOW_AFTER_S + GAP_S) * FPS)) : start].count(hint)
            assert (end - start) / FPS >= STAY_S - 1e-6


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 130), st.integers(1, 130), st.binary(min_size=1, max_size=64))
def test_any_picture_is_survived(height: int, width: int, noise: bytes) -> None:
    """Given any bytes as a picture of any size, when measured, then nothing is raised."""
    picture = np.resize(np.frombuffer(noise, np.uint8), (height, width))
    guide = Guide()

    for at in range(4):
        guide.see(picture + np.uint8(at * 40), 0, at / FPS)


def test_demo_film_needs_no_hints() -> None:
    """Given cards and labels held up well, when filmed, then hardly any frame has a hint."""
    card = coloured(printed("HS204817", BarcodeFormat.QRCode, module_px=6))
    label = coloured(printed("STN.00042", BarcodeFormat.Code128, module_px=4))
    scenes: list[Showing | Pause] = [Showing(card, 60, 0.8, seed=1), Pause(0.8)]
    scenes += [Showing(label, 55, 0.8, seed=2), Pause(0.6)]
    guide, hints = Guide(), []
    for frame in FilmCamera(iter(scenes), FPS, pace=0).frames():
        grey = np.ascontiguousarray(frame.pixels[..., 1])
        hints.append(guide.see(grey, len(texts_in(grey)), frame.captured_at)[0])

    assert sum(hint is not None for hint in hints) <= len(hints) * 0.1


def test_looking_costs_little() -> None:
    """Given frames with unread codes, when measured, then a frame costs less than decoding one."""
    frames = [held(LABEL, Fault(defocus_px=3), seed=n) for n in range(6)]
    decoder = Decoder(ScannerSettings(pyzbar=False), lambda text: rank(text) == 2)
    guide = Guide()
    looking, decoding = [], []
    for n, frame in enumerate(frames * 2):
        start = time.thread_time()
        guide.see(np.roll(frame, 40 * n, axis=1), 0, n / FPS)
        between = time.thread_time()
        decoder.decode(np.roll(frame, 40 * n, axis=1))
        looking.append(between - start)
        decoding.append(time.thread_time() - between)

    assert np.median(looking) < np.median(decoding)


def test_guide_tells_after_reading_stops() -> None:
    """Given a code that was just read, when it goes too far away, then help comes after a while."""
    guide = Guide()
    near, far = held(CARD, Fault()), held(CARD, Fault(distance_mm=800))
    hints = [guide.see(near, 1, n / FPS)[0] for n in range(5)]
    hints += [guide.see(far, 0, (5 + n) / FPS)[0] for n in range(20)]

    assert set(hints[:12]) == {None}
    assert hints[-1] is Hint.CLOSER


def test_single_read_is_no_end_of_help() -> None:
    """Given a label so far away that it is read once by luck, when it goes on, then help stays."""
    far = [held(LABEL, Fault(distance_mm=520), n) for n in range(3)]
    guide = Guide()
    hints = [guide.see(far[n % 3], n == 12, n / FPS)[0] for n in range(18)]

    assert set(hints[11:]) == {Hint.CLOSER}


@pytest.mark.parametrize("tones", [(30, 120, 230), (30, 230, 230)], ids=["three", "stripes"])
def test_cloth_that_fills_the_frame_is_no_card(tones: tuple[int, int, int]) -> None:
    """Given checks of three tones or broad stripes all over the frame, then it is no card."""
    down, across = np.indices(SIZE[::-1]) // 60 % 2
    picture = np.asarray(tones, np.uint8)[across + (down if tones[1] == 120 else 0)]

    assert measured(picture).clue is None


def test_hardly_seen_label_is_not_lost_at_once() -> None:
    """Given a far label, when each way misses it once, then it is there; when twice, it is gone."""
    lookout = Lookout()
    seen = [lookout.facts(held(LABEL, Fault(distance_mm=600), n)) for n in range(3)]
    missed = [lookout.facts(empty(seed=n)) for n in range(6)]

    assert seen[-1].clue is not None
    assert missed[2].clue is not None
    assert missed[-1].clue is None


def test_facts_of_one_fault_stay_apart() -> None:
    """Given a dark and moving thing, when one hint is chosen, then what hides others goes first."""
    facts = measured(held(LABEL, Fault(defocus_px=3)))

    assert hint_for(replace(facts, is_moving=True)) is Hint.STILL
    assert hint_for(replace(facts, is_moving=True, brightest=20)) is Hint.DARK
