"""The kiosks a hub knows: enrolment and recognition. Keeps out HTTP and events.

A token is 256 random bits, shown once; only its SHA-256 is kept, so that a copied database
opens no door. Nothing slower is needed: so long a random secret cannot be guessed.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from db.ids import new_id
from db.models import Kiosk

TOKEN_BYTES = 32
"""Length of the secret before it is written in URL-safe base 64."""


@dataclass(frozen=True, slots=True)
class KnownKiosk:
    """A kiosk that showed its token."""

    school_id: int
    id: UUID


def is_enrolled(connection: Connection, school_id: int, name: str) -> bool:
    """Whether a kiosk of this name holds a token."""
    named = select(Kiosk.id).where(Kiosk.school_id == school_id, Kiosk.name == name)
    return connection.execute(named).first() is not None


def enrol(connection: Connection, school_id: int, name: str, now: datetime) -> str:
    """Give the kiosk `name` a token; one it had before is worth nothing from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    key = {"token_sha256": _digest(token), "enrolled_at": now}
    if is_enrolled(connection, school_id, name):
        same = (Kiosk.school_id == school_id, Kiosk.name == name)
        connection.execute(update(Kiosk).where(*same).values(key))
    else:
        kiosk = {"school_id": school_id, "id": new_id(), "name": name, "last_contact_at": None}
        connection.execute(insert(Kiosk).values({**kiosk, **key}))
    return token


def recognise(connection: Connection, token: str, now: datetime) -> KnownKiosk | None:
    """Say whose token this is, and note that the kiosk was heard of."""
    heard = (
        update(Kiosk)
        .where(Kiosk.token_sha256 == _digest(token))
        .values(last_contact_at=now)
        .returning(Kiosk.school_id, Kiosk.id)
    )
    row = connection.execute(heard).first()
    return None if row is None else KnownKiosk(row.school_id, row.id)


def note_state(
    connection: Connection, kiosk: KnownKiosk, waiting: int | None, protocol: int
) -> None:
    """Keep what a kiosk said of itself."""
    said = {"waiting": waiting, "protocol": protocol}
    whose = (Kiosk.school_id == kiosk.school_id, Kiosk.id == kiosk.id)
    connection.execute(update(Kiosk).where(*whose).values(said))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
