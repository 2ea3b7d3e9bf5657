"""What lies beside a pupil's visit, such as the librarian's mode: a room with states of its own.

A room is opened by a code, answers everything that is held up or touched while a state of its
own is shown, and leaves by giving back another state. It keeps nothing between two events but
what its state holds, so that leaving it leaves no trace. Keeps out Kivy, SQL and the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from db.identifiers import Code
    from kiosk.events import KioskEvent
    from kiosk.visit import Visit


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


class Room(Protocol):
    """One place beside the visit."""

    def open(self, code: Code) -> RoomState | None:
        """The first state of the room that a code opens; None if it is no key of this room.

        Asked before anything else is made of a code, and only while no room is open.
        """
        ...

    def is_open(self, visit: Visit) -> bool:
        """Whether a state is this room's."""
        ...

    def handle(self, state: Visit, event: KioskEvent | None) -> Visit:
        """Answer what was scanned or touched; None says that the state has lasted long enough.

        The same state is given back where nothing has changed, and gets no more time; any state
        that is not the room's own leaves it.
        """
        ...

    def patience_s(self, state: Visit) -> float:
        """How long a state lasts without an event, in seconds; 0 for ever."""
        ...
