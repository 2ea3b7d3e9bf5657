"""The librarian's pages and the class corners in an invisible window: what fits, what is touched.

With ``--screens`` the pictures of ``docs/screens/staff`` are written anew, and a sheet of each
size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from kiosk.staff import Chosen, Classes
from kiosk.theme import SMALLEST_TARGET_PX
from tests.screen_driver import ScreenDriver, open_driver
from tests.screen_states import LONG_TITLE, TITLES, preview
from tests.staff_states import CLASSES, CORNER_STATES, SESSION, SET, STAFF_STATES, staff_shown
from tests.test_kiosk_screens import DRAWN, SIZES, assert_fits, assert_words_apart

STATES = STAFF_STATES | CORNER_STATES
DOCS = Path(__file__).parents[1] / "docs" / "screens" / "staff"
MAY_BE_SHORT = (*TITLES, LONG_TITLE, *(one.title for one in SET.lines))
"""Titles that end in an ellipsis where a list is narrow; nothing else does."""
ENGLISH_SIZE = (800, 480)
"""English is looked at where words have least room."""
_SHEET_WIDTH_PX = {1280: 400, 800: 400, 720: 200}
_ACROSS = {1280: 5, 800: 5, 720: 9}


@pytest.fixture(scope="module", params=["vi", "en"])
def window(request: pytest.FixtureRequest) -> Iterator[ScreenDriver]:
    driver = open_driver(request.param)
    yield driver
    driver.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_page_fits(
    window: ScreenDriver, size: tuple[int, int], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Given each size, when each page is shown, then words are whole and fingers find targets."""
    if window.language == "en" and size != ENGLISH_SIZE:
        pytest.skip("English is looked at where words have least room")
    window.resize(*size)
    keeps = pytestconfig.getoption("--screens") and window.language == "vi"
    is_drawn = keeps or (size, window.language) == DRAWN
    put = window.show if is_drawn else window.lay_out
    for name, shown in STATES.items():
        window.preview = preview("empty")
        put(shown)

        assert_fits(window, size)
        assert_words_apart(window)
        cut = [text for text in window.shortened() if text not in MAY_BE_SHORT]
        assert not cut, name
        for button in window.touchables():
            assert min(button.width, button.height) >= SMALLEST_TARGET_PX - 0.5, name
        if keeps:
            window.picture(tmp_path / f"{name}.png")
    if keeps:
        _keep_sheet(sorted(tmp_path.glob("*.png")), size)


def _keep_sheet(pictures: list[Path], size: tuple[int, int]) -> None:
    """Put all pages of a size on one sheet, small enough for a repository."""
    width, across = _SHEET_WIDTH_PX[size[0]], _ACROSS[size[0]]
    height, gap = round(width * size[1] / size[0]), 8
    rows = -(-len(pictures) // across)
    sheet = Image.new("RGB", (across * (width + gap) + gap, rows * (height + gap) + gap), "#23302F")
    for n, path in enumerate(pictures):
        with Image.open(path) as page:
            small = page.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(small, (gap + n % across * (width + gap), gap + n // across * (height + gap)))
    DOCS.mkdir(parents=True, exist_ok=True)
    few = sheet.quantize(128, dither=Image.Dither.FLOYDSTEINBERG)
    few.save(DOCS / f"sheet-{size[0]}x{size[1]}.png", optimize=True)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("classes", [13, 31])
def test_every_class_can_be_touched(
    window: ScreenDriver, size: tuple[int, int], classes: int
) -> None:
    """Given a school of many classes, when they are shown, then every one is there to touch."""
    if window.language == "en":
        pytest.skip("classes are called the same")
    window.resize(*size)
    names = (*CLASSES[:12], *(f"9C{n}" for n in range(classes - 12)))
    window.show(staff_shown(Classes(SESSION, names)))
    tiles = [one for one in window.touchables() if type(one).__name__ == "Tile"]
    window.sent.clear()
    window.tap(tiles[-1])

    assert len(tiles) == classes
    assert window.sent == [Chosen(names[-1])]
