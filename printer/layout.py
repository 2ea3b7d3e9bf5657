"""Lays a slip out on paper: `Receipt` in, `Page` out. No drawing, no bytes, no clock.

From top to bottom: the library; one box for each due date with its titles below; what was
handed in; the slip's number, in clear and as QR. Nothing overlaps and nothing is clipped,
whatever the length of titles, because every block claims the room its tallest letters need.

A slip names nobody: slips are left lying in books.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from printer import codes
from printer.blocks import Area, Block, Discs, Frame, Page, QrSymbol, Rule, TextRun
from printer.receipt import Receipt, ReceiptLine
from printer.typeface import Face, Style, wrap

WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
HIDDEN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class _Measures:
    """Sizes for one width of paper, in dots (8 to the millimetre, 203 dpi)."""

    school: Style
    due: Style
    heading: Style
    title: Style
    small: Style
    margin_px: int
    qr_module_px: int


_MEASURES = {
    384: _Measures(
        school=Style(Face.BOLD, 26),
        due=Style(Face.BOLD, 41),
        heading=Style(Face.BOLD, 22),
        title=Style(Face.SEMIBOLD, 22),
        small=Style(Face.REGULAR, 20),
        margin_px=4,
        qr_module_px=5,
    ),
    576: _Measures(
        school=Style(Face.BOLD, 34),
        due=Style(Face.BOLD, 46),
        heading=Style(Face.BOLD, 28),
        title=Style(Face.SEMIBOLD, 27),
        small=Style(Face.REGULAR, 24),
        margin_px=6,
        qr_module_px=6,
    ),
}


def lay_out(receipt: Receipt, width_px: int) -> Page:
    """Lay `receipt` out on paper 384 or 576 dots wide, as long as it needs."""
    roll = _Roll(width_px, _MEASURES[width_px])
    _head(roll, receipt)
    for due, lines in _by_due_date(receipt.lent):
        _due_box(roll, due)
        _titles(roll, lines)
    if receipt.returned:
        _returned(roll, receipt.returned)
    _foot(roll, receipt)
    return roll.page()


def day(value: date) -> str:
    """Write a date as the school does: "T2 30/11/2026"."""
    return f"{WEEKDAYS[value.weekday()]} {value:%d/%m/%Y}"


class _Roll:
    """Paper that grows downwards as blocks are set on it."""

    def __init__(self, width_px: int, measures: _Measures) -> None:
        self.width_px = width_px
        self.left_px = measures.margin_px
        self.right_px = width_px - measures.margin_px
        self.measures = measures
        self.y_px = measures.margin_px
        self.blocks: list[Block] = []

    def text(self, text: str, style: Style, *, left_px: int = 0, width_px: int = 0) -> None:
        """Set `text` in lines, from `left_px` on, over `width_px` (the whole paper if 0)."""
        left_px = left_px or self.left_px
        for line in wrap(text, style, width_px or self.right_px - left_px):
            self.blocks.append(run(line, style, left_px, self.y_px))
            self.y_px += style.line_px

    def ends(self, left: str, right: str, left_style: Style, right_style: Style) -> None:
        """Set two texts at the two ends of one line, or below each other if it is too short.

        The left one must be no smaller than the right one.
        """
        start = self.right_px - right_style.width_px(right)
        lines = wrap(left, left_style, start - self.left_px - right_style.size_px)
        if len(lines) != 1:
            self.text(left, left_style)
            self.text(right, right_style)
            return
        drop = left_style.above_px - right_style.above_px
        self.blocks += [
            run(lines[0], left_style, self.left_px, self.y_px),
            run(right, right_style, start, self.y_px + drop),
        ]
        self.y_px += left_style.line_px

    def rule(self, thick_px: int) -> None:
        """Draw a line across."""
        area = Area(self.left_px, self.y_px, self.right_px, self.y_px + thick_px)
        self.blocks.append(Rule(area))
        self.y_px += thick_px

    def page(self) -> Page:
        """Cut the paper here."""
        return Page(self.width_px, self.y_px + self.measures.margin_px, tuple(self.blocks))


def run(text: str, style: Style, left_px: int, top_px: int) -> TextRun:
    """One line with room for any letter, its upper left corner at `left_px`, `top_px`."""
    right, bottom = left_px + style.width_px(text), top_px + style.line_px
    return TextRun(
        Area(left_px, top_px, right, bottom), text, style, baseline_px=bottom - style.below_px
    )


def tight_run(text: str, style: Style, left_px: int, top_px: int) -> TextRun:
    """One line with room for just these letters, for setting text exactly in a box."""
    above, below = style.ink_px(text)
    right, bottom = left_px + style.width_px(text), top_px + above + below
    return TextRun(Area(left_px, top_px, right, bottom), text, style, baseline_px=top_px + above)


def _head(roll: _Roll, receipt: Receipt) -> None:
    sizes = roll.measures
    roll.text(receipt.school, sizes.school)
    roll.ends(receipt.station, _moment(receipt.printed_at), sizes.small, sizes.small)
    roll.y_px += sizes.small.size_px // 4
    roll.rule(3)
    roll.y_px += sizes.small.size_px // 2


def _moment(value: datetime) -> str:
    return f"{day(value)} · {value:%H:%M}"


def _by_due_date(
    lines: tuple[ReceiptLine, ...],
) -> Iterable[tuple[date, tuple[ReceiptLine, ...]]]:
    """Group what was lent by its due date, soonest first."""
    ordered = sorted(lines, key=_due)
    return ((due, tuple(group)) for due, group in groupby(ordered, key=_due))


def _due(line: ReceiptLine) -> date:
    if line.due is None:
        raise ValueError(f"{line.accession} was lent without a due date")
    return line.due


def _due_box(roll: _Roll, due: date) -> None:
    """The largest thing on the slip: a child must find it in a second."""
    stroke, pad = 3, roll.measures.due.size_px // 3
    label, figure = _due_words(roll, day(due), stroke + pad)
    bottom = max(label.area.bottom, figure.area.bottom) + pad + stroke
    box = Area(roll.left_px, roll.y_px, roll.right_px, bottom)
    roll.blocks += [Frame(box, stroke, 3 * stroke), label, figure]
    roll.y_px = bottom + pad // 2


def _due_words(roll: _Roll, figure: str, inset_px: int) -> tuple[TextRun, TextRun]:
    """Set "HẠN TRẢ" and the date at the two ends of a line, or above each other."""
    small, large, word = roll.measures.heading, roll.measures.due, "HẠN TRẢ"
    left, top = roll.left_px + inset_px, roll.y_px + inset_px
    start = roll.right_px - inset_px - large.width_px(figure)
    if left + small.width_px(word) + small.size_px > start:
        label = tight_run(word, small, left, top)
        return label, tight_run(figure, large, left, label.area.bottom + inset_px // 2)
    date_run = tight_run(figure, large, start, top)
    drop = large.ink_px(figure)[0] - small.ink_px(word)[0]
    return tight_run(word, small, left, top + drop), date_run


def _titles(roll: _Roll, lines: tuple[ReceiptLine, ...]) -> None:
    sizes = roll.measures
    for line in lines:
        roll.text(line.title, sizes.title)
        roll.text(line.accession, sizes.small)
        roll.y_px += sizes.small.size_px // 4
    roll.y_px += sizes.small.size_px // 2


def _returned(roll: _Roll, lines: tuple[ReceiptLine, ...]) -> None:
    """Proof of return: the reader no longer answers for these."""
    sizes = roll.measures
    roll.ends("ĐÃ TRẢ", f"{len(lines)} cuốn", sizes.heading, sizes.small)
    roll.y_px += sizes.small.size_px // 5
    roll.rule(2)
    roll.y_px += sizes.small.size_px // 4
    _titles(roll, lines)


def _foot(roll: _Roll, receipt: Receipt) -> None:
    """The slip's number in clear and as QR at the right edge, the reader's state beside it."""
    sizes = roll.measures
    roll.rule(2)
    symbol = _symbol(roll, receipt.slip_number)
    quiet = codes.QR_QUIET_MODULES * symbol.module_px
    roll.blocks.append(symbol)
    room = symbol.area.left - quiet - roll.left_px
    roll.y_px += sizes.small.size_px // 2
    roll.text("Phiếu số", sizes.small, width_px=room)
    roll.text(receipt.slip_number, sizes.heading, width_px=room)
    if receipt.card_ending:
        _card(roll, receipt.card_ending, room)
        roll.text(f"Đang mượn {receipt.on_loan_count} cuốn", sizes.small, width_px=room)
    roll.y_px = max(roll.y_px, symbol.area.bottom + quiet)
    roll.text(_farewell(receipt), sizes.title)


def _symbol(roll: _Roll, slip_number: str) -> QrSymbol:
    """The QR code, flush right: the unprinted edge of the roll is its quiet zone there.

    58 mm paper has 48 mm of dots and 80 mm paper 72 mm, so at least 4 mm stay white.
    """
    modules = codes.qr(slip_number).width
    module_px = min(roll.measures.qr_module_px, roll.width_px // 2 // modules)
    side = modules * module_px
    top = roll.y_px + codes.QR_QUIET_MODULES * module_px
    return QrSymbol(
        Area(roll.right_px - side, top, roll.right_px, top + side), slip_number, module_px
    )


def _card(roll: _Roll, ending: str, width_px: int) -> None:
    """Set "Thẻ •••• 4817"; the dots are drawn, so that no font decides their look."""
    style = roll.measures.small
    word = run("Thẻ", style, roll.left_px, roll.y_px)
    left = word.area.right + style.size_px // 3
    above = word.baseline_px - style.cap_px
    discs = Discs(
        Area(left, above, left + HIDDEN_DIGITS * style.cap_px * 2 // 3, word.baseline_px),
        HIDDEN_DIGITS,
    )
    roll.blocks += [word, discs]
    start = discs.area.right + style.size_px // 4
    roll.text(ending, style, left_px=start, width_px=roll.left_px + width_px - start)


def _farewell(receipt: Receipt) -> str:
    return "Chúc đọc sách vui, hẹn gặp lại" if receipt.lent else "Cảm ơn, hẹn gặp lại"
