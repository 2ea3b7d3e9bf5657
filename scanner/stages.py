"""The ways to read one picture, each a stage that adds to what was found.

Keeps out their order, the time they may take and what a text is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from scanner.covered import covered_codes, glaring_place
from scanner.frame import Pixels
from scanner.profile import Floats, profile
from scanner.restoring import halted, refocused
from scanner.scan import Barcode, Point
from scanner.squares import (
    DIRECTION_OFF,
    IN_BETWEEN_PX,
    LIGHTLY,
    MOVED_PX,
    STRONGLY,
    Blur,
    Place,
    Square,
    likely_places,
    smear_direction,
)
from scanner.stripes import (
    GLANCE_ROWS,
    SMALLEST_PX,
    STRIP_ROWS,
    Crop,
    Stripes,
    cleaned,
    has_bars,
    stripes_in,
    upright,
    widened,
)
from scanner.symbols import is_doubtful, linear_codes, qr_codes
from scanner.texture import Texture, texture

WORTH_WIDENING = 1.05
WHOLE_EVERY = 6
"""Frames, so that a code only read on the whole picture is still read twice in a second."""
COVERED_EVERY, BESIDE_BARS_EVERY = 2, 4
"""Frames: of a hand's fifteen some are enough to be read twice, and a look is dear. With unread
bars in sight the reflection is rather on them."""
NEVER = -WHOLE_EVERY
"""Longer ago than anything waits."""
PLACES = 2
"""In nine of ten frames the first holds the QR code, in half of the others the second."""


class Strip:
    """A striped area, cut out upright; its profile is drawn when it is first asked for."""

    def __init__(self, grey: Pixels, stripes: Stripes) -> None:
        self.stripes = stripes
        self.crop = upright(grey, stripes, STRIP_ROWS)

    @cached_property
    def line(self) -> Floats:
        """Light across the bars."""
        return profile(self.crop.pixels)


@dataclass(slots=True)
class Memory:
    """What one picture teaches about the next."""

    moved_px: float = 0.0
    """How far the last QR code that was halted had moved; 0 before there was one."""
    blur: Blur | None = None
    """Which blur of the last refocused QR code was undone."""
    whole_at: int = NEVER
    """Number of the last picture that was read as a whole."""
    covered_at: int = NEVER
    """Number of the last picture whose reflection was looked at without a code."""


@dataclass(slots=True)
class Look:
    """One picture and what was found in it so far."""

    grey: Pixels
    number: int = 1
    """Of the frame: what cannot be tried in one frame is tried in turns."""
    found: dict[str, Barcode] = field(default_factory=dict)
    """By text: the same text twice in one picture is one code for us."""
    memory: Memory = field(default_factory=Memory)
    is_late: Callable[[], bool] = lambda: False
    """Whether the time for this picture is over; a stage of many attempts asks after each."""
    texture: Texture | None = None
    """Missing for pictures too small to hold a code."""
    unread: list[Strip] = field(default_factory=list)

    def add(self, barcodes: Iterable[Barcode]) -> None:
        """Keep what is new."""
        for barcode in barcodes:
            self.found.setdefault(barcode.text, barcode)


Stage = Callable[[Look], None]


def read_qr(look: Look) -> None:
    """Read QR codes on the whole picture (zxing-cpp finds them at any angle)."""
    look.add(qr_codes(look.grey))


def read_strips(look: Look) -> None:
    """Find striped areas, turn them upright, squeeze them along their bars and read them."""
    if min(look.grey.shape) < SMALLEST_PX:
        return
    look.texture = texture(look.grey)
    for stripes in stripes_in(look.texture):
        if has_bars(upright(look.grey, stripes, GLANCE_ROWS, smooth=False).pixels):
            look.unread.append(Strip(look.grey, stripes))
    _read(look, lambda strip: linear_codes(strip.crop.pixels))


def read_refocused(look: Look) -> None:
    """Read the profiles of strips as if the lens had been out of focus."""
    _read(look, lambda strip: _agreed(linear_codes(refocused(strip.line))))


def read_halted(look: Look) -> None:
    """Read the profiles of strips as if the bars had moved."""
    _read(look, lambda strip: _agreed(linear_codes(halted(strip.line))))


def read_cleaned(look: Look) -> None:
    """Read strips row by row, averaged over few and stretched: glare covers some rows only."""
    _read(look, lambda strip: _of_one_code(linear_codes(cleaned(strip.crop.pixels))))


def read_widened(look: Look) -> None:
    """Read strips with the bars beside them that movement made faint, at rest or halted."""
    known, look.unread = look.unread, list(_widened(look))
    _read(look, lambda strip: linear_codes(strip.crop.pixels))
    _read(look, lambda strip: _agreed(linear_codes(halted(strip.line))))
    look.unread = known


def _widened(look: Look) -> Iterator[Strip]:
    """The strips that turn out wider, as long as there is time."""
    for strip in look.unread:
        wide = widened(look.grey, strip.stripes)
        if wide.across_px > WORTH_WIDENING * strip.stripes.across_px:
            yield Strip(look.grey, wide)
        if look.is_late():
            return


def read_whole(look: Look) -> None:
    """Read linear codes on the whole picture: too small or too short to look striped.

    Films have such a code in one of 800 frames, photographs more often, and noise makes it the
    slowest stage: one frame in six is enough for a hand, and a photograph is a first frame.
    """
    if look.number < look.memory.whole_at + WHOLE_EVERY:
        return
    look.memory.whole_at = look.number
    barcodes = linear_codes(look.grey, try_rotate=True)
    # Beside a book's own code, another EAN-13 is that code misread in bad light.
    look.add(code for code in barcodes if not (look.found and is_doubtful(code)))


def read_squares(look: Look) -> None:
    """Read QR codes where they may be, enlarged, refocused and halted."""
    if look.texture is None:
        return
    for number, middle in enumerate(likely_places(look.texture, PLACES)):
        direction = smear_direction(look.texture, middle)
        for square in _restored(Place(look.grey, middle), direction, look, is_first=number == 0):
            barcodes = qr_codes(square.pixels)
            look.add(_moved(barcode, square.in_picture) for barcode in barcodes)
            if barcodes:
                look.memory.moved_px = square.moved_px
                look.memory.blur = square.blur
                return


def read_covered(look: Look) -> None:
    """Read the QR code beside a reflection, with one of its corner squares covered or not.

    What was read is looked for again at once.
    """
    memory = look.memory
    every = BESIDE_BARS_EVERY if look.unread else COVERED_EVERY
    if look.number < memory.covered_at + every:
        return
    if min(look.grey.shape) >= SMALLEST_PX and (place := glaring_place(look.grey)):
        barcodes = covered_codes(look.grey, place, look.is_late)
        look.add(barcodes)
        memory.covered_at = NEVER if barcodes else look.number


def _restored(
    place: Place, direction: float | None, look: Look, *, is_first: bool
) -> Iterator[Square]:
    """The cheapest attempt at a place; at the likeliest one all that may help and time allows."""
    yield place.refocused(LIGHTLY)
    if is_first and direction is None:
        for blur in _blurs(look):
            yield place.refocused(blur)
    elif is_first and direction is not None:
        for square in place.halted(direction + _aside(look), _lengths_px(look)):
            yield square
            if look.is_late():
                return


def _blurs(look: Look) -> Iterator[Blur]:
    """How strong a blur may be: as in the last frame, or any strength, in turns."""
    in_turn = STRONGLY[look.number % len(STRONGLY)]
    if look.memory.blur not in (None, in_turn, LIGHTLY):
        yield look.memory.blur
    yield in_turn


def _aside(look: Look) -> float:
    """In every other frame a little beside the measured direction, to either side in turns."""
    return (0.0, DIRECTION_OFF, 0.0, -DIRECTION_OFF)[look.number % 4]


def _lengths_px(look: Look) -> Iterator[float]:
    """How far a code may have moved: as far as in the last frame, or any way, in turns."""
    if look.memory.moved_px:
        yield from (look.memory.moved_px + off for off in (0.0, -0.5, 0.5))
    in_between = IN_BETWEEN_PX[look.number // 2 % len(IN_BETWEEN_PX)]
    yield from (length + in_between for length in MOVED_PX)


def read_by(reader: Callable[[Pixels], list[Barcode]]) -> Stage:
    """Make a stage of pyzbar's reader for the strips nobody could read."""

    def read_pyzbar(look: Look) -> None:
        _read(look, lambda strip: _agreed(reader(strip.crop.pixels)))

    return read_pyzbar


def _read(look: Look, read: Callable[[Strip], list[Barcode]]) -> None:
    unread = []
    for number, strip in enumerate(look.unread):
        if number and look.is_late():
            unread += look.unread[number:]
            break
        barcodes = read(strip)
        look.add(_placed(barcode, strip.crop) for barcode in barcodes)
        if not barcodes:
            unread.append(strip)
    look.unread = unread


def _agreed(barcodes: list[Barcode]) -> list[Barcode]:
    """What a strip restored in many ways says: among so many, grocers' EAN-13 are misreads."""
    return _of_one_code([barcode for barcode in barcodes if not is_doubtful(barcode)])


def _of_one_code(barcodes: list[Barcode]) -> list[Barcode]:
    """What a strip says: it holds one code, so two texts are two misreads."""
    return barcodes if len({barcode.text for barcode in barcodes}) == 1 else []


def _moved(barcode: Barcode, to_picture: Callable[[Point], Point]) -> Barcode:
    a, b, c, d = map(to_picture, barcode.corners)
    return Barcode(barcode.text, barcode.symbology, (a, b, c, d))


def _placed(barcode: Barcode, crop: Crop) -> Barcode:
    """Give the code its place in the frame: its own width, the height of its stripes."""
    xs = [point.x for point in barcode.corners]
    left, right = (xs[0] + xs[3]) / 2, (xs[1] + xs[2]) / 2
    top, bottom = 0.0, float(crop.pixels.shape[0])
    if left > right:  # held upside down
        top, bottom = bottom, top
    square = [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]
    a, b, c, d = crop.in_picture(square)
    return Barcode(barcode.text, barcode.symbology, (a, b, c, d))
