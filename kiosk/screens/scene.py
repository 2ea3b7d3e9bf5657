"""What every screen is drawn from, besides the visit itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kivy.uix.widget import Widget

from db.notices import Board
from kiosk.browsing import PLAIN, View
from kiosk.events import CameraState, KioskEvent, Status
from kiosk.theme import Look
from kiosk.widgets.box import Box
from kiosk.widgets.camera import CameraView, Film
from kiosk.widgets.camera_words import camera_words
from kiosk.widgets.countdown import Countdown
from kiosk.widgets.scanner_sign import scanner_sign
from kiosk.wording import Wording


@dataclass(frozen=True, slots=True)
class Scene:
    """The stage of one drawing: its room, its sizes, its words and its doors."""

    box: Box
    """The window, less the status line."""
    look: Look
    wording: Wording
    status: Status
    film: Film
    countdown: Countdown
    undo: Countdown
    """How long the last act can be taken back."""
    send: Callable[[KioskEvent], None]
    school: str
    station: str
    is_new: bool
    """Whether the visit has just changed, so that the answer may move in."""
    view: View = PLAIN
    board: Board | None = None
    """What the idle screen tells everyone."""
    is_practice: bool = False

    @property
    def is_blind(self) -> bool:
        """Whether nothing can be held up, because the camera is lost."""
        return self.status.camera is CameraState.LOST

    @property
    def has_camera(self) -> bool:
        """Whether things are held up to a camera; else they are scanned by hand."""
        return self.status.camera is not CameraState.NONE

    def sending(self, event: KioskEvent) -> Callable[[], None]:
        """What a touch does that means `event`."""
        return lambda: self.send(event)

    def camera(self, box: Box) -> Widget:
        """The live picture, or why there is none."""
        if not self.has_camera:
            return scanner_sign(box, self.look, self.wording.say("camera.none"))
        words = camera_words(self.wording, self.status.camera)
        return CameraView(box, self.film, self.look, words)
