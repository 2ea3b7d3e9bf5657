"""Hands a copy of the station's records to its hub. Keeps out when the hub wants one.

Packed and written beside the records first, so that the copy is of one moment however long the
network takes, and lending goes on meanwhile.
"""

from __future__ import annotations

from pathlib import Path

import zstandard

from db import care
from db.sync.connection import HubConnection

LEVEL = 3
"""A Raspberry Pi packs 30 MB in seconds by this; 9 takes several times that for a tenth less."""


def hand_copy(hub: HubConnection, records: Path) -> bool:
    """Hand a copy over if the hub's newest is not of this night; whether it was.

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
        _pack(plain, packed)
        hub.hand_copy(packed)
    finally:
        plain.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)
    return True


def _pack(plain: Path, packed: Path) -> None:
    with plain.open("rb") as read, packed.open("wb") as write:
        packed.chmod(0o600)
        zstandard.ZstdCompressor(LEVEL, write_checksum=True).copy_stream(read, write)
