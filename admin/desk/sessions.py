"""Who is signed in: tokens, how long they last. No HTTP.

The browser keeps a random token, the records only its SHA-256. A session ends after a while
without a page, and in any case after a working day.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from admin.desk.accounts import Person, person_of
from db.models import Account, DeskSession, School
from db.prepared import Prepared

IDLE = timedelta(hours=2)
"""A librarian is called away for a lesson or two."""
LONGEST = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session that goes on, with what the frame of every page shows."""

    person: Person
    school: str
    """What it is called; empty until it has a name."""
    said: str
    """What was kept for the next page."""


_OWN = (
    DeskSession.school_id == bindparam("of_school"),
    DeskSession.token_sha256 == bindparam("digest"),
)
_SEEN = Prepared(update(DeskSession).where(*_OWN).values(seen_at=bindparam("now")))
_SAY = Prepared(update(DeskSession).where(*_OWN).values(said=bindparam("words")))
_RESUMED = Prepared(
    select(
        Account.__table__,
        DeskSession.seen_at,
        DeskSession.said,
        func.coalesce(School.name, "").label("school"),
    )
    .join(
        DeskSession,
        (DeskSession.school_id == Account.school_id) & (DeskSession.account_id == Account.id),
    )
    .outerjoin(School, School.id == Account.school_id)
    .where(
        *_OWN,
        Account.ended_at.is_(None),
        DeskSession.seen_at > bindparam("idle_since"),
        DeskSession.begun_at > bindparam("begun_since"),
    )
)


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
) -> Resumed | None:
    """Say who shows this token; None if the session is over or never was.

    Args:
        connection: The records.
        school_id: The school.
        token: What the browser shows.
        now: The present moment.
        is_work: Whether somebody did something, so that the session lasts on.
    """
    digest = _digest(token)
    row = _RESUMED.first(
        connection,
        of_school=school_id,
        digest=digest,
        idle_since=now - IDLE,
        begun_since=now - LONGEST,
    )
    if row is None:
        return None
    if is_work and now - row.seen_at >= NOTED_EVERY:
        _SEEN.run(connection, of_school=school_id, digest=digest, now=now)
    return Resumed(person_of(row), row.school, row.said)


def whose(connection: Connection, school_id: int, token: str) -> str:
    """The name of the account that a session is or was of; empty where nobody knows any more."""
    joined = (DeskSession.school_id == Account.school_id) & (DeskSession.account_id == Account.id)
    asked = select(Account.name).join(DeskSession, joined)
    own = (DeskSession.school_id == school_id, DeskSession.token_sha256 == _digest(token))
    name: str | None = connection.execute(asked.where(*own)).scalar_one_or_none()
    return name or ""


def end(connection: Connection, school_id: int, token: str) -> None:
    """Sign out."""
    own = (DeskSession.school_id == school_id, DeskSession.token_sha256 == _digest(token))
    connection.execute(delete(DeskSession).where(*own))


def say_next(connection: Connection, school_id: int, token: str, words: str) -> None:
    """Keep what the next page begins with."""
    _SAY.run(connection, of_school=school_id, digest=_digest(token), words=words[:300])


def forget_said(connection: Connection, school_id: int, token: str) -> None:
    """Forget what was kept for a page, now that it is said."""
    say_next(connection, school_id, token, "")


def form_key(token: str) -> str:
    """What a form of this session must bring back; it tells nothing of the token."""
    return hashlib.sha256(b"form:" + token.encode()).hexdigest()[:32]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
