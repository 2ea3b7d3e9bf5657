"""The librarian's pages for the machine: slips, devices, pairing, a USB stick, power, corners."""

from __future__ import annotations

from kivy.uix.widget import Widget

from db.clock import SCHOOL_ZONE
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import (
    choosing,
    columns,
    doing,
    frame,
    hint,
    listed,
    message,
    panel,
)
from kiosk.staff import (
    CornerList,
    Deed,
    DevicePage,
    PairingPage,
    PowerAct,
    PowerPage,
    SlipPage,
    StickCopied,
    StickPage,
    StickTrouble,
)
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, YES
from kiosk.widgets.box import Box
from kiosk.widgets.button import WordButton
from kiosk.widgets.plates import Tile
from kiosk.widgets.text import Phrase, stack


def slips(scene: Scene, state: SlipPage) -> list[Widget]:
    """Draw the last slips: when, how many copies, and no name."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.slips.title"))
    said, rest = rest.cut_top(look.px(84, compact=52), look.px(12, compact=8))
    if state.asked:
        words = say("staff.slips.asked", number=state.asked)
        widgets += message(scene, said, YES, Icon.PRINTER, words)
    else:
        how = say("staff.slips.how") if state.slips else say("staff.slips.none")
        widgets += hint(scene, said, Icon.SLIP, how)
    rows: list[tuple[str, str, str]] = [
        (
            slip.number,
            f"{slip.at.astimezone(SCHOOL_ZONE):%H:%M} · {slip.number}",
            say("serve.count", n=slip.copies),
        )
        for slip in state.slips
    ]
    return [*widgets, *listed(scene, rest, rows, state.page)]


def corners(scene: Scene, state: CornerList) -> list[Widget]:
    """Draw the class corners, with what is out."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.corners.title"))
    said, rest = rest.cut_top(look.px(56, compact=36), look.px(12, compact=8))
    how = say("staff.corners.how") if state.corners else say("staff.corners.none")
    rows: list[tuple[str, str, str]] = [
        (
            corner.key,
            corner.name,
            say("staff.corners.late" if corner.due_over else "staff.corners.out", n=corner.out),
        )
        for corner in state.corners
    ]
    return [*widgets, *hint(scene, said, Icon.CRATE, how), *listed(scene, rest, rows, state.page)]


def devices(scene: Scene, state: DevicePage) -> list[Widget]:
    """Draw the live picture with what was read, and the printer's test."""
    look, say, status = scene.look, scene.wording.say, scene.status
    widgets, rest = frame(scene, state, say("staff.devices.title"))
    picture, right = columns(scene, rest, 0.56)
    ground, inner = panel(scene, right)
    test, inner = inner.cut_bottom(look.touch_px(96, compact=64), look.px(14, compact=8))
    newest = state.codes[0] if state.codes else None
    phrases = [
        Phrase(
            say("staff.devices.read", n=len(state.codes)), look.heading, INK, lines=2, shrink=True
        )
    ]
    if newest is not None:
        kind = say(f"staff.code.{newest.kind}")
        detail = " · ".join(p for p in (kind, newest.symbology.upper()) if p)
        phrases.append(Phrase(detail, look.label, YES.ink, icon=Icon.TICK, lines=2, shrink=True))
        by = say(f"staff.source.{newest.source}")
        phrases.append(Phrase(by, look.small, INK_SOFT))
    else:
        phrases.append(Phrase(say("staff.devices.how"), look.small, INK_SOFT, lines=3))
    if status.printer.trouble is not None:
        words = say(f"staff.trouble.{status.printer.trouble}")
        phrases.append(
            Phrase(words, look.label, NO.ink, icon=Icon.PRINTER, gap_px=look.px(14), lines=2)
        )
    elif state.has_printed:
        words = say("staff.devices.printing")
        phrases.append(
            Phrase(words, look.label, YES.ink, icon=Icon.PRINTER, gap_px=look.px(14), lines=2)
        )
    widgets += [scene.camera(picture), ground, *stack(phrases, inner, vertical="top")]
    if status.has_printer:
        words = say("staff.devices.print")
        widgets.append(Tile(test, look, Icon.PRINTER, words, doing(scene, Deed.PRINT_TEST)))
    return widgets


def pairing(scene: Scene, state: PairingPage) -> list[Widget]:
    """Draw the camera's picture, to hold the hub's code into, and what came of it."""
    say = scene.wording.say
    widgets, rest = frame(scene, state, say("staff.pairing.title"))
    picture, right = columns(scene, rest, 0.56)
    box, right = right.cut_top(scene.look.px(150, compact=96), scene.look.px(16, compact=8))
    if state.hub:
        detail = say("staff.pairing.restart")
        widgets += message(scene, box, YES, Icon.TICK, say("staff.pairing.done"), detail)
    elif state.trouble:
        widgets += message(scene, box, NO, Icon.NO, say("staff.pairing.failed"), state.trouble)
    elif state.is_busy:
        widgets += message(scene, box, CALM, Icon.SYNC, say("staff.pairing.busy"))
    else:
        widgets += message(scene, box, CALM, Icon.QR, say("staff.pairing.how"))
    steps = [say(f"staff.pairing.step.{n}") for n in (1, 2, 3)]
    return [*widgets, scene.camera(picture), *_steps(scene, right, steps)]


def _steps(scene: Scene, box: Box, steps: list[str]) -> list[Widget]:
    look = scene.look
    gap = look.px(14, compact=6)
    phrases = [
        Phrase(f"{n}. {words}", look.label, INK_SOFT, lines=3, gap_px=gap)
        for n, words in enumerate(steps, start=1)
    ]
    return stack(phrases, box, vertical="top")


def stick(scene: Scene, state: StickPage) -> list[Widget]:
    """Draw what copying to a stick does, and what it did, in figures."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.stick.title"))
    box, rest = rest.cut_top(look.px(150, compact=96), look.px(20, compact=10))
    button, rest = rest.cut_bottom(look.touch_px(112, compact=72), look.px(20, compact=10))
    match state.outcome:
        case StickCopied(events=events, megabytes=size):
            words = say("staff.stick.counts", n=events, size=f"{size:.1f}")
            widgets += message(scene, box, YES, Icon.TICK, say("staff.stick.done"), words)
        case StickTrouble() as trouble:
            words = say(f"staff.stick.{trouble}")
            widgets += message(scene, box, NO, Icon.NO, words, say("staff.stick.again"))
        case _ if state.is_busy:
            widgets += message(scene, box, CALM, Icon.BACKUP, say("staff.stick.busy"))
        case _:
            widgets += message(scene, box, CALM, Icon.BACKUP, say("staff.stick.how"))
    steps = [say(f"staff.stick.step.{n}") for n in (1, 2, 3)]
    widgets += _steps(scene, rest, steps)
    if not state.is_busy:
        copy = say("staff.stick.copy")
        widgets.append(
            WordButton(button, look, Icon.BACKUP, copy, doing(scene, Deed.COPY_TO_STICK))
        )
    return widgets


def power(scene: Scene, state: PowerPage) -> list[Widget]:
    """Draw the two ways to end; the second touch does it."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.power.title"))
    box, rest = rest.cut_top(look.px(130, compact=84), look.px(24, compact=12))
    if state.is_busy:
        return [*widgets, *message(scene, box, CALM, Icon.POWER, say("staff.power.busy"))]
    if state.has_failed:
        widgets += message(scene, box, NO, Icon.NO, say("staff.power.failed"))
    elif state.asked is not None:
        widgets += message(scene, box, LOOK, Icon.LOOK, say("staff.power.sure"))
    else:
        widgets += message(scene, box, CALM, Icon.POWER, say("staff.power.how"))
    row, _ = rest.cut_top(look.px(190, compact=120))
    left, right = row.grid(2, row.height, look.px(24, compact=12))
    icons = {PowerAct.RESTART: Icon.RESTART, PowerAct.OFF: Icon.POWER}
    for cell, act in zip((left, right), PowerAct, strict=True):
        sure = state.asked is act
        words = say(f"staff.power.{act}.sure" if sure else f"staff.power.{act}")
        tone = NO if sure else None
        widgets.append(Tile(cell, look, icons[act], words, choosing(scene, act.value), tone))
    return widgets
