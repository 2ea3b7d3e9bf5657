"""The door by which kiosks report to the hub. Keeps out what becomes of their events.

Answers that a kiosk must act on: 401 enrol it, 408 send sooner, 409 send again from another
event, 413 send less, 426 update the older side, 400 the message (or the kiosk's file) is not
in order.
The content of an event is never among them.
"""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError
from pydantic_core import from_json
from sqlalchemy import text
from starlette.requests import ClientDisconnect

from admin import ingest
from admin.hub import TheHub
from admin.ingest import StreamForked
from admin.kiosks import KnownKiosk, recognise
from db.sync.messages import PROTOCOL, Batch, BatchOutOfOrder, BatchTaken, StreamPosition

BODY_LIMIT_BYTES = 2 * 1024 * 1024
"""Longest message taken: ten times a full batch of today's events."""

BODY_WITHIN_S = 5.0
"""How long a message may be on its way, as long as a kiosk waits for an answer."""

router = APIRouter()
_bearer = HTTPBearer(auto_error=False)


def _kiosk(
    hub: TheHub, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> KnownKiosk:
    if shown is not None:
        with hub.engine.begin() as connection:
            kiosk = recognise(connection, shown.credentials, hub.clock.now())
        if kiosk is not None:
            return kiosk
    raise HTTPException(
        401,
        "The hub does not know this token: enrol the station again.",
        headers={"WWW-Authenticate": "Bearer"},
    )


TheKiosk = Annotated[KnownKiosk, Depends(_kiosk)]


async def _body(request: Request, _known: TheKiosk) -> bytes:
    """Read the message of a known kiosk, and not more than it may hold."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_LIMIT_BYTES:
                    raise HTTPException(413, f"A message may hold {BODY_LIMIT_BYTES} bytes.")
    except TimeoutError as error:
        raise HTTPException(408, f"A message may take {BODY_WITHIN_S:g} s.") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The message broke off.") from error
    return bytes(body)


@router.post("/sync/events", responses={409: {"model": BatchOutOfOrder}})
def take_events(hub: TheHub, kiosk: TheKiosk, body: Annotated[bytes, Depends(_body)]) -> Response:
    """Take a batch. The answer follows the commit: what it acknowledges is on disk."""
    taken = ingest.take(hub.engine, kiosk, _read_batch(body), hub.clock.now())
    match taken:
        case BatchTaken():
            return JSONResponse(taken.model_dump(mode="json"))
        case BatchOutOfOrder():
            return JSONResponse(taken.model_dump(mode="json"), status_code=409)
        case StreamForked(seq):
            raise HTTPException(
                400,
                f"Event {seq} is known here as another event: the station's file was restored "
                "from a copy and needs a stream of its own.",
            )


@router.get("/sync/position")
def tell_position(
    hub: TheHub, kiosk: TheKiosk, incarnation: Annotated[UUID, Query()]
) -> StreamPosition:
    """Say how far the hub has a kiosk database's events."""
    return ingest.position(hub.engine, kiosk, incarnation)


@router.get("/health")
def tell_health(hub: TheHub) -> dict[str, Any]:
    """Say that the records can be read, and which protocol is spoken."""
    with hub.engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ok", "protocol": PROTOCOL}


def _read_batch(body: bytes) -> Batch:
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
    protocol = message.get("protocol", PROTOCOL) if isinstance(message, dict) else PROTOCOL
    if isinstance(protocol, int) and protocol != PROTOCOL:
        raise HTTPException(
            426,
            f"This hub speaks protocol {PROTOCOL}, the station {protocol}: update the older one.",
        )


def _fault_of(batch: Batch) -> str:
    """What is wrong with the envelopes; nothing can be kept under a number or time that is none."""
    if any(after.seq != before.seq + 1 for before, after in pairwise(batch.events)):
        return "The events of a batch must follow one another."
    if not all(ingest.is_tellable(event.happened_at) for event in batch.events):
        return "An event happened in a year that no clock tells."
    if not all(event.type.isprintable() for event in batch.events):
        return "An event's type must be printable."
    return ""
