"""What the demo's people hold up looks as the screen shows it."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from db.demo import DemoCopy
from db.identifiers import AccessionNumber, Command
from db.states import LendingMode
from kiosk.prints import Prints
from kiosk.theme import CLOTHS, cloth_of, code_of, colour
from tests.screen_states import TITLES


@pytest.mark.parametrize("title", TITLES[:4])
def test_cover_has_the_colour_of_the_spine(title: str) -> None:
    """Given a title, when its book is drawn for the film, then the cover is the spine's cloth."""
    copy = DemoCopy(AccessionNumber("STN.00001"), title, LendingMode.TAKE_HOME)

    picture = Prints("Trường").book(copy).picture

    assert picture.getpixel((2, 2)) == tuple(round(255 * c) for c in cloth_of(title).cover[:3])


def test_colour_codes_read_back() -> None:
    """Given each cloth, when its colour is written as a code, then the code reads as the same."""
    assert [cloth.cover for cloth in CLOTHS] == [colour(code_of(c.cover)) for c in CLOTHS]


@pytest.mark.parametrize("command", Command)
def test_every_command_has_a_card(command: Command) -> None:
    """Given a command, when its card is drawn, then that is what it reads as."""
    picture = Prints("Trường").command_card(command).picture

    (code,) = zxingcpp.read_barcodes(np.asarray(picture.convert("L")))
    assert code.text == command.value
