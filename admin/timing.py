"""Where an event stands in time, whatever its kiosk's clock said. No database, no HTTP.

A kiosk tells with each event when it happened by the hub's own clock, as well as it knows
(`db.sync.boots`). A clock a little off changes nothing of what was printed; one that is far off
moves the event to when it happened. A due day follows then, but never to before the printed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.clock import local_day
from db.states import ClockQuality
from db.sync.messages import CopyLent, Fact, WireEvent

TOLERANCE_S = 300
"""Seconds by which a kiosk's clock may be off before its times are corrected in the records."""

UNCERTAIN_S = 86_400
"""Seconds that a time may be wrong about which nothing but the kiosk's own clock is known."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one event stands among those of all kiosks."""

    sorted_at: datetime
    spread_s: int
    shift_s: int
    """Seconds by which its own times are to be moved."""


def place(event: WireEvent, fact: Fact, floor: datetime | None, now: datetime) -> Placed:
    """Say where an event stands: never before its stream's earlier ones, never after it came."""
    at, shift = fact.at, 0
    if event.corrected_at is not None and event.corrected_at != event.happened_at:
        drift = event.corrected_at - event.happened_at
        off_s = drift.total_seconds()
        shift = round(off_s) if abs(off_s) > event.spread_s + TOLERANCE_S else 0
        at += drift if event.clock is ClockQuality.SYNCED else timedelta(seconds=shift)
    at = min(at, now)
    spread = UNCERTAIN_S if event.clock is ClockQuality.UNKNOWN else event.spread_s
    return Placed(at if floor is None else max(floor, at), spread, shift)


def as_it_happened(fact: Fact, shift_s: int) -> Fact:
    """A fact with its times moved; a due day goes along, but not to before the printed one."""
    if not shift_s:
        return fact
    by = timedelta(seconds=shift_s)
    name = next(
        name for name in ("lent_at", "returned_at", "at") if name in type(fact).model_fields
    )
    moved: dict[str, Any] = {name: fact.at + by}
    if isinstance(fact, CopyLent):
        days = (local_day(fact.at + by) - local_day(fact.at)).days
        moved["due"] = fact.due + timedelta(days=max(0, days))
    return fact.model_copy(update=moved)
