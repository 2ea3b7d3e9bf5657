"""The copies of a kiosk's records that the hub keeps. Keeps out HTTP, and what is in them.

A kiosk hands one over each night, packed (`db.sync.copying`). It gets its name only when it was
unpacked and read whole; the newest stay. A copy names children: those of a kiosk that is trusted
no more are deleted.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import zstandard
from sqlalchemy import Connection, select

from db import care
from db.clock import SCHOOL_ZONE
from db.ids import new_id
from db.models import Kiosk

KEPT = 7
"""Copies of one kiosk that stay: a week of nights, as at the kiosk itself."""

NIGHT_FROM = time(17, 0)
"""From when on a copy is the night's; a kiosk that is off by then brings it the next morning."""

PACKED_LIMIT_BYTES = 256 * 1024 * 1024
UNPACKED_LIMIT_BYTES = 1024 * 1024 * 1024
"""Some ten times the records of a school with 100 000 copies."""

_FOLDER = "kiosk-copies"
_STAMP = "%Y%m%d-%H%M%S"
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KioskCopy:
    """One night's copy."""

    file: Path
    made_at: datetime
    """By the hub's clock, when it arrived."""
    bytes: int
    """As it is packed."""


class KioskCopies:
    """One kiosk's copies, in a folder that no other kiosk writes into."""

    def __init__(self, hub_folder: Path, kiosk_id: UUID) -> None:
        self._folder = _folder_of(hub_folder, kiosk_id)

    def all(self) -> list[KioskCopy]:
        """Those there are, the newest first."""
        files = sorted(self._folder.glob("kiosk-*.db.zst"), reverse=True)
        return [KioskCopy(file, _made_at(file), file.stat().st_size) for file in files]

    def is_due(self, now: datetime) -> bool:
        """Whether there is none since school was over last."""
        newest = next(iter(self.all()), None)
        return newest is None or not _evening_before(now) <= newest.made_at <= now

    @contextmanager
    def arriving(self) -> Iterator[Path]:
        """A name to write a copy to; it is gone afterwards, unless kept."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f"{new_id().hex}.part"
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)

    def keep(self, part: Path, now: datetime) -> KioskCopy | None:
        """Keep what has arrived, and let the oldest go; None if it is no kiosk's records, whole."""
        plain = part.with_suffix(".plain.part")
        try:
            if not (_unpack(part, plain) and _are_records_of_a_kiosk(plain)):
                return None
        finally:
            plain.unlink(missing_ok=True)
        kept = self._folder / f"kiosk-{now.astimezone(SCHOOL_ZONE):{_STAMP}}.db.zst"
        care.flush(part)
        part.replace(kept)
        care.flush(self._folder)
        for old in self.all()[KEPT:]:
            old.file.unlink(missing_ok=True)
        return KioskCopy(kept, _made_at(kept), kept.stat().st_size)


def drop_of_revoked(connection: Connection, school_id: int, hub_folder: Path | None) -> None:
    """Delete the copies of kiosks that are trusted no more."""
    if hub_folder is None:
        return
    revoked = select(Kiosk.id).where(Kiosk.school_id == school_id, Kiosk.revoked_at.is_not(None))
    for kiosk_id in connection.execute(revoked).scalars():
        shutil.rmtree(_folder_of(hub_folder, kiosk_id), ignore_errors=True)


def drop_broken_off(hub_folder: Path) -> None:
    """Delete what was arriving when the hub was ended; nobody writes it any more."""
    for part in (hub_folder / _FOLDER).glob("*/*.part"):
        part.unlink(missing_ok=True)


def by_kiosk(hub_folder: Path | None, kiosk_ids: Iterable[UUID]) -> dict[UUID, list[KioskCopy]]:
    """What the hub keeps of each kiosk, the newest first."""
    if hub_folder is None:
        return {kiosk_id: [] for kiosk_id in kiosk_ids}
    return {kiosk_id: KioskCopies(hub_folder, kiosk_id).all() for kiosk_id in kiosk_ids}


def unpack(copy: KioskCopy, target: Path) -> bool:
    """Write a copy's records to a new file; False if they are not whole any more."""
    return _unpack(copy.file, target) and _are_records_of_a_kiosk(target)


def _folder_of(hub_folder: Path, kiosk_id: UUID) -> Path:
    return hub_folder / _FOLDER / str(kiosk_id)


def _made_at(file: Path) -> datetime:
    stamp = file.name.removeprefix("kiosk-").removesuffix(".db.zst")
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=SCHOOL_ZONE)


def _evening_before(now: datetime) -> datetime:
    local = now.astimezone(SCHOOL_ZONE)
    evening = datetime.combine(local.date(), NIGHT_FROM, SCHOOL_ZONE)
    return evening if evening <= local else evening - timedelta(days=1)


def _unpack(packed: Path, plain: Path) -> bool:
    """Whether it could be unpacked, to not more than there may be."""
    size = 0
    try:
        with packed.open("rb") as read, plain.open("wb") as write:
            plain.chmod(0o600)
            for chunk in zstandard.ZstdDecompressor().read_to_iter(read, write_size=_CHUNK_BYTES):
                size += len(chunk)
                if size > UNPACKED_LIMIT_BYTES:
                    return False
                write.write(chunk)
    except zstandard.ZstdError:
        return False
    return True


def _are_records_of_a_kiosk(plain: Path) -> bool:
    if not care.is_whole(plain):
        return False
    try:
        with closing(care.open_to_read(plain, alone=True)) as connection:
            return connection.execute("SELECT incarnation FROM station").fetchone() is not None
    except sqlite3.Error:
        return False
