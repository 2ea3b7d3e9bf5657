"""Who may sign in at the desk, and the growing wait of whoever fails. No HTTP.

A failed try counts for the address it came from and, more strictly, for that address and name:
who guesses at the librarian's password does not lock her out of her own PC.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select, update

from admin.desk.rights import Right, rights_of
from db.ids import new_id
from db.models import Account, AuditEntry, DeskSession, SignInTry
from db.states import DeskRole
from db.text import clean, fold

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
LONGEST_NAME = 40

FREE_TRIES = 5
"""Failures of one name from one address before the first wait."""
FREE_TRIES_OF_ADDRESS = 30
"""Failures from one address, whatever the name."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)
"""After so long without a failure, counting begins anew."""

_TRIED_FIRST = (
    "12345678 123456789 1234567890 11111111 00000000 88888888 password matkhau matkhau1 "
    "matkhau123 thuvien1 thuvien123 thuvien12 abc12345 abcd1234 qwertyuiop qwerty123 anhyeuem "
    "emyeuanh iloveyou tramsach thuthu123 giaovien hocsinh1 vietnam1 vietnam123"
)
_COMMON = frozenset(_TRIED_FIRST.split())
"""What everybody tries first."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with 19 MB and two passes, so that a Raspberry Pi as hub stands it too.

Source: OWASP Password Storage Cheat Sheet.
"""
_looking = threading.BoundedSemaphore(2)
"""Each look takes a core for a moment; a flood of them has to queue."""
_NOBODYS = _hasher.hash("no account has this password")
"""Looked at where there is no such account, so that both take as long."""


class PasswordFault(StrEnum):
    """Why a password cannot be taken; the sentence is the value."""

    TOO_SHORT = f"Mật khẩu cần ít nhất {SHORTEST_PASSWORD} ký tự."
    TOO_LONG = f"Mật khẩu dài quá {LONGEST_PASSWORD} ký tự."
    COMMON = "Mật khẩu này ai cũng đoán được. Hãy chọn mật khẩu khác."
    IS_NAME = "Mật khẩu trùng với tên đăng nhập. Hãy chọn mật khẩu khác."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    id: UUID
    name: str
    shown_name: str
    roles: tuple[DeskRole, ...]
    patron_id: UUID | None
    password_is_first: bool

    @property
    def rights(self) -> frozenset[Right]:
        """Everything this person may do."""
        return _rights_of(self.roles)


_rights_of = lru_cache(rights_of)
"""A page asks for them dozens of times."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account."""

    person: Person
    ended_at: datetime | None
    seen_at: datetime | None
    """When a browser that is still signed in was last used."""


def account_name(typed: str) -> str:
    """A name as it is compared: its letters and digits, without accents and capitals."""
    kept = (sign for sign in fold(clean(typed)) if sign.isalnum() or sign in "._-")
    return "".join(kept)[:LONGEST_NAME]


def why_not_password(password: str, name: str) -> PasswordFault | None:
    """Say what is wrong with a new password."""
    plain = fold(clean(password)).replace(" ", "")
    if len(password) < SHORTEST_PASSWORD:
        return PasswordFault.TOO_SHORT
    if len(password) > LONGEST_PASSWORD:
        return PasswordFault.TOO_LONG
    if plain in _COMMON or len(set(plain)) < 3:
        return PasswordFault.COMMON
    return PasswordFault.IS_NAME if account_name(password) == account_name(name) else None


def has_accounts(connection: Connection, school_id: int) -> bool:
    """Whether anybody can sign in yet."""
    there = select(Account.id).where(Account.school_id == school_id).limit(1)
    return connection.execute(there).first() is not None


def make_account(
    connection: Connection,
    school_id: int,
    name: str,
    shown_name: str,
    password: str,
    roles: tuple[DeskRole, ...],
    now: datetime,
    password_is_first: bool = False,
    patron_id: UUID | None = None,
) -> UUID | None:
    """Let somebody sign in; None if the name is taken."""
    folded = account_name(name)
    taken = select(Account.id).where(Account.school_id == school_id, Account.name == folded)
    if connection.execute(taken).first() is not None:
        return None
    account_id = new_id()
    who = {"id": account_id, "name": folded, "shown_name": shown_name, "patron_id": patron_id}
    secret = {"password": _hasher.hash(password), "password_is_first": password_is_first}
    told = {"roles": " ".join(roles), "made_at": now, "ended_at": None}
    connection.execute(insert(Account).values(school_id=school_id, **who, **secret, **told))
    return account_id


def set_roles(
    connection: Connection, school_id: int, account_id: UUID, roles: tuple[DeskRole, ...]
) -> None:
    """Let somebody work as these from the next page on."""
    connection.execute(
        update(Account).where(*_this(school_id, account_id)).values(roles=" ".join(roles))
    )


def set_password(
    connection: Connection, school_id: int, account_id: UUID, password: str, is_first: bool = False
) -> None:
    """Change a password; every browser that was signed in with the old one is signed out."""
    secret = {"password": _hasher.hash(password), "password_is_first": is_first}
    connection.execute(update(Account).where(*_this(school_id, account_id)).values(secret))
    _end_sessions(connection, school_id, account_id)


def reset(connection: Connection, school_id: int, name: str, now: datetime) -> str | None:
    """Give an account a first password, to be changed; None if there is none of that name.

    For the command at the hub's own machine: whoever sits there has the records anyway.
    """
    row = find_account(connection, school_id, name)
    if row is None:
        return None
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    set_password(connection, school_id, row.id, password, is_first=True)
    connection.execute(delete(SignInTry).where(SignInTry.school_id == school_id))
    note(connection, school_id, "", "password-reset", now, row.id)
    return password


def end_account(connection: Connection, school_id: int, account_id: UUID, now: datetime) -> None:
    """Let an account open nothing any more."""
    connection.execute(update(Account).where(*_this(school_id, account_id)).values(ended_at=now))
    _end_sessions(connection, school_id, account_id)


def _end_sessions(connection: Connection, school_id: int, account_id: UUID) -> None:
    own = (DeskSession.school_id == school_id, DeskSession.account_id == account_id)
    connection.execute(delete(DeskSession).where(*own))


def person_of(row: Any) -> Person:
    """The person of a row of accounts; roles of a later version are left out."""
    known = {role.value for role in DeskRole}
    roles = tuple(DeskRole(word) for word in row.roles.split() if word in known)
    return Person(row.id, row.name, row.shown_name, roles, row.patron_id, row.password_is_first)


def lines(connection: Connection, school_id: int) -> list[AccountLine]:
    """Every account."""
    seen: dict[UUID, datetime] = {
        row.account_id: row.seen_at
        for row in connection.execute(
            select(DeskSession.account_id, DeskSession.seen_at)
            .where(DeskSession.school_id == school_id)
            .order_by(DeskSession.seen_at)
        )
    }
    rows = connection.execute(select(Account.__table__).where(Account.school_id == school_id))
    return [AccountLine(person_of(row), row.ended_at, seen.get(row.id)) for row in rows]


def find_account(connection: Connection, school_id: int, typed: str) -> Any:
    """The row of an account that is in use; None if there is none of that name."""
    named = (Account.school_id == school_id, Account.name == account_name(typed))
    return connection.execute(
        select(Account.__table__).where(*named, Account.ended_at.is_(None))
    ).first()


def is_password(stored: str | None, password: str) -> bool:
    """Whether this is the password; takes as long where there is no account. Needs no database."""
    try:
        with _looking:
            _hasher.verify(stored or _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def waiting_until(
    connection: Connection, school_id: int, peer: str, typed: str, now: datetime
) -> datetime | None:
    """Until when nobody may try from this address by this name; None if they may."""
    keys = _keys(peer, typed)
    asked = select(func.max(SignInTry.locked_until)).where(
        SignInTry.school_id == school_id, SignInTry.who.in_(keys), SignInTry.locked_until > now
    )
    until: datetime | None = connection.execute(asked).scalar()
    return until


def count_failure(
    connection: Connection, school_id: int, peer: str, typed: str, now: datetime
) -> None:
    """Note a wrong name or password; each beyond the free ones makes the wait twice as long."""
    old = SignInTry.failed_at < now - FORGOTTEN_AFTER
    connection.execute(delete(SignInTry).where(SignInTry.school_id == school_id, old))
    for key, free in zip(_keys(peer, typed), (FREE_TRIES, FREE_TRIES_OF_ADDRESS), strict=True):
        own = {"school_id": school_id, "who": key}
        before = connection.execute(select(SignInTry.failures).filter_by(**own)).scalar() or 0
        connection.execute(delete(SignInTry).filter_by(**own))
        failures = before + 1
        locked = now + _wait(failures - free) if failures >= free else None
        row = {"failures": failures, "failed_at": now, "locked_until": locked}
        connection.execute(insert(SignInTry).values(**own, **row))


def forget_failures(connection: Connection, school_id: int, peer: str, typed: str) -> None:
    """Begin counting anew: the right password was given."""
    own = (SignInTry.school_id == school_id, SignInTry.who.in_(_keys(peer, typed)))
    connection.execute(delete(SignInTry).where(*own))


def note(
    connection: Connection,
    school_id: int,
    author: str,
    act: str,
    now: datetime,
    subject_id: UUID | None = None,
    detail: str = "",
) -> None:
    """Enter into the log who did or looked at what; names of readers stay out."""
    entry = {"id": new_id(), "made_at": now, "author": author, "act": act}
    about = {"subject_id": subject_id, "detail": detail[:200]}
    connection.execute(insert(AuditEntry).values(school_id=school_id, **entry, **about))


def _wait(beyond: int) -> timedelta:
    doublings = 1 << min(beyond, 10)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


def _keys(peer: str, typed: str) -> tuple[str, str]:
    network = _network(peer)
    return f"{network} {account_name(typed)}", network


def _network(peer: str) -> str:
    """Whom an address stands for: in IPv6 a machine has as many as it likes of one network."""
    try:
        address = ip_address(peer)
    except ValueError:
        return "?"
    return str(ip_network(f"{address}/{64 if address.version == 6 else 32}", strict=False))


def _this(school_id: int, account_id: UUID) -> tuple[Any, ...]:
    return Account.school_id == school_id, Account.id == account_id
