"""Nobody is known: how to begin, the live picture, and the answer to a book held up alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kivy.uix.widget import Widget

from db.notices import Board
from db.outcomes import Returned
from kiosk.answers import answer_to, with_offers
from kiosk.browsing import ShelfPressed
from kiosk.icons import Icon
from kiosk.screens.dock import dock, dock_px
from kiosk.screens.hours import hours_chip, say_next
from kiosk.screens.messages import messages
from kiosk.screens.scene import Scene
from kiosk.theme import INK, INK_SOFT, LINE, LOOK, TEAL, Look, Shape
from kiosk.visit import Notice, Waiting
from kiosk.widgets.answer_card import answer_card
from kiosk.widgets.box import Box
from kiosk.widgets.camera import FRAME_ASPECT
from kiosk.widgets.display import Group, displays
from kiosk.widgets.panel import Panel
from kiosk.widgets.shelf import full_shelf
from kiosk.widgets.text import Phrase, Sign, Text, Vertical, place, stack

PICTURE_SHARE = 0.9
"""Of a narrow screen's width that the picture takes."""
MOST_THEMES = 1
"""Themes shown beside the new books; more would make every shelf a narrow one."""


def waiting(scene: Scene, visit: Waiting) -> list[Widget]:
    """Draw the idle screen."""
    look = scene.look
    strip, rest = messages(scene)
    buttons, rest = rest.cut_bottom(0 if scene.is_practice else dock_px(look))
    groups = list(_groups(scene))
    shelf, rest = rest.cut_bottom(_shelf_px(look, groups, bool(strip)))
    _, rest = rest.cut_top(look.px(28, compact=14))
    header, rest = rest.inset(look.margin_px, 0).cut_top(look.px(56, compact=38))
    picture, words = _halves(rest, look)
    frame, caption = _frame(picture, look)
    if look.shape is Shape.TALL:
        again, beside = words.cut_bottom(look.px(48), look.px(8))
    else:
        again = Box(words.x, caption.y, words.width, caption.height)
        words = beside = Box(words.x, frame.y, words.width, frame.height)
    said = (
        _invitation(scene, words)
        if visit.notice is None
        else _notice(scene, visit.notice, beside, again)
    )
    return [
        *strip,
        *_shelf(scene, groups, shelf),
        *([] if scene.is_practice else dock(scene, buttons)),
        *_header(scene, header),
        *_picture(scene, frame, caption),
        *said,
    ]


def _shelf_px(look: Look, groups: Sequence[Group], is_below_words: bool) -> float:
    """How high the shelf is; on a narrow screen each group has one of its own.

    Where the librarian says something above, narrow shelves are lower: the picture needs room.
    """
    if look.shape is not Shape.TALL:
        return look.px(150, compact=66)
    if len(groups) > 1:
        return look.px(106 if is_below_words else 132) * len(groups)
    return look.px(150 if is_below_words else 180)


def _shelf(scene: Scene, groups: Sequence[Group], box: Box) -> list[Widget]:
    """New books and the theme of these days; favourites where there are none."""
    look = scene.look
    plank_px = look.px(14, compact=7)
    if not groups:
        return [full_shelf(box, plank_px)]
    if look.shape is not Shape.TALL:
        return displays(box, look, groups, plank_px)
    planks = box.grid(1, box.height // len(groups), 0)
    each = zip(planks, groups, strict=False)
    return [w for plank, group in each for w in displays(plank, look, [group], plank_px)]


def _groups(scene: Scene) -> Iterator[Group]:
    board, say = scene.board, scene.wording.say
    if board is None:
        return
    if board.new_titles:
        titles = tuple(title.title for title in board.new_titles)
        yield Group(Icon.NEW, say("shelf.new"), titles, scene.sending(ShelfPressed("")))
    for shelf in board.themes[: MOST_THEMES if board.new_titles else MOST_THEMES + 1]:
        if shelf.titles:
            titles = tuple(title.title for title in shelf.titles)
            name = shelf.theme.name
            yield Group(Icon.LIBRARY, name, titles, scene.sending(ShelfPressed(name)))


def _halves(rest: Box, look: Look) -> tuple[Box, Box]:
    """The picture's half and the words' half."""
    if look.shape is Shape.TALL:
        _, rest = rest.cut_top(look.px(24))
        _, rest = rest.cut_bottom(look.px(36))
        height = rest.width * PICTURE_SHARE / FRAME_ASPECT + look.px(52)
        return rest.cut_bottom(min(height, rest.height * 0.56), look.px(28))
    share = 0.44 if look.is_compact else 0.49
    rest = rest.inset(0, look.px(24, compact=8))
    return rest.cut_right(rest.width * share, look.px(56, compact=24))


def _header(scene: Scene, box: Box) -> list[Widget]:
    look = scene.look
    sign = Sign(Icon.LIBRARY, look.heading.size_px * 1.35, TEAL)
    station = (
        Text(scene.station, look.label, INK_SOFT, box.width * 0.3)
        if scene.board is None
        else hours_chip(scene, scene.board.opening, box)
    )
    _, middle = box.cut_left(sign.width, look.px(12))
    _, middle = middle.cut_right(station.width, look.px(24))
    school = scene.wording.say("home.library", school=scene.school)
    return [
        place(sign, box, "left"),
        *stack([Phrase(school, look.heading, INK, lines=2, shrink=True)], middle),
        place(station, box, "right"),
    ]


def _frame(box: Box, look: Look) -> tuple[Box, Box]:
    """The picture's frame and the line below it."""
    caption_px = look.px(52, compact=32)
    height = round(min(box.width / FRAME_ASPECT, box.height - caption_px))
    both = box.centred(round(height * FRAME_ASPECT), height + caption_px)
    frame, caption = both.cut_top(height)
    return frame, Box(box.x, caption.y, box.width, caption.height)


def _picture(scene: Scene, frame: Box, caption: Box) -> list[Widget]:
    """The live picture and what it is for; a lost camera, or none, promises nothing."""
    look = scene.look
    if scene.is_blind or not scene.has_camera:
        return [scene.camera(frame)]
    privacy = Phrase(
        scene.wording.say("camera.privacy"), look.small, INK_SOFT, icon=Icon.PRIVATE, shrink=True
    )
    return [scene.camera(frame), *stack([privacy], caption, "center")]


def _notice(scene: Scene, notice: Notice | Returned, card: Box, strip: Box) -> list[Widget]:
    """The answer to the last thing held up, and below it how to begin."""
    look = scene.look
    said = with_offers(
        replace(answer_to(notice, scene.wording), offers=()), notice, scene.wording,
        can_undo=scene.undo.runs, asks_wear=scene.status.asks_wear,
    )  # fmt: skip
    answer = answer_card(said, card, look, scene.send, scene.undo)
    if scene.is_new:
        answer.appear(look.px(24))
    return [answer, *stack([_again(scene)], strip)]


def _again(scene: Scene) -> Phrase:
    """How to begin, in few words."""
    say, style = scene.wording.say, scene.look.label
    if scene.is_blind:
        return Phrase(say("camera.lost.next"), style, INK_SOFT, icon=Icon.LIBRARIAN)
    return Phrase(scene.wording.say("home.prompt"), style, INK_SOFT, icon=Icon.CARD)


def _invitation(scene: Scene, box: Box) -> list[Widget]:
    """The two things one can do, the usual one large; or whom to ask when we cannot see."""
    look, say = scene.look, scene.wording.say
    vertical: Vertical = "middle" if look.shape is Shape.TALL else "top"
    if scene.is_blind:
        hero = _hero(look, Icon.LIBRARIAN, say("home.both"), say("camera.lost.next"))
        return stack(hero, box, vertical="middle")
    foot, above = box.cut_bottom(look.px(104, compact=68), look.px(16, compact=8))
    if scene.board is not None and not scene.board.opening.is_open:
        return [*_closed(scene, scene.board, above), *_return_hint(scene, foot)]
    hero = _hero(look, Icon.CARD, say("home.borrow"), scene.wording.say("home.prompt"))
    return [*stack(hero, above, vertical=vertical), *_return_hint(scene, foot)]


def _closed(scene: Scene, board: Board, box: Box) -> list[Widget]:
    """The library is closed: since which holiday, until when; books can be brought all the same."""
    look, say = scene.look, scene.wording.say
    opening = board.opening
    why = say("home.holiday", name=opening.closed_for) if opening.closed_for else say("home.closed")
    phrases = [Phrase(why, look.heading, LOOK.ink, icon=Icon.CLOSED, shrink=True)]
    again = say_next(scene.wording, opening)
    phrases.append(
        Phrase(again or say("home.closed.long"), look.display, INK, lines=3, shrink=True)
    )
    return stack(phrases, box, vertical="top" if look.shape is not Shape.TALL else "middle")


def _hero(look: Look, icon: Icon, what: str, how: str) -> list[Phrase]:
    return [
        Phrase(what, look.heading, TEAL, icon=icon),
        Phrase(how, look.display, INK, lines=3, gap_px=look.px(4), shrink=True),
    ]


def _return_hint(scene: Scene, box: Box) -> list[Widget]:
    """How to return: words below a line, nothing that looks as if it could be pressed."""
    look, say = scene.look, scene.wording.say
    rule, words = box.cut_top(look.px(2), look.px(20, compact=10))
    phrases = [
        Phrase(say("home.return"), look.heading, TEAL, icon=Icon.RETURN),
        Phrase(say("home.return.how"), look.heading, INK, gap_px=look.px(4), shrink=True),
    ]
    return [Panel(rule, LINE, rule.height / 2), *stack(phrases, words, vertical="top")]
