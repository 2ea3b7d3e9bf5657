"""Takes in what stations carried to the hub on a USB stick. Keeps out the words people see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Engine, select

from admin import ingest
from admin.kiosks import KnownKiosk
from db.models import Kiosk
from db.states import Verdict
from db.sync import carried
from db.sync.carried import Carried
from db.sync.messages import (
    OLDEST_PROTOCOL,
    PROTOCOL,
    Batch,
    BatchOutOfOrder,
    BatchTaken,
    StreamForked,
)


class Trouble(StrEnum):
    """Why a file was not taken."""

    UNKNOWN_STATION = "unknown-station"
    """No enrolled station signed it, or it was changed since."""
    GAP = "gap"
    """Events before it are missing here."""
    FORKED = "forked"
    """The hub has other events under its numbers: the station's file is a copy."""
    OTHER_VERSION = "other-version"


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What became of one file."""

    file: Path
    fresh: int = 0
    """Events that the hub did not have."""
    known: int = 0
    trouble: Trouble | None = None


def take_in(engine: Engine, folder: Path, now: datetime) -> Iterator[TakenFile]:
    """Take every file of a folder as if it came over the network; again and again does no harm."""
    for one in carried.read(folder):
        kiosk = _signer(engine, one)
        if kiosk is None:
            yield TakenFile(one.file, trouble=Trouble.UNKNOWN_STATION)
        else:
            yield _take(engine, kiosk, one, now)


def _signer(engine: Engine, one: Carried) -> KnownKiosk | None:
    with engine.begin() as connection:
        keys = (Kiosk.token_sha256, Kiosk.next_token_sha256)
        rows = connection.execute(select(Kiosk.school_id, Kiosk.id, *keys)).all()
    for school_id, kiosk_id, *digests in rows:
        if any(one.is_signed_with(digest) for digest in digests if digest is not None):
            return KnownKiosk(school_id, kiosk_id)
    return None


def _take(engine: Engine, kiosk: KnownKiosk, one: Carried, now: datetime) -> TakenFile:
    try:
        batch = Batch.model_validate_json(one.body)
    except ValidationError:
        return TakenFile(one.file, trouble=Trouble.OTHER_VERSION)
    if not OLDEST_PROTOCOL <= batch.protocol <= PROTOCOL:
        return TakenFile(one.file, trouble=Trouble.OTHER_VERSION)
    match taken := ingest.take(engine, kiosk, batch, now):
        case BatchOutOfOrder():
            return TakenFile(one.file, trouble=Trouble.GAP)
        case StreamForked():
            return TakenFile(one.file, trouble=Trouble.FORKED)
        case BatchTaken():
            known = sum(told.verdict is Verdict.DUPLICATE for told in taken.verdicts)
            return TakenFile(one.file, len(taken.verdicts) - known, known)
