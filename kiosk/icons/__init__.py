"""The few Lucide icons the screens use (ISC licence, see LICENSE.txt), as one small font.

`lucide-subset.ttf` was cut from lucide-static 1.62.0 with `fonttools subset --unicodes=…`;
an icon that is not listed here is not in the font.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

FONT = Path(__file__).with_name("lucide-subset.ttf")


class Icon(StrEnum):
    """Each value is the character that draws the icon."""

    BOOK = "\ue05f"
    CALENDAR = "\ue2b9"
    CAMERA = "\ue064"
    CARD = "\ue617"
    CLOCK = "\ue087"
    CLOSER = "\ue1b6"
    DONE = "\ue226"
    FARTHER = "\ue1b7"
    FOCUS = "\ue29e"
    GLARE = "\ue178"
    HINT = "\ue0f9"
    LEND = "\ue3f4"
    LIBRARIAN = "\ue468"
    LIBRARY = "\ue54e"
    LIGHT = "\ue1c2"
    LOOK = "\ue193"
    NEXT = "\ue049"
    NO = "\ue077"
    NO_CAMERA = "\ue065"
    OFFLINE = "\ue08d"
    ONE = "\ue52a"
    PRINTER = "\ue141"
    PRIVATE = "\ue1ff"
    RETURN = "\ue2a1"
    SCAN = "\ue257"
    SENDING = "\ue091"
    SHELF = "\ue100"
    SLIP = "\ue5ac"
    STILL = "\ue1d7"
    TICK = "\ue06c"
    TURNED = "\ue2ea"
    WRENCH = "\ue1b1"
