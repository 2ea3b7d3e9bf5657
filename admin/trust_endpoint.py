"""The door by which kiosks are paired and their tokens rotated. Keeps out codes and TLS.

Answers that a kiosk must act on: 403 not paired, and why; 404 this hub pairs nobody.
"""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import ValidationError

from admin import enrolment, kiosks
from admin.hub import TheHub
from admin.sync_endpoint import NOT_ADMITTED, TheKiosk, read_body
from admin.trust import Trust
from db.sync.pairing import (
    PairingAsked,
    PairingDone,
    PairingRefused,
    TokenOffered,
    TokenStanding,
)

BODY_LIMIT_BYTES = 4096
"""Several times the longest question."""

router = APIRouter(prefix="/trust")
_log = structlog.get_logger()


def _trust(hub: TheHub) -> Trust:
    if hub.trust is None:
        raise HTTPException(404, "This hub pairs nobody.")
    return hub.trust


TheTrust = Annotated[Trust, Depends(_trust)]


async def _small_body(request: Request) -> bytes:
    return await read_body(request, BODY_LIMIT_BYTES)


SmallBody = Annotated[bytes, Depends(_small_body)]


@router.get("/authority", response_class=PlainTextResponse, responses={404: {}})
def tell_authority(trust: TheTrust) -> str:
    """Show the authority's certificate to whoever asks: it is public, and proves nothing yet."""
    return trust.authority.decode("ascii")


@router.post(
    "/pairing",
    response_model=PairingDone,
    responses={400: {}, 403: {"model": PairingRefused}, 404: {}, 408: {}, 413: {}},
)
def pair(hub: TheHub, trust: TheTrust, request: Request, body: SmallBody) -> Response:
    """Pair whoever proves to have a code."""
    try:
        asked = PairingAsked.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(400, "Not a question to be paired.") from error
    with hub.engine.begin() as connection:
        now = hub.clock.now()
        done = enrolment.pair(connection, hub.school_id, asked, trust.fingerprint, now)
    peer = request.client.host if request.client else ""
    if isinstance(done, PairingDone):
        _log.info("kiosk.paired", kiosk=str(done.kiosk_id), peer=peer)
        return JSONResponse(done.model_dump(mode="json"))
    _log.warning("kiosk.not_paired", reason=done.value, peer=peer)
    return JSONResponse(PairingRefused(reason=done).model_dump(mode="json"), status_code=403)


@router.get("/token", responses=NOT_ADMITTED)
def tell_standing(hub: TheHub, kiosk: TheKiosk) -> TokenStanding:
    """Say how old the kiosk's token is, by a clock that can be believed."""
    with hub.engine.begin() as connection:
        return TokenStanding(age_days=kiosks.age_days(connection, kiosk, hub.clock.now()))


@router.put(
    "/token", status_code=204, responses={400: {}, 408: {}, 409: {}, 413: {}, **NOT_ADMITTED}
)
def take_offer(hub: TheHub, kiosk: TheKiosk, body: SmallBody) -> None:
    """Know which token the kiosk shows next; the present one stays valid until it does."""
    try:
        offered = TokenOffered.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(400, "Not a token's digest.") from error
    with hub.engine.begin() as connection:
        if not kiosks.offer(connection, kiosk, bytes.fromhex(offered.token_sha256)):
            raise HTTPException(409, "Another kiosk has this token.")
