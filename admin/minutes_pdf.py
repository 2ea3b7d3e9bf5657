"""Minutes of a meeting as PDF, A4 upright: heads, text, signatures. No database.

Lengths are in millimetres.
"""

from __future__ import annotations

from typing import Final

from admin.register_pdf import MOTTO, NATION
from db.meetings import Minutes
from printer.paper import A4_MM, INK, QUIET_INK, Lettering, Paper
from printer.typeface import Face, wrap

LEFT, RIGHT, TOP, FOOT = 25.0, 18.0, 16.0, 278.0
ROOM: Final = A4_MM[0] - LEFT - RIGHT
TEXT: Final = 4.1
GAP: Final = 3.0
SIGNING: Final = 42.0
"""What two names of offices and their signatures need."""


def minutes_pdf(school: str, superior: str, minutes: Minutes) -> tuple[bytes, int]:
    """Lay minutes out; the PDF and how many pages it has."""
    drawing = _Drawing(school, superior, minutes)
    drawing.head()
    for label, words in _facts(minutes):
        drawing.fact(label, words)
    drawing.text("Nội dung", minutes.discussed)
    drawing.text("Kết luận, phân công", minutes.decided)
    return drawing.end()


def _facts(minutes: Minutes) -> list[tuple[str, str]]:
    told = [
        ("Thời gian", f"ngày {minutes.day:%d} tháng {minutes.day:%m} năm {minutes.day:%Y}"),
        ("Địa điểm", minutes.place),
        ("Thành phần", minutes.present),
        ("Chủ trì", minutes.chair),
        ("Thư ký", minutes.secretary),
    ]
    return [(label, words) for label, words in told if words]


class _Drawing:
    """The pages of one meeting's minutes while they are drawn."""

    def __init__(self, school: str, superior: str, minutes: Minutes) -> None:
        self._school, self._superior, self._minutes = school, superior, minutes
        self._paper = Paper(f"Biên bản {minutes.what}", A4_MM)
        self._page = 1
        self._top = TOP

    def head(self) -> None:
        """The school and the nation, then what these minutes are of."""
        half = ROOM / 2
        left = TOP
        for words in filter(None, (self._superior, self._school)):
            left = self._middle(words.upper(), Face.BOLD, 3.1, LEFT, left, half - 3)
        right = self._middle(NATION, Face.BOLD, 3.1, LEFT + half, TOP, half)
        right = self._middle(MOTTO, Face.SEMIBOLD, 3.4, LEFT + half, right, half)
        middle, reach = LEFT + half * 1.5, Lettering(Face.SEMIBOLD, 3.4).width_px(MOTTO) / 2
        self._paper.line((middle - reach, right + 0.8), (middle + reach, right + 0.8), INK)
        self._top = max(left, right) + 9
        self._top = self._middle("BIÊN BẢN", Face.BOLD, 6.2, LEFT, self._top, ROOM)
        self._top = self._paper.text(
            self._minutes.what, Face.SEMIBOLD, 4.6, LEFT, self._top, ROOM, 14, INK, "middle"
        )
        self._top += 6

    def fact(self, label: str, words: str) -> None:
        """One line of who, when and where."""
        self._lines(f"{label}: {words}", Face.REGULAR)

    def text(self, heading: str, words: str) -> None:
        """A part of the minutes, paragraph by paragraph."""
        if not words:
            return
        self._top += GAP
        self._lines(heading, Face.BOLD)
        for paragraph in words.splitlines():
            self._lines(paragraph, Face.REGULAR)

    def end(self) -> tuple[bytes, int]:
        """Draw the signatures and give out the pages."""
        if self._top + SIGNING > FOOT:
            self._turn()
        half, top = ROOM / 2, self._top + 8
        for place, office in enumerate(("THƯ KÝ", "CHỦ TRÌ")):
            left = LEFT + place * half
            below = self._middle(office, Face.BOLD, 3.8, left, top, half)
            below = self._middle("(Ký, ghi rõ họ tên)", Face.REGULAR, 3.0, left, below, half)
            name = (self._minutes.secretary, self._minutes.chair)[place]
            self._middle(name, Face.SEMIBOLD, 3.8, left, below + 22, half)
        style = Lettering(Face.REGULAR, 2.8)
        self._paper.settle("pages", str(self._page), style, QUIET_INK)
        self._foot()
        return self._paper.close().pdf, self._page

    def _middle(
        self, words: str, face: Face, size: float, left: float, top: float, room: float
    ) -> float:
        return self._paper.text(words, face, size, left, top, room, 0, INK, "middle")

    def _lines(self, words: str, face: Face) -> None:
        style = Lettering(face, TEXT)
        for line in wrap(words, style, ROOM):
            if self._top + style.line > FOOT:
                self._turn()
            self._paper.lines((line,), style, LEFT, self._top, ROOM, INK)
            self._top += style.line
        self._top += 1

    def _turn(self) -> None:
        self._foot()
        self._paper.turn()
        self._page += 1
        self._top = TOP

    def _foot(self) -> None:
        style = Lettering(Face.REGULAR, 2.8)
        words = f"Trang {self._page}/"
        left = A4_MM[0] - RIGHT - 10 - style.width_px(words)
        self._paper.lines((words,), style, left, FOOT + 4, 40, QUIET_INK)
        self._paper.later("pages", A4_MM[0] - RIGHT - 10, FOOT + 4 + style.above)
