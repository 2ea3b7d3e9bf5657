"""What the librarian lets every reader know, one message after another, above the idle screen."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import INK, LOOK, PREVIEW_HZ, Look
from kiosk.widgets.box import Box
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Phrase, stack

STANDS_S = 8
"""How long a message stands before the next one comes: a hundred characters are read in it."""
_LINES_PX = 3.4
"""Height of the strip as a multiple of its letters: two lines, since a message may have 120."""


def messages(scene: Scene) -> tuple[list[Widget], Box]:
    """The strip across the screen and the room below it; where nothing is said, all of it."""
    said = scene.board.messages if scene.board is not None else ()
    if not said:
        return [], scene.box
    strip, rest = scene.box.cut_top(scene.look.small.size_px * _LINES_PX)
    return [Messages(strip, scene.look, said)], rest


class Messages(Widget):
    """The strip; a tick of the screen's clock may bring the next message."""

    def __init__(self, box: Box, look: Look, said: Sequence[str]) -> None:
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        self._said, self._look = said, look
        self._words_box = box.inset(look.margin_px, look.px(4, compact=2))
        self._ticks = 0
        self._words: list[Widget] = []
        self.add_widget(Panel(box, LOOK.ground, 0))
        self._say(said[0])

    def tick(self) -> None:
        """Let the next message come when this one has stood long enough."""
        self._ticks += 1
        turns, rest = divmod(self._ticks, STANDS_S * PREVIEW_HZ)
        if not rest and len(self._said) > 1:
            self._say(self._said[turns % len(self._said)])

    def _say(self, message: str) -> None:
        for widget in self._words:
            self.remove_widget(widget)
        phrase = Phrase(message, self._look.small, INK, lines=2, icon=Icon.CALL, shrink=True)
        self._words = stack([phrase], self._words_box)
        for widget in self._words:
            self.add_widget(widget)
