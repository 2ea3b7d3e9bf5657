"""What a command on this machine has the running hub do, for only the hub may write its records.

The hub leaves a note in its own folder, for its owner only: where it listens and a key that is
new with each start. Whoever can read that could read the records too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from admin import enrolment, kiosk_copies, kiosks
from admin.desk import accounts
from admin.hub import TheHub
from db.private_files import write_private

ANSWER_WITHIN_S = 5.0

router = APIRouter(prefix="/errands", include_in_schema=False)
_bearer = HTTPBearer(auto_error=False)


class Note(BaseModel):
    """Where the hub that runs on a folder can be asked."""

    model_config = ConfigDict(frozen=True)

    url: str
    key: str
    lan_url: str = ""
    """Where kiosks come in from the network; empty if they do not."""


class Named(BaseModel):
    """The kiosk an errand is about."""

    name: str = Field(min_length=1, max_length=40)


def _own(
    hub: TheHub, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    key = shown.credentials if shown is not None else ""
    if not hub.errand_key or not secrets.compare_digest(key.encode(), hub.errand_key.encode()):
        raise HTTPException(401, "This is for commands on the hub's own machine.")


@router.post("/codes", dependencies=[Depends(_own)])
def make_code(hub: TheHub, kiosk: Named) -> str:
    """Make a pairing code."""
    with hub.engine.begin() as connection:
        return enrolment.invite(connection, hub.school_id, kiosk.name, hub.clock.now())


@router.post("/revocations", dependencies=[Depends(_own)])
def revoke(hub: TheHub, kiosk: Named) -> bool:
    """Revoke a kiosk; false if there is none to revoke."""
    with hub.engine.begin() as connection:
        revoked = kiosks.revoke(connection, hub.school_id, kiosk.name, hub.clock.now())
        kiosk_copies.drop_of_revoked(connection, hub.school_id, hub.folder)
    return revoked


@router.post("/passwords", dependencies=[Depends(_own)])
def reset_password(hub: TheHub, account: Named) -> str:
    """Give an account a first password anew; empty if there is none of that name."""
    with hub.engine.begin() as connection:
        return accounts.reset(connection, hub.school_id, account.name, hub.clock.now()) or ""


def new_key() -> str:
    """A key for one run of the hub."""
    return secrets.token_urlsafe(32)


@contextmanager
def open_to(data: Path, note: Note) -> Iterator[None]:
    """Leave the note for as long as the hub runs."""
    file = _file(data)
    write_private(file, note.model_dump_json().encode())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running(data: Path) -> Note | None:
    """The hub that runs on a folder; None if none answers there."""
    try:
        note = Note.model_validate_json(_file(data).read_bytes())
        httpx.get(f"{note.url}/health", timeout=ANSWER_WITHIN_S, trust_env=False)
    except (OSError, ValidationError, httpx.HTTPError):
        return None  # it never ran, or ended without tidying up
    return note


def ask(note: Note, errand: str, name: str) -> str | bool:
    """Have the running hub do an errand.

    Raises:
        httpx.HTTPError: It does not.
    """
    answer = httpx.post(
        f"{note.url}/errands/{errand}",
        json={"name": name},
        headers={"Authorization": f"Bearer {note.key}"},
        timeout=ANSWER_WITHIN_S,
        trust_env=False,
    )
    done: str | bool = answer.raise_for_status().json()
    return done


def _file(data: Path) -> Path:
    return data / "hub.running"
