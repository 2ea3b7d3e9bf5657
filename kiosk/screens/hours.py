"""Whether the library is open, in words: now, until when, and when again."""

from __future__ import annotations

from datetime import datetime

from kivy.uix.widget import Widget

from db.notices import Opening
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.theme import LOOK, YES
from kiosk.widgets.box import Box
from kiosk.widgets.chip import chip
from kiosk.wording import Wording


def hours_chip(scene: Scene, opening: Opening, box: Box) -> Widget:
    """Draw it as a chip at the right of `box`."""
    tone, icon = (YES, Icon.OPEN) if opening.is_open else (LOOK, Icon.CLOSED)
    words = say_opening(scene.wording, opening)
    return chip(words, tone, scene.look, box, icon=icon, style=scene.look.label)


def say_opening(wording: Wording, opening: Opening) -> str:
    """Say it in one line."""
    if opening.is_open:
        if opening.until is None:
            return wording.say("hours.open")
        return wording.say("hours.until", time=f"{opening.until:%H:%M}")
    return wording.say("hours.closed")


def say_next(wording: Wording, opening: Opening) -> str:
    """When it opens again, with the day; empty where nobody knows."""
    again = opening.lends_again
    if again is None:
        return ""
    return wording.say("hours.again", day=wording.day(again.date()), time=_hour(again))


def _hour(moment: datetime) -> str:
    return f"{moment:%H:%M}"
