"""The PIN of a staff card: dots, never digits, and how long to wait after too many wrong ones."""

from __future__ import annotations

from kivy.graphics import SmoothEllipse
from kivy.uix.widget import Widget

from db.clock import SCHOOL_ZONE
from db.pins import LONGEST_PIN, SHORTEST_PIN
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import bar, columns, message
from kiosk.staff import AsReader, DigitErased, DigitTyped, LeftMode, PinEntered, PinPad, PinTrouble
from kiosk.theme import CALM, INK, LINE, NO, TEAL
from kiosk.widgets.box import Box
from kiosk.widgets.keypad import keypad
from kiosk.widgets.paint import paint
from kiosk.widgets.plates import PlainButton
from kiosk.widgets.text import Phrase, stack


def pin_pad(scene: Scene, state: PinPad) -> list[Widget]:
    """Draw the pad."""
    look, say, send = scene.look, scene.wording.say, scene.send
    widgets, rest = bar(scene, say("staff.pin.title"), "", None, LeftMode())
    words, pad = columns(scene, rest, 0.42)
    borrow, words = words.cut_bottom(look.touch_px(76, compact=64), look.px(16, compact=8))
    hello = say("hello.staff", name=state.staff.given_name)
    lower, upper = words.cut_bottom(words.height * 0.45, look.px(12, compact=6))
    dots, greeting = upper.cut_bottom(look.px(56, compact=34), look.px(8, compact=4))
    keys = keypad(
        pad,
        look,
        lambda digit: send(DigitTyped(digit)),
        lambda: send(DigitErased()),
        lambda: send(PinEntered()),
    )
    return [
        *widgets,
        *stack([Phrase(hello, look.title, INK, lines=2, shrink=True)], greeting),
        _Dots(dots, len(state.typed)),
        *_trouble(scene, state, lower),
        PlainButton(borrow, look, Icon.BOOK, say("staff.pin.borrow"), lambda: send(AsReader())),
        *keys,
    ]


def _trouble(scene: Scene, state: PinPad, box: Box) -> list[Widget]:
    say = scene.wording.say
    box, _ = box.cut_top(min(box.height, scene.look.px(128, compact=76)))
    match state.trouble:
        case PinTrouble.WRONG:
            return message(scene, box, NO, Icon.NO, say("staff.pin.wrong"))
        case PinTrouble.LOCKED if state.locked_until is not None:
            at = f"{state.locked_until.astimezone(SCHOOL_ZONE):%H:%M:%S}"
            return message(scene, box, NO, Icon.LOCK, say("staff.pin.locked", time=at))
    return message(scene, box, CALM, Icon.KEY, say("staff.pin.prompt"))


class _Dots(Widget):
    """As many full dots as digits were typed."""

    def __init__(self, box: Box, typed: int) -> None:
        super().__init__(pos=box.pos, size=box.size, size_hint=(None, None))
        side = min(box.height * 0.5, box.width / (2 * LONGEST_PIN))
        with self.canvas:
            for place in range(max(SHORTEST_PIN, typed)):
                paint(TEAL if place < typed else LINE)
                at = (box.x + place * side * 1.8, box.y + (box.height - side) / 2)
                SmoothEllipse(pos=at, size=(side, side))
