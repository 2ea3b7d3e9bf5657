"""Cards and labels of the demo school, for its film and for trying with a real camera.

``python -m kiosk.prints DIR`` writes some as PNG at 300 dots per inch; print them, or show
them to the camera on a telephone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from db.clock import SCHOOL_ZONE
from db.demo import SCHOOL_NAME, DemoCopy, DemoPatron, demo_cast, fill_demo_school
from db.engine import open_engine, sqlite_url
from db.identifiers import Command
from kiosk.theme import cloth_of, code_of
from printer.cards import (
    CardFace,
    CommandFace,
    LabelFace,
    draw_book_back,
    draw_card,
    draw_command_card,
    draw_isbn,
    draw_label,
)

SCHOOL_YEAR = "2026–2027"
DEMO_ISBN = "9786040000002"
"""Invented, with a right check digit; stands for the publisher's code on a back cover."""

COMMANDS = {
    Command.DONE: CommandFace("XONG", Command.DONE),
    Command.UNDO: CommandFace("BỎ", Command.UNDO, "Bỏ lượt vừa ghi, trong 8 giây"),
    Command.RETURN: CommandFace("TRẢ", Command.RETURN, "Trả cuốn sách vừa đưa vào khung"),
    Command.RENEW: CommandFace("GIA HẠN", Command.RENEW, "Gia hạn cuốn vừa đưa, hoặc tất cả"),
    Command.READ_HERE: CommandFace("ĐỌC", Command.READ_HERE, "Đọc tại chỗ cuốn vừa đưa vào khung"),
    Command.HELP: CommandFace("GỌI", Command.HELP, "Gọi thủ thư tới trạm"),
}
"""What each card that stands for a button says."""

CARD_MM = 85.6
BOOK_MM = 130.0
DPI = 300


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """Something printed that a child holds up."""

    picture: Image
    width_mm: float

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as cameras give it: (height, width, 3), blue first."""
        return np.ascontiguousarray(np.asarray(self.picture.convert("RGB"))[:, :, ::-1])


class Prints:
    """Draws what the demo school's people hold up."""

    def __init__(self, school: str) -> None:
        self._school = school

    def card(self, patron: DemoPatron) -> Print:
        """A library card."""
        face = CardFace(self._school, patron.name, patron.homeroom, patron.card, SCHOOL_YEAR)
        return Print(draw_card(face), CARD_MM)

    def label(self, copy: DemoCopy) -> Image:
        """A copy's label; every other one carries Code 128, as older ones at schools do."""
        symbology: Literal["qr", "code-128"] = "qr" if int(copy.accession[-1]) % 2 else "code-128"
        return draw_label(LabelFace(copy.accession, copy.title, self._school, symbology))

    def book(self, copy: DemoCopy) -> Print:
        """The back of a book with its label."""
        cover = code_of(cloth_of(copy.title).cover)
        return Print(draw_book_back(self.label(copy), None, cover), BOOK_MM)

    def bookshop_code(self) -> Print:
        """The publisher's code, which tells the edition and not the copy."""
        code = draw_isbn(DEMO_ISBN)
        return Print(code, code.width * 25.4 / DPI)

    def end_card(self) -> Print:
        """The card that says Xong."""
        return self.command_card(Command.DONE)

    def command_card(self, command: Command) -> Print:
        """A card that stands for a button, for who cannot reach or read the screen."""
        return Print(draw_command_card(COMMANDS[command]), CARD_MM)


def write_prints(folder: Path, how_many: int) -> None:
    """Write `how_many` cards and labels of the demo school, and the cards that are buttons."""
    prints = Prints(SCHOOL_NAME)
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_engine(sqlite_url(Path(scratch) / "demo.db"))
        now = datetime.now(SCHOOL_ZONE)
        fill_demo_school(engine, 1, now)
        cast = demo_cast(engine, 1, now, seed=1)
        engine.dispose()
    folder.mkdir(parents=True, exist_ok=True)
    for patron in (*cast.free_pupils[:how_many], cast.late_pupils[0], cast.teachers[0]):
        _save(prints.card(patron).picture, folder / f"card-{patron.card}.png")
    for copy in cast.shelved[:how_many]:
        _save(prints.label(copy), folder / f"label-{copy.accession}.png")
    for command in COMMANDS:
        name = command.name.lower().replace("_", "-")
        _save(prints.command_card(command).picture, folder / f"command-{name}.png")


def main(arguments: list[str]) -> int:
    """Write cards and labels into a folder."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.prints", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=6, help="cards and labels (6)")
    asked = parser.parse_args(arguments)
    write_prints(asked.folder, asked.count)
    return 0


def _save(picture: Image, path: Path) -> None:
    picture.save(path, dpi=(DPI, DPI))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
