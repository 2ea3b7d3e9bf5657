"""Keeps what the screen showed: a journal for the crash test, pictures for newcomers.

Off unless asked for on the command line; the pictures are of the demo's invented people.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from db.outcomes import CheckedOut, Renewed
from kiosk.events import Shown
from kiosk.visit import Finished, OutOfOrder, Question, Serving, Visit, Waiting


class Journal:
    """Writes each loan id once, the moment its green is on the screen."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._written: set[str] = set()

    def drawn(self, shown: Shown) -> None:
        """Note the loans that `shown` has put on the screen."""
        for act in getattr(shown.visit, "acts", ()):
            if isinstance(act, CheckedOut) and str(act.loan_id) not in self._written:
                self._written.add(str(act.loan_id))
                line = {"loan_id": str(act.loan_id), "accession": act.accession}
                self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Album:
    """Takes one picture of every state the screen comes to rest in."""

    def __init__(
        self,
        folder: Path,
        picture: Callable[[Path], None],
        later: Callable[[Callable[[float], None], float], object],
    ) -> None:
        """Make the folder.

        Args:
            folder: Where the pictures go.
            picture: Saves the window's contents as PNG.
            later: Calls a function after some seconds on the screen's thread.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._picture = picture
        self._later = later
        self._newest: Visit | None = None
        self._taken = 0

    def drawn(self, shown: Shown) -> None:
        """Take a picture once the movement of a new state has settled."""
        if shown.visit == self._newest:
            return
        self._newest = visit = shown.visit
        self._later(lambda _dt: self._take(visit), SETTLED_S)

    def _take(self, visit: Visit) -> None:
        if visit == self._newest:
            self._taken += 1
            self._picture(self._folder / f"{self._taken:02d}-{_what_happens(visit)}.png")


SETTLED_S = 0.5
"""Longer than any movement on the screen (240 ms)."""


def _what_happens(visit: Visit) -> str:
    match visit:
        case Waiting(notice=None):
            return "waiting"
        case Waiting(notice=notice) | Serving(notice=notice) if notice is not None:
            return f"answer-{getattr(notice, 'reason', type(notice).__name__.lower())}"
        case Serving(question=Question()):
            return "question"
        case Serving(acts=()):
            return "greeting"
        case Serving(acts=acts):
            return {CheckedOut: "lent", Renewed: "renewed"}.get(type(acts[-1]), "returned")
        case Finished():
            return "finished"
        case OutOfOrder():
            return "out-of-order"
    return "waiting"
