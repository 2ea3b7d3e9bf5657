"""Reads QR codes of which more is hidden than their check bytes can correct.

zxing-cpp has found such a code and its corners, but sees only black and white, so that a bit
under glare counts as much as a clear one. Here each bit is as sure as it looks, and the code
need only be one of ours: capital letters, digits and points, then padding. So few texts fit that
the one nearest to what is seen is known even when half of all bytes are wrong.
Keeps out how a code is found, and sizes over 25 modules, which our prints never have.

Source: ISO/IEC 18004:2015, 6.3 to 6.4 (reading order, modes), 7.3 to 7.9 (sizes, masks, format).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from reedsolo import RSCodec

from scanner.frame import Pixels
from scanner.scan import Corners
from scanner.squares import evened

Bits = NDArray[np.uint8]
Floats = NDArray[np.floating]
Grid = Floats
"""(side, side): how sure a module is dark (1) or light (-1)."""
Places = NDArray[np.intp]

MODULE_PX = 6
LOCAL_MODULES = 1.3
"""Standard deviation of the neighbourhood that says what is dark there. Where a reflection ends,
light changes within few modules: with 2.5, 13 % of the bits beside it were seen wrong, so 9 %."""
SURE = (0.2, 0.5, 0.7, 0.9)
ODDS_BITS = (0.2, 3.0, 5.0, 7.0)
"""How sure a module looks, and what that is worth: logarithms to the base of 2 of the odds that it
is what it looks like. Of 4 000 modules of glaring codes as sure as these, 57, 90, 98 and 100 %
were."""
LOOKS_LIKE_QR = 0.5
"""Mean agreement of finders and timing lines with what is seen: pictures of other things are
below 0.3, codes that were read above 0.6."""
FORMAT_MASK = 0x5412
FORMAT_GENERATOR = 0x537
BYTES = {21: 26, 25: 44}
"""Of each size, in modules."""
CHECK_BYTES = {21: (10, 7, 17, 13), 25: (16, 10, 28, 22)}
"""Of each size, by the two bits that name the level: M, L, H, Q."""
LETTERS_MODE = 0b0010
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
HEADER_BITS = 13
"""Four name the mode, nine the number of characters."""
PADDING = (0xEC, 0x11)
LENGTHS = range(4, 13)
"""Characters of our numbers, and some more."""
TRIED = 2
"""Lengths that agree best with header and padding."""
LEAST_EVIDENCE = 20.0
"""Bits: one in a million things that are no code of ours passes for one."""
LEAST_LEAD = 10.0
"""By how many bits the best text must agree better than the next: a thousand to one."""


def repaired(grey: Pixels, corners: Corners, likeness: float = LOOKS_LIKE_QR) -> str | None:
    """Read the QR code with these corners.

    Args:
        grey: The (height, width) picture it is in.
        corners: Its own, without the quiet zone.
        likeness: Mean agreement with what every code shows alike from which on it is tried.

    Returns:
        Its text, or None where too much of it is lost or it is of another kind.
    """
    for side in BYTES:
        grid, layout = _grid(grey, corners, side), _layout(side)
        if float((grid * layout.known)[layout.known != 0].mean()) > likeness:
            return _nearest(grid, layout)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where things are in a QR code of one size."""

    side: int
    known: NDArray[np.int8]
    """(side, side): 1 dark, -1 light, 0 where it depends on the text."""
    order: NDArray[np.intp]
    """(bits, 2): row and column of each bit of the text, as it is written."""
    formats: NDArray[np.intp]
    """(2, 15, 2): row and column of each bit of the format, twice."""


@cache
def _layout(side: int) -> Layout:
    known = np.zeros((side, side), np.int8)
    for top, left in ((0, 0), (0, side - 7), (side - 7, 0)):
        _draw(known, top - 1, left - 1, 9, -1)
        for size, dark in ((7, 1), (5, -1), (3, 1)):
            _draw(known, top + (7 - size) // 2, left + (7 - size) // 2, size, dark)
    if side == 25:
        for size, dark in ((5, 1), (3, -1), (1, 1)):
            _draw(known, 18 - size // 2, 18 - size // 2, size, dark)
    line = np.where(np.arange(8, side - 8) % 2 == 0, 1, -1)
    known[6, 8 : side - 8] = known[8 : side - 8, 6] = line
    known[side - 8, 8] = 1
    formats = _format_places(side)
    free = known == 0
    free[formats[..., 0], formats[..., 1]] = False
    return Layout(side, known, np.array(list(_snake(free))), formats)


def known_modules(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int8]]:
    """Row and column of what all codes of one size show alike; 1 where it is dark, else -1."""
    known = _layout(side).known
    rows, columns = np.nonzero(known)
    return rows, columns, known[rows, columns]


def _draw(known: NDArray[np.int8], top: int, left: int, size: int, dark: int) -> None:
    known[max(top, 0) : top + size, max(left, 0) : left + size] = dark


def _format_places(side: int) -> NDArray[np.intp]:
    """Both copies, first bit first: round the upper left finder, and beside the other two."""
    first = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)]
    first += [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    second = [(side - 1 - at, 8) for at in range(7)] + [(8, side - 8 + at) for at in range(8)]
    return np.array([first, second])


def _snake(free: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Two columns at a time from the right, up and down in turns; the timing line is skipped."""
    side = len(free)
    rights = [right for right in range(side - 1, 6, -2)] + [5, 3, 1]
    for turn, right in enumerate(rights):
        rows = range(side) if turn % 2 else range(side - 1, -1, -1)
        for row in rows:
            yield from ((row, column) for column in (right, right - 1) if free[row, column])


def _grid(grey: Pixels, corners: Corners, side: int) -> Grid:
    """What is seen of each module, against what is light and dark around it."""
    span, margin = side * MODULE_PX, 2 * MODULE_PX
    square = np.array([(0, 0), (span, 0), (span, span), (0, span)], np.float32) + margin
    place = cv2.getPerspectiveTransform(
        np.array([(corner.x, corner.y) for corner in corners], np.float32), square - 0.5
    )
    size = (span + 2 * margin, span + 2 * margin)
    border = cv2.BORDER_REPLICATE
    flat = cv2.warpPerspective(grey, place, size, flags=cv2.INTER_LINEAR, borderMode=border)
    sure = evened(np.asarray(flat, np.uint8), LOCAL_MODULES * MODULE_PX)[
        margin:-margin, margin:-margin
    ]
    cells = sure.reshape(side, MODULE_PX, side, MODULE_PX)[:, 1:-1, :, 1:-1]
    return np.asarray(-cells.mean(axis=(1, 3)), np.float32)


def _nearest(grid: Grid, layout: Layout) -> str | None:
    """The text of our kind that agrees best, if it does so beyond chance."""
    level, mask = _format(grid, layout)
    rows, columns = layout.order[: 8 * BYTES[layout.side]].T
    seen = grid[rows, columns] * np.where(_masked(mask, rows, columns), -1, 1)
    seen = np.sign(seen) * np.interp(np.abs(seen), SURE, ODDS_BITS)
    families = [family for length in LENGTHS if (family := _family(layout.side, level, length))]
    families.sort(key=lambda family: family.agreement(seen), reverse=True)
    guesses = [guess for family in families[:TRIED] if (guess := _guess(seen, family))]
    return max(guesses, key=lambda guess: guess.evidence).text if guesses else None


def _format(grid: Grid, layout: Layout) -> tuple[int, int]:
    """Level and mask whose fifteen bits agree best with both places where they are written."""
    seen = grid[layout.formats[..., 0], layout.formats[..., 1]].sum(axis=0)
    best = int(np.argmax(_formats() @ seen))
    return best >> 3, best & 7


@cache
def _formats() -> NDArray[np.int8]:
    """(32, 15): 1 dark, -1 light, the first bit first."""
    words = []
    for data in range(32):
        rest = data << 10
        for shift in range(4, -1, -1):
            if rest >> (shift + 10) & 1:
                rest ^= FORMAT_GENERATOR << shift
        word = (data << 10 | rest) ^ FORMAT_MASK
        words.append([1 if word >> place & 1 else -1 for place in range(14, -1, -1)])
    return np.array(words, np.int8)


def _masked(mask: int, i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which modules of rows `i` and columns `j` are turned over (ISO/IEC 18004, 7.8.2)."""
    rules = (
        (i + j) % 2,
        i % 2,
        j % 3,
        (i + j) % 3,
        (i // 2 + j // 3) % 2,
        i * j % 2 + i * j % 3,
        (i * j % 2 + i * j % 3) % 2,
        ((i + j) % 2 + i * j % 3) % 2,
    )
    return np.asarray(rules[mask] == 0)


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """All codes of one size, level and number of characters."""

    length: int
    fixed: Bits
    """(bits,): that whose characters are all zero."""
    changes: Bits
    """(digits, bits): what each binary digit of the characters turns over."""

    def agreement(self, seen: Floats) -> float:
        """How well header and padding, alike in the whole family, agree with what is seen."""
        alike = ~self.changes.any(axis=0)
        return float((seen * _signs(self.fixed))[alike].mean())


@cache
def _family(side: int, level: int, length: int) -> Family | None:
    """Work out a family, or None if so many characters do not fit."""
    checks, digits = CHECK_BYTES[side][level], 11 * (length // 2) + 6 * (length % 2)
    room = BYTES[side] - checks
    if HEADER_BITS + digits > 8 * room:
        return None
    codec = RSCodec(checks, nsize=BYTES[side])

    def word(characters: int) -> Bits:
        header = LETTERS_MODE << 9 | length
        data = _padded(f"{header:0{HEADER_BITS}b}{characters:0{digits}b}", room)
        return np.unpackbits(np.frombuffer(codec.encode(data), np.uint8))

    fixed = word(0)
    changes = [word(1 << digit) ^ fixed for digit in reversed(range(digits))]
    return Family(length, fixed, np.array(changes))


def _padded(bits: str, room: int) -> bytes:
    """Add up to four zeros that end the text, more up to a whole byte, then the padding."""
    bits += "0" * min(4, 8 * room - len(bits))
    data = bytes(int(f"{bits[at : at + 8]:0<8}", 2) for at in range(0, len(bits), 8))
    return data + bytes(PADDING[number % 2] for number in range(room - len(data)))


@dataclass(frozen=True, slots=True)
class Guess:
    """A text, and the bits of evidence that are left after choosing it among all others."""

    text: str
    evidence: float


def _guess(seen: Floats, family: Family) -> Guess | None:
    """Search a family for the word nearest to what was seen (ordered statistics, order 2).

    As many of the surest bits as say it all are believed; then any one or two are turned over.
    Source: Fossorier and Lin, IEEE Transactions on Information Theory 41 (1995), 1379.
    """
    ways, pivots = _solved(family.changes, np.argsort(-np.abs(seen), kind="stable"))
    wrong = (seen[pivots] > 0) ^ family.fixed[pivots]
    word = family.fixed ^ (wrong @ ways % 2).astype(np.uint8)
    gains, turns = _gains(seen * _signs(word), ways), _turns(len(ways))
    second, best = np.argsort(gains)[-2:]
    if gains[best] - gains[second] < LEAST_LEAD:
        return None
    word = word ^ np.bitwise_xor.reduce(ways[turns[best]], axis=0)
    tells = family.changes.any(axis=0)  # padding is alike in all texts, and says nothing of one
    evidence = _evidence((seen * _signs(word))[tells], len(ways))
    text = _letters(word[HEADER_BITS : HEADER_BITS + len(ways)], family.length)
    return Guess(text, evidence) if text and evidence > LEAST_EVIDENCE else None


def _signs(word: Bits) -> Floats:
    return np.where(word, 1.0, -1.0)


def _solved(changes: Bits, order: Places) -> tuple[Bits, Places]:
    """Combine changes so that each alone decides one bit, one as early in the order as can be."""
    ways = changes.copy()
    pivots: list[int] = []
    for place in order.tolist():
        row = len(pivots)
        having = np.flatnonzero(ways[:, place])
        late = having[having >= row]
        if not len(late):
            continue
        ways[[row, late[0]]] = ways[[late[0], row]]
        others = np.flatnonzero(ways[:, place])
        ways[others[others != row]] ^= ways[row]
        pivots.append(place)
        if len(pivots) == len(ways):
            break
    return ways, np.array(pivots)


def _gains(agrees: Floats, ways: Bits) -> Floats:
    """How much better a word agrees when none, one or two of the ways are gone."""
    taken = ways.astype(np.float64)
    # NumPy's product would wait for threads on every core: 20 ms where those are busy.
    shared = np.asarray(cv2.gemm(taken * agrees, taken, 1, taken, 0, flags=cv2.GEMM_2_T))
    alone = shared.diagonal()
    both = (alone[:, None] + alone - 2 * shared)[np.triu_indices(len(ways), 1)]
    return np.asarray(-2 * np.concatenate([[0.0], alone, both]))


@cache
def _turns(count: int) -> list[list[int]]:
    """Which of so many ways are gone, in the order of their gains."""
    pairs = np.column_stack(np.triu_indices(count, 1)).tolist()
    return [[], *([way] for way in range(count)), *pairs]


def _evidence(agrees: Floats, digits: int) -> float:
    """How many bits more likely a word is than chance, less the choice of a word.

    Args:
        agrees: Odds in bits, negative where the word differs from what is seen.
        digits: How many of its bits can be chosen.
    """
    return float((1 - np.logaddexp2(0, -agrees)).sum()) - digits


def _letters(bits: Bits, length: int) -> str:
    """Two characters in eleven bits, a last one in six; nothing if a value has no letter."""
    digits, text = "".join(map(str, bits)), ""
    while digits:
        pair, size = int(digits[:11], 2), len(digits[:11])
        if pair >= (45 * 45 if size == 11 else 45):
            return ""
        text += ALPHANUMERIC[pair // 45] * (size == 11) + ALPHANUMERIC[pair % 45]
        digits = digits[11:]
    return text
