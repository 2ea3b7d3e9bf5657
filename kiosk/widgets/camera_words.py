"""What stands on the camera's picture, or in its place. Keeps out where it is drawn.

What is said to whoever holds something up: a believed code, then two codes at once, then a
code that is being read, then what would help to read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from kiosk.events import CameraState
from kiosk.icons import Icon
from kiosk.theme import LOOK, YES, Tone
from kiosk.wording import Wording
from scanner.guidance import Hint

if TYPE_CHECKING:
    from scanner.reader import Preview

HINT_ICONS = {
    Hint.TWO: Icon.ONE,
    Hint.DARK: Icon.LIGHT,
    Hint.STILL: Icon.STILL,
    Hint.FARTHER: Icon.FARTHER,
    Hint.GLARE: Icon.GLARE,
    Hint.BLURRED: Icon.FOCUS,
    Hint.TURNED: Icon.TURNED,
    Hint.CLOSER: Icon.CLOSER,
}


class Sight(Enum):
    """What the newest preview holds."""

    NOTHING = "no picture"
    EMPTY = "no code"
    SEEN = "a code"
    BELIEVED = "a believed code"


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence on the picture."""

    icon: Icon
    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class CameraWords:
    """All the sentences there are."""

    seen: str
    believed: str
    hints: Mapping[Hint, str]
    absent: str
    """Why there is no picture."""
    absent_next: str = ""
    """What to do about it; empty while the camera is only starting."""

    def remark(self, preview: Preview) -> Remark | None:
        """What to say about a picture."""
        hint = preview.hint
        match sight_of(preview):
            case Sight.BELIEVED:
                return Remark(Icon.TICK, YES, self.believed)
            case Sight.SEEN if hint is not Hint.TWO:
                return Remark(Icon.SCAN, LOOK, self.seen)
        return Remark(HINT_ICONS[hint], LOOK, self.hints[hint]) if hint else None


def sight_of(preview: Preview | None) -> Sight:
    """What there is to see."""
    if preview is None:
        return Sight.NOTHING
    if not preview.outlines:
        return Sight.EMPTY
    return Sight.BELIEVED if preview.believed else Sight.SEEN


def camera_words(wording: Wording, state: CameraState) -> CameraWords:
    """Gather the sentences in one language."""
    say, is_lost = wording.say, state is CameraState.LOST
    return CameraWords(
        seen=say("camera.seen"),
        believed=say("camera.believed"),
        hints={hint: say(f"hint.{hint}") for hint in Hint},
        absent=say("camera.lost") if is_lost else say("camera.starting"),
        absent_next=say("camera.lost.next") if is_lost else "",
    )
