"""The commands that print: sheets of labels, cards of a class. Keeps out what is on them.

What they write has been read again before (`printer.proving`); no sheet with a code that
cannot be read ever reaches the disk.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from admin import stationery
from admin.commands import _opened, _stop
from admin.hub import FIRST_SCHOOL
from admin.stationery import Span
from db.clock import SystemClock, local_day
from db.engine import open_read_only
from printer.card_sheets import card_sheets
from printer.errors import UnreadableCode
from printer.labels import calibration_page, label_sheets
from printer.paper import Pages
from printer.proving import proven
from printer.sheets import MOST_SHIFT_MM, PRESETS


def add_commands(choices: Any) -> list[ArgumentParser]:
    """Add the commands; those returned take the common options too."""
    labels = choices.add_parser("labels", help="write labels of copies, sheet by sheet, as PDF")
    labels.add_argument("numbers", metavar="NUMBER", nargs="*", help="such as STN.00042")
    labels.add_argument("--kho", help="all of a register's copies instead, between two numbers")
    labels.add_argument("--first", metavar="N", type=int, default=1)
    labels.add_argument("--last", metavar="N", type=int, default=999_999)
    labels.add_argument("--kind", choices=("machine", "spine", "both"), default="machine")
    labels.add_argument("--code", choices=("qr", "code-128"), default="qr")
    labels.add_argument("--sheet", choices=sorted(PRESETS), default="65", help="which division")
    labels.add_argument("--start", metavar="N", type=int, default=1, help="first free label")
    labels.add_argument(
        "--shift", metavar=("RIGHT", "DOWN"), nargs=2, type=_shift, default=(0.0, 0.0), help="mm"
    )
    labels.add_argument("--calibrate", action="store_true", help="a page of rulers instead")
    _add_out(labels, "labels.pdf", write_labels)
    cards = choices.add_parser("cards", help="write readers' cards, ten to a page, as PDF")
    cards.add_argument("homeroom", metavar="CLASS", help='such as 6A; "" for staff')
    cards.add_argument("--no-class", action="store_true", help="leave the class off")
    _add_out(cards, "cards.pdf", write_cards)
    return [labels, cards]


def write_labels(options: Namespace) -> None:
    """Write sheets of labels, or the page by which a printer is set right."""
    form = PRESETS[options.sheet].shifted(*options.shift)
    if options.calibrate:
        _write(calibration_page(form), options.out)
        return
    if not options.numbers and options.kho is None:
        _stop("name copies, or a register with --kho.")
    if not 1 <= options.start <= form.count:
        _stop(f"this sheet has places 1 to {form.count}.")
    span = None if options.kho is None else Span(options.kho, options.first, options.last)
    with _opened(options, open_read_only) as engine, engine.begin() as connection:
        missing = stationery.unknown_numbers(connection, FIRST_SCHOOL, options.numbers)
        if missing:
            _stop(f"no copy in the stock bears {', '.join(missing)}.")
        which = span or options.numbers
        faces = stationery.label_faces(connection, FIRST_SCHOOL, which, options.kind, options.code)
    if not faces:
        _stop("there are no such copies.")
    _write(_readable(lambda: label_sheets(faces, form, options.start)), options.out)


def write_cards(options: Namespace) -> None:
    """Write the cards of a class."""
    today = local_day(SystemClock().now())
    with _opened(options, open_read_only) as engine, engine.begin() as connection:
        faces = stationery.card_faces(
            connection, FIRST_SCHOOL, today, options.homeroom, with_class=not options.no_class
        )
    if not faces:
        _stop(f"nobody in {options.homeroom or 'the staff'} has a card.")
    _write(_readable(lambda: card_sheets(faces)), options.out)


def _add_out(parser: ArgumentParser, name: str, run: Callable[[Namespace], None]) -> None:
    parser.add_argument("--out", metavar="FILE", type=Path, default=Path(name))
    parser.set_defaults(run=run)


def _shift(text: str) -> float:
    try:
        shift = float(text)
    except ValueError:
        raise ArgumentTypeError("give millimetres, such as -0.5") from None
    if not abs(shift) <= MOST_SHIFT_MM:
        raise ArgumentTypeError(f"a printer is off by at most {MOST_SHIFT_MM:.0f} mm")
    return shift


def _readable(make: Callable[[], Pages]) -> Pages:
    try:
        return proven(make())
    except UnreadableCode as error:
        _stop(f"mã không đọc được, không in (a code cannot be read, nothing is written): {error}")


def _write(pages: Pages, file: Path) -> None:
    try:
        file.write_bytes(pages.pdf)
    except OSError as error:
        _stop(f"{file} cannot be written: {error.strerror}.")
    print(f"{file}: {pages.count} trang, {len(pages.codes)} mã đã đọc thử (pages, codes read)")
    print("In ở “kích thước thật” hoặc 100 % (print at actual size).")
