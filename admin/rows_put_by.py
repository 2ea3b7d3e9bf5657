"""A sheet whose rows wait in files while it is laid out: the records are free, the memory too.

Keeps out how sheets are laid out.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from db.registers.sheet import Row, Sheet

_AT_A_TIME: Final = 500


def rows_put_by(sheet: Sheet, folder: Path) -> Sheet:
    """The same, read to its end; it may be gone through again while its folder is there.

    Raises:
        OSError: The folder takes no more.
    """
    parts = [
        replace(part, rows=_put_by(part.rows, folder / f"{sheet.code}-{place}"))
        for place, part in enumerate(sheet.parts)
    ]
    return replace(sheet, parts=parts)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a part: gone through as often as one likes, never all held."""

    file: Path

    def __iter__(self) -> Iterator[Row]:
        with self.file.open("rb") as kept:
            while rows := pickle.load(kept):
                yield from rows


def _put_by(rows: Iterable[Row], file: Path) -> _Rows:
    waiting = iter(rows)
    with file.open("wb") as kept:
        while some := list(islice(waiting, _AT_A_TIME)):
            pickle.dump(some, kept)
        pickle.dump([], kept)
    return _Rows(file)
