"""The pad of digits: every key types at once, and is large enough for a finger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk.icons import Icon
from kiosk.theme import SMALLEST_TARGET_PX, look_at
from kiosk.widgets.box import Box
from tests.screen_driver import ScreenDriver


def put_keypad(
    screen: ScreenDriver, box: Box, enter: Callable[[], None] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Put a pad on the screen; give its keys by what stands on them, and what is typed."""
    from kiosk.widgets.keypad import keypad  # only now: it imports Kivy

    typed: list[str] = []
    keys = keypad(box, look_at(800, 480), typed.append, lambda: typed.append("erase"), enter)
    for key in keys:
        screen.app.root.add_widget(key)
    screen.frames(2)
    return {key.children[0].text: key for key in keys}, typed


def test_every_key_types_its_sign(screen: ScreenDriver) -> None:
    """Given a pad with enter, when each key is touched, then each does what stands on it."""
    ended: list[bool] = []
    keys, typed = put_keypad(screen, Box(20, 20, 400, 400), lambda: ended.append(True))

    for face in (*"1234567890", Icon.ERASE, Icon.TICK):
        screen.tap(keys[face])

    assert [*"1234567890", "erase"] == typed
    assert ended == [True]


def test_key_types_before_the_finger_lifts(screen: ScreenDriver) -> None:
    """Given a finger on a key, when it slips off before it is lifted, then the digit was typed."""
    keys, typed = put_keypad(screen, Box(20, 20, 400, 400))

    screen.tap(keys["7"], lift_at=(790, 470))

    assert typed == ["7"]


@pytest.mark.parametrize("width", [224, 300, 640])
def test_smallest_pad_fits_fingers(screen: ScreenDriver, width: int) -> None:
    """Given the least room or more, when a pad is drawn, then its keys are large and apart."""
    from kiosk.widgets.keypad import smallest_keypad_px

    box = Box(10, 10, max(width, smallest_keypad_px()[0]), smallest_keypad_px()[1])

    keys = list(put_keypad(screen, box)[0].values())

    assert len(keys) == 11
    assert all(min(key.width, key.height) >= SMALLEST_TARGET_PX for key in keys)
    assert all(box.holds(key.box) for key in keys)
    assert not [(a, b) for a in keys for b in keys if a is not b and a.collide_widget(b)]
