"""A laid-out page as plain values: what stands where, in dots. Draws and measures nothing."""

from __future__ import annotations

from dataclasses import dataclass

from printer.typeface import Style


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in dots; `right` and `bottom` are the first column and row outside it."""

    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: Area) -> bool:
        """Whether the two share a dot."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: Area) -> bool:
        """Whether `other` lies wholly inside."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    def shrunk(self, by_px: int) -> Area:
        """The area without a border of `by_px`."""
        return Area(self.left + by_px, self.top + by_px, self.right - by_px, self.bottom - by_px)


@dataclass(frozen=True, slots=True)
class TextRun:
    """One line of one style."""

    area: Area
    text: str
    style: Style
    baseline_px: int
    """The row the letters stand on."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An outlined box; only its inside may hold other blocks. An outline heats less than black."""

    area: Area
    stroke_px: int
    corner_px: int

    @property
    def inside(self) -> Area:
        """Where other blocks may stand."""
        return self.area.shrunk(self.stroke_px)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line from side to side."""

    area: Area


@dataclass(frozen=True, slots=True)
class Discs:
    """Round dots that stand for hidden digits."""

    area: Area
    count: int


@dataclass(frozen=True, slots=True)
class QrSymbol:
    """A QR code without its quiet zone, which the layout leaves free around it."""

    area: Area
    payload: str
    module_px: int


Block = TextRun | Frame | Rule | Discs | QrSymbol


@dataclass(frozen=True, slots=True)
class Page:
    """A slip ready to be drawn."""

    width_px: int
    height_px: int
    blocks: tuple[Block, ...]
