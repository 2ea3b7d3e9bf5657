"""What goes over the wire to the hub, and the agreement on how far it has our events.

Hands the outbox over at least once and in order. What the hub says of a batch only moves
the mark up to which it is known to have events; nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import httpx
from pydantic import ValidationError
from sqlalchemy import Engine

from db import outbox
from db.errors import HubRefused, HubUnreachable
from db.sync.messages import Batch, BatchOutOfOrder, BatchTaken, StreamPosition

ANSWER_WITHIN_S = 5.0
"""A hub that takes longer is treated as away."""


class HubConnection:
    """One kiosk's way to its hub.

    Raises:
        HubUnreachable: No answer, or a fault at the hub.
        HubRefused: The token is not known there, or one side must be updated.
    """

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_WITHIN_S,
            trust_env=False,  # the hub is in the school's own network, behind no proxy
            transport=transport,
        )

    def position(self, incarnation: UUID) -> StreamPosition:
        """How far the hub has this kiosk database's events."""
        answer = self._ask("GET", "/sync/position", params={"incarnation": str(incarnation)})
        return StreamPosition.model_validate_json(answer.content)

    def send(self, batch: Batch) -> int:
        """Hand over a batch; return the mark up to which the hub now has everything."""
        answer = self._ask(
            "POST",
            "/sync/events",
            content=batch.model_dump_json(),
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code == httpx.codes.CONFLICT:
            return BatchOutOfOrder.model_validate_json(answer.content).expected_seq - 1
        return BatchTaken.model_validate_json(answer.content).acked_seq

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def _ask(self, method: str, path: str, **request: object) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **request)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            raise HubUnreachable(type(error).__name__) from error
        if answer.is_server_error:
            raise HubUnreachable(f"HTTP {answer.status_code}")
        if answer.is_client_error and answer.status_code != httpx.codes.CONFLICT:
            raise HubRefused(f"HTTP {answer.status_code}")
        return answer


def push(engine: Engine, hub: HubConnection, stop: Callable[[], bool] = lambda: False) -> None:
    """Hand over everything that waits, or as much as there is time for until `stop`.

    Raises:
        SyncError: Some of it still waits.
    """
    try:
        _agree_on_position(engine, hub)
        while not stop() and (batch := outbox.next_batch(engine)).events:
            _hand_over(engine, hub, batch)
    except ValidationError as error:
        raise HubRefused("the hub's answer is not understood") from error


def _hand_over(engine: Engine, hub: HubConnection, batch: Batch) -> None:
    """Send one batch, and believe only an answer that says it was taken."""
    acked = hub.send(batch)
    if not batch.events[0].seq <= acked <= batch.events[-1].seq:
        # Anything else would be believed for ever, or asked again without end.
        raise HubRefused(f"the hub says it has {acked} events")
    outbox.acknowledge(engine, acked)


def _agree_on_position(engine: Engine, hub: HubConnection) -> None:
    """Take the hub's word on what it has, unless it speaks of another file's events."""
    position = hub.position(outbox.incarnation(engine))
    if outbox.event_at(engine, position.acked_seq) == position.event_id:
        outbox.acknowledge(engine, position.acked_seq)
    else:
        # This file was restored from an older copy: its numbers would be taken for repeats.
        # Everything is sent anew in a stream of its own; the hub knows each event by name.
        outbox.begin_new_incarnation(engine)
