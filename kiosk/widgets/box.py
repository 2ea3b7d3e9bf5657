"""Rectangles on the screen, and cutting them up. Pure arithmetic, no Kivy.

Screens are laid out by cutting: a strip from the top for the heading, a column from the
right for the camera, and so on; whatever is cut off can never overlap what is left.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in window pixels; y grows upwards, as in Kivy."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y + self.height

    @property
    def pos(self) -> tuple[float, float]:
        """The lower left corner."""
        return (self.x, self.y)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return (self.width, self.height)

    def inset(self, across: float, along: float | None = None) -> Box:
        """Draw every side in: `across` left and right, `along` top and bottom (or the same)."""
        down = across if along is None else along
        return Box(self.x + across, self.y + down, self.width - 2 * across, self.height - 2 * down)

    def cut_top(self, height: float, gap: float = 0) -> tuple[Box, Box]:
        """Cut a strip off the top; returns the strip and what is left below the gap."""
        strip = Box(self.x, self.top - height, self.width, height)
        return strip, Box(self.x, self.y, self.width, max(0, self.height - height - gap))

    def cut_bottom(self, height: float, gap: float = 0) -> tuple[Box, Box]:
        """Cut a strip off the bottom; returns the strip and what is left above the gap."""
        rest = Box(self.x, self.y + height + gap, self.width, max(0, self.height - height - gap))
        return Box(self.x, self.y, self.width, height), rest

    def cut_left(self, width: float, gap: float = 0) -> tuple[Box, Box]:
        """Cut a column off the left; returns the column and what is left beyond the gap."""
        rest = Box(self.x + width + gap, self.y, max(0, self.width - width - gap), self.height)
        return Box(self.x, self.y, width, self.height), rest

    def cut_right(self, width: float, gap: float = 0) -> tuple[Box, Box]:
        """Cut a column off the right; returns the column and what is left before the gap."""
        column = Box(self.right - width, self.y, width, self.height)
        return column, Box(self.x, self.y, max(0, self.width - width - gap), self.height)

    def grid(self, columns: int, row_height: float, gap: float) -> list[Box]:
        """Cells of whole rows that fit, row by row from the top, equally wide."""
        width = (self.width - gap * (columns - 1)) / columns
        rows = int((self.height + gap) // (row_height + gap))
        return [
            Box(
                self.x + column * (width + gap),
                self.top - row * (row_height + gap) - row_height,
                width,
                row_height,
            )
            for row in range(rows)
            for column in range(columns)
        ]

    def centred(self, width: float, height: float) -> Box:
        """A box of that size with the same middle."""
        x, y = self.x + (self.width - width) / 2, self.y + (self.height - height) / 2
        return Box(round(x), round(y), width, height)

    def holds(self, other: Box, tolerance: float = 0.5) -> bool:
        """Whether `other` lies within this box, give or take `tolerance` pixels."""
        return (
            other.x >= self.x - tolerance
            and other.y >= self.y - tolerance
            and other.right <= self.right + tolerance
            and other.top <= self.top + tolerance
        )
