"""What every page and endpoint of the hub needs at hand. Keeps out what they do with it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from admin.backup_rounds import BackupState
from admin.trust import Trust
from db.clock import Clock

OBJECTS_UNTIL_COLLECTED = 100_000
"""A batch of a thousand events makes some 30 000, nearly all of which are needed to its end.

What only looking finds is little; of this many objects it is some 10 MB at most.
"""

FIRST_SCHOOL = 1
"""The school a new hub serves; its tables have room for more."""


class HubHasNoFolder(Exception):
    """The hub does not know where to keep what belongs into no database."""


@dataclass(frozen=True, slots=True)
class Hub:
    """One school's records, and the time."""

    engine: Engine
    clock: Clock
    school_id: int = FIRST_SCHOOL
    is_ending: Callable[[], bool] = lambda: False
    """Whether the program is about to end, so that nobody should be kept waiting."""
    trust: Trust | None = None
    """By what a kiosk knows this hub; None where none can be paired."""
    data: Path | None = None
    """The hub's folder; None where the records say where it is."""
    errand_key: str = ""
    """What the commands on this machine show (`admin.errands`); empty where none are taken."""
    backups: Callable[[], BackupState | None] = lambda: None
    """How the rounds of backups went last; None where there are none, or none yet."""

    @property
    def folder(self) -> Path | None:
        """Where the hub keeps what belongs into no database; None for one that was given none."""
        if self.data is None and self.engine.dialect.name == "sqlite":
            return Path(str(self.engine.url.database)).parent
        return self.data

    @property
    def key_file(self) -> Path:
        """Where the school's secret for pupils' codes is, beside the records.

        Raises:
            HubHasNoFolder: The records are on a server and the hub was given no folder.
        """
        if self.engine.dialect.name == "sqlite":
            return Path(str(self.engine.url.database)).with_suffix(".key")
        if self.data is None:
            raise HubHasNoFolder("a hub whose records are on a server needs a folder for its key")
        return self.data / "hub.key"


async def _hub_of(request: Request) -> Hub:  # no work for a thread of its own
    hub: Hub = request.app.state.hub
    return hub


TheHub = Annotated[Hub, Depends(_hub_of)]
"""The parameter by which an endpoint asks for the hub."""


def collect_seldom() -> None:
    """Let Python look for forgotten objects seldom, and not among those that a start left.

    With its own settings it looked some forty times during a batch, a third of the batch's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_UNTIL_COLLECTED)
