"""Things that carry no code and look a little like one: shelves, shirts, pages, blinds, rulers.

Each is flat and painted with its true size, so that a camera sees it as wide and as fine as it
would be. Keeps out where it stands and how the camera sees it (`faulty`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import cv2
import numpy as np

from benchmarks.faulty import Fault, Thing, filmed, light_of, shelves
from benchmarks.optics import SIZE, Light, to_light
from scanner.frame import Pixels
from scanner.scenery import backdrop

WORDS = ("thu", "vien", "truong", "hoc", "ban", "doc", "muon", "sach", "tra", "dung", "han")
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def shelf(random: np.random.Generator) -> Thing:
    """Four boards of books, spine beside spine, a title on most."""
    px_per_mm = 1.6
    picture = np.full((1000, 2240), 60, np.uint8)
    for bottom in range(244, 1000, 250):
        picture[bottom : bottom + 6] = 150
        left = int(random.integers(0, 20))
        while left < picture.shape[1]:
            width = round(float(random.uniform(6, 45)) * px_per_mm / 1.2)
            top = bottom - round(float(random.uniform(110, 145)) * px_per_mm)
            _paint_spine(picture[top:bottom, left : left + width], random)
            left += width
    return Thing(picture, px_per_mm)


def shirt(random: np.random.Generator) -> Thing:
    """Cloth with stripes of two or three widths, in folds."""
    px_per_mm = 3.0
    greys, widths = random.uniform(25, 235, 4), random.uniform(2, 14, 4)
    stripes = np.concatenate(
        [
            np.full(round(width * px_per_mm), grey)
            for _ in range(40)
            for width, grey in zip(widths, greys, strict=True)
        ]
    )[:1500]
    return Thing(_folded(np.tile(stripes, (1500, 1)), random), px_per_mm)


def checks(random: np.random.Generator) -> Thing:
    """Cloth with checks."""
    down, across = np.indices((1500, 1500)) // int(random.integers(12, 60)) % 2
    greys = random.uniform(40, 230, 3)
    return Thing(_folded(greys[down + across], random), 3.0)


def page(random: np.random.Generator) -> Thing:
    """A page of a book: paragraphs of printed text."""
    px_per_mm, pitch = 10.0, round(float(random.uniform(4, 7)) * 10)
    picture = np.full((2400, 1700), 225, np.uint8)
    for top in range(200, 2250, pitch):
        text = " ".join(random.choice(WORDS, 40 if random.random() < 0.85 else 7))
        _write(picture, text, (150, top), pitch, 1500)
    return Thing(picture, px_per_mm)


def notebook(random: np.random.Generator) -> Thing:
    """A pupil's ruled or squared exercise book."""
    picture = np.full((2000, 1550), 235, np.uint8)
    pitch, ink = int(random.integers(20, 80)), int(random.integers(110, 200))
    for line in range(3):
        picture[line::pitch] = ink
        if random.random() < 0.6:
            picture[:, line::pitch] = ink
    return Thing(picture, 10.0)


def blinds(random: np.random.Generator) -> Thing:
    """Slats before a bright window."""
    pitch = int(random.integers(10, 40))
    rows = np.where(np.arange(1200) % pitch < pitch * 0.6, 90, 245).astype(np.uint8)
    return Thing(np.repeat(rows[:, None], 1800, axis=1), 1.0)


def ruler(random: np.random.Generator) -> Thing:
    """A ruler of 20 cm: a tick for each millimetre, longer ones and numbers."""
    picture = np.full((300, 2100), int(random.integers(150, 240)), np.uint8)
    for millimetre in range(201):
        length = 90 if millimetre % 10 == 0 else 65 if millimetre % 5 == 0 else 45
        picture[:length, 50 + 10 * millimetre : 53 + 10 * millimetre] = 30
        if millimetre % 10 == 0:
            place = (35 + 10 * millimetre, 140)
            cv2.putText(picture, str(millimetre // 10), place, _FONT, 1.0, 30, 3)
    return Thing(picture, 10.0)


def keyboard(random: np.random.Generator) -> Thing:
    """Keys with letters on them, square in square."""
    picture = np.full((500, 1500), int(random.integers(20, 60)), np.uint8)
    cap, ink = int(random.integers(70, 230)), int(random.integers(0, 60))
    for top in range(10, 460, 76):
        for left in range(10, 1440, 76):
            picture[top : top + 64, left : left + 64] = cap
            letter = chr(int(random.integers(65, 91)))
            cv2.putText(picture, letter, (left + 18, top + 44), _FONT, 1.1, ink, 4)
    return Thing(picture, 4.0)


def windows(random: np.random.Generator) -> Thing:
    """Panes in frames in walls, as across a school yard."""
    picture = np.full((1200, 2000), int(random.integers(120, 220)), np.uint8)
    frame, pane = (int(grey) for grey in random.integers((20, 100), (100, 255)))
    side = int(random.integers(60, 200))
    for top in range(30, 1100, round(1.5 * side)):
        for left in range(30, 1900, round(1.4 * side)):
            picture[top : top + side, left : left + side] = frame
            inset = side // 8
            picture[top + inset : top + side - inset, left + inset : left + side - inset] = pane
            middle = left + side // 2
            picture[top : top + side, middle - inset // 3 : middle + inset // 3] = frame
    return Thing(picture, 0.4)


def bricks(random: np.random.Generator) -> Thing:
    """A wall of bricks in light mortar."""
    picture = np.full((1500, 2400), int(random.integers(140, 210)), np.uint8)
    for row, top in enumerate(range(0, 1500, 75)):
        for left in range(-112 * (row % 2), 2400, 225):
            grey = int(random.integers(60, 130))
            picture[top : top + 65, max(left, 0) : left + 215] = grey
    return Thing(picture, 1.0)


def faces(random: np.random.Generator) -> Thing:
    """Pupils who look into the camera: hair, eyes, brows, mouths with teeth."""
    picture = np.full((900, 1500), int(random.integers(60, 220)), np.uint8)
    for left in range(150, 1500, 450):
        middle = (left + int(random.integers(0, 150)), int(random.integers(350, 550)))
        _paint_face(picture, middle, random)
    return Thing(np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8), 2.0)


def desk(random: np.random.Generator) -> Thing:
    """A desk from above with a page, a ruler and pens on it."""
    noise = random.standard_normal((1600, 2400)).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), sigmaX=60, sigmaY=1)
    picture = np.asarray(np.clip(random.integers(80, 170) + 300 * grain, 0, 255), np.uint8)
    for thing in (page(random), ruler(random)):
        small = cv2.resize(thing.picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
        height, width = small.shape
        top, left = random.integers(0, (1600 - height, 2400 - width))
        picture[top : top + height, left : left + width] = small
    for _ in range(4):
        ends = random.integers(0, (2400, 1600), (2, 2))
        cv2.line(picture, ends[0].tolist(), ends[1].tolist(), int(random.integers(20, 240)), 32)
    return Thing(picture, 4.0)


ROOMS: dict[str, tuple[Callable[[np.random.Generator], Thing], tuple[float, float]]] = {
    "shelf": (shelf, (500, 2500)),
    "shirt": (shirt, (250, 1200)),
    "checks": (checks, (250, 1200)),
    "page": (page, (120, 600)),
    "notebook": (notebook, (120, 600)),
    "blinds": (blinds, (800, 3000)),
    "ruler": (ruler, (80, 400)),
    "keyboard": (keyboard, (150, 700)),
    "windows": (windows, (3000, 12000)),
    "bricks": (bricks, (800, 4000)),
    "faces": (faces, (350, 1500)),
    "desk": (desk, (250, 900)),
}
"""By name: what is painted, and from how near to how far it is seen, in millimetres."""
BEHIND = ("shelf", "bricks", "faces", "blinds")
"""What may be seen behind a code that is held up, in one film of four."""
STRIPED = 3


def room_film(name: str, seed: int, frames: int) -> Iterator[tuple[float, Pixels]]:
    """Film a room from somewhere, in some light, more or less in focus; the camera sways."""
    random = np.random.default_rng((seed, 3))
    paint, (near, far) = ROOMS[name]
    thing = paint(random)
    place = Fault(
        distance_mm=float(np.exp(random.uniform(np.log(near), np.log(far)))),
        turn=float(random.uniform(-15, 15) + 90 * (random.random() < 0.3)),
        tilt=float(random.uniform(-30, 30)),
        defocus_px=float(random.choice([0, 1, 2, 4])),
        light=float(random.uniform(0.4, 1)),
    )
    return filmed(thing, place, frames, seed)


@lru_cache(maxsize=16)
def room_behind(seed: int) -> Light:
    """What the lens shows behind a thing: the library far out of focus, or a nearer room."""
    if seed % 4 != STRIPED:
        return to_light(
            np.asarray(cv2.cvtColor(backdrop(SIZE, seed), cv2.COLOR_BGR2GRAY), np.uint8)
        )
    paint, (_, far) = ROOMS[BEHIND[seed // 4 % len(BEHIND)]]
    random = np.random.default_rng((seed, 4))
    turn, blur_px = random.uniform(-4, 4), random.uniform(0, 3)
    place = Fault(distance_mm=far, turn=float(turn), defocus_px=float(blur_px))
    return light_of(paint(random), place, shelves())


def _paint_face(picture: Pixels, middle: tuple[int, int], random: np.random.Generator) -> None:
    """Paint a head of 2 pixels for each millimetre about its middle."""
    x, y = middle
    skin, dark = int(random.integers(120, 210)), int(random.integers(15, 50))
    cv2.ellipse(picture, (x, y - 30), (165, 225), 0, 0, 360, dark, -1)
    cv2.ellipse(picture, (x, y + 10), (140, 190), 0, 0, 360, skin, -1)
    for way in (-1, 1):
        eye = (x + 62 * way, y - 20)
        cv2.ellipse(picture, eye, (30, 14), 0, 0, 360, 225, -1)
        cv2.circle(picture, eye, 12, 60, -1)
        cv2.circle(picture, eye, 6, 10, -1)
        cv2.ellipse(picture, (eye[0], y - 60), (38, 10), 0, 180, 360, dark, 9)
        cv2.circle(picture, (x + 16 * way, y + 60), 6, skin // 2, -1)
    cv2.ellipse(picture, (x, y + 110), (52, 20), 0, 0, 360, skin // 2, -1)
    cv2.rectangle(picture, (x - 36, y + 104), (x + 36, y + 114), 235, -1)


def _paint_spine(spine: Pixels, random: np.random.Generator) -> None:
    spine[:] = random.integers(25, 235)
    spine[:, :1] = spine[:, :1] // 2  # the shadow between two books
    height, width = spine.shape
    if width > 14 and random.random() < 0.8:
        top, bottom = (round(height * share) for share in random.uniform((0.1, 0.5), (0.4, 0.9)))
        ink = int(random.integers(0, 255))
        for line in range(top, bottom, 6):
            spine[line : line + 4, width // 3 : width - width // 3] = ink
    if random.random() < 0.3:
        band = round(height * float(random.uniform(0.75, 0.9)))
        spine[band : band + 8] = random.integers(25, 235)


def _folded(
    cloth: np.ndarray[tuple[int, ...], np.dtype[np.float64]], random: np.random.Generator
) -> Pixels:
    """Lay cloth in soft folds: it bends, and its hollows are darker."""
    height, width = cloth.shape
    rough = random.standard_normal((6, 5)).astype(np.float32)
    folds = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    down, across = np.indices(cloth.shape, np.float32)
    bent = cv2.remap(
        cloth.astype(np.float32),
        across + 25 * folds,
        down,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray(np.clip(bent * (0.85 + 0.12 * folds), 0, 255), np.uint8)


def _write(picture: Pixels, text: str, place: tuple[int, int], pitch: int, width: int) -> None:
    """Print as many words as fit into a line."""
    size = pitch / 60
    while cv2.getTextSize(text, _FONT, size, 2)[0][0] > width:
        text = text.rpartition(" ")[0]
    cv2.putText(picture, text, place, _FONT, size, 40, max(round(3 * size), 1), cv2.LINE_AA)
