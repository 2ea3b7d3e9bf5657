"""Sheets of labels as rulers describe them: page, margins, labels, gaps. Knows no label's words.

The makers' numbers of sheets sold in Vietnam could not be confirmed (domain specification 2.7),
so a sheet is what was measured on it, and the presets are the customary divisions of A4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from printer.paper import A4_MM, A5_MM

UNPRINTABLE_MM = 4.3
"""Edge that laser and ink printers leave white: 4.23 mm by the PCL 5 reference (HP, chapter 2)."""
PADDING_MM = 1.5
"""Kept free inside a label, since paper goes in a little askew."""
MOST_SHIFT_MM = 10.0
"""Farthest that calibration moves the print; a printer that is off by more has another fault."""
MOST_ACROSS, MOST_DOWN = 20, 60
_SLACK_MM = 0.05
"""By which a row of labels may seem wider than the page, since makers round to tenths."""


class Misfit(StrEnum):
    """What is wrong with the measures of a sheet."""

    PAGE = "page"
    """The page is smaller than a postcard or larger than A3."""
    COUNT = "count"
    """No label, or more across or down than anybody makes."""
    LABEL = "label"
    """A label without room for anything between its paddings."""
    NEGATIVE = "negative"
    """A margin or gap below nought."""
    TOO_WIDE = "too-wide"
    TOO_TALL = "too-tall"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class SheetForm:
    """A sheet of labels; every length in millimetres, margins from the left and upper edge."""

    name: str
    columns: int
    rows: int
    label_mm: tuple[float, float]
    margin_mm: tuple[float, float]
    gap_mm: tuple[float, float] = (0.0, 0.0)
    page_mm: tuple[float, float] = A4_MM
    shift_mm: tuple[float, float] = (0.0, 0.0)
    """How far this printer has to print to the right and down (the calibration page tells)."""
    is_cut: bool = False
    """Whether it is plain paper that is cut along lines."""

    @property
    def count(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows

    @property
    def pitch_mm(self) -> tuple[float, float]:
        """From one label's edge to the next one's, across and down."""
        return self.label_mm[0] + self.gap_mm[0], self.label_mm[1] + self.gap_mm[1]

    @property
    def inset_mm(self) -> tuple[float, float]:
        """What every label keeps free at its sides, and above and below.

        The same for all of them, so that one sheet's labels are alike; the outermost decide,
        some of whose edge no printer reaches.
        """
        across, down = (
            max(PADDING_MM, UNPRINTABLE_MM - min(before, after))
            for before, after in zip(*self._edges(), strict=True)
        )
        return across, down

    def misfits(self) -> tuple[Misfit, ...]:
        """What is wrong with the measures; nothing for a sheet that can be printed on."""
        (right, below), small = self._edges()[1], min(self.page_mm)
        after = (right + self.shift_mm[0], below + self.shift_mm[1])
        counts = 1 <= self.columns <= MOST_ACROSS and 1 <= self.rows <= MOST_DOWN
        wrong = {
            Misfit.PAGE: small < 90 or max(self.page_mm) > 420,
            Misfit.COUNT: not counts,
            Misfit.LABEL: min(self.label_mm) <= 2 * PADDING_MM,
            Misfit.NEGATIVE: min(*self.margin_mm, *self.gap_mm) < 0,
            Misfit.TOO_WIDE: after[0] < -_SLACK_MM,
            Misfit.TOO_TALL: after[1] < -_SLACK_MM,
            Misfit.SHIFT: max(map(abs, self.shift_mm)) > MOST_SHIFT_MM,
        }
        return tuple(misfit for misfit, is_so in wrong.items() if is_so)

    def shifted(self, right: float, down: float) -> SheetForm:
        """The same sheet in a printer that has to print farther right and down."""
        return replace(self, shift_mm=(right, down))

    def cells(self, count: int, start: int = 1) -> Iterator[Cell]:
        """Where `count` labels go, row by row.

        Args:
            count: Of labels.
            start: The first free place on the first sheet, from 1; those before it are used up.

        Raises:
            ValueError: The sheet has no such place.
        """
        if not 1 <= start <= self.count:
            raise ValueError(f"place {start} of {self.count}")
        for index in range(start - 1, start - 1 + count):
            page, place = divmod(index, self.count)
            row, column = divmod(place, self.columns)
            left = self.margin_mm[0] + column * self.pitch_mm[0] + self.shift_mm[0]
            top = self.margin_mm[1] + row * self.pitch_mm[1] + self.shift_mm[1]
            yield Cell(page, place + 1, left, top, *self.label_mm, *self.inset_mm)

    def _edges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Room on the page to the left and above the labels, and to the right and below."""
        before = (self.margin_mm[0] + self.shift_mm[0], self.margin_mm[1] + self.shift_mm[1])
        across = self.columns * self.pitch_mm[0] - self.gap_mm[0]
        down = self.rows * self.pitch_mm[1] - self.gap_mm[1]
        after = (self.page_mm[0] - before[0] - across, self.page_mm[1] - before[1] - down)
        return before, after


@dataclass(frozen=True, slots=True)
class Cell:
    """One label's place on a page; lengths in millimetres from the page's upper left corner."""

    page: int
    """From 0."""
    place: int
    """On its sheet, row by row from 1."""
    left: float
    top: float
    width: float
    height: float
    inset_x: float
    inset_y: float

    @property
    def room(self) -> tuple[float, float]:
        """Width and height that may be printed on."""
        return self.width - 2 * self.inset_x, self.height - 2 * self.inset_y


PRESETS = {
    "65": SheetForm("A4, 65 nhãn 38,1 × 21,2", 5, 13, (38.1, 21.2), (4.75, 10.7), (2.5, 0.0)),
    "40": SheetForm("A4, 40 nhãn 52,5 × 29,7", 4, 10, (52.5, 29.7), (0.0, 0.0)),
    "24": SheetForm("A4, 24 nhãn 70 × 37", 3, 8, (70.0, 37.0), (0.0, 0.5)),
    "21": SheetForm("A4, 21 nhãn 63,5 × 38,1", 3, 7, (63.5, 38.1), (7.25, 15.15), (2.5, 0.0)),
    "14": SheetForm("A4, 14 nhãn 99,1 × 38,1", 2, 7, (99.1, 38.1), (4.65, 15.15), (2.5, 0.0)),
    "a5-24": SheetForm(
        "A5 kiểu Tomy, 24 nhãn 45 × 22 (đo lại trước khi in)",
        3,
        8,
        (45.0, 22.0),
        (4.5, 10.0),
        (2.0, 2.0),
        A5_MM,
    ),
    "cut": SheetForm(
        "Giấy A4 thường, cắt theo vạch, 40 nhãn 50 × 26",
        4,
        10,
        (50.0, 26.0),
        (5.0, 18.5),
        is_cut=True,
    ),
}
"""Customary sheets by the word that names them in commands and addresses."""
