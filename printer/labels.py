"""Labels on sheets: machine labels and spine labels, side by side as the school sticks them.

A machine label (nhãn mã) carries the bare accession number as a code and in clear, the title
and the school; a spine label (nhãn gáy) has register and number, class number, and the sign of
author or title (domain specification 2.7). The codes' own check digits are the only ones: what
a register knows as STN.00042 is written so everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from printer import codes
from printer.cards import LabelFace
from printer.paper import INK, QUIET_INK, Pages, Paper, fitting_size
from printer.sheets import Cell, SheetForm
from printer.typeface import Face, clean

RULER_MM = 100.0
_LARGEST_QR_MM = 28.0
_WIDEST_BARS_MM = 70.0
_SMALLEST_MM = 1.75
"""Smallest letters on a label: 5 points."""
_LINE = 1.5
"""Height of a line for each millimetre of its letters' size (`Lettering.line`, rounded up)."""
_QR_SHARE = 0.56
"""Of a label's width that its QR code may take."""
_QR_MODULES = 21
"""Of the smallest QR code, which holds any of our numbers."""


@dataclass(frozen=True, slots=True)
class SpineFace:
    """All that the label on a spine shows."""

    accession: str
    class_number: str
    sign: str
    """Of author or title, such as "TOH"."""


def label_sheets(faces: Sequence[LabelFace | SpineFace], form: SheetForm, start: int = 1) -> Pages:
    """Lay labels out on sheets.

    Args:
        faces: What the labels show, in the order they are printed.
        form: The sheet's measures.
        start: The first free place of the first sheet, from 1.

    Raises:
        UnreadableCode: A code does not fit on a label of this size.
        ValueError: The sheet's measures are wrong, or it has no such place.
    """
    if wrong := form.misfits():
        raise ValueError(f"no sheet of labels: {', '.join(wrong)}")
    paper = Paper("Nhãn sách", form.page_mm)
    page = 0
    for face, cell in zip(faces, form.cells(len(faces), start), strict=True):
        if cell.page > page:
            paper.turn()
            page = cell.page
        _lay(paper, face, cell, form.is_cut)
    return paper.close()


def calibration_page(form: SheetForm) -> Pages:
    """Lay out a page for plain paper: two rulers, and the outline of every label.

    Held against a sheet of labels and the light, it shows how far the printer is off.
    """
    paper = Paper("Trang căn nhãn", form.page_mm)
    for cell in form.cells(form.count):
        paper.frame(cell.left, cell.top, cell.width, cell.height, "#7a858d")
        number = str(cell.place)
        paper.text(
            number, Face.REGULAR, 2.2, cell.left + cell.inset_x, cell.top + cell.inset_y, 8.0, 0.0
        )
    middle, width = form.page_mm[0] / 2, RULER_MM + 24.0
    top = form.page_mm[1] / 2 - 62.0
    paper.box(middle - width / 2, top, width, 124.0, "#ffffff", corner=2.0)
    with paper.moved(middle - RULER_MM / 2, top + 5.0):
        _rulers(paper, form)
    return paper.close()


def _lay(paper: Paper, face: LabelFace | SpineFace, cell: Cell, is_cut: bool) -> None:
    if is_cut:
        paper.frame(cell.left, cell.top, cell.width, cell.height, "#c9ced2")
    with paper.moved(cell.left, cell.top):
        if isinstance(face, SpineFace):
            _spine(paper, face, cell)
        elif face.symbology == "qr":
            _with_qr(paper, face, cell)
        else:
            _with_bars(paper, face, cell)


def _with_qr(paper: Paper, face: LabelFace, cell: Cell) -> None:
    """The code at the left, as large as its ink fits; words beside it, as tall as it.

    Its quiet zone may lie where no printer reaches, for it is not printed.
    """
    quiet = codes.QR_QUIET_MODULES / (_QR_MODULES + 2 * codes.QR_QUIET_MODULES)
    side = min(cell.room[1] / (1 - 2 * quiet), cell.width * _QR_SHARE, cell.height, _LARGEST_QR_MM)
    left = max(0.0, cell.inset_x - quiet * side)
    paper.qr(face.accession, left, (cell.height - side) / 2, side)
    words, tall = left + side, side * (1 - 2 * quiet)
    width = cell.width - cell.inset_x - words
    _words(paper, face, words, (cell.height - tall) / 2, width, tall, tall * 0.2)


def _with_bars(paper: Paper, face: LabelFace, cell: Cell) -> None:
    """The code across the label, words below it."""
    width, height = cell.room
    tall = height * 0.44
    modules = codes.code_128(face.accession).width
    ink = modules / (modules + 2 * codes.CODE_128_QUIET_MODULES)
    across = min(cell.width, width / ink, _WIDEST_BARS_MM)
    left = max(0.0, cell.inset_x - across * (1 - ink) / 2)
    paper.bars(face.accession, left, cell.inset_y, across, tall)
    below = cell.inset_y + tall + 0.4
    _words(paper, face, cell.inset_x, below, width, height - tall - 0.4, height * 0.17)


def _words(
    paper: Paper,
    face: LabelFace,
    left: float,
    top: float,
    width: float,
    height: float,
    largest: float,
) -> None:
    """The number in clear, the title as far as there is room, and the school at the foot."""
    size = min(4.6, largest)
    small = max(_SMALLEST_MM, min(2.4, size * 0.6))
    bottom = top + height
    top = paper.number(face.accession, size, left, top, width)
    foot = bottom - small * _LINE
    school = face.school.removeprefix("Trường ")
    if foot - top >= small * _LINE:
        room = (left, top, width, foot - top)
        paper.text(face.title, Face.SEMIBOLD, small * 1.1, *room, INK, least=_SMALLEST_MM)
    paper.text(school, Face.REGULAR, small, left, foot, width, 0.0, QUIET_INK)


def _spine(paper: Paper, face: SpineFace, cell: Cell) -> None:
    """Up to three lines in the middle, all in the one size that fits the longest."""
    lines = [line for line in (face.accession, face.class_number, face.sign) if clean(line)]
    width, height = cell.room
    fitting = (fitting_size(line, Face.BOLD, width) for line in lines)
    size = min(height / 3 / _LINE, 6.0, *fitting)
    share = min(height / 3, size * 1.6)
    top = (cell.height - len(lines) * share + share - size * _LINE) / 2
    for line in lines:
        paper.number(line, size, cell.inset_x, top, width, "middle")
        top += share


def _rulers(paper: Paper, form: SheetForm) -> None:
    """Two rulers of 100 mm that cross in a corner, and what to do with them."""
    for tick in range(int(RULER_MM) + 1):
        long = 6.0 if tick % 10 == 0 else 4.0 if tick % 5 == 0 else 2.5
        paper.line((tick, 0.0), (tick, long), INK, 0.12)
        paper.line((0.0, tick), (long, tick), INK, 0.12)
        if tick % 10 == 0 and tick > 10:
            paper.text(str(tick), Face.REGULAR, 2.4, tick - 4, 6.2, 8.0, 0.0, INK, "middle")
            paper.text(str(tick), Face.REGULAR, 2.4, 6.8, tick - 1.6, 8.0, 0.0, INK)
    paper.line((0.0, 0.0), (RULER_MM, 0.0), INK, 0.2)
    paper.line((0.0, 0.0), (0.0, RULER_MM), INK, 0.2)
    below = paper.text("Trang căn nhãn", Face.BOLD, 6.0, 18.0, 16.0, 80.0, 0.0, INK)
    below = paper.text(form.name, Face.SEMIBOLD, 3.4, 18.0, below, 80.0, 10.0, QUIET_INK) + 2.0
    for sentence in _TO_DO:
        below = paper.text(sentence, Face.REGULAR, 3.3, 18.0, below, 80.0, 24.0, INK) + 1.5


_TO_DO = (
    "1. In trang này lên giấy thường, chọn “kích thước thật” hoặc 100 %.",
    "2. Đo hai thước: mỗi thước phải dài đúng 100 mm. Nếu không, máy in đang co giãn trang; "
    "hãy tắt “vừa trang giấy”.",
    "3. Úp trang này lên tờ nhãn, soi trước đèn: các ô phải trùng với nhãn.",
    "4. Nếu lệch, đo xem cần dịch sang phải và xuống dưới bao nhiêu mm rồi nhập vào ô "
    "“Dịch ngang” và “Dịch dọc” (số âm là sang trái, lên trên).",
)
