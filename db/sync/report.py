"""What the sync thread says of itself, for the screens. Plain values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HubState(StrEnum):
    """How the hub answered last."""

    UNASKED = "unasked"
    """It has not been asked since the station started: nothing is known to be wrong."""
    AWAY = "away"
    """Not at all, or with a fault of its own; the station works on and tries again."""
    REACHED = "reached"
    REFUSED = "refused"
    """It does not understand this station, or serves another school: the librarian must act."""
    UNPAIRED = "unpaired"
    """It knows no token of this station: the librarian must pair it again."""
    REVOKED = "revoked"
    """A librarian has ended the trust in this station, and it has forgotten people."""
    STRANGER = "stranger"
    """Somebody else answers in the hub's place: nothing is sent, the librarian must look."""
    STATION_TOO_OLD = "station-too-old"
    HUB_TOO_OLD = "hub-too-old"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How things stand between station and hub."""

    hub: HubState
    waiting: int
    """Events the hub does not have yet."""
    as_of: datetime | None = None
    """As of when the station has the hub's records, by the hub's clock; None if it never had."""
