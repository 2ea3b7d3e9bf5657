"""The row of things to touch at the foot of the idle screen, within reach of a small hand."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.browsing import BrowseEvent, Door, DoorPressed, Mode, ModePressed
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import Look, Shape
from kiosk.widgets.box import Box
from kiosk.widgets.button import TileButton

_DOORS = (
    (Icon.SEARCH, Door.SEARCH),
    (Icon.KEYPAD, Door.NUMBER),
    (Icon.RULES, Door.RULES),
    (Icon.HELP, Door.HELP),
    (Icon.PRACTICE, Door.PRACTICE),
)
_MODES = (
    (Icon.LANGUAGE, Mode.LANGUAGE),
    (Icon.LARGE_TEXT, Mode.LARGE),
    (Icon.CONTRAST, Mode.CONTRAST),
)


def dock_px(look: Look) -> float:
    """How high the row is, with the space around it."""
    return _rows(look) * (_tile_px(look) + _gap_px(look)) + _gap_px(look)


def dock(scene: Scene, box: Box) -> list[Widget]:
    """Draw the doors, then the ways to see and read better."""
    look = scene.look
    gap = _gap_px(look)
    inner = box.inset(look.margin_px, gap)
    tiles = [(icon, f"door.{door}", DoorPressed(door)) for icon, door in _DOORS]
    modes = [(icon, f"mode.{mode}", ModePressed(mode)) for icon, mode in _MODES]
    widgets: list[Widget] = []
    if _rows(look) == 1:
        cells = inner.grid(len(tiles) + len(modes), inner.height, gap)
        return [_tile(scene, c, *t) for c, t in zip(cells, [*tiles, *modes], strict=True)]
    low, high = inner.cut_bottom(_tile_px(look), gap)
    for row, entries in ((high, tiles), (low, modes)):
        cells = row.grid(len(entries), row.height, gap)
        widgets += [_tile(scene, c, *t) for c, t in zip(cells, entries, strict=True)]
    return widgets


def _tile(scene: Scene, box: Box, icon: Icon, key: str, event: BrowseEvent) -> TileButton:
    return TileButton(
        box,
        scene.look,
        icon,
        scene.wording.say(key),
        scene.sending(event),
        main=event == DoorPressed(Door.SEARCH),
        is_on=_is_on(scene, event),
    )


def _is_on(scene: Scene, event: BrowseEvent) -> bool:
    match event:
        case ModePressed(Mode.LARGE):
            return scene.view.large
        case ModePressed(Mode.CONTRAST):
            return scene.view.high_contrast
    return False


def _rows(look: Look) -> int:
    return 2 if look.shape is Shape.TALL else 1


def _tile_px(look: Look) -> float:
    return look.touch_px(86, compact=64)


def _gap_px(look: Look) -> float:
    return look.px(12, compact=7)
