"""A reader is being served: the last act large, what they hold, and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from db.outcomes import OpenLoan, Refusal, Renewed
from db.states import LoanKind
from kiosk.answers import Answer, answer_in
from kiosk.events import DonePressed, HelpPressed, LoanPressed, MoreLoansPressed
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, SMALLEST_TARGET_PX, YES, Look, Shape, Tone
from kiosk.visit import Act, Serving
from kiosk.widgets.answer_card import answer_card
from kiosk.widgets.book_card import BookEntry, Turning, book_list
from kiosk.widgets.box import Box
from kiosk.widgets.button import DoneButton, WordButton
from kiosk.widgets.camera import FRAME_ASPECT
from kiosk.widgets.panel import Group
from kiosk.widgets.shelf import Slots
from kiosk.widgets.text import Phrase, Text, line, place, stack
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
    help: Box
    done: Box


def serving(scene: Scene, visit: Serving) -> list[Widget]:
    """Draw a visit."""
    look = scene.look
    entries = list(_entries(scene, visit))
    answer = answer_in(
        visit, scene.wording, can_undo=scene.undo.runs, asks_wear=scene.status.asks_wear
    )
    lay_out = _tall if look.shape is Shape.TALL else _side_by_side
    areas = lay_out(scene, len(entries), has_offers=bool(answer.offers))
    staff = is_staff(visit.patron)
    prompt = scene.wording.say(_prompt(scene, visit))
    return [
        line(scene.wording.greeting(visit.patron), look.title, INK, areas.greeting),
        _answer(scene, visit, answer, areas.answer),
        *_books(scene, visit, entries, areas.books, staff=staff),
        scene.camera(areas.camera),
        *stack([Phrase(prompt, look.heading, INK, lines=3, shrink=True)], areas.prompt, "center"),
        *_shelf(visit, areas.shelf, look),
        _help(scene, areas.help),
        _done(scene, areas.done),
    ]


def _prompt(scene: Scene, visit: Serving) -> str:
    """The key of what to do next: go on only where going on can be answered with yes."""
    most = visit.patron.max_loans
    is_full = 0 < most <= visit.taken_home
    refused = getattr(visit.notice, "reason", None) is Refusal.TOO_MANY_LOANS
    if visit.question is not None:
        return "serve.choose"
    if scene.is_blind or refused:
        return "serve.enough"
    if not visit.acts and visit.notice is None:
        return "serve.first.how"
    return "serve.enough" if is_full else "serve.more"


def _side_by_side(scene: Scene, rows: int, *, has_offers: bool) -> _Areas:
    look = scene.look
    small = look.is_compact
    inner = scene.box.inset(look.margin_px, look.px(36, compact=14))
    right, left = inner.cut_right(inner.width * (0.33 if small else 0.37), look.px(44, compact=20))
    greeting, left = left.cut_top(look.px(64, compact=36), look.px(16, compact=8))
    answer, books = _share_out(left, look, rows, has_offers=has_offers)
    camera, right = right.cut_top(right.width / FRAME_ASPECT)
    done, right = right.cut_bottom(max(DONE_PX, look.px(112, compact=88)), look.px(20, compact=8))
    if small:
        help_, prompt = right.cut_bottom(SMALLEST_TARGET_PX, 2)
        return _Areas(greeting, answer, books, camera, prompt, None, help_, done)
    help_, greeting = greeting.cut_right(look.px(236), look.px(20))
    prompt, right = right.cut_top(look.px(104))
    shelf, _ = right.inset(0, look.px(16)).cut_bottom(min(look.px(190), right.height))
    return _Areas(greeting, answer, books, camera, prompt, shelf, help_, done)


def _tall(scene: Scene, rows: int, *, has_offers: bool) -> _Areas:
    look = scene.look
    inner = scene.box.inset(look.margin_px, look.px(36))
    greeting, rest = inner.cut_top(look.px(64), look.px(16))
    done, rest = rest.cut_bottom(max(DONE_PX, look.px(112)), look.px(28))
    row, rest = rest.cut_bottom(look.px(256), look.px(28))
    answer, books = _share_out(rest, look, rows, has_offers=has_offers)
    camera, beside = row.cut_left(row.height * FRAME_ASPECT * 0.82, look.px(24))
    camera, _ = camera.cut_top(camera.width / FRAME_ASPECT)
    help_, prompt = beside.cut_bottom(look.touch_px(72), look.px(12))
    return _Areas(greeting, answer, books, camera, prompt, None, help_, done)


def _share_out(box: Box, look: Look, rows: int, *, has_offers: bool) -> tuple[Box, Box]:
    """Give the list what its rows need and the answer the rest, within limits."""
    gap = look.px(28, compact=10)
    least, most, heading, row = (132, 232, 30, 70) if look.is_compact else (300, 360, 48, 106)
    if look.is_compact and has_offers:  # buttons below the words, and two lines of the list
        least, rows = 200, min(rows, 2)
    most = 430 if look.shape is Shape.TALL else most
    wanted = box.height - gap - look.px(heading) - rows * look.px(row)
    return box.cut_top(min(look.px(most), max(look.px(least), wanted)), gap)


def _answer(scene: Scene, visit: Serving, answer: Answer, box: Box) -> Group:
    """The answer to the last thing held up; before the first one, what to do."""
    card = answer_card(answer, box, scene.look, scene.send, scene.undo)
    if scene.is_new and (visit.acts or visit.notice or visit.question):
        card.appear(scene.look.px(20))
    return card


def _books(
    scene: Scene, visit: Serving, entries: Sequence[BookEntry], box: Box, *, staff: bool
) -> list[Widget]:
    look, say = scene.look, scene.wording.say
    heading, rest = box.cut_top(look.px(36, compact=24), look.px(12, compact=4))
    if not entries:
        return [line(say("serve.empty", staff=staff), look.body, INK_SOFT, heading)]
    held, most = visit.taken_home, visit.patron.max_loans
    count = say("serve.count.most", n=held, most=most) if most else say("serve.count", n=held)
    turning = Turning(
        visit.turned, lambda n: say("serve.rest", n=n), lambda: scene.send(MoreLoansPressed())
    )
    mine = line(say("serve.mine", staff=staff), look.heading, INK, heading)
    _, beside = heading.cut_left(mine.width, look.px(20, compact=12))
    return [
        mine,
        _beside(f"{say('serve.touch')} · {count}", count, beside, look),
        *book_list(entries, rest, look, turning),
    ]


def _beside(words: str, fewer: str, box: Box, look: Look) -> Widget:
    """What a touch on a book does, and how many there are; only that where room is short."""
    full = Text(words, look.small, INK_SOFT, box.width)
    fits = full.text == words
    return place(full if fits else Text(fewer, look.small, INK_SOFT, box.width), box, "right")


def _shelf(visit: Serving, box: Box | None, look: Look) -> list[Widget]:
    """The reader's own shelf, where there is room for it."""
    if box is None:
        return []
    most = visit.patron.max_loans
    places = most if most <= LARGEST_ROW_OF_PLACES else 0
    titles = [loan.title for loan in visit.held]
    return [Slots(box, titles, places, look.px(12))] if titles or places else []


def _entries(scene: Scene, visit: Serving) -> Iterator[BookEntry]:
    """What the reader holds: overdue, then this visit's newest first, then soonest due first."""
    held = {loan.accession: loan for loan in visit.held}
    overdue = [loan for loan in held.values() if loan.due < visit.patron.today]
    for loan in overdue:
        yield _held(scene, visit, held.pop(loan.accession))
    for act in reversed(visit.acts):
        touched = held.pop(act.accession, None)
        if touched is not None:
            yield _just_done(scene, act, touched)
    for loan in held.values():
        yield _held(scene, visit, loan)


def _just_done(scene: Scene, act: Act, loan: OpenLoan) -> BookEntry:
    key = "serve.renewed" if isinstance(act, Renewed) else "serve.lent"
    word = scene.wording.say("serve.reading" if _is_read_here(loan) else key)
    return _entry(scene, loan, YES, Icon.TICK, word)


def _held(scene: Scene, visit: Serving, loan: OpenLoan) -> BookEntry:
    wording, today = scene.wording, visit.patron.today
    if _is_read_here(loan):
        return _entry(scene, loan, CALM, Icon.READ, wording.say("serve.reading"))
    days = (loan.due - today).days
    tone, icon = (
        (NO, Icon.NO) if days < 0 else (LOOK, Icon.LOOK) if days <= 1 else (CALM, Icon.CLOCK)
    )
    return _entry(scene, loan, tone, icon, wording.days_left(loan.due, today))


def _entry(scene: Scene, loan: OpenLoan, tone: Tone, icon: Icon, word: str) -> BookEntry:
    touched = LoanPressed(loan.accession)
    return BookEntry(loan.title, _due(scene, loan), tone, icon, word, lambda: scene.send(touched))


def _is_read_here(loan: OpenLoan) -> bool:
    return loan.kind is LoanKind.IN_LIBRARY


def _due(scene: Scene, loan: OpenLoan) -> str:
    if _is_read_here(loan):
        return scene.wording.say("serve.reading.until")
    return scene.wording.say("due.day", day=scene.wording.day(loan.due))


def _help(scene: Scene, box: Box) -> WordButton:
    words = scene.wording.say("help.call")
    return WordButton(
        box, scene.look, Icon.CALL, words, lambda: scene.send(HelpPressed()), is_quiet=True
    )


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
