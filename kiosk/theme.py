"""The look in one place: colours, type, spaces, corners, motion. No Kivy, no sentences.

Lengths are design pixels at one of three base sizes; `look_at` picks the base by the
window's shape and enlarges it evenly, so a screen is laid out anew and never stretched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from zlib import crc32

Colour = tuple[float, float, float, float]
"""Red, green, blue, opacity; each from 0 to 1."""


def colour(code: str, opacity: float = 1.0) -> Colour:
    """Read "#RRGGBB"."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (red, green, blue, opacity)


def code_of(colour: Colour) -> str:
    """Write "#rrggbb"; opacity is left out."""
    return "#" + "".join(f"{round(255 * share):02x}" for share in colour[:3])


PAPER = colour("#FBF6EC")
"""The ground of every screen."""
CARD = colour("#FFFDF9")
SAND = colour("#F1E8D8")
"""Quiet surfaces: the status line, chips."""
LINE = colour("#E4D8C3")
INK = colour("#23302F")
INK_SOFT = colour("#56635F")
TEAL = colour("#0F5C5C")
TEAL_DEEP = colour("#0B4747")
TEAL_TINT = colour("#DFEDEA")
ON_TEAL = colour("#FFFDF9")
SHADOW = colour("#5B4A2F")
WOOD = colour("#D8B88A")
WOOD_EDGE = colour("#B8925F")
NIGHT = colour("#22302F")
"""Where the camera's picture will be."""
AMBER = colour("#F0B03F")
"""Outline of a code that was seen; drawn on the camera's picture only."""
LEAF_BRIGHT = colour("#4FC37F")
"""Outline of a code that is believed; drawn on the camera's picture only."""


@dataclass(frozen=True, slots=True)
class Tone:
    """The colours of one kind of message."""

    ground: Colour
    edge: Colour
    ink: Colour
    """Words and icons: at least 4.5:1 on `ground`, on CARD and on PAPER."""
    solid: Colour
    """Filled badges; CARD-coloured signs on it have at least 4.5:1."""


YES = Tone(colour("#E5F1E4"), colour("#BFDCC1"), colour("#266B42"), colour("#2F7D4F"))
LOOK = Tone(colour("#FBEFD3"), colour("#EBD2A0"), colour("#845409"), colour("#946112"))
NO = Tone(colour("#FAE6DF"), colour("#EDC3B6"), colour("#A33A27"), colour("#B4432F"))
CALM = Tone(TEAL_TINT, colour("#BAD6D1"), TEAL, TEAL)


@dataclass(frozen=True, slots=True)
class Cloth:
    """The binding of a book: cover and lettering."""

    cover: Colour
    lettering: Colour


_CREAM = colour("#FBF1DC")
CLOTHS = (
    Cloth(colour("#1F6663"), _CREAM),
    Cloth(colour("#A6472F"), _CREAM),
    Cloth(colour("#E2B456"), colour("#3E2E10")),
    Cloth(colour("#33517A"), _CREAM),
    Cloth(colour("#4F7350"), _CREAM),
    Cloth(colour("#7C4660"), _CREAM),
    Cloth(colour("#E9D9B8"), colour("#4A3B22")),
    Cloth(colour("#8A5A32"), _CREAM),
    Cloth(colour("#9DBBAA"), colour("#1F332B")),
    Cloth(colour("#D98E6B"), colour("#3A1C10")),
)
"""Book-cloth colours; lettering has at least 4.5:1."""


_BLACK, _WHITE = colour("#000000"), colour("#FFFFFF")
_IN_HIGH_CONTRAST: dict[Colour, Colour] = {
    PAPER: _WHITE,
    CARD: _WHITE,
    SAND: colour("#ECECEC"),
    LINE: colour("#5A5A5A"),
    INK: _BLACK,
    INK_SOFT: colour("#1E2624"),
    TEAL: colour("#053333"),
    TEAL_DEEP: _BLACK,
    NIGHT: _BLACK,
    WOOD_EDGE: colour("#6B4C1E"),
    **{tone.ground: _WHITE for tone in (YES, LOOK, NO, CALM)},
    YES.edge: colour("#08401F"),
    YES.ink: colour("#08401F"),
    YES.solid: colour("#08401F"),
    LOOK.edge: colour("#4F2F00"),
    LOOK.ink: colour("#4F2F00"),
    LOOK.solid: colour("#4F2F00"),
    NO.edge: colour("#6B1407"),
    NO.ink: colour("#6B1407"),
    NO.solid: colour("#6B1407"),
    CALM.edge: colour("#053333"),
    _CREAM: _WHITE,
    **{cloth.lettering: _BLACK for cloth in CLOTHS if cloth.lettering != _CREAM},
    colour("#1F6663"): colour("#0C4A48"),
    colour("#A6472F"): colour("#7C2A16"),
    colour("#33517A"): colour("#1F3A61"),
    colour("#4F7350"): colour("#2C4C2E"),
    colour("#7C4660"): colour("#5E2A43"),
    colour("#8A5A32"): colour("#5F3814"),
    colour("#D98E6B"): colour("#EBA987"),
}
HIGH_CONTRAST = {usual[:3]: strong[:3] for usual, strong in _IN_HIGH_CONTRAST.items()}
"""What stands for a colour where contrast is to be 7:1 at least; others stay as they are."""


def cloth_of(title: str) -> Cloth:
    """The binding of a title: always the same, on screen and in the demo's film."""
    return CLOTHS[crc32(title.encode()) % len(CLOTHS)]


SMALLEST_TYPE_PX = 15
"""No words are smaller, at any size (7-inch panels: 15 px is 2.9 mm)."""


@dataclass(frozen=True, slots=True)
class Style:
    """One step of the type scale."""

    size_px: float
    font: str
    line: float = 1.3
    """Line height as a multiple of the size; stacked Vietnamese marks need 1.26."""

    def scaled(self, factor: float) -> Style:
        """The same step, larger or smaller, as long as it can be read."""
        return Style(max(SMALLEST_TYPE_PX, self.size_px * factor), self.font, self.line)


REGULAR, SEMIBOLD, BOLD, ICONS = "text", "text-semibold", "text-bold", "icons"
"""Names under which the fonts are registered."""


class Shape(Enum):
    """The three layouts, with the window size (px) each was designed at."""

    WIDE = (1280, 800)
    COMPACT = (800, 480)
    TALL = (720, 1280)


SMALLEST_TARGET_PX = 64
"""Nothing that can be touched is smaller, at any size (7-inch panels: 64 px is 12 mm)."""


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes for one window: the type scale and the spaces between things."""

    shape: Shape
    scale: float
    display: Style
    title: Style
    heading: Style
    body: Style
    label: Style
    small: Style
    margin_px: float
    radius_px: float

    @property
    def is_compact(self) -> bool:
        """Whether words must be few."""
        return self.shape is Shape.COMPACT

    def px(self, design_px: float, *, compact: float | None = None) -> float:
        """Turn a length of the base design into window pixels.

        Args:
            design_px: At the base size of the layout.
            compact: The same length in the compact layout, where it differs.
        """
        chosen = compact if compact is not None and self.is_compact else design_px
        return round(chosen * self.scale)

    def touch_px(self, design_px: float, *, compact: float | None = None) -> float:
        """The same for something that can be touched: never too small for a finger."""
        return max(SMALLEST_TARGET_PX, self.px(design_px, compact=compact))


_STEPS: dict[Shape, tuple[float, float, float, float, float, float]] = {
    Shape.WIDE: (62, 42, 27, 23, 20, 18),
    Shape.COMPACT: (34, 26, 19, 17, 16, 15),
    Shape.TALL: (62, 42, 28, 24, 21, 19),
}
"""Type sizes in design pixels: display, title, heading, body, label, small."""
_LARGER = (1.06, 1.1, 1.2, 1.28, 1.28, 1.33)
"""Each of these steps in large text: the smallest words gain most."""
_SPACES: dict[Shape, tuple[float, float]] = {
    Shape.WIDE: (48, 28),
    Shape.COMPACT: (20, 18),
    Shape.TALL: (40, 28),
}
"""Margin and corner radius in design pixels, on a 4-pixel grid."""


def look_at(width_px: float, height_px: float, *, large: bool = False) -> Look:
    """Choose the layout for a window and scale it evenly; words stay readable on small ones.

    Args:
        width_px: Of the window.
        height_px: Of the window.
        large: Whether words are to be larger, in the same room.
    """
    shape = _shape(width_px, height_px)
    base_width, base_height = shape.value
    scale = min(width_px / base_width, height_px / base_height)
    larger = _LARGER if large else (1.0,) * len(_LARGER)
    steps = zip(_STEPS[shape], larger, strict=True)
    display, title, heading, body, label, small = (step * by * scale for step, by in steps)
    margin, radius = (round(space * scale) for space in _SPACES[shape])
    return Look(
        shape,
        scale,
        display=_style(display, BOLD),
        title=_style(title, BOLD),
        heading=_style(heading, SEMIBOLD),
        body=_style(body, REGULAR),
        label=_style(label, SEMIBOLD),
        small=_style(small, REGULAR),
        margin_px=margin,
        radius_px=radius,
    )


def _style(size_px: float, font: str) -> Style:
    """Large type is set a little tighter."""
    return Style(max(SMALLEST_TYPE_PX, size_px), font, 1.26 if size_px > 40 else 1.32)


def _shape(width_px: float, height_px: float) -> Shape:
    if height_px > width_px:
        return Shape.TALL
    return Shape.WIDE if width_px >= 1100 and height_px >= 680 else Shape.COMPACT


APPEAR_S = 0.2
"""Motion: how long a new card takes to come in (design tokens: 120 to 240 ms)."""
PRESS_S = 0.12
PREVIEW_HZ = 15
"""How often the camera's picture and the countdown are drawn anew."""
