"""Every page and every look of the screen: what fits, what contrasts, what a touch says."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from PIL import Image

from kiosk import theme
from kiosk.browsing import (
    BackPressed,
    BookPressed,
    Door,
    DoorPressed,
    EnterPressed,
    ErasePressed,
    KeepPressed,
    KeyPressed,
    KeysPressed,
    Kind,
    KindPressed,
    Mode,
    ModePressed,
    OptionPressed,
    PrefixPressed,
    ReadyPressed,
    ShelfPressed,
    TurnPressed,
    View,
)
from kiosk.events import HelpPressed, KioskEvent, Shown
from kiosk.icons import Icon
from kiosk.wording import Language
from tests.browse_states import BOARD, BOOKS, BROWSE_STATES, OPTIONS, idle
from tests.screen_checks import contrast, faint, harm
from tests.screen_driver import ScreenDriver
from tests.screen_states import STATES, preview

SIZES = ((1280, 800), (800, 480), (720, 1280))
ALL = {**BROWSE_STATES, **STATES}
BLIND = {"waiting-troubled", "out-of-order"}
DOCS = Path(__file__).parents[1] / "docs" / "screens"
SHEET_COLUMNS = 6
SHEET_PX = 400
"""Width of one picture on a contact sheet."""
READABLE, CLEAR = 4.5, 7.0
"""Least contrast of words (WCAG 2.1: 1.4.3, and 1.4.6 for the high-contrast look)."""


def look_into(driver: ScreenDriver, name: str, view: View) -> None:
    """Show a state as somebody wants to see it."""
    driver.preview = None if name in BLIND else preview("empty")
    driver.lay_out(replace(ALL[name], view=view))


by_size = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@by_size
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_fits(screen: ScreenDriver, size: tuple[int, int], language: Language) -> None:
    """Given each size and language, when each page is shown, then all of it is in its place."""
    screen.resize(*size)

    for name in BROWSE_STATES:
        look_into(screen, name, View(language))
        assert harm(screen, size) == [], name


@by_size
def test_every_page_can_be_read(
    screen: ScreenDriver, size: tuple[int, int], pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    """Given each size, when each page is drawn, then its words stand out from their ground."""
    screen.resize(*size)

    for name in BROWSE_STATES:
        look_into(screen, name, View())
        assert faint(screen, READABLE) == [], name
    if pytestconfig.getoption("--screens"):
        keep_sheet(screen, size, tmp_path)


@by_size
def test_every_state_fits_in_large_text(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given large text, when each state is shown in either language, then all is right.

    Languages take turns from state to state, and the other way round at the next size.
    """
    screen.resize(*size)
    turns: cycle[Language | None] = cycle(("en", None) if SIZES.index(size) % 2 else (None, "en"))

    for name, language in zip(ALL, turns, strict=False):
        look_into(screen, name, View(language, large=True))
        assert harm(screen, size) == [], (name, language)


@by_size
def test_every_state_is_clear_in_high_contrast(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given high contrast, when each state is shown at one of the sizes, then words have 7:1."""
    screen.resize(*size)

    for name in list(ALL)[SIZES.index(size) :: len(SIZES)]:
        look_into(screen, name, View(high_contrast=True))
        assert faint(screen, CLEAR) == [], name


def keep_sheet(screen: ScreenDriver, size: tuple[int, int], folder: Path) -> None:
    """Put every state on one picture for the docs, and some in the other looks."""
    sheet: list[Image.Image] = []
    looks = [(name, View()) for name in ALL]
    some = ("idle", "search-found", "book-here", "serving-lent", "finished-one")
    looks += [(n, View("en")) for n in some] + [(n, View(large=True)) for n in some]
    looks += [(n, View(high_contrast=True)) for n in some]
    for name, view in looks:
        screen.preview = None if name in BLIND else preview("empty")
        screen.show(replace(ALL[name], view=view))  # words are written only in a frame
        screen.picture(folder / "full.png")
        with Image.open(folder / "full.png") as full:
            height = SHEET_PX * size[1] // size[0]
            sheet.append(full.convert("RGB").resize((SHEET_PX, height), Image.Resampling.LANCZOS))
    columns = SHEET_COLUMNS if size[0] > size[1] else 2 * SHEET_COLUMNS
    rows = -(-len(sheet) // columns)
    paper = Image.new("RGB", (columns * (SHEET_PX + 8), rows * (height + 8)), (96, 92, 84))
    for n, picture in enumerate(sheet):
        across, down = n % columns, n // columns
        paper.paste(picture, (across * (SHEET_PX + 8) + 4, down * (height + 8) + 4))
    if size[0] < size[1]:
        paper = paper.resize((paper.width // 2, paper.height // 2), Image.Resampling.LANCZOS)
    small = paper.quantize(128, dither=Image.Dither.NONE)
    small.save(DOCS / f"sheet-{size[0]}x{size[1]}.png", optimize=True)


def test_strong_colours_are_seven_to_one() -> None:
    """Given each pair of word and ground in high contrast, when compared, then it is 7 to 1."""

    def strong(colour: theme.Colour) -> tuple[float, ...]:
        return theme.HIGH_CONTRAST.get(colour[:3], colour[:3])

    grounds = (theme.PAPER, theme.CARD, theme.SAND)
    tones = (theme.YES, theme.LOOK, theme.NO, theme.CALM)
    inks = (theme.INK, theme.INK_SOFT, theme.TEAL, *(tone.ink for tone in tones))
    pairs = [(ink, ground) for ink in inks for ground in grounds]
    pairs += [(theme.ON_TEAL, ground) for ground in (theme.TEAL, theme.TEAL_DEEP, theme.NIGHT)]
    for tone in tones:
        pairs += [(tone.ink, tone.ground), (theme.INK, tone.ground), (theme.CARD, tone.solid)]
    pairs += [(cloth.lettering, cloth.cover) for cloth in theme.CLOTHS]

    assert [p for p in pairs if contrast(strong(p[0]), strong(p[1])) < CLEAR] == []


@pytest.fixture
def small(screen: ScreenDriver) -> ScreenDriver:
    """The small screen."""
    screen.resize(800, 480)
    return screen


TOUCHES: list[tuple[Shown, str, KioskEvent]] = [
    (idle(), "Tìm sách", DoorPressed(Door.SEARCH)),
    (idle(), "Gõ số", DoorPressed(Door.NUMBER)),
    (idle(), "Nội quy", DoorPressed(Door.RULES)),
    (idle(), "Hướng dẫn", DoorPressed(Door.HELP)),
    (idle(), "Tập thử", DoorPressed(Door.PRACTICE)),
    (idle(), "English", ModePressed(Mode.LANGUAGE)),
    (idle(), "Chữ to", ModePressed(Mode.LARGE)),
    (idle(), "Đậm nét", ModePressed(Mode.CONTRAST)),
    (idle(), "Sách mới", ShelfPressed("")),
    (idle(), "Tri ân thầy cô", ShelfPressed("Tri ân thầy cô")),
    (BROWSE_STATES["search-found"], "D", KeyPressed("d")),
    (BROWSE_STATES["search-found"], "6", KeyPressed("6")),
    (BROWSE_STATES["search-found"], Icon.SPACE, KeyPressed(" ")),
    (BROWSE_STATES["search-found"], Icon.ERASE, ErasePressed()),
    (BROWSE_STATES["search-found"], Icon.BACK, BackPressed()),
    (BROWSE_STATES["search-found"], "Lọc", KindPressed(Kind.GRADE)),
    (BROWSE_STATES["search-found"], "Hoàng tử bé", BookPressed(BOOKS[0].edition_id)),
    (BROWSE_STATES["search-grades"], "Môn", KindPressed(Kind.SUBJECT)),
    (BROWSE_STATES["search-grades"], "7", OptionPressed(Kind.GRADE, OPTIONS[Kind.GRADE][1])),
    (BROWSE_STATES["search-grades"], "Tất cả", OptionPressed(Kind.GRADE, None)),
    (BROWSE_STATES["search-grades"], "Còn sách", ReadyPressed()),
    (BROWSE_STATES["search-wide"], "Gõ chữ", KeysPressed()),
    (BROWSE_STATES["search-none-wide"], "Đề nghị thư viện mua", DoorPressed(Door.WISH)),
    (BROWSE_STATES["shelf-new"], "Quay lại", BackPressed()),
    (BROWSE_STATES["book-out"], "Đặt giữ (cần thẻ)", KeepPressed()),
    (BROWSE_STATES["book-out-visit"], "Đặt giữ cuốn này", KeepPressed()),
    (BROWSE_STATES["number-card"], "STN", PrefixPressed("STN")),
    (BROWSE_STATES["number-card"], "7", KeyPressed("7")),
    (BROWSE_STATES["number-card"], Icon.TICK, EnterPressed()),
    (BROWSE_STATES["wish-typed"], "Gửi đề nghị", EnterPressed()),
    (BROWSE_STATES["help"], "Gọi thủ thư", HelpPressed()),
    (BROWSE_STATES["practice-lent"], "Thôi tập", BackPressed()),
]
"""What is shown, what is touched, what the clerk is told."""


def test_every_touch_says_what_it_means(small: ScreenDriver) -> None:
    """Given each page, when something on it is touched, then the clerk hears it once."""
    for shown, words, event in TOUCHES:
        small.sent.clear()
        small.show(shown)
        small.tap(small.button(words))
        assert small.sent == [event], words


def test_arrows_turn_by_what_is_seen(small: ScreenDriver) -> None:
    """Given more books than fit, when the arrow is touched, then just the unseen ones follow."""
    small.show(BROWSE_STATES["search-wide"])
    shown = [b for b in small.touchables() if type(b).__name__ == "BookCard"]

    small.tap(small.button(Icon.DOWN))

    assert small.sent == [TurnPressed(len(shown))]


@pytest.mark.parametrize("name", ["book-here", "book-long", "book-card"])
def test_only_what_is_out_can_be_kept(small: ScreenDriver, name: str) -> None:
    """Given a book on the shelf, or one that waits for a card, then no button offers to keep it."""
    small.show(BROWSE_STATES[name])

    assert not [text for text in small.texts() if text.startswith("Đặt giữ")]


def test_place_and_copies_are_told(small: ScreenDriver) -> None:
    """Given a book (S11), when it is looked at, then its shelf and "còn n bản" are there."""
    small.show(BROWSE_STATES["book-here"])

    texts = list(small.texts())

    assert "Giá 1, ngăn 1 · Sách thiếu nhi" in texts
    assert "Còn 2 bản" in texts


def test_closed_library_says_until_when(small: ScreenDriver) -> None:
    """Given a holiday (S15), when nobody is here, then why and until when is said."""
    small.show(BROWSE_STATES["idle-holiday"])

    texts = set(small.texts())

    assert {"Nghỉ: Ngày Văn hóa Việt Nam", "Mở lại 07:00, thứ Tư, 25/11", "Trả sách"} <= texts
    assert "Đang đóng cửa" in texts


def test_english_is_one_touch_away(small: ScreenDriver) -> None:
    """Given the idle screen in English, when looked at, then the touch back says Tiếng Việt."""
    small.show(replace(idle(), view=View("en")))

    texts = set(small.texts())

    assert {"Hold your card in the frame to start", "Tiếng Việt", "Find books"} <= texts


def test_shelf_turns_to_its_next_books(screen: ScreenDriver) -> None:
    """Given more new books than the shelf holds, when time passes, then others stand there."""
    from kiosk.widgets.display import TURN_EVERY_TICKS, Display
    from kiosk.widgets.spine import Spine

    screen.resize(720, 1280)
    titles = tuple(replace(BOARD.new_titles[n % 8], title=f"Tập {n}") for n in range(24))
    screen.show(idle(replace(BOARD, new_titles=titles, themes=())))
    before = {(*w.pos, *w.size) for w in screen.widgets() if isinstance(w, Spine)}

    (shelf,) = (w for w in screen.widgets() if isinstance(w, Display))
    for _ in range(TURN_EVERY_TICKS):
        shelf.tick()

    after = {(*w.pos, *w.size) for w in screen.widgets() if isinstance(w, Spine)}
    assert before
    assert after
    assert before != after


def test_messages_follow_each_other(small: ScreenDriver) -> None:
    """Given two messages from the desk, when time passes, then each is said on the idle screen."""
    from kiosk.screens.messages import STANDS_S, Messages

    small.show(idle(replace(BOARD, messages=("Thư viện nghỉ thứ Sáu", "Ngày hội đọc sách 21/4"))))
    (strip,) = (w for w in small.widgets() if isinstance(w, Messages))
    first = list(small.texts())

    for _ in range(STANDS_S * theme.PREVIEW_HZ):
        strip.tick()

    assert any("nghỉ thứ Sáu" in words for words in first)
    assert any("21/4" in words for words in list(small.texts()))
    assert not any("nghỉ thứ Sáu" in words for words in list(small.texts()))


def test_practice_is_said_on_every_screen(small: ScreenDriver) -> None:
    """Given practice (S73), when each state of a visit is shown, then each says TẬP THỬ."""
    for name in ("waiting", "serving-lent", "serving-returned", "finished-one", "out-of-order"):
        small.show(replace(STATES[name], is_practice=True))
        assert "TẬP THỬ" in list(small.texts()), name
        assert harm(small, (800, 480)) == [], name


def test_typing_reaches_a_busy_screen(small: ScreenDriver) -> None:
    """Given a finger on a key, when the page is drawn anew meanwhile, then the letter is typed."""
    from kivy.tests.common import UnitTestTouch

    small.show(BROWSE_STATES["search-found"])
    key = small.button("K")
    touch = UnitTestTouch(*key.center)
    touch.touch_down()
    small.show(BROWSE_STATES["search-one"])
    touch.touch_up()
    small.frames(2)

    assert small.sent == [KeyPressed("k")]
