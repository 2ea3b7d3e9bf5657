"""Pages to try a printer with: does the paper show all of it, every letter, clean black?"""

from __future__ import annotations

import unicodedata

from printer.blocks import Area, Page, Rule, TextRun
from printer.receipt import ProofPage
from printer.roll import Roll, moment, run

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
"""None, huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries."""
TICK_EVERY_PX = 16
LONG_TICK_EVERY_PX = 96
CODE = "TRAM-SACH"
_LINES_PX = (1, 2, 3, 4)
_BLACK_PX = 40


def letters() -> tuple[str, ...]:
    """Every small Vietnamese letter, a row for each vowel."""
    rows = ("".join(vowel + tone for tone in TONES) for vowel in VOWELS)
    return (*(unicodedata.normalize("NFC", row) for row in rows), "bcdđghkl", "mnpqrstvx")


def proof_page(page: ProofPage, roll: Roll) -> Page:
    """Lay out the test page."""
    sizes = roll.measures
    _ruler(roll)
    roll.text("TRANG IN THỬ", sizes.school)
    roll.ends(page.station, moment(page.printed_at), sizes.small, sizes.small)
    for line in (f"{roll.width_px} chấm", *page.settings):
        roll.text(line, sizes.small)
    roll.skip(0.4)
    for row in letters():
        roll.ends(row, row.upper(), sizes.title, sizes.title)
    roll.skip(0.4)
    _lines(roll)
    symbol = roll.symbol(CODE)
    roll.skip(1)
    room = symbol.area.left - 4 * symbol.module_px - roll.left_px
    roll.text("Mã này đọc ra", sizes.small, width_px=room)
    roll.text(CODE, sizes.heading, width_px=room)
    roll.y_px = symbol.area.bottom + 4 * symbol.module_px
    roll.rule(2)
    roll.text("Hết trang in thử", sizes.small)
    return roll.page()


def width_bar(width_px: int) -> Page:
    """A line from edge to edge with a mark at its very end, for finding the paper's width."""
    roll = Roll(width_px)
    words = f"{width_px} chấm"
    heading = roll.measures.heading
    end = run("hết", heading, width_px - heading.width_px("hết") - 12, roll.y_px)
    roll.blocks += [
        run(words, heading, 0, roll.y_px),
        end,
        Rule(Area(0, end.area.bottom, width_px - 8, end.area.bottom + 4)),
        Rule(Area(width_px - 8, roll.y_px, width_px, end.area.bottom + 4)),
    ]
    roll.y_px = end.area.bottom + 16
    return roll.page()


def _ruler(roll: Roll) -> None:
    """A ruler over the whole width, numbered in dots."""
    small, top = roll.measures.small, roll.y_px
    numbers: list[TextRun] = []
    for x in range(0, roll.width_px, TICK_EVERY_PX):
        high = 20 if x % LONG_TICK_EVERY_PX == 0 else 10
        roll.blocks.append(Rule(Area(x, top, x + 2, top + high)))
        if high == 20 and x + small.width_px(str(x)) + 4 <= roll.width_px:
            numbers.append(run(str(x), small, x, top + 24))
    roll.blocks.append(Rule(Area(roll.width_px - 2, top, roll.width_px, top + 40)))
    roll.blocks += numbers
    roll.y_px = top + 24 + small.line_px
    roll.skip(0.3)


def _lines(roll: Roll) -> None:
    """Fine lines, then a black bar: a weak head shows grey, a dirty one white stripes."""
    for thick in _LINES_PX:
        roll.rule(thick)
        roll.y_px += 8
    roll.rule(_BLACK_PX)
    roll.y_px += 8
