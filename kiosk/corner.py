"""A class corner at the station: a crate goes out, or comes back. Plain values only.

::

    corner's code ──▶ TakingBack ◀──touch──▶ TakingOut ──done──▶ CornerDone ──▶ nobody is known
                      (if copies are out)    (if none is)

Scanning alone is enough to bring a crate back: what is held up ticks itself off the list. To
take one out somebody who answers for the corner shows a card. Every tick is on disk already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from db.corners import Awaited, CornerKnown
from db.identifiers import AccessionNumber
from db.outcomes import PatronKnown, Refused, Returned
from kiosk.rooms import RoomEvent, RoomState


class CornerWord(StrEnum):
    """What the screen says of the last thing held up; the key of its sentence."""

    BACK = "back"
    WAS_BACK = "was-back"
    """It was ticked off before."""
    STRANGE = "strange"
    """It is not of this corner's crates."""
    SENT = "sent"
    WAS_SENT = "was-sent"
    NOT_KEEPER = "not-keeper"
    """The card is of nobody who answers for the corner."""
    KEEPER_FIRST = "keeper-first"
    KEEPER_KNOWN = "keeper-known"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Line:
    """One copy on the list."""

    accession: AccessionNumber
    title: str


@dataclass(frozen=True, slots=True)
class CornerState(RoomState):
    """What all states of a corner have."""

    corner: CornerKnown
    author: str = ""
    """Whose word it is in the records: a card's number, or the librarian's."""
    keeper: PatronKnown | None = None
    """Who stands here, once a card was shown."""
    word: CornerWord | Refused | None = None
    """The answer to the last thing held up."""
    last: Line | None = None
    """What it was about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingBack(CornerState):
    """Copies come back; the list ticks itself off."""

    awaited: tuple[Awaited, ...]
    number: str = ""
    """Of the oldest crate that is out."""
    back: tuple[Line, ...] = ()
    """Newest first."""
    strange: tuple[Line, ...] = ()
    today: date
    """To tell which crates are overdue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingOut(CornerState):
    """A crate is packed; its manifest grows."""

    crate_id: UUID
    number: str
    due: date
    sent: tuple[Line, ...] = ()
    """Newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerDone(CornerState):
    """The crate is gone or taken in: what remains to be known."""

    number: str
    sent: tuple[Line, ...] = ()
    due: date | None = None
    back: tuple[Line, ...] = ()
    missing: tuple[Line, ...] = ()
    strange: tuple[Line, ...] = ()
    is_printing: bool = False


@dataclass(frozen=True, slots=True)
class Dropped(RoomState):
    """A book was dropped at a station that only takes returns; nobody is known."""

    outcome: Returned | Refused | None
    """None where a card was held up: it is not needed here."""
    is_worn: bool | None = None
    """What was said of its condition; None before anything was."""


@dataclass(frozen=True, slots=True)
class WayChosen(RoomEvent):
    """Out, or back."""

    is_out: bool


@dataclass(frozen=True, slots=True)
class CrateClosed(RoomEvent):
    """Everything of the crate was held up."""


@dataclass(frozen=True, slots=True)
class LastRemoved(RoomEvent):
    """The copy packed last stays here after all."""


@dataclass(frozen=True, slots=True)
class CornerLeft(RoomEvent):
    """The corner is left."""


@dataclass(frozen=True, slots=True)
class ManifestAsked(RoomEvent):
    """The manifest is wanted on paper once more."""


@dataclass(frozen=True, slots=True)
class WearSaid(RoomEvent):
    """How a dropped book is."""

    is_worn: bool
