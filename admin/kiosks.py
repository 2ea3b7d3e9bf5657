"""The kiosks a hub knows: enrolment and recognition. Keeps out HTTP and events.

A token is 256 random bits; only its SHA-256 is kept, so that a copied database
opens no door. Nothing slower is needed: so long a random secret cannot be guessed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, insert, null, or_, select, update

from db.ids import new_id
from db.models import Kiosk, RevokedToken
from db.prepared import Prepared
from db.states import ClockQuality
from db.sync.messages import Health
from db.sync.pairing import new_token, token_digest


@dataclass(frozen=True, slots=True)
class KnownKiosk:
    """A kiosk that showed its token."""

    school_id: int
    id: UUID


_HEARING = (
    update(Kiosk).values(last_contact_at=bindparam("now")).returning(Kiosk.school_id, Kiosk.id)
)
_HEARD = Prepared(_HEARING.where(Kiosk.token_sha256 == bindparam("digest")))
_FOLLOWS = Prepared(
    _HEARING.where(Kiosk.next_token_sha256 == bindparam("digest")).values(
        token_sha256=bindparam("digest"), next_token_sha256=null(), token_since=bindparam("now")
    )
)
_NOTE = Prepared(
    update(Kiosk)
    .where(Kiosk.school_id == bindparam("of_school"), Kiosk.id == bindparam("of_kiosk"))
    .values(waiting=bindparam("said_waiting"), protocol=bindparam("said_protocol"))
)


_NOTE_HEALTH = Prepared(
    update(Kiosk)
    .where(Kiosk.school_id == bindparam("of_school"), Kiosk.id == bindparam("of_kiosk"))
    .values(
        version=bindparam("said_version"),
        printer_trouble=bindparam("said_printer"),
        paper_low=bindparam("said_paper"),
        camera=bindparam("said_camera"),
    )
)


def is_enrolled(connection: Connection, school_id: int, name: str) -> bool:
    """Whether a kiosk of this name holds a token."""
    return id_of(connection, school_id, name) is not None


def id_of(connection: Connection, school_id: int, name: str) -> UUID | None:
    """Which kiosk is called so; None if there is none."""
    named = select(Kiosk.id).where(Kiosk.school_id == school_id, Kiosk.name == name)
    return connection.execute(named).scalar()


def enrol(connection: Connection, school_id: int, name: str, now: datetime) -> str:
    """Give the kiosk `name` a token; one it had before is worth nothing from now on."""
    token = new_token()
    know(connection, school_id, name, token_digest(token), now)
    return token


def know(
    connection: Connection, school_id: int, name: str, token_sha256: bytes, now: datetime
) -> UUID:
    """Know the kiosk `name` by this token and no other; say which kiosk it is."""
    key = {"token_sha256": token_sha256, "next_token_sha256": None, "token_since": now}
    key |= {"enrolled_at": now, "revoked_at": None}
    same = (Kiosk.school_id == school_id, Kiosk.name == name)
    again = update(Kiosk).where(*same).values(key).returning(Kiosk.id)
    kiosk_id: UUID | None = connection.execute(again).scalar()
    if kiosk_id is None:
        kiosk_id = new_id()
        kiosk = {"school_id": school_id, "id": kiosk_id, "name": name, "last_contact_at": None}
        connection.execute(insert(Kiosk).values({**kiosk, **key}))
    return kiosk_id


def recognise(connection: Connection, token: str, now: datetime) -> KnownKiosk | None:
    """Say whose token this is, and note that the kiosk was heard of.

    A token that was offered to follow another takes its place here, with its first use.
    """
    shown = {"digest": token_digest(token), "now": now}
    row = _HEARD.first(connection, **shown)
    if row is None:
        row = _FOLLOWS.first(connection, **shown)
    return None if row is None else KnownKiosk(row.school_id, row.id)


def is_revoked(connection: Connection, token: str) -> bool:
    """Whether this was a token of a kiosk that was revoked."""
    asked = select(RevokedToken.kiosk_id).where(RevokedToken.token_sha256 == token_digest(token))
    return connection.execute(asked).first() is not None


def age_days(connection: Connection, kiosk: KnownKiosk, now: datetime) -> float:
    """For how long the kiosk's token has been valid, in days."""
    asked = select(Kiosk.token_since, Kiosk.enrolled_at)
    row = connection.execute(asked.where(*_this(kiosk))).one()
    valid: timedelta = now - (row.token_since or row.enrolled_at)
    return valid / timedelta(days=1)


def offer(connection: Connection, kiosk: KnownKiosk, token_sha256: bytes) -> bool:
    """Know which token the kiosk will show next; False if another kiosk has it already."""
    is_it = or_(Kiosk.token_sha256 == token_sha256, Kiosk.next_token_sha256 == token_sha256)
    holder = connection.execute(select(Kiosk.id, Kiosk.token_sha256).where(is_it)).first()
    if holder is not None and holder.id != kiosk.id:
        return False
    if holder is None or holder.token_sha256 != token_sha256:
        coming = {"next_token_sha256": token_sha256}
        connection.execute(update(Kiosk).where(*_this(kiosk)).values(coming))
    return True


def revoke(connection: Connection, school_id: int, name: str, now: datetime) -> bool:
    """End the trust in a kiosk; whoever shows a token of it is told to forget. False: no such."""
    asked = select(Kiosk.id, Kiosk.token_sha256, Kiosk.next_token_sha256)
    row = connection.execute(
        asked.where(Kiosk.school_id == school_id, Kiosk.name == name, Kiosk.revoked_at.is_(None))
    ).first()
    if row is None:
        return False
    ended = {"school_id": school_id, "kiosk_id": row.id, "revoked_at": now}
    tokens = [token for token in (row.token_sha256, row.next_token_sha256) if token is not None]
    rows = [{**ended, "token_sha256": token} for token in tokens]
    connection.execute(insert(RevokedToken), rows)
    nobodys = {"token_sha256": secrets.token_bytes(32), "next_token_sha256": None}
    this = (Kiosk.school_id == school_id, Kiosk.id == row.id)
    connection.execute(update(Kiosk).where(*this).values({**nobodys, "revoked_at": now}))
    return True


def rename(connection: Connection, school_id: int, kiosk_id: UUID, name: str) -> bool:
    """Call a kiosk otherwise in the hub's lists; False if another is called so."""
    ours = Kiosk.school_id == school_id
    taken = select(Kiosk.id).where(ours, Kiosk.name == name, Kiosk.id != kiosk_id)
    if connection.execute(taken).first() is not None:
        return False
    connection.execute(update(Kiosk).where(ours, Kiosk.id == kiosk_id).values(name=name))
    return True


def _this(kiosk: KnownKiosk) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Kiosk.school_id == kiosk.school_id, Kiosk.id == kiosk.id


def note_state(
    connection: Connection,
    kiosk: KnownKiosk,
    waiting: int | None,
    protocol: int,
    health: Health | None = None,
) -> None:
    """Keep what a kiosk said of itself; one of an earlier version says little."""
    whose = {"of_school": kiosk.school_id, "of_kiosk": kiosk.id}
    _NOTE.run(connection, **whose, said_waiting=waiting, said_protocol=protocol)
    if health is not None:
        _NOTE_HEALTH.run(
            connection,
            **whose,
            said_version=health.version,
            said_printer=health.printer,
            said_paper=health.paper_low,
            said_camera=health.camera,
        )


def note_saw_newer(connection: Connection, kiosk: KnownKiosk, now: datetime) -> None:
    """Keep that a kiosk was told what these records, put back from a backup, do not know."""
    connection.execute(update(Kiosk).where(*_this(kiosk)).values(saw_newer_at=now))


def forget_saw_newer(connection: Connection, school_id: int, kiosk_id: UUID) -> None:
    """Take that note away: somebody has looked into it."""
    this = (Kiosk.school_id == school_id, Kiosk.id == kiosk_id)
    connection.execute(update(Kiosk).where(*this).values(saw_newer_at=None))


@dataclass(frozen=True, slots=True)
class Standing:
    """How one kiosk is, as far as the hub knows."""

    name: str
    last_contact_at: datetime | None
    lag: timedelta | None
    """How long ago it was heard of; None if it never was."""
    waiting: int | None
    """Events it had yet to send; None until it said so."""
    clock: ClockQuality | None
    version: str
    protocol: int | None
    printer_trouble: str | None
    """Empty for a printer that prints, `none` without one; None until the kiosk said so."""
    paper_low: bool
    camera: str
    saw_newer_at: datetime | None
    """When it turned out to have seen rows newer than these records; None if it never did."""
    revoked_at: datetime | None


def standings(connection: Connection, school_id: int, now: datetime) -> list[Standing]:
    """Every kiosk of a school, by name."""
    asked = select(Kiosk.__table__).where(Kiosk.school_id == school_id).order_by(Kiosk.name)
    return [
        Standing(
            name=row.name,
            last_contact_at=row.last_contact_at,
            lag=None if row.last_contact_at is None else now - row.last_contact_at,
            waiting=row.waiting,
            clock=row.clock,
            version=row.version,
            protocol=row.protocol,
            printer_trouble=row.printer_trouble,
            paper_low=row.paper_low,
            camera=row.camera,
            saw_newer_at=row.saw_newer_at,
            revoked_at=row.revoked_at,
        )
        for row in connection.execute(asked)
    ]
