"""A station's events on a USB stick: the same messages as over the network. Keeps out who reads.

Each file is a batch as it is pushed. Beside it stands a signature made with the digest of the
station's token, which the hub has too: a stick that was lost opens no door, and a file that was
changed on the way is not believed. Everything the station still has is carried each time; what
the hub has already are duplicates to it, by whichever way they came.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from db import care, outbox

PREFIX = "tram-sach-events-"
SIGNED = ".hmac"


@dataclass(frozen=True, slots=True)
class Carried:
    """One file of a stick."""

    file: Path
    body: bytes
    signatures: tuple[str, ...]

    def is_signed_with(self, key: bytes) -> bool:
        """Whether whoever has `key` wrote it, and nobody has changed it since."""
        expected = _sign(key, self.body)
        return any(hmac.compare_digest(expected, one) for one in self.signatures)


def write(engine: Engine, folder: Path, *tokens: str) -> int:
    """Write everything the outbox holds, and say how many events that is.

    Signed with each of the station's tokens: the hub may not have met the newest yet.

    Raises:
        OSError: The stick is full, or not there.
    """
    keys = [hashlib.sha256(token.encode()).digest() for token in tokens]
    written, after = 0, 0
    while events := (batch := outbox.next_batch(engine, after=after)).events:
        name = f"{PREFIX}{batch.incarnation.hex}-{events[0].seq:010d}.json"
        body = batch.model_dump_json().encode()
        signed = "\n".join(_sign(key, body) for key in keys)
        _put(folder / f"{name}{SIGNED}", signed.encode())
        _put(folder / name, body)
        written, after = written + len(events), events[-1].seq
    return written


def read(folder: Path) -> Iterator[Carried]:
    """The files of a stick, each stream's in order."""
    for file in sorted(folder.glob(f"{PREFIX}*.json")):
        beside = file.with_name(f"{file.name}{SIGNED}")
        signed = beside.read_bytes().decode("ascii", "ignore") if beside.is_file() else ""
        yield Carried(file, file.read_bytes(), tuple(signed.split()))


def _put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all: sticks are pulled out early."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(content)
        care.flush(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _sign(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()
