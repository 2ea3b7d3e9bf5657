"""The real screens in an invisible window: what fits, what answers, what is left of a reader."""

from __future__ import annotations

import gc
import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from db.outcomes import Refusal, Refused, Returned
from kiosk import theme
from kiosk.events import (
    CameraState,
    DonePressed,
    HelpPressed,
    KioskEvent,
    LoanPressed,
    MoreLoansPressed,
    ReadHerePressed,
    RenewPressed,
    ReturnPressed,
    Shown,
    UndoPressed,
    Wear,
    WearPressed,
)
from kiosk.theme import SMALLEST_TARGET_PX, Colour, Shape, look_at
from kiosk.visit import Serving
from kiosk.widgets.camera import CameraView
from kiosk.window import choose_driver
from kiosk.wording import Language
from scanner.guidance import Hint
from tests.screen_checks import hidden
from tests.screen_driver import ScreenDriver, open_driver
from tests.screen_states import (
    CALM,
    LONG_TITLE,
    STATES,
    TITLES,
    TROUBLED,
    handed_in,
    lent,
    loan,
    number,
    preview,
    pupil,
    serving,
    waiting,
)

SIZES = ((1280, 800), (800, 480), (720, 1280))
DRAWN = ((800, 480), "vi")
"""Where states are drawn with all their movement; elsewhere they are only laid out."""
OTHER_SIZES = ((1024, 600), (1920, 1080), (1280, 720), (480, 800), (640, 480))
DOCS = Path(__file__).parents[1] / "docs" / "screens"
ENGLISH_SAMPLES = {"waiting": (1280, 800), "serving-lent": (1280, 800)}
BELIEVED = {"serving-lent", "waiting-returned", "serving-returned"}
OFFERING = (
    "waiting-undo",
    "serving-question",
    "serving-question-too-early",
    "serving-question-reading",
    "serving-lent-undo",
    "serving-returned-undo",
    "serving-on-loan",
    "serving-reference-only",
    "serving-paused",
)
BLIND = {"waiting-troubled", "out-of-order"}
READABLE = 4.5
"""Contrast of words against their ground (WCAG 2.1, 1.4.3)."""


@pytest.fixture(params=["vi", "en"])
def any_screen(request: pytest.FixtureRequest) -> Iterator[ScreenDriver]:
    """The screen in each language in turn."""
    driver = open_driver(request.param)
    yield driver
    driver.close()


def seen_in(name: str) -> str:
    """What the camera sees in the picture of a state."""
    if name in BELIEVED:
        return "believed"
    if (hint := name.split("-")[1:]) and hint[0] in list(Hint):
        return hint[0]
    return "seen" if "refused" in name or "already" in name else "empty"


def boxes(driver: ScreenDriver) -> Iterator[tuple[Any, float, float, float, float]]:
    """Every widget with a size, and its edges: left, bottom, right, top."""
    for widget in driver.widgets()[1:]:
        if widget.width and widget.height:
            yield widget, widget.x, widget.y, widget.right, widget.top


def assert_fits(driver: ScreenDriver, size: tuple[int, int]) -> None:
    """Nothing with words leaves the window, no text is larger than its place."""
    texts = [entry for entry in boxes(driver) if getattr(entry[0], "text", "")]
    assert texts
    for widget, left, bottom, right, top in texts:
        assert left >= 0, widget.text
        assert bottom >= 0, widget.text
        assert right <= size[0], widget.text
        assert top <= size[1], widget.text
        assert tuple(widget.texture_size) == tuple(widget.size), widget.text


def assert_words_apart(driver: ScreenDriver) -> None:
    """No two texts lie on each other (one letter's height of leading is not a collision)."""
    words = [entry for entry in boxes(driver) if hasattr(entry[0], "full_text")]
    for i, (a, left, bottom, right, top) in enumerate(words):
        slack = 0.2 * a.font_size
        for b, left_b, bottom_b, right_b, top_b in words[i + 1 :]:
            across = min(right, right_b) - max(left, left_b)
            along = min(top, top_b) - max(bottom, bottom_b)
            assert across <= slack or along <= slack, (a.text, b.text)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_state_fits_window(
    any_screen: ScreenDriver, size: tuple[int, int], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Given each size and language, when each state is shown, then all words fit and are drawn."""
    any_screen.resize(*size)
    language = any_screen.language
    keeps = pytestconfig.getoption("--screens")
    is_drawn = keeps or (size, language) == DRAWN
    put = any_screen.show if is_drawn else any_screen.lay_out

    for name, shown in STATES.items():
        any_screen.preview = None if name in BLIND else preview(seen_in(name))
        put(shown)

        assert_fits(any_screen, size)
        assert_words_apart(any_screen)
        assert list(hidden(any_screen)) == [], name
        if keeps and is_kept(name, size, language):
            keep_picture(any_screen, tmp_path, f"{name}-{size[0]}x{size[1]}-{language}")


def is_kept(name: str, size: tuple[int, int], language: Language) -> bool:
    """All Vietnamese pictures are kept, and two English samples."""
    return language == "vi" or ENGLISH_SAMPLES.get(name) == size


def keep_picture(driver: ScreenDriver, folder: Path, name: str) -> None:
    """Save a picture for the docs, small enough for a repository."""
    driver.picture(folder / "full.png")
    DOCS.mkdir(parents=True, exist_ok=True)
    with Image.open(folder / "full.png") as full:
        full.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
            DOCS / f"{name}.png", optimize=True
        )


@pytest.mark.parametrize("size", OTHER_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_other_sizes_fit_too(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given a screen of another size, when the fullest states are shown, then all words fit."""
    screen.resize(*size)

    for name in ("waiting", "waiting-late", "serving-two", "serving-eight", "finished-two-dates"):
        screen.lay_out(STATES[name])

        assert_fits(screen, size)
        assert_words_apart(screen)


@pytest.mark.parametrize("reason", Refusal)
def test_every_refusal_fits(any_screen: ScreenDriver, reason: Refusal) -> None:
    """Given the smallest screen, when the answer is no, then sentence and next step are whole."""
    any_screen.resize(800, 480)

    for shown in (
        waiting(Refused(reason, number(1), 3)),
        serving(pupil(), no=Refused(reason, number(1), 3, "Dế Mèn phiêu lưu ký")),
    ):
        any_screen.lay_out(shown)

        assert_fits(any_screen, (800, 480))
        assert any_screen.shortened() == []


def test_picture_holds_true_pixels(screen: ScreenDriver, tmp_path: Path) -> None:
    """Given a camera picture, when the window is saved, then paper and picture are in it."""
    screen.resize(1280, 800)
    screen.preview = preview("believed")
    screen.show(STATES["serving-lent"])

    screen.picture(tmp_path / "p.png")

    with Image.open(tmp_path / "p.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24) or []}
        assert picture.size == (1280, 800)
    assert tuple(round(255 * share) for share in theme.PAPER[:3]) in colours
    assert (31, 102, 99) in colours  # the cloth of the book held up to the camera


def test_answer_comes_in_fully(screen: ScreenDriver) -> None:
    """Given a new answer, when its movement is over, then nothing on screen is faded."""
    screen.app.show(STATES["serving-lent"])
    screen.frames()
    at_first = min(widget.opacity for widget in screen.widgets())

    screen.frames(8)

    assert at_first < 0.5
    assert min(widget.opacity for widget in screen.widgets()) == 1


def test_only_what_is_new_is_drawn(screen: ScreenDriver) -> None:
    """Given the idle screen, then frames are drawn for each new picture, and for nothing else."""
    drawn: list[object] = []
    screen.preview = preview("empty")
    screen.show(waiting())
    screen.frames(4)
    window = screen.app.root.get_parent_window()
    window.bind(on_draw=drawn.append)
    screen.frames(6)
    idle = len(drawn)
    for n in (1, 2):
        pixels = np.ascontiguousarray(np.roll(screen.preview.pixels, 9, axis=1))
        screen.preview = replace(screen.preview, pixels=pixels, number=n)
        screen.frames(4)
    window.unbind(on_draw=drawn.append)

    assert idle == 0
    assert len(drawn) == 2


def test_believed_code_is_said(screen: ScreenDriver) -> None:
    """Given a code in the picture, when it comes to be believed, then the words change."""
    screen.show(waiting())
    said = []
    for sight in ("empty", "seen", "believed"):
        screen.preview = preview(sight)
        screen.frames(4)
        said.append([t for t in screen.texts() if t in ("Giữ yên một giây", "Đã đọc được mã")])

    assert said == [[], ["Giữ yên một giây"], ["Đã đọc được mã"]]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_hint_fits_the_picture(any_screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given each size and language, when each hint is shown, then it is whole, on the picture."""
    any_screen.resize(*size)

    for hint in Hint:
        for state in (waiting(), STATES["serving-eight"]):
            any_screen.preview = preview(hint)
            any_screen.lay_out(state)

            said = any_screen.wording.say(f"hint.{hint}")
            assert said in list(any_screen.texts())
            assert said not in any_screen.shortened()
            assert_fits(any_screen, size)
            assert_words_apart(any_screen)


def test_two_codes_are_told_over_a_seen_one(screen: ScreenDriver) -> None:
    """Given two codes are read at once, when shown, then one at a time is asked for."""
    screen.preview = replace(preview("seen"), hint=Hint.TWO)
    screen.show(waiting())
    screen.frames(3)

    assert "Chỉ đưa một mã mỗi lần" in list(screen.texts())
    assert "Giữ yên một giây" not in list(screen.texts())


def test_believed_code_needs_no_hint(screen: ScreenDriver) -> None:
    """Given a hint that is about to leave, when a code is believed, then only that is said."""
    screen.preview = replace(preview("believed"), hint=Hint.DARK)
    screen.show(waiting())
    screen.frames(3)

    assert "Đã đọc được mã" in list(screen.texts())
    assert "Hơi tối, quay mã ra chỗ sáng" not in list(screen.texts())


def test_lost_preview_says_why(screen: ScreenDriver) -> None:
    """Given a camera that was lost, when waiting, then picture and status line both say so."""
    screen.resize(1280, 800)
    screen.show(STATES["waiting-troubled"])

    texts = list(screen.texts())

    assert len([text for text in texts if text.startswith("Camera chưa hoạt động")]) == 2
    assert any("Mất mạng" in text for text in texts)


def test_lost_hand_scanner_is_told(any_screen: ScreenDriver) -> None:
    """Given a lost hand scanner, when waiting, then the line says so and the camera invites."""
    any_screen.resize(800, 480)
    any_screen.show(STATES["waiting-hand-scanner"])

    texts = list(any_screen.texts())

    assert any_screen.wording.say("status.scanner") in texts
    assert any_screen.wording.say("home.prompt") in texts


@pytest.mark.parametrize("notice", [None, handed_in(0)], ids=["idle", "answered"])
def test_lost_camera_invites_nobody(screen: ScreenDriver, notice: Returned | None) -> None:
    """Given a lost camera, when waiting, then nothing is asked to be held up to it."""
    screen.show(waiting(notice, status=TROUBLED))

    texts = list(screen.texts())

    assert "Mời gặp thủ thư" in texts
    assert not [text for text in texts if "vào khung" in text or "Camera chỉ đọc mã" in text]


@pytest.mark.parametrize("notice", [None, handed_in(0)], ids=["idle", "answered"])
def test_station_without_camera_asks_to_scan(
    any_screen: ScreenDriver, notice: Returned | None
) -> None:
    """Given a hand scanner only, when waiting, then there is no picture and no lost camera."""
    say = any_screen.wording.say
    for size in SIZES:
        any_screen.resize(*size)
        any_screen.lay_out(waiting(notice, status=replace(CALM, camera=CameraState.NONE)))
        assert_fits(any_screen, size)
        assert_words_apart(any_screen)

    texts = set(any_screen.texts())

    assert {say("camera.none"), say("home.prompt.scanner")} <= texts
    unsaid = ("home.prompt", "camera.starting", "camera.lost", "camera.privacy", "status.camera")
    assert not texts & {say(key) for key in unsaid}
    assert not any(isinstance(widget, CameraView) for widget in any_screen.widgets())


def test_returned_copies_leave_the_list(screen: ScreenDriver) -> None:
    """Given a copy lent, another returned, when listed, then only what is held stands there."""
    screen.show(serving(pupil(loan(2, 4), loan(3, 5)), handed_in(3), lent(0)))

    texts = list(screen.texts())

    assert [text for text in texts if text.endswith("2/3 cuốn")]
    assert TITLES[2] in texts
    assert TITLES[0] in texts
    assert TITLES[3] not in texts


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (serving(pupil()), "Đưa từng cuốn một"),
        (serving(pupil(), lent(0)), "Đưa tiếp cuốn khác hoặc bấm Xong"),
        (serving(pupil(), no=Refused(Refusal.ON_LOAN)), "Đưa tiếp cuốn khác hoặc bấm Xong"),
        (serving(pupil(loan(1, 9), loan(2, 9)), lent(0)), "Bấm Xong để kết thúc"),
        (serving(pupil(), no=Refused(Refusal.TOO_MANY_LOANS, "", 3)), "Bấm Xong để kết thúc"),
    ],
    ids=["first", "more", "refused", "full", "too-many"],
)
def test_prompt_knows_what_comes_next(screen: ScreenDriver, shown: Shown, said: str) -> None:
    """Given a visit, when more can or cannot be borrowed, then the prompt says what to do."""
    screen.show(shown)

    assert said in list(screen.texts())


def test_nothing_borrowed_speaks_of_no_due_date(screen: ScreenDriver) -> None:
    """Given no slip, when nothing was borrowed, then no due date is to be remembered."""
    said = {}
    for name in ("finished-unprinted", "finished-returned-unprinted"):
        screen.show(STATES[name])
        said[name] = [text for text in screen.texts() if "hạn trả" in text]

    assert said["finished-unprinted"] == ["Sách đã ghi mượn, em nhớ hạn trả nhé"]
    assert said["finished-returned-unprinted"] == []


def test_copy_nobody_had_is_received(screen: ScreenDriver) -> None:
    """Given a copy nobody had, when it is handed in, then it is received and not "returned"."""
    screen.show(STATES["waiting-not-on-loan"])

    texts = list(screen.texts())

    assert "Đã nhận sách" in texts
    assert "Đã trả" not in texts


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_offers_are_whole(any_screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given each size, when something may be touched about an answer, then all can be read."""
    any_screen.resize(*size)

    for name in OFFERING:
        any_screen.lay_out(STATES[name])

        assert any_screen.shortened() == [], name
        assert all(min(w.width, w.height) >= SMALLEST_TARGET_PX for w in any_screen.touchables()), (
            name
        )


@pytest.mark.parametrize(
    ("state", "word", "sent"),
    [
        ("serving-lent-undo", "Bỏ cuốn này", UndoPressed()),
        ("waiting-undo", "Bỏ cuốn này", UndoPressed()),
        ("waiting-undo", "Bị rách", WearPressed(Wear.TORN)),
        ("serving-returned-undo", "Bị bẩn", WearPressed(Wear.DIRTY)),
        ("serving-question", "Gia hạn", RenewPressed(number(3))),
        ("serving-question", "Trả cuốn này", ReturnPressed(number(3))),
        ("serving-on-loan", "Trả hộ", ReturnPressed(number(3))),
        ("serving-reference-only", "Đọc tại chỗ", ReadHerePressed(number(3))),
        ("serving-greeting", "Gọi thủ thư", HelpPressed()),
        ("serving-greeting", "Đất rừng phương Nam", LoanPressed(number(3))),
        ("serving-ten", "và 5 cuốn nữa", MoreLoansPressed()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_offered_is_sent(
    screen: ScreenDriver, state: str, word: str, sent: KioskEvent
) -> None:
    """Given something on offer, when it is touched, then the clerk is told just that."""
    screen.resize(1280, 800)
    screen.show(STATES[state])

    screen.tap(screen.button(word))

    assert screen.sent == [sent]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_ten_loans_are_all_reachable(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given ten loans, when the list is turned again and again, then each comes, overdue first."""
    screen.resize(*size)
    ten = STATES["serving-ten"]
    assert isinstance(ten.visit, Serving)
    seen: list[str] = []
    for turned in range(6):
        screen.lay_out(replace(ten, visit=replace(ten.visit, turned=turned)))
        for touchable in screen.touchables():
            screen.sent.clear()
            screen.touch(touchable)
            seen += [event.accession for event in screen.sent if isinstance(event, LoanPressed)]

    assert list(dict.fromkeys(seen))[:2] == [number(0), number(1)]
    assert set(seen) == {number(n) for n in range(10)}


def test_undo_drains_and_goes(screen: ScreenDriver) -> None:
    """Given 5 of 8 s left to undo, when it is over, then the button is gone and nothing else."""
    shown = STATES["serving-lent-undo"]
    screen.show(shown)
    levels = [bar.level_share() for bar in screen.countdown_bars()]
    screen.show(replace(shown, undo_until=None, undo_s=0.0))

    assert pytest.approx(5 / 8, abs=0.01) in levels
    assert "Bỏ cuốn này" not in list(screen.texts())
    assert "Đã mượn" in list(screen.texts())


def test_friends_book_names_and_blames_nobody(screen: ScreenDriver) -> None:
    """Given a friend's late book handed in, when shown, then thanks and nothing of how late."""
    screen.show(STATES["serving-helped"])

    texts = list(screen.texts())

    assert "Đã trả hộ" in texts
    assert not [text for text in texts if "muộn" in text]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_answers_to_returns_are_whole(any_screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given each size, when a copy comes back late or from nobody, then all of it can be read."""
    any_screen.resize(*size)

    for name in ("waiting-late", "waiting-not-on-loan"):
        any_screen.lay_out(STATES[name])

        assert any_screen.shortened() == []


def test_small_farewell_keeps_titles_whole(screen: ScreenDriver) -> None:
    """Given the small screen, when two titles share a day, then both are whole in two lines."""
    screen.resize(800, 480)

    screen.show(STATES["finished-unprinted"])

    assert screen.shortened() == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_targets_are_large_enough(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given each size, when a visit runs, then buttons are high, and Done higher still."""
    screen.resize(*size)
    screen.show(STATES["serving-already-yours"])

    targets = screen.touchables()

    assert len(targets) == 5  # two loans, the answer's own, the librarian, Done
    assert all(min(w.width, w.height) >= SMALLEST_TARGET_PX for w in targets)
    assert screen.button("Xong").height >= 88


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_tap_on_done_is_sent(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given a visit, when Xong is touched, then the clerk is told once."""
    screen.resize(*size)
    screen.show(STATES["serving-lent"])

    screen.tap(screen.button("Xong"))

    assert screen.sent == [DonePressed()]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_tap_on_return_is_sent(screen: ScreenDriver, size: tuple[int, int]) -> None:
    """Given a copy that is theirs already, when "return this one" is touched, then it is sent."""
    screen.resize(*size)
    screen.show(STATES["serving-already-yours"])

    screen.tap(screen.button("Trả cuốn này"))

    assert screen.sent == [ReturnPressed(number(0))]


def test_finger_may_slip_off(screen: ScreenDriver) -> None:
    """Given a finger on Xong, when it is lifted elsewhere, then nothing is sent."""
    screen.show(STATES["serving-lent"])

    screen.tap(screen.button("Xong"), lift_at=(5, 5))

    assert screen.sent == []


def test_touch_outlasts_a_new_drawing(screen: ScreenDriver) -> None:
    """Given a finger on Xong, when the screen is drawn anew beneath it, then it is still sent."""
    from kivy.tests.common import UnitTestTouch

    lent = STATES["serving-lent"]
    screen.show(lent)
    touch = UnitTestTouch(*screen.button("Xong").center)
    touch.touch_down()
    screen.show(replace(lent, status=replace(lent.status, waiting_events=3)))
    gc.collect()

    touch.touch_up()

    assert screen.sent == [DonePressed()]


def test_nothing_of_reader_remains(screen: ScreenDriver) -> None:
    """Given a visit and its farewell, when waiting again, then no widget knows name or titles."""
    from kiosk.widgets.text import Text  # only now: it imports Kivy, which reads its orders

    screen.show(STATES["serving-lent"])
    screen.show(STATES["finished-one"])
    screen.show(waiting())
    screen.frames(4)
    gc.collect()

    kept = [
        w.full_text
        for w in gc.get_objects()
        if type(w) is Text and ("An" in w.full_text or "Dế Mèn" in w.full_text)
    ]

    assert kept == []


def test_names_are_given_names_only(screen: ScreenDriver) -> None:
    """Given a pupil with family and middle names, when served, then only the last is shown."""
    screen.show(STATES["serving-lent"])

    texts = list(screen.texts())

    assert "Chào An, lớp 6A" in texts
    assert not [text for text in texts if "Nguyễn" in text or "HS204817" in text]


def test_show_from_another_thread(screen: ScreenDriver) -> None:
    """Given the clerk's thread, when it shows states, then the newest is drawn."""

    def clerk() -> None:
        for state in ("serving-lent", "finished-one", "out-of-order"):
            screen.app.show(STATES[state])

    thread = threading.Thread(target=clerk)
    thread.start()
    thread.join()
    screen.frames(2)

    assert "Máy gặp sự cố" in list(screen.texts())


def test_recorder_sees_every_state(screen: ScreenDriver) -> None:
    """Given a recorder, when states come faster than frames, then each is drawn and reported."""
    drawn: list[tuple[Shown, list[str]]] = []
    screen.app.on_drawn = lambda shown: drawn.append((shown, list(screen.texts())))
    states = [STATES["serving-greeting"], STATES["serving-lent"], STATES["finished-one"], waiting()]

    for shown in states:
        screen.app.show(shown)
    screen.frames(8)

    assert states == [shown for shown, _ in drawn]
    assert "Em đã mượn 1 cuốn" in drawn[2][1]


def test_same_state_is_reported_again(screen: ScreenDriver) -> None:
    """Given a recorder, when the same state is shown twice, then it is reported twice."""
    drawn: list[Shown] = []
    screen.app.on_drawn = drawn.append

    for _ in range(2):
        screen.show(STATES["serving-lent"])

    assert [STATES["serving-lent"]] * 2 == drawn


def test_countdown_drains_and_speaks(screen: ScreenDriver) -> None:
    """Given twelve seconds left, when seven pass, then five are said and the bar is shorter."""
    screen.show(STATES["serving-lent"])
    (bar,) = screen.countdown_bars()
    level = bar.level_share()
    said_early = [text for text in screen.texts() if text.startswith("Còn 5 giây")]

    screen.monotonic_s += 7
    screen.frames(4)

    assert said_early == []
    assert "Còn 5 giây" in list(screen.texts())
    assert level == pytest.approx(12 / 20, abs=0.01)
    assert bar.level_share() == pytest.approx(5 / 20, abs=0.01)


def test_more_time_keeps_the_screen(screen: ScreenDriver) -> None:
    """Given a visit on screen, when only its end moves, then nothing is drawn anew but the time."""
    screen.show(STATES["serving-lent"])
    button = screen.button("Xong")
    visit = STATES["serving-lent"]

    screen.show(Shown(visit.visit, visit.status, 118.0, 20.0))

    assert screen.button("Xong") is button
    assert [b.level_share() for b in screen.countdown_bars()] == [pytest.approx(18 / 20, abs=0.01)]


def test_long_names_end_in_ellipsis(screen: ScreenDriver) -> None:
    """Given a title and a name of 90 characters, when shown, then they are shortened, not cut."""
    name = "Nguyễn " + "Kh" * 42
    for size in SIZES:
        screen.resize(*size)
        screen.lay_out(serving(pupil(loan(3, 5, LONG_TITLE), name=name), lent(0, LONG_TITLE)))

        assert_fits(screen, size)
        assert LONG_TITLE in screen.shortened()


def test_eight_acts_are_condensed(screen: ScreenDriver) -> None:
    """Given ten copies, when there is no room for all, then the rest is counted."""
    screen.resize(800, 480)

    screen.show(STATES["serving-eight"])

    assert [text for text in screen.texts() if text.startswith("và ")]


def test_look_follows_shape() -> None:
    """Given common panels, when looked at, then each has its layout and stays readable."""
    looks = {size: look_at(*size) for size in ((1280, 800), (800, 480), (720, 1280), (1024, 600))}

    shapes = [look.shape for look in looks.values()]

    assert shapes == [Shape.WIDE, Shape.COMPACT, Shape.TALL, Shape.COMPACT]
    assert looks[1024, 600].scale == pytest.approx(1.25)
    assert look_at(480, 800).small.size_px == theme.SMALLEST_TYPE_PX


def test_neighbours_on_the_shelf_differ() -> None:
    """Given the titles of the idle screen's shelf, when side by side, then colours differ."""
    from kiosk.widgets.shelf import SHELF_TITLES  # only now: it imports Kivy

    cloths = [theme.cloth_of(title) for title in SHELF_TITLES]

    assert not [pair for pair in itertools.pairwise(cloths) if pair[0] == pair[1]]


def test_words_have_contrast() -> None:
    """Given each pair of word and ground, when compared, then contrast is at least 4.5 to 1."""
    tones = (theme.YES, theme.LOOK, theme.NO, theme.CALM)
    pairs = [(theme.INK, ground) for ground in (theme.PAPER, theme.CARD, theme.SAND)]
    pairs += [(theme.INK_SOFT, ground) for ground in (theme.PAPER, theme.CARD)]
    pairs += [(theme.ON_TEAL, theme.TEAL), (theme.ON_TEAL, theme.TEAL_DEEP)]
    for tone in tones:
        grounds = (tone.ground, theme.CARD, theme.PAPER, theme.SAND)
        pairs += [(tone.ink, ground) for ground in grounds]
        pairs += [(theme.CARD, tone.solid), (theme.INK, tone.ground)]
    pairs += [(cloth.lettering, cloth.cover) for cloth in theme.CLOTHS]

    assert [pair for pair in pairs if contrast(*pair) < READABLE] == []


def contrast(one: Colour, other: Colour) -> float:
    """Contrast of two colours (WCAG 2.1)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_driver_is_never_invisible_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Linux with and without a display, when not headless, then a real driver is named."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    with_display = choose_driver(headless=False)
    monkeypatch.delenv("DISPLAY")

    assert (with_display, choose_driver(headless=False)) == ("x11", "kmsdrm")
