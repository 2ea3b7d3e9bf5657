"""Nobody is known: how to begin, the live picture, and the answer to a book held up alone."""

from __future__ import annotations

from dataclasses import replace

from kivy.uix.widget import Widget

from db.outcomes import Returned
from kiosk.answers import answer_to, with_offers
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import INK, INK_SOFT, LINE, TEAL, Look, Shape
from kiosk.visit import Notice, Waiting
from kiosk.widgets.answer_card import answer_card
from kiosk.widgets.box import Box
from kiosk.widgets.camera import FRAME_ASPECT
from kiosk.widgets.panel import Panel
from kiosk.widgets.shelf import full_shelf
from kiosk.widgets.text import Phrase, Sign, Text, Vertical, line, place, stack


def waiting(scene: Scene, visit: Waiting) -> list[Widget]:
    """Draw the idle screen."""
    look = scene.look
    shelf, rest = scene.box.cut_bottom(_shelf_px(look))
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
        full_shelf(shelf, look.px(16, compact=8)),
        *_header(scene, header),
        *_picture(scene, frame, caption),
        *said,
    ]


def _shelf_px(look: Look) -> float:
    return look.px({Shape.WIDE: 172, Shape.COMPACT: 78, Shape.TALL: 208}[look.shape])


def _halves(rest: Box, look: Look) -> tuple[Box, Box]:
    """The picture's half and the words' half."""
    if look.shape is Shape.TALL:
        _, rest = rest.cut_top(look.px(24))
        _, rest = rest.cut_bottom(look.px(36))
        return rest.cut_bottom(rest.width / FRAME_ASPECT + look.px(52), look.px(28))
    share = 0.44 if look.is_compact else 0.49
    rest = rest.inset(0, look.px(24, compact=8))
    return rest.cut_right(rest.width * share, look.px(56, compact=24))


def _header(scene: Scene, box: Box) -> list[Widget]:
    look = scene.look
    sign = Sign(Icon.LIBRARY, look.heading.size_px * 1.35, TEAL)
    station = Text(scene.station, look.label, INK_SOFT, box.width * 0.3)
    _, middle = box.cut_left(sign.width, look.px(12))
    _, middle = middle.cut_right(station.width, look.px(24))
    school = scene.wording.say("home.library", school=scene.school)
    return [
        place(sign, box, "left"),
        line(school, look.heading, INK, middle),
        place(station, box, "right"),
    ]


def _frame(box: Box, look: Look) -> tuple[Box, Box]:
    """The picture's frame and the line below it."""
    caption_px = look.px(52, compact=32)
    height = round(min(box.width / FRAME_ASPECT, box.height - caption_px))
    both = box.centred(round(height * FRAME_ASPECT), height + caption_px)
    return both.cut_top(height)


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
    return Phrase(_prompt(scene), style, INK_SOFT, icon=Icon.CARD)


def _invitation(scene: Scene, box: Box) -> list[Widget]:
    """The two things one can do, the usual one large; or whom to ask when we cannot see."""
    look, say = scene.look, scene.wording.say
    vertical: Vertical = "middle" if look.shape is Shape.TALL else "top"
    if scene.is_blind:
        hero = _hero(look, Icon.LIBRARIAN, say("home.both"), say("camera.lost.next"))
        return stack(hero, box, vertical="middle")
    foot, above = box.cut_bottom(look.px(116, compact=76), look.px(24, compact=12))
    hero = _hero(look, Icon.CARD, say("home.borrow"), _prompt(scene))
    return [*stack(hero, above, vertical=vertical), *_return_hint(scene, foot)]


def _prompt(scene: Scene) -> str:
    say = scene.wording.say
    return say("home.prompt") if scene.has_camera else say("home.prompt.scanner")


def _hero(look: Look, icon: Icon, what: str, how: str) -> list[Phrase]:
    return [
        Phrase(what, look.heading, TEAL, icon=icon),
        Phrase(how, look.display, INK, lines=3, gap_px=look.px(4), shrink=True),
    ]


def _return_hint(scene: Scene, box: Box) -> list[Widget]:
    """How to return: words below a line, nothing that looks as if it could be pressed."""
    look, say = scene.look, scene.wording.say
    how = say("home.return.how") if scene.has_camera else say("home.return.scanner")
    rule, words = box.cut_top(look.px(2), look.px(20, compact=10))
    phrases = [
        Phrase(say("home.return"), look.heading, TEAL, icon=Icon.RETURN),
        Phrase(how, look.heading, INK, gap_px=look.px(4), shrink=True),
    ]
    return [Panel(rule, LINE, rule.height / 2), *stack(phrases, words, vertical="top")]
