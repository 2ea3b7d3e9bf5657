"""The door by which kiosks hand over the night's copy. Keeps out where it is kept.

Answers that a kiosk must act on: 400 the copy is not whole, 404 this hub keeps none, 413 too long.
Whoever is refused tries again at the next look; nothing waits for it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from admin.hub import TheHub
from admin.kiosk_copies import PACKED_LIMIT_BYTES, KioskCopies
from admin.sync_endpoint import NOT_ADMITTED, TheKiosk

COPY_WITHIN_S = 600.0
"""How long a copy may be on its way: 30 MB over a school's worst wireless network."""

router = APIRouter(prefix="/copies")
_log = structlog.get_logger()


def _copies(hub: TheHub, kiosk: TheKiosk) -> KioskCopies:
    if hub.folder is None:
        raise HTTPException(404, "This hub keeps no copies.")
    return KioskCopies(hub.folder, kiosk.id)


TheCopies = Annotated[KioskCopies, Depends(_copies)]


@router.get("/due", responses={404: {}, **NOT_ADMITTED})
def tell_due(hub: TheHub, copies: TheCopies) -> bool:
    """Say whether the kiosk's copy of the night is missing."""
    return copies.is_due(hub.clock.now())


@router.put(
    "/newest", status_code=201, responses={400: {}, 404: {}, 408: {}, 413: {}, **NOT_ADMITTED}
)
async def take_copy(hub: TheHub, kiosk: TheKiosk, copies: TheCopies, request: Request) -> int:
    """Take a copy packed by zstd, and answer its length when it was read whole and is on disk."""
    with copies.arriving() as part:
        await _write(request, part)
        kept = await run_in_threadpool(copies.keep, part, hub.clock.now())
    if kept is None:
        _log.warning("kiosk.copy_not_whole", kiosk=str(kiosk.id))
        raise HTTPException(400, "This is no kiosk's records, or not the whole of them.")
    _log.info("kiosk.copy_kept", kiosk=str(kiosk.id), bytes=kept.bytes)
    return kept.bytes


async def _write(request: Request, part: Path) -> None:
    size = 0
    try:
        with part.open("wb") as write:
            part.chmod(0o600)
            async with asyncio.timeout(COPY_WITHIN_S):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > PACKED_LIMIT_BYTES:
                        raise HTTPException(413, f"A copy may hold {PACKED_LIMIT_BYTES} bytes.")
                    write.write(chunk)
    except TimeoutError as error:
        raise HTTPException(408, f"A copy may take {COPY_WITHIN_S:g} s.") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The copy broke off.") from error
