"""The station's four sounds, and which of them a change on the screen makes. No Kivy.

A sound never says anything alone: word and sign are on the screen as well.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

FOLDER = Path(__file__).parent


class Sound(StrEnum):
    """What is to be heard."""

    YES = "yes"
    NO = "no"
    LOOK = "look"
    """Something is asked, or to be looked at again."""
    END = "end"
    """A visit is over."""
