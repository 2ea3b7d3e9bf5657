"""The door by which kiosks report to the hub and ask for changes. Keeps out what they mean.

Answers that a kiosk must act on: 401 pair it, 403 it was revoked or belongs elsewhere, 408 send
sooner, 409 send again from another event or in a new stream, 413 send less, 426 update the older
side, 400 the message is not in order.
The content of an event is never among them.
"""

from __future__ import annotations

import asyncio
import gzip
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

import structlog
import zstandard
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError
from pydantic_core import from_json
from sqlalchemy import Connection, text
from starlette.requests import ClientDisconnect

from admin import feed, ingest
from admin.hub import Hub, TheHub
from admin.kiosks import KnownKiosk, is_revoked, note_saw_newer, note_state, recognise
from db.states import Verdict
from db.sync.messages import (
    OLDEST_PROTOCOL,
    PROTOCOL,
    Batch,
    BatchOutOfOrder,
    BatchTaken,
    Health,
    Page,
    StreamForked,
    StreamPosition,
    WrongVersion,
)
from db.sync.pairing import NotAdmitted

BODY_LIMIT_BYTES = 2 * 1024 * 1024
"""Longest message taken: three times a full batch of today's events."""

BODY_WITHIN_S = 5.0
"""How long a message may be on its way, as long as a kiosk waits for an answer."""

PACKED_FROM_BYTES = 2000
"""Shorter answers are not worth packing."""

ZSTD_LEVEL = 9
"""Of a full pull, 3 leaves 13.2 bytes a row, 6 12.2, 9 11.3 and 12 11.2, each for more time; gzip
leaves 15.7 (docs/measurements/sync.md)."""

LOOK_EVERY_S = 1.0
"""How often the hub looks whether there is news for a station that listens."""

LISTEN_AT_MOST_S = 30.0

NOT_ADMITTED: dict[int | str, dict[str, Any]] = {401: {}, 403: {"model": NotAdmitted}}
"""Answers to whoever is not known, or not any more."""

router = APIRouter()
_bearer = HTTPBearer(auto_error=False)
_log = structlog.get_logger()


def _kiosk(
    hub: TheHub,
    request: Request,
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> KnownKiosk:
    token = shown.credentials if shown is not None else ""
    with hub.engine.begin() as connection:
        kiosk = recognise(connection, token, hub.clock.now())
        revoked = kiosk is None and is_revoked(connection, token)
    if kiosk is not None and kiosk.school_id == hub.school_id:
        return kiosk
    reason = "revoked" if revoked else "wrong-school" if kiosk is not None else "unknown"
    peer = request.client.host if request.client else ""
    _log.warning("kiosk.refused", reason=reason, peer=peer, path=request.url.path)
    if reason != "unknown":
        raise KioskNotAdmitted(reason)
    raise HTTPException(
        401,
        "The hub does not know this token: enrol the station again.",
        headers={"WWW-Authenticate": "Bearer"},
    )


TheKiosk = Annotated[KnownKiosk, Depends(_kiosk)]


class KioskNotAdmitted(Exception):
    """The hub knows the token, and does not speak with whoever shows it."""


def answer_not_admitted(_request: Request, error: Exception) -> Response:
    """Say why: who was revoked has to forget what it knows."""
    return JSONResponse(NotAdmitted(reason=str(error)).model_dump(), status_code=403)


async def _body(request: Request, _known: TheKiosk) -> bytes:
    """Read the message of a known kiosk, and not more than it may hold."""
    return await read_body(request, BODY_LIMIT_BYTES)


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Read a message that comes soon enough and is not too long."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise HTTPException(413, f"A message may hold {limit_bytes} bytes.")
    except TimeoutError as error:
        raise HTTPException(408, f"A message may take {BODY_WITHIN_S:g} s.") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The message broke off.") from error
    return bytes(body)


def _spoken(protocol: Annotated[int, Query()] = 1) -> None:
    """Refuse a station whose version of the messages is not spoken here."""
    if not OLDEST_PROTOCOL <= protocol <= PROTOCOL:
        raise WrongProtocol


_Word = Annotated[str, Query(max_length=32, pattern="^[ -~]*$")]


def _health(
    version: _Word = "", printer: _Word = "", camera: _Word = "", paper_low: bool = False
) -> Health | None:
    """What a station says of itself; None for one of a version that says nothing."""
    if not version:
        return None
    return Health(version=version, printer=printer, paper_low=paper_low, camera=camera)


class WrongProtocol(Exception):
    """A message of a version that this hub does not speak."""


def answer_wrong_protocol(_request: Request, _error: Exception) -> Response:
    """Say which versions are spoken: the older side is to be updated."""
    spoken = WrongVersion(oldest=OLDEST_PROTOCOL, newest=PROTOCOL)
    return JSONResponse(spoken.model_dump(), status_code=426)


@router.post(
    "/sync/events",
    response_model=BatchTaken,
    responses={
        400: {},
        408: {},
        409: {"model": BatchOutOfOrder | StreamForked},
        413: {},
        426: {"model": WrongVersion},
        **NOT_ADMITTED,
    },
)
def take_events(hub: TheHub, kiosk: TheKiosk, body: Annotated[bytes, Depends(_body)]) -> Response:
    """Take a batch. The answer follows the commit: what it acknowledges is on disk."""
    taken = ingest.take(hub.engine, kiosk, read_batch(body), hub.clock.now())
    _log_repeats(kiosk, taken)
    status = 200 if isinstance(taken, BatchTaken) else 409
    return JSONResponse(taken.model_dump(mode="json"), status_code=status)


def _log_repeats(kiosk: KnownKiosk, taken: BatchTaken | BatchOutOfOrder | StreamForked) -> None:
    """An answer that was lost looks like somebody who sends what they heard: both leave a trace."""
    match taken:
        case BatchTaken(verdicts=verdicts):
            repeated = sum(one.verdict is Verdict.DUPLICATE for one in verdicts)
            if repeated:
                _log.info("kiosk.repeated", kiosk=str(kiosk.id), events=repeated)
        case StreamForked(forked_seq=seq):
            _log.warning("kiosk.forked", kiosk=str(kiosk.id), seq=seq)


@router.get(
    "/sync/position",
    responses={426: {"model": WrongVersion}, **NOT_ADMITTED},
    dependencies=[Depends(_spoken)],
)
def tell_position(
    hub: TheHub,
    kiosk: TheKiosk,
    incarnation: Annotated[UUID, Query()],
    health: Annotated[Health | None, Depends(_health)],
    waiting: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    protocol: Annotated[int, Query()] = 1,
) -> StreamPosition:
    """Say how far the hub has a kiosk database's events, and what time it is."""
    with hub.engine.begin() as connection:
        note_state(connection, kiosk, waiting, protocol, health)
    return ingest.position(hub.engine, kiosk, incarnation, hub.clock.now())


@router.get(
    "/sync/changes",
    response_model=Page,
    responses={426: {"model": WrongVersion}, **NOT_ADMITTED},
    dependencies=[Depends(_spoken)],
)
def tell_changes(
    hub: TheHub,
    kiosk: TheKiosk,
    request: Request,
    incarnation: Annotated[UUID, Query()],
    cursor: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    timeline: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Tell the next page of changes after a station's cursor."""

    def acked(connection: Connection) -> int:
        return ingest.acked(connection, kiosk, incarnation)

    now = hub.clock.now()
    page = feed.page(hub.engine, kiosk.school_id, timeline, cursor, now, acked)
    if page.from_start and timeline is not None:
        _log.warning("kiosk.saw_newer", kiosk=str(kiosk.id))
        with hub.engine.begin() as connection:
            note_saw_newer(connection, kiosk, now)
    return _packed(page.model_dump_json().encode(), request)


@router.get(
    "/sync/news",
    responses={426: {"model": WrongVersion}, **NOT_ADMITTED},
    dependencies=[Depends(_spoken)],
)
async def tell_news(
    hub: TheHub,
    kiosk: TheKiosk,
    cursor: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    timeline: Annotated[UUID | None, Query()] = None,
    wait: Annotated[float, Query(ge=0, le=LISTEN_AT_MOST_S)] = 0,
) -> bool:
    """Say whether there is something to fetch, as soon as there is or when `wait` s are over."""
    for _ in range(int(wait / LOOK_EVERY_S)):
        if hub.is_ending() or await run_in_threadpool(_is_news, hub, kiosk, timeline, cursor):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    return await run_in_threadpool(_is_news, hub, kiosk, timeline, cursor)


def _is_news(hub: Hub, kiosk: KnownKiosk, timeline: UUID | None, cursor: int) -> bool:
    with hub.engine.begin() as connection:
        return feed.is_news(connection, kiosk.school_id, timeline, cursor)


def _packed(body: bytes, request: Request) -> Response:
    packed, coding = packed_for(request.headers.get("accept-encoding", ""), body)
    headers = {"Content-Encoding": coding} if coding else {}
    return Response(packed, media_type="application/json", headers=headers)


def packed_for(accepted: str, body: bytes) -> tuple[bytes, str]:
    """An answer as small as who asked can unpack it, and how it is packed; empty if it is not.

    A full pull takes 11 bytes a row by zstd and 16 by gzip, which stations of before ask for.
    """
    if len(body) < PACKED_FROM_BYTES:
        return body, ""
    if "zstd" in accepted:
        return zstandard.ZstdCompressor(ZSTD_LEVEL).compress(body), "zstd"
    if "gzip" in accepted:
        return gzip.compress(body, 6, mtime=0), "gzip"
    return body, ""


@router.get("/health")
def tell_health(hub: TheHub) -> dict[str, Any]:
    """Say that the records can be read, and which protocol is spoken."""
    with hub.engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ok", "protocol": PROTOCOL}


def read_batch(body: bytes) -> Batch:
    """Read a message of events, whose envelopes must be in order; of what they hold, nothing."""
    try:
        message = from_json(body, allow_inf_nan=False)
        _check_protocol(message)
        batch = Batch.model_validate(message)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise HTTPException(400, f"Not a batch of events: {place}: {first['msg']}.") from error
    except ValueError as error:
        raise HTTPException(400, "Not a message in JSON.") from error
    if fault := _fault_of(batch):
        raise HTTPException(400, fault)
    return batch


def _check_protocol(message: object) -> None:
    """Look at the version before the rest, which another version may have shaped otherwise."""
    protocol = message.get("protocol", 1) if isinstance(message, dict) else 1
    if isinstance(protocol, int) and not OLDEST_PROTOCOL <= protocol <= PROTOCOL:
        raise WrongProtocol


def _fault_of(batch: Batch) -> str:
    """What is wrong with the envelopes; nothing can be kept under a number or time that is none."""
    if any(after.seq != before.seq + 1 for before, after in pairwise(batch.events)):
        return "The events of a batch must follow one another."
    if not all(ingest.is_tellable(event.happened_at) for event in batch.events):
        return "An event happened in a year that no clock tells."
    if not all(event.type.isprintable() for event in batch.events):
        return "An event's type must be printable."
    return ""
