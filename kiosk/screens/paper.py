"""What the farewell says of the slip: its number always, how the paper stands, what to touch."""

from __future__ import annotations

from dataclasses import dataclass

from kivy.uix.widget import Widget

from kiosk.events import PrintPressed
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import CALM, LOOK, YES, Tone
from kiosk.visit import Finished, Paper
from kiosk.widgets.box import Box
from kiosk.widgets.button import WordButton
from kiosk.widgets.slip import slip
from kiosk.wording import is_staff
from printer.receipt import PrintOutcome, PrintReport, Trouble


@dataclass(frozen=True, slots=True)
class _Saying:
    """A sentence about the paper, with its sign and colours."""

    tone: Tone
    icon: Icon
    key: str
    remind: bool = False
    """Whether the due date must be kept in mind, as there may be no paper."""


_PRINTING = _Saying(CALM, Icon.PRINTER, "finish.printing")
_OFFERED = _Saying(CALM, Icon.PRINTER, "finish.offered")
_UNPRINTED = _Saying(LOOK, Icon.LOOK, "finish.unprinted", remind=True)
_BY_OUTCOME = {
    PrintOutcome.DONE: _Saying(YES, Icon.SLIP, "finish.printed"),
    PrintOutcome.UNCONFIRMED: _Saying(CALM, Icon.SLIP, "finish.unconfirmed", remind=True),
    PrintOutcome.PARTIAL: _Saying(LOOK, Icon.LOOK, "finish.partial", remind=True),
    PrintOutcome.UNKNOWN: _Saying(LOOK, Icon.LOOK, "finish.unknown", remind=True),
}
_BY_TROUBLE = {
    Trouble.PAPER_OUT: _Saying(LOOK, Icon.LOOK, "finish.paper-out", remind=True),
    Trouble.COVER_OPEN: _Saying(LOOK, Icon.LOOK, "finish.cover-open", remind=True),
}
_AGAIN = tuple(_BY_OUTCOME)
"""Outcomes after which the same slip may be had once more: something may be on paper."""


def paper(scene: Scene, visit: Finished, box: Box, gap: float) -> tuple[list[Widget], Box]:
    """Draw the slip and its buttons at the top of `box`; also give what is left below."""
    look, report = scene.look, scene.status.slip
    saying = _saying(visit, report)
    high = (132, 190) if saying is not None and saying.remind else (96, 148)
    place, rest = box.cut_top(look.px(high[not look.is_compact]), gap)
    widgets = _slip(scene, visit, saying, place)
    buttons = _buttons(visit, report)
    if buttons:
        row = look.touch_px(76)
        holds_all = rest.height >= len(buttons) * (row + gap) - gap
        columns = 1 if look.is_compact and holds_all else len(buttons)
        cells = rest.grid(columns, row, gap)[: len(buttons)]
        for cell, (icon, key, event) in zip(cells, buttons, strict=True):
            widgets.append(_button(scene, cell, icon, key, event))
        _, rest = rest.cut_top(rest.top - cells[-1].y, gap)
    return widgets, rest


def _saying(visit: Finished, report: PrintReport | None) -> _Saying | None:
    match visit.paper, report:
        case Paper.NONE, _:
            return None
        case Paper.OFFERED, _:
            return _OFFERED
        case _, None:
            return _PRINTING
        case _, PrintReport(outcome=outcome) if outcome in _BY_OUTCOME:
            return _BY_OUTCOME[outcome]
        case _, PrintReport(trouble=trouble) if trouble in _BY_TROUBLE:
            return _BY_TROUBLE[trouble]
    return _UNPRINTED


def _slip(scene: Scene, visit: Finished, saying: _Saying | None, box: Box) -> list[Widget]:
    say, staff = scene.wording.say, is_staff(visit.patron)
    number = f"{say('finish.slip')} {visit.slip_number}"
    if saying is None:
        return slip(box, scene.look, CALM, Icon.SLIP, number, "", "")
    words = say(saying.key, staff=staff)
    remind = saying.remind and visit.lent
    what_next = say("finish.unprinted.next", staff=staff) if remind else ""
    return slip(box, scene.look, saying.tone, saying.icon, words, what_next, number)


def _buttons(visit: Finished, report: PrintReport | None) -> list[tuple[Icon, str, PrintPressed]]:
    if visit.paper is Paper.OFFERED:
        return [
            (Icon.PRINTER, "finish.print", PrintPressed()),
            (Icon.CLOSER, "finish.large", PrintPressed(large=True)),
        ]
    if visit.paper is Paper.ASKED and report is not None and report.outcome in _AGAIN:
        return [(Icon.PRINTER, "finish.again", PrintPressed())]
    return []


def _button(scene: Scene, box: Box, icon: Icon, key: str, event: PrintPressed) -> WordButton:
    return WordButton(box, scene.look, icon, scene.wording.say(key), lambda: scene.send(event))
