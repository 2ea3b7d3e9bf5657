"""Which screen draws a room's state; each is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable

from kivy.uix.widget import Widget

from kiosk.rooms import RoomState
from kiosk.screens.scene import Scene

DRAWN_BY: dict[type[RoomState], Callable[[Scene, RoomState], list[Widget]]] = {}
"""The screens there are."""


def room(scene: Scene, state: RoomState) -> list[Widget]:
    """Draw a room's state."""
    return DRAWN_BY[type(state)](scene, state)
