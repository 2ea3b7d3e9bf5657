"""A textbook set at the station: its titles tick themselves off as its books are held up."""

from __future__ import annotations

from kivy.uix.widget import Widget

from db.outcomes import CheckedOut, PatronKnown, Refusal, Refused, Returned
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import columns, doing, frame, listed, message
from kiosk.staff import Deed, SetPage
from kiosk.theme import CALM, INK, LOOK, NO, YES, Shape
from kiosk.widgets.book_line import BookLine
from kiosk.widgets.box import Box
from kiosk.widgets.manifest import manifest
from kiosk.widgets.plates import PlainButton
from kiosk.widgets.text import line


def textbook_set(scene: Scene, state: SetPage) -> list[Widget]:
    """Draw the list on the left, what was just held up and the way round on the right."""
    look, say = scene.look, scene.wording.say
    title = say("staff.set.back" if state.is_return else "staff.set.out")
    widgets, rest = frame(scene, state, title)
    left, right = columns(scene, rest, 0.46 if look.shape is Shape.TALL else 0.56)
    strip, rows = left.cut_top(look.px(52, compact=32), look.px(12, compact=6))
    turn, right = right.cut_bottom(look.touch_px(96, compact=68), look.px(16, compact=8))
    said, right = right.cut_bottom(look.px(136, compact=92), look.px(16, compact=8))
    other = say("staff.set.out" if state.is_return else "staff.set.back")
    icon = Icon.BOOK if state.is_return else Icon.RETURN
    return [
        *widgets,
        line(_headline(scene, state), look.heading, INK, strip),
        *_titles(scene, state, rows),
        scene.camera(right),
        *_said(scene, state, said),
        PlainButton(turn, look, icon, other, doing(scene, Deed.TURN_SET)),
    ]


def _headline(scene: Scene, state: SetPage) -> str:
    """Whose set it is, and how far; never more of a name than the given one."""
    say = scene.wording.say
    if state.patron is None:
        return say("staff.set.first")
    who = _who(state.patron)
    if state.bundle is None:
        return say("staff.set.which" if state.choices else "staff.set.none", who=who)
    bundle = state.bundle
    return say("staff.set.count", who=who, n=bundle.held, of=len(bundle.lines))


def _who(patron: PatronKnown) -> str:
    return " ".join(part for part in (patron.given_name, patron.homeroom) if part)


def _titles(scene: Scene, state: SetPage, box: Box) -> list[Widget]:
    if state.bundle is None:
        return listed(
            scene,
            box,
            [(str(one.template_id), one.name, "") for one in state.choices],
            state.page,
            across=1,
        )
    say = scene.wording.say
    missing_first = sorted(state.bundle.lines, key=lambda one: one.accession is not None)
    entries = [
        BookLine(one.title, "", CALM, Icon.CLOCK, say("staff.set.missing"))
        if one.accession is None
        else BookLine(one.title, one.accession, YES, Icon.TICK, say("staff.set.held"))
        for one in missing_first
    ]
    return manifest(entries, box, scene.look, lambda n: say("serve.rest", n=n))


def _said(scene: Scene, state: SetPage, box: Box) -> list[Widget]:
    """What became of the last book; of a set that is whole, that it is."""
    say, bundle = scene.wording.say, state.bundle
    match state.outcome:
        case Refused(reason=Refusal.HAS_SET) if bundle is not None:
            return message(scene, box, LOOK, Icon.LOOK, say("staff.set.not-wanted"))
        case Refused() as refused:
            why, next_step = scene.wording.refusal(refused, staff=True)
            return message(scene, box, NO, Icon.NO, why, next_step)
        case CheckedOut(title=title):
            is_whole = bundle is not None and bundle.held == len(bundle.lines)
            word = say("staff.set.whole" if is_whole else "staff.set.held")
            return message(scene, box, YES, Icon.TICK, title, word)
        case Returned(title=title):
            return message(scene, box, YES, Icon.TICK, title, say("serve.returned"))
    return message(scene, box, CALM, Icon.SCAN, say(f"staff.set.how.{_way(state)}"))


def _way(state: SetPage) -> str:
    if state.is_return:
        return "back"
    if state.patron is None:
        return "card"
    return "which" if len(state.choices) > 1 else "out"
