"""Lays a slip out on paper: a `Slip` in, a `Page` out. No drawing, no bytes, no clock.

A reader's slip, from top to bottom: the library; what kind of slip it is; one box for each due
date with its titles below; what was handed in; the slip's number, in clear and as QR.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from printer import codes
from printer.blocks import Area, Discs, Frame, Page, TextRun
from printer.desk_slips import crate_back, crate_out, day_summary
from printer.proof import proof_page
from printer.receipt import CrateBack, CrateOut, DaySummary, ProofPage, Receipt, ReceiptLine, Slip
from printer.roll import STROKE_PX, WEEKDAY_NAMES, Roll, day, moment, run, tight_run

HIDDEN_DIGITS = 4
_KINDS = {
    (True, True): "PHIẾU MƯỢN SÁCH",
    (True, False): "PHIẾU MƯỢN SÁCH",
    (False, True): "PHIẾU GIA HẠN",
    (False, False): "MINH CHỨNG TRẢ SÁCH",
}
"""By whether anything was lent, and whether anything was renewed."""


def lay_out(slip: Slip, width_px: int) -> Page:
    """Lay `slip` out on paper 384, 512 or 576 dots wide, as long as it needs."""
    match slip:
        case Receipt():
            return _receipt(slip, width_px)
        case CrateOut():
            return crate_out(slip, Roll(width_px))
        case CrateBack():
            return crate_back(slip, Roll(width_px))
        case DaySummary():
            return day_summary(slip, Roll(width_px))
        case ProofPage():
            return proof_page(slip, Roll(width_px))


def _receipt(receipt: Receipt, width_px: int) -> Page:
    roll = Roll(width_px, large=receipt.is_large)
    _head(roll, receipt)
    for lines, label in ((receipt.lent, "HẠN TRẢ"), (receipt.renewed, "GIA HẠN ĐẾN")):
        for due, group in _by_due_date(lines):
            _due_box(roll, label, due, (due - receipt.printed_at.date()).days)
            _titles(roll, group, with_numbers=not receipt.is_large)
    if receipt.returned:
        _returned(roll, receipt)
    _foot(roll, receipt)
    return roll.page()


def _head(roll: Roll, receipt: Receipt) -> None:
    sizes = roll.measures
    roll.text(receipt.school, sizes.school)
    if not receipt.is_large:
        roll.ends(receipt.station, moment(receipt.printed_at), sizes.small, sizes.small)
    roll.skip(0.25)
    roll.rule(3)
    roll.skip(0.3)
    _kind(roll, receipt)


def _kind(roll: Roll, receipt: Receipt) -> None:
    """What kind of slip it is; at the other end of the line, whether it is a reprint."""
    heading, words = roll.measures.heading, _KINDS[bool(receipt.lent), bool(receipt.renewed)]
    if receipt.is_reprint:
        top, stamp = roll.y_px, roll.stamp("IN LẠI", heading)
        room = stamp.left - heading.size_px - roll.left_px
        roll.y_px += max(0, (stamp.bottom - top - heading.line_px) // 2)
        roll.text(words, heading, width_px=room)
        roll.y_px = max(roll.y_px, stamp.bottom)
    else:
        roll.text(words, heading)
    roll.skip(0.4)


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


def _due_box(roll: Roll, label: str, due: date, days: int) -> None:
    """The largest thing on the slip: a child must find it in a second."""
    pad = roll.measures.due.size_px // 3
    words = _due_words(roll, label, due, f"còn {days} ngày" if days > 0 else "")
    bottom = max(word.area.bottom for word in words) + pad + STROKE_PX
    box = Area(roll.left_px, roll.y_px, roll.right_px, bottom)
    roll.blocks += [Frame(box, STROKE_PX, 3 * STROKE_PX), *words]
    roll.y_px = bottom + pad // 2


def _due_words(roll: Roll, label: str, due: date, days_left: str) -> list[TextRun]:
    """Set label and date in the box, the days left at the end of the label's line.

    In large print the date fills the box by itself; weekday and days left go below it.
    """
    small, large, light = roll.measures.heading, roll.measures.due, roll.measures.small
    inset = STROKE_PX + large.size_px // 3
    left, right = roll.left_px + inset, roll.right_px - inset
    first = tight_run(label, small, left, roll.y_px + inset)
    below = first.area.bottom + inset * 2 // 3
    if large.width_px(day(due)) > right - left:
        second = tight_run(f"{due:%d/%m/%Y}", large, left, below)
        third = f"{WEEKDAY_NAMES[due.weekday()]}{', ' if days_left else ''}{days_left}"
        return [first, second, tight_run(third, light, left, second.area.bottom + inset * 2 // 3)]
    second = tight_run(day(due), large, left, below)
    start = right - light.width_px(days_left)
    if not days_left or start < first.area.right + light.size_px:
        return [first, second]
    drop = small.ink_px(label)[0] - light.ink_px(days_left)[0]
    return [first, second, tight_run(days_left, light, start, first.area.top + drop)]


def _titles(roll: Roll, lines: tuple[ReceiptLine, ...], *, with_numbers: bool) -> None:
    sizes = roll.measures
    for line in lines:
        roll.text(line.title, sizes.title)
        if with_numbers:
            roll.text(line.accession, sizes.small)
        roll.skip(0.25)
    roll.skip(0.35)


def _returned(roll: Roll, receipt: Receipt) -> None:
    """Proof of return: the reader no longer answers for these."""
    sizes = roll.measures
    if receipt.lent or receipt.renewed:
        roll.ends("ĐÃ TRẢ", f"{len(receipt.returned)} cuốn", sizes.heading, sizes.small)
    else:
        roll.text(f"Đã trả {len(receipt.returned)} cuốn", sizes.small)
    roll.skip(0.2)
    roll.rule(2)
    roll.skip(0.25)
    _titles(roll, receipt.returned, with_numbers=not receipt.is_large)


def _foot(roll: Roll, receipt: Receipt) -> None:
    """The slip's number in clear and as QR at the right edge, the reader's state beside it."""
    sizes = roll.measures
    roll.rule(2)
    symbol = roll.symbol(receipt.slip_number)
    quiet = codes.QR_QUIET_MODULES * symbol.module_px
    room = symbol.area.left - quiet - roll.left_px
    roll.skip(0.5)
    roll.text("Phiếu số", sizes.small, width_px=room)
    roll.text(receipt.slip_number, sizes.heading, width_px=room)
    if receipt.card_ending and not receipt.is_large:
        _reader(roll, receipt, room)
    roll.skip(0.3)
    roll.y_px = max(roll.y_px, symbol.area.bottom + quiet)
    roll.text(_farewell(receipt), sizes.small if receipt.is_large else sizes.title)


def _reader(roll: Roll, receipt: Receipt, room: int) -> None:
    small = roll.measures.small
    roll.text(receipt.reader, small, width_px=room)
    if receipt.homeroom:
        roll.text(f"Lớp {receipt.homeroom}", small, width_px=room)
    _card(roll, receipt.card_ending, room)
    roll.text(f"Đang mượn {receipt.on_loan_count} cuốn", small, width_px=room)


def _card(roll: Roll, ending: str, width_px: int) -> None:
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
    if receipt.is_large:
        return "Hẹn gặp lại"
    if receipt.lent or receipt.renewed:
        return "Chúc đọc sách vui, hẹn gặp lại"
    return "Cảm ơn, hẹn gặp lại"
