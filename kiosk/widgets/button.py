"""Things to touch. A button acts when the finger is lifted on it, and shows the press at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kivy.graphics import SmoothRoundedRectangle
from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import CARD, LINE, ON_TEAL, SAND, TEAL, TEAL_DEEP, TEAL_TINT, Colour, Look, Style
from kiosk.widgets.box import Box
from kiosk.widgets.countdown import Countdown, CountdownBar
from kiosk.widgets.paint import paint, seen
from kiosk.widgets.panel import draw_shadow
from kiosk.widgets.text import Sign, Text, place

if TYPE_CHECKING:
    from kivy.input import MotionEvent

HURRY_S = 8
"""The seconds are said in words only when so few are left; before that they only hurry."""
_GONE = (*ON_TEAL[:3], 0.28)
"""Colour of the time that has gone, on a button."""


class Touchable(Widget):
    """A rounded surface that answers one touch."""

    def __init__(
        self,
        box: Box,
        look: Look,
        ground: Colour,
        pressed: Colour,
        act: Callable[[], None],
        *,
        lifted_px: float = 8,
        edge: Colour | None = None,
        radius_px: float | None = None,
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            look: Sizes.
            ground: Its colour.
            pressed: Its colour under a finger.
            act: What a touch does.
            lifted_px: How far above the page it seems to lie; 0 for not at all.
            edge: Colour of a hairline around it, in place of a shadow.
            radius_px: Of its corners, where they are not a button's.
        """
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        self.box = box
        self._act, self._ground, self._pressed = act, seen(ground), seen(pressed)
        radius = look.radius_px if radius_px is None else radius_px
        inner = box.inset(1.5) if edge else box
        with self.canvas:
            if edge:
                paint(edge)
                SmoothRoundedRectangle(pos=box.pos, size=box.size, radius=[radius])
            elif lifted_px:
                draw_shadow(box, look.px(lifted_px))
            self._fill = paint(ground)
            SmoothRoundedRectangle(pos=inner.pos, size=inner.size, radius=[radius])

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Take the touch and show it."""
        if not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        touch.ud["pressed"] = self  # a grab keeps no widget that is taken down under the finger
        self._fill.rgba = self._pressed
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """Act if the finger is still on the button."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._fill.rgba = self._ground
        if self.collide_point(*touch.pos):
            self._act()
        return True


class WordButton(Touchable):
    """A word with its icon, to touch."""

    def __init__(
        self,
        box: Box,
        look: Look,
        icon: Icon,
        words: str,
        act: Callable[[], None],
        *,
        is_quiet: bool = False,
        countdown: Countdown | None = None,
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            look: Sizes.
            icon: Its sign.
            words: What it says.
            act: What a touch does.
            is_quiet: Whether it stands back behind another button.
            countdown: How long it is on offer; shown as a bar at its foot.
        """
        ground, pressed, ink = (CARD, TEAL_TINT, TEAL) if is_quiet else (TEAL, TEAL_DEEP, ON_TEAL)
        super().__init__(box, look, ground, pressed, act, edge=LINE if is_quiet else None)
        face = box.inset(look.px(8, compact=5), 0)
        if countdown is not None:
            bar_px = look.px(6, compact=5)
            foot, face = face.inset(0, look.px(10, compact=7)).cut_bottom(bar_px)
            foot = foot.inset(look.px(16, compact=12), 0)
            track = LINE if is_quiet else _GONE
            self.add_widget(CountdownBar(foot, countdown, ink, track))
        for style in (look.heading, look.label, look.small):
            widgets = labelled(icon, words, style, ink, face)
            if widgets[1].text == words:
                break
        for widget in widgets:
            self.add_widget(widget)


class QuietButton(Touchable):
    """A word with its icon on a light ground: one way among several."""

    def __init__(
        self, box: Box, look: Look, icon: Icon, words: str, act: Callable[[], None]
    ) -> None:
        super().__init__(box, look, CARD, SAND, act)
        inner = box.inset(look.px(12, compact=6), 0)
        for widget in labelled(icon, words, look.label, TEAL, inner):
            self.add_widget(widget)


class IconButton(Touchable):
    """An icon that needs no word, such as an arrow."""

    def __init__(self, box: Box, look: Look, icon: Icon, act: Callable[[], None]) -> None:
        super().__init__(box, look, CARD, SAND, act)
        size_px = min(box.width, box.height) * 0.5
        self.add_widget(place(Sign(icon, min(size_px, look.px(40, compact=30)), TEAL), box))


class TileButton(Touchable):
    """An icon above its word, as one of a row; the main one is filled, one that is on tinted."""

    def __init__(
        self,
        box: Box,
        look: Look,
        icon: Icon,
        words: str,
        act: Callable[[], None],
        *,
        main: bool = False,
        is_on: bool = False,
    ) -> None:
        ground, pressed = (TEAL, TEAL_DEEP) if main or is_on else (CARD, SAND)
        ink = ON_TEAL if main or is_on else TEAL
        super().__init__(box, look, ground, pressed, act)
        inner = box.inset(look.px(6, compact=3), look.px(6, compact=3))
        word, face = inner.cut_bottom(inner.height * 0.46)
        text = Text(words, look.small, ink, word.width, align="center", shrink=True)
        self.add_widget(place(Sign(icon, min(face.height, look.px(30, compact=24)), ink), face))
        self.add_widget(place(text, word))


class DoneButton(Touchable):
    """The button that ends a visit; a bar along its foot says how much time is left."""

    def __init__(
        self,
        box: Box,
        look: Look,
        words: str,
        hurry: Callable[[int], str],
        countdown: Countdown,
        act: Callable[[], None],
    ) -> None:
        """Draw it.

        Args:
            box: Where.
            look: Sizes.
            words: What it says.
            hurry: Says how many seconds are left.
            countdown: The time that is left.
            act: What a touch does.
        """
        super().__init__(box, look, TEAL, TEAL_DEEP, act)
        self._look, self._hurry, self._countdown = look, hurry, countdown
        self._seconds: Text | None = None
        foot, face = box.inset(look.px(28), look.px(14)).cut_bottom(look.px(6))
        self._below, _ = face.cut_bottom(face.height * 0.36)
        self._words = labelled(Icon.TICK, words, look.title, ON_TEAL, face)
        for widget in (*self._words, CountdownBar(foot, countdown, ON_TEAL, _GONE)):
            self.add_widget(widget)
        self.tick()

    def tick(self) -> None:
        """Say how much time is left, once there is little."""
        seconds = self._countdown.seconds()
        wanted = self._hurry(seconds) if seconds <= HURRY_S and self._countdown.runs else ""
        if wanted != (self._seconds.full_text if self._seconds else ""):
            self._say(wanted)

    def _say(self, words: str) -> None:
        """Put the seconds below the word, which makes room for them."""
        rise = round(self.box.height * 0.12)
        if self._seconds:
            self.remove_widget(self._seconds)
            self._lift(-rise)
            self._seconds = None
        if words:
            self._seconds = Text(
                words, self._look.small, ON_TEAL, self._below.width, align="center"
            )
            self.add_widget(place(self._seconds, self._below))
            self._lift(rise)

    def _lift(self, by_px: float) -> None:
        for widget in self._words:
            widget.y += by_px


def labelled(icon: Icon, words: str, style: Style, ink: Colour, box: Box) -> list[Widget]:
    """An icon and a word beside it, in the middle of `box`."""
    sign = Sign(icon, style.size_px * 1.2, ink)
    gap = style.size_px * 0.45
    text = Text(words, style, ink, box.width - sign.width - gap, shrink=True)
    middle = box.centred(sign.width + gap + text.width, box.height)
    return [place(sign, middle, "left"), place(text, middle, "right")]
