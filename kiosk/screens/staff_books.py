"""One copy as the librarian sees it, and a shelf compared with the records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.uix.widget import Widget

from db.helping import ShelfFound, ShelfLine
from db.outcomes import LostReported, Refused, Returned
from db.states import CopyState, Damage
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import (
    choosing,
    columns,
    doing,
    frame,
    heading,
    hint,
    message,
    panel,
)
from kiosk.staff import CopyPage, Deed, ShelfPage
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, SMALLEST_TARGET_PX, YES, Shape, Tone
from kiosk.widgets.book_line import BookLine
from kiosk.widgets.box import Box
from kiosk.widgets.button import WordButton
from kiosk.widgets.manifest import manifest
from kiosk.widgets.plates import PlainButton, Tile
from kiosk.widgets.spine import Spine
from kiosk.widgets.text import Phrase, line, stack


def copy_page(scene: Scene, state: CopyPage) -> list[Widget]:
    """Draw one copy: what is known on the left, what can be noted on the right."""
    look, say, copy = scene.look, scene.wording.say, state.copy
    widgets, rest = frame(scene, state, say("staff.copy.title", number=copy.accession))
    left, right = columns(scene, rest, 0.5)
    ground, inner = panel(scene, left)
    mark, words = inner.cut_left(
        min(inner.width * 0.22, inner.height * 0.36), look.px(28, compact=14)
    )
    facts = [Phrase(copy.title, look.title, INK, lines=3, shrink=True)]
    gap = look.px(14, compact=6)
    for icon, sentence in _facts(scene, state):
        facts.append(Phrase(sentence, look.label, INK_SOFT, lines=2, icon=icon, gap_px=gap))
    return [
        *widgets,
        ground,
        Spine(mark.centred(mark.width, min(mark.height, mark.width * 2.8)), copy.title),
        *stack(facts, words),
        *(_damages(scene, right) if state.is_damage_asked else _deeds(scene, state, right)),
    ]


def _facts(scene: Scene, state: CopyPage) -> list[tuple[Icon, str]]:
    say, copy = scene.wording.say, state.copy
    facts = [(Icon.BOOK, say(f"staff.state.{copy.state}"))]
    if copy.place:
        facts.append((Icon.HERE, say("staff.copy.place", place=copy.place)))
    if copy.holder is not None and copy.due is not None:
        holder = f"{copy.holder.name} {copy.holder.homeroom}".strip()
        facts.append((Icon.PEOPLE, say("staff.copy.holder", who=holder)))
        facts.append((Icon.CALENDAR, say("due.day", day=scene.wording.day(copy.due))))
    return facts


def _deeds(scene: Scene, state: CopyPage, box: Box) -> list[Widget]:
    look, say, copy = scene.look, scene.wording.say, state.copy
    gap = look.px(16, compact=8)
    said, box = box.cut_top(look.px(130, compact=76), gap)
    deeds: list[tuple[Icon, str, Deed]] = []
    if copy.holder is not None or copy.state in (CopyState.LOST, CopyState.DAMAGED):
        found = copy.holder is None
        word = "staff.copy.found" if found else "staff.copy.return"
        deeds.append((Icon.FOUND if found else Icon.RETURN, word, Deed.TAKE_BACK))
    if copy.state in (CopyState.AVAILABLE, CopyState.DAMAGED):
        deeds.append((Icon.LOST, "staff.copy.lost", Deed.LOST))
    if copy.state is CopyState.AVAILABLE:
        deeds.append((Icon.DAMAGED, "staff.copy.damaged", Deed.DAMAGED))
    height = max(SMALLEST_TARGET_PX, min(look.px(104, compact=68), (box.height - 2 * gap) / 3))
    widgets = _copy_said(scene, state, said)
    for icon, word, deed in deeds:
        cell, box = box.cut_top(height, gap)
        widgets.append(Tile(cell, look, icon, say(word), doing(scene, deed)))
    return widgets


def _copy_said(scene: Scene, state: CopyPage, box: Box) -> list[Widget]:
    say = scene.wording.say
    match state.outcome:
        case Returned(to_desk=to_desk):
            words = say("staff.help.desk") if to_desk else ""
            return message(scene, box, YES, Icon.TICK, say("serve.returned"), words)
        case LostReported(search_until=until):
            day = say("staff.copy.search", day=scene.wording.day(until))
            return message(scene, box, LOOK, Icon.LOST, say("staff.copy.lost.noted"), day)
        case Refused() as refused:
            why, next_step = scene.wording.refusal(refused, staff=True)
            return message(scene, box, NO, Icon.NO, why, next_step)
    return hint(scene, box, Icon.SCAN, say("staff.copy.next"))


def _damages(scene: Scene, box: Box) -> list[Widget]:
    """How bad it is, in one touch."""
    look, say = scene.look, scene.wording.say
    ground, inner = panel(scene, box)
    title, inner = heading(scene, inner, say("staff.copy.how-bad"))
    gap = look.px(14, compact=8)
    widgets: list[Widget] = [ground, title]
    for damage in Damage:
        row, inner = inner.cut_top(look.touch_px(92, compact=68), gap)
        words = say(f"staff.damage.{damage}")
        widgets.append(PlainButton(row, look, Icon.DAMAGED, words, choosing(scene, damage.value)))
    return widgets


def shelf(scene: Scene, state: ShelfPage) -> list[Widget]:
    """Draw a shelf check while it goes on, or what it has found."""
    if state.is_done and state.found is not None:
        return _shelf_found(scene, state, state.found)
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.shelf.title"))
    left, right = columns(scene, rest, 0.42 if look.shape is Shape.TALL else 0.54)
    done, right = right.cut_bottom(look.touch_px(104, compact=72), look.px(16, compact=8))
    said, right = right.cut_bottom(look.px(124, compact=76), look.px(16, compact=8))
    strip, rows = left.cut_top(look.px(36, compact=26), look.px(12, compact=6))
    count = say("staff.shelf.count", n=len(state.scanned))
    button = WordButton(
        done, look, Icon.LIST, say("staff.shelf.compare"), doing(scene, Deed.COMPARE)
    )
    return [
        *widgets,
        line(count if state.scanned else say("staff.shelf.first"), look.heading, INK, strip),
        *manifest(_trouble_so_far(scene, state.found), rows, look, _more(scene)),
        scene.camera(right),
        *_shelf_said(scene, state, said),
        *([button] if state.found else []),
    ]


def _shelf_said(scene: Scene, state: ShelfPage, box: Box) -> list[Widget]:
    say, found = scene.wording.say, state.found
    if state.notice is not None:
        why, next_step = scene.wording.refusal(state.notice, staff=True)
        return message(scene, box, NO, Icon.NO, why, next_step)
    if found is None:
        return hint(scene, box, Icon.SCAN, say("staff.shelf.how"))
    if not found.place:
        return message(scene, box, CALM, Icon.SHELF, say("staff.shelf.nowhere"))
    return message(scene, box, CALM, Icon.SHELF, found.place, say("staff.shelf.here"))


def _trouble_so_far(scene: Scene, found: ShelfFound | None) -> list[BookLine]:
    if found is None:
        return []
    say = scene.wording.say
    odd = _entries(found.odd, NO, Icon.NO, say("staff.shelf.odd"))
    wrong = _entries(found.misplaced, LOOK, Icon.LOOK, say("staff.shelf.misplaced"))
    return [*odd, *wrong]


def _shelf_found(scene: Scene, state: ShelfPage, found: ShelfFound) -> list[Widget]:
    look, say = scene.look, scene.wording.say
    title = say("staff.shelf.of", place=found.place) if found.place else say("staff.shelf.title")
    widgets, rest = frame(scene, state, title)
    strip, rest = rest.cut_top(look.px(88, compact=56), look.px(16, compact=8))
    figures = (
        ("right", found.right, YES.ink),
        ("missing", len(found.missing), NO.ink),
        ("misplaced", len(found.misplaced), LOOK.ink),
        ("odd", len(found.odd), NO.ink),
    )
    for (name, count, ink), cell in zip(figures, strip.grid(4, strip.height, 8), strict=True):
        words = [
            Phrase(str(count), look.title, ink if count else INK_SOFT, shrink=True),
            Phrase(say(f"staff.shelf.{name}"), look.small, INK_SOFT, shrink=True),
        ]
        widgets += stack(words, cell, "center")
    missing = _entries(found.missing, NO, Icon.LOST, say("staff.shelf.missing"))
    entries = [*missing, *_trouble_so_far(scene, found)]
    if not entries:
        box, _ = rest.cut_top(look.px(130, compact=80))
        return [*widgets, *message(scene, box, YES, Icon.TICK, say("staff.shelf.all-right"))]
    return [*widgets, *manifest(entries, rest, look, _more(scene))]


def _more(scene: Scene) -> Callable[[int], str]:
    return lambda n: scene.wording.say("serve.rest", n=n)


def _entries(lines: Sequence[ShelfLine], tone: Tone, icon: Icon, word: str) -> list[BookLine]:
    return [
        BookLine(
            one.title, " · ".join(p for p in (one.accession, one.place) if p), tone, icon, word
        )
        for one in lines
    ]
