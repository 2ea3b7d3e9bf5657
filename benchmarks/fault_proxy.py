"""A way between station and hub on which messages are lost, cut, delayed, doubled and come late.

Each message travels on a connection of its own, so that nothing that happens to one spares the
next. What becomes of it is drawn at random.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

FAULTS = ("request lost", "answer lost", "answer cut", "doubled", "late again", "delayed")
FAULTY = 0.4
"""Share of messages that something happens to."""
LATEST_S = 0.4
"""How long a message is delayed, or how much later it comes again, at most."""


def run(port: int, hub_port: int, seed: int) -> None:
    """Carry messages from `port` to `hub_port` of this machine, for ever."""
    asyncio.run(_carry(port, hub_port, random.Random(seed)))


async def _carry(port: int, hub_port: int, chance: random.Random) -> None:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Where the hub or the station is gone, the other sees it by itself.
        with contextlib.closing(writer), contextlib.suppress(OSError, EOFError):
            await _pass_on(reader, writer, lambda request: _ask(hub_port, request), chance)

    server = await asyncio.start_server(meet, "127.0.0.1", port, limit=2**20)
    await server.serve_forever()


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    ask: Callable[[bytes], Awaitable[bytes]],
    chance: random.Random,
) -> None:
    request = await _read(reader)
    fault = chance.choice(FAULTS) if chance.random() < FAULTY else "none"
    if fault == "request lost":
        return
    if fault == "delayed":
        await asyncio.sleep(chance.uniform(0, LATEST_S))
    answer = await ask(request)
    if fault == "doubled":
        answer = await ask(request)
    if fault == "late again":
        _SOON.add(asyncio.ensure_future(_again(ask, request, chance.uniform(0, LATEST_S))))
    if fault == "answer cut":
        answer = answer[: chance.randrange(len(answer) or 1)]
    if fault != "answer lost":
        writer.write(answer)
        await writer.drain()


_SOON: set[asyncio.Future[None]] = set()
"""Messages that are to come again; a task that nobody holds may vanish."""


async def _again(ask: Callable[[bytes], Awaitable[bytes]], request: bytes, after_s: float) -> None:
    await asyncio.sleep(after_s)
    with contextlib.suppress(OSError):
        await ask(request)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """One request, told to end its connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((int(line[15:]) for line in lines if line.lower()[:15] == "content-length:"), 0)
    kept = [line for line in lines if not line.lower().startswith("connection:")]
    kept.insert(1, "Connection: close")
    return "\r\n".join(kept).encode("latin-1") + await reader.readexactly(length)


async def _ask(hub_port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub_port)
    try:
        writer.write(request)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()
