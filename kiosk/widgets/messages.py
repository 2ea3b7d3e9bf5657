"""What the librarian lets every reader know, one message after another, on the idle screen."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.theme import INK, LOOK, Look
from kiosk.widgets.box import Box
from kiosk.widgets.panel import Panel
from kiosk.widgets.text import Phrase, stack

TURN_EVERY_TICKS = 120
"""How long a message stands before the next one comes: 8 s of the screen's ticks."""


def messages_px(look: Look) -> float:
    """How high the strip is: two lines of small letters, since a message has up to 120."""
    return look.small.size_px * 3.4


class Messages(Widget):
    """A strip across the screen."""

    def __init__(self, box: Box, look: Look, messages: Sequence[str]) -> None:
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        self._messages, self._look = messages, look
        self._words_box = box.inset(look.margin_px, look.px(4, compact=2))
        self._ticks = 0
        self._words: list[Widget] = []
        self.add_widget(Panel(box, LOOK.ground, 0))
        self._say(messages[0])

    def tick(self) -> None:
        """Let the next message come when this one has stood long enough."""
        self._ticks += 1
        turns, rest = divmod(self._ticks, TURN_EVERY_TICKS)
        if not rest and len(self._messages) > 1:
            self._say(self._messages[turns % len(self._messages)])

    def _say(self, message: str) -> None:
        for widget in self._words:
            self.remove_widget(widget)
        phrase = Phrase(message, self._look.small, INK, lines=2, icon=Icon.CALL, shrink=True)
        self._words = stack([phrase], self._words_box)
        for widget in self._words:
            self.add_widget(widget)
