"""A class corner: the list that ticks itself off, the manifest that grows, and what remains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kivy.uix.widget import Widget

from db.outcomes import Refused, Returned
from kiosk.answers import Answer, answer_to
from kiosk.corner import (
    CornerDone,
    CornerLeft,
    CornerState,
    CornerWord,
    CrateClosed,
    Dropped,
    LastRemoved,
    Line,
    ManifestAsked,
    TakingBack,
    TakingOut,
    WayChosen,
    WearSaid,
)
from kiosk.icons import Icon
from kiosk.screens.messages import messages
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import bar, columns, hint, message
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, TEAL, YES, Shape, Tone
from kiosk.widgets.answer_card import answer_card
from kiosk.widgets.book_line import BookLine
from kiosk.widgets.box import Box
from kiosk.widgets.button import WordButton
from kiosk.widgets.countdown import CountdownBar
from kiosk.widgets.manifest import manifest
from kiosk.widgets.plates import PlainButton
from kiosk.widgets.shelf import full_shelf
from kiosk.widgets.text import Phrase, line, stack

_WORDS: dict[CornerWord, tuple[Tone, Icon]] = {
    CornerWord.BACK: (YES, Icon.TICK),
    CornerWord.WAS_BACK: (LOOK, Icon.LOOK),
    CornerWord.STRANGE: (LOOK, Icon.HELP),
    CornerWord.SENT: (YES, Icon.TICK),
    CornerWord.WAS_SENT: (LOOK, Icon.LOOK),
    CornerWord.NOT_KEEPER: (NO, Icon.LOCK),
    CornerWord.KEEPER_FIRST: (LOOK, Icon.CARD),
    CornerWord.KEEPER_KNOWN: (YES, Icon.CARD),
    CornerWord.REMOVED: (LOOK, Icon.RETURN),
}


def taking_back(scene: Scene, state: TakingBack) -> list[Widget]:
    """Draw the list of what is out, ticking itself off."""
    say = scene.wording.say
    total = len(state.back) + len(state.awaited)
    count = say("corner.back.count", n=len(state.back), of=total)
    entries = [*_ticked(scene, state.back[:1]), *_strange(scene, state.strange[:2])]
    entries += list(_awaited(scene, state))
    entries += _ticked(scene, state.back[1:])
    return _packing(scene, state, count, entries, "corner.out", is_out=True)


def taking_out(scene: Scene, state: TakingOut) -> list[Widget]:
    """Draw the manifest, which grows."""
    say = scene.wording.say
    count = say("corner.sent.count", n=len(state.sent))
    sent = say("corner.word.sent")
    entries = [BookLine(one.title, one.accession, YES, Icon.TICK, sent) for one in state.sent]
    return _packing(scene, state, count, entries, "corner.back", is_out=False)


def _packing(
    scene: Scene, state: CornerState, count: str, entries: Sequence[BookLine], other: str, *,
    is_out: bool,
) -> list[Widget]:  # fmt: skip
    """Both ways look alike: the list on the left, what was just held up on the right."""
    look, say, send = scene.look, scene.wording.say, scene.send
    widgets, rest = bar(scene, state.corner.name, _who(scene, state), None, CornerLeft())
    left, right = columns(scene, rest, 0.44 if look.shape is Shape.TALL else 0.58)
    heading, rows = left.cut_top(look.px(56, compact=34), look.px(12, compact=6))
    gap = look.px(16, compact=8)
    foot, right = right.cut_bottom(look.touch_px(104, compact=68), gap)
    aside, done = foot.cut_left(foot.width * (0.56 if look.is_compact else 0.48), gap)
    said, picture = right.cut_bottom(look.px(136, compact=92), gap)
    action = (
        PlainButton(aside, look, Icon.RETURN, say("corner.remove"), lambda: send(LastRemoved()))
        if isinstance(state, TakingOut) and state.sent
        else PlainButton(aside, look, Icon.CRATE, say(other), lambda: send(WayChosen(is_out)))
    )
    return [
        *widgets,
        line(count, look.title, INK, heading),
        *manifest(entries, rows, look, lambda n: say("serve.rest", n=n)),
        scene.camera(picture),
        *_said(scene, state, said),
        action,
        WordButton(done, look, Icon.TICK, say("corner.done"), lambda: send(CrateClosed())),
    ]


def _who(scene: Scene, state: CornerState) -> str:
    """Who answers for the corner, and who stands here."""
    say = scene.wording.say
    teacher = say("corner.teacher", name=state.corner.teacher) if state.corner.teacher else ""
    if state.keeper is None:
        return teacher
    here = say("corner.keeper", name=state.keeper.given_name)
    return " · ".join(part for part in (teacher, here) if part)


def _said(scene: Scene, state: CornerState, box: Box) -> list[Widget]:
    say = scene.wording.say
    match state.word:
        case Refused() as refused:
            why, next_step = scene.wording.refusal(refused, staff=True)
            return message(scene, box, NO, Icon.NO, why, next_step)
        case CornerWord() as word:
            tone, icon = _WORDS[word]
            about = say(f"corner.word.{word}")
            if state.last is not None:
                return message(scene, box, tone, icon, state.last.title, about)
            return message(scene, box, tone, icon, about)
    if isinstance(state, TakingOut) and not state.author:
        return message(scene, box, CALM, Icon.CARD, say("corner.word.keeper-first"))
    return message(scene, box, CALM, Icon.SCAN, say("corner.first"))


def _ticked(scene: Scene, lines: Sequence[Line]) -> list[BookLine]:
    word = scene.wording.say("corner.word.back")
    return [BookLine(one.title, one.accession, YES, Icon.TICK, word) for one in lines]


def _strange(scene: Scene, lines: Sequence[Line]) -> list[BookLine]:
    word = scene.wording.say("corner.strange")
    return [BookLine(one.title, one.accession, LOOK, Icon.HELP, word) for one in lines]


def _awaited(scene: Scene, state: TakingBack) -> Iterator[BookLine]:
    say = scene.wording.say
    for one in state.awaited:
        late = one.due < state.today
        word = say("corner.late") if late else say("corner.awaited")
        yield BookLine(one.title, one.accession, NO if late else CALM, Icon.CLOCK, word)


def done(scene: Scene, state: CornerDone) -> list[Widget]:
    """Draw the end: all there, or what is missing, by title."""
    look, say, send = scene.look, scene.wording.say, scene.send
    widgets, rest = bar(scene, state.corner.name, _who(scene, state), None, CornerLeft())
    head, rest = rest.cut_top(look.px(132, compact=84), look.px(20, compact=10))
    foot, rest = rest.cut_bottom(look.touch_px(96, compact=68), look.px(16, compact=8))
    paper, leave = foot.cut_left(foot.width * 0.5, look.px(20, compact=10))
    widgets += _summary(scene, state, head)
    entries = [
        *(
            BookLine(one.title, one.accession, NO, Icon.LOST, say("corner.missing"))
            for one in state.missing
        ),
        *_strange(scene, state.strange),
        *(
            BookLine(one.title, one.accession, YES, Icon.TICK, say("corner.word.sent"))
            for one in reversed(state.sent)
        ),
    ]
    if entries:
        widgets += manifest(entries, rest, look, lambda n: say("serve.rest", n=n))
    if scene.status.has_printer:
        word = say("corner.printing") if state.is_printing else say("corner.print")
        widgets.append(PlainButton(paper, look, Icon.PRINTER, word, lambda: send(ManifestAsked())))
    leaving = say("corner.leave")
    widgets.append(WordButton(leave, look, Icon.TICK, leaving, lambda: send(CornerLeft())))
    return widgets


def _summary(scene: Scene, state: CornerDone, box: Box) -> list[Widget]:
    say = scene.wording.say
    if state.due is not None:
        what = say("corner.gone", n=len(state.sent))
        due = say("corner.gone.due", day=scene.wording.day(state.due), number=state.number)
        return message(scene, box, YES, Icon.CRATE, what, due)
    came = say("corner.came", n=len(state.back))
    if state.missing:
        lack = say("corner.came.missing", n=len(state.missing))
        return message(scene, box, NO, Icon.LOST, lack, came)
    return message(scene, box, YES, Icon.TICK, say("corner.came.all"), came)


def drop_off(scene: Scene) -> list[Widget]:
    """Draw a station that waits for books to come back, and for nothing else."""
    look, say = scene.look, scene.wording.say
    strip, rest = messages(scene)
    shelf, rest = rest.cut_bottom(look.px(160, compact=70))
    inner = rest.inset(look.margin_px, look.px(40, compact=16))
    words, picture = _halves(scene, inner)
    how = say("home.return.how")
    phrases = [
        Phrase(say("home.return"), look.heading, TEAL, icon=Icon.RETURN),
        Phrase(how, look.display, INK, lines=3, gap_px=look.px(8, compact=4), shrink=True),
        Phrase(say("drop.no-card"), look.heading, INK_SOFT, lines=2, gap_px=look.px(16, compact=8)),
    ]
    return [
        *strip,
        full_shelf(shelf, look.px(16, compact=8)),
        *stack(phrases, words),
        scene.camera(picture),
    ]


def dropped(scene: Scene, state: Dropped) -> list[Widget]:
    """Draw the answer to a book: into which tray, and one touch for its condition."""
    look, say = scene.look, scene.wording.say
    inner = scene.box.inset(look.margin_px, look.px(40, compact=16))
    foot, inner = inner.cut_bottom(look.px(8, compact=6), look.px(16, compact=8))
    ask, inner = inner.cut_bottom(look.px(170, compact=118), look.px(20, compact=10))
    card, picture = _halves(scene, inner)
    answer = _answer(scene, state)
    shown = answer_card(answer, card, look, scene.send, scene.undo)
    if scene.is_new:
        shown.appear(look.px(20))
    widgets: list[Widget] = [shown, scene.camera(picture), CountdownBar(foot, scene.countdown)]
    if not isinstance(state.outcome, Returned):
        return [*widgets, *hint(scene, ask, Icon.RETURN, say("drop.next"))]
    if state.is_worn is not None:
        noted = say("drop.noted") if state.is_worn else say("drop.next")
        return [*widgets, *message(scene, ask, YES, Icon.TICK, noted)]
    return [*widgets, *_wear(scene, ask)]


def _wear(scene: Scene, box: Box) -> list[Widget]:
    look, say, send = scene.look, scene.wording.say, scene.send
    strip, row = box.cut_top(look.px(48, compact=30), look.px(12, compact=6))
    good, worn = row.grid(2, row.height, look.px(20, compact=10))
    return [
        line(say("drop.worn"), look.heading, INK, strip),
        PlainButton(
            good, look, Icon.TICK, say("drop.good"), lambda: send(WearSaid(False)), YES.ink
        ),
        PlainButton(
            worn, look, Icon.DAMAGED, say("drop.bad"), lambda: send(WearSaid(True)), LOOK.ink
        ),
    ]


def _answer(scene: Scene, state: Dropped) -> Answer:
    if state.outcome is None:
        return Answer(CALM, Icon.BOOK, "", scene.wording.say("drop.no-card"))
    return answer_to(state.outcome, scene.wording)


def _halves(scene: Scene, box: Box) -> tuple[Box, Box]:
    if scene.look.shape is Shape.TALL:
        return box.cut_top(box.height * 0.5, scene.look.px(28))
    return box.cut_left(box.width * 0.56, scene.look.px(44, compact=20))
