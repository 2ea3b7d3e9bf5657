"""A list of titles on a theme (thư mục chuyên đề) on A4: heading, introduction, numbered entries.

Entries are in the usual form of Vietnamese libraries, "Nhan đề / tác giả.– Nơi : NXB, năm.–
số tr. ; khổ" (domain specification S61); what is not known is left out with its signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printer.paper import INK, QUIET_INK, Lettering, Pages, Paper
from printer.typeface import Face, clean, wrap

_LEFT, _RIGHT, _TOP, _BOTTOM = 22.0, 190.0, 20.0, 274.0
_BODY = Lettering(Face.REGULAR, 3.9)
_NUMBER_MM = 11.0
"""Room for an entry's number, up to four digits."""


@dataclass(frozen=True, slots=True)
class ListedTitle:
    """A title of the list; empty or None where it is not known."""

    title: str
    volume: str = ""
    authors: str = ""
    place: str = ""
    publisher: str = ""
    year: int | None = None
    pages: int | None = None
    size: str = ""
    mark: str = ""
    """Where it stands: kho, class number."""
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Bibliography:
    """All that the list says."""

    school: str
    heading: str
    introduction: str
    """Paragraphs, a line each."""
    titles: tuple[ListedTitle, ...]
    made: str
    """Place and day, as a letter has them."""


def entry(title: ListedTitle) -> str:
    """A title in the usual form; missing parts are skipped with their signs.

    Source:
        Domain specification S61.
    """
    named = ". ".join(part for part in (title.title, _capital(title.volume)) if part)
    head = " / ".join(part for part in (named, title.authors) if part)
    publishing = " : ".join(part for part in (title.place, title.publisher) if part)
    imprint = ", ".join(str(part) for part in (publishing, title.year) if part)
    extent = " ; ".join(
        part for part in (f"{title.pages} tr." if title.pages else "", title.size) if part
    )
    return ".– ".join(part.rstrip(".") for part in (head, imprint, extent) if part) + "."


def bibliography_pages(told: Bibliography) -> Pages:
    """Lay the list out, page by page."""
    flow = _Flow(told)
    for paragraph in told.introduction.splitlines():
        flow.write(paragraph, _BODY, _LEFT)
        flow.skip(1.5)
    flow.skip(3.0)
    for number, title in enumerate(told.titles, 1):
        _put(flow, number, title)
    flow.skip(6.0)
    flow.write(told.made, _BODY, 120.0)
    return flow.close()


class _Flow:
    """Lines one below the other, on to the next page where one is full."""

    def __init__(self, told: Bibliography) -> None:
        self._paper = Paper(told.heading)
        self._school = told.school
        self._number = 1
        self._y = self._paper.text(told.school, Face.SEMIBOLD, 3.8, _LEFT, _TOP, 168.0, 0.0, INK)
        place = (_LEFT, self._y + 8.0, _RIGHT - _LEFT, 30.0)
        heading = told.heading.upper()
        self._y = self._paper.text(heading, Face.BOLD, 7.0, *place, INK, "middle") + 6.0

    def write(self, text: str, style: Lettering, left: float, colour: str = INK) -> None:
        """Write a paragraph."""
        for line in wrap(text, style, _RIGHT - left):
            self.turn_unless(style.line)
            self._paper.text(line, style.face, style.size, left, self._y, 200.0, 0.0, colour)
            self._y += style.line

    def number(self, number: int) -> None:
        """Put an entry's number beside the line that comes next."""
        place = (_LEFT, self._y, _NUMBER_MM - 2.0)
        self._paper.text(f"{number}.", Face.SEMIBOLD, _BODY.size, *place, 0.0, INK, "right")

    def turn_unless(self, height: float) -> None:
        """Go on to the next page unless there is room."""
        if self._y + height > _BOTTOM:
            self._foot()
            self._paper.turn()
            self._number += 1
            self._y = _TOP

    def skip(self, height: float) -> None:
        """Leave room."""
        self._y += height

    def close(self) -> Pages:
        """End the last page."""
        self._foot()
        return self._paper.close()

    def _foot(self) -> None:
        place = (_LEFT, 282.0, _RIGHT - _LEFT)
        page = f"Trang {self._number}"
        self._paper.text(page, Face.REGULAR, 3.2, *place, 0.0, QUIET_INK, "right")


def _put(flow: _Flow, number: int, title: ListedTitle) -> None:
    """One entry; its number and first line are never apart, nor its last two."""
    left, told = _LEFT + _NUMBER_MM, entry(title)
    lines: Sequence[str] = wrap(told, _BODY, _RIGHT - left)
    flow.turn_unless(min(3, len(lines) + 1) * _BODY.line)
    flow.number(number)
    flow.write(told, _BODY, left)
    small = Lettering(Face.REGULAR, 3.3)
    copies = f"{title.copies} cuốn" if title.copies else ""
    flow.write(" · ".join(part for part in (title.mark, copies) if part), small, left, QUIET_INK)
    flow.skip(2.2)


def _capital(text: str) -> str:
    told = clean(text)
    return told[:1].upper() + told[1:]
