"""The librarian's page for sound and brightness: two levels, and when the station is silent."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import choosing, columns, frame, heading, hint, panel
from kiosk.staff import Level, LevelTurned, Silence, SoundPage
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, SAND, TEAL, Shape
from kiosk.widgets.box import Box
from kiosk.widgets.button import IconButton
from kiosk.widgets.panel import Panel
from kiosk.widgets.plates import Tile
from kiosk.widgets.text import Phrase, stack

STEP = 10
"""Percent by which a touch turns."""


def sound(scene: Scene, state: SoundPage) -> list[Widget]:
    """Draw both levels, and below them the times of day."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.sound.title"))
    share = 0.42 if look.shape is Shape.TALL else 0.5
    levels, times = rest.cut_top(rest.height * share, look.px(20, compact=10))
    left, right = columns(scene, levels, 0.48)
    voice = Icon.SOUND if state.volume else Icon.MUTE
    widgets += _level(scene, left, voice, Level.VOLUME, state.volume)
    if state.brightness is None:
        widgets += _no_light(scene, right)
    else:
        widgets += _level(scene, right, Icon.BRIGHTNESS, Level.BRIGHTNESS, state.brightness)
    words = say("staff.sound.lost") if state.is_lost else say("staff.sound.how")
    said, times = times.cut_top(look.px(60, compact=34), look.px(8, compact=4))
    return [*widgets, *hint(scene, said, Icon.MUTE, words), *_silences(scene, state, times)]


def _level(scene: Scene, box: Box, icon: Icon, level: Level, percent: int) -> list[Widget]:
    """A level with what turns it down at its left and up at its right."""
    look = scene.look
    ground, inner = panel(scene, box)
    title, inner = heading(scene, inner, scene.wording.say(f"staff.sound.{level}"))
    side = look.touch_px(88, compact=64)
    row = inner.centred(inner.width, side)
    less, row = row.cut_left(side, look.px(18, compact=10))
    more, row = row.cut_right(side, look.px(18, compact=10))
    words, track = row.cut_top(row.height * 0.66)
    track = track.centred(track.width, look.px(14, compact=8))
    filled = Box(track.x, track.y, track.width * percent / 100, track.height)
    phrase = Phrase(f"{percent} %", look.title, INK, icon=icon, shrink=True)
    return [
        ground,
        title,
        IconButton(less, look, Icon.MINUS, scene.sending(LevelTurned(level, -STEP))),
        *stack([phrase], words, "center"),
        Panel(track, SAND, track.height / 2),
        *([Panel(filled, TEAL, track.height / 2)] if percent else []),
        IconButton(more, look, Icon.PLUS, scene.sending(LevelTurned(level, STEP))),
    ]


def _no_light(scene: Scene, box: Box) -> list[Widget]:
    """A screen whose light the station cannot reach: say where it is turned."""
    look, say = scene.look, scene.wording.say
    ground, inner = panel(scene, box)
    title, inner = heading(scene, inner, say("staff.sound.brightness"))
    words = say("staff.sound.no-light")
    phrase = Phrase(words, look.label, INK_SOFT, lines=3, icon=Icon.BRIGHTNESS, shrink=True)
    return [ground, title, *stack([phrase], inner)]


def _silences(scene: Scene, state: SoundPage, box: Box) -> list[Widget]:
    look = scene.look
    across = 2 if look.shape is Shape.TALL else min(4, max(3, len(state.silences)))
    gap = look.px(16, compact=8)
    cells = box.grid(across, look.touch_px(120, compact=76), gap)
    return [
        _time(scene, silence, cell) for silence, cell in zip(state.silences, cells, strict=False)
    ]


def _time(scene: Scene, silence: Silence, box: Box) -> Tile:
    """A time of day, to be silent or heard."""
    hours = silence.span.replace("-", " – ")
    key = "staff.sound.silent" if silence.is_kept else "staff.sound.heard"
    icon, tone = (Icon.MUTE, LOOK) if silence.is_kept else (Icon.SOUND, CALM)
    words = scene.wording.say(key, hours=hours)
    return Tile(box, scene.look, icon, words, choosing(scene, silence.span), tone)
