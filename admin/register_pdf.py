"""A register as PDF, A4 landscape: heads on every page, page numbers, signatures. No database.

Lengths are in millimetres. Rows are drawn as they come; a page once full is done with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from db.clock import SCHOOL_ZONE
from db.registers.books import stamp_words
from db.registers.sheet import Column, Part, Row, Sheet, Weight, cell_words
from printer.paper import HAIR, INK, QUIET_INK, Align, Lettering, Paper
from printer.typeface import Face, wrap

PAGE_MM: Final = (297.0, 210.0)
MARGIN: Final = 12.0
ROOM: Final = PAGE_MM[0] - 2 * MARGIN
FOOT: Final = 198.0
"""Below this stands only the page number."""
PAD: Final = 0.65
SIGNING: Final = 30.0
"""What the date, the names of offices and a hand's signature need."""
AFTER_PART: Final = 5.0
SHADE, HEAD_SHADE, CLOSING_INK = "#f0f3f5", "#e3e8eb", "#b3261e"
TEXT, HEADS, HEADING, SMALL = 2.75, 2.55, 3.7, 2.5
TIGHT: Final = 0.86
"""By how much letters shrink where a register has many columns."""
MANY_COLUMNS: Final = 16

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập – Tự do – Hạnh phúc"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a part's columns stand, and in what letters."""

    columns: tuple[Column, ...]
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    size: float

    def lines(self, words: str, place: int, face: Face) -> tuple[str, ...]:
        """A cell's words, broken to its column."""
        return _broken(words, face, self.size, self.widths[place] - 2 * PAD)


def write_pdf(sheet: Sheet) -> tuple[bytes, int]:
    """Lay a register out; the PDF and how many pages it has."""
    drawing = _Drawing(sheet)
    for part in sheet.parts:
        drawing.part(part)
    return drawing.end()


class _Drawing:
    """The pages of one register while they are drawn."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._paper = Paper(f"{sheet.code} {sheet.title}", PAGE_MM)
        self._page = 1
        self._top = self._first_head()
        self._fresh = True
        """Whether nothing but the head stands on this page."""
        self._last: tuple[Row, Part, _Layout] | None = None
        """The row that is not drawn yet: at the end it goes to the page of the signatures, which
        never stand alone."""
        self._foot()

    def part(self, part: Part) -> None:
        """Draw a part, on a page of its own if it wants one."""
        if self._last:
            self._close_part()
        layout = _layout(part.columns)
        if not self._fresh and (part.own_page or self._top + 30 > FOOT):
            self._turn()
        self._heading(part, layout)
        for row in part.rows:
            if self._last:
                self._row(*self._last)
            self._last = row, part, layout
        if self._last is None:
            self._close_part()

    def _close_part(self, below: float = 0.0) -> None:
        if self._last:
            self._row(*self._last, below)
        self._last = None
        self._top += AFTER_PART
        self._fresh = False

    def end(self) -> tuple[bytes, int]:
        """Draw the last lines and the signatures, and give out the pages."""
        style = Lettering(Face.REGULAR, TEXT)
        lines = sum(len(wrap(line, style, ROOM)) for line in self._sheet.foot)
        if self._last:
            self._close_part(AFTER_PART + lines * style.line + SIGNING)
        for line in self._sheet.foot:
            self._top = self._paper.text(
                line, Face.REGULAR, TEXT, MARGIN, self._top, ROOM, height=12
            )
        if self._top + SIGNING > FOOT:
            self._turn()
        self._signatures()
        self._paper.settle("pages", str(self._page), Lettering(Face.REGULAR, SMALL), QUIET_INK)
        return self._paper.close().pdf, self._page

    def _turn(self) -> None:
        self._paper.turn()
        self._page += 1
        told = f"{self._sheet.code}  {self._sheet.title}  ·  {self._sheet.school}"
        top = MARGIN - 3
        self._paper.text(told, Face.REGULAR, SMALL, MARGIN, top, ROOM, colour=QUIET_INK)
        self._top = MARGIN + 2.5
        self._fresh = True
        self._foot()

    def _foot(self) -> None:
        style = Lettering(Face.REGULAR, SMALL)
        stamp = f"Số liệu lúc {stamp_words(self._sheet.stamped_at)}"
        self._paper.lines((stamp,), style, MARGIN, FOOT + 2, ROOM, QUIET_INK, "right")
        words = f"Trang {self._page}/"  # at the left: how many there are is known at the end
        self._paper.lines((words,), style, MARGIN, FOOT + 2, ROOM, QUIET_INK)
        self._paper.later("pages", MARGIN + style.width_px(words), FOOT + 2 + style.above)

    def _first_head(self) -> float:
        """The school on the left, the nation on the right, the title below."""
        sheet, paper = self._sheet, self._paper
        top = MARGIN - 3
        left_room = ROOM * 0.42
        if sheet.superior:
            paper.text(
                sheet.superior.upper(), Face.REGULAR, 3.2, MARGIN, top, left_room, align="middle"
            )
        below = paper.text(
            sheet.school.upper(),
            Face.BOLD,
            3.2,
            MARGIN,
            top + (5.2 if sheet.superior else 0),
            left_room,
            align="middle",
        )
        paper.line(
            (MARGIN + left_room * 0.38, below + 1), (MARGIN + left_room * 0.62, below + 1), INK
        )
        right, room = MARGIN + ROOM * 0.55, ROOM * 0.45
        nation = paper.text(NATION, Face.BOLD, 3.2, right, top, room, align="middle")
        motto = paper.text(MOTTO, Face.SEMIBOLD, 3.3, right, nation + 0.4, room, align="middle")
        half = Lettering(Face.SEMIBOLD, 3.3).width_px(MOTTO) / 2
        middle = right + room / 2
        paper.line((middle - half, motto + 0.8), (middle + half, motto + 0.8), INK)
        top = paper.text(
            sheet.title.upper(), Face.BOLD, 5.6, MARGIN, max(below, motto) + 5, ROOM, align="middle"
        )
        top = paper.text(
            sheet.range_words, Face.REGULAR, 3.3, MARGIN, top + 0.5, ROOM, align="middle"
        )
        for line in sheet.head:
            top = paper.text(line, Face.REGULAR, 3.3, MARGIN, top, ROOM, align="middle")
        return top + 3

    def _heading(self, part: Part, layout: _Layout, *, again: bool = False) -> None:
        if part.heading:
            words = f"{part.heading} (tiếp)" if again else part.heading
            beside = Lettering(Face.REGULAR, TEXT).width_px(part.beside)
            room = ROOM - beside - 4
            below = self._paper.text(words, Face.BOLD, HEADING, MARGIN, self._top, room)
            if part.beside:
                top = self._top + 0.8
                left = MARGIN + ROOM - beside
                self._paper.text(part.beside, Face.REGULAR, TEXT, left, top, beside + 1)
            self._top = below + 1
        self._column_heads(layout)

    def _column_heads(self, layout: _Layout) -> None:
        style = Lettering(Face.SEMIBOLD, HEADS if layout.size == TEXT else HEADS * TIGHT)
        grouped = any(column.group for column in layout.columns)
        over = style.line + 2 * PAD if grouped else 0.0
        broken = [
            _broken(column.label, Face.SEMIBOLD, style.size, width - 2 * PAD)
            for column, width in zip(layout.columns, layout.widths, strict=True)
        ]
        below = max(
            len(lines) * style.line + 2 * PAD - (0 if column.group else over)
            for lines, column in zip(broken, layout.columns, strict=True)
        )
        height = over + below
        self._paper.box(MARGIN, self._top, ROOM, height, HEAD_SHADE)
        for first, last in _groups(layout.columns):
            self._group_head(layout, first, last, over, style)
        for place, (column, lines) in enumerate(zip(layout.columns, broken, strict=True)):
            top, room = (self._top + over, below) if column.group else (self._top, height)
            left, width = layout.lefts[place], layout.widths[place]
            self._paper.frame(left, top, width, room, HAIR)
            inset = (room - len(lines) * style.line) / 2
            self._paper.lines(lines, style, left + PAD, top + inset, width - 2 * PAD, INK, "middle")
        self._top += height

    def _group_head(
        self, layout: _Layout, first: int, last: int, height: float, style: Lettering
    ) -> None:
        words = layout.columns[first].group
        width = sum(layout.widths[first : last + 1])
        left = layout.lefts[first]
        self._paper.frame(left, self._top, width, height, HAIR)
        fits = min(style.size, style.size * (width - 2 * PAD) / max(style.width_px(words), 0.1))
        shown = Lettering(style.face, fits)
        top = self._top + (height - shown.line) / 2
        self._paper.lines((words,), shown, left, top, width, INK, "middle")

    def _row(self, row: Row, part: Part, layout: _Layout, below: float = 0.0) -> None:
        """Draw a row, on a new page if it or what has to stand below it does not fit on this."""
        face = Face.REGULAR if row.weight in (Weight.PLAIN, Weight.REMARK) else Face.BOLD
        style = Lettering(face, layout.size)
        if row.weight is Weight.REMARK:
            cells = [_broken(str(row.cells[0]), face, style.size, ROOM - 2 * PAD)]
        else:
            roman = self._sheet.roman_months
            cells = [
                layout.lines(cell_words(cell, column.kind, roman), place, face)
                for place, (cell, column) in enumerate(zip(row.cells, layout.columns, strict=True))
            ]
        height = max(1, *map(len, cells), 1) * style.line + 2 * PAD
        if self._top + height + below > FOOT and not self._fresh:
            self._turn()
            self._heading(part, layout, again=True)
        self._draw_row(row, layout, cells, style, height)
        self._fresh = False
        self._top += height

    def _draw_row(
        self,
        row: Row,
        layout: _Layout,
        cells: list[tuple[str, ...]],
        style: Lettering,
        height: float,
    ) -> None:
        if row.weight in (Weight.TOTAL, Weight.CLOSING):
            self._paper.box(MARGIN, self._top, ROOM, height, SHADE)
        ink = CLOSING_INK if row.weight is Weight.CLOSING else INK
        self._paper.frame(MARGIN, self._top, ROOM, height, HAIR)
        self._paper.uprights(layout.lefts[1 : len(cells)], self._top, height)
        for place, lines in enumerate(cells):
            left, width = layout.lefts[place], layout.widths[place]
            align = _ALIGN[layout.columns[place].kind]
            if row.weight is Weight.REMARK:
                width, align = ROOM, "left"
            self._paper.lines(
                lines, style, left + PAD, self._top + PAD, width - 2 * PAD, ink, align
            )

    def _signatures(self) -> None:
        day = self._sheet.stamped_at.astimezone(SCHOOL_ZONE)
        words = f"Ngày {day:%d} tháng {day:%m} năm {day:%Y}"
        signers = self._sheet.signers
        room = ROOM / len(signers)
        last = MARGIN + ROOM - room
        top = self._paper.text(words, Face.REGULAR, 3.1, last, self._top, room, align="middle")
        for place, signer in enumerate(signers):
            left = MARGIN + place * room
            below = self._paper.text(
                signer.upper(), Face.BOLD, 3.1, left, top + 1, room, align="middle"
            )
            self._paper.text(
                "(Ký, ghi rõ họ tên)",
                Face.REGULAR,
                SMALL,
                left,
                below,
                room,
                colour=QUIET_INK,
                align="middle",
            )


_ALIGN: dict[str, Align] = {
    "text": "left",
    "number": "right",
    "money": "right",
    "date": "middle",
    "middle": "middle",
}


def _layout(columns: tuple[Column, ...]) -> _Layout:
    share = ROOM / sum(column.width for column in columns)
    widths = tuple(column.width * share for column in columns)
    lefts = tuple(MARGIN + sum(widths[:place]) for place in range(len(widths)))
    size = TEXT * TIGHT if len(columns) >= MANY_COLUMNS else TEXT
    return _Layout(columns, lefts, widths, size)


def _groups(columns: tuple[Column, ...]) -> Iterator[tuple[int, int]]:
    """First and last place of the columns that stand under one heading."""
    first = 0
    while first < len(columns):
        last = first
        while last + 1 < len(columns) and columns[last + 1].group == columns[first].group:
            last += 1
        if columns[first].group:
            yield first, last
        first = last + 1


@lru_cache(maxsize=50_000)
def _broken(words: str, face: Face, size: float, width: float) -> tuple[str, ...]:
    """Names and titles come again and again: broken once."""
    return wrap(words, Lettering(face, size), width)
