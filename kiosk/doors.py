"""What the clerk asks of others: records, slips, rooms beside the visit. Keeps out who answers."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from db.identifiers import AccessionNumber, CardNumber, Code
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    PatronKnown,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from kiosk.events import KioskEvent, Shown
from kiosk.rooms import RoomState
from kiosk.visit import Finished, Visit
from printer.receipt import PrinterNews


class LendingDesk(Protocol):
    """What the clerk asks of the library's records."""

    @property
    def undo_s(self) -> int:
        """Seconds in which the last act can be taken back."""
        ...

    def read_code(self, text: str) -> Code:
        """Say what a scanned text is."""
        ...

    def close_reading(self) -> int:
        """End the readings in the library whose session is over, and say how many (rule 19)."""
        ...

    def identify(self, card: CardNumber) -> PatronKnown | Refused:
        """Say whose card this is."""
        ...

    def check_out(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> CheckedOut | Refused:
        """Lend one copy; on disk when this returns."""
        ...

    def read_here(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> CheckedOut | Refused:
        """Note that a copy is read in the library; on disk when this returns."""
        ...

    def check_in(
        self,
        accession: AccessionNumber,
        visit_id: UUID | None = None,
        giver: UUID | None = None,
    ) -> Returned | Refused:
        """Take one copy back from whoever brings it; on disk when this returns."""
        ...

    def could_renew(self, patron: PatronKnown, accession: AccessionNumber) -> Renewable | Refused:
        """Say until when a patron could keep one of their loans; writes nothing."""
        ...

    def renew(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> Renewed | Refused:
        """Let a patron keep one of their loans longer; on disk when this returns."""
        ...

    def undo(self, act: CheckedOut | Returned) -> Undone | Refused:
        """Take the last act back; on disk when this returns."""
        ...

    def note_damage(self, copy: Returned, seen: str) -> DamageNoted | Refused:
        """Keep for the librarian what somebody says of a copy they brought."""
        ...

    def place_hold(self, patron: PatronKnown, edition_id: UUID) -> HoldMade | Refused:
        """Let a patron wait for a title."""
        ...


class Slips(Protocol):
    """What the clerk asks of the slips."""

    def close(self, finished: Finished, *, by_itself: bool = False) -> Finished:
        """Close the visit's slip; give the visit back with its number and what comes on paper."""
        ...

    def print(self, slip_number: str, *, large: bool = False) -> bool:
        """Print a closed slip, for the first time or again; say whether it will be."""
        ...

    def reader_came(self) -> None:
        """Say that another reader stands here."""
        ...

    def give_up_broken(self) -> None:
        """Close the slips of visits that a fault broke off."""
        ...

    def note_printer(self, news: PrinterNews) -> None:
        """Keep what the printer says of itself."""
        ...


class Rehearsal(Protocol):
    """What the clerk asks of a practice that runs in place of the visit."""

    @property
    def shown(self) -> Shown:
        """What is to be seen now."""
        ...

    @property
    def ends_at(self) -> float:
        """When it goes on by itself, in seconds of the clerk's clock."""
        ...

    def handle(self, event: KioskEvent | None) -> bool:
        """Answer an event, or with None the time; False when the practice is over."""
        ...

    def close(self) -> None:
        """Let everything of it go."""
        ...


class Room(Protocol):
    """One place beside the visit (`kiosk.rooms`).

    A room is opened by a code, answers everything that is held up or touched while a state of its
    own is shown, and leaves by giving back another state. It keeps nothing between two events but
    what its state holds, so that leaving it leaves no trace. Keeps out Kivy, SQL and the clock.
    """

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
