"""What all pages of the librarian's mode share: a dark bar with the way back and the way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.rooms import RoomEvent
from kiosk.screens.scene import Scene
from kiosk.staff import Asked, Chosen, Deed, LeftMode, Listed, StaffPage, WentBack
from kiosk.theme import (
    CALM,
    CARD,
    ON_TEAL,
    SMALLEST_TARGET_PX,
    TEAL,
    TEAL_DEEP,
    TEAL_TINT,
    Shape,
    Tone,
)
from kiosk.widgets.answer_card import badge
from kiosk.widgets.box import Box
from kiosk.widgets.button import Touchable, labelled
from kiosk.widgets.countdown import CountdownBar
from kiosk.widgets.panel import Panel, tinted
from kiosk.widgets.plates import RowButton, turning
from kiosk.widgets.text import Phrase, line, place, stack
from kiosk.widgets.text import Sign as IconSign

_GONE = (*ON_TEAL[:3], 0.28)


def frame(
    scene: Scene, page: StaffPage, title: str, *, is_home: bool = False
) -> tuple[list[Widget], Box]:
    """Draw the bar of a page; returns it and the room below."""
    role = scene.wording.say(
        f"staff.role.{page.session.staff.role}", name=page.session.staff.given_name
    )
    back = None if is_home else WentBack()
    return bar(scene, title, role, back, LeftMode())


def bar(
    scene: Scene, title: str, aside: str, back: RoomEvent | None, leave: RoomEvent
) -> tuple[list[Widget], Box]:
    """Draw a bar with the way back on its left and the way out on its right."""
    look = scene.look
    height = max(SMALLEST_TARGET_PX + 16, look.px(96, compact=80))
    strip, rest = scene.box.cut_top(height)
    ground = Panel(Box(strip.x, strip.y, strip.width, strip.height), TEAL_DEEP, 0.01)
    foot, inner = strip.inset(look.margin_px, 0).cut_bottom(look.px(5, compact=4))
    inner = inner.inset(0, (inner.height - look.touch_px(68, compact=64)) / 2)
    widgets: list[Widget] = [ground, CountdownBar(foot, scene.countdown, ON_TEAL, _GONE)]
    out, inner = inner.cut_right(look.px(168, compact=116), look.px(20, compact=10))
    widgets.append(_BarButton(out, scene, Icon.LEAVE, scene.wording.say("staff.leave"), leave))
    if back is not None:
        to_back, inner = inner.cut_left(look.px(84, compact=72), look.px(20, compact=10))
        widgets.append(_BarButton(to_back, scene, Icon.BACK, "", back))
    phrases = [Phrase(title, look.heading, ON_TEAL, shrink=True)]
    if aside:
        phrases.append(Phrase(aside, look.small, TEAL_TINT))
    return [*widgets, *stack(phrases, inner)], rest.inset(look.margin_px, look.px(28, compact=12))


class _BarButton(Touchable):
    """A button on the dark bar."""

    def __init__(self, box: Box, scene: Scene, icon: Icon, words: str, event: RoomEvent) -> None:
        super().__init__(box, scene.look, TEAL, TEAL_DEEP, lambda: scene.send(event))
        if words:
            for widget in labelled(icon, words, scene.look.label, ON_TEAL, box.inset(8, 0)):
                self.add_widget(widget)
        else:
            self.add_widget(place(IconSign(icon, scene.look.heading.size_px * 1.2, ON_TEAL), box))


def message(
    scene: Scene, box: Box, tone: Tone, icon: Icon, headline: str, detail: str = ""
) -> list[Widget]:
    """A sentence with its badge in a tinted panel: what became of the last thing."""
    look = scene.look
    inner = box.inset(look.px(18, compact=10), look.px(10, compact=6))
    side = min(inner.height, look.px(64, compact=40))
    mark, words = inner.cut_left(side, look.px(16, compact=10))
    phrases = [Phrase(headline, look.heading, tone.ink, lines=2, shrink=True)]
    if detail:
        phrases.append(Phrase(detail, look.small, tone.ink, lines=2))
    return [
        tinted(box, tone, look.radius_px),
        *badge(mark, icon, tone),
        *stack(phrases, words),
    ]


def hint(scene: Scene, box: Box, icon: Icon, words: str) -> list[Widget]:
    """A quiet line that says what may be held up."""
    phrase = Phrase(words, scene.look.label, CALM.ink, lines=2, icon=icon, shrink=True)
    return stack([phrase], box)


def listed(
    scene: Scene, box: Box, lines: Sequence[tuple[str, str, str]], page: int, across: int = 0
) -> list[Widget]:
    """Lines to touch, as many as fit, and what turns their pages.

    Args:
        scene: What it is drawn for.
        box: Where.
        lines: Key, words and a small word below them, each.
        page: Which part is shown, from 0.
        across: Columns; 0 for as many as the screen's shape has.
    """
    look = scene.look
    across = across or (1 if look.shape is Shape.TALL else 2)
    foot, room = box.cut_bottom(look.touch_px(68, compact=64), look.px(12, compact=8))
    cells = box.grid(across, look.touch_px(88, compact=64), look.px(12, compact=8))
    if len(lines) > len(cells):
        cells = room.grid(across, look.touch_px(88, compact=64), look.px(12, compact=8))
    pages = max(1, -(-len(lines) // max(1, len(cells))))
    page = min(page, pages - 1)
    here = lines[page * len(cells) : (page + 1) * len(cells)]
    buttons: list[Widget] = [
        RowButton(cell, look, words, choosing(scene, key), detail)
        for (key, words, detail), cell in zip(here, cells, strict=False)
    ]
    turn = turning(
        foot,
        look,
        page,
        pages,
        lambda n, of: scene.wording.say("staff.pages", n=n, of=of),
        lambda to: scene.send(Listed(to)),
    )
    return [*buttons, *turn]


def choosing(scene: Scene, key: str) -> Callable[[], None]:
    """What touching a line, a class or a reason does."""
    return lambda: scene.send(Chosen(key))


def doing(scene: Scene, deed: Deed) -> Callable[[], None]:
    """What touching a page's button does."""
    return lambda: scene.send(Asked(deed))


def columns(scene: Scene, box: Box, share: float = 0.5) -> tuple[Box, Box]:
    """Two halves: side by side, or one below the other on a tall screen."""
    look = scene.look
    gap = look.px(32, compact=14)
    if look.shape is Shape.TALL:
        return box.cut_top(box.height * share, gap)
    return box.cut_left(box.width * share, gap)


def panel(scene: Scene, box: Box) -> tuple[Panel, Box]:
    """A quiet surface and the room in it."""
    look = scene.look
    return Panel(box, CARD, look.radius_px, lifted_px=look.px(6)), box.inset(
        look.px(24, compact=14), look.px(18, compact=10)
    )


def heading(scene: Scene, box: Box, words: str) -> tuple[Widget, Box]:
    """A heading and the room below it."""
    look = scene.look
    strip, rest = box.cut_top(look.px(36, compact=24), look.px(10, compact=4))
    return line(words, look.heading, TEAL, strip), rest
