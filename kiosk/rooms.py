"""What lies beside a pupil's visit, such as the librarian's mode: a room with states of its own.

Here is what all rooms' states and touches have in common; what a room does is `doors.Room`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoomState:
    """What a room shows; each room makes its states from this one."""


@dataclass(frozen=True, slots=True)
class GivesWay(RoomState):
    """The room is left for what was just held up, which is answered as at the idle screen.

    It is never shown.
    """


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something was touched in a room; each room makes its touches from this one."""
