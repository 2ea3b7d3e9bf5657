"""Slips for the library itself: what went into a crate, what came back, how the day was."""

from __future__ import annotations

from datetime import datetime

from printer import codes
from printer.blocks import Area, Page, Rule
from printer.receipt import CrateBack, CrateOut, DaySummary, ReceiptLine
from printer.roll import Roll, day, moment, run

_BOX_SHARE = 0.7
"""Side of a box to tick, by the size of the letters beside it."""
_SIGNATURE_PX = 96
"""Room to sign in: 12 mm."""


def crate_out(slip: CrateOut, roll: Roll) -> Page:
    """The manifest of a crate that goes to a class corner, with boxes to tick and a signature."""
    _head(roll, slip.school, slip.station, slip.printed_at, "PHIẾU GIAO THÙNG SÁCH")
    _corner(roll, slip.corner, slip.keeper)
    roll.ends("Trả về thư viện", day(slip.due), roll.measures.title, roll.measures.title)
    roll.skip(0.4)
    _section(roll, "SÁCH GIAO", slip.copies, ticked=True)
    _signatures(roll, "Người giao", "Người nhận")
    _number(roll, slip.number, slip.code)
    return roll.page()


def crate_back(slip: CrateBack, roll: Roll) -> Page:
    """The receipt for a crate: what is missing first, for it is what somebody must look for."""
    _head(roll, slip.school, slip.station, slip.printed_at, "PHIẾU NHẬN LẠI THÙNG SÁCH")
    _corner(roll, slip.corner, slip.keeper)
    roll.skip(0.4)
    if slip.missing:
        _section(roll, "CÒN THIẾU", slip.missing, ticked=True)
    else:
        roll.text("Đủ sách, không thiếu cuốn nào", roll.measures.title)
        roll.skip(0.5)
    if slip.strange:
        _section(roll, "NGOÀI DANH SÁCH", slip.strange, ticked=False)
    _section(roll, "ĐÃ NHẬN LẠI", slip.back, ticked=False)
    _signatures(roll, "Người trả", "Người nhận")
    _number(roll, slip.number)
    return roll.page()


def day_summary(slip: DaySummary, roll: Roll) -> Page:
    """The day in figures, each at the end of its line."""
    _head(roll, slip.school, slip.station, slip.printed_at, "TỔNG KẾT NGÀY")
    roll.text(day(slip.day), roll.measures.school)
    roll.skip(0.4)
    for name, count in (
        ("Lượt phục vụ", slip.visits),
        ("Cho mượn", slip.lent),
        ("Gia hạn", slip.renewed),
        ("Nhận trả", slip.returned),
    ):
        roll.ends(name, str(count), roll.measures.title, roll.measures.title)
    late = str(slip.returned_late)
    roll.ends("trong đó trả muộn", late, roll.measures.small, roll.measures.small)
    roll.skip(0.3)
    roll.rule(2)
    roll.skip(0.3)
    for name, count in (
        ("Đang cho mượn", slip.on_loan),
        ("Quá hạn", slip.overdue),
        ("Phiếu chưa in được", slip.slips_unprinted),
        ("Lượt chờ gửi về thư viện", slip.waiting_events),
    ):
        roll.ends(name, str(count), roll.measures.small, roll.measures.small)
    _notes(roll, slip.notes)
    return roll.page()


def _notes(roll: Roll, notes: tuple[str, ...]) -> None:
    if not notes:
        return
    roll.skip(0.4)
    roll.text("CẦN XEM", roll.measures.heading)
    for note in notes:
        _ticked(roll, note)
        roll.skip(0.2)


def _head(roll: Roll, school: str, station: str, printed_at: datetime, kind: str) -> None:
    sizes = roll.measures
    roll.text(school, sizes.school)
    roll.ends(station, moment(printed_at), sizes.small, sizes.small)
    roll.skip(0.25)
    roll.rule(3)
    roll.skip(0.3)
    roll.text(kind, sizes.heading)
    roll.skip(0.2)


def _corner(roll: Roll, corner: str, keeper: str) -> None:
    roll.text(corner, roll.measures.school)
    if keeper:
        roll.text(f"Phụ trách: {keeper}", roll.measures.small)


def _section(roll: Roll, name: str, lines: tuple[ReceiptLine, ...], *, ticked: bool) -> None:
    sizes = roll.measures
    roll.ends(name, f"{len(lines)} cuốn", sizes.heading, sizes.small)
    roll.skip(0.2)
    roll.rule(2)
    roll.skip(0.25)
    for line in lines:
        if ticked:
            _ticked(roll, line.title, line.accession)
        else:
            roll.text(line.title, sizes.title)
            roll.text(line.accession, sizes.small)
        roll.skip(0.25)
    roll.skip(0.35)


def _ticked(roll: Roll, title: str, below: str = "") -> None:
    """A line with an empty box before it."""
    sizes = roll.measures
    side = round(sizes.title.size_px * _BOX_SHARE)
    drop = sizes.title.above_px - side
    _box(roll, Area(roll.left_px, roll.y_px + drop, roll.left_px + side, roll.y_px + drop + side))
    left = roll.left_px + side + sizes.title.size_px // 2
    top = roll.y_px
    roll.text(title, sizes.title, left_px=left)
    roll.text(below, sizes.small, left_px=left)
    roll.y_px = max(roll.y_px, top + sizes.title.line_px)


def _box(roll: Roll, area: Area) -> None:
    """Four thin lines; a `Frame` would hold other blocks."""
    thin = 2
    roll.blocks += [
        Rule(Area(area.left, area.top, area.right, area.top + thin)),
        Rule(Area(area.left, area.bottom - thin, area.right, area.bottom)),
        Rule(Area(area.left, area.top + thin, area.left + thin, area.bottom - thin)),
        Rule(Area(area.right - thin, area.top + thin, area.right, area.bottom - thin)),
    ]


def _signatures(roll: Roll, left: str, right: str) -> None:
    """Two names over room to sign, with a line below each."""
    small = roll.measures.small
    middle = roll.width_px // 2
    roll.blocks += [
        run(left, small, roll.left_px, roll.y_px),
        run(right, small, middle + small.size_px, roll.y_px),
    ]
    bottom = roll.y_px + small.line_px + _SIGNATURE_PX
    for start, end in (
        (roll.left_px, middle - small.size_px),
        (middle + small.size_px, roll.right_px),
    ):
        roll.blocks.append(Rule(Area(start, bottom, end, bottom + 2)))
    roll.y_px = bottom + 2
    roll.skip(0.6)


def _number(roll: Roll, number: str, code: str = "") -> None:
    sizes = roll.measures
    symbol = roll.symbol(code or number)
    quiet = codes.QR_QUIET_MODULES * symbol.module_px
    room = symbol.area.left - quiet - roll.left_px
    roll.skip(0.5)
    roll.text("Phiếu số", sizes.small, width_px=room)
    roll.text(number, sizes.heading, width_px=room)
    roll.y_px = max(roll.y_px, symbol.area.bottom + quiet // 2)
