"""Who is signed in: tokens, how long they last. No HTTP.

The browser keeps a random token, the records only its SHA-256. A session ends after a while
without a page, and in any case after a working day.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from admin.desk.accounts import Person, person_of
from db.models import Account, DeskSession

IDLE = timedelta(hours=2)
"""A librarian is called away for a lesson or two."""
LONGEST = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used."""


def begin(connection: Connection, school_id: int, account_id: UUID, now: datetime) -> str:
    """Sign somebody in; give the token for the browser. Sessions that are over are deleted."""
    over = (DeskSession.seen_at <= now - IDLE) | (DeskSession.begun_at <= now - LONGEST)
    connection.execute(delete(DeskSession).where(DeskSession.school_id == school_id, over))
    token = secrets.token_urlsafe(32)
    row = {"token_sha256": _digest(token), "account_id": account_id, "said": ""}
    times = {"begun_at": now, "seen_at": now}
    connection.execute(insert(DeskSession).values(school_id=school_id, **row, **times))
    return token


def resume(
    connection: Connection, school_id: int, token: str, now: datetime, is_work: bool = True
) -> Person | None:
    """Say who shows this token; None if the session is over or never was.

    Args:
        connection: The records.
        school_id: The school.
        token: What the browser shows.
        now: The present moment.
        is_work: Whether somebody did something, so that the session lasts on.
    """
    own = (DeskSession.school_id == school_id, DeskSession.token_sha256 == _digest(token))
    row = connection.execute(
        select(Account.__table__, DeskSession.seen_at)
        .join(
            DeskSession,
            (DeskSession.school_id == Account.school_id) & (DeskSession.account_id == Account.id),
        )
        .where(
            *own,
            Account.ended_at.is_(None),
            DeskSession.seen_at > now - IDLE,
            DeskSession.begun_at > now - LONGEST,
        )
    ).first()
    if row is None:
        return None
    if is_work and now - row.seen_at >= NOTED_EVERY:
        connection.execute(update(DeskSession).where(*own).values(seen_at=now))
    return person_of(row)


def end(connection: Connection, school_id: int, token: str) -> None:
    """Sign out."""
    own = (DeskSession.school_id == school_id, DeskSession.token_sha256 == _digest(token))
    connection.execute(delete(DeskSession).where(*own))


def say_next(connection: Connection, school_id: int, token: str, words: str) -> None:
    """Keep what the next page begins with."""
    own = (DeskSession.school_id == school_id, DeskSession.token_sha256 == _digest(token))
    connection.execute(update(DeskSession).where(*own).values(said=words[:300]))


def take_said(connection: Connection, school_id: int, token: str) -> str:
    """What was kept for this page; it is said once."""
    own = (DeskSession.school_id == school_id, DeskSession.token_sha256 == _digest(token))
    said: str = connection.execute(select(DeskSession.said).where(*own)).scalar() or ""
    if said:
        connection.execute(update(DeskSession).where(*own).values(said=""))
    return said


def form_key(token: str) -> str:
    """What a form of this session must bring back; it tells nothing of the token."""
    return hashlib.sha256(b"form:" + token.encode()).hexdigest()[:32]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
