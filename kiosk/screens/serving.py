"""A reader is being served: the last act large, what they hold, and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from db.outcomes import OpenLoan, Refusal
from kiosk.answers import Answer, answer_to
from kiosk.events import DonePressed, ReturnPressed
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, YES, Look, Shape
from kiosk.visit import Serving
from kiosk.widgets.answer_card import answer_card
from kiosk.widgets.book_card import BookEntry, book_list
from kiosk.widgets.box import Box
from kiosk.widgets.button import DoneButton
from kiosk.widgets.camera import FRAME_ASPECT
from kiosk.widgets.panel import Group
from kiosk.widgets.shelf import Slots
from kiosk.widgets.text import Phrase, line, stack
from kiosk.wording import is_staff

LARGEST_ROW_OF_PLACES = 5
"""Readers who may hold more than this are not shown their empty places."""

DONE_PX = 88
"""The button that ends a visit is never lower."""


@dataclass(frozen=True, slots=True)
class _Areas:
    """Where the parts of the screen stand."""

    greeting: Box
    answer: Box
    books: Box
    camera: Box
    prompt: Box
    shelf: Box | None
    done: Box


def serving(scene: Scene, visit: Serving) -> list[Widget]:
    """Draw a visit."""
    look = scene.look
    entries = list(_entries(scene, visit))
    areas = (_tall if look.shape is Shape.TALL else _side_by_side)(scene, len(entries))
    staff = is_staff(visit.patron)
    prompt = scene.wording.say(_prompt(scene, visit))
    return [
        line(scene.wording.greeting(visit.patron), look.title, INK, areas.greeting),
        _answer(scene, visit, areas.answer, staff=staff),
        *_books(scene, visit, entries, areas.books, staff=staff),
        scene.camera(areas.camera),
        *stack([Phrase(prompt, look.heading, INK, lines=3, shrink=True)], areas.prompt, "center"),
        *_shelf(visit, areas.shelf, look),
        _done(scene, areas.done),
    ]


def _prompt(scene: Scene, visit: Serving) -> str:
    """The key of what to do next: go on only where going on can be answered with yes."""
    most = visit.patron.max_loans
    is_full = 0 < most <= len(visit.held)
    refused = visit.notice is not None and visit.notice.reason is Refusal.TOO_MANY_LOANS
    if scene.is_blind or refused:
        return "serve.enough"
    if not visit.acts and visit.notice is None:
        return "serve.first.how"
    return "serve.enough" if is_full else "serve.more"


def _side_by_side(scene: Scene, rows: int) -> _Areas:
    look = scene.look
    small = look.is_compact
    inner = scene.box.inset(look.margin_px, look.px(36, compact=16))
    right, left = inner.cut_right(inner.width * (0.33 if small else 0.37), look.px(44, compact=20))
    greeting, left = left.cut_top(look.px(60, compact=40), look.px(16, compact=8))
    answer, books = _share_out(left, look, rows)
    camera, right = right.cut_top(right.width / FRAME_ASPECT)
    done, right = right.cut_bottom(max(DONE_PX, look.px(112, compact=88)))
    prompt, right = right.cut_top(right.height if small else look.px(124))
    shelf, _ = right.inset(0, look.px(28)).cut_bottom(min(look.px(190), right.height))
    return _Areas(greeting, answer, books, camera, prompt, None if small else shelf, done)


def _tall(scene: Scene, rows: int) -> _Areas:
    look = scene.look
    inner = scene.box.inset(look.margin_px, look.px(36))
    greeting, rest = inner.cut_top(look.px(60), look.px(16))
    done, rest = rest.cut_bottom(max(DONE_PX, look.px(112)), look.px(28))
    row, rest = rest.cut_bottom(look.px(256), look.px(28))
    answer, books = _share_out(rest, look, rows)
    camera, prompt = row.cut_left(row.height * FRAME_ASPECT, look.px(24))
    return _Areas(greeting, answer, books, camera, prompt, None, done)


def _share_out(box: Box, look: Look, rows: int) -> tuple[Box, Box]:
    """Give the list what its rows need and the answer the rest, within limits."""
    gap = look.px(28, compact=10)
    least, most, heading, row = (132, 180, 32, 66) if look.is_compact else (236, 340, 48, 106)
    most = 430 if look.shape is Shape.TALL else most
    wanted = box.height - gap - look.px(heading) - rows * look.px(row)
    return box.cut_top(min(look.px(most), max(look.px(least), wanted)), gap)


def _answer(scene: Scene, visit: Serving, box: Box, *, staff: bool) -> Group:
    """The answer to the last thing held up; before the first one, what to do."""
    wording = scene.wording
    last = visit.notice or (visit.acts[-1] if visit.acts else None)
    if last is None:
        answer = Answer(CALM, Icon.BOOK, "", wording.say("serve.first"))
        return answer_card(answer, box, scene.look)
    answer = answer_to(last, wording, staff=staff)
    returnable = answer.returnable
    button = None
    if returnable is not None:
        button = (wording.say("serve.return"), lambda: scene.send(ReturnPressed(returnable)))
    card = answer_card(answer, box, scene.look, button)
    if scene.is_new:
        card.appear(scene.look.px(20))
    return card


def _books(
    scene: Scene, visit: Serving, entries: Sequence[BookEntry], box: Box, *, staff: bool
) -> list[Widget]:
    look, say = scene.look, scene.wording.say
    heading, rest = box.cut_top(look.px(36, compact=26), look.px(12, compact=6))
    if not entries:
        return [line(say("serve.empty", staff=staff), look.body, INK_SOFT, heading)]
    held, most = len(visit.held), visit.patron.max_loans
    count = say("serve.count.most", n=held, most=most) if most else say("serve.count", n=held)
    return [
        line(say("serve.mine", staff=staff), look.heading, INK, heading),
        line(count, look.label, INK_SOFT, heading, "right"),
        *book_list(entries, rest, look, lambda n: say("serve.rest", n=n)),
    ]


def _shelf(visit: Serving, box: Box | None, look: Look) -> list[Widget]:
    """The reader's own shelf, where there is room for it."""
    if box is None:
        return []
    most = visit.patron.max_loans
    places = most if most <= LARGEST_ROW_OF_PLACES else 0
    titles = [loan.title for loan in visit.held]
    return [Slots(box, titles, places, look.px(12))] if titles or places else []


def _entries(scene: Scene, visit: Serving) -> Iterator[BookEntry]:
    """What the reader holds: this visit's, newest first, then the others, soonest due first."""
    held = {loan.accession: loan for loan in visit.held}
    for act in reversed(visit.acts):
        loan = held.pop(act.accession, None)
        if loan is not None:
            lent = scene.wording.say("serve.lent")
            yield BookEntry(loan.title, _due(scene, loan), YES, Icon.TICK, lent)
    for loan in held.values():
        yield _held(scene, visit, loan)


def _held(scene: Scene, visit: Serving, loan: OpenLoan) -> BookEntry:
    wording, today = scene.wording, visit.patron.today
    days = (loan.due - today).days
    tone, icon = (
        (NO, Icon.NO) if days < 0 else (LOOK, Icon.LOOK) if days <= 1 else (CALM, Icon.CLOCK)
    )
    return BookEntry(loan.title, _due(scene, loan), tone, icon, wording.days_left(loan.due, today))


def _due(scene: Scene, loan: OpenLoan) -> str:
    return scene.wording.say("due.day", day=scene.wording.day(loan.due))


def _done(scene: Scene, box: Box) -> DoneButton:
    say = scene.wording.say
    return DoneButton(
        box,
        scene.look,
        say("serve.done"),
        lambda n: say("serve.closing", n=n),
        scene.countdown,
        lambda: scene.send(DonePressed()),
    )
