"""What is wrong with a drawn screen: words that do not fit, touch or contrast, fingers too big."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

from kiosk import icons
from kiosk.theme import BOLD, ICONS, REGULAR, SEMIBOLD, SMALLEST_TARGET_PX
from printer import fonts
from tests.screen_driver import ScreenDriver

Pixels = NDArray[np.uint8]
_FILES = {
    REGULAR: fonts.REGULAR,
    SEMIBOLD: fonts.SEMIBOLD,
    BOLD: fonts.BOLD,
    ICONS: icons.FONT,
}


def harm(driver: ScreenDriver, size: tuple[int, int]) -> list[str]:
    """Everything that is wrong with where words and targets stand, in words; nothing is best."""
    words = [w for w in driver.widgets()[1:] if getattr(w, "text", "")]
    found = [f"outside: {w.text!r}" for w in words if not _is_inside(w, size)]
    found += [f"cut: {w.text!r}" for w in words if tuple(w.texture_size) != tuple(w.size)]
    found += [f"overlap: {a!r} and {b!r}" for a, b in _overlaps(words)]
    found += [f"behind a button: {text!r}" for text in hidden(driver)]
    found += [f"leaves its button: {text!r}" for text in _leaving(driver)]
    found += [f"small target: {words}" for words in _small(driver)]
    found += [f"no glyph {sign!r} in {w.text!r}" for w in words for sign in _missing(w)]
    return found


def hidden(driver: ScreenDriver) -> Iterator[str]:
    """Words of the page that something to touch lies on."""
    buttons = driver.touchables()
    on_buttons = {widget for button in buttons for widget in button.walk(restrict=True)}
    words = [w for w in driver.widgets() if getattr(w, "text", "") and w not in on_buttons]
    for widget in words:
        slack = 0.2 * widget.font_size
        for button in buttons:
            across = min(widget.right, button.right) - max(widget.x, button.x)
            along = min(widget.top, button.top) - max(widget.y, button.y)
            if across > slack and along > slack:
                yield widget.text


def faint(driver: ScreenDriver, least: float) -> list[str]:
    """The words whose contrast with what is drawn behind them is below `least` to 1."""
    picture = driver.pixels()
    found = []
    for widget in driver.widgets()[1:]:
        if not getattr(widget, "full_text", ""):
            continue
        left, low = int(widget.x), int(widget.y)
        patch = picture[low : low + int(widget.height), left : left + int(widget.width)]
        measured = _seen_contrast(tuple(widget.color[:3]), patch)
        if measured < least:
            found.append(f"{measured:.1f}: {widget.text!r}")
    return found


def _is_inside(widget: Any, size: tuple[int, int]) -> bool:
    fits = widget.x >= 0 and widget.y >= 0
    return bool(fits and widget.right <= size[0] and widget.top <= size[1])


def _overlaps(words: list[Any]) -> Iterator[tuple[str, str]]:
    """Pairs that lie on each other; one letter's height of leading is not a collision."""
    texts = [w for w in words if hasattr(w, "full_text")]
    for i, a in enumerate(texts):
        slack = 0.2 * a.font_size
        for b in texts[i + 1 :]:
            across = min(a.right, b.right) - max(a.x, b.x)
            along = min(a.top, b.top) - max(a.y, b.y)
            if across > slack and along > slack:
                yield a.text, b.text


def _leaving(driver: ScreenDriver) -> Iterator[str]:
    """Words that stick out of the thing that is touched."""
    for button in driver.touchables():
        for widget in button.walk(restrict=True):
            if getattr(widget, "full_text", ""):
                slack = 0.16 * widget.font_size
                across = widget.x < button.x or widget.right > button.right
                if across or widget.y < button.y - slack or widget.top > button.top + slack:
                    yield widget.text


def _small(driver: ScreenDriver) -> Iterator[str]:
    for button in driver.touchables():
        if min(button.width, button.height) < SMALLEST_TARGET_PX:
            said = [w.text for w in button.walk(restrict=True) if getattr(w, "text", "")]
            yield f"{said} {button.width:.0f} x {button.height:.0f}"


def _missing(widget: Any) -> set[str]:
    signs = set(widget.text) - {"\n"}
    return {sign for sign in signs if ord(sign) not in _glyphs(widget.font_name)}


@lru_cache
def _glyphs(font: str) -> frozenset[int]:
    return frozenset(TTFont(_FILES[font]).getBestCmap())


def _seen_contrast(ink: tuple[float, ...], patch: Pixels) -> float:
    """Contrast of a colour with the most frequent one behind it."""
    red, green, blue = (patch[..., i].astype(np.int32).ravel() >> 3 for i in range(3))
    most = int(np.bincount(red << 10 | green << 5 | blue).argmax())
    ground = tuple(((most >> shift & 31) * 8 + 4) / 255 for shift in (10, 5, 0))
    return contrast(ink, ground)


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Contrast of two colours, from 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one[:3]), _luminance(other[:3])))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
