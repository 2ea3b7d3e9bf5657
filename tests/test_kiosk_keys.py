"""A hand scanner that types into the real window, at any screen, busy or not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from scanner.scan import Scan, Source
from tests.codes import our_codes
from tests.screen_driver import ScreenDriver
from tests.screen_states import STATES, waiting
from tests.window_keys import ENTER, KEYPAD_ENTER, TAB, WindowKeys

SILENT_FRAMES = 20


@pytest.fixture
def keys(screen: ScreenDriver) -> WindowKeys:
    """A keyboard at the screen's window."""
    return WindowKeys()


def codes(screen: ScreenDriver) -> list[str]:
    """What the clerk was sent, each a hand scanner's scan."""
    scans = [event for event in screen.sent if isinstance(event, Scan)]
    assert scans == screen.sent
    assert {(scan.source, scan.symbology) for scan in scans} <= {(Source.WEDGE, None)}
    return [scan.text for scan in scans]


@pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER, TAB])
def test_typed_code_reaches_the_clerk(screen: ScreenDriver, keys: WindowKeys, end: int) -> None:
    """Given a scanner's burst with either Enter or Tab, then the clerk is told once."""
    keys.type("STN.00042")
    keys.press(end)
    screen.frames(SILENT_FRAMES)

    assert codes(screen) == ["STN.00042"]


@pytest.mark.parametrize("state", ["waiting", "serving-lent", "finished-one", "out-of-order"])
def test_every_screen_listens(screen: ScreenDriver, keys: WindowKeys, state: str) -> None:
    """Given any screen, when a card is scanned, then the clerk is told."""
    screen.show(STATES[state])
    keys.type("HS204817")
    keys.press(ENTER)
    screen.frames()

    assert codes(screen) == ["HS204817"]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(our_codes())
def test_any_code_survives_the_window(screen: ScreenDriver, keys: WindowKeys, code: str) -> None:
    """Given any code of ours, capitals and colons with Shift, then its text is whole."""
    screen.sent.clear()
    for character in code:  # about two keys a frame, a slow scanner's pace
        keys.type(character)
        if character in "02468":
            screen.frames()
    keys.press(ENTER)
    screen.frames()

    assert codes(screen) == [code]


def test_code_without_enter_comes_after_silence(screen: ScreenDriver, keys: WindowKeys) -> None:
    """Given a scanner without Enter, when nothing follows, then its code comes, once."""
    keys.type("HS204817")
    screen.frames(5)
    early = codes(screen)
    screen.frames(SILENT_FRAMES)

    assert (early, codes(screen)) == ([], ["HS204817"])


def test_busy_screen_is_no_silence(screen: ScreenDriver, keys: WindowKeys) -> None:
    """Given frames of two seconds within a label, then it is not cut to another book's."""
    keys.type("STN.0004")
    screen.busy(2.0)
    keys.type("2")
    screen.busy(2.0)
    keys.press(ENTER)
    screen.frames(SILENT_FRAMES)

    assert codes(screen) == ["STN.00042"]


def test_fingers_reach_nobody(screen: ScreenDriver, keys: WindowKeys) -> None:
    """Given a card's number typed by hand, key by key, with Enter, then the clerk hears nothing."""
    for character in "HS204817":
        keys.type(character)
        screen.frames(4)
    keys.press(ENTER)
    screen.frames(SILENT_FRAMES)

    assert codes(screen) == []


def test_stopped_screen_listens_no_more(screen: ScreenDriver, keys: WindowKeys) -> None:
    """Given a screen that has ended, when keys are pressed, then nobody is told."""
    screen.app.dispatch("on_stop")
    keys.type("HS204817")
    keys.press(ENTER)
    screen.frames(SILENT_FRAMES)

    assert codes(screen) == []


def test_keys_change_no_screen(screen: ScreenDriver, keys: WindowKeys) -> None:
    """Given the idle screen, when keys of all kinds are pressed, then it says the same."""
    screen.show(waiting())
    before = list(screen.texts())
    keys.type("xin chao")
    for key in (TAB, 27, 0x4000003A):  # Escape and F1, at which Kivy would open its settings
        keys.press(key)
    screen.frames(SILENT_FRAMES)

    assert list(screen.texts()) == before
