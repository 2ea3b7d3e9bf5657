"""Codes by which kiosks are paired: who may use one, when, how often. Keeps out HTTP and TLS.

A code lives for ten minutes, is used once, and is void after five wrong tries. It is not known
which code a wrong try was meant for, so it counts against every open one; there are seldom two.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from admin import kiosks
from db.ids import new_id
from db.models import Kiosk, PairingCode
from db.sync import pairing
from db.sync.pairing import PairingAsked, PairingDone, PairingRefusal

CODE_MINUTES = 10
"""How long a code can be used: to walk from the desk to the station and type it."""
MOST_TRIES = 5
"""Wrong tries after which a code is void."""
KEPT_DAYS = 1
"""For how long an old code is remembered, to say of it that it is old."""


def invite(connection: Connection, school_id: int, name: str, now: datetime) -> str:
    """Make a code for the kiosk `name`; one made for it before is worth nothing from now on."""
    old = PairingCode.expires_at < now - timedelta(days=KEPT_DAYS)
    same = (PairingCode.kiosk_name == name) & PairingCode.used_by_sha256.is_(None)
    ours = PairingCode.school_id == school_id
    connection.execute(delete(PairingCode).where(ours, old | same))
    code = pairing.new_code()
    times = {"made_at": now, "expires_at": now + timedelta(minutes=CODE_MINUTES)}
    secret = {"key": pairing.key_of(code), "tries": 0, "used_by_sha256": None}
    named = {"school_id": school_id, "id": new_id(), "kiosk_name": name}
    connection.execute(insert(PairingCode).values({**named, **secret, **times}))
    return code


def pair(
    connection: Connection, school_id: int, asked: PairingAsked, authority: str, now: datetime
) -> PairingDone | PairingRefusal:
    """Pair whoever proves to have a code that can be used. Asked again, answer again.

    Args:
        connection: The hub's records.
        school_id: The school that this hub serves.
        asked: What the kiosk said.
        authority: The fingerprint of the authority that this hub has shown it.
        now: The hub's time.
    """
    ours = PairingCode.school_id == school_id
    codes = connection.execute(select(PairingCode.__table__).where(ours).with_for_update()).all()
    code = next((one for one in codes if pairing.is_proven(asked, one.key, authority)), None)
    if code is None:
        _count_try(connection, school_id, now)
        return PairingRefusal.WRONG
    if refusal := _why_not(connection, code, asked, now):
        return refusal
    token = bytes.fromhex(asked.token_sha256)
    used = update(PairingCode).where(ours, PairingCode.id == code.id)
    connection.execute(used.values(used_by_sha256=token))
    kiosk_id = kiosks.know(connection, code.school_id, code.kiosk_name, token, now)
    return pairing.answer(asked, code.key, authority, code.school_id, kiosk_id, code.kiosk_name)


def _why_not(
    connection: Connection, code: Any, asked: PairingAsked, now: datetime
) -> PairingRefusal | None:
    token = bytes.fromhex(asked.token_sha256)
    if code.used_by_sha256 not in (None, token):
        return PairingRefusal.USED
    if code.used_by_sha256 is None and code.tries >= MOST_TRIES:
        return PairingRefusal.VOID
    if code.expires_at <= now:
        return PairingRefusal.EXPIRED
    if code.school_id != asked.school_id:
        return PairingRefusal.WRONG_SCHOOL
    held = select(Kiosk.id).where(Kiosk.token_sha256 == token, Kiosk.name != code.kiosk_name)
    return PairingRefusal.WRONG if connection.execute(held).first() else None


def _count_try(connection: Connection, school_id: int, now: datetime) -> None:
    is_open = (PairingCode.used_by_sha256.is_(None), PairingCode.expires_at > now)
    one_more = {"tries": PairingCode.tries + 1}
    ours = PairingCode.school_id == school_id
    connection.execute(update(PairingCode).where(ours, *is_open).values(one_more))
