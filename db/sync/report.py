"""What the sync thread says of itself, for the screens. Plain values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HubState(StrEnum):
    """How the hub answered last."""

    AWAY = "away"
    """Not at all, or with a fault of its own; the station works on and tries again."""
    REACHED = "reached"
    REFUSED = "refused"
    """It does not know this station's token, or does not understand it: the librarian must act."""
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
