"""What the clerk asks of others: the library's records, and the slips. Keeps out who answers."""

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
from kiosk.visit import Finished
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
