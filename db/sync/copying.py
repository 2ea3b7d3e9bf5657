"""Hands a copy of the station's records to its hub. Keeps out when the hub wants one.

Packed and written beside the records first, so that the copy is of one moment however long the
network takes, and lending goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import zstandard

from db import care
from db.sync.connection import HubConnection

LEVEL = 3
"""A Raspberry Pi packs 30 MB in seconds by this; 9 takes several times that for a tenth less."""


def hand_copy(hub: HubConnection, records: Path, stop: Callable[[], bool] = lambda: False) -> bool:
    """Hand a copy over if the hub's newest is not of this night; whether it was.

    Args:
        hub: The way there; whoever says `stop` breaks it off as well.
        records: The station's file.
        stop: Whether there is no time for it any more.

    Raises:
        SyncError: The hub did not take it.
        OSError: There is no room to write it.
        sqlite3.Error: The records cannot be read.
    """
    if not hub.wants_copy():
        return False
    plain = records.with_name("copy-for-hub.db")
    packed = records.with_name("copy-for-hub.db.zst")
    try:
        care.copy_file(records, plain)
        if not _pack(plain, packed, stop):
            return False
        hub.hand_copy(packed)
    finally:
        plain.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)
    return True


def _pack(plain: Path, packed: Path, stop: Callable[[], bool]) -> bool:
    """Pack a file; False if it was told to stop."""
    packer = zstandard.ZstdCompressor(LEVEL, write_checksum=True)
    with plain.open("rb") as read, packed.open("wb") as write:
        packed.chmod(0o600)
        for part in packer.read_to_iter(read):
            if stop():
                return False
            write.write(part)
    return True
